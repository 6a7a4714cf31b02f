"""The keys of the store, in one module so that access rules can be written from it."""

import re
from urllib.parse import quote, unquote

CURRENT = "current"
"""The id of the newest release, written when it is opened."""
RELEASES = "releases/"
LOG_HEAD = "releases/head"
"""The head of the log. It lies beside the events, so the same access rule covers both."""
TARGETS = "targets/"
STATUSES = "status/"
JUDGEMENT = "judgement"
"""The current verdict of the engine's gate."""
NOTIFICATIONS = "told/"
"""Delivery records of notifications, by destination and by release."""
TURNS = "turns/"
"""The turns of hosts to leave their load balancers, each written by its host alone."""
TRAFFIC = "traffic/"
"""Pages of request and error counts, by release."""
LOCKS = "locks/"
ENGINE_LOCK = "locks/engine"
COMMANDER_LOCK = "locks/conn"
"""The lock of the commander."""
PRESENCE = "locks/conn/seen"
"""The commander's last sign of life, which outlives the lock."""

LOCK_SERVICE = "cockpit"
"""The name of Consul sessions that hold short-lived locks."""
_RELEASE_ID = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.[0-9]{1,6}")


def event(release: str, number: int) -> str:
    """`releases/2026-11-23.3/000001`: keys of one release sort by number."""
    return f"{RELEASES}{release}/{number:06d}"


def target(tier: str) -> str:
    return f"{TARGETS}{tier}"


def announced(tier: str) -> str:
    """The newest build, which hosts fetch before a target names it.

    It lies under the tier's target, so that a host watches one prefix for both.
    """
    return f"{target(tier)}/announced"


def tier_of_target(key: str) -> str:
    """The tier whose target has this key; empty for another key."""
    tier = key.removeprefix(TARGETS)
    return "" if tier == key or "/" in tier else tier


def status(tier: str, host: str) -> str:
    return f"{STATUSES}{tier}/{host}"


def destination(to: str) -> str:
    """The record of a destination: where its messages begin, and its current error."""
    return f"{NOTIFICATIONS}to/{quote(to, safe='')}"


def delivery(release: str, to: str) -> str:
    """The record of the messages of a release to one destination."""
    return f"{NOTIFICATIONS}in/{release}/{quote(to, safe='')}"


def traffic(release: str, number: int | None = None) -> str:
    """`traffic/2026-11-23.3/00000`: a page of the release; the prefix of all pages without a number."""
    return f"{TRAFFIC}{release}/" if number is None else f"{TRAFFIC}{release}/{number:05d}"


def turn(tier: str, host: str) -> str:
    """The turn of the host; the prefix of all turns of the tier without one."""
    return f"{TURNS}{tier}/{host}"


def owner(lock: str) -> str:
    """The record of the lock's holder. Its version changes only with the holder."""
    return f"{lock}/owner"


def parse_event(key: str) -> tuple[str, int] | None:
    """(release, number) of an event's key; None for another key."""
    release, _, number = key.removeprefix(RELEASES).rpartition("/")
    valid = key.startswith(RELEASES) and release and number.isascii() and number.isdigit()
    return (release, int(number)) if valid else None


def parse_notification(key: str) -> tuple[str, str] | None:
    """(release, destination) of a key under `told/`; None for another key.

    The release is empty for the record of the destination itself.
    """
    kind, _, rest = key.removeprefix(NOTIFICATIONS).partition("/")
    release, slash, to = rest.rpartition("/")
    valid = key.startswith(NOTIFICATIONS) and to and {"to": not slash, "in": bool(release)}.get(kind, False)
    return (release, unquote(to)) if valid else None


def release_order(release: str) -> tuple[str, int]:
    """A sort key: by day, then by number, so .10 comes after .9."""
    day, _, number = release.rpartition(".")
    return (day, int(number)) if number.isascii() and number.isdigit() else (release, 0)


def is_release_id(text: str) -> bool:
    """Whether it is a release's id: a day, and its number in that day."""
    return _RELEASE_ID.fullmatch(text) is not None
