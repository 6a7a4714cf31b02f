"""The PRs of a release: what is going out, whose it is, and what was taken out again."""

from collections.abc import Iterable, Sequence

from cockpit.deploy.pulls.diff import PullDiff
from cockpit.deploy.pulls.merge_policy import Objection
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.pulls.reviews import Review, Reviews, doubtful, glyphs
from cockpit.deploy.rehearsal import Rehearsal, Rehearsed, mark, sentence
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.suspects.ranking import EVEN, Suspect
from cockpit.deploy.text import duration, plural, short
from cockpit.views import pull_diff
from cockpit.views.rows import EMPTY, Line, Span, Tone, clock, column, fit, plain, rule, wrap

WIDE = 76
"""Cells from which on a row has whole names and the number of files."""
FULL = 100
"""Cells from which on it says how it came into main beside what became of it."""
STALE = 300.0
"""Seconds from which on reviews say their age."""
LEAST = 0.01
"""Chance under which none is shown."""
NOTHING: Line = (Span("no PR", Tone.DIM),)


def shown(snapshot: Snapshot) -> tuple[str, tuple[PullRequest, ...]]:
    """The list's title and its PRs: the open release's, else what main has to offer."""
    if snapshot.open:
        return "PULL REQUESTS", snapshot.open.pulls
    if main := snapshot.main.value:
        return "UNRELEASED ON MAIN", main.pulls
    return "PULL REQUESTS", snapshot.latest.pulls if snapshot.latest else ()


def aged(snapshot: Snapshot) -> Line:
    """How old reviews and checks are, where they are older than people take them for."""
    age = snapshot.reviews.age(snapshot.now) if snapshot.reviews.value else None
    if age is None or age < STALE:
        return ()
    return (Span(f"reviews {duration(age)} old", Tone.UNKNOWN), Span("  "))


def row(
    pull: PullRequest,
    width: int,
    state: str = "",
    numbers: int = 6,
    rehearsed: Rehearsed | None = None,
    seen: tuple[Span, ...] = (),
) -> Line:
    """One PR on one line, its name in `numbers` cells; at its end what became of it, else what taking it out would
    come to, else its way into main."""
    wide = width >= WIDE
    files = column(plural(len(pull.files), "file"), 10, Tone.DIM, right=True) if wide else Span("")
    who = 16 if wide else 9
    full = width >= FULL
    how = state or (mark(rehearsed) if rehearsed else "" if full else str(pull.how))
    tone = Tone.WAITING if state or (rehearsed and not rehearsed.clean) else Tone.DIM
    fixed = (
        numbers + 1 + who + 1 + 9 + (11 if wide else 0) + (8 if full else 0) + sum(1 + len(span.text) for span in seen)
    )
    gone = Tone.DIM if state == "reverted" else Tone.PLAIN
    line: Line = (
        column(pull.name, numbers, Tone.NEW if not state else gone),
        column(pull.title, max(4, width - fixed), gone),
        Span(" "),
        column(pull.author, who, Tone.DIM),
        *((files, Span(" ")) if wide else ()),
        *(part for span in seen for part in (Span(" "), span)),
        *((Span(" "), column(str(pull.how), 7, Tone.DIM)) if full else ()),
        Span(" "),
        column(how, 9, tone),
    )
    return fit(line, width)


def rows(
    pulls: Iterable[PullRequest],
    release: Release | None,
    width: int,
    rehearsal: Rehearsal | None = None,
    reviews: Reviews | None = None,
    suspects: Sequence[Suspect] = (),
) -> tuple[Line, ...]:
    """A line a PR, with what the release did to it, or what taking it out would come to; with review and checks
    where a forge tells them, and its chance to be behind the newest error where there is one."""
    some = tuple(pulls)
    numbers = 1 + min(9, max((len(pull.name) for pull in some), default=0))
    tried = rehearsal or Rehearsal()
    return tuple(
        row(pull, width, state(pull, release), numbers, tried.of(pull), _seen(pull, reviews, suspects)) for pull in some
    )


def _seen(pull: PullRequest, reviews: Reviews | None, suspects: Sequence[Suspect]) -> tuple[Span, ...]:
    """The chance in four cells and review and checks in two, each where there is any."""
    found = []
    if suspects:
        suspect = suspected(pull, suspects)
        likely = suspect is not None and suspect.score >= EVEN
        words = f"{suspect.score:.0%}" if suspect and suspect.score >= LEAST else ""
        found.append(column(words, 4, Tone.WAITING if likely else Tone.DIM, right=True))
    if reviews:
        review = reviews.get(pull.number)
        found.append(Span(glyphs(review), Tone.WAITING if doubtful(review) else Tone.DIM))
    return tuple(found)


def suspected(pull: PullRequest, suspects: Sequence[Suspect]) -> Suspect | None:
    """What the ranking says of that PR."""
    return next((one for one in suspects if one.pull and one.pull.commits == pull.commits), None)


def state(pull: PullRequest, release: Release | None) -> str:
    """`reverted`, `reverting`, or nothing."""
    if release and pull.name in release.gone:
        return "reverted"
    asked = release.reverting if release else ()
    return "reverting" if any(one.pull.commits == pull.commits for one in asked) else ""


def listing(pulls: tuple[PullRequest, ...], width: int) -> tuple[Line, ...]:
    """A range of PRs, for the shell."""
    return rows(pulls, None, width) if pulls else (NOTHING,)


def against(objections: Sequence[Objection], width: int) -> tuple[Line, ...]:
    """What speaks against releasing them, after an empty line; nothing where nothing does."""
    lines: list[Line] = []
    for one in objections:
        tone = Tone.BAD if one.refuses else Tone.WAITING
        word = "refused: " if one.refuses else "warning: "
        for index, text in enumerate(wrap(one.whole, max(20, width - len(word)), 4)):
            lines.append((Span(word if index == 0 else " " * len(word), tone), Span(text)))
    return (EMPTY, *lines) if lines else ()


def page(pull: PullRequest, snapshot: Snapshot, width: int, changed: PullDiff | None = None) -> tuple[Line, ...]:
    """One PR in full, as the open release has it; with what it changed, once that has been read."""
    review = snapshot.reviews.value.get(pull.number)
    suspect = suspected(pull, snapshot.suspects.value)
    return detail(pull, snapshot.open, width, snapshot.rehearsal.value, review, suspect, changed)


def detail(
    pull: PullRequest,
    release: Release | None,
    width: int,
    rehearsal: Rehearsal | None = None,
    review: Review | None = None,
    suspect: Suspect | None = None,
    changed: PullDiff | None = None,
) -> tuple[Line, ...]:
    """One PR in full, but for its diff."""
    tried = rehearsal.of(pull) if rehearsal else None
    became = state(pull, release)
    facts = (
        ("author", pull.author),
        ("merged", f"{clock(pull.at)} UTC by {pull.how}"),
        ("commits", ", ".join(short(sha) for sha in pull.commits)),
        *((("state", became),) if became else ()),
        *((("suspect", f"{suspect.score:.0%}: {suspect.reason}"),) if suspect else ()),
        *((("revert", sentence(tried)),) if tried else ()),
        *((("review", review.verdict), ("checks", review.checks), ("url", review.url)) if review else ()),
    )
    return (
        *((Span(text, Tone.STRONG),) for text in wrap(f"{pull.name}  {pull.title}", width, 3)),
        (),
        *(line for name, value in facts for line in _fact(name, value, width)),
        *_said(review, changed, width),
        (),
        *(pull_diff.files(changed, width) if changed else _named(pull, width)),
    )


def _fact(name: str, value: str, width: int) -> tuple[Line, ...]:
    label = column(name, 10, Tone.DIM)
    said = wrap(value, max(10, width - 10), 4)
    return tuple(fit((label if n == 0 else Span(" " * 10), Span(text)), width) for n, text in enumerate(said))


def _said(review: Review | None, changed: PullDiff | None, width: int) -> tuple[Line, ...]:
    """What its author wrote: as the forge has it, else in the commit's message; and the commits of a merge."""
    body = (review.body if review else ()) or (changed.message if changed else ())
    told: tuple[Line, ...] = ((), rule("DESCRIPTION", (), width), *pull_diff.description(body, width)) if body else ()
    if changed and len(changed.commits) > 1:
        listed = (fit((Span("· ", Tone.DIM), Span(subject)), width) for subject in changed.commits)
        told = (*told, (), rule("COMMITS", (), width), *listed)
    return told


def _named(pull: PullRequest, width: int) -> tuple[Line, ...]:
    files = (fit((Span("  "), Span(path)), width) for path in pull.files)
    return ((Span(plural(len(pull.files), "file"), Tone.DIM),), *files)


def text(pulls: tuple[PullRequest, ...], width: int) -> str:
    """`listing` as text."""
    return plain(listing(pulls, width))
