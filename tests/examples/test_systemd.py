"""examples/systemd on a real systemd and a real gunicorn with a real agent, under load."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cockpit.agent.settings import AgentConfig
from cockpit.demo.processes.ports import free_ports
from tests.examples.python_host import APPLICATION, PythonHost
from tests.programs import need
from tests.systemd import Systemd, running_systemd

EXAMPLE = Path(__file__).parents[2] / "examples/systemd"
UNITS = ("shop.service", "shop.socket")


def units(folder: Path, port: int) -> dict[str, str]:
    """The example's units with the paths of this test."""
    replacements = {
        "/srv/shop": str(folder),
        "/usr/bin/gunicorn": f"{sys.executable} -m gunicorn",
        "127.0.0.1:8000": f"127.0.0.1:{port}",
        "User=shop": "User=root",
    }
    texts = {}
    for name in UNITS:
        text = (EXAMPLE / name).read_text()
        for old, new in replacements.items():
            text = text.replace(old, new)
        texts[name] = text
    return texts


@dataclass
class SystemdHost:
    """A systemd with the example's units, and its host."""

    systemd: Systemd
    host: PythonHost


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[SystemdHost]:
    (port,) = free_ports(1)
    with running_systemd(tmp_path, units(tmp_path / "host", port)) as systemd:
        assert systemd.run("start", "shop.socket").returncode == 0
        command = (
            "env",
            f"SYSTEMCTL={' '.join(systemd.systemctl)}",
            sys.executable,
            "-I",
            "-S",
            str(EXAMPLE / "hook.py"),
        )
        hooks = AgentConfig(
            reload=(*command, "restart", "shop.service"), health=(*command, "health"), timeout=60.0, health_most=15.0
        )
        yield SystemdHost(systemd, PythonHost(tmp_path / "host", f"http://127.0.0.1:{port}/", hooks))


async def test_restarts_under_load_lose_no_request_and_leave_no_old_process(machine: SystemdHost) -> None:
    host = machine.host
    first, second = host.build("first"), host.build("second")
    assert (await host.deploy(first)).serves(first)
    async with host.under_load():
        await host.until_answered("first")
        for build in (second, first, second):
            old = set(processes(machine.systemd))
            assert old
            assert (await host.deploy(build)).serves(build)
            assert not old & set(processes(machine.systemd))
            await host.until_answered(host.marks[build])
    assert host.answers.keys() == {"first", "second"}


async def test_a_build_that_cannot_start_is_reverted(machine: SystemdHost) -> None:
    host = machine.host
    good, bad = host.build("good"), host.build("bad", b"import nowhere\n" + APPLICATION)
    assert (await host.deploy(good)).serves(good)
    status = await host.deploy(bad)
    assert (status.build, status.failed) == (good, bad)
    async with host.under_load():
        await host.until_answered("good")
    assert host.answers.keys() == {"good"}


async def test_the_hook_prints_the_output_of_systemctl(machine: SystemdHost) -> None:
    env = {"SYSTEMCTL": " ".join(machine.systemd.systemctl)}
    argv = (sys.executable, "-I", "-S", str(EXAMPLE / "hook.py"), "restart", "nowhere.service")
    done = await asyncio.to_thread(subprocess.run, argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Unit nowhere.service not found" in done.stdout


def test_systemd_analyze_accepts_the_units(tmp_path: Path) -> None:
    need("systemd-analyze")
    (tmp_path / "host/current").mkdir(parents=True)
    for name, text in units(tmp_path / "host", 8000).items():
        (tmp_path / name).write_text(text)
    argv = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if "shop" in line]) == (0, [])


def processes(systemd: Systemd) -> list[str]:
    """The process ids in the service's control group."""
    group = systemd.run("show", "-p", "ControlGroup", "--value", "shop.service").stdout.strip()
    inside = [*systemd.systemctl[:-1], "cat", f"/sys/fs/cgroup{group}/cgroup.procs"]
    done = subprocess.run(inside, capture_output=True, text=True, check=True)
    return done.stdout.split()
