from collections import Counter
from time import time
from typing import get_args

import msgspec

from cockpit.control.feeds.feed_table import feed_table, take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.control.snapshot_update import SliceName
from cockpit.deploy import store_keys
from cockpit.deploy.schedule.presence import Presence, Sign
from cockpit.ports import Put
from tests.control.feeds.following import following, status
from tests.fakes import MemoryStore, NoLocks
from tests.scenario import POLICY, Scenario


async def test_each_slice_has_one_feed() -> None:
    feeds = feed_table(Sources(MemoryStore(), NoLocks()), time)
    slices = Counter(name for feed in feeds for name in feed.slices)
    assert set(slices) <= set(get_args(SliceName))
    assert set(slices.values()) == {1}


async def test_a_snapshot_taken_once_equals_a_followed_one() -> None:
    store, locks = MemoryStore(), NoLocks()
    scenario = Scenario().at(2)
    log = [entry for key, entry in scenario._entries.items() if key.startswith((store_keys.RELEASES, "targets/"))]
    await store.commit(*(Put(entry.key, entry.value or b"") for entry in log), status("c1"))
    presence = Presence("ada@box", 5.0, Sign.SHELL)
    await store.commit(Put(store_keys.PRESENCE, msgspec.json.encode(presence)))
    taken = await take_snapshot(POLICY, Sources(store, locks), time)
    assert taken.latest
    async with following(Sources(store, locks)) as board:
        followed = await board.until(
            lambda s: bool(s.latest and s.statuses.value and s.targets.value and s.presence.value and s.outbox.at), 5
        )
    for name in ("log", "targets", "statuses", "presence", "engine", "commander", "outbox", "judgement"):
        assert getattr(taken, name).value == getattr(followed, name).value, name
