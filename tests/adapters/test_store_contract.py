"""The contract of all stores."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from cockpit.ports import Check, Conflict, Delete, Entry, Put, Store
from tests.stores import STORES, open_store

Watch = AsyncIterator[tuple[Entry, ...]]
PATIENCE = 5.0
QUIET = 0.1
"""Seconds in which a change that must not be reported would arrive."""


MAX_BYTES = 350_000
"""Bytes of values that every store accepts in one transaction."""
MAX_WRITES = 40
"""Writes that every store accepts in one transaction."""


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(request.param, tmp_path, request) as store:
        yield store


async def next_changes(watch: Watch) -> dict[str, bytes | None]:
    """The next changes that a watch reports."""
    async with asyncio.timeout(PATIENCE):
        return {entry.key: entry.value for entry in await anext(watch)}


async def changes_until(watch: Watch, last: dict[str, bytes | None]) -> dict[str, bytes | None]:
    """The newest value of each key, until the watch has reported `last`."""
    known: dict[str, bytes | None] = {}
    while not last.items() <= known.items():
        known |= await next_changes(watch)
    return known


async def test_an_unknown_key_has_no_entry(store: Store) -> None:
    assert await store.get("nothing") is None
    assert await store.list("") == ()


async def test_an_entry_has_the_value_and_version_of_its_put(store: Store) -> None:
    version = await store.commit(Put("a", b"one"))
    assert await store.get("a") == Entry("a", b"one", version)


async def test_a_list_has_the_entries_of_the_prefix_sorted_by_key(store: Store) -> None:
    for key in ("b/2", "a", "b/10", "c", "b/1", "b", "bb"):
        await store.commit(Put(key, key.encode()))
    assert [entry.key for entry in await store.list("b/")] == ["b/1", "b/10", "b/2"]
    assert [entry.key for entry in await store.list("")] == ["a", "b", "b/1", "b/10", "b/2", "bb", "c"]


@pytest.mark.parametrize("prefix", ["50%", "a_", "[x]", "*", "it's", "ß/"])
async def test_a_prefix_has_no_wildcards(store: Store, prefix: str) -> None:
    await store.commit(Put(prefix + "1", b""), Put("501", b""), Put("ab1", b""), Put("x1", b""), Put("s/1", b""))
    assert [entry.key for entry in await store.list(prefix)] == [prefix + "1"]


async def test_a_value_may_be_empty_or_any_bytes(store: Store) -> None:
    every = bytes(range(256))
    await store.commit(Put("every", every), Put("empty", b""))
    assert [entry.value for entry in await store.list("e")] == [b"", every]


async def test_a_value_may_be_large(store: Store) -> None:
    await store.commit(Put("large", b"x" * MAX_BYTES))
    entry = await store.get("large")
    assert entry is not None
    assert entry.value == b"x" * MAX_BYTES


async def test_a_transaction_may_have_many_writes(store: Store) -> None:
    version = await store.commit(*(Put(f"many/{n:02}", b"%d" % n, 0) for n in range(MAX_WRITES)))
    assert await store.list("many/") == tuple(Entry(f"many/{n:02}", b"%d" % n, version) for n in range(MAX_WRITES))


async def test_an_unconditional_put_overwrites(store: Store) -> None:
    await store.commit(Put("a", b"1"))
    await store.commit(Put("a", b"2"))
    entry = await store.get("a")
    assert entry is not None
    assert entry.value == b"2"


async def test_expecting_version_0_creates_and_never_overwrites(store: Store) -> None:
    await store.commit(Put("a", b"1", 0))
    with pytest.raises(Conflict, match=r"\ba\b"):
        await store.commit(Put("a", b"2", 0))
    entry = await store.get("a")
    assert entry is not None
    assert entry.value == b"1"


async def test_expecting_a_version_overwrites_only_that_version(store: Store) -> None:
    first = await store.commit(Put("a", b"1"))
    second = await store.commit(Put("a", b"2", first))
    with pytest.raises(Conflict):
        await store.commit(Put("a", b"3", first))
    assert await store.get("a") == Entry("a", b"2", second)


async def test_expecting_a_version_of_a_missing_key_conflicts(store: Store) -> None:
    with pytest.raises(Conflict):
        await store.commit(Put("a", b"1", 7))
    assert await store.get("a") is None


async def test_versions_grow_over_all_keys(store: Store) -> None:
    # each with another value: a store may leave a key as it is that has the value already
    versions = [await store.commit(Put(key, b"%d" % n)) for n, key in enumerate(("a", "b", "a", "c", "a"))]
    versions.append(await store.commit(Delete("a")))
    versions.append(await store.commit(Put("a", b"")))
    assert versions == sorted(set(versions))
    assert versions[0] > 0


async def test_all_keys_of_a_transaction_get_its_version(store: Store) -> None:
    version = await store.commit(Put("a", b"1"), Put("b", b"2"))
    assert await store.list("") == (Entry("a", b"1", version), Entry("b", b"2", version))


async def test_a_conflict_on_one_key_undoes_the_whole_transaction(store: Store) -> None:
    version = await store.commit(Put("gone?", b"no"), Put("kept", b"1"))
    with pytest.raises(Conflict):
        await store.commit(Put("new", b""), Delete("gone?"), Put("kept", b"2"), Put("kept", b"3", version + 9))
    assert await store.list("") == (Entry("gone?", b"no", version), Entry("kept", b"1", version))


async def test_the_store_accepts_writes_after_a_conflict(store: Store) -> None:
    with pytest.raises(Conflict):
        await store.commit(Put("a", b"", 5))
    await store.commit(Put("a", b"", 0))
    assert await store.get("a") is not None


async def test_a_check_guards_the_other_writes(store: Store) -> None:
    lock = await store.commit(Put("lock", b"me"))
    guarded = await store.commit(Check("lock", lock), Check("absent", 0), Put("a", b"1"))
    taken = await store.commit(Put("lock", b"you"))
    with pytest.raises(Conflict):
        await store.commit(Check("lock", lock), Put("a", b"2"))
    assert await store.list("") == (Entry("a", b"1", guarded), Entry("lock", b"you", taken))


async def test_a_check_for_absence_fails_if_the_key_exists(store: Store) -> None:
    await store.commit(Put("a", b""))
    with pytest.raises(Conflict):
        await store.commit(Check("a", 0), Put("b", b""))
    assert await store.get("b") is None


async def test_a_deleted_key_can_be_created_again(store: Store) -> None:
    first = await store.commit(Put("a", b"1"))
    await store.commit(Delete("a", first))
    assert await store.get("a") is None
    assert await store.list("") == ()
    with pytest.raises(Conflict):
        await store.commit(Put("a", b"2", first))
    again = await store.commit(Check("a", 0), Put("a", b"2", 0))
    assert again > first
    assert await store.get("a") == Entry("a", b"2", again)


async def test_deleting_another_version_conflicts(store: Store) -> None:
    version = await store.commit(Put("a", b"1"))
    with pytest.raises(Conflict):
        await store.commit(Delete("a", version + 1))
    assert await store.get("a") is not None


async def test_deleting_a_missing_key_succeeds(store: Store) -> None:
    await store.commit(Delete("a"), Delete("b", 0))
    await store.commit(Put("a", b""))
    await store.commit(Delete("a"))
    await store.commit(Delete("a"))
    assert await store.get("a") is None


async def test_concurrent_writers_lose_no_increment(store: Store) -> None:
    async def increment() -> None:
        for _ in range(10):
            done = False
            while not done:
                entry = await store.get("n")
                value, version = (int(entry.value or b""), entry.version) if entry else (0, 0)
                with suppress(Conflict):
                    await store.commit(Put("n", b"%d" % (value + 1), version), durable=False)
                    done = True

    await asyncio.gather(*(increment() for _ in range(5)))
    entry = await store.get("n")
    assert entry is not None
    assert entry.value == b"50"


async def test_a_watch_of_an_empty_prefix_starts_with_no_entries(store: Store) -> None:
    assert await next_changes(store.watch("a/")) == {}


async def test_a_watch_has_all_entries_first_and_then_only_changes(store: Store) -> None:
    await store.commit(Put("a/1", b"1"), Put("a/2", b"2"), Put("b", b""), Put("a/gone", b""))
    await store.commit(Delete("a/gone"))
    watch = store.watch("a/")
    assert await next_changes(watch) == {"a/1": b"1", "a/2": b"2"}
    await store.commit(Put("a/2", b"two"))
    assert await next_changes(watch) == {"a/2": b"two"}
    await store.commit(Put("a/3", b"3"))
    assert await next_changes(watch) == {"a/3": b"3"}


async def test_a_watch_has_the_version_of_each_change(store: Store) -> None:
    watch = store.watch("")
    await next_changes(watch)
    version = await store.commit(Put("a", b"1"))
    assert await anext(watch) == (Entry("a", b"1", version),)


async def test_a_watch_reports_a_deletion_once(store: Store) -> None:
    await store.commit(Put("a", b"1"))
    watch = store.watch("")
    await next_changes(watch)
    await store.commit(Delete("a"))
    assert await next_changes(watch) == {"a": None}
    await store.commit(Delete("a"), Put("b", b""))
    assert await next_changes(watch) == {"b": b""}


async def test_a_change_between_the_listing_and_the_wait_is_reported(store: Store) -> None:
    watch = store.watch("")
    await next_changes(watch)
    await store.commit(Put("a", b"1"))
    await store.commit(Put("b", b"1"))
    await store.commit(Put("a", b"2"))
    assert await changes_until(watch, {"a": b"2", "b": b"1"}) == {"a": b"2", "b": b"1"}


async def test_a_change_wakes_a_waiting_watch(store: Store) -> None:
    watch = store.watch("")
    await next_changes(watch)
    waiting = asyncio.create_task(next_changes(watch))
    await asyncio.sleep(QUIET)
    assert not waiting.done()
    await store.commit(Put("a", b"1"))
    assert await waiting == {"a": b"1"}


async def test_a_watch_ignores_other_prefixes_and_refused_writes(store: Store) -> None:
    watch = store.watch("a/")
    await next_changes(watch)
    waiting = asyncio.create_task(next_changes(watch))
    await store.commit(Put("b/1", b""))
    await store.commit(Put("a", b""))
    with pytest.raises(Conflict):
        await store.commit(Put("a/1", b"no", 9))
    await asyncio.sleep(QUIET)
    assert not waiting.done()
    await store.commit(Put("a/1", b"yes"))
    assert await waiting == {"a/1": b"yes"}


async def test_two_watches_report_their_own_prefixes(store: Store) -> None:
    one, two = store.watch("a%/"), store.watch("a_/")
    assert (await next_changes(one), await next_changes(two)) == ({}, {})
    await store.commit(Put("a%/1", b"1"), Put("a_/1", b"2"), Put("ab/1", b"3"))
    assert (await next_changes(one), await next_changes(two)) == ({"a%/1": b"1"}, {"a_/1": b"2"})


async def test_two_watches_of_one_prefix_both_report_all_changes(store: Store) -> None:
    one, two = store.watch(""), store.watch("")
    assert (await next_changes(one), await next_changes(two)) == ({}, {})
    await store.commit(Put("a", b"1"))
    assert (await next_changes(one), await next_changes(two)) == ({"a": b"1"}, {"a": b"1"})


async def test_a_watch_reaches_the_last_state_of_a_busy_key(store: Store) -> None:
    watch = store.watch("")
    await next_changes(watch)

    async def write() -> None:
        for n in range(200):
            await store.commit(Put("n", b"%d" % n), Put(f"m/{n % 7}", b"%d" % n), durable=False)

    writing = asyncio.create_task(write())
    last: dict[str, bytes | None] = {"n": b"199", **{f"m/{n % 7}": b"%d" % n for n in range(193, 200)}}
    assert await changes_until(watch, last) == last
    await writing


async def test_closing_the_store_ends_its_watches(store: Store) -> None:
    waiting, fresh = store.watch(""), store.watch("a")
    await next_changes(waiting)
    await next_changes(fresh)
    end = asyncio.create_task(anext(waiting, "ended"))
    await asyncio.sleep(QUIET)
    await store.close()
    async with asyncio.timeout(PATIENCE):
        assert await end == "ended"
        assert [entries async for entries in fresh] == []
