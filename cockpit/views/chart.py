"""The focused tier's error rate over the last minutes: points, ceiling and the moments a step was taken."""

from dataclasses import dataclass
from itertools import groupby

from cockpit.deploy.facts import Advanced, RolledBack
from cockpit.deploy.gate.traffic import Count
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.tiers import Audience
from cockpit.views.build_comparison import RatePair, compare, interval
from cockpit.views.release_state import doubt
from cockpit.views.sparkline import total

POINTS = 60
ZOOMS = (0.0, 300.0, 1800.0, 10_800.0)
"""Seconds that the chart can be asked to show: 5 min, 30 min, 3 h; 0 is what suits the ladder."""
HEADROOM = 1.3
"""What the scale leaves above the mean of an incident."""


@dataclass(frozen=True)
class Chart:
    """All a chart shows, in shares of 1 over a fixed span of time that ends now."""

    title: str
    new: tuple[float | None, ...]
    """Oldest first; None without requests."""
    old: tuple[float | None, ...]
    ceiling: float
    top: float
    """What the upper edge stands for: twice the ceiling, more only once there are errors enough to believe."""
    span: float
    """Seconds from the left edge to the right."""
    steps: tuple[tuple[float, str], ...]
    """(place from 0 to 1, what was taken there)."""
    error: str = ""
    """What is missing, where anything is."""
    alerts: tuple[tuple[float, str], ...] = ()
    """(place from 0 to 1 where it began to fire, the alert in words), silenced ones left out."""
    burnt: int | None = None
    """Requests that failed with the builds of this release and would not have at the old build's rate; None where that
    is not known."""


def chart(snapshot: Snapshot, tier: str, zoom: float = 0.0) -> Chart:
    """The chart of `tier` over the last `zoom` seconds; 0 for four times the longest soak."""
    seconds = zoom / POINTS or interval(snapshot, POINTS, spans=4.0)
    span = seconds * POINTS
    gate = snapshot.policy.gate
    title = f"ERRORS {tier}".rstrip()
    steps = _steps(snapshot, span, seconds)
    if not tier or snapshot.policy.tier(tier).serves is Audience.NOBODY:
        return Chart(
            title, (), (), gate.ceiling, 2 * gate.ceiling, span, steps, "it serves nobody: no traffic to count"
        )
    pair = compare(snapshot, tier, seconds, POINTS)
    top = _top((*pair.new, *pair.old), gate.ceiling, gate.least_errors)
    return Chart(
        title,
        _rates(pair.new),
        _rates(pair.old),
        gate.ceiling,
        top,
        span,
        steps,
        doubt(snapshot, tier),
        _alerts(snapshot, span, seconds),
        _burnt(pair),
    )


def focus(snapshot: Snapshot, chosen: str = "") -> str:
    """The tier whose chart is shown: the chosen one, else where the release stands, else the first with traffic."""
    known = [tier.name for tier in snapshot.policy.tiers]
    if chosen in known:
        return chosen
    release = snapshot.open
    if release and release.rung >= 0:
        here = release.ladder[release.rung].tier
        if snapshot.policy.tier(here).serves is not Audience.NOBODY:
            return here
    return snapshot.policy.serving[-1].name if snapshot.policy.serving else (known[0] if known else "")


def beside(snapshot: Snapshot, tier: str, many: int) -> tuple[str, ...]:
    """That tier, and up to `many` in all of those that have traffic, in the order of the config."""
    others = (other.name for other in snapshot.policy.serving if other.name != tier)
    return (tier, *others)[:many]


def _rates(counts: tuple[Count, ...]) -> tuple[float | None, ...]:
    return tuple(count.rate if count.requests else None for count in counts)


def _burnt(pair: RatePair) -> int | None:
    new, old = total(pair.new), total(pair.old)
    return max(0, round(new.errors - new.requests * old.rate)) if new.requests and old.requests else None


def _alerts(snapshot: Snapshot, span: float, seconds: float) -> tuple[tuple[float, str], ...]:
    """Those that began before the left edge stand at it."""
    edge = (snapshot.now // seconds + 1) * seconds
    heard = [alert for alert in snapshot.alerts.value or () if not alert.silenced]
    return tuple(sorted((max(0.0, min(1.0, 1 - (edge - a.since) / span)), a.said(snapshot.now)) for a in heard))


def _top(counts: tuple[Count, ...], ceiling: float, least_errors: int) -> float:
    worst = 0.0
    for over, run in groupby(counts, lambda count: bool(count.requests) and count.rate > ceiling):
        errors = total(tuple(run)) if over else Count()
        if errors.errors >= least_errors:
            worst = max(worst, HEADROOM * errors.rate)
    top = 2 * ceiling or 0.02
    while top < worst and top < 1.0:
        top *= 2
    return min(1.0, top)


def _steps(snapshot: Snapshot, span: float, seconds: float) -> tuple[tuple[float, str], ...]:
    """Markers move with the points, one interval at a time, so that a quiet chart is not painted every second."""
    release = snapshot.latest
    edge = (snapshot.now // seconds + 1) * seconds
    found = []
    for event in release.events if release else ():
        place = min(1.0, 1 - (edge - event.at) / span)
        match event.what:
            case Advanced(_, step) if place >= 0:
                found.append((place, step))
            case RolledBack() if place >= 0:
                found.append((place, "rolled back"))
    return tuple(found)
