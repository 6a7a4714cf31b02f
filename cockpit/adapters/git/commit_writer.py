"""Writes commits by a commander, signed if the account's git signs commits."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cockpit.adapters.git.git_command import GitCalls
from cockpit.deploy.text import clean


@dataclass(frozen=True)
class CommitWriter:
    """Writes commits where `git` writes its objects."""

    git: GitCalls
    by: str
    """user@host"""

    def write(self, tree: str, message: str, *parents: str) -> str:
        """The id of a new commit."""
        sign = ("-S",) if self._signs else ()
        argv = ("commit-tree", tree, *(word for parent in parents for word in ("-p", parent)), *sign, "-F", "-")
        stdin = message.encode("utf-8", "replace")
        return self.git.local(*argv, stdin=stdin, env=self._author, personal=self._signs)[1].decode().strip()

    @cached_property
    def _signs(self) -> bool:
        """Whether the account's git is configured to sign commits."""
        argv = ("config", "--type=bool", "--get", "commit.gpgSign")
        return self.git.local(*argv, also=(1,), personal=True)[1].strip() == b"true"

    @property
    def _author(self) -> Mapping[str, str]:
        email = clean(self.by).strip("<> ") or "cockpit"
        name = email.partition("@")[0] or email
        return {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", name), ("EMAIL", email))
        }
