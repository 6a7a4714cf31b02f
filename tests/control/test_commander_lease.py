"""The commander's seat on every kind of lock: who has the conn may write, who lost it may not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from uuid import uuid4

import pytest

from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.locks import ConsulLocks
from cockpit.adapters.consul.store import ConsulStore
from cockpit.adapters.leases import StoreLocks
from cockpit.adapters.sqlite.store import SqliteStore
from cockpit.control.board import Board
from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import SHELL_TTL, CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import follow, take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.control.feeds.ticks import with_ticks
from cockpit.control.log_verification import verify
from cockpit.deploy import store_keys
from cockpit.deploy.facts import CommandTaken, HandedOver
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import CommandRequest, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Conflict, Lease, Locks, Store
from tests.consuls import ConsulProcess
from tests.scenario import POLICY

ADA, BOB = "ada@box", "bob@box"
TTL = 1.5


class Slow:
    """Locks at the far end of a slow line: what is seen is old when something is done about it."""

    def __init__(self, locks: Locks) -> None:
        self._locks = locks

    async def acquire(self, name: str, holder: str, ttl: float) -> Lease | None:
        await asyncio.sleep(0.05)
        return await self._locks.acquire(name, holder, ttl)

    async def seize(self, name: str, holder: str, ttl: float, seen: Holder) -> Lease | None:
        await asyncio.sleep(0.05)
        return await self._locks.seize(name, holder, ttl, seen)

    async def look(self, name: str) -> Holder:
        seen = await self._locks.look(name)
        await asyncio.sleep(0.05)
        return seen


@dataclass
class Town:
    """A store and its locks."""

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

    def shell(self, person: str) -> Dispatcher:
        """A verb of that person in a shell."""
        return Dispatcher(self.store, self.fresh, time, CommanderLease(self.locks, person, SHELL_TTL))

    @asynccontextmanager
    async def screen(
        self, person: str, designated: Callable[[], str | None] = lambda: ""
    ) -> AsyncIterator[tuple[Dispatcher, Board]]:
        """A screen of that person: it follows the store and keeps the conn."""
        board = Board(POLICY, time)
        seat = CommanderLease(self.locks, person, TTL, designated=designated)
        owner = store_keys.owner(store_keys.COMMANDER_LOCK)
        tasks = [
            asyncio.create_task(follow(board, Sources(self.store, self.locks), time)),
            asyncio.create_task(seat.keep(lambda: with_ticks(self.store.watch(owner), TTL / 4), lambda words: None)),
        ]
        try:
            yield Dispatcher(self.store, board.past, time, seat, interactive=True), board
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def commander(self, person: str) -> AsyncIterator[tuple[Dispatcher, Board]]:
        """A screen that has the conn and sees that it has."""
        async with self.screen(person) as (dispatcher, board):
            await self.until_holder(person)
            await board.until(lambda s: s.commander.value.name == person, 5)
            yield dispatcher, board


class Whose:
    """Whose slot it is, and how often a seat that stood before a free conn has asked."""

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
        """Once it was asked more than once: then a seat has looked, and left the conn where it was."""
        async with asyncio.timeout(15):
            await self._asked.wait()


@pytest.fixture(params=["sqlite", "consul"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    if request.param == "sqlite":
        store: Store = SqliteStore(tmp_path / "store.db")
        made = Town(store, StoreLocks(store, time))
    else:
        server: ConsulProcess = request.getfixturevalue("consul")
        client, root = ConsulClient(server.address), f"tests/{uuid4()}"
        store = ConsulStore(client, root)
        made = Town(store, ConsulLocks(client, root, time))
    yield made
    await store.close()


async def test_a_screen_that_comes_to_a_free_conn_has_it_and_lets_go_of_it_at_its_end(town: Town) -> None:
    async with town.commander(ADA) as (desk, _):
        assert isinstance(await dispatcher.dispatch(find_command("install"), CommandRequest(ADA)), Done)
    assert await town.holder() == ""


async def test_a_second_person_is_refused_until_they_take_the_conn_and_then_the_first_is(town: Town) -> None:
    async with town.commander(ADA) as (ada, ada_board), town.screen(BOB) as (bob, bob_board):
        await bob_board.until(lambda s: s.commander.value.name == ADA, 5)
        said = await bob.give(find_command("install"), CommandRequest(BOB))
        assert isinstance(said, Refusal)
        assert said.reason.startswith("ada@box is the commander")
        assert isinstance(await ada.give(find_command("install"), CommandRequest(ADA)), Done)
        await bob_board.until(lambda s: s.latest is not None, 5)
        assert isinstance(await bob.give(find_command("take-over"), CommandRequest(BOB, "ada is on the phone")), Done)
        snapshot = await ada_board.until(lambda s: s.commander.value.name == BOB, 5)
        assert snapshot.commander.value.name == BOB
        refused = await ada.give(find_command("hold"), CommandRequest(ADA))
        assert isinstance(refused, Refusal)
        assert refused.reason.startswith("bob@box is the commander")
        assert isinstance(await bob.give(find_command("hold"), CommandRequest(BOB)), Done)
        await asyncio.sleep(TTL)  # a screen that lost the conn does not take it back
        assert await town.holder() == BOB
    release = (await town.look()).latest
    assert release is not None
    taken = next(event for event in release.events if isinstance(event.what, CommandTaken))
    assert isinstance(taken.what, CommandTaken)
    assert (taken.by, taken.why, taken.what.commander, taken.what.previous) == (BOB, "ada is on the phone", BOB, ADA)
    assert (await verify(town.store)).broken == ()


async def test_a_write_that_was_decided_before_the_conn_went_is_not_made(town: Town) -> None:
    async with town.commander(ADA) as (_, board):
        stale = board.snapshot
        await town.shell(BOB).give(find_command("take-over"), CommandRequest(BOB, "a fire"))

        class Late(CommanderLease):
            """Saw the conn before it went, once."""

            looks = 0

            async def look(self) -> Holder:
                self.looks += 1
                return stale.commander.value if self.looks == 1 else await super().look()

        late = Late(town.locks, ADA)
        said = await Dispatcher(town.store, town.fresh, time, late).give(find_command("install"), CommandRequest(ADA))
        assert late.looks == 2
        assert isinstance(said, Refusal)
        assert said.reason.startswith("bob@box is the commander")
    assert (await town.look()).latest is None


async def test_another_terminal_of_the_same_person_commands_too_and_picks_the_conn_up(town: Town) -> None:
    async with town.commander(ADA) as (second, board):
        async with town.screen(ADA) as (first, _):
            assert isinstance(await first.give(find_command("install"), CommandRequest(ADA)), Done)
            assert isinstance(await town.shell(ADA).give(find_command("hold"), CommandRequest(ADA)), Done)
        await board.until(lambda s: s.latest is not None and s.latest.held is not None, 5)
        assert isinstance(await second.give(find_command("resume"), CommandRequest(ADA)), Done)
        await town.until_holder(ADA)


async def test_the_conn_of_a_commander_who_is_lost_is_free_within_seconds(town: Town) -> None:
    lost = CommanderLease(town.locks, ADA, TTL)
    assert await lost.sit() is not None
    began = time()
    await town.until_holder("")
    assert time() - began < 4 * TTL
    assert isinstance(await town.shell(BOB).give(find_command("install"), CommandRequest(BOB)), Done)


async def test_it_can_be_taken_from_a_commander_whose_screen_is_alive_and_whose_line_is_the_quicker(town: Town) -> None:
    async with town.commander(ADA):
        for _ in range(3):
            taker = Dispatcher(town.store, town.fresh, time, CommanderLease(Slow(town.locks), BOB, SHELL_TTL))
            assert isinstance(await taker.dispatch(find_command("take-over"), CommandRequest(BOB, "a fire")), Done)
            assert await town.holder() == BOB
            assert isinstance(
                await town.shell(ADA).give(find_command("take-over"), CommandRequest(ADA, "it is out")), Done
            )


async def test_who_takes_it_in_a_shell_keeps_it_when_the_verb_is_over(town: Town) -> None:
    async with town.commander(ADA):
        assert isinstance(await town.shell(BOB).give(find_command("take-over"), CommandRequest(BOB, "a fire")), Done)
        assert await town.holder() == BOB
        assert isinstance(await town.shell(BOB).give(find_command("install"), CommandRequest(BOB)), Done)
        assert isinstance(await town.shell(ADA).give(find_command("hold"), CommandRequest(ADA)), Refusal)


async def test_a_conn_that_is_handed_over_is_the_other_persons_at_once(town: Town) -> None:
    async with town.commander(ADA) as (ada, ada_board), town.screen(BOB) as (bob, bob_board):
        assert isinstance(await ada.give(find_command("install"), CommandRequest(ADA)), Done)
        await ada_board.until(lambda s: s.latest is not None, 5)
        assert isinstance(await ada.give(find_command("hand-over"), CommandRequest(ADA, to=BOB)), Done)
        await bob_board.until(lambda s: s.commander.value.name == BOB and s.latest is not None, 5)
        assert isinstance(await bob.give(find_command("hold"), CommandRequest(BOB)), Done)
    release = (await town.look()).latest
    assert release is not None
    assert any(isinstance(event.what, HandedOver) and event.what.to == BOB for event in release.events)


async def test_a_conn_that_is_given_to_nobody_is_free_and_stays_so(town: Town) -> None:
    async with town.commander(ADA) as (ada, _):
        assert isinstance(await ada.give(find_command("hand-over"), CommandRequest(ADA)), Done)
        await asyncio.sleep(TTL)
        assert await town.holder() == ""


async def test_a_conn_that_is_given_to_nobody_is_not_taken_again_by_another_terminal_of_the_same_person(
    town: Town,
) -> None:
    async with town.commander(ADA) as (screen, board):
        assert isinstance(await town.shell(ADA).give(find_command("hand-over"), CommandRequest(ADA)), Done)
        await board.until(lambda s: s.commander.value.name == "", 5)
        await asyncio.sleep(TTL)
        assert await town.holder() == ""
        assert isinstance(await town.shell(BOB).give(find_command("take-over"), CommandRequest(BOB)), Done)
        assert await town.holder() == BOB
        assert isinstance(await screen.give(find_command("install"), CommandRequest(ADA)), Refusal)


async def test_what_changed_hands_meanwhile_is_not_given_away(town: Town) -> None:
    async with town.commander(ADA):
        seen = await town.locks.look(store_keys.COMMANDER_LOCK)
        assert isinstance(await town.shell(BOB).give(find_command("take-over"), CommandRequest(BOB, "a fire")), Done)
        with pytest.raises(Conflict, match="changed hands"):
            await CommanderLease(town.locks, ADA).let(seen, "eve@box")
        assert await town.holder() == BOB


async def test_a_holder_with_escape_codes_in_its_name_is_shown_without_them(town: Town) -> None:
    assert await town.locks.acquire(store_keys.COMMANDER_LOCK, "eve\x1b]52;c;cm0=\x07@box", 30.0) is not None
    said = await town.shell(ADA).give(find_command("install"), CommandRequest(ADA))
    assert isinstance(said, Refusal)
    assert said.reason.isprintable()
    assert "\x1b" not in (await town.look()).commander.value.name


async def test_of_many_who_command_while_nobody_has_the_conn_each_write_counts_once(town: Town) -> None:
    outcomes = await asyncio.gather(
        *(town.shell(f"p{n}@h").give(find_command("install"), CommandRequest(f"p{n}@h")) for n in range(4))
    )
    assert sum(isinstance(outcome, Done) for outcome in outcomes) == 1
    assert (await verify(town.store)).events == 1


async def test_in_the_slot_of_another_nobody_sits_down_by_being_there_and_whose_it_is_does(town: Town) -> None:
    whose = Whose("ada")
    async with town.screen(BOB, whose) as (bob, _):
        await whose.asked()
        assert await town.holder() == ""
        async with town.screen(ADA, lambda: "ada") as (_, board):
            await town.until_holder(ADA)
            assert isinstance(
                await bob.give(find_command("take-over"), CommandRequest(BOB, "ada has gone home")), Done
            )
            await board.until(lambda s: s.commander.value.name == BOB, 5)
        assert await town.holder() == BOB


async def test_a_slot_that_is_not_known_yet_is_waited_for_and_one_that_ends_leaves_the_conn_to_whoever_is_there(
    town: Town,
) -> None:
    whose = Whose(None)
    async with town.screen(BOB, whose):
        await whose.asked()
        assert await town.holder() == ""
        whose.person = ""
        await town.until_holder(BOB)
