"""Verbs that run until a signal stops them."""

import asyncio
import os
import signal

import pytest

from cockpit.cli.until_stopped import run_until_stopped


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_cancels_the_work_which_cleans_up(number: signal.Signals) -> None:
    steps: list[str] = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), number)
            await asyncio.sleep(60)
        finally:
            steps.append("released")

    assert run_until_stopped(work()) == 0
    assert steps == ["released"]


def test_work_that_fails_raises_its_error() -> None:
    async def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run_until_stopped(work())
