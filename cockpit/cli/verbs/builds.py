"""`cockpit builds`: which builds are kept and why, and `builds prune`, which removes the others."""

import argparse
import asyncio
import json
import sys
from collections import defaultdict

from cockpit.cli.options import config_of
from cockpit.deploy.builds.build import MANIFEST, build_of
from cockpit.deploy.text import plural, short
from cockpit.ports import Artifacts, StoredPart
from cockpit.rules.retention import RetainedBuild, retained_builds


def builds(options: argparse.Namespace) -> int:
    """List them, or with `prune` remove those that nothing needs; 1 where what is needed is not certain."""
    return asyncio.run(_builds(options))


async def _builds(options: argparse.Namespace) -> int:
    from cockpit import wiring

    config = config_of(options)
    async with wiring.open_context(config, read_only=True) as world:
        snapshot = await wiring.look(world, rota=False)
        artifacts = world.artifacts()
        parts = _by_build(await asyncio.to_thread(artifacts.stored_parts))
        held = (RetainedBuild(build, sum(p.size for p in of), max(p.at for p in of)) for build, of in parts.items())
        holdings = retained_builds(held, snapshot, config.artifacts.keep)
        prune = options.what == "prune"
        if prune and snapshot.damaged:
            print("refused: records that cannot be read make it uncertain which builds are needed", file=sys.stderr)
            return 1
        gone = [holding for holding in holdings if not holding.why] if prune else []
        if not options.dry_run:
            for holding in gone:
                await asyncio.to_thread(_remove, artifacts, parts[holding.build])
    _print(options, gone if prune else list(holdings), "would remove " if options.dry_run else "removed ")
    return 0


def _by_build(kept: tuple[StoredPart, ...]) -> dict[str, list[StoredPart]]:
    found: dict[str, list[StoredPart]] = defaultdict(list)
    for part in kept:
        found[build_of(part.name)].append(part)
    return found


def _remove(artifacts: Artifacts, parts: list[StoredPart]) -> None:
    """Its manifest first: what is left of a removal that was cut short is no build."""
    for part in sorted(parts, key=lambda part: not part.name.endswith(MANIFEST)):
        artifacts.remove(part.name)


def _print(options: argparse.Namespace, holdings: list[RetainedBuild], did: str) -> None:
    prune = options.what == "prune"
    if options.json:
        rows = [{"build": h.build, "bytes": h.size, "at": h.at, "why": list(h.why)} for h in holdings]
        print(json.dumps(rows))
        return
    for holding in holdings:
        why = "" if prune else f"  {'; '.join(holding.why) or 'nothing needs it'}"
        print(f"{did if prune else ''}{short(holding.build)}  {holding.size:>12,} bytes{why}")
    if prune and not holdings:
        print("every build is needed")
    elif not prune:
        print(f"{plural(len(holdings), 'build')}, {sum(holding.size for holding in holdings):,} bytes")
