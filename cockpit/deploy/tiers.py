"""Tiers of hosts, the ladder of steps a release climbs, and which hosts are in p per cent.

Which hosts: each host hashes (salt, its own name); the engine writes the p-th percentile of those hashes into
the target as a cutoff; a host takes the build when its own hash is at or under the cutoff. So the share is exact
even in a fleet of ten, the first 10 % stay in at 25 %, and each agent decides alone from one key.
"""

import hashlib
import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

EVERY_HOST = "f" * 16
"""The cutoff of 100 %: also hosts that nobody knew of when it was written."""
NO_HOST = ""
"""The cutoff of 0 %: no hash is at or under it."""


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
    soak: float
    """Seconds the step must be watched at least before the next may be taken."""


Ladder = tuple[Step, ...]


def label(ladder: Ladder, rung: int) -> str:
    """What people call the step: `canary`, or `production 25 %` where its tier is taken in several steps."""
    step = ladder[rung]
    alone = sum(other.tier == step.tier for other in ladder) == 1
    return step.tier if alone and step.percent == 100 else f"{step.tier} {step.percent} %"


@lru_cache(1 << 15)
def rank(salt: str, host: str) -> str:
    """A host's fixed place in the queue of this release: 16 hex digits, uniform over hosts."""
    return hashlib.sha256(f"{salt}\0{host}".encode()).hexdigest()[:16]


def cutoff(salt: str, hosts: Iterable[str], percent: int) -> str:
    """The highest rank among the first `percent` of `hosts` (rounded up, so that 1 % of ten is one host)."""
    if percent >= 100:
        return EVERY_HOST
    ranks = sorted(rank(salt, host) for host in hosts)
    wanted = -(-len(ranks) * percent // 100)
    return ranks[wanted - 1] if wanted > 0 else NO_HOST
