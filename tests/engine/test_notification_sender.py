"""Notifications with every store: in order and once, even if destinations fail or the engine is killed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import time

import msgspec
import pytest

from cockpit.adapters.consul.locks import ConsulLocks
from cockpit.adapters.consul.store import ConsulStore
from cockpit.adapters.leases import StoreLocks
from cockpit.adapters.notifiers.destinations import NotifierUrls, notifiers
from cockpit.control.board import Board
from cockpit.control.feeds.feed_table import follow
from cockpit.control.feeds.sources import Sources
from cockpit.deploy import store_keys
from cockpit.deploy.events import Event, digest, encode
from cockpit.deploy.facts import AnyFact, BuildReady, Cut, Finished, Held, Resumed, SmokePassed, Started
from cockpit.deploy.outbox import Delivery, Destination, Message, Outbox
from cockpit.engine.notification_sender import NotificationSender
from cockpit.ports import Failed, Lease, Locks, MessageRejected, Notifier, Put, Store
from tests.adapters.notifiers.fake_service import fake_service
from tests.builders import ADA, LADDER, NEW, POLICY, PULLS
from tests.engine.fakes import PATIENCE, FakeNotifier
from tests.fakes import MemoryStore
from tests.stores import STORES, open_store

QUICK = (0.01, 0.02)


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(request.param, tmp_path, request) as made:
        yield made


class Writer:
    """Appends events to the log."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._prev = ""
        self._numbers: dict[str, int] = {}

    async def append(self, release: str, *facts: AnyFact, at: float | None = None) -> None:
        for fact in facts:
            number = self._numbers[release] = self._numbers.get(release, 0) + 1
            event = Event(number, time() if at is None else at, ADA, "", fact, self._prev)
            self._prev = digest(encode(event))
            await self._store.commit(
                Put(store_keys.CURRENT, release.encode()), Put(store_keys.event(release, number), encode(event))
            )


def to_staging(release: str) -> tuple[AnyFact, ...]:
    cut = Cut(f"release/{release}", release, NEW.commit, "", PULLS[:1])
    return Started("main", LADDER), cut, BuildReady(NEW, release, 1.0), SmokePassed(NEW.id, 1.0)


@asynccontextmanager
async def sending(
    store: Store, *places: Notifier, opens: Callable[[], Sequence[Notifier]] | None = None, deadline: float = PATIENCE
) -> AsyncIterator[Board]:
    """A sender that holds the engine's lock, with its feeds; killed at the end."""
    locks: Locks = (
        ConsulLocks(store._client, store._root.rstrip("/"), time)
        if isinstance(store, ConsulStore)
        else StoreLocks(store, time)
    )
    board = Board(POLICY, time)
    lease: Lease | None = None
    async with asyncio.timeout(PATIENCE):
        while lease is None:
            lease = await locks.acquire(store_keys.ENGINE_LOCK, "engine", 10.0)
    sender = NotificationSender(board, store, opens or (lambda: places), pauses=QUICK, deadline=deadline)
    tasks = [asyncio.create_task(follow(board, Sources(store, locks), time)), asyncio.create_task(sender.run(lease))]

    try:
        yield board
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await lease.release()


async def until(board: Board, holds: Callable[[Outbox], bool]) -> Outbox:
    snapshot = await board.until(lambda s: holds(s.outbox.value), PATIENCE)
    assert holds(snapshot.outbox.value), snapshot.outbox
    return snapshot.outbox.value


def error_of(box: Outbox) -> str:
    """The error of the destination."""
    return next((box.destinations[name].error for name in ("office", "json") if name in box.destinations), "")


async def test_each_message_arrives_once_and_in_order(store: Store) -> None:
    writer, office = Writer(store), FakeNotifier()
    await writer.append("2026-11-23.1", *to_staging("2026-11-23.1"))
    async with sending(store, office) as board:
        await office.until(lambda: len(office.got) == 3)
        await writer.append("2026-11-23.1", Held(), Resumed())
        await office.until(lambda: len(office.got) == 5)
        await until(board, lambda box: not box.waiting and box.delivered == {"office": 5})
    assert office.got == [f"2026-11-23.1/{number}/office" for number in (1, 2, 4, 5, 6)]
    async with sending(store, office):
        await writer.append("2026-11-23.1", Held())
        await office.until(lambda: len(office.got) == 6)
    assert office.got[5] == "2026-11-23.1/7/office", "another engine continues where this one ended"


async def test_a_new_destination_gets_no_past_messages(store: Store) -> None:
    writer, office = Writer(store), FakeNotifier()
    await writer.append("2026-11-23.1", *to_staging("2026-11-23.1"), Finished(NEW.id))
    async with sending(store, office) as board:
        await until(board, lambda box: "office" in box.destinations)
        await writer.append("2026-11-23.2", Started("main", LADDER))
        await office.until(lambda: len(office.got) == 1)
    assert office.got == ["2026-11-23.2/1/office"]


async def test_a_webhook_that_recovers_gets_every_message_once_and_in_order(store: Store) -> None:
    writer = Writer(store)
    async with fake_service() as box:
        box.dead = True
        places = notifiers(NotifierUrls((f"json://127.0.0.1:{box.port}/hook",)))
        async with sending(store, *places) as board:
            await until(board, lambda b: "json" in b.destinations)
            await writer.append("2026-11-23.1", *to_staging("2026-11-23.1"))
            await writer.append("2026-11-23.1", Held(), Resumed(), Finished(NEW.id))
            await writer.append("2026-11-23.2", Started("main", LADDER))
            await box.until(lambda b: b.refused >= 3)
            waits = await until(board, lambda b: len(b.waiting) == 7 and error_of(b) == "answered 503")
            assert waits.destinations["json"].at > 0
            async with box.changed:
                box.dead = False
            await box.until(lambda b: len(b.sent) == 7)
            after = await until(board, lambda b: not b.waiting and not error_of(b))
            assert after.delivered == {"json": 7}
        first = [f"2026-11-23.1/{number}/json" for number in (1, 2, 4, 5, 6, 7)]
        assert [sent.body["id"] for sent in box.sent] == [*first, "2026-11-23.2/1/json"]


async def test_a_hanging_destination_delays_no_other(store: Store) -> None:
    writer, hung, well = Writer(store), FakeNotifier("hung"), FakeNotifier("well")
    hung.gate.clear()
    async with sending(store, hung, well) as board:
        await until(board, lambda box: len(box.destinations) == 2)
        await writer.append("2026-11-23.1", *to_staging("2026-11-23.1"))
        await hung.until(lambda: hung.tried == 1)
        await well.until(lambda: len(well.got) == 3)
        assert hung.got == []
        hung.gate.set()
        await hung.until(lambda: len(hung.got) == 3)


async def test_a_destination_without_an_answer_fails_at_the_deadline_and_is_retried() -> None:
    store = MemoryStore()
    writer, hung = Writer(store), FakeNotifier()
    hung.gate.clear()
    async with sending(store, hung, deadline=0.05) as board:
        await writer.append("2026-11-23.1", Started("main", LADDER))
        await hung.until(lambda: hung.tried == 3)
        await until(board, lambda box: "does not answer" in error_of(box))
        hung.gate.set()
        await hung.until(lambda: len(hung.got) == 1)


async def test_a_message_sent_and_not_recorded_is_sent_again(store: Store) -> None:
    writer, office = Writer(store), FakeNotifier()
    office.gate.clear()
    await writer.append("2026-11-23.1", *to_staging("2026-11-23.1"))
    async with sending(store, office):
        await office.until(lambda: office.tried == 1)  # sent, and the engine is killed before it records that
        claimed = await store.get(store_keys.delivery("2026-11-23.1", "office"))
        assert claimed is not None
        assert msgspec.json.decode(claimed.value or b"", type=Delivery).sending == "1"
    office.gate.set()
    async with sending(store, office):
        await office.until(lambda: len(office.got) == 3)
    assert office.tried == 4, "one of three was sent twice"
    assert office.got == [f"2026-11-23.1/{number}/office" for number in (1, 2, 4)]


async def test_an_engine_that_has_lost_its_lock_sends_nothing(store: Store) -> None:
    writer, office = Writer(store), FakeNotifier()
    await writer.append("2026-11-23.1", Started("main", LADDER))
    async with sending(store, office) as board:
        await until(board, lambda box: box.delivered == {"office": 1})
        owner = await store.get(store_keys.owner(store_keys.ENGINE_LOCK))
        assert owner is not None
        await store.commit(Put(owner.key, owner.value + b" " if owner.value else b""))  # another holder has the lock
        await writer.append("2026-11-23.1", Held())
        await until(board, lambda box: len(box.waiting) == 1)
        await board.until(lambda _: office.tried > 1, 0.5)
    assert office.got == ["2026-11-23.1/1/office"]


async def test_a_rejected_message_is_given_up_and_later_ones_are_delivered(store: Store) -> None:
    def on_message(message: Message) -> None:
        if message.number == 2:
            raise MessageRejected("office", "too long")

    writer, office = Writer(store), FakeNotifier(on_message=on_message)
    async with sending(store, office) as board:
        await writer.append("2026-11-23.1", *to_staging("2026-11-23.1"))
        await office.until(lambda: len(office.got) == 2)
        box = await until(board, lambda box: bool(box.given_up) and not box.waiting)
    assert [message.key for message in box.given_up] == ["2"]


async def test_stale_messages_are_given_up_and_listed(store: Store) -> None:
    writer, office = Writer(store), FakeNotifier()
    await writer.append("2026-11-23.1", Started("main", LADDER), at=time() - 200_000)
    dead = FakeNotifier(on_message=lambda _: (_ for _ in ()).throw(Failed("office", "is dead")))
    async with sending(store, dead):
        await dead.until(lambda: dead.tried > 0)
    await writer.append("2026-11-23.1", Finished(NEW.id), at=time() - 190_000)
    await writer.append("2026-11-23.2", Started("main", LADDER))
    async with sending(store, office) as board:
        await office.until(lambda: len(office.got) == 1)
        box = await until(board, lambda box: len(box.given_up) == 2)
    assert office.got == ["2026-11-23.2/1/office"]
    assert [message.id for message in box.given_up] == ["2026-11-23.1/1/office", "2026-11-23.1/2/office"]


async def test_a_thread_has_one_head_which_follows_the_release(store: Store) -> None:
    writer, office = Writer(store), FakeNotifier(threads=True)
    async with sending(store, office):
        await writer.append("2026-11-23.1", *to_staging("2026-11-23.1"))
        await office.until(lambda: len(office.got) == 3)
        await writer.append("2026-11-23.1", Held())
        await office.until(lambda: bool(office.heads) and office.heads[-1].endswith(": held, 1 PR"))
    assert office.heads[0].startswith("webapp 2026-11-23.1:")
    assert all(head.startswith("thread of 2026-11-23.1: webapp 2026-11-23.1:") for head in office.heads[1:])


async def test_unreadable_addresses_are_an_error_of_every_destination_and_read_again(store: Store) -> None:
    writer, office = Writer(store), FakeNotifier()
    await writer.append("2026-11-23.1", Started("main", LADDER))
    async with sending(store, office) as board:
        await until(board, lambda box: box.delivered == {"office": 1})
    there = asyncio.Event()

    def opens() -> Sequence[Notifier]:
        if not there.is_set():
            raise Failed("people", "the file of its urls cannot be read")
        return (office,)

    async with sending(store, opens=opens) as board:
        await writer.append("2026-11-23.1", Held())
        await until(board, lambda box: "cannot be read" in error_of(box) and len(box.waiting) == 1)
        there.set()
        await office.until(lambda: len(office.got) == 2)
        await until(board, lambda box: not error_of(box))


async def test_a_destination_without_an_address_keeps_its_due_messages(store: Store) -> None:
    writer, office, other = Writer(store), FakeNotifier(), FakeNotifier("other")
    await writer.append("2026-11-23.1", Started("main", LADDER))
    async with sending(store, office) as board:
        await until(board, lambda box: box.delivered == {"office": 1})
    await writer.append("2026-11-23.1", Held())
    async with sending(store, other) as board:
        await until(board, lambda box: "has no address" in error_of(box) and "other" in box.destinations)
    async with sending(store, office):
        await office.until(lambda: len(office.got) == 2)
    assert office.got == ["2026-11-23.1/1/office", "2026-11-23.1/2/office"]


async def test_a_destination_removed_from_the_config_with_nothing_due_is_removed(store: Store) -> None:
    await store.commit(Put(store_keys.destination("old"), msgspec.json.encode(Destination("2026-11-23.1", 1))))
    await Writer(store).append("2026-11-23.1", Started("main", LADDER))
    async with sending(store, FakeNotifier()) as board:
        await until(board, lambda box: set(box.destinations) == {"office"})
    assert await store.get(store_keys.destination("old")) is None


async def test_delivery_records_of_old_releases_are_removed(store: Store) -> None:
    writer, office = Writer(store), FakeNotifier()
    async with sending(store, office) as board:
        await until(board, lambda box: "office" in box.destinations)
        for number in range(1, 9):
            await writer.append(f"2026-11-23.{number}", Started("main", LADDER), Finished(NEW.id))
        await office.until(lambda: len(office.got) == 16)
        await until(
            board, lambda box: "office" in box.destinations and box.destinations["office"].release == "2026-11-23.4"
        )
        kept = [entry.key for entry in await store.list(f"{store_keys.NOTIFICATIONS}in/")]
    assert kept == [store_keys.delivery(f"2026-11-23.{number}", "office") for number in range(4, 9)]
