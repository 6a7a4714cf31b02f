"""`cockpit status`: the release, its step, the tiers, the verdict and the age of each reading."""

import argparse
import asyncio

from cockpit.cli.options import Verbs, add_verb
from cockpit.cli.output import print_result, width
from cockpit.cli.snapshot import read_snapshot
from cockpit.views import json_output
from cockpit.views import status as status_view


def add(verbs: Verbs) -> None:
    """Add the verb."""
    add_verb(verbs, "status", run, "Print the release, its step, the tiers, the verdict and the age of each reading.")


def run(options: argparse.Namespace) -> int:
    """Print the status."""
    snapshot = asyncio.run(read_snapshot(options))
    return print_result(options, json_output.status(snapshot), status_view.status(snapshot, width()))
