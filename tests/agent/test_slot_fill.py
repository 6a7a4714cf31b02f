"""A folder comes to agree with its manifest, by whatever is at hand, and is left alone where it does already."""

import os
import tempfile
from pathlib import Path

import pytest
from backports import zstd

from cockpit.adapters.artifacts.pack_writer import scan, write_pack
from cockpit.agent.slot_fill import FillCancelled, MissingContents, Pack, SlotFill, contents_in
from cockpit.deploy.builds.manifest import Manifest, ManifestEntry, Mode, packed_files
from cockpit.ports import Failed
from tests.agent.world import Tree, application, lay_out


def packed(tree: Tree, place: Path) -> tuple[Manifest, Pack]:
    """A build and its full pack."""
    made = lay_out(tree, place / "made")
    manifest = scan(made)
    files = packed_files(manifest)
    write_pack(made, files, place / "pack", 3)
    return manifest, Pack(place / "pack", files)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def test_files_folders_links_and_executables_come_out(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed({**application("hello"), "twin": b"hello", "nothing": b""}, tmp_path)
    SlotFill(into).fill(manifest, {}, pack)
    assert (into / "page").read_text() == (into / "latest").read_text() == (into / "twin").read_text() == "hello"
    assert scan(into) == manifest


def test_the_umask_changes_nothing(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed(application("hello"), tmp_path)
    before = os.umask(0o077)
    try:
        SlotFill(into).fill(manifest, {}, pack)
    finally:
        os.umask(before)
    modes = [(into / name).stat().st_mode & 0o7777 for name in ("page", "bin", "bin/serve")]
    assert modes == [0o644, 0o755, 0o755]


STRANGE: dict[str, Tree] = {
    "another content of the same length": {"page": b"HELLO"},
    "more": {"page": b"hello", "more/and/more": b"x"},
    "a folder for a file": {"page": None},
    "a link for a file": {"page": "../outside"},
    "a link for a folder": {"bin": "../outside"},
    "a file for a folder": {"bin": b"x"},
    "another link": {"latest": "bin/serve"},
    "half of it": {"page": b"hello", "bin/serve": b""},
}


@pytest.mark.parametrize("case", STRANGE)
def test_whatever_was_there_it_agrees_afterwards_and_nothing_outside_has_changed(
    case: str, tmp_path: Path, into: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/serve").write_text("mine")
    manifest, pack = packed(application("hello"), tmp_path)
    lay_out(STRANGE[case], into)
    (into / "odd").touch(mode=0o600)
    SlotFill(into).fill(manifest, {}, pack)
    assert scan(into) == manifest
    assert (tmp_path / "outside/serve").read_text() == "mine"


def test_what_agrees_is_left_alone_and_what_differs_is_a_new_file(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed(application("hello"), tmp_path)
    SlotFill(into).fill(manifest, {}, pack)
    kept = (into / "bin/serve").stat().st_ino
    (into / "page").write_text("HELLO")
    with (into / "page").open() as held:
        again = SlotFill(into)
        again.fill(manifest, {}, pack)
        assert held.read() == "HELLO"
    assert (into / "bin/serve").stat().st_ino == kept
    assert again.files == [str(into / "page")]


def test_a_file_that_shares_its_content_with_another_folder_is_made_anew(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed(application("hello"), tmp_path)
    SlotFill(into).fill(manifest, {}, pack)
    os.link(into / "page", tmp_path / "shared")
    SlotFill(into).fill(manifest, {}, pack)
    assert (into / "page").stat().st_nlink == 1


def test_contents_near_by_are_copied_once_they_are_proved(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed(application("hello"), tmp_path)
    near = {entry.sha256: tmp_path / "made" / entry.path for entry in manifest.entries if entry.is_file}
    SlotFill(into).fill(manifest, near, None)
    assert scan(into) == manifest
    (tmp_path / "made/page").write_text("rotten")
    (into / "page").unlink()
    with pytest.raises(MissingContents):
        SlotFill(into).fill(manifest, near, None)
    SlotFill(into).fill(manifest, near, pack)
    assert (into / "page").read_text() == "hello"


def test_a_damaged_pack_is_refused(tmp_path: Path) -> None:
    manifest, pack = packed({f"f{n}": os.urandom(1000) for n in range(20)}, tmp_path)
    good = pack.path.read_bytes()
    for bad in (b"", b"not a pack", good[: len(good) // 2], good[:300] + bytes(40) + good[340:]):
        pack.path.write_bytes(bad)
        with (
            tempfile.TemporaryDirectory(dir=tmp_path) as into,
            pytest.raises(Failed, match=r"damaged|not what the manifest says"),
        ):
            SlotFill(Path(into)).fill(manifest, {}, pack)


def test_a_pack_with_another_content_is_refused_and_leaves_none_of_it(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed({"page": b"hello"}, tmp_path)
    pack.path.write_bytes(zstd.compress(b"HELLO"))
    with pytest.raises(Failed, match="the content of page is not what the manifest says"):
        SlotFill(into).fill(manifest, {}, pack)
    assert list(into.iterdir()) == []


def test_a_build_that_is_larger_than_the_disk_is_refused_before_anything_is_written(into: Path) -> None:
    huge = Manifest((ManifestEntry("huge", Mode.FILE, 1 << 60, "a" * 64),))
    with pytest.raises(Failed, match=r"needs 1,152,921,504,606,846,976 bytes and .* are free; make room"):
        SlotFill(into).fill(huge, {}, None)
    assert list(into.iterdir()) == []


def test_it_can_be_given_up(tmp_path: Path, into: Path) -> None:
    manifest, pack = packed(application("hello"), tmp_path)
    with pytest.raises(FillCancelled):
        SlotFill(into, lambda: True).fill(manifest, {}, pack)


def test_what_a_killed_agent_left_is_told_by_its_content(tmp_path: Path) -> None:
    manifest, _ = packed(application("hello"), tmp_path)
    left = lay_out({"page": b"hello", "bin/serve": b"half"}, tmp_path / "left")
    page = next(entry for entry in manifest.entries if entry.path == "page")
    assert contents_in(left, manifest) == {page.sha256}


@pytest.mark.parametrize("case", STRANGE)
def test_what_came_over_is_written_first_and_only_where_it_may_be(case: str, tmp_path: Path, into: Path) -> None:
    (tmp_path / "outside").mkdir()
    manifest, pack = packed({**application("hello"), "bin/serve": b"new", "far/away": b"new"}, tmp_path)
    known = scan(lay_out(application("hello"), tmp_path / "known"))
    lay_out(STRANGE[case], into)
    filling = SlotFill(into)
    filling.receive(known, manifest, {}, pack)
    assert list((tmp_path / "outside").iterdir()) == []
    filling.fill(manifest, {}, pack)
    assert scan(into) == manifest


def test_a_pull_into_a_kept_folder_writes_what_changed_and_no_more(tmp_path: Path, into: Path) -> None:
    known = scan(lay_out(application("hello"), into))
    manifest, pack = packed(application("world"), tmp_path)
    filling = SlotFill(into)
    filling.receive(known, manifest, {}, pack)
    assert filling.files == [str(into / "page")]
    assert scan(into) == manifest
