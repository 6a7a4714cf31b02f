"""Opens the PRs of cockpit itself: reverts that people review, and drafts that re-land a reverted PR.

A revert's PR is followed until it is merged, and is then cherry-picked into the release branch.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from cockpit.deploy.facts import AnyFact, Reverted, RevertFailed, RevertProposed
from cockpit.deploy.pulls.proposals import Landing, OpenedPull, RevertProposal, reland_proposal, revert_proposal
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.engine.next_work import RevertPull
from cockpit.ports import Failed, MergeConflict, PushedRevert

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

    def propose(self, pull: PullRequest, release: str, by: str, resolved: str, reland: bool = False) -> str:
        """Push a branch with the revert of the PR or, with `reland`, with the PR put back; the branch's name.

        Empty if main has nothing left to revert.
        """

    def revert(self, pull: PullRequest, release: str, tag: str, by: str, resolved: str = "") -> PushedRevert:
        """Revert the PR and push; the release branch alone if main has nothing left to revert."""

    def take_landed(self, pull: PullRequest, release: str, tag: str, by: str, number: int) -> PushedRevert | None:
        """Cherry-pick PR `number` from main into the release branch and tag it; None while main does not have it."""


class PullOpener(Protocol):
    """The forge's part. Methods raise `Failed`."""

    async def open_pull(self, proposal: RevertProposal) -> OpenedPull:
        """The PR of the proposal's branch, opened if there is none."""

    async def landing(self, number: int) -> Landing:
        """Whether the PR is open, merged or closed."""


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

    async def revert(self, job: RevertPull, name: str) -> AnyFact:
        """Open the revert's PR; if it is open, wait until it is merged and cherry-picked, or closed.

        `name` is the PR's name for the fact.
        """
        number = job.pull.number
        try:
            if not job.proposal:
                arguments = (job.pull, job.release, job.by, job.resolved)
                branch = await asyncio.to_thread(self.repository.propose, *arguments)
                if not branch:  # main has nothing to revert
                    alone = (job.pull, job.release, job.tag, job.by, job.resolved)
                    return reverted_fact(job, await asyncio.to_thread(self.repository.revert, *alone))
                opened = await self.pulls.open_pull(revert_proposal(job.pull, branch, self.main, job.release))
                return RevertProposed(number, job.pull.name, opened.number, opened.url)
            while (landing := await self._look(job.proposal)) is not Landing.CLOSED:
                if landing is Landing.LANDED:
                    merged = (job.pull, job.release, job.tag, job.by, job.proposal)
                    if pushed := await asyncio.to_thread(self.repository.take_landed, *merged):
                        return reverted_fact(job, pushed)
                await asyncio.sleep(self.every)
        except MergeConflict as conflict:
            return RevertFailed(number, str(conflict), conflict.paths, name)
        except (Failed, OSError) as failed:
            return RevertFailed(number, str(failed), (), name)
        return RevertFailed(number, f"its PR #{job.proposal} was closed without being merged", (), name)

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

    async def _look(self, number: int) -> Landing:
        """A forge that fails has not closed the PR."""
        try:
            return await self.pulls.landing(number)
        except Failed:
            return Landing.OPEN
