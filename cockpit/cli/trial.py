"""Tries a revert or a pick on a repository and prints the result. Only new git objects are written.

With --repo no configuration is needed.
"""

import argparse
import json
from collections.abc import Callable
from typing import Any

from cockpit.cli.exit_codes import DONE, REFUSED
from cockpit.cli.options import add_repository, config_of
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.text import clean, names, short
from cockpit.ports import Failed, History, Trial

Json = dict[str, Any]


def add_trial_options(verb: argparse.ArgumentParser) -> None:
    """Add --onto, --mainline and --repo."""
    help = "commit or ref to try it on (default: main; with --repo: HEAD)"
    verb.add_argument("--onto", default="", metavar="REF", help=help)
    help = "parent number of a merge commit, as in `git revert --mainline` (default: 1)"
    verb.add_argument("--mainline", type=int, default=0, metavar="N", help=help)
    add_repository(verb)


def run_trial(options: argparse.Namespace, attempt: Callable[[History, str], Trial]) -> int:
    """Call `attempt` with the history and the commit to try it on; print its result. 1 if there are conflicts."""
    trial = _attempt(options, attempt)
    values = trial_as_json(trial)
    print(json.dumps(values) if options.json else trial_in_words(values))
    return DONE if trial.clean else REFUSED


def _attempt(options: argparse.Namespace, attempt: Callable[[History, str], Trial]) -> Trial:
    from cockpit import wiring

    if options.repo:
        return attempt(wiring.open_history(options.repo), options.onto or "HEAD")
    repository = wiring.repository(config_of(options))
    repository.fetch()
    return attempt(repository.history(), repository.resolve(options.onto or "main"))


def pull_in_history(pulls: tuple[PullRequest, ...], name: int | str) -> PullRequest:
    """Find the PR with that number or Change-Id, the newest if there are several. Raises `Failed`."""
    number, change = (0, name) if isinstance(name, str) else (name, "")
    pull = next((pull for pull in reversed(pulls) if pull.matches(number, change)), None)
    if pull is None:
        raise Failed("git", f"no commit in this history belongs to {change or f'#{number}'}", "use --commit SHA")
    return pull


def trial_as_json(trial: Trial) -> Json:
    """Values of a trial for --json."""
    return {"clean": trial.clean, "tree": trial.tree or None, "conflicts": list(trial.conflicts)}


def trial_in_words(values: Json) -> str:
    """One line for the values of `trial_as_json`."""
    if values["clean"]:
        return f"applies cleanly, tree {short(values['tree'])}"
    return f"conflicts in {names(tuple(clean(path) for path in values['conflicts']), 20)}"
