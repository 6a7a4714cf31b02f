"""Which PR broke it: what a report names is held against what each PR changed, and the PRs are ranked by chance.

A conditional logit: each commit of the range, and NONE of them, has a utility that is a weighted sum of its
evidence, and its chance is the softmax of that. The weights were fitted, with a ridge, on 183 real regressions of 19
public repositories, each in a window of 40 PRs, once with the paths alone and once with the words of the report; the
weight of a line is set by hand, since few of those reports had any that still fitted. How well it does on repositories
that it was not fitted to stands in the README.
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
"""Of one file, beyond which more lines say nothing more."""
NEAR = 4.0
"""Lines from a frame after which a change counts 1/e as much."""
INFRASTRUCTURE = 0.25
"""Weight of NONE as a share of that of all PRs together where nothing points anywhere: one incident in five."""
EVEN = 0.5
"""Chance below which "don't know" is the honest answer."""
_FIX = re.compile(r"\b(fix|fixes|fixed|bug)\b", re.IGNORECASE)
_TEST = re.compile(r"(^|/)(tests?|spec|__tests__|testing)(/|$)|_test\.|test_|\.spec\.|\.test\.")
_PROSE = re.compile(r"(^|/)(docs?|changelog|news|releasenotes|changes)(/|\.|$)|\.(md|rst|txt|adoc)$", re.IGNORECASE)


class EvidenceMarks(NamedTuple):
    """The evidence against one commit, or the weights of it."""

    share: float
    """Of the files that the report means, those it touched; 0 to 1."""
    rarity: float
    """Inverse document frequency of the rarest of those: ln((n + 1) / touched by) / ln(n + 1)."""
    lines: float
    """ln(1 + lines it changed in them)."""
    portion: float
    """Its part of all lines that the range changed in them; 0 to 1."""
    last: float
    """1 where nobody touched one of them after it."""
    precision: float
    """Of the files it touched, those that the report means; 0 to 1."""
    folder: float
    """How close its files are to them where it touched none; 0 to 1."""
    kin: float
    """Words that its paths share with theirs where it touched none, by inverse document frequency; 0 to 2."""
    breadth: float
    """ln(1 + files) where it touched none of them: what is large breaks more."""
    recency: float
    """0 for the oldest of the range, 1 for the newest."""
    fix: float
    """1 where its title says that it fixes something."""
    tests: float
    """1 where it changed tests alone."""
    symbols: float
    """Symbols of the report in the lines it changed, by inverse document frequency; 0 to 3."""
    titled: float
    """Words of the report in its title, likewise; 0 to 3."""
    line: float
    """exp(-d / NEAR) for the distance d in lines between a frame and what it wrote."""


WEIGHTS = EvidenceMarks(
    share=2.06, rarity=0.98, lines=0.28, portion=1.40, last=0.69, precision=1.96, folder=1.17, kin=1.21, breadth=0.28,
    recency=1.37, fix=-0.63, tests=-0.38, symbols=1.59, titled=0.86, line=4.5,
)  # fmt: skip


class ErrorReport(Struct, frozen=True):
    """An error as the repository understands it."""

    files: tuple[SourceFile, ...] = ()
    words: frozenset[str] = frozenset()


class Candidate(Struct, frozen=True):
    """One commit of the range with what is known of it."""

    pull: PullRequest
    commit: str
    title: str
    edits: tuple[Edit, ...]
    symbols: frozenset[str] = frozenset()
    """Of the report, those in the lines it changed."""
    distances: tuple[tuple[int, int], ...] = ()
    """(number of the frame, lines between it and the nearest line that this commit wrote last)."""


class Suspect(Struct, frozen=True):
    """A PR, or none of them, and how likely it did it."""

    pull: PullRequest | None
    """None for infrastructure."""
    commit: str
    """The one of the PR that most points to."""
    score: float
    """Chance, 0 to 1; all of a ranking are 1 together."""
    reason: str


def rank_suspects(candidates: Sequence[Candidate], report: ErrorReport) -> tuple[Suspect, ...]:
    """The PRs of a range, given oldest first, by chance; the last entry is NONE of them, whatever its chance."""
    marks = _marks(candidates, report)
    utilities = [sum(weight * mark for weight, mark in zip(WEIGHTS, one, strict=True)) for one in marks]
    # NONE weighs as that share of as many commits as there are, each middling and pointed at by nothing.
    idle = WEIGHTS.recency * 0.5 + WEIGHTS.breadth * 1.5
    top = max([idle, *utilities])
    none = INFRASTRUCTURE * max(1, len(candidates)) * math.exp(idle - top)
    weights = [math.exp(utility - top) for utility in utilities]
    total = none + sum(weights)
    by_pull: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, candidate in enumerate(candidates):
        by_pull[candidate.pull.commits].append(index)
    ranked = []
    for some in by_pull.values():
        worst = max(some, key=lambda index: weights[index])
        one = candidates[worst]
        said = reason(one.edits, one.symbols, one.distances, report.files, bool(marks[worst].titled))
        ranked.append(Suspect(one.pull, one.commit, sum(weights[index] for index in some) / total, said))
    ranked.sort(key=lambda suspect: -suspect.score)
    return (*ranked, Suspect(None, "", none / total, "none of them: infrastructure, data or traffic"))


def _marks(candidates: Sequence[Candidate], report: ErrorReport) -> list[EvidenceMarks]:
    many = len(candidates)
    touched = [_touched(candidate.edits, report.files) for candidate in candidates]
    seen = _Evidence(
        touches=Counter(place for one in touched for place in one),
        lines={place: sum(one.get(place, 0) for one in touched) for place in report.files},
        newest={place: index for index, one in enumerate(touched) for place in one},
        symbols=Counter(symbol for candidate in candidates for symbol in candidate.symbols),
        titles=Counter(word for candidate in candidates for word in words(candidate.title)),
        paths=Counter(word for candidate in candidates for word in _path_words(candidate)),
        many=many,
    )
    return [_mark(index, candidates[index], touched[index], report, seen) for index in range(many)]


class _Evidence(NamedTuple):
    """What the whole range has, to hold one commit against."""

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
    index: int, one: Candidate, touched: Mapping[SourceFile, int], report: ErrorReport, seen: _Evidence
) -> EvidenceMarks:
    paths = {edit.path for edit in one.edits}
    lines, all_lines = sum(touched.values()), sum(seen.lines[place] for place in touched)
    code = [edit.path for edit in one.edits if not _PROSE.search(edit.path)]
    named = frozenset[str]().union(*(words(place.path) for place in report.files))
    kin = sum(seen.rarity(seen.paths[word]) for word in _path_words(one) & named)
    titled = sum(seen.rarity(seen.titles[word]) for word in words(one.title) & report.words)
    return EvidenceMarks(
        share=len(touched) / len(report.files) if report.files else 0.0,
        rarity=max((seen.rarity(seen.touches[place]) for place in touched), default=0.0),
        lines=math.log1p(lines),
        portion=lines / all_lines if all_lines else 0.0,
        last=float(any(seen.newest[place] == index for place in touched)),
        precision=len(touched) / len(paths) if paths else 0.0,
        folder=0.0 if touched else max((_closeness(path, p.path) for path in paths for p in report.files), default=0.0),
        kin=0.0 if touched else min(2.0, kin),
        breadth=0.0 if touched else math.log1p(max(1, len(paths))),
        recency=index / (seen.many - 1) if seen.many > 1 else 0.5,
        fix=float(bool(_FIX.search(one.title))),
        tests=float(bool(code) and all(_TEST.search(path) for path in code)),
        symbols=min(3.0, sum(seen.rarity(seen.symbols[symbol]) for symbol in one.symbols)),
        titled=min(3.0, titled),
        line=max((math.exp(-distance / NEAR) for _, distance in one.distances), default=0.0),
    )


def _touched(edits: Sequence[Edit], places: Sequence[SourceFile]) -> dict[SourceFile, int]:
    """Lines that were changed in each place, of those that were touched."""
    found = {}
    for place in places:
        some = [edit for edit in edits if edit.path in place.names or edit.old_path in place.names]
        if some:
            found[place] = sum(min(MAX_LINES, edit.added + edit.removed) for edit in some)
    return found


def _path_words(candidate: Candidate) -> frozenset[str]:
    return frozenset[str]().union(*(words(edit.path) for edit in candidate.edits))


def _closeness(path: str, other: str) -> float:
    """1 in the same folder, else 0.8 times the share of the folders that both are below."""
    one, two = path.split("/")[:-1], other.split("/")[:-1]
    if not (one and two) or one == two:
        return float(one == two and bool(one))
    same = next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    return 0.8 * same / max(len(one), len(two))
