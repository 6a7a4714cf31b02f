"""A cold slot is proved to hold its build, and a damaged one holds none."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.agent import slot_proof as module
from cockpit.agent.slot_fill import FillCancelled
from cockpit.agent.slot_metadata import mark_incomplete
from cockpit.agent.slot_proof import Damaged, SlotProofs, fingerprint, read_slot
from cockpit.agent.slots import Slots
from cockpit.agent.swap import flip
from cockpit.deploy.builds.manifest import Manifest
from tests.agent.test_slots import make_build

LASTS = 100.0


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def proofs(tmp_path: Path, clock: Clock) -> SlotProofs:
    return SlotProofs(tmp_path, clock, LASTS)


@pytest.fixture
def cold(tmp_path: Path) -> Manifest:
    """The build in the cold slot `a`; `b` is hot."""
    slots = Slots(tmp_path)
    (one, first), (two, second) = make_build(tmp_path, "1"), make_build(tmp_path, "2")
    slots.prepare(one, first)
    slots.prepare(two, second, (one.id,))
    flip(tmp_path, two.id)
    return one


def rot(path: Path) -> None:
    """Flip a bit, and let the times look as before."""
    times = path.stat()
    raw = bytearray(path.read_bytes())
    raw[0] ^= 1
    path.write_bytes(raw)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def relink(path: Path, to: str) -> None:
    path.unlink()
    path.symlink_to(to)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a flipped bit": lambda slot: rot(slot / "page"),
    "a missing file": lambda slot: (slot / "page").unlink(),
    "a missing link": lambda slot: (slot / "latest").unlink(),
    "another link": lambda slot: relink(slot / "latest", "bin/serve"),
    "a missing folder": lambda slot: (slot / "empty").rmdir(),
    "a truncated file": lambda slot: (slot / "bin/serve").write_bytes(b""),
    "a lost mode": lambda slot: (slot / "bin/serve").chmod(0o644),
    "a link for a file": lambda slot: relink(slot / "page", "/dev/null"),
    "a damaged manifest": lambda slot: slot.with_suffix(".manifest").write_bytes(b"{}"),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("way", ["prove", "check"])
@pytest.mark.parametrize("before", [True, False], ids=["proved before", "not proved before"])
def test_a_damaged_slot_holds_no_build_and_is_reported(
    proofs: SlotProofs, cold: Manifest, tmp_path: Path, damage: str, way: str, before: bool
) -> None:
    if before:
        proofs.prove(cold.id)
        assert proofs.proved((cold.id,)) == (cold.id,)
    DAMAGE[damage](tmp_path / "slots/a")
    getattr(proofs, way)(cold.id)
    assert Slots(tmp_path).disk().cold == ()
    assert proofs.proved((cold.id,)) == ()
    assert f"slot a with {cold.id[:10]} was damaged" in proofs.damage(())
    assert proofs.damage((cold.id,)) == "", "it was pulled again"


def test_what_the_application_adds_is_no_damage(proofs: SlotProofs, cold: Manifest, tmp_path: Path) -> None:
    (tmp_path / "slots/a/bin/serve.cache").write_text("x")
    proofs.prove(cold.id)
    assert proofs.proved((cold.id,)) == (cold.id,)


def test_a_check_reads_no_content_if_a_recent_proof_still_fits(
    proofs: SlotProofs, cold: Manifest, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    proofs.prove(cold.id)
    read: list[Path] = []
    monkeypatch.setattr(module, "_compare_content", lambda slot, *_: read.append(slot))
    proofs.check(cold.id)
    assert read == []
    clock.now += LASTS
    assert proofs.proved((cold.id,)) == ()
    proofs.check(cold.id)
    assert read
    assert proofs.proved((cold.id,)) == (cold.id,)


def test_a_check_lasts_until_the_switch_and_for_a_minute(proofs: SlotProofs, cold: Manifest, clock: Clock) -> None:
    assert proofs.unchecked((cold.id,)) == (cold.id,)
    proofs.prove(cold.id)
    assert proofs.unchecked((cold.id,)) == (cold.id,)
    proofs.check(cold.id)
    assert proofs.unchecked((cold.id,)) == ()
    clock.now += module.CHECK_LASTS
    assert proofs.unchecked((cold.id,)) == (cold.id,)
    proofs.add_pulled(cold.id, for_switch=True)
    assert proofs.unchecked((cold.id,)) == ()
    proofs.forget_checks()
    assert proofs.unchecked((cold.id,)) == (cold.id,)


def test_the_oldest_proof_is_due_first(proofs: SlotProofs, cold: Manifest, clock: Clock) -> None:
    assert proofs.next_due((cold.id,), 30.0) == cold.id
    proofs.add_pulled(cold.id, for_switch=False)
    assert proofs.next_due((cold.id,), 30.0) == ""
    assert proofs.next_due((cold.id, "unknown"), 30.0) == "unknown"
    clock.now += 30.0
    assert proofs.next_due((cold.id,), 30.0) == cold.id


def test_a_slot_that_is_filled_meanwhile_is_left_alone(
    proofs: SlotProofs, cold: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While slot `a` is read, it gets another build: its old content is not damaged."""
    three, pack = make_build(tmp_path, "3")
    real = module._compare_content

    def fill_first(*arguments: object) -> None:
        monkeypatch.setattr(module, "_compare_content", real)
        slots = Slots(tmp_path)
        mark_incomplete(tmp_path / "slots/a")
        slots.prepare(three, pack)
        assert slots.disk().cold == (three.id,)
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_compare_content", fill_first)
    proofs.prove(cold.id)
    assert Slots(tmp_path).disk().cold == (three.id,)
    assert proofs.damage(()) == ""


def test_the_proof_of_the_hot_build_counts_once_it_is_cold(proofs: SlotProofs, cold: Manifest, tmp_path: Path) -> None:
    hot = Slots(tmp_path).disk().hot
    proofs.prove(hot)
    flip(tmp_path, cold.id)
    assert proofs.proved((hot,)) == (hot,)


def test_a_damaged_hot_build_stays_hot_and_is_not_read_again_at_once(
    proofs: SlotProofs, cold: Manifest, clock: Clock, tmp_path: Path
) -> None:
    hot = Slots(tmp_path).disk().hot
    proofs.prove(hot)
    rot(tmp_path / "slots/b/page")
    proofs.prove(hot)
    assert proofs.proved((hot,)) == ()
    assert Slots(tmp_path).disk().hot == hot
    assert proofs.next_due((hot,), 30.0) == ""
    flip(tmp_path, cold.id)
    proofs.check(hot)
    assert Slots(tmp_path).disk().cold == ()


def test_an_unknown_build_is_not_proved(proofs: SlotProofs) -> None:
    proofs.prove("f" * 64)
    assert proofs.proved(("f" * 64,)) == ()


def test_reading_can_be_cancelled(proofs: SlotProofs, cold: Manifest) -> None:
    with pytest.raises(FillCancelled):
        proofs.prove(cold.id, lambda: True)


def test_a_read_returns_the_fingerprint_and_paces_itself(cold: Manifest, tmp_path: Path) -> None:
    sizes: list[int] = []
    assert read_slot(tmp_path / "slots/a", cold, sizes.append) == fingerprint(tmp_path / "slots/a", cold)
    assert sum(sizes) == cold.size
    with pytest.raises(Damaged):
        fingerprint(tmp_path / "slots/b/bin", cold)
