"""Waiting for the state of other processes and threads."""

import time
from collections.abc import Callable


def wait_until(holds: Callable[[], bool], seconds: float = 8.0) -> None:
    """Poll until it holds; fails at the timeout."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"does not hold after {seconds:g} s"
        time.sleep(0.02)
