"""Facts in the past tense: what can happen to a release."""

from enum import StrEnum

from msgspec import Struct

from cockpit.deploy.builds.build import Build
from cockpit.deploy.policy import Autopilot
from cockpit.deploy.pulls.pull import PullRequest
from cockpit.deploy.tiers import Ladder


class Call(StrEnum):
    """A gate's verdict in one word."""

    GO = "GO"
    WAIT = "WAIT"
    HOLD = "HOLD"
    ROLL_BACK = "ROLL BACK"


class Fact(Struct, frozen=True, tag=True):
    """Something that happened to a release."""


class Started(Fact, frozen=True):
    """The commander asked for a release of `ref`; the engine cuts it."""

    ref: str
    ladder: Ladder
    install: bool = False
    """The first build of an empty fleet: it goes to every host at once, for there is nothing to protect."""
    commit: str = ""
    """What `ref` stood at when this was decided, and is cut: nothing goes out that nobody looked at. Empty for
    whatever it stands at then."""
    overrode: str = ""
    """What spoke against it and was overridden, in words."""


class Cut(Fact, frozen=True):
    """The branch and the tag exist at the remote."""

    branch: str
    tag: str
    commit: str
    base: str
    """The commit of the last finished release; empty for the first."""
    pulls: tuple[PullRequest, ...]


class CutFailed(Fact, frozen=True):
    reason: str


class BuildReady(Fact, frozen=True):
    build: Build
    tag: str
    seconds: float


class BuildFailed(Fact, frozen=True):
    commit: str
    reason: str


class Advanced(Fact, frozen=True):
    """The target of this step's tier was written together with this event."""

    rung: int
    step: str
    build: str
    overrode: str = ""
    """The verdict that was overridden, in words; empty where the gate said GO."""


class SmokePassed(Fact, frozen=True):
    build: str
    seconds: float


class SmokeFailed(Fact, frozen=True):
    build: str
    reason: str


class Judged(Fact, frozen=True):
    """The verdict turned."""

    rung: int
    build: str
    call: Call
    reason: str


class HostFailed(Fact, frozen=True):
    host: str
    build: str
    reason: str


class Held(Fact, frozen=True):
    pass


class Resumed(Fact, frozen=True):
    pass


class RevertAsked(Fact, frozen=True):
    """The commander wants this PR out; tiers serving people with a build that holds it went back meanwhile."""

    pull: PullRequest
    withdrawn: tuple[str, ...] = ()
    resolved: str = ""
    """The commit in which a person resolved its conflicts; empty where it is to come out by itself."""


class Reverted(Fact, frozen=True):
    """The revert stands on main and, picked, on the release branch."""

    number: int
    reverts: tuple[str, ...]
    """Commits on main."""
    picks: tuple[str, ...]
    """Commits on the release branch, same order."""
    tag: str
    name: str = ""
    """Of the PR, where it has no number."""
    reland: str = ""
    """The url of the draft that puts it back, or why there is none; empty where none is wanted."""


class RevertFailed(Fact, frozen=True):
    number: int
    reason: str
    conflicts: tuple[str, ...] = ()
    name: str = ""
    """Of the PR, where it has no number."""


class RevertProposed(Fact, frozen=True):
    """Its revert is a PR of its own, and waits for people to land it."""

    number: int
    name: str
    """Of the PR that is taken out."""
    proposal: int
    """The number of the revert's own."""
    url: str


class RolledBack(Fact, frozen=True):
    """Every tier that serves people was pointed at the last good build, in one write with this event."""

    build: str
    tiers: tuple[str, ...]
    suspects: tuple[str, ...] = ()
    """Names of the PRs that were likely behind it: they stay out of the next release until they are re-landed."""


class Finished(Fact, frozen=True):
    """Every host runs the build; it is the last good one now."""

    build: str
    overrode: str = ""
    """The verdict that was overridden, in words; empty where the gate said GO."""


class Abandoned(Fact, frozen=True):
    tiers: tuple[str, ...] = ()
    """Tiers pointed back at the last good build."""


class ConnTaken(Fact, frozen=True):
    """Another person gives the commands from now on."""

    by: str
    previous: str
    """Who had the conn; empty for nobody."""


class HandedOver(Fact, frozen=True):
    """The commander gave the conn away."""

    to: str
    """Empty for whoever takes it next."""


class AutopilotSet(Fact, frozen=True):
    """What the engine does by itself from now on."""

    mode: Autopilot


class Unreadable(Fact, frozen=True):
    """A record of this release that cannot be read; it is kept in the store as it is."""

    key: str
    reason: str


Happened = (
    Started | Cut | CutFailed | BuildReady | BuildFailed | Advanced | SmokePassed | SmokeFailed | Judged | HostFailed
    | Held | Resumed | RevertAsked | Reverted | RevertFailed | RevertProposed | RolledBack | Finished | Abandoned
    | ConnTaken | HandedOver | AutopilotSet | Unreadable
)  # fmt: skip


def pull_name(fact: Reverted | RevertFailed) -> str:
    """The name of the PR that it is about, as `PullRequest.name`."""
    return fact.name or f"#{fact.number}"
