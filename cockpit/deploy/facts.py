"""Facts in the past tense: what can happen to a release."""

from enum import StrEnum

from msgspec import Struct

from cockpit.deploy.builds.build import Build
from cockpit.deploy.policy import Autopilot
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.schedule.presence import Sign
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
    """The calendar's word and the verdict that were overridden; empty where nothing stood against it."""
    said: str = ""
    """The gate's verdict at that moment, in words; empty where it had no say."""


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


class Suspected(Fact, frozen=True):
    """The newest error report makes this PR more likely than not to be behind it; told once of each."""

    pull: PullRequest
    chance: float
    """0 to 1, as the ranking has it."""
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
    said: str = ""
    """The gate's verdict at that moment, in words; empty where it had no say."""


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
    said: str = ""
    """The gate's verdict at that moment, in words; empty where it had no say."""


class Finished(Fact, frozen=True):
    """Every host runs the build; it is the last good one now."""

    build: str
    overrode: str = ""
    """The verdict that was overridden, in words; empty where the gate said GO."""
    said: str = ""
    """The gate's verdict at that moment, in words; empty where it had no say."""


class Abandoned(Fact, frozen=True):
    tiers: tuple[str, ...] = ()
    """Tiers pointed back at the last good build."""


class Restored(Fact, frozen=True):
    """No host of the tiers that were sent back serves the build any more that was taken back."""

    tiers: tuple[str, ...]
    build: str
    when: float
    """The last of them came to serve another, at the latest; by the hosts' clocks."""


class CommandTaken(Fact, frozen=True, tag="ConnTaken"):
    """Another person gives the commands from now on."""

    by: str
    previous: str
    """Who had the conn; empty for nobody."""
    card: tuple[str, ...] = ()
    """The hand-off card as it was then, made out of the state alone."""


class HandedOver(Fact, frozen=True):
    """The commander gave the conn away."""

    to: str
    """Empty for whoever takes it next."""
    note: str = ""
    """What the next commander should know besides."""
    card: tuple[str, ...] = ()
    """The hand-off card as it was then."""


class HandoffRead(Fact, frozen=True, tag="CardRead"):
    """The next commander knows how the release stands."""

    of: str
    """By whom it came to them."""


class Noted(Fact, frozen=True):
    """A person wrote something down."""

    text: str


class CommanderLost(Fact, frozen=True):
    """Nobody looks after the release any more; it was held together with this event, and the next is told."""

    person: str
    following: str
    """Who is next on the rota; empty where it names nobody else."""
    since: float
    """Their last sign of life."""
    how: Sign = Sign.LOST


class AutopilotSet(Fact, frozen=True):
    """What the engine does by itself from now on."""

    mode: Autopilot


class Frozen(Fact, frozen=True):
    """No release starts and no step is taken until then; the event says why."""

    until: float
    """Seconds since the epoch: it ends by itself."""


class Thawed(Fact, frozen=True):
    """The freeze is over before its time."""


class Unreadable(Fact, frozen=True):
    """A record of this release that cannot be read; it is kept in the store as it is."""

    key: str
    reason: str


Happened = (
    Started | Cut | CutFailed | BuildReady | BuildFailed | Advanced | SmokePassed | SmokeFailed | Judged | HostFailed
    | Held | Resumed | RevertAsked | Reverted | RevertFailed | RevertProposed | RolledBack | Finished | Abandoned
    | CommandTaken | HandedOver | HandoffRead | Noted | CommanderLost | AutopilotSet | Unreadable
    | Suspected | Frozen | Thawed | Restored
)  # fmt: skip


def pull_name(fact: Reverted | RevertFailed) -> str:
    """The name of the PR that it is about, as `PullRequest.name`."""
    return fact.name or f"#{fact.number}"
