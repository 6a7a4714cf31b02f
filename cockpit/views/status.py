"""The state of everything as text, for `cockpit status` and the details page of the screen."""

from cockpit.deploy.gate.traffic import Count
from cockpit.deploy.hosts.rollout import Rollout
from cockpit.deploy.hosts.transfer import transfer, transfer_text
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, percent, short
from cockpit.views.day import day_strip, freeze_banner
from cockpit.views.headline import errors, headline
from cockpit.views.release_state import release_state
from cockpit.views.rollback_readiness import readiness_sentence
from cockpit.views.rows import Line, Span, Tone, cells, column, fit, wrap
from cockpit.views.tiers import HEALTHY, NEW_BUILD, healthy_hosts, share
from cockpit.views.timeline import timeline

MAX_NAMED = 20
"""Hosts of a tier that are named in each list."""
LABEL = 12
"""Cells of the labels at the left."""


def status(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """Return the release and its state, the builds, every tier with its stragglers, and the age of each source."""
    head = headline(snapshot, width)
    return (
        head[0],
        *_state(snapshot, width),
        *_day(snapshot, width),
        *_errors(snapshot, width),
        (),
        *timeline(snapshot, width),
        (),
        *(fit(line, width) for line in (*_build(snapshot, width), *_judgement(snapshot))),
        (),
        *_tiers(snapshot, width),
        (),
        *_ages(snapshot, width),
        *(fit(line, width) for line in _alerts(snapshot)),
    )


def _state(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    state = release_state(snapshot)
    return (
        (Span(f" {state.word} ", state.tone),),
        *((Span("  "), Span(text, Tone.STRONG)) for text in wrap(state.sentence, width - 2, 6)),
    )


def _day(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """Return a freeze, and the strip of the day if there is a calendar."""
    return tuple(fit(line, width) for line in (freeze_banner(snapshot), day_strip(snapshot, width)) if line)


def _errors(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    lines = (text for error in errors(snapshot) for text in wrap(f"? {error}", width - 2, 4))
    return tuple((Span("  "), Span(text, Tone.UNKNOWN)) for text in lines)


def _build(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    release, good = snapshot.open, snapshot.last_good
    lines: list[Line] = []
    if release and release.builds:
        build = release.builds[-1]
        note = "" if release.build else "  (of an earlier commit; the next build is under way)"
        text = f"  {release.tag} at {short(build.commit)}{note}"
        lines.append((column("build", LABEL, Tone.DIM), Span(short(build.id), Tone.NEW), Span(text)))
    text = f"{short(good.id)}  at {short(good.commit)}" if good else "none: nothing to roll back to"
    lines.append((column("last good", LABEL, Tone.DIM), Span(text, Tone.OLD if good else Tone.UNKNOWN)))
    readiness = readiness_sentence(snapshot)
    for number, text in enumerate(wrap(readiness.text, width - LABEL, 3) if good else ()):
        lines.append((column("rollback" if number == 0 else "", LABEL, Tone.DIM), Span(text, readiness.tone)))
    return tuple(lines)


def _judgement(snapshot: Snapshot) -> tuple[Line, ...]:
    judgement, release = snapshot.judgement.value, snapshot.open
    if judgement is None or release is None or not judgement.is_about(release) or release.rung < 0:
        return ()
    age = duration(snapshot.now - judgement.at)
    errors_text = f"new {_count(judgement.new)}, old {_count(judgement.control)}"
    soak = f"{judgement.watched:.0f} of {judgement.soak:.0f} s, judged {age} ago"
    return (
        (column("errors", LABEL, Tone.DIM), Span(errors_text)),
        (column("soak", LABEL, Tone.DIM), Span(soak)),
    )


def _count(count: Count | None) -> str:
    if count is None or not count.requests:
        return "no data"
    return f"{percent(count.rate)} ({count.errors:,} of {count.requests:,})"


def _tiers(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    tiers = [tier.name for tier in snapshot.policy.tiers]
    shares = {tier: share(snapshot, tier) for tier in tiers}
    counts = max((cells(str(part)) for part in shares.values() if part), default=1)
    sizes = (max(10, counts + 1), 8, max(10, *(cells(healthy_hosts(snapshot.fleet[tier]).text) + 2 for tier in tiers)))
    labels = zip((NEW_BUILD, "wanted", HEALTHY), sizes, strict=True)
    lines: list[Line] = [
        (
            column("tier", LABEL, Tone.DIM),
            *(column(label, size, Tone.DIM, right=True) for label, size in labels),
            Span("   target", Tone.DIM),
        )
    ]
    for tier, part in shares.items():
        rollout, stored, hosts = snapshot.fleet[tier], snapshot.stored_target(tier), healthy_hosts(snapshot.fleet[tier])
        target = f"{short(stored.target.build)}, {stored.target.percent} %" if stored else "none"
        line: Line = (
            column(tier, LABEL, Tone.STRONG),
            column(str(part) if part else "–", sizes[0], right=True),
            column(f"{part.wanted} %" if part else "–", sizes[1], right=True),
            column(hosts.text, sizes[2], hosts.tone, right=True),
            Span(f"   {target}"),
        )
        pulls = wrap(transfer_text(current), width - 4, 3) if (current := transfer(rollout)) else ()
        lines += [fit(line, width), *(fit((Span(f"    {text}", Tone.WAITING),), width) for text in pulls)]
        lines += _stragglers(rollout, width)
    return tuple(lines)


def _stragglers(rollout: Rollout, width: int) -> tuple[Line, ...]:
    lists = (
        ("failed", rollout.failed, Tone.BAD),
        ("silent", rollout.silent, Tone.UNKNOWN),
        ("moving", rollout.moving, Tone.WAITING),
    )
    lines = [
        fit((Span(f"    {word} ", tone), Span(host, tone)), width)
        for word, hosts, tone in lists
        for host in hosts[:MAX_NAMED]
    ]
    more = sum(max(0, len(hosts) - MAX_NAMED) for _, hosts, _ in lists)
    return (*lines, *((fit((Span(f"    and {more:,} more: see `cockpit hosts`", Tone.DIM),), width),) if more else ()))


def _alerts(snapshot: Snapshot) -> tuple[Line, ...]:
    return tuple(
        (
            column("alert", LABEL, Tone.DIM),
            Span(f"{alert.text(snapshot.now)}  {alert.summary}", Tone.DIM if alert.silenced else Tone.BAD),
        )
        for alert in snapshot.alerts.value or ()
    )


def _ages(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    sources = (
        ("releases", snapshot.log),
        ("targets", snapshot.targets),
        ("hosts", snapshot.statuses),
        ("verdict", snapshot.judgement),
        ("counters", snapshot.traffic),
        *((("alerts", snapshot.alerts),) if snapshot.policy.watches_alerts else ()),
        ("main", snapshot.preview),
        ("engine", snapshot.engine),
        ("commander", snapshot.commander),
        *((("rota", snapshot.rota),) if snapshot.rota.at or snapshot.rota.error else ()),
    )
    lines = []
    for name, source in sources:
        age = source.age(snapshot.now)
        text = "never read" if age is None else f"confirmed {duration(age)} ago"
        if name == "engine":
            text = snapshot.engine.value.name or "not running"
        if name == "commander":
            text = _commander(snapshot)
        error = f"  {source.error}" if source.error else ""
        tone = Tone.UNKNOWN if source.error or age is None else Tone.DIM
        lines.append(fit((column(name, LABEL, Tone.DIM), Span(text + error, tone)), width))
    return tuple(lines)


def _commander(snapshot: Snapshot) -> str:
    commander = snapshot.commander.value
    since = f" for {duration(snapshot.now - commander.since)}" if commander.since else ""
    return f"{commander.name}{since}" if commander.name else "none"
