"""The commander lease with each kind of lock: the commander may write, and a former one may not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from uuid import uuid4

import pytest

from cockpit.adapters.consul.client import ConsulAnswer, ConsulClient
from cockpit.adapters.consul.locks import ConsulLocks
from cockpit.adapters.consul.store import ConsulStore
from cockpit.adapters.leases import StoreLocks
from cockpit.adapters.sqlite.store import SqliteStore
from cockpit.control.board import Board
from cockpit.control.command_table import find_command
from cockpit.control.commander_heartbeat import CommanderHeartbeat
from cockpit.control.commander_lease import SHELL_TTL, CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import follow, take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.control.feeds.ticks import with_ticks
from cockpit.control.log_verification import verify
from cockpit.deploy import store_keys
from cockpit.deploy.events import Event
from cockpit.deploy.facts import CommandTaken, HandedOver, Held
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import CommandRequest, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Conflict, Failed, Lease, Locks, Put, Store, Write
from tests.consul_server import ConsulProcess
from tests.scenario import POLICY

ADA, BOB = "ada@box", "bob@box"
TTL = 1.5


class SlowLocks:
    """Locks over a slow connection: what a look returns is outdated when it arrives."""

    def __init__(self, locks: Locks) -> None:
        self._locks = locks

    async def acquire(self, name: str, holder: str, ttl: float) -> Lease | None:
        await asyncio.sleep(0.05)
        return await self._locks.acquire(name, holder, ttl)

    async def seize(self, name: str, holder: str, ttl: float, seen: Holder, *writes: Write) -> Lease | None:
        await asyncio.sleep(0.05)
        return await self._locks.seize(name, holder, ttl, seen, *writes)

    async def extend(self, name: str, seen: Holder, ttl: float) -> bool:
        return await self._locks.extend(name, seen, ttl)

    async def look(self, name: str) -> Holder:
        seen = await self._locks.look(name)
        await asyncio.sleep(0.05)
        return seen


@dataclass
class Terminals:
    """A store with its locks, and the terminals of several people."""

    store: Store
    locks: Locks

    async def look(self) -> Snapshot:
        return await take_snapshot(POLICY, Sources(self.store, self.locks), time)

    async def holder(self) -> str:
        return (await self.locks.look(store_keys.COMMANDER_LOCK)).name

    async def until_holder(self, person: str) -> None:
        async with asyncio.timeout(15):
            async for _ in with_ticks(self.store.watch(store_keys.LOCKS), 0.1):
                if await self.holder() == person:
                    return

    async def fresh(self, _past: str) -> Snapshot:
        return await self.look()

    async def events(self) -> tuple[Event, ...]:
        """The events of the newest release."""
        release = (await self.look()).latest
        return release.events if release else ()

    def shell(self, person: str) -> Dispatcher:
        """A command of that person in a shell."""
        return Dispatcher(self.store, self.fresh, time, CommanderLease(self.locks, person, SHELL_TTL))

    @asynccontextmanager
    async def screen(
        self, person: str, person_on_duty: Callable[[], str | None] = lambda: ""
    ) -> AsyncIterator[tuple[Dispatcher, Board]]:
        """A screen of that person: it follows the store and keeps the lease."""
        board = Board(POLICY, time)
        lease = CommanderLease(self.locks, person, TTL, person_on_duty=person_on_duty)
        owner = store_keys.owner(store_keys.COMMANDER_LOCK)
        tasks = [
            asyncio.create_task(follow(board, Sources(self.store, self.locks), time)),
            asyncio.create_task(lease.keep(lambda: with_ticks(self.store.watch(owner), TTL / 4), lambda error: None)),
        ]
        try:
            yield Dispatcher(self.store, board.past, time, lease, interactive=True), board
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def commander(self, person: str) -> AsyncIterator[tuple[Dispatcher, Board]]:
        """A screen of the commander, on_duty board shows it."""
        async with self.screen(person) as (dispatcher, board):
            await self.until_holder(person)
            await board.until(lambda s: s.commander.value.name == person, 5)
            yield dispatcher, board


class OnDuty:
    """The person on duty, and whether a lease has asked for it often enough to have decided."""

    def __init__(self, person: str | None) -> None:
        self.person = person
        self._left = 3
        self._asked = asyncio.Event()

    def __call__(self) -> str | None:
        self._left -= 1
        if self._left == 0:
            self._asked.set()
        return self.person

    async def asked(self) -> None:
        """Wait until it was asked several times: the lease has then looked, and left the lock alone."""
        async with asyncio.timeout(15):
            await self._asked.wait()


@pytest.fixture(params=["sqlite", "consul"])
async def terminals(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Terminals]:
    if request.param == "sqlite":
        store: Store = SqliteStore(tmp_path / "store.db")
        made = Terminals(store, StoreLocks(store, time))
    else:
        server: ConsulProcess = request.getfixturevalue("consul")
        client, root = ConsulClient(server.address), f"tests/{uuid4()}"
        store = ConsulStore(client, root)
        made = Terminals(store, ConsulLocks(client, root, time))
    yield made
    await store.close()


async def test_a_screen_acquires_a_free_lease_and_releases_it_at_its_end(terminals: Terminals) -> None:
    async with terminals.commander(ADA) as (dispatcher, _):
        assert isinstance(await dispatcher.dispatch(find_command("install"), CommandRequest(ADA)), Done)
    assert await terminals.holder() == ""


async def test_only_the_commander_may_command_before_and_after_a_take_over(terminals: Terminals) -> None:
    async with terminals.commander(ADA) as (ada, ada_board), terminals.screen(BOB) as (bob, bob_board):
        await bob_board.until(lambda s: s.commander.value.name == ADA, 5)
        refused = await bob.dispatch(find_command("install"), CommandRequest(BOB))
        assert isinstance(refused, Refusal)
        assert refused.reason.startswith("ada@box is the commander")
        assert isinstance(await ada.dispatch(find_command("install"), CommandRequest(ADA)), Done)
        await bob_board.until(lambda s: s.latest is not None, 5)
        assert isinstance(
            await bob.dispatch(find_command("take-over"), CommandRequest(BOB, "ada is on the phone")), Done
        )
        snapshot = await ada_board.until(lambda s: s.commander.value.name == BOB, 5)
        assert snapshot.commander.value.name == BOB
        refused = await ada.dispatch(find_command("hold"), CommandRequest(ADA))
        assert isinstance(refused, Refusal)
        assert refused.reason.startswith("bob@box is the commander")
        assert isinstance(await bob.dispatch(find_command("hold"), CommandRequest(BOB)), Done)
        await asyncio.sleep(TTL)  # a screen that lost the lease does not take it back
        assert await terminals.holder() == BOB
    release = (await terminals.look()).latest
    assert release is not None
    taken = next(event for event in release.events if isinstance(event.what, CommandTaken))
    assert isinstance(taken.what, CommandTaken)
    assert (taken.by, taken.why, taken.what.commander, taken.what.previous) == (BOB, "ada is on the phone", BOB, ADA)
    assert (await verify(terminals.store)).broken == ()


async def test_a_plan_decided_before_a_take_over_is_not_written(terminals: Terminals) -> None:
    async with terminals.commander(ADA) as (_, board):
        stale = board.snapshot
        await terminals.shell(BOB).dispatch(find_command("take-over"), CommandRequest(BOB, "a fire"))

        class Late(CommanderLease):
            """Its first look is from before the take-over."""

            looks = 0

            async def look(self) -> Holder:
                self.looks += 1
                return stale.commander.value if self.looks == 1 else await super().look()

        late = Late(terminals.locks, ADA)
        refused = await Dispatcher(terminals.store, terminals.fresh, time, late).dispatch(
            find_command("install"), CommandRequest(ADA)
        )
        assert late.looks >= 2
        assert isinstance(refused, Refusal)
        assert refused.reason.startswith("bob@box is the commander")
    assert (await terminals.look()).latest is None


async def test_all_terminals_of_the_commander_may_command_and_another_one_takes_the_lease_on(
    terminals: Terminals,
) -> None:
    async with terminals.commander(ADA) as (second, board):
        async with terminals.screen(ADA) as (first, _):
            assert isinstance(await first.dispatch(find_command("install"), CommandRequest(ADA)), Done)
            assert isinstance(await terminals.shell(ADA).dispatch(find_command("hold"), CommandRequest(ADA)), Done)
        await board.until(lambda s: s.latest is not None and s.latest.held is not None, 5)
        assert isinstance(await second.dispatch(find_command("resume"), CommandRequest(ADA)), Done)
        await terminals.until_holder(ADA)


async def test_the_lease_of_a_lost_commander_expires(terminals: Terminals) -> None:
    lost = CommanderLease(terminals.locks, ADA, TTL)
    assert await lost.acquire() is not None
    began = time()
    await terminals.until_holder("")
    assert time() - began < 4 * TTL
    assert isinstance(await terminals.shell(BOB).dispatch(find_command("install"), CommandRequest(BOB)), Done)


async def test_a_take_over_wins_against_a_screen_with_a_faster_connection(terminals: Terminals) -> None:
    async with terminals.commander(ADA):
        for _ in range(3):
            bob = Dispatcher(
                terminals.store, terminals.fresh, time, CommanderLease(SlowLocks(terminals.locks), BOB, SHELL_TTL)
            )
            assert isinstance(await bob.dispatch(find_command("take-over"), CommandRequest(BOB, "a fire")), Done)
            assert await terminals.holder() == BOB
            assert isinstance(
                await terminals.shell(ADA).dispatch(find_command("take-over"), CommandRequest(ADA, "it is out")), Done
            )


async def test_a_take_over_in_a_shell_outlives_the_command(terminals: Terminals) -> None:
    async with terminals.commander(ADA):
        assert isinstance(
            await terminals.shell(BOB).dispatch(find_command("take-over"), CommandRequest(BOB, "a fire")), Done
        )
        assert await terminals.holder() == BOB
        assert isinstance(await terminals.shell(BOB).dispatch(find_command("install"), CommandRequest(BOB)), Done)
        assert isinstance(await terminals.shell(ADA).dispatch(find_command("hold"), CommandRequest(ADA)), Refusal)


async def test_a_hand_over_makes_the_other_person_commander_at_once(terminals: Terminals) -> None:
    async with terminals.commander(ADA) as (ada, ada_board), terminals.screen(BOB) as (bob, bob_board):
        assert isinstance(await ada.dispatch(find_command("install"), CommandRequest(ADA)), Done)
        await ada_board.until(lambda s: s.latest is not None, 5)
        assert isinstance(await ada.dispatch(find_command("hand-over"), CommandRequest(ADA, to=BOB)), Done)
        await bob_board.until(lambda s: s.commander.value.name == BOB and s.latest is not None, 5)
        assert isinstance(await bob.dispatch(find_command("hold"), CommandRequest(BOB)), Done)
    release = (await terminals.look()).latest
    assert release is not None
    assert any(isinstance(event.what, HandedOver) and event.what.to == BOB for event in release.events)


async def test_a_lease_handed_over_to_no_person_stays_free(terminals: Terminals) -> None:
    async with terminals.commander(ADA) as (ada, _):
        assert isinstance(await ada.dispatch(find_command("hand-over"), CommandRequest(ADA)), Done)
        await asyncio.sleep(TTL)
        assert await terminals.holder() == ""


async def test_another_terminal_of_the_same_person_does_not_retake_a_freed_lease(
    terminals: Terminals,
) -> None:
    async with terminals.commander(ADA) as (screen, board):
        assert isinstance(await terminals.shell(ADA).dispatch(find_command("hand-over"), CommandRequest(ADA)), Done)
        await board.until(lambda s: s.commander.value.name == "", 5)
        await asyncio.sleep(TTL)
        assert await terminals.holder() == ""
        assert isinstance(await terminals.shell(BOB).dispatch(find_command("take-over"), CommandRequest(BOB)), Done)
        assert await terminals.holder() == BOB
        assert isinstance(await screen.dispatch(find_command("install"), CommandRequest(ADA)), Refusal)


class FirstWriter(CommanderLease):
    """Before its hand-over, another command is recorded once, or the store fails."""

    before: Callable[[], Awaitable[object]]

    async def hand_over(self, seen: Holder, to: str, *writes: Write) -> None:
        await self.before()
        await super().hand_over(seen, to, *writes)


async def test_a_hand_over_and_its_record_are_one_transaction(terminals: Terminals) -> None:
    """The log never says that a person is commander who is not."""
    async with terminals.commander(ADA) as (ada, board):
        assert isinstance(await ada.dispatch(find_command("install"), CommandRequest(ADA)), Done)
        await board.until(lambda s: s.latest is not None, 5)
        lease = FirstWriter(terminals.locks, ADA, SHELL_TTL)
        failing = Dispatcher(terminals.store, terminals.fresh, time, lease)

        async def fail() -> None:
            raise Failed("store", "does not answer")

        async def be_first() -> None:
            if not any(isinstance(event.what, Held) for event in await terminals.events()):
                await ada.dispatch(find_command("hold"), CommandRequest(ADA))

        lease.before = fail
        with pytest.raises(Failed, match="does not answer"):
            await failing.dispatch(find_command("hand-over"), CommandRequest(ADA, to=BOB))
        assert await terminals.holder() == ADA
        assert not any(isinstance(event.what, HandedOver) for event in await terminals.events())
        lease.before = be_first
        assert isinstance(await failing.dispatch(find_command("hand-over"), CommandRequest(ADA, to=BOB)), Done)
        assert await terminals.holder() == BOB
        assert [type(event.what) for event in await terminals.events()][1:] == [Held, HandedOver]
    assert (await verify(terminals.store)).broken == ()


async def test_a_hand_over_whose_record_conflicts_leaves_the_lock_alone(terminals: Terminals) -> None:
    async with terminals.commander(ADA):
        seen = await terminals.locks.look(store_keys.COMMANDER_LOCK)
        await terminals.store.commit(Put("releases/2026-11-22.1/000001", b"{}"))
        taken = Put("releases/2026-11-22.1/000001", b"handed over", 0)
        with pytest.raises(Conflict, match="another writer was first"):
            await CommanderLease(terminals.locks, ADA).hand_over(seen, BOB, taken)
        assert (await terminals.locks.look(store_keys.COMMANDER_LOCK)).version == seen.version


async def test_each_command_in_a_shell_keeps_its_person_in_command(tmp_path: Path) -> None:
    now = [time()]
    store = SqliteStore(tmp_path / "store.db")
    terminals = Terminals(store, StoreLocks(store, lambda: now[0]))
    shell = Dispatcher(store, terminals.fresh, lambda: now[0], CommanderLease(terminals.locks, ADA, SHELL_TTL))
    assert isinstance(await shell.dispatch(find_command("take-over"), CommandRequest(ADA)), Done)
    for verb, outcome in (("install", Done), ("hold", Done), ("hold", Refusal), ("resume", Done)):
        now[0] += 0.9 * SHELL_TTL
        assert await terminals.holder() == ADA
        assert isinstance(await shell.dispatch(find_command(verb), CommandRequest(ADA)), outcome)
    now[0] += 1.1 * SHELL_TTL
    assert await terminals.holder() == "", "and not for ever"
    await store.close()


async def test_each_command_in_a_shell_renews_the_session_in_consul(consul: ConsulProcess) -> None:
    class Recorded(ConsulClient):
        """A client that keeps the paths it wrote to, with the answers."""

        written: tuple[tuple[str, int], ...] = ()

        async def write(self, path: str, body: bytes | str = b"", expect: tuple[int, ...] = (200,)) -> ConsulAnswer:
            answer = await super().write(path, body, expect)
            self.written = (*self.written, (path, answer.code))
            return answer

    client, root = Recorded(consul.address), f"tests/{uuid4()}"
    terminals = Terminals(ConsulStore(client, root), ConsulLocks(client, root, time))
    assert isinstance(await terminals.shell(ADA).dispatch(find_command("take-over"), CommandRequest(ADA)), Done)
    client.written = ()
    assert isinstance(await terminals.shell(ADA).dispatch(find_command("install"), CommandRequest(ADA)), Done)
    row = await ConsulLocks(client, root, time).row(store_keys.COMMANDER_LOCK)
    assert row is not None
    assert (f"/v1/session/renew/{row.session}", 200) in client.written
    await terminals.store.close()


async def test_a_command_in_a_shell_does_not_prolong_the_lease_of_a_screen(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    locks = StoreLocks(store, time)
    screen = CommanderLease(locks, ADA, TTL, CommanderHeartbeat(store, time))
    assert await screen.acquire() is not None
    before = await store.get(f"{store_keys.COMMANDER_LOCK}/beat")
    shell = CommanderLease(locks, ADA, SHELL_TTL, CommanderHeartbeat(store, time))
    await shell.extend(await shell.look())
    assert await store.get(f"{store_keys.COMMANDER_LOCK}/beat") == before
    await store.close()


async def test_a_hand_over_after_a_take_over_is_a_conflict(terminals: Terminals) -> None:
    async with terminals.commander(ADA):
        seen = await terminals.locks.look(store_keys.COMMANDER_LOCK)
        assert isinstance(
            await terminals.shell(BOB).dispatch(find_command("take-over"), CommandRequest(BOB, "a fire")), Done
        )
        with pytest.raises(Conflict, match="another person is commander"):
            await CommanderLease(terminals.locks, ADA).hand_over(seen, "eve@box")
        assert await terminals.holder() == BOB


async def test_escape_codes_in_a_holders_name_are_removed(terminals: Terminals) -> None:
    assert await terminals.locks.acquire(store_keys.COMMANDER_LOCK, "eve\x1b]52;c;cm0=\x07@box", 30.0) is not None
    refused = await terminals.shell(ADA).dispatch(find_command("install"), CommandRequest(ADA))
    assert isinstance(refused, Refusal)
    assert refused.reason.isprintable()
    assert "\x1b" not in (await terminals.look()).commander.value.name


async def test_of_many_concurrent_commands_without_a_commander_one_is_done(terminals: Terminals) -> None:
    outcomes = await asyncio.gather(
        *(terminals.shell(f"p{n}@h").dispatch(find_command("install"), CommandRequest(f"p{n}@h")) for n in range(4))
    )
    assert sum(isinstance(outcome, Done) for outcome in outcomes) == 1
    assert (await verify(terminals.store)).events == 1


async def test_only_the_person_on_duty_acquires_the_lease_by_opening_a_screen(terminals: Terminals) -> None:
    on_duty = OnDuty("ada")
    async with terminals.screen(BOB, on_duty) as (bob, _):
        await on_duty.asked()
        assert await terminals.holder() == ""
        async with terminals.screen(ADA, lambda: "ada") as (_, board):
            await terminals.until_holder(ADA)
            assert isinstance(
                await bob.dispatch(find_command("take-over"), CommandRequest(BOB, "ada has gone home")), Done
            )
            await board.until(lambda s: s.commander.value.name == BOB, 5)
        assert await terminals.holder() == BOB


async def test_no_screen_acquires_the_lease_before_the_rota_is_known(
    terminals: Terminals,
) -> None:
    on_duty = OnDuty(None)
    async with terminals.screen(BOB, on_duty):
        await on_duty.asked()
        assert await terminals.holder() == ""
        on_duty.person = ""
        await terminals.until_holder(BOB)
