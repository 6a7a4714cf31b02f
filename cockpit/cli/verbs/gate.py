"""`cockpit gate replay`: the verdicts of the gate on a recorded trace."""

import argparse
import json
from pathlib import Path

from cockpit.cli.exit_codes import DONE
from cockpit.cli.options import Verbs, add_config, config_of, seconds
from cockpit.cli.output import usage_error
from cockpit.deploy.gate import replay
from cockpit.deploy.gate.counts_file import InvalidTrace, read
from cockpit.deploy.policy import GatePolicy
from cockpit.ports import Failed


def add(verbs: Verbs) -> None:
    """Add the verb and its sub-verb `replay`."""
    help = "Run the gate on a recorded trace."
    gate = verbs.add_parser("gate", help=help, description=help).add_subparsers(required=True, metavar="VERB")
    help = "Read a trace t,group,requests,errors and print the verdict at every tick."
    verb = gate.add_parser("replay", help=help, description=help)
    verb.add_argument("file", type=Path, metavar="FILE", help="trace in CSV")
    verb.add_argument("--soak", type=seconds, default=0.0, metavar="S", help="soak time of the step, in seconds")
    verb.add_argument("--every", type=_interval, metavar="S", help="seconds between polls (default: one at every t)")
    verb.add_argument("--until", type=seconds, metavar="S", help="poll until this t, after the last row too")
    verb.add_argument(
        "--counters",
        action="store_true",
        help="read the hosts' counters: t_arrived,t,group,host,requests_total,errors_total",
    )
    verb.add_argument("--json", action="store_true", help="print one JSON object a line")
    add_config(verb, default=argparse.SUPPRESS)
    verb.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the verdict at every tick; without --config by the default gate policy."""
    policy = config_of(options).policy.gate if options.config else GatePolicy()
    try:
        with options.file.open(encoding="utf-8-sig", errors="replace") as lines:
            trace = read(lines, options.counters)
    except OSError as error:
        raise Failed(str(options.file), f"cannot be read: {error}") from error
    except InvalidTrace as error:
        return usage_error(f"{options.file}: {error}")
    times = replay.ReplayTimes(options.every, options.until)
    for tick in replay.verdicts(trace, policy, options.soak, times):
        print(json.dumps(tick.as_json()) if options.json else tick.line())
    return DONE


def _interval(text: str) -> float:
    if (value := seconds(text)) < 0.01:
        raise argparse.ArgumentTypeError(f"must be at least 0.01 seconds: {text}")
    return value
