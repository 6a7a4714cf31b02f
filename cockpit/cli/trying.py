"""The verbs that try a revert or a pick out and say what would come of it; they change nothing.

With `--repo` they need no config: any repository will do, bare or not, and only new objects are written into it.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cockpit.cli.command_verb import act, asked, say
from cockpit.cli.options import config_of
from cockpit.deploy.plan import Plan
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.text import clean, names, short
from cockpit.ports import Failed, History, Trial

if TYPE_CHECKING:
    from cockpit.wiring import Context

Json = dict[str, Any]


def add_options(verb: argparse.ArgumentParser) -> None:
    """What both verbs take to try something out on a repository."""
    verb.add_argument("--onto", default="", metavar="REF", help="what to try it on (main; with --repo its HEAD)")
    verb.add_argument("--mainline", type=int, default=0, metavar="N", help="the parent that counts, of a merge (1)")
    add_repository(verb)


def add_repository(verb: argparse.ArgumentParser) -> None:
    """`--repo`, for verbs that need no config with it."""
    from pathlib import Path

    verb.add_argument("--repo", type=Path, metavar="DIR", help="any repository, bare or not, instead of the config's")


def pick(options: argparse.Namespace) -> int:
    """Try a pick out: 0 where it applies, 1 where it conflicts."""
    if not options.dry_run:
        return usage("pick shows what would come of it and changes nothing: add --dry-run")
    return _tell(options, _with_history(options, lambda history, onto: _picked(options, history, onto)))


def revert(options: argparse.Namespace) -> int:
    """Take a PR out, or with --dry-run try out what that, or the revert of any commit, would make."""
    loose = options.commit or options.repo
    if options.edit and (loose or options.dry_run):
        return usage("--edit resolves the conflicts of a PR of the open release, and reverts it")
    if not loose:
        return asyncio.run(_rehearsed(options)) if options.dry_run else act(options)
    if not options.dry_run:
        return usage("any other commit or repository is only tried out: add --dry-run")
    if bool(options.commit) == bool(options.pull):
        return usage("name a PR or a --commit")
    return _tell(options, _with_history(options, lambda history, onto: _reverted(options, history, onto)))


def in_history(pulls: tuple[PullRequest, ...], named: int | str) -> PullRequest:
    """The PR of that number, or that Change-Id, that came in last. Raises `Failed` where none has it."""
    number, change = (0, named) if isinstance(named, str) else (named, "")
    found = next((pull for pull in reversed(pulls) if pull.called(number, change)), None)
    if found is None:
        raise Failed("git", f"no commit of this history is of {change or f'#{number}'}", "name a commit with --commit")
    return found


def _picked(options: argparse.Namespace, history: History, onto: str) -> Trial:
    return history.try_pick(options.commit, onto, options.mainline)


def _reverted(options: argparse.Namespace, history: History, onto: str) -> Trial:
    commits = options.commit
    if options.pull:
        commits = tuple(reversed(in_history(history.pulls("", onto, files=False), options.pull).commits))
    return history.try_revert(commits, onto, options.mainline)


def _with_history(options: argparse.Namespace, run: Callable[[History, str], Trial]) -> Trial:
    from cockpit import wiring

    if options.repo:
        return run(wiring.history_at(options.repo), options.onto or "HEAD")
    repository = wiring.repository(config_of(options))
    repository.fetch()
    return run(repository.history(), repository.resolve(options.onto or "main"))


async def _rehearsed(options: argparse.Namespace) -> int:
    """The plan that takes a PR of the open release out, and what its revert comes to on main and on the branch."""
    from cockpit import wiring

    async with wiring.open_context(config_of(options), read_only=True) as world:
        decided = await wiring.shell_dispatcher(world).preview(options.command, asked(options))
        snapshot = await wiring.look(world)
        branch = snapshot.open.branch if snapshot.open and isinstance(decided, Plan) else ""
        trials: Json = {}
        if options.pull:
            trials = await asyncio.to_thread(_trials, world, options.pull, branch, snapshot.base)
    code = say(options, decided, "would ", **trials)
    if trials and not options.json:
        for where in trials["on"]:
            print(f"on {clean(where['ref'])}: {_words(where)}")
    return code or (0 if trials.get("clean", True) else 1)


def _trials(world: "Context", number: int | str, branch: str, base: str) -> Json:
    """The trial on main and then, as picks of that, on the branch; nothing where main has no such PR."""
    from cockpit import wiring

    repository = wiring.repository(world.config)
    repository.fetch()
    main = repository.resolve("main")
    refs = ("main", *((branch,) if branch else ()))
    history = repository.history()
    try:
        pull = in_history(history.pulls("", main, files=False), number)
    except Failed:
        return {}
    tips = tuple(repository.resolve(ref) for ref in refs)
    tried = history.try_hotfix(tuple(reversed(pull.commits)), *tips)
    on = [{"ref": ref, **_as_json(trial)} for ref, trial in zip(refs, tried, strict=False)]
    worst = next((trial for trial in tried if not trial.clean), tried[0])
    return {**_as_json(worst), "on": on}


def _tell(options: argparse.Namespace, trial: Trial) -> int:
    told = _as_json(trial)
    print(json.dumps(told) if options.json else _words(told))
    return 0 if trial.clean else 1


def _as_json(trial: Trial) -> Json:
    return {"clean": trial.clean, "tree": trial.tree or None, "conflicts": list(trial.conflicts)}


def _words(told: Json) -> str:
    if told["clean"]:
        return f"applies cleanly, tree {short(told['tree'])}"
    return f"conflicts in {names(tuple(clean(path) for path in told['conflicts']), 20)}"


def usage(words: str) -> int:
    """Say that the command line is wrong; its exit code."""
    print(f"cockpit: {words}", file=sys.stderr)
    return 2
