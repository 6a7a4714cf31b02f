"""`cockpit suspects`: which PR of a range is behind an error, as rows or JSON. It changes nothing."""

import argparse
import asyncio
import json
import sys

from cockpit.cli.options import config_of, width
from cockpit.cli.trying import usage
from cockpit.control.suspect_feed import suspects_of
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.deploy.suspects.stack_trace import MOST_TEXT
from cockpit.ports import Failed
from cockpit.views import json_output
from cockpit.views import suspects as suspects_view
from cockpit.views.rows import plain


def suspects(options: argparse.Namespace) -> int:
    """Print the ranking: 0, also where nobody stands out."""
    base, dots, head = options.range.partition("..")
    if options.repo and not dots:
        return usage("with --repo say which range: BASE..HEAD")
    text = _report(options.trace)
    if options.repo:
        from cockpit import wiring

        ranked = suspects_of(wiring.history_at(options.repo), base, head or "HEAD", text)
    else:
        ranked = asyncio.run(_on_config(options, base, head if dots else options.range, text))
    lines = suspects_view.ranking(ranked, width())
    print(json.dumps(json_output.suspects(ranked)) if options.json else plain(lines))
    return 0


async def _on_config(options: argparse.Namespace, base: str, head: str, text: str) -> tuple[Suspect, ...]:
    """Of the config's repository; without a range, of what the open release would bring or main has to offer."""
    from cockpit import wiring

    async with wiring.open_context(config_of(options), read_only=True) as world:
        repository = wiring.repository(world.config)
        await asyncio.to_thread(repository.fetch)
        if ".." not in options.range:
            snapshot = await wiring.look(world)
            release = snapshot.open
            base = release.base if release and not head else snapshot.base
            head = head or (release.commit if release else "")
        first = await asyncio.to_thread(repository.resolve, base) if base else ""
        last = await asyncio.to_thread(repository.resolve, head or "main")
        return await asyncio.to_thread(suspects_of, repository.history(), first, last, text)


def _report(trace: str) -> str:
    """The text of a report; `-` is standard input."""
    if not trace:
        return ""
    try:
        if trace == "-":
            return sys.stdin.read(MOST_TEXT)
        with open(trace, encoding="utf-8", errors="replace") as file:
            return file.read(MOST_TEXT)
    except OSError as bad:
        raise Failed(trace, f"cannot be read: {bad.strerror}") from bad
