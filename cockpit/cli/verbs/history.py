"""`cockpit history`: past releases, the events of one release, and the verification of the log."""

import argparse
import asyncio
import json
import sys

from cockpit.cli.exit_codes import DONE, REFUSED
from cockpit.cli.options import Verbs, add_verb, config_of
from cockpit.cli.output import print_result, refuse, refuse_unknown_release, width
from cockpit.cli.snapshot import read_snapshot
from cockpit.control.log_verification import MIN_DIGEST, VerificationResult, verify
from cockpit.views import history as history_view
from cockpit.views import json_output


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(verbs, "history", run, "Print past releases, or the events of one: when, who, what, why.")
    verb.add_argument("release", nargs="?", metavar="RELEASE", help="print the events of this release")
    verb.add_argument("--verify", action="store_true", help="verify that the log is unedited and print its head")
    verb.add_argument(
        "--against", default="", metavar="DIGEST", help="also verify that the log contains this earlier head"
    )


def run(options: argparse.Namespace) -> int:
    """Print releases or events; with --verify, 1 if the log cannot be verified."""
    if options.verify or options.against:
        return asyncio.run(_verify(options))
    snapshot = asyncio.run(read_snapshot(options))
    if not options.release:
        return print_result(options, json_output.releases(snapshot), history_view.releases(snapshot, width()))
    releases = snapshot.log.value.releases
    release = next((release for release in releases if release.id == options.release), None)
    if release is None:
        return refuse_unknown_release(options.release)
    return print_result(options, json_output.release(release), history_view.events(release, width()))


async def _verify(options: argparse.Namespace) -> int:
    from cockpit import wiring

    if options.against and len(options.against) < MIN_DIGEST:
        return refuse(f"--against needs at least {MIN_DIGEST} characters of a digest")
    async with wiring.open_context(config_of(options), read_only=True) as context:
        result = await verify(context.store, options.against)
    if options.json:
        print(json.dumps(_as_json(result)))
    else:
        intact = ", all linked up to the recorded head: the log is unedited" if result.proved else ""
        print(f"{result.events} events{intact}")
        if result.against:
            print(f"--against is the digest of {result.against}: the log is unedited up to there")
        if result.digest:
            print(f"head {result.digest}")
    for error in (*result.broken, *((result.unproved,) if result.unproved else ())):
        print(error, file=sys.stderr)
    return DONE if result.proved else REFUSED


def _as_json(result: VerificationResult) -> dict[str, object]:
    return {
        "verified": result.proved,
        "events": result.events,
        "head": result.digest,
        "broken": list(result.broken),
        "unverified": result.unproved,
        "against": result.against,
    }
