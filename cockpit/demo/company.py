"""The company as one process: `python -m cockpit.demo.company FOLDER --story STORY --seed N`.

It makes the repository, runs an application server and an agent for each host and the traffic, asks for the first
build, and says on stdout how far it is. It ends all of it when it is told to or when whoever started it is gone; a
company that is in the folder already goes on from where it was.
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
from cockpit.demo.layout import Layout, Plot, StoreKind, discard, members
from cockpit.demo.processes import consul, parent_watch, prometheus
from cockpit.demo.processes.ports import free_ports
from cockpit.demo.processes.supervisor import Child, environment
from cockpit.demo.repository import make_origin
from cockpit.demo.shop_history import Story
from cockpit.demo.traffic.balancer import Member
from cockpit.demo.traffic.client import ConnectionLost, Host
from cockpit.demo.traffic.load import HEALTH, LoadPlan
from cockpit.ports import Failed

READY = "every host serves"
"""The last line of progress."""
LOOK = 0.1
"""Seconds between two looks at hosts that do not serve yet, and at children that may have ended."""
SERVING = 60.0
"""Seconds that hosts may take until they serve."""

Progress = Callable[[str], None]


class Company:
    """A company in `folder`. `progress` is told each step when it begins."""

    def __init__(
        self, folder: Path, story: Story, seed: int, store: StoreKind, with_prometheus: bool, progress: Progress
    ) -> None:
        self._layout = Layout(folder)
        self._kind = store
        self._with_prometheus = with_prometheus
        self._story = story
        self._seed = seed
        self._progress = progress
        self._servers: list[Child] = []
        self._agents: list[Child] = []
        self._load: Child | None = None
        self._systems: list[Child] = []
        """Consul, Prometheus and Alertmanager, where they are asked for."""

    async def run(self) -> None:
        """Make or take up the company, and keep it going until cancelled. Raises `Failed`."""
        mending = asyncio.ensure_future(self._mend())
        try:
            plot = await self._make()
            await self._start_store()
            fleet = await self._start_servers()
            await self._start_prometheus(fleet)
            self._start_agents(fleet)
            await self._install(plot)
            await self._until_all_serve(fleet)
            self._start_load(fleet)
            self._progress(READY)
            await mending
        finally:
            mending.cancel()
            self.stop()

    def stop(self) -> None:
        """End everything: traffic first, so that no request meets a server that goes."""
        if self._load:
            self._load.end()
        for child in (*self._agents, *self._servers):
            child.tell_to_end()
        for child in (*self._agents, *self._servers):
            child.end()
        for child in self._systems:
            child.end()

    async def _mend(self) -> None:
        """Start again what ended by itself, as a host's init system would; a drill keeps some down."""
        while True:
            await asyncio.sleep(LOOK)
            down = read_faults(self._layout.faults)
            for child in (*self._systems, *self._servers, *self._agents, self._load):
                if child and child.name in down:
                    child.kill()
                elif child:
                    child.mend()

    async def _make(self) -> Plot:
        """What is played here, made where it is not there yet; a half that a killed company left is made anew."""
        layout = self._layout
        layout.prepare(self._story, self._seed, self._kind, self._with_prometheus)
        if plot := layout.plot():
            self._progress("taking up the company that is here")
            return plot
        self._progress("making a repository with some forty pull requests")
        fresh = layout.origin.with_suffix(".new")
        for half in (fresh, layout.origin):
            shutil.rmtree(half, ignore_errors=True)
        made = await asyncio.to_thread(make_origin, fresh, self._story, self._seed)
        fresh.rename(layout.origin)
        origin = msgspec.structs.replace(made, path=str(layout.origin))
        layout.smoke.write_bytes(_show(layout.origin, f"{origin.released}:smoke.py"))
        plot = Plot(self._story, self._seed, origin, self._kind, self._with_prometheus)
        half_written = layout.company.with_suffix(".new")
        half_written.write_bytes(msgspec.json.encode(plot))
        half_written.replace(layout.company)
        return plot

    async def _start_store(self) -> None:
        """The company's Consul, where that is the store."""
        if self._kind is not StoreKind.CONSUL:
            return
        folder = self._layout.consul
        self._progress("starting Consul")
        self._start_system("consul", consul.command(folder))
        await self._until(lambda: consul.leads(folder), "Consul has no leader")

    async def _start_prometheus(self, fleet: Sequence[Member]) -> None:
        """The company's Prometheus and Alertmanager, where they are asked for."""
        if not self._with_prometheus:
            return
        folder = self._layout.prometheus
        self._progress("starting Prometheus and Alertmanager")
        prometheus.watch(folder, fleet)
        for command in prometheus.commands(folder):
            self._start_system(command[0], command)
        await self._until(lambda: prometheus.answers(folder), "Prometheus and Alertmanager are not ready")

    def _start_system(self, name: str, command: tuple[str, ...]) -> None:
        child = Child(self._layout.logs / f"{name}.log", *command, module=False)
        child.start()
        self._systems.append(child)

    async def _until(self, holds: Callable[[], bool], otherwise: str) -> None:
        """Wait for another process. Raises `Failed`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SERVING):
                while not await asyncio.to_thread(holds):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(LOOK)
                return
        raise Failed("demo", otherwise, f"look into {self._layout.logs}")

    async def _start_servers(self) -> tuple[Member, ...]:
        """One for each host, each on a free port; the fleet as it is reached."""
        self._progress(f"starting {len(members())} application servers")
        urls: dict[str, str] = {}
        for (host, _), port in zip(members(), free_ports(len(members())), strict=True):
            folder = self._layout.host(host)
            (folder / "app.pid").unlink(missing_ok=True)
            argv = ("cockpit.demo.application.appserver", "--folder", str(folder), "--port", str(port))
            server = Child(self._layout.logs / f"{host}.app.log", *argv)
            server.start()
            self._servers.append(server)
            urls[host] = f"http://127.0.0.1:{port}"
        return tuple(Member(host, tier, urls[host]) for host, tier in members())

    def _start_agents(self, fleet: Sequence[Member]) -> None:
        self._progress(f"starting {len(fleet)} agents")
        for member in fleet:
            folder, log = self._layout.host(member.host), self._layout.logs / f"{member.host}.agent.log"
            options = ("--host", member.host, "--tier", member.tier, "--folder", str(folder), "--url", member.url)
            agent = Child(log, "cockpit", "--config", str(self._layout.config), "agent", *options)
            agent.start()
            self._agents.append(agent)

    async def _install(self, plot: Plot) -> None:
        """Ask for the first build as a person would; refused, because it was asked for before, is as good."""
        self._progress("asking for the first build on every host")
        argv = ("install", "--at", plot.origin.released, "--why", "the demo begins")
        asking = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cockpit", "--config", str(self._layout.config), *argv,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env=environment(),
        )  # fmt: skip
        _, said = await asking.communicate()
        if asking.returncode not in (0, 1):
            raise Failed("demo", f"the first build could not be asked for: {said.decode(errors='replace').strip()}")

    async def _until_all_serve(self, fleet: Sequence[Member]) -> None:
        self._progress(f"waiting for {len(fleet)} hosts to serve it")
        lacking = {member.host: _reach(member.url) for member in fleet}
        try:
            async with asyncio.timeout(SERVING):
                while lacking:
                    for host, reach in tuple(lacking.items()):
                        if await _serves(reach):
                            lacking.pop(host).close()
                    await asyncio.sleep(LOOK)
        except TimeoutError as late:
            remedy = f"look into {self._layout.logs}"
            raise Failed("demo", f"{sorted(lacking)[0]} serves nothing after {SERVING:.0f} s", remedy) from late

    def _start_load(self, fleet: Sequence[Member]) -> None:
        plan = LoadPlan(tuple(fleet), str(self._layout.tally), seed=self._seed)
        self._layout.traffic.write_bytes(msgspec.json.encode(plan))
        log = self._layout.logs / "load.log"
        self._load = Child(log, "cockpit.demo.traffic.load", "--plan", str(self._layout.traffic))
        self._load.start()


async def _serves(host: Host) -> bool:
    with suppress(OSError, TimeoutError, ConnectionLost, ValueError, KeyError):
        return bool(msgspec.json.decode((await host.ask(HEALTH)).body)["build"])
    return False


def _reach(url: str) -> Host:
    address, _, port = url.partition("://")[2].partition(":")
    return Host(address, int(port))


def _show(origin: Path, what: str) -> bytes:
    return subprocess.run(["git", "--git-dir", str(origin), "show", what], capture_output=True, check=True).stdout


def _say(line: str) -> None:
    """One line of progress; whoever listened may be gone."""
    with suppress(OSError):
        print(line, flush=True)


async def _until_told(company: Company) -> int:
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
    """Run the company until told to end."""
    parser = argparse.ArgumentParser(prog="cockpit.demo.company")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--story", type=Story, choices=list(Story), default=Story.HOTFIX)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", type=StoreKind, choices=list(StoreKind), default=StoreKind.SQLITE)
    parser.add_argument("--prometheus", action="store_true")
    parser.add_argument("--parent", type=int, default=0, help="end when this process, which started us, does")
    parser.add_argument("--temporary", action="store_true", help="remove the folder where the parent no longer can")
    asked = parser.parse_args(argv)
    code = 0
    if not asked.parent or os.getppid() == asked.parent:
        if asked.parent:
            parent_watch.put_on(asked.parent, signal.SIGTERM)
        company = Company(asked.folder, asked.story, asked.seed, asked.store, asked.prometheus, _say)
        code = asyncio.run(_until_told(company))
    if asked.temporary and os.getppid() != asked.parent:
        discard(asked.folder)
    return code


if __name__ == "__main__":
    sys.exit(main())
