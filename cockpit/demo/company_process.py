"""Runs the company as a child process and ends it, however the parent ends."""

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
from cockpit.demo.layout import Layout, remove_folder
from cockpit.demo.processes.supervisor import environment
from cockpit.demo.settings import DemoSettings, StoreKind
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.text import clean
from cockpit.ports import Failed

SETTING_UP = "setting up a company in a temporary folder"
STOP_TIMEOUT = 20.0
"""Seconds in which the company has to end after SIGTERM."""
INSTALL_TIMEOUT = 20.0
"""Seconds from serving hosts to the end of the first release."""


class RunningCompany:
    """A company that starts or runs."""

    def __init__(self, layout: Layout, process: "subprocess.Popen[bytes]") -> None:
        self.layout = layout
        self._process = process
        self._output: asyncio.StreamReader | None = None

    async def progress(self) -> AsyncIterator[str]:
        """Each step of the set-up when it begins; ends when every host serves. Raises `Failed`."""
        assert self._process.stdout, "the process was started with a pipe"
        self._output = output = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(output), self._process.stdout)
        while line := clean((await output.readline()).decode("utf-8", "replace").strip()):
            if line == READY:
                return
            yield line
        raise Failed("demo", self._last_log_line())

    async def wait_for_end(self) -> str:
        """Wait until the company ends; the reason. Call it after `progress`."""
        assert self._output, "`progress` opens the pipe"
        await self._output.read()
        return self._last_log_line()

    async def report_startup(self, board: Board) -> None:
        """A feed of the slice `startup`: the steps so far, empty once the first release is on every host, and the
        error if the company fails to start or ends."""
        steps: list[str] = []
        try:
            async for step in self.progress():
                steps.append(step)
                board.put(startup=Seen("\n".join(steps), time()))
        except Failed as failed:
            board.note_error("startup", str(failed))
            return
        await board.until(lambda snapshot: snapshot.last_good is not None, INSTALL_TIMEOUT)
        board.put(startup=Seen("", time()))
        board.note_error("startup", await self.wait_for_end())

    def stop(self) -> None:
        """End the company and wait for it. Does nothing if it has ended."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _last_log_line(self) -> str:
        with suppress(OSError):
            text = (self.layout.logs / "company.log").read_text(encoding="utf-8", errors="replace").strip()
            if text:
                return clean(text.splitlines()[-1])
        return "the company ended without an error message"


@contextmanager
def running_company(settings: DemoSettings, keep: Path | None) -> Iterator[RunningCompany]:
    """Run a company in `keep`, or in a temporary folder that is removed at the end. Raises `Failed`."""
    folder = keep or Path(tempfile.mkdtemp(prefix="cockpit-demo-"))
    try:
        layout = Layout(folder)
        try:
            layout.prepare(settings)
        except OSError as error:
            raise Failed("demo", f"cannot create a demo in {folder}: {error.strerror}", "use another --keep") from error
        with open(layout.logs / "company.log", "wb") as log:
            process = subprocess.Popen(
                _command(layout, settings, temporary=keep is None),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment(),
                start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the company in order
            )
        company = RunningCompany(layout, process)
        try:
            yield company
        finally:
            company.stop()
    finally:
        if keep is None:
            remove_folder(folder)


def _command(layout: Layout, settings: DemoSettings, temporary: bool) -> list[str]:
    """The command line of the company."""
    command = [sys.executable, "-m", "cockpit.demo.company", str(layout.folder), "--parent", str(os.getpid())]
    command += ["--story", settings.story, "--seed", str(settings.seed), "--pace", str(settings.pace)]
    command += ["--consul"] * (settings.store is StoreKind.CONSUL)
    command += ["--prometheus"] * settings.prometheus
    command += ["--temporary"] * temporary
    return command
