"""The feed of the targets: the build that each tier is told to run."""

from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.control.record_reader import read_targets
from cockpit.control.snapshot_update import SnapshotUpdate
from cockpit.deploy import store_keys
from cockpit.deploy.snapshot import Seen, StoredTarget
from cockpit.ports import Store


async def follow_targets(board: Board, store: Store, clock: Callable[[], float]) -> None:
    """Keep the targets up to date. It starts empty, so targets removed during an interruption are dropped."""
    known: dict[str, StoredTarget] = {}
    async for entries in store.watch(store_keys.TARGETS):
        changed, error = read_targets(entry for entry in entries if entry.value is not None)
        removed = {store_keys.tier_of_target(entry.key) for entry in entries if entry.value is None}
        known = {tier: target for tier, target in (known | changed).items() if tier not in removed}
        board.put(targets=Seen(known, clock(), error))


async def read_targets_once(store: Store, clock: Callable[[], float]) -> SnapshotUpdate:
    """Read the targets once. Raises `Failed`."""
    targets, error = read_targets(await store.list(store_keys.TARGETS))
    return {"targets": Seen(targets, clock(), error)}
