"""Reverts that people review: a PR is opened, followed until it lands, and picked then; and drafts that re-land."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from cockpit.deploy.facts import Happened, Reverted, RevertFailed, RevertProposed
from cockpit.deploy.pulls.proposals import Landing, Opened, RevertProposal, reland_of, revert_of
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.engine.next_work import RevertPull
from cockpit.ports import Conflicted, Failed, Reversal

RELAND_WITHIN = 5.0
"""Seconds that a hotfix waits for the draft that re-lands; without it goes on."""


class RevertPullSettings(Protocol):
    """The repository's side. Methods block and raise `Failed`; doing any twice is doing it once."""

    def propose(self, pull: PullRequest, release: str, by: str, resolved: str, again: bool = False) -> str:
        """Push a branch with the PR's revert, or with the PR put back: its name."""

    def take_landed(self, pull: PullRequest, release: str, tag: str, by: str, number: int) -> Reversal | None:
        """Pick what PR `number` did to main into the release branch, and tag it; None while main has no such PR."""


class Pulls(Protocol):
    """The forge's side. Raises `Failed`."""

    async def open_pull(self, asked: RevertProposal) -> Opened:
        """The PR of that branch, opened unless it is there."""

    async def landing(self, number: int) -> Landing:
        """What became of it."""


@dataclass(frozen=True)
class RevertPullOpener:
    """Opens and follows PRs of cockpit's own."""

    repository: RevertPullSettings
    pulls: Pulls
    main: str
    reverts: bool
    """Whether reverts are PRs."""
    relands: bool
    """Whether what was reverted is put back as a draft."""
    every: float = 10.0
    """Seconds between two looks at whether it has landed."""

    async def revert(self, work: RevertPull, name: str) -> Happened:
        """Open it; once there is one, wait until it is landed and picked, or closed. `name` is for the fact."""
        number = work.pull.number
        try:
            if not work.proposal:
                asked = (work.pull, work.release, work.by, work.resolved)
                branch = await asyncio.to_thread(self.repository.propose, *asked)
                opened = await self.pulls.open_pull(revert_of(work.pull, branch, self.main, work.release))
                return RevertProposed(number, work.pull.name, opened.number, opened.url)
            while (landing := await self._look(work.proposal)) is not Landing.CLOSED:
                if landing is Landing.LANDED:
                    at = (work.pull, work.release, work.tag, work.by, work.proposal)
                    if made := await asyncio.to_thread(self.repository.take_landed, *at):
                        return Reverted(number, made.reverts, made.picks, work.tag, name)
                await asyncio.sleep(self.every)
        except Conflicted as conflict:
            return RevertFailed(number, str(conflict), conflict.paths, name)
        except (Failed, OSError) as failed:
            return RevertFailed(number, str(failed), (), name)
        return RevertFailed(number, f"#{work.proposal}, its PR, was closed and did not land", (), name)

    async def reland(self, work: RevertPull) -> str:
        """The url of the draft that puts the PR back; what kept it from being opened where there is none."""
        try:
            async with asyncio.timeout(RELAND_WITHIN):
                asked = (work.pull, work.release, work.by, "", True)
                branch = await asyncio.to_thread(self.repository.propose, *asked)
                return (await self.pulls.open_pull(reland_of(work.pull, branch, self.main, work.release))).url
        except (Failed, OSError) as failed:
            return f"none: {failed}"
        except TimeoutError:
            return "none: the forge did not answer in time"

    async def _look(self, number: int) -> Landing:
        """A forge that is silent for a while has not closed anything."""
        try:
            return await self.pulls.landing(number)
        except Failed:
            return Landing.OPEN
