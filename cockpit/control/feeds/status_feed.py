"""The feed of the hosts' statuses."""

from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.control.record_reader import read_statuses
from cockpit.control.snapshot_update import SnapshotUpdate
from cockpit.deploy import store_keys
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Store


async def follow_statuses(board: Board, store: Store, clock: Callable[[], float]) -> None:
    """Keep the statuses up to date."""
    known: dict[str, Status] = {}
    async for entries in store.watch(store_keys.STATUSES):
        changed, error = read_statuses(entry for entry in entries if entry.value is not None)
        removed = {entry.key.rpartition("/")[2] for entry in entries if entry.value is None}
        known = {host: status for host, status in (known | changed).items() if host not in removed}
        board.put(statuses=Seen(known, clock(), error))


async def read_statuses_once(store: Store, clock: Callable[[], float]) -> SnapshotUpdate:
    """Read the statuses once. Raises `Failed`."""
    statuses, error = read_statuses(await store.list(store_keys.STATUSES))
    return {"statuses": Seen(statuses, clock(), error)}
