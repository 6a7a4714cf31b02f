"""The hints of all keys in the footer and on the help page, for the current snapshot."""

from collections.abc import Mapping

from cockpit.control.command_table import Command, refusal_reason
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.tui.key_bindings import LIST_KEYS, SCREEN_KEYS, key_of, shown_key
from cockpit.views.key_help import Hint

SETTING_UP = "still setting up: wait until the fleet serves"

ALWAYS_IN_FOOTER = {"start", "advance", "hold", "revert", "rollback", "help", "palette", "quit"}
"""Keys that the footer shows at any width; the last three lead to all others."""

HelpSections = tuple[tuple[str, tuple[Hint, ...]], ...]
"""(heading, hints), for the help page."""


def command_hints(
    commands: tuple[Command, ...], snapshot: Snapshot, request: CommandRequest, remapped: Mapping[str, str]
) -> tuple[Hint, ...]:
    """Return a hint per command, with the reason if it is refused now."""
    return tuple(
        Hint(
            shown_key(key_of(command.verb, remapped)),
            command.title,
            command.help,
            SETTING_UP if snapshot.startup.value else refusal_reason(command, snapshot, request),
            command.verb in ALWAYS_IN_FOOTER,
        )
        for command in commands
    )


def screen_hints(remapped: Mapping[str, str], footer: bool = False) -> tuple[Hint, ...]:
    """Return a hint per screen action; with `footer` only those that the footer shows."""
    rows = (row for row in SCREEN_KEYS if row.in_footer or not footer)
    return tuple(
        Hint(shown_key(key_of(row.name, remapped)), row.title, row.help, vital=row.name in ALWAYS_IN_FOOTER)
        for row in rows
    )


def help_sections(commands: tuple[Hint, ...], screen: tuple[Hint, ...]) -> HelpSections:
    """Return all keys by section; a read-only screen has no commands."""
    lists = tuple(Hint(*row) for row in LIST_KEYS)
    others: HelpSections = (("THE SCREEN", screen), ("LISTS AND PAGES", lists))
    return (("COMMANDS", commands), *others) if commands else others
