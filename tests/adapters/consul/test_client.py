"""Connections to Consul: errors, IPv6 and TLS."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from cockpit.adapters.consul.address import ConsulAddress
from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.store import ConsulStore
from cockpit.demo.processes.ports import free_ports
from cockpit.ports import Conflict, Entry, Failed, Put
from tests.consul_server import ConsulProcess
from tests.programs import need

PATIENCE = 20.0


def opened(address: ConsulAddress, read_only: bool = False) -> ConsulStore:
    return ConsulStore(ConsulClient(address), f"tests/{uuid4()}", read_only=read_only)


async def test_an_unreachable_server_is_reported_with_a_remedy() -> None:
    store = opened(ConsulAddress("127.0.0.1", free_ports(1)[0], token="s3cret"))
    with pytest.raises(Failed, match="connection refused; start Consul there") as refused:
        await store.commit(Put("a", b""))
    assert not isinstance(refused.value, Conflict)
    assert "s3cret" not in str(refused.value)
    await store.close()


@asynccontextmanager
async def answering(body: bytes, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """The port of a server that always answers with `body`."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                head = b"HTTP/1.1 200 OK\r\nX-Consul-Index: 5\r\nContent-Length: %d\r\n\r\n" % len(body)
                writer.write(head + body)
        writer.close()

    server = await asyncio.start_server(answer, host, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_server_that_is_not_consul_is_reported() -> None:
    async with answering(b"<html>hello</html>") as port:
        store = opened(ConsulAddress("127.0.0.1", port))
        for request in (store.get("a"), store.list(""), anext(store.watch(""))):
            with pytest.raises(Failed, match="does not answer as Consul does"):
                await request
        await store.close()


async def test_an_ipv6_address_is_reached() -> None:
    async with answering(b'[{"Key":"r/a","ModifyIndex":5,"Value":null}]', "::1") as port:
        store = ConsulStore(ConsulClient(ConsulAddress("::1", port)), "r")
        assert await store.get("a") == Entry("a", b"", 5)
        await store.close()


async def test_an_invalid_ca_file_is_reported_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    store = opened(ConsulAddress("127.0.0.1", 1, "https", verify=str(tmp_path / "ca.pem")))
    with pytest.raises(Failed, match=r"TLS.*store\.ca"):
        await store.get("a")
    await store.close()


async def test_a_closed_store_refuses_requests(consul: ConsulProcess) -> None:
    store = opened(consul.address)
    await store.close()
    with pytest.raises(Failed, match="was closed"):
        await store.get("a")


@pytest.fixture
def tls(tmp_path: Path) -> dict[str, str]:
    """Certificates of a CA, a server and a client, made by Consul's own tool."""
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


async def test_tls_verifies_the_server_and_the_client(tmp_path: Path, tls: dict[str, str]) -> None:
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
