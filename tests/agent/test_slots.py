"""A slot that names a build holds all of it, and the builds to keep are not overwritten."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.agent import slots as module
from cockpit.agent.acts import Disk
from cockpit.agent.slot_fill import FillCancelled, Pack, SlotFill
from cockpit.agent.slots import Slots
from cockpit.agent.swap import flip
from cockpit.deploy.builds.manifest import Manifest
from cockpit.ports import Failed
from tests.agent.hosts import application
from tests.agent.test_slot_fill import packed


@pytest.fixture
def slots(tmp_path: Path) -> Slots:
    return Slots(tmp_path)


def make_build(tmp_path: Path, page: str) -> tuple[Manifest, Pack]:
    place = tmp_path / f"build-{page}"
    place.mkdir()
    return packed(application(page), place)


def test_an_empty_folder_has_no_builds(slots: Slots) -> None:
    assert slots.disk() == Disk()
    assert slots.hot_path() == ""


def test_builds_take_turns_in_the_three_slots(slots: Slots, tmp_path: Path) -> None:
    (one, first), (two, second), (three, third) = (make_build(tmp_path, page) for page in ("1", "2", "3"))
    slots.prepare(one, first)
    assert slots.disk() == Disk(cold=(one.id,))
    flip(tmp_path, one.id)
    assert slots.disk() == Disk(hot=one.id)
    assert slots.hot_path() == str(tmp_path / "slots/a")
    slots.prepare(two, second)
    flip(tmp_path, two.id)
    slots.prepare(three, third, (one.id,))
    assert slots.disk() == Disk(two.id, (one.id, three.id))
    assert os.readlink(tmp_path / "current") == "slots/b"
    for build, page in ((one, "1"), (three, "3"), (two, "2")):
        flip(tmp_path, build.id)
        assert (tmp_path / "current/page").read_text() == page


def test_a_build_to_keep_is_not_overwritten(slots: Slots, tmp_path: Path) -> None:
    (one, first), (two, second), (three, third), (four, fourth) = (make_build(tmp_path, page) for page in "1234")
    slots.prepare(one, first)
    flip(tmp_path, one.id)
    slots.prepare(two, second)
    slots.prepare(three, third, (two.id,))
    slots.prepare(four, fourth, (three.id,))
    assert set(slots.disk().cold) == {three.id, four.id}
    with pytest.raises(Failed, match="every cold slot holds a build to keep"):
        slots.prepare(two, second, (three.id, four.id))


def test_a_slot_that_a_process_uses_is_not_filled(slots: Slots, tmp_path: Path) -> None:
    (one, first), (two, second), (three, third) = (make_build(tmp_path, page) for page in "123")
    slots.prepare(one, first)
    flip(tmp_path, one.id)
    slots.prepare(two, second)
    script = "import sys; print(flush=True); sys.stdin.read()"
    worker = subprocess.Popen(
        [sys.executable, "-c", script], cwd=tmp_path / "slots/b", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert worker.stdout
    worker.stdout.readline()
    slots.prepare(three, third)
    assert set(slots.disk().cold) == {two.id, three.id}
    with pytest.raises(Failed, match=rf"process {worker.pid} \(.*still uses .*slots/b"):
        slots.prepare(one, first, (three.id,))
    worker.kill()
    worker.communicate()
    slots.prepare(one, first, (three.id,))


def test_a_bad_pack_leaves_the_hot_slot_alone_and_the_cold_one_without_a_build(slots: Slots, tmp_path: Path) -> None:
    (one, first), (two, second) = make_build(tmp_path, "1"), make_build(tmp_path, "2")
    slots.prepare(one, first)
    flip(tmp_path, one.id)
    second.path.write_bytes(b"rubbish")
    with pytest.raises(Failed, match="damaged"):
        slots.prepare(two, second)
    assert slots.disk() == Disk(hot=one.id)
    assert (tmp_path / "current/page").read_text() == "1"


def test_the_slot_is_freed_if_the_disk_is_full(slots: Slots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, first = make_build(tmp_path, "1")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SlotFill, "fill", full)
    with pytest.raises(OSError, match="No space"):
        slots.prepare(one, first)
    assert not (tmp_path / "slots/a").exists()


def test_a_cancelled_preparation_leaves_no_build(slots: Slots, tmp_path: Path) -> None:
    with pytest.raises(FillCancelled):
        slots.prepare(*make_build(tmp_path, "1"), cancelled=lambda: True)
    assert slots.disk() == Disk()


def test_a_preparation_cancelled_after_its_last_file_leaves_no_build(
    slots: Slots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(module, "sync_changed", lambda root, *_: synced.append(root))
    with pytest.raises(FillCancelled):
        slots.prepare(*make_build(tmp_path, "1"), cancelled=lambda: bool(synced))
    assert synced
    assert slots.disk() == Disk()


def test_metadata_is_removed_first_and_written_last(
    slots: Slots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds = [make_build(tmp_path, page) for page in "1234"]
    for manifest, pack in builds[:3]:
        slots.prepare(manifest, pack)
    labelled: list[bool] = []
    real = SlotFill.fill

    def spy(self: SlotFill, *arguments: object) -> None:
        labelled.append((tmp_path / "slots/a.json").exists())
        real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(SlotFill, "fill", spy)
    monkeypatch.setattr(module, "sync_changed", lambda *_: labelled.append((tmp_path / "slots/a.json").exists()))
    slots.prepare(*builds[3], keep=slots.disk().cold[1:])
    assert labelled == [False, False]
    assert slots.disk().cold[0] == builds[3][0].id


@pytest.mark.parametrize("count", [3, 100])
def test_files_of_a_killed_agent_are_made_durable_before_they_count(
    slots: Slots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """The agent was killed after it wrote every file and before it synced one of them."""
    place = tmp_path / "build"
    place.mkdir()
    manifest, pack = packed({f"d/f{n}": b"%d" % n for n in range(count)}, place)
    slots.stage(manifest, pack, (), lambda: False).fill(manifest, {}, pack)
    synced: set[str] = set()

    def sync(root: Path, files: list[str], folders: set[str]) -> None:
        assert not (tmp_path / "slots/a.json").exists()
        synced.update(files, folders)

    monkeypatch.setattr(module, "sync_changed", sync)
    Slots(tmp_path).prepare(manifest, None)
    slot = tmp_path / "slots/a"
    assert synced == {str(path) for path in (slot, *slot.rglob("*"))}
    assert slots.disk() == Disk(cold=(manifest.id,))


def test_files_of_a_killed_agent_that_differ_are_written_again(slots: Slots, tmp_path: Path) -> None:
    one, first = make_build(tmp_path, "1")
    slots.stage(one, first, (), lambda: False).fill(one, {}, first)
    (tmp_path / "slots/a/page").write_text("2")
    slots.prepare(one, first)
    assert (tmp_path / "slots/a/page").read_text() == "1"


def test_a_build_of_many_files_is_filled(slots: Slots, tmp_path: Path) -> None:
    place = tmp_path / "many"
    place.mkdir()
    many, pack = packed({f"d{n % 7}/f{n}": b"x" * n for n in range(100)}, place)
    slots.prepare(many, pack)
    flip(tmp_path, many.id)
    assert (tmp_path / "current/d1/f99").stat().st_size == 99
