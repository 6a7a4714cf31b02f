"""Small real Git repositories: a bare origin, and a clone from which PRs are merged by every method."""

import os
import subprocess
from pathlib import Path

_ENV = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada Lovelace",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada Lovelace",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}

Files = dict[str, str | None]
"""Text by path; None removes the file."""


def git(folder: Path, *argv: str) -> str:
    """The output of git in `folder`; an error fails the test."""
    done = subprocess.run(
        ["git", *argv], cwd=folder, env=os.environ | _ENV, check=True, capture_output=True, text=True, errors="replace"
    )
    return done.stdout.strip()


class GitOrigin:
    """`path` is the bare repository, `worktree` a clone of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "origin.git"
        self.worktree = folder / "worktree"
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "-q", "--bare", "-b", "main", str(self.path))
        git(folder, "init", "-q", "-b", "main", str(self.worktree))
        git(self.worktree, "remote", "add", "origin", str(self.path))
        self.commit("Begin", {"README": "the shop\n", "poem.txt": "".join(f"line {n}\n" for n in range(1, 21))})

    def commit(self, message: str, files: Files) -> str:
        """Commit `files` on the current branch and push main; the id."""
        for name, text in files.items():
            path = self.worktree / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        git(self.worktree, "add", "-A")
        git(self.worktree, "commit", "-q", "--allow-empty", "-m", message)
        self._push()
        return self.head()

    def merge_pr(self, number: int, title: str, files: Files) -> str:
        """A PR of one commit, merged by a merge commit; the id of the merge."""
        self._on_branch(number, [(title, files)])
        git(
            self.worktree,
            "merge",
            "-q",
            "--no-ff",
            "-m",
            f"Merge pull request #{number} from ada/pr-{number}\n\n{title}",
            "pr",
        )
        self._push()
        return self.head()

    def squash_pr(self, number: int, title: str, files: Files) -> str:
        """A PR, squashed to one commit with the number in its subject; the id."""
        return self.commit(f"{title} (#{number})\n\nSigned-off-by: Ada", files)

    def rebase_pr(self, number: int, commits: list[tuple[str, Files]]) -> tuple[str, ...]:
        """A PR, rebased onto main as commits with a PR-URL trailer; their ids, oldest first."""
        url = f"PR-URL: https://example.com/shop/pull/{number}"
        return tuple(self.commit(f"{title}\n\nSome words.\n\n{url}", files) for title, files in commits)

    def head(self, ref: str = "HEAD") -> str:
        return git(self.worktree, "rev-parse", ref)

    def commit_at(self, ref: str) -> str:
        """The commit of a ref of the bare repository; empty if there is no such ref."""
        return git(self.path, "for-each-ref", "--format=%(objectname)", ref)

    def file_text(self, ref: str, path: str) -> str:
        """The text of a file in the bare repository."""
        return git(self.path, "show", f"{ref}:{path}")

    def paths(self, ref: str) -> list[str]:
        """Every path of a tree in the bare repository."""
        return git(self.path, "ls-tree", "-r", "--name-only", ref).splitlines()

    def pull(self) -> None:
        """Fast-forward main of the clone."""
        git(self.worktree, "pull", "-q", "--ff-only", "origin", "main")

    def _on_branch(self, number: int, commits: list[tuple[str, Files]]) -> None:
        git(self.worktree, "checkout", "-q", "-B", "pr")
        for title, files in commits:
            self.commit(f"{title}, the work on #{number}", files)
        git(self.worktree, "checkout", "-q", "main")

    def _push(self) -> None:
        if git(self.worktree, "symbolic-ref", "--short", "HEAD") == "main":
            git(self.worktree, "push", "-q", "origin", "main")


def poem(**changed: str) -> str:
    """The text of poem.txt with some lines replaced: `poem(line3="x")`."""
    return "".join(f"{changed.get(f'line{n}', f'line {n}')}\n" for n in range(1, 21))
