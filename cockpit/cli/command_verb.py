"""Verbs of the command table: parse a request, decide on it, then print the plan or carry it out."""

import argparse
import asyncio
import json
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cockpit.cli.exit_codes import DONE
from cockpit.cli.options import Verbs, add_verb, config_of, pull_id
from cockpit.cli.output import refuse
from cockpit.control.command_table import Command, Takes
from cockpit.control.conflict_resolver import requested_pull
from cockpit.control.dispatcher import Changed, Done
from cockpit.deploy.plan import CommandRequest, Plan, Refusal
from cockpit.deploy.policy import Autopilot
from cockpit.deploy.schedule.time_format import ACCEPTED_FORMS
from cockpit.views import json_output
from cockpit.views.plan_steps import steps
from cockpit.views.rows import plain

if TYPE_CHECKING:
    from cockpit.wiring import Context


def add_command(verbs: Verbs, command: Command) -> argparse.ArgumentParser:
    """Add the verb of that row, with the options that its row takes."""
    verb = add_verb(verbs, command.verb, run, command.help)
    verb.set_defaults(command=command)
    verb.add_argument("--dry-run", action="store_true", help="print the plan and change nothing")
    verb.add_argument("--why", default="", metavar="REASON", help="reason, recorded in the log")
    if Takes.REF in command.takes:
        verb.add_argument("--at", default="main", metavar="SHA", help="commit or ref to release (default: main)")
    if Takes.PULL in command.takes:
        verb.add_argument("pull", nargs="?", default=0, type=pull_id, metavar="PR", help="12, #12, D12 or a Change-Id")
    if Takes.RELEASE in command.takes:
        help = "a finished or abandoned release (default: the newest)"
        verb.add_argument("release", nargs="?", default="", metavar="RELEASE", help=help)
    if Takes.OVERRIDE in command.takes:
        verb.add_argument("--override", action="store_true", help="go on despite objections; needs --why")
    if Takes.PERSON in command.takes:
        help = "the next commander (default: the next person to take over)"
        verb.add_argument("--to", default="", metavar="USER@HOST", help=help)
    if Takes.UNTIL in command.takes:
        verb.add_argument("--until", default="", metavar="WHEN", help=f"{ACCEPTED_FORMS}, in the team's time zone")
    if Takes.NOTE in command.takes:
        name = "--note" if Takes.PERSON in command.takes else "note"
        verb.add_argument(name, default="", metavar="TEXT", help="note for the next commander")
    if Takes.MODE in command.takes:
        modes = ("", *map(str, Autopilot))
        help = f"{', '.join(modes[1:])} (default: the mode after the present one)"
        verb.add_argument("mode", nargs="?", default="", choices=modes, metavar="MODE", help=help)
    return verb


def run(options: argparse.Namespace) -> int:
    """Give the command, or with --dry-run print its plan; 0 if done, 1 if refused."""
    return asyncio.run(_run(options))


def request_of(options: argparse.Namespace) -> CommandRequest:
    """Build the request of the command line, by the user of this terminal."""
    from cockpit import wiring

    pull = getattr(options, "pull", 0)
    return CommandRequest(
        by=wiring.current_user(),
        why=options.why,
        override=getattr(options, "override", False),
        ref=getattr(options, "at", "main"),
        pull=pull if isinstance(pull, int) else 0,
        change=pull if isinstance(pull, str) else "",
        to=getattr(options, "to", ""),
        release=getattr(options, "release", ""),
        mode=getattr(options, "mode", ""),
        until=getattr(options, "until", ""),
        note=getattr(options, "note", ""),
    )


async def _run(options: argparse.Namespace) -> int:
    from cockpit import wiring

    command: Command = options.command
    request = request_of(options)
    async with wiring.open_context(config_of(options), read_only=options.dry_run) as context:
        ref = request.ref if command.verb == "start" else ""
        dispatcher = wiring.shell_dispatcher(context, ref, rota=not command.stops)
        if getattr(options, "edit", False):
            decision = await dispatcher.preview(command, request)
            if isinstance(decision, Plan):
                request = replace(request, resolved=await _resolve_conflicts(context, request))
        if options.dry_run:
            return print_decision(options, await dispatcher.preview(command, request), dry_run=True)
        outcome = await dispatcher.dispatch(command, request)
    match outcome:
        case Done(plan) | Changed(plan):
            return print_decision(options, plan)
        case Refusal():
            return print_decision(options, outcome)


async def _resolve_conflicts(context: "Context", request: CommandRequest) -> str:
    """Open the editor on the revert's conflicts; the commit that resolves them, empty if there are none."""
    from cockpit import wiring

    release = (await wiring.read_snapshot(context)).open
    pull = requested_pull(release, request)
    if release is None or pull is None:
        return ""
    resolver = wiring.conflict_resolver(context.config)
    if not await asyncio.to_thread(resolver.revert_conflicts, pull, release.id):
        return ""
    return await asyncio.to_thread(resolver.resolve, pull, release.id)


def print_decision(
    options: argparse.Namespace, decision: Plan | Refusal, *, dry_run: bool = False, **fields: object
) -> int:
    """Print the plan, or the refusal on stderr; `fields` are added to the JSON. Return the exit code."""
    if isinstance(decision, Refusal):
        if options.json:
            print(json.dumps({"done": False, "refused": decision.reason, **fields}))
        return refuse(decision.reason)
    if options.json:
        print(json.dumps({"done": not dry_run, **json_output.plan(decision), **fields}))
    else:
        print(f"{'would ' if dry_run else ''}{plain(steps(decision))}")
    return DONE
