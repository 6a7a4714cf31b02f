"""One host: its sentence in a list of stragglers, its summary below the grid, and its page."""

from collections.abc import Iterable

from cockpit.deploy.hosts.rollback_readiness import precise_duration
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.hosts.transfer import host_rate, host_seconds_left, size_text
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, short
from cockpit.views.build_comparison import newest
from cockpit.views.rows import EMPTY, Line, Span, Tone, clock, column, fit, wrap

MAX_LINES = 400
"""Lines shown of the last output; agents report its tail."""


def stragglers(snapshot: Snapshot, hosts: Iterable[tuple[str, Tone]]) -> tuple[Span, ...]:
    """Return a sentence for each host: name, state, since when, last output."""
    return tuple(Span(_sentence(snapshot, host), tone) for host, tone in hosts)


def _sentence(snapshot: Snapshot, host: str) -> str:
    status, now = snapshot.statuses.value.get(host), snapshot.now
    if status is None:
        return f"{host} never reported"
    if status.is_silent(now, snapshot.policy.silent_after):
        return f"{host} silent for {duration(now - status.at)}"
    output = f": {status.detail}" if status.detail else ""
    if status.state is HostState.SERVING:
        return f"{host} still serves {short(status.build)}, {duration(now - status.since)}{output}"
    return f"{host} {status.state} for {duration(now - status.since)}{output}"


def summary(snapshot: Snapshot, tier: str, host: str, width: int) -> tuple[Line, Line, Line]:
    """Return a line with name, state, build and age of the host, and two lines of its last output."""
    status = snapshot.statuses.value.get(host)
    head: Line = (Span(f" {host}", Tone.STRONG), Span(f"  {tier}  ", Tone.DIM))
    if not host:
        return fit((Span(" no host", Tone.DIM),), width), EMPTY, EMPTY
    if status is None:
        return fit((*head, Span("never reported", Tone.UNKNOWN)), width), EMPTY, EMPTY
    last = wrap(status.detail or "no output", width - 1, 2)
    output = [fit((Span(f" {text}", Tone.PLAIN if status.detail else Tone.DIM),), width) for text in (*last, "")]
    return fit((*head, *_state(snapshot, status)), width), output[0], output[1]


def _state(snapshot: Snapshot, status: Status) -> Line:
    """Return `serving for 5 s  0ld5eed000, reported 1 s ago`."""
    silent = status.is_silent(snapshot.now, snapshot.policy.silent_after)
    state = f"silent for {duration(snapshot.now - status.at)}, was {status.state}" if silent else str(status.state)
    since = "" if silent else f" for {duration(snapshot.now - status.since)}"
    reported = "" if silent else f", reported {duration(snapshot.now - status.at)} ago"
    build = Span(short(status.build) or "no build", Tone.NEW if status.build == newest(snapshot) else Tone.OLD)
    return (
        Span(f"{state}{since}  ", Tone.UNKNOWN if silent else Tone.PLAIN),
        build,
        Span(reported, Tone.DIM),
    )


def page(snapshot: Snapshot, tier: str, host: str, width: int) -> tuple[Line, ...]:
    """Return everything known about one host, with its whole last output."""
    status = snapshot.statuses.value.get(host)
    if status is None:
        return summary(snapshot, tier, host, width)[:1]
    placed = snapshot.stored_target(tier)
    target = placed.target.wants(host) if placed else ""
    rows = (
        ("target", short(target) or "none: its tier has no target"),
        ("on disk", _on_disk(status)),
        ("refuses", short(status.failed)),
        ("balancer", "out of it, takes no requests" if status.out else ""),
        ("applied", f"target {status.serial}" if status.serial else "no target yet"),
        ("pulling", _pulling(status)),
        ("last swap", _swap(status)),
        ("pulled", f"{size_text(status.pulled)} since its agent started"),
        ("URL", status.url or "none"),
    )
    output = [text for line in status.detail.split("\n") for text in wrap(line, width - 2, MAX_LINES)]
    return (
        summary(snapshot, tier, host, width)[0],
        EMPTY,
        *(fit((column(f" {word}", 12, Tone.DIM), Span(text)), width) for word, text in rows if text),
        EMPTY,
        fit((Span(" last output", Tone.DIM),), width),
        *(fit((Span(f"  {text}"),), width) for text in output if text or status.detail),
        *(() if status.detail else (fit((Span("  none", Tone.DIM),), width),)),
    )


def _on_disk(status: Status) -> str:
    """`9ea7b0b111, 0ld5eed000 (not proved)`; a slot is not proved until it was read again."""
    unproved = set(status.cold).difference(status.cold if status.proved is None else status.proved)
    builds = (f"{short(build)}{' (not proved)' if build in unproved else ''}" for build in (status.build, *status.cold))
    return ", ".join(builds) if status.build or status.cold else "no build"


def _pulling(status: Status) -> str:
    if status.pulling is None:
        return ""
    pulling, rate, left = status.pulling, host_rate(status), host_seconds_left(status)
    total = f"of {size_text(pulling.total)}" if pulling.total else "of unknown"
    speed = f"{size_text(rate)}/s" if rate is not None else "rate unknown"
    rest = f"about {duration(left)} left" if left is not None else "time left unknown"
    return f"{short(pulling.build)}: {size_text(pulling.fetched)} {total}, {speed}, {rest}"


def _swap(status: Status) -> str:
    if status.swap is None:
        return "unknown: none measured"
    swap = status.swap
    flip = f", flip {precise_duration(swap.flip)}" if swap.flip is not None else ", flip unknown"
    return f"{precise_duration(swap.out)} out of service{flip}, to {short(swap.build)} at {clock(swap.at)} UTC"
