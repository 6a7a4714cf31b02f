"""Runs commands from the config: each in a session of its own, with a deadline that holds whatever they start.

A command's output comes through a pipe that its children inherit. One that is left behind would keep the pipe open
for ever, so the end of the command is what is waited for, never the end of the pipe.
"""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cockpit.deploy.text import clean
from cockpit.ports import CommandOutcome, Failed

KEPT = 65536
"""Bytes of output kept, from the end."""
GRACE = 2.0
"""Seconds between asking a command to end and ending it."""
LINGER = 0.5
"""Seconds that children may go on writing once the command itself has ended."""
_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR")
"""What a command needs of our surroundings; the rest may be secrets, or make two builds of one commit differ."""


class LocalCommands:
    """Implements `ports.Commands`. To `env` come PATH, HOME, LANG and the like of this process, and nothing else.

    A child that let go of the pipe, as a server started by the command does, lives on after a command that ended by
    itself. At the deadline, and when the caller is cancelled, the whole group is killed.
    """

    async def run(
        self, argv: Sequence[str], env: Mapping[str, str], folder: Path | None, timeout: float
    ) -> CommandOutcome:
        """Run it to its end or to `timeout` seconds. Raises `Failed` where it cannot be started."""
        output = _Output()
        try:
            process = await self._start(argv, env, folder, output.write_end)
        except BaseException:
            output.close()
            raise
        finally:
            os.close(output.write_end)
        try:
            output.follow()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), timeout)
            code = process.returncode
            if code is None:
                await _stop(process)
            elif not await output.ended(LINGER):
                _signal(process.pid, signal.SIGKILL)
            await output.ended(LINGER)
        except asyncio.CancelledError:
            await _stop(process)
            raise
        finally:
            if process.returncode is None:
                _signal(process.pid, signal.SIGKILL)
            output.close()
        return CommandOutcome(code, output.text)

    async def _start(
        self, argv: Sequence[str], env: Mapping[str, str], folder: Path | None, pipe: int
    ) -> asyncio.subprocess.Process:
        if not argv:
            raise Failed("command", "it is empty", "name a program in the config")
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        try:
            return await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=pipe,
                stderr=pipe,
                cwd=folder,
                env={**inherited, **env},
                start_new_session=True,
            )
        except FileNotFoundError as error:
            if folder is not None and not folder.is_dir():
                raise Failed("command", f"its folder {folder} does not exist") from error
            remedy = "install it or correct the command in the config"
            raise Failed("command", f"{clean(argv[0])} was not found", remedy) from error
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise Failed("command", f"cannot start {clean(argv[0])}: {reason}", "correct it in the config") from error


class _Output:
    """The end of what comes through a pipe, read as it comes so that the writer never waits."""

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._kept = bytearray()
        self._end = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def text(self) -> str:
        return bytes(self._kept[-KEPT:]).decode("utf-8", "replace")

    def follow(self) -> None:
        self._loop.add_reader(self._read_end, self._read)

    async def ended(self, within: float) -> bool:
        """Whether every writer let go of the pipe within so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._end.wait(), within)
        return self._end.is_set()

    def close(self) -> None:
        self._loop.remove_reader(self._read_end)
        os.close(self._read_end)

    def _read(self) -> None:
        chunk = os.read(self._read_end, KEPT)
        self._kept += chunk
        if len(self._kept) > 4 * KEPT:
            del self._kept[:-KEPT]
        if not chunk:
            self._end.set()
            self._loop.remove_reader(self._read_end)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ask the command's group to end, and end it."""
    try:
        _signal(process.pid, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE)
    finally:
        # Also where the command itself ended: its children may have ignored the question.
        _signal(process.pid, signal.SIGKILL)
    await process.wait()


def _signal(group: int, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, sign)
