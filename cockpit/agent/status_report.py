"""Tells the store how the host is: on every change, and as a heartbeat while there is none.

While it brings in a build, what has come so far is told twice as often, but never more than once a second. That
follows from the heartbeat, so whoever gives a large fleet a slow one to spare the store has spared it this as well:
10,000 hosts with a heartbeat of 10 s write 1,000 times a second at rest and 2,000 times while all of them pull for
long. A pull that takes less than that, as that of a delta does, adds nothing to what the changes of state cost.

Its own task, so that a slow or absent store never holds up what happens on the host. Changes that follow each other
faster than the store takes them are joined: what counts is that the last one arrives.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec

from cockpit.deploy import store_keys
from cockpit.deploy.hosts.status import Status
from cockpit.ports import Failed, Put, Store

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds before a store that failed is told again, doubling."""

SOONEST = 1.0
"""Seconds between two reports of how far a pull is, at least."""


def until_next(status: Status, heartbeat: float) -> float:
    """Seconds after which the next report is due though nothing has changed but bytes."""
    return min(heartbeat, max(SOONEST, heartbeat / 2)) if status.pulling else heartbeat


class StatusReport:
    """The report of one host."""

    def __init__(self, store: Store, status: Callable[[], Status], heartbeat: float) -> None:
        self._store = store
        self._status = status
        self._heartbeat = heartbeat
        self.changed = asyncio.Event()

    async def send(self) -> Status:
        """Write the status as it is now, and return it. Raises `Failed`."""
        self.changed.clear()
        status = self._status()
        put = Put(store_keys.status(status.tier, status.host), msgspec.json.encode(status))
        # the next heartbeat writes it again: a power cut loses nothing that is worth a sync by every host
        await self._store.commit(put, durable=False)
        return status

    async def run(self) -> None:
        """Report for ever."""
        pause = FIRST_PAUSE
        while True:
            try:
                status = await self.send()
            except Failed:
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, 2 * pause)
                continue
            pause = FIRST_PAUSE
            with suppress(TimeoutError):
                async with asyncio.timeout(until_next(status, self._heartbeat)):
                    await self.changed.wait()
