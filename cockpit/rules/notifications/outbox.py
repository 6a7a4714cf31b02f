"""The outbox: the messages that events trigger, less those that the store records as delivered.

It is level-triggered: it finds every undelivered message again after an engine was killed at any point.
"""

from collections.abc import Iterable

from cockpit.deploy.outbox import Delivery, DeliveryRecords, Destination, Message, Outbox, UndeliveredMessage
from cockpit.deploy.policy import Policy
from cockpit.deploy.release import Release
from cockpit.deploy.store_keys import release_order
from cockpit.rules.notifications.messages import messages_for

RELEASES_KEPT = 5
"""Releases whose delivery records are kept."""


def due_messages(releases: Iterable[Release], policy: Policy, records: DeliveryRecords, to: str) -> tuple[Message, ...]:
    """Messages that the destination has neither received nor given up, in the order of delivery."""
    destination = records.destinations.get(to)
    if destination is None:
        return ()
    due: list[Message] = []
    for release in _counted(releases, destination):
        delivery = records.deliveries.get((release.id, to), Delivery())
        done = {*delivery.keys, *delivery.given_up}
        due += [message for message in _messages(release, policy, records, to, destination) if message.key not in done]
    return tuple(due)


def is_stale(message: Message, release: Release, policy: Policy, now: float) -> bool:
    """Whether its release ended so long ago that the message is of no use."""
    if release.end is None or not release.events:
        return False
    return now - max(message.at, release.settled_at) > policy.notifications.give_up_after


def outbox_of(releases: tuple[Release, ...], policy: Policy, records: DeliveryRecords) -> Outbox:
    """The state of delivery to every destination."""
    waiting: list[UndeliveredMessage] = []
    given_up: list[Message] = []
    delivered: dict[str, int] = {}
    for to, destination in records.destinations.items():
        due = due_messages(releases, policy, records, to)
        waiting += [UndeliveredMessage(message, destination.error) for message in due]
        counted = _counted(releases, destination)
        delivered[to] = sum(len(records.deliveries.get((release.id, to), Delivery()).keys) for release in counted)
        for release in counted:
            lost = records.deliveries.get((release.id, to), Delivery()).given_up
            messages = _messages(release, policy, records, to, destination)
            given_up += [message for message in messages if message.key in lost]
    waiting.sort(key=lambda undelivered: undelivered.message.at)
    return Outbox(tuple(waiting), tuple(given_up), records.destinations, delivered)


def next_start(releases: tuple[Release, ...], destination: Destination, waiting: tuple[Message, ...]) -> str:
    """The release from which the destination counts from now on; older delivery records can be deleted."""
    oldest = waiting[0].release if waiting else ""
    last = releases[-RELEASES_KEPT:]
    until = min((oldest or last[0].id, last[0].id), key=release_order) if last else destination.release
    return max(until, destination.release, key=release_order)


def first_destination(releases: tuple[Release, ...]) -> Destination:
    """The record of a new destination: it begins with the newest release if that is open, else with later events."""
    newest = releases[-1] if releases else None
    if newest is None:
        return Destination()
    return Destination(newest.id, newest.last_number if newest.end else 0)


def _counted(releases: Iterable[Release], destination: Destination) -> list[Release]:
    return [release for release in releases if release_order(release.id) >= release_order(destination.release)]


def _messages(
    release: Release, policy: Policy, records: DeliveryRecords, to: str, destination: Destination
) -> list[Message]:
    first = destination.number if release.id == destination.release else 0
    messages = messages_for(release, policy, to, records.authors)
    return [message for message in messages if message.number > first]
