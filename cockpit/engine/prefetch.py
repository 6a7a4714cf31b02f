"""Announces the newest build to every tier, so that hosts download it before they are told to run it.

The record exists before there is a build. Consul wakes the watcher of an absent key at every write near it, and hosts
write all the time.
"""

import msgspec

from cockpit.deploy import store_keys
from cockpit.deploy.hosts.status import Announced
from cockpit.deploy.tiers import Tier
from cockpit.ports import Put, Store, Write


async def create_prefetch_keys(store: Store, tiers: tuple[Tier, ...], guard: Write) -> None:
    """Create an empty record for each tier that has none. Raises `Failed`."""
    absent = [key for key in map(_key, tiers) if await store.get(key) is None]
    if absent:
        empty = msgspec.json.encode(Announced(""))
        await store.commit(*(Put(key, empty, expect=0) for key in absent), guard, durable=False)


async def announce(store: Store, tiers: tuple[Tier, ...], build: str, guard: Write) -> None:
    """Announce the build to every tier. Raises `Failed`."""
    record = msgspec.json.encode(Announced(build))
    await store.commit(*(Put(_key(tier), record) for tier in tiers), guard, durable=False)


def _key(tier: Tier) -> str:
    return store_keys.announced(tier.name)
