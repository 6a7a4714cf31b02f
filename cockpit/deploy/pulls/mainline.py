"""The commits of main, the files they touch, and the reverts and re-landings that their messages claim.

It is built once from many commits and queried for many PRs, so everything is parsed once and indexed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from msgspec import Struct

from cockpit.deploy.pulls.pull_number import commit_claim, merge_claim
from cockpit.deploy.pulls.pull_request import Commit
from cockpit.deploy.text import clean

_REVERTS = re.compile(r"This reverts commit ([0-9a-f]{7,64})")
_UNDOES = re.compile(r"^Reverts (?:[\w.-]+/[\w.-]+)?[#!]([1-9]\d{0,8})\b", re.MULTILINE)
_CHANGE = re.compile(r"^Change-Id: *(I[0-9a-f]{40})[ \t]*$", re.MULTILINE)
_RELANDS = re.compile(r"^[\s*-]*Re-?lands?:?\s+(#[1-9]\d{0,8}|[0-9a-zA-Z]{8,64})\b", re.MULTILINE | re.IGNORECASE)
_DRAFT = re.compile(r"\breland/([\w.-]+/[0-9a-f]{7,64})")


class MessageClaims(Struct, frozen=True):
    """The claims of one commit message."""

    relands: frozenset[str] = frozenset()
    """Names of re-landed PRs, `#12`, and of the branches of drafts, `<release>/<commit>`."""
    reverts: frozenset[str] = frozenset()
    """Ids of reverted commits, maybe abbreviated."""
    undoes: frozenset[int] = frozenset()
    """Numbers of reverted PRs, in the form that forges use."""
    changes: frozenset[str] = frozenset()
    """Gerrit Change-Ids."""
    number: int = 0
    """The number of the commit's own PR; 0 if it has none."""


@dataclass(frozen=True)
class Mainline:
    """Commits of main, each child before its parents, including those of merged branches."""

    commits: tuple[Commit, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Commit]:
        """The commits by id, newest first."""
        return {commit.sha: commit for commit in self.commits}

    @cached_property
    def claims(self) -> Mapping[str, MessageClaims]:
        """The claims by commit id, of the commits that claim anything."""
        parsed = ((commit.sha, _claims(commit)) for commit in self.commits)
        return {sha: claims for sha, claims in parsed if claims != _NO_CLAIMS}

    def ancestors(self, commits: Iterable[str]) -> frozenset[str]:
        """These commits and all their ancestors, of the commits in here."""
        ancestors: set[str] = set()
        todo = list(commits)
        while todo:
            sha = todo.pop()
            if sha in self.by_id and sha not in ancestors:
                ancestors.add(sha)
                todo += self.by_id[sha].parents
        return frozenset(ancestors)

    def touching_only(self, files: Iterable[str]) -> Iterator[str]:
        """The ids of commits that touch only files among these."""
        allowed = frozenset(files)
        candidates = {sha for file in allowed for sha in self._touching.get(file, ())}
        return (sha for sha in candidates if self._files[sha] <= allowed)

    @cached_property
    def _files(self) -> Mapping[str, frozenset[str]]:
        return {commit.sha: frozenset(map(clean, commit.files)) for commit in self.commits}

    @cached_property
    def _touching(self) -> Mapping[str, list[str]]:
        by_file: dict[str, list[str]] = {}
        for sha, files in self._files.items():
            for file in files:
                by_file.setdefault(file, []).append(sha)
        return by_file


_NO_CLAIMS = MessageClaims()


def _claims(commit: Commit) -> MessageClaims:
    message = f"{commit.subject}\n{commit.body}"
    claim = merge_claim if len(commit.parents) > 1 else commit_claim
    return MessageClaims(
        frozenset((*_RELANDS.findall(message), *_DRAFT.findall(message))),
        frozenset(_REVERTS.findall(commit.body)),
        frozenset(map(int, _UNDOES.findall(commit.body))),
        frozenset(_CHANGE.findall(commit.body)),
        claim(commit.subject, commit.body).number,
    )
