"""Releases a lock when its holder exits: tried briefly, so that it never delays the exit."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from cockpit.ports import Failed, Lease

MOMENT = 2.0
"""Seconds to wait for the store. If it does not answer, the lock expires by its TTL."""


async def release_lock(lease: Lease) -> None:
    """Release the lock if the store answers, even if the caller is being cancelled."""
    await try_on_exit(lease.release())


async def try_on_exit(last: Coroutine[Any, Any, None]) -> None:
    """Run `last` for at most `MOMENT` seconds, even if the caller is being cancelled. Its failures are ignored."""

    async def attempt() -> None:
        with suppress(Failed, TimeoutError):
            async with asyncio.timeout(MOMENT):
                await last

    await asyncio.shield(attempt())
