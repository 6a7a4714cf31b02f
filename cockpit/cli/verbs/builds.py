"""`cockpit builds`: the kept builds and what needs them; `builds prune` removes the others."""

import argparse
import asyncio
import json
from collections import defaultdict

from cockpit.cli.exit_codes import DONE
from cockpit.cli.options import Verbs, add_verb, config_of
from cockpit.cli.output import refuse
from cockpit.deploy.builds.build import MANIFEST, build_of
from cockpit.deploy.text import plural, short
from cockpit.ports import Artifacts, StoredPart
from cockpit.rules.retention import RetainedBuild, retained_builds


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(verbs, "builds", run, "List the kept builds and what needs them.")
    verb.add_argument("action", nargs="?", choices=("prune",), metavar="prune", help="remove builds nothing needs")
    verb.add_argument("--dry-run", action="store_true", help="with prune: print what would be removed")


def run(options: argparse.Namespace) -> int:
    """List or prune the builds; pruning is refused while unreadable records hide which builds are needed."""
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    from cockpit import wiring

    config = config_of(options)
    async with wiring.open_context(config, read_only=True) as context:
        snapshot = await wiring.read_snapshot(context, rota=False)
        artifacts = context.artifacts()
        parts = _by_build(await asyncio.to_thread(artifacts.stored_parts))
        kept = (RetainedBuild(build, sum(p.size for p in of), max(p.at for p in of)) for build, of in parts.items())
        builds = list(retained_builds(kept, snapshot, config.artifacts.keep))
        if options.action != "prune":
            _print_list(options, builds)
            return DONE
        if snapshot.unreadable_records:
            return refuse("unreadable records hide which builds are needed")
        unneeded = [build for build in builds if not build.why]
        if not options.dry_run:
            for build in unneeded:
                await asyncio.to_thread(_remove, artifacts, parts[build.build])
    _print_pruned(options, unneeded)
    return DONE


def _by_build(kept: tuple[StoredPart, ...]) -> dict[str, list[StoredPart]]:
    parts: dict[str, list[StoredPart]] = defaultdict(list)
    for part in kept:
        parts[build_of(part.name)].append(part)
    return parts


def _remove(artifacts: Artifacts, parts: list[StoredPart]) -> None:
    """Remove the manifest first: parts without a manifest are no build if the removal is interrupted."""
    for part in sorted(parts, key=lambda part: not part.name.endswith(MANIFEST)):
        artifacts.remove(part.name)


def _print_list(options: argparse.Namespace, builds: list[RetainedBuild]) -> None:
    if options.json:
        print(_as_json(builds))
        return
    for build in builds:
        print(f"{_row(build)}  {'; '.join(build.why) or 'nothing needs it'}")
    print(f"{plural(len(builds), 'build')}, {sum(build.size for build in builds):,} bytes")


def _print_pruned(options: argparse.Namespace, builds: list[RetainedBuild]) -> None:
    if options.json:
        print(_as_json(builds))
        return
    for build in builds:
        print(f"{'would remove' if options.dry_run else 'removed'} {_row(build)}")
    if not builds:
        print("every build is needed")


def _row(build: RetainedBuild) -> str:
    return f"{short(build.build)}  {build.size:>12,} bytes"


def _as_json(builds: list[RetainedBuild]) -> str:
    return json.dumps(
        [{"build": build.build, "bytes": build.size, "at": build.at, "needed_by": list(build.why)} for build in builds]
    )
