import pytest

from cockpit.control.log_head_update import update_log_head
from cockpit.control.log_verification import verify
from cockpit.deploy import store_keys
from cockpit.deploy.events import digest
from cockpit.ports import Conflict, Put
from tests.control.tampered_store import LAST, TamperedStore
from tests.fakes import MemoryStore


async def test_an_event_after_one_that_another_release_follows_is_a_conflict() -> None:
    store = MemoryStore()
    log = TamperedStore(store, None, None, "")
    await log.run("install", "hold")
    first = (await store.list("releases/2026-11-22.1/000001"))[0]
    assert first.value
    with pytest.raises(Conflict, match="more events since"):
        await update_log_head(store, digest(first.value), [Put("releases/2026-11-22.2/000001", b"{}", 0)])


async def test_a_writer_with_the_old_digest_can_write_and_the_mismatch_is_recorded(log: TamperedStore) -> None:
    entry = await log.store.get(LAST)
    assert entry
    prev = digest(entry.value or b"")
    await log.edit(LAST, b"ada@desk", b"eve@desk")
    log.set(store_keys.LOG_HEAD, None)
    event = Put("releases/2026-11-22.2/000002", b'{"number": 2, "prev": "%s"}' % prev.encode(), 0)
    await log.store.commit(event, await update_log_head(log.store, prev, [event]))
    broken = (await verify(log.store)).broken
    assert any("was written after" in text for text in broken)
