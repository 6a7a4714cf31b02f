"""The demo company as one process: `python -m cockpit.demo.company FOLDER --story STORY --seed N`.

It makes the repository, starts the store, the application servers, the agents and the traffic, and asks for the first
build. Each step is a line on stdout. Everything ends with SIGTERM or with the parent. A company that is already in the
folder is resumed.
"""

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from cockpit.demo.faults import read_faults
from cockpit.demo.layout import DemoPlan, Layout, fleet_hosts, remove_folder
from cockpit.demo.processes import consul, parent_watch, prometheus
from cockpit.demo.processes.ports import free_ports
from cockpit.demo.processes.supervisor import Child, environment
from cockpit.demo.repository import make_origin
from cockpit.demo.settings import DemoSettings, StoreKind
from cockpit.demo.shop_history import Story
from cockpit.demo.traffic.balancer import Member
from cockpit.demo.traffic.client import ConnectionLost, Host
from cockpit.demo.traffic.load import HEALTH, RATE, LoadPlan
from cockpit.ports import Failed

READY = "every host serves"
"""The last line of progress."""
POLL = 0.1
"""Seconds between two checks of hosts that do not serve yet, and of ended children."""
START_TIMEOUT = 60.0
"""Seconds that a store or the hosts may take to start."""
WARM_SECONDS = 2.0
"""Seconds for which the rollback story's bad PR keeps a connection, at pace 1."""

Progress = Callable[[str], None]


class Company:
    """A company in `folder`. `progress` gets each step when it begins."""

    def __init__(self, folder: Path, settings: DemoSettings, progress: Progress) -> None:
        self._layout = Layout(folder)
        self._settings = settings
        self._progress = progress
        self._servers: list[Child] = []
        self._agents: list[Child] = []
        self._load: Child | None = None
        self._systems: list[Child] = []
        """Consul, Prometheus and Alertmanager, if the settings ask for them."""

    async def run(self) -> None:
        """Make or resume the company and keep it running until cancelled. Raises `Failed`."""
        supervising = asyncio.ensure_future(self._supervise())
        try:
            plan = await self._prepare()
            await self._start_store()
            fleet = await self._start_servers()
            await self._start_prometheus(fleet)
            self._start_agents(fleet)
            await self._install(plan)
            await self._wait_until_all_serve(fleet)
            self._start_load(fleet)
            self._progress(READY)
            await supervising
        finally:
            supervising.cancel()
            self.stop()

    def stop(self) -> None:
        """End every process, the traffic first, so that no request meets a server that ends."""
        if self._load:
            self._load.stop()
        for child in (*self._agents, *self._servers):
            child.terminate()
        for child in (*self._agents, *self._servers, *self._systems):
            child.stop()

    async def _supervise(self) -> None:
        """Restart processes that ended, as an init system would, and keep those in the faults file down."""
        while True:
            await asyncio.sleep(POLL)
            down = read_faults(self._layout.faults)
            for child in (*self._systems, *self._servers, *self._agents, self._load):
                if child and child.name in down:
                    child.kill()
                elif child:
                    child.restart_if_ended()

    async def _prepare(self) -> DemoPlan:
        """The plan of the company in this folder. Makes the company if it is missing or incomplete."""
        layout = self._layout
        layout.prepare(self._settings)
        if plan := layout.read_plan():
            self._progress("resuming the demo in this folder")
            return plan
        self._progress("making a repository with about forty pull requests")
        fresh = layout.origin.with_suffix(".new")
        for incomplete in (fresh, layout.origin):
            shutil.rmtree(incomplete, ignore_errors=True)
        made = await asyncio.to_thread(make_origin, fresh, self._settings.story, self._settings.seed)
        fresh.rename(layout.origin)
        origin = msgspec.structs.replace(made, path=str(layout.origin))
        layout.smoke.write_bytes(_git_show(layout.origin, f"{origin.released}:smoke.py"))
        plan = DemoPlan(self._settings, origin)
        half_written = layout.company.with_suffix(".new")
        half_written.write_bytes(msgspec.json.encode(plan))
        half_written.replace(layout.company)
        return plan

    async def _start_store(self) -> None:
        """Start Consul if it is the store."""
        if self._settings.store is not StoreKind.CONSUL:
            return
        folder = self._layout.consul
        self._progress("starting Consul")
        self._start_system("consul", consul.command(folder))
        await self._wait_until(lambda: consul.has_leader(folder), "Consul has no leader")

    async def _start_prometheus(self, fleet: Sequence[Member]) -> None:
        """Start Prometheus and Alertmanager if the settings ask for them."""
        if not self._settings.prometheus:
            return
        folder = self._layout.prometheus
        self._progress("starting Prometheus and Alertmanager")
        prometheus.write_targets(folder, fleet)
        for command in prometheus.commands(folder):
            self._start_system(command[0], command)
        await self._wait_until(lambda: prometheus.is_ready(folder), "Prometheus and Alertmanager are not ready")

    def _start_system(self, name: str, command: tuple[str, ...]) -> None:
        child = Child(self._layout.logs / f"{name}.log", *command, module=False)
        child.start()
        self._systems.append(child)

    async def _wait_until(self, holds: Callable[[], bool], problem: str) -> None:
        """Wait for another process. Raises `Failed` with `problem` at the timeout."""
        with suppress(TimeoutError):
            async with asyncio.timeout(START_TIMEOUT):
                while not await asyncio.to_thread(holds):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(POLL)
                return
        raise Failed("demo", problem, f"look into {self._layout.logs}")

    async def _start_servers(self) -> tuple[Member, ...]:
        """Start an application server for each host on a free port; the fleet with its URLs."""
        self._progress(f"starting {len(fleet_hosts())} application servers")
        env = {"SHOP_WARM_SECONDS": str(WARM_SECONDS / self._settings.pace)}
        urls: dict[str, str] = {}
        for (host, _), port in zip(fleet_hosts(), free_ports(len(fleet_hosts())), strict=True):
            folder = self._layout.host(host)
            (folder / "app.pid").unlink(missing_ok=True)
            argv = ("cockpit.demo.application.appserver", "--folder", str(folder), "--port", str(port))
            server = Child(self._layout.logs / f"{host}.app.log", *argv, env=env)
            server.start()
            self._servers.append(server)
            urls[host] = f"http://127.0.0.1:{port}"
        return tuple(Member(host, tier, urls[host]) for host, tier in fleet_hosts())

    def _start_agents(self, fleet: Sequence[Member]) -> None:
        self._progress(f"starting {len(fleet)} agents")
        for member in fleet:
            folder, log = self._layout.host(member.host), self._layout.logs / f"{member.host}.agent.log"
            options = ("--host", member.host, "--tier", member.tier, "--folder", str(folder), "--url", member.url)
            agent = Child(log, "cockpit", "--config", str(self._layout.config), "agent", *options)
            agent.start()
            self._agents.append(agent)

    async def _install(self, plan: DemoPlan) -> None:
        """Run `cockpit install`. Exit code 1 is accepted: a resumed company has its first build already."""
        self._progress("asking for the first build on every host")
        argv = ("install", "--at", plan.origin.released, "--why", "the demo begins")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cockpit", "--config", str(self._layout.config), *argv,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env=environment(),
        )  # fmt: skip
        _, stderr = await process.communicate()
        if process.returncode not in (0, 1):
            reason = stderr.decode(errors="replace").strip()
            raise Failed("demo", f"cannot ask for the first build: {reason}")

    async def _wait_until_all_serve(self, fleet: Sequence[Member]) -> None:
        self._progress(f"waiting for {len(fleet)} hosts to serve it")
        waiting = {member.host: Host.at(member.url) for member in fleet}
        try:
            async with asyncio.timeout(START_TIMEOUT):
                while waiting:
                    for name, host in tuple(waiting.items()):
                        if await _serves_a_build(host):
                            waiting.pop(name).close()
                    await asyncio.sleep(POLL)
        except TimeoutError as late:
            remedy = f"look into {self._layout.logs}"
            name = min(waiting)
            raise Failed("demo", f"{name} serves no build after {START_TIMEOUT:.0f} s", remedy) from late

    def _start_load(self, fleet: Sequence[Member]) -> None:
        settings = self._settings
        plan = LoadPlan(tuple(fleet), str(self._layout.tally), RATE * settings.pace, settings.seed)
        self._layout.traffic.write_bytes(msgspec.json.encode(plan))
        log = self._layout.logs / "load.log"
        self._load = Child(log, "cockpit.demo.traffic.load", "--plan", str(self._layout.traffic))
        self._load.start()


async def _serves_a_build(host: Host) -> bool:
    with suppress(OSError, TimeoutError, ConnectionLost, ValueError, KeyError):
        return bool(msgspec.json.decode((await host.send(HEALTH)).body)["build"])
    return False


def _git_show(origin: Path, name: str) -> bytes:
    return subprocess.run(["git", "--git-dir", str(origin), "show", name], capture_output=True, check=True).stdout


def _print_progress(line: str) -> None:
    """Print a line of progress; the reader may have ended."""
    with suppress(OSError):
        print(line, flush=True)


async def _run_until_signal(company: Company) -> int:
    task = asyncio.ensure_future(company.run())
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    if task.cancelled():
        return 0
    if failed := task.exception():
        print(failed, file=sys.stderr, flush=True)
        return 3
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the company until a signal ends it; the exit code."""
    parser = argparse.ArgumentParser(prog="cockpit.demo.company")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--story", type=Story, choices=list(Story), default=Story.HOTFIX)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--consul", action="store_true")
    parser.add_argument("--prometheus", action="store_true")
    parser.add_argument("--parent", type=int, default=0, help="end together with the parent process of this id")
    parser.add_argument("--temporary", action="store_true", help="remove the folder if the parent ended before us")
    options = parser.parse_args(argv)
    store = StoreKind.CONSUL if options.consul else StoreKind.SQLITE
    settings = DemoSettings(options.story, options.seed, store, options.prometheus, options.pace)
    code = 0
    if not options.parent or os.getppid() == options.parent:
        if options.parent:
            parent_watch.end_with_parent(options.parent, signal.SIGTERM)
        code = asyncio.run(_run_until_signal(Company(options.folder, settings, _print_progress)))
    if options.temporary and os.getppid() != options.parent:
        remove_folder(options.folder)
    return code


if __name__ == "__main__":
    sys.exit(main())
