"""`cockpit revert`: revert a PR of the open release, or with --dry-run try the revert of any commit."""

import argparse
import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cockpit.cli import command_verb
from cockpit.cli.command_verb import add_command, print_decision, request_of
from cockpit.cli.exit_codes import DONE, REFUSED
from cockpit.cli.options import Verbs, config_of
from cockpit.cli.output import usage_error
from cockpit.cli.trial import Json, add_trial_options, pull_in_history, run_trial, trial_as_json, trial_in_words
from cockpit.control.command_table import find_command
from cockpit.deploy.plan import Plan
from cockpit.deploy.rehearsal import RehearsalResult, result_sentence
from cockpit.deploy.text import clean
from cockpit.ports import Failed, History, Trial

if TYPE_CHECKING:
    from cockpit.wiring import Context


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_command(verbs, find_command("revert"))
    verb.set_defaults(run=run)
    verb.add_argument(
        "--commit", action="append", default=[], metavar="SHA", help="with --dry-run: any commit instead of a PR"
    )
    verb.add_argument("--edit", action="store_true", help="resolve the conflicts in your editor first")
    add_trial_options(verb)


def run(options: argparse.Namespace) -> int:
    """Revert, or with --dry-run only try; 1 if the revert is refused or conflicts."""
    any_commit = options.commit or options.repo
    if options.edit and (any_commit or options.dry_run):
        return usage_error("--edit needs a PR of the open release, without --dry-run, --commit or --repo")
    if not any_commit:
        return asyncio.run(_dry_run(options)) if options.dry_run else command_verb.run(options)
    if not options.dry_run:
        return usage_error("--commit and --repo need --dry-run")
    if bool(options.commit) == bool(options.pull):
        return usage_error("revert needs either a PR or --commit")
    return run_trial(options, lambda history, onto: _try_revert(options, history, onto))


def _try_revert(options: argparse.Namespace, history: History, onto: str) -> Trial:
    commits = options.commit
    if options.pull:
        commits = tuple(reversed(pull_in_history(history.pulls("", onto, files=False), options.pull).commits))
    return history.try_revert(commits, onto, options.mainline)


async def _dry_run(options: argparse.Namespace) -> int:
    """Print the plan that reverts a PR of the open release, and how the revert applies to main and to the branch."""
    from cockpit import wiring

    async with wiring.open_context(config_of(options), read_only=True) as context:
        decision = await wiring.shell_dispatcher(context).preview(options.command, request_of(options))
        snapshot = await wiring.read_snapshot(context)
        branch = snapshot.open.branch if snapshot.open and isinstance(decision, Plan) else ""
        trials: Json = {}
        if options.pull:
            trials = await asyncio.to_thread(_try_on, context, options.pull, branch)
    code = print_decision(options, decision, dry_run=True, **trials)
    if trials and not options.json:
        print(*_trial_lines(trials), sep="\n")
    return code or (DONE if trials.get("clean", True) else REFUSED)


def _try_on(context: "Context", name: int | str, branch: str) -> Json:
    """Try the revert on main and on `branch`, each by itself; empty if main has no such PR."""
    from cockpit import wiring

    repository = wiring.repository(context.config)
    repository.fetch()
    main = repository.resolve("main")
    history = repository.history()
    try:
        pull = pull_in_history(history.pulls("", main, files=False), name)
    except Failed:
        return {}
    if not branch:
        trial = history.try_revert(tuple(reversed(pull.commits)), main)
        return {**trial_as_json(trial), "on": [{"ref": "main", **trial_as_json(trial)}]}
    both = history.try_hotfix((pull,), main, repository.resolve(branch))
    applied = (("main", both.main), (branch, both.branch))
    on = [{"ref": ref, **trial_as_json(trial)} for ref, trial in applied if trial.tree or trial.conflicts]
    worst = next((trial for _, trial in applied if trial.conflicts), both.main)
    found = {
        "direct": both.direct,
        "differs": list(both.differs),
        "reverts_main": both.reverts_main,
        "reverts_branch": both.reverts_branch,
        "remaining": list(both.remaining),
    }
    return {**trial_as_json(worst), "on": on, **found}


def _trial_lines(trials: Json) -> Iterator[str]:
    """What the trials say, for people."""
    for trial in trials["on"]:
        yield f"on {clean(trial['ref'])}: {trial_in_words(trial)}"
    if not trials["clean"] or "direct" not in trials:
        return
    tried = RehearsalResult(
        direct=trials["direct"],
        differs=tuple(trials["differs"]),
        out_of_main=not trials["reverts_main"],
        out_of_branch=not trials["reverts_branch"],
        remaining=tuple(trials["remaining"]),
    )
    if tried != RehearsalResult():
        yield result_sentence(tried)
