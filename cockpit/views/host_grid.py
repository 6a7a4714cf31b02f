"""The fleet as a grid: one cell for each host, whose letter (not only its colour) shows the state."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby

from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.hosts.transfer import transfer, transfer_text
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import plural
from cockpit.views.build_comparison import newest
from cockpit.views.host import stragglers
from cockpit.views.rollback_readiness import tier_readiness, transfer_summary
from cockpit.views.rows import EMPTY, Line, Span, Tone, cells, fit, rule

MAX_NAMED = 5
"""Stragglers of a tier that are named; the rest are counted."""


class HostKind(IntEnum):
    """The state that a cell shows. Every kind above `OLD` is a straggler."""

    NEW = 0
    OLD = 1
    BEHIND = 2
    EMPTY = 3
    PULLING = 4
    PREPARED = 5
    DRAINING = 6
    SWITCHING = 7
    WARMING = 8
    REVERTING = 9
    FAILED = 10
    SILENT = 11


GLYPHS: tuple[Span, ...] = (
    Span("■", Tone.NEW),
    Span("□", Tone.OLD),
    Span("!", Tone.WAITING),
    Span("·", Tone.DIM),
    Span("p", Tone.WAITING),
    Span("w", Tone.WAITING),
    Span("d", Tone.WAITING),
    Span("s", Tone.WAITING),
    Span("h", Tone.WAITING),
    Span("r", Tone.WAITING),
    Span("✗", Tone.BAD),
    Span("?", Tone.UNKNOWN),
)
"""One glyph for each kind, in the order of their numbers."""
MEANINGS = (
    "new build", "old build", "not on target", "no build", "pulling", "waiting", "draining", "switching",
    "warming up", "reverting", "failed", "silent",
)  # fmt: skip
_NOT_SERVING = {state: HostKind[state.name] for state in HostState if state is not HostState.SERVING}


@dataclass(frozen=True)
class TierBlock:
    """One tier: a heading, its hosts in the order of their names, and one byte for each host's kind."""

    tier: str
    heading: Line
    hosts: tuple[str, ...]
    kinds: bytes


def blocks(snapshot: Snapshot, width: int) -> tuple[TierBlock, ...]:
    """Return a block for each tier, its heading `width` cells wide."""
    return tuple(
        TierBlock(name, heading(snapshot, name, width), snapshot.fleet[name].hosts, kinds_of(snapshot, name))
        for name in snapshot.fleet
    )


def kinds_of(snapshot: Snapshot, tier: str) -> bytes:
    """Return the kind of each host of the tier, in order. A plain loop: there may be 10,000 hosts in every frame."""
    fresh, now, after = newest(snapshot), snapshot.now, snapshot.policy.silent_after
    stored, statuses = snapshot.stored_target(tier), snapshot.statuses.value
    target = stored.target if stored else None
    kinds = bytearray()
    for host in snapshot.fleet[tier].hosts:
        status = statuses.get(host)
        if status is None or not -after <= now - status.at <= after:
            kinds.append(HostKind.SILENT)
        elif status.state is not HostState.SERVING:
            kinds.append(_NOT_SERVING[status.state])
        elif target and status.build != (wish := target.wants(host)) and wish:
            kinds.append(HostKind.BEHIND)
        else:
            kinds.append(HostKind.NEW if status.build == fresh else HostKind.OLD)
    return bytes(kinds)


def heading(snapshot: Snapshot, tier: str, width: int) -> Line:
    """Return the tier, its count of hosts, and the transfer under way, else the rollback readiness."""
    state = snapshot.fleet[tier]
    moving = transfer(state)
    title = f"{tier}  {plural(len(state.hosts), 'host')}"
    right = (Span(transfer_text(moving), Tone.WAITING),) if moving else tier_readiness(snapshot, tier)
    if moving and cells(title) + cells(right[0].text) + 3 > width:
        right = (Span(transfer_summary(moving), Tone.WAITING),)
    return rule(title, right, width)


def grid(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """Return every tier's cells in lines of `width` cells, its stragglers by name, and the legend."""
    rows: list[Line] = []
    for block in blocks(snapshot, width):
        rows.append(block.heading)
        rows += [
            fit(cell_spans(block.kinds[start : start + width]), width) for start in range(0, len(block.kinds), width)
        ]
        rows += [fit((Span("  "), span), width) for span in straggler_spans(snapshot, block, MAX_NAMED)]
    return (*rows, *legend(width))


def cell_spans(kinds: bytes) -> Line:
    """Return adjacent cells of one kind as one span: 10,000 cells are a few hundred spans."""
    return tuple(Span(GLYPHS[kind].text * sum(1 for _ in run), GLYPHS[kind].tone) for kind, run in groupby(kinds))


def stragglers_first(kinds: bytes, since: Callable[[int], float] = lambda index: 0.0) -> list[int]:
    """Return the indices of stragglers: failed ones first, then silent ones, then others; each oldest first."""
    indices = [index for index, kind in enumerate(kinds) if kind > HostKind.OLD]
    order = {int(HostKind.FAILED): 0, int(HostKind.SILENT): 1}
    return sorted(indices, key=lambda index: (order.get(kinds[index], 2), since(index)))


def straggler_spans(snapshot: Snapshot, block: TierBlock, most: int) -> tuple[Span, ...]:
    """Return at most `most` stragglers with state, age and last output, and the count of the rest."""
    known = snapshot.statuses.value

    def since(index: int) -> float:
        status = known.get(block.hosts[index])
        return status.since if status else 0.0

    indices = stragglers_first(block.kinds, since)
    some = stragglers(snapshot, [(block.hosts[index], GLYPHS[block.kinds[index]].tone) for index in indices[:most]])
    more = (Span(f"and {len(indices) - most:,} more", Tone.DIM),) if len(indices) > most else EMPTY
    return (*some, *more)


def legend(width: int) -> tuple[Line, ...]:
    """Return what each glyph means, in as many lines as needed."""
    lines: list[list[Span]] = [[]]
    room = width
    for glyph, meaning in zip(GLYPHS, MEANINGS, strict=True):
        needed = cells(meaning) + 4
        if needed - 2 > room and lines[-1]:
            lines.append([])
            room = width
        lines[-1] += [glyph, Span(f" {meaning}  ", Tone.DIM)]
        room -= needed
    return tuple(fit(_trimmed(line), width) for line in lines)


def _trimmed(line: Sequence[Span]) -> Line:
    return (*line[:-1], Span(line[-1].text.rstrip(), line[-1].tone))
