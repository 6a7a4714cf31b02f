"""The release from cut to 100 % on one track: finished stages, the current stage with its soak, and the next ones."""

from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call
from cockpit.deploy.release import End, Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration
from cockpit.deploy.tiers import Audience
from cockpit.views.event_log import HIGHLIGHT_SECONDS
from cockpit.views.rows import EMPTY, Line, Span, Tone, cells, clock, fit


class StageMark(Enum):
    """The state of one stage: its glyph and its tone."""

    DONE = ("●", Tone.GOOD)
    NOW = ("◉", Tone.STRONG)
    HELD = ("‖", Tone.WAITING)
    FAILED = ("✗", Tone.BAD)
    UNDONE = ("↶", Tone.BAD)
    """Taken, then rolled back."""
    LOOP = ("↺", Tone.WAITING)
    """A reverted PR; the release started again from staging after it."""
    NEXT = ("○", Tone.DIM)


@dataclass(frozen=True)
class Stage:
    """One stop of the track."""

    label: str
    mark: StageMark
    progress: float = 0.0
    """Share of its soak, 0 to 1."""
    note: str = ""
    """When it was taken, or the seconds of its soak."""
    holds: int = 0
    """How often the release was held at this stage and resumed."""
    fresh: bool = False
    """Whether it was taken in the last `HIGHLIGHT_SECONDS`."""


def timeline(snapshot: Snapshot, width: int, roomy: bool = False) -> tuple[Line, ...]:
    """Return the track and its labels, and a third line of times if `roomy` and it fits."""
    all_stages = stages(snapshot)
    lines = _track(all_stages, width, roomy) or _track(_shortened(all_stages, width), width, False)
    return tuple(fit(line, width) for line in lines)


def stages(snapshot: Snapshot) -> tuple[Stage, ...]:
    """Return every stage from the cut to the end of the ladder, hotfixes in between."""
    release = snapshot.latest
    if release is None:
        return (
            Stage("cut", StageMark.NEXT),
            Stage("build", StageMark.NEXT),
            *_steps(snapshot, Release("", ladder=snapshot.policy.ladder)),
        )
    loops = [Stage(name, StageMark.LOOP, note=_step_before_revert(release, name)) for name in release.reverted_names]
    loops += [Stage(revert.pull.name, StageMark.NOW) for revert in release.pending_reverts]
    return (_cut(release), *loops, _build(release), *_steps(snapshot, release))


def _cut(release: Release) -> Stage:
    if release.failed_job and isinstance(release.failed_job.what, facts.CutFailed):
        return Stage("cut", StageMark.FAILED)
    if not release.commit:
        return Stage("cut", StageMark.HELD if release.held else StageMark.NOW)
    return Stage("cut", StageMark.DONE, note=clock(release.events[0].at))


def _build(release: Release) -> Stage:
    if release.failed_job and isinstance(release.failed_job.what, facts.BuildFailed):
        return Stage("build", StageMark.FAILED)
    if not release.commit or release.pending_reverts:
        return Stage("build", StageMark.NEXT)
    if release.build is None:
        return Stage("build", StageMark.HELD if release.held else StageMark.NOW)
    return Stage("build", StageMark.DONE, note=_when(release, facts.BuildReady))


def _steps(snapshot: Snapshot, release: Release) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    reached, holds = _reached(release), _holds(release)
    for rung, step in enumerate(release.ladder):
        several = sum(other.tier == step.tier for other in release.ladder) > 1 or step.percent < 100
        stage = Stage(f"{step.percent} %" if several else step.tier, _mark(snapshot, release, rung, reached))
        taken = _taken(release, rung)
        if stage.mark is StageMark.NOW:
            elapsed = max(0.0, snapshot.now - release.since)
            share = min(1.0, elapsed / step.soak) if step.soak else 1.0
            note = f"{min(elapsed, step.soak):.0f}/{step.soak:.0f} s" if step.soak else clock(release.since)
            stage = replace(stage, progress=share, note=note)
        elif stage.mark is StageMark.HELD and release.held:
            stage = replace(stage, note=f"held {duration(snapshot.now - release.held.at)}")
        elif taken and stage.mark is not StageMark.NEXT:
            stage = replace(stage, note=clock(taken.at))
        if taken and stage.mark is not StageMark.NEXT:
            stage = replace(stage, holds=holds[rung], fresh=0 <= snapshot.now - taken.at < HIGHLIGHT_SECONDS)
        if rung == 0 and snapshot.policy.tier(step.tier).serves is Audience.NOBODY:
            smoke = _smoke(snapshot, release)
            past = stage.mark is StageMark.NOW and smoke.mark is not StageMark.NEXT
            stages += [replace(stage, mark=StageMark.DONE) if past else stage, smoke]
        else:
            stages.append(stage)
    return tuple(stages)


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
        case facts.SmokePassed() if release.pending_reverts:
            return Stage("smoke", StageMark.NEXT)
        case facts.SmokePassed():
            return Stage("smoke", StageMark.DONE, note=_when(release, facts.SmokePassed))
        case facts.SmokeFailed():
            return Stage("smoke", StageMark.FAILED, note=_when(release, facts.SmokeFailed))
        case None:
            tier = release.ladder[0].tier
            state = snapshot.fleet.get(tier)
            running = release.rung == 0 and state is not None and state.complete and not release.held
            return Stage("smoke", StageMark.NOW if running else StageMark.NEXT)


def _taken_back(snapshot: Snapshot, release: Release, tier: str) -> bool:
    if release.rolled_back and release.rung < 0:
        return tier in release.rolled_back.tiers
    return any(tier in revert.withdrawn for revert in release.pending_reverts)


def _reached(release: Release) -> int:
    """Return the highest step taken with the newest build, even if a hotfix or a rollback reset `rung` since."""
    build = release.builds[-1].id if release.builds else ""
    if release.rung < 0 and not release.rolled_back and not release.pending_reverts:
        return -1
    return max(
        (e.what.rung for e in release.events if isinstance(e.what, facts.Advanced) and e.what.build == build),
        default=-1,
    )


def _taken(release: Release, rung: int) -> Event | None:
    return next(
        (e for e in reversed(release.events) if isinstance(e.what, facts.Advanced) and e.what.rung == rung), None
    )


def _holds(release: Release) -> Counter[int]:
    """Count how often the release was held at each step and resumed; the current hold is not counted."""
    counts: Counter[int] = Counter()
    rung, held = -1, False
    for event in release.events:
        match event.what:
            case facts.Advanced(rung=taken):
                rung = taken
            case facts.Held():
                held = True
            case facts.Resumed() if held:
                counts[rung] += 1
                held = False
            case _:
                pass
    return counts


def _step_before_revert(release: Release, name: str) -> str:
    """Return `from canary`: the step at which the revert of this PR was requested; empty if there was none."""
    step = ""
    for event in release.events:
        match event.what:
            case facts.Advanced(step=taken):
                step = taken
            case facts.RevertAsked(pull=pull) if pull.name == name:
                return f"from {step}" if step else ""
            case _:
                pass
    return ""


def _when(release: Release, kind: type) -> str:
    return next((clock(event.at) for event in reversed(release.events) if isinstance(event.what, kind)), "")


def _track(shown: tuple[Stage, ...], width: int, roomy: bool) -> tuple[Line, ...]:
    """Return two or three lines with the stages spread evenly; nothing if they do not fit."""
    room = width - 1
    with_notes = roomy and sum(max(cells(s.label), cells(s.note)) + 1 for s in shown) <= room
    sizes = [max(cells(s.label), cells(s.note) if with_notes else 1) for s in shown]
    spare = room - sum(sizes)
    gaps = len(shown) - 1
    if gaps < 1 or spare < gaps:
        return ()
    gap = spare // gaps
    rails: Line = (Span(" "),)
    labels: Line = (Span(" "),)
    notes: Line = (Span(" "),)
    for index, (stage, size) in enumerate(zip(shown, sizes, strict=True)):
        last = index == gaps
        reach = size + (0 if last else gap)
        glyph, tone = stage.mark.value
        rails = (*rails, Span(glyph, tone), *(EMPTY if last else _rail(stage, reach - 1)))
        word = (Tone.STRONG if stage.fresh else Tone.PLAIN) if stage.mark is StageMark.DONE else tone
        labels = (*labels, Span(stage.label + " " * (reach - cells(stage.label)), word))
        notes = (*notes, Span(stage.note + " " * max(0, reach - cells(stage.note)), Tone.DIM))
    return (rails, labels, notes) if with_notes else (rails, labels)


def _rail(stage: Stage, size: int) -> Line:
    """Return the line to the next stage, with a `‖` for each past hold as far as there is room."""
    holds = min(stage.holds, max(0, size - 1))
    if holds:
        return (Span(StageMark.HELD.value[0] * holds, Tone.WAITING), *_rail(replace(stage, holds=0), size - holds))
    match stage.mark:
        case StageMark.DONE | StageMark.LOOP:
            return (Span("━" * size, Tone.GOOD),)
        case StageMark.NOW if stage.progress > 0:
            done = round(size * stage.progress)
            return (Span("━" * done, Tone.WAITING), Span("╌" * (size - done), Tone.DIM))
        case StageMark.UNDONE:
            return (Span("╌" * size, Tone.BAD),)
        case _:
            return (Span("╌" * size, Tone.DIM),)


def _shortened(shown: tuple[Stage, ...], width: int) -> tuple[Stage, ...]:
    """Leave out stages that are done, from the left, then stages ahead, from the right, until the rest fits."""
    kept = list(shown)
    while len(kept) > 2 and sum(max(1, cells(stage.label)) + 1 for stage in kept) > width:
        kept.pop(0 if kept[0].mark in {StageMark.DONE, StageMark.LOOP, StageMark.UNDONE} else -1)
    return tuple(kept)
