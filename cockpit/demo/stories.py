"""What a sensible commander does now: snapshot and plot in, one move out.

Level-triggered like the engine: it looks at how things stand and remembers nothing, so a driver that was killed goes
on where it was.
"""

from msgspec import Struct

from cockpit.demo.shop_history import Story
from cockpit.deploy.facts import Call
from cockpit.deploy.release import End, Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.autopilot import NAME as AUTOPILOT


class StoryMove(Struct, frozen=True):
    """A command to give."""

    verb: str
    why: str = ""
    pull: int = 0
    """The PR, for `revert`."""


class Ended(Struct, frozen=True):
    """The story is over."""

    well: bool
    """Whether it ended as it should."""
    reason: str


def next_move(snapshot: Snapshot, story: Story, bad: int, autopilot: bool = False) -> StoryMove | Ended | None:
    """The move, or how the story ended; None while there is nothing for a person to do, or the autopilot does it.

    `bad` is the number of the pull request at fault, 0 for none.
    """
    release = snapshot.latest
    if release is None or (release.install and release.end is None):
        return None
    if release.install:
        return StoryMove("start")
    if release.end is End.FINISHED:
        return _finished(release, story, bad)
    if release.end is End.ABANDONED:
        return Ended(False, f"{release.id} was abandoned")
    if release.rolled_back:
        return _rolled_back(snapshot, release, story)
    if release.held and release.held.by == AUTOPILOT and not release.reverting:
        return _held(snapshot, release, story, bad)
    if release.reverting or release.build is None or release.held:
        return _stuck(release)
    match snapshot.verdict.call:
        case Call.GO:
            move = StoryMove("finish" if release.complete else "advance")
            return None if autopilot and not release.complete else move
        case Call.HOLD | Call.ROLL_BACK if autopilot:
            return None  # it holds, and then it is a person's turn
        case Call.HOLD if bad in release.reverted:
            return None  # found and taken out: its alerts end a while after it has gone
        case Call.HOLD | Call.ROLL_BACK:
            return _trouble(snapshot, release, story, bad)
        case _:
            return _stuck(release)


def _finished(release: Release, story: Story, bad: int) -> Ended:
    match story:
        case Story.ROLLBACK:
            return Ended(False, f"{release.id} was finished although #{bad} is in it")
        case Story.HOTFIX if bad not in release.reverted:
            return Ended(False, f"{release.id} was finished although #{bad} was not reverted")
        case _:
            return Ended(True, f"{release.id} is on every host")


def _rolled_back(snapshot: Snapshot, release: Release, story: Story) -> Ended | None:
    if story is not Story.ROLLBACK:
        return Ended(False, f"{release.id} was rolled back")
    if all(snapshot.fleet[tier.name].done for tier in snapshot.policy.serving):
        return Ended(True, f"{release.id} was rolled back on every host that serves people")
    return None


def _held(snapshot: Snapshot, release: Release, story: Story, bad: int) -> StoryMove | Ended | None:
    """The autopilot has found something and waits for a person to choose the way out."""
    if story is Story.HOTFIX and bad in release.reverted:
        return StoryMove("resume") if release.build else None
    return _trouble(snapshot, release, story, bad)


def _trouble(snapshot: Snapshot, release: Release, story: Story, bad: int) -> StoryMove | Ended:
    """The gate has said that something is wrong."""
    why = snapshot.verdict.reason
    tier = release.ladder[release.rung].tier
    match story:
        case Story.HOTFIX if bad not in release.reverted:
            return StoryMove("revert", why, bad)
        case Story.ROLLBACK if tier == release.ladder[-1].tier:
            return StoryMove("rollback", why)
        case _:
            return Ended(False, f"{snapshot.verdict.call} at {release.step}: {why}")


def _stuck(release: Release) -> Ended | None:
    """The end where some work failed and nobody is here to look into it."""
    if release.failure is None:
        return None
    what = release.failure.what
    return Ended(False, f"{type(what).__name__}: {getattr(what, 'reason', '')}")
