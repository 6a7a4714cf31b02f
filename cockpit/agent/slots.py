"""The host's three slots: which build is in which, filling one of the cold ones, and the flip.

`slots/a/`, `b/` and `c/` hold content only, plain copies: an append through a hard link would change two builds. Beside
each, `a.manifest` says what that build consists of and `a.json` which it is; the latter exists only while the content
is whole: it goes first and comes last. `current` is a relative symlink to the hot slot, and the only thing that says
which one is hot.
"""

import errno
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from cockpit.agent.durable_write import remove_file, sync_changed, sync_folder, write_file
from cockpit.agent.open_files import process_using
from cockpit.agent.reconcile import Disk
from cockpit.agent.slot_fill import FillCancelled, Pack, SlotFill, contents_in
from cockpit.deploy.builds.manifest import InvalidManifest, Manifest, decoded
from cockpit.deploy.text import short
from cockpit.ports import Failed

NAMES = ("a", "b", "c")
FULL = (errno.ENOSPC, errno.EDQUOT)


class Content(msgspec.Struct, frozen=True):
    """The metadata of a slot."""

    build: str


class _Near(Mapping[str, str]):
    """Where on this disk each content should be. Few are asked for of many, so that places are made when they are."""

    def __init__(self, slots: tuple[tuple[str, Manifest], ...]) -> None:
        self._slots = slots

    def __getitem__(self, digest: str) -> str:
        return next(f"{slot}/{held.by_digest[digest].path}" for slot, held in self._slots if digest in held.by_digest)

    def __contains__(self, digest: object) -> bool:
        return any(digest in held.by_digest for _, held in self._slots)

    def __iter__(self) -> Iterator[str]:
        return iter({digest for _, held in self._slots for digest in held.by_digest})

    def __len__(self) -> int:
        return len(set(self))


class Slots:
    """The slots in one host's folder."""

    def __init__(self, folder: Path, who: Callable[[Path], str] = process_using) -> None:
        self._who = who
        self._folder = folder.absolute()
        self._slots = self._folder / "slots"
        self._current = self._folder / "current"
        self._read: dict[str, Manifest] = {}
        """Manifests that were read once; a build's never changes."""

    def disk(self) -> Disk:
        """What is in the slots. Raises `Failed` where `current` is not of our making."""
        hot = self._hot()
        cold = (self._build(name) for name in NAMES if name != hot)
        return Disk(self._build(hot) if hot else "", tuple(build for build in cold if build))

    def hot_path(self) -> str:
        """The absolute path of the hot slot; empty where there is none."""
        hot = self._hot()
        return str(self._slots / hot) if hot else ""

    def manifests(self) -> dict[str, Manifest]:
        """What the complete builds consist of, by build, the hot one first."""
        hot = self._hot()
        found: dict[str, Manifest] = {}
        for name in sorted(NAMES, key=lambda name: name != hot):
            if manifest := self._manifest(name):
                found[self._build(name)] = manifest
        return found

    def left_over(self, manifest: Manifest) -> set[str]:
        """Contents of the manifest that lie in slots which somebody was filling when he was killed."""
        slots = (self._slots / name for name in NAMES if not self._build(name))
        return {digest for slot in slots if slot.is_dir() for digest in contents_in(slot, manifest)}

    def prepare(
        self,
        manifest: Manifest,
        pack: Pack | None,
        keep: Collection[str] = (),
        given_up: Callable[[], bool] = lambda: False,
    ) -> None:
        """Fill a cold slot that holds none of the builds to `keep`. Blocks.

        Raises what `Filling.fill` raises, and `Failed` where somebody is still in the slot; no slot then has changed
        but that one, and it holds no build.
        """
        self.prove(self.receive(manifest, pack, keep, given_up), manifest, pack)

    def receive(
        self, manifest: Manifest, pack: Pack | None, keep: Collection[str], given_up: Callable[[], bool]
    ) -> SlotFill:
        """The first half of `prepare`: write what came over to the slot. It holds no build from here on."""
        name = self._free(keep)
        slot, known = self._slots / name, self._manifest(name)
        remove_file(slot.with_suffix(".json"))
        slot.mkdir(parents=True, exist_ok=True)
        slot.chmod(0o755)
        filling = SlotFill(slot, given_up)
        with self._room(slot):
            if known:
                filling.receive(known, manifest, self._near(), pack)
        return filling

    def prove(self, filling: SlotFill, manifest: Manifest, pack: Pack | None) -> None:
        """The second half: hash all of the slot, mend what differs, make it durable, and say what it holds."""
        slot = filling.root
        with self._room(slot):
            filling.fill(manifest, self._near(), pack)
            sync_changed(slot, filling.files, filling.folders | {str(slot)})
            sync_folder(self._slots)
            if filling.given_up():
                raise FillCancelled
            write_file(slot.with_suffix(".manifest"), manifest.encode())
            write_file(slot.with_suffix(".json"), msgspec.json.encode(Content(manifest.id)))
            held = {self._build(name) for name in NAMES}
            self._read = {build: known for build, known in self._read.items() if build in held}

    @contextmanager
    def _room(self, slot: Path) -> Iterator[None]:
        """Gives a full disk its room back."""
        try:
            yield
        except OSError as error:
            if error.errno in FULL:
                self._clear(slot)
            raise

    def flip(self, build: str) -> None:
        """Make the slot that holds `build` the hot one, in an instant and durably. Raises `Failed` where none does."""
        name = next((name for name in NAMES if name != self._hot() and self._build(name) == build), "")
        if not name:
            raise Failed("slots", f"none holds {short(build)}", "point the tier at a build again")
        fresh = self._folder / ".current.new"
        fresh.unlink(missing_ok=True)
        os.symlink(f"slots/{name}", fresh)
        os.replace(fresh, self._current)
        sync_folder(self._folder)

    def _free(self, keep: Collection[str]) -> str:
        """The slot to fill: one that was being filled rather than an empty one, and that rather than a whole one."""
        hot = self._hot()
        free = [name for name in NAMES if name != hot and not (self._build(name) and self._build(name) in keep)]
        order = sorted(free, key=lambda name: (bool(self._build(name)), not (self._slots / name).is_dir(), name))
        user = ""
        for name in order:
            user = self._who(self._slots / name) if (self._slots / name).is_dir() else ""
            if not user:
                return name
        reason = f"{user} is still in {self._slots / order[-1]}" if user else "all of them hold builds to keep"
        raise Failed("slots", reason, "let it end, or end it: it would see the files of two builds")

    def _near(self) -> Mapping[str, str]:
        """Where the contents of complete builds lie."""
        manifests = ((name, self._manifest(name)) for name in NAMES)
        return _Near(tuple((f"{self._slots}/{name}", known) for name, known in manifests if known))

    def _hot(self) -> str:
        try:
            folder, _, name = os.readlink(self._current).rpartition("/")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise Failed(str(self._current), "is not a symlink", "move it away") from error
        if folder != "slots" or name not in NAMES:
            raise Failed(str(self._current), "does not point at slots/a, slots/b or slots/c", "remove it")
        return name

    def _build(self, name: str) -> str:
        slot = self._slots / name
        try:
            content = msgspec.json.decode(slot.with_suffix(".json").read_bytes(), type=Content)
        except (FileNotFoundError, msgspec.MsgspecError):
            return ""
        return content.build if slot.is_dir() else ""

    def _manifest(self, name: str) -> Manifest | None:
        """None where the slot holds no build, or one of which nothing else is known."""
        build = self._build(name)
        if build not in self._read:
            try:
                self._read[build] = decoded((self._slots / f"{name}.manifest").read_bytes(), build)
            except (OSError, InvalidManifest):
                return None
        return self._read[build]

    def _clear(self, slot: Path) -> None:
        remove_file(slot.with_suffix(".json"))
        if slot.exists():
            shutil.rmtree(slot)
