from time import time

import pytest
from msgspec.structs import replace

from cockpit.control.board import Board
from cockpit.control.record_reader import InvalidRecord
from cockpit.deploy import store_keys
from cockpit.deploy.outbox import Delivery, Destination
from cockpit.engine.delivery_store import DeliveryStore
from cockpit.ports import Check, Conflict, Put
from tests.engine.fakes import FakeLease
from tests.fakes import MemoryStore
from tests.scenario import POLICY, Scenario


def records(store: MemoryStore) -> DeliveryStore:
    board = Board(POLICY, time)
    board.put(log=Scenario().installed().snapshot.log)
    return DeliveryStore(store, board)


async def test_a_new_destination_starts_after_the_newest_event() -> None:
    release = Scenario().installed().release
    assert await records(MemoryStore()).destination("office") == Destination(release.id, release.last_number)


async def test_records_are_read_as_they_were_written() -> None:
    store = MemoryStore()
    destination, delivery = Destination("2026-11-22.1", 1), Delivery(("1", "2"))
    await records(store).put_destination(FakeLease(), "office", destination)
    await records(store).put_delivery(FakeLease(), "2026-11-22.1", "office", delivery)
    read = await records(store).records("office", destination)
    assert read.destinations == {"office": destination}
    assert read.deliveries == {("2026-11-22.1", "office"): delivery}


async def test_an_error_keeps_the_time_at_which_it_began_and_an_empty_one_clears_it() -> None:
    store = MemoryStore()
    await records(store).note_error(FakeLease(), "office", Destination(), "answered 503")
    failing = await records(store).destination("office")
    await records(store).note_error(FakeLease(), "office", replace(failing, at=5.0), "answered 500")
    assert (await records(store).destination("office")).at == 5.0
    await records(store).note_error(FakeLease(), "office", failing, "")
    assert (await records(store).destination("office")).error == ""


async def test_a_lost_lock_prevents_every_write() -> None:
    store = MemoryStore()
    with pytest.raises(Conflict):
        await records(store).put_destination(FakeLease(Check("locks/engine/owner", 7)), "office", Destination())
    assert await store.list("") == ()


async def test_a_removed_destination_is_gone() -> None:
    store = MemoryStore()
    await records(store).put_destination(FakeLease(), "office", Destination())
    await records(store).remove(FakeLease(), "office")
    assert await records(store).destinations() == {}


async def test_an_unreadable_record_is_an_error() -> None:
    store = MemoryStore()
    await store.commit(Put(store_keys.destination("office"), b"{"))
    with pytest.raises(InvalidRecord):
        await records(store).destination("office")
