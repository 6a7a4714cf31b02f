"""`cockpit suspects`: the PRs of a range, ranked by how likely each caused an error; read-only."""

import argparse
import asyncio
import sys

from cockpit.cli.options import Verbs, add_repository, add_verb, config_of
from cockpit.cli.output import print_result, usage_error, width
from cockpit.control.suspect_search import find_suspects
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.deploy.suspects.stack_trace import MAX_TEXT
from cockpit.ports import Failed
from cockpit.views import json_output
from cockpit.views import suspects as suspects_view


def add(verbs: Verbs) -> None:
    """Add the verb."""
    help = "Rank the PRs of a range by how likely each caused an error, with reasons."
    verb = add_verb(verbs, "suspects", run, help)
    verb.add_argument("range", nargs="?", default="", metavar="BASE..HEAD", help="default: the open release")
    verb.add_argument("--trace", default="", metavar="FILE", help="error report with a stack trace; - reads stdin")
    add_repository(verb)


def run(options: argparse.Namespace) -> int:
    """Print the ranking; 0 even if no PR stands out."""
    base, dots, head = options.range.partition("..")
    if options.repo and not dots:
        return usage_error("--repo needs a range BASE..HEAD")
    report = _read_report(options.trace)
    if options.repo:
        from cockpit import wiring

        ranking = find_suspects(wiring.open_history(options.repo), base, head or "HEAD", report)
    else:
        ranking = asyncio.run(_in_configured_repository(options, base, head if dots else options.range, report))
    return print_result(options, json_output.suspects(ranking), suspects_view.ranking(ranking, width()))


async def _in_configured_repository(
    options: argparse.Namespace, base: str, head: str, report: str
) -> tuple[Suspect, ...]:
    """Rank the PRs of the configured repository; without a range those of the open release, else what main adds."""
    from cockpit import wiring

    async with wiring.open_context(config_of(options), read_only=True) as context:
        repository = wiring.repository(context.config)
        await asyncio.to_thread(repository.fetch)
        if ".." not in options.range:
            snapshot = await wiring.read_snapshot(context)
            release = snapshot.open
            base = release.base if release and not head else snapshot.base_commit
            head = head or (release.commit if release else "")
        first = await asyncio.to_thread(repository.resolve, base) if base else ""
        last = await asyncio.to_thread(repository.resolve, head or "main")
        return await asyncio.to_thread(find_suspects, repository.history(), first, last, report)


def _read_report(path: str) -> str:
    """Read the error report; `-` is stdin, empty is no report. Raises `Failed`."""
    if not path:
        return ""
    try:
        if path == "-":
            return sys.stdin.read(MAX_TEXT)
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(MAX_TEXT)
    except OSError as error:
        raise Failed(path, f"cannot be read: {error.strerror}") from error
