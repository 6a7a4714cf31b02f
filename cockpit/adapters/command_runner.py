"""Runs commands from the config, each in a session of its own and with a deadline that includes its children.

A command's children inherit the pipe of its output. A child that outlives the command keeps the pipe open, so the
runner waits for the end of the command and not for the end of the pipe.
"""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cockpit.deploy.text import clean
from cockpit.ports import CommandOutcome, Failed

MAX_OUTPUT = 65536
"""Bytes of output kept, from the end."""
GRACE = 2.0
"""Seconds between SIGTERM and SIGKILL."""
LINGER = 0.5
"""Seconds that children may continue to write after the command has ended."""
_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR")
"""Variables passed on to commands; others may be secrets, or make two builds of one commit differ."""


class LocalCommands:
    """`ports.Commands` on this machine. Adds PATH, HOME, LANG and the like to `env`, and no other variable.

    A child that has closed the pipe, such as a server, stays alive if the command ends by itself. At the deadline, and
    when the caller is cancelled, the whole process group is killed.
    """

    async def run(
        self, argv: Sequence[str], env: Mapping[str, str], folder: Path | None, timeout: float
    ) -> CommandOutcome:
        """Run the command for at most `timeout` seconds. Raises `Failed` if it cannot be started."""
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
            raise Failed("command", "the command is empty", "set a program in the config")
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
    """Reads the output pipe as data arrives, so that the writer never blocks; keeps the end."""

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._kept = bytearray()
        self._end = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def text(self) -> str:
        return bytes(self._kept[-MAX_OUTPUT:]).decode("utf-8", "replace")

    def follow(self) -> None:
        self._loop.add_reader(self._read_end, self._read)

    async def ended(self, within: float) -> bool:
        """Whether every writer has closed the pipe within so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._end.wait(), within)
        return self._end.is_set()

    def close(self) -> None:
        self._loop.remove_reader(self._read_end)
        os.close(self._read_end)

    def _read(self) -> None:
        chunk = os.read(self._read_end, MAX_OUTPUT)
        self._kept += chunk
        if len(self._kept) > 4 * MAX_OUTPUT:
            del self._kept[:-MAX_OUTPUT]
        if not chunk:
            self._end.set()
            self._loop.remove_reader(self._read_end)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Terminate the command's process group, then kill it."""
    try:
        _signal(process.pid, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE)
    finally:
        # Even if the command has ended: its children may have ignored SIGTERM.
        _signal(process.pid, signal.SIGKILL)
    await process.wait()


def _signal(group: int, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, sign)
