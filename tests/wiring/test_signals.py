"""Signals that end the screen call its handler."""

import asyncio
import os
import signal

import pytest

from cockpit.wiring.signals import TERMINATION, on_termination


@pytest.mark.parametrize("number", TERMINATION)
async def test_each_termination_signal_calls_the_handler(number: signal.Signals) -> None:
    called = asyncio.Event()
    on_termination(called.set)
    try:
        os.kill(os.getpid(), number)
        async with asyncio.timeout(10):
            await called.wait()
    finally:
        for registered in TERMINATION:
            asyncio.get_running_loop().remove_signal_handler(registered)
