"""A replay is read from the store once and played at its own speed."""

from pathlib import Path

import pytest

from cockpit.config import load
from cockpit.deploy import store_keys
from cockpit.deploy.events import encode
from cockpit.ports import Failed, Put
from cockpit.wiring.context import open_context
from cockpit.wiring.replays import Recording, read_recording, replay_events
from tests.process_company import ProcessCompany
from tests.recorded_releases import recorded_release, rolled_back


async def test_the_record_of_a_release_is_read_with_those_before_it(tmp_path: Path) -> None:
    config = load(ProcessCompany(tmp_path).folder / "config.toml")
    first, second = rolled_back("2026-11-22.1"), rolled_back("2026-11-23.1")
    async with open_context(config) as context:
        for release in (first, second):
            writes = (Put(store_keys.event(release.id, event.number), encode(event)) for event in release.events)
            await context.store.commit(*writes)
    latest = await read_recording(config, "")
    assert latest
    assert (latest.release.id, [release.id for release in latest.before]) == (second.id, [first.id])
    named = await read_recording(config, first.id)
    assert named
    assert (named.release.id, named.before) == (first.id, ())
    assert await read_recording(config, "2026-11-21.1") is None


async def test_all_events_are_replayed_in_order() -> None:
    release = rolled_back()
    assert [event async for event in replay_events(Recording(release, (), ()), speed=1e9)] == list(release.events)


async def test_a_record_without_readable_events_is_refused() -> None:
    with pytest.raises(Failed, match="none of its events can be read"):
        async for _ in replay_events(Recording(recorded_release("2026-11-23.9"), (), ()), speed=1.0):
            pass
