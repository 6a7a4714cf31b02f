"""How a lock is given back by somebody who is leaving: tried, for a moment, and never in the way of leaving."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from cockpit.ports import Failed, Lease

MOMENT = 2.0
"""Seconds. A store that does not answer lets the lock lapse by itself."""


async def release_lock(lease: Lease) -> None:
    """Give it back if the store answers; also where whoever asks is being cancelled."""

    await within_a_moment(lease.release())


async def within_a_moment(last: Coroutine[Any, Any, None]) -> None:
    """Do it if the store answers; also where whoever asks is being cancelled."""

    async def tried() -> None:
        with suppress(Failed, TimeoutError):
            async with asyncio.timeout(MOMENT):
                await last

    await asyncio.shield(tried())
