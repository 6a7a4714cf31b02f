"""The feed of the alerts that fire."""

import asyncio
from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Alerts


async def follow_alerts(board: Board, alerts: Alerts, every: float, clock: Callable[[], float]) -> None:
    """Read the alerts every `every` seconds."""
    while True:
        board.put(alerts=Seen(await alerts.alerts(), clock()))
        await asyncio.sleep(every)
