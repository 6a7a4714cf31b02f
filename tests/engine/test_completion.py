import asyncio
import threading

import pytest

from cockpit.engine.completion import completed


async def test_work_in_a_thread_is_awaited_even_if_the_caller_is_cancelled() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def push() -> str:
        begun.set()
        go_on.wait(10)
        return "pushed"

    caller = asyncio.create_task(completed(asyncio.to_thread(push)))
    await asyncio.to_thread(begun.wait, 10)
    for _ in range(3):
        caller.cancel()
        await asyncio.sleep(0)
    assert not caller.done()
    go_on.set()
    assert await caller == "pushed"


async def test_its_exception_is_raised() -> None:
    def fail() -> None:
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        await completed(asyncio.to_thread(fail))
