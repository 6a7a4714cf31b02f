"""The whole picture as text, for the shell and for the screen's page of details."""

from cockpit.deploy.gate.traffic import Count
from cockpit.deploy.hosts.rollout import Rollout
from cockpit.deploy.hosts.transfer import transfer, transfer_text
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, percent, short
from cockpit.rules.commander.lease import who_commands
from cockpit.views.day import frozen, strip
from cockpit.views.headline import errors, headline
from cockpit.views.release_state import standing
from cockpit.views.rollback_readiness import sentence
from cockpit.views.rows import Line, Span, Tone, column, fit, wrap
from cockpit.views.tiers import share, state
from cockpit.views.timeline import timeline

MOST_NAMED = 20
"""Hosts of a tier that are named of each kind."""


def status(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """Release, step, build, tiers wanted and actual, stragglers by name, the verdict with its reason, ages."""
    head = headline(snapshot, width)
    return (
        head[0],
        *_standing(snapshot, width),
        *_day(snapshot, width),
        *_troubles(snapshot, width),
        (),
        *timeline(snapshot, width),
        (),
        *(fit(line, width) for line in (*_build(snapshot, width), *_numbers(snapshot))),
        (),
        *_tiers(snapshot, width),
        (),
        *_ages(snapshot, width),
        *(fit(line, width) for line in _alerts(snapshot)),
    )


def _standing(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    stand = standing(snapshot)
    return (
        (Span(f" {stand.word} ", stand.tone),),
        *((Span("  "), Span(text, Tone.STRONG)) for text in wrap(stand.sentence, width - 2, 6)),
    )


def _day(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """A freeze, and the day where there is a calendar."""
    return tuple(fit(line, width) for line in (frozen(snapshot), strip(snapshot, width)) if line)


def _troubles(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """What is wrong with a source or a record, whole."""
    lines = (text for error in errors(snapshot) for text in wrap(f"? {error}", width - 2, 4))
    return tuple((Span("  "), Span(text, Tone.UNKNOWN)) for text in lines)


def _build(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    release, good = snapshot.open, snapshot.last_good
    lines: list[Line] = []
    if release and release.builds:
        build = release.builds[-1]
        note = "" if release.build else "  (of an earlier commit; the next is being made)"
        lines.append(
            (
                Span("build      ", Tone.DIM),
                Span(short(build.id), Tone.NEW),
                Span(f"  {release.tag} at {short(build.commit)}{note}"),
            )
        )
    said = f"{short(good.id)}  at {short(good.commit)}" if good else "none: nothing to roll back to"
    back: list[Line] = []
    for number, text in enumerate(wrap((whole := sentence(snapshot)).text, width - 11, 3) if good else ()):
        back.append((Span("way back   " if number == 0 else " " * 11, Tone.DIM), Span(text, whole.tone)))
    return (*lines, (Span("last good  ", Tone.DIM), Span(said, Tone.OLD if good else Tone.UNKNOWN)), *back)


def _numbers(snapshot: Snapshot) -> tuple[Line, ...]:
    said, release = snapshot.judged.value, snapshot.open
    if said is None or release is None or said.release != release.id or release.rung < 0:
        return ()
    age = duration(snapshot.now - said.at)
    return (
        (Span("errors     ", Tone.DIM), Span(f"new {_count(said.new)}, old {_count(said.control)}")),
        (Span("soak       ", Tone.DIM), Span(f"{said.watched:.0f} of {said.soak:.0f} s, judged {age} ago")),
    )


def _count(count: Count | None) -> str:
    if count is None or not count.requests:
        return "no data"
    return f"{percent(count.rate)} ({count.errors:,} of {count.requests:,})"


def _tiers(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    lines: list[Line] = [
        (
            column("tier", 12, Tone.DIM),
            column("wanted", 8, Tone.DIM, right=True),
            column("actual", 8, Tone.DIM, right=True),
            column("hosts", 10, Tone.DIM, right=True),
            Span("   target", Tone.DIM),
        )
    ]
    for tier in snapshot.policy.tiers:
        counted, placed, part = snapshot.fleet[tier.name], snapshot.placed(tier.name), share(snapshot, tier.name)
        hosts = state(counted)
        aim = f"{short(placed.target.build)}, {placed.target.percent} %" if placed else "none"
        line: Line = (
            column(tier.name, 12, Tone.STRONG),
            column(f"{part.wanted} %" if part else "–", 8, right=True),
            column(f"{part.actual} %" if part else "–", 8, right=True),
            column(hosts.text, 10, hosts.tone, right=True),
            Span(f"   {aim}"),
        )
        pulls = wrap(transfer_text(moved), width - 4, 3) if (moved := transfer(counted)) else ()
        lines += [fit(line, width), *(fit((Span(f"    {text}", Tone.WAITING),), width) for text in pulls)]
        lines += _hosts(counted, width)
    return tuple(lines)


def _hosts(counted: Rollout, width: int) -> tuple[Line, ...]:
    kinds = (
        ("failed", counted.failed, Tone.BAD),
        ("DEAD", counted.silent, Tone.UNKNOWN),
        ("moving", counted.moving, Tone.WAITING),
    )
    lines = [
        fit((Span(f"    {word} ", tone), Span(host, tone)), width)
        for word, hosts, tone in kinds
        for host in hosts[:MOST_NAMED]
    ]
    more = sum(max(0, len(hosts) - MOST_NAMED) for _, hosts, _ in kinds)
    return (*lines, *((fit((Span(f"    and {more:,} more: see the hosts", Tone.DIM),), width),) if more else ()))


def _alerts(snapshot: Snapshot) -> tuple[Line, ...]:
    return tuple(
        (
            column("alert", 11, Tone.DIM),
            Span(f"{alert.said(snapshot.now)}  {alert.about}", Tone.DIM if alert.silenced else Tone.BAD),
        )
        for alert in snapshot.alerts.value or ()
    )


def _ages(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    slices = (
        ("releases", snapshot.log),
        ("targets", snapshot.targets),
        ("hosts", snapshot.statuses),
        ("verdict", snapshot.judged),
        ("counters", snapshot.traffic),
        *((("alerts", snapshot.alerts),) if snapshot.policy.watches_alerts else ()),
        ("main", snapshot.main),
        ("engine", snapshot.engine),
        ("commander", snapshot.commander),
        *((("rota", snapshot.rota),) if snapshot.rota.at or snapshot.rota.error else ()),
    )
    lines = []
    for name, seen in slices:
        age = seen.age(snapshot.now)
        text = "never read" if age is None else f"changed or read {duration(age)} ago"
        if name == "engine":
            text = snapshot.engine.value.name or "nobody runs it"
        if name == "commander":
            text = who_commands(snapshot) if snapshot.commander.value.name else "nobody has it"
        unsure = seen.error or age is None
        error = f"  {seen.error}" if seen.error else ""
        tone = Tone.UNKNOWN if unsure else Tone.DIM
        lines.append(fit((column(name, 11, Tone.DIM), Span(text + error, tone)), width))
    return tuple(lines)
