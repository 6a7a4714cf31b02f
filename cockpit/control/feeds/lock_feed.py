"""The feed of the locks: which engine works, who is commander, and the commander's last sign of life."""

from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.control.feeds.ticks import with_ticks
from cockpit.control.record_reader import cleaned_holder, read_presence
from cockpit.control.snapshot_update import SnapshotUpdate
from cockpit.deploy import store_keys
from cockpit.deploy.locks import Holder
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Locks, Store


async def follow_locks(board: Board, store: Store, locks: Locks, clock: Callable[[], float]) -> None:
    """Look at the locks at each change, and every second because a lock expires without one."""
    async for entries in with_ticks(store.watch(store_keys.LOCKS), 1.0):
        for entry in entries or ():
            if entry.key == store_keys.PRESENCE:
                presence, error = read_presence(entry)
                board.put(presence=Seen(presence, clock(), error))
        engine, commander = await _holders(locks, clock())
        snapshot = board.snapshot
        if _is_news(snapshot.engine, engine) or _is_news(snapshot.commander, commander):
            board.put(engine=engine, commander=commander)


async def read_locks(store: Store, locks: Locks, clock: Callable[[], float]) -> SnapshotUpdate:
    """Read the holders and the sign of life once. Raises `Failed`."""
    presence, error = read_presence(await store.get(store_keys.PRESENCE))
    engine, commander = await _holders(locks, clock())
    return {"presence": Seen(presence, clock(), error), "engine": engine, "commander": commander}


async def _holders(locks: Locks, now: float) -> tuple[Seen[Holder], Seen[Holder]]:
    """The holders of the engine's lock and of the commander's."""
    engine = await locks.look(store_keys.ENGINE_LOCK)
    commander = await locks.look(store_keys.COMMANDER_LOCK)
    return Seen(cleaned_holder(engine), now), Seen(cleaned_holder(commander), now)


def _is_news(known: Seen[Holder], current: Seen[Holder]) -> bool:
    return not known.at or bool(known.error) or known.value != current.value
