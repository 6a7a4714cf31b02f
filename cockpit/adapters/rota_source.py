"""Who commands, as a file says it that people or another system write, or as a command prints it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from cockpit.deploy.schedule.rota import MOST_TEXT, Rota, read_rota
from cockpit.deploy.text import tail
from cockpit.ports import Commands, Failed


class FileRoster:
    """Implements `ports.RotaSource` on one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def rota(self) -> Rota:
        """What the file says now. Raises `Failed`."""
        return _read(await asyncio.to_thread(self._text), str(self._path), "correct it, or rota.file in config.toml")

    def _text(self) -> str:
        try:
            with self._path.open("rb") as file:
                return file.read(MOST_TEXT).decode("utf-8", "replace")
        except OSError as bad:
            raise Failed("rota", f"{self._path} cannot be read: {bad.strerror}", "correct rota.file") from bad


class CommandRoster:
    """Implements `ports.RotaSource` by a command, run in `folder` for at most `timeout` seconds."""

    def __init__(self, commands: Commands, argv: Sequence[str], folder: Path, timeout: float) -> None:
        self._commands = commands
        self._argv = tuple(argv)
        self._folder = folder
        self._timeout = timeout

    async def rota(self) -> Rota:
        """What the command prints now. Raises `Failed`, also where it exits with anything but 0."""
        came = await self._commands.run(self._argv, {}, self._folder, self._timeout)
        name = self._argv[0]
        if came.code is None:
            raise Failed("rota", f"{name} took longer than {self._timeout:g} s", "correct rota.command")
        if came.code != 0:
            said = tail(came.output, 1)
            raise Failed("rota", f"{name} ended with {came.code}{f': {said}' if said else ''}", "correct rota.command")
        return _read(came.output, name, "correct what it prints, or rota.command in config.toml")


def _read(text: str, place: str, remedy: str) -> Rota:
    try:
        return read_rota(text)
    except ValueError as bad:
        raise Failed("rota", f"what {place} says is no rota: {bad}", remedy) from bad
