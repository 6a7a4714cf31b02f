"""Watches are woken by this process, and by other processes through the wakeup file."""

import asyncio
import sys
from pathlib import Path

import pytest

from cockpit.adapters.sqlite.wakeup import Wakeup

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


async def test_an_event_taken_before_the_wakeup_is_set_and_the_next_is_not(tmp_path: Path) -> None:
    wakeup = Wakeup(tmp_path / "bell")
    event = wakeup.next()
    wakeup.wake()
    assert event.is_set()
    assert not wakeup.next().is_set()


@linux_only
async def test_a_notification_wakes_listeners_of_other_processes(tmp_path: Path) -> None:
    listener, sender = Wakeup(tmp_path / "bell"), Wakeup(tmp_path / "bell")
    listener.listen()
    listener.listen()
    for _ in range(2):  # the first creates the file
        event = listener.next()
        sender.notify()
        async with asyncio.timeout(5):
            await event.wait()
    (tmp_path / "other").touch()
    await asyncio.sleep(0.05)
    assert not listener.next().is_set()
    listener.close()


async def test_closing_wakes_the_waiters(tmp_path: Path) -> None:
    wakeup = Wakeup(tmp_path / "bell")
    wakeup.listen()
    event = wakeup.next()
    wakeup.close()
    assert event.is_set()


def test_a_notification_never_fails(tmp_path: Path) -> None:
    Wakeup(tmp_path / "missing" / "bell").notify()
