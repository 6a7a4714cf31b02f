"""The engine's loop: holds the engine's lock, does the next work, judges, and records the results.

Every write carries the lock's guard, so an engine that was suspended past its lease cannot write when it resumes. An
engine without the lock keeps watching, and takes over when the lock is free.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec

from cockpit.control.board import Board
from cockpit.control.lock_release import release_lock
from cockpit.control.perform import perform
from cockpit.deploy import store_keys
from cockpit.deploy.facts import AnyFact
from cockpit.deploy.gate.verdict import judge
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.deploy.snapshot import Judgement, Snapshot
from cockpit.engine.completion import completed
from cockpit.engine.executor import Executor, Job, RemoteJob
from cockpit.engine.next_work import TakeStep, is_news, next_work, unrecorded_fact
from cockpit.engine.notification_sender import NotificationSender
from cockpit.engine.prefetch import announce, create_prefetch_keys
from cockpit.engine.recorder import RELEASES_KEPT, Recorder
from cockpit.ports import Conflict, Failed, Lease, Locks, Put, Store
from cockpit.rules import decisions
from cockpit.rules.commander.deadman import deadman_hold
from cockpit.rules.evidence import gather_evidence
from cockpit.rules.observer import Observer, observe
from cockpit.rules.post_deploy import new_regression, watch_tiers, watched_release

LOCK_TTL = 5.0
"""Seconds after which a dead engine's lock is free."""
MAX_PAUSE = 10.0
"""Longest time in seconds between two attempts to get the lock while the store fails."""
JUDGE_EVERY = 0.5
WATCH_EVERY = 10.0
"""Seconds between two judgements of a finished release."""
JUDGEMENT_REPEATED = 3.0
"""Seconds after which an unchanged verdict is published again, to show that the engine works."""
RECORD_TRIES = 20
"""Attempts to record a fact while others write to the log."""
ENGINE_REQUEST = CommandRequest(by="engine")


class LockLost(Exception):
    """Another engine holds the lock."""


class Engine:
    """One engine."""

    def __init__(
        self,
        board: Board,
        store: Store,
        locks: Locks,
        executor: Executor,
        clock: Callable[[], float],
        holder: str,
        error: Callable[[str], None] = lambda _: None,
        ttl: float = LOCK_TTL,
        sender: NotificationSender | None = None,
        releases_kept: int = RELEASES_KEPT,
    ) -> None:
        self._board = board
        self._store = store
        self._locks = locks
        self._executor = executor
        self._clock = clock
        self._holder = holder
        self._error = error
        self._ttl = ttl
        self._sender = sender
        self._observer: Observer | None = None
        self._recorder = Recorder(board, store, clock, releases_kept, error)
        self._unwanted: dict[asyncio.Task[AnyFact | None], str] = {}
        """Jobs that are no longer wanted and see through what they have begun at a remote, with their releases."""

    async def run(self) -> None:
        """Work until cancelled, whenever the lock is free. If the store fails, try again.

        `error` gets what keeps the engine from working, and an empty text once it works.
        """
        failures = 0
        while True:
            try:
                lease = await self._locks.acquire(store_keys.ENGINE_LOCK, self._holder, self._ttl)
                self._error("")
                failures = 0
                if lease:
                    await self._hold(lease)
            except Failed as failed:  # the lock expires by itself
                self._error(f"no engine here: {failed}")
                failures += 1
            except Exception as bug:  # must not leave the fleet without an engine
                self._error(f"internal error in the engine: {bug!r}")
            await asyncio.sleep(min(MAX_PAUSE, self._ttl / 5 * 2 ** min(failures, 8)))

    async def _hold(self, lease: Lease) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._renew(lease))
                group.create_task(self._judge(lease))
                group.create_task(self._watch_commander(lease))
                group.create_task(self._watch_finished(lease))
                group.create_task(self._work(lease))
                if self._sender:
                    group.create_task(self._sender.run(lease))
                group.create_task(self._recorder.run(lease))
        except* LockLost:
            self._error("another engine has taken over from this one")
        except* Failed as failed:
            self._error(f"the engine paused: {failed.exceptions[0]}")
        finally:
            await completed(self._await_unwanted(lease))
            await release_lock(lease)

    async def _renew(self, lease: Lease) -> None:
        while True:
            if not await lease.renew():
                raise LockLost
            await asyncio.sleep(self._ttl / 4)

    async def _watch_commander(self, lease: Lease) -> None:
        """Hold the release if its commander is lost, independently of the other work."""
        async for snapshot in self._board.changes(1.0):
            if hold := deadman_hold(snapshot):
                await self._perform(lease, hold.plan, CommandRequest("engine", hold.why))

    async def _judge(self, lease: Lease) -> None:
        """Publish the verdict, and record facts that no command caused."""
        published: Judgement | None = None
        async for snapshot in self._board.changes(JUDGE_EVERY):
            if judgement := self._judgement(snapshot):
                if published is None or _is_news(published, judgement):
                    record = Put(store_keys.JUDGEMENT, msgspec.json.encode(judgement))
                    await self._store.commit(record, lease.guard, durable=False)
                    published = judgement
                if (fact := unrecorded_fact(snapshot)) and snapshot.open:
                    await self._record(lease, snapshot.open.id, fact)
            await asyncio.sleep(JUDGE_EVERY / 2)  # at most this often, however often the board changes

    def _judgement(self, snapshot: Snapshot) -> Judgement | None:
        release = snapshot.open
        if release is None or release.rung < 0 or release.build is None or release.install:
            return None
        if release.ladder[release.rung].tier not in snapshot.fleet:
            return None
        self._observer = observe(self._observer, snapshot, release)
        evidence = gather_evidence(snapshot, release, self._observer)
        findings = evidence.findings
        new, control = findings.counts if findings and findings.total.n1 else (None, None)
        return Judgement(
            at=snapshot.now,
            release=release.id,
            rung=release.rung,
            build=release.build.id,
            verdict=judge(evidence, snapshot.policy.gate),
            new=new,
            control=control,
            watched=evidence.watched,
            soak=evidence.soak,
            step_number=release.step_number,
        )

    async def _watch_finished(self, lease: Lease) -> None:
        """Go on judging the newest finished release, at a slower pace, and record once if it turns bad."""
        observers: dict[str, Observer] = {}
        async for snapshot in self._board.changes(WATCH_EVERY):
            if release := watched_release(snapshot):
                observers = await asyncio.to_thread(watch_tiers, observers, snapshot, release)
                if (fact := new_regression(observers, snapshot, release)) and snapshot.latest:
                    await self._perform(lease, decisions.record_fact(snapshot, snapshot.latest, fact))
            await asyncio.sleep(WATCH_EVERY)

    async def _work(self, lease: Lease) -> None:
        announced = ""
        await create_prefetch_keys(self._store, self._board.look().policy.tiers, lease.guard)
        async for snapshot in self._board.changes(1.0):
            if snapshot.open and (build := snapshot.open.build) and build.id != announced:
                await announce(self._store, snapshot.policy.tiers, build.id, lease.guard)
                announced = build.id
            await self._record_unwanted(lease)
            work = next_work(snapshot)
            if isinstance(work, TakeStep):
                await self._perform(lease, work.plan, CommandRequest(work.by, work.why))
            elif work is not None and not (self._unwanted and isinstance(work, RemoteJob)):
                assert snapshot.latest is not None, "only a release has work"
                if (fact := await self._execute(work, snapshot.latest.id)) is not None:
                    await self._record(lease, snapshot.latest.id, fact, work)

    async def _execute(self, work: Job, release: str) -> AnyFact | None:
        """Execute the job; None if it is no longer the next work.

        A build or a test is then cancelled. Remote work that has begun is finished, while other work goes on.
        """
        is_wanted = True
        task = asyncio.create_task(self._executor.execute(work, self._board.look(), lambda: is_wanted))
        try:
            async for snapshot in self._board.changes(0.1):
                if task.done():
                    return await task
                if next_work(snapshot) != work:
                    return None
        finally:
            is_wanted = False
            if not task.done():
                task.cancel()
                self._unwanted[task] = release
        return None

    async def _record_unwanted(self, lease: Lease) -> None:
        """Record what jobs did at a remote although they were no longer wanted."""
        for task in [task for task in self._unwanted if task.done()]:
            release = self._unwanted.pop(task)
            if task.cancelled() or task.exception() or (fact := task.result()) is None:
                continue
            for _ in range(RECORD_TRIES):
                latest = self._board.look().latest
                if latest is None or latest.id != release or not is_news(latest, fact):
                    break
                if await self._perform(lease, decisions.record_fact(self._board.look(), latest, fact)):
                    break

    async def _await_unwanted(self, lease: Lease) -> None:
        """Wait for these jobs and record them while the lock is held; an engine that takes over finds what they did."""
        with suppress(Failed):
            while self._unwanted and await lease.renew():
                await asyncio.wait(self._unwanted, timeout=self._ttl / 4)
                await self._record_unwanted(lease)

    async def _record(self, lease: Lease, release: str, fact: AnyFact, work: Job | None = None) -> None:
        """Append the fact to the log, however busy the log is, while it is still true.

        The result of `work` is dropped if that is no longer the next work. Another fact is dropped if it no longer
        holds: a verdict is about one step, and a person may have taken the next one.
        """
        for _ in range(RECORD_TRIES):
            snapshot = self._board.look()
            if snapshot.latest is None or snapshot.latest.id != release:
                return
            if (next_work(snapshot) != work) if work else (unrecorded_fact(snapshot) != fact):
                return
            if await self._perform(lease, decisions.record_fact(snapshot, snapshot.latest, fact)):
                return

    async def _perform(self, lease: Lease, plan: Plan, request: CommandRequest = ENGINE_REQUEST) -> bool:
        """Whether the plan was written. In both cases the board is then newer than the plan."""
        try:
            await perform(self._store, plan, request, self._clock(), lease.guard)
        except Conflict:
            written = False
        else:
            written = True
        await self._board.until(lambda snapshot: snapshot.log.value.digest != plan.prev, 1.0)
        return written


def _is_news(published: Judgement, now: Judgement) -> bool:
    """Whether to publish: another verdict at once, other numbers after a second, the same after a while."""
    before = (published.release, published.step_number, published.build, published.verdict.call)
    if before != (now.release, now.step_number, now.build, now.verdict.call):
        return True
    return now.at - published.at >= (1.0 if published.verdict != now.verdict else JUDGEMENT_REPEATED)
