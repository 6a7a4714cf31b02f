"""The feed of the rota. If its source fails, the last rota stays in force, with its age."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from cockpit.control.board import Board
from cockpit.control.snapshot_update import SnapshotUpdate
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.deploy.text import clean, duration, names
from cockpit.ports import Failed, RotaSource


async def follow_rota(board: Board, source: RotaSource, every: float, clock: Callable[[], float]) -> None:
    """Read the rota every `every` seconds."""
    while True:
        board.put(**await read_rota(board.snapshot, source, clock))
        await asyncio.sleep(every)


async def read_rota(known: Snapshot, source: RotaSource, clock: Callable[[], float]) -> SnapshotUpdate:
    """Read the rota once. If that fails, the rota of `known` stays, with the error and its age.

    Slots that the calendar does not have are an error too: the people in them believe they are on duty.
    """
    try:
        rota = await source.rota()
    except Failed as failed:
        age = known.rota.age(clock())
        fallback = "the config's people are used" if age is None else f"the rota read {duration(age)} ago is used"
        return {"rota": replace(known.rota, error=f"{clean(str(failed))}; {fallback}")}
    misfits = rota.unknown_keys(known.policy.calendar)
    error = f"rota: not a date, weekday or slot of the calendar: {names(misfits)}" if misfits else ""
    return {"rota": Seen(rota, clock(), error)}
