"""Turns: which hosts of a tier may be out of their load balancer at once. Pure.

A host that must leave its load balancer writes a turn under a key of its own, and removes it once it is back. The store
gives each write a higher version than any before, so the versions order the turns, and a turn before one's own cannot
appear later. A host may leave while fewer turns before its own are open than the target allows hosts to be out.

So while agents behave no more hosts are out than that: when the one with the last turn left, the others that are out
had open turns before it. Nothing in this depends on a lock, on the engine or on how long an agent has run, and no host
can write the turn of another.

A turn is passed over if its host may be out and does not come back in time, so a host that hangs or lies delays the
others for a limited time. A host that failed on a new build and stays out is not passed over: a bad build takes no more
hosts out than the tier can spare. In a rollback it is passed over at once, as is a silent one.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from cockpit.deploy.hosts.status import HostState, Status

_NOT_LEAVING = (HostState.EMPTY, HostState.SERVING, HostState.PULLING, HostState.FAILED)
"""States in which a host that is in its load balancer does not ask to leave it."""


class Turn(Struct, frozen=True):
    """What a host writes under its own key: that it must leave its load balancer, or is out."""

    serial: int
    """The serial of the target for which it leaves."""
    at: float
    """When it asked, by its own clock."""


class Place(Struct, frozen=True):
    """A turn, and its place in the order."""

    host: str
    """The host of the key, which alone may write it."""
    version: int
    turn: Turn


class TurnSighting(Struct, frozen=True):
    """What a waiting host has seen of a turn before its own."""

    since: float
    """When it first saw that this host may be out, in seconds of its own monotonic clock."""
    status: Status | None = None
    """The last status that it read; None if it has read none, or none is stored."""


class TurnRules(Struct, frozen=True):
    """The limits of the target and the config."""

    most_out: int
    """How many hosts may be out at once; 0 for no limit."""
    deadline: float
    """Seconds after which a turn is passed over."""
    silent_after: float
    rollback: bool = False


class Leave(Struct, frozen=True):
    """The host may leave its load balancer."""


class Wait(Struct, frozen=True):
    """The host stays in its load balancer."""

    after: tuple[Place, ...]
    """The turns that it waits for, in order: those of the hosts that may be out now."""
    more: int = 0
    """Further open turns before its own."""


def in_order(places: Iterable[Place]) -> tuple[Place, ...]:
    """Return the places in the order of their turns."""
    return tuple(sorted(places, key=lambda place: (place.version, place.host)))


def may_leave(
    places: tuple[Place, ...],
    host: str,
    rules: TurnRules,
    observed: Mapping[Place, TurnSighting],
    monotonic: float,
    now: float,
) -> Leave | Wait:
    """Decide for `host`, whose turn is in `places`, which are in order; without a turn it waits.

    A list that was read earlier is as safe as a new one: the turns before one's own can only become fewer.
    """
    if not rules.most_out:
        return Leave()
    before: list[Place] = []
    for place in places:
        if place.host == host:
            return Leave() if len(before) < rules.most_out else _wait(before, rules)
        seen = observed.get(place)
        if seen is None or not is_over(place, seen, rules, monotonic, now):
            before.append(place)
    return _wait(before, rules)


def _wait(before: list[Place], rules: TurnRules) -> Wait:
    return Wait(tuple(before[: rules.most_out]), max(0, len(before) - rules.most_out))


def is_over(place: Place, seen: TurnSighting, rules: TurnRules, monotonic: float, now: float) -> bool:
    """Whether the turn counts no longer: its host is back, or it is passed over."""
    status, waited = seen.status, monotonic - seen.since
    if status is None:
        return waited > (min(rules.silent_after, rules.deadline) if rules.rollback else rules.deadline)
    if _is_back(place, status):
        return True
    silent = status.is_silent(now, rules.silent_after)
    failed = status.out and (status.state is HostState.FAILED or status.stuck)
    if rules.rollback and (silent or failed):
        return True
    if not rules.rollback and not silent and (failed or (status.out and status.state is HostState.REVERTING)):
        return False
    return waited > rules.deadline


def _is_back(place: Place, status: Status) -> bool:
    """Whether a status that is newer than the turn says that the host is in its load balancer and stays there."""
    return status.at > place.turn.at and not status.out and status.state in _NOT_LEAVING
