"""What each key says of itself in the footer, the help page and the palette, as things stand now."""

from collections.abc import Mapping

from cockpit.control.command_table import Command, refusal
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.tui.key_bindings import IN_LISTS, SCREEN_KEYS, displayed, key_of
from cockpit.views.key_help import Hint

SETTING_UP = "still setting up: wait until the fleet serves"

VITAL = {"start", "advance", "hold", "revert", "rollback", "help", "palette", "quit"}
"""What a footer has at any width; from the last three all else is found."""

Rooms = tuple[tuple[str, tuple[Hint, ...]], ...]
"""(heading, its keys), for the page of help."""


def command_hints(
    commands: tuple[Command, ...], snapshot: Snapshot, ask: CommandRequest, remapped: Mapping[str, str]
) -> tuple[Hint, ...]:
    """A hint a command, with the reason where it is refused."""
    return tuple(
        Hint(
            displayed(key_of(command.verb, remapped)),
            command.title,
            command.help,
            SETTING_UP if snapshot.opening.value else refusal(command, snapshot, ask),
            command.verb in VITAL,
        )
        for command in commands
    )


def screen_hints(remapped: Mapping[str, str], footer: bool = False) -> tuple[Hint, ...]:
    """A hint for each thing that the screen itself does; of the `footer`, those that it is to have."""
    rows = (row for row in SCREEN_KEYS if row.hinted or not footer)
    return tuple(
        Hint(displayed(key_of(row.name, remapped)), row.title, row.help, vital=row.name in VITAL) for row in rows
    )


def rooms(commands: tuple[Hint, ...], screen: tuple[Hint, ...]) -> Rooms:
    """Every key by room; a watcher has no commands."""
    lists = tuple(Hint(*row) for row in IN_LISTS)
    others: Rooms = (("THE SCREEN", screen), ("LISTS AND PAGES", lists))
    return (("COMMANDS", commands), *others) if commands else others
