"""The PRs of a release: what is going out, whose it is, and what was taken out again."""

from collections.abc import Iterable

from cockpit.deploy.pulls import PullRequest
from cockpit.deploy.rehearsal import Rehearsal, Rehearsed, mark, sentence
from cockpit.deploy.release import Release
from cockpit.deploy.reviews import Review, Reviews, doubtful, glyphs
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import plural, short
from cockpit.views.rows import Line, Span, Tone, clock, column, fit, plain

WIDE = 76
"""Cells from which on a row has whole names and the number of files."""
NOTHING: Line = (Span("no PR", Tone.DIM),)


def shown(snapshot: Snapshot) -> tuple[str, tuple[PullRequest, ...]]:
    """The list's title and its PRs: the open release's, else what main has to offer."""
    if snapshot.open:
        return "PULL REQUESTS", snapshot.open.pulls
    if main := snapshot.main.value:
        return "UNRELEASED ON MAIN", main.pulls
    return "PULL REQUESTS", snapshot.latest.pulls if snapshot.latest else ()


def row(
    pull: PullRequest,
    width: int,
    state: str = "",
    numbers: int = 6,
    rehearsed: Rehearsed | None = None,
    seen: Span | None = None,
) -> Line:
    """One PR on one line, its name in `numbers` cells; at its end what became of it, else what taking it out would
    come to, else its way into main."""
    wide = width >= WIDE
    files = column(plural(len(pull.files), "file"), 10, Tone.DIM, right=True) if wide else Span("")
    who = 16 if wide else 9
    how = state or (mark(rehearsed) if rehearsed else str(pull.how))
    tone = Tone.WAITING if state or (rehearsed and not rehearsed.clean) else Tone.DIM
    fixed = numbers + 1 + who + 1 + 9 + (11 if wide else 0) + (3 if seen else 0)
    gone = Tone.DIM if state == "reverted" else Tone.PLAIN
    line: Line = (
        column(pull.name, numbers, Tone.NEW if not state else gone),
        column(pull.title, max(4, width - fixed), gone),
        Span(" "),
        column(pull.author, who, Tone.DIM),
        *((files, Span(" ")) if wide else ()),
        *((Span(" "), seen) if seen else ()),
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
) -> tuple[Line, ...]:
    """A line a PR, with what the release did to it, or what taking it out would come to; with review and checks
    where a forge tells them."""
    some = tuple(pulls)
    numbers = 1 + min(9, max((len(pull.name) for pull in some), default=0))
    tried = rehearsal or Rehearsal()
    return tuple(row(pull, width, state(pull, release), numbers, tried.of(pull), _seen(pull, reviews)) for pull in some)


def _seen(pull: PullRequest, reviews: Reviews | None) -> Span | None:
    """Review and checks in two cells; nothing where no forge tells any."""
    if not reviews:
        return None
    review = reviews.get(pull.number)
    return Span(glyphs(review), Tone.WAITING if doubtful(review) else Tone.DIM)


def state(pull: PullRequest, release: Release | None) -> str:
    """`reverted`, `reverting`, or nothing."""
    if release and pull.number and pull.number in release.reverted:
        return "reverted"
    asked = release.reverting if release else ()
    return "reverting" if any(one.pull.commits == pull.commits for one in asked) else ""


def listing(pulls: tuple[PullRequest, ...], width: int) -> tuple[Line, ...]:
    """A range of PRs, for the shell."""
    return rows(pulls, None, width) if pulls else (NOTHING,)


def page(pull: PullRequest, snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """One PR in full, as the open release has it."""
    review = snapshot.reviews.value.get(pull.number)
    return detail(pull, snapshot.open, width, snapshot.rehearsal.value, review)


def detail(
    pull: PullRequest,
    release: Release | None,
    width: int,
    rehearsal: Rehearsal | None = None,
    review: Review | None = None,
) -> tuple[Line, ...]:
    """One PR in full."""
    became = state(pull, release)
    tried = rehearsal.of(pull) if rehearsal else None
    facts = (
        ("author", pull.author),
        ("merged", f"{clock(pull.at)} UTC by {pull.how}"),
        ("commits", ", ".join(short(sha) for sha in pull.commits)),
        *((("state", became),) if became else ()),
        *((("revert", sentence(tried)),) if tried else ()),
        *((("review", review.verdict), ("checks", review.checks), ("url", review.url)) if review else ()),
    )
    return (
        fit((Span(f"{pull.name}  ", Tone.NEW), Span(pull.title, Tone.STRONG)), width),
        (),
        *(fit((column(name, 10, Tone.DIM), Span(value)), width) for name, value in facts),
        (),
        (Span(plural(len(pull.files), "file"), Tone.DIM),),
        *(fit((Span("  "), Span(path)), width) for path in pull.files),
    )


def text(pulls: tuple[PullRequest, ...], width: int) -> str:
    """`listing` as text."""
    return plain(listing(pulls, width))
