"""The host's three slots: which build each holds, and how a cold one is filled.

`slots/a`, `slots/b` and `slots/c` hold plain copies of files: an append through a hard link would change two builds.
`slot_metadata` records which slot is complete, and `swap` flips the symlink to the hot one.
"""

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cockpit.agent.acts import Disk
from cockpit.agent.durable_write import DISK_FULL, sync_changed, sync_folder
from cockpit.agent.open_files import process_using
from cockpit.agent.slot_fill import FillCancelled, Pack, SlotFill, find_contents
from cockpit.agent.slot_metadata import SLOT_NAMES, mark_complete, mark_incomplete, read_build, read_slot_manifest
from cockpit.agent.swap import hot_slot
from cockpit.deploy.builds.manifest import Manifest
from cockpit.ports import Failed


class _LocalContents(Mapping[str, str]):
    """{digest: path of a file on this disk that should have it}. Paths are built on demand, as few are needed."""

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

    def __init__(self, folder: Path, find_process: Callable[[Path], str] = process_using) -> None:
        self._find_process = find_process
        self._folder = folder.absolute()
        self._slots = self._folder / "slots"
        self._manifests: dict[str, Manifest] = {}
        """The manifests read so far, by build; a build's manifest never changes."""

    def disk(self) -> Disk:
        """Return which builds the slots hold. Raises `Failed` if `current` is not the agent's."""
        hot = hot_slot(self._folder)
        cold = (self._build(name) for name in SLOT_NAMES if name != hot)
        return Disk(self._build(hot) if hot else "", tuple(build for build in cold if build))

    def hot_path(self) -> str:
        """Return the absolute path of the hot slot; empty if there is none."""
        hot = hot_slot(self._folder)
        return str(self._slots / hot) if hot else ""

    def manifests(self) -> dict[str, Manifest]:
        """Return the manifests of the complete builds, by build, the hot one first."""
        hot = hot_slot(self._folder)
        manifests: dict[str, Manifest] = {}
        for name in sorted(SLOT_NAMES, key=lambda name: name != hot):
            if manifest := self._manifest(name):
                manifests[self._build(name)] = manifest
        return manifests

    def partial_contents(self, manifest: Manifest) -> set[str]:
        """Return the digests of the manifest that an interrupted agent left in incomplete slots."""
        slots = (self._slots / name for name in SLOT_NAMES if not self._build(name))
        return {digest for slot in slots if slot.is_dir() for digest in find_contents(slot, manifest)}

    def prepare(
        self,
        manifest: Manifest,
        pack: Pack | None,
        keep: Collection[str] = (),
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Fill a cold slot that holds none of the builds to `keep`. Blocks.

        Raises what `SlotFill.fill` raises, and `Failed` if a process still uses the slot. On failure only that slot
        has changed, and it holds no build.
        """
        self.verify(self.stage(manifest, pack, keep, cancelled), manifest, pack)

    def stage(
        self, manifest: Manifest, pack: Pack | None, keep: Collection[str], cancelled: Callable[[], bool]
    ) -> SlotFill:
        """Do the first half of `prepare`: write the pulled files to a slot, which holds no build from here on."""
        name = self._choose_slot(keep)
        slot, previous = self._slots / name, self._manifest(name)
        mark_incomplete(slot)
        slot.mkdir(parents=True, exist_ok=True)
        slot.chmod(0o755)
        filling = SlotFill(slot, cancelled, found_is_durable=previous is not None)
        with self._cleared_if_full(slot):
            if previous:
                filling.apply_changes(previous, manifest, self._local_contents(), pack)
        return filling

    def verify(self, filling: SlotFill, manifest: Manifest, pack: Pack | None) -> None:
        """Do the second half: hash the whole slot, repair what differs, make it durable and mark it complete."""
        slot = filling.root
        with self._cleared_if_full(slot):
            filling.fill(manifest, self._local_contents(), pack)
            sync_changed(slot, filling.files, filling.folders | {str(slot)})
            sync_folder(self._slots)
            if filling.cancelled():
                raise FillCancelled
            mark_complete(slot, manifest)
            held = {self._build(name) for name in SLOT_NAMES}
            self._manifests = {build: known for build, known in self._manifests.items() if build in held}

    @contextmanager
    def _cleared_if_full(self, slot: Path) -> Iterator[None]:
        """Free the slot's space if the disk is full."""
        try:
            yield
        except OSError as error:
            if error.errno in DISK_FULL:
                mark_incomplete(slot)
                if slot.exists():
                    shutil.rmtree(slot)
            raise

    def _choose_slot(self, keep: Collection[str]) -> str:
        """Return the cold slot to fill: an incomplete one, else an empty one, else one with a build not to keep."""
        hot = hot_slot(self._folder)
        free = [name for name in SLOT_NAMES if name != hot and not (self._build(name) and self._build(name) in keep)]
        order = sorted(free, key=lambda name: (bool(self._build(name)), not (self._slots / name).is_dir(), name))
        process = ""
        for name in order:
            process = self._find_process(self._slots / name) if (self._slots / name).is_dir() else ""
            if not process:
                return name
        if not process:
            raise Failed("slots", "every cold slot holds a build to keep")
        remedy = "stop the process, or wait until it ends: it would read the files of two builds"
        raise Failed("slots", f"{process} still uses {self._slots / order[-1]}", remedy)

    def _local_contents(self) -> Mapping[str, str]:
        manifests = ((name, self._manifest(name)) for name in SLOT_NAMES)
        return _LocalContents(tuple((f"{self._slots}/{name}", known) for name, known in manifests if known))

    def _build(self, name: str) -> str:
        return read_build(self._slots / name)

    def _manifest(self, name: str) -> Manifest | None:
        """The manifest of the slot's build; None if the slot holds no build or its manifest cannot be read."""
        build = self._build(name)
        if build not in self._manifests:
            manifest = read_slot_manifest(self._slots / name, build)
            if manifest is None:
                return None
            self._manifests[build] = manifest
        return self._manifests[build]
