"""The release from cut to 100 % on one track: what is done, what is now and how far its soak is, what comes next."""

from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum

from cockpit.deploy.events import Event
from cockpit.deploy.facts import (
    Advanced,
    BuildFailed,
    BuildReady,
    Call,
    CutFailed,
    Held,
    Resumed,
    RevertAsked,
    SmokeFailed,
    SmokePassed,
)
from cockpit.deploy.release import End, Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration
from cockpit.deploy.tiers import Audience
from cockpit.views.event_log import FRESH
from cockpit.views.rows import EMPTY, Line, Span, Tone, cells, clock, fit


class StageMark(Enum):
    """The state of one stage: its glyph and its tone."""

    DONE = ("●", Tone.GOOD)
    NOW = ("◉", Tone.STRONG)
    HELD = ("‖", Tone.WAITING)
    FAILED = ("✗", Tone.BAD)
    UNDONE = ("↶", Tone.BAD)
    """Taken, and taken back."""
    LOOP = ("↺", Tone.WAITING)
    """A PR that was taken out; the climb began again after it."""
    NEXT = ("○", Tone.DIM)


@dataclass(frozen=True)
class Stage:
    """One stop of the track."""

    label: str
    mark: StageMark
    progress: float = 0.0
    """Of its soak, 0 to 1."""
    note: str = ""
    """When it was taken, or how far it is."""
    holds: int = 0
    """How often the release was held there, and went on."""
    fresh: bool = False
    """Whether it was taken in the last seconds."""


def timeline(snapshot: Snapshot, width: int, roomy: bool = False) -> tuple[Line, ...]:
    """The track and its labels; a third line with times where there is room for it."""
    all_stages = stages(snapshot)
    lines = _track(all_stages, width, roomy) or _track(_shortened(all_stages, width), width, False)
    return tuple(fit(line, width) for line in lines)


def stages(snapshot: Snapshot) -> tuple[Stage, ...]:
    """Every stop from cut to the ladder's end, hotfixes in between."""
    release = snapshot.latest
    if release is None:
        names = ("cut", "build")
        return (
            *(Stage(name, StageMark.NEXT) for name in names),
            *_rungs(snapshot, Release("", ladder=snapshot.policy.ladder)),
        )
    loops = [Stage(name, StageMark.LOOP, note=_came_from(release, name)) for name in release.gone]
    loops += [Stage(asked.pull.name, StageMark.NOW) for asked in release.reverting]
    return (_cut(release), *loops, _build(release), *_rungs(snapshot, release))


def _cut(release: Release) -> Stage:
    if release.failure and isinstance(release.failure.what, CutFailed):
        return Stage("cut", StageMark.FAILED)
    if not release.commit:
        return Stage("cut", StageMark.HELD if release.held else StageMark.NOW)
    return Stage("cut", StageMark.DONE, note=clock(release.events[0].at))


def _build(release: Release) -> Stage:
    if release.failure and isinstance(release.failure.what, BuildFailed):
        return Stage("build", StageMark.FAILED)
    if not release.commit or release.reverting:
        return Stage("build", StageMark.NEXT)
    if release.build is None:
        return Stage("build", StageMark.HELD if release.held else StageMark.NOW)
    return Stage("build", StageMark.DONE, note=_when(release, BuildReady))


def _rungs(snapshot: Snapshot, release: Release) -> tuple[Stage, ...]:
    found: list[Stage] = []
    reached, holds = _reached(release), _holds(release)
    for rung, step in enumerate(release.ladder):
        several = sum(other.tier == step.tier for other in release.ladder) > 1 or step.percent < 100
        stage = Stage(f"{step.percent} %" if several else step.tier, _mark(snapshot, release, rung, reached))
        taken = _taken(release, rung)
        if stage.mark is StageMark.NOW:
            spent = max(0.0, snapshot.now - release.since)
            share = min(1.0, spent / step.soak) if step.soak else 1.0
            note = f"{min(spent, step.soak):.0f}/{step.soak:.0f} s" if step.soak else clock(release.since)
            stage = replace(stage, progress=share, note=note)
        elif stage.mark is StageMark.HELD and release.held:
            stage = replace(stage, note=f"held {duration(snapshot.now - release.held.at)}")
        elif taken and stage.mark is not StageMark.NEXT:
            stage = replace(stage, note=clock(taken.at))
        if taken and stage.mark is not StageMark.NEXT:
            stage = replace(stage, holds=holds[rung], fresh=0 <= snapshot.now - taken.at < FRESH)
        if rung == 0 and snapshot.policy.tier(step.tier).serves is Audience.NOBODY:
            smoke = _smoke(snapshot, release)
            past = stage.mark is StageMark.NOW and smoke.mark is not StageMark.NEXT
            found += [replace(stage, mark=StageMark.DONE) if past else stage, smoke]
        else:
            found.append(stage)
    return tuple(found)


def _mark(snapshot: Snapshot, release: Release, rung: int, reached: int) -> StageMark:
    tier = release.ladder[rung].tier
    if _taken_back(snapshot, release, tier) and rung <= reached:
        return StageMark.UNDONE
    if rung > release.rung:
        return StageMark.DONE if rung <= reached and release.rolled_back else StageMark.NEXT
    if rung < release.rung or release.end is End.FINISHED:
        return StageMark.DONE
    if release.held:
        return StageMark.HELD
    bad = snapshot.open is not None and snapshot.verdict.call in {Call.HOLD, Call.ROLL_BACK}
    return StageMark.FAILED if bad else StageMark.NOW


def _smoke(snapshot: Snapshot, release: Release) -> Stage:
    match release.smoke:
        case SmokePassed() if release.reverting:
            return Stage("smoke", StageMark.NEXT)
        case SmokePassed():
            return Stage("smoke", StageMark.DONE, note=_when(release, SmokePassed))
        case SmokeFailed():
            return Stage("smoke", StageMark.FAILED, note=_when(release, SmokeFailed))
        case None:
            tier = release.ladder[0].tier
            state = snapshot.fleet.get(tier)
            running = release.rung == 0 and state is not None and state.done and not release.held
            return Stage("smoke", StageMark.NOW if running else StageMark.NEXT)


def _taken_back(snapshot: Snapshot, release: Release, tier: str) -> bool:
    if release.rolled_back and release.rung < 0:
        return tier in release.rolled_back.tiers
    return any(tier in asked.withdrawn for asked in release.reverting)


def _reached(release: Release) -> int:
    """The highest step taken with the newest build; a hotfix or a rollback sets `rung` back, this remembers."""
    build = release.builds[-1].id if release.builds else ""
    if release.rung < 0 and not release.rolled_back and not release.reverting:
        return -1
    return max(
        (e.what.rung for e in release.events if isinstance(e.what, Advanced) and e.what.build == build), default=-1
    )


def _taken(release: Release, rung: int) -> Event | None:
    return next((e for e in reversed(release.events) if isinstance(e.what, Advanced) and e.what.rung == rung), None)


def _holds(release: Release) -> Counter[int]:
    """How often the release was held on each step of the ladder and resumed; a hold that lasts is not counted yet."""
    found: Counter[int] = Counter()
    rung, held = -1, False
    for event in release.events:
        match event.what:
            case Advanced(taken):
                rung = taken
            case Held():
                held = True
            case Resumed() if held:
                found[rung] += 1
                held = False
            case _:
                pass
    return found


def _came_from(release: Release, name: str) -> str:
    """How far the climb had come when this PR was asked out; empty where that is not told."""
    step = ""
    for event in release.events:
        match event.what:
            case Advanced(_, taken):
                step = taken
            case RevertAsked(pull) if pull.name == name:
                return f"from {step}" if step else ""
            case _:
                pass
    return ""


def _when(release: Release, kind: type) -> str:
    return next((clock(event.at) for event in reversed(release.events) if isinstance(event.what, kind)), "")


def _track(stops: tuple[Stage, ...], width: int, roomy: bool) -> tuple[Line, ...]:
    """Two or three lines, the stops spread evenly; nothing where they do not fit."""
    room = width - 1
    noted = roomy and sum(max(cells(s.label), cells(s.note)) + 1 for s in stops) <= room
    sizes = [max(cells(s.label), cells(s.note) if noted else 1) for s in stops]
    spare = room - sum(sizes)
    gaps = len(stops) - 1
    if gaps < 1 or spare < gaps:
        return ()
    gap = spare // gaps
    rails: Line = (Span(" "),)
    labels: Line = (Span(" "),)
    notes: Line = (Span(" "),)
    for index, (stop, size) in enumerate(zip(stops, sizes, strict=True)):
        last = index == gaps
        reach = size + (0 if last else gap)
        glyph, tone = stop.mark.value
        rails = (*rails, Span(glyph, tone), *(EMPTY if last else _rail(stop, reach - 1)))
        word = (Tone.STRONG if stop.fresh else Tone.PLAIN) if stop.mark is StageMark.DONE else tone
        labels = (*labels, Span(stop.label + " " * (reach - cells(stop.label)), word))
        notes = (*notes, Span(stop.note + " " * max(0, reach - cells(stop.note)), Tone.DIM))
    return (rails, labels, notes) if noted else (rails, labels)


def _rail(stop: Stage, size: int) -> Line:
    """The way from this stop to the next; a `‖` for each time it was held, as many as there is room for."""
    holds = min(stop.holds, max(0, size - 1))
    if holds:
        return (Span(StageMark.HELD.value[0] * holds, Tone.WAITING), *_rail(replace(stop, holds=0), size - holds))
    match stop.mark:
        case StageMark.DONE | StageMark.LOOP:
            return (Span("━" * size, Tone.GOOD),)
        case StageMark.NOW if stop.progress > 0:
            done = round(size * stop.progress)
            return (Span("━" * done, Tone.WAITING), Span("╌" * (size - done), Tone.DIM))
        case StageMark.UNDONE:
            return (Span("╌" * size, Tone.BAD),)
        case _:
            return (Span("╌" * size, Tone.DIM),)


def _shortened(stops: tuple[Stage, ...], width: int) -> tuple[Stage, ...]:
    """Leaves out what is long done, then what is far ahead, until the rest fits."""
    kept = list(stops)
    while len(kept) > 2 and sum(max(1, cells(stop.label)) + 1 for stop in kept) > width:
        kept.pop(0 if kept[0].mark in {StageMark.DONE, StageMark.LOOP, StageMark.UNDONE} else -1)
    return tuple(kept)
