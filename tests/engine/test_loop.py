import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import time

import msgspec

from cockpit.adapters.leases import StoreLocks
from cockpit.control.board import Board
from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import follow
from cockpit.control.feeds.sources import Sources
from cockpit.deploy import store_keys
from cockpit.deploy.builds.build import Build
from cockpit.deploy.facts import BuildFailed, BuildReady, Cut, Finished, Judged, Reverted, RevertFailed, SmokePassed
from cockpit.deploy.hosts.status import HostState, Status, Target
from cockpit.deploy.outbox import Message
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.engine.executor import Executor
from cockpit.engine.loop import Engine
from cockpit.engine.notification_sender import NotificationSender
from cockpit.ports import Failed, History, MergeConflict, Notifier, PushedRevert, Put, ReleaseBranch, Write
from cockpit.rules.notifications.messages import messages_for
from tests.engine.test_notifier import PostOffice
from tests.fakes import MemoryStore, NoLocks
from tests.scenario import POLICY, PULLS, build, commit

ADA = CommandRequest("ada@desk")


class Yard:
    """Repository, builder and smoke test in one: a shipyard of numbers."""

    def __init__(self) -> None:
        self.built: list[str] = []
        self.fails = 0
        self.conflicts: tuple[str, ...] = ()
        self.gate = asyncio.Event()
        self.gate.set()

    def history(self) -> History:
        raise Failed("git", "a shipyard has no history")

    def fetch(self) -> None: ...

    def resolve(self, ref: str) -> str:
        return commit(2)

    def pulls(self, base: str, head: str) -> tuple[PullRequest, ...]:
        return PULLS

    def cut(self, release: str, ref: str, base: str) -> ReleaseBranch:
        return ReleaseBranch(commit(2 if base else 1), base, PULLS)

    def revert(self, pull: PullRequest, release: str, tag: str, by: str, resolved: str = "") -> PushedRevert:
        if self.conflicts:
            raise MergeConflict("git", "does not apply", self.conflicts)
        return PushedRevert(("r" * 40,), (commit(3),))

    def export(self, commit: str, folder: Path) -> None: ...

    async def build(self, commit: str, bases: Sequence[str] = ()) -> Build:
        self.built.append(commit)
        await self.gate.wait()
        if self.fails:
            self.fails -= 1
            raise Failed("build", "make: *** Error 1", "look at the output")
        return build(int(commit[1:], 16))

    async def test(self, hosts: Sequence[Status]) -> str:
        return ""


@asynccontextmanager
async def running(
    store: MemoryStore, yard: Yard, name: str = "engine-1", couriers: tuple[Notifier, ...] = ()
) -> AsyncIterator[tuple[Board, Engine]]:
    """An engine with its feeds on the store."""
    board = Board(POLICY, time)
    locks = StoreLocks(store, time)
    teller = NotificationSender(board, store, lambda: couriers)
    engine = Engine(board, store, locks, Executor(yard, yard, yard, time), time, name, lease=0.4, teller=teller)
    tasks = [asyncio.create_task(follow(board, Sources(store, locks), time)), asyncio.create_task(engine.run())]
    try:
        yield board, engine
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def obedient_hosts(store: MemoryStore) -> None:
    """Every host does as its target says, at once."""
    async for entries in store.watch(store_keys.TARGETS):
        for entry in entries:
            if not store_keys.tier_of_target(entry.key):
                continue
            target = msgspec.json.decode(entry.value or b"", type=Target)
            for host in POLICY.tier(target.tier).hosts:
                status = Status(host, target.tier, HostState.SERVING, time(), time(), target.wants(host))
                await store.commit(Put(store_keys.status(target.tier, host), msgspec.json.encode(status)))


async def seen(board: Board, holds: Callable[[Snapshot], bool]) -> Snapshot:
    snapshot = await board.until(holds, 10.0)
    assert holds(snapshot), [type(event.what).__name__ for r in snapshot.log.value.releases for event in r.events]
    return snapshot


def told(kind: type) -> Callable[[Snapshot], bool]:
    return lambda snapshot: bool(snapshot.latest and any(isinstance(e.what, kind) for e in snapshot.latest.events))


async def given(store: MemoryStore, board: Board, verb: str, pull: int = 0) -> None:
    dispatcher = Dispatcher(store, board.past, time, CommanderLease(NoLocks(), ""))
    outcome = await dispatcher.dispatch(find_command(verb), msgspec.structs.replace(ADA, pull=pull))
    assert isinstance(outcome, Done), outcome


async def test_an_install_and_a_release_go_by_themselves_to_staging() -> None:
    store, yard = MemoryStore(), Yard()
    hosts = asyncio.create_task(obedient_hosts(store))
    async with running(store, yard) as (board, _):
        await given(store, board, "install")
        await seen(board, told(Finished))
        await given(store, board, "start")
        snapshot = await seen(board, told(SmokePassed))
        assert snapshot.latest is not None
        assert snapshot.latest.step == "staging"
        assert yard.built == [commit(1), commit(2)]
        announced = await store.get(store_keys.announced("staging"))
        assert announced is not None
        assert snapshot.latest.build is not None
        assert msgspec.json.decode(announced.value or b"") == {"build": snapshot.latest.build.id}
        await seen(board, lambda s: s.verdict.call == "GO")
    hosts.cancel()


async def test_a_place_that_never_answers_delays_no_work() -> None:
    store, yard, hung = MemoryStore(), Yard(), PostOffice()
    hung.gate.clear()
    hosts = asyncio.create_task(obedient_hosts(store))
    async with running(store, yard, couriers=(hung,)) as (board, _):
        await seen(board, lambda s: bool(s.outbox.value.destinations))
        await given(store, board, "install")
        await hung.until(lambda: hung.tried == 1)
        await seen(board, told(Finished))
        await given(store, board, "start")
        await seen(board, told(SmokePassed))
        await seen(board, lambda s: s.verdict.call == "GO")
        assert (hung.tried, hung.got) == (1, []), "it has the first message still, and all of this went on"
        hung.gate.set()
        await hung.until(lambda: len(hung.got) == len({message.id for message in hung_messages(board)}))
        assert hung.got == [message.id for message in hung_messages(board)]
    hosts.cancel()


def hung_messages(board: Board) -> list[Message]:
    """All that the office should ever have been told."""
    releases = board.snapshot.log.value.releases
    return [message for release in releases for message in messages_for(release, POLICY, "office")]


async def test_a_build_that_fails_is_told_once_and_tried_again_on_resume() -> None:
    store, yard = MemoryStore(), Yard()
    yard.fails = 1
    async with running(store, yard) as (board, _):
        await given(store, board, "install")
        snapshot = await seen(board, told(BuildFailed))
        assert snapshot.latest is not None
        assert "make: *** Error 1" in snapshot.latest.events[-1].what.reason  # type: ignore[union-attr]
        assert yard.built == [commit(1)]
        await given(store, board, "resume")
        await seen(board, told(BuildReady))


async def test_a_build_nobody_needs_any_more_is_dropped_for_the_revert_that_was_asked() -> None:
    store, yard = MemoryStore(), Yard()
    hosts = asyncio.create_task(obedient_hosts(store))
    async with running(store, yard) as (board, _):
        await given(store, board, "install")
        await seen(board, told(Finished))
        yard.gate.clear()
        await given(store, board, "start")
        await seen(board, told(Cut))
        await board.until(lambda _: len(yard.built) == 2, 5.0)
        await given(store, board, "revert", pull=12)
        await seen(board, told(Reverted))
        yard.gate.set()
        snapshot = await seen(board, told(BuildReady))
        assert snapshot.latest is not None
        assert snapshot.latest.build == build(3)
        assert yard.built[1:] == [commit(2), commit(3)]
    hosts.cancel()


async def test_a_revert_that_conflicts_says_where() -> None:
    store, yard = MemoryStore(), Yard()
    yard.conflicts = ("shop/cart.py",)
    hosts = asyncio.create_task(obedient_hosts(store))
    async with running(store, yard) as (board, _):
        await given(store, board, "install")
        await seen(board, told(Finished))
        await given(store, board, "start")
        await seen(board, told(SmokePassed))
        await given(store, board, "revert", pull=12)
        snapshot = await seen(board, told(RevertFailed))
        assert snapshot.latest is not None
        failed = next(e.what for e in snapshot.latest.events if isinstance(e.what, RevertFailed))
        assert failed.conflicts == ("shop/cart.py",)
    hosts.cancel()


class Meddled(MemoryStore):
    """A store in which somebody else writes first, once, when the engine is about to tell a verdict."""

    def __init__(self) -> None:
        super().__init__()
        self.meddlers: list[Callable[[], Awaitable[object]]] = []

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        tells = any(isinstance(write, Put) and b'"type":"Judged"' in write.value for write in writes)
        if tells and self.meddlers:
            await self.meddlers.pop()()
        return await super().commit(*writes, durable=durable)


async def test_a_verdict_on_a_step_that_is_past_when_it_is_told_is_not_told_of_the_next() -> None:
    store, yard = Meddled(), Yard()
    hosts = asyncio.create_task(obedient_hosts(store))
    async with running(store, yard) as (board, _):
        await given(store, board, "install")
        await seen(board, told(Finished))
        store.meddlers.append(lambda: given(store, board, "advance"))
        await given(store, board, "start")
        snapshot = await seen(
            board, lambda s: bool(s.open and s.judgement.value and s.open.rung == s.judgement.value.rung == 1)
        )
        assert snapshot.latest is not None
        assert store.meddlers == [], "the commander was quicker"
        assert not [event.what for event in snapshot.latest.events if isinstance(event.what, Judged)]
        assert snapshot.latest.last_verdict is None
    hosts.cancel()


async def test_of_two_engines_one_works_and_the_other_takes_over() -> None:
    store, yard = MemoryStore(), Yard()
    locks = StoreLocks(store, time)
    async with running(store, yard, "second") as (board, _):
        async with running(store, yard, "first"):
            await seen(board, lambda s: s.engine.value.name in {"first", "second"})
            await given(store, board, "install")
            await seen(board, told(BuildReady))
        await given(store, board, "abandon")
        await given(store, board, "install")
        await seen(board, lambda s: len(s.log.value.releases) == 2 and told(BuildReady)(s))
        assert (await locks.look(store_keys.ENGINE_LOCK)).name == "second"
    assert yard.built == [commit(1), commit(1)]


async def test_an_engine_that_lost_its_lock_while_it_slept_writes_nothing_more() -> None:
    store, yard = MemoryStore(), Yard()
    yard.gate.clear()
    async with running(store, yard, "sleeper") as (board, _):
        await given(store, board, "install")
        await seen(board, told(Cut))
        owner = await store.get(f"{store_keys.ENGINE_LOCK}/owner")
        assert owner is not None
        # another took over while this one was frozen: the fence has moved
        await store.commit(
            Put(f"{store_keys.ENGINE_LOCK}/owner", msgspec.json.encode({"holder": "other", "since": time()})),
            Put(f"{store_keys.ENGINE_LOCK}/beat", msgspec.json.encode({"until": time() + 30, "ttl": 30})),
        )
        yard.gate.set()
        await board.until(told(BuildReady), 1.5)
        assert not told(BuildReady)(board.snapshot)
