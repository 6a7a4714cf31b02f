"""The fleet as a grid, one cell a host, each told by its letter and not by its colour alone."""

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
from cockpit.views.rollback_readiness import short_of, tier_ready
from cockpit.views.rows import EMPTY, Line, Span, Tone, cells, fit, rule

MOST_NAMED = 5
"""Stragglers of a tier that are named; the others are counted."""


class Kind(IntEnum):
    """What a cell says of its host. One above `OLD` is a straggler."""

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
"""How each kind is drawn, in the order of their numbers."""
MEANINGS = (
    "new build", "older", "asked for another", "no build", "pulls", "waits its turn", "drains", "switches",
    "until healthy", "reverts", "failed", "silent",
)  # fmt: skip
_NOT_SERVING = {state: Kind[state.name] for state in HostState if state is not HostState.SERVING}


@dataclass(frozen=True)
class Block:
    """One tier: a heading and the kinds of its hosts, a byte each, in the order of their names."""

    tier: str
    heading: Line
    hosts: tuple[str, ...]
    kinds: bytes


def blocks(snapshot: Snapshot, width: int) -> tuple[Block, ...]:
    """Every tier, its heading `width` cells wide."""
    return tuple(
        Block(name, heading(snapshot, name, width), snapshot.fleet[name].hosts, kinds_of(snapshot, name))
        for name in snapshot.fleet
    )


def kinds_of(snapshot: Snapshot, tier: str) -> bytes:
    """The kind of each of the tier's hosts, in their order. Ten thousand at every frame: a plain loop."""
    fresh, now, after = newest(snapshot), snapshot.now, snapshot.policy.silent_after
    placed, statuses = snapshot.placed(tier), snapshot.statuses.value
    target = placed.target if placed else None
    found = bytearray()
    for host in snapshot.fleet[tier].hosts:
        status = statuses.get(host)
        if status is None or not -after <= now - status.at <= after:
            found.append(Kind.SILENT)
        elif status.state is not HostState.SERVING:
            found.append(_NOT_SERVING[status.state])
        elif target and status.build != (wish := target.wants(host)) and wish:
            found.append(Kind.BEHIND)
        else:
            found.append(Kind.NEW if status.build == fresh else Kind.OLD)
    return bytes(found)


def heading(snapshot: Snapshot, tier: str, width: int) -> Line:
    """The tier, how many hosts, and what there is to know of all of them: the pull under way, and the way back."""
    state = snapshot.fleet[tier]
    moving = transfer(state)
    title = f"{tier}  {plural(len(state.hosts), 'host')}"
    right = (Span(transfer_text(moving), Tone.WAITING),) if moving else tier_ready(snapshot, tier)
    if moving and cells(title) + cells(right[0].text) + 3 > width:
        right = (Span(short_of(moving), Tone.WAITING),)
    return rule(title, right, width)


def grid(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """Every tier's hosts in lines of `width` cells, in the order of their names, and what the cells mean."""
    rows: list[Line] = []
    for block in blocks(snapshot, width):
        rows.append(block.heading)
        rows += [fit(drawn(block.kinds[start : start + width]), width) for start in range(0, len(block.kinds), width)]
        rows += [fit((Span("  "), span), width) for span in named(snapshot, block, MOST_NAMED)]
    return (*rows, *legend(width))


def drawn(kinds: bytes) -> Line:
    """Cells next to each other; neighbours of one kind are one span: ten thousand cells are some hundred spans."""
    return tuple(Span(GLYPHS[kind].text * sum(1 for _ in run), GLYPHS[kind].tone) for kind, run in groupby(kinds))


def late(kinds: bytes, since: Callable[[int], float] = lambda place: 0.0) -> list[int]:
    """The places of stragglers: those that failed first, then the silent, then the others; the oldest first."""
    found = [place for place, kind in enumerate(kinds) if kind > Kind.OLD]
    order = {int(Kind.FAILED): 0, int(Kind.SILENT): 1}
    return sorted(found, key=lambda place: (order.get(kinds[place], 2), since(place)))


def named(snapshot: Snapshot, block: Block, most: int) -> tuple[Span, ...]:
    """At most so many stragglers by name, with state, age and last output, and how many more there are.

    Of one kind those first that have been so for longest.
    """
    known = snapshot.statuses.value

    def since(place: int) -> float:
        status = known.get(block.hosts[place])
        return status.since if status else 0.0

    places = late(block.kinds, since)
    some = stragglers(snapshot, [(block.hosts[place], GLYPHS[block.kinds[place]].tone) for place in places[:most]])
    more = (Span(f"and {len(places) - most:,} more", Tone.DIM),) if len(places) > most else EMPTY
    return (*some, *more)


def legend(width: int) -> tuple[Line, ...]:
    """What each cell means, in as many lines as it takes."""
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
