"""Builds are kept in a folder: whole, once, and by their id alone."""

from pathlib import Path

import pytest

from cockpit.adapters.artifacts import FolderArtifacts
from cockpit.ports import Failed

BUILD = "a1" * 32


@pytest.fixture
def artifacts(tmp_path: Path) -> FolderArtifacts:
    return FolderArtifacts(tmp_path / "kept")


def packed(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "packed"
    path.write_bytes(content)
    return path


def test_what_is_published_can_be_pulled(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    artifacts.publish(BUILD, packed(tmp_path, b"x" * 3_000_000))
    assert artifacts.pull(BUILD, tmp_path / "pulled") == 3_000_000
    assert (tmp_path / "pulled").read_bytes() == b"x" * 3_000_000


def test_one_that_is_there_already_stays_as_it_is(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    artifacts.publish(BUILD, packed(tmp_path, b"first"))
    artifacts.publish(BUILD, packed(tmp_path, b"second"))
    artifacts.pull(BUILD, tmp_path / "pulled")
    assert (tmp_path / "pulled").read_bytes() == b"first"


def test_only_the_builds_are_in_the_folder(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    artifacts.publish(BUILD, packed(tmp_path, b"first"))
    with pytest.raises(Failed):
        artifacts.publish("b2" * 32, tmp_path / "missing")
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [f"{BUILD}.tar.gz"]


def test_a_build_that_is_not_there_is_named(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    with pytest.raises(Failed, match=f"build {BUILD[:10]} is not in .*build it again"):
        artifacts.pull(BUILD, tmp_path / "pulled")
    assert not (tmp_path / "pulled").exists()


@pytest.mark.parametrize("build", ["../../etc/passwd", "", BUILD[:-1], BUILD + "\n", BUILD.upper()])
def test_an_id_that_is_none_never_becomes_a_path(artifacts: FolderArtifacts, tmp_path: Path, build: str) -> None:
    with pytest.raises(Failed, match="is not the id of a build"):
        artifacts.pull(build, tmp_path / "pulled")
    with pytest.raises(Failed, match="is not the id of a build"):
        artifacts.publish(build, packed(tmp_path, b"x"))


def test_a_place_that_cannot_be_written_is_named(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    artifacts.publish(BUILD, packed(tmp_path, b"x"))
    with pytest.raises(Failed, match=r"cannot write build .* to .*nowhere"):
        artifacts.pull(BUILD, tmp_path / "nowhere" / "pulled")
    (tmp_path / "file").touch()
    with pytest.raises(Failed, match="cannot keep build"):
        FolderArtifacts(tmp_path / "file" / "kept").publish(BUILD, packed(tmp_path, b"x"))


def test_a_full_disk_leaves_no_half_file(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    artifacts.publish(BUILD, packed(tmp_path, b"x" * 100_000))
    (tmp_path / "pulled").symlink_to(full)
    with pytest.raises(Failed, match="No space left on device"):
        artifacts.pull(BUILD, tmp_path / "pulled")
    assert not (tmp_path / "pulled").is_symlink()
