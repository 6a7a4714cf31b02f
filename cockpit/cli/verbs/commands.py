"""The verbs of the command table that have no module of their own: `start`, `advance`, `hold` and so on."""

from cockpit.cli.command_verb import add_command, run
from cockpit.cli.options import Verbs
from cockpit.control.command_table import COMMAND_TABLE

__all__ = ["add", "run"]

OWN_MODULE = {"revert", "handoff"}
"""Commands with options beyond those of their row."""


def add(verbs: Verbs) -> None:
    """Add one verb for each row."""
    for command in COMMAND_TABLE:
        if command.verb not in OWN_MODULE:
            add_command(verbs, command)
