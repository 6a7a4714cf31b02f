"""What is pulled is what was asked for, or nothing."""

import threading
from pathlib import Path

import pytest

from cockpit.agent.pull import fetch, forget_incoming
from cockpit.ports import Failed
from tests.agent.world import FolderArtifacts, build_pack


@pytest.fixture
def artifacts(tmp_path: Path) -> FolderArtifacts:
    return FolderArtifacts(tmp_path / "artifacts")


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("incoming/*")]


def test_a_whole_pack_arrives(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    pack = build_pack("hello")
    path, size = fetch(artifacts, artifacts.add(pack), tmp_path, threading.Event())
    assert (path.read_bytes(), size) == (pack, len(pack))
    forget_incoming(tmp_path)
    assert not path.exists()


@pytest.mark.parametrize("damage", [lambda pack: pack[:-1], lambda pack: b"", lambda pack: pack[:9] + b"!" + pack[10:]])
def test_a_pack_with_another_digest_is_refused(artifacts: FolderArtifacts, tmp_path: Path, damage: object) -> None:
    pack = build_pack("hello")
    build = artifacts.add(pack)
    assert callable(damage)
    (artifacts.folder / build).write_bytes(damage(pack))
    with pytest.raises(Failed, match="is not that build"):
        fetch(artifacts, build, tmp_path, threading.Event())
    assert left(tmp_path) == []


def test_a_pack_that_is_not_there_is_said_so(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="there is no"):
        fetch(artifacts, "0" * 64, tmp_path, threading.Event())
    assert left(tmp_path) == []


def test_a_pull_that_was_given_up_leaves_nothing(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    given_up = threading.Event()
    given_up.set()
    fetch(artifacts, artifacts.add(build_pack("hello")), tmp_path, given_up)
    assert left(tmp_path) == []
