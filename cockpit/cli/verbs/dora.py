"""`cockpit dora`: the DORA metrics of a period."""

import argparse
import asyncio
from itertools import groupby

from cockpit.cli.options import Verbs, add_verb, config_of
from cockpit.cli.output import print_result, usage_error, width
from cockpit.cli.time_argument import parse_time
from cockpit.control.record_reader import read_pages
from cockpit.deploy import store_keys
from cockpit.rules.record.dora import dora_metrics
from cockpit.views import dora as dora_view


def add(verbs: Verbs) -> None:
    """Add the verb."""
    help = "Print the DORA metrics: deployment frequency, lead time, change failure rate and time to restore."
    verb = add_verb(verbs, "dora", run, help)
    help = "start of the period: a date, a time in UTC, or an age such as 7d (default: 28d)"
    verb.add_argument("--since", default="28d", metavar="WHEN", help=help)
    verb.add_argument("--until", default="now", metavar="WHEN", help="end of the period (default: now)")


def run(options: argparse.Namespace) -> int:
    """Print the metrics."""
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    from cockpit import wiring

    config = config_of(options)
    now = wiring.clock()
    try:
        since, until = parse_time(options.since, now), parse_time(options.until, now)
    except ValueError as error:
        return usage_error(str(error))
    if not since < until:
        return usage_error("--until must be after --since")
    async with wiring.open_context(config, read_only=True) as context:
        snapshot = await wiring.read_snapshot(context, rota=False)
        traffic = await context.store.list(store_keys.TRAFFIC)
    by_release = groupby(traffic, lambda entry: entry.key.removeprefix(store_keys.TRAFFIC).rpartition("/")[0])
    pages = {release: read_pages(entries)[0] for release, entries in by_release}
    metrics = dora_metrics(snapshot.log.value.releases, config.policy, since, until, pages)
    return print_result(options, dora_view.as_json(metrics), dora_view.rows(metrics, width()))
