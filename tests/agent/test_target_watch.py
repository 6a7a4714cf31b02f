"""A valid target is followed, and everything else is no instruction."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from cockpit.agent import target_watch as module
from cockpit.agent.target_watch import TargetWatch, read_target
from cockpit.deploy.hosts.status import Target
from cockpit.ports import Delete, Entry, Failed, Put
from tests.agent.hosts import set_target, target
from tests.fakes import MemoryStore

BUILD = "a" * 64


def test_a_target_is_read() -> None:
    valid = target(BUILD, 3)
    assert read_target(msgspec.json.encode(valid), "canary") == (valid, "")


def test_an_absent_target_is_no_instruction() -> None:
    assert read_target(None, "canary") == (None, "")


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[]", b'{"tier":"canary"}', b"[" * 100_000, b"null"])
def test_an_unreadable_target_is_no_instruction_and_reported(raw: bytes) -> None:
    read, error = read_target(raw, "canary")
    assert read is None
    assert error.startswith("the target of canary is unreadable")


def test_a_target_of_another_tier_or_with_an_invalid_build_is_ignored() -> None:
    for invalid in (target(BUILD, 3, tier="staging"), target("../../etc", 3), target(BUILD, 3, base="x")):
        read, error = read_target(msgspec.json.encode(invalid), "canary")
        assert read is None
        assert "was ignored" in error


async def next_change(watch: TargetWatch) -> tuple[Target | None, bool]:
    """Wait for a change; return the target, and whether there is an error."""
    async with asyncio.timeout(5):
        await watch.changed.wait()
    watch.changed.clear()
    return watch.target, bool(watch.error)


async def test_the_watch_follows_its_own_key_alone() -> None:
    store = MemoryStore()
    watch = TargetWatch(store, "canary")
    following = asyncio.create_task(watch.follow())
    await set_target(store, target(BUILD, 1, tier="canary2"))
    await set_target(store, target(BUILD, 2))
    assert await next_change(watch) == (target(BUILD, 2), False)
    await store.commit(Put("targets/canary", b"{"))
    assert await next_change(watch) == (None, True)
    await set_target(store, target(BUILD, 3))
    assert await next_change(watch) == (target(BUILD, 3), False)
    await store.commit(Delete("targets/canary"))
    assert await next_change(watch) == (None, False)
    following.cancel()


class Flaky(MemoryStore):
    """Each watch fails after its first entries."""

    async def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        yield await self.list(prefix)
        raise Failed("store", "gone")


async def test_a_failed_watch_is_restarted_and_the_last_target_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    store = Flaky()
    watch = TargetWatch(store, "canary")
    await set_target(store, target(BUILD, 1))
    following = asyncio.create_task(watch.follow())
    assert (await next_change(watch))[0] == target(BUILD, 1)
    await set_target(store, target(BUILD, 2))
    while (now := (await next_change(watch))[0]) != target(BUILD, 2):
        assert now == target(BUILD, 1)
    following.cancel()
