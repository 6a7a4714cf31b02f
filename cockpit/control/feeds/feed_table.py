"""The table of feeds: one row for each source, with its slices, how it is followed and how it is read once.

Each feed is the only writer of its slices. `follow` runs all of them for a screen or an engine; `take_snapshot` reads
those that a verb of the shell needs, once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from cockpit.control.board import Board
from cockpit.control.feeds.alert_feed import follow_alerts
from cockpit.control.feeds.feed_retry import retry_feed
from cockpit.control.feeds.judgement_feed import follow_judgement, read_judgement_once
from cockpit.control.feeds.lock_feed import follow_locks, read_locks
from cockpit.control.feeds.log_feed import follow_log, read_log
from cockpit.control.feeds.outbox_feed import follow_outbox, read_outbox
from cockpit.control.feeds.preview_feed import follow_preview
from cockpit.control.feeds.rehearsal_feed import follow_rehearsal
from cockpit.control.feeds.review_feed import follow_reviews
from cockpit.control.feeds.rota_feed import follow_rota, read_rota
from cockpit.control.feeds.sources import Sources
from cockpit.control.feeds.status_feed import follow_statuses, read_statuses_once
from cockpit.control.feeds.suspect_feed import follow_suspects
from cockpit.control.feeds.target_feed import follow_targets, read_targets_once
from cockpit.control.feeds.traffic_feed import follow_traffic
from cockpit.control.snapshot_update import SliceName, SnapshotUpdate
from cockpit.deploy.policy import Policy
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Locks, Store


@dataclass(frozen=True)
class Feed:
    """One row of the table."""

    slices: tuple[SliceName, ...]
    """The slices it writes. A failure of the source is set on each of them."""
    follow: Callable[[Board], Awaitable[None]]
    """Keeps the slices up to date until cancelled. Raises `Failed` or `InvalidRecord`, and is then started again."""
    read: Callable[[Snapshot], Awaitable[SnapshotUpdate]] | None = None
    """Reads the slices once, given those of the rows above. None if a verb of the shell does not need them."""


def feed_table(sources: Sources, clock: Callable[[], float]) -> tuple[Feed, ...]:
    """The feeds of the sources that are not None."""
    return (*_store_feeds(sources.store, sources.locks, clock), *_optional_feeds(sources, clock))


def _store_feeds(store: Store, locks: Locks, clock: Callable[[], float]) -> tuple[Feed, ...]:
    return (
        Feed(
            ("log",),
            lambda board: follow_log(board, store, clock),
            lambda _: read_log(store, clock),
        ),
        Feed(
            ("statuses",),
            lambda board: follow_statuses(board, store, clock),
            lambda _: read_statuses_once(store, clock),
        ),
        Feed(
            ("targets",),
            lambda board: follow_targets(board, store, clock),
            lambda _: read_targets_once(store, clock),
        ),
        Feed(
            ("outbox",),
            lambda board: follow_outbox(board, store, clock),
            lambda known: read_outbox(known, store, clock),
        ),
        Feed(
            ("judgement",),
            lambda board: follow_judgement(board, store, clock),
            lambda _: read_judgement_once(store, clock),
        ),
        Feed(
            ("engine", "commander"),
            lambda board: follow_locks(board, store, locks, clock),
            lambda _: read_locks(store, locks, clock),
        ),
    )


def _optional_feeds(sources: Sources, clock: Callable[[], float]) -> Iterator[Feed]:
    if rota := sources.rota_source:
        yield Feed(
            ("rota",),
            lambda board: follow_rota(board, rota, sources.rota_every, clock),
            lambda known: read_rota(known, rota, clock),
        )
    if metrics := sources.metrics:
        yield Feed(("traffic",), lambda board: follow_traffic(board, metrics, sources.scrape_every, clock))
    if alerts := sources.alerts:
        yield Feed(("alerts",), lambda board: follow_alerts(board, alerts, sources.alerts_every, clock))
    if repository := sources.repository:
        yield Feed(("preview",), lambda board: follow_preview(board, repository, sources.fetch_every, clock))
        yield Feed(("rehearsal",), lambda board: follow_rehearsal(board, repository, clock))
    blamed = sources.repository or sources.blame_repository
    if blamed and (reports := sources.reports):
        yield Feed(("suspects",), lambda board: follow_suspects(board, blamed, reports, sources.reports_every, clock))
    if forge := sources.forge:
        yield Feed(("reviews",), lambda board: follow_reviews(board, forge, sources.reviews_every, clock))


async def follow(board: Board, sources: Sources, clock: Callable[[], float]) -> None:
    """Follow every source until cancelled."""
    async with asyncio.TaskGroup() as group:
        for feed in feed_table(sources, clock):
            group.create_task(_follow_one(board, feed), name=f"feed {feed.slices[0]}")


async def take_snapshot(policy: Policy, sources: Sources, clock: Callable[[], float]) -> Snapshot:
    """Read once what a verb of the shell needs. Raises `Failed`."""
    board = Board(policy, clock)
    for feed in feed_table(sources, clock):
        if feed.read:
            board.put(**await feed.read(board.snapshot))
    return board.snapshot


async def _follow_one(board: Board, feed: Feed) -> None:
    await retry_feed(board, feed.slices, lambda: feed.follow(board))
