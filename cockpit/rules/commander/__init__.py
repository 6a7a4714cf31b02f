"""The deploy commander: the lease, the rota's duty, the deadman switch and the handoff."""
