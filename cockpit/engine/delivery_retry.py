"""Retries undelivered notifications: a failed attempt is repeated with growing pauses until it succeeds.

Old messages are not retried for ever: `rules.notifications.outbox.is_stale` gives them up.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cockpit.control.record_reader import InvalidRecord
from cockpit.ports import Failed

T = TypeVar("T")

PAUSES = (1.0, 2.0, 5.0, 15.0, 30.0)
"""Seconds to wait after the first, second, ... failure in a row."""
DEADLINE = 45.0
"""Seconds after which an attempt without an answer has failed."""


async def retry(
    attempt: Callable[[], Awaitable[T]],
    report: Callable[[str], Awaitable[None]],
    pauses: tuple[float, ...] = PAUSES,
    destination: str = "",
    recovered: Callable[[], None] = lambda: None,
) -> T:
    """Repeat the attempt until it succeeds.

    `report` gets each error, without the name of the `destination` if the error is its own. `recovered` is called on
    a success after failures.
    """
    failures = 0
    while True:
        try:
            result = await attempt()
            if failures:
                recovered()
            return result
        except Failed as failed:
            error = failed.reason if destination and failed.system == destination else str(failed)
        except InvalidRecord as invalid:
            error = str(invalid)
        except Exception as bug:  # cockpit's or a library's; its text may hold the address, which is secret
            error = f"bug in cockpit: {type(bug).__name__}"
        await report(error)
        await asyncio.sleep(pauses[min(failures, len(pauses) - 1)])
        failures += 1


async def with_deadline(deadline: float, destination: str, sending: Awaitable[T]) -> T:
    """Wait for the destination's answer. Raises `Failed` after `deadline` seconds."""
    try:
        async with asyncio.timeout(deadline):
            return await sending
    except TimeoutError as timeout:
        raise Failed(destination, f"does not answer within {deadline:.0f} s") from timeout
