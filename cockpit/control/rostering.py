"""The feed of the rota: what could be read last stays, with its age, however long its source fails."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from cockpit.control.board import Board
from cockpit.deploy.day.rota import Rota
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.text import clean, duration
from cockpit.ports import Failed, Roster


async def follow_rota(board: Board, roster: Roster, every: float, clock: Callable[[], float]) -> None:
    """Read it every so many seconds."""
    while True:
        board.put(rota=await read_once(roster, board.snapshot.rota, clock))
        await asyncio.sleep(every)


async def read_once(roster: Roster, known: Seen[Rota | None], clock: Callable[[], float]) -> Seen[Rota | None]:
    """The rota as it is now; where it cannot be read, the `known` one, with what is wrong and how old it is."""
    try:
        return Seen(await roster.rota(), clock())
    except Failed as failed:
        age = known.age(clock())
        since = "the config's people stand in for it" if age is None else f"what was read {duration(age)} ago counts"
        return replace(known, trouble=f"{clean(str(failed))}; {since}")
