"""Pulls a build from the artifacts into a cold slot, and fetches only what the host lacks.

If the artifacts have a delta from a build on this host, a pull is two requests: the delta, and the contents that the
host lacks. Otherwise it is the manifest and the full pack. A manifest's digest is the build's id, and every content is
checked against the manifest, so the artifacts need no trust.
"""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec

from cockpit.agent.pack_reader import decompress
from cockpit.agent.slot_fill import FillCancelled, MissingContents, Pack
from cockpit.agent.slots import Slots
from cockpit.deploy.builds.build import delta_name, delta_pack_name, full_name, manifest_name
from cockpit.deploy.builds.manifest import Delta, InvalidManifest, Manifest, packed_files, patch_manifest, read_manifest
from cockpit.deploy.text import short
from cockpit.ports import Artifacts, Failed

INCOMING = "incoming"
"""The folder of unfinished downloads, in the agent's folder."""

DELTA_SOURCES = ("the pack", "artifacts")
"""Whose failure may concern the delta alone, so that the whole build is fetched."""

PartCallback = Callable[[str, int, int], None]
"""(part, bytes fetched, bytes in all or 0 if unknown); called in the thread that fetches."""


def _ignore_part(part: str, fetched: int, total: int) -> None:
    pass


def remove_incoming(folder: Path) -> None:
    """Remove the unfinished downloads of an agent that was killed."""
    shutil.rmtree(folder / INCOMING, ignore_errors=True)


@dataclass(frozen=True)
class FetchedBuild:
    """The downloaded parts of a build, in a folder that the caller removes."""

    folder: Path
    manifest: Manifest
    pack: Pack | None
    """None if the host has every content already."""
    size: int
    """Bytes downloaded."""


async def pull(
    artifacts: Artifacts,
    slots: Slots,
    build: str,
    keep: Collection[str],
    folder: Path,
    until_unwanted: Callable[[], Coroutine[Any, Any, None]],
    on_fetched: Callable[[int], None],
    on_part: PartCallback = _ignore_part,
) -> None:
    """Pull the build into a cold slot that holds none of the builds to `keep`.

    `on_fetched` gets the bytes of a finished download. Raises `Failed`, OSError, and `FillCancelled` as soon as
    `until_unwanted` returns. Once this returns or raises, no thread writes to the slot.
    """
    unwanted = asyncio.create_task(until_unwanted())
    fetch = BuildFetch(artifacts, slots, build, folder, on_part=on_part)
    try:
        try:
            await _fetch_and_prepare(fetch, slots, keep, unwanted, on_fetched)
        except (MissingContents, Failed) as error:  # a file of another slot, or the delta, is missing or damaged
            if isinstance(error, Failed) and not (fetch.base and error.system in DELTA_SOURCES):
                raise
            fetch = BuildFetch(artifacts, slots, build, folder, whole=True, on_part=on_part)
            await _fetch_and_prepare(fetch, slots, keep, unwanted, on_fetched)
    except MissingContents as error:
        raise Failed("the pack", f"it lacks {error}", "build it again") from error
    finally:
        unwanted.cancel()


async def _fetch_and_prepare(
    fetch: "BuildFetch",
    slots: Slots,
    keep: Collection[str],
    unwanted: asyncio.Task[None],
    on_fetched: Callable[[int], None],
) -> None:
    cancelled = threading.Event()
    fetching = asyncio.create_task(asyncio.to_thread(fetch.run, cancelled))
    fetching.add_done_callback(lambda task: task.cancelled() or task.exception())
    try:
        fetched = await _result_unless(unwanted, fetching)
        on_fetched(fetched.size)
        work = asyncio.to_thread(slots.prepare, fetched.manifest, fetched.pack, keep, cancelled.is_set)
        preparing = asyncio.create_task(work)
        try:
            await _result_unless(unwanted, preparing)
        finally:
            cancelled.set()
            await asyncio.wait({preparing})  # the thread checks `cancelled` before each file
            preparing.exception()
    finally:
        cancelled.set()  # a download cannot be stopped, but it removes its files when it ends
        if fetching.done() and not fetching.cancelled() and not fetching.exception():
            shutil.rmtree(fetching.result().folder, ignore_errors=True)


async def _result_unless(unwanted: asyncio.Task[None], work: asyncio.Task[Any]) -> Any:
    """Return the result of the work. Raises `FillCancelled` if `unwanted` ends first."""
    await asyncio.wait({unwanted, work}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        raise FillCancelled
    return work.result()


class BuildFetch:
    """The download of one build; with `whole`, of all its contents, even those on the host."""

    def __init__(
        self,
        artifacts: Artifacts,
        slots: Slots,
        build: str,
        folder: Path,
        whole: bool = False,
        on_part: PartCallback = _ignore_part,
    ) -> None:
        self._artifacts = artifacts
        self._slots = slots
        self._build = build
        self._incoming = folder / INCOMING
        self._whole = whole
        self._on_part = on_part
        self._size = 0
        self.base = ""
        """The build whose delta was fetched; empty for a full pack."""

    def run(self, cancelled: threading.Event) -> FetchedBuild:
        """Download what the host lacks. Blocks.

        Raises `Failed`, or OSError if the disk fails. Leaves no files if it raises or is cancelled.
        """
        self._incoming.mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{short(self._build)}.", dir=self._incoming))
        try:
            manifest, pack = self._parts(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if cancelled.is_set():
            shutil.rmtree(folder, ignore_errors=True)
        return FetchedBuild(folder, manifest, pack, self._size)

    def _parts(self, folder: Path) -> tuple[Manifest, Pack | None]:
        held = {} if self._whole else self._slots.manifests()
        base, manifest, fresh = self._manifest(held, folder)
        self.base = base
        if not self._whole:
            missing = fresh.digests - set[str]().union(*(other.digests & fresh.digests for other in held.values()))
            if not missing or not missing - self._slots.partial_contents(fresh):
                return manifest, None
        files = packed_files(fresh, held[base].digests if base else ())
        pack = Pack(folder / "pack", files)
        self._get(delta_pack_name(self._build, base) if base else full_name(self._build), pack.path)
        return manifest, pack

    def _manifest(self, held: dict[str, Manifest], folder: Path) -> tuple[str, Manifest, Manifest]:
        """Return (base of the delta or empty, the manifest, the part of it that a host with the base may lack)."""
        for base, old in held.items():
            path = folder / "delta"
            try:
                self._get(delta_name(self._build, base), path)
                delta = msgspec.json.decode(decompress(path), type=Delta)
                manifest = patch_manifest(old, delta, self._build)
            except (Failed, InvalidManifest, msgspec.MsgspecError, RecursionError):
                continue  # no delta from this build, or an invalid one
            return base, manifest, Manifest(tuple(sorted(delta.put, key=attrgetter("path"))))
        path = folder / "manifest"
        self._get(manifest_name(self._build), path)
        try:
            manifest = read_manifest(decompress(path), self._build)
        except InvalidManifest as error:
            raise Failed(
                "pull", str(error), "publish the build again, or check the connection to the artifacts"
            ) from error
        return "", manifest, manifest

    def _get(self, name: str, into: Path) -> None:
        self._size += self._artifacts.pull(name, into, partial(self._on_part, name))
