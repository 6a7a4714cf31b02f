"""Fixtures of the tests of the log."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.store import ConsulStore
from cockpit.adapters.sqlite.store import SqliteStore
from cockpit.ports import Store
from tests.consul_server import ConsulProcess
from tests.control.tampered_store import TamperedStore


@pytest.fixture(params=["sqlite", "consul"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TamperedStore]:
    """Five events over two releases."""
    root, file = f"tests/{uuid4()}", tmp_path / "store.db"
    store: Store
    if request.param == "sqlite":
        store = SqliteStore(file)
        made = TamperedStore(store, file, None, root)
    else:
        server: ConsulProcess = request.getfixturevalue("consul")
        store = ConsulStore(ConsulClient(server.address), root)
        made = TamperedStore(store, None, server, root)
    await made.run("install", "hold", "resume", "abandon", "install")
    yield made
    await store.close()
