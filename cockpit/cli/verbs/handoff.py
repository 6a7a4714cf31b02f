"""`cockpit handoff`: print the handoff; with --read also record that you have read it."""

import argparse
import asyncio
import json
import sys

from cockpit.cli import command_verb
from cockpit.cli.command_verb import add_command
from cockpit.cli.exit_codes import DONE
from cockpit.cli.options import Verbs
from cockpit.cli.output import width
from cockpit.cli.snapshot import read_snapshot_with_alerts
from cockpit.control.command_table import find_command
from cockpit.rules.commander.acknowledgement import unread_handoff
from cockpit.views import handoff as handoff_view
from cockpit.views.rows import plain


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_command(verbs, find_command("handoff"))
    verb.set_defaults(run=run)
    verb.add_argument("--read", action="store_true", help="mark as read (unlocks your commands)")


def run(options: argparse.Namespace) -> int:
    """Print the handoff, and with --read record that it is read; 1 if there is none to read."""
    from cockpit import wiring

    if options.read or options.dry_run:
        if not (options.json or options.dry_run):
            print(plain(handoff_view.page(asyncio.run(read_snapshot_with_alerts(options)), width())))
        return command_verb.run(options)
    snapshot, user = asyncio.run(read_snapshot_with_alerts(options)), wiring.current_user()
    if options.json:
        print(json.dumps(handoff_view.as_json(snapshot, user)))
        return DONE
    print(plain(handoff_view.page(snapshot, width())))
    if unread_handoff(snapshot, user):
        print("your commands are locked until you have read this: run `cockpit handoff --read`", file=sys.stderr)
    return DONE
