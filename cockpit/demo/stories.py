"""What a commander does next in a story.

The next move depends on the snapshot alone, so that a demo that was killed continues from its current state.
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


class StoryEnd(Struct, frozen=True):
    """The end of a story."""

    passed: bool
    """Whether the story ended as expected."""
    reason: str


def next_move(snapshot: Snapshot, story: Story, bad: int, autopilot: bool = False) -> StoryMove | StoryEnd | None:
    """The next command or the end of the story; None while the commander waits.

    `bad` is the number of the bad pull request, 0 for none. With `autopilot`, steps are left to it.
    """
    release = snapshot.latest
    if release is None or (release.install and release.end is None):
        return None
    if release.install:
        return StoryMove("start")
    if release.end is End.FINISHED:
        return _finished(release, story, bad)
    if release.end is End.ABANDONED:
        return StoryEnd(False, f"{release.id} was abandoned")
    if release.rolled_back:
        return _rolled_back(snapshot, release, story)
    if release.held and release.held.by == AUTOPILOT and not release.pending_reverts:
        return _held(snapshot, release, story, bad)
    if release.pending_reverts or release.build is None or release.held:
        return _failed(release)
    match snapshot.verdict.call:
        case Call.GO:
            move = StoryMove("finish" if release.on_last_step else "advance")
            return None if autopilot and not release.on_last_step else move
        case Call.HOLD | Call.ROLL_BACK if autopilot:
            return None  # the autopilot holds first
        case Call.HOLD if bad in release.reverted_numbers:
            return None  # its alerts end some seconds after the revert
        case Call.HOLD | Call.ROLL_BACK:
            return _react(snapshot, release, story, bad)
        case _:
            return _failed(release)


def _finished(release: Release, story: Story, bad: int) -> StoryEnd:
    match story:
        case Story.ROLLBACK:
            return StoryEnd(False, f"{release.id} was finished although #{bad} is in it")
        case Story.HOTFIX if bad not in release.reverted_numbers:
            return StoryEnd(False, f"{release.id} was finished although #{bad} was not reverted")
        case _:
            return StoryEnd(True, f"{release.id} is on every host")


def _rolled_back(snapshot: Snapshot, release: Release, story: Story) -> StoryEnd | None:
    if story is not Story.ROLLBACK:
        return StoryEnd(False, f"{release.id} was rolled back")
    if all(snapshot.fleet[tier.name].complete for tier in snapshot.policy.serving_tiers):
        return StoryEnd(True, f"{release.id} was rolled back on every host that serves people")
    return None


def _held(snapshot: Snapshot, release: Release, story: Story, bad: int) -> StoryMove | StoryEnd | None:
    """The move after a hold by the autopilot."""
    if story is Story.HOTFIX and bad in release.reverted_numbers:
        return StoryMove("resume") if release.build else None
    return _react(snapshot, release, story, bad)


def _react(snapshot: Snapshot, release: Release, story: Story, bad: int) -> StoryMove | StoryEnd:
    """The reaction to HOLD or ROLL BACK."""
    why = snapshot.verdict.reason
    tier = release.ladder[release.rung].tier
    match story:
        case Story.HOTFIX if bad not in release.reverted_numbers:
            return StoryMove("revert", why, bad)
        case Story.ROLLBACK if tier == release.ladder[-1].tier:
            return StoryMove("rollback", why)
        case _:
            return StoryEnd(False, f"{snapshot.verdict.call} at {release.step}: {why}")


def _failed(release: Release) -> StoryEnd | None:
    """The end of the story if some work of the release failed."""
    if not release.failures:
        return None
    fact = release.failures[-1].what
    return StoryEnd(False, f"{type(fact).__name__}: {getattr(fact, 'reason', '')}")
