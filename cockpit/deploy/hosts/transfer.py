"""The progress of a tier's hosts in pulling a build, from their own reports.

The rate of a host is its fetched bytes over the time from its start to its report, so the rate of a stalled host falls
with every report. The tier is done when its slowest host is. A value that a host cannot estimate is shown as unknown.
"""

from collections import Counter

from msgspec import Struct

from cockpit.deploy.hosts.rollout import Rollout
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.text import duration, plural, short

LEAST = 0.5
"""The least seconds of a pull for an estimate of its rate."""


class Transfer(Struct, frozen=True):
    """The pull of one build by the hosts of one tier."""

    build: str
    hosts: int
    on_disk: int
    """How many reporting hosts have it on disk."""
    pulling: int
    silent: int
    fetched: int
    """Bytes that the pulling hosts fetched so far."""
    total: int | None
    """Bytes that they will fetch in all; None while one of them does not know."""
    rate: float | None
    """Bytes a second of the hosts with an estimate, together; None if no host has one."""
    seconds_left: float | None
    """Seconds until the last host with an estimate is done; None if no host has one."""
    without_estimate: int
    """How many pulling hosts have no estimate."""


def transfer(state: Rollout) -> Transfer | None:
    """The tier's pull; None if no host pulls. Of several builds, the one that most hosts pull."""
    if not state.pulling:
        return None
    build = Counter(status.pulling.build for status in state.pulling if status.pulling).most_common(1)[0][0]
    who = [status for status in state.pulling if status.pulling and status.pulling.build == build]
    totals = [status.pulling.total for status in who if status.pulling]
    rates = [rate for status in who if (rate := host_rate(status)) is not None]
    lefts = [left for status in who if (left := host_seconds_left(status)) is not None]
    return Transfer(
        build=build,
        hosts=len(state.hosts),
        on_disk=state.on_disk.get(build, 0),
        pulling=len(who),
        silent=len(state.silent),
        fetched=sum(status.pulling.fetched for status in who if status.pulling),
        total=sum(totals) if all(totals) else None,
        rate=sum(rates) if rates else None,
        seconds_left=max(lefts, default=None),
        without_estimate=len(who) - len(lefts),
    )


def host_rate(status: Status) -> float | None:
    """Bytes a second; None if it pulls nothing or has just begun."""
    if status.pulling is None or status.at - status.pulling.began < LEAST:
        return None
    return status.pulling.fetched / (status.at - status.pulling.began)


def host_seconds_left(status: Status) -> float | None:
    """Seconds until the host has the rest, at its rate; None if unknown."""
    pulling, rate = status.pulling, host_rate(status)
    if pulling is None or not pulling.total:
        return None
    missing = max(0, pulling.total - pulling.fetched)
    if not missing:
        return 0.0
    return missing / rate if rate else None


def transfer_text(transfer: Transfer) -> str:
    """`pulling 9ea7b0b111: 40 of 100 hosts have it, 60 pull, 1.2 of 8.0 MB, 3.4 MB/s, about 2 s left`."""
    silent = f", {transfer.silent:,} silent" if transfer.silent else ""
    have = f"{transfer.on_disk:,} of {plural(transfer.hosts, 'host')} have it"
    return f"pulling {short(transfer.build)}: {have}, {transfer.pulling:,} pull{silent}, {progress_text(transfer)}"


def progress_text(transfer: Transfer) -> str:
    """`1.2 of 8.0 MB, 3.4 MB/s, about 2 s left`; unknown values are named as such."""
    total = f"of {size_text(transfer.total)}" if transfer.total is not None else "of unknown"
    rate = f"{size_text(transfer.rate)}/s" if transfer.rate is not None else "rate unknown"
    return f"{size_text(transfer.fetched)} {total}, {rate}, {remaining_text(transfer)}"


def remaining_text(transfer: Transfer) -> str:
    """`about 2 s left`, `at least 2 s left` if some hosts have no estimate, `time left unknown` if no host has one."""
    if transfer.seconds_left is None:
        return "time left unknown"
    return f"{'at least' if transfer.without_estimate else 'about'} {duration(transfer.seconds_left)} left"


def size_text(count: float) -> str:
    """Bytes as text: `812 B`, `1.2 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 99.95 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
