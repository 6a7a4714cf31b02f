"""`cockpit hosts`: the fleet as a grid, and the hosts that lag or failed by name."""

import argparse
import asyncio

from cockpit.cli.options import Verbs, add_verb
from cockpit.cli.output import print_result, width
from cockpit.cli.snapshot import read_snapshot
from cockpit.views import json_output
from cockpit.views.host_grid import grid


def add(verbs: Verbs) -> None:
    """Add the verb."""
    add_verb(verbs, "hosts", run, "Print the fleet, one cell for each host, and name the hosts that lag or failed.")


def run(options: argparse.Namespace) -> int:
    """Print the hosts."""
    snapshot = asyncio.run(read_snapshot(options))
    return print_result(options, json_output.hosts(snapshot), grid(snapshot, width()))
