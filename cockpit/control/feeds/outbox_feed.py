"""The feed of the outbox: notifications that wait, were delivered or were given up."""

from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.control.feeds.ticks import with_ticks
from cockpit.control.record_reader import read_deliveries
from cockpit.control.snapshot_update import SnapshotUpdate
from cockpit.deploy import store_keys
from cockpit.deploy.outbox import DeliveryRecords
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.ports import Store
from cockpit.rules.notifications.outbox import outbox_of


async def follow_outbox(board: Board, store: Store, clock: Callable[[], float]) -> None:
    """Compute the outbox after each delivery, and within a second of each event."""
    records = DeliveryRecords()
    digest: str | None = None
    async for entries in with_ticks(store.watch(store_keys.NOTIFICATIONS), 1.0):
        log = board.snapshot.log.value
        if entries is None and log.digest == digest:
            continue
        records, error = read_deliveries(entries or (), records)
        digest = log.digest
        board.put(outbox=Seen(outbox_of(log.releases, board.snapshot.policy, records), clock(), error))


async def read_outbox(known: Snapshot, store: Store, clock: Callable[[], float]) -> SnapshotUpdate:
    """Compute the outbox once, from the log of `known`. Raises `Failed`."""
    records, error = read_deliveries(await store.list(store_keys.NOTIFICATIONS))
    return {"outbox": Seen(outbox_of(known.log.value.releases, known.policy, records), clock(), error)}
