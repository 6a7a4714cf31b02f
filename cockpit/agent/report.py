"""Tells the store how the host is: on every change, and as a heartbeat while there is none.

Its own task, so that a slow or absent store never holds up what happens on the host. Changes that follow each other
faster than the store takes them are joined: what counts is that the last one arrives.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec

from cockpit.deploy import keys
from cockpit.deploy.hosts.status import Status
from cockpit.ports import Failed, Put, Store

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds before a store that failed is told again, doubling."""


class Report:
    """The report of one host."""

    def __init__(self, store: Store, status: Callable[[], Status], heartbeat: float) -> None:
        self._store = store
        self._status = status
        self._heartbeat = heartbeat
        self.changed = asyncio.Event()

    async def send(self) -> None:
        """Write the status as it is now. Raises `Failed`."""
        self.changed.clear()
        status = self._status()
        put = Put(keys.status(status.tier, status.host), msgspec.json.encode(status))
        # the next heartbeat writes it again: a power cut loses nothing that is worth a sync by every host
        await self._store.commit(put, durable=False)

    async def run(self) -> None:
        """Report for ever."""
        pause = FIRST_PAUSE
        while True:
            try:
                await self.send()
            except Failed:
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, 2 * pause)
                continue
            pause = FIRST_PAUSE
            with suppress(TimeoutError):
                async with asyncio.timeout(self._heartbeat):
                    await self.changed.wait()
