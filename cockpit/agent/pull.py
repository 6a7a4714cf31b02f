"""Fetches what is missing of a build and makes sure that it is the one that was asked for.

Two requests where the host holds a build that there is a delta from: what differs, and the contents that it has not.
Else the manifest and the full pack. A manifest's digest is the build's id, and every content is checked against the
manifest, so the place they come from needs no trust.
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

from cockpit.agent.pack_reader import unzip
from cockpit.agent.slot_fill import FillCancelled, MissingContents, Pack
from cockpit.agent.slots import Slots
from cockpit.deploy.builds.build import delta_name, delta_pack_name, full_name, manifest_name
from cockpit.deploy.builds.manifest import Delta, InvalidManifest, Manifest, packed_files, read_manifest, updated
from cockpit.deploy.text import short
from cockpit.ports import Artifacts, Failed

FOLDER = "incoming"


def forget_incoming(folder: Path) -> None:
    """Remove what an agent that was killed left half fetched."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


@dataclass(frozen=True)
class FetchedBuild:
    """What came over, in a folder of its own that whoever gets it removes."""

    folder: Path
    manifest: Manifest
    pack: Pack | None
    """None where all of it is on the host already."""
    size: int
    """Bytes that came over."""


async def pull(
    artifacts: Artifacts,
    slots: Slots,
    build: str,
    keep: Collection[str],
    folder: Path,
    unwished: Callable[[], Coroutine[Any, Any, None]],
    arrived: Callable[[int], None],
    heard: Callable[[str, int, int], None] = lambda name, so_far, whole: None,
) -> None:
    """Bring the build into a cold slot, leaving those that hold a build to `keep`; `arrived` hears how many bytes came
    over, and `heard`, in the thread that fetches, how many so far of which part and of how many.

    Raises `Failed`, OSError, and `GivenUp` as soon as `unwished` returns. However it ends, nobody writes to the slot
    afterwards.
    """
    waiting = asyncio.create_task(unwished())
    try:
        try:
            await _bring(BuildFetch(artifacts, slots, build, folder, heard=heard), slots, keep, waiting, arrived)
        except MissingContents:  # a content that should have been on this host is not, or is another: all of it, then
            await _bring(
                BuildFetch(artifacts, slots, build, folder, whole=True, heard=heard), slots, keep, waiting, arrived
            )
    except MissingContents as error:
        raise Failed("the pack", f"it lacks {error}", "build it again") from error
    finally:
        waiting.cancel()


async def _bring(
    asked: "BuildFetch",
    slots: Slots,
    keep: Collection[str],
    waiting: asyncio.Task[None],
    arrived: Callable[[int], None],
) -> None:
    given_up = threading.Event()
    fetching = asyncio.create_task(asyncio.to_thread(asked.fetch, given_up))
    fetching.add_done_callback(lambda task: task.cancelled() or task.exception())
    try:
        fetched = await _unless(waiting, fetching)
        arrived(fetched.size)
        work = asyncio.to_thread(slots.prepare, fetched.manifest, fetched.pack, keep, given_up.is_set)
        preparing = asyncio.create_task(work)
        try:
            await _unless(waiting, preparing)
        finally:
            given_up.set()
            await asyncio.wait({preparing})  # it looks before each file
            preparing.exception()
    finally:
        given_up.set()  # a download cannot be stopped, but removes what it brings
        if fetching.done() and not fetching.cancelled() and not fetching.exception():
            shutil.rmtree(fetching.result().folder, ignore_errors=True)


async def _unless(waiting: asyncio.Task[None], work: asyncio.Task[Any]) -> Any:
    await asyncio.wait({waiting, work}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        raise FillCancelled
    return work.result()


class BuildFetch:
    """One build to be fetched; with `whole` all of it, whatever is on the host."""

    def __init__(
        self,
        artifacts: Artifacts,
        slots: Slots,
        build: str,
        folder: Path,
        whole: bool = False,
        heard: Callable[[str, int, int], None] = lambda name, so_far, whole: None,
    ) -> None:
        self._artifacts = artifacts
        self._slots = slots
        self._build = build
        self._incoming = folder / FOLDER
        self._whole = whole
        self._heard = heard
        self._size = 0

    def fetch(self, given_up: threading.Event) -> FetchedBuild:
        """What is missing. Blocks.

        Raises `Failed`, or OSError where the disk fails, and then leaves nothing behind; nor does it once it was given
        up.
        """
        self._incoming.mkdir(exist_ok=True)
        own = Path(tempfile.mkdtemp(prefix=f"{short(self._build)}.", dir=self._incoming))
        try:
            manifest, pack = self._parts(own)
        except BaseException:
            shutil.rmtree(own, ignore_errors=True)
            raise
        if given_up.is_set():
            shutil.rmtree(own, ignore_errors=True)
        return FetchedBuild(own, manifest, pack, self._size)

    def _parts(self, own: Path) -> tuple[Manifest, Pack | None]:
        held = {} if self._whole else self._slots.manifests()
        base, manifest, fresh = self._manifest(held, own)
        if not self._whole:
            missing = fresh.digests - set[str]().union(*(other.digests & fresh.digests for other in held.values()))
            if not missing or not missing - self._slots.left_over(fresh):
                return manifest, None
        files = packed_files(fresh, held[base].digests if base else ())
        pack = Pack(own / "pack", files)
        self._get(delta_pack_name(self._build, base) if base else full_name(self._build), pack.path)
        return manifest, pack

    def _manifest(self, held: dict[str, Manifest], own: Path) -> tuple[str, Manifest, Manifest]:
        """The build that the delta is from, empty for none, the manifest, and the part of it that may be new to who
        holds that build."""
        for base, old in held.items():
            described = own / "delta"
            try:
                self._get(delta_name(self._build, base), described)
                delta = msgspec.json.decode(unzip(described), type=Delta)
                manifest = updated(old, delta, self._build)
            except (Failed, InvalidManifest, msgspec.MsgspecError, RecursionError):
                continue  # there is none from that one, or it is of no use
            return base, manifest, Manifest(tuple(sorted(delta.put, key=attrgetter("path"))))
        described = own / "manifest"
        self._get(manifest_name(self._build), described)
        try:
            manifest = read_manifest(unzip(described), self._build)
        except InvalidManifest as error:
            remedy = "publish the build again, or check what lies between here and the artifacts"
            raise Failed("the pull", str(error), remedy) from error
        return "", manifest, manifest

    def _get(self, name: str, into: Path) -> None:
        self._size += self._artifacts.pull(name, into, partial(self._heard, name))
