"""The verbs that run until they are told to stop: the screen, the engine, an agent, the demo."""

import argparse
import asyncio
import secrets
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from cockpit.cli.options import config_of
from cockpit.deploy.text import clean


def screen(options: argparse.Namespace) -> int:
    """The cockpit."""
    from cockpit import wiring

    return wiring.run_screen(config_of(options), watch=False)


def watch(options: argparse.Namespace) -> int:
    """The same screen without anything that can write, here or in browsers."""
    from cockpit import wiring

    config = config_of(options)
    if options.web:
        return wiring.serve_watch(config, options.host, options.port, options.public_url)
    return wiring.run_screen(config, watch=True)


def engine(options: argparse.Namespace) -> int:
    """An engine of its own, as under systemd."""
    from cockpit import wiring

    said = [""]

    def error(words: str) -> None:
        """Say on stderr what keeps it from working, once."""
        if words and words != said[-1]:
            print(f"engine: {clean(words)}", file=sys.stderr, flush=True)
        said[-1] = words

    return until_told(wiring.run_engine(config_of(options), error))


def demo(options: argparse.Namespace) -> int:
    """A whole company on this machine."""
    from cockpit.demo import modes
    from cockpit.demo.drills import drill_modes

    if options.drill:
        seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
        print(f"drill of seed {seed}", file=sys.stderr)
        if options.headless or options.json:
            return drill_modes.by_itself(seed, options.keep, options.json)
        return drill_modes.at_the_screen(seed, options.keep)
    options.seed = 1 if options.seed is None else options.seed
    if options.headless:
        return modes.headless(
            options.story,
            options.seed,
            options.keep,
            options.consul,
            options.prometheus,
            as_json=options.json,
            autopilot=options.autopilot,
        )
    if options.json:
        print("cockpit: --json goes with --headless", file=sys.stderr)
        return 2
    systems = options.consul, options.prometheus
    return modes.on_screen(options.story, options.seed, options.keep, *systems, autopilot=options.autopilot)


def until_told(work: Coroutine[Any, Any, None]) -> int:
    """Run until it ends or SIGTERM or SIGINT says so; what it holds is let go of in order."""

    async def run() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(run())
    return 0
