"""The error rate of a tier over the last minutes: points, the ceiling, and marks for steps and alerts."""

from dataclasses import dataclass
from itertools import groupby

from cockpit.deploy import facts
from cockpit.deploy.gate.traffic import Count
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.tiers import Audience
from cockpit.views.build_comparison import RatePair, compare, interval
from cockpit.views.release_state import missing_counters
from cockpit.views.sparkline import total

POINTS = 60
ZOOMS = (0.0, 300.0, 1800.0, 10_800.0)
"""Seconds a chart can show: 5 min, 30 min, 3 h; 0 is four times the longest soak."""
HEADROOM = 1.3
"""Top of the scale as a multiple of the mean error rate of an incident."""


@dataclass(frozen=True)
class Chart:
    """The data of a chart: shares of 1 over a span of time that ends now."""

    title: str
    new: tuple[float | None, ...]
    """Oldest first; None without requests."""
    old: tuple[float | None, ...]
    ceiling: float
    top: float
    """Rate at the upper edge: twice the ceiling, more only after `least_errors` errors."""
    span: float
    """Seconds from the left edge to the right edge."""
    steps: tuple[tuple[float, str], ...]
    """(position from 0 to 1, step or `rolled back`)."""
    error: str = ""
    """What data is missing; empty if nothing is."""
    alerts: tuple[tuple[float, str], ...] = ()
    """(position from 0 to 1 at which it began to fire, text of the alert), without silenced ones."""
    failed_requests: int | None = None
    """Requests that failed beyond the old build's error rate; None if unknown."""


def chart(snapshot: Snapshot, tier: str, zoom: float = 0.0) -> Chart:
    """Return the chart of `tier` over the last `zoom` seconds; 0 for four times the longest soak."""
    seconds = zoom / POINTS or interval(snapshot, POINTS, spans=4.0)
    span = seconds * POINTS
    gate = snapshot.policy.gate
    title = f"ERRORS {tier}".rstrip()
    steps = _steps(snapshot, span, seconds)
    if not tier or snapshot.policy.tier(tier).serves is Audience.NOBODY:
        return Chart(title, (), (), gate.ceiling, 2 * gate.ceiling, span, steps, "this tier serves no traffic")
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
        missing_counters(snapshot, tier),
        _alerts(snapshot, span, seconds),
        _failed_requests(pair),
    )


def focused_tier(snapshot: Snapshot, chosen: str = "") -> str:
    """Return the tier to chart: the chosen one, else the tier of the present step, else the last serving tier."""
    known = [tier.name for tier in snapshot.policy.tiers]
    if chosen in known:
        return chosen
    release = snapshot.open
    if release and release.rung >= 0:
        here = release.ladder[release.rung].tier
        if snapshot.policy.tier(here).serves is not Audience.NOBODY:
            return here
    return snapshot.policy.serving_tiers[-1].name if snapshot.policy.serving_tiers else (known[0] if known else "")


def chart_tiers(snapshot: Snapshot, tier: str, many: int) -> tuple[str, ...]:
    """Return up to `many` tiers to chart: `tier`, then other serving tiers in the order of the config."""
    others = (other.name for other in snapshot.policy.serving_tiers if other.name != tier)
    return (tier, *others)[:many]


def _rates(counts: tuple[Count, ...]) -> tuple[float | None, ...]:
    return tuple(count.rate if count.requests else None for count in counts)


def _failed_requests(pair: RatePair) -> int | None:
    new, old = total(pair.new), total(pair.old)
    return max(0, round(new.errors - new.requests * old.rate)) if new.requests and old.requests else None


def _alerts(snapshot: Snapshot, span: float, seconds: float) -> tuple[tuple[float, str], ...]:
    """Mark alerts that fire; one that began before the left edge is marked at it."""
    edge = (snapshot.now // seconds + 1) * seconds
    active = [alert for alert in snapshot.alerts.value or () if not alert.silenced]
    return tuple(sorted((max(0.0, min(1.0, 1 - (edge - a.since) / span)), a.text(snapshot.now)) for a in active))


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
    """Mark steps and rollbacks. Marks move one interval at a time, so that an idle chart is not redrawn each second."""
    release = snapshot.latest
    edge = (snapshot.now // seconds + 1) * seconds
    marks = []
    for event in release.events if release else ():
        place = min(1.0, 1 - (edge - event.at) / span)
        match event.what:
            case facts.Advanced(step=step) if place >= 0:
                marks.append((place, step))
            case facts.RolledBack() if place >= 0:
                marks.append((place, "rolled back"))
    return tuple(marks)
