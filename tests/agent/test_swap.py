"""The flip of `current` is atomic and durable, and only a complete build can become hot."""

import os
from pathlib import Path

import pytest

from cockpit.agent import swap as module
from cockpit.agent.acts import Disk
from cockpit.agent.slot_metadata import mark_complete, mark_incomplete
from cockpit.agent.slots import Slots
from cockpit.agent.swap import flip, hot_slot
from cockpit.deploy.builds.manifest import Manifest, ManifestEntry, Mode
from cockpit.ports import Failed


def fill(folder: Path, name: str, page: str) -> str:
    """Put a complete build into the slot; return its id."""
    manifest = Manifest((ManifestEntry("page", Mode.FILE, len(page), page * 64),))
    slot = folder / "slots" / name
    slot.mkdir(parents=True)
    (slot / "page").write_text(page)
    mark_complete(slot, manifest)
    return manifest.id


def test_a_flip_moves_current_to_the_slot_of_the_build_and_back(tmp_path: Path) -> None:
    first, second = fill(tmp_path, "a", "1"), fill(tmp_path, "c", "2")
    assert hot_slot(tmp_path) == ""
    for build, name in ((first, "a"), (second, "c"), (first, "a")):
        flip(tmp_path, build)
        assert hot_slot(tmp_path) == name
        assert os.readlink(tmp_path / "current") == f"slots/{name}"
    assert Slots(tmp_path).disk() == Disk(first, (second,))


def test_only_a_complete_build_can_become_hot(tmp_path: Path) -> None:
    build = fill(tmp_path, "a", "1")
    mark_incomplete(tmp_path / "slots/a")
    with pytest.raises(Failed, match=f"no cold slot holds {build[:10]}"):
        flip(tmp_path, build)
    assert not (tmp_path / "current").is_symlink()


def test_the_hot_build_is_not_flipped_to_again(tmp_path: Path) -> None:
    build = fill(tmp_path, "a", "1")
    flip(tmp_path, build)
    with pytest.raises(Failed, match="no cold slot holds"):
        flip(tmp_path, build)


def test_a_flip_is_synced_after_the_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = fill(tmp_path, "b", "1")
    synced: list[tuple[Path, str]] = []
    monkeypatch.setattr(module, "sync_folder", lambda folder: synced.append((folder, hot_slot(tmp_path))))
    flip(tmp_path, build)
    assert synced == [(tmp_path, "b")]


def test_current_exists_at_every_moment_of_a_flip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = fill(tmp_path, "a", "1"), fill(tmp_path, "b", "2")
    flip(tmp_path, first)
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        assert hot_slot(tmp_path) == "a"
        real(source, target)
        assert hot_slot(tmp_path) == "b"

    monkeypatch.setattr(os, "replace", replace)
    flip(tmp_path, second)


def test_the_leftover_of_an_interrupted_flip_is_replaced(tmp_path: Path) -> None:
    build = fill(tmp_path, "a", "1")
    (tmp_path / ".current.new").symlink_to("slots/c")
    flip(tmp_path, build)
    assert hot_slot(tmp_path) == "a"
    assert sorted(os.listdir(tmp_path)) == ["current", "slots"]


@pytest.mark.parametrize("target", ["elsewhere", "slots/d", "/etc"])
def test_a_foreign_symlink_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "current").symlink_to(target)
    with pytest.raises(Failed, match="is not a symlink to slots/a, slots/b or slots/c; remove it"):
        Slots(tmp_path).disk()


def test_a_folder_in_the_place_of_the_symlink_is_refused(tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    with pytest.raises(Failed, match="is not a symlink; move it away"):
        hot_slot(tmp_path)
