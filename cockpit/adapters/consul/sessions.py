"""Consul sessions: created with a lifetime, renewed while their holder runs, and destroyed.

A session's own TTL is at least 10 s, and Consul may take twice that to end it. A shorter lifetime comes from a TTL
check on the local Consul agent: it turns critical if it is not renewed in time, and the session ends with it at once.
The check belongs to a service, so that Consul deregisters the checks of dead holders by itself.
"""

import asyncio
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import Struct, field

from cockpit.adapters.consul.client import ConsulClient
from cockpit.control.lock_release import try_on_exit
from cockpit.deploy import store_keys
from cockpit.ports import Failed

MIN_SESSION_TTL = 10.0
"""Seconds: the shortest TTL that Consul accepts for a session."""
CHECK_SYNC_TRIES = 40
"""Attempts to create a session on a check that the servers may not know yet; the pauses come to two seconds."""


class CreatedSession(Struct, frozen=True):
    """Consul's answer to a new session."""

    id: str = field(name="ID")


_CREATED = msgspec.json.Decoder(CreatedSession)


class Session(Struct, frozen=True):
    """A session, and the check it depends on; empty if it has a TTL of its own."""

    id: str
    check: str = ""


class ConsulSessions:
    """The sessions of one Consul agent. Every method raises `Failed` if Consul does not answer."""

    def __init__(self, client: ConsulClient) -> None:
        self._client = client

    async def create(self, ttl: float) -> Session:
        """A session that ends `ttl` seconds after its last renewal."""
        if ttl >= MIN_SESSION_TTL:
            return Session(await self._create({"TTL": f"{ttl:.0f}s", "Checks": ["serfHealth"]}))
        check = await self._register_check(ttl)
        ident = ""
        try:
            ident = await self._create({"Checks": ["serfHealth", check]})
        finally:
            if not ident:
                await try_on_exit(self._deregister_check(check))
        return Session(ident, check)

    async def renew(self, session: Session) -> bool:
        """Extend the session's life; False if it or its check has ended."""
        if session.check:
            # A server that restarted may have forgotten the check: 404, or 500 in older versions.
            answer = await self._client.write(f"/v1/agent/check/pass/{session.check}", expect=(200, 404, 500))
        else:
            answer = await self._client.write(f"/v1/session/renew/{session.id}", expect=(200, 404))
        return answer.code == 200

    async def destroy(self, session: Session) -> None:
        """End the session and deregister its check. If this fails the session expires by itself."""
        await self._client.write(f"/v1/session/destroy/{session.id}")
        if session.check:
            await self._deregister_check(session.check)

    async def _create(self, parameters: dict[str, Any]) -> str:
        """The id of a new session. The agent reports a check to the servers with a delay: until then try again."""
        name = {"Name": store_keys.LOCK_SERVICE, "LockDelay": "0s", "Behavior": "release"}
        body = msgspec.json.encode({**name, **parameters})
        for left in reversed(range(CHECK_SYNC_TRIES)):
            answer = await self._client.write("/v1/session/create", body, expect=(200, 500) if left else (200,))
            if answer.code == 200:
                return self._client.decoded(answer, _CREATED).id
            if b"heck" not in answer.body:  # not about the check: trying again does not help
                reason = answer.body[:200].decode("utf-8", "replace").strip()
                raise Failed(self._client.name, f"cannot create a session: {reason}", "check that it has a leader")
            await asyncio.sleep(0.05)
        raise AssertionError("the last answer is a session or was raised")

    async def _register_check(self, ttl: float) -> str:
        name = f"{store_keys.LOCK_SERVICE}-{uuid4()}"
        check = {"CheckID": name, "TTL": f"{ttl:g}s", "Status": "passing", "DeregisterCriticalServiceAfter": "1m"}
        service = {"Name": store_keys.LOCK_SERVICE, "ID": name, "Check": check}
        await self._client.write("/v1/agent/service/register", msgspec.json.encode(service))
        return name

    async def _deregister_check(self, check: str) -> None:
        await self._client.write(f"/v1/agent/service/deregister/{check}", expect=(200, 404, 500))
