"""Fetches a build and makes sure that it is the one that was asked for.

A build's id is the digest of its pack, so the place it comes from needs no trust.
"""

import asyncio
import hashlib
import shutil
import tempfile
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from cockpit.agent.slots import Slots
from cockpit.agent.unpack import GivenUp
from cockpit.deploy.text import short
from cockpit.ports import Artifacts, Failed

FOLDER = "incoming"


def forget_incoming(folder: Path) -> None:
    """Remove what an agent that was killed left half fetched."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


async def pull(
    artifacts: Artifacts,
    slots: Slots,
    build: str,
    folder: Path,
    unwished: Callable[[], Coroutine[Any, Any, None]],
    arrived: Callable[[int], None],
) -> None:
    """Bring the build into the cold slot; `arrived` hears how many bytes came over.

    Raises `Failed`, OSError, and `GivenUp` as soon as `unwished` returns. However it ends, nobody writes to the slot
    afterwards.
    """
    given_up = threading.Event()
    waiting = asyncio.create_task(unwished())
    fetching = asyncio.create_task(asyncio.to_thread(fetch, artifacts, build, folder, given_up))
    fetching.add_done_callback(lambda task: task.cancelled() or task.exception())
    try:
        packed, size = await _unless(waiting, fetching)
        arrived(size)
        preparing = asyncio.create_task(asyncio.to_thread(slots.prepare, build, packed, given_up.is_set))
        try:
            await _unless(waiting, preparing)
        finally:
            given_up.set()
            await asyncio.wait({preparing})  # it looks before each file
            preparing.exception()
    finally:
        waiting.cancel()
        given_up.set()  # a download cannot be stopped, but removes what it brings
        if fetching.done() and not fetching.cancelled() and not fetching.exception():
            shutil.rmtree(fetching.result()[0].parent, ignore_errors=True)


async def _unless(waiting: asyncio.Task[None], work: asyncio.Task[Any]) -> Any:
    await asyncio.wait({waiting, work}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        raise GivenUp
    return work.result()


def fetch(artifacts: Artifacts, build: str, folder: Path, given_up: threading.Event) -> tuple[Path, int]:
    """The verified pack in a fresh folder of its own, which whoever gets it removes, and the bytes that came over.

    Blocks. Raises `Failed`, or OSError where the disk fails, and then leaves nothing behind; nor does it once it was
    given up.
    """
    incoming = folder / FOLDER
    incoming.mkdir(exist_ok=True)
    own = Path(tempfile.mkdtemp(prefix=f"{short(build)}.", dir=incoming))
    try:
        packed = own / "pack"
        size = artifacts.pull(build, packed)
        _verify(packed, build)
    except BaseException:
        shutil.rmtree(own, ignore_errors=True)
        raise
    if given_up.is_set():
        shutil.rmtree(own, ignore_errors=True)
    return packed, size


def _verify(packed: Path, build: str) -> None:
    with packed.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != build:
        size = packed.stat().st_size
        reason = f"what came is not that build: its digest is {short(digest)} ({size:,} bytes)"
        raise Failed("the pull", reason, "publish the build again, or check what lies between here and the artifacts")
