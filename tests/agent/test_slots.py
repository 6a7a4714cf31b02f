"""What the slots hold is whole, and the flip is one instant."""

import os
from pathlib import Path

import pytest

from cockpit.agent import slots as module
from cockpit.agent.reconcile import Disk
from cockpit.agent.slots import Slots
from cockpit.agent.unpack import GivenUp
from cockpit.ports import Failed
from tests.agent.world import build_pack, member, packed

OLD, NEW = "a" * 64, "b" * 64


@pytest.fixture
def slots(tmp_path: Path) -> Slots:
    return Slots(tmp_path)


def pack(tmp_path: Path, says: str) -> Path:
    path = tmp_path / f"pack-{says}"
    path.write_bytes(build_pack(says))
    return path


def test_an_empty_folder_has_nothing(slots: Slots) -> None:
    assert slots.disk() == Disk()
    assert slots.hot_path() == ""


def test_builds_take_turns_in_the_two_slots(slots: Slots, tmp_path: Path) -> None:
    slots.prepare(OLD, pack(tmp_path, "old"))
    assert slots.disk() == Disk(cold=OLD)
    slots.flip(OLD)
    assert slots.disk() == Disk(hot=OLD)
    assert slots.hot_path() == str(tmp_path / "slots/a")
    slots.prepare(NEW, pack(tmp_path, "new"))
    assert slots.disk() == Disk(OLD, NEW)
    slots.flip(NEW)
    assert slots.disk() == Disk(NEW, OLD)
    assert os.readlink(tmp_path / "current") == "slots/b"
    assert (tmp_path / "current/page").read_text() == "new"
    slots.flip(OLD)
    assert (tmp_path / "current/page").read_text() == "old"


def test_a_slot_that_is_refilled_keeps_nothing_of_the_build_before(slots: Slots, tmp_path: Path) -> None:
    slots.prepare(OLD, pack(tmp_path, "old"))
    other = tmp_path / "other"
    other.write_bytes(packed([member("only", b"x")]))
    slots.prepare(NEW, other)
    assert os.listdir(tmp_path / "slots/a") == ["only"]


def test_a_bad_pack_leaves_the_hot_slot_alone_and_the_cold_one_empty(slots: Slots, tmp_path: Path) -> None:
    slots.prepare(OLD, pack(tmp_path, "old"))
    slots.flip(OLD)
    slots.prepare(NEW, pack(tmp_path, "new"))
    bad = tmp_path / "bad"
    bad.write_bytes(packed([member("fine", b"x"), member("../evil", b"x")]))
    with pytest.raises(Failed, match="upwards"):
        slots.prepare(NEW, bad)
    assert slots.disk() == Disk(hot=OLD)
    assert not (tmp_path / "slots/b").exists()
    assert (tmp_path / "current/page").read_text() == "old"


def test_a_preparation_that_is_given_up_leaves_no_build(slots: Slots, tmp_path: Path) -> None:
    with pytest.raises(GivenUp):
        slots.prepare(OLD, pack(tmp_path, "old"), lambda: True)
    assert slots.disk() == Disk()


def test_only_a_complete_build_can_become_hot(slots: Slots, tmp_path: Path) -> None:
    slots.prepare(OLD, pack(tmp_path, "old"))
    (tmp_path / "slots/a.json").write_text("{")
    assert slots.disk() == Disk()
    with pytest.raises(Failed, match="does not hold"):
        slots.flip(OLD)
    assert not (tmp_path / "current").is_symlink()


def test_metadata_goes_first_and_comes_last(slots: Slots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slots.prepare(OLD, pack(tmp_path, "old"))
    seen: list[bool] = []

    def spying(packed: Path, into: Path, given_up: object) -> int:
        seen.append((tmp_path / "slots/a.json").exists())
        return 0

    monkeypatch.setattr(module, "unpack", spying)
    monkeypatch.setattr(module, "sync_tree", lambda root: seen.append((tmp_path / "slots/a.json").exists()))
    slots.prepare(NEW, pack(tmp_path, "new"))
    assert seen == [False, False]
    assert slots.disk() == Disk(cold=NEW)


@pytest.mark.parametrize("leads_to", ["elsewhere", "slots/c", "/etc"])
def test_a_current_that_is_not_ours_is_refused(slots: Slots, tmp_path: Path, leads_to: str) -> None:
    (tmp_path / "current").symlink_to(leads_to)
    with pytest.raises(Failed, match="does not point at"):
        slots.disk()


def test_a_current_that_is_a_folder_is_refused(slots: Slots, tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    with pytest.raises(Failed, match="not a symlink"):
        slots.disk()


def test_many_files_are_made_durable_too(slots: Slots, tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.write_bytes(packed([member(f"d{n % 7}/f{n}", b"x" * n) for n in range(100)]))
    slots.prepare(OLD, many)
    slots.flip(OLD)
    assert (tmp_path / "current/d1/f99").stat().st_size == 99
