"""The first step of a ladder: whose it is, and when it may be taken.

The engine takes it by itself if its tier serves no one, so that a build is on staging without a key press. A first step
that serves people, the company's own or the public, has no gate before it: a person takes it with `advance`. A freeze
and the calendar hold for both.
"""

from cockpit.deploy import facts
from cockpit.deploy.plan import CommandRequest, Decision, Plan, Refusal
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.tiers import Audience
from cockpit.rules.decisions.planner import REASON_MISSING
from cockpit.rules.decisions.step import step_to
from cockpit.rules.deploy_window import WindowClosed, hotfix_catching_up, window_closed


def first_step_is_automatic(snapshot: Snapshot, release: Release) -> bool:
    """Whether the engine takes the first step by itself: its tier serves no one."""
    return bool(release.ladder) and snapshot.policy.tier(release.ladder[0].tier).serves is Audience.NOBODY


def automatic_first_step(snapshot: Snapshot, release: Release) -> Plan | None:
    """The engine's first step; None if a person takes it or the deploy window is closed. It needs a build."""
    if not first_step_is_automatic(snapshot, release) or first_step_closed(snapshot, release):
        return None
    return step_to(snapshot, release, 0)


def take_first_step(snapshot: Snapshot, release: Release, request: CommandRequest) -> Decision:
    """A person's first step. It needs a build and its tier."""
    closed, tier = first_step_closed(snapshot, release), release.ladder[0].tier
    if closed is None:
        if first_step_is_automatic(snapshot, release):
            return Refusal(f"{tier} comes first, and the engine takes that step: check that one runs")
        return step_to(snapshot, release, 0)
    if not request.override:
        return Refusal(closed.reason)
    if not request.why:
        return Refusal(REASON_MISSING)
    return step_to(snapshot, release, 0, closed.reason, closed.word)


def first_step_closed(snapshot: Snapshot, release: Release) -> WindowClosed | None:
    """Why the first step may not be taken now; None if it may.

    An override of `start` covers a step that serves no one, unless deploys were frozen since.
    """
    if hotfix_catching_up(release) or (closed := window_closed(snapshot)) is None:
        return None
    covered = first_step_is_automatic(snapshot, release) and _overridden_at_start(snapshot, release)
    return None if covered else closed


def _overridden_at_start(snapshot: Snapshot, release: Release) -> bool:
    """Whether the window was closed at the start already, for the same reason, and a person overrode it."""
    started = release.events[0]
    if not isinstance(started.what, facts.Started) or not started.what.overrode:
        return False
    if freeze := snapshot.active_freeze:
        return freeze.at <= started.at
    return not snapshot.policy.calendar.open_at(started.at)
