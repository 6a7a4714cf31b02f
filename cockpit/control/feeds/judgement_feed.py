"""The feed of the gate's verdict, as the engine publishes it."""

from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.control.record_reader import InvalidRecord, read_judgement
from cockpit.control.snapshot_update import SnapshotUpdate
from cockpit.deploy import store_keys
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Store


async def follow_judgement(board: Board, store: Store, clock: Callable[[], float]) -> None:
    """Keep the verdict up to date. Raises `InvalidRecord`."""
    async for entries in store.watch(store_keys.JUDGEMENT):
        board.put(judgement=Seen(read_judgement(entries[-1] if entries else None), clock()))


async def read_judgement_once(store: Store, clock: Callable[[], float]) -> SnapshotUpdate:
    """Read the verdict once; an unreadable one is an error of the slice. Raises `Failed`."""
    try:
        return {"judgement": Seen(read_judgement(await store.get(store_keys.JUDGEMENT)), clock())}
    except InvalidRecord as invalid:
        return {"judgement": Seen(None, 0.0, str(invalid))}
