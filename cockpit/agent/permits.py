"""Permits to leave the load balancer: a tier has a few, and each is a lock in the store.

A host holds a permit from its drain until it is back, so at most `max_unavailable` hosts are out at once, even in a
rollback. A permit is a lease, so a dead agent's permit expires. A host that fails and stays drained keeps its permit,
which stops a bad build from taking more hosts out than the tier can spare.
"""

import asyncio

from cockpit.deploy import store_keys
from cockpit.deploy.cutoff import rank
from cockpit.ports import Failed, Lease, Locks

TTL = 10.0
"""Seconds until a dead agent's permit expires; Consul takes up to twice that."""
MAX_TRIED = 8
"""Permits tried in one call. A large tier has hundreds, and any of them will do."""


class Permits:
    """The permits of one tier, for one of its hosts."""

    def __init__(self, locks: Locks, tier: str, host: str, ttl: float = TTL) -> None:
        self._locks = locks
        self._tier = tier
        self._host = host
        self._ttl = ttl
        self._lease: Lease | None = None
        self._tries = 0

    @property
    def held(self) -> bool:
        """Whether this host holds a permit, as far as it knows."""
        return self._lease is not None

    async def acquire(self, limit: int) -> bool:
        """Try to acquire one of the tier's `limit` permits; return whether this host holds one. Raises `Failed`."""
        start = int(rank(str(self._tries), self._host), 16)
        self._tries += 1
        for number in range(min(limit, MAX_TRIED)):
            if self._lease is not None:
                break
            name = store_keys.permit(self._tier, (start + number) % limit)
            self._lease = await self._locks.acquire(name, self._host, self._ttl)
        return self.held

    async def release(self) -> None:
        """Release the permit, if there is one. If the store cannot be reached, the permit expires."""
        lease, self._lease = self._lease, None
        if lease is not None:
            try:
                await lease.release()
            except Failed:
                return

    async def renew_forever(self) -> None:
        """Renew the permit while there is one. If it is lost, the host continues until it is back."""
        while True:
            await asyncio.sleep(self._ttl / 4)
            lease = self._lease
            try:
                if lease is not None and not await lease.renew() and self._lease is lease:
                    self._lease = None
            except Failed:
                continue  # the store cannot say whether the permit is lost
