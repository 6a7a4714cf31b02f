"""`cockpit pick --dry-run`: try a cherry-pick; nothing is changed."""

import argparse

from cockpit.cli.options import Verbs, add_verb
from cockpit.cli.output import usage_error
from cockpit.cli.trial import add_trial_options, run_trial


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(verbs, "pick", run, "Try a cherry-pick and print the result; changes nothing.")
    verb.add_argument("commit", nargs="+", metavar="SHA", help="commits, picked in this order")
    verb.add_argument("--dry-run", action="store_true", help="required: pick never changes a branch")
    add_trial_options(verb)


def run(options: argparse.Namespace) -> int:
    """Try the pick; 0 if it applies, 1 if it conflicts."""
    if not options.dry_run:
        return usage_error("pick changes nothing and needs --dry-run")
    return run_trial(options, lambda history, onto: history.try_pick(options.commit, onto, options.mainline))
