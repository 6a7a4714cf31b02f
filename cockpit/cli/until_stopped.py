"""Runs a verb that has no end of its own until SIGTERM or SIGINT."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any


def run_until_stopped(work: Coroutine[Any, Any, None]) -> int:
    """Run `work` until it ends or a signal cancels it; it releases its locks on the way out."""

    async def run() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(run())
    return 0
