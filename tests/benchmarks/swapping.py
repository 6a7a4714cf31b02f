"""Failed requests while a fleet behind HAProxy swaps builds: 20 deploys and 20 rollbacks, beside copying in place.

Run `python -m tests.benchmarks.swapping [MOVES]`; `make services` installs HAProxy. Each of the four hosts runs an
application that reads twenty files for a request and answers 500 if they are not of one build. The agents drain through
HAProxy's runtime socket (examples/haproxy), one host at a time. The baseline copies a build over the live folder.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec

from cockpit.adapters.command_runner import LocalCommands
from cockpit.agent.loop import Agent
from cockpit.agent.settings import AgentConfig, HostSettings
from cockpit.demo.processes.ports import free_ports
from cockpit.deploy import store_keys
from cockpit.deploy.hosts.status import Status
from cockpit.ports import Put
from tests.agent.hosts import Depot, target
from tests.fakes import MemoryStore

HOSTS, PARTS, CLIENTS = 4, 20, 8
HOOK = Path(__file__).parents[2] / "examples/haproxy/hook.py"
APPLICATION = f"""
import asyncio, os, signal, sys
folder, port = sys.argv[1], int(sys.argv[2])
here = ""
def look(*_):
    global here
    here = os.path.realpath(folder + "/current")
async def serve(reader, writer):
    root = here
    try:
        while line := await reader.readline():
            while await reader.readline() not in (b"\\r\\n", b""):
                pass
            try:
                said = set()
                for n in range({PARTS}):
                    with open(f"{{root}}/part{{n}}") as part:
                        said.add(part.read()[:64])
                    await asyncio.sleep(0)
                whole = len(said) == 1 and said != {{""}}
            except OSError:
                said, whole = set(), False
            body = (said.pop() if whole else "mixed builds").encode()
            writer.write(b"HTTP/1.1 %d X\\r\\nContent-Length: %d\\r\\nConnection: close\\r\\n\\r\\n%s"
                         % (200 if whole else 500, len(body), body))
            await writer.drain()
            break
    except ConnectionError:
        pass
    writer.close()
async def main():
    look()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, look)
    async with await asyncio.start_server(serve, "127.0.0.1", port) as server:
        await server.serve_forever()
asyncio.run(main())
"""
HEALTH = """
import os, sys, urllib.request
said = urllib.request.urlopen(os.environ["COCKPIT_URL"], timeout=5).read().decode()
wanted = open(os.environ["COCKPIT_SLOT"] + "/part0").read()[:64]
print(said[:20])
sys.exit(0 if said == wanted else 75)
"""
HAPROXY = """
global
    stats socket {socket} level admin
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend in
    bind 127.0.0.1:{port}
    default_backend shop
backend shop
"""


class Load:
    """Clients that send requests continuously."""

    def __init__(self, ports: tuple[int, ...]) -> None:
        self._ports = ports
        self.sent = 0
        self.failed = 0

    async def client(self, number: int) -> None:
        while True:
            port = self._ports[self.sent % len(self._ports)]
            self.sent += 1
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer = await reader.read()
                writer.close()
                self.failed += not answer.startswith(b"HTTP/1.1 200")
            except OSError:
                self.failed += 1
            await asyncio.sleep(0.01)


@asynccontextmanager
async def under_load(ports: tuple[int, ...]) -> AsyncIterator[Load]:
    load = Load(ports)
    clients = [asyncio.create_task(load.client(n)) for n in range(CLIENTS)]
    yield load
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)


def parts(mark: str) -> dict[str, bytes | str | None]:
    """A build whose every file begins with the same 64 characters."""
    return {f"part{n}": (mark * 64 + os.urandom(4000).hex()).encode() for n in range(PARTS)}


async def application(place: Path, folder: Path, port: int, ends: AsyncExitStack) -> asyncio.subprocess.Process:
    script = place / "application.py"
    script.write_text(APPLICATION)
    process = await asyncio.create_subprocess_exec(sys.executable, str(script), str(folder), str(port))
    ends.callback(process.kill)
    for _ in range(400):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        except OSError:
            await asyncio.sleep(0.05)
    return process


def hooks(place: Path, socket: Path, process: int) -> AgentConfig:
    def runtime(verb: str) -> tuple[str, ...]:
        return ("env", f"HAPROXY_SOCKET={socket}", "HAPROXY_BACKEND=shop", sys.executable, "-I", "-S", str(HOOK), verb)

    (place / "health.py").write_text(HEALTH)
    return AgentConfig(
        drain=runtime("drain"), inflight=runtime("inflight"), reload=("kill", "-HUP", str(process)),
        health=(sys.executable, "-I", "-S", str(place / "health.py")), undrain=runtime("undrain"), drain_least=0.1,
    )  # fmt: skip


async def swapped(place: Path, moves: int) -> str:
    """The row for deploys by agents."""
    store, depot = MemoryStore(), Depot(place / "builds")
    one = depot.add(parts("a"))
    two = depot.add(parts("b"), one)
    front, *ports = free_ports(HOSTS + 1)
    socket, config = place / "haproxy.sock", place / "haproxy.cfg"
    servers = "".join(f"    server host{n} 127.0.0.1:{port}\n" for n, port in enumerate(ports))
    config.write_text(HAPROXY.format(socket=socket, port=front) + servers)
    async with AsyncExitStack() as ends:
        balancer = await asyncio.create_subprocess_exec("haproxy", "-db", "-f", str(config))
        ends.callback(balancer.kill)
        stop, running = asyncio.Event(), []
        for n, port in enumerate(ports):
            folder = place / f"host{n}"
            folder.mkdir()
            process = await application(place, folder, port, ends)
            settings = HostSettings(
                f"host{n}", "canary", folder, f"http://127.0.0.1:{port}/", hooks(place, socket, process.pid)
            )
            running.append(asyncio.create_task(Agent(settings, store, depot, LocalCommands(), time.time).run(stop)))
        await deploy(store, one, 1)
        times = []
        async with under_load((front,)) as load:
            for move in range(2 * moves):
                began = time.monotonic()
                await deploy(store, two if move % 2 == 0 else one, move + 2)
                times.append(time.monotonic() - began)
        stop.set()
        await asyncio.gather(*running)
    times.sort()
    each = f"{times[len(times) // 2]:.2f} s for {HOSTS} hosts, one at a time"
    return row(f"{moves} deploys, {moves} rollbacks", load, each)


async def deploy(store: MemoryStore, build: str, serial: int) -> None:
    """Set the target and wait until every host serves it."""
    wanted = target(build, serial, max_unavailable=1 if serial > 1 else 0)
    await store.commit(Put(store_keys.target("canary"), msgspec.json.encode(wanted)))
    async for _ in store.watch(store_keys.STATUSES):
        entries = await store.list(store_keys.STATUSES)
        statuses = [msgspec.json.decode(entry.value or b"", type=Status) for entry in entries]
        if sum(status.serves(build) and status.serial == serial for status in statuses) == HOSTS:
            return


async def copied(place: Path, moves: int) -> str:
    """The row for copying over the live folder."""
    (ports,) = (free_ports(HOSTS),)
    async with AsyncExitStack() as ends:
        for n, port in enumerate(ports):
            live = place / f"live{n}" / "current"
            live.mkdir(parents=True)
            for name, content in parts("a").items():
                (live / name).write_bytes(content if isinstance(content, bytes) else b"")
            await application(place, live.parent, port, ends)
        async with under_load(tuple(ports)) as load:
            for move in range(2 * moves):
                tree = parts("ba"[move % 2])
                for n in range(HOSTS):
                    for name, content in tree.items():
                        (place / f"live{n}/current" / name).write_bytes(content if isinstance(content, bytes) else b"")
                        await asyncio.sleep(0.002)  # the time between two files of a copy over a network
                await asyncio.sleep(0.1)
    return row(f"{2 * moves} times copied in place", load, "")


def row(way: str, load: Load, each: str) -> str:
    return f"{way:<32}{load.sent:>9,} requests {load.failed:>7,} failed {100 * load.failed / load.sent:>7.2f} %  {each}"


def main(moves: int) -> None:
    with tempfile.TemporaryDirectory(prefix="cockpit-swapping-") as made:
        place = Path(made)
        print(f"{HOSTS} hosts, {CLIENTS} clients; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(asyncio.run(copied(place, moves)), flush=True)
        print(asyncio.run(swapped(place, moves)), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
