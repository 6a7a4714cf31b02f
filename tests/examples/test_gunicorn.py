"""examples/gunicorn on a real gunicorn with a real agent, under load, and the pitfall that it avoids."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cockpit.agent.settings import AgentConfig
from cockpit.demo.processes.ports import free_ports
from cockpit.deploy.hosts.status import HostState
from tests.examples.python_host import APPLICATION, PythonHost

EXAMPLE = Path(__file__).parents[2] / "examples/gunicorn"
GUNICORN = (sys.executable, "-m", "gunicorn")
AS_IN_EXAMPLE = (*GUNICORN, "-c", str(EXAMPLE / "gunicorn.conf.py"), "shop:application")


@asynccontextmanager
async def running(folder: Path, health_most: float = 30.0, in_current: bool = False) -> AsyncIterator[PythonHost]:
    """A host with gunicorn on its first build, started as in the example or inside `current`."""
    (port,) = free_ports(1)
    env_vars = {"SHOP": str(folder), "SHOP_BIND": f"127.0.0.1:{port}", "GUNICORN_PIDFILE": f"{folder}/gunicorn.pid"}
    hook = ("env", *(f"{key}={value}" for key, value in env_vars.items()), sys.executable, "-I", "-S")
    hook = (*hook, str(EXAMPLE / "hook.py"))
    reload, health = (*hook, "reload", *AS_IN_EXAMPLE), (*hook, "health")
    hooks = AgentConfig(reload=reload, health=health, timeout=30.0, health_most=health_most)
    host = PythonHost(folder, f"http://127.0.0.1:{port}/", hooks)
    first = asyncio.create_task(host.deploy(host.build("first")))
    async with asyncio.timeout(60):
        while not (folder / "current").exists():  # noqa: ASYNC110 - the agent makes it
            await asyncio.sleep(0.02)
    plain = (*GUNICORN, "-b", env_vars["SHOP_BIND"], "-p", env_vars["GUNICORN_PIDFILE"], "-w", "2", "shop:application")
    # as under systemd: a shell sets PWD, which would name `current`
    env = {key: value for key, value in os.environ.items() if key != "PWD"} | env_vars
    argv, cwd = (plain, folder / "current") if in_current else (AS_IN_EXAMPLE, folder)
    with (folder.parent / "log").open("ab") as log:
        master = await asyncio.create_subprocess_exec(*argv, cwd=cwd, env=env, stderr=log)
    try:
        assert (await first).state is HostState.SERVING
        yield host
    finally:
        first.cancel()
        if master.returncode is None:
            master.terminate()
        await master.wait()


async def test_deploys_and_a_rollback_lose_no_request_and_leave_no_old_worker(tmp_path: Path) -> None:
    async with running(tmp_path / "host") as host, host.under_load():
        one, two, three = (host.build(mark) for mark in ("one", "two", "three"))
        for build in (one, two, three, one):
            assert (await host.deploy(build)).serves(build)
            before = host.answers.copy()
            await host.until_answered(host.marks[build])
            # at most the requests in flight when the old workers ended
            late = {mark: count for mark, count in (host.answers - before).items() if mark != host.marks[build]}
            assert sum(late.values()) <= 4
    assert host.answers.keys() == {"first", "one", "two", "three"}


async def test_a_build_that_cannot_be_loaded_never_reaches_the_running_gunicorn(tmp_path: Path) -> None:
    async with running(tmp_path / "host") as host:
        good = host.build("good")
        assert (await host.deploy(good)).serves(good)
        async with host.under_load():
            status = await host.deploy(host.build("bad", b"import nowhere\n" + APPLICATION))
            assert status.serves(good) or status.build == good
            assert "No module named 'nowhere'" in status.detail
            await host.until_answered("good")
    assert host.answers.keys() == {"good"}


async def test_a_gunicorn_started_inside_current_keeps_the_old_build_and_health_fails(tmp_path: Path) -> None:
    async with running(tmp_path / "host", health_most=3.0, in_current=True) as host, host.under_load():
        status = await host.deploy(host.build("next"))
        assert status.state is HostState.FAILED
        assert "not done" in status.detail
        await host.until_answered("first")
    assert host.answers.keys() == {"first"}
