import asyncio

import pytest

from cockpit.control.lock_release import release_lock, try_on_exit
from cockpit.ports import Check, Failed, Write


class FakeLease:
    """A lease that counts its releases, or fails."""

    def __init__(self, fails: bool = False) -> None:
        self.released = asyncio.Event()
        self._fails = fails

    @property
    def guard(self) -> Write:
        return Check("locks/x/owner", 1)

    async def renew(self) -> bool:
        return True

    async def release(self) -> None:
        if self._fails:
            raise Failed("store", "does not answer")
        await asyncio.sleep(0)
        self.released.set()


async def test_a_cancelled_holder_still_releases_its_lock() -> None:
    lease = FakeLease()

    async def hold() -> None:
        try:
            await asyncio.Future()
        finally:
            await release_lock(lease)

    task = asyncio.create_task(hold())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert lease.released.is_set()


async def test_a_failing_store_does_not_delay_the_exit() -> None:
    await release_lock(FakeLease(fails=True))


async def test_other_errors_are_raised() -> None:
    async def bug() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        await try_on_exit(bug())
