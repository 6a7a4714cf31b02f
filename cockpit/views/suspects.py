"""The PRs suspected of an error, with reasons; the first line says if no PR is likely."""

from collections.abc import Sequence

from cockpit.deploy.suspects.ranking import EVEN, Suspect
from cockpit.deploy.text import clean
from cockpit.views.rows import Line, Span, Tone, column, fit

MAX_SUSPECTS = 10
"""Suspects listed."""


def ranking(ranked: Sequence[Suspect], width: int) -> tuple[Line, ...]:
    """Return a heading and one line for each suspect, likeliest first, `none` among them."""
    if len(ranked) < 2:
        return ((Span("no PR in this range", Tone.DIM),),)
    best = max(ranked, key=lambda suspect: suspect.score)
    shown = sorted((*ranked[:-1][:MAX_SUSPECTS], ranked[-1]), key=lambda suspect: -suspect.score)
    return (fit((Span(verdict(best), Tone.STRONG),), width), (), *(fit(row(suspect), width) for suspect in shown))


def verdict(best: Suspect) -> str:
    """Return the likeliest suspect in a sentence, or that none is likely."""
    if best.score < EVEN:
        return f"no likely suspect: the best candidate is {name(best)} at {best.score:.0%}"
    return f"{name(best)} at {best.score:.0%}: {best.reason}"


def row(suspect: Suspect) -> Line:
    """Return one suspect: chance, name, reason, title."""
    title = f"  {suspect.pull.title}" if suspect.pull else ""
    return (
        column(f"{suspect.score:.0%}", 5, Tone.DIM if suspect.score < EVEN else Tone.STRONG, right=True),
        Span("  "),
        column(name(suspect), 10, Tone.NEW if suspect.pull else Tone.DIM),
        Span(suspect.reason),
        Span(clean(title), Tone.DIM),
    )


def name(suspect: Suspect) -> str:
    """Return `#12`, a short commit id, or `none`."""
    return suspect.pull.name if suspect.pull else "none"
