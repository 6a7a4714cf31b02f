"""Which tiers and releases have a change, as rows and as JSON."""

from typing import Any, assert_never

from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.schedule.time_format import to_utc
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, duration, names, plural, short
from cockpit.rules.record.whereis import Basis, ChangeStage, SoughtChange, TierPresence, Whereabouts, whereis
from cockpit.views.rows import EMPTY, Line, Span, Tone, column, fit, wrap

_TONES = {
    ChangeStage.NOT_MERGED: Tone.UNKNOWN,
    ChangeStage.UNRELEASED: Tone.WAITING,
    ChangeStage.REVERTED: Tone.BAD,
    ChangeStage.RELEASED: Tone.PLAIN,
}


def sentence(result: Whereabouts) -> str:
    """Say how far the change has come."""
    name = result.change.name
    match result.stage:
        case ChangeStage.NOT_MERGED:
            return f"{name} is not on main: not merged, or no such change"
        case ChangeStage.UNRELEASED:
            return f"{name} is on main and in no release yet"
        case ChangeStage.REVERTED:
            return f"{name} was reverted in {result.reverted}"
        case ChangeStage.RELEASED:
            later = f" and {plural(len(result.releases) - 1, 'release')} after it" if len(result.releases) > 1 else ""
            return f"{name} is in {result.releases[0]}{later}"
        case _:
            assert_never(result.stage)


def rows(result: Whereabouts, now: float, width: int) -> tuple[Line, ...]:
    """Return the change, how far it has come, and one line for each tier."""
    change = result.change
    longest = max((len(tier.tier) for tier in result.tiers), default=0)
    lines: list[Line] = []
    if change.title:
        lines.append(fit((Span(f"{change.name}  ", Tone.NEW), Span(clean(change.title), Tone.STRONG)), width))
    lines.append(fit((Span(sentence(result), _TONES[result.stage]),), width))
    if result.stage in (ChangeStage.RELEASED, ChangeStage.REVERTED):
        lines += [EMPTY, *(_tier(tier, longest, now, width) for tier in result.tiers)]
    notes = [] if result.basis is Basis.HISTORY else [f"based on {result.basis}"]
    notes += [result.error] if result.error else []
    for note in notes:
        lines += [EMPTY, *((Span(text, Tone.UNKNOWN),) for text in wrap(clean(note), width, 3))]
    return tuple(lines)


def page(pull: PullRequest, snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """Return the rows of a PR from the snapshot alone, without the repository."""
    change = SoughtChange(pull.name, pull.title, pull.commits[-1] if pull.commits else "", pull)
    return rows(whereis(snapshot, change), snapshot.now, width)


def progress(result: Whereabouts) -> str:
    """Return one line for `whereis --wait`: `staging 1/1  production 3/10`."""
    return "  ".join(f"{tier.tier} {tier.running}/{tier.hosts}" for tier in result.tiers)


def as_json(result: Whereabouts, reached: bool) -> dict[str, Any]:
    """Return the same for `--json`; shares are of 1, times seconds since the epoch."""
    pull = result.change.pull
    return {
        "name": result.change.name,
        "title": result.change.title,
        "number": (pull.number or None) if pull else None,
        "commit": result.change.commit or None,
        "stage": str(result.stage),
        "releases": list(result.releases),
        "reverted_in": result.reverted or None,
        "share": result.share,
        "reached": reached,
        "tiers": [
            {
                "tier": tier.tier,
                "hosts": tier.hosts,
                "running": tier.running,
                "share": tier.share,
                "since": tier.since or None,
                "unknown": list(tier.unknown),
            }
            for tier in result.tiers
        ],
        "basis": str(result.basis),
        "error": result.error or None,
    }


def _tier(tier: TierPresence, longest: int, now: float, width: int) -> Line:
    complete = tier.hosts > 0 and tier.running == tier.hosts
    tone = Tone.GOOD if complete else Tone.WAITING if tier.running else Tone.DIM
    since = ""
    if tier.since:
        since = f"since {to_utc(tier.since):%Y-%m-%d %H:%M:%S} UTC, {duration(now - tier.since)} ago"
    unknown = f"{plural(len(tier.unknown), 'host')} unknown: {names(tier.unknown)}" if tier.unknown else ""
    line: Line = (
        Span("  "),
        column(tier.tier, longest, Tone.STRONG),
        column(f"{tier.share:.0%}", 6, tone, right=True),
        column(f"{tier.running:,} of {plural(tier.hosts, 'host')}", 18, Tone.DIM, right=True),
        Span("  "),
        *((Span(f"{unknown}  ", Tone.UNKNOWN),) if unknown else ()),
        Span(since, Tone.DIM),
    )
    return fit(line, width)


def heading(pull: PullRequest) -> str:
    """Return the heading of the page."""
    return f"WHERE IS {pull.name or short(pull.commits[-1])}"
