"""The time of a revert, a pick, a list of PRs and a hotfix on a repository of 12,000 files, beside `git revert`.

Run `python tests/benchmarks/reverts.py [FILES]`. The history is made with `git fast-import`: 400 squashed PRs of three
files each, some on top of each other. Reverts and picks are applied to the tip, and each tree is compared with that of
`git revert`. "Key to both pushes" is `GitMirror.revert` on a bare remote on the same disk: fetch, revert on main, pick
on the branch, tag, one atomic push.
"""

import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cockpit.adapters.git.local_repository import GitHistory
from cockpit.adapters.git.mirror import GitMirror

FILES, PULLS, TRIALS, LISTED, HOTFIXES = 12_000, 400, 100, 200, 20
BY_GIT = 25
"""Trials of `git revert`, which is slower."""
LINES = 60


def path(number: int) -> str:
    return f"area{number % 40}/part{number % 500}/file{number}.py"


def text(number: int, edits: dict[int, str]) -> str:
    return "".join(f"{edits.get(line, f'line {line} of {number}')}\n" for line in range(LINES))


def stream(files: int, dice: random.Random) -> Iterator[str]:
    """The history for `git fast-import`, one commit at a time."""
    edits: dict[int, dict[int, str]] = {}
    for pull in range(PULLS + 1):
        subject = f"Change {pull} (#{pull})" if pull else "Begin"
        who = f"committer A <a@b> {1_700_000_000 + pull} +0000"
        yield f"commit refs/heads/main\n{who}\ndata {len(subject)}\n{subject}\n"
        for number in range(files) if not pull else dice.sample(range(files), 3):
            if pull:
                edits.setdefault(number, {})[dice.randrange(LINES)] = f"changed by {pull}"
            body = text(number, edits.get(number, {}))
            yield f"M 100644 inline {path(number)}\ndata {len(body)}\n{body}\n"


def git(folder: Path, *argv: str, check: bool = True) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    return subprocess.run(["git", *who, *argv], cwd=folder, check=check, capture_output=True, text=True).stdout.strip()


def timed(run: Callable[[str], object], items: Sequence[str]) -> tuple[list[float], list[object]]:
    """(milliseconds, result) of `run` on each."""
    times, results = [], []
    for item in items:
        began = time.perf_counter()
        results.append(run(item))
        times.append((time.perf_counter() - began) * 1000)
    return times, results


def print_row(name: str, times: Sequence[float]) -> None:
    ranked = sorted(times)
    p99 = ranked[min(len(ranked) - 1, int(len(ranked) * 0.99))]
    print(f"{name:<52} {statistics.median(ranked):8.1f} {p99:8.1f} {len(ranked):5}")


def revert_with_git(place: Path, commit: str) -> str:
    """The tree made by `git revert` in a worktree, which is then reset to main; the time includes the reset."""
    git(place, "revert", "--no-edit", commit, check=False)
    conflicts = git(place, "diff", "--name-only", "--diff-filter=U")
    tree = "" if conflicts else git(place, "rev-parse", "HEAD^{tree}")
    git(place, "reset", "-q", "--hard", "origin/main")
    return tree


def main() -> None:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    with tempfile.TemporaryDirectory(prefix="cockpit-bench-") as folder:
        origin, here = Path(folder, "origin.git"), Path(folder)
        git(here, "init", "-q", "--bare", "-b", "main", str(origin))
        history = "".join(stream(files, random.Random(1)))
        subprocess.run(["git", "fast-import", "--quiet"], cwd=origin, input=history.encode(), check=True)
        commits = git(origin, "rev-list", "--first-parent", "main").splitlines()[: PULLS - 1]
        chosen = commits[:: max(1, len(commits) // TRIALS)][:TRIALS]
        print(f"{files} files, {PULLS} PRs{'':<32} p50 ms   p99 ms     n")
        mirror = GitHistory.at(origin)
        reverts, trees = timed(lambda commit: mirror.try_revert([commit], "main").tree, chosen)
        print_row("revert in a bare repository", reverts)
        print_row("pick in a bare repository", timed(lambda c: mirror.try_pick([c], f"{c}~5"), chosen[:-1])[0])
        worktrees(origin, here, chosen, trees)
        base = commits[LISTED]
        print_row(f"list {LISTED} PRs", timed(lambda _: mirror.pulls(base, "main"), [""] * 10)[0])
        print_row("key to both pushes", hotfixes(origin, here, commits))


def worktrees(origin: Path, here: Path, chosen: Sequence[str], trees: Sequence[object]) -> None:
    """`git revert` in a full and in a sparse worktree, and whether it makes the same trees."""
    for kind, words in (("full", ()), ("sparse", ("--sparse",))):
        place = here / kind
        git(here, "clone", "-q", "--shared", *words, str(origin), str(place))
        took, theirs = timed(lambda commit, place=place: revert_with_git(place, commit), chosen[:BY_GIT])  # type: ignore[misc]
        print_row(f"git revert in a {kind} worktree", took)
        same = sum(a == b for a, b in zip(trees, theirs, strict=False))
        print(f"    the same tree, or a conflict in both: {same} of {len(theirs)}")


def hotfixes(origin: Path, here: Path, commits: Sequence[str]) -> list[float]:
    mirror = GitMirror(str(origin), here / "mirror.git")
    pulls = {pull.commits[0]: pull for pull in mirror.cut("2026-11-23.1", "main", "").pulls}
    took = []
    for number, commit in enumerate(commits[:HOTFIXES], 1):
        began = time.perf_counter()
        mirror.revert(pulls[commit], "2026-11-23.1", f"2026-11-23.1-hotfix.{number}", "ada@box")
        took.append((time.perf_counter() - began) * 1000)
    return took


if __name__ == "__main__":
    main()
