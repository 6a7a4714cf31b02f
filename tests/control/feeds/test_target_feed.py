import msgspec

from cockpit.control.feeds.sources import Sources
from cockpit.deploy import store_keys
from cockpit.ports import Delete, Put
from tests.control.dispatching import snapshot_of
from tests.control.feeds.following import following
from tests.fakes import MemoryStore, NoLocks
from tests.scenario import Scenario


def target(tier: str) -> Put:
    """The write of a tier's target."""
    stored = Scenario().installed().snapshot.targets.value[tier]
    return Put(store_keys.target(tier), msgspec.json.encode(stored.target))


async def test_a_written_target_appears_with_its_version_and_a_removed_one_disappears() -> None:
    store = MemoryStore()
    async with following(Sources(store, NoLocks())) as board:
        version = await store.commit(target("staging"))
        snapshot = await board.until(lambda s: bool(s.targets.value), 3)
        assert snapshot.targets.value["staging"].version == version
        await store.commit(Delete(store_keys.target("staging")))
        assert (await board.until(lambda s: not s.targets.value, 3)).targets.value == {}


async def test_an_unreadable_target_is_an_error_and_moves_no_host() -> None:
    store = MemoryStore()
    await store.commit(Put(store_keys.target("production"), b"{"), target("staging"))
    snapshot = await snapshot_of(store)
    assert "targets/production cannot be read" in snapshot.targets.error
    assert snapshot.targets.value["production"].target.build == ""
    assert snapshot.targets.value["staging"].target.build
