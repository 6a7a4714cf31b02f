"""`cockpit replay`: a past release, replayed from its record on the screen or as lines; read-only."""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator

from cockpit.cli.exit_codes import DONE
from cockpit.cli.options import Verbs, add_verb, config_of, seconds
from cockpit.cli.output import refuse_unknown_release, width
from cockpit.control.replay_clock import MAX_SPEED
from cockpit.deploy.events import Event
from cockpit.views import event_log, json_output
from cockpit.views.rows import plain


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(verbs, "replay", run, "Replay a release from its record, on the screen or as lines; read-only.")
    verb.add_argument("release", nargs="?", default="", metavar="RELEASE", help="default: the newest")
    verb.add_argument("--speed", type=_speed, default=10.0, metavar="N", help="times real time (default: 10)")
    verb.add_argument("--headless", action="store_true", help="print the events as they come, without a screen")


def run(options: argparse.Namespace) -> int:
    """Replay the release; 1 if there is no such release."""
    from cockpit.wiring import replays

    config = config_of(options)
    recording = asyncio.run(replays.read_recording(config, options.release))
    if recording is None:
        return refuse_unknown_release(options.release)
    if options.headless or options.json:
        asyncio.run(_print(options, replays.replay_events(recording, options.speed)))
        return DONE
    return replays.play_on_screen(config, recording, options.speed)


async def _print(options: argparse.Namespace, events: AsyncIterator[Event]) -> None:
    async for event in events:
        if options.json:
            print(json.dumps(json_output.event(event)), flush=True)
        else:
            print(plain((event_log.row(event, 0.0, width()),)), flush=True)


def _speed(text: str) -> float:
    if not 0.1 <= (value := seconds(text)) <= MAX_SPEED:
        raise argparse.ArgumentTypeError(f"must be from 0.1 to {MAX_SPEED:g}: {text}")
    return value
