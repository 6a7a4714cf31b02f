"""Waits for work at a remote that cannot be taken back, such as a push, also while the caller is being cancelled."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def completed(work: Awaitable[T]) -> T:
    """The result of `work`, which ends by the deadlines of git or of the forge, even if the caller is cancelled.

    The cancellation is then lost: the caller must ask whether its work is still wanted.
    """
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    return task.result()
