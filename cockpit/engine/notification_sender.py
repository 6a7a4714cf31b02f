"""Sends notifications: each destination gets its messages in order, and a dead one delays no other.

Delivery is at least once. A message is claimed in the store, sent, and then recorded as delivered. A crash between the
last two repeats it, under the same id.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from cockpit.control.board import Board
from cockpit.control.record_reader import InvalidRecord
from cockpit.deploy.outbox import Delivery, DeliveryRecords, Destination, Message
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.engine.delivery_retry import DEADLINE, PAUSES, retry, with_deadline
from cockpit.engine.delivery_store import DeliveryStore
from cockpit.ports import Failed, Lease, MessageRejected, Notifier, Store
from cockpit.rules.notifications.messages import thread_head
from cockpit.rules.notifications.outbox import due_messages, is_stale

LOOK_AGAIN = 60.0
"""Seconds after which a destination is checked without an event: messages become stale by themselves."""


class NotificationSender:
    """Sends to every destination of the config, each in its own task, while the engine's lock is held."""

    def __init__(
        self,
        board: Board,
        store: Store,
        open_notifiers: Callable[[], Sequence[Notifier]],
        error: Callable[[str], None] = lambda _: None,
        pauses: tuple[float, ...] = PAUSES,
        deadline: float = DEADLINE,
    ) -> None:
        self._board = board
        self._records = DeliveryStore(store, board)
        self._open_notifiers = open_notifiers
        self._error = error
        self._pauses = pauses
        self._deadline = deadline

    async def run(self, lease: Lease) -> None:
        """Send until cancelled. Failures never stop the engine."""
        while not self._board.snapshot.log.at:  # a new destination's start depends on the log
            await self._board.until(lambda snapshot: snapshot.log.at > 0, LOOK_AGAIN)

        async def report(error: str) -> None:
            self._error(f"notifications are not sent: {error}")

        notifiers = await retry(lambda: self._open(lease), report, self._pauses, recovered=lambda: self._error(""))
        try:
            async with asyncio.TaskGroup() as group:
                for notifier in notifiers:
                    group.create_task(self._serve(lease, notifier), name=f"notify {notifier.name}")
        finally:
            for notifier in notifiers:
                await notifier.close()

    async def _open(self, lease: Lease) -> Sequence[Notifier]:
        """Open the notifiers and bring the destinations in the store in line with them.

        If they cannot be opened, that is recorded as the error of every destination.
        """
        known = await self._records.destinations()
        try:
            notifiers = await asyncio.to_thread(self._open_notifiers)
        except Failed as failed:
            for name, destination in known.items():
                await self._records.note_error(lease, name, destination, str(failed))
            raise
        names = {notifier.name for notifier in notifiers}
        snapshot = self._board.look()
        for name in names - known.keys():
            await self._records.put_destination(lease, name, self._records.new_destination())
        for name in known.keys() - names:
            if await self._has_due_messages(name, known[name], snapshot):
                error = "the running engine has no address for it"
                await self._records.note_error(lease, name, known[name], error)
            else:
                await self._records.remove(lease, name)
        return notifiers

    async def _has_due_messages(self, name: str, destination: Destination, snapshot: Snapshot) -> bool:
        """Whether a message is due that is not stale."""
        releases = {release.id: release for release in snapshot.log.value.releases}
        records = await self._records.records(name, destination)
        due = due_messages(releases.values(), snapshot.policy, records, name)
        return any(not is_stale(message, releases[message.release], snapshot.policy, snapshot.now) for message in due)

    async def _serve(self, lease: Lease, notifier: Notifier) -> None:
        async def report(error: str) -> None:
            with suppress(Failed, InvalidRecord):  # an error of the store is shown elsewhere
                destination = await self._records.destination(notifier.name)
                await self._records.note_error(lease, notifier.name, destination, error)

        while True:
            await retry(lambda: self._send_next(lease, notifier), report, self._pauses, notifier.name)

    async def _send_next(self, lease: Lease, notifier: Notifier) -> None:
        """Send the next message. If none is due, update a head message, or wait for an event."""
        snapshot = self._board.look()
        destination = await self._records.destination(notifier.name)
        records = await self._records.records(notifier.name, destination)
        due = due_messages(snapshot.log.value.releases, snapshot.policy, records, notifier.name)
        if due:
            release = next(release for release in snapshot.log.value.releases if release.id == due[0].release)
            await self._send(lease, notifier, release, due[0], snapshot)
        elif not await self._update_head(lease, notifier, records, snapshot):
            await self._records.remove_old(lease, notifier.name, destination)
            digest = snapshot.log.value.digest
            await self._board.until(lambda now: now.log.value.digest != digest, LOOK_AGAIN)
            return
        if destination.error:
            await self._records.note_error(lease, notifier.name, destination, "")

    async def _send(
        self, lease: Lease, notifier: Notifier, release: Release, message: Message, snapshot: Snapshot
    ) -> None:
        """Claim the message, send it and record it; give it up if it is stale or rejected."""

        async def put(delivery: Delivery) -> None:
            await self._records.put_delivery(lease, release.id, notifier.name, delivery)

        delivery = await self._records.delivery(release.id, notifier.name)
        given_up = replace(delivery, given_up=(*delivery.given_up, message.key), sending="")
        if is_stale(message, release, snapshot.policy, snapshot.now):
            await put(given_up)
            return
        if notifier.threads and not delivery.thread:
            text = thread_head(release, snapshot.policy)
            thread = await with_deadline(self._deadline, notifier.name, notifier.open_thread(release.id, text))
            delivery = replace(delivery, thread=thread, head=_digest(text))
            await put(delivery)
        if delivery.sending != message.key:
            delivery = replace(delivery, sending=message.key)
            await put(delivery)
        try:
            await with_deadline(self._deadline, notifier.name, notifier.deliver(message, delivery.thread))
        except MessageRejected as rejected:
            await put(replace(delivery, given_up=given_up.given_up, sending=""))
            raise Failed(notifier.name, f"rejected {message.key} of {release.id}: {rejected.reason}") from rejected
        await put(replace(delivery, keys=(*delivery.keys, message.key), sending=""))

    async def _update_head(
        self, lease: Lease, notifier: Notifier, records: DeliveryRecords, snapshot: Snapshot
    ) -> bool:
        """Edit the head message of a recent release if its text has changed; whether one was edited."""
        for release in reversed(snapshot.log.value.releases[-2:]):
            delivery = records.deliveries.get((release.id, notifier.name), Delivery())
            text = thread_head(release, snapshot.policy) if delivery.thread and release.events else ""
            if text and _digest(text) != delivery.head:
                with suppress(MessageRejected):  # it was deleted, or may no longer be edited
                    await with_deadline(self._deadline, notifier.name, notifier.amend(delivery.thread, text))
                edited = replace(delivery, head=_digest(text))
                await self._records.put_delivery(lease, release.id, notifier.name, edited)
                return True
        return False


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
