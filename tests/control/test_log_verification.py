import pytest

from cockpit.control.log_verification import verify
from cockpit.deploy import store_keys
from cockpit.ports import Delete, Put
from tests.control.dispatching import filled
from tests.control.tampered_store import FIRST, LAST, TamperedStore
from tests.fakes import MemoryStore


async def test_an_unchanged_log_is_proved(log: TamperedStore) -> None:
    result = await verify(log.store)
    assert (result.events, result.proved) == (5, True)


@pytest.mark.parametrize("victim", [FIRST, "releases/2026-11-22.1/000003", LAST])
async def test_an_edited_event_is_found_even_the_last_one(log: TamperedStore, victim: str) -> None:
    await log.edit(victim, b"ada@desk", b"eve@desk")
    result = await verify(log.store)
    assert len(result.broken) == 1
    assert not result.proved


async def test_a_truncated_log_is_found(log: TamperedStore) -> None:
    log.set(LAST, None)
    broken = " ".join((await verify(log.store)).broken)
    assert "the log's head counts 5 events, and the log has 4: some are missing" in broken
    assert "which was written last: it was changed" in broken


async def test_an_edit_of_the_last_event_stays_found_after_more_events(log: TamperedStore) -> None:
    await log.edit(LAST, b"ada@desk", b"eve@desk")
    await log.run("hold", "resume")
    broken = (await verify(log.store)).broken
    assert len(broken) == 1
    assert broken[0].startswith("releases/2026-11-22.2/000002 was written after ")


async def test_a_log_with_a_removed_or_unreadable_head_is_not_proved(log: TamperedStore) -> None:
    log.set(store_keys.LOG_HEAD, b"{")
    assert (await verify(log.store)).broken == ("releases/head: the log's head cannot be read",)
    await log.run("hold")
    assert (await verify(log.store)).broken == ("the log's head could not be read",)
    log.set(store_keys.LOG_HEAD, None)
    result = await verify(log.store)
    assert result.broken == ()
    assert "the log has no head yet" in result.unproved
    assert not result.proved


async def test_a_log_without_a_head_gets_one_with_its_next_event(log: TamperedStore) -> None:
    log.set(store_keys.LOG_HEAD, None)
    await log.run("hold")
    result = await verify(log.store)
    assert (result.events, result.proved) == (6, True)


async def test_a_forged_head_is_found_by_a_digest_kept_outside(log: TamperedStore) -> None:
    kept = (await verify(log.store)).digest
    await log.run("hold")
    assert (await verify(log.store, kept)).against == "event 1 of 2026-11-22.2"
    assert (await verify(log.store, kept[:12].upper())).proved
    await log.edit(LAST, b"ada@desk", b"eve@desk")
    log.set("releases/2026-11-22.2/000002", None)
    forged = await verify(log.store)
    head = f'{{"digest":"{forged.digest}","events":5,"doubts":[]}}'.encode()
    log.set(store_keys.LOG_HEAD, head)
    assert (await verify(log.store)).proved
    assert "the log it was taken from is not this one" in (await verify(log.store, kept)).broken[0]


async def test_an_empty_log_is_proved_without_a_head() -> None:
    assert (await verify(MemoryStore())).proved


async def test_a_log_of_five_events_verifies() -> None:
    found = await verify(await filled())
    assert (found.events, found.broken) == (5, ())


@pytest.mark.parametrize("victim", ["2026-11-22.1/000001", "2026-11-22.1/000003", "2026-11-22.1/000004"])
async def test_an_edited_event_is_found(victim: str) -> None:
    store = await filled()
    entry = await store.get(store_keys.RELEASES + victim)
    assert entry is not None
    assert entry.value is not None
    await store.commit(Put(entry.key, entry.value.replace(b"ada@desk", b"eve@desk")))
    assert len((await verify(store)).broken) == 1


async def test_a_removed_or_unreadable_event_is_found() -> None:
    store = await filled()
    await store.commit(Delete("releases/2026-11-22.1/000002"))
    assert "event 2 is missing" in (await verify(store)).broken[0]
    await store.commit(Put("releases/2026-11-22.1/000002", b"{"))
    assert "cannot be read" in (await verify(store)).broken[0]
