"""The cost of delivering a build to N hosts: one delta pack by pull, beside rsync, one at a time and eight at once.

Run `python -m tests.benchmarks.pulling [N ...]`; `make services` installs rsync and nginx. All hosts are on this
machine and share its cores, each with three slots of its own. nginx serves pulls; rsync pushes to a daemon. A pull
is two requests and the write to the kept slot. Preparing hashes the slot and makes it durable, which each host of a
fleet does on its own cores. The search of /proc for processes in the slot is left out: here it would list all hosts.
"""

import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event

from cockpit.adapters.artifacts.folder import FolderArtifacts
from cockpit.adapters.artifacts.object_store import ObjectArtifacts
from cockpit.adapters.artifacts.pack_writer import scan
from cockpit.adapters.artifacts.publisher import publish
from cockpit.agent.open_files import process_using
from cockpit.agent.pull import BuildFetch, pull
from cockpit.agent.slots import Slots
from cockpit.agent.swap import flip
from cockpit.demo.processes.ports import free_ports

FILES, SIZE, CHANGED = 5_000, 12_000, 50
WORDS = tuple(f"{word}{n}" for n in range(60) for word in ("def ", "return ", "self.", "import ", "page_", "price_"))
WORKERS = 8
PROCESSES = get_context("spawn")
NGINX = """
worker_processes 1; daemon off; pid {place}/nginx.pid; error_log {place}/error.log;
events {{ worker_connections 512; }}
http {{ log_format sizes '$bytes_sent'; access_log {place}/access.log sizes; sendfile on;
  client_body_temp_path {place}/t1; proxy_temp_path {place}/t2; fastcgi_temp_path {place}/t3;
  uwsgi_temp_path {place}/t4; scgi_temp_path {place}/t5;
  server {{ listen 127.0.0.1:{port}; root {place}/builds; }} }}
"""
RSYNCD = (
    "use chroot = no\nport = {port}\naddress = 127.0.0.1\n[hosts]\npath = {place}/rsync\nread only = no\nuid = {uid}\n"
)


def text(dice: random.Random, size: int) -> bytes:
    """Bytes that compress like source code."""
    lines: list[str] = []
    length = 0
    while length < size:
        lines.append("".join(dice.choices(WORDS, k=6)) + "\n")
        length += len(lines[-1])
    return "".join(lines).encode()[:size]


def make_trees(place: Path) -> tuple[Path, Path]:
    """Two builds that differ in a fifth of each of `CHANGED` files."""
    dice = random.Random(1)
    one, two = place / "one", place / "two"
    for n in range(FILES):
        path = one / f"d{n % 100:02}" / f"f{n}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text(dice, SIZE))
    subprocess.run(["cp", "-a", one, two], check=True)
    for n in range(0, FILES, FILES // CHANGED):
        path = two / f"d{n % 100:02}" / f"f{n}"
        content = path.read_bytes()
        path.write_bytes(content[: SIZE // 2] + text(dice, SIZE // 5) + content[SIZE // 2 + SIZE // 5 :])
        os.utime(path, (2_000_000_000, 2_000_000_000))
    return one, two


@dataclass(frozen=True)
class Cost:
    """The cost of one method for some hosts."""

    seconds: float
    cpu: float
    """Processor seconds of the sender, over all hosts."""
    sent: int
    """Bytes, over all hosts."""
    requests: int = 0


def rsync(place: Path, port: int, hosts: int, source: Path, at_once: int) -> Cost:
    """Push `source` to that many hosts."""

    def push(n: int) -> tuple[float, int]:
        argv = ["rsync", "-a", "--delete", "--stats", f"{source}/", f"rsync://127.0.0.1:{port}/hosts/{n}/"]
        with tempfile.TemporaryFile("w+") as out:
            child = subprocess.Popen(argv, stdout=out)
            _, status, cpu_before = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            assert child.returncode == 0
            out.seek(0)
            sent = next(line for line in out if line.startswith("Total bytes sent"))
        return cpu_before.ru_utime + cpu_before.ru_stime, int(sent.partition(":")[2].replace(",", ""))

    began = time.monotonic()
    with ThreadPoolExecutor(at_once) as pool:
        costs = list(pool.map(push, range(hosts)))
    return Cost(time.monotonic() - began, sum(cpu for cpu, _ in costs), sum(sent for _, sent in costs))


def agents(pipe: Connection, url: str) -> None:
    """A process of some hosts: receives (task, build, folders) and replies when the task is done.

    Like a running agent it keeps the manifests of its builds in memory.
    """
    artifacts = ObjectArtifacts(url)
    hosts: dict[str, Slots] = {}
    pending = []
    while (message := pipe.recv()) is not None:
        task, build, folders = message
        if task == "start":
            for folder in folders:
                hosts[folder] = Slots(Path(folder), find_process=lambda _: "")
                hosts[folder].manifests()
            pipe.send(len(folders))
        elif task == "pull":
            for folder in folders:
                slots = hosts[folder]
                fetched = BuildFetch(artifacts, slots, build, Path(folder)).run(Event())
                filling = slots.stage(fetched.manifest, fetched.pack, ("a" * 64, "b" * 64), lambda: False)
                pending.append((slots, filling, fetched))
            pipe.send(len(folders))
        else:
            for slots, filling, fetched in pending:
                slots.verify(filling, fetched.manifest, fetched.pack)
                shutil.rmtree(fetched.folder)
            pending.clear()
            pipe.send([build in Slots(Path(folder)).disk().cold for folder in folders].count(True))


def make_host(folder: Path, build: str, tree: Path, raw: bytes) -> None:
    """A host with `build` in its kept slot and builds without deltas in the other two."""
    slots = folder / "slots"
    for name, other in (("a", "a" * 64), ("b", "b" * 64)):
        (slots / name).mkdir(parents=True)
        (slots / f"{name}.json").write_text(json.dumps({"build": other}))
    subprocess.run(["cp", "-a", tree, slots / "c"], check=True)
    (slots / "c.manifest").write_bytes(raw)
    (slots / "c.json").write_text(json.dumps({"build": build}))
    (folder / "current").symlink_to("slots/a")


def processor(pid: int) -> float:
    """Processor seconds used by the children of `pid`."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(int(Path(f"/proc/{child}/schedstat").read_text().split()[0]) for child in children) / 1e9


@contextmanager
def serving(argv: list[str], port: int) -> Iterator[int]:
    """Run a server; its process id."""
    import socket

    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            break
        except OSError:
            time.sleep(0.05)
    try:
        yield child.pid
    finally:
        child.terminate()
        child.wait()


class Fleet:
    """The hosts that pull, in several processes."""

    def __init__(self, folders: list[str], url: str) -> None:
        self._folders = folders
        self._pipes: list[Connection] = []
        for _ in range(WORKERS):
            here, there = PROCESSES.Pipe()
            PROCESSES.Process(target=agents, args=(there, url), daemon=True).start()
            self._pipes.append(here)
        self.run("start", "", len(folders))

    def run(self, task: str, build: str, hosts: int) -> float:
        """Run the task on that many hosts; the seconds until the last is done."""
        began = time.monotonic()
        for n, pipe in enumerate(self._pipes):
            pipe.send((task, build, self._folders[:hosts][n::WORKERS]))
        assert sum(pipe.recv() for pipe in self._pipes) == hosts
        return time.monotonic() - began


def row(method: str, hosts: int, cost: Cost) -> str:
    requests = f"{cost.requests / hosts:>9.1f}" if cost.requests else f"{'–':>9}"
    each = f"{1000 * cost.cpu / hosts:>11.2f} ms {cost.sent / hosts / 1000:>8.0f} kB"
    return f"{method:<30}{hosts:>5} {cost.seconds:>9.2f} s {each}{requests}"


def rounds(place: Path, counts: list[int], ports: tuple[int, int], nginx: int, fleet: Fleet, builds: list[str]) -> None:
    """Every method for every number of hosts, from one build to the other and back."""
    trees = [place / "one", place / "two"]
    at = {method: [0] * max(counts) for method in ("rsync", "pull")}
    print(f"{'method':<30}{'hosts':>5} {'in all':>11} {'sender CPU':>14} {'sent':>11}{'requests':>9}")
    for hosts in counts:
        for at_once, method in ((1, "rsync, one after the other"), (8, "rsync, 8 at a time")):
            assert len(set(at["rsync"][:hosts])) == 1
            to = 1 - at["rsync"][0]
            print(row(method, hosts, rsync(place, ports[1], hosts, trees[to], at_once)), flush=True)
            at["rsync"][:hosts] = [to] * hosts
        to = 1 - at["pull"][0]
        log = place / "access.log"
        seen, cpu_before = len(log.read_text().splitlines()), processor(nginx)
        seconds = fleet.run("pull", builds[to], hosts)
        sent = [int(line) for line in log.read_text().splitlines()[seen:]]
        cost = Cost(seconds, processor(nginx) - cpu_before, sum(sent), len(sent))
        print(row("pull of one delta pack", hosts, cost), flush=True)
        print(
            f"{'  then prepare, hashing all':<30}{hosts:>5} {fleet.run('prepare', builds[to], hosts):>9.2f} s",
            flush=True,
        )
        # back to the build of the other hosts, not counted
        fleet.run("pull", builds[1 - to], hosts)
        fleet.run("prepare", builds[1 - to], hosts)


def alone(place: Path, artifacts: FolderArtifacts, builds: list[str]) -> None:
    """The times of one host: first install, second build, rollback."""
    host = place / "alone"
    host.mkdir()
    slots = Slots(host)

    def deliver(build: str) -> float:
        began = time.monotonic()
        asyncio.run(pull(artifacts, slots, build, (), host, asyncio.Event().wait, lambda _: None))  # type: ignore[arg-type]
        return time.monotonic() - began

    print(f"\nfirst install, full pack      {deliver(builds[0]):>9.2f} s")
    flip(host, builds[0])
    print(f"second build, all copied      {deliver(builds[1]):>9.2f} s")
    flip(host, builds[1])
    print(
        f"one search of /proc           {1000 * timed(lambda: process_using(host / 'slots')):>9.2f} ms, left out above"
    )
    print(f"rollback: swap                {1000 * timed(lambda: flip(host, builds[0])):>9.2f} ms, 0 bytes")
    print(f"          and forward         {1000 * timed(lambda: flip(host, builds[1])):>9.2f} ms, 0 bytes")


def timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def main(counts: list[int]) -> None:
    with tempfile.TemporaryDirectory(prefix="cockpit-pulling-") as made:
        place = Path(made)
        one, two = make_trees(place)
        artifacts = FolderArtifacts(place / "builds")
        first, second = scan(one), scan(two)
        packing = timed(lambda: publish(artifacts, one, first, (), place))
        delta = timed(lambda: publish(artifacts, two, second, (first.id,), place))
        publish(artifacts, one, first, (second.id,), place)
        load = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        print(f"{FILES:,} files, {FILES * SIZE / 1e6:.0f} MB, {CHANGED} changed; {load}")
        print(f"published in {packing:.1f} s, and with a delta {delta:.1f} s; "
              f"full pack {(place / 'builds' / first.id / 'full.zst').stat().st_size / 1e6:.2f} MB\n")  # fmt: skip
        for n in range(max(counts)):
            make_host(place / "hosts" / str(n), first.id, one, first.encode())
            (place / "rsync").mkdir(exist_ok=True)
            subprocess.run(["cp", "-a", one, place / "rsync" / str(n)], check=True)
        web, sync = free_ports(2)
        (place / "nginx.conf").write_text(NGINX.format(place=place, port=web))
        (place / "rsyncd.conf").write_text(RSYNCD.format(place=place, port=sync, uid=os.getuid()))
        place.chmod(0o755)
        nginx = ["nginx", "-p", str(place), "-c", str(place / "nginx.conf")]
        daemon = ["rsync", "--daemon", "--no-detach", f"--config={place}/rsyncd.conf"]
        with serving(nginx, web) as origin, serving(daemon, sync):
            fleet = Fleet([str(place / "hosts" / str(n)) for n in range(max(counts))], f"http://127.0.0.1:{web}")
            rounds(place, counts, (web, sync), origin, fleet, [first.id, second.id])
        alone(place, artifacts, [first.id, second.id])


if __name__ == "__main__":
    main([int(n) for n in sys.argv[1:]] or [1, 10, 50, 100])
