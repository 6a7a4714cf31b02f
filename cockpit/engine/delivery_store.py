"""The store's records of delivery: each destination's state, and what it received of each release.

All writes carry the guard of the engine's lock. An engine that has lost it cannot claim a message, so it sends none.
"""

import msgspec
from msgspec.structs import replace

from cockpit.control.board import Board
from cockpit.control.record_reader import read_record
from cockpit.deploy import store_keys
from cockpit.deploy.outbox import Delivery, DeliveryRecords, Destination
from cockpit.deploy.text import clean
from cockpit.ports import Delete, Lease, Put, Store
from cockpit.rules.notifications.outbox import first_destination, next_start

MAX_REMOVED = 30
"""Records removed in one transaction."""


class DeliveryStore:
    """Reads and writes the records. Methods raise `Failed`, and `InvalidRecord` for a record that cannot be read."""

    def __init__(self, store: Store, board: Board) -> None:
        self._store = store
        self._board = board

    async def destinations(self) -> dict[str, Destination]:
        """Every destination in the store, by name."""
        destinations: dict[str, Destination] = {}
        for entry in await self._store.list(f"{store_keys.NOTIFICATIONS}to/"):
            if key := store_keys.parse_notification(entry.key):
                destinations[key[1]] = read_record(entry, Destination)
        return destinations

    async def destination(self, name: str) -> Destination:
        """The state of a destination; that of a new one if the store has none."""
        entry = await self._store.get(store_keys.destination(name))
        return read_record(entry, Destination) if entry else self.new_destination()

    def new_destination(self) -> Destination:
        """The state of a new destination, which gets no past events."""
        return first_destination(self._board.snapshot.log.value.releases)

    async def delivery(self, release: str, name: str) -> Delivery:
        """What a destination received of a release."""
        entry = await self._store.get(store_keys.delivery(release, name))
        return read_record(entry, Delivery) if entry else Delivery()

    async def records(self, name: str, destination: Destination) -> DeliveryRecords:
        """The records of one destination. It lists all destinations, because authors' own addresses are among them."""
        releases = self._board.snapshot.log.value.releases
        order = store_keys.release_order
        counted = [release.id for release in releases if order(release.id) >= order(destination.release)]
        deliveries = {(release, name): await self.delivery(release, name) for release in counted}
        return DeliveryRecords({**await self.destinations(), name: destination}, deliveries)

    async def put_destination(self, lease: Lease, name: str, destination: Destination) -> None:
        """Write the state of a destination."""
        await self._put(lease, store_keys.destination(name), destination)

    async def put_delivery(self, lease: Lease, release: str, name: str, delivery: Delivery) -> None:
        """Write what a destination received of a release."""
        await self._put(lease, store_keys.delivery(release, name), delivery)

    async def note_error(self, lease: Lease, name: str, destination: Destination, error: str) -> None:
        """Write a destination's error and when it began, if it changed; an empty error clears it."""
        error = clean(error)
        if error != destination.error:
            since = (destination.at or self._board.look().now) if error else 0.0
            await self.put_destination(lease, name, replace(destination, error=error, at=since))

    async def remove(self, lease: Lease, name: str) -> None:
        """Remove a destination."""
        await self._store.commit(Delete(store_keys.destination(name)), lease.guard, durable=False)

    async def remove_old(self, lease: Lease, name: str, destination: Destination) -> None:
        """Remove the delivery records of old releases."""
        releases = self._board.snapshot.log.value.releases
        start = next_start(releases, destination, ())
        if start == destination.release:
            return
        order = store_keys.release_order
        old = [release.id for release in releases if order(destination.release) <= order(release.id) < order(start)]
        moved = msgspec.json.encode(replace(destination, release=start, number=0))
        await self._store.commit(
            Put(store_keys.destination(name), moved),
            *(Delete(store_keys.delivery(release, name)) for release in old[:MAX_REMOVED]),
            lease.guard,
            durable=False,
        )

    async def _put(self, lease: Lease, key: str, value: Delivery | Destination) -> None:
        await self._store.commit(Put(key, msgspec.json.encode(value)), lease.guard, durable=False)
