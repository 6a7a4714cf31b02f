"""The same content has the same manifest, and links that lead outside are left out."""

import os
from pathlib import Path

import pytest

from cockpit.adapters.artifacts.pack_writer import scan
from cockpit.deploy.builds.manifest import Mode, read_manifest
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


def test_times_umask_and_order_do_not_change_the_manifest(tmp_path: Path) -> None:
    names = ("b", "run.sh", "a/z", "a/" + "long" * 60, "ä")
    one = scan(folder(tmp_path / "one", 1_000, 0o022, names))
    two = scan(folder(tmp_path / "two", 2_000, 0o077, names[::-1]))
    assert one.encode() == two.encode()
    assert [entry.path for entry in one.entries] == sorted((*names, "a"))
    modes = {entry.path: entry.mode for entry in one.entries}
    assert (modes["run.sh"], modes["b"], modes["a"]) == (Mode.EXECUTABLE, Mode.FILE, Mode.FOLDER)


def test_content_name_and_mode_change_the_id(tmp_path: Path) -> None:
    place = folder(tmp_path / "one", 1_000, 0o022, ("a", "run.sh"))
    ids = {scan(place).id}
    (place / "a").chmod(0o755)
    ids.add(scan(place).id)
    (place / "a").write_text("another")
    ids.add(scan(place).id)
    (place / "a").rename(place / "b")
    ids.add(scan(place).id)
    assert len(ids) == 4


def test_only_links_that_stay_inside_are_kept(tmp_path: Path) -> None:
    place = folder(tmp_path / "one", 1_000, 0o022, ("a", "run.sh", "deep/b"))
    (tmp_path / "secret").write_text("hush")
    good = {"good": "a", "deep/good": "../a", "dangling": "not/there", "to-folder": "deep"}
    bad = {
        "out": "../secret", "absolute": str(place / "a"), "deep/out": "../../secret", "by-name": "../one/a",
        "through": "out", "loop": "loop",
    }  # fmt: skip
    for name, target in {**good, **bad}.items():
        (place / name).symlink_to(target)
    os.mkfifo(place / "pipe")
    manifest = scan(place)
    assert {entry.path: entry.link for entry in manifest.entries if entry.mode is Mode.SYMLINK} == good
    assert "pipe" not in {entry.path for entry in manifest.entries}
    assert read_manifest(manifest.encode(), manifest.id) == manifest


@pytest.mark.parametrize("name", [b"a\nb", b"a\xffb"])
def test_a_name_that_hosts_refuse_is_refused(tmp_path: Path, name: bytes) -> None:
    place = folder(tmp_path / "one", 1_000, 0o022, ("run.sh",))
    Path(os.fsdecode(os.path.join(os.fsencode(place), name))).touch()
    with pytest.raises(Failed, match="control characters or is not UTF-8"):
        scan(place)
