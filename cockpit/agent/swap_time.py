"""Measures a move from one build to another, from the start of the drain until the host is back. Pure.

The times are kept in the intent, so a move that a kill -9 interrupts is measured whole.
"""

from msgspec.structs import replace

from cockpit.agent.intent import Intent
from cockpit.deploy.hosts.status import HostState, Swap


def measure_swap(before: Intent, after: Intent, now: float, flip: float | None) -> Intent:
    """Return `after` with the times of the change from `before`, which happens now.

    `flip` is the seconds that the flip of this move took, or None if unknown. A move that ends on the build it began
    with keeps the times of the last move.
    """
    if after.state is not before.state:
        after = replace(after, since=now)
    if after.state is HostState.DRAINING and before.state is not HostState.DRAINING:
        return replace(after, drain_began=(before.drain_began if before.drained else 0.0) or now)
    if not after.drain_began or after.drained or not before.drained:
        return after
    if after.state is HostState.WARMING and after.wanted != after.previous:
        after = replace(after, swap=Swap(after.wanted, now, max(0.0, now - after.drain_began), flip))
    return replace(after, drain_began=0.0)
