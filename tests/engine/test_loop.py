import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import time

import msgspec
import pytest

from cockpit.adapters.leases import StoreLocks
from cockpit.control.board import Board
from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import follow
from cockpit.control.feeds.sources import Sources
from cockpit.deploy import store_keys
from cockpit.deploy.facts import (
    BuildFailed,
    BuildReady,
    Cut,
    Finished,
    Judged,
    Regressed,
    Reverted,
    RevertFailed,
    SmokePassed,
)
from cockpit.deploy.gate.traffic import Count, Sample, Traffic
from cockpit.deploy.hosts.status import HostState, Status, Target
from cockpit.deploy.outbox import Message
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.engine.executor import Executor
from cockpit.engine.loop import Engine
from cockpit.engine.notification_sender import NotificationSender
from cockpit.ports import Notifier, Put, Write
from cockpit.rules.notifications.messages import messages_for
from tests.engine.fakes import FakeNotifier, FakeSystems
from tests.fakes import MemoryStore, NoLocks
from tests.scenario import POLICY, build, commit

ADA = CommandRequest("ada@desk")


@asynccontextmanager
async def running(
    store: MemoryStore, systems: FakeSystems, name: str = "engine-1", notifiers: tuple[Notifier, ...] = ()
) -> AsyncIterator[tuple[Board, Engine]]:
    """An engine with its feeds on the store."""
    board = Board(POLICY, time)
    locks = StoreLocks(store, time)
    sender = NotificationSender(board, store, lambda: notifiers)
    engine = Engine(board, store, locks, Executor(systems, systems, systems, time), time, name, ttl=0.4, sender=sender)
    tasks = [asyncio.create_task(follow(board, Sources(store, locks), time)), asyncio.create_task(engine.run())]
    try:
        yield board, engine
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def run_hosts(store: MemoryStore) -> None:
    """Every host serves its target's build at once."""
    async for entries in store.watch(store_keys.TARGETS):
        for entry in entries:
            if not store_keys.tier_of_target(entry.key):
                continue
            target = msgspec.json.decode(entry.value or b"", type=Target)
            for host in POLICY.tier(target.tier).hosts:
                status = Status(host, target.tier, HostState.SERVING, time(), time(), target.wants(host))
                await store.commit(Put(store_keys.status(target.tier, host), msgspec.json.encode(status)))


async def until(board: Board, holds: Callable[[Snapshot], bool]) -> Snapshot:
    snapshot = await board.until(holds, 10.0)
    assert holds(snapshot), [type(event.what).__name__ for r in snapshot.log.value.releases for event in r.events]
    return snapshot


def has_fact(kind: type) -> Callable[[Snapshot], bool]:
    return lambda snapshot: bool(snapshot.latest and any(isinstance(e.what, kind) for e in snapshot.latest.events))


async def run_command(store: MemoryStore, board: Board, verb: str, pull: int = 0, override: bool = False) -> None:
    dispatcher = Dispatcher(store, board.past, time, CommanderLease(NoLocks(), ""))
    request = msgspec.structs.replace(ADA, pull=pull, override=override, why="a test" if override else "")
    outcome = await dispatcher.dispatch(find_command(verb), request)
    assert isinstance(outcome, Done), outcome


async def test_the_engine_takes_an_install_and_a_release_to_staging_by_itself() -> None:
    store, systems = MemoryStore(), FakeSystems()
    hosts = asyncio.create_task(run_hosts(store))
    async with running(store, systems) as (board, _):
        await run_command(store, board, "install")
        await until(board, has_fact(Finished))
        await run_command(store, board, "start")
        snapshot = await until(board, has_fact(SmokePassed))
        assert snapshot.latest is not None
        assert snapshot.latest.step == "staging"
        assert systems.built == [commit(1), commit(2)]
        announced = await store.get(store_keys.announced("staging"))
        assert announced is not None
        assert snapshot.latest.build is not None
        assert msgspec.json.decode(announced.value or b"") == {"build": snapshot.latest.build.id}
        await until(board, lambda s: s.verdict.call == "GO")
    hosts.cancel()


async def test_a_destination_without_an_answer_delays_no_work() -> None:
    store, systems, hanging = MemoryStore(), FakeSystems(), FakeNotifier()
    hanging.gate.clear()
    hosts = asyncio.create_task(run_hosts(store))
    async with running(store, systems, notifiers=(hanging,)) as (board, _):
        await until(board, lambda s: bool(s.outbox.value.destinations))
        await run_command(store, board, "install")
        await hanging.until(lambda: hanging.tried == 1)
        await until(board, has_fact(Finished))
        await run_command(store, board, "start")
        await until(board, has_fact(SmokePassed))
        await until(board, lambda s: s.verdict.call == "GO")
        assert (hanging.tried, hanging.got) == (1, []), "its first message is still being sent"
        hanging.gate.set()
        await hanging.until(lambda: len(hanging.got) == len({message.id for message in expected_messages(board)}))
        assert hanging.got == [message.id for message in expected_messages(board)]
    hosts.cancel()


def expected_messages(board: Board) -> list[Message]:
    """All messages for the destination."""
    releases = board.snapshot.log.value.releases
    return [message for release in releases for message in messages_for(release, POLICY, "office")]


async def test_a_failed_build_is_recorded_once_and_retried_on_resume() -> None:
    store, systems = MemoryStore(), FakeSystems()
    systems.fails = 1
    async with running(store, systems) as (board, _):
        await run_command(store, board, "install")
        snapshot = await until(board, has_fact(BuildFailed))
        assert snapshot.latest is not None
        assert "make: *** Error 1" in snapshot.latest.events[-1].what.reason  # type: ignore[union-attr]
        assert systems.built == [commit(1)]
        await run_command(store, board, "resume")
        await until(board, has_fact(BuildReady))


async def test_a_build_is_cancelled_when_a_revert_makes_it_obsolete() -> None:
    store, systems = MemoryStore(), FakeSystems()
    hosts = asyncio.create_task(run_hosts(store))
    async with running(store, systems) as (board, _):
        await run_command(store, board, "install")
        await until(board, has_fact(Finished))
        systems.gate.clear()
        await run_command(store, board, "start")
        await until(board, has_fact(Cut))
        await board.until(lambda _: len(systems.built) == 2, 5.0)
        await run_command(store, board, "revert", pull=12)
        await until(board, has_fact(Reverted))
        systems.gate.set()
        snapshot = await until(board, has_fact(BuildReady))
        assert snapshot.latest is not None
        assert snapshot.latest.build == build(3)
        assert systems.built[1:] == [commit(2), commit(3)]
    hosts.cancel()


async def test_a_conflicting_revert_records_the_files_in_conflict() -> None:
    store, systems = MemoryStore(), FakeSystems()
    systems.conflicts = ("shop/cart.py",)
    hosts = asyncio.create_task(run_hosts(store))
    async with running(store, systems) as (board, _):
        await run_command(store, board, "install")
        await until(board, has_fact(Finished))
        await run_command(store, board, "start")
        await until(board, has_fact(SmokePassed))
        await run_command(store, board, "revert", pull=12)
        snapshot = await until(board, has_fact(RevertFailed))
        assert snapshot.latest is not None
        failed = next(e.what for e in snapshot.latest.events if isinstance(e.what, RevertFailed))
        assert failed.conflicts == ("shop/cart.py",)
    hosts.cancel()


class OvertakenStore(MemoryStore):
    """A store in which another writer is first, once, when the engine records a verdict."""

    def __init__(self) -> None:
        super().__init__()
        self.first_writers: list[Callable[[], Awaitable[object]]] = []

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        records_verdict = any(isinstance(write, Put) and b'"type":"Judged"' in write.value for write in writes)
        if records_verdict and self.first_writers:
            await self.first_writers.pop()()
        return await super().commit(*writes, durable=durable)


async def test_a_verdict_on_a_past_step_is_not_recorded_for_the_next() -> None:
    store, systems = OvertakenStore(), FakeSystems()
    hosts = asyncio.create_task(run_hosts(store))
    async with running(store, systems) as (board, _):
        await run_command(store, board, "install")
        await until(board, has_fact(Finished))
        store.first_writers.append(lambda: run_command(store, board, "advance"))
        await run_command(store, board, "start")
        snapshot = await until(
            board, lambda s: bool(s.open and s.judgement.value and s.open.rung == s.judgement.value.rung == 1)
        )
        assert snapshot.latest is not None
        assert store.first_writers == [], "the commander was first"
        assert not [event.what for event in snapshot.latest.events if isinstance(event.what, Judged)]
        assert snapshot.latest.last_verdict is None
    hosts.cancel()


async def test_one_of_two_engines_works_and_the_other_takes_over() -> None:
    store, systems = MemoryStore(), FakeSystems()
    locks = StoreLocks(store, time)
    async with running(store, systems, "second") as (board, _):
        async with running(store, systems, "first"):
            await until(board, lambda s: s.engine.value.name in {"first", "second"})
            await run_command(store, board, "install")
            await until(board, has_fact(BuildReady))
        await run_command(store, board, "abandon")
        await run_command(store, board, "install")
        await until(board, lambda s: len(s.log.value.releases) == 2 and has_fact(BuildReady)(s))
        assert (await locks.look(store_keys.ENGINE_LOCK)).name == "second"
    assert systems.built == [commit(1), commit(1)]


async def test_a_suspended_engine_that_lost_its_lock_writes_nothing() -> None:
    store, systems = MemoryStore(), FakeSystems()
    systems.gate.clear()
    async with running(store, systems, "sleeper") as (board, _):
        await run_command(store, board, "install")
        await until(board, has_fact(Cut))
        owner = await store.get(f"{store_keys.ENGINE_LOCK}/owner")
        assert owner is not None
        # another took over while this one was frozen: the fence has moved
        await store.commit(
            Put(f"{store_keys.ENGINE_LOCK}/owner", msgspec.json.encode({"holder": "other", "since": time()})),
            Put(f"{store_keys.ENGINE_LOCK}/beat", msgspec.json.encode({"until": time() + 30, "ttl": 30})),
        )
        systems.gate.set()
        await board.until(has_fact(BuildReady), 1.5)
        assert not has_fact(BuildReady)(board.snapshot)


async def test_an_engine_that_lost_its_lock_reports_it_and_waits_for_the_lock() -> None:
    store, systems, errors = MemoryStore(), FakeSystems(), list[str]()
    locks, board = StoreLocks(store, time), Board(POLICY, time)
    executor = Executor(systems, systems, systems, time)
    engine = Engine(board, store, locks, executor, time, "first", errors.append, ttl=0.2)
    running_engine = asyncio.create_task(engine.run())
    try:
        async with asyncio.timeout(10):
            while (held := await locks.look(store_keys.ENGINE_LOCK)).name != "first":  # noqa: ASYNC110 - polls the lock
                await asyncio.sleep(0.01)
            other = await locks.seize(store_keys.ENGINE_LOCK, "second", 30.0, held)
            assert other is not None
            while "another engine has taken over from this one" not in errors:  # noqa: ASYNC110 - polls the errors
                await asyncio.sleep(0.01)
            await other.release()
            while (await locks.look(store_keys.ENGINE_LOCK)).name != "first":  # noqa: ASYNC110 - polls the lock
                await asyncio.sleep(0.01)
    finally:
        running_engine.cancel()
        await asyncio.gather(running_engine, return_exceptions=True)


async def test_a_release_that_turns_bad_after_its_finish_is_recorded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.engine.loop.WATCH_EVERY", 0.05)
    store, systems = MemoryStore(), FakeSystems()
    hosts = asyncio.create_task(run_hosts(store))
    async with running(store, systems) as (board, _):
        await run_command(store, board, "install")
        await until(board, has_fact(Finished))
        await run_command(store, board, "start")
        await until(board, has_fact(SmokePassed))
        for _ in range(7):
            await run_command(store, board, "advance", override=True)
        await run_command(store, board, "finish", override=True)
        snapshot = await until(board, lambda s: s.open is None)
        release = snapshot.latest
        assert release is not None
        ended, key = release.ended_at, "production"
        before = [Sample(ended - 2.0 * n, {(key, build(1).id): Count(1000, 1)}) for n in range(600, 0, -1)]
        after = [Sample(ended + 0.01 * n, {(key, build(2).id): Count(1000, 60)}) for n in range(1, 61)]
        board.put(traffic=Seen(Traffic((*before, *after)), time()))
        snapshot = await until(board, has_fact(Regressed))
        assert snapshot.latest is not None
        event = snapshot.latest.events[-1]
        assert isinstance(event.what, Regressed)
        assert (event.by, event.what.tier, event.what.call) == ("engine", key, "ROLL BACK")
        await board.until(lambda s: s.latest is not None and s.latest.last_number > event.number, 0.5)
        assert board.snapshot.latest == snapshot.latest, "it is recorded once"
        await run_command(store, board, "rollback")
    hosts.cancel()
