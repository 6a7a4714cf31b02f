"""The cutoff: which hosts of a tier run the new build at p percent.

Each host has a rank, the hash of a salt and its name. The engine writes the p-th percentile of the ranks into the
target as the cutoff, and a host runs the build if its rank is at or below it. The share is exact even in a fleet of
ten, the first 10 % are still in at 25 %, and each agent decides alone from one record.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

EVERY_HOST = "f" * 16
"""The cutoff of 100 %. It includes hosts that join later."""
NO_HOST = ""
"""The cutoff of 0 %: no rank is at or below it."""


@lru_cache(1 << 15)
def rank(salt: str, host: str) -> str:
    """The host's rank: 16 hex digits, uniform over hosts, fixed for one salt."""
    return hashlib.sha256(f"{salt}\0{host}".encode()).hexdigest()[:16]


def cutoff(salt: str, hosts: Iterable[str], percent: int) -> str:
    """The highest rank among the first `percent` of `hosts`, rounded up: 1 % of ten is one host."""
    if percent >= 100:
        return EVERY_HOST
    ranks = sorted(rank(salt, host) for host in hosts)
    wanted = -(-len(ranks) * percent // 100)
    return ranks[wanted - 1] if wanted > 0 else NO_HOST
