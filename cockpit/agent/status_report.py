"""Reports the host's status to the store: on every change, and as a heartbeat.

During a pull, the report is sent twice as often, at most once a second. 10,000 hosts with a heartbeat of 10 s write
1,000 times a second at rest, and 2,000 times while all of them pull. A pull shorter than the interval adds no report.

The report is its own task, so a slow or unreachable store never delays the host. If changes are faster than the store,
they are merged, and the last one arrives.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec

from cockpit.deploy import store_keys
from cockpit.deploy.hosts.status import Status
from cockpit.ports import Failed, Put, Store

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds before a failed report is sent again, doubling."""

LEAST_INTERVAL = 1.0
"""Least seconds between two reports of a pull's progress."""


def seconds_to_next(status: Status, heartbeat: float) -> float:
    """Return the seconds until the next report if the state does not change."""
    return min(heartbeat, max(LEAST_INTERVAL, heartbeat / 2)) if status.pulling else heartbeat


class StatusReport:
    """The status report of one host."""

    def __init__(self, store: Store, status: Callable[[], Status], heartbeat: float) -> None:
        self._store = store
        self._status = status
        self._heartbeat = heartbeat
        self.changed = asyncio.Event()
        """Set it to send a report now."""

    async def send(self) -> Status:
        """Write the present status and return it. Raises `Failed`."""
        self.changed.clear()
        status = self._status()
        put = Put(store_keys.status(status.tier, status.host), msgspec.json.encode(status))
        # the next heartbeat writes it again, so a durable write is not worth a sync for every host
        await self._store.commit(put, durable=False)
        return status

    async def run(self) -> None:
        """Report until cancelled."""
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
                async with asyncio.timeout(seconds_to_next(status, self._heartbeat)):
                    await self.changed.wait()
