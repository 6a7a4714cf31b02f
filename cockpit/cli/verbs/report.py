"""`cockpit report`: the draft of a release's post-mortem, as Markdown, HTML or JSON."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from cockpit.cli.exit_codes import DONE
from cockpit.cli.options import Verbs, add_config, config_of
from cockpit.cli.output import refuse_unknown_release
from cockpit.control.record_reader import read_pages
from cockpit.deploy import store_keys
from cockpit.deploy.policy import Policy
from cockpit.deploy.pulls.reviews import Reviews
from cockpit.deploy.record.traffic_pages import TrafficPage
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Log
from cockpit.ports import Failed
from cockpit.views.report import json_report
from cockpit.views.report.blocks import Document, ReportImage
from cockpit.views.report.draft import draft
from cockpit.views.report.html import html
from cockpit.views.report.markdown import markdown


def add(verbs: Verbs) -> None:
    """Add the verb."""
    help = "Write the draft of a post-mortem: timeline, charts, PRs, impact and overrides."
    verb = verbs.add_parser("report", help=help, description=help)
    verb.set_defaults(run=run)
    add_config(verb, default=argparse.SUPPRESS)
    verb.add_argument("release", nargs="?", default="", metavar="RELEASE", help="default: the newest")
    verb.add_argument("--format", choices=("md", "html", "json"), default="md", help="output format (default: md)")
    verb.add_argument("--json", action="store_const", dest="format", const="json", help="same as --format json")
    verb.add_argument("--output", type=Path, metavar="FILE", help="write to this file; images of Markdown go beside it")


def run(options: argparse.Namespace) -> int:
    """Print the report, or write it to --output; 1 if there is no such release."""
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    from cockpit import wiring

    config = config_of(options)
    async with wiring.open_context(config, read_only=True) as context:
        snapshot = await wiring.read_snapshot(context, rota=False)
        release = _find(snapshot.log.value, options.release)
        if release is None:
            return refuse_unknown_release(options.release)
        pages, error = read_pages(await context.store.list(store_keys.traffic(release.id)))
    if error:
        print(f"cockpit: {error}", file=sys.stderr)
    reviews = await _reviews(options, release)
    _write(options, _render(options, release, config.policy, pages, reviews))
    return DONE


def _find(log: Log, ident: str) -> Release | None:
    """Find the release, or the newest if `ident` is empty."""
    return next((release for release in reversed(log.releases) if ident in ("", release.id)), None)


def _render(
    options: argparse.Namespace, release: Release, policy: Policy, pages: tuple[TrafficPage, ...], reviews: Reviews
) -> str:
    if options.format == "json":
        return json.dumps(json_report.report(release, policy, pages, reviews), indent=2) + "\n"
    document = draft(release, policy, pages, reviews)
    if options.format == "html":
        return html(document)
    return markdown(document, _write_images(options.output, document) if options.output else None)


def _write_images(output: Path, document: Document) -> dict[str, str]:
    """Write the images beside the document; return their file names by their names in the document."""
    files: dict[str, str] = {}
    for section in document.sections:
        for number, block in enumerate(section.blocks, 1):
            if isinstance(block, ReportImage):
                name = f"{output.stem}-{number}.svg"
                _write_file(output.with_name(name), block.svg)
                files[block.name] = name
    return files


def _write(options: argparse.Namespace, text: str) -> None:
    if options.output:
        _write_file(options.output, text)
        print(f"wrote {options.output}", file=sys.stderr)
    else:
        print(text, end="")


def _write_file(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failed(str(path), f"cannot be written: {error.strerror}", "use another --output") from error


async def _reviews(options: argparse.Namespace, release: Release) -> Reviews:
    """Ask the forge for the reviews of its PRs; empty without a forge, or with a warning if the forge fails."""
    from cockpit import wiring

    forge = wiring.forge(config_of(options))
    if forge is None:
        return {}
    try:
        reviews = await forge.reviews([pull.number for pull in release.pulls if pull.number])
        return {review.number: review for review in reviews}
    except Failed as failed:
        print(f"cockpit: reviews are unknown: {failed}", file=sys.stderr)
        return {}
    finally:
        await forge.close()
