"""Executes a job of the engine and returns its result as a fact for the log."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from msgspec.structs import replace

from cockpit.deploy import facts
from cockpit.deploy.snapshot import Snapshot
from cockpit.engine.completion import completed
from cockpit.engine.next_work import CutBranch, FollowReverts, MakeBuild, RevertPull, RunSmoke, WithdrawRevert
from cockpit.engine.retry_pause import RetryPause
from cockpit.engine.revert_pulls import RevertPullOpener, Wanted, reverted_fact
from cockpit.ports import Builder, Failed, MergeConflict, PushedRevert, Repository, Smoke, Withdrawn, still_wanted

RemoteJob = CutBranch | RevertPull | FollowReverts | WithdrawRevert
"""Work that changes the remote repository or the forge: it is seen through once it has begun to."""
Job = RemoteJob | MakeBuild | RunSmoke
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

    async def execute(self, job: Job, snapshot: Snapshot, wanted: Wanted = still_wanted) -> facts.AnyFact | None:
        """Execute the job; its result, which may be a failure. Idempotent, so it can be repeated after a crash.

        A job that is no longer `wanted` ends without a result, unless the remote has it already. Cancelled, it does so
        too: it waits for what has begun, for as long as git and the forge may take.
        """
        match job:
            case CutBranch():
                return await self._cut(job)
            case RevertPull():
                return await self._revert((job,), wanted)
            case FollowReverts(reverts):
                return await self._revert(reverts, wanted)
            case WithdrawRevert():
                return await self._withdraw(job, wanted)
            case MakeBuild():
                return await self._build(job, snapshot)
            case RunSmoke():
                return await self._test(job, snapshot)
            case _:
                assert_never(job)

    async def _cut(self, job: CutBranch) -> facts.AnyFact:
        try:
            branch = await completed(asyncio.to_thread(self.repository.cut, job.release, job.ref, job.base))
        except (Failed, OSError) as failed:
            return facts.CutFailed(str(failed))
        pulls = () if job.install else branch.pulls
        return facts.Cut(f"release/{job.release}", job.release, branch.commit, branch.base, pulls)

    async def _revert(self, jobs: Sequence[RevertPull], wanted: Wanted) -> facts.AnyFact | None:
        if self.revert_pulls and self.revert_pulls.reverts:
            fact = await self.revert_pulls.follow(jobs, wanted)
        else:
            fact = await self._push_revert(jobs[0], wanted)
        if not isinstance(fact, facts.Reverted) or not self.revert_pulls or not self.revert_pulls.relands:
            return fact
        job = next(job for job in jobs if job.pull.name == facts.pull_name(fact))
        return replace(fact, reland=await self.revert_pulls.reland(job)) if wanted() else fact

    async def _push_revert(self, job: RevertPull, wanted: Wanted) -> facts.AnyFact | None:
        number, name = job.pull.number, "" if job.pull.name == f"#{job.pull.number}" else job.pull.name
        arguments = (job.pull, job.release, job.tag, job.by, job.resolved, wanted)
        try:
            return reverted_fact(job, await completed(asyncio.to_thread(self.repository.revert, *arguments)))
        except Withdrawn:
            return None
        except MergeConflict as conflict:
            return facts.RevertFailed(number, str(conflict), conflict.paths, name)
        except (Failed, OSError) as failed:
            return facts.RevertFailed(number, str(failed), (), name)

    async def _withdraw(self, job: WithdrawRevert, wanted: Wanted) -> facts.AnyFact | None:
        """Look for the revert at the remote until it answers, then close the revert's PR."""
        revert, pause = job.revert, RetryPause(1.0)
        while wanted():
            try:
                found = await asyncio.to_thread(
                    self.repository.find_revert, revert.pull, revert.release, revert.tag, revert.by
                )
            except (Failed, OSError) as failed:
                pause.record(answered=False)
                if pause.is_delay and not revert.delayed:
                    return facts.RevertDelayed(revert.pull.number, revert.pull.name, str(failed))
                await asyncio.sleep(pause.seconds)
                continue
            return await self._withdrawn(job, found)
        return None

    async def _withdrawn(self, job: WithdrawRevert, found: PushedRevert | None) -> facts.AnyFact:
        revert, number = job.revert, job.revert.proposal
        if found:
            return reverted_fact(revert, found)
        note = f"PR #{number} stays open: {job.url}" if number else ""
        if number and job.closes:
            note = f"close PR #{number} by hand: {job.url}"
            if self.revert_pulls:
                note = await self.revert_pulls.close(number, job.url)
        return facts.RevertWithdrawn(revert.pull.number, revert.pull.name, note)

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
