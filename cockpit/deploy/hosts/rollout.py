"""How far a tier has come from what it runs to what it should run.

All that is asked of ten thousand hosts at every frame and every key is counted here in one pass, so that views and
decisions look it up.
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

_AT, _SERIAL, _SWAP, _ON_DISK = attrgetter("at"), attrgetter("serial"), attrgetter("swap"), attrgetter("build", "cold")


class Rollout(Struct, frozen=True):
    """One tier, counted. Every host is in exactly one of converged, moving, silent and failed."""

    hosts: tuple[str, ...]
    desired: int
    """How many of them the target asks to run its build."""
    updated: int
    """How many of them serve it."""
    ready: int
    """How many serve what the target asks of them, whichever build that is."""
    moving: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    """Each with its state, age or reason, for people to read."""
    serving: dict[str, int] = {}
    """Of the hosts that are heard: how many take requests with a build, by its id."""
    on_disk: dict[str, int] = {}
    """Of the hosts that are heard: how many have a build on their disk, by its id."""
    pulling: tuple[Status, ...] = ()
    """Those heard of that bring a build onto their disk now."""
    swaps: tuple[Swap, ...] = ()
    """The last swap of each host that has measured one."""
    failed_statuses: tuple[Status, ...] = ()
    """Every host that said last that it failed, heard or not."""
    highest_serial: int = 0
    """The highest serial that any of them has obeyed, heard or not."""
    last_report: float = 0.0
    """When the newest report was written; 0 for never."""
    valid_until: float = 0.0
    """While no host says anything new, all of this stays as it is until then, ages in words included."""

    @property
    def complete(self) -> bool:
        return bool(self.hosts) and self.ready == len(self.hosts)


def rollout(tier: Tier, target: Target | None, statuses: Iterable[Status], now: float, silent_after: float) -> Rollout:
    """Counts the tier's hosts: those the config names and those that have reported."""
    by_host = {status.host: status for status in statuses}
    hosts = _named(tier.hosts, by_host)
    oldest, newest = now - silent_after, now + silent_after
    converged = actual = 0
    moving: list[str] = []
    silent: list[str] = []
    failed: list[str] = []
    heard: list[Status] = []
    wishes = [target.wants(host) for host in hosts] if target else [""] * len(hosts)
    aim = target.build if target else None
    for host, wish in zip(hosts, wishes, strict=True):
        status = by_host.get(host)
        if status is None:
            silent.append(f"{host} (never reported)")
            continue
        if not oldest <= status.at <= newest:
            silent.append(f"{host} ({duration(now - status.at)})")
            continue
        heard.append(status)
        at_rest = status.state is HostState.SERVING
        build = status.build
        if at_rest and build == aim:
            actual += 1
        if status.state is HostState.FAILED or (wish and status.failed == wish):
            failed.append(f"{host}: {status.detail or 'no output'}")
        elif at_rest and (not wish or build == wish):
            converged += 1
        else:
            moving.append(f"{host} ({status.state}, {duration(now - status.since)})")
    wanted = wishes.count(aim) if aim is not None else 0
    until = now if moving or silent else min(map(_AT, heard), default=math.inf) + silent_after
    named = (tuple(moving), tuple(silent), tuple(failed))
    return Rollout(hosts, wanted, actual, converged, *named, **_sums(by_host, heard), valid_until=until)


def _sums(everyone: dict[str, Status], heard: list[Status]) -> dict[str, Any]:
    """The fields that do not depend on the target."""
    held: Counter[str] = Counter()
    for (build, cold), many in Counter(map(_ON_DISK, heard)).items():
        for one in {build, *cold} - {""}:
            held[one] += many
    said = everyone.values()
    return {
        "serving": Counter(status.build for status in heard if status.state is HostState.SERVING),
        "on_disk": held,
        "pulling": tuple(status for status in heard if status.pulling is not None),
        "swaps": tuple(swap for swap in map(_SWAP, said) if swap is not None),
        "failed_statuses": tuple(status for status in said if status.state is HostState.FAILED),
        "highest_serial": max(map(_SERIAL, said), default=0),
        "last_report": max(map(_AT, said), default=0.0),
    }


def _named(expected: tuple[str, ...], reported: dict[str, Status]) -> tuple[str, ...]:
    """All names in order. Those of the config are sorted once: ten thousand strangers at every frame cost too much."""
    known, order = _in_order(expected)
    more = reported.keys() - known
    return tuple(sorted((*order, *more))) if more else order


@lru_cache(64)
def _in_order(expected: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    known = frozenset(expected)
    return known, tuple(sorted(known))
