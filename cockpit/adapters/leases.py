"""Locks by lease on any store: the lock of a dead holder becomes free when its lease expires.

A lock is two keys. `<name>/owner` names the holder and is written only when the holder changes. Its version is the
fencing token: a holder that was frozen and lost the lock cannot write any more. `<name>/beat` has the time of expiry
and is written at every renewal. Expiry follows the wall clock: the holders are on one machine, or have synchronised
clocks.
"""

from collections.abc import Callable

import msgspec
from msgspec import Struct

from cockpit.deploy import store_keys
from cockpit.deploy.locks import Holder
from cockpit.ports import Check, Conflict, Delete, Entry, Lease, Put, Store, Write


class Owner(Struct, frozen=True):
    """The value of `<name>/owner`."""

    holder: str
    since: float


class LeaseExpiry(Struct, frozen=True):
    """The value of `<name>/beat`."""

    until: float
    ttl: float

    def lasts(self, now: float) -> bool:
        """Whether the lease is valid at `now`.

        A lease that ends later than any renewal could set was written before the clock was set back. It is not valid:
        otherwise a dead holder would keep the lock for as long as the clock was wrong.
        """
        return self.until - 2 * self.ttl <= now < self.until


class StoreLease:
    """A `ports.Lease`: held until `ttl` seconds after its last renewal."""

    def __init__(self, store: Store, clock: Callable[[], float], name: str, ttl: float, fence: int) -> None:
        self._store = store
        self._clock = clock
        self._name = name
        self._ttl = ttl
        self._fence = fence

    @property
    def guard(self) -> Check:
        """Makes a transaction fail with `Conflict` once another holder has had the lock."""
        return Check(store_keys.owner(self._name), self._fence)

    async def renew(self) -> bool:
        """Hold the lock for `ttl` seconds from now; False if it is lost. An expired lock that is still free is kept."""
        beat = msgspec.json.encode(LeaseExpiry(self._clock() + self._ttl, self._ttl))
        try:
            await self._store.commit(self.guard, Put(_beat(self._name), beat))
        except Conflict:
            return False
        return True

    async def release(self) -> None:
        """Release the lock; harmless if it was lost."""
        try:
            await self._store.commit(Delete(store_keys.owner(self._name), self._fence), Delete(_beat(self._name)))
        except Conflict:
            return


class StoreLocks:
    """`ports.Locks` in `store`; `clock` gives seconds since the epoch.

    A holder that restarts under its own name waits like any other: the store cannot tell whether its predecessor is
    dead. A record that cannot be read means that the lock is free; the fencing token stops the former holder's writes.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    async def acquire(self, name: str, holder: str, ttl: float) -> Lease | None:
        """The lease for `ttl` seconds from now; None if another holds it or acquires it first."""
        owner, beat = await self._read(name)
        if _held_by(owner, beat, self._clock()):
            return None
        return await self._take(name, holder, ttl, owner.version if owner else 0, beat.version if beat else 0)

    async def seize(self, name: str, holder: str, ttl: float, seen: Holder, *writes: Write) -> Lease | None:
        """The lease, taken from the holder that was `seen` in one transaction with `writes`; None after a conflict."""
        return await self._take(name, holder, ttl, seen.version, writes=writes)  # a renewal does not stop this

    async def extend(self, name: str, seen: Holder, ttl: float) -> bool:
        """Keep the lock for its holder `seen`; False if the holder has changed since."""
        return await StoreLease(self._store, self._clock, name, ttl, seen.version).renew()

    async def look(self, name: str) -> Holder:
        """The current holder."""
        owner, beat = await self._read(name)
        version = owner.version if owner else 0
        record = _held_by(owner, beat, self._clock())
        return Holder(record.holder, record.since, version) if record else Holder(version=version)

    async def _take(
        self,
        name: str,
        holder: str,
        ttl: float,
        owner: int,
        beat: int | None = None,
        writes: tuple[Write, ...] = (),
    ) -> Lease | None:
        now = self._clock()
        try:
            fence = await self._store.commit(
                Put(store_keys.owner(name), msgspec.json.encode(Owner(holder, now)), owner),
                Put(_beat(name), msgspec.json.encode(LeaseExpiry(now + ttl, ttl)), beat),
                *writes,
            )
        except Conflict:
            return None
        return StoreLease(self._store, self._clock, name, ttl, fence)

    async def _read(self, name: str) -> tuple[Entry | None, Entry | None]:
        entries = {entry.key: entry for entry in await self._store.list(f"{name}/")}
        return entries.get(store_keys.owner(name)), entries.get(_beat(name))


def _beat(name: str) -> str:
    return f"{name}/beat"


def _held_by(owner: Entry | None, beat: Entry | None, now: float) -> Owner | None:
    if owner is None or beat is None:
        return None
    try:
        lasts = msgspec.json.decode(beat.value or b"", type=LeaseExpiry).lasts(now)
        return msgspec.json.decode(owner.value or b"", type=Owner) if lasts else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
