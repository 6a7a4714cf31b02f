"""`cockpit away`: what happened while you were away."""

import argparse
import asyncio
import json

from cockpit.cli.exit_codes import DONE
from cockpit.cli.options import Verbs, add_verb, config_of
from cockpit.cli.output import usage_error, width
from cockpit.cli.snapshot import read_snapshot_with_alerts
from cockpit.cli.time_argument import parse_time
from cockpit.deploy.schedule.presence import LastVisit
from cockpit.views import away as away_view
from cockpit.views.rows import plain


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(verbs, "away", run, "Print what happened while you were away: changes, people and open actions.")
    help = "30m, 2h, 14:30 (UTC) or a date (default: your last visit)"
    verb.add_argument("--since", default="", metavar="WHEN", help=help)


def run(options: argparse.Namespace) -> int:
    """Print what happened since --since, or since the last visit of the user of this terminal."""
    from cockpit import wiring

    try:
        since = parse_time(options.since, wiring.clock()) if options.since else None
    except ValueError as error:
        return usage_error(str(error))
    visit = LastVisit(since) if since is not None else wiring.last_seen(config_of(options)).last()
    snapshot, user = asyncio.run(read_snapshot_with_alerts(options)), wiring.current_user()
    if options.json:
        print(json.dumps(away_view.as_json(snapshot, visit, user)))
    elif visit:
        print(plain(away_view.away(snapshot, visit, width(), user)))
    else:
        print(plain((away_view.UNKNOWN_VISIT,)))
    return DONE
