"""Facts: what can happen to a release, in the past tense."""

from enum import StrEnum

from msgspec import field

from cockpit.deploy.builds.build import Build
from cockpit.deploy.command_facts import (
    AutopilotSet,
    CommanderLost,
    CommandFact,
    CommandTaken,
    Fact,
    Frozen,
    HandedOver,
    HandoffRead,
    Held,
    Noted,
    Rejected,
    Resumed,
    Thawed,
)
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.tiers import Ladder

__all__ = [
    "AutopilotSet",
    "CommandFact",
    "CommandTaken",
    "CommanderLost",
    "Fact",
    "Frozen",
    "HandedOver",
    "HandoffRead",
    "Held",
    "Noted",
    "Rejected",
    "Resumed",
    "Thawed",
]


class Call(StrEnum):
    """A gate's verdict in one word."""

    GO = "GO"
    WAIT = "WAIT"
    HOLD = "HOLD"
    ROLL_BACK = "ROLL BACK"


class Started(Fact, frozen=True):
    """The commander asked for a release of `ref`; the engine cuts it."""

    ref: str
    ladder: Ladder
    install: bool = False
    """The first build of an empty fleet. It goes to every host at once: there is no older build to protect."""
    commit: str = ""
    """The commit to cut: what `ref` pointed to at the decision. Empty to cut what it points to at the cut."""
    overrode: str = ""
    """The objections that the commander overrode."""


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
    """A step was taken. The target of its tier was written in the same transaction."""

    rung: int
    step: str
    build: str
    overrode: str = ""
    """The objections that the commander overrode; empty if there were none."""
    verdict: str = field(default="", name="said")
    """The gate's verdict at that moment as text; empty if no verdict was needed."""


class SmokePassed(Fact, frozen=True):
    build: str
    seconds: float


class SmokeFailed(Fact, frozen=True):
    build: str
    reason: str


class Judged(Fact, frozen=True):
    """The verdict changed."""

    rung: int
    build: str
    call: Call
    reason: str


class HostFailed(Fact, frozen=True):
    host: str
    build: str
    reason: str


class Suspected(Fact, frozen=True):
    """This PR more likely than not caused the newest error report. Recorded once for each PR."""

    pull: PullRequest
    chance: float
    """0 to 1, from the ranking."""
    reason: str


class RevertAsked(Fact, frozen=True):
    """The commander asked to revert a PR. Public tiers with a build that contains it went back at once."""

    pull: PullRequest
    withdrawn: tuple[str, ...] = ()
    """The tiers that went back."""
    resolved: str = ""
    """The commit in which a person resolved its conflicts; empty if it reverts cleanly."""
    verdict: str = field(default="", name="said")
    """The gate's verdict at that moment as text; empty if no verdict was needed."""


class Reverted(Fact, frozen=True):
    """The PR is out of main and of the release branch, whose revert is a pick of main's or its own."""

    number: int
    reverts: tuple[str, ...]
    """Commits on main. Empty if it had nothing left to revert, and no commit that reverts the PR."""
    picks: tuple[str, ...]
    """Commits on the release branch, in the same order. Empty if it was reverted directly."""
    tag: str
    name: str = ""
    """The PR's name, if it has no number."""
    reland: str = ""
    """The url of the draft that re-lands it, or why there is none; empty if none is wanted."""
    direct: tuple[str, ...] = ()
    """Reverts on the release branch itself, because a pick would not take the whole PR out of it."""
    differs: tuple[str, ...] = ()
    """Paths that a pick would conflict in or leave different."""
    remaining: tuple[str, ...] = ()
    """Sentences: lines of the PR that remain or came back, and what was not checked."""
    was_out: bool = False
    """Whether main had nothing to revert: its commits, if any, were there before."""

    @property
    def tip(self) -> str:
        """The new tip of the release branch; empty in a record without commits there."""
        return (*self.picks, *self.direct)[-1] if self.picks or self.direct else ""


class RevertFailed(Fact, frozen=True):
    number: int
    reason: str
    conflicts: tuple[str, ...] = ()
    name: str = ""
    """The PR's name, if it has no number."""


class RevertProposed(Fact, frozen=True):
    """The revert is a PR of its own and waits to be merged."""

    number: int
    name: str
    """The name of the PR to revert."""
    proposal: int
    """The number of the revert's PR."""
    url: str


class RevertDelayed(Fact, frozen=True):
    """The forge or the repository does not answer. The engine asks again, with growing pauses."""

    number: int
    name: str
    """The name of the PR to revert."""
    reason: str = ""
    """Empty once it answers again."""


class WithdrawalAsked(Fact, frozen=True):
    """The commander took back the request to revert a PR. The engine finds out whether it was pushed already."""

    number: int
    name: str


class RevertWithdrawn(Fact, frozen=True):
    """Nothing of the revert was pushed, and nothing will be: it was taken back, or its release abandoned."""

    number: int
    name: str
    """The name of the PR that stays in."""
    note: str = ""
    """What became of the revert's own PR; empty if it had none."""


class RolledBack(Fact, frozen=True):
    """Every tier with users was told to run the last good build, in the same transaction."""

    build: str
    tiers: tuple[str, ...]
    suspects: tuple[str, ...] = ()
    """Names of the PRs that likely caused it. They stay out of the next release until they are re-landed."""
    verdict: str = field(default="", name="said")
    """The gate's verdict at that moment as text; empty if no verdict was needed."""
    left: tuple[str, ...] = ()
    """The builds that went: bad until a release finishes with one of them. Empty for all builds of the release."""
    release: str = ""
    """The release that was rolled back; empty for the one whose log has the event."""


class Finished(Fact, frozen=True):
    """Every host runs the build; it is the last good one from now on."""

    build: str
    overrode: str = ""
    """The verdict that the commander overrode; empty if the gate said GO."""
    verdict: str = field(default="", name="said")
    """The gate's verdict at that moment as text; empty if no verdict was needed."""


class Abandoned(Fact, frozen=True):
    tiers: tuple[str, ...] = ()
    """Tiers that went back to the last good build."""


class Restored(Fact, frozen=True):
    """No host of the tiers that went back serves the withdrawn build any more."""

    tiers: tuple[str, ...]
    build: str
    when: float
    """The latest time at which the last host switched, by the hosts' clocks."""


class Regressed(Fact, frozen=True):
    """A finished release turned bad on a tier while the engine went on judging it."""

    release: str
    """The finished release. The event is in the log of the newest one, which may be another."""
    build: str
    tier: str
    call: Call
    reason: str
    commander: str = ""
    """Who is notified first: the commander or, if there is none, the person on duty; empty for neither."""


class Unreadable(Fact, frozen=True):
    """A record of this release cannot be read. The store keeps it unchanged."""

    key: str
    reason: str


PreparationFact = Started | Cut | CutFailed | BuildReady | BuildFailed
StepFact = Advanced | SmokePassed | SmokeFailed | Judged | RolledBack | Finished | Abandoned
RevertFact = (
    RevertAsked | Reverted | RevertFailed | RevertProposed | RevertDelayed | WithdrawalAsked | RevertWithdrawn
)  # fmt: skip
ObservedFact = HostFailed | Suspected | Restored | Regressed | Unreadable

AnyFact = PreparationFact | StepFact | RevertFact | CommandFact | ObservedFact


def is_delay_of(fact: AnyFact, name: str) -> bool:
    """Whether the fact says that the revert of this PR waits."""
    return isinstance(fact, RevertDelayed) and fact.name == name


def pull_name(fact: Reverted | RevertFailed) -> str:
    """The name of the fact's PR, as in `PullRequest.name`."""
    return fact.name or f"#{fact.number}"
