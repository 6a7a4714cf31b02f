"""The table of what is told on which occasion, to the channel and to the authors of PRs.

An occasion is a fact by its own name, but for those facts whose meaning depends on where the release stands. A fact
that has no row is told to nobody; giving it one line here is all that it needs.
"""

import re
from enum import StrEnum

from msgspec import Struct

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Advanced, Call, Judged, RevertAsked, Reverted, RevertFailed, RevertProposed, pull_name
from cockpit.deploy.policy import Policy
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.tiers import Audience


class Concerns(StrEnum):
    """Whose authors hear of it."""

    NOBODY = "nobody"
    ONE = "one"
    """Of the PR that it is about."""
    ALL = "all"
    """Of every PR that is in the release, once: what a hotfix repeats is no news to them."""


class Trigger(Struct, frozen=True):
    """What is told on one occasion; an empty text is not told."""

    room: str = ""
    """To the channel."""
    pull: str = ""
    """A line to each author, for each PR."""
    concerns: Concerns = Concerns.NOBODY


HEAD = "head"
AUTHORS = "pull-"
"""Before an occasion's name: its line to an author."""

TABLE: dict[str, Trigger] = {
    "started": Trigger("$who started $release$because"),
    "cut": Trigger("$release is cut with $pulls"),
    "cut-failed": Trigger("the cut of $release failed: $reason"),
    "build-failed": Trigger("the build of $release failed: $reason"),
    "smoke-failed": Trigger("$release fails the smoke test: $reason"),
    "smoke-passed": Trigger("", "$author: $pull $title is on staging, please check it there", Concerns.ALL),
    "step": Trigger(""),
    "canary": Trigger("$release goes to $step", "$author: $pull $title is on $step, real traffic now", Concerns.ALL),
    "complete": Trigger("$release goes to $step", "$author: $pull $title goes out to everybody, $step", Concerns.ALL),
    "verdict-hold": Trigger("HOLD, $release at $step: $reason"),
    "verdict-roll-back": Trigger("ROLL BACK, $release at $step: $reason"),
    "held": Trigger("$who holds $release$because"),
    "resumed": Trigger("$who resumed $release$because"),
    "suspected": Trigger("", "$author: $pull $title is suspected, $reason; please look at once", Concerns.ONE),
    "revert-asked": Trigger(
        "$who takes $pull $title out of $release$because",
        "$author: $pull $title is suspected and is being reverted$because; please look at once",
        Concerns.ONE,
    ),
    "reverted": Trigger("", "$author: $pull $title is reverted on main and out of $release", Concerns.ONE),
    "revert-failed": Trigger("the revert of $pull $title failed: $reason", "", Concerns.ONE),
    "revert-proposed": Trigger("the revert of $pull $title waits to be landed", "", Concerns.ONE),
    "rolled-back": Trigger("$who ROLLED BACK $release$because"),
    "finished": Trigger("$release is finished: every host runs it"),
    "abandoned": Trigger("$who abandoned $release$because"),
    "command-taken": Trigger("$who took the conn$because"),
    "handed-over": Trigger("$who gave the conn to $next$because"),
    "frozen": Trigger("$who froze deploys until $until$because"),
    "thawed": Trigger("$who ended the freeze$because"),
    "commander-lost": Trigger("$person is lost, $release is held: $next is next"),
}


def occasion(event: Event, release: Release, policy: Policy) -> str:
    """The name of what happened to `release`, which `event` has been applied to; not every one has a row."""
    match event.what:
        case Advanced(rung=rung):
            return _reached(release, rung, policy)
        case Judged(call=Call.HOLD):
            return "verdict-hold"
        case Judged(call=Call.ROLL_BACK):
            return "verdict-roll-back"
        case fact:
            return re.sub(r"(?<!^)(?=[A-Z])", "-", type(fact).__name__).lower()


def about(event: Event, release: Release) -> PullRequest | None:
    """The one PR that it is about."""
    match event.what:
        case RevertAsked(pull=pull):
            return pull
        case Reverted() | RevertFailed() as fact:
            name = pull_name(fact)
        case RevertProposed(name=name):
            pass
        case fact:
            found = getattr(fact, "pull", None)
            return found if isinstance(found, PullRequest) else None
    return next((pull for pull in release.pulls if pull.name == name), None)


def successor(event: Event) -> str:
    """The person who has the conn or should take it after this, `user@host`; empty where it names nobody."""
    found = getattr(event.what, "following", "") or getattr(event.what, "to", "")
    return found if isinstance(found, str) else ""


def _reached(release: Release, rung: int, policy: Policy) -> str:
    """The last step goes to everybody; the first that serves the public is a canary, whatever its tier is called."""
    public = [n for n, step in enumerate(release.ladder) if policy.tier(step.tier).serves is Audience.PUBLIC]
    if rung == len(release.ladder) - 1:
        return "complete"
    return "canary" if public and rung == public[0] else "step"
