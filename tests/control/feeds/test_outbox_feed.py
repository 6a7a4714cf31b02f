import msgspec

from cockpit.control.command_table import find_command
from cockpit.control.feeds.sources import Sources
from cockpit.deploy import store_keys
from cockpit.deploy.outbox import Delivery, Destination
from cockpit.ports import Put
from tests.control.dispatching import ADA, dispatcher, snapshot_of
from tests.control.feeds.following import following
from tests.fakes import MemoryStore, NoLocks


async def test_a_message_waits_from_its_event_until_its_delivery() -> None:
    store = MemoryStore()
    await store.commit(Put(store_keys.destination("office"), msgspec.json.encode(Destination())))
    async with following(Sources(store, NoLocks())) as board:
        await board.until(lambda s: "office" in s.outbox.value.destinations, 5)
        await dispatcher(store).dispatch(find_command("install"), ADA)
        waiting = await board.until(lambda s: bool(s.outbox.value.waiting), 5)
        (undelivered,) = waiting.outbox.value.waiting
        message = undelivered.message
        await store.commit(
            Put(store_keys.delivery(message.release, "office"), msgspec.json.encode(Delivery((message.key,))))
        )
        assert (await board.until(lambda s: not s.outbox.value.waiting, 5)).outbox.value.delivered == {"office": 1}


async def test_an_unreadable_record_is_an_error() -> None:
    store = MemoryStore()
    await store.commit(Put(store_keys.destination("office"), b"{"))
    assert "cannot be read" in (await snapshot_of(store)).outbox.error
