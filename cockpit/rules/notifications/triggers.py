"""Triggers: which facts notify the channel and the authors of PRs, and with which default texts.

A fact's occasion is its name in `[people.templates]`. A few depend on where the release stands. An occasion without a
row in `TRIGGERS` notifies no one.
"""

from enum import StrEnum
from typing import assert_never

from msgspec import Struct

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call, pull_name
from cockpit.deploy.policy import Policy
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.tiers import Audience


class AuthorScope(StrEnum):
    """Which authors are notified."""

    NONE = "none"
    ONE = "one"
    """The author of the PR that the event is about."""
    ALL = "all"
    """The author of every PR in the release, once: a hotfix does not repeat it."""


class Trigger(Struct, frozen=True):
    """The texts of one occasion; an empty text is not sent."""

    channel: str = ""
    """To the channel."""
    author: str = ""
    """A line to each author, for each PR."""
    scope: AuthorScope = AuthorScope.NONE


HEAD = "head"
"""The name of the template of a thread's head message."""
AUTHOR_PREFIX = "pull-"
"""Before an occasion's name, the template of its line to an author."""

TRIGGERS: dict[str, Trigger] = {
    "started": Trigger("$who started $release$because"),
    "cut": Trigger("$release is cut with $pulls"),
    "cut-failed": Trigger("the cut of $release failed: $reason"),
    "build-failed": Trigger("the build of $release failed: $reason"),
    "smoke-failed": Trigger("$release fails the smoke test: $reason"),
    "smoke-passed": Trigger("", "$author: $pull $title is on staging, please check it there", AuthorScope.ALL),
    "step": Trigger(""),
    "canary": Trigger("$release goes to $step", "$author: $pull $title is on $step, real traffic now", AuthorScope.ALL),
    "complete": Trigger("$release goes to $step", "$author: $pull $title goes to every host, $step", AuthorScope.ALL),
    "verdict-hold": Trigger("HOLD, $release at $step: $reason"),
    "verdict-roll-back": Trigger("ROLL BACK, $release at $step: $reason"),
    "held": Trigger("$who holds $release$because"),
    "resumed": Trigger("$who resumed $release$because"),
    "suspected": Trigger("", "$author: $pull $title is suspected, $reason; please look at once", AuthorScope.ONE),
    "revert-asked": Trigger(
        "$who reverts $pull $title in $release$because",
        "$author: $pull $title is suspected and is being reverted$because; please look at once",
        AuthorScope.ONE,
    ),
    "reverted": Trigger("", "$author: $pull $title is reverted on main and out of $release", AuthorScope.ONE),
    "reverted-in-part": Trigger(
        "$pull $title is reverted in $release, but $reason",
        "$author: $pull $title is reverted in $release, but $reason; please look at once",
        AuthorScope.ONE,
    ),
    "revert-failed": Trigger("the revert of $pull $title failed: $reason", "", AuthorScope.ONE),
    "revert-proposed": Trigger("the revert of $pull $title is waiting to be merged", "", AuthorScope.ONE),
    "revert-withdrawn": Trigger("the revert of $pull $title is withdrawn: nothing was pushed", "", AuthorScope.ONE),
    "rolled-back": Trigger("$who ROLLED BACK $release$because"),
    "regressed": Trigger(
        "$next: $release turned bad after it finished, $reason; `rollback` (R) takes it back",
        "$author: $pull $title is in $release, which turned bad after it finished; please look at once",
        AuthorScope.ALL,
    ),
    "rejected": Trigger("$who rejected $release$because: no rollback goes back to its build"),
    "finished": Trigger("$release is finished: every host runs it"),
    "abandoned": Trigger("$who abandoned $release$because"),
    "command-taken": Trigger("$who took over$because"),
    "handed-over": Trigger("$who handed over to $next$because"),
    "frozen": Trigger("$who froze deploys until $until$because"),
    "thawed": Trigger("$who ended the freeze$because"),
    "commander-lost": Trigger("$person is lost, $release is held; next commander: $next"),
}


def occasion_of(event: Event, release: Release, policy: Policy) -> str:
    """The name of what happened to `release`, which `event` has been applied to; empty if it never notifies."""
    match event.what:
        case facts.Started():
            return "started"
        case facts.Cut():
            return "cut"
        case facts.CutFailed():
            return "cut-failed"
        case facts.BuildFailed():
            return "build-failed"
        case facts.SmokePassed():
            return "smoke-passed"
        case facts.SmokeFailed():
            return "smoke-failed"
        case facts.Advanced(rung=rung):
            return _step_occasion(release, rung, policy)
        case facts.Judged(call=call):
            return _verdict_occasion(call)
        case facts.Held():
            return "held"
        case facts.Resumed():
            return "resumed"
        case facts.Suspected():
            return "suspected"
        case facts.RevertAsked():
            return "revert-asked"
        case facts.Reverted(remaining=remaining):
            return "reverted-in-part" if remaining else "reverted"
        case facts.RevertFailed():
            return "revert-failed"
        case facts.RevertProposed():
            return "revert-proposed"
        case facts.RevertWithdrawn():
            return "revert-withdrawn"
        case facts.RevertDelayed() | facts.WithdrawalAsked():
            return ""
        case facts.RolledBack():
            return "rolled-back"
        case facts.Rejected():
            return "rejected"
        case facts.Finished():
            return "finished"
        case facts.Regressed():
            return "regressed"
        case facts.Abandoned():
            return "abandoned"
        case facts.CommandTaken():
            return "command-taken"
        case facts.HandedOver():
            return "handed-over"
        case facts.CommanderLost():
            return "commander-lost"
        case facts.Frozen():
            return "frozen"
        case facts.Thawed():
            return "thawed"
        case facts.BuildReady() | facts.HostFailed() | facts.HandoffRead() | facts.Noted():
            return ""
        case facts.AutopilotSet() | facts.Restored() | facts.Unreadable():
            return ""
        case _:
            assert_never(event.what)


def subject_pull(event: Event, release: Release) -> PullRequest | None:
    """The one PR that the event is about; None if it is about none or the release does not have it."""
    match event.what:
        case facts.RevertAsked(pull=pull) | facts.Suspected(pull=pull):
            return pull
        case facts.Reverted() | facts.RevertFailed() as fact:
            name = pull_name(fact)
        case facts.RevertProposed(name=name) | facts.RevertWithdrawn(name=name):
            pass
        case _:
            return None
    return next((pull for pull in release.pulls if pull.name == name), None)


def next_person(event: Event) -> str:
    """The person who is or should be the commander after the event, `user@host`; empty if it names no one."""
    match event.what:
        case facts.CommanderLost(successor=person) | facts.HandedOver(to=person) | facts.Regressed(commander=person):
            return person
        case _:
            return ""


def _verdict_occasion(call: Call) -> str:
    match call:
        case Call.HOLD:
            return "verdict-hold"
        case Call.ROLL_BACK:
            return "verdict-roll-back"
        case Call.GO | Call.WAIT:
            return ""
        case _:
            assert_never(call)


def _step_occasion(release: Release, rung: int, policy: Policy) -> str:
    """`complete` for the last step, `canary` for the first one that serves the public, else `step`."""
    public = [n for n, step in enumerate(release.ladder) if policy.tier(step.tier).serves is Audience.PUBLIC]
    if rung == len(release.ladder) - 1:
        return "complete"
    return "canary" if public and rung == public[0] else "step"
