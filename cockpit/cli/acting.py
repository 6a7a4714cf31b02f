"""The verbs that change something: decide, show or perform, and say what became of it."""

import argparse
import asyncio
import json
import sys

from cockpit.cli.setting import config_of
from cockpit.control.commands import Command, Takes
from cockpit.control.desk import Changed, Done
from cockpit.deploy.plan import Ask, Plan, Refusal
from cockpit.views import as_json
from cockpit.views.plans import steps
from cockpit.views.rows import plain


def act(options: argparse.Namespace) -> int:
    """Give the command of the row; 0 when done, 1 when refused."""
    return asyncio.run(_act(options))


def pull_number(text: str) -> int:
    """`12` or `#12`."""
    number = text.removeprefix("#")
    if not (number.isascii() and number.isdigit() and int(number) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a PR")
    return int(number)


def asked(options: argparse.Namespace) -> Ask:
    """What the command line asks for, by the person at this terminal."""
    from cockpit import wiring

    return Ask(
        by=wiring.who(),
        why=options.why,
        override=getattr(options, "override", False),
        ref=getattr(options, "at", "main"),
        pull=getattr(options, "pull", 0),
        to=getattr(options, "to", ""),
        mode=getattr(options, "mode", ""),
    )


async def _act(options: argparse.Namespace) -> int:
    from cockpit import wiring

    command: Command = options.command
    ask = asked(options)
    async with wiring.world(config_of(options), read_only=options.dry_run) as world:
        desk = wiring.shell_desk(world, with_main=Takes.REF in command.takes and ask.ref == "main")
        if options.dry_run:
            decided = await desk.preview(command, ask)
            return say(options, decided, "would ")
        outcome = await desk.give(command, ask)
    match outcome:
        case Done(plan) | Changed(plan):
            return say(options, plan, "")
        case Refusal():
            return say(options, outcome, "")


def say(options: argparse.Namespace, decided: Plan | Refusal, would: str, **more: object) -> int:
    """Print what was decided, with `more` fields of JSON; 0 for a plan, 1 for a refusal."""
    if isinstance(decided, Refusal):
        if options.json:
            print(json.dumps({"done": False, "refused": decided.reason, **more}))
        print(f"refused: {decided.reason}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"done": not would, **as_json.plan(decided), **more}))
    else:
        print(f"{would}{plain(steps(decided))}")
    return 0
