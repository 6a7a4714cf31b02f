"""What is Consul's own: its limits, its failures in our words, another history, TLS."""

import asyncio
import base64
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from time import time
from uuid import uuid4

import pytest

from cockpit.adapters.consul.address import ConsulAddress
from cockpit.adapters.consul.client import ConsulAnswer, ConsulClient
from cockpit.adapters.consul.locks import ConsulLocks
from cockpit.adapters.consul.store import MOST_OPERATIONS, ConsulStore
from cockpit.control.command_table import command_named
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds import Sources, gather
from cockpit.control.log_verification import verify
from cockpit.demo.processes.ports import free_ports
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Conflict, Entry, Failed, Put, Unconfirmed, Write
from tests.consuls import ConsulProcess, consul_server
from tests.programs import need
from tests.scenario import POLICY

PATIENCE = 20.0


def opened(address: ConsulAddress, read_only: bool = False) -> ConsulStore:
    return ConsulStore(ConsulClient(address), f"tests/{uuid4()}", read_only=read_only)


async def test_a_transaction_of_too_many_operations_is_refused_whole_and_never_split(consul: ConsulProcess) -> None:
    store = opened(consul.address)
    with pytest.raises(Failed, match=r"65 operations .* takes 64; nothing was written"):
        await store.commit(*(Put(f"k{n}", b"") for n in range(MOST_OPERATIONS + 1)))
    assert await store.list("") == ()
    await store.close()


async def test_a_value_that_is_too_large_is_refused_with_the_limit(consul: ConsulProcess) -> None:
    store = opened(consul.address)
    with pytest.raises(Failed, match=r"too much for one transaction: .*524288"):
        await store.commit(Put("large", b"x" * 600_000))
    assert await store.get("large") is None
    await store.close()


async def test_what_was_opened_read_only_writes_nothing(consul: ConsulProcess) -> None:
    store = opened(consul.address, read_only=True)
    with pytest.raises(Failed, match="read-only"):
        await store.commit(Put("a", b""))
    assert await store.list("") == ()
    await store.close()


async def test_a_server_that_is_not_there_is_named_with_the_way_out() -> None:
    store = opened(ConsulAddress("127.0.0.1", free_ports(1)[0], token="s3cret"))
    with pytest.raises(Failed, match="connection refused; start Consul there") as refused:
        await store.commit(Put("a", b""))
    assert not isinstance(refused.value, Conflict)
    assert "s3cret" not in str(refused.value)
    await store.close()


async def test_a_watch_breaks_with_the_server_and_tells_all_anew_when_it_is_opened_again(tmp_path: Path) -> None:
    with consul_server(tmp_path) as server:
        store = opened(server.address)
        await store.commit(Put("a", b"1"), Put("b", b"1"))
        watch = store.watch("")
        await anext(watch)
        server.kill()
        with pytest.raises(Failed):
            async with asyncio.timeout(PATIENCE):
                await anext(watch)
        server.start()
        await asyncio.to_thread(server.until_led)
        assert [entry.value for entry in await anext(store.watch(""))] == [b"1", b"1"]
        await store.close()


async def test_a_server_that_replays_its_log_never_answers_with_its_past(tmp_path: Path) -> None:
    """Other reads than consistent ones give 404 first, and then every value in order."""
    with consul_server(tmp_path) as server:
        store = opened(server.address)
        last = 0
        for n in range(300):
            last = await store.commit(Put("targets/canary", b"%d" % n))
        for _ in range(3):
            server.kill()
            server.start()
            answers: list[Entry | None] = []
            async with asyncio.timeout(PATIENCE):
                while len(answers) < 20:
                    try:
                        answers.append(await store.get("targets/canary"))
                    except Failed:
                        await asyncio.sleep(0.005)  # it does not answer yet
            assert answers == [Entry("targets/canary", b"299", last)] * 20
        await store.close()


async def test_a_watch_that_is_opened_on_a_wiped_server_tells_nothing_of_before(tmp_path: Path) -> None:
    with consul_server(tmp_path) as server:
        store = opened(server.address)
        await store.commit(Put("kept", b"old"), Put("gone", b"old"))
        for n in range(5):
            await store.commit(Put("later", b"%d" % n))
        watch = store.watch("")
        await anext(watch)
        server.kill()
        with pytest.raises(Failed):
            await anext(watch)
        server.wipe()
        server.start()
        await asyncio.to_thread(server.until_led)
        await store.commit(Put("kept", b"new"))
        told = {entry.key: entry.value for entry in await anext(store.watch(""))}
        assert told == {"kept": b"new"}
        await store.close()


class Cutter:
    """A line to a server that breaks, once, after a request went through and before its answer comes back."""

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
            while said := await reader.read(65536):
                back.write(said)


async def test_a_write_whose_answer_was_cut_off_is_made_once_and_is_no_conflict(consul: ConsulProcess) -> None:
    line = Cutter(consul.http)
    async with line.open():
        client, root = ConsulClient(ConsulAddress("127.0.0.1", line.port)), f"tests/{uuid4()}"

        class Armed(ConsulStore):
            """Once it is `armed`, the answer to its next write is cut off."""

            armed = False

            async def commit(self, *writes: Write, durable: bool = True) -> int:
                line.armed, self.armed = self.armed or line.armed, False
                return await super().commit(*writes, durable=durable)

        store = Armed(client, root)
        await store.commit(Put("warm", b""))  # the connection is kept from here on
        line.armed = True
        with pytest.raises(Unconfirmed, match="may have been done"):
            await store.commit(Put("a", b"1", 0))
        assert line.cut == 1
        assert await store.get("a") is not None
        locks = ConsulLocks(client, root, time)

        async def fresh(_past: str) -> Snapshot:
            return await gather(Snapshot(POLICY, time()), Sources(store, locks), time)

        store.armed = True
        outcome = await Dispatcher(store, fresh, time, CommanderLease(locks, "ada@box")).give(
            command_named("install"), CommandRequest("ada@box")
        )
        assert isinstance(outcome, Done)
        assert line.cut == 2
        assert (await verify(store)).events == 1
        await store.close()


@asynccontextmanager
async def answering(body: bytes, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """A server that always answers that, and its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                head = b"HTTP/1.1 200 OK\r\nX-Consul-Index: 5\r\nContent-Length: %d\r\n\r\n" % len(body)
                writer.write(head + body)
        writer.close()

    server = await asyncio.start_server(answer, host, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_what_is_not_consul_is_named_so_and_ends_nothing() -> None:
    async with answering(b"<html>hello</html>") as port:
        store = opened(ConsulAddress("127.0.0.1", port))
        for asking in (store.get("a"), store.list(""), anext(store.watch(""))):
            with pytest.raises(Failed, match="does not answer as Consul does"):
                await asking
        await store.close()


async def test_an_address_of_ipv6_is_reached() -> None:
    async with answering(b'[{"Key":"r/a","ModifyIndex":5,"Value":null}]', "::1") as port:
        store = ConsulStore(ConsulClient(ConsulAddress("::1", port)), "r")
        assert await store.get("a") == Entry("a", b"", 5)
        await store.close()


async def test_a_certificate_that_cannot_be_read_is_a_failure_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    store = opened(ConsulAddress("127.0.0.1", 1, "https", verify=str(tmp_path / "ca.pem")))
    with pytest.raises(Failed, match=r"TLS.*store\.ca"):
        await store.get("a")
    await store.close()


async def test_a_store_that_was_closed_says_so(consul: ConsulProcess) -> None:
    store = opened(consul.address)
    await store.close()
    with pytest.raises(Failed, match="was closed"):
        await store.get("a")


class Scripted(ConsulClient):
    """Answers what it is given, one after the other; then it waits for a change that never comes."""

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


async def test_an_index_that_fell_means_another_history_in_which_a_version_says_nothing() -> None:
    client = Scripted(listing(40, a="old", b="old"), listing(41, a="old", b="old"), listing(9, a="new"))
    watch = ConsulStore(client, "r").watch("")
    assert [entry.key for entry in await anext(watch)] == ["a", "b"]
    assert await anext(watch) == (Entry("a", b"new", 7), Entry("b", None, 9))
    waiting = asyncio.ensure_future(anext(watch))
    await client.out.wait()
    waiting.cancel()
    assert [dict(params)["index"] for params in client.asked] == ["40", "41", "9"]


@pytest.fixture
def tls(tmp_path: Path) -> dict[str, str]:
    """The certificates of an authority, a server and a client, by Consul's own tool."""
    program = need("consul")
    for made in (("ca", "create"), ("cert", "create", "-server"), ("cert", "create", "-client")):
        subprocess.run([program, "tls", *made], cwd=tmp_path, check=True, capture_output=True)
    names = {
        "ca": "consul-agent-ca.pem",
        "cert": "dc1-server-consul-0.pem",
        "key": "dc1-server-consul-0-key.pem",
        "client": "dc1-client-consul-0.pem",
        "client_key": "dc1-client-consul-0-key.pem",
    }
    return {name: str(tmp_path / file) for name, file in names.items()}


async def test_over_tls_both_sides_prove_who_they_are(tmp_path: Path, tls: dict[str, str]) -> None:
    server = ConsulProcess(tmp_path / "consul", "solo", tls=tls)
    try:
        server.start()
        ours = (tls["client"], tls["client_key"])
        good = ConsulAddress("localhost", server.https, "https", verify=tls["ca"], cert=ours)
        store = opened(good)
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await store.commit(Put("a", b"1"))
                    break
                except Failed:
                    await asyncio.sleep(0.05)  # no leader yet
        assert [entry.value for entry in await store.list("")] == [b"1"]
        await store.close()
        for bad in (replace(good, verify=True), replace(good, cert=None)):
            store = opened(bad)
            with pytest.raises(Failed, match="TLS"):
                await store.list("")
            await store.close()
    finally:
        server.kill()


async def test_a_fleet_that_is_too_large_for_the_connections_of_one_machine_is_told_so(consul: ConsulProcess) -> None:
    store = opened(consul.address)
    assert await store.advice(20) == ""
    assert await store.advice(1000) == "takes 500 connections from one machine, for 166 hosts: run Consul on each host"
    await store.close()
