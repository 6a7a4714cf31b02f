"""Signals that end the screen: SIGTERM, and SIGHUP from a terminal whose connection broke.

Services without a screen handle SIGTERM and SIGINT in `cli`.
"""

import asyncio
import signal
from collections.abc import Callable

TERMINATION = (signal.SIGTERM, signal.SIGHUP)


def on_termination(handler: Callable[[], object]) -> None:
    """Call `handler` in the running event loop for each signal that ends the screen, instead of ending the process."""
    loop = asyncio.get_running_loop()
    for number in TERMINATION:
        loop.add_signal_handler(number, handler)
