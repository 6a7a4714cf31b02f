"""Sets the company up as a child process, and clears the stage whatever happens to whoever watches."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time

from cockpit.control.board import Board
from cockpit.demo.company import READY
from cockpit.demo.layout import Layout, StoreKind, discard
from cockpit.demo.processes.supervisor import environment
from cockpit.demo.shop_history import Story
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.text import clean
from cockpit.ports import Failed

SETTING_UP = "setting up a company in a temporary folder"
ENDING = 20.0
"""Seconds the company has to end in order."""
SETTLING = 20.0
"""Seconds within which the first release is closed once every host serves it."""


class RunningCompany:
    """A company that is being set up, or plays."""

    def __init__(self, layout: Layout, process: "subprocess.Popen[bytes]") -> None:
        self.layout = layout
        self._process = process
        self._said: asyncio.StreamReader | None = None

    async def progress(self) -> AsyncIterator[str]:
        """Each step of the set-up when it begins; ends when every host serves. Raises `Failed` with the reason."""
        assert self._process.stdout, "the company speaks through a pipe"
        self._said = said = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(said), self._process.stdout)
        while line := clean((await said.readline()).decode("utf-8", "replace").strip()):
            if line == READY:
                return
            yield line
        raise Failed("demo", self._last_words())

    async def ended(self) -> str:
        """Why the company ended, once it has; after `progress` alone."""
        assert self._said, "the progress comes first"
        await self._said.read()
        return self._last_words()

    async def report(self, board: Board) -> None:
        """A feed: the steps so far in the slice `opening`, empty once the first release is on every host; its trouble
        where the company cannot be set up or ends."""
        steps: list[str] = []
        try:
            async for step in self.progress():
                steps.append(step)
                board.put(opening=Seen("\n".join(steps), time()))
        except Failed as failed:
            board.note_error("opening", str(failed))
            return
        await board.until(lambda snapshot: snapshot.last_good is not None, SETTLING)
        board.put(opening=Seen("", time()))
        board.note_error("opening", await self.ended())

    def end(self) -> None:
        """End the company and wait for it; harmless when it has ended."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _last_words(self) -> str:
        with suppress(OSError):
            said = (self.layout.logs / "company.log").read_text(encoding="utf-8", errors="replace").strip()
            if said:
                return clean(said.splitlines()[-1])
        return "the company ended without a word"


@contextmanager
def staged(
    story: Story, seed: int, keep: Path | None, store: StoreKind = StoreKind.SQLITE, prometheus: bool = False
) -> Iterator[RunningCompany]:
    """A company in `keep`, which stays, or in a temporary folder, which goes. Raises `Failed`."""
    folder = keep or Path(tempfile.mkdtemp(prefix="cockpit-demo-"))
    try:
        layout = Layout(folder)
        try:
            layout.prepare(story, seed, store, prometheus)
        except OSError as bad:
            raise Failed("demo", f"no company can be made in {folder}: {bad.strerror}; name another --keep") from bad
        command = [
            sys.executable, "-m", "cockpit.demo.company", str(layout.folder), "--story", story, "--seed", str(seed),
            "--store", store, "--parent", str(os.getpid()), *(() if keep else ("--temporary",)),
            *(("--prometheus",) if prometheus else ()),
        ]  # fmt: skip
        with open(layout.logs / "company.log", "wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment(),
                start_new_session=True,  # Ctrl-C is for us alone; we end the company in order
            )
        stage = RunningCompany(layout, process)
        try:
            yield stage
        finally:
            stage.end()
    finally:
        if keep is None:
            discard(folder)
