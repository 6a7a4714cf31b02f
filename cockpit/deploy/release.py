"""A release: one deploy from the cut to the end, folded from its events."""

from enum import StrEnum

from msgspec import Struct

from cockpit.deploy import facts
from cockpit.deploy.builds.build import Build
from cockpit.deploy.events import Event
from cockpit.deploy.policy import Autopilot
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.tiers import Ladder, label


class End(StrEnum):
    """How a release was closed."""

    FINISHED = "finished"
    ABANDONED = "abandoned"


class Flaw(StrEnum):
    """Why a release's last build is no build to return to."""

    ROLLED_BACK = "rolled back"
    REJECTED = "rejected"


class Release(Struct, frozen=True):
    """The state of one release. Only `release_fold` builds it."""

    id: str
    """`<day>.<n>`."""
    events: tuple[Event, ...] = ()
    ref: str = ""
    requested_commit: str = ""
    """The commit to cut; empty to cut what `ref` points to at the cut."""
    ladder: Ladder = ()
    install: bool = False
    branch: str = ""
    tag: str = ""
    """The newest tag: of the cut or of the last hotfix."""
    commit: str = ""
    """The tip of the release branch."""
    base: str = ""
    pulls: tuple[PullRequest, ...] = ()
    builds: tuple[Build, ...] = ()
    """Oldest first. The last one is current if it is a build of `commit`."""
    rung: int = -1
    """The ladder index of the last step taken with the current build; -1 before the first step."""
    since: float = 0.0
    """When that step was taken."""
    step_number: int = 0
    """The number of the event that took it; 0 before the first step."""
    smoke: facts.SmokePassed | facts.SmokeFailed | None = None
    """The smoke test of the current build."""
    last_verdict: facts.Judged | None = None
    """The last verdict on the current step."""
    held: Event | None = None
    """The event that holds the release."""
    failures: tuple[Event, ...] = ()
    """Failures that nothing has resolved yet, oldest first: of the cut, of the build, and of each revert by its PR."""
    pending_reverts: tuple[facts.RevertAsked, ...] = ()
    """Requested and not done yet, oldest first."""
    reverted_numbers: tuple[int, ...] = ()
    """The numbers of the reverted PRs that have one."""
    reverted_names: tuple[str, ...] = ()
    """The names of all reverted PRs."""
    kept_names: tuple[str, ...] = ()
    """The names of the PRs that stay in although their revert was requested: it failed, and a person resumed."""
    reverts: tuple[facts.Reverted, ...] = ()
    """The reverts that were done, oldest first."""
    marks: tuple[facts.RolledBack | facts.Rejected | facts.Finished, ...] = ()
    """What was recorded here about builds, of this release or an older one; `build_marks` folds all of them."""
    flaw: Flaw | None = None
    """Set by `build_marks` alone, because a newer release's log may have the mark."""
    withdrawals: tuple[facts.RevertAsked, ...] = ()
    """Reverts that a person took back. The engine has not found out yet whether they were pushed."""
    delays: tuple[Event, ...] = ()
    """The newest `RevertDelayed` of each revert that waits for a system without an answer."""
    revert_proposals: tuple[facts.RevertProposed, ...] = ()
    """Reverts that are PRs of their own and not merged yet."""
    failed_hosts: tuple[tuple[str, str], ...] = ()
    """(host, build) of each recorded host failure."""
    suspected_names: tuple[str, ...] = ()
    """The names of the PRs that were recorded as suspects."""
    regressions: tuple[Event, ...] = ()
    """Events that a finished release, this one or one before it, turned bad."""
    unreadable: tuple[facts.Unreadable, ...] = ()
    rolled_back: facts.RolledBack | None = None
    """The rollback that still is the state of its tiers; None once a step was taken again."""
    autopilot: Autopilot | None = None
    """The mode that a person chose for this release; None for the mode of the config."""
    freezes: tuple[Event, ...] = ()
    """Freezes and thaws recorded while this was the newest release; `freezes` folds those of all releases."""
    end: End | None = None

    @property
    def last_number(self) -> int:
        """The number of the last event; 0 before the first."""
        return self.events[-1].number if self.events else 0

    @property
    def build(self) -> Build | None:
        """The build of the branch's tip; None until it is ready."""
        return self.builds[-1] if self.builds and self.builds[-1].commit == self.commit else None

    @property
    def failed_reverts(self) -> tuple[facts.RevertFailed, ...]:
        """The reverts that failed and were not resolved yet, oldest first."""
        return tuple(event.what for event in self.failures if isinstance(event.what, facts.RevertFailed))

    @property
    def unsettled_reverts(self) -> tuple[facts.RevertAsked, ...]:
        """Reverts that are not wanted any more and may have been pushed: taken back, or of a closed release."""
        return (*self.withdrawals, *self.pending_reverts) if self.end else self.withdrawals

    @property
    def failed_job(self) -> Event | None:
        """The failure of the cut or of the build; None if neither failed."""
        jobs = (event for event in self.failures if isinstance(event.what, facts.CutFailed | facts.BuildFailed))
        return next(jobs, None)

    @property
    def is_rolled_back(self) -> bool:
        """Whether a rollback holds it. A rollback of an older release holds the newest one too, even a closed one."""
        return self.held is not None and isinstance(self.held.what, facts.RolledBack)

    @property
    def taken_back(self) -> Flaw | None:
        """Whether it was rolled back or rejected, as things stand; None if it climbs again."""
        if self.end and self.flaw and (self.flaw is Flaw.REJECTED or self.end is End.FINISHED):
            return self.flaw
        return Flaw.ROLLED_BACK if self.rolled_back else None

    @property
    def hotfixes(self) -> int:
        """The number of hotfixes on the branch."""
        return sum(isinstance(event.what, facts.Reverted) for event in self.events)

    @property
    def ended_at(self) -> float:
        """When the release was closed; the time of its last event while it is open."""
        closed = (
            event.at for event in reversed(self.events) if isinstance(event.what, facts.Finished | facts.Abandoned)
        )
        return next(closed, self.events[-1].at if self.events else 0.0)

    @property
    def settled_at(self) -> float:
        """When the release was closed, or rolled back after that."""
        settled = (
            event.at
            for event in reversed(self.events)
            if isinstance(event.what, facts.Finished | facts.Abandoned | facts.RolledBack)
        )
        return next(settled, self.ended_at)

    @property
    def step(self) -> str:
        """The label of the current step; empty before the first."""
        return label(self.ladder, self.rung) if 0 <= self.rung < len(self.ladder) else ""

    @property
    def on_last_step(self) -> bool:
        """Whether the last step of the ladder was taken."""
        return bool(self.ladder) and self.rung == len(self.ladder) - 1
