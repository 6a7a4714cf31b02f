"""One row a tier: what it should run, what it runs, and how the new build fares beside the old."""

from dataclasses import dataclass

from cockpit.deploy.facts import Advanced, RolledBack
from cockpit.deploy.gate.traffic import Count
from cockpit.deploy.hosts.rollout import Rollout
from cockpit.deploy.hosts.transfer import transfer
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, names, percent, short
from cockpit.deploy.tiers import Audience
from cockpit.views.build_comparison import compare, interval, newest
from cockpit.views.event_log import FRESH
from cockpit.views.release_state import doubt, is_unknown
from cockpit.views.rollback_readiness import pulling, short_of, tier_badge
from cockpit.views.rows import Line, Span, Tone, column, fit, length, rule
from cockpit.views.sparkline import sparkline, total

FIXED = 32
"""Cells of a row before its sparklines: mark, name, wanted, actual, hosts."""
LABEL = 12
"""Cells before a sparkline: which build, its rate."""
NOTES_FROM = 110
"""From this width on there is a column of notes; narrower, the headline and the status page have them."""


@dataclass(frozen=True)
class Share:
    """Of a tier's hosts: how many per cent should run the newest build, and how many are heard to do so."""

    wanted: int
    actual: int


def share(snapshot: Snapshot, tier: str) -> Share | None:
    """None where the tier has no target or no host."""
    placed, state = snapshot.placed(tier), snapshot.fleet[tier]
    if placed is None or not state.hosts:
        return None
    fresh = newest(snapshot)
    wanted = placed.target.percent if placed.target.build == fresh else 0
    return Share(wanted, round(100 * state.serving.get(fresh, 0) / len(state.hosts)))


def tiers(snapshot: Snapshot, width: int, roomy: bool = False) -> tuple[tuple[str, Line], ...]:
    """A row a tier, under its name; two rows where there is room, the old build beneath the new."""
    size = _spark(width, roomy)
    return tuple(
        (tier.name, line) for tier in snapshot.policy.tiers for line in _rows(snapshot, tier.name, width, size, roomy)
    )


def heading(snapshot: Snapshot, width: int, roomy: bool = False) -> Line:
    """The panel's title, the scale of its sparklines, and how old its numbers are."""
    size = _spark(width, roomy)
    seconds = interval(snapshot, max(1, size))
    scale = f"last {duration(seconds * size)}, a full block is {200 * snapshot.policy.gate.ceiling:g} %"
    return rule("TIERS", ages(snapshot), width, pulling(snapshot, width - 40) or (scale if size else ""))


def ages(snapshot: Snapshot) -> Line:
    """How old the hosts' reports and the counters are."""
    said: Line = ()
    newest_report = max((state.reported for state in snapshot.fleet.values()), default=0.0)
    for word, at, error, stale in (
        ("hosts", newest_report, snapshot.statuses.error, snapshot.policy.silent_after),
        ("counters", snapshot.traffic.at, snapshot.traffic.error, snapshot.policy.gate.fresh),
    ):
        age = max(0.0, snapshot.now - at)
        text = f"{word} {duration(age)}" if at else f"{word} never"
        bad = error or not at or age > stale
        said = (*said, *((Span(" · ", Tone.DIM),) if said else ()), Span(text, Tone.UNKNOWN if bad else Tone.DIM))
    return said


def state(converged: Rollout) -> Span:
    """`9/10 …`: hosts that run what they should, of all, and what is the matter with the rest."""
    text = f"{converged.converged}/{len(converged.hosts)}"
    if not converged.hosts:
        return Span("0/0 ?", Tone.UNKNOWN)
    if converged.failed:
        return Span(f"{text} ✗", Tone.BAD)
    if converged.silent:
        return Span(f"{text} ?", Tone.UNKNOWN)
    if converged.moving:
        return Span(f"{text} …", Tone.WAITING)
    return Span(f"{text} ✓", Tone.GOOD)


def changed(snapshot: Snapshot, tier: str) -> bool:
    """Whether one of its hosts has gone on to another state, or it was pointed, in the last seconds."""
    release, now = snapshot.latest, snapshot.now
    hosts = snapshot.fleet[tier].hosts
    moved = (s.since for host in hosts if (s := snapshot.statuses.value.get(host)))
    rungs = {rung for rung, step in enumerate(release.ladder) if step.tier == tier} if release else set()
    pointed = (
        event.at
        for event in (release.events[-5:] if release else ())
        if (isinstance(event.what, Advanced) and event.what.rung in rungs)
        or (isinstance(event.what, RolledBack) and tier in event.what.tiers)
    )
    return any(0 <= now - at < FRESH for at in (*moved, *pointed))


def _spark(width: int, roomy: bool) -> int:
    """Cells of one sparkline; 0 where there is no room for any."""
    notes = 36 if width >= NOTES_FROM else 0
    room = width - FIXED - notes - (LABEL + 2 if roomy else 2 * (LABEL + 2))
    size = room if roomy else room // 2
    return min(size, 120) if size >= 4 else 0


def _rows(snapshot: Snapshot, tier: str, width: int, size: int, roomy: bool) -> list[Line]:
    converged = snapshot.fleet[tier]
    part = share(snapshot, tier)
    told = f"{part.wanted}→{part.actual} %" if part else "–"
    there = part is not None and part.wanted == part.actual
    on = (Tone.NEW if part and part.wanted else Tone.DIM) if there or not part else Tone.WAITING
    hosts = state(converged)
    left: Line = (
        Span("•" if changed(snapshot, tier) else " ", Tone.STRONG),
        column(tier, 12, Tone.STRONG if part and part.wanted else Tone.PLAIN),
        column(told, 10, on, right=True),
        column(hosts.text, 9, hosts.tone, right=True),
    )
    new, old = _sparks(snapshot, tier, size)
    note = _notes(snapshot, tier, converged) if width >= NOTES_FROM else ()
    if not roomy:
        line = (*left, Span("  "), *new, Span("  "), *old, *_noted(note[:1]))
        return [fit(line, width)]
    first = fit((*left, Span("  "), *new, *_noted(note[:1])), width)
    if snapshot.policy.tier(tier).serves is Audience.NOBODY:
        return [first]
    gap = Span(" " * length(left))
    return [
        first,
        fit((gap, Span("  "), *old, *_noted(note[1:2])), width),
    ]


def _noted(note: Line) -> Line:
    return (Span("  "), *note) if note else ()


def _sparks(snapshot: Snapshot, tier: str, size: int) -> tuple[Line, Line]:
    blank: Line = (Span(" " * (size + LABEL if size else 0)),)
    if not size:
        return blank, blank
    if snapshot.policy.tier(tier).serves is Audience.NOBODY:
        return fit((Span("    no traffic", Tone.DIM),), size + LABEL), blank
    gate = snapshot.policy.gate
    part = share(snapshot, tier)
    pair = compare(snapshot, tier, interval(snapshot, size), size)
    unsure = bool(doubt(snapshot, tier))

    def half(word: str, tone: Tone, counts: tuple[Count, ...], expected: bool) -> Line:
        sum_ = total(counts)
        if not sum_.requests and not expected:
            return fit((Span(f"{word} ", Tone.DIM), column("–", 7, Tone.DIM, right=True)), size + LABEL)
        rate = percent(sum_.rate) if sum_.requests else "no data"
        said = Tone.UNKNOWN if unsure or not sum_.requests else tone
        if said is tone and sum_.rate > gate.ceiling:
            said = Tone.BAD if sum_.errors >= gate.least_errors else Tone.WAITING
        spark = sparkline(counts, gate.ceiling, tone, gate.least_errors)
        return Span(f"{word} ", Tone.DIM), column(rate, 7, said, right=True), Span(" "), *spark

    new = half("new", Tone.NEW, pair.new, part is not None and part.wanted > 0)
    return new, half("old", Tone.OLD, pair.old, part is None or part.wanted < 100)


def _notes(snapshot: Snapshot, tier: str, converged: Rollout) -> tuple[Span, ...]:
    """The verdict where the release stands here, what is the matter with hosts or counters, and the way back; a row
    takes one of them."""
    found: list[Span] = []
    release = snapshot.open
    if release and release.rung >= 0 and release.ladder[release.rung].tier == tier and not release.held:
        call = snapshot.verdict.call
        word = f"{call}?" if is_unknown(snapshot) else str(call)
        good = Tone.UNKNOWN if is_unknown(snapshot) else Tone.GOOD if call == "GO" else Tone.WAITING
        found.append(Span(f"{word}  ", good if call in {"GO", "WAIT"} else Tone.BAD))
    if converged.failed:
        found.append(Span(names(converged.failed, 1), Tone.BAD))
    elif moved := transfer(converged):
        found.append(Span(short_of(moved), Tone.WAITING))
    elif converged.silent:
        found.append(Span(f"DEAD: {names(converged.silent, 2)}", Tone.UNKNOWN))
    elif converged.moving:
        found.append(Span(names(converged.moving, 2), Tone.WAITING))
    elif (placed := snapshot.placed(tier)) is None:
        found.append(Span("no target yet", Tone.DIM))
    else:
        found.append(Span(short(placed.target.build), Tone.DIM))
    if way_back := tier_badge(snapshot, tier):
        found.append(way_back[0])
    return tuple(found)
