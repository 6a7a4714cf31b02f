"""`cockpit demo`: a whole company on this machine."""

import argparse
import secrets
import sys
from pathlib import Path

from cockpit.cli.options import Verbs
from cockpit.cli.output import usage_error


def add(verbs: Verbs) -> None:
    """Add the verb."""
    help = "Run a demo company on this machine."
    verb = verbs.add_parser("demo", help=help, description=help)
    verb.set_defaults(run=run)
    verb.add_argument(
        "--story", choices=("clean", "hotfix", "rollback"), default="hotfix", help="what happens (default: hotfix)"
    )
    verb.add_argument("--seed", type=int, metavar="N", help="random seed (default: 1; with --drill: random)")
    verb.add_argument(
        "--pace",
        type=float,
        metavar="N",
        help="divide the soak times by N and multiply the traffic by N, 1 to 8 (default: 1)",
    )
    verb.add_argument("--keep", type=Path, metavar="DIR", help="create or resume the demo in DIR and keep it on exit")
    verb.add_argument("--consul", action="store_true", help="run on Consul instead of the embedded store")
    verb.add_argument("--prometheus", action="store_true", help="take counters and alerts from Prometheus")
    verb.add_argument("--autopilot", action="store_true", help="let the engine advance on GO")
    verb.add_argument("--drill", action="store_true", help="inject a random fault at a random time; --seed fixes both")
    verb.add_argument("--headless", action="store_true", help="play the story without a screen")
    verb.add_argument("--json", action="store_true", help="with --headless: print JSON")


def run(options: argparse.Namespace) -> int:
    """Run the demo or a drill."""
    from cockpit.demo import modes
    from cockpit.demo.layout import stored_pace
    from cockpit.demo.settings import MAX_PACE, MIN_PACE, DemoSettings, StoreKind
    from cockpit.demo.shop_history import Story

    if options.pace is not None and not MIN_PACE <= options.pace <= MAX_PACE:
        return usage_error(f"invalid pace {options.pace:g}: use a number from {MIN_PACE:g} to {MAX_PACE:g}")
    pace = stored_pace(options.keep) if options.pace is None else options.pace
    if options.drill:
        return _run_drill(options, pace)
    settings = DemoSettings(
        story=Story(options.story),
        seed=1 if options.seed is None else options.seed,
        store=StoreKind.CONSUL if options.consul else StoreKind.SQLITE,
        prometheus=options.prometheus,
        pace=pace,
    )
    if options.headless:
        return modes.run_headless(settings, options.keep, as_json=options.json, autopilot=options.autopilot)
    if options.json:
        return usage_error("--json needs --headless")
    return modes.run_on_screen(settings, options.keep, autopilot=options.autopilot)


def _run_drill(options: argparse.Namespace, pace: float) -> int:
    from cockpit.demo.drills import drill_modes

    seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
    print(f"drill seed {seed}", file=sys.stderr)
    if options.headless or options.json:
        return drill_modes.run_headless(seed, options.keep, options.json, pace)
    return drill_modes.run_on_screen(seed, options.keep, pace)
