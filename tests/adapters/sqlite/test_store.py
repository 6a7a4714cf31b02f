"""The embedded store beyond the contract: several processes, crashes, and damaged or missing files."""

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from cockpit.adapters.sqlite import database, wakeup
from cockpit.adapters.sqlite import store as sqlite
from cockpit.adapters.sqlite.store import SqliteStore
from cockpit.ports import Conflict, Delete, Entry, Failed, Put
from tests.adapters.test_store_contract import changes_until, next_changes

PROCESSES = get_context("spawn")
SOON = 0.5
"""Seconds: far more than a wakeup takes, and well below the poll interval of a watch."""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(tmp_path / "store.db")
    yield made
    await made.close()


# Code of the other processes


def increment(path: Path, times: int, start: Barrier) -> None:
    async def run() -> None:
        store = SqliteStore(path)
        start.wait()
        for _ in range(times):
            done = False
            while not done:
                entry = await store.get("n")
                value, version = (int(entry.value or b""), entry.version) if entry else (0, 0)
                with suppress(Conflict):
                    await store.commit(Put("n", b"%d" % (value + 1), version))
                    done = True
        await store.close()

    asyncio.run(run())


def write_on_request(path: Path, orders: Connection) -> None:
    async def run() -> None:
        store = SqliteStore(path)
        await store.get("opened")
        orders.send("ready")
        while key := orders.recv():
            await store.commit(Put(key, b"%f" % time.monotonic()))
        await store.close()

    asyncio.run(run())


def write_without_end(path: Path, acknowledge: Connection) -> None:
    async def run() -> None:
        store = SqliteStore(path)
        for n in range(1_000_000):
            await store.commit(Put("one", b"%d" % n), Put("other", b"%d" % n))
            acknowledge.send(n)

    asyncio.run(run())


def hang_in_mid_transaction(path: Path, ready: Connection) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_size = 2")  # pages: what does not fit goes to the disk before any COMMIT
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("REPLACE INTO entries VALUES ('kept', 'spoilt', 99)")
    for n in range(100):
        connection.execute("INSERT INTO entries VALUES (?, ?, 99)", (f"more/{n}", b"x" * 4000))
    ready.send("in it")
    time.sleep(60)


async def arrives(pipe: Connection) -> Any:
    return await asyncio.to_thread(lambda: pipe.recv() if pipe.poll(20) else pytest.fail("the other process is silent"))


# Many processes


async def test_processes_that_create_the_store_together_lose_no_write(store: SqliteStore) -> None:
    path = store._path
    start = PROCESSES.Barrier(4)
    others = [PROCESSES.Process(target=increment, args=(path, 50, start)) for _ in range(4)]
    for other in others:
        other.start()
    for other in others:
        await asyncio.to_thread(other.join, 60)
    assert [other.exitcode for other in others] == [0, 0, 0, 0]
    entry = await store.get("n")
    assert entry is not None
    assert (entry.value, entry.version) == (b"200", 200)


async def test_a_watch_reports_a_write_of_another_process_at_once(store: SqliteStore, tmp_path: Path) -> None:
    reader = SqliteStore(tmp_path / "store.db", read_only=True)
    here, there = PROCESSES.Pipe()
    other = PROCESSES.Process(target=write_on_request, args=(store._path, there))
    other.start()
    assert await arrives(here) == "ready"
    writable, readable = store.watch("a/"), reader.watch("a/")
    assert (await next_changes(writable), await next_changes(readable)) == ({}, {})
    for key in ("a/1", "a/2", "a/1"):
        waiting = [asyncio.create_task(next_changes(watch)) for watch in (writable, readable)]
        await asyncio.sleep(0.05)
        here.send(key)
        for news in waiting:
            stamp = float((await news)[key] or b"")
            assert time.monotonic() - stamp < SOON
    here.send("")
    await asyncio.to_thread(other.join, 20)
    await reader.close()


async def test_a_writer_killed_during_a_transaction_damages_and_blocks_nothing(store: SqliteStore) -> None:
    version = await store.commit(Put("kept", b"well"))
    here, there = PROCESSES.Pipe()
    other = PROCESSES.Process(target=hang_in_mid_transaction, args=(store._path, there))
    other.start()
    assert await arrives(here) == "in it"
    other.kill()
    await asyncio.to_thread(other.join, 20)
    async with asyncio.timeout(SOON):
        assert await store.list("") == (Entry("kept", b"well", version),)
        assert await store.commit(Put("kept", b"still well", version)) == version + 1


async def test_a_killed_writer_loses_no_acknowledged_write(store: SqliteStore) -> None:
    here, there = PROCESSES.Pipe()
    other = PROCESSES.Process(target=write_without_end, args=(store._path, there))
    other.start()
    await arrives(here)
    await asyncio.sleep(0.2)
    other.kill()
    await asyncio.to_thread(other.join, 20)
    there.close()
    acknowledged = 0
    with suppress(EOFError, OSError):  # the last one may be cut short
        while True:
            acknowledged = here.recv()
    one, other_one = await store.list("o")
    assert one.value == other_one.value
    assert int(one.value or b"") in (acknowledged, acknowledged + 1)
    assert await store.commit(Put("one", b"", one.version)) == one.version + 1


async def test_waiting_for_another_writer_does_not_block_the_event_loop(store: SqliteStore) -> None:
    await store.commit(Put("a", b"1"))
    with closing(sqlite3.connect(store._path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(store.commit(Put("a", b"2")))
        began = time.monotonic()
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert time.monotonic() - began < SOON
        assert not waiting.done()
        other.execute("COMMIT")
        assert await waiting == 2


# Wakeups


async def test_a_change_without_a_wakeup_is_found_by_polling(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "POLL_INTERVAL", 0.1)
    watch = store.watch("")
    await next_changes(watch)
    waiting = asyncio.create_task(next_changes(watch))
    await asyncio.sleep(0.2)
    with closing(sqlite3.connect(store._path)) as other, other:
        other.execute("INSERT INTO entries VALUES ('a', 'unheard', 1)")
    assert await waiting == {"a": b"unheard"}


async def test_a_removed_wakeup_file_still_works(store: SqliteStore, tmp_path: Path) -> None:
    second = SqliteStore(tmp_path / "store.db")
    await second.commit(Put("a", b"1"))
    watch = store.watch("")
    await next_changes(watch)
    (tmp_path / "store.db-bell").unlink()
    for n in (2, 3):
        waiting = asyncio.create_task(next_changes(watch))
        await asyncio.sleep(0.05)
        await second.commit(Put("a", b"%d" % n))
        async with asyncio.timeout(SOON):
            assert await waiting == {"a": b"%d" % n}
    await second.close()


async def test_without_inotify_own_writes_arrive_at_once_and_others_by_polling(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeup, "inotify_simple", None)
    watch = store.watch("")
    await next_changes(watch)
    waiting = asyncio.create_task(next_changes(watch))
    await asyncio.sleep(0.05)
    await store.commit(Put("own", b""))
    async with asyncio.timeout(SOON):
        assert await waiting == {"own": b""}
    second = SqliteStore(tmp_path / "store.db")
    await second.commit(Put("other", b""))
    async with asyncio.timeout(2 * sqlite.POLL_INTERVAL):
        assert await next_changes(watch) == {"other": b""}
    await second.close()


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
async def test_all_watches_of_a_store_share_one_inotify_which_is_closed(store: SqliteStore) -> None:
    def open_ears() -> int:
        links = []
        for fd in Path("/proc/self/fd").iterdir():
            with suppress(FileNotFoundError):  # the descriptor of the listing itself
                links.append(os.readlink(fd))
        return sum("inotify" in link for link in links)

    before = open_ears()
    watches = [store.watch(prefix) for prefix in ("a", "b", "c")]
    for watch in watches:
        await next_changes(watch)
    await store.commit(Put("a", b""), Put("b", b""), Put("c", b""))
    for watch in watches:
        await next_changes(watch)
    assert open_ears() == before + 1
    await store.close()
    assert open_ears() == before


async def test_a_deletion_between_two_reads_is_reported(store: SqliteStore, tmp_path: Path) -> None:
    await store.commit(Put("a", b""), Put("b", b""))
    watch = store.watch("")
    await next_changes(watch)
    second = SqliteStore(tmp_path / "store.db")
    await second.commit(Delete("a"))
    await second.commit(Delete("b"))
    await second.close()
    assert await changes_until(watch, {"a": None, "b": None}) == {"a": None, "b": None}


# Read-only


async def test_a_read_only_store_reads_and_never_writes(store: SqliteStore, tmp_path: Path) -> None:
    await store.commit(Put("a", b"1"))
    reader = SqliteStore(tmp_path / "store.db", read_only=True)
    entry = await reader.get("a")
    assert entry is not None
    assert entry.value == b"1"
    with pytest.raises(Failed, match="opened read-only; nothing was written"):
        await reader.commit(Put("a", b"2"))
    assert await reader.get("a") == entry
    await reader.close()


async def test_a_read_only_store_reads_a_file_that_no_process_has_open(store: SqliteStore, tmp_path: Path) -> None:
    await store.commit(Put("a", b"1"))
    await store.close()
    reader = SqliteStore(tmp_path / "store.db", read_only=True)
    assert [entry.key for entry in await reader.list("")] == ["a"]
    await reader.close()


async def test_a_missing_read_only_store_is_reported_and_not_created(tmp_path: Path) -> None:
    reader = SqliteStore(tmp_path / "none" / "store.db", read_only=True)
    with pytest.raises(Failed, match="it does not exist yet"):
        await reader.get("a")
    assert list(tmp_path.iterdir()) == []
    await reader.close()


# Damaged and missing files


async def test_a_file_that_is_not_a_database_is_reported_and_not_changed(store: SqliteStore, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"not a database " * 100)
    with pytest.raises(Failed, match=r"not a cockpit store.*move it away") as failed:
        await store.get("a")
    assert str(path) in failed.value.system
    assert path.read_bytes() == b"not a database " * 100
    path.unlink()
    await store.commit(Put("a", b"works once it is put right"))


async def test_a_damaged_store_is_reported(store: SqliteStore, tmp_path: Path) -> None:
    await store.commit(*(Put(f"{n}", b"x" * 500) for n in range(100)))
    await store.close()
    with (tmp_path / "store.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    again = SqliteStore(tmp_path / "store.db")
    with pytest.raises(Failed, match="damaged"):
        await again.list("")
    await again.close()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("CREATE TABLE songs (title TEXT)", "another program's database"),
        ("PRAGMA user_version = 7", "format 7 and this cockpit reads 1; upgrade cockpit"),
    ],
)
async def test_another_programs_database_is_not_changed(store: SqliteStore, statement: str, words: str) -> None:
    with closing(sqlite3.connect(store._path)) as other, other:
        other.execute(statement)
    with pytest.raises(Failed, match=words):
        await store.commit(Put("a", b""))
    with closing(sqlite3.connect(store._path)) as other:
        assert other.execute("SELECT name FROM sqlite_master WHERE name = 'entries'").fetchall() == []


async def test_a_full_disk_is_reported_and_nothing_is_written(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect

    def connect_to_a_small_disk(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.execute("PRAGMA max_page_count = 8")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_to_a_small_disk)
    await store.commit(Put("small", b"fits"))
    with pytest.raises(Failed, match="disk is full; nothing was written; free space"):
        await store.commit(Put("small", b"changed"), Put("large", b"x" * 100_000))
    entry = await store.get("small")
    assert entry is not None
    assert entry.value == b"fits"
    await store.commit(Put("small", b"and goes on"))


async def test_a_store_that_stays_locked_is_an_error(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.1)
    await store.commit(Put("a", b"1"))
    with closing(sqlite3.connect(store._path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Failed, match=r"kept it locked.*fuser"):
            await store.commit(Put("a", b"2"))
        entry = await store.get("a")
        assert entry is not None
        assert entry.value == b"1"
    await store.commit(Put("a", b"2"))


def remove(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    fresh = SqliteStore(path.with_name("fresh.db"))
    asyncio.run(fresh.commit(Put("a", b"another company's")))
    asyncio.run(fresh.close())
    path.with_name("fresh.db").replace(path)


def move_the_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [(remove, "was removed"), (replace, "was replaced by another file"), (move_the_folder, "was removed")],
)
async def test_a_file_removed_while_in_use_is_neither_read_nor_written(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "state" / "store.db"
    store, reader = SqliteStore(path), SqliteStore(path, read_only=True)
    await store.commit(Put("a", b"1"))
    watch = reader.watch("a")
    assert await next_changes(watch) == {"a": b"1"}
    await asyncio.to_thread(spoil, path)
    there = path.exists()
    for _ in range(2):  # reported every time
        with pytest.raises(Failed, match=f"{words} while in use; nothing was written; move it back, or end every"):
            await store.commit(Put("a", b"2"))
        with pytest.raises(Failed, match=words):
            await store.commit(Put("b", b""), durable=False)
        with pytest.raises(Failed, match=words):
            await reader.get("a")
    with pytest.raises(Failed, match=words):
        await next_changes(watch)
    assert path.exists() == there, "no empty store is made in its place"
    await store.close()
    await reader.close()


async def test_a_store_that_is_moved_back_is_used_again(store: SqliteStore, tmp_path: Path) -> None:
    await store.commit(Put("a", b"1"))
    (tmp_path / "store.db").rename(tmp_path / "away.db")
    with pytest.raises(Failed, match="was removed"):
        await store.commit(Put("a", b"2"))
    (tmp_path / "away.db").rename(tmp_path / "store.db")
    assert await store.commit(Put("b", b"")) == 2
    assert [(entry.key, entry.value) for entry in await store.list("")] == [("a", b"1"), ("b", b"")]


def put_a_folder(path: Path) -> None:
    path.mkdir()


def put_a_file_for_the_folder(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("in the way")


@pytest.mark.parametrize("spoil", [put_a_folder, put_a_file_for_the_folder])
async def test_a_file_that_cannot_be_opened_is_reported_with_a_remedy(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    path = tmp_path / "state" / "store.db"
    path.parent.mkdir()
    spoil(path)
    store = SqliteStore(path)
    with pytest.raises(Failed, match="give this user"):
        await store.get("a")
    with pytest.raises(Failed):
        await anext(store.watch("a"))
    await store.close()


async def test_a_closed_store_refuses_requests(store: SqliteStore) -> None:
    await store.close()
    await store.close()
    with pytest.raises(Failed, match="closed"):
        await store.get("a")
