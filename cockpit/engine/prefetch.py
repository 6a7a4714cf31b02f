"""Tells every tier of the newest build, so that hosts bring it onto their disks before they are asked to run it.

The record is there before there is a build: of a key that is watched and not there, Consul wakes every watcher at each
write beside it, and a fleet's hosts report all the time.
"""

import msgspec

from cockpit.deploy import store_keys
from cockpit.deploy.hosts.status import Announced
from cockpit.deploy.tiers import Tier
from cockpit.ports import Put, Store, Write


async def create_prefetch_keys(store: Store, tiers: tuple[Tier, ...], guard: Write) -> None:
    """Make sure that there is a record for each tier, saying nothing where it is new. Raises `Failed`."""
    absent = [key for key in map(_key, tiers) if await store.get(key) is None]
    if absent:
        nothing = msgspec.json.encode(Announced(""))
        await store.commit(*(Put(key, nothing, expect=0) for key in absent), guard, durable=False)


async def announce(store: Store, tiers: tuple[Tier, ...], build: str, guard: Write) -> None:
    """Tell every tier of that build. Raises `Failed`."""
    record = msgspec.json.encode(Announced(build))
    await store.commit(*(Put(_key(tier), record) for tier in tiers), guard, durable=False)


def _key(tier: Tier) -> str:
    return store_keys.announced(tier.name)
