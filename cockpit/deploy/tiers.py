"""Tiers of hosts and the ladder of steps that a release climbs."""

import re
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct


class Audience(StrEnum):
    """Whom a tier serves; it decides what an error costs."""

    NOBODY = "nobody"
    COMPANY = "company"
    PUBLIC = "public"


class Tier(Struct, frozen=True):
    """A named set of hosts."""

    name: str
    serves: Audience
    hosts: tuple[str, ...] = ()
    """The names that should exist, so that a host which never spoke is missed; empty where hosts come and go."""
    max_unavailable: int | str = "25%"
    """How many hosts may be out of their load balancer at once: a count, or a share of the tier like `25%`."""


_SHARE = re.compile(r"(\d{1,3})\s*%")


def permits(tier: Tier, hosts: int) -> int:
    """How many of `hosts` may be out at once: of a share rounded down, but one at least. 0 for a bound that is none."""
    bound = tier.max_unavailable
    if isinstance(bound, int):
        return max(0, bound)
    share = _SHARE.fullmatch(bound)
    return max(1, hosts * int(share[1]) // 100) if share and 1 <= int(share[1]) <= 100 else 0


class Step(Struct, frozen=True):
    """A tier and a percentage of its hosts."""

    tier: str
    percent: int
    soak: Annotated[float, Meta(ge=0.0)]
    """Seconds the step must be watched at least before the next may be taken."""


Ladder = tuple[Step, ...]


def label(ladder: Ladder, rung: int) -> str:
    """What people call the step: `canary`, or `production 25 %` where its tier is taken in several steps."""
    step = ladder[rung]
    alone = sum(other.tier == step.tier for other in ladder) == 1
    return step.tier if alone and step.percent == 100 else f"{step.tier} {step.percent} %"
