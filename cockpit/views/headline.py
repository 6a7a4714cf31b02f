"""The top of the screen: which release, how it stands and why, who is at work, and how old all this is."""

from datetime import UTC, datetime

from cockpit.deploy.policy import Autopilot
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import plural
from cockpit.rules.autopilot import mode
from cockpit.rules.commander.lease import may_command
from cockpit.views.day import frozen, strip
from cockpit.views.notifications import undelivered
from cockpit.views.release_state import standing
from cockpit.views.rollback_readiness import share_ready
from cockpit.views.rows import EMPTY, Line, Span, Tone, clock, crop, fit, length, spread, wrap

NARROW = 64
"""Cells under which the release is worth more than who runs the engine."""
_SLICES = (
    "log", "targets", "statuses", "judged", "traffic", "alerts", "main", "engine", "engine_here",
    "commander", "commander_here", "presence", "reviews", "suspects", "rehearsal", "outbox", "rota", "opening",
)  # fmt: skip


def headline(snapshot: Snapshot, width: int, who: str = "", watching: bool = False) -> tuple[Line, Line, Line]:
    """Three lines: the release, its standing in one word and a sentence, and a freeze and what is wrong with the
    sources; where there is neither, nor the sentence long, the day."""
    left, right = _release(snapshot), _people(snapshot, width, who, watching)
    if length(left) + length(right) + 2 > width:  # who runs the engine is worth least
        right = _people(snapshot, width, who, watching, brief=True)
    if length(left) + length(ready := share_ready(snapshot)) + length(right) + 2 <= width:
        left = (*left, *ready)
    first = spread(left, right, width)
    stand = standing(snapshot)
    badge = Span(f" {stand.word} ", stand.tone)
    room = width - length((badge,)) - 1
    wrong = () if snapshot.opening.value else errors(snapshot)  # what is being set up cannot be reached yet
    ice = EMPTY if snapshot.opening.value else frozen(snapshot, brief=bool(wrong))
    said = wrap(stand.sentence, room, 1 if wrong or ice else 2)
    second = fit((badge, Span(" "), Span(said[0] if said else "", Tone.STRONG)), width)
    indent = Span(" " * (length((badge,)) + 1))
    if wrong or ice:
        gap = "  " if ice else ""
        lacks: Line = (Span(f"{gap}? {'; '.join(wrong)}", Tone.UNKNOWN),) if wrong else EMPTY
        return first, second, fit((*ice, *lacks), width)
    if len(said) > 1:
        return first, second, fit((indent, Span(said[1], Tone.STRONG)), width)
    return first, second, EMPTY if snapshot.opening.value else strip(snapshot, width)


def errors(snapshot: Snapshot) -> tuple[str, ...]:
    """What is wrong with each source now, in words."""
    found = (getattr(snapshot, name).error for name in _SLICES)
    kept = (
        f"record {record.key} cannot be read: {record.reason}; restore it from a backup" for record in snapshot.damaged
    )
    also = (_forgotten(snapshot), undelivered(snapshot))
    return tuple(dict.fromkeys(error for error in (*found, *kept, *also) if error))


def _forgotten(snapshot: Snapshot) -> str:
    """That the store has lost what hosts went by."""
    if not snapshot.forgotten or snapshot.log.error:
        return ""
    many = plural(len(snapshot.forgotten), "host")
    return f"the store has lost the targets of {many}, which go on with what they serve: restore its backup"


def _release(snapshot: Snapshot) -> Line:
    release = snapshot.latest
    app: Line = (Span(snapshot.policy.app, Tone.TITLE), Span("  "))
    if release is None:
        return (*app, Span("no release yet", Tone.DIM))
    said: Line = (*app, Span(release.id, Tone.STRONG))
    if release.end:
        return (*said, Span(f"  {release.end}", Tone.DIM))
    if release.step:
        said = (*said, Span(f"  {release.step}", Tone.NEW))
    if (chosen := mode(snapshot, release)) is not Autopilot.OFF:
        said = (*said, Span(f"  autopilot {chosen}", Tone.WAITING))
    if release.hotfixes:
        said = (*said, Span(f"  {release.hotfixes} hotfix{'es' if release.hotfixes > 1 else ''}", Tone.WAITING))
    return said


def _people(snapshot: Snapshot, width: int, who: str, watching: bool, brief: bool = False) -> Line:
    engine = snapshot.engine.value.name
    said: Line = (
        (Span("engine ", Tone.DIM), Span(crop(engine, 14 if width < 110 else 32), Tone.PLAIN))
        if engine
        else (Span("no engine", Tone.UNKNOWN),)
    )
    looks_on = watching or (who and not may_command(snapshot.commander.value, who))
    if engine and (brief or width < (110 if looks_on else NARROW)):
        said = EMPTY  # who commands is worth more than who carries it out
    said = (
        *_commander(snapshot, width, who, watching, brief and not engine),
        *said,
        *((Span("  "),) if said else EMPTY),
    )
    if snapshot.replay.value:
        day = datetime.fromtimestamp(snapshot.now, UTC).strftime("%Y-%m-%d ") if width >= 110 else ""
        badge: Line = (Span(f" REPLAY {snapshot.replay.value} ", Tone.WAITING_BADGE), Span("  "))
        return (*badge, Span(f"{day}{clock(snapshot.now)} UTC", Tone.STRONG))
    return (*said, Span(f"{clock(snapshot.now)} UTC", Tone.STRONG))


def _commander(snapshot: Snapshot, width: int, who: str, watching: bool, brief: bool) -> Line:
    """Who commands, and whether it is the person at this terminal."""
    commander = snapshot.commander.value
    room = 16 if width < 110 else 32
    named: Line = (
        Span("conn ", Tone.DIM),
        Span(crop(commander.name, room) if commander.name else "nobody"),
        Span("  "),
    )
    if watching:
        return (Span(" WATCHING ", Tone.QUIET_BADGE), Span("  "), *(EMPTY if brief or width < NARROW else named))
    if not who:
        return EMPTY
    if not may_command(commander, who):
        return (Span(" READ-ONLY ", Tone.WAITING_BADGE), Span("  "), *named)
    if commander.name:
        named = (Span("conn ", Tone.DIM), Span("you" if width < 110 else f"you, {crop(who, room)}"), Span("  "))
    return named if width >= NARROW else EMPTY
