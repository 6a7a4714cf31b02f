"""The commander's signs of life, on every kind of lock: what stays in the store when the lock is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time

import pytest

from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.locks import ConsulLocks
from cockpit.adapters.consul.store import ConsulStore
from cockpit.adapters.leases import StoreLocks
from cockpit.control.board import Board
from cockpit.control.command_table import find_command
from cockpit.control.commander_heartbeat import CommanderHeartbeat
from cockpit.control.commander_lease import SHELL_TTL, CommanderLease
from cockpit.control.dispatcher import Dispatcher
from cockpit.control.feeds.feed_table import follow, take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.control.feeds.ticks import with_ticks
from cockpit.control.record_reader import read_presence
from cockpit.deploy import store_keys
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.schedule.presence import Presence, Sign
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Locks, Put, Store
from tests.consuls import ConsulProcess
from tests.scenario import POLICY
from tests.stores import STORES, opened

ADA, BOB = "ada@box", "bob@box"
TTL = 1.0


@dataclass
class Room:
    """A store, its locks, and who is seen there."""

    store: Store
    locks: Locks

    async def seen(self) -> Presence | None:
        return read_presence(await self.store.get(store_keys.PRESENCE))[0]

    async def until(self, person: str, sign: Sign) -> Presence:
        async with asyncio.timeout(20):
            async for _ in with_ticks(self.store.watch(store_keys.LOCKS), 0.05):
                seen = await self.seen()
                if seen and (seen.person, seen.sign) == (person, sign):
                    return seen
        raise AssertionError("the watch ended")

    async def until_free(self) -> None:
        async with asyncio.timeout(20):
            async for _ in with_ticks(self.store.watch(store_keys.LOCKS), 0.05):
                if not (await self.locks.look(store_keys.COMMANDER_LOCK)).name:
                    return

    def stool(self, person: str) -> CommanderLease:
        """A verb of that person in a shell."""
        return CommanderLease(self.locks, person, SHELL_TTL, CommanderHeartbeat(self.store, time))

    @asynccontextmanager
    async def sitting(self, person: str, ending: Sign = Sign.LEFT) -> AsyncIterator[CommanderLease]:
        """A screen of that person, ended in order."""
        seat = CommanderLease(self.locks, person, TTL, CommanderHeartbeat(self.store, time, lambda: ending))
        owner = store_keys.owner(store_keys.COMMANDER_LOCK)
        task = asyncio.create_task(seat.keep(lambda: with_ticks(self.store.watch(owner), TTL / 4), lambda words: None))
        try:
            yield seat
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(params=STORES)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with opened(request.param, tmp_path, request) as store:
        if not isinstance(store, ConsulStore):
            yield Room(store, StoreLocks(store, time))
            return
        server: ConsulProcess = request.getfixturevalue("consul")
        client = ConsulClient(server.address)
        yield Room(store, ConsulLocks(client, store.place.split(" under ")[1].rstrip("/"), time))
        await client.close()


async def test_a_screen_says_that_it_lives_and_says_it_again(room: Room) -> None:
    async with room.sitting(ADA):
        first = await room.until(ADA, Sign.PRESENT)
        async with asyncio.timeout(20):
            async for _ in with_ticks(room.store.watch(store_keys.LOCKS), 0.05):
                again = await room.seen()
                if again and again.at > first.at:
                    break


@pytest.mark.parametrize("ending", [Sign.LEFT, Sign.LOST])
async def test_leaving_is_told_from_a_line_that_broke_and_both_free_the_conn_at_once(room: Room, ending: Sign) -> None:
    async with room.sitting(ADA, ending):
        await room.until(ADA, Sign.PRESENT)
        before = time()
    seen = await room.seen()
    assert seen is not None
    assert (seen.person, seen.sign) == (ADA, ending)
    assert seen.at >= before
    assert (await room.locks.look(store_keys.COMMANDER_LOCK)).name == ""


async def test_what_a_killed_commander_said_last_stays_when_the_lock_has_lapsed(room: Room) -> None:
    killed = CommanderLease(room.locks, ADA, TTL, CommanderHeartbeat(room.store, time))
    killed._stays = True
    assert await killed.sit() is not None
    await room.until_free()
    assert (await room.until(ADA, Sign.PRESENT)).at <= time()


async def test_who_takes_it_in_a_shell_is_noted_as_one_who_sits_nowhere(room: Room) -> None:
    async with room.sitting(ADA):
        await room.until(ADA, Sign.PRESENT)
        taken = await room.stool(BOB).take(await room.locks.look(store_keys.COMMANDER_LOCK))
        assert taken is not None
        await room.until(BOB, Sign.SHELL)
    seen = await room.seen()
    assert seen is not None
    assert seen.person == BOB, "who has lost the conn does not sign any more, not even on leaving"


async def test_a_conn_that_is_given_away_is_the_heirs_and_their_screen_keeps_it_from_then_on(room: Room) -> None:
    async with room.sitting(ADA) as ada:
        await room.until(ADA, Sign.PRESENT)
        async with room.sitting(BOB):
            await ada.let(await room.locks.look(store_keys.COMMANDER_LOCK), BOB)
            await room.until(BOB, Sign.PRESENT)
    assert (await room.locks.look(store_keys.COMMANDER_LOCK)).name == "", (
        "a screen gives back what it keeps, however it came to it"
    )


async def test_an_heir_without_a_screen_is_noted_and_one_who_is_nobody_means_that_the_giver_left(room: Room) -> None:
    ada = room.stool(ADA)
    assert await ada.take(await room.locks.look(store_keys.COMMANDER_LOCK)) is not None
    await ada.let(await room.locks.look(store_keys.COMMANDER_LOCK), BOB)
    await room.until(BOB, Sign.ASSIGNED)
    await room.stool(BOB).let(await room.locks.look(store_keys.COMMANDER_LOCK), "")
    await room.until(BOB, Sign.LEFT)


async def test_the_picture_has_it_by_looking_and_by_following(room: Room) -> None:
    assert await room.stool(ADA).take(await room.locks.look(store_keys.COMMANDER_LOCK)) is not None
    sources = Sources(room.store, room.locks)
    looked = await take_snapshot(POLICY, sources, time)
    board = Board(POLICY, time)
    task = asyncio.create_task(follow(board, sources, time))
    try:
        followed = await board.until(lambda s: s.presence.value is not None, 10)
        assert looked.presence.value == followed.presence.value == await room.seen()
        assert looked.presence.value is not None
        assert looked.presence.value.sign is Sign.SHELL
        await room.store.commit(Put(store_keys.PRESENCE, b"{broken"))
        broken = await board.until(lambda s: bool(s.presence.error), 10)
        assert broken.presence.value is None
        assert "locks/conn/seen" in broken.presence.error
        assert broken.commander.value.name == ADA
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_note_does_not_take_the_conn_that_nobody_has(room: Room) -> None:
    async def fresh(_past: str) -> Snapshot:
        return await take_snapshot(POLICY, Sources(room.store, room.locks), time)

    seat = CommanderLease(room.locks, ADA, TTL, CommanderHeartbeat(room.store, time))
    dispatcher = Dispatcher(room.store, fresh, time, seat, interactive=True)
    await Dispatcher(room.store, fresh, time, room.stool(BOB)).give(find_command("install"), CommandRequest(BOB))
    await dispatcher.dispatch(find_command("note"), CommandRequest(ADA, note="web-02 is slow"))
    assert (await room.locks.look(store_keys.COMMANDER_LOCK)).name == ""
    await dispatcher.dispatch(find_command("hold"), CommandRequest(ADA))
    assert (await room.locks.look(store_keys.COMMANDER_LOCK)).name == ADA
