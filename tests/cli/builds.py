"""Writes builds and targets into the embedded store of the working directory."""

import asyncio
from pathlib import Path

import msgspec

from cockpit.adapters.sqlite.store import SqliteStore
from cockpit.deploy import store_keys
from cockpit.ports import Put
from tests.agent.hosts import Depot, application, target


def publish(page: str, *bases: str) -> str:
    """Publish a build of an application that serves `page`; its id."""
    Path("state").mkdir(exist_ok=True)
    return Depot(Path("state/builds")).add(application(page), *bases)


def write_target(build: str, serial: int, base: str = "") -> None:
    """Set the target of staging."""

    async def write() -> None:
        store = SqliteStore(Path("state/store.db"))
        encoded = msgspec.json.encode(target(build, serial, base=base, tier="staging"))
        await store.commit(Put(store_keys.target("staging"), encoded))
        await store.close()

    asyncio.run(write())
