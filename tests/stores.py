"""Every kind of store, for tests of the contract that all of them keep."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.store import ConsulStore
from cockpit.adapters.sqlite.store import SqliteStore
from cockpit.ports import Store
from tests.consul_server import ConsulProcess
from tests.fakes import MemoryStore

STORES = ("memory", "sqlite", "consul")


@asynccontextmanager
async def open_store(kind: str, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """An empty store of that kind, closed at the end."""
    made: Store
    match kind:
        case "memory":
            made = MemoryStore()
        case "sqlite":
            made = SqliteStore(folder / "state" / "store.db")
        case _:
            server: ConsulProcess = request.getfixturevalue("consul")
            made = ConsulStore(ConsulClient(server.address), f"tests/{uuid4()}")
    try:
        yield made
    finally:
        await made.close()


def store_section(kind: str, request: pytest.FixtureRequest) -> str:
    """The `[store]` section for that kind of store; empty for the default."""
    if kind == "sqlite":
        return ""
    server: ConsulProcess = request.getfixturevalue("consul")
    return f'[store]\nkind = "consul"\naddress = "127.0.0.1:{server.http}"\nroot = "tests/{uuid4()}"'
