"""A drill: a random fault, the time at which it begins, and the actions expected of a commander."""

import random
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from cockpit.demo.layout import LADDER, fleet_hosts
from cockpit.demo.settings import DemoSettings, StoreKind
from cockpit.demo.shop_history import Story
from cockpit.deploy.events import Event
from cockpit.deploy.facts import Abandoned, Held, RevertAsked, RolledBack


class Fault(StrEnum):
    """The kind of fault."""

    BAD_PR = "bad-pr"
    BAD_HOST = "bad-host"
    DEAD_METRICS = "dead-metrics"
    CONSUL_RESTART = "consul-restart"
    CONFLICT = "conflict"


REQUIRED_PROGRAMS = {
    Fault.DEAD_METRICS: ("prometheus", "prometheus-alertmanager"),
    Fault.CONSUL_RESTART: ("consul",),
}
LAST_RUNG = 4
"""The last rung at which a fault begins: production 25 %."""
MAX_DELAY = 3.0

DESCRIPTIONS = {
    Fault.BAD_PR: "a pull request of the release fails for customers",
    Fault.BAD_HOST: "the application on a production host died and does not start",
    Fault.DEAD_METRICS: "Prometheus died: there are no counts of requests or errors",
    Fault.CONSUL_RESTART: "Consul was killed and restarts after some seconds",
    Fault.CONFLICT: "a pull request of the release fails, and its revert conflicts with a colleague's change on main",
}
EXPECTED_ACTIONS = {
    Fault.BAD_PR: "revert it, roll back or abandon",
    Fault.BAD_HOST: "hold until it is known whether the build or the host is bad",
    Fault.DEAD_METRICS: "hold: without data no step is safe",
    Fault.CONSUL_RESTART: "hold once Consul answers: hosts keep serving meanwhile",
    Fault.CONFLICT: "roll back or abandon first, or resolve the conflict: customers get errors meanwhile",
}


class Drill(Struct, frozen=True):
    """A fault and its time."""

    fault: Fault
    rung: int
    """The rung of the ladder at which it begins. A bad pull request fails from the first step that has users."""
    delay: float
    """Seconds from that rung to the fault."""
    host: str
    """The host that fails, for a fault of a host."""

    def settings(self, seed: int, pace: float) -> DemoSettings:
        """The demo in which this fault can happen."""
        return DemoSettings(
            story=Story.HOTFIX if self.fault in (Fault.BAD_PR, Fault.CONFLICT) else Story.CLEAN,
            seed=seed,
            store=StoreKind.CONSUL if self.fault is Fault.CONSUL_RESTART else StoreKind.SQLITE,
            prometheus=self.fault is Fault.DEAD_METRICS,
            pace=pace,
        )


def draw_drill(seed: int, possible: Sequence[Fault]) -> Drill:
    """A drill with one of these faults, drawn by that seed."""
    rng = random.Random(seed)
    fault = rng.choice(tuple(possible))
    hosts = [host for host, tier in fleet_hosts() if tier == "production"]
    rung = rng.randint(1, min(LAST_RUNG, len(LADDER) - 2))
    return Drill(fault, rung, round(rng.uniform(0.0, MAX_DELAY), 1), rng.choice(hosts))


def is_right_action(event: Event, fault: Fault) -> bool:
    """Whether the event is an action expected after that fault."""
    match event.what:
        case Held():
            return fault not in (Fault.BAD_PR, Fault.CONFLICT)
        case RolledBack() | Abandoned():
            return fault in (Fault.BAD_PR, Fault.CONFLICT)
        case RevertAsked(resolved=resolved):
            return fault is Fault.BAD_PR or (fault is Fault.CONFLICT and resolved != "")
        case _:
            return False
