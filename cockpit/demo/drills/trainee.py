"""A trainee who does what is right: what plays a drill without a screen."""

from cockpit.demo.drills.drill import Fault
from cockpit.demo.shop_history import Story
from cockpit.demo.stories import Ended, StoryMove, next_move
from cockpit.deploy.facts import Call
from cockpit.deploy.snapshot import Snapshot

STALE = 3.0
"""Seconds without a word of any host after which a commander wonders."""


def shows(snapshot: Snapshot, fault: Fault) -> bool:
    """Whether the screen shows that something of this kind is wrong."""
    match fault:
        case Fault.BAD_HOST:
            samples = snapshot.traffic.value.samples
            return bool(samples and samples[-1].missing)
        case Fault.DEAD_METRICS:
            age = snapshot.traffic.age(snapshot.now)
            return snapshot.traffic.error != "" or age is None or age > snapshot.policy.gate.fresh
        case Fault.CONSUL_RESTART:
            return all(host.silent(snapshot.now, STALE) for host in snapshot.statuses.value.values())
        case Fault.BAD_PR | Fault.CONFLICT:
            return snapshot.verdict.call in (Call.HOLD, Call.ROLL_BACK)


def next_act(snapshot: Snapshot, fault: Fault, bad: int, seen: bool) -> StoryMove | None:
    """The command to give now; None where there is nothing to do. `seen` is whether the fault has shown itself, and
    until then they climb as anybody would."""
    release = snapshot.latest
    if not seen or release is None:
        move = next_move(snapshot, Story.CLEAN, 0)
        return None if isinstance(move, Ended) else move
    if release.end or release.held or release.reverting:
        return None
    why = snapshot.verdict.reason
    match fault:
        case Fault.BAD_PR:
            return StoryMove("revert", why, bad) if bad not in release.reverted else None
        case Fault.CONFLICT:
            return StoryMove("rollback", why)
        case Fault.BAD_HOST | Fault.DEAD_METRICS | Fault.CONSUL_RESTART:
            return StoryMove("hold", f"something is wrong: {why}")
