"""What the verbs print: rows or JSON on stdout, refusals and usage errors on stderr."""

import argparse
import json
import shutil
import sys

from cockpit.cli.exit_codes import DONE, REFUSED, USAGE
from cockpit.deploy.text import clean
from cockpit.views.rows import Line, plain


def width() -> int:
    """Columns of the terminal, or 100 if stdout is no terminal."""
    return shutil.get_terminal_size((100, 24)).columns


def print_result(options: argparse.Namespace, value: object, lines: tuple[Line, ...]) -> int:
    """Print `value` as JSON if --json is set, else the lines."""
    print(json.dumps(value) if options.json else plain(lines))
    return DONE


def refuse(reason: str) -> int:
    """Print why the command is refused; return the exit code."""
    print(f"refused: {reason}", file=sys.stderr)
    return REFUSED


def refuse_unknown_release(ident: str) -> int:
    """Refuse a release that is not in the log; an empty `ident` asks for the newest of an empty log."""
    return refuse(f"there is no release {clean(ident)}; `cockpit history` lists them" if ident else "no release yet")


def usage_error(message: str) -> int:
    """Print what is invalid on the command line; return the exit code."""
    print(f"cockpit: {message}", file=sys.stderr)
    return USAGE
