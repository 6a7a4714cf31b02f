"""The commander's signs of life with each kind of lock: what stays in the store when the lock is gone."""

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
from tests.consul_server import ConsulProcess
from tests.scenario import POLICY
from tests.stores import STORES, open_store

ADA, BOB = "ada@box", "bob@box"
TTL = 1.0


@dataclass
class Terminals:
    """A store with its locks, and the terminals of several people."""

    store: Store
    locks: Locks

    async def presence(self) -> Presence | None:
        return read_presence(await self.store.get(store_keys.PRESENCE))[0]

    async def until(self, person: str, sign: Sign) -> Presence:
        async with asyncio.timeout(20):
            async for _ in with_ticks(self.store.watch(store_keys.LOCKS), 0.05):
                presence = await self.presence()
                if presence and (presence.person, presence.sign) == (person, sign):
                    return presence
        raise AssertionError("the watch ended")

    async def until_free(self) -> None:
        async with asyncio.timeout(20):
            async for _ in with_ticks(self.store.watch(store_keys.LOCKS), 0.05):
                if not (await self.locks.look(store_keys.COMMANDER_LOCK)).name:
                    return

    def shell(self, person: str) -> CommanderLease:
        """A command of that person in a shell."""
        return CommanderLease(self.locks, person, SHELL_TTL, CommanderHeartbeat(self.store, time))

    @asynccontextmanager
    async def screen(self, person: str, at_end: Sign = Sign.LEFT) -> AsyncIterator[CommanderLease]:
        """A screen of that person."""
        lease = CommanderLease(self.locks, person, TTL, CommanderHeartbeat(self.store, time, lambda: at_end))
        owner = store_keys.owner(store_keys.COMMANDER_LOCK)
        task = asyncio.create_task(lease.keep(lambda: with_ticks(self.store.watch(owner), TTL / 4), lambda error: None))
        try:
            yield lease
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(params=STORES)
async def terminals(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Terminals]:
    async with open_store(request.param, tmp_path, request) as store:
        if not isinstance(store, ConsulStore):
            yield Terminals(store, StoreLocks(store, time))
            return
        server: ConsulProcess = request.getfixturevalue("consul")
        client = ConsulClient(server.address)
        yield Terminals(store, ConsulLocks(client, store.place.split(" under ")[1].rstrip("/"), time))
        await client.close()


async def test_a_screen_writes_heartbeats(terminals: Terminals) -> None:
    async with terminals.screen(ADA):
        first = await terminals.until(ADA, Sign.PRESENT)
        async with asyncio.timeout(20):
            async for _ in with_ticks(terminals.store.watch(store_keys.LOCKS), 0.05):
                again = await terminals.presence()
                if again and again.at > first.at:
                    break


@pytest.mark.parametrize("at_end", [Sign.LEFT, Sign.LOST])
async def test_leaving_and_a_lost_connection_are_recorded_apart_and_both_free_the_lease(
    terminals: Terminals, at_end: Sign
) -> None:
    async with terminals.screen(ADA, at_end):
        await terminals.until(ADA, Sign.PRESENT)
        before = time()
    presence = await terminals.presence()
    assert presence is not None
    assert (presence.person, presence.sign) == (ADA, at_end)
    assert presence.at >= before
    assert (await terminals.locks.look(store_keys.COMMANDER_LOCK)).name == ""


async def test_a_killed_commanders_last_heartbeat_outlives_the_lock(terminals: Terminals) -> None:
    killed = CommanderLease(terminals.locks, ADA, TTL, CommanderHeartbeat(terminals.store, time))
    killed._has_screen = True
    assert await killed.acquire() is not None
    await terminals.until_free()
    assert (await terminals.until(ADA, Sign.PRESENT)).at <= time()


async def test_a_take_over_in_a_shell_is_recorded_as_such(terminals: Terminals) -> None:
    async with terminals.screen(ADA):
        await terminals.until(ADA, Sign.PRESENT)
        taken = await terminals.shell(BOB).take_over(await terminals.locks.look(store_keys.COMMANDER_LOCK))
        assert taken is not None
        await terminals.until(BOB, Sign.SHELL)
    presence = await terminals.presence()
    assert presence is not None
    assert presence.person == BOB, "a former commander writes no sign, not even at the end"


async def test_after_a_hand_over_the_new_commanders_screen_keeps_the_lease(terminals: Terminals) -> None:
    async with terminals.screen(ADA) as ada:
        await terminals.until(ADA, Sign.PRESENT)
        async with terminals.screen(BOB):
            await ada.hand_over(await terminals.locks.look(store_keys.COMMANDER_LOCK), BOB)
            await terminals.until(BOB, Sign.PRESENT)
    assert (await terminals.locks.look(store_keys.COMMANDER_LOCK)).name == "", (
        "a screen releases its lease, however it got it"
    )


async def test_a_hand_over_records_the_new_commander_or_that_the_old_one_left(terminals: Terminals) -> None:
    ada = terminals.shell(ADA)
    assert await ada.take_over(await terminals.locks.look(store_keys.COMMANDER_LOCK)) is not None
    await ada.hand_over(await terminals.locks.look(store_keys.COMMANDER_LOCK), BOB)
    await terminals.until(BOB, Sign.ASSIGNED)
    await terminals.shell(BOB).hand_over(await terminals.locks.look(store_keys.COMMANDER_LOCK), "")
    await terminals.until(BOB, Sign.LEFT)


async def test_the_sign_of_life_is_read_once_and_followed(terminals: Terminals) -> None:
    assert await terminals.shell(ADA).take_over(await terminals.locks.look(store_keys.COMMANDER_LOCK)) is not None
    sources = Sources(terminals.store, terminals.locks)
    taken = await take_snapshot(POLICY, sources, time)
    board = Board(POLICY, time)
    task = asyncio.create_task(follow(board, sources, time))
    try:
        followed = await board.until(lambda s: s.presence.value is not None, 10)
        assert taken.presence.value == followed.presence.value == await terminals.presence()
        assert taken.presence.value is not None
        assert taken.presence.value.sign is Sign.SHELL
        await terminals.store.commit(Put(store_keys.PRESENCE, b"{broken"))
        broken = await board.until(lambda s: bool(s.presence.error), 10)
        assert broken.presence.value is None
        assert "locks/conn/seen" in broken.presence.error
        assert broken.commander.value.name == ADA
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_note_makes_no_person_commander(terminals: Terminals) -> None:
    async def fresh(_past: str) -> Snapshot:
        return await take_snapshot(POLICY, Sources(terminals.store, terminals.locks), time)

    lease = CommanderLease(terminals.locks, ADA, TTL, CommanderHeartbeat(terminals.store, time))
    dispatcher = Dispatcher(terminals.store, fresh, time, lease, interactive=True)
    await Dispatcher(terminals.store, fresh, time, terminals.shell(BOB)).dispatch(
        find_command("install"), CommandRequest(BOB)
    )
    await dispatcher.dispatch(find_command("note"), CommandRequest(ADA, note="web-02 is slow"))
    assert (await terminals.locks.look(store_keys.COMMANDER_LOCK)).name == ""
    await dispatcher.dispatch(find_command("hold"), CommandRequest(ADA))
    assert (await terminals.locks.look(store_keys.COMMANDER_LOCK)).name == ADA
