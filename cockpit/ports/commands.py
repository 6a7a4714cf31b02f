"""The interface for running commands from the config."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct


class CommandOutcome(Struct, frozen=True):
    """How a command ended."""

    code: int | None
    """The exit code; None if it was killed at its deadline."""
    output: str
    """The end of its stdout and stderr, interleaved, not cleaned."""


class Commands(Protocol):
    """Runs commands, each in its own process group and with a deadline."""

    async def run(
        self, argv: Sequence[str], env: Mapping[str, str], folder: Path | None, timeout: float
    ) -> CommandOutcome:
        """Run it to its end. After `timeout` seconds its whole process group is killed."""
