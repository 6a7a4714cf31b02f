"""The ranking of PRs by the chance that they caused an error report.

It is a conditional logit: each commit of the range, and the choice "none of them", has a utility, a weighted sum of its
evidence, and its chance is the softmax of the utilities. The weights were fitted with a ridge penalty on 183 real
regressions of 19 public repositories, each in a window of 40 PRs, once with the paths only and once with the words of
the report. The weight of a line is set by hand, because few of those reports had lines that still matched. The accuracy
on other repositories is in docs/benchmarks.md.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.suspects.source_paths import Edit, SourceFile, words
from cockpit.deploy.suspects.suspicion import reason

MAX_LINES = 2_000
"""The most changed lines of one file that count."""
NEAR = 4.0
"""The distance in lines from a frame at which a change counts 1/e as much."""
INFRASTRUCTURE = 0.25
"""The weight of "none of them" relative to all PRs together without any evidence: one incident in five."""
EVEN = 0.5
"""The chance below which the answer is "unknown"."""
_FIX = re.compile(r"\b(fix|fixes|fixed|bug)\b", re.IGNORECASE)
_TEST = re.compile(r"(^|/)(tests?|spec|__tests__|testing)(/|$)|_test\.|test_|\.spec\.|\.test\.")
_PROSE = re.compile(r"(^|/)(docs?|changelog|news|releasenotes|changes)(/|\.|$)|\.(md|rst|txt|adoc)$", re.IGNORECASE)


class EvidenceMarks(NamedTuple):
    """The evidence against one commit, or its weights."""

    share: float
    """The share of the report's files that it touched, 0 to 1."""
    rarity: float
    """The inverse document frequency of the rarest of those: ln((n + 1) / touched by) / ln(n + 1)."""
    lines: float
    """ln(1 + lines it changed in them)."""
    portion: float
    """Its share of all lines that the range changed in them, 0 to 1."""
    last: float
    """1 if it is the last commit that touched one of them."""
    precision: float
    """The share of its files that are the report's, 0 to 1."""
    folder: float
    """The closeness of its files to them if it touched none, 0 to 1."""
    kin: float
    """The words that its paths share with theirs if it touched none, by inverse document frequency, 0 to 2."""
    breadth: float
    """ln(1 + files) if it touched none of them: large changes break more."""
    recency: float
    """0 for the oldest of the range, 1 for the newest."""
    fix: float
    """1 if its title says that it fixes something."""
    tests: float
    """1 if it changed only tests."""
    symbols: float
    """The report's symbols in the lines it changed, by inverse document frequency, 0 to 3."""
    titled: float
    """The report's words in its title, likewise, 0 to 3."""
    line: float
    """exp(-d / NEAR) for the distance d in lines between a frame and a line it wrote."""


WEIGHTS = EvidenceMarks(
    share=2.06, rarity=0.98, lines=0.28, portion=1.40, last=0.69, precision=1.96, folder=1.17, kin=1.21, breadth=0.28,
    recency=1.37, fix=-0.63, tests=-0.38, symbols=1.59, titled=0.86, line=4.5,
)  # fmt: skip


class ErrorReport(Struct, frozen=True):
    """An error report, matched with the repository."""

    files: tuple[SourceFile, ...] = ()
    words: frozenset[str] = frozenset()


class Candidate(Struct, frozen=True):
    """One commit of the range with its changes."""

    pull: PullRequest
    commit: str
    title: str
    edits: tuple[Edit, ...]
    symbols: frozenset[str] = frozenset()
    """The report's symbols in the lines it changed."""
    distances: tuple[tuple[int, int], ...] = ()
    """(number of the frame, lines from it to the nearest line that this commit wrote last)."""


class Suspect(Struct, frozen=True):
    """A PR, or none of them, and the chance that it is the cause."""

    pull: PullRequest | None
    """None for infrastructure."""
    commit: str
    """The PR's commit with the most evidence."""
    score: float
    """The chance, 0 to 1. All chances of a ranking add up to 1."""
    reason: str


def rank_suspects(candidates: Sequence[Candidate], report: ErrorReport) -> tuple[Suspect, ...]:
    """Rank the PRs of a range, given oldest first, by chance. The last entry is always "none of them"."""
    marks = _marks(candidates, report)
    utilities = [
        sum(weight * mark for weight, mark in zip(WEIGHTS, commit_marks, strict=True)) for commit_marks in marks
    ]
    # "None of them" weighs as a share of as many average commits without evidence as the range has.
    idle = WEIGHTS.recency * 0.5 + WEIGHTS.breadth * 1.5
    top = max([idle, *utilities])
    none = INFRASTRUCTURE * max(1, len(candidates)) * math.exp(idle - top)
    weights = [math.exp(utility - top) for utility in utilities]
    total = none + sum(weights)
    by_pull: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, candidate in enumerate(candidates):
        by_pull[candidate.pull.commits].append(index)
    ranked = []
    for indices in by_pull.values():
        top_index = max(indices, key=lambda index: weights[index])
        top_commit = candidates[top_index]
        why = reason(
            top_commit.edits, top_commit.symbols, top_commit.distances, report.files, bool(marks[top_index].titled)
        )
        score = sum(weights[index] for index in indices) / total
        ranked.append(Suspect(top_commit.pull, top_commit.commit, score, why))
    ranked.sort(key=lambda suspect: -suspect.score)
    return (*ranked, Suspect(None, "", none / total, "none of them: infrastructure, data or traffic"))


def _marks(candidates: Sequence[Candidate], report: ErrorReport) -> list[EvidenceMarks]:
    many = len(candidates)
    touched = [_touched(candidate.edits, report.files) for candidate in candidates]
    totals = _RangeCounts(
        touches=Counter(place for commit_lines in touched for place in commit_lines),
        lines={place: sum(commit_lines.get(place, 0) for commit_lines in touched) for place in report.files},
        newest={place: index for index, commit_lines in enumerate(touched) for place in commit_lines},
        symbols=Counter(symbol for candidate in candidates for symbol in candidate.symbols),
        titles=Counter(word for candidate in candidates for word in words(candidate.title)),
        paths=Counter(word for candidate in candidates for word in _path_words(candidate)),
        many=many,
    )
    return [_mark(index, candidates[index], touched[index], report, totals) for index in range(many)]


class _RangeCounts(NamedTuple):
    """The counts over the whole range."""

    touches: Mapping[SourceFile, int]
    lines: Mapping[SourceFile, int]
    newest: Mapping[SourceFile, int]
    symbols: Mapping[str, int]
    titles: Mapping[str, int]
    paths: Mapping[str, int]
    many: int

    def rarity(self, count: int) -> float:
        return math.log((self.many + 1) / count) / math.log(self.many + 1)


def _mark(
    index: int, candidate: Candidate, touched: Mapping[SourceFile, int], report: ErrorReport, totals: _RangeCounts
) -> EvidenceMarks:
    paths = {edit.path for edit in candidate.edits}
    lines, all_lines = sum(touched.values()), sum(totals.lines[place] for place in touched)
    code = [edit.path for edit in candidate.edits if not _PROSE.search(edit.path)]
    named = frozenset[str]().union(*(words(place.path) for place in report.files))
    kin = sum(totals.rarity(totals.paths[word]) for word in _path_words(candidate) & named)
    titled = sum(totals.rarity(totals.titles[word]) for word in words(candidate.title) & report.words)
    return EvidenceMarks(
        share=len(touched) / len(report.files) if report.files else 0.0,
        rarity=max((totals.rarity(totals.touches[place]) for place in touched), default=0.0),
        lines=math.log1p(lines),
        portion=lines / all_lines if all_lines else 0.0,
        last=float(any(totals.newest[place] == index for place in touched)),
        precision=len(touched) / len(paths) if paths else 0.0,
        folder=0.0 if touched else max((_closeness(path, p.path) for path in paths for p in report.files), default=0.0),
        kin=0.0 if touched else min(2.0, kin),
        breadth=0.0 if touched else math.log1p(max(1, len(paths))),
        recency=index / (totals.many - 1) if totals.many > 1 else 0.5,
        fix=float(bool(_FIX.search(candidate.title))),
        tests=float(bool(code) and all(_TEST.search(path) for path in code)),
        symbols=min(3.0, sum(totals.rarity(totals.symbols[symbol]) for symbol in candidate.symbols)),
        titled=min(3.0, titled),
        line=max((math.exp(-distance / NEAR) for _, distance in candidate.distances), default=0.0),
    )


def _touched(edits: Sequence[Edit], places: Sequence[SourceFile]) -> dict[SourceFile, int]:
    """The changed lines of each of the report's files that were touched."""
    touched = {}
    for place in places:
        some = [edit for edit in edits if edit.path in place.names or edit.old_path in place.names]
        if some:
            touched[place] = sum(min(MAX_LINES, edit.added + edit.removed) for edit in some)
    return touched


def _path_words(candidate: Candidate) -> frozenset[str]:
    return frozenset[str]().union(*(words(edit.path) for edit in candidate.edits))


def _closeness(path: str, other: str) -> float:
    """1 in the same folder, else 0.8 times the share of common parent folders."""
    folders, other_folders = path.split("/")[:-1], other.split("/")[:-1]
    if not (folders and other_folders) or folders == other_folders:
        return float(folders == other_folders and bool(folders))
    same = next(
        (at for at, (a, b) in enumerate(zip(folders, other_folders, strict=False)) if a != b),
        min(len(folders), len(other_folders)),
    )
    return 0.8 * same / max(len(folders), len(other_folders))
