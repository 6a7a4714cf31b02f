"""A pack is unpacked as it was packed, and whatever could do harm is refused."""

import os
import tarfile
from pathlib import Path

import pytest

from cockpit.agent.unpack import GivenUp, unpack
from cockpit.ports import Failed
from tests.agent.world import Member, build_pack, member, packed


def put(tmp_path: Path, pack: bytes) -> tuple[Path, Path]:
    into = tmp_path / "into"
    into.mkdir()
    path = tmp_path / "pack"
    path.write_bytes(pack)
    return path, into


def test_files_folders_links_and_executables_come_out(tmp_path: Path) -> None:
    path, into = put(tmp_path, build_pack("hello"))
    assert unpack(path, into) == 2
    assert (into / "page").read_text() == (into / "latest").read_text() == "hello"
    assert os.access(into / "bin/serve", os.X_OK)
    assert not os.access(into / "page", os.X_OK)
    assert (into / "empty").is_dir()


def test_the_umask_changes_nothing(tmp_path: Path) -> None:
    path, into = put(tmp_path, build_pack("hello"))
    before = os.umask(0o077)
    try:
        unpack(path, into)
    finally:
        os.umask(before)
    modes = [(into / name).stat().st_mode & 0o777 for name in ("page", "bin", "bin/serve")]
    assert modes == [0o644, 0o755, 0o755]


def test_setuid_is_not_kept(tmp_path: Path) -> None:
    path, into = put(tmp_path, packed([member("x", b"x", mode=0o6755)]))
    unpack(path, into)
    assert (into / "x").stat().st_mode & 0o7777 == 0o755


def test_a_leading_dot_is_the_root(tmp_path: Path) -> None:
    path, into = put(tmp_path, packed([member("./", type=tarfile.DIRTYPE), member("./a", b"x")]))
    unpack(path, into)
    assert (into / "a").read_bytes() == b"x"


LINK = {"type": tarfile.SYMTYPE}
REFUSED: list[tuple[str, list[Member], str]] = [
    ("upwards", [member("../evil", b"x")], "leads upwards"),
    ("upwards inside", [member("a/../../evil", b"x")], "leads upwards"),
    ("absolute", [member("/tmp/evil", b"x")], "absolute"),
    ("escape code", [member("a\x1b[2Jb", b"x")], "control characters"),
    ("new line", [member("a\nb", b"x")], "control characters"),
    ("not utf-8", [member("a\udcff", b"x")], "control characters"),
    ("twice", [member("a", b"x"), member("./a", b"y")], "twice"),
    ("file and folder", [member("a", b"x"), member("a/b", b"y")], "both"),
    ("folder and file", [member("a/b", b"x"), member("a", b"y")], "both"),
    ("folder over file", [member("a", b"x"), member("a/b", type=tarfile.DIRTYPE)], "both"),
    ("hard link", [member("a", b"x"), member("b", type=tarfile.LNKTYPE, linkname="a")], "neither"),
    ("device", [member("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3)], "neither"),
    ("pipe", [member("pipe", type=tarfile.FIFOTYPE)], "neither"),
    ("absolute link", [member("l", linkname="/etc/passwd", **LINK)], "leads outside"),
    ("link upwards", [member("d/l", linkname="../../x", **LINK)], "leads outside"),
    ("write through link", [member("l", linkname="d", **LINK), member("d/x", b"1"), member("l/x", b"2")], "both"),
    (
        "link out through a link",
        [member("x/y/up", linkname="../..", **LINK), member("out", linkname="x/y/up/../../..", **LINK)],
        "leads outside",
    ),
    (
        "link out through a link, innocent to read",
        [member("x/y/up", linkname="../..", **LINK), member("out", linkname="x/y/up/..", **LINK)],
        "leads outside",
    ),
]


@pytest.mark.parametrize(("members", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_could_do_harm_is_refused(members: list[Member], reason: str, tmp_path: Path) -> None:
    path, into = put(tmp_path, packed(members))
    with pytest.raises(Failed, match=reason) as caught:
        unpack(path, into)
    assert str(caught.value).isprintable()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["into", "pack"]


def test_a_damaged_pack_is_refused(tmp_path: Path) -> None:
    pack = build_pack("hello" * 1000)
    path, into = put(tmp_path, pack)
    for number, bad in enumerate((b"", b"not a pack", pack[: len(pack) // 2], pack[:40] + b"\0" * 40 + pack[80:])):
        path.write_bytes(bad)
        (into / str(number)).mkdir()
        with pytest.raises(Failed, match="damaged"):
            unpack(path, into / str(number))


def test_it_can_be_given_up(tmp_path: Path) -> None:
    path, into = put(tmp_path, build_pack("hello"))
    with pytest.raises(GivenUp):
        unpack(path, into, lambda: True)
