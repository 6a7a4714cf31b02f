"""Builds in a folder are complete, replaced only if they are damaged, and addressed by their id alone."""

from pathlib import Path

import pytest

from cockpit.adapters.artifacts.folder import FolderArtifacts
from cockpit.deploy.builds.build import delta_name, full_name, manifest_name
from cockpit.ports import Failed

BUILD = "a1" * 32
PART = full_name(BUILD)


@pytest.fixture
def artifacts(tmp_path: Path) -> FolderArtifacts:
    return FolderArtifacts(tmp_path / "kept")


def packed(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "packed"
    path.write_bytes(content)
    return path


def test_what_is_published_can_be_pulled(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    artifacts.publish(PART, packed(tmp_path, b"x" * 3_000_000))
    assert artifacts.pull(PART, tmp_path / "pulled") == 3_000_000
    assert (tmp_path / "pulled").read_bytes() == b"x" * 3_000_000


def test_an_equal_part_is_left_alone(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    artifacts.publish(PART, packed(tmp_path, b"first"))
    before = (tmp_path / "kept" / PART).stat().st_ino
    artifacts.publish(PART, packed(tmp_path, b"first"))
    assert (tmp_path / "kept" / PART).stat().st_ino == before


@pytest.mark.parametrize("damaged", [b"", b"fir", b"firsx", b"first and more"])
def test_a_damaged_part_is_replaced_and_a_reader_keeps_what_it_opened(
    artifacts: FolderArtifacts, tmp_path: Path, damaged: bytes
) -> None:
    artifacts.publish(PART, packed(tmp_path, b"first"))
    (tmp_path / "kept" / PART).write_bytes(damaged)
    with (tmp_path / "kept" / PART).open("rb") as reader:
        artifacts.publish(PART, packed(tmp_path, b"first"))
        assert reader.read() == damaged
    artifacts.pull(PART, tmp_path / "pulled")
    assert (tmp_path / "pulled").read_bytes() == b"first"


def test_a_failed_publish_leaves_no_temporary_file(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    artifacts.publish(PART, packed(tmp_path, b"first"))
    with pytest.raises(Failed):
        artifacts.publish(manifest_name(BUILD), tmp_path / "missing")
    found = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    assert found == [tmp_path / "kept" / PART]


def test_a_missing_build_is_reported(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    with pytest.raises(Failed, match=f"full.zst of build {BUILD[:10]} is not in .*build it again"):
        artifacts.pull(PART, tmp_path / "pulled")
    assert not (tmp_path / "pulled").exists()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "", BUILD, PART + "\n", PART.upper(), f"{BUILD}/../x", f"/{PART}"]
)
def test_an_invalid_name_never_becomes_a_path(artifacts: FolderArtifacts, tmp_path: Path, name: str) -> None:
    with pytest.raises(Failed, match="is not the name of a part of a build"):
        artifacts.pull(name, tmp_path / "pulled")
    with pytest.raises(Failed, match="is not the name of a part of a build"):
        artifacts.publish(name, packed(tmp_path, b"x"))
    with pytest.raises(Failed, match="is not the name of a part of a build"):
        artifacts.remove(name)


def test_a_place_that_cannot_be_written_is_named(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    artifacts.publish(PART, packed(tmp_path, b"x"))
    with pytest.raises(Failed, match=r"cannot write full.zst of build .* to .*nowhere"):
        artifacts.pull(PART, tmp_path / "nowhere" / "pulled")
    (tmp_path / "file").touch()
    with pytest.raises(Failed, match=r"cannot write full.zst of build"):
        FolderArtifacts(tmp_path / "file" / "kept").publish(PART, packed(tmp_path, b"x"))


def test_a_full_disk_leaves_no_half_file(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    artifacts.publish(PART, packed(tmp_path, b"x" * 100_000))
    (tmp_path / "pulled").symlink_to(full)
    with pytest.raises(Failed, match="No space left on device"):
        artifacts.pull(PART, tmp_path / "pulled")
    assert not (tmp_path / "pulled").is_symlink()


def test_parts_are_listed_and_can_be_removed(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    assert artifacts.stored_parts() == ()
    names = (delta_name(BUILD, "b2" * 32), manifest_name(BUILD), PART)
    for name in names:
        artifacts.publish(name, packed(tmp_path, name.encode()))
    (tmp_path / "kept" / BUILD / "strange").touch()
    assert [(part.name, part.size) for part in artifacts.stored_parts()] == sorted((name, len(name)) for name in names)
    for name in names:
        artifacts.remove(name)
        artifacts.remove(name)
    assert artifacts.stored_parts() == ()
