"""Whatever is not a target is no instruction."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from cockpit.agent import target_watch as module
from cockpit.agent.target_watch import TargetWatch, read_target
from cockpit.deploy.hosts.status import Target
from cockpit.ports import Delete, Entry, Failed, Put
from tests.agent.world import point, target
from tests.fakes import MemoryStore

BUILD = "a" * 64


def test_a_target_is_read() -> None:
    wish = target(BUILD, 3)
    assert read_target(msgspec.json.encode(wish), "canary") == (wish, "")


def test_an_absent_one_is_no_instruction() -> None:
    assert read_target(None, "canary") == (None, "")


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[]", b'{"tier":"canary"}', b"[" * 100_000, b"null"])
def test_a_broken_one_is_no_instruction_and_said(raw: bytes) -> None:
    found, error = read_target(raw, "canary")
    assert found is None
    assert error.startswith("the target of canary is unreadable")


def test_one_for_another_tier_or_with_a_path_for_a_build_is_not_obeyed() -> None:
    for wrong in (target(BUILD, 3, tier="staging"), target("../../etc", 3), target(BUILD, 3, base="x")):
        found, error = read_target(msgspec.json.encode(wrong), "canary")
        assert found is None
        assert "not obeyed" in error


async def heard(instructions: TargetWatch) -> tuple[Target | None, bool]:
    """After the next news: the target, and whether there is trouble."""
    async with asyncio.timeout(5):
        await instructions.news.wait()
    instructions.news.clear()
    return instructions.target, bool(instructions.error)


async def test_it_follows_the_key_and_no_other() -> None:
    store = MemoryStore()
    instructions = TargetWatch(store, "canary")
    following = asyncio.create_task(instructions.follow())
    await point(store, target(BUILD, 1, tier="canary2"))
    await point(store, target(BUILD, 2))
    assert await heard(instructions) == (target(BUILD, 2), False)
    await store.commit(Put("targets/canary", b"{"))
    assert await heard(instructions) == (None, True)
    await point(store, target(BUILD, 3))
    assert await heard(instructions) == (target(BUILD, 3), False)
    await store.commit(Delete("targets/canary"))
    assert await heard(instructions) == (None, False)
    following.cancel()


class Flaky(MemoryStore):
    """Each watch breaks after what it says first."""

    async def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        yield await self.list(prefix)
        raise Failed("store", "gone")


async def test_a_store_that_fails_is_watched_anew_and_the_last_target_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    store = Flaky()
    instructions = TargetWatch(store, "canary")
    await point(store, target(BUILD, 1))
    following = asyncio.create_task(instructions.follow())
    assert (await heard(instructions))[0] == target(BUILD, 1)
    await point(store, target(BUILD, 2))
    while (now := (await heard(instructions))[0]) != target(BUILD, 2):
        assert now == target(BUILD, 1)
    following.cancel()
