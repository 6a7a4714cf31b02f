"""Which hosts of a tier are in p percent.

Each host hashes (salt, its own name). The engine writes the p-th percentile of those hashes into the target as a
cutoff, and a host takes the build if its own hash is at or below it. So the share is exact even in a fleet of ten, the
first 10 % stay in at 25 %, and each agent decides alone from one key.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

EVERY_HOST = "f" * 16
"""The cutoff of 100 %: also hosts that nobody knew of when it was written."""


NO_HOST = ""
"""The cutoff of 0 %: no hash is at or under it."""


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
