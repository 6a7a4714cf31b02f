"""What has come to main: its commits, the files they touch, and what their messages say of reverts and re-landings.

Made once of a long line of commits and asked about many PRs, so everything is read once and looked up after that.
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
    """What one message says."""

    relands: frozenset[str] = frozenset()
    """Names of PRs, `#12`, and of the branches of drafts, `<release>/<commit>`."""
    reverts: frozenset[str] = frozenset()
    """Ids of commits, perhaps cut short."""
    undoes: frozenset[int] = frozenset()
    """Numbers of PRs, as forges say it."""
    changes: frozenset[str] = frozenset()
    """Gerrit's Change-Ids."""
    number: int = 0
    """Of the PR that it is; 0 for none."""


@dataclass(frozen=True)
class Mainline:
    """Commits of main, each child before its parents, also those that merges brought."""

    commits: tuple[Commit, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Commit]:
        """The commits by their ids, newest first."""
        return {commit.sha: commit for commit in self.commits}

    @cached_property
    def claims(self) -> Mapping[str, MessageClaims]:
        """What those say that say anything of reverts, re-landings or PRs, by their ids."""
        read = ((commit.sha, _read(commit)) for commit in self.commits)
        return {sha: said for sha, said in read if said != _NOTHING}

    def ancestors(self, commits: Iterable[str]) -> frozenset[str]:
        """Those commits and all that was there when they came, of what is here."""
        found: set[str] = set()
        at = list(commits)
        while at:
            sha = at.pop()
            if sha in self.by_id and sha not in found:
                found.add(sha)
                at += self.by_id[sha].parents
        return frozenset(found)

    def touching_only(self, files: Iterable[str]) -> Iterator[str]:
        """Ids of the commits that touch some of these files and no others."""
        allowed = frozenset(files)
        near = {sha for file in allowed for sha in self._touching.get(file, ())}
        return (sha for sha in near if self._files[sha] <= allowed)

    @cached_property
    def _files(self) -> Mapping[str, frozenset[str]]:
        return {commit.sha: frozenset(map(clean, commit.files)) for commit in self.commits}

    @cached_property
    def _touching(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for sha, files in self._files.items():
            for file in files:
                found.setdefault(file, []).append(sha)
        return found


_NOTHING = MessageClaims()


def _read(commit: Commit) -> MessageClaims:
    message = f"{commit.subject}\n{commit.body}"
    claim = merge_claim if len(commit.parents) > 1 else commit_claim
    return MessageClaims(
        frozenset((*_RELANDS.findall(message), *_DRAFT.findall(message))),
        frozenset(_REVERTS.findall(commit.body)),
        frozenset(map(int, _UNDOES.findall(commit.body))),
        frozenset(_CHANGE.findall(commit.body)),
        claim(commit.subject, commit.body).number,
    )
