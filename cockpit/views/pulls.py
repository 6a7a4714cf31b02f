"""The PRs of a release: titles, authors, reviews, and which of them were reverted."""

from collections.abc import Iterable, Sequence

from cockpit.deploy.pulls.diff import PullDiff
from cockpit.deploy.pulls.merge_policy import Objection
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.pulls.reviews import Review, Reviews, needs_attention, review_glyphs
from cockpit.deploy.rehearsal import Rehearsal, RehearsalResult, result_label, result_sentence
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.suspects.ranking import EVEN, Suspect
from cockpit.deploy.text import duration, plural, short
from cockpit.views import pull_diff
from cockpit.views.rows import EMPTY, Line, Span, Tone, clock, column, fit, plain, rule, wrap

WIDE = 76
"""Width from which a row has whole names and the count of files."""
FULL = 100
"""Width from which a row also has the merge method."""
STALE_SECONDS = 300.0
"""Age from which reviews are shown with their age."""
MIN_CHANCE = 0.01
"""Lowest chance (share of 1) that is shown."""
NO_PULLS: Line = (Span("no PR", Tone.DIM),)


def current_pulls(snapshot: Snapshot) -> tuple[str, tuple[PullRequest, ...]]:
    """Return the title and the PRs of the list: those of the open release, else the unreleased ones."""
    if snapshot.open:
        return "PULL REQUESTS", snapshot.open.pulls
    if main := snapshot.preview.value:
        return "UNRELEASED ON MAIN", main.pulls
    return "PULL REQUESTS", snapshot.latest.pulls if snapshot.latest else ()


def reviews_age(snapshot: Snapshot) -> Line:
    """Return the age of reviews and checks if they are stale."""
    age = snapshot.reviews.age(snapshot.now) if snapshot.reviews.value else None
    if age is None or age < STALE_SECONDS:
        return ()
    return (Span(f"reviews {duration(age)} old", Tone.UNKNOWN), Span("  "))


def row(
    pull: PullRequest,
    width: int,
    revert_state: str = "",
    numbers: int = 6,
    rehearsed: RehearsalResult | None = None,
    marks: tuple[Span, ...] = (),
) -> Line:
    """Return one PR on one line, its name in `numbers` cells.

    The last column is the revert state, else the result of the rehearsed revert, else the merge method.
    """
    wide = width >= WIDE
    files = column(plural(len(pull.files), "file"), 10, Tone.DIM, right=True) if wide else Span("")
    who = 16 if wide else 9
    full = width >= FULL
    how = revert_state or (result_label(rehearsed) if rehearsed else "" if full else str(pull.method))
    doubtful = rehearsed is not None and (not rehearsed.clean or rehearsed.out_of_branch or bool(rehearsed.remaining))
    tone = Tone.WAITING if revert_state or doubtful else Tone.DIM
    fixed = (
        numbers + 1 + who + 1 + 9 + (11 if wide else 0) + (8 if full else 0) + sum(1 + len(span.text) for span in marks)
    )
    gone = Tone.DIM if revert_state == "reverted" else Tone.PLAIN
    line: Line = (
        column(pull.name, numbers, Tone.NEW if not revert_state else gone),
        column(pull.title, max(4, width - fixed), gone),
        Span(" "),
        column(pull.author, who, Tone.DIM),
        *((files, Span(" ")) if wide else ()),
        *(part for span in marks for part in (Span(" "), span)),
        *((Span(" "), column(str(pull.method), 7, Tone.DIM)) if full else ()),
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
    """Return one line for each PR.

    With `suspects` a line has the chance that the PR caused the newest error, with `reviews` the review and the checks.
    """
    listed = tuple(pulls)
    numbers = 1 + min(9, max((len(pull.name) for pull in listed), default=0))
    results = rehearsal or Rehearsal()
    return tuple(
        row(pull, width, revert_state(pull, release), numbers, results.result(pull), _marks(pull, reviews, suspects))
        for pull in listed
    )


def _marks(pull: PullRequest, reviews: Reviews | None, suspects: Sequence[Suspect]) -> tuple[Span, ...]:
    """Return the chance in four cells, and review and checks in two."""
    marks = []
    if suspects:
        suspect = suspect_for(pull, suspects)
        likely = suspect is not None and suspect.score >= EVEN
        chance = f"{suspect.score:.0%}" if suspect and suspect.score >= MIN_CHANCE else ""
        marks.append(column(chance, 4, Tone.WAITING if likely else Tone.DIM, right=True))
    if reviews:
        review = reviews.get(pull.number)
        marks.append(Span(review_glyphs(review), Tone.WAITING if needs_attention(review) else Tone.DIM))
    return tuple(marks)


def suspect_for(pull: PullRequest, suspects: Sequence[Suspect]) -> Suspect | None:
    """Return the PR's entry in the ranking."""
    return next((suspect for suspect in suspects if suspect.pull and suspect.pull.commits == pull.commits), None)


def revert_state(pull: PullRequest, release: Release | None) -> str:
    """Return `reverted`, `reverting`, or an empty string."""
    if release and pull.name in release.reverted_names:
        return "reverted"
    pending = release.pending_reverts if release else ()
    return "reverting" if any(revert.pull.commits == pull.commits for revert in pending) else ""


def listing(pulls: tuple[PullRequest, ...], width: int) -> tuple[Line, ...]:
    """Return a range of PRs, for the shell."""
    return rows(pulls, None, width) if pulls else (NO_PULLS,)


def objection_rows(objections: Sequence[Objection], width: int) -> tuple[Line, ...]:
    """Return the objections to a release after an empty line; nothing if there are none."""
    lines: list[Line] = []
    for objection in objections:
        tone = Tone.BAD if objection.refuses else Tone.WAITING
        word = "refused: " if objection.refuses else "warning: "
        for index, text in enumerate(wrap(objection.full_text, max(20, width - len(word)), 4)):
            lines.append((Span(word if index == 0 else " " * len(word), tone), Span(text)))
    return (EMPTY, *lines) if lines else ()


def page(pull: PullRequest, snapshot: Snapshot, width: int, diff: PullDiff | None = None) -> tuple[Line, ...]:
    """Return the page of a PR of the open release, with its files once the diff has been read."""
    review = snapshot.reviews.value.get(pull.number)
    suspect = suspect_for(pull, snapshot.suspects.value)
    return detail(pull, snapshot.open, width, snapshot.rehearsal.value, review, suspect, diff)


def detail(
    pull: PullRequest,
    release: Release | None,
    width: int,
    rehearsal: Rehearsal | None = None,
    review: Review | None = None,
    suspect: Suspect | None = None,
    diff: PullDiff | None = None,
) -> tuple[Line, ...]:
    """Return everything about one PR except its diff."""
    rehearsed = rehearsal.result(pull) if rehearsal else None
    state = revert_state(pull, release)
    fields = (
        ("author", pull.author),
        ("merged", f"{clock(pull.at)} UTC by {pull.method}"),
        ("commits", ", ".join(short(sha) for sha in pull.commits)),
        *((("state", state),) if state else ()),
        *((("suspect", f"{suspect.score:.0%}: {suspect.reason}"),) if suspect else ()),
        *((("revert", result_sentence(rehearsed)),) if rehearsed else ()),
        *((("review", review.state), ("checks", review.checks), ("url", review.url)) if review else ()),
    )
    return (
        *((Span(text, Tone.STRONG),) for text in wrap(f"{pull.name}  {pull.title}", width, 3)),
        (),
        *(line for name, value in fields for line in _field(name, value, width)),
        *_description(review, diff, width),
        (),
        *(pull_diff.files(diff, width) if diff else _file_names(pull, width)),
    )


def _field(name: str, value: str, width: int) -> tuple[Line, ...]:
    label = column(name, 10, Tone.DIM)
    lines = wrap(value, max(10, width - 10), 4)
    return tuple(fit((label if n == 0 else Span(" " * 10), Span(text)), width) for n, text in enumerate(lines))


def _description(review: Review | None, diff: PullDiff | None, width: int) -> tuple[Line, ...]:
    """Return the description from the forge, else the commit message, and the commits of a merge."""
    body = (review.body if review else ()) or (diff.message if diff else ())
    lines: tuple[Line, ...] = ((), rule("DESCRIPTION", (), width), *pull_diff.description(body, width)) if body else ()
    if diff and len(diff.commits) > 1:
        listed = (fit((Span("· ", Tone.DIM), Span(subject)), width) for subject in diff.commits)
        lines = (*lines, (), rule("COMMITS", (), width), *listed)
    return lines


def _file_names(pull: PullRequest, width: int) -> tuple[Line, ...]:
    files = (fit((Span("  "), Span(path)), width) for path in pull.files)
    return ((Span(plural(len(pull.files), "file"), Tone.DIM),), *files)


def text(pulls: tuple[PullRequest, ...], width: int) -> str:
    """Return `listing` as text."""
    return plain(listing(pulls, width))
