"""What is special about locks in Consul; tests/adapters/test_locks_contract.py has the rest."""

from collections.abc import AsyncIterator
from time import time
from uuid import uuid4

import pytest

from cockpit.adapters.consul.client import ConsulAnswer, ConsulClient
from cockpit.adapters.consul.locks import ConsulLocks
from cockpit.adapters.consul.store import ConsulStore
from cockpit.deploy import store_keys
from cockpit.ports import Put, Unconfirmed
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


class UnconfirmingClient(ConsulClient):
    """Consul makes every transaction, but the first `lost` answers do not arrive."""

    lost = 0

    async def write(self, path: str, body: bytes | str = b"", expect: tuple[int, ...] = (200,)) -> ConsulAnswer:
        answer = await super().write(path, body, expect)
        if path == "/v1/txn" and self.lost:
            self.lost -= 1
            raise Unconfirmed("consul", "it does not answer")
        return answer


@pytest.mark.parametrize("lost", [1, 2])
async def test_a_seizure_with_writes_that_was_not_confirmed_is_not_undone(consul: ConsulProcess, lost: int) -> None:
    client, root = UnconfirmingClient(consul.address), f"tests/{uuid4()}"
    locks, store = ConsulLocks(client, root, time), ConsulStore(client, root)
    assert await locks.acquire(NAME, "ann", 20.0)
    client.lost = lost
    seizing = locks.seize(NAME, "bob", 20.0, await locks.look(NAME), Put("log", b"handed over", 0))
    if lost == 1:
        assert await seizing is not None
    else:
        with pytest.raises(Unconfirmed):
            await seizing
    assert await store.get("log") is not None
    assert (await locks.look(NAME)).name == "bob", "the record says so"
    await store.close()
