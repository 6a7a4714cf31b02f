"""Who is under suspicion and why; where nobody is more likely than not, that is said first."""

from collections.abc import Sequence

from cockpit.deploy.suspects.ranking import EVEN, Suspect
from cockpit.deploy.text import clean
from cockpit.views.rows import Line, Span, Tone, column, fit

SHOWN = 10
"""Suspects that are listed: further down nobody looks."""


def ranking(ranked: Sequence[Suspect], width: int) -> tuple[Line, ...]:
    """A heading and a line a suspect, likeliest first, NONE of them at its own place."""
    if len(ranked) < 2:
        return ((Span("no PR is in this range", Tone.DIM),),)
    best = max(ranked, key=lambda suspect: suspect.score)
    shown = sorted((*ranked[:-1][:SHOWN], ranked[-1]), key=lambda one: -one.score)
    return (fit((Span(verdict(best), Tone.STRONG),), width), (), *(fit(row(suspect), width) for suspect in shown))


def verdict(best: Suspect) -> str:
    """The likeliest in a sentence, or that nobody knows."""
    if best.score < EVEN:
        return f"don't know: the likeliest is {name(best)} at {best.score:.0%}"
    return f"{name(best)} at {best.score:.0%}: {best.reason}"


def row(suspect: Suspect) -> Line:
    """One suspect: chance, name, reason, title."""
    title = f"  {suspect.pull.title}" if suspect.pull else ""
    return (
        column(f"{suspect.score:.0%}", 5, Tone.DIM if suspect.score < EVEN else Tone.STRONG, right=True),
        Span("  "),
        column(name(suspect), 10, Tone.NEW if suspect.pull else Tone.DIM),
        Span(suspect.reason),
        Span(clean(title), Tone.DIM),
    )


def name(suspect: Suspect) -> str:
    """`#12`, a short id, or `none`."""
    return suspect.pull.name if suspect.pull else "none"
