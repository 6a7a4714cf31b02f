"""The log is edited underneath, past everything that cockpit is: in the file, and over Consul's own API."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import pytest

from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.store import ConsulStore
from cockpit.adapters.sqlite.store import SqliteStore
from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.control.log_head import anchoring
from cockpit.control.log_verification import verify
from cockpit.deploy import store_keys
from cockpit.deploy.events import digest
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Conflict, Put, Store
from tests.consuls import ConsulProcess
from tests.fakes import MemoryStore, NoLocks
from tests.scenario import NOON, POLICY

FIRST, LAST = "releases/2026-11-22.1/000001", "releases/2026-11-22.2/000001"


class Underneath:
    """A store, and its entries as somebody sees them who goes around it; `value` None removes."""

    def __init__(self, store: Store, file: Path | None, server: ConsulProcess | None, root: str) -> None:
        self.store, self._file, self._server, self._root = store, file, server, root

    def set(self, key: str, value: bytes | None) -> None:
        if self._file:
            with closing(sqlite3.connect(self._file)) as database:
                if value is None:
                    database.execute("DELETE FROM entries WHERE key = ?", (key,))
                else:
                    database.execute("UPDATE entries SET value = ? WHERE key = ?", (value, key))
                database.commit()
            return
        assert self._server
        with closing(HTTPConnection("127.0.0.1", self._server.http, timeout=10)) as line:
            line.request("DELETE" if value is None else "PUT", f"/v1/kv/{self._root}/{key}", value)
            assert line.getresponse().status == 200

    async def edit(self, key: str, old: bytes, new: bytes) -> None:
        entry = await self.store.get(key)
        assert entry
        assert entry.value
        assert old in entry.value
        self.set(key, entry.value.replace(old, new))

    async def give(self, *verbs: str) -> None:
        async def look(_past: str) -> Snapshot:
            return await take_snapshot(POLICY, Sources(self.store, NoLocks()), lambda: NOON)

        dispatcher = Dispatcher(self.store, look, lambda: NOON, CommanderLease(NoLocks(), "nobody"))
        for verb in verbs:
            assert isinstance(await dispatcher.dispatch(find_command(verb), CommandRequest("ada@desk")), Done)


@pytest.fixture(params=["sqlite", "consul"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Underneath]:
    """Five events over two releases."""
    root, file = f"tests/{uuid4()}", tmp_path / "store.db"
    store: Store
    if request.param == "sqlite":
        store = SqliteStore(file)
        made = Underneath(store, file, None, root)
    else:
        server: ConsulProcess = request.getfixturevalue("consul")
        store = ConsulStore(ConsulClient(server.address), root)
        made = Underneath(store, None, server, root)
    await made.give("install", "hold", "resume", "abandon", "install")
    yield made
    await store.close()


async def test_an_untouched_log_is_proved_to_its_end(log: Underneath) -> None:
    found = await verify(log.store)
    assert (found.events, found.proved) == (5, True)


@pytest.mark.parametrize("victim", [FIRST, "releases/2026-11-22.1/000003", LAST])
async def test_an_edited_event_is_found_also_the_very_last(log: Underneath, victim: str) -> None:
    await log.edit(victim, b"ada@desk", b"eve@desk")
    found = await verify(log.store)
    assert len(found.broken) == 1
    assert not found.proved


async def test_a_tail_that_is_cut_off_is_found(log: Underneath) -> None:
    log.set(LAST, None)
    said = " ".join((await verify(log.store)).broken)
    assert "the anchor counts 5 events and there are 4: some are gone" in said
    assert "the last event is not the one that was written last" in said


async def test_what_was_done_to_the_tail_is_not_forgotten_when_the_log_goes_on(log: Underneath) -> None:
    await log.edit(LAST, b"ada@desk", b"eve@desk")
    await log.give("hold", "resume")
    broken = (await verify(log.store)).broken
    assert len(broken) == 1
    assert broken[0].startswith("releases/2026-11-22.2/000002 was written after ")


async def test_a_removed_or_unreadable_anchor_is_never_a_proof(log: Underneath) -> None:
    log.set(store_keys.LOG_HEAD, b"{")
    assert (await verify(log.store)).broken == ("releases/head: the anchor cannot be read",)
    await log.give("hold")
    assert (await verify(log.store)).broken == ("the anchor could not be read",)
    log.set(store_keys.LOG_HEAD, None)
    found = await verify(log.store)
    assert found.broken == ()
    assert "no anchor yet" in found.unproved
    assert not found.proved


async def test_a_log_of_before_there_were_anchors_gets_one_with_its_next_event(log: Underneath) -> None:
    log.set(store_keys.LOG_HEAD, None)
    await log.give("hold")
    found = await verify(log.store)
    assert (found.events, found.proved) == (6, True)


async def test_a_forged_anchor_does_not_get_past_a_digest_that_was_kept_outside(log: Underneath) -> None:
    kept = (await verify(log.store)).digest
    await log.give("hold")
    assert (await verify(log.store, kept)).against == "event 1 of 2026-11-22.2"
    assert (await verify(log.store, kept[:12].upper())).proved
    await log.edit(LAST, b"ada@desk", b"eve@desk")
    log.set("releases/2026-11-22.2/000002", None)
    forged = await verify(log.store)
    anchor = f'{{"digest":"{forged.digest}","events":5,"doubts":[]}}'.encode()
    log.set(store_keys.LOG_HEAD, anchor)
    assert (await verify(log.store)).proved
    assert "is not in this log" in (await verify(log.store, kept)).broken[0]


async def test_an_event_is_not_written_after_one_that_another_release_has_gone_on_from() -> None:
    store = MemoryStore()
    log = Underneath(store, None, None, "")
    await log.give("install", "hold")
    first = (await store.list("releases/2026-11-22.1/000001"))[0]
    assert first.value
    with pytest.raises(Conflict, match="gone on since"):
        await anchoring(store, digest(first.value), [Put("releases/2026-11-22.2/000001", b"{}", 0)])


async def test_whoever_still_goes_by_what_was_there_can_write_and_the_doubt_stays(log: Underneath) -> None:
    entry = await log.store.get(LAST)
    assert entry
    prev = digest(entry.value or b"")
    await log.edit(LAST, b"ada@desk", b"eve@desk")
    log.set(store_keys.LOG_HEAD, None)
    event = Put("releases/2026-11-22.2/000002", b'{"number": 2, "prev": "%s"}' % prev.encode(), 0)
    await log.store.commit(event, await anchoring(log.store, prev, [event]))
    broken = (await verify(log.store)).broken
    assert any("was written after" in said for said in broken)


async def test_an_empty_log_is_proved_and_needs_no_anchor() -> None:
    assert (await verify(MemoryStore())).proved
