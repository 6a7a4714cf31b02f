"""Opens the PRs of cockpit itself: reverts that people review, and drafts that re-land a reverted PR.

A revert's PR is followed until it is merged, and is then cherry-picked into the release branch. A forge that refuses
fails the revert, with the way out; one that does not answer is asked again, with growing pauses.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from cockpit.deploy.facts import AnyFact, RevertDelayed, Reverted, RevertFailed, RevertProposed
from cockpit.deploy.pulls.proposals import Landing, OpenedPull, RevertProposal, reland_proposal, revert_proposal
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.engine.completion import completed
from cockpit.engine.next_work import RevertPull
from cockpit.engine.retry_pause import RetryPause
from cockpit.ports import Failed, MergeConflict, PushedRevert, Refused, Withdrawn, still_wanted

CLOSE_WITHIN = 10.0
"""Seconds to wait for the forge to close a PR. A person closes it otherwise."""
WAY_OUT = (
    "check [forge] project and that the token may open PRs, then revert it again, or set [repository] reverts to push"
)
T = TypeVar("T")
Wanted = Callable[[], bool]
"""Whether the work is still wanted. It is asked from a thread too, right before a push."""
RELAND_WITHIN = 5.0
"""Seconds to wait for the draft that re-lands a PR. The hotfix goes on without it."""


def reverted_fact(job: RevertPull, pushed: PushedRevert) -> Reverted:
    """The fact for the log."""
    number = job.pull.number
    return Reverted(
        number=number,
        reverts=pushed.reverts,
        picks=pushed.picks,
        tag=job.tag,
        name="" if job.pull.name == f"#{number}" else job.pull.name,
        direct=pushed.direct,
        differs=pushed.differs,
        remaining=pushed.remaining,
        was_out=pushed.was_out,
    )


class RevertBranches(Protocol):
    """The repository's part. Methods block, are idempotent and raise `Failed`."""

    def propose(
        self,
        pull: PullRequest,
        release: str,
        by: str,
        resolved: str,
        reland: bool = False,
        wanted: Wanted = still_wanted,
    ) -> str:
        """Push a branch with the revert of the PR or, with `reland`, with the PR put back; the branch's name.

        Empty if main has nothing left to revert.
        """

    def revert(
        self,
        pull: PullRequest,
        release: str,
        tag: str,
        by: str,
        resolved: str = "",
        wanted: Wanted = still_wanted,
    ) -> PushedRevert:
        """Revert the PR and push; the release branch alone if main has nothing left to revert."""

    def take_landed(
        self, pull: PullRequest, release: str, tag: str, by: str, number: int, wanted: Wanted = still_wanted
    ) -> PushedRevert | None:
        """Cherry-pick PR `number` from main into the release branch and tag it; None while main does not have it."""


class PullOpener(Protocol):
    """The forge's part. Methods raise `Failed`."""

    async def open_pull(self, proposal: RevertProposal) -> OpenedPull:
        """The PR of the proposal's branch, opened if there is none."""

    async def landing(self, number: int) -> Landing:
        """Whether the PR is open, merged or closed."""

    async def close_pull(self, number: int) -> Landing:
        """Close the PR unless it was merged: its state then."""


@dataclass(frozen=True)
class RevertPullOpener:
    """Opens PRs and follows them until they are merged or closed."""

    repository: RevertBranches
    pulls: PullOpener
    main: str
    reverts: bool
    """Whether reverts are PRs, instead of pushed to main."""
    relands: bool
    """Whether a draft that re-lands each reverted PR is opened."""
    every: float = 10.0
    """Seconds between two looks at the PR."""

    pause: RetryPause = field(default_factory=lambda: RetryPause(0.0))
    """Between two looks at the forge. It outlasts single jobs."""

    def __post_init__(self) -> None:
        self.pause.first = self.every

    async def follow(self, jobs: Sequence[RevertPull], wanted: Wanted = still_wanted) -> AnyFact | None:
        """Open the PR of each revert that has none, and follow the others side by side: the first result.

        A merged PR is cherry-picked; a closed one fails its revert. None if the work is no longer wanted.
        """
        while wanted():
            for job in jobs:
                if fact := await self._step(job, wanted):
                    return fact
            if wanted():
                await asyncio.sleep(self.pause.seconds)
        return None

    async def close(self, number: int, url: str) -> str:
        """Close a revert's PR that is not wanted any more: what became of it, in words."""
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                landing = await self.pulls.close_pull(number)
        except (Failed, OSError) as failed:
            return f"close PR #{number} by hand, {url}: {failed}"
        except TimeoutError:
            return f"close PR #{number} by hand, {url}: the forge did not answer in time"
        if landing is Landing.LANDED:
            return f"PR #{number} was merged before: main has the revert"
        return f"PR #{number} is closed"

    async def reland(self, job: RevertPull) -> str:
        """The URL of the draft that re-lands the PR, or `none: ` and why there is none."""
        try:
            async with asyncio.timeout(RELAND_WITHIN):
                arguments = (job.pull, job.release, job.by, "", True)
                branch = await asyncio.to_thread(self.repository.propose, *arguments)
                return (await self.pulls.open_pull(reland_proposal(job.pull, branch, self.main, job.release))).url
        except (Failed, OSError) as failed:
            return f"none: {failed}"
        except TimeoutError:
            return "none: the forge did not answer in time"

    async def _step(self, job: RevertPull, wanted: Wanted) -> AnyFact | None:
        """One look at the forge for one revert; None if there is nothing to record."""
        try:
            fact = await (self._landed(job, wanted) if job.proposal else self._propose(job, wanted))
        except Withdrawn:
            return None
        except MergeConflict as conflict:
            return _failed(job, str(conflict), conflict.paths)
        except Refused as refused:
            return _failed(job, f"{refused.system}: {refused.reason}; {WAY_OUT}")
        except _NoAnswer as late:
            self.pause.record(answered=False)
            if self.pause.is_delay and not job.delayed:
                return RevertDelayed(job.pull.number, job.pull.name, str(late.failed))
            return None
        except (Failed, OSError) as failed:
            return _failed(job, str(failed))
        self.pause.record(answered=True)
        return RevertDelayed(job.pull.number, job.pull.name) if fact is None and job.delayed else fact

    async def _propose(self, job: RevertPull, wanted: Wanted) -> AnyFact | None:
        arguments = (job.pull, job.release, job.by, job.resolved)
        branch = await completed(asyncio.to_thread(self.repository.propose, *arguments, wanted=wanted))
        if not branch:  # the release branch alone has it
            alone = (job.pull, job.release, job.tag, job.by, job.resolved, wanted)
            return reverted_fact(job, await completed(asyncio.to_thread(self.repository.revert, *alone)))
        if not wanted():
            return None
        proposal = revert_proposal(job.pull, branch, self.main, job.release)
        opened = await _answer(completed(self.pulls.open_pull(proposal)))
        return RevertProposed(job.pull.number, job.pull.name, opened.number, opened.url)

    async def _landed(self, job: RevertPull, wanted: Wanted) -> AnyFact | None:
        landing = await _answer(self.pulls.landing(job.proposal))
        if landing is Landing.CLOSED:
            return _failed(job, f"its PR #{job.proposal} was closed without being merged")
        if landing is Landing.OPEN:
            return None
        merged = (job.pull, job.release, job.tag, job.by, job.proposal, wanted)
        pushed = await completed(asyncio.to_thread(self.repository.take_landed, *merged))
        return reverted_fact(job, pushed) if pushed else None


class _NoAnswer(Exception):
    """The forge did not answer, or asks to come back later."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(str(failed))
        self.failed = failed


async def _answer(request: Awaitable[T]) -> T:
    """The answer of the forge. Raises `Refused`, or `_NoAnswer` if asking again may help."""
    try:
        return await request
    except Refused:
        raise
    except Failed as failed:
        raise _NoAnswer(failed) from failed


def _failed(job: RevertPull, reason: str, conflicts: tuple[str, ...] = ()) -> RevertFailed:
    number = job.pull.number
    return RevertFailed(number, reason, conflicts, "" if job.pull.name == f"#{number}" else job.pull.name)
