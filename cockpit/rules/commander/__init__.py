"""The deploy commander: lease, rota duty, deadman hold and handoff."""
