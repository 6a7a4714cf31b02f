"""The verbs that change something: decide, show or perform, and say what became of it."""

import argparse
import asyncio
import json
import re
import sys
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cockpit.cli.options import config_of
from cockpit.control.command_table import Command
from cockpit.control.conflict_resolver import called
from cockpit.control.dispatcher import Changed, Done
from cockpit.deploy.plan import CommandRequest, Plan, Refusal
from cockpit.views import json_output
from cockpit.views.plan_steps import steps
from cockpit.views.rows import plain

if TYPE_CHECKING:
    from cockpit.wiring import Context


def act(options: argparse.Namespace) -> int:
    """Give the command of the row; 0 when done, 1 when refused."""
    return asyncio.run(_act(options))


def pull_named(text: str) -> int | str:
    """`12` or `#12` as a number; a Change-Id or `D12` as it is."""
    if re.fullmatch(r"I[0-9a-f]{7,40}|D[1-9]\d*", text):
        return text
    number = text.removeprefix("#")
    if not (number.isascii() and number.isdigit() and int(number) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a PR")
    return int(number)


def asked(options: argparse.Namespace) -> CommandRequest:
    """What the command line asks for, by the person at this terminal."""
    from cockpit import wiring

    pull = getattr(options, "pull", 0)
    return CommandRequest(
        by=wiring.who(),
        why=options.why,
        override=getattr(options, "override", False),
        ref=getattr(options, "at", "main"),
        pull=pull if isinstance(pull, int) else 0,
        change=pull if isinstance(pull, str) else "",
        to=getattr(options, "to", ""),
        mode=getattr(options, "mode", ""),
        until=getattr(options, "until", ""),
        note=getattr(options, "note", ""),
    )


async def _act(options: argparse.Namespace) -> int:
    from cockpit import wiring

    command: Command = options.command
    ask = asked(options)
    async with wiring.open_context(config_of(options), read_only=options.dry_run) as world:
        desk = wiring.shell_dispatcher(world, ask.ref if command.verb == "start" else "", rota=not command.stops)
        if getattr(options, "edit", False):
            decided = await desk.preview(command, ask)
            if isinstance(decided, Plan):
                ask = replace(ask, resolved=await _resolved(world, ask))
        if options.dry_run:
            decided = await desk.preview(command, ask)
            return say(options, decided, "would ")
        outcome = await desk.give(command, ask)
    match outcome:
        case Done(plan) | Changed(plan):
            return say(options, plan, "")
        case Refusal():
            return say(options, outcome, "")


async def _resolved(world: "Context", ask: CommandRequest) -> str:
    """The commit in which the person at this terminal has resolved the PR's conflicts; empty where it has none."""
    from cockpit import wiring

    release = (await wiring.look(world)).open
    pull = called(release, ask)
    if release is None or pull is None:
        return ""
    resolver = wiring.resolver(world.config)
    if not await asyncio.to_thread(resolver.clashes, pull, release.id):
        return ""
    return await asyncio.to_thread(resolver.resolve, pull, release.id)


def say(options: argparse.Namespace, decided: Plan | Refusal, would: str, **more: object) -> int:
    """Print what was decided, with `more` fields of JSON; 0 for a plan, 1 for a refusal."""
    if isinstance(decided, Refusal):
        if options.json:
            print(json.dumps({"done": False, "refused": decided.reason, **more}))
        print(f"refused: {decided.reason}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"done": not would, **json_output.plan(decided), **more}))
    else:
        print(f"{would}{plain(steps(decided))}")
    return 0
