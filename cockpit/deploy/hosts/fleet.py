"""How far a tier has come from what it runs to what it should run."""

from msgspec import Struct

from cockpit.deploy.hosts.status import HostState, Status, Target
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

    @property
    def done(self) -> bool:
        return bool(self.hosts) and self.converged == len(self.hosts)


def convergence(
    tier: Tier, target: Target | None, statuses: tuple[Status, ...], now: float, silent_after: float
) -> Convergence:
    """Counts the tier's hosts: those the config names and those that have reported."""
    by_host = {status.host: status for status in statuses}
    hosts = tuple(sorted({*tier.hosts, *by_host}))
    wanted = actual = converged = 0
    moving: list[str] = []
    silent: list[str] = []
    failed: list[str] = []
    for host in hosts:
        wish = target.wants(host) if target else ""
        wanted += bool(target and wish == target.build)
        status = by_host.get(host)
        if status is None:
            silent.append(f"{host} (never reported)")
            continue
        if status.silent(now, silent_after):
            silent.append(f"{host} ({duration(now - status.at)})")
            continue
        actual += bool(target and status.serves(target.build))
        if status.state is HostState.FAILED or (wish and status.failed == wish):
            failed.append(f"{host}: {status.detail or 'no output'}")
        elif status.serves(wish) if wish else status.state is HostState.SERVING:
            converged += 1
        else:
            moving.append(f"{host} ({status.state}, {duration(now - status.since)})")
    return Convergence(hosts, wanted, actual, converged, tuple(moving), tuple(silent), tuple(failed))
