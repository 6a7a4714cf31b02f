"""A release: one deploy from cut to finished, as the fold of its events."""

from enum import StrEnum
from functools import reduce
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.builds.build import Build
from cockpit.deploy.events import Event
from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    AutopilotSet,
    BuildFailed,
    BuildReady,
    CommanderLost,
    CommandTaken,
    Cut,
    CutFailed,
    Finished,
    Frozen,
    HandedOver,
    HandoffRead,
    Held,
    HostFailed,
    Judged,
    Noted,
    Restored,
    Resumed,
    RevertAsked,
    Reverted,
    RevertFailed,
    RevertProposed,
    RolledBack,
    SmokeFailed,
    SmokePassed,
    Started,
    Suspected,
    Thawed,
    Unreadable,
    pull_name,
)
from cockpit.deploy.policy import Autopilot
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.tiers import Ladder, label


class End(StrEnum):
    """How a release was closed."""

    FINISHED = "finished"
    ABANDONED = "abandoned"


class Release(Struct, frozen=True):
    """All that is known of one release. Built by `after` alone."""

    id: str
    """`<day>.<n>`."""
    events: tuple[Event, ...] = ()
    ref: str = ""
    wanted: str = ""
    """The commit that is to be cut, where that was decided with it; else whatever `ref` stands at."""
    ladder: Ladder = ()
    install: bool = False
    branch: str = ""
    tag: str = ""
    """The newest tag: the cut's, or the last hotfix's."""
    commit: str = ""
    """The tip of the release branch."""
    base: str = ""
    pulls: tuple[PullRequest, ...] = ()
    builds: tuple[Build, ...] = ()
    """Oldest first. The last is the current one if it is of `commit`."""
    rung: int = -1
    """Index into the ladder of the step taken last with the current build; -1 before the first."""
    since: float = 0.0
    """When that step was taken."""
    smoke: SmokePassed | SmokeFailed | None = None
    """Of the current build."""
    judged: Judged | None = None
    held: Event | None = None
    """The event that holds it."""
    failure: Event | None = None
    """A cut, build or revert that failed and has not been tried again."""
    reverting: tuple[RevertAsked, ...] = ()
    """Asked and not yet done, oldest first."""
    reverted: tuple[int, ...] = ()
    """Numbers of the PRs taken out, of those that have one."""
    gone: tuple[str, ...] = ()
    """Names of all PRs taken out."""
    undone: tuple[Reverted, ...] = ()
    """How each of them was taken out."""
    blamed: tuple[str, ...] = ()
    """Names of the PRs that were likely behind a rollback."""
    proposed: tuple[RevertProposed, ...] = ()
    """Reverts that are PRs of their own."""
    failed: tuple[tuple[str, str], ...] = ()
    """(host, build) whose failure has been told."""
    suspected: tuple[str, ...] = ()
    """Names of the PRs whose suspicion has been told."""
    unreadable: tuple[Unreadable, ...] = ()
    rolled_back: RolledBack | None = None
    autopilot: Autopilot | None = None
    """What a person chose for this release; None for the config's."""
    freezes: tuple[Event, ...] = ()
    """Freezes and thaws while it was the newest release; they are of no release, see `deploy.day.freezes`."""
    end: End | None = None

    @property
    def number(self) -> int:
        """Of the last event."""
        return self.events[-1].number if self.events else 0

    @property
    def build(self) -> Build | None:
        """The build of the branch's tip; None while it is being made."""
        return self.builds[-1] if self.builds and self.builds[-1].commit == self.commit else None

    @property
    def hotfixes(self) -> int:
        """How many hotfixes stand on the branch."""
        return sum(isinstance(event.what, Reverted) for event in self.events)

    @property
    def ended(self) -> float:
        """When it was closed, whatever was recorded in its log since; of an open one, when something last happened."""
        closing = (event.at for event in reversed(self.events) if isinstance(event.what, Finished | Abandoned))
        return next(closing, self.events[-1].at if self.events else 0.0)

    @property
    def over(self) -> float:
        """When it was closed or, after that, rolled back: since then it is as it is."""
        last = (
            event.at for event in reversed(self.events) if isinstance(event.what, Finished | Abandoned | RolledBack)
        )
        return next(last, self.ended)

    @property
    def step(self) -> str:
        """The step it stands on, in words; empty before the first."""
        return label(self.ladder, self.rung) if 0 <= self.rung < len(self.ladder) else ""

    @property
    def complete(self) -> bool:
        """Whether the last step of the ladder has been taken."""
        return bool(self.ladder) and self.rung == len(self.ladder) - 1


def after(release: Release, event: Event) -> Release:
    """`release` once `event` has happened. Total: an event that makes no sense here changes nothing but the log."""
    release = replace(release, events=(*release.events, event))
    match event.what:
        case Started() as start:
            return replace(release, ref=start.ref, wanted=start.commit, ladder=start.ladder, install=start.install)
        case Cut() as cut:
            return replace(
                release,
                branch=cut.branch,
                tag=cut.tag,
                commit=cut.commit,
                base=cut.base,
                pulls=cut.pulls,
                failure=None,
            )
        case CutFailed() | BuildFailed():
            return replace(release, failure=event)
        case BuildReady() as ready:
            builds = (*(b for b in release.builds if b.id != ready.build.id), ready.build)
            return replace(release, builds=builds, failure=None)
        case Advanced() as step if 0 <= step.rung < len(release.ladder):
            kept = release.smoke if release.smoke and release.smoke.build == step.build else None
            return replace(release, rung=step.rung, since=event.at, smoke=kept, judged=None)
        case SmokePassed() | SmokeFailed() as smoke:
            return replace(release, smoke=smoke)
        case Judged() as verdict:
            return replace(release, judged=verdict)
        case HostFailed() as host:
            return replace(release, failed=(*release.failed, (host.host, host.build)))
        case Suspected() as suspicion:
            return replace(release, suspected=(*release.suspected, suspicion.pull.name))
        case Held():
            return replace(release, held=event)
        case Resumed():
            return replace(release, held=None, failure=None, smoke=_passed(release.smoke))
        case RevertAsked() as asked:
            return replace(release, reverting=(*release.reverting, asked), rung=-1, since=0.0, judged=None)
        case Reverted() as done if done.picks:
            return _without(release, done)
        case RevertFailed() as no:
            rest = tuple(r for r in release.reverting if r.pull.name != pull_name(no))
            proposed = tuple(one for one in release.proposed if one.name != pull_name(no))
            return replace(release, reverting=rest, proposed=proposed, failure=event)
        case RevertProposed() as proposal:
            return replace(release, proposed=(*release.proposed, proposal))
        case RolledBack() as back:
            blamed = tuple(dict.fromkeys((*release.blamed, *back.suspects)))
            return replace(release, rolled_back=back, held=event, rung=-1, since=0.0, judged=None, blamed=blamed)
        case Finished():
            return replace(release, end=End.FINISHED, rolled_back=None)
        case Abandoned():
            return replace(release, end=End.ABANDONED)
        case AutopilotSet(chosen):
            return replace(release, autopilot=chosen)
        case Frozen() | Thawed():
            return replace(release, freezes=(*release.freezes, event))
        case Unreadable() as record:
            return replace(release, unreadable=(*release.unreadable, record))
        case Advanced() | Reverted():
            return release  # a step that is not on the ladder, a revert without a commit
        case CommandTaken() | HandedOver() | HandoffRead() | Noted() | CommanderLost():
            return release
        case Restored():
            return release
        case _:
            assert_never(event.what)


def fold(ident: str, events: tuple[Event, ...]) -> Release:
    """The release that `events`, oldest first, make."""
    return reduce(after, events, Release(ident))


def _without(release: Release, done: Reverted) -> Release:
    """The branch has a new tip without that PR: a new build, back at the foot of the ladder."""
    return replace(
        release,
        reverting=tuple(r for r in release.reverting if r.pull.name != pull_name(done)),
        reverted=(*release.reverted, done.number) if done.number else release.reverted,
        gone=(*release.gone, pull_name(done)),
        undone=(*release.undone, done),
        commit=done.picks[-1],
        tag=done.tag,
        rung=-1,
        since=0.0,
        smoke=None,
        judged=None,
        failure=_other_revert(release.failure, pull_name(done)),
        rolled_back=None,
    )


def _other_revert(failure: Event | None, name: str) -> Event | None:
    """The failed revert of another PR, which one that went well does not make good."""
    failed = failure.what if failure else None
    return failure if isinstance(failed, RevertFailed) and pull_name(failed) != name else None


def _passed(smoke: SmokePassed | SmokeFailed | None) -> SmokePassed | None:
    """Resuming after a failed smoke test lets the engine run it again."""
    return smoke if isinstance(smoke, SmokePassed) else None
