"""The rollout of a tier: how many hosts run what they should.

Everything that views and decisions ask about ten thousand hosts at every frame is counted here in one pass.
"""

import math
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from operator import attrgetter
from typing import Any

from msgspec import Struct

from cockpit.deploy.hosts.status import HostState, Status, Swap, Target
from cockpit.deploy.text import duration
from cockpit.deploy.tiers import Tier

_AT, _SERIAL, _SWAP, _ON_DISK = (
    attrgetter("at"),
    attrgetter("serial"),
    attrgetter("swap"),
    attrgetter("build", "cold", "proved"),
)


class Rollout(Struct, frozen=True):
    """The counts of one tier. Every host is in exactly one of ready, moving, silent and failed."""

    hosts: tuple[str, ...]
    desired: int
    """How many of them the target tells to run its build."""
    updated: int
    """How many of them serve the target's build."""
    ready: int
    """How many serve the build that the target tells them to run, the new or the old one."""
    moving: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    """Each host with its state, age or reason, as text."""
    serving: dict[str, int] = {}
    """How many reporting hosts take requests with a build, by its id."""
    on_disk: dict[str, int] = {}
    """How many reporting hosts have a build on disk, by its id: hot, or proved to be whole."""
    pulling: tuple[Status, ...] = ()
    """The reporting hosts that pull a build."""
    swaps: tuple[Swap, ...] = ()
    """The last swap of each host that measured one."""
    failed_statuses: tuple[Status, ...] = ()
    """The hosts with the state failed in their last report, also if they are silent now."""
    highest_serial: int = 0
    """The highest serial that any host obeyed, also of silent hosts."""
    last_report: float = 0.0
    """The time of the newest report; 0 if there was none."""
    valid_until: float = 0.0
    """Until then the counts and the ages in the texts stay the same, unless a host reports."""

    @property
    def complete(self) -> bool:
        return bool(self.hosts) and self.ready == len(self.hosts)


def rollout(tier: Tier, target: Target | None, statuses: Iterable[Status], now: float, silent_after: float) -> Rollout:
    """Count the tier's hosts: those in the config and those that have reported."""
    by_host = {status.host: status for status in statuses}
    hosts = _named(tier.hosts, by_host)
    oldest, newest = now - silent_after, now + silent_after
    ready = updated = 0
    moving: list[str] = []
    silent: list[str] = []
    failed: list[str] = []
    reporting: list[Status] = []
    wanted_builds = [target.wants(host) for host in hosts] if target else [""] * len(hosts)
    new_build = target.build if target else None
    for host, wanted in zip(hosts, wanted_builds, strict=True):
        status = by_host.get(host)
        if status is None:
            silent.append(f"{host} (never reported)")
            continue
        if not oldest <= status.at <= newest:
            silent.append(f"{host} ({duration(now - status.at)})")
            continue
        reporting.append(status)
        at_rest = status.state is HostState.SERVING
        build = status.build
        if at_rest and build == new_build:
            updated += 1
        if status.state is HostState.FAILED or status.stuck or (wanted and status.failed == wanted):
            failed.append(f"{host}: {status.detail or 'no output'}")
        elif at_rest and (not wanted or build == wanted):
            ready += 1
        else:
            moving.append(f"{host} ({status.state}, {duration(now - status.since)})")
    desired = wanted_builds.count(new_build) if new_build is not None else 0
    until = now if moving or silent else min(map(_AT, reporting), default=math.inf) + silent_after
    texts = (tuple(moving), tuple(silent), tuple(failed))
    return Rollout(hosts, desired, updated, ready, *texts, **_sums(by_host, reporting), valid_until=until)


def _sums(by_host: dict[str, Status], reporting: list[Status]) -> dict[str, Any]:
    """The fields that do not depend on the target."""
    on_disk: Counter[str] = Counter()
    for (build, cold, proved), many in Counter(map(_ON_DISK, reporting)).items():
        whole = cold if proved is None else set(cold).intersection(proved)
        for build_id in {build, *whole} - {""}:
            on_disk[build_id] += many
    statuses = by_host.values()
    return {
        "serving": Counter(status.build for status in reporting if status.state is HostState.SERVING),
        "on_disk": on_disk,
        "pulling": tuple(status for status in reporting if status.pulling is not None),
        "swaps": tuple(swap for swap in map(_SWAP, statuses) if swap is not None),
        "failed_statuses": tuple(status for status in statuses if status.state is HostState.FAILED),
        "highest_serial": max(map(_SERIAL, statuses), default=0),
        "last_report": max(map(_AT, statuses), default=0.0),
    }


def _named(expected: tuple[str, ...], reported: dict[str, Status]) -> tuple[str, ...]:
    """All names in order. The names of the config are sorted once, not at every frame."""
    known, order = _in_order(expected)
    more = reported.keys() - known
    return tuple(sorted((*order, *more))) if more else order


@lru_cache(64)
def _in_order(expected: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    known = frozenset(expected)
    return known, tuple(sorted(known))
