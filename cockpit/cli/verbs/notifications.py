"""`cockpit notifications`: the notifications that are not delivered yet."""

import argparse
import asyncio

from cockpit.cli.options import Verbs, add_verb
from cockpit.cli.output import print_result, width
from cockpit.cli.snapshot import read_snapshot
from cockpit.views import notifications as notifications_view


def add(verbs: Verbs) -> None:
    """Add the verb."""
    add_verb(verbs, "notifications", run, "Print the undelivered notifications, each with the reason.")


def run(options: argparse.Namespace) -> int:
    """Print the notifications."""
    snapshot = asyncio.run(read_snapshot(options))
    return print_result(options, notifications_view.as_json(snapshot), notifications_view.page(snapshot, width()))
