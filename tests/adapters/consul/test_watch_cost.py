"""The cost of a watch while others write: the hosts of a large fleet report all the time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic
from uuid import uuid4

import msgspec

from cockpit.adapters.consul.client import ConsulAnswer, ConsulClient
from cockpit.adapters.consul.store import EMPTY_PAUSE, ConsulStore
from cockpit.agent.target_watch import TargetWatch
from cockpit.deploy import store_keys
from cockpit.deploy.cutoff import EVERY_HOST
from cockpit.deploy.tiers import Audience, Tier
from cockpit.engine.prefetch import announce, create_prefetch_keys
from cockpit.ports import Check, Put
from tests.agent.hosts import target
from tests.consul_server import ConsulProcess

REPORTS = 60
BUILD, NEXT = "a" * 64, "b" * 64
TIERS = (Tier("canary", Audience.PUBLIC), Tier("canary2", Audience.PUBLIC))
UNGUARDED = Check("missing", 0)


class Counting(ConsulClient):
    """Counts the answered blocking queries."""

    answered = 0

    async def wait(self, path: str, *params: tuple[str, str], expect: tuple[int, ...] = (200,)) -> ConsulAnswer:
        answer = await super().wait(path, *params, expect=expect)
        self.answered += 1
        return answer


@asynccontextmanager
async def followed(server: ConsulProcess) -> AsyncIterator[tuple[Counting, ConsulStore, TargetWatch]]:
    """The target watch of an agent, on a store of its own."""
    client = Counting(replace(server.address))
    store = ConsulStore(client, f"tests/{uuid4()}")
    target_watch = TargetWatch(store, "canary")
    task = asyncio.create_task(target_watch.follow())
    try:
        yield client, store, target_watch
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.close()


async def report(store: ConsulStore) -> None:
    for n in range(REPORTS):
        await store.commit(Put(store_keys.status("canary", f"c{n}"), b"{}"))


async def until_expected(target_watch: TargetWatch, build: str) -> None:
    async with asyncio.timeout(20):
        while target_watch.expected("c1") != build and (not target_watch.target or target_watch.target.build != build):
            await target_watch.changed.wait()
            target_watch.changed.clear()


async def test_once_prefetch_keys_exist_a_status_report_wakes_no_other_host(
    consul: ConsulProcess,
) -> None:
    async with followed(consul) as (client, store, target_watch):
        await create_prefetch_keys(store, TIERS, UNGUARDED)
        await announce(store, TIERS, BUILD, UNGUARDED)
        await until_expected(target_watch, BUILD)
        before = client.answered
        await report(store)
        await announce(store, TIERS[:1], NEXT, UNGUARDED)
        await until_expected(target_watch, NEXT)
        assert client.answered == before + 1


async def test_before_any_key_exists_reports_wake_other_hosts_rarely(consul: ConsulProcess) -> None:
    async with followed(consul) as (client, store, target_watch):
        began = monotonic()
        await report(store)
        assert client.answered <= 2 + (monotonic() - began) / EMPTY_PAUSE
        expected = target(BUILD, 1, cutoff=EVERY_HOST)
        await store.commit(Put(store_keys.target("canary"), msgspec.json.encode(expected)))
        await until_expected(target_watch, BUILD)
        assert target_watch.target == expected


async def test_creating_the_prefetch_keys_twice_keeps_the_announced_build(consul: ConsulProcess) -> None:
    async with followed(consul) as (_, store, target_watch):
        await create_prefetch_keys(store, TIERS[:1], UNGUARDED)
        await announce(store, TIERS[:1], BUILD, UNGUARDED)
        await create_prefetch_keys(store, TIERS, UNGUARDED)
        assert [entry.key for entry in await store.list(store_keys.TARGETS)] == [
            store_keys.announced(tier.name) for tier in TIERS
        ]
        await until_expected(target_watch, BUILD)
