"""What the slots hold is whole, and the flip is one instant."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.agent import slots as module
from cockpit.agent.reconcile import Disk
from cockpit.agent.slot_fill import FillCancelled, Pack, SlotFill
from cockpit.agent.slots import Slots
from cockpit.deploy.builds.manifest import Manifest
from cockpit.ports import Failed
from tests.agent.test_slot_fill import packed
from tests.agent.world import application


@pytest.fixture
def slots(tmp_path: Path) -> Slots:
    return Slots(tmp_path)


def made(tmp_path: Path, says: str) -> tuple[Manifest, Pack]:
    place = tmp_path / f"build-{says}"
    place.mkdir()
    return packed(application(says), place)


def test_an_empty_folder_has_nothing(slots: Slots) -> None:
    assert slots.disk() == Disk()
    assert slots.hot_path() == ""


def test_builds_take_turns_in_the_three_slots(slots: Slots, tmp_path: Path) -> None:
    (one, first), (two, second), (three, third) = (made(tmp_path, says) for says in ("1", "2", "3"))
    slots.prepare(one, first)
    assert slots.disk() == Disk(cold=(one.id,))
    slots.flip(one.id)
    assert slots.disk() == Disk(hot=one.id)
    assert slots.hot_path() == str(tmp_path / "slots/a")
    slots.prepare(two, second)
    slots.flip(two.id)
    slots.prepare(three, third, (one.id,))
    assert slots.disk() == Disk(two.id, (one.id, three.id))
    assert os.readlink(tmp_path / "current") == "slots/b"
    for build, says in ((one, "1"), (three, "3"), (two, "2")):
        slots.flip(build.id)
        assert (tmp_path / "current/page").read_text() == says


def test_a_build_that_is_to_be_kept_is_not_written_over(slots: Slots, tmp_path: Path) -> None:
    (one, first), (two, second), (three, third), (four, fourth) = (made(tmp_path, says) for says in "1234")
    slots.prepare(one, first)
    slots.flip(one.id)
    slots.prepare(two, second)
    slots.prepare(three, third, (two.id,))
    slots.prepare(four, fourth, (three.id,))
    assert set(slots.disk().cold) == {three.id, four.id}
    with pytest.raises(Failed, match="all of them hold builds to keep"):
        slots.prepare(two, second, (three.id, four.id))


def test_a_slot_that_somebody_is_in_is_left_to_them(slots: Slots, tmp_path: Path) -> None:
    (one, first), (two, second), (three, third) = (made(tmp_path, says) for says in "123")
    slots.prepare(one, first)
    slots.flip(one.id)
    slots.prepare(two, second)
    script = "import sys; print(flush=True); sys.stdin.read()"
    worker = subprocess.Popen(
        [sys.executable, "-c", script], cwd=tmp_path / "slots/b", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert worker.stdout
    worker.stdout.readline()
    slots.prepare(three, third)
    assert set(slots.disk().cold) == {two.id, three.id}
    with pytest.raises(Failed, match=rf"process {worker.pid} \(.*is still in .*slots/b"):
        slots.prepare(one, first, (three.id,))
    worker.kill()
    worker.communicate()
    slots.prepare(one, first, (three.id,))


def test_a_bad_pack_leaves_the_hot_slot_alone_and_the_cold_one_without_a_build(slots: Slots, tmp_path: Path) -> None:
    (one, first), (two, second) = made(tmp_path, "1"), made(tmp_path, "2")
    slots.prepare(one, first)
    slots.flip(one.id)
    second.path.write_bytes(b"rubbish")
    with pytest.raises(Failed, match="damaged"):
        slots.prepare(two, second)
    assert slots.disk() == Disk(hot=one.id)
    assert (tmp_path / "current/page").read_text() == "1"


def test_a_full_disk_gets_its_room_back(slots: Slots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, first = made(tmp_path, "1")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SlotFill, "fill", full)
    with pytest.raises(OSError, match="No space"):
        slots.prepare(one, first)
    assert not (tmp_path / "slots/a").exists()


def test_a_preparation_that_is_given_up_leaves_no_build(slots: Slots, tmp_path: Path) -> None:
    with pytest.raises(FillCancelled):
        slots.prepare(*made(tmp_path, "1"), given_up=lambda: True)
    assert slots.disk() == Disk()


def test_only_a_complete_build_can_become_hot(slots: Slots, tmp_path: Path) -> None:
    one, first = made(tmp_path, "1")
    slots.prepare(one, first)
    (tmp_path / "slots/a.json").write_text("{")
    assert slots.disk() == Disk()
    with pytest.raises(Failed, match="none holds"):
        slots.flip(one.id)
    assert not (tmp_path / "current").is_symlink()


def test_metadata_goes_first_and_comes_last(slots: Slots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builds = [made(tmp_path, says) for says in "1234"]
    for manifest, pack in builds[:3]:
        slots.prepare(manifest, pack)
    seen: list[bool] = []
    real = SlotFill.fill

    def spying(self: SlotFill, *arguments: object) -> None:
        seen.append((tmp_path / "slots/a.json").exists())
        real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(SlotFill, "fill", spying)
    monkeypatch.setattr(module, "sync_changed", lambda *_: seen.append((tmp_path / "slots/a.json").exists()))
    slots.prepare(*builds[3], keep=slots.disk().cold[1:])
    assert seen == [False, False]
    assert slots.disk().cold[0] == builds[3][0].id


@pytest.mark.parametrize("leads_to", ["elsewhere", "slots/d", "/etc"])
def test_a_current_that_is_not_ours_is_refused(slots: Slots, tmp_path: Path, leads_to: str) -> None:
    (tmp_path / "current").symlink_to(leads_to)
    with pytest.raises(Failed, match="does not point at"):
        slots.disk()


def test_a_current_that_is_a_folder_is_refused(slots: Slots, tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    with pytest.raises(Failed, match="not a symlink"):
        slots.disk()


def test_many_files_are_made_durable_too(slots: Slots, tmp_path: Path) -> None:
    place = tmp_path / "many"
    place.mkdir()
    many, pack = packed({f"d{n % 7}/f{n}": b"x" * n for n in range(100)}, place)
    slots.prepare(many, pack)
    slots.flip(many.id)
    assert (tmp_path / "current/d1/f99").stat().st_size == 99
