"""What is still to be told: the messages that events call for, less those that the store says were delivered.

Level-triggered: an engine that was killed between any two steps leaves nothing behind that this does not find.
"""

from collections.abc import Iterable

from cockpit.deploy.outbox import Delivery, DeliveryRecords, Destination, Message, Outbox, UndeliveredMessage
from cockpit.deploy.policy import Policy
from cockpit.deploy.release import Release
from cockpit.deploy.store_keys import release_order
from cockpit.rules.notifications.messages import messages

REMEMBERED = 5
"""Releases of which is kept what was told."""


def due(releases: Iterable[Release], policy: Policy, post: DeliveryRecords, to: str) -> tuple[Message, ...]:
    """What that place has not been told and not been spared, in the order in which it must be."""
    place = post.places.get(to)
    if place is None:
        return ()
    found: list[Message] = []
    for release in _counted(releases, place):
        known = post.told.get((release.id, to), Delivery())
        over = {*known.keys, *known.given_up}
        found += [one for one in _all(release, policy, post, to, place) if one.key not in over]
    return tuple(found)


def stale(message: Message, release: Release, policy: Policy, now: float) -> bool:
    """Whether its release ended so long ago that nobody is helped by it any more."""
    if release.end is None or not release.events:
        return False
    return now - max(message.at, release.over) > policy.people.give_up


def outbox(releases: tuple[Release, ...], policy: Policy, post: DeliveryRecords) -> Outbox:
    """How it stands with every place."""
    waiting: list[UndeliveredMessage] = []
    given_up: list[Message] = []
    delivered: dict[str, int] = {}
    for to, place in post.places.items():
        waiting += [UndeliveredMessage(one, place.error) for one in due(releases, policy, post, to)]
        counted = _counted(releases, place)
        delivered[to] = sum(len(post.told.get((release.id, to), Delivery()).keys) for release in counted)
        for release in counted:
            lost = post.told.get((release.id, to), Delivery()).given_up
            given_up += [one for one in _all(release, policy, post, to, place) if one.key in lost]
    waiting.sort(key=lambda one: one.message.at)
    return Outbox(tuple(waiting), tuple(given_up), post.places, delivered)


def moved(releases: tuple[Release, ...], place: Destination, waiting: tuple[Message, ...]) -> str:
    """The release from which that place may count from now on; what was told of those before need not be kept."""
    oldest = waiting[0].release if waiting else ""
    last = releases[-REMEMBERED:]
    until = min((oldest or last[0].id, last[0].id), key=release_order) if last else place.release
    return max(until, place.release, key=release_order)


def begins(releases: tuple[Release, ...]) -> Destination:
    """Where a place that is new begins: with the newest release if it is under way, else with what comes next."""
    newest = releases[-1] if releases else None
    if newest is None:
        return Destination()
    return Destination(newest.id, newest.number if newest.end else 0)


def _counted(releases: Iterable[Release], place: Destination) -> list[Release]:
    return [release for release in releases if release_order(release.id) >= release_order(place.release)]


def _all(release: Release, policy: Policy, post: DeliveryRecords, to: str, place: Destination) -> list[Message]:
    after = place.number if release.id == place.release else 0
    return [one for one in messages(release, policy, to, post.addressed) if one.number > after]
