"""Locks as Consul means them: a session holds a key, and what it hangs on decides how long.

A session's own time to live is 10 s at least and up to twice that in practice. For a shorter one the session hangs on
a check of the local Consul agent, which turns critical that many seconds after it was last told that all is well; the
session, and with it the lock, goes at once. No clock but Consul's is asked. The version of the key is the fencing
token: it changes when the lock is taken and when it goes.

The checks belong to a service, so that Consul forgets those of dead holders by itself.
"""

import asyncio
import base64
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import Struct, field

from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.store import same_version, transact
from cockpit.adapters.leases import Owner
from cockpit.control.lock_release import release_lock
from cockpit.deploy import store_keys
from cockpit.deploy.locks import Holder
from cockpit.ports import Check, Conflict, Failed, Lease

SHORTEST = 10.0
"""Seconds: the shortest time to live of a session itself."""
SYNCED = 40
"""Looks at a check that the agent has and the servers may not have yet; the pauses between them come to two seconds."""


class LockRow(Struct, frozen=True, rename="pascal"):
    """A lock's key as Consul writes it."""

    modify_index: int
    value: str | None = None
    session: str = ""


class CreatedSession(Struct, frozen=True):
    """The answer to a new session."""

    id: str = field(name="ID")


_ROWS = msgspec.json.Decoder(list[LockRow])
_MADE = msgspec.json.Decoder(CreatedSession)


class ConsulLease:
    """A `ports.Lease`: held while its session lives."""

    def __init__(self, locks: "ConsulLocks", name: str, session: "Session", fence: int) -> None:
        self._locks = locks
        self._name = name
        self._session = session
        self._fence = fence

    @property
    def guard(self) -> Check:
        """Add it to a transaction, which then fails with `Conflict` once the session does not hold the lock."""
        return Check(store_keys.owner(self._name), self._fence)

    async def renew(self) -> bool:
        """Keep the session alive; False where the lock is lost. Raises `Failed` where Consul does not answer."""
        if not await self._locks.keep(self._session):
            return False
        row = await self._locks.row(self._name)
        return row is not None and (row.session, row.modify_index) == (self._session.id, self._fence)

    async def release(self) -> None:
        """End the session; harmless where it has ended."""
        await self._locks.end(self._session)


class Session(Struct, frozen=True):
    """A session, and the check it hangs on; without one it has a time to live of its own."""

    id: str
    check: str = ""


class ConsulLocks:
    """`ports.Locks` on the keys under `root/`; `clock` dates the holders for people and decides nothing."""

    def __init__(self, client: ConsulClient, root: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._root = root
        self._clock = clock

    async def acquire(self, name: str, holder: str, ttl: float) -> Lease | None:
        """The lease for `ttl` seconds from now; None while another holds it, or where another was quicker."""
        row = await self.row(name)
        return None if row and row.session else await self._take(name, holder, ttl, row)

    async def seize(self, name: str, holder: str, ttl: float, seen: Holder) -> Lease | None:
        """The lease, taken from the holder that was `seen`; None where it has changed hands since.

        In one transaction, so that the lock is free at no time and nobody else, the holder before least of all, can
        come in between.
        """
        row = await self.row(name)
        if (row.modify_index if row else 0) != seen.version:
            return None
        lease = await self._take(name, holder, ttl, row)
        if lease and row and row.session:
            with suppress(Failed):  # it holds nothing any more and ends by itself
                await self._client.write(f"/v1/session/destroy/{row.session}")
        return lease

    async def look(self, name: str) -> Holder:
        """Who holds it now."""
        row = await self.row(name)
        if row is None or not row.session:
            return Holder(version=row.modify_index if row else 0)
        try:
            owner = msgspec.json.decode(base64.b64decode(row.value or ""), type=Owner)
        except (msgspec.MsgspecError, ValueError):
            owner = Owner("somebody", 0.0)  # the session holds it, whatever is written there
        return Holder(owner.holder, owner.since, row.modify_index)

    async def row(self, name: str) -> LockRow | None:
        """The lock's key; None where it was never held."""
        path = f"/v1/kv/{self._root}/{store_keys.owner(name)}"
        answer = await self._client.read(path, ("consistent", ""), expect=(200, 404))
        return self._client.decoded(answer, _ROWS)[0] if answer.code == 200 else None

    async def keep(self, session: Session) -> bool:
        """Tell Consul that the holder lives; False where the session or its check is gone."""
        if session.check:
            # A server that restarted may have forgotten the check: 404, or 500 in older ones.
            answer = await self._client.write(f"/v1/agent/check/pass/{session.check}", expect=(200, 404, 500))
        else:
            answer = await self._client.write(f"/v1/session/renew/{session.id}", expect=(200, 404))
        return answer.code == 200

    async def end(self, session: Session) -> None:
        """End it and forget its check. Raises `Failed` where Consul does not answer: it then ends by itself."""
        if session.id:
            await self._client.write(f"/v1/session/destroy/{session.id}")
        if session.check:
            await self._forget(session.check)

    async def _take(self, name: str, holder: str, ttl: float, row: LockRow | None) -> Lease | None:
        session = await self._begin(ttl)
        fence = 0
        try:
            fence = await self._lock(name, holder, session, row)
        finally:
            if not fence:
                await release_lock(ConsulLease(self, name, session, 0))
        return ConsulLease(self, name, session, fence) if fence else None

    async def _begin(self, ttl: float) -> Session:
        if ttl >= SHORTEST:
            return Session(await self._session({"TTL": f"{ttl:.0f}s", "Checks": ["serfHealth"]}))
        check = f"{store_keys.LOCK_SERVICE}-{uuid4()}"
        alive = {"CheckID": check, "TTL": f"{ttl:g}s", "Status": "passing", "DeregisterCriticalServiceAfter": "1m"}
        service = {"Name": store_keys.LOCK_SERVICE, "ID": check, "Check": alive}
        await self._client.write("/v1/agent/service/register", msgspec.json.encode(service))
        made = ""
        try:
            made = await self._session({"Checks": ["serfHealth", check]})
        finally:
            if not made:
                await release_lock(ConsulLease(self, "", Session("", check), 0))
        return Session(made, check)

    async def _session(self, made: dict[str, Any]) -> str:
        """The id of a new session. The agent tells the servers of a check on its own time: until then it is asked
        for again."""
        body = msgspec.json.encode({"Name": store_keys.LOCK_SERVICE, "LockDelay": "0s", "Behavior": "release", **made})
        for more in reversed(range(SYNCED)):
            answer = await self._client.write("/v1/session/create", body, expect=(200, 500) if more else (200,))
            if answer.code == 200:
                return self._client.decoded(answer, _MADE).id
            if b"heck" not in answer.body:  # not about the check: there is nothing to wait for
                said = answer.body[:200].decode("utf-8", "replace").strip()
                raise Failed(self._client.name, f"no session: {said}", "see whether it has a leader")
            await asyncio.sleep(0.05)
        raise AssertionError("the last answer is a session or was raised")

    async def _lock(self, name: str, holder: str, session: Session, row: LockRow | None) -> int:
        """The version of the key once the session holds it; 0 where it is not as in `row` any more."""
        key = f"{self._root}/{store_keys.owner(name)}"
        value = base64.b64encode(msgspec.json.encode(Owner(holder, self._clock()))).decode()
        operations = [same_version(key, row.modify_index if row else 0)]
        if row and row.session:
            operations.append({"Verb": "unlock", "Key": key, "Value": value, "Session": row.session})
        operations.append({"Verb": "lock", "Key": key, "Value": value, "Session": session.id})
        try:
            return (await transact(self._client, operations))[-1]
        except Conflict:
            return 0

    async def _forget(self, check: str) -> None:
        await self._client.write(f"/v1/agent/service/deregister/{check}", expect=(200, 404, 500))
