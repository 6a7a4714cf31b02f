"""What a watch costs the server when others write: the hosts of a large fleet report all the time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic
from uuid import uuid4

import msgspec

from cockpit.adapters.consul.client import ConsulAnswer, ConsulClient
from cockpit.adapters.consul.store import VOID, ConsulStore
from cockpit.agent.target_watch import TargetWatch
from cockpit.deploy import store_keys
from cockpit.deploy.cutoff import EVERY_HOST
from cockpit.deploy.tiers import Audience, Tier
from cockpit.engine.prefetch import announce, create_prefetch_keys
from cockpit.ports import Check, Put
from tests.agent.hosts import target
from tests.consuls import ConsulProcess

REPORTS = 60
BUILD, NEXT = "a" * 64, "b" * 64
TIERS = (Tier("canary", Audience.PUBLIC), Tier("canary2", Audience.PUBLIC))
FREE = Check("nobody", 0)


class Counting(ConsulClient):
    """Counts the blocking queries that were answered."""

    answered = 0

    async def wait(self, path: str, *params: tuple[str, str], expect: tuple[int, ...] = (200,)) -> ConsulAnswer:
        answer = await super().wait(path, *params, expect=expect)
        self.answered += 1
        return answer


@asynccontextmanager
async def followed(server: ConsulProcess) -> AsyncIterator[tuple[Counting, ConsulStore, TargetWatch]]:
    """An agent's instructions on a store of their own."""
    client = Counting(replace(server.address))
    store = ConsulStore(client, f"tests/{uuid4()}")
    instructions = TargetWatch(store, "canary")
    following = asyncio.create_task(instructions.follow())
    try:
        yield client, store, instructions
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await store.close()


async def report(store: ConsulStore) -> None:
    for n in range(REPORTS):
        await store.commit(Put(store_keys.status("canary", f"c{n}"), b"{}"))


async def until_told(instructions: TargetWatch, build: str) -> None:
    async with asyncio.timeout(20):
        while instructions.expected("c1") != build and (not instructions.target or instructions.target.build != build):
            await instructions.changed.wait()
            instructions.changed.clear()


async def test_once_the_engine_has_laid_out_its_records_no_report_of_a_host_wakes_another(
    consul: ConsulProcess,
) -> None:
    async with followed(consul) as (client, store, instructions):
        await create_prefetch_keys(store, TIERS, FREE)
        await announce(store, TIERS, BUILD, FREE)
        await until_told(instructions, BUILD)
        before = client.answered
        await report(store)
        await announce(store, TIERS[:1], NEXT, FREE)
        await until_told(instructions, NEXT)
        assert client.answered == before + 1


async def test_before_there_is_anything_reports_wake_the_others_now_and_then_only(consul: ConsulProcess) -> None:
    async with followed(consul) as (client, store, instructions):
        began = monotonic()
        await report(store)
        assert client.answered <= 2 + (monotonic() - began) / VOID
        wish = target(BUILD, 1, cutoff=EVERY_HOST)
        await store.commit(Put(store_keys.target("canary"), msgspec.json.encode(wish)))
        await until_told(instructions, BUILD)
        assert instructions.target == wish


async def test_to_lay_out_twice_leaves_what_was_announced(consul: ConsulProcess) -> None:
    async with followed(consul) as (_, store, instructions):
        await create_prefetch_keys(store, TIERS[:1], FREE)
        await announce(store, TIERS[:1], BUILD, FREE)
        await create_prefetch_keys(store, TIERS, FREE)
        assert [entry.key for entry in await store.list(store_keys.TARGETS)] == [
            store_keys.announced(tier.name) for tier in TIERS
        ]
        await until_told(instructions, BUILD)
