"""Measures a move from one build to another: from the beginning of the drain until the host is back. Pure.

It is kept in the intent, so that a move which a kill -9 cut in two is measured whole, and outlives the agent.
"""

from msgspec.structs import replace

from cockpit.agent.intent import Intent
from cockpit.deploy.hosts.status import HostState, Swap


def timed(before: Intent, after: Intent, now: float, flip: float | None) -> Intent:
    """`after` with the times of the change from `before`, which happens now.

    `flip` is how many seconds the flip of this move took; None where it is not known. A move that ended on the build
    it began with leaves what was measured last as it is.
    """
    if after.state is not before.state:
        after = replace(after, since=now)
    if after.state is HostState.DRAINING and before.state is not HostState.DRAINING:
        return replace(after, left=(before.left if before.drained else 0.0) or now)
    if not after.left or after.drained or not before.drained:
        return after
    if after.state is HostState.WARMING and after.wanted != after.previous:
        after = replace(after, swap=Swap(after.wanted, now, max(0.0, now - after.left), flip))
    return replace(after, left=0.0)
