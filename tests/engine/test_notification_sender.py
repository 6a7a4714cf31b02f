"""People are told, on every store: in order, once, and whatever becomes of the places or of the engine."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
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
from cockpit.deploy.facts import BuildReady, Cut, Finished, AnyFact, Held, Resumed, SmokePassed, Started
from cockpit.deploy.outbox import Delivery, Destination, Message, Outbox
from cockpit.engine.notification_sender import NotificationSender
from cockpit.ports import Failed, Lease, Locks, MessageRejected, Notifier, Put, Store
from tests.adapters.people.mailbox import mailbox
from tests.builders import ADA, LADDER, NEW, POLICY, PULLS
from tests.fakes import MemoryStore
from tests.stores import STORES, opened

PATIENCE = 8.0
QUICK = (0.01, 0.02)


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(request.param, tmp_path, request) as made:
        yield made


@dataclass
class PostOffice:
    """A place in this process; `hears` may refuse or fail."""

    name: str = "office"
    threads: bool = False
    got: list[str] = field(default_factory=list)
    hears: Callable[[Message], None] = lambda _: None
    heads: list[str] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    tried: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    async def open_thread(self, release: str, text: str) -> str:
        await self._note(self.heads, text)
        return f"thread of {release}"

    async def amend(self, thread: str, text: str) -> None:
        await self._note(self.heads, f"{thread}: {text}")

    async def deliver(self, message: Message, thread: str) -> None:
        self.tried += 1
        async with self.changed:
            self.changed.notify_all()
        await self.gate.wait()
        self.hears(message)
        await self._note(self.got, message.id)

    async def close(self) -> None: ...

    async def _note(self, where: list[str], what: str) -> None:
        async with self.changed:
            where.append(what)
            self.changed.notify_all()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(holds)


class Writer:
    """Appends events as commanders and engines do."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._prev = ""
        self._numbers: dict[str, int] = {}

    async def tell(self, release: str, *facts: AnyFact, at: float | None = None) -> None:
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
async def telling(
    store: Store, *places: Notifier, opens: Callable[[], Sequence[Notifier]] | None = None, deadline: float = PATIENCE
) -> AsyncIterator[Board]:
    """A teller that holds the engine's lock, with its feeds; killed at the end."""
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
    teller = NotificationSender(board, store, opens or (lambda: places), pauses=QUICK, deadline=deadline)
    tasks = [asyncio.create_task(follow(board, Sources(store, locks), time)), asyncio.create_task(teller.run(lease))]

    try:
        yield board
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await lease.release()


async def seen(board: Board, holds: Callable[[Outbox], bool]) -> Outbox:
    snapshot = await board.until(lambda s: holds(s.outbox.value), PATIENCE)
    assert holds(snapshot.outbox.value), snapshot.outbox
    return snapshot.outbox.value


def trouble_of(box: Outbox) -> str:
    """What is wrong with the one place that is spoken of."""
    return next((box.destinations[name].error for name in ("office", "json") if name in box.destinations), "")


async def test_each_message_arrives_once_in_order_also_those_of_later(store: Store) -> None:
    writer, office = Writer(store), PostOffice()
    await writer.tell("2026-11-23.1", *to_staging("2026-11-23.1"))
    async with telling(store, office) as board:
        await office.until(lambda: len(office.got) == 3)
        await writer.tell("2026-11-23.1", Held(), Resumed())
        await office.until(lambda: len(office.got) == 5)
        await seen(board, lambda box: not box.waiting and box.delivered == {"office": 5})
    assert office.got == [f"2026-11-23.1/{number}/office" for number in (1, 2, 4, 5, 6)]
    async with telling(store, office):
        await writer.tell("2026-11-23.1", Held())
        await office.until(lambda: len(office.got) == 6)
    assert office.got[5] == "2026-11-23.1/7/office", "another engine begins where this one ended"


async def test_on_the_first_start_the_past_is_not_announced(store: Store) -> None:
    writer, office = Writer(store), PostOffice()
    await writer.tell("2026-11-23.1", *to_staging("2026-11-23.1"), Finished(NEW.id))
    async with telling(store, office) as board:
        await seen(board, lambda box: "office" in box.destinations)
        await writer.tell("2026-11-23.2", Started("main", LADDER))
        await office.until(lambda: len(office.got) == 1)
    assert office.got == ["2026-11-23.2/1/office"]


async def test_a_webhook_that_is_dead_and_comes_back_gets_everything_in_order_once(store: Store) -> None:
    writer = Writer(store)
    async with mailbox() as box:
        box.dead = True
        places = notifiers(NotifierUrls((f"json://127.0.0.1:{box.port}/hook",)))
        async with telling(store, *places) as board:
            await seen(board, lambda b: "json" in b.destinations)
            await writer.tell("2026-11-23.1", *to_staging("2026-11-23.1"))
            await writer.tell("2026-11-23.1", Held(), Resumed(), Finished(NEW.id))
            await writer.tell("2026-11-23.2", Started("main", LADDER))
            await box.until(lambda b: b.refused >= 3)
            waits = await seen(board, lambda b: len(b.waiting) == 7 and trouble_of(b) == "answers 503")
            assert waits.destinations["json"].at > 0
            async with box.changed:
                box.dead = False
            await box.until(lambda b: len(b.sent) == 7)
            after = await seen(board, lambda b: not b.waiting and not trouble_of(b))
            assert after.delivered == {"json": 7}
        first = [f"2026-11-23.1/{number}/json" for number in (1, 2, 4, 5, 6, 7)]
        assert [sent.body["id"] for sent in box.sent] == [*first, "2026-11-23.2/1/json"]


async def test_a_place_that_hangs_holds_up_no_other(store: Store) -> None:
    writer, hung, well = Writer(store), PostOffice("hung"), PostOffice("well")
    hung.gate.clear()
    async with telling(store, hung, well) as board:
        await seen(board, lambda box: len(box.destinations) == 2)
        await writer.tell("2026-11-23.1", *to_staging("2026-11-23.1"))
        await hung.until(lambda: hung.tried == 1)
        await well.until(lambda: len(well.got) == 3)
        assert hung.got == []
        hung.gate.set()
        await hung.until(lambda: len(hung.got) == 3)


async def test_one_that_never_answers_has_failed_at_its_deadline_and_is_tried_again() -> None:
    store = MemoryStore()
    writer, hung = Writer(store), PostOffice()
    hung.gate.clear()
    async with telling(store, hung, deadline=0.05) as board:
        await writer.tell("2026-11-23.1", Started("main", LADDER))
        await hung.until(lambda: hung.tried == 3)
        await seen(board, lambda box: "does not answer" in trouble_of(box))
        hung.gate.set()
        await hung.until(lambda: len(hung.got) == 1)


async def test_what_was_sent_and_not_marked_is_sent_again_and_nothing_is_lost(store: Store) -> None:
    writer, office = Writer(store), PostOffice()
    office.gate.clear()
    await writer.tell("2026-11-23.1", *to_staging("2026-11-23.1"))
    async with telling(store, office):
        await office.until(lambda: office.tried == 1)  # it is with the place, and the engine dies before it says so
        claimed = await store.get(store_keys.delivery("2026-11-23.1", "office"))
        assert claimed is not None
        assert msgspec.json.decode(claimed.value or b"", type=Delivery).sending == "1"
    office.gate.set()
    async with telling(store, office):
        await office.until(lambda: len(office.got) == 3)
    assert office.tried == 4, "one of three was sent twice"
    assert office.got == [f"2026-11-23.1/{number}/office" for number in (1, 2, 4)]


async def test_an_engine_that_has_lost_its_lock_sends_nothing(store: Store) -> None:
    writer, office = Writer(store), PostOffice()
    await writer.tell("2026-11-23.1", Started("main", LADDER))
    async with telling(store, office) as board:
        await seen(board, lambda box: box.delivered == {"office": 1})
        owner = await store.get(store_keys.owner(store_keys.ENGINE_LOCK))
        assert owner is not None
        await store.commit(Put(owner.key, owner.value + b" " if owner.value else b""))  # its fence has moved
        await writer.tell("2026-11-23.1", Held())
        await seen(board, lambda box: len(box.waiting) == 1)
        await board.until(lambda _: office.tried > 1, 0.5)
    assert office.got == ["2026-11-23.1/1/office"]


async def test_a_message_that_is_refused_is_given_up_and_those_behind_it_are_not(store: Store) -> None:
    def hears(message: Message) -> None:
        if message.number == 2:
            raise MessageRejected("office", "too long")

    writer, office = Writer(store), PostOffice(hears=hears)
    async with telling(store, office) as board:
        await writer.tell("2026-11-23.1", *to_staging("2026-11-23.1"))
        await office.until(lambda: len(office.got) == 2)
        box = await seen(board, lambda box: bool(box.given_up) and not box.waiting)
    assert [message.key for message in box.given_up] == ["2"]


async def test_what_is_too_old_to_help_anybody_is_given_up_for_all_to_see(store: Store) -> None:
    writer, office = Writer(store), PostOffice()
    await writer.tell("2026-11-23.1", Started("main", LADDER), at=time() - 200_000)
    dead = PostOffice(hears=lambda _: (_ for _ in ()).throw(Failed("office", "is dead")))
    async with telling(store, dead):
        await dead.until(lambda: dead.tried > 0)
    await writer.tell("2026-11-23.1", Finished(NEW.id), at=time() - 190_000)
    await writer.tell("2026-11-23.2", Started("main", LADDER))
    async with telling(store, office) as board:
        await office.until(lambda: len(office.got) == 1)
        box = await seen(board, lambda box: len(box.given_up) == 2)
    assert office.got == ["2026-11-23.2/1/office"]
    assert [message.id for message in box.given_up] == ["2026-11-23.1/1/office", "2026-11-23.1/2/office"]


async def test_a_thread_has_one_head_which_follows_the_release(store: Store) -> None:
    writer, office = Writer(store), PostOffice(threads=True)
    async with telling(store, office):
        await writer.tell("2026-11-23.1", *to_staging("2026-11-23.1"))
        await office.until(lambda: len(office.got) == 3)
        await writer.tell("2026-11-23.1", Held())
        await office.until(lambda: bool(office.heads) and office.heads[-1].endswith(": held, 1 PR"))
    assert office.heads[0].startswith("webapp 2026-11-23.1:")
    assert all(head.startswith("thread of 2026-11-23.1: webapp 2026-11-23.1:") for head in office.heads[1:])


async def test_addresses_that_cannot_be_read_are_said_of_every_place_and_read_again(store: Store) -> None:
    writer, office = Writer(store), PostOffice()
    await writer.tell("2026-11-23.1", Started("main", LADDER))
    async with telling(store, office) as board:
        await seen(board, lambda box: box.delivered == {"office": 1})
    there = asyncio.Event()

    def opens() -> Sequence[Notifier]:
        if not there.is_set():
            raise Failed("people", "the file of its urls cannot be read")
        return (office,)

    async with telling(store, opens=opens) as board:
        await writer.tell("2026-11-23.1", Held())
        await seen(board, lambda box: "cannot be read" in trouble_of(box) and len(box.waiting) == 1)
        there.set()
        await office.until(lambda: len(office.got) == 2)
        await seen(board, lambda box: not trouble_of(box))


async def test_a_place_without_an_address_keeps_what_it_is_owed_until_it_has_one_again(store: Store) -> None:
    writer, office, other = Writer(store), PostOffice(), PostOffice("other")
    await writer.tell("2026-11-23.1", Started("main", LADDER))
    async with telling(store, office) as board:
        await seen(board, lambda box: box.delivered == {"office": 1})
    await writer.tell("2026-11-23.1", Held())
    async with telling(store, other) as board:
        await seen(board, lambda box: "has no address" in trouble_of(box) and "other" in box.destinations)
    async with telling(store, office):
        await office.until(lambda: len(office.got) == 2)
    assert office.got == ["2026-11-23.1/1/office", "2026-11-23.1/2/office"]


async def test_a_place_that_was_taken_out_and_is_owed_nothing_is_forgotten(store: Store) -> None:
    await store.commit(Put(store_keys.destination("old"), msgspec.json.encode(Destination("2026-11-23.1", 1))))
    await Writer(store).tell("2026-11-23.1", Started("main", LADDER))
    async with telling(store, PostOffice()) as board:
        await seen(board, lambda box: set(box.destinations) == {"office"})
    assert await store.get(store_keys.destination("old")) is None


async def test_what_was_told_of_releases_long_gone_is_not_kept(store: Store) -> None:
    writer, office = Writer(store), PostOffice()
    async with telling(store, office) as board:
        await seen(board, lambda box: "office" in box.destinations)
        for number in range(1, 9):
            await writer.tell(f"2026-11-23.{number}", Started("main", LADDER), Finished(NEW.id))
        await office.until(lambda: len(office.got) == 16)
        await seen(board, lambda box: "office" in box.destinations and box.destinations["office"].release == "2026-11-23.4")
        kept = [entry.key for entry in await store.list(f"{store_keys.NOTIFICATIONS}in/")]
    assert kept == [store_keys.delivery(f"2026-11-23.{number}", "office") for number in range(4, 9)]
