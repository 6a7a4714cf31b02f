"""Tells people: brings what is due to each place, in order, and marks it told; a dead place delays nothing else.

At least once: a message is claimed in the store, sent, and marked there. A crash between the last two sends that one
again, under the same id. Only the holder of the engine's lock tells, since each of those writes carries its guard.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from cockpit.control.board import Board
from cockpit.control.record_reader import InvalidRecord, read_record
from cockpit.deploy import store_keys
from cockpit.deploy.outbox import Delivery, DeliveryRecords, Destination, Message
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean
from cockpit.ports import Delete, Failed, Lease, MessageRejected, Notifier, Put, Store
from cockpit.rules.notifications.messages import thread_head
from cockpit.rules.notifications.outbox import first_destination, due_messages, next_start, is_stale

T = TypeVar("T")

PAUSES = (1.0, 2.0, 5.0, 15.0, 30.0)
"""Seconds to wait after the first, second, ... failure in a row."""
DEADLINE = 45.0
"""Seconds after which a place that does not answer has failed."""
LOOK_AGAIN = 60.0
"""Seconds after which a place is looked at although nothing happened: messages grow old by themselves."""
MOST_FORGOTTEN = 30
"""Records removed in one transaction."""


class NotificationSender:
    """Serves every place of the config, each in a task of its own, for as long as the lock is held."""

    def __init__(
        self,
        board: Board,
        store: Store,
        couriers: Callable[[], Sequence[Notifier]],
        error: Callable[[str], None] = lambda _: None,
        pauses: tuple[float, ...] = PAUSES,
        deadline: float = DEADLINE,
    ) -> None:
        self._board = board
        self._store = store
        self._couriers = couriers
        self._trouble = error
        self._pauses = pauses
        self._deadline = deadline

    async def run(self, lease: Lease) -> None:
        """Until cancelled. Nothing that goes wrong here is the engine's trouble."""
        while not self._board.snapshot.log.at:  # where a place begins is not to be guessed
            await self._board.until(lambda snapshot: snapshot.log.at > 0, LOOK_AGAIN)
        couriers = await self._insist(lambda: self._opened(lease))
        try:
            async with asyncio.TaskGroup() as group:
                for courier in couriers:
                    group.create_task(self._serve(lease, courier), name=f"telling {courier.name}")
        finally:
            for courier in couriers:
                await courier.close()

    async def _opened(self, lease: Lease) -> Sequence[Notifier]:
        """The couriers, every place of theirs in the store. What they cannot be opened for is said of all that is
        known there; so it is of a place that this engine has no address for."""
        post = await self._places()
        try:
            couriers = await asyncio.to_thread(self._couriers)
        except Failed as failed:
            for to, place in post.items():
                await self._note(lease, to, place, str(failed))
            raise
        names = {courier.name for courier in couriers}
        snapshot = self._board.look()
        for to in names - post.keys():
            await self._put(lease, store_keys.destination(to), first_destination(snapshot.log.value.releases))
        for to in post.keys() - names:
            if await self._owed(to, post, snapshot):
                await self._note(lease, to, post[to], "the engine that runs has no address of it")
            else:
                await self._store.commit(Delete(store_keys.destination(to)), lease.guard, durable=False)
        return couriers

    async def _owed(self, to: str, places: dict[str, Destination], snapshot: Snapshot) -> bool:
        """Whether something is due there that is not too old."""
        releases = {release.id: release for release in snapshot.log.value.releases}
        post = await self._post(to, places[to])
        waiting = due_messages(releases.values(), snapshot.policy, post, to)
        return any(not is_stale(one, releases[one.release], snapshot.policy, snapshot.now) for one in waiting)

    async def _serve(self, lease: Lease, courier: Notifier) -> None:
        while True:
            await self._insist(lambda: self._next(lease, courier), lease, courier)

    async def _insist(
        self, act: Callable[[], Awaitable[T]], lease: Lease | None = None, courier: Notifier | None = None
    ) -> T:
        """Do it until it goes well, ever more slowly. What is wrong with a place is kept in the store, in words."""
        failures = 0
        while True:
            try:
                came = await act()
                if failures and not courier:
                    self._trouble("")
                return came
            except Failed as failed:
                said = failed.reason if courier and failed.system == courier.name else str(failed)
            except InvalidRecord as unfit:
                said = str(unfit)
            except Exception as broken:  # a fault of ours or of a library: its text may hold an address
                said = f"stumbled over {type(broken).__name__}"
            if lease and courier:
                await self._say(lease, courier, said)
            else:
                self._trouble(f"people are not told: {said}")
            await asyncio.sleep(self._pauses[min(failures, len(self._pauses) - 1)])
            failures += 1

    async def _say(self, lease: Lease, courier: Notifier, said: str) -> None:
        try:
            await self._note(lease, courier.name, await self._place(courier.name), said)
        except (Failed, InvalidRecord):
            return  # the store is what fails: that is said elsewhere

    async def _next(self, lease: Lease, courier: Notifier) -> None:
        """Bring the next message there; without one bring the head up to date, or wait until something happens."""
        snapshot = self._board.look()
        place = await self._place(courier.name)
        post = await self._post(courier.name, place)
        waiting = due_messages(snapshot.log.value.releases, snapshot.policy, post, courier.name)
        if waiting:
            release = next(one for one in snapshot.log.value.releases if one.id == waiting[0].release)
            await self._bring(lease, courier, release, waiting[0], snapshot)
        elif not await self._amended(lease, courier, post, snapshot):
            await self._forget(lease, courier.name, place, snapshot)
            digest = snapshot.log.value.digest
            await self._board.until(lambda now: now.log.value.digest != digest, LOOK_AGAIN)
            return
        if place.error:
            await self._note(lease, courier.name, place, "")

    async def _bring(
        self, lease: Lease, courier: Notifier, release: Release, message: Message, snapshot: Snapshot
    ) -> None:
        known = await self._told(release.id, courier.name)
        key = store_keys.delivery(release.id, courier.name)
        if is_stale(message, release, snapshot.policy, snapshot.now):
            await self._put(lease, key, replace(known, given_up=(*known.given_up, message.key), sending=""))
            return
        if courier.threads and not known.thread:
            text = thread_head(release, snapshot.policy)
            thread = await self._within(courier, courier.open_thread(release.id, text))
            known = replace(known, thread=thread, head=_digest(text))
            await self._put(lease, key, known)
        if known.sending != message.key:
            known = replace(known, sending=message.key)
            await self._put(lease, key, known)
        try:
            await self._within(courier, courier.deliver(message, known.thread))
        except MessageRejected as refused:
            lost = replace(known, given_up=(*known.given_up, message.key), sending="")
            await self._put(lease, key, lost)
            raise Failed(courier.name, f"refused {message.key} of {release.id}: {refused.reason}") from refused
        await self._put(lease, key, replace(known, keys=(*known.keys, message.key), sending=""))

    async def _amended(self, lease: Lease, courier: Notifier, post: DeliveryRecords, snapshot: Snapshot) -> bool:
        """Whether a head message had to be changed."""
        for release in reversed(snapshot.log.value.releases[-2:]):
            known = post.deliveries.get((release.id, courier.name), Delivery())
            text = thread_head(release, snapshot.policy) if known.thread and release.events else ""
            if text and _digest(text) != known.head:
                with suppress(MessageRejected):  # somebody took it away, or it may be edited no more
                    await self._within(courier, courier.amend(known.thread, text))
                await self._put(lease, store_keys.delivery(release.id, courier.name), replace(known, head=_digest(text)))
                return True
        return False

    async def _forget(self, lease: Lease, to: str, place: Destination, snapshot: Snapshot) -> None:
        """What was told of releases that nobody asks about any more."""
        releases = snapshot.log.value.releases
        start = next_start(releases, place, ())
        if start == place.release:
            return
        order = store_keys.release_order
        old = [one.id for one in releases if order(place.release) <= order(one.id) < order(start)][:MOST_FORGOTTEN]
        fresh = Put(store_keys.destination(to), msgspec.json.encode(replace(place, release=start, number=0)))
        await self._store.commit(fresh, *(Delete(store_keys.delivery(one, to)) for one in old), lease.guard, durable=False)

    async def _within(self, courier: Notifier, sending: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._deadline):
                return await sending
        except TimeoutError as late:
            raise Failed(courier.name, f"does not answer within {self._deadline:.0f} s") from late

    async def _note(self, lease: Lease, to: str, place: Destination, error: str) -> None:
        """Keep what is wrong with a place, once, and since when."""
        error = clean(error)
        if error != place.error:
            since = (place.at or self._board.look().now) if error else 0.0
            await self._put(lease, store_keys.destination(to), replace(place, error=error, at=since))

    async def _post(self, to: str, place: Destination) -> DeliveryRecords:
        """What is known of one place; of the authors who have addresses, all."""
        releases = self._board.snapshot.log.value.releases
        counted = [
            one.id for one in releases if store_keys.release_order(one.id) >= store_keys.release_order(place.release)
        ]
        told = {(ident, to): await self._told(ident, to) for ident in counted}
        return DeliveryRecords({**await self._places(), to: place}, told)

    async def _places(self) -> dict[str, Destination]:
        entries = await self._store.list(f"{store_keys.NOTIFICATIONS}to/")
        found: dict[str, Destination] = {}
        for entry in entries:
            if place := store_keys.parse_notification(entry.key):
                found[place[1]] = read_record(entry, Destination)
        return found

    async def _place(self, to: str) -> Destination:
        entry = await self._store.get(store_keys.destination(to))
        return read_record(entry, Destination) if entry else first_destination(self._board.snapshot.log.value.releases)

    async def _told(self, release: str, to: str) -> Delivery:
        entry = await self._store.get(store_keys.delivery(release, to))
        return read_record(entry, Delivery) if entry else Delivery()

    async def _put(self, lease: Lease, key: str, value: Delivery | Destination) -> None:
        """Under the lock's guard: an engine that has lost it can claim nothing, and so sends nothing."""
        await self._store.commit(Put(key, msgspec.json.encode(value)), lease.guard, durable=False)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
