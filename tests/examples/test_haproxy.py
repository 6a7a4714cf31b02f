"""examples/haproxy on a real HAProxy: a host is drained and enabled again, and errors are reported."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.adapters.command_runner import LocalCommands
from cockpit.demo.processes.ports import free_ports
from cockpit.ports import CommandOutcome
from tests.programs import need

HOOK = Path(__file__).parents[2] / "examples/haproxy/hook.py"
CONFIG = """
global
    stats socket {socket} level admin
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend in
    bind 127.0.0.1:{port}
    default_backend shop
backend shop
    server web-1 127.0.0.1:9
"""


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Path]:
    """The runtime socket of a HAProxy with one server, web-1."""
    path = tmp_path / "admin.sock"
    (port,) = free_ports(1)
    (tmp_path / "haproxy.cfg").write_text(CONFIG.format(socket=path, port=port))
    balancer = subprocess.Popen(
        [need("haproxy"), "-db", "-f", str(tmp_path / "haproxy.cfg")], stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 30
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(path))
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    yield path
    balancer.kill()
    balancer.wait()


async def hook(path: Path, verb: str, host: str = "web-1") -> CommandOutcome:
    env = {"HAPROXY_SOCKET": str(path), "HAPROXY_BACKEND": "shop", "COCKPIT_HOST": host}
    return await LocalCommands().run((sys.executable, "-I", "-S", str(HOOK), verb), env, None, 20)


def admin_state(path: Path) -> int:
    """The state in `show servers state`: 0 for ready, bit 8 for drained."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(b"show servers state shop\n")
        reply = b""
        while part := connection.recv(65536):
            reply += part
    return int(reply.decode().splitlines()[2].split()[6])


async def test_the_hooks_drain_and_undrain_the_host_and_are_idempotent(runtime: Path) -> None:
    for verb, drained in (("drain", True), ("drain", True), ("undrain", False), ("undrain", False)):
        assert (await hook(runtime, verb)).code == 0
        assert bool(await asyncio.to_thread(admin_state, runtime) & 8) is drained


async def test_inflight_is_done_without_requests(runtime: Path) -> None:
    done = await hook(runtime, "inflight")
    assert (done.code, done.output) == (0, "0 requests in flight\n")


async def test_an_unknown_host_fails_with_the_message_of_haproxy(runtime: Path) -> None:
    for verb, message in (("drain", "No such server"), ("undrain", "No such server"), ("inflight", "no server web-9")):
        done = await hook(runtime, verb, "web-9")
        assert done.code == 1
        assert message in done.output


async def test_a_missing_haproxy_fails(tmp_path: Path) -> None:
    done = await hook(tmp_path / os.urandom(4).hex(), "drain")
    assert done.code == 1
    assert "No such file" in done.output
