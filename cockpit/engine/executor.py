"""Executes a job of the engine and returns its result as a fact for the log."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from msgspec.structs import replace

from cockpit.deploy import facts
from cockpit.deploy.snapshot import Snapshot
from cockpit.engine.next_work import CutBranch, MakeBuild, RevertPull, RunSmoke
from cockpit.engine.revert_pulls import RevertPullOpener, reverted_fact
from cockpit.ports import Builder, Failed, MergeConflict, Repository, Smoke

Job = CutBranch | RevertPull | MakeBuild | RunSmoke
"""Work that takes time."""
MAX_BASES = 5
"""Builds to make deltas from. Each costs a pack when a build is published, and nothing later."""


@dataclass(frozen=True)
class Executor:
    """The systems that the engine works with."""

    repository: Repository
    builder: Builder
    smoke: Smoke
    clock: Callable[[], float]
    revert_pulls: RevertPullOpener | None = None
    """Opens PRs for reverts and re-lands; None if the config wants neither."""

    async def execute(self, job: Job, snapshot: Snapshot) -> facts.AnyFact:
        """Execute the job; its result, which may be a failure. Idempotent, so it can be repeated after a crash."""
        match job:
            case CutBranch():
                return await self._cut(job)
            case RevertPull():
                return await self._revert(job)
            case MakeBuild():
                return await self._build(job, snapshot)
            case RunSmoke():
                return await self._test(job, snapshot)
            case _:
                assert_never(job)

    async def _cut(self, job: CutBranch) -> facts.AnyFact:
        try:
            branch = await asyncio.to_thread(self.repository.cut, job.release, job.ref, job.base)
        except (Failed, OSError) as failed:
            return facts.CutFailed(str(failed))
        pulls = () if job.install else branch.pulls
        return facts.Cut(f"release/{job.release}", job.release, branch.commit, branch.base, pulls)

    async def _revert(self, job: RevertPull) -> facts.AnyFact:
        number, name = job.pull.number, "" if job.pull.name == f"#{job.pull.number}" else job.pull.name
        if self.revert_pulls and self.revert_pulls.reverts:
            return await self._with_reland(job, await self.revert_pulls.revert(job, name))
        try:
            pushed = await asyncio.to_thread(
                self.repository.revert, job.pull, job.release, job.tag, job.by, job.resolved
            )
        except MergeConflict as conflict:
            return facts.RevertFailed(number, str(conflict), conflict.paths, name)
        except (Failed, OSError) as failed:
            return facts.RevertFailed(number, str(failed), (), name)
        return await self._with_reland(job, reverted_fact(job, pushed))

    async def _with_reland(self, job: RevertPull, result: facts.AnyFact) -> facts.AnyFact:
        """The result with the draft PR that re-lands a reverted PR."""
        if not isinstance(result, facts.Reverted) or not self.revert_pulls or not self.revert_pulls.relands:
            return result
        return replace(result, reland=await self.revert_pulls.reland(job))

    async def _build(self, job: MakeBuild, snapshot: Snapshot) -> facts.AnyFact:
        began = self.clock()
        try:
            build = await self.builder.build(job.commit, delta_bases(snapshot))
        except (Failed, OSError) as failed:
            return facts.BuildFailed(job.commit, str(failed))
        return facts.BuildReady(build, job.tag, round(self.clock() - began, 3))

    async def _test(self, job: RunSmoke, snapshot: Snapshot) -> facts.AnyFact:
        began = self.clock()
        hosts = tuple(status for status in snapshot.statuses.value.values() if status.tier == job.tier)
        try:
            failure = await self.smoke.test(hosts)
        except (Failed, OSError) as failed:
            failure = str(failed)
        if failure:
            return facts.SmokeFailed(job.build, failure)
        return facts.SmokePassed(job.build, round(self.clock() - began, 3))


def delta_bases(snapshot: Snapshot) -> tuple[str, ...]:
    """The last good build, and the builds that most hosts serve or keep on disk."""
    builds = Counter(build for status in snapshot.statuses.value.values() for build in (status.build, *status.cold))
    good = (snapshot.last_good.id,) if snapshot.last_good else ()
    return tuple(dict.fromkeys((*good, *(build for build, _ in builds.most_common(MAX_BASES) if build))))
