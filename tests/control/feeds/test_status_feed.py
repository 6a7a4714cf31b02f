from cockpit.control.feeds.sources import Sources
from cockpit.deploy import store_keys
from cockpit.ports import Delete, Put
from tests.control.feeds.following import FailingStore, following, status
from tests.fakes import MemoryStore, NoLocks


async def test_written_statuses_appear_and_removed_ones_disappear() -> None:
    store = MemoryStore()
    async with following(Sources(store, NoLocks())) as board:
        await store.commit(status("c1"), status("c2"))
        assert set((await board.until(lambda s: len(s.statuses.value) == 2, 3)).statuses.value) == {"c1", "c2"}
        await store.commit(Delete(store_keys.status("canary", "c1")))
        assert set((await board.until(lambda s: len(s.statuses.value) == 1, 3)).statuses.value) == {"c2"}


async def test_an_unreadable_status_is_an_error_and_hides_no_other() -> None:
    store = MemoryStore()
    async with following(Sources(store, NoLocks())) as board:
        await store.commit(Put(store_keys.status("canary", "c1"), b"\x00"), status("c2"))
        snapshot = await board.until(lambda s: bool(s.statuses.error), 3)
        assert "status/canary/c1 cannot be read" in snapshot.statuses.error
        assert set(snapshot.statuses.value) == {"c2"}


async def test_a_status_removed_during_a_failure_is_gone_afterwards() -> None:
    store = FailingStore()
    await store.commit(status("c1"), status("c2"))
    async with following(Sources(store, NoLocks())) as board:
        await board.until(lambda s: set(s.statuses.value) == {"c1", "c2"}, 2)
        store.failing = True
        await store.commit(Delete(store_keys.status("canary", "c2")))
        store.failing = False
        snapshot = await board.until(lambda s: set(s.statuses.value) == {"c1"}, 5)
        assert set(snapshot.statuses.value) == {"c1"}
