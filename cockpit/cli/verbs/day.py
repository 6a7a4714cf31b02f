"""The verb that shows the deploy day. Nothing here can write."""

import argparse
import asyncio
import json
import sys
from datetime import date

from cockpit.cli.options import config_of, width
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean
from cockpit.views import day as day_view
from cockpit.views import day_json
from cockpit.views.headline import errors
from cockpit.views.rows import plain


def day(options: argparse.Namespace) -> int:
    """Print the day, or the one that is named, with what cannot be read of it on stderr."""
    try:
        named = date.fromisoformat(options.date) if options.date else None
        if named and not 1971 <= named.year < 2200:
            raise ValueError
    except ValueError:
        print(f"cockpit: {clean(options.date)} is no date: write it as 2026-12-01", file=sys.stderr)
        return 2
    snapshot = asyncio.run(_snapshot(options))
    if options.json:
        print(json.dumps(day_json.day(snapshot, named)))
        return 0
    print(plain(day_view.page(snapshot, width(), named)))
    for error in errors(snapshot):
        if error != snapshot.rota.error:  # the page tells that
            print(f"? {error}", file=sys.stderr)
    return 0


async def _snapshot(options: argparse.Namespace) -> Snapshot:
    from cockpit import wiring

    async with wiring.open_context(config_of(options), read_only=True) as world:
        return await wiring.look(world)
