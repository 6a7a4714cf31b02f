"""Reads the rota from a file or from the output of a command."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from cockpit.deploy.schedule.rota import MAX_TEXT, Rota, read_rota
from cockpit.deploy.text import tail
from cockpit.ports import Commands, Failed


class FileRotaSource:
    """`ports.RotaSource` on one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def rota(self) -> Rota:
        """The rota in the file now. Raises `Failed`."""
        return _read(await asyncio.to_thread(self._text), str(self._path), "correct it, or rota.file in config.toml")

    def _text(self) -> str:
        try:
            with self._path.open("rb") as file:
                return file.read(MAX_TEXT).decode("utf-8", "replace")
        except OSError as bad:
            raise Failed("rota", f"cannot read {self._path}: {bad.strerror}", "correct rota.file") from bad


class CommandRotaSource:
    """`ports.RotaSource` by a command, which runs in `folder` for at most `timeout` seconds."""

    def __init__(self, commands: Commands, argv: Sequence[str], folder: Path, timeout: float) -> None:
        self._commands = commands
        self._argv = tuple(argv)
        self._folder = folder
        self._timeout = timeout

    async def rota(self) -> Rota:
        """The rota that the command prints now. Raises `Failed`, even for any exit code but 0."""
        outcome = await self._commands.run(self._argv, {}, self._folder, self._timeout)
        name = self._argv[0]
        if outcome.code is None:
            raise Failed("rota", f"{name} took longer than {self._timeout:g} s", "correct rota.command")
        if outcome.code != 0:
            reason = f"{name} ended with exit code {outcome.code}"
            if last_line := tail(outcome.output, 1):
                reason = f"{reason}: {last_line}"
            raise Failed("rota", reason, "correct rota.command")
        return _read(outcome.output, name, "correct its output, or rota.command in config.toml")


def _read(text: str, source: str, remedy: str) -> Rota:
    try:
        return read_rota(text)
    except ValueError as bad:
        raise Failed("rota", f"invalid rota in {source}: {bad}", remedy) from bad
