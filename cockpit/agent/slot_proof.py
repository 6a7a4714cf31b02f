"""Proves that slots hold exactly their builds: a disk loses bits, and files are removed by hand.

At rest, each slot is read from the disk again and again at a low rate; the hot one, too, because it is the way back as
soon as the next build is hot. Before a switch to it, a slot is read at full speed, unless a proof is recent and no file
has changed since: then a look at each file's times is enough, and the rollback does not wait for the disk. A damaged
cold slot holds no build any more, so it is pulled again. The hot one stays as it is: it serves.
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from cockpit.agent.pack_reader import CHUNK
from cockpit.agent.slot_fill import PERMISSIONS, FillCancelled
from cockpit.agent.slot_metadata import SLOT_NAMES, mark_incomplete, read_build, read_slot_manifest
from cockpit.agent.swap import hot_slot
from cockpit.deploy.builds.manifest import Manifest, ManifestEntry, Mode
from cockpit.deploy.text import clean, short

RATE = 32 << 20
"""Bytes a second that are read at rest."""
FILE_PAUSE = 0.0005
"""Seconds between two files at rest."""
CHECK_LASTS = 60.0
"""Seconds for which a check counts as the one before a switch: a drain and a wait for other hosts take that long."""

Pace = Callable[[int], None]
"""Called with the number of bytes just read."""


class Damaged(Exception):
    """A slot does not hold its build; says what differs."""


def at_rest(size: int) -> None:
    """Sleep for as long as `size` bytes may take at rest."""
    time.sleep(max(FILE_PAUSE, size / RATE))


def at_full_speed(size: int) -> None:
    """Do not sleep."""


def read_slot(
    slot: Path, manifest: Manifest, pace: Pace = at_full_speed, cancelled: Callable[[], bool] = lambda: False
) -> str:
    """Hash every file of the build and return `fingerprint`. Raises `Damaged`, and `FillCancelled` if cancelled."""
    prints = hashlib.sha256()
    for entry in manifest.entries:
        if cancelled():
            raise FillCancelled
        if entry.is_file:
            _compare_content(slot, entry, pace, cancelled)
        prints.update(_print(slot, entry))
    return prints.hexdigest()


def fingerprint(slot: Path, manifest: Manifest) -> str:
    """Return a digest of the times and inodes of the build's files. Raises `Damaged` for a missing or resized one."""
    prints = hashlib.sha256()
    for entry in manifest.entries:
        prints.update(_print(slot, entry))
    return prints.hexdigest()


def _print(slot: Path, entry: ManifestEntry) -> bytes:
    path = f"{slot}/{entry.path}"
    try:
        found = os.lstat(path)
        link = os.readlink(path) if entry.mode is Mode.SYMLINK else ""
    except OSError as error:
        raise Damaged(f"{clean(entry.path)}: {error.strerror}") from error
    if entry.mode is Mode.FOLDER:
        if not os.path.isdir(path) or os.path.islink(path):
            raise Damaged(f"{clean(entry.path)} is not a folder")
        return b"/"  # its times change with every file that the application adds
    if link != entry.link:
        raise Damaged(f"{clean(entry.path)} leads to another place")
    if entry.is_file and (found.st_size, found.st_mode & 0o7777) != (entry.size, PERMISSIONS[entry.mode]):
        raise Damaged(f"{clean(entry.path)} has another size or mode")
    return repr((found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns)).encode()


def _compare_content(slot: Path, entry: ManifestEntry, pace: Pace, cancelled: Callable[[], bool]) -> None:
    digest, path = hashlib.sha256(), f"{slot}/{entry.path}"
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if pace is not at_full_speed and hasattr(os, "posix_fadvise"):
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)  # read the disk, not what memory has of it
            while chunk := os.read(fd, CHUNK):
                digest.update(chunk)
                pace(len(chunk))
                if cancelled():
                    raise FillCancelled
        finally:
            os.close(fd)
    except OSError as error:
        raise Damaged(f"{clean(entry.path)}: {error.strerror}") from error
    if digest.hexdigest() != entry.sha256:
        raise Damaged(f"the content of {clean(entry.path)} has changed")


@dataclass(frozen=True)
class Proof:
    """When a slot was read, and what its files looked like then."""

    at: float
    fingerprint: str


class SlotProofs:
    """The proofs of the slots in one folder; each lasts for `lasts` seconds."""

    def __init__(self, folder: Path, clock: Callable[[], float], lasts: float) -> None:
        self._folder = folder.absolute()
        self._clock = clock
        self._lasts = lasts
        self._proofs: dict[str, Proof] = {}
        self._read: dict[str, float] = {}
        """When a build was last read or pulled, whole or damaged."""
        self._checked: dict[str, float] = {}
        """When a build was checked for the next switch."""
        self._damage: dict[str, str] = {}
        self._lock = threading.Lock()
        """Held to change or list `_damage`, which the thread that proves does, too."""

    def proved(self, cold: Collection[str]) -> tuple[str, ...]:
        """Return those of the builds that have a proof."""
        return tuple(build for build in cold if self._age(build) < self._lasts)

    def unchecked(self, cold: Collection[str]) -> tuple[str, ...]:
        """Return those of the builds that have to be checked before a switch to them."""
        now = self._clock()
        return tuple(build for build in cold if not 0 <= now - self._checked.get(build, -CHECK_LASTS) < CHECK_LASTS)

    def next_due(self, builds: Collection[str], every: float) -> str:
        """Return the build that was read first and over `every` seconds ago; empty for none."""
        now = self._clock()
        ages = {build: abs(now - self._read.get(build, float("-inf"))) for build in builds if build}
        return max((build for build in ages if ages[build] >= every), key=lambda build: ages[build], default="")

    def damage(self, on_disk: Collection[str]) -> str:
        """Describe the damage found in slots whose builds are not on disk again yet."""
        with self._lock:
            self._damage = {build: text for build, text in self._damage.items() if build not in on_disk}
            return "; ".join(self._damage.values())

    def add_pulled(self, build: str, for_switch: bool) -> None:
        """Record that the build has just been pulled, which verifies it."""
        self._record(build, lambda slot, manifest: Proof(self._clock(), fingerprint(slot, manifest)), for_switch)

    def check(self, build: str, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Check the build before a switch: read it if its proof is old or a file has changed. Blocks."""

        def look(slot: Path, manifest: Manifest) -> Proof:
            began = self._clock()
            known = self._proofs.get(build) if self._age(build) < self._lasts else None
            if known and known.fingerprint == fingerprint(slot, manifest):
                return known
            return Proof(began, read_slot(slot, manifest, cancelled=cancelled))

        self._record(build, look, for_switch=True)

    def prove(self, build: str, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Read the build at a low rate. Blocks. Raises `FillCancelled`."""
        began = self._clock()
        self._record(build, lambda slot, kept: Proof(began, read_slot(slot, kept, at_rest, cancelled)), False)

    def forget_checks(self) -> None:
        """Forget the checks for a switch, because it was made."""
        self._checked.clear()

    def _age(self, build: str) -> float:
        proof = self._proofs.get(build)
        return abs(self._clock() - proof.at) if proof else float("inf")

    def _record(self, build: str, look: Callable[[Path, Manifest], Proof], for_switch: bool) -> None:
        """Look at the slot of the build; record the proof, or that the slot is damaged and holds no build."""
        slot = self._slot(build)
        if slot is None:
            return
        label = _identity(slot)
        self._read[build] = self._clock()
        try:
            manifest = read_slot_manifest(slot, build)
            if manifest is None:
                raise Damaged("its manifest cannot be read")
            self._proofs[build] = look(slot, manifest)
            if for_switch:
                self._checked[build] = self._clock()
        except Damaged as damage:
            self._proofs.pop(build, None)
            if _identity(slot) == label and slot.name != hot_slot(self._folder):  # otherwise it was filled or switched
                mark_incomplete(slot)
                text = f"slot {slot.name} with {short(build)} was damaged, so it is pulled again: {damage}"
                with self._lock:
                    self._damage[build] = text

    def _slot(self, build: str) -> Path | None:
        """Return the slot that holds the build, a cold one first."""
        hot, slots = hot_slot(self._folder), self._folder / "slots"
        names = sorted(SLOT_NAMES, key=lambda name: name == hot)
        return next((slots / name for name in names if read_build(slots / name) == build), None)


def _identity(slot: Path) -> tuple[int, int]:
    """Return what changes whenever the slot is filled again."""
    try:
        found = slot.with_suffix(".json").stat()
    except OSError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns
