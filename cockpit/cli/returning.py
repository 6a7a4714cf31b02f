"""The verbs of somebody who comes back, or comes next: the hand-off card, and what happened while they were away."""

import argparse
import asyncio
import json
import sys
from dataclasses import replace

from cockpit.cli import command_verb
from cockpit.cli.options import config_of, width
from cockpit.cli.time_argument import moment
from cockpit.deploy.schedule.presence import Looked
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.ports import Failed
from cockpit.rules.commander.acknowledgement import due
from cockpit.views import away as away_view
from cockpit.views import handoff as card_view
from cockpit.views.rows import plain


def card(options: argparse.Namespace) -> int:
    """Print the hand-off card; with --read also say that it was read."""
    from cockpit import wiring

    if options.read or options.dry_run:
        if not (options.json or options.dry_run):
            print(plain(card_view.page(asyncio.run(_look(options)), width())))
        return command_verb.act(options)
    snapshot, who = asyncio.run(_look(options)), wiring.who()
    if options.json:
        print(json.dumps(card_view.as_json(snapshot, who)))
    else:
        print(plain(card_view.page(snapshot, width())))
        if due(snapshot, who):
            print("your commands are taken once you say that you have read it: cockpit card --read", file=sys.stderr)
    return 0


def away(options: argparse.Namespace) -> int:
    """Print what happened since the person at this terminal last looked, or since they say."""
    from cockpit import wiring

    try:
        since = moment(options.since, wiring.clock()) if options.since else None
    except ValueError as bad:
        print(f"cockpit: {bad}", file=sys.stderr)
        return 2
    looked = Looked(since) if since is not None else wiring.looks(config_of(options)).last()
    snapshot, who = asyncio.run(_look(options)), wiring.who()
    if options.json:
        print(json.dumps(away_view.as_json(snapshot, looked, who)))
    elif looked:
        print(plain(away_view.away(snapshot, looked, width(), who)))
    else:
        print(plain((away_view.NEVER,)))
    return 0


async def _look(options: argparse.Namespace) -> Snapshot:
    """The picture, alerts included: they are an open question."""
    from cockpit import wiring

    config = config_of(options)
    async with wiring.open_context(config, read_only=True) as world:
        snapshot = await wiring.look(world)
        if (source := wiring.alerts(config)) is None:
            return snapshot
        try:
            return replace(snapshot, alerts=Seen(await source.alerts(), snapshot.now))
        except Failed as failed:
            return replace(snapshot, alerts=Seen(None, 0.0, str(failed)))
