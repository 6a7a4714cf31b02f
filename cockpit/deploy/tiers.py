"""Tiers of hosts and the ladder of steps that a release climbs."""

import re
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct


class Audience(StrEnum):
    """Whom a tier serves, which decides what an error costs."""

    NOBODY = "nobody"
    COMPANY = "company"
    PUBLIC = "public"


class Tier(Struct, frozen=True):
    """A named set of hosts."""

    name: str
    serves: Audience
    hosts: tuple[str, ...] = ()
    """The expected names, so that a host that never reported is missed; empty if hosts come and go."""
    max_unavailable: int | str = "25%"
    """How many hosts may be out of their load balancer at once: a count, or a share such as `25%`."""


_SHARE = re.compile(r"(\d{1,3})\s*%")


def most_unavailable(tier: Tier, hosts: int) -> int:
    """How many of `hosts` may be out at once. A share is rounded down, to one at least; 0 if the bound is invalid."""
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
    """The minimum seconds before the next step."""


Ladder = tuple[Step, ...]


def label(ladder: Ladder, rung: int) -> str:
    """The label of a step: `canary`, or `production 25 %` if its tier takes several steps."""
    step = ladder[rung]
    alone = sum(other.tier == step.tier for other in ladder) == 1
    return step.tier if alone and step.percent == 100 else f"{step.tier} {step.percent} %"
