"""Ticks for feeds that must act even if their source is silent."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

T = TypeVar("T")


async def with_ticks(changes: AsyncIterator[T], every: float) -> AsyncIterator[T | None]:
    """Each item of `changes`, and None after every `every` seconds without one. Ends when `changes` ends."""
    pending = asyncio.ensure_future(anext(changes))
    try:
        while True:
            done, _ = await asyncio.wait({pending}, timeout=every)
            if not done:
                yield None
                continue
            try:
                change = pending.result()
            except StopAsyncIteration:
                return
            yield change
            pending = asyncio.ensure_future(anext(changes))
    finally:
        pending.cancel()
        await asyncio.gather(pending, return_exceptions=True)
