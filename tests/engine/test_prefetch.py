import msgspec

from cockpit.deploy import store_keys
from cockpit.engine.prefetch import announce, create_prefetch_keys
from cockpit.ports import Check
from tests.fakes import MemoryStore
from tests.scenario import POLICY

GUARD = Check("locks/engine/owner", 0)


async def announced(store: MemoryStore) -> set[str]:
    entries = [await store.get(store_keys.announced(tier.name)) for tier in POLICY.tiers]
    return {msgspec.json.decode(entry.value or b"")["build"] for entry in entries if entry}


async def test_every_tier_gets_an_empty_record_before_there_is_a_build() -> None:
    store = MemoryStore()
    await create_prefetch_keys(store, POLICY.tiers, GUARD)
    assert await announced(store) == {""}


async def test_existing_records_are_kept() -> None:
    store = MemoryStore()
    await announce(store, POLICY.tiers, "b1", GUARD)
    await create_prefetch_keys(store, POLICY.tiers, GUARD)
    assert await announced(store) == {"b1"}
