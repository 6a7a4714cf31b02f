"""The top of the screen: the release, its state and the reason, the commander, the engine, and source errors."""

from datetime import UTC, datetime
from typing import Any

from cockpit.deploy.policy import Autopilot
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.deploy.text import plural
from cockpit.rules.autopilot import autopilot_mode
from cockpit.rules.commander.lease import may_command
from cockpit.views.day import day_strip, freeze_banner
from cockpit.views.notifications import undelivered
from cockpit.views.release_state import release_state
from cockpit.views.rollback_readiness import headline_badge
from cockpit.views.rows import EMPTY, Line, Span, Tone, clock, crop, fit, length, spread, wrap

NARROW = 64
"""Cells under which the headline names neither the engine nor the commander."""


def headline(snapshot: Snapshot, width: int, who: str = "", watching: bool = False) -> tuple[Line, Line, Line]:
    """Return three lines.

    The first has the release and the people, the second the state and the reason. The third has a freeze and the
    errors of sources; if there are none, the rest of a long reason, else the strip of the day.
    """
    left, right = _release(snapshot), _people(snapshot, width, who, watching)
    if length(left) + length(right) + 2 > width:
        right = _people(snapshot, width, who, watching, brief=True)
    if length(left) + length(readiness := headline_badge(snapshot)) + length(right) + 2 <= width:
        left = (*left, *readiness)
    first = spread(left, right, width)
    state = release_state(snapshot)
    badge = Span(f" {state.word} ", state.tone)
    indent = length((badge,)) + 1
    setting_up = bool(snapshot.startup.value)
    problems = () if setting_up else errors(snapshot)  # sources are not reachable yet during set-up
    freeze = EMPTY if setting_up else freeze_banner(snapshot, brief=bool(problems))
    reason = wrap(state.sentence, width - indent, 1 if problems or freeze else 2)
    second = fit((badge, Span(" "), Span(reason[0] if reason else "", Tone.STRONG)), width)
    if problems or freeze:
        gap = "  " if freeze else ""
        listed: Line = (Span(f"{gap}? {'; '.join(problems)}", Tone.UNKNOWN),) if problems else EMPTY
        return first, second, fit((*freeze, *listed), width)
    if len(reason) > 1:
        return first, second, fit((Span(" " * indent), Span(reason[1], Tone.STRONG)), width)
    return first, second, EMPTY if setting_up else day_strip(snapshot, width)


def errors(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the present error of each source, each unreadable record, lost targets and undelivered notifications."""
    unreadable = (
        f"record {record.key} cannot be read: {record.reason}; restore it from a backup"
        for record in snapshot.unreadable_records
    )
    messages = (
        *(source.error for source in _sources(snapshot)),
        *unreadable,
        _lost_targets(snapshot),
        undelivered(snapshot),
    )
    return tuple(dict.fromkeys(error for error in messages if error))


def _sources(snapshot: Snapshot) -> tuple[Seen[Any], ...]:
    return (
        snapshot.log, snapshot.targets, snapshot.statuses, snapshot.judgement, snapshot.traffic, snapshot.alerts,
        snapshot.preview, snapshot.engine, snapshot.local_engine, snapshot.commander, snapshot.local_lease,
        snapshot.presence, snapshot.reviews, snapshot.suspects, snapshot.rehearsal, snapshot.outbox, snapshot.rota,
        snapshot.startup,
    )  # fmt: skip


def _lost_targets(snapshot: Snapshot) -> str:
    """Say that hosts applied targets newer than the store has; empty if they did not."""
    if not snapshot.ahead_of_store or snapshot.log.error:
        return ""
    hosts = plural(len(snapshot.ahead_of_store), "host")
    return f"the store lost the targets of {hosts}, which keep serving their build: restore its backup"


def _release(snapshot: Snapshot) -> Line:
    release = snapshot.latest
    app: Line = (Span(snapshot.policy.app, Tone.TITLE), Span("  "))
    if release is None:
        return (*app, Span("no release yet", Tone.DIM))
    line: Line = (*app, Span(release.id, Tone.STRONG))
    if release.end:
        return (*line, Span(f"  {release.end}", Tone.DIM))
    if release.step:
        line = (*line, Span(f"  {release.step}", Tone.NEW))
    if (autopilot := autopilot_mode(snapshot, release)) is not Autopilot.OFF:
        line = (*line, Span(f"  autopilot {autopilot}", Tone.WAITING))
    if release.hotfixes:
        line = (*line, Span(f"  {release.hotfixes} hotfix{'es' if release.hotfixes > 1 else ''}", Tone.WAITING))
    return line


def _people(snapshot: Snapshot, width: int, who: str, watching: bool, brief: bool = False) -> Line:
    """Return the commander, the engine and the time; `brief` leaves out the engine."""
    if snapshot.replay.value:
        day = datetime.fromtimestamp(snapshot.now, UTC).strftime("%Y-%m-%d ") if width >= 110 else ""
        badge: Line = (Span(f" REPLAY {snapshot.replay.value} ", Tone.WAITING_BADGE), Span("  "))
        return (*badge, Span(f"{day}{clock(snapshot.now)} UTC", Tone.STRONG))
    name = snapshot.engine.value.name
    engine: Line = (
        (Span("engine ", Tone.DIM), Span(crop(name, 14 if width < 110 else 32)), Span("  "))
        if name
        else (Span("no engine", Tone.UNKNOWN), Span("  "))
    )
    read_only = watching or (who and not may_command(snapshot.commander.value, who))
    if name and (brief or width < (110 if read_only else NARROW)):
        engine = EMPTY
    commander = _commander(snapshot, width, who, watching, brief and not name)
    return (*commander, *engine, Span(f"{clock(snapshot.now)} UTC", Tone.STRONG))


def _commander(snapshot: Snapshot, width: int, who: str, watching: bool, brief: bool) -> Line:
    """Return the commander, and whether this terminal may give commands."""
    commander = snapshot.commander.value
    size = 16 if width < 110 else 32
    named: Line = (
        (Span("commander ", Tone.DIM), Span(crop(commander.name, size)), Span("  "))
        if commander.name
        else (Span("no commander  ", Tone.DIM),)
    )
    if watching:
        return (Span(" WATCHING ", Tone.QUIET_BADGE), Span("  "), *(EMPTY if brief or width < NARROW else named))
    if not who:
        return EMPTY
    if not may_command(commander, who):
        return (Span(" READ-ONLY ", Tone.WAITING_BADGE), Span("  "), *named)
    if commander.name:
        you = "you" if width < 110 else f"you, {crop(who, size)}"
        named = (Span("commander ", Tone.DIM), Span(you), Span("  "))
    return named if width >= NARROW else EMPTY
