"""The same content gives the same bytes; what would lead out of the folder is left out."""

import os
import tarfile
from pathlib import Path

import pytest

from cockpit.adapters.packing import pack
from cockpit.ports import Failed


def folder(place: Path, mtime: int, umask: int, names: tuple[str, ...]) -> Path:
    before = os.umask(umask)
    try:
        for name in names:
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
            os.utime(path, (mtime, mtime))
        (place / "run.sh").chmod(0o777 & ~umask)
        os.utime(place, (mtime, mtime))
    finally:
        os.umask(before)
    return place


def test_times_umask_and_the_order_of_making_do_not_count(tmp_path: Path) -> None:
    names = ("b", "run.sh", "a/z", "a/" + "long" * 60, "ä")
    one = pack(folder(tmp_path / "one", 1_000, 0o022, names), tmp_path / "1")
    two = pack(folder(tmp_path / "two", 2_000, 0o077, names[::-1]), tmp_path / "2")
    assert one == two
    assert one.files == 5
    with tarfile.open(tmp_path / "1") as tar:
        entries = tar.getmembers()
    assert [entry.name for entry in entries] == sorted((*names, "a"))
    assert {oct(entry.mode) for entry in entries if entry.isfile()} == {"0o644", "0o755"}
    assert {(entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname) for entry in entries} == {(0, 0, 0, "", "")}


def test_another_content_name_or_mode_is_another_build(tmp_path: Path) -> None:
    place = folder(tmp_path / "one", 1_000, 0o022, ("a", "run.sh"))
    ids = {pack(place, tmp_path / "1").id}
    (place / "a").chmod(0o755)
    ids.add(pack(place, tmp_path / "2").id)
    (place / "a").write_text("another")
    ids.add(pack(place, tmp_path / "3").id)
    (place / "a").rename(place / "b")
    ids.add(pack(place, tmp_path / "4").id)
    assert len(ids) == 4


def test_links_are_kept_only_where_they_stay_inside(tmp_path: Path) -> None:
    place = folder(tmp_path / "one", 1_000, 0o022, ("a", "run.sh", "deep/b"))
    (tmp_path / "secret").write_text("hush")
    links = {
        "good": "a", "deep/good": "../a", "dangling": "not/there", "to-folder": "deep",
        "out": "../secret", "absolute": str(place / "a"), "deep/out": "../../secret", "by-name": "../one/a",
        "through": "out", "loop": "loop",
    }  # fmt: skip
    for name, target in links.items():
        (place / name).symlink_to(target)
    os.mkfifo(place / "pipe")
    pack(place, tmp_path / "1")
    with tarfile.open(tmp_path / "1") as tar:
        kept = {entry.name: entry.linkname for entry in tar if entry.issym()}
        assert "pipe" not in tar.getnames()
    assert kept == {name: links[name] for name in kept}
    assert set(kept) - {"loop"} == {"good", "deep/good", "dangling", "to-folder"}


def test_hard_links_are_packed_as_files(tmp_path: Path) -> None:
    place = folder(tmp_path / "one", 1_000, 0o022, ("a", "run.sh"))
    (place / "b").hardlink_to(place / "a")
    pack(place, tmp_path / "1")
    with tarfile.open(tmp_path / "1") as tar:
        assert all(entry.isreg() for entry in tar)


@pytest.mark.parametrize("name", [b"a\nb", b"a\xffb"])
def test_a_name_that_hosts_would_refuse_is_refused_here(tmp_path: Path, name: bytes) -> None:
    place = folder(tmp_path / "one", 1_000, 0o022, ("run.sh",))
    Path(os.fsdecode(os.path.join(os.fsencode(place), name))).touch()
    with pytest.raises(Failed, match="control characters or is not UTF-8"):
        pack(place, tmp_path / "1")
