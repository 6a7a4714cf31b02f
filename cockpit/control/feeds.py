"""Feeds follow the sources; each is the single writer of its slices of the snapshot.

A source that fails marks its slices with what is wrong and is tried again; what was last known stays, with its age.
Nothing is ever raised into the screen or the engine, a fault of ours no more than a failure outside.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

from cockpit.control.board import Board
from cockpit.control.preview import preview
from cockpit.control.record_reader import (
    InvalidRecord,
    LogReader,
    cleaned_holder,
    lost,
    read_judgement,
    read_post,
    read_presence,
    read_statuses,
    read_targets,
)
from cockpit.control.rehearsal_feed import follow_rehearsal
from cockpit.control.review_feed import follow_reviews
from cockpit.control.rota_feed import follow_rota, read_once
from cockpit.control.suspect_feed import follow_suspects
from cockpit.deploy import store_keys
from cockpit.deploy.gate.traffic import Traffic, after_scrape
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.locks import Holder
from cockpit.deploy.outbox import DeliveryRecords
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Log, Seen, Snapshot, StoredTarget
from cockpit.ports import Alerts, Failed, Forge, Locks, Metrics, Reports, Repository, Roster, Store, internal_error
from cockpit.rules.decisions.preflight import question
from cockpit.rules.notifications.outbox import outbox

T = TypeVar("T")

REMEMBERED = 3 * 3600.0
"""Seconds of history that the counters begin with."""
RETRY = (0.5, 1.0, 2.0, 5.0)
"""Seconds to wait after the first, second, ... failure in a row."""


@dataclass(frozen=True)
class Sources:
    """Where the snapshot comes from; what is None is not followed."""

    store: Store
    locks: Locks
    metrics: Metrics | None = None
    repository: Repository | None = None
    alerts: Alerts | None = None
    scrape_every: float = 2.0
    alerts_every: float = 10.0
    fetch_every: float = 20.0
    forge: Forge | None = None
    ask_every: float = 60.0
    reports: Reports | None = None
    read_every: float = 5.0
    suspects_in: Repository | None = None
    """The repository to look for suspects in, where main is not followed."""
    roster: Roster | None = None
    rota_every: float = 60.0


async def follow(board: Board, sources: Sources, clock: Callable[[], float]) -> None:
    """Follow every source until cancelled."""
    feeds: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        ("log", lambda: _log(board, sources.store, clock)),
        ("targets", lambda: _targets(board, sources.store, clock)),
        ("statuses", lambda: _statuses(board, sources.store, clock)),
        ("judged", lambda: _judgement(board, sources.store, clock)),
        ("engine", lambda: _locks(board, sources, clock)),
        ("outbox", lambda: _outbox(board, sources.store, clock)),
    ]
    if metrics := sources.metrics:
        feeds.append(("traffic", lambda: _traffic(board, metrics, sources.scrape_every, clock)))
    if alerts := sources.alerts:
        feeds.append(("alerts", lambda: _alerts(board, alerts, sources.alerts_every, clock)))
    if repository := sources.repository:
        feeds.append(("main", lambda: _main(board, repository, sources.fetch_every, clock)))
        feeds.append(("rehearsal", lambda: follow_rehearsal(board, repository, clock)))
    blamed = sources.repository or sources.suspects_in
    if blamed and (reports := sources.reports):
        feeds.append(("suspects", lambda: follow_suspects(board, blamed, reports, sources.read_every, clock)))
    if forge := sources.forge:
        feeds.append(("reviews", lambda: follow_reviews(board, forge, sources.ask_every, clock)))
    if roster := sources.roster:
        feeds.append(("rota", lambda: follow_rota(board, roster, sources.rota_every, clock)))
    async with asyncio.TaskGroup() as group:
        for name, feed in feeds:
            group.create_task(unbroken(board, name, feed), name=f"feed {name}")


async def gather(snapshot: Snapshot, sources: Sources, clock: Callable[[], float]) -> Snapshot:
    """One look at the store without following it, for a verb of the shell. Raises `Failed`."""
    board = Board(snapshot.policy, clock)
    reader = LogReader()
    store = sources.store
    reader.point(await store.get(store_keys.CURRENT))
    reader.take(await store.list(store_keys.RELEASES))
    statuses, wrong = read_statuses(await store.list(store_keys.STATUSES))
    targets, unfit = read_targets(await store.list(store_keys.TARGETS))
    post, untold = read_post(await store.list(store_keys.TOLD))
    now = clock()
    rota: Seen[Rota | None] = Seen(None)
    if sources.roster:
        rota = await read_once(sources.roster, rota, snapshot.policy.calendar, clock)
    try:
        judged = Seen(read_judgement(await store.get(store_keys.JUDGEMENT)), now)
    except InvalidRecord as bad:
        judged = Seen(None, 0.0, str(bad))
    seen, unread = read_presence(await store.get(store_keys.PRESENCE))
    board.put(
        presence=Seen(seen, now, unread),
        log=Seen(reader.log, now),
        targets=Seen(targets, now, unfit),
        statuses=Seen(statuses, now, wrong),
        judged=judged,
        outbox=Seen(outbox(reader.log.releases, snapshot.policy, post), now, untold),
        rota=rota,
        **await _holders(sources.locks, now),
    )
    return board.snapshot


async def unbroken(board: Board, name: str, feed: Callable[[], Awaitable[None]]) -> None:
    """Follow one source, whose slice has that name, and begin anew, ever more slowly, whenever it breaks."""
    failures = 0
    while True:
        revision = board.revision
        try:
            await feed()
            return
        except (Failed, InvalidRecord) as wrong:
            error = str(wrong)
        except Exception as broken:  # it blinds one panel: no reason to take all others from the commander
            error = internal_error(broken)
        for slice_ in ("engine", "commander") if name == "engine" else (name,):
            board.note_error(slice_, error)
        failures = 0 if board.revision > revision + 1 else failures + 1
        await asyncio.sleep(RETRY[min(failures, len(RETRY) - 1)])


async def _log(board: Board, store: Store, clock: Callable[[], float]) -> None:
    reader = LogReader()
    known = board.snapshot.log.value
    async for entries in store.watch(store_keys.RELEASES):
        if any(entry.value is None for entry in entries):  # nobody deletes events: the store lost them
            reader, entries = LogReader(), await store.list(store_keys.RELEASES)
        reader.take(entries)
        reader.point(await store.get(store_keys.CURRENT))
        missing = lost(known, reader.log)
        known = known if missing else reader.log
        board.put(log=Seen[Log](reader.log, clock(), missing))


async def _outbox(board: Board, store: Store, clock: Callable[[], float]) -> None:
    """Drawn anew when something was told, and soon after something happened that is to be."""
    post = DeliveryRecords()
    seen: str | None = None
    async for entries in ticking(store.watch(store_keys.TOLD), 1.0):
        log = board.snapshot.log.value
        if entries is None and log.digest == seen:
            continue
        post, wrong = read_post(entries or (), post)
        seen = log.digest
        board.put(outbox=Seen(outbox(log.releases, board.snapshot.policy, post), clock(), wrong))


async def _targets(board: Board, store: Store, clock: Callable[[], float]) -> None:
    known: dict[str, StoredTarget] = {}  # anew at each start: what is not told then is not there
    async for entries in store.watch(store_keys.TARGETS):
        fresh, wrong = read_targets(entry for entry in entries if entry.value is not None)
        gone = {store_keys.target_of(entry.key) for entry in entries if entry.value is None}
        known = {tier: placed for tier, placed in (known | fresh).items() if tier not in gone}
        board.put(targets=Seen(known, clock(), wrong))


async def _statuses(board: Board, store: Store, clock: Callable[[], float]) -> None:
    known: dict[str, Status] = {}
    async for entries in store.watch(store_keys.STATUSES):
        fresh, wrong = read_statuses(entry for entry in entries if entry.value is not None)
        known = {**known, **fresh}
        for entry in entries:
            if entry.value is None:
                known.pop(entry.key.rpartition("/")[2], None)
        board.put(statuses=Seen(known, clock(), wrong))


async def _judgement(board: Board, store: Store, clock: Callable[[], float]) -> None:
    async for entries in store.watch(store_keys.JUDGEMENT):
        board.put(judged=Seen(read_judgement(entries[-1] if entries else None), clock()))


async def _locks(board: Board, sources: Sources, clock: Callable[[], float]) -> None:
    """Who holds the locks: looked at whenever one changes, and every second because one may run out."""
    async for entries in ticking(sources.store.watch(store_keys.LOCKS), 1.0):
        for entry in entries or ():
            if entry.key == store_keys.PRESENCE:
                seen, wrong = read_presence(entry)
                board.put(presence=Seen(seen, clock(), wrong))
        fresh = await _holders(sources.locks, clock())
        known = {name: getattr(board.snapshot, name) for name in fresh}
        if any(not was.at or was.error or was.value != fresh[name].value for name, was in known.items()):
            board.put(**fresh)


async def _holders(locks: Locks, now: float) -> dict[str, Seen[Holder]]:
    """The slices `engine` and `conn`."""
    found = {
        "engine": await locks.look(store_keys.ENGINE_LOCK),
        "commander": await locks.look(store_keys.COMMANDER_LOCK),
    }
    return {name: Seen(cleaned_holder(holder), now) for name, holder in found.items()}


async def ticking(changes: AsyncIterator[T], every: float) -> AsyncIterator[T | None]:
    """What `changes` gives, and None whenever it gave nothing for `every` seconds; ends as `changes` does."""
    coming = asyncio.ensure_future(anext(changes))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=every)
            if not done:
                yield None
                continue
            try:
                change = coming.result()
            except StopAsyncIteration:
                return
            yield change
            coming = asyncio.ensure_future(anext(changes))
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


async def _traffic(board: Board, metrics: Metrics, every: float, clock: Callable[[], float]) -> None:
    while True:
        began = clock()
        hosts = tuple(status for status in board.snapshot.statuses.value.values() if status.build)
        if hosts:
            await _remember(board, metrics, hosts, clock())
            scrape = await metrics.scrape(hosts, clock())
            board.put(traffic=Seen(after_scrape(board.snapshot.traffic.value, scrape), scrape.at))
        await asyncio.sleep(max(0.1, every - (clock() - began)))


async def _remember(board: Board, metrics: Metrics, hosts: tuple[Status, ...], now: float) -> None:
    """What the source remembers comes first: an engine that has just started knows the fleet's clean history."""
    if board.snapshot.traffic.value.samples:
        return
    past = [scrape for scrape in await metrics.history(hosts, now, REMEMBERED) if scrape.at < now]
    if past:
        board.put(traffic=Seen(reduce(after_scrape, past, Traffic()), past[-1].at))


async def _alerts(board: Board, alerts: Alerts, every: float, clock: Callable[[], float]) -> None:
    while True:
        board.put(alerts=Seen(await alerts.alerts(), clock()))
        await asyncio.sleep(every)


async def _main(board: Board, repository: Repository, every: float, clock: Callable[[], float]) -> None:
    while True:
        asked = question(board.snapshot)
        found = await asyncio.to_thread(preview, repository, asked, board.snapshot.main.value)
        board.put(main=Seen(found, clock()))
        async for snapshot in board.changes(at_least_every=every):
            if question(snapshot) != asked or clock() - board.snapshot.main.at >= every:
                break
