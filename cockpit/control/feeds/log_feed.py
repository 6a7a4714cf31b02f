"""The feed of the log: every release with its events."""

from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.control.log_reader import LogReader, lost_events
from cockpit.control.snapshot_update import SnapshotUpdate
from cockpit.deploy import store_keys
from cockpit.deploy.snapshot import Log, Seen
from cockpit.ports import Store


async def follow_log(board: Board, store: Store, clock: Callable[[], float]) -> None:
    """Keep the log up to date, and set an error if the store loses events."""
    reader = LogReader()
    known = board.snapshot.log.value
    async for entries in store.watch(store_keys.RELEASES):
        if any(entry.value is None for entry in entries):  # events are never deleted: the store lost them
            reader, entries = LogReader(), await store.list(store_keys.RELEASES)
        reader.add(entries)
        reader.set_pointer(await store.get(store_keys.CURRENT))
        missing = lost_events(known, reader.log)
        known = known if missing else reader.log
        board.put(log=Seen[Log](reader.log, clock(), missing))


async def read_log(store: Store, clock: Callable[[], float]) -> SnapshotUpdate:
    """Read the log once. Raises `Failed`."""
    reader = LogReader()
    reader.set_pointer(await store.get(store_keys.CURRENT))
    reader.add(await store.list(store_keys.RELEASES))
    return {"log": Seen(reader.log, clock())}
