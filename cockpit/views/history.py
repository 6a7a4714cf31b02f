"""Past releases, one line each, and the events of one release."""

from cockpit.deploy.release import End, Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean_lines, duration, plural
from cockpit.rules.record.past_verdicts import verdicts_at_decisions
from cockpit.views import event_log
from cockpit.views.rows import Line, Span, Tone, clock, column, fit, wrap

INDENT = 29
"""Cells before the sentence of an event."""
MAX_LINES = 6

NO_RELEASES: Line = (Span("no release yet", Tone.DIM),)


def releases(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """List releases, newest first: id, time, outcome, PRs and duration."""
    return tuple(_release(release, width) for release in reversed(snapshot.log.value.releases)) or (NO_RELEASES,)


def events(release: Release, width: int) -> tuple[Line, ...]:
    """List events, oldest first, with reason and verdict at that time; the output of a failure follows line by line."""
    lines: list[Line] = []
    verdicts = verdicts_at_decisions(release)
    for event in release.events:
        first, *rest = clean_lines(event_log.sentence(event))
        lines.append(
            fit(
                (
                    Span(clock(event.at) if event.at else "--:--:--", Tone.DIM),
                    Span("  "),
                    column(event.by or "-", 18, Tone.DIM),
                    Span(" "),
                    Span(first, event_log.tone(event)),
                ),
                width,
            )
        )
        lines += [fit((Span(" " * INDENT), Span(line, Tone.DIM)), width) for line in rest]
        if why := event_log.reason(event):
            lines += _beneath(f"why: {why}", Tone.STRONG, width)
        if event.number in verdicts:
            lines += _beneath(f"verdict: {verdicts[event.number]}", Tone.DIM, width)
    return tuple(lines)


def _beneath(text: str, tone: Tone, width: int) -> list[Line]:
    """Return the whole text, over as many lines as it needs."""
    return [
        fit((Span(" " * INDENT), Span(line, tone)), width) for line in wrap(text, max(20, width - INDENT), MAX_LINES)
    ]


def _release(release: Release, width: int) -> Line:
    began = release.events[0]
    end, tone = _end(release)
    return fit(
        (
            column(release.id, 14, Tone.STRONG),
            column(clock(began.at), 9, Tone.DIM),
            column(end, 25, tone),
            column(plural(len(release.pulls), "PR"), 7),
            column(f"{len(release.reverted_names)} reverted" if release.reverted_names else "", 11, Tone.WAITING),
            column(duration(release.ended_at - began.at), 12, Tone.DIM),
            Span(f"by {began.by}" if width >= 100 else "", Tone.DIM),
        ),
        width,
    )


def _end(release: Release) -> tuple[str, Tone]:
    if release.taken_back:
        return str(release.taken_back), Tone.BAD
    match release.end:
        case End.FINISHED:
            return "finished", Tone.GOOD
        case End.ABANDONED:
            return "abandoned", Tone.WAITING
        case None:
            return f"open at {release.step}" if release.step else "open", Tone.NEW
