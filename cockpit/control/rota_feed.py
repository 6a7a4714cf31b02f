"""The feed of the rota: what could be read last stays, with its age, however long its source fails."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from cockpit.control.board import Board
from cockpit.deploy.schedule.calendar import Calendar
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.text import clean, duration, names
from cockpit.ports import Failed, Roster


async def follow_rota(board: Board, roster: Roster, every: float, clock: Callable[[], float]) -> None:
    """Read it every so many seconds."""
    while True:
        board.put(rota=await read_once(roster, board.snapshot.rota, board.snapshot.policy.calendar, clock))
        await asyncio.sleep(every)


async def read_once(
    roster: Roster, known: Seen[Rota | None], calendar: Calendar, clock: Callable[[], float]
) -> Seen[Rota | None]:
    """The rota as it is now; where it cannot be read, the `known` one, with what is wrong and how old it is.

    What it says of slots that the calendar does not have is told, for then somebody thinks they are on it and are not.
    """
    try:
        rota = await roster.rota()
        odd = rota.misfits(calendar)
        return Seen(rota, clock(), f"rota: no date, weekday or slot of the calendar: {names(odd)}" if odd else "")
    except Failed as failed:
        age = known.age(clock())
        since = "the config's people stand in for it" if age is None else f"what was read {duration(age)} ago counts"
        return replace(known, error=f"{clean(str(failed))}; {since}")
