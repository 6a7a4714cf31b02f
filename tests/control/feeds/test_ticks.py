import asyncio
from collections.abc import AsyncIterator

from cockpit.control.feeds.ticks import with_ticks


async def test_every_change_and_a_tick_without_one_are_yielded() -> None:
    async def changes() -> AsyncIterator[int]:
        yield 1
        await go.wait()
        yield 2

    go = asyncio.Event()
    ticks = with_ticks(changes(), 0.01)
    assert await anext(ticks) == 1
    assert await anext(ticks) is None
    go.set()
    assert [tick async for tick in ticks if tick is not None] == [2]
