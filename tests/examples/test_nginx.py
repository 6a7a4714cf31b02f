"""examples/nginx on a real nginx with a real agent: no reply mixes two builds."""

import asyncio
import getpass
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from cockpit.adapters.command_runner import LocalCommands
from cockpit.agent.loop import Agent
from cockpit.agent.settings import AgentConfig, HostSettings
from cockpit.demo.processes.ports import free_ports
from tests.agent.hosts import Depot, set_target, target
from tests.fakes import MemoryStore
from tests.programs import need

HOOK = Path(__file__).parents[2] / "examples/nginx/hook.py"
CONFIG = """
user {user}; worker_processes 2; daemon off; pid {place}/nginx.pid; error_log {place}/error.log;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {place}/t1; proxy_temp_path {place}/t2;
  fastcgi_temp_path {place}/t3; uwsgi_temp_path {place}/t4; scgi_temp_path {place}/t5;
  server {{ listen 127.0.0.1:{port}; include {place}/host/root.conf; }} }}
"""


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """The URL of an nginx that serves nothing yet."""
    (port,) = free_ports(1)
    (tmp_path / "host").mkdir()
    (tmp_path / "host/root.conf").touch()
    tmp_path.chmod(0o755)
    (tmp_path / "nginx.conf").write_text(CONFIG.format(place=tmp_path, port=port, user=getpass.getuser()))
    server = await asyncio.create_subprocess_exec(need("nginx"), "-c", str(tmp_path / "nginx.conf"), stderr=-3)
    async with asyncio.timeout(30):
        while not (tmp_path / "nginx.pid").exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    await server.wait()


async def test_deploys_and_a_bad_configuration_under_load(url: str, tmp_path: Path) -> None:
    def hook(verb: str) -> tuple[str, ...]:
        return ("env", f"NGINX_CONF={tmp_path}/nginx.conf", sys.executable, "-I", "-S", str(HOOK), verb)

    hooks = AgentConfig(reload=hook("reload"), health=hook("health"), stuck_after=1.0)
    settings = HostSettings("web-1", "canary", tmp_path / "host", f"{url}/page", hooks)
    store, depot = MemoryStore(), Depot(tmp_path / "builds")

    async def deploy(build: str, serial: int) -> bool:
        await set_target(store, target(build, serial))
        return (await Agent(settings, store, depot, LocalCommands(), time.time).once()).serves(build)

    builds = {depot.add({"page": mark * 100_000, "twin": mark * 100_000}): mark for mark in (b"a", b"b", b"c")}
    assert await deploy(next(iter(builds)), 1)
    replies: list[tuple[int, str, bytes]] = []

    async def send_requests() -> None:
        async with httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0)) as client:
            while True:
                reply = await client.get(f"{url}/{'page' if len(replies) % 2 else 'twin'}")
                replies.append((reply.status_code, reply.headers.get("X-Build", ""), reply.content))

    clients = [asyncio.create_task(send_requests()) for _ in range(4)]
    for serial, build in enumerate([*builds, *builds], 2):
        assert await deploy(build, serial)
    for task in clients:
        task.cancel()
    results = await asyncio.gather(*clients, return_exceptions=True)
    assert [error for error in results if not isinstance(error, asyncio.CancelledError)] == []
    assert replies
    mixed = [(code, build, body[:1]) for code, build, body in replies if body != builds.get(build, b"") * 100_000]
    assert mixed == []
    assert {code for code, _, _ in replies} == {200}

    (tmp_path / "nginx.conf").write_text("invalid;" + (tmp_path / "nginx.conf").read_text())
    assert not await deploy(depot.add({"page": os.urandom(10)}), 9)
