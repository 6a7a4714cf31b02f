"""The store and the store of builds that a config names."""

from pathlib import Path

import pytest

from cockpit.adapters.artifacts.folder import FolderArtifacts
from cockpit.adapters.artifacts.object_store import ObjectArtifacts, SplitArtifacts
from cockpit.adapters.consul.store import ConsulStore
from cockpit.adapters.sqlite.store import SqliteStore
from cockpit.config import Config, load
from cockpit.wiring.stores import open_artifacts, open_store, store_missing
from cockpit.wiring.systems import clock
from tests.process_company import ProcessCompany


def config_with(folder: Path, more: str) -> Config:
    file = ProcessCompany(folder).folder / "config.toml"
    file.write_text(file.read_text() + more)
    return load(file)


@pytest.mark.parametrize(("kind", "expected"), [("sqlite", SqliteStore), ("consul", ConsulStore)])
async def test_the_configured_kind_of_store_is_opened(tmp_path: Path, kind: str, expected: type) -> None:
    config = config_with(tmp_path, f'[store]\nkind = "{kind}"\n')
    store, _ = open_store(config, read_only=False, clock=clock)
    assert isinstance(store, expected)
    await store.close()


def test_only_an_embedded_store_can_be_missing(tmp_path: Path) -> None:
    config = config_with(tmp_path, "")
    assert store_missing(config)
    file = config.resolve(config.store.path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    assert not store_missing(config)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", FolderArtifacts),
        ("file:///srv/builds", FolderArtifacts),
        ("https://builds.example/shop", SplitArtifacts),
        ("s3://builds/shop", ObjectArtifacts),
    ],
)
def test_the_url_selects_the_store_of_builds(tmp_path: Path, url: str, expected: type) -> None:
    config = config_with(tmp_path, f'[artifacts]\nurl = "{url}"\n' if url else "")
    assert isinstance(open_artifacts(config), expected)
