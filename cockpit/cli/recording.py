"""The verbs that tell after the fact: `report`, `figures` and `replay`. None writes anything but a file it is told."""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from itertools import groupby
from pathlib import Path

from cockpit.cli.options import config_of, width
from cockpit.cli.time_argument import moment
from cockpit.control.record_reader import read_pages
from cockpit.deploy import store_keys
from cockpit.deploy.events import Event
from cockpit.deploy.policy import Policy
from cockpit.deploy.pulls.reviews import Reviews
from cockpit.deploy.record.traffic_pages import TrafficPage
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Log
from cockpit.deploy.text import clean
from cockpit.ports import Failed
from cockpit.rules.record import dora
from cockpit.views import dora as figures_view
from cockpit.views import event_log as log_view
from cockpit.views import json_output as events_json
from cockpit.views.report import json_report
from cockpit.views.report.blocks import Document, ReportImage
from cockpit.views.report.draft import draft
from cockpit.views.report.html import html
from cockpit.views.report.markdown import markdown
from cockpit.views.rows import plain


def report(options: argparse.Namespace) -> int:
    """Print the draft of a release's post-mortem, or write it to a file."""
    return asyncio.run(_report(options))


def figures(options: argparse.Namespace) -> int:
    """Print DORA's figures of a period."""
    return asyncio.run(_figures(options))


def replay(options: argparse.Namespace) -> int:
    """Play a release from its record, on the screen or as lines."""
    from cockpit.wiring import replays

    config = config_of(options)
    played = asyncio.run(replays.read_recording(config, options.release))
    if played is None:
        return _nothing(options.release)
    if options.headless or options.json:
        asyncio.run(_tell(options, replays.events(played, options.speed)))
        return 0
    return replays.play_on_screen(config, played, options.speed)


async def _tell(options: argparse.Namespace, events: AsyncIterator[Event]) -> None:
    async for event in events:
        if options.json:
            print(json.dumps(events_json.event(event)), flush=True)
        else:
            print(plain((log_view.row(event, 0.0, width()),)), flush=True)


def named(log: Log, ident: str) -> Release | None:
    """The release of that name, without one the newest; None, with the reason on stderr, where there is none."""
    found = next((one for one in reversed(log.releases) if ident in ("", one.id)), None)
    if found is None:
        _nothing(ident)
    return found


def _nothing(ident: str) -> int:
    said = f"there is no release {clean(ident)}; `cockpit history` lists them" if ident else "no release yet"
    print(f"refused: {said}", file=sys.stderr)
    return 1


async def _report(options: argparse.Namespace) -> int:
    from cockpit import wiring

    config = config_of(options)
    async with wiring.open_context(config, read_only=True) as world:
        snapshot = await wiring.look(world, rota=False)
        release = named(snapshot.log.value, options.release)
        if release is None:
            return 1
        pages, wrong = read_pages(await world.store.list(store_keys.traffic(release.id)))
    if wrong:
        print(f"cockpit: {wrong}", file=sys.stderr)
    reviews = await _reviews(options, release)
    _write(options, _written(options, release, config.policy, pages, reviews))
    return 0


def _written(
    options: argparse.Namespace, release: Release, policy: Policy, pages: tuple[TrafficPage, ...], reviews: Reviews
) -> str:
    if options.format == "json":
        return json.dumps(json_report.report(release, policy, pages, reviews), indent=2) + "\n"
    document = draft(release, policy, pages, reviews)
    if options.format == "html":
        return html(document)
    return markdown(document, _beside(options.output, document) if options.output else None)


def _beside(output: Path, document: Document) -> dict[str, str]:
    """The pictures as files beside the document; their names by those in it."""
    written: dict[str, str] = {}
    for section in document.sections:
        for number, block in enumerate(section.blocks, 1):
            if isinstance(block, ReportImage):
                name = f"{output.stem}-{number}.svg"
                _save(output.with_name(name), block.svg)
                written[block.name] = name
    return written


def _write(options: argparse.Namespace, text: str) -> None:
    if options.output:
        _save(options.output, text)
        print(f"written to {options.output}", file=sys.stderr)
    else:
        print(text, end="")


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as failed:
        raise Failed(str(path), f"cannot be written: {failed.strerror}", "name another --output") from failed


async def _reviews(options: argparse.Namespace, release: Release) -> Reviews:
    """What the forge knows of its PRs; nothing where there is none or it does not answer, which is said."""
    from cockpit import wiring

    forge = wiring.forge(config_of(options))
    if forge is None:
        return {}
    try:
        told = await forge.reviews([pull.number for pull in release.pulls if pull.number])
        return {review.number: review for review in told}
    except Failed as failed:
        print(f"cockpit: reviews are unknown: {failed}", file=sys.stderr)
        return {}
    finally:
        await forge.close()


async def _figures(options: argparse.Namespace) -> int:
    from cockpit import wiring

    config = config_of(options)
    now = wiring.clock()
    try:
        since, until = moment(options.since, now), moment(options.until, now)
        if not since < until:
            raise ValueError("--until must be after --since")
    except ValueError as bad:
        print(f"cockpit: {bad}", file=sys.stderr)
        return 2
    async with wiring.open_context(config, read_only=True) as world:
        snapshot = await wiring.look(world, rota=False)
        counted = await world.store.list(store_keys.TRAFFIC)
    by_release = groupby(counted, lambda entry: entry.key.removeprefix(store_keys.TRAFFIC).rpartition("/")[0])
    pages = {release: read_pages(entries)[0] for release, entries in by_release}
    found = dora.figures(snapshot.log.value.releases, config.policy, since, until, pages)
    print(json.dumps(figures_view.as_json(found)) if options.json else plain(figures_view.rows(found, width())))
    return 0
