"""The last visit is kept in the state folder or in the person's own; damage is never an error."""

from pathlib import Path

import pytest

from cockpit.adapters.last_seen import FileLastSeen
from cockpit.deploy.schedule.presence import LastVisit

ADA = "ada@box"
SEEN = LastVisit(1_795_437_296.0, "2026-11-23.3", 7)


def looks(tmp_path: Path, who: str = ADA, state: bool = True, config: str = "config.toml") -> FileLastSeen:
    env = {"XDG_STATE_HOME": str(tmp_path / "home")}
    return FileLastSeen(tmp_path / "state" if state else None, tmp_path / config, who, env)


def test_a_visit_is_unknown_until_it_is_recorded(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    assert looks(tmp_path).last() is None
    looks(tmp_path).note(SEEN)
    assert looks(tmp_path).last() == SEEN
    assert looks(tmp_path, "bob@box").last() is None
    assert not (tmp_path / "home").exists()


def test_without_write_access_the_visit_is_in_the_persons_own_folder(tmp_path: Path) -> None:
    looks(tmp_path, state=False).note(SEEN)
    assert looks(tmp_path, state=False).last() == SEEN
    assert looks(tmp_path).last() == SEEN, "both places are read"
    assert looks(tmp_path, config="other.toml").last() is None
    (tmp_path / "state").write_text("no folder")
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "looks").write_text("no folder")
    other = FileLastSeen(blocked, tmp_path / "third.toml", ADA, {"XDG_STATE_HOME": str(tmp_path / "home")})
    other.note(SEEN)
    assert other.last() == SEEN


@pytest.mark.parametrize("broken", [b"", b"{", b"[1]", b'{"at":"now"}', b"\xff\xfe", b"x" * 100_000])
def test_a_damaged_file_reads_as_no_visit_and_is_overwritten(tmp_path: Path, broken: bytes) -> None:
    (tmp_path / "state").mkdir()
    looks(tmp_path).note(SEEN)
    (kept,) = (tmp_path / "state" / "looks").iterdir()
    kept.write_bytes(broken)
    assert looks(tmp_path).last() is None
    looks(tmp_path).note(SEEN)
    assert looks(tmp_path).last() == SEEN
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_no_writable_folder_is_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no folder")
    looks(tmp_path, state=False).note(SEEN)
    assert looks(tmp_path, state=False).last() is None


def test_a_name_cannot_escape_the_folder(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    looks(tmp_path, "../../eve/\x1b@box").note(SEEN)
    (kept,) = (tmp_path / "state" / "looks").iterdir()
    assert kept.name == ".._.._eve__@box.json"
