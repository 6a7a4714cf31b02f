"""What is special about locks in Consul; tests/adapters/test_locks_contract.py has the rest."""

from collections.abc import AsyncIterator
from time import time
from uuid import uuid4

import pytest

from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.locks import ConsulLocks
from cockpit.deploy import store_keys
from tests.consul_server import ConsulProcess

NAME = "locks/engine"


@pytest.fixture
async def client(consul: ConsulProcess) -> AsyncIterator[ConsulClient]:
    opened = ConsulClient(consul.address)
    yield opened
    await opened.close()


async def test_the_session_of_a_failed_acquisition_is_destroyed(client: ConsulClient) -> None:
    locks = ConsulLocks(client, f"tests/{uuid4()}", time)
    row = await locks.row(NAME)
    assert row is None
    assert await locks.acquire(NAME, "ann", 20.0)
    before = (await client.read("/v1/session/list")).body.count(b'"ID"')
    assert await locks._take(NAME, "bob", 20.0, row) is None, "the key has changed since"
    assert (await client.read("/v1/session/list")).body.count(b'"ID"') == before


async def test_a_holder_whose_record_cannot_be_read_still_holds_the_lock(client: ConsulClient) -> None:
    root = f"tests/{uuid4()}"
    locks = ConsulLocks(client, root, time)
    assert await locks.acquire(NAME, "ann", 20.0)
    row = await locks.row(NAME)
    assert row is not None
    await client.write(f"/v1/kv/{root}/{store_keys.owner(NAME)}", b"not json")
    assert (await locks.look(NAME)).name == "unknown"
    assert await locks.acquire(NAME, "bob", 20.0) is None
