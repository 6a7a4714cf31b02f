"""Sessions of a real Consul: short ones depend on a check, long ones have a TTL of their own."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.sessions import MIN_SESSION_TTL, ConsulSessions, Session
from cockpit.ports import Failed
from tests.consul_server import ConsulProcess


@pytest.fixture
async def client(consul: ConsulProcess) -> AsyncIterator[ConsulClient]:
    opened = ConsulClient(consul.address)
    yield opened
    await opened.close()


@pytest.mark.parametrize(("ttl", "has_check"), [(1.0, True), (MIN_SESSION_TTL, False)])
async def test_a_session_is_renewed_until_it_is_destroyed(client: ConsulClient, ttl: float, has_check: bool) -> None:
    sessions = ConsulSessions(client)
    session = await sessions.create(ttl)
    assert bool(session.check) is has_check
    assert await sessions.renew(session)
    await sessions.destroy(session)
    assert not await sessions.renew(session)
    await sessions.destroy(session)


async def test_a_session_without_a_renewal_ends_with_its_check(client: ConsulClient) -> None:
    sessions = ConsulSessions(client)
    session = await sessions.create(0.2)
    async with asyncio.timeout(5):
        while (await client.read(f"/v1/session/info/{session.id}")).body.strip() not in (b"[]", b"null"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await sessions.destroy(session)


async def test_an_unknown_session_is_not_renewed(client: ConsulClient) -> None:
    sessions = ConsulSessions(client)
    unknown = "11111111-2222-3333-4444-555555555555"
    assert not await sessions.renew(Session(unknown))
    assert not await sessions.renew(Session(unknown, "cockpit-lock-unknown"))


class RefusingClient(ConsulClient):
    """Refuses every new session, and records the requests."""

    def __init__(self, client: ConsulClient) -> None:
        super().__init__(client.address)
        self.paths: list[str] = []

    async def write(self, path: str, body: bytes | str = b"", expect: tuple[int, ...] = (200,)):  # type: ignore[no-untyped-def]
        self.paths.append(path)
        if path == "/v1/session/create":
            raise Failed(self.name, "no leader")
        return await super().write(path, body, expect)


async def test_the_check_is_deregistered_if_no_session_is_created(client: ConsulClient) -> None:
    refusing = RefusingClient(client)
    with pytest.raises(Failed, match="no leader"):
        await ConsulSessions(refusing).create(1.0)
    assert [path.rpartition("/")[0] for path in refusing.paths] == [
        "/v1/agent/service",
        "/v1/session",
        "/v1/agent/service/deregister",
    ]
    await refusing.close()
