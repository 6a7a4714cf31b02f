"""Does one piece of work with the world's tools and says what came of it, as a fact for the log."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from msgspec.structs import replace

from cockpit.deploy.facts import (
    BuildFailed,
    BuildReady,
    Cut,
    CutFailed,
    Happened,
    Reverted,
    RevertFailed,
    SmokeFailed,
    SmokePassed,
)
from cockpit.deploy.snapshot import Snapshot
from cockpit.engine.next_work import CutBranch, MakeBuild, RevertPull, RunSmoke
from cockpit.engine.revert_pulls import RevertPullOpener
from cockpit.ports import Builder, Conflicted, Failed, Repository, Smoke

Labour = CutBranch | RevertPull | MakeBuild | RunSmoke
"""The kinds of work that take time."""
MOST_BASES = 5
"""Builds that deltas are made from: each costs a pack at publish time, and nothing later."""


@dataclass(frozen=True)
class Executor:
    """The tools of the engine."""

    repository: Repository
    builder: Builder
    smoke: Smoke
    clock: Callable[[], float]
    proposer: RevertPullOpener | None = None
    """Where PRs of our own are wanted."""

    async def do(self, work: Labour, snapshot: Snapshot) -> Happened:
        """What came of it; a failure is an outcome too. Safe to do again after a crash."""
        match work:
            case CutBranch():
                return await self._cut(work)
            case RevertPull():
                return await self._revert(work)
            case MakeBuild():
                return await self._build(work, snapshot)
            case RunSmoke():
                return await self._test(work, snapshot)
            case _:
                assert_never(work)

    async def _cut(self, work: CutBranch) -> Happened:
        try:
            made = await asyncio.to_thread(self.repository.cut, work.release, work.ref, work.base)
        except (Failed, OSError) as failed:
            return CutFailed(str(failed))
        pulls = () if work.install else made.pulls
        return Cut(f"release/{work.release}", work.release, made.commit, made.base, pulls)

    async def _revert(self, work: RevertPull) -> Happened:
        number, name = work.pull.number, "" if work.pull.name == f"#{work.pull.number}" else work.pull.name
        if self.proposer and self.proposer.reverts:
            return await self._relanded(work, await self.proposer.revert(work, name))
        try:
            asked = (work.pull, work.release, work.tag, work.by, work.resolved)
            made = await asyncio.to_thread(self.repository.revert, *asked)
        except Conflicted as conflict:
            return RevertFailed(number, str(conflict), conflict.paths, name)
        except (Failed, OSError) as failed:
            return RevertFailed(number, str(failed), (), name)
        return await self._relanded(work, Reverted(number, made.reverts, made.picks, work.tag, name))

    async def _relanded(self, work: RevertPull, came: Happened) -> Happened:
        """The same, with the draft that puts the PR back where it was taken out."""
        if not isinstance(came, Reverted) or not self.proposer or not self.proposer.relands:
            return came
        return replace(came, reland=await self.proposer.reland(work))

    async def _build(self, work: MakeBuild, snapshot: Snapshot) -> Happened:
        began = self.clock()
        try:
            build = await self.builder.build(work.commit, bases(snapshot))
        except (Failed, OSError) as failed:
            return BuildFailed(work.commit, str(failed))
        return BuildReady(build, work.tag, round(self.clock() - began, 3))

    async def _test(self, work: RunSmoke, snapshot: Snapshot) -> Happened:
        began = self.clock()
        hosts = tuple(s for s in snapshot.statuses.value.values() if s.tier == work.tier)
        try:
            wrong = await self.smoke.test(hosts)
        except (Failed, OSError) as failed:
            wrong = str(failed)
        return SmokeFailed(work.build, wrong) if wrong else SmokePassed(work.build, round(self.clock() - began, 3))


def bases(snapshot: Snapshot) -> tuple[str, ...]:
    """The builds that most hosts serve or keep, and the last good one: what hosts will come from."""
    held = Counter(build for status in snapshot.statuses.value.values() for build in (status.build, *status.cold))
    good = (snapshot.last_good.id,) if snapshot.last_good else ()
    return tuple(dict.fromkeys((*good, *(build for build, _ in held.most_common(MOST_BASES) if build))))
