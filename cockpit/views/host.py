"""One host: a sentence in a list of stragglers, the lines beneath a grid, and the page with all that is known of it."""

from collections.abc import Iterable

from cockpit.deploy.hosts.rollback_readiness import length
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.hosts.transfer import left_of, rate_of, size
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, short
from cockpit.views.build_comparison import newest
from cockpit.views.rows import EMPTY, Line, Span, Tone, clock, column, fit, wrap

MOST_LINES = 400
"""Of a last output; agents report its tail."""


def stragglers(snapshot: Snapshot, hosts: Iterable[tuple[str, Tone]]) -> tuple[Span, ...]:
    """A sentence each: name, state, for how long, last output."""
    return tuple(Span(_told(snapshot, host), tone) for host, tone in hosts)


def _told(snapshot: Snapshot, host: str) -> str:
    status, now = snapshot.statuses.value.get(host), snapshot.now
    if status is None:
        return f"{host} never reported"
    if status.silent(now, snapshot.policy.silent_after):
        return f"{host} silent for {duration(now - status.at)}"
    said = f": {status.detail}" if status.detail else ""
    if status.state is HostState.SERVING:
        return f"{host} serves {short(status.build)} and is asked for another, {duration(now - status.since)}{said}"
    return f"{host} {status.state} for {duration(now - status.since)}{said}"


def beneath(snapshot: Snapshot, tier: str, host: str, width: int) -> tuple[Line, Line, Line]:
    """What a grid says of the host under its cursor: name, state, build and age, then two lines of its last output."""
    status = snapshot.statuses.value.get(host)
    head: Line = (Span(f" {host}", Tone.STRONG), Span(f"  {tier}  ", Tone.DIM))
    if not host:
        return fit((Span(" there is no host", Tone.DIM),), width), EMPTY, EMPTY
    if status is None:
        return fit((*head, Span("never reported", Tone.UNKNOWN)), width), EMPTY, EMPTY
    said = wrap(status.detail or "no output", width - 1, 2)
    output = [fit((Span(f" {text}", Tone.PLAIN if status.detail else Tone.DIM),), width) for text in (*said, "")]
    return fit((*head, *_standing(snapshot, status)), width), output[0], output[1]


def _standing(snapshot: Snapshot, status: Status) -> Line:
    """`serving 0ld5eed000 for 5 s, reported 1 s ago`."""
    silent = status.silent(snapshot.now, snapshot.policy.silent_after)
    state = f"silent for {duration(snapshot.now - status.at)}, was {status.state}" if silent else str(status.state)
    since = "" if silent else f" for {duration(snapshot.now - status.since)}"
    heard = "" if silent else f", reported {duration(snapshot.now - status.at)} ago"
    build = Span(short(status.build) or "no build", Tone.NEW if status.build == newest(snapshot) else Tone.OLD)
    return (
        Span(f"{state}{since}  ", Tone.UNKNOWN if silent else Tone.PLAIN),
        build,
        Span(heard, Tone.DIM),
    )


def page(snapshot: Snapshot, tier: str, host: str, width: int) -> tuple[Line, ...]:
    """All that is known of one host, its last output whole."""
    status = snapshot.statuses.value.get(host)
    if status is None:
        return beneath(snapshot, tier, host, width)[:1]
    placed = snapshot.placed(tier)
    asked = placed.target.wants(host) if placed else ""
    rows = (
        ("asked for", short(asked) or "nothing: its tier has no target for it"),
        ("on disk", ", ".join(map(short, (status.build, *status.cold))) if status.build or status.cold else "no build"),
        ("refuses", short(status.failed)),
        ("obeyed", f"target {status.serial}" if status.serial else "no target yet"),
        ("pulls", _pulls(status)),
        ("last swap", _swap(status)),
        ("pulled", f"{size(status.pulled)} since its agent started"),
        ("answers at", status.url or "no URL"),
    )
    said = [text for line in status.detail.split("\n") for text in wrap(line, width - 2, MOST_LINES)]
    return (
        beneath(snapshot, tier, host, width)[0],
        EMPTY,
        *(fit((column(f" {word}", 12, Tone.DIM), Span(text)), width) for word, text in rows if text),
        EMPTY,
        fit((Span(" last output", Tone.DIM),), width),
        *(fit((Span(f"  {text}"),), width) for text in said if text or status.detail),
        *(() if status.detail else (fit((Span("  none", Tone.DIM),), width),)),
    )


def _pulls(status: Status) -> str:
    if status.pulling is None:
        return ""
    pulling, rate, left = status.pulling, rate_of(status), left_of(status)
    total = f"of {size(pulling.total)}" if pulling.total else "of unknown"
    speed = f"{size(rate)}/s" if rate is not None else "rate unknown"
    rest = f"about {duration(left)} left" if left is not None else "time left unknown"
    return f"{short(pulling.build)}: {size(pulling.fetched)} {total}, {speed}, {rest}"


def _swap(status: Status) -> str:
    if status.swap is None:
        return "unknown: it has measured none"
    swap = status.swap
    flip = f", its flip {length(swap.flip)}" if swap.flip is not None else ", its flip unknown"
    return f"{length(swap.out)} out{flip}, to {short(swap.build)} at {clock(swap.at)} UTC"
