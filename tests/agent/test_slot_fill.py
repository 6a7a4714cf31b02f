"""A folder is made to match its manifest, and files that match already are left alone."""

import os
import tempfile
from pathlib import Path

import pytest
from backports import zstd

from cockpit.adapters.artifacts.pack_writer import scan, write_pack
from cockpit.agent.slot_fill import FillCancelled, MissingContents, Pack, SlotFill, find_contents
from cockpit.deploy.builds.manifest import Manifest, ManifestEntry, Mode, packed_files
from cockpit.ports import Failed
from tests.agent.hosts import Tree, application, lay_out


def packed(tree: Tree, place: Path) -> tuple[Manifest, Pack]:
    """Return a build and its full pack."""
    source = lay_out(tree, place / "source")
    manifest = scan(source)
    files = packed_files(manifest)
    write_pack(source, files, place / "pack", 3)
    return manifest, Pack(place / "pack", files)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def test_files_folders_links_and_executables_are_created(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed({**application("hello"), "twin": b"hello", "nothing": b""}, tmp_path)
    SlotFill(into).fill(manifest, {}, pack)
    assert (into / "page").read_text() == (into / "latest").read_text() == (into / "twin").read_text() == "hello"
    assert scan(into) == manifest


def test_the_umask_does_not_apply(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed(application("hello"), tmp_path)
    before = os.umask(0o077)
    try:
        SlotFill(into).fill(manifest, {}, pack)
    finally:
        os.umask(before)
    modes = [(into / name).stat().st_mode & 0o7777 for name in ("page", "bin", "bin/serve")]
    assert modes == [0o644, 0o755, 0o755]


PRESENT: dict[str, Tree] = {
    "another content of the same length": {"page": b"HELLO"},
    "more files": {"page": b"hello", "more/and/more": b"x"},
    "a folder for a file": {"page": None},
    "a link for a file": {"page": "../outside"},
    "a link for a folder": {"bin": "../outside"},
    "a file for a folder": {"bin": b"x"},
    "another link": {"latest": "bin/serve"},
    "an incomplete file": {"page": b"hello", "bin/serve": b""},
}


@pytest.mark.parametrize("case", PRESENT)
def test_any_present_content_is_replaced_and_nothing_outside_changes(case: str, tmp_path: Path, into: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/serve").write_text("mine")
    manifest, pack = packed(application("hello"), tmp_path)
    lay_out(PRESENT[case], into)
    (into / "odd").touch(mode=0o600)
    SlotFill(into).fill(manifest, {}, pack)
    assert scan(into) == manifest
    assert (tmp_path / "outside/serve").read_text() == "mine"


def test_a_matching_file_is_left_alone_and_another_is_a_new_file(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed(application("hello"), tmp_path)
    SlotFill(into).fill(manifest, {}, pack)
    kept = (into / "bin/serve").stat().st_ino
    (into / "page").write_text("HELLO")
    with (into / "page").open() as held:
        second = SlotFill(into)
        second.fill(manifest, {}, pack)
        assert held.read() == "HELLO"
    assert (into / "bin/serve").stat().st_ino == kept
    assert second.files == [str(into / "page")]


def test_a_hard_linked_file_is_created_again(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed(application("hello"), tmp_path)
    SlotFill(into).fill(manifest, {}, pack)
    os.link(into / "page", tmp_path / "shared")
    SlotFill(into).fill(manifest, {}, pack)
    assert (into / "page").stat().st_nlink == 1


def test_contents_of_this_disk_are_copied_if_their_hash_matches(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed(application("hello"), tmp_path)
    local = {entry.sha256: tmp_path / "source" / entry.path for entry in manifest.entries if entry.is_file}
    SlotFill(into).fill(manifest, local, None)
    assert scan(into) == manifest
    (tmp_path / "source/page").write_text("damaged")
    (into / "page").unlink()
    with pytest.raises(MissingContents):
        SlotFill(into).fill(manifest, local, None)
    SlotFill(into).fill(manifest, local, pack)
    assert (into / "page").read_text() == "hello"


def test_a_damaged_pack_is_refused(tmp_path: Path) -> None:
    manifest, pack = packed({f"f{n}": os.urandom(1000) for n in range(20)}, tmp_path)
    good = pack.path.read_bytes()
    for bad in (b"", b"not a pack", good[: len(good) // 2], good[:300] + bytes(40) + good[340:]):
        pack.path.write_bytes(bad)
        with (
            tempfile.TemporaryDirectory(dir=tmp_path) as into,
            pytest.raises(Failed, match=r"damaged|does not match the manifest"),
        ):
            SlotFill(Path(into)).fill(manifest, {}, pack)


def test_a_pack_with_another_content_is_refused_and_leaves_no_file(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed({"page": b"hello"}, tmp_path)
    pack.path.write_bytes(zstd.compress(b"HELLO"))
    with pytest.raises(Failed, match="the content of page does not match the manifest"):
        SlotFill(into).fill(manifest, {}, pack)
    assert list(into.iterdir()) == []


def test_a_build_that_is_larger_than_the_disk_is_refused_before_anything_is_written(into: Path) -> None:
    huge = Manifest((ManifestEntry("huge", Mode.FILE, 1 << 60, "a" * 64),))
    with pytest.raises(Failed, match=r"needs 1,152,921,504,606,846,976 bytes and .* are free; free some space"):
        SlotFill(into).fill(huge, {}, None)
    with pytest.raises(Failed, match="free some space"):
        SlotFill(into).apply_changes(Manifest(()), huge, {}, None)
    assert list(into.iterdir()) == []


def test_a_fill_can_be_cancelled(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed(application("hello"), tmp_path)
    with pytest.raises(FillCancelled):
        SlotFill(into, lambda: True).fill(manifest, {}, pack)


def test_the_files_of_a_killed_agent_are_recognised_by_their_hash(tmp_path: Path) -> None:
    manifest, _ = packed(application("hello"), tmp_path)
    partial = lay_out({"page": b"hello", "bin/serve": b"half"}, tmp_path / "partial")
    page = next(entry for entry in manifest.entries if entry.path == "page")
    assert find_contents(partial, manifest) == {page.sha256}


@pytest.mark.parametrize("case", PRESENT)
def test_changes_are_applied_first_and_only_inside_the_folder(case: str, tmp_path: Path, into: Path) -> None:
    (tmp_path / "outside").mkdir()
    manifest, pack = packed({**application("hello"), "bin/serve": b"new", "far/away": b"new"}, tmp_path)
    previous = scan(lay_out(application("hello"), tmp_path / "previous"))
    lay_out(PRESENT[case], into)
    filling = SlotFill(into)
    filling.apply_changes(previous, manifest, {}, pack)
    assert list((tmp_path / "outside").iterdir()) == []
    filling.fill(manifest, {}, pack)
    assert scan(into) == manifest


def test_only_changed_files_are_written_to_the_slot_of_a_previous_build(tmp_path: Path, into: Path) -> None:
    previous = scan(lay_out(application("hello"), into))
    manifest, pack = packed(application("world"), tmp_path)
    filling = SlotFill(into)
    filling.apply_changes(previous, manifest, {}, pack)
    assert filling.files == [str(into / "page")]
    assert scan(into) == manifest
