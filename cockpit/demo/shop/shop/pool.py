"""Connections to the catalogue's database, of which it grants each host a few."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIZE = 12

_free = threading.BoundedSemaphore(SIZE)


@contextmanager
def connection() -> Iterator[None]:
    """A connection for the time of one request; waits until one is free."""
    with _free:
        yield
