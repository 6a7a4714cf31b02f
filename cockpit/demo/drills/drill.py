"""A drill: one fault, drawn at random with the moment at which it happens, and what a commander should do about it."""

import random
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from cockpit.demo.layout import LADDER, StoreKind, members
from cockpit.demo.shop_history import Story
from cockpit.deploy.events import Event
from cockpit.deploy.facts import Abandoned, Held, RevertAsked, RolledBack


class Fault(StrEnum):
    """What goes wrong."""

    BAD_PR = "bad-pr"
    BAD_HOST = "bad-host"
    DEAD_METRICS = "dead-metrics"
    CONSUL_RESTART = "consul-restart"
    CONFLICT = "conflict"


NEEDS = {Fault.DEAD_METRICS: ("prometheus", "prometheus-alertmanager"), Fault.CONSUL_RESTART: ("consul",)}
"""The programs without which a fault cannot happen."""
LATEST = 4
"""The last rung at which a fault begins: production 25 %."""
LONGEST_DELAY = 3.0

SAYS = {
    Fault.BAD_PR: "a pull request of the release fails with customers",
    Fault.BAD_HOST: "the application on a host of production died and does not start",
    Fault.DEAD_METRICS: "Prometheus died: nobody counts requests or errors",
    Fault.CONSUL_RESTART: "Consul was killed and comes back after a while",
    Fault.CONFLICT: "a pull request of the release fails, and its revert conflicts with a colleague's change on main",
}
SHOULD = {
    Fault.BAD_PR: "take it out (revert), roll back or abandon",
    Fault.BAD_HOST: "hold: nothing should move while it is not known whether the build or the host is bad",
    Fault.DEAD_METRICS: "hold: without data no step is safe, and an override is blind",
    Fault.CONSUL_RESTART: "hold once it answers: hosts go on with what they serve meanwhile",
    Fault.CONFLICT: "roll back or abandon first, or resolve the conflict: people are served errors meanwhile",
}


class Drill(Struct, frozen=True):
    """What will happen, and when."""

    fault: Fault
    rung: int
    """It begins once this rung of the ladder has been taken,"""
    delay: float
    """and so many seconds have passed. A pull request is bad from the first step with people on."""
    host: str
    """The one that breaks, where one does."""

    @property
    def story(self) -> Story:
        """What the company's release holds."""
        return Story.HOTFIX if self.fault in (Fault.BAD_PR, Fault.CONFLICT) else Story.CLEAN

    @property
    def store(self) -> StoreKind:
        """What the company has to have for it."""
        return StoreKind.CONSUL if self.fault is Fault.CONSUL_RESTART else StoreKind.SQLITE

    @property
    def prometheus(self) -> bool:
        """The same."""
        return self.fault is Fault.DEAD_METRICS


def drawn(seed: int, possible: Sequence[Fault]) -> Drill:
    """The drill of that seed, of the faults that are possible here."""
    dice = random.Random(seed)
    fault = dice.choice(tuple(possible))
    hosts = [host for host, tier in members() if tier == "production"]
    rung = dice.randint(1, min(LATEST, len(LADDER) - 2))
    return Drill(fault, rung, round(dice.uniform(0.0, LONGEST_DELAY), 1), dice.choice(hosts))


def is_right(event: Event, fault: Fault) -> bool:
    """Whether it is what a commander should do about that fault."""
    match event.what:
        case Held():
            return fault not in (Fault.BAD_PR, Fault.CONFLICT)
        case RolledBack() | Abandoned():
            return fault in (Fault.BAD_PR, Fault.CONFLICT)
        case RevertAsked(resolved=resolved):
            return fault is Fault.BAD_PR or (fault is Fault.CONFLICT and resolved != "")
        case _:
            return False
