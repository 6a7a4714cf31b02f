"""How far a tier has come from what it runs to what it should run.

All that is asked of ten thousand hosts at every frame and every key is counted here in one pass, so that views and
decisions look it up.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from msgspec import Struct

from cockpit.deploy.hosts.status import HostState, Status, Swap, Target
from cockpit.deploy.text import duration
from cockpit.deploy.tiers import Tier


class Convergence(Struct, frozen=True):
    """One tier, counted. Every host is in exactly one of converged, moving, silent and failed."""

    hosts: tuple[str, ...]
    wanted: int
    """How many of them the target asks to run its build."""
    actual: int
    """How many of them serve it."""
    converged: int
    """How many serve what the target asks of them, whichever build that is."""
    moving: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    """Each with its state, age or reason, for people to read."""
    serving: dict[str, int] = {}
    """Of the hosts that are heard: how many take requests with a build, by its id."""
    held: dict[str, int] = {}
    """Of the hosts that are heard: how many have a build on their disk, by its id."""
    pulling: tuple[Status, ...] = ()
    """Those heard of that bring a build onto their disk now."""
    swaps: tuple[Swap, ...] = ()
    """The last swap of each host that has measured one."""
    gave_up: tuple[Status, ...] = ()
    """Every host that said last that it failed, heard or not."""
    obeyed: int = 0
    """The highest serial that any of them has obeyed, heard or not."""
    reported: float = 0.0
    """When the newest report was written; 0 for never."""

    @property
    def done(self) -> bool:
        return bool(self.hosts) and self.converged == len(self.hosts)


def convergence(
    tier: Tier, target: Target | None, statuses: Iterable[Status], now: float, silent_after: float
) -> Convergence:
    """Counts the tier's hosts: those the config names and those that have reported."""
    by_host = {status.host: status for status in statuses}
    hosts = _named(tier.hosts, by_host)
    wanted = actual = converged = 0
    moving: list[str] = []
    silent: list[str] = []
    failed: list[str] = []
    heard: list[Status] = []
    for host in hosts:
        wish = target.wants(host) if target else ""
        wanted += target is not None and wish == target.build
        status = by_host.get(host)
        if status is None:
            silent.append(f"{host} (never reported)")
        elif not -silent_after <= now - status.at <= silent_after:
            silent.append(f"{host} ({duration(now - status.at)})")
        else:
            heard.append(status)
            at_rest = status.state is HostState.SERVING
            actual += at_rest and target is not None and status.build == target.build
            if status.state is HostState.FAILED or (wish and status.failed == wish):
                failed.append(f"{host}: {status.detail or 'no output'}")
            elif at_rest and (not wish or status.build == wish):
                converged += 1
            else:
                moving.append(f"{host} ({status.state}, {duration(now - status.since)})")
    return Convergence(
        hosts, wanted, actual, converged, tuple(moving), tuple(silent), tuple(failed), **_sums(by_host, heard)
    )


def _sums(everyone: dict[str, Status], heard: list[Status]) -> dict[str, Any]:
    """The fields that do not depend on the target."""
    serving: dict[str, int] = {}
    held: dict[str, int] = {}
    for status in heard:
        build = status.build
        if build:
            held[build] = held.get(build, 0) + 1
            if status.state is HostState.SERVING:
                serving[build] = serving.get(build, 0) + 1
        for other in status.cold:
            if other != build:
                held[other] = held.get(other, 0) + 1
    said = everyone.values()
    return {
        "serving": serving,
        "held": held,
        "pulling": tuple(status for status in heard if status.pulling is not None),
        "swaps": tuple(status.swap for status in said if status.swap is not None),
        "gave_up": tuple(status for status in said if status.state is HostState.FAILED),
        "obeyed": max((status.serial for status in said), default=0),
        "reported": max((status.at for status in said), default=0.0),
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
