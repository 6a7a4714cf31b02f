"""`cockpit engine`: an engine without a screen, for example under systemd."""

import argparse
import sys
from collections.abc import Callable

from cockpit.cli.options import Verbs, add_verb, config_of
from cockpit.cli.until_stopped import run_until_stopped
from cockpit.deploy.text import clean


def add(verbs: Verbs) -> None:
    """Add the verb."""
    add_verb(verbs, "engine", run, "Run the engine until stopped.", json=False)


def run(options: argparse.Namespace) -> int:
    """Run the engine; errors go to stderr."""
    from cockpit import wiring

    return run_until_stopped(wiring.run_engine(config_of(options), error_printer()))


def error_printer() -> Callable[[str], None]:
    """Return a function that prints an error to stderr unless it repeats the last one; an empty one clears it."""
    last = ""

    def print_error(error: str) -> None:
        nonlocal last
        if error and error != last:
            print(f"engine: {clean(error)}", file=sys.stderr, flush=True)
        last = error

    return print_error
