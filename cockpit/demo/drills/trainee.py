"""A scripted trainee who plays a drill without a screen."""

from cockpit.demo.drills.drill import Fault
from cockpit.demo.shop_history import Story
from cockpit.demo.stories import StoryEnd, StoryMove, next_move
from cockpit.deploy.facts import Call
from cockpit.deploy.snapshot import Snapshot

STALE = 3.0
"""Seconds without a report of any host after which the fault is visible."""


def is_fault_visible(snapshot: Snapshot, fault: Fault) -> bool:
    """Whether the screen shows a fault of this kind."""
    match fault:
        case Fault.BAD_HOST:
            samples = snapshot.traffic.value.samples
            return bool(samples and samples[-1].missing)
        case Fault.DEAD_METRICS:
            age = snapshot.traffic.age(snapshot.now)
            return snapshot.traffic.error != "" or age is None or age > snapshot.policy.gate.fresh
        case Fault.CONSUL_RESTART:
            return all(host.is_silent(snapshot.now, STALE) for host in snapshot.statuses.value.values())
        case Fault.BAD_PR | Fault.CONFLICT:
            return snapshot.verdict.call in (Call.HOLD, Call.ROLL_BACK)


def next_action(snapshot: Snapshot, fault: Fault, bad: int, visible: bool) -> StoryMove | None:
    """The next command, None to wait. The trainee advances until the fault has become `visible`, then acts right."""
    release = snapshot.latest
    if not visible or release is None:
        move = next_move(snapshot, Story.CLEAN, 0)
        return None if isinstance(move, StoryEnd) else move
    if release.end or release.held or release.pending_reverts:
        return None
    why = snapshot.verdict.reason
    match fault:
        case Fault.BAD_PR:
            return StoryMove("revert", why, bad) if bad not in release.reverted_numbers else None
        case Fault.CONFLICT:
            return StoryMove("rollback", why)
        case Fault.BAD_HOST | Fault.DEAD_METRICS | Fault.CONSUL_RESTART:
            return StoryMove("hold", f"fault: {why}")
