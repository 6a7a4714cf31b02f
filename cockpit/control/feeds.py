"""Feeds follow the sources; each is the single writer of its slices of the snapshot.

A source that fails marks its slices with what is wrong and is tried again; what was last known stays, with its age.
Nothing is ever raised into the screen or the engine.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cockpit.control.board import Board
from cockpit.control.reading import LogReader, Unfit, read_judgement, read_statuses, read_targets
from cockpit.control.rehearsing import follow_rehearsal
from cockpit.control.reviewing import follow_reviews
from cockpit.control.suspecting import follow_suspects
from cockpit.deploy import keys
from cockpit.deploy.plan import Preview
from cockpit.deploy.snapshot import Log, Seen, Snapshot
from cockpit.deploy.text import clean
from cockpit.deploy.traffic import after_scrape
from cockpit.ports import Failed, Forge, Locks, Metrics, Reports, Repository, Store

RETRY = (0.5, 1.0, 2.0, 5.0)
"""Seconds to wait after the first, second, ... failure in a row."""


@dataclass(frozen=True)
class Sources:
    """Where the snapshot comes from; what is None is not followed."""

    store: Store
    locks: Locks
    metrics: Metrics | None = None
    repository: Repository | None = None
    scrape_every: float = 2.0
    fetch_every: float = 20.0
    forge: Forge | None = None
    ask_every: float = 60.0
    reports: Reports | None = None
    read_every: float = 5.0


async def follow(board: Board, sources: Sources, clock: Callable[[], float]) -> None:
    """Follow every source until cancelled."""
    feeds: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        ("log", lambda: _log(board, sources.store, clock)),
        ("targets", lambda: _targets(board, sources.store, clock)),
        ("statuses", lambda: _statuses(board, sources.store, clock)),
        ("judged", lambda: _judgement(board, sources.store, clock)),
        ("engine", lambda: _engine(board, sources.locks, clock)),
    ]
    if metrics := sources.metrics:
        feeds.append(("traffic", lambda: _traffic(board, metrics, sources.scrape_every, clock)))
    if repository := sources.repository:
        feeds.append(("main", lambda: _main(board, repository, sources.fetch_every, clock)))
        feeds.append(("rehearsal", lambda: follow_rehearsal(board, repository, clock)))
        if reports := sources.reports:
            feeds.append(("suspects", lambda: follow_suspects(board, repository, reports, sources.read_every, clock)))
    if forge := sources.forge:
        feeds.append(("reviews", lambda: follow_reviews(board, forge, sources.ask_every, clock)))
    async with asyncio.TaskGroup() as group:
        for name, feed in feeds:
            group.create_task(_unbroken(board, name, feed), name=f"feed {name}")


async def gather(snapshot: Snapshot, sources: Sources, clock: Callable[[], float]) -> Snapshot:
    """One look at the store without following it, for a verb of the shell. Raises `Failed`."""
    board = Board(snapshot.policy, clock)
    reader = LogReader()
    store = sources.store
    reader.point(await store.get(keys.CURRENT))
    reader.take(await store.list(keys.RELEASES))
    statuses, wrong = read_statuses(await store.list(keys.STATUSES))
    targets, unfit = read_targets(await store.list(keys.TARGETS))
    now = clock()
    try:
        judged = Seen(read_judgement(await store.get(keys.JUDGEMENT)), now)
    except Unfit as bad:
        judged = Seen(None, 0.0, str(bad))
    board.put(
        log=Seen(reader.log, now),
        targets=Seen(targets, now, unfit),
        statuses=Seen(statuses, now, wrong),
        judged=judged,
        engine=Seen(clean(await sources.locks.holder(keys.ENGINE_LOCK)), now),
    )
    return board.snapshot


async def _unbroken(board: Board, name: str, feed: Callable[[], Awaitable[None]]) -> None:
    failures = 0
    while True:
        revision = board.revision
        try:
            await feed()
            return
        except (Failed, Unfit) as wrong:
            board.note_trouble(name, clean(str(wrong)))
        failures = 0 if board.revision > revision + 1 else failures + 1
        await asyncio.sleep(RETRY[min(failures, len(RETRY) - 1)])


async def _log(board: Board, store: Store, clock: Callable[[], float]) -> None:
    reader = LogReader()
    async for entries in store.watch(keys.RELEASES):
        reader.take(entries)
        reader.point(await store.get(keys.CURRENT))
        board.put(log=Seen[Log](reader.log, clock()))


async def _targets(board: Board, store: Store, clock: Callable[[], float]) -> None:
    async for entries in store.watch(keys.TARGETS):
        fresh, wrong = read_targets(entries)
        board.put(targets=Seen({**board.snapshot.targets.value, **fresh}, clock(), wrong))


async def _statuses(board: Board, store: Store, clock: Callable[[], float]) -> None:
    async for entries in store.watch(keys.STATUSES):
        fresh, wrong = read_statuses(entries)
        gone = {entry.key.rpartition("/")[2] for entry in entries if entry.value is None}
        known = {host: status for host, status in board.snapshot.statuses.value.items() if host not in gone}
        board.put(statuses=Seen({**known, **fresh}, clock(), wrong))


async def _judgement(board: Board, store: Store, clock: Callable[[], float]) -> None:
    async for entries in store.watch(keys.JUDGEMENT):
        board.put(judged=Seen(read_judgement(entries[-1] if entries else None), clock()))


async def _engine(board: Board, locks: Locks, clock: Callable[[], float]) -> None:
    while True:
        holder = clean(await locks.holder(keys.ENGINE_LOCK))
        seen = board.snapshot.engine
        if holder != seen.value or seen.trouble or not seen.at:
            board.put(engine=Seen(holder, clock()))
        await asyncio.sleep(1.0)


async def _traffic(board: Board, metrics: Metrics, every: float, clock: Callable[[], float]) -> None:
    while True:
        began = clock()
        hosts = tuple(status for status in board.snapshot.statuses.value.values() if status.build)
        if hosts:
            scrape = await metrics.scrape(hosts, clock())
            board.put(traffic=Seen(after_scrape(board.snapshot.traffic.value, scrape), scrape.at))
        await asyncio.sleep(max(0.1, every - (clock() - began)))


async def _main(board: Board, repository: Repository, every: float, clock: Callable[[], float]) -> None:
    while True:
        base = board.snapshot.base
        preview = await asyncio.to_thread(preview_main, repository, base)
        board.put(main=Seen(preview, clock()))
        async for snapshot in board.changes(at_least_every=every):
            if snapshot.base != base or clock() - board.snapshot.main.at >= every:
                break


def preview_main(repository: Repository, base: str) -> Preview:
    """What main has that `base` has not; blocks while it fetches. Raises `Failed`."""
    repository.fetch()
    head = repository.resolve("main")
    return Preview(head, repository.pulls(base, head))
