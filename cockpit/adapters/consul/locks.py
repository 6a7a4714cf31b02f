"""Locks in Consul: a session holds the lock's key, and the lock is free once the session ends.

Only Consul's clock counts. The version of the key is the fencing token: it changes when the lock is acquired and when
it is released.
"""

import asyncio
import base64
from collections.abc import Callable
from contextlib import suppress

import msgspec
from msgspec import Struct

from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.sessions import ConsulSessions, Session
from cockpit.adapters.consul.store import operations_of, same_version, transact
from cockpit.adapters.leases import Owner
from cockpit.control.lock_release import try_on_exit
from cockpit.deploy import store_keys
from cockpit.deploy.locks import Holder
from cockpit.ports import Check, Conflict, Failed, Lease, Unconfirmed, Write


class LockRow(Struct, frozen=True, rename="pascal"):
    """A lock's key in Consul's JSON."""

    modify_index: int
    value: str | None = None
    session: str = ""


_ROWS = msgspec.json.Decoder(list[LockRow])


class ConsulLease:
    """A `ports.Lease`: held while its session lives."""

    def __init__(self, locks: "ConsulLocks", name: str, session: Session, fence: int) -> None:
        self._locks = locks
        self._name = name
        self._session = session
        self._fence = fence

    @property
    def guard(self) -> Check:
        """Makes a transaction fail with `Conflict` once the session does not hold the lock."""
        return Check(store_keys.owner(self._name), self._fence)

    async def renew(self) -> bool:
        """Keep the session alive; False if the lock is lost. Raises `Failed` if Consul does not answer."""
        if not await self._locks.sessions.renew(self._session):
            return False
        row = await self._locks.row(self._name)
        return row is not None and (row.session, row.modify_index) == (self._session.id, self._fence)

    async def release(self) -> None:
        """End the session; harmless if it has ended."""
        await self._locks.sessions.destroy(self._session)


class ConsulLocks:
    """`ports.Locks` on the keys under `root/`; `clock` dates the holders for people and decides nothing."""

    def __init__(self, client: ConsulClient, root: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._root = root
        self._clock = clock
        self.sessions = ConsulSessions(client)

    async def acquire(self, name: str, holder: str, ttl: float) -> Lease | None:
        """The lease for `ttl` seconds from now; None if another holds it or acquires it first."""
        row = await self.row(name)
        return None if row and row.session else await self._take(name, holder, ttl, row)

    async def seize(self, name: str, holder: str, ttl: float, seen: Holder, *writes: Write) -> Lease | None:
        """The lease, taken from the holder that was `seen`; None if the holder or what `writes` expect has changed.

        Taking it and `writes` is one transaction: the lock is never free in between, so no other process can acquire
        it.
        """
        row = await self.row(name)
        if (row.modify_index if row else 0) != seen.version:
            return None
        lease = await self._take(name, holder, ttl, row, writes)
        if lease and row and row.session:
            with suppress(Failed):  # the old session holds nothing now and expires by itself
                await self.sessions.destroy(Session(row.session))
        return lease

    async def extend(self, name: str, seen: Holder, ttl: float) -> bool:
        """Renew the session of the holder `seen`, which has its TTL from when the lock was taken; False if it ended."""
        row = await self.row(name)
        if row is None or not row.session or row.modify_index != seen.version:
            return False
        return await self.sessions.renew(Session(row.session))

    async def look(self, name: str) -> Holder:
        """The current holder."""
        row = await self.row(name)
        if row is None or not row.session:
            return Holder(version=row.modify_index if row else 0)
        try:
            owner = msgspec.json.decode(base64.b64decode(row.value or ""), type=Owner)
        except (msgspec.MsgspecError, ValueError):
            owner = Owner("unknown", 0.0)  # the session holds the lock even if its value cannot be read
        return Holder(owner.holder, owner.since, row.modify_index)

    async def row(self, name: str) -> LockRow | None:
        """The lock's key; None if it was never held."""
        path = f"/v1/kv/{self._root}/{store_keys.owner(name)}"
        answer = await self._client.read(path, ("consistent", ""), expect=(200, 404))
        return self._client.decoded(answer, _ROWS)[0] if answer.code == 200 else None

    async def _take(
        self, name: str, holder: str, ttl: float, row: LockRow | None, writes: tuple[Write, ...] = ()
    ) -> Lease | None:
        session = await self.sessions.create(ttl)
        fence, maybe_done = 0, False
        try:
            fence = await self._lock(name, holder, session, row, writes)
        except (Unconfirmed, asyncio.CancelledError):
            maybe_done = bool(writes)  # they may say who holds the lock: it must not become free then
            raise
        finally:
            if not (fence or maybe_done):
                await try_on_exit(self.sessions.destroy(session))
        return ConsulLease(self, name, session, fence) if fence else None

    async def _lock(
        self, name: str, holder: str, session: Session, row: LockRow | None, writes: tuple[Write, ...]
    ) -> int:
        """The version of the key once the session holds it; 0 if the key or what `writes` expect has changed.

        A transaction that was not confirmed is sent again: the session shows whether the first was made.
        """
        key = f"{self._root}/{store_keys.owner(name)}"
        value = base64.b64encode(msgspec.json.encode(Owner(holder, self._clock()))).decode()
        operations = [same_version(key, row.modify_index if row else 0)]
        if row and row.session:
            operations.append({"Verb": "unlock", "Key": key, "Value": value, "Session": row.session})
        operations += operations_of(f"{self._root}/", writes)
        operations.append({"Verb": "lock", "Key": key, "Value": value, "Session": session.id})
        try:
            try:
                return (await transact(self._client, operations))[-1]
            except Unconfirmed:
                return (await transact(self._client, operations))[-1]
        except Conflict:
            held = await self.row(name)
            return held.modify_index if held and held.session == session.id else 0
