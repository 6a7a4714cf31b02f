"""Read-only access: no write reaches the store, and nothing fetches into the mirror."""

from pathlib import Path

import pytest

from cockpit.config import Config, load
from cockpit.control.feeds.sources import Sources
from cockpit.ports import Failed, Put
from cockpit.wiring.context import open_context
from cockpit.wiring.read_only import open_for_reading, open_for_watching, watched_last_seen, watched_sources
from cockpit.wiring.systems import clock, repository
from tests.process_company import ProcessCompany

WRITE = Put("key", b"value")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(ProcessCompany(tmp_path).folder / "config.toml")


async def test_a_watched_store_refuses_every_write(config: Config) -> None:
    async with open_context(config) as context:
        await context.store.commit(WRITE)
    store, _ = open_for_watching(config, clock)
    try:
        assert await store.get("key")
        with pytest.raises(Failed):
            await store.commit(WRITE)
    finally:
        await store.close()


async def test_watching_creates_no_store_and_reading_creates_an_empty_one(config: Config) -> None:
    file = config.resolve(config.store.path)
    watched, _ = open_for_watching(config, clock)
    with pytest.raises(Failed):
        await watched.list("")
    assert not file.exists()
    store, _ = open_for_reading(config, clock)
    assert await store.list("") == ()
    await store.close()
    assert file.exists()


async def test_watched_sources_have_no_repository(config: Config) -> None:
    store, locks = open_for_watching(config, clock)
    sources = Sources(store, locks, repository=repository(config))
    assert watched_sources(sources).repository is None
    assert watched_sources(sources).store is store


def test_a_watched_visit_is_noted_outside_cockpit_s_folder(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cockpit.deploy.schedule.presence import LastVisit

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    config.state.mkdir(parents=True, exist_ok=True)
    watched_last_seen(config).note(LastVisit(1.0))
    assert not list(config.state.rglob("*.json"))
    assert list((tmp_path / "own").rglob("*.json"))
