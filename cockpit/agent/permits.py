"""Leave to be out of the load balancer: one of the few permits that a tier has, each a lock in the store.

A host that leaves its load balancer holds one until it is back, so never more than `max_unavailable` hosts are out at
once, also in a rollback. A permit is a lease: a dead agent's comes free by itself. One that goes wrong and stays out
keeps its own, and so keeps a bad build from taking more hosts out than the tier can spare.
"""

import asyncio

from cockpit.deploy import store_keys
from cockpit.deploy.cutoff import rank
from cockpit.ports import Failed, Lease, Locks

TTL = 10.0
"""Seconds after which a dead agent's permit is free; Consul takes up to twice that."""
MOST_TRIED = 8
"""Permits looked at in one go: of a tier's hundreds any is as good as any other."""


class Permits:
    """The permits of one tier, as one of its hosts sees them."""

    def __init__(self, locks: Locks, tier: str, host: str, ttl: float = TTL) -> None:
        self._locks = locks
        self._tier = tier
        self._host = host
        self._ttl = ttl
        self._lease: Lease | None = None
        self._tries = 0

    @property
    def held(self) -> bool:
        """Whether this host has one, as far as it knows."""
        return self._lease is not None

    async def take(self, most: int) -> bool:
        """Try to get one of the tier's `most`; whether this host holds one now. Raises `Failed`."""
        start = int(rank(str(self._tries), self._host), 16)
        self._tries += 1
        for number in range(min(most, MOST_TRIED)):
            if self._lease is not None:
                break
            name = store_keys.permit(self._tier, (start + number) % most)
            self._lease = await self._locks.acquire(name, self._host, self._ttl)
        return self.held

    async def give_back(self) -> None:
        """Let another have it; harmless without one. It lapses by itself where the store cannot be told."""
        lease, self._lease = self._lease, None
        if lease is not None:
            try:
                await lease.release()
            except Failed:
                return

    async def keep(self) -> None:
        """Hold on to it for ever, while there is one. One that is lost is lost: the host goes on to come back in."""
        while True:
            await asyncio.sleep(self._ttl / 4)
            lease = self._lease
            try:
                if lease is not None and not await lease.renew() and self._lease is lease:
                    self._lease = None
            except Failed:
                continue  # nobody can tell now
