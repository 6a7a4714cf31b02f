"""The engine: holds the lock, does what is due, judges, and tells what came of it.

Every write carries the lock's guard, so an engine that was frozen past its lease cannot write when it wakes. The one
that lost the lock goes on watching and takes over when it comes free.
"""

import asyncio
from collections.abc import Callable

import msgspec

from cockpit.control.board import Board
from cockpit.control.lock_release import release_lock
from cockpit.control.perform import perform
from cockpit.deploy import store_keys
from cockpit.deploy.facts import Happened
from cockpit.deploy.gate.verdict import judge
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.deploy.snapshot import Judgement, Snapshot
from cockpit.engine.executor import Executor
from cockpit.engine.next_work import TakeStep, Work, next_work, untold
from cockpit.engine.notifier import NotificationSender
from cockpit.engine.prefetch import announce, create_prefetch_keys
from cockpit.engine.recorder import KEPT, Recorder
from cockpit.ports import Conflict, Failed, Lease, Locks, Put, Store
from cockpit.rules import decisions
from cockpit.rules.commander.deadman import dead_mans_hold
from cockpit.rules.evidence import evidence
from cockpit.rules.observer import Observer, follow

LEASE = 5.0
"""Seconds after which a dead engine's lock is free."""
LONGEST_PAUSE = 10.0
"""Seconds between two tries to have the lock, where the store says no again and again."""
JUDGE_EVERY = 0.5
JUDGEMENT_REPEATED = 3.0
"""Seconds after which an unchanged verdict is published again, to show that somebody still looks."""
NAME = CommandRequest(by="engine")


class LockLost(Exception):
    """Another engine holds the lock."""


class Engine:
    """One engine; `run` until cancelled."""

    def __init__(
        self,
        board: Board,
        store: Store,
        locks: Locks,
        hands: Executor,
        clock: Callable[[], float],
        holder: str,
        error: Callable[[str], None] = lambda _: None,
        lease: float = LEASE,
        teller: NotificationSender | None = None,
        kept: int = KEPT,
    ) -> None:
        self._board = board
        self._store = store
        self._locks = locks
        self._hands = hands
        self._clock = clock
        self._holder = holder
        self._trouble = error
        self._lasts = lease
        self._teller = teller
        self._watching: Observer | None = None
        self._recorder = Recorder(board, store, clock, kept, error)

    async def run(self) -> None:
        """Work whenever the lock can be had. A store that does not answer is tried again; nothing is lost.

        What keeps it from working is told to `trouble`, and empty once it can.
        """
        failures = 0
        while True:
            try:
                lease = await self._locks.acquire(store_keys.ENGINE_LOCK, self._holder, self._lasts)
                self._trouble("")
                failures = 0
                if lease:
                    await self._hold(lease)
            except Failed as failed:  # the lock lapses by itself
                self._trouble(f"no engine here: {failed}")
                failures += 1
            except Exception as broken:  # a fault of ours must not leave the fleet without an engine
                self._trouble(f"the engine stumbled: {broken!r}")
            await asyncio.sleep(min(LONGEST_PAUSE, self._lasts / 5 * 2 ** min(failures, 8)))

    async def _hold(self, lease: Lease) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep(lease))
                group.create_task(self._judge(lease))
                group.create_task(self._mind(lease))
                group.create_task(self._work(lease))
                if self._teller:
                    group.create_task(self._teller.run(lease))
                group.create_task(self._recorder.run(lease))
        except* LockLost:
            self._trouble("another engine has taken over from this one")
        except* Failed as failed:
            self._trouble(f"the engine paused: {failed.exceptions[0]}")
        finally:
            await release_lock(lease)

    async def _keep(self, lease: Lease) -> None:
        while True:
            if not await lease.renew():
                raise LockLost
            await asyncio.sleep(self._lasts / 4)

    async def _mind(self, lease: Lease) -> None:
        """Holds a release that nobody looks after any more, whatever else is under way."""
        async for snapshot in self._board.changes(1.0):
            if hold := dead_mans_hold(snapshot):
                await self._perform(lease, hold.plan, CommandRequest("engine", hold.why))

    async def _judge(self, lease: Lease) -> None:
        """Publishes the verdict, and tells what happened by itself."""
        said: Judgement | None = None
        async for snapshot in self._board.changes(JUDGE_EVERY):
            if judgement := self._judgement(snapshot):
                if said is None or _news(said, judgement):
                    record = Put(store_keys.JUDGEMENT, msgspec.json.encode(judgement))
                    await self._store.commit(record, lease.guard, durable=False)
                    said = judgement
                if (what := untold(snapshot)) and snapshot.open:
                    await self._tell(lease, snapshot.open.id, what)
            await asyncio.sleep(JUDGE_EVERY / 2)  # looking more often than this would not be seen by anyone

    def _judgement(self, snapshot: Snapshot) -> Judgement | None:
        release = snapshot.open
        if release is None or release.rung < 0 or release.build is None or release.install:
            return None
        if release.ladder[release.rung].tier not in snapshot.fleet:
            return None
        self._watching = follow(self._watching, snapshot, release)
        seen = evidence(snapshot, release, self._watching)
        counted = seen.found.counts if seen.found and seen.found.total.n1 else (None, None)
        return Judgement(
            at=snapshot.now,
            release=release.id,
            rung=release.rung,
            build=release.build.id,
            verdict=judge(seen, snapshot.policy.gate),
            new=counted[0],
            control=counted[1],
            watched=seen.watched,
            soak=seen.soak,
        )

    async def _work(self, lease: Lease) -> None:
        announced = ""
        await create_prefetch_keys(self._store, self._board.look().policy.tiers, lease.guard)
        async for snapshot in self._board.changes(1.0):
            if snapshot.open and (build := snapshot.open.build) and build.id != announced:
                await announce(self._store, snapshot.policy.tiers, build.id, lease.guard)
                announced = build.id
            work = next_work(snapshot)
            if isinstance(work, TakeStep):
                await self._perform(lease, work.plan, CommandRequest(work.by, work.why))
            elif work is not None and (what := await self._do(work)) is not None:
                assert snapshot.open is not None, "work is due for the open release"
                await self._tell(lease, snapshot.open.id, what, work)

    async def _do(self, work: Work) -> Happened | None:
        """Does it, unless it stops being what is due meanwhile: then it is dropped."""
        assert not isinstance(work, TakeStep), "steps are performed, not done"
        doing = asyncio.create_task(self._hands.do(work, self._board.look()))
        try:
            async for snapshot in self._board.changes(0.1):
                if doing.done():
                    return await doing
                if next_work(snapshot) != work:
                    return None
        finally:
            doing.cancel()
            await asyncio.wait({doing})
        return None

    async def _tell(self, lease: Lease, release: str, what: Happened, work: Work | None = None) -> None:
        """Appends a fact, however busy the log is; unless its release or the work it came of is no longer due, or,
        where it came of none, it is not so any more: a verdict is on one step, and people take the next meanwhile."""
        for _ in range(20):
            snapshot = self._board.look()
            if snapshot.open is None or snapshot.open.id != release:
                return
            if (next_work(snapshot) != work) if work else (untold(snapshot) != what):
                return
            if await self._perform(lease, decisions.record_fact(snapshot, snapshot.open, what)):
                return

    async def _perform(self, lease: Lease, plan: Plan, ask: CommandRequest = NAME) -> bool:
        """Whether it was written; either way the picture is newer afterwards than the plan."""
        try:
            await perform(self._store, plan, ask, self._clock(), lease.guard)
        except Conflict:
            written = False
        else:
            written = True
        await self._board.until(lambda snapshot: snapshot.log.value.digest != plan.prev, 1.0)
        return written


def _news(said: Judgement, now: Judgement) -> bool:
    """Whether it is worth a write: another verdict at once, other numbers soon, the same after a while."""
    if (said.release, said.rung, said.build, said.verdict.call) != (now.release, now.rung, now.build, now.verdict.call):
        return True
    return now.at - said.at >= (1.0 if said.verdict != now.verdict else JUDGEMENT_REPEATED)
