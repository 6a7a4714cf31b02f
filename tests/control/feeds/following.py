"""Fakes for the tests of the feeds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time

import msgspec

from cockpit.control.board import Board
from cockpit.control.feeds.feed_table import follow
from cockpit.control.feeds.sources import Sources
from cockpit.deploy import store_keys
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.ports import Entry, Failed, Put
from tests.fakes import MemoryStore
from tests.scenario import POLICY


class FailingStore(MemoryStore):
    """A store whose watches fail while `failing` is set."""

    failing = False

    async def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        if self.failing:
            raise Failed("store", "the connection is lost", "wait")
        async for entries in super().watch(prefix):
            yield entries


@asynccontextmanager
async def following(sources: Sources) -> AsyncIterator[Board]:
    """A board that follows the sources."""
    board = Board(POLICY, time)
    task = asyncio.create_task(follow(board, sources, time))
    try:
        yield board
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def status(host: str, build: str = "b") -> Put:
    """The write of a host's status."""
    written = Status(host, "canary", HostState.SERVING, time(), time(), build)
    return Put(store_keys.status("canary", host), msgspec.json.encode(written))
