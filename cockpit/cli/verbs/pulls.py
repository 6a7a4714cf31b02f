"""`cockpit pulls`: the PRs of a range, and the objections to releasing them."""

import argparse
import asyncio

from cockpit.cli.options import Verbs, add_repository, add_verb, config_of
from cockpit.cli.output import print_result, width
from cockpit.deploy.pulls.merge_policy import Objection
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.rules.decisions.preflight import objections
from cockpit.views import json_output
from cockpit.views import pulls as pulls_view


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(verbs, "pulls", run, "Print the PRs of a range: number, title, author and merge method.")
    verb.add_argument("range", nargs="?", default="", metavar="BASE..HEAD", help="default: what is not released yet")
    add_repository(verb)


def run(options: argparse.Namespace) -> int:
    """Print the PRs; those that are not released yet with their objections."""
    pulls, against = asyncio.run(_pulls(options))
    values = [
        {**json_output.pull(pull), "objections": [each.full_text for each in against if pull.name in each.pulls]}
        for pull in pulls
    ]
    lines = (*pulls_view.listing(pulls, width()), *pulls_view.objection_rows(against, width()))
    return print_result(options, values, lines)


async def _pulls(options: argparse.Namespace) -> tuple[tuple[PullRequest, ...], tuple[Objection, ...]]:
    """Return the PRs of the range and, if no range is given, the objections to releasing them."""
    from cockpit import wiring

    base, dots, head = options.range.partition("..")
    if options.repo:
        history = wiring.open_history(options.repo)
        return (history.pulls(base, head or "HEAD") if dots else history.pulls("", options.range or "HEAD")), ()
    async with wiring.open_context(config_of(options), read_only=True) as context:
        if not dots:
            ref = options.range or "main"
            snapshot = await wiring.read_snapshot(context, ref)
            return (snapshot.preview.value.pulls if snapshot.preview.value else ()), objections(snapshot, ref)
        repository = wiring.repository(context.config)
        await asyncio.to_thread(repository.fetch)
        first = await asyncio.to_thread(repository.resolve, base) if base else ""
        last = await asyncio.to_thread(repository.resolve, head or "main")
        return await asyncio.to_thread(repository.pulls, first, last), ()
