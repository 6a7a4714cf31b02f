"""A write is synced before the rename, and its folder after it."""

import ctypes
import os
from pathlib import Path

import pytest

from cockpit.agent import durable_write as module
from cockpit.agent.durable_write import remove_file, sync_changed, write_file


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths synced so far."""
    paths: list[str] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        paths.append(os.readlink(f"/proc/self/fd/{fd}"))
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    return paths


def test_a_file_is_synced_before_its_rename_and_its_folder_after(tmp_path: Path, synced: list[str]) -> None:
    write_file(tmp_path / "state", b"old")
    write_file(tmp_path / "state", b"new")
    assert (tmp_path / "state").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["state"]
    assert synced == [str(tmp_path / ".state.new"), str(tmp_path)] * 2


def test_a_symlink_in_the_place_of_the_new_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / ".state.new").symlink_to("victim")
    with pytest.raises(OSError, match="symbolic link"):
        write_file(tmp_path / "state", b"new")
    assert (tmp_path / "victim").read_text() == "mine"


def test_a_removal_is_synced_and_a_missing_file_is_not(tmp_path: Path, synced: list[str]) -> None:
    remove_file(tmp_path / "state")
    assert synced == []
    (tmp_path / "state").touch()
    remove_file(tmp_path / "state")
    assert synced == [str(tmp_path)]
    assert os.listdir(tmp_path) == []


def test_few_files_are_synced_one_by_one_and_folders_from_the_deepest(tmp_path: Path, synced: list[str]) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    file = tmp_path / "a/b/file"
    file.touch()
    folders = [str(tmp_path / "a"), str(tmp_path / "a/b"), str(tmp_path / "removed")]
    sync_changed(tmp_path, [str(file)], folders)
    assert synced == [str(file), str(tmp_path / "a/b"), str(tmp_path / "a")]


@pytest.mark.parametrize("works", [True, False])
def test_many_files_are_synced_with_one_call_if_the_system_has_it(
    tmp_path: Path, synced: list[str], monkeypatch: pytest.MonkeyPatch, works: bool
) -> None:
    files = [str(tmp_path / str(number)) for number in range(module.MAX_FSYNCS + 1)]
    for file in files:
        Path(file).touch()
    roots: list[Path] = []

    def sync_filesystem(root: Path) -> bool:
        roots.append(root)
        return works

    monkeypatch.setattr(module, "_sync_filesystem", sync_filesystem)
    sync_changed(tmp_path, files, [])
    assert roots == [tmp_path]
    assert synced == ([] if works else files)


def test_many_files_are_synced_one_by_one_if_the_c_library_has_no_syncfs(
    tmp_path: Path, synced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [str(tmp_path / str(number)) for number in range(module.MAX_FSYNCS + 1)]
    for file in files:
        Path(file).touch()
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: object())
    sync_changed(tmp_path, files, [])
    assert synced == files
