"""`cockpit day`: the deploy day, today's or another."""

import argparse
import asyncio
import json
import sys
from datetime import date

from cockpit.cli.exit_codes import DONE
from cockpit.cli.options import Verbs, add_verb
from cockpit.cli.output import usage_error, width
from cockpit.cli.snapshot import read_snapshot
from cockpit.deploy.text import clean
from cockpit.views import day as day_view
from cockpit.views import day_json
from cockpit.views.headline import errors
from cockpit.views.rows import plain


def add(verbs: Verbs) -> None:
    """Add the verb."""
    help = "Print the deploy day: slots, outcomes, commanders, freezes and the next days."
    verb = add_verb(verbs, "day", run, help)
    verb.add_argument("date", nargs="?", default="", metavar="DATE", help="another day, as 2026-12-01")


def run(options: argparse.Namespace) -> int:
    """Print the day, and what of it could not be read on stderr."""
    try:
        day = date.fromisoformat(options.date) if options.date else None
        if day and not 1971 <= day.year < 2200:
            raise ValueError
    except ValueError:
        return usage_error(f"invalid date {clean(options.date)!r}: use 2026-12-01")
    snapshot = asyncio.run(read_snapshot(options))
    if options.json:
        print(json.dumps(day_json.day(snapshot, day)))
        return DONE
    print(plain(day_view.page(snapshot, width(), day)))
    for error in errors(snapshot):
        if error != snapshot.rota.error:  # the page shows that one
            print(f"? {error}", file=sys.stderr)
    return DONE
