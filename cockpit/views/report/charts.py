"""Error-rate charts of a release from the recorded traffic."""

from collections.abc import Sequence

from cockpit.deploy import facts
from cockpit.deploy.facts import Call
from cockpit.deploy.gate.traffic import Count
from cockpit.deploy.policy import Policy
from cockpit.deploy.record.traffic_pages import Bucket
from cockpit.deploy.release import Release
from cockpit.views.report.svg import Drawing


def drawings(release: Release, policy: Policy, buckets: Sequence[Bucket]) -> tuple[tuple[str, Drawing], ...]:
    """Return (tier, chart) for every serving tier with recorded traffic."""
    own = frozenset(build.id for build in release.builds)
    marks = chart_marks(release)
    charts = []
    for tier in policy.serving_tiers:
        new = _series(buckets, tier.name, own, of_release=True)
        old = _series(buckets, tier.name, own, of_release=False)
        if any(rate is not None for _, rate in (*new, *old)):
            title = f"Errors on {tier.name}, share of requests"
            charts.append((tier.name, Drawing(title, new, old, policy.gate.ceiling, marks)))
    return tuple(charts)


def chart_marks(release: Release) -> tuple[tuple[float, str], ...]:
    """Return (time, text) of each mark that all charts share: steps, bad verdicts, rollbacks and restorations."""
    marks = []
    for event in release.events:
        match event.what:
            case facts.Advanced(step=step):
                marks.append((event.at, step))
            case facts.Judged(call=call) if call in (Call.HOLD, Call.ROLL_BACK):
                marks.append((event.at, str(call)))
            case facts.RolledBack():
                marks.append((event.at, "rolled back"))
            case facts.Restored(when=when):
                marks.append((when, "all hosts back"))
            case _:
                pass
    return tuple(sorted(marks))


def _series(
    buckets: Sequence[Bucket], tier: str, own: frozenset[str], of_release: bool
) -> tuple[tuple[float, float | None], ...]:
    points: list[tuple[float, float | None]] = []
    for bucket in buckets:
        if points and bucket.since - points[-1][0] > 1.5 * (bucket.until - bucket.since):
            points.append((bucket.since, None))
        counts = (count for key, count in bucket.counts.items() if key[0] == tier and (key[1] in own) is of_release)
        total = sum(counts, Count())
        points.append(((bucket.since + bucket.until) / 2, total.rate if total.requests else None))
    return tuple(points)
