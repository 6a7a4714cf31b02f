"""One row for each tier: hosts on the new build, healthy hosts, and the error rates of the new and the old build."""

from dataclasses import dataclass

from cockpit.deploy import facts
from cockpit.deploy.gate.traffic import Count
from cockpit.deploy.hosts.rollout import Rollout
from cockpit.deploy.hosts.transfer import transfer
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, names, percent, short
from cockpit.deploy.tiers import Audience
from cockpit.views.build_comparison import compare, interval, newest
from cockpit.views.event_log import HIGHLIGHT_SECONDS
from cockpit.views.release_state import is_unknown, missing_counters
from cockpit.views.rollback_readiness import busiest_transfer, tier_badge, transfer_summary
from cockpit.views.rows import Line, Span, Tone, cells, column, fit, length, rule
from cockpit.views.sparkline import sparkline, total

TITLE = "TIERS"
NEW_BUILD, HEALTHY = "new build", "healthy"
"""Column labels: in the heading of a narrow panel, in each row of a roomy one."""
NAME = 13
"""Cells of the mark and the name of a tier."""
LABEL = 12
"""Cells before a sparkline: which build, and its rate."""
NOTES_FROM = 110
"""Width from which there is a column of notes; a narrower screen has them in the headline and on the status page."""
NOTES = 36


@dataclass(frozen=True)
class Share:
    """How much of a tier is on the newest build: wanted and actual per cent, and the count of hosts."""

    wanted: int
    actual: int
    running: int
    hosts: int

    def __str__(self) -> str:
        return f"{self.running} of {self.hosts}"


@dataclass(frozen=True)
class _Columns:
    """Cells of the two columns of host counts, as wide as their longest text."""

    new_build: int
    healthy: int
    labelled: bool
    """Whether each row repeats the labels."""

    @property
    def size(self) -> int:
        labels = len(NEW_BUILD) + len(HEALTHY) + 2 if self.labelled else 0
        return NAME + 1 + self.new_build + 2 + self.healthy + labels


def share(snapshot: Snapshot, tier: str) -> Share | None:
    """Return the share of the newest build; None if the tier has no target or no host."""
    stored, rollout = snapshot.stored_target(tier), snapshot.fleet[tier]
    if stored is None or not rollout.hosts:
        return None
    build, hosts = newest(snapshot), len(rollout.hosts)
    running = rollout.serving.get(build, 0)
    wanted = stored.target.percent if stored.target.build == build else 0
    return Share(wanted, round(100 * running / hosts), running, hosts)


def tiers(snapshot: Snapshot, width: int, roomy: bool = False) -> tuple[tuple[str, Line], ...]:
    """Return (tier, row) for each tier; two rows each if `roomy`, the old build below the new."""
    columns = _columns(snapshot, roomy)
    size = _sparkline_size(columns, width, roomy)
    return tuple(
        (tier.name, line)
        for tier in snapshot.policy.tiers
        for line in _rows(snapshot, tier.name, width, columns, size, roomy)
    )


def heading(snapshot: Snapshot, width: int, roomy: bool = False, gutter: int = 0) -> Line:
    """Return the panel's title with column labels, the scale of the sparklines, and the age of the data.

    `gutter` is the number of cells of `width` that the panel puts before each row.
    """
    columns, right = _columns(snapshot, roomy), ages(snapshot)
    size = _sparkline_size(columns, width - gutter, roomy)
    moving = busiest_transfer(snapshot, width - 40)
    labels = "" if columns.labelled else _labels(columns, gutter)
    gap = "  " if labels else ""
    scales: tuple[str, ...] = ()
    if size:
        seconds, top = duration(interval(snapshot, size) * size), f"{200 * snapshot.policy.gate.ceiling:g} %"
        scales = (f"{gap}last {seconds}, a full block is {top}", f"{gap}{seconds}, max {top}")
    notes = (f"{labels}{gap}{moving}", moving) if moving else (*(f"{labels}{scale}" for scale in scales), labels)
    note = next((text for text in notes if len(TITLE) + cells(text) + length(right) + 6 <= width), notes[-1])
    return rule(TITLE, right, width, note)


def ages(snapshot: Snapshot) -> Line:
    """Return the ages of the newest host report and of the counters."""
    line: Line = ()
    newest_report = max((rollout.last_report for rollout in snapshot.fleet.values()), default=0.0)
    for word, at, error, stale in (
        ("hosts", newest_report, snapshot.statuses.error, snapshot.policy.silent_after),
        ("counters", snapshot.traffic.at, snapshot.traffic.error, snapshot.policy.gate.fresh),
    ):
        age = max(0.0, snapshot.now - at)
        text = f"{word} {duration(age)}" if at else f"{word} never"
        bad = error or not at or age > stale
        line = (*line, *((Span(" · ", Tone.DIM),) if line else ()), Span(text, Tone.UNKNOWN if bad else Tone.DIM))
    return line


def healthy_hosts(rollout: Rollout) -> Span:
    """Return `9/10 …`: hosts that serve what their target says, of all, and a mark for the state of the rest."""
    text = f"{rollout.ready}/{len(rollout.hosts)}"
    if not rollout.hosts:
        return Span("0/0 ?", Tone.UNKNOWN)
    if rollout.failed:
        return Span(f"{text} ✗", Tone.BAD)
    if rollout.silent:
        return Span(f"{text} ?", Tone.UNKNOWN)
    if rollout.moving:
        return Span(f"{text} …", Tone.WAITING)
    return Span(f"{text} ✓", Tone.GOOD)


def recently_changed(snapshot: Snapshot, tier: str) -> bool:
    """Whether a host of the tier changed its state, or the tier its target, in the last `HIGHLIGHT_SECONDS`."""
    release, now = snapshot.latest, snapshot.now
    hosts = snapshot.fleet[tier].hosts
    moved = (status.since for host in hosts if (status := snapshot.statuses.value.get(host)))
    rungs = {rung for rung, step in enumerate(release.ladder) if step.tier == tier} if release else set()
    targeted = (
        event.at
        for event in (release.events[-5:] if release else ())
        if (isinstance(event.what, facts.Advanced) and event.what.rung in rungs)
        or (isinstance(event.what, facts.RolledBack) and tier in event.what.tiers)
    )
    return any(0 <= now - at < HIGHLIGHT_SECONDS for at in (*moved, *targeted))


def _columns(snapshot: Snapshot, roomy: bool) -> _Columns:
    shares = (share(snapshot, tier.name) for tier in snapshot.policy.tiers)
    counts = (cells(healthy_hosts(snapshot.fleet[tier.name]).text) for tier in snapshot.policy.tiers)
    new_build = max((cells(str(part)) for part in shares if part), default=1)
    healthy = max(counts, default=1)
    if roomy:
        return _Columns(new_build, healthy, labelled=True)
    return _Columns(max(new_build, len(NEW_BUILD)), max(healthy, len(HEALTHY)), labelled=False)


def _labels(columns: _Columns, gutter: int) -> str:
    """Return the labels, placed over the columns of the rows; the note of a rule starts two cells after its title."""
    first = gutter + NAME + 1 + columns.new_build - len(TITLE) - 2
    return f"{NEW_BUILD:>{first}}{HEALTHY:>{2 + columns.healthy}}"


def _sparkline_size(columns: _Columns, width: int, roomy: bool) -> int:
    """Return the cells of one sparkline; 0 if there is no room for any."""
    notes = NOTES if width >= NOTES_FROM else 0
    room = width - columns.size - notes - (LABEL + 2 if roomy else 2 * (LABEL + 2))
    size = room if roomy else room // 2
    return min(size, 120) if size >= 4 else 0


def _rows(snapshot: Snapshot, tier: str, width: int, columns: _Columns, size: int, roomy: bool) -> list[Line]:
    left = _counts(snapshot, tier, columns)
    new, old = _sparklines(snapshot, tier, size)
    notes = _notes(snapshot, tier, snapshot.fleet[tier]) if width >= NOTES_FROM else ()
    if not roomy:
        return [fit((*left, Span("  "), *new, Span("  "), *old, *_gap_before(notes[:1])), width)]
    first = fit((*left, Span("  "), *new, *_gap_before(notes[:1])), width)
    if snapshot.policy.tier(tier).serves is Audience.NOBODY:
        return [first]
    return [first, fit((Span(" " * length(left)), Span("  "), *old, *_gap_before(notes[1:2])), width)]


def _counts(snapshot: Snapshot, tier: str, columns: _Columns) -> Line:
    """Return the mark, the name and the two host counts of a tier."""
    part, hosts = share(snapshot, tier), healthy_hosts(snapshot.fleet[tier])
    on_target = part is None or part.wanted == part.actual
    tone = (Tone.NEW if part and part.wanted else Tone.DIM) if on_target else Tone.WAITING
    new_label, healthy_label = (f"{NEW_BUILD} ", f"{HEALTHY} ") if columns.labelled else ("", "")
    return (
        Span("•" if recently_changed(snapshot, tier) else " ", Tone.STRONG),
        column(tier, NAME - 1, Tone.STRONG if part and part.wanted else Tone.PLAIN),
        Span(f" {new_label}", Tone.DIM),
        column(str(part) if part else "–", columns.new_build, tone, right=True),
        Span(f"  {healthy_label}", Tone.DIM),
        column(hosts.text, columns.healthy, hosts.tone, right=True),
    )


def _gap_before(notes: Line) -> Line:
    return (Span("  "), *notes) if notes else ()


def _sparklines(snapshot: Snapshot, tier: str, size: int) -> tuple[Line, Line]:
    blank: Line = (Span(" " * (size + LABEL if size else 0)),)
    if not size:
        return blank, blank
    if snapshot.policy.tier(tier).serves is Audience.NOBODY:
        return fit((Span("    no traffic", Tone.DIM),), size + LABEL), blank
    gate = snapshot.policy.gate
    part = share(snapshot, tier)
    pair = compare(snapshot, tier, interval(snapshot, size), size)
    unknown = bool(missing_counters(snapshot, tier))

    def half(word: str, tone: Tone, counts: tuple[Count, ...], expected: bool) -> Line:
        sum_ = total(counts)
        if not sum_.requests and not expected:
            return fit((Span(f"{word} ", Tone.DIM), column("–", 7, Tone.DIM, right=True)), size + LABEL)
        rate = percent(sum_.rate) if sum_.requests else "no data"
        rate_tone = Tone.UNKNOWN if unknown or not sum_.requests else tone
        if rate_tone is tone and sum_.rate > gate.ceiling:
            rate_tone = Tone.BAD if sum_.errors >= gate.least_errors else Tone.WAITING
        spark = sparkline(counts, gate.ceiling, tone, gate.least_errors)
        return Span(f"{word} ", Tone.DIM), column(rate, 7, rate_tone, right=True), Span(" "), *spark

    new = half("new", Tone.NEW, pair.new, part is not None and part.wanted > 0)
    return new, half("old", Tone.OLD, pair.old, part is None or part.wanted < 100)


def _notes(snapshot: Snapshot, tier: str, rollout: Rollout) -> tuple[Span, ...]:
    """Return the verdict if the release is at this tier, then problems of hosts, then rollback readiness.

    A row shows one note.
    """
    notes: list[Span] = []
    release = snapshot.open
    if release and release.rung >= 0 and release.ladder[release.rung].tier == tier and not release.held:
        call = snapshot.verdict.call
        word = f"{call}?" if is_unknown(snapshot) else str(call)
        good = Tone.UNKNOWN if is_unknown(snapshot) else Tone.GOOD if call == "GO" else Tone.WAITING
        notes.append(Span(f"{word}  ", good if call in {"GO", "WAIT"} else Tone.BAD))
    if rollout.failed:
        notes.append(Span(names(rollout.failed, 1), Tone.BAD))
    elif current := transfer(rollout):
        notes.append(Span(transfer_summary(current), Tone.WAITING))
    elif rollout.silent:
        notes.append(Span(f"silent: {names(rollout.silent, 2)}", Tone.UNKNOWN))
    elif rollout.moving:
        notes.append(Span(names(rollout.moving, 2), Tone.WAITING))
    elif (stored := snapshot.stored_target(tier)) is None:
        notes.append(Span("no target yet", Tone.DIM))
    else:
        notes.append(Span(short(stored.target.build), Tone.DIM))
    return (*notes, *tier_badge(snapshot, tier))
