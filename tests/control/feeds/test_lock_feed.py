from time import time

import msgspec

from cockpit.adapters.leases import StoreLocks
from cockpit.control.feeds.sources import Sources
from cockpit.deploy import store_keys
from cockpit.deploy.schedule.presence import Presence, Sign
from cockpit.ports import Put
from tests.control.feeds.following import following
from tests.fakes import MemoryStore


async def test_holders_appear_and_an_expired_lock_is_noticed_without_a_write() -> None:
    store = MemoryStore()
    locks = StoreLocks(store, time)
    async with following(Sources(store, locks)) as board:
        assert await locks.acquire(store_keys.COMMANDER_LOCK, "ada\x1b[31m@box", 1.0)
        assert await locks.acquire(store_keys.ENGINE_LOCK, "engine", 30.0)
        snapshot = await board.until(lambda s: bool(s.commander.value.name and s.engine.value.name), 5)
        assert (snapshot.commander.value.name, snapshot.engine.value.name) == ("ada@box", "engine")
        snapshot = await board.until(lambda s: not s.commander.value.name, 5)
        assert (snapshot.commander.value.name, snapshot.engine.value.name) == ("", "engine")


async def test_the_sign_of_life_follows_its_record() -> None:
    store = MemoryStore()
    presence = Presence("ada@box", 5.0, Sign.PRESENT)
    async with following(Sources(store, StoreLocks(store, time))) as board:
        await store.commit(Put(store_keys.PRESENCE, msgspec.json.encode(presence)))
        assert (await board.until(lambda s: s.presence.value is not None, 5)).presence.value == presence
