"""The fleet as a grid, one cell a host, and by name those that are not where they should be."""

from collections.abc import Sequence

from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, plural, short
from cockpit.views.compare import newest
from cockpit.views.rows import Line, Span, Tone, fit, rule

MOST_NAMED = 5
"""Stragglers of a tier that are named; the others are counted."""
MOVING = {
    HostState.PULLING: "p",
    HostState.PREPARED: "w",
    HostState.DRAINING: "d",
    HostState.SWITCHING: "s",
    HostState.WARMING: "h",
    HostState.REVERTING: "r",
}
LEGEND = "■ serves  p pulls  w waits for its turn  d drains  s switches  h until healthy  r reverts  ✗ failed  ? silent"


def grid(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """Every tier's hosts in lines of `width` cells, in the order of their names, and what the cells mean."""
    rows: list[Line] = []
    for tier in snapshot.policy.tiers:
        hosts = snapshot.fleet[tier.name].hosts
        rows.append(rule(f"{tier.name}  {plural(len(hosts), 'host')}", ready(snapshot, hosts), width))
        drawn = [cell(snapshot, host) for host in hosts]
        rows += [fit(_joined(drawn[start : start + width]), width) for start in range(0, len(drawn), width)]
        rows += [fit((Span(f"  {text}", tone),), width) for text, tone in _stragglers(snapshot, tier.name)]
    return (*rows, fit((Span(LEGEND, Tone.DIM),), width))


def cell(snapshot: Snapshot, host: str) -> Span:
    """One host."""
    status = snapshot.statuses.value.get(host)
    if status is None or status.silent(snapshot.now, snapshot.policy.silent_after):
        return Span("?", Tone.UNKNOWN)
    match status.state:
        case HostState.SERVING:
            return Span("■", Tone.NEW if status.build == newest(snapshot) else Tone.OLD)
        case HostState.FAILED:
            return Span("✗", Tone.BAD)
        case HostState.EMPTY:
            return Span("·", Tone.DIM)
        case moving:
            return Span(MOVING[moving], Tone.WAITING)


def ready(snapshot: Snapshot, hosts: Sequence[str]) -> Line:
    """How many of the hosts can go back at once: those that have the last good build on their disk."""
    good = snapshot.last_good
    if good is None or not hosts:
        return ()
    have = sum(1 for host in hosts if (status := snapshot.statuses.value.get(host)) and status.holds(good.id))
    tone = Tone.GOOD if have == len(hosts) else Tone.WAITING
    return (Span(f"{have} of {len(hosts)} have {short(good.id)} to go back to", tone),)


def _joined(drawn: Sequence[Span]) -> Line:
    """Neighbours of one tone as one span: ten thousand cells are some hundred spans."""
    line: list[Span] = []
    for span in drawn:
        if line and line[-1].tone is span.tone:
            line[-1] = Span(line[-1].text + span.text, span.tone)
        else:
            line.append(span)
    return tuple(line)


def _stragglers(snapshot: Snapshot, tier: str) -> list[tuple[str, Tone]]:
    """Those that failed, are silent or on their way, with state, age and last output; the worst first."""
    placed, now = snapshot.placed(tier), snapshot.now
    named: list[tuple[int, str, Tone]] = []
    for host in snapshot.fleet[tier].hosts:
        status = snapshot.statuses.value.get(host)
        if status is None:
            named.append((1, f"{host} never reported", Tone.UNKNOWN))
        elif status.silent(now, snapshot.policy.silent_after):
            named.append((1, f"{host} silent for {duration(now - status.at)}", Tone.UNKNOWN))
        elif status.state is HostState.FAILED:
            named.append((0, _told(status, now), Tone.BAD))
        elif status.state is not HostState.SERVING or (placed and status.build != placed.target.wants(host) != ""):
            named.append((2, _told(status, now), Tone.WAITING))
    named.sort(key=lambda one: one[0])
    more = [(f"and {len(named) - MOST_NAMED:,} more", Tone.DIM)] if len(named) > MOST_NAMED else []
    return [(text, tone) for _, text, tone in named[:MOST_NAMED]] + more


def _told(status: Status, now: float) -> str:
    said = f": {status.detail}" if status.detail else ""
    return f"{status.host} {status.state} for {duration(now - status.since)}{said}"
