"""Makes the demo's repository: the shop and about forty pull requests, merged by git.

The branches of a round are written by one `git fast-import`. They are landed by `git merge`, `git merge --squash` and
`git cherry-pick`, which leave the same commits as a forge's buttons. The same story and seed give the same commit ids
on every machine.
"""

import os
import random
import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from cockpit.demo.shop_history import Files, ShopHistory, ShopPull, Story, apply_change, initial_files, read_history
from cockpit.deploy.pulls.pull_request import MergeMethod
from cockpit.ports import Failed

EPOCH = 1_788_336_000
"""The time of the first commit, 2026-09-02 08:00 UTC."""
MERGE_GAP = 4 * 3600
"""The most seconds between two merges."""
FORGE = ("Forge", "noreply@forge.example")
BRANCHES = "refs/heads/branches/"


class Origin(Struct, frozen=True):
    """The repository of a demo."""

    path: str
    """The bare repository."""
    released: str
    """The commit that the fleet runs at the beginning of the story."""
    head: str
    """The tip of main."""
    story: Story
    seed: int
    bad: int
    """The number of the bad pull request; 0 for none."""
    method: MergeMethod
    """The merge method of the story's pull request."""
    broken_route: str
    """The route that it breaks; empty for any route, or if it breaks none."""


def make_origin(path: Path, story: Story = Story.CLEAN, seed: int = 1) -> Origin:
    """Make the bare repository `path`, which must not exist yet. Takes about a second. Raises `Failed`."""
    history = read_history(story, seed)
    with tempfile.TemporaryDirectory(prefix="cockpit-demo-") as scratch:
        clone = _Clone(Path(scratch), seed, history)
        released, head = clone.replay()
        clone.git("clone", "-q", "--bare", "--single-branch", "--no-local", str(clone.folder), str(path))
        clone.git("--git-dir", str(path), "remote", "remove", "origin")
    bad = history.bad
    return Origin(
        path=str(path),
        released=released,
        head=head,
        story=story,
        seed=seed,
        bad=bad.number if bad else 0,
        method=history.story_pull.method,
        broken_route=(bad.breaks or "") if bad else "",
    )


class _Clone:
    """A work tree in which the history is replayed."""

    def __init__(self, scratch: Path, seed: int, history: ShopHistory) -> None:
        self.folder = scratch / "shop"
        self._history = history
        self._dice = random.Random(seed)
        self._now = EPOCH
        self._env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "HOME": str(scratch),  # no git configuration of the user
            "XDG_CONFIG_HOME": str(scratch),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }
        self.folder.mkdir()

    def replay(self) -> tuple[str, str]:
        """Replay the history; (released commit, tip of main)."""
        files = initial_files()
        self.git("-c", "init.defaultBranch=main", "init", "-q")
        self.git("symbolic-ref", "HEAD", "refs/heads/main")
        self._import(_commit("refs/heads/main", "Begin the shop", FORGE, self._now, {}, files, None))
        self.git("reset", "-q", "--hard")
        head, released = self.git("rev-parse", "HEAD"), ""
        for batch in _rounds(self._history.pulls):
            if batch[0].unreleased:
                released = released or head
            self._write_branches(batch, files, head)
            for pull in batch:
                for change in pull.commit:
                    files = apply_change(files, change)
                self._merge(pull, head)
            head = self.git("rev-parse", "HEAD")
        return released, head

    def git(self, *args: str, who: tuple[str, str] = FORGE, stdin: bytes | None = None) -> str:
        """Run git in the clone as `who` at the current time of the history; its output."""
        name, mail = who
        moment = f"{self._now} +0000"
        env = {
            **self._env,
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": mail,
            "GIT_AUTHOR_DATE": moment,
            "GIT_COMMITTER_NAME": FORGE[0],
            "GIT_COMMITTER_EMAIL": FORGE[1],
            "GIT_COMMITTER_DATE": moment,
        }
        command = ("git", "-c", "gc.auto=0", "-c", "core.fsync=none", *args)
        done = subprocess.run(command, cwd=self.folder, env=env, input=stdin, capture_output=True, check=False)
        if done.returncode:
            reason = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise Failed("git", f"`git {args[0]}` failed while making the demo's repository: {reason}")
        return done.stdout.decode().strip()

    def _import(self, stream: bytes) -> None:
        self.git("fast-import", "--quiet", "--date-format=raw", stdin=stream)

    def _write_branches(self, batch: tuple[ShopPull, ...], files: Files, fork: str) -> None:
        stream = b""
        for pull in batch:
            own, parent = files, fork
            for change in pull.commit:
                self._now += self._dice.randrange(300, 3000)
                after = apply_change(own, change)
                message = change.subject or pull.title
                if pull.method is MergeMethod.REBASE:
                    message += f"\n\nPR-URL: https://forge.example/shop/pull/{pull.number}"
                ref = BRANCHES + pull.branch
                stream += _commit(ref, message, self._author(pull), self._now, own, after, parent)
                own, parent = after, ""
        self._import(stream)

    def _merge(self, pull: ShopPull, fork: str) -> None:
        self._now += self._dice.randrange(MERGE_GAP // 2, MERGE_GAP)
        branch, who = BRANCHES + pull.branch, self._author(pull)
        match pull.method:
            case MergeMethod.SQUASH:
                self.git("merge", "-q", "--squash", branch)
                self.git("commit", "-q", "-m", f"{pull.title} (#{pull.number})", who=who)
            case MergeMethod.REBASE:
                self.git("cherry-pick", f"{fork}..{branch}", who=who)
            case _:
                subject = f"Merge pull request #{pull.number} from {pull.author}/{pull.branch}"
                self.git("merge", "-q", "--no-ff", "-m", f"{subject}\n\n{pull.title}", branch, who=who)

    def _author(self, pull: ShopPull) -> tuple[str, str]:
        return self._history.authors[pull.author], f"{pull.author}@shop.example"


def _rounds(pulls: tuple[ShopPull, ...]) -> tuple[tuple[ShopPull, ...], ...]:
    """The pulls of each round."""
    starts = [place for place, pull in enumerate(pulls) if pull.new_round]
    return tuple(pulls[start:end] for start, end in pairwise([*starts, len(pulls)]))


def _commit(
    ref: str, message: str, who: tuple[str, str], at: int, before: Files, after: Files, parent: str | None
) -> bytes:
    """One commit in git's fast-import format. `parent` is an id, empty for the branch's tip, None for a root commit."""
    name, mail = who
    text = message.encode()
    lines = [f"commit {ref}\nauthor {name} <{mail}> {at} +0000\ncommitter {name} <{mail}> {at} +0000\n".encode()]
    lines.append(b"data %d\n%s\n" % (len(text), text))
    if parent:
        lines.append(f"from {parent}\n".encode())
    for path, content in sorted(after.items()):
        if before.get(path) != content:
            body = content.encode()
            lines.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(body), body))
    return b"".join(lines) + b"\n"
