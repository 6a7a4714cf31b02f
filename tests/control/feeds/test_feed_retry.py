from collections.abc import AsyncIterator

import pytest

from cockpit.control.feeds.sources import Sources
from cockpit.deploy import store_keys
from cockpit.deploy.text import clean
from cockpit.ports import Entry
from tests.control.feeds.following import FailingStore, following, status
from tests.fakes import MemoryStore, NoLocks


async def test_a_failing_store_is_shown_and_followed_again_when_it_answers() -> None:
    store = FailingStore()
    store.failing = True
    async with following(Sources(store, NoLocks())) as board:
        snapshot = await board.until(lambda s: bool(s.log.error), 3)
        assert snapshot.log.error == "store: the connection is lost; wait"
        assert snapshot.log.at == 0
        store.failing = False
        await store.commit(status("c1"))
        snapshot = await board.until(lambda s: bool(s.statuses.value) and not s.log.error, 5)
        assert not snapshot.statuses.error


class BuggyStore(MemoryStore):
    """A store that raises `bug` when its statuses are watched."""

    bug: Exception | None = None

    async def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        if self.bug and prefix == store_keys.STATUSES:
            raise self.bug
        async for entries in super().watch(prefix):
            yield entries


@pytest.mark.parametrize("bug", [OSError(2, "no such file"), ValueError("\x1b[31mred"), AssertionError()])
async def test_a_bug_in_one_feed_is_shown_stops_no_other_feed_and_is_retried(bug: Exception) -> None:
    store = BuggyStore()
    store.bug = bug
    await store.commit(status("c1"))
    async with following(Sources(store, NoLocks())) as board:
        snapshot = await board.until(lambda s: bool(s.statuses.error) and bool(s.log.at), 30)
        assert snapshot.statuses.error == clean(f"bug in cockpit: {type(bug).__name__}: {bug}")
        assert snapshot.log.at
        assert not snapshot.log.error
        store.bug = None
        assert (await board.until(lambda s: bool(s.statuses.value), 30)).statuses.error == ""
