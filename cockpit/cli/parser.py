"""The parser of the command line: one module of `cockpit.cli.verbs` a verb, in the order of --help."""

import argparse
from importlib import import_module
from typing import Any

from cockpit import __version__
from cockpit.cli import screen
from cockpit.cli.exit_codes import USAGE
from cockpit.cli.options import add_config

VERBS = (
    "commands",
    "revert",
    "handoff",
    "status",
    "day",
    "hosts",
    "notifications",
    "away",
    "history",
    "gate",
    "acl",
    "builds",
    "init",
    "completion",
    "check",
    "pulls",
    "suspects",
    "whereis",
    "pick",
    "report",
    "dora",
    "replay",
    "watch",
    "engine",
    "agent",
    "demo",
)
"""Modules that add their verb by `add(verbs)` and run it by `run(options)`, which returns the exit code."""


class _Parser(argparse.ArgumentParser):
    """Stores the name of the verb, as --help prints it, in `options.prog`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.set_defaults(prog=self.prog)


def parse(argv: list[str]) -> argparse.Namespace:
    """Parse a command line. `options.run` runs the verb; exits with 2 on a usage error."""
    root = parser()
    options, unknown = root.parse_known_args(argv)
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        names = ", ".join(map(repr, unknown))
        root.exit(USAGE, f"cockpit: unknown argument{plural} {names}; see '{options.prog} --help'\n")
    return options


def parser() -> argparse.ArgumentParser:
    """Build the parser; shell completion and the man page are generated from it."""
    root: argparse.ArgumentParser = _Parser(
        prog="cockpit",
        description="The deploy commander's terminal. Without a verb it opens the screen.",
        epilog="exit codes: 0 done, 1 refused, 2 usage or config, 3 an outside system failed",
    )
    root.add_argument("--version", action="version", version=f"cockpit {__version__}")
    add_config(root, default=None)
    root.set_defaults(run=screen.run, parser=root)
    verbs = root.add_subparsers(title="verbs", metavar="VERB")
    for name in VERBS:
        import_module(f"cockpit.cli.verbs.{name}").add(verbs)
    return root
