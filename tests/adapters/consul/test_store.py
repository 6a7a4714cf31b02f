"""What is special about Consul: its limits, restarts, and writes whose answer is lost."""

import asyncio
import base64
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import time
from uuid import uuid4

import pytest

from cockpit.adapters.consul.address import ConsulAddress
from cockpit.adapters.consul.client import ConsulAnswer, ConsulClient
from cockpit.adapters.consul.locks import ConsulLocks
from cockpit.adapters.consul.store import MAX_OPERATIONS, ConsulStore
from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.control.log_verification import verify
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Entry, Failed, Put, Unconfirmed, Write
from tests.consul_server import ConsulProcess, consul_server
from tests.scenario import POLICY

PATIENCE = 20.0


def opened(address: ConsulAddress, read_only: bool = False) -> ConsulStore:
    return ConsulStore(ConsulClient(address), f"tests/{uuid4()}", read_only=read_only)


@pytest.fixture(scope="module")
def own_server() -> Iterator[ConsulProcess]:
    """A server for this module alone, because its tests kill it."""
    with tempfile.TemporaryDirectory(prefix="cockpit-consul-") as folder, consul_server(Path(folder)) as server:
        yield server


async def test_a_transaction_with_too_many_operations_is_refused(consul: ConsulProcess) -> None:
    store = opened(consul.address)
    with pytest.raises(Failed, match=r"65 operations .* the limit is 64; nothing was written"):
        await store.commit(*(Put(f"k{n}", b"") for n in range(MAX_OPERATIONS + 1)))
    assert await store.list("") == ()
    await store.close()


async def test_a_value_that_is_too_large_is_refused_with_the_limit(consul: ConsulProcess) -> None:
    store = opened(consul.address)
    with pytest.raises(Failed, match=r"too much for one transaction: .*524288"):
        await store.commit(Put("large", b"x" * 600_000))
    assert await store.get("large") is None
    await store.close()


async def test_a_read_only_store_refuses_writes(consul: ConsulProcess) -> None:
    store = opened(consul.address, read_only=True)
    with pytest.raises(Failed, match="read-only"):
        await store.commit(Put("a", b""))
    assert await store.list("") == ()
    await store.close()


async def test_a_watch_fails_with_its_server_and_a_new_one_starts_from_the_beginning(
    own_server: ConsulProcess,
) -> None:
    store = opened(own_server.address)
    await store.commit(Put("a", b"1"), Put("b", b"1"))
    watch = store.watch("")
    await anext(watch)
    own_server.kill()
    with pytest.raises(Failed):
        async with asyncio.timeout(PATIENCE):
            await anext(watch)
    own_server.start()
    await asyncio.to_thread(own_server.wait_for_leader)
    assert [entry.value for entry in await anext(store.watch(""))] == [b"1", b"1"]
    await store.close()


async def test_a_restarted_server_never_answers_with_old_values(own_server: ConsulProcess) -> None:
    """Inconsistent reads would answer 404 first, and then every old value in order."""
    store = opened(own_server.address)
    last = 0
    for n in range(300):
        last = await store.commit(Put("targets/canary", b"%d" % n))
    for _ in range(3):
        own_server.kill()
        own_server.start()
        answers: list[Entry | None] = []
        async with asyncio.timeout(PATIENCE):
            while len(answers) < 20:
                try:
                    answers.append(await store.get("targets/canary"))
                except Failed:
                    await asyncio.sleep(0.005)  # it does not answer yet
        assert answers == [Entry("targets/canary", b"299", last)] * 20
    await store.close()


async def test_a_watch_of_a_wiped_server_has_only_new_entries(own_server: ConsulProcess) -> None:
    store = opened(own_server.address)
    await store.commit(Put("kept", b"old"), Put("gone", b"old"))
    for n in range(5):
        await store.commit(Put("later", b"%d" % n))
    watch = store.watch("")
    await anext(watch)
    own_server.kill()
    with pytest.raises(Failed):
        await anext(watch)
    own_server.wipe()
    own_server.start()
    await asyncio.to_thread(own_server.wait_for_leader)
    await store.commit(Put("kept", b"new"))
    entries = {entry.key: entry.value for entry in await anext(store.watch(""))}
    assert entries == {"kept": b"new"}
    await store.close()


class Cutter:
    """A proxy that cuts the connection once, after a request went through and before its answer is returned."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.port = 0
        self.armed = False
        self.cut = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.to)
        sending = asyncio.ensure_future(self._send(reader, back))
        with suppress(ConnectionError, asyncio.CancelledError):
            while answer := await there.read(65536):
                if self.armed:
                    self.armed = False
                    self.cut += 1
                    break
                writer.write(answer)
                await writer.drain()
        sending.cancel()
        writer.close()
        back.close()

    async def _send(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while request := await reader.read(65536):
                back.write(request)


async def test_a_write_whose_answer_is_lost_is_done_once_and_does_not_conflict(consul: ConsulProcess) -> None:
    line = Cutter(consul.http)
    async with line.open():
        client, root = ConsulClient(ConsulAddress("127.0.0.1", line.port)), f"tests/{uuid4()}"

        class Armed(ConsulStore):
            """While `armed`, the answer to the next write is cut off."""

            armed = False

            async def commit(self, *writes: Write, durable: bool = True) -> int:
                line.armed, self.armed = self.armed or line.armed, False
                return await super().commit(*writes, durable=durable)

        store = Armed(client, root)
        await store.commit(Put("warm", b""))  # the connection is kept from here on
        line.armed = True
        with pytest.raises(Unconfirmed, match="may have succeeded"):
            await store.commit(Put("a", b"1", 0))
        assert line.cut == 1
        assert await store.get("a") is not None
        locks = ConsulLocks(client, root, time)

        async def fresh(_past: str) -> Snapshot:
            return await take_snapshot(POLICY, Sources(store, locks), time)

        store.armed = True
        outcome = await Dispatcher(store, fresh, time, CommanderLease(locks, "ada@box")).dispatch(
            find_command("install"), CommandRequest("ada@box")
        )
        assert isinstance(outcome, Done)
        assert line.cut == 2
        assert (await verify(store)).events == 1
        await store.close()


class Scripted(ConsulClient):
    """Gives the scripted answers in order, and then waits for a change that never comes."""

    def __init__(self, *answers: ConsulAnswer) -> None:
        super().__init__(ConsulAddress("nowhere", 1))
        self.answers = list(answers)
        self.asked: list[tuple[tuple[str, str], ...]] = []
        self.out = asyncio.Event()

    async def read(self, path: str, *params: tuple[str, str], expect: tuple[int, ...] = (200,)) -> ConsulAnswer:
        return self.answers.pop(0) if ("recurse", "") in params else ConsulAnswer(404, 0, b"")

    async def wait(self, path: str, *params: tuple[str, str], expect: tuple[int, ...] = (200,)) -> ConsulAnswer:
        self.asked.append(params)
        if not self.answers:
            self.out.set()
            await asyncio.Event().wait()
        return self.answers.pop(0)


def listing(index: int, **values: str) -> ConsulAnswer:
    """A listing in which every key has the same version."""
    rows = [
        {"Key": f"r/{key}", "ModifyIndex": 7, "Value": base64.b64encode(value.encode()).decode()}
        for key, value in values.items()
    ]
    return ConsulAnswer(200, index, json.dumps(rows).encode())


async def test_a_lower_index_means_a_restored_server_and_every_entry_counts_as_changed() -> None:
    client = Scripted(listing(40, a="old", b="old"), listing(41, a="old", b="old"), listing(9, a="new"))
    watch = ConsulStore(client, "r").watch("")
    assert [entry.key for entry in await anext(watch)] == ["a", "b"]
    assert await anext(watch) == (Entry("a", b"new", 7), Entry("b", None, 9))
    waiting = asyncio.ensure_future(anext(watch))
    await client.out.wait()
    waiting.cancel()
    assert [dict(params)["index"] for params in client.asked] == ["40", "41", "9"]


async def test_a_fleet_that_exceeds_the_connection_limit_gets_a_warning(consul: ConsulProcess) -> None:
    store = opened(consul.address)
    assert await store.advice(20) == ""
    assert (
        await store.advice(1000)
        == "accepts 500 connections from one machine, enough for 166 hosts: run Consul on each host"
    )
    await store.close()
