"""A slot names its build while it is complete, and metadata of the version before is read."""

from pathlib import Path

import pytest

from cockpit.agent.slot_metadata import mark_complete, mark_incomplete, read_build, read_slot_manifest
from cockpit.deploy.builds.manifest import Manifest, ManifestEntry, Mode

MANIFEST = Manifest((ManifestEntry("page", Mode.FILE, 1, "a" * 64),))


@pytest.fixture
def slot(tmp_path: Path) -> Path:
    folder = tmp_path / "a"
    folder.mkdir()
    return folder


def test_a_complete_slot_names_its_build_and_its_manifest(slot: Path) -> None:
    assert read_build(slot) == ""
    mark_complete(slot, MANIFEST)
    assert read_build(slot) == MANIFEST.id
    assert read_slot_manifest(slot, MANIFEST.id) == MANIFEST


def test_an_incomplete_slot_names_no_build(slot: Path) -> None:
    mark_complete(slot, MANIFEST)
    mark_incomplete(slot)
    mark_incomplete(slot)
    assert read_build(slot) == ""


@pytest.mark.parametrize("text", ["", "{", "{}", '{"build":3}'])
def test_damaged_metadata_names_no_build(slot: Path, text: str) -> None:
    slot.with_suffix(".json").write_text(text)
    assert read_build(slot) == ""


def test_metadata_without_its_folder_names_no_build(slot: Path) -> None:
    mark_complete(slot, MANIFEST)
    slot.rmdir()
    assert read_build(slot) == ""


def test_a_manifest_of_another_build_is_not_read(slot: Path) -> None:
    mark_complete(slot, MANIFEST)
    assert read_slot_manifest(slot, "f" * 64) is None
    slot.with_suffix(".manifest").unlink()
    assert read_slot_manifest(slot, MANIFEST.id) is None


def test_the_stored_form_stays(slot: Path) -> None:
    stored = f'{{"build":"{MANIFEST.id}"}}'
    slot.with_suffix(".json").write_text(stored)
    assert read_build(slot) == MANIFEST.id
    mark_complete(slot, MANIFEST)
    assert slot.with_suffix(".json").read_text() == stored
