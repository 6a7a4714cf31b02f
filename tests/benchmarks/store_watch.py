"""The time from a commit to a watcher in another process: change notification beside polling every 50 ms.

Run `python tests/benchmarks/store_watch.py`. The latency is measured from just before `commit` (which does not wait for
the disk) to the arrival of the value at the watcher; the processor share is of one core while nothing changes.
"""

import asyncio
import random
import tempfile
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from cockpit.adapters.sqlite.store import SqliteStore
from cockpit.ports import Put

COMMITS = 300
POLL = 0.050
IDLE = 5.0
"""Seconds without changes over which the processor is measured."""
PROCESSES = get_context("spawn")


async def by_notification(store: SqliteStore, arrivals: dict[int, float]) -> None:
    async for entries in store.watch("n/"):
        now = time.monotonic()
        arrivals.update((int(entry.key[2:]), now - float(entry.value or b"")) for entry in entries)
        if len(arrivals) == COMMITS:
            return


async def by_polling(store: SqliteStore, arrivals: dict[int, float]) -> None:
    while len(arrivals) < COMMITS:
        while entry := await store.get(f"n/{len(arrivals):06d}"):
            arrivals[len(arrivals)] = time.monotonic() - float(entry.value or b"")
        await asyncio.sleep(POLL)


def follow(path: Path, notified: bool, pipe: Connection) -> None:
    """The watcher's process: sends its idle processor share, then the latencies in seconds."""

    async def run() -> None:
        store = SqliteStore(path)
        arrivals: dict[int, float] = {}
        following = asyncio.create_task((by_notification if notified else by_polling)(store, arrivals))
        await asyncio.sleep(0.5)
        used, began = time.process_time(), time.monotonic()
        await asyncio.sleep(IDLE)
        pipe.send((time.process_time() - used) / (time.monotonic() - began))
        await following
        await store.close()
        pipe.send([arrivals[n] for n in range(COMMITS)])

    asyncio.run(run())


async def measure(path: Path, notified: bool) -> tuple[float, list[float]]:
    """The idle processor share (0 to 1) and the latencies in seconds."""
    here, there = PROCESSES.Pipe()
    watcher = PROCESSES.Process(target=follow, args=(path, notified, there))
    watcher.start()
    store = SqliteStore(path)
    idle: float = await asyncio.to_thread(here.recv)
    dice = random.Random(1)
    for n in range(COMMITS):
        await store.commit(Put(f"n/{n:06d}", b"%f" % time.monotonic()), durable=False)
        await asyncio.sleep(dice.uniform(0.005, 0.035))  # not in step with the polls
    latencies: list[float] = await asyncio.to_thread(here.recv)
    await store.close()
    await asyncio.to_thread(watcher.join)
    return idle, latencies


def row(name: str, idle: float, latencies: list[float]) -> str:
    ordered = sorted(latencies)
    cuts = (ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], ordered[-1])
    return f"{name:<20}" + "".join(f"{1000 * cut:>9.2f} ms" for cut in cuts) + f"{100 * idle:>11.2f} %"


async def main() -> None:
    print(f"{COMMITS} commits, watched from another process")
    print(f"{'':<20}{'p50':>12}{'p99':>12}{'max':>12}{'idle CPU':>13}")
    for name, notified in ((f"polling every {1000 * POLL:.0f} ms", False), ("notification", True)):
        with tempfile.TemporaryDirectory() as folder:
            print(row(name, *await measure(Path(folder) / "store.db", notified)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
