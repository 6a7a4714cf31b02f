"""The log of a release: what happened, when, by whom and why; a release is the fold of these and nothing else.

An event is stored once, under the next number of its release, and never changed. Each carries the digest of the
one before it, across releases, so that an edited or missing event is found (`history --verify`).
"""

import hashlib

import msgspec
from msgspec import Struct

from cockpit.deploy.facts import Happened, Unreadable
from cockpit.deploy.text import clean


class Event(Struct, frozen=True):
    """One line of a release's log."""

    number: int
    """From 1, without gaps."""
    at: float
    """Seconds since the epoch, UTC, by the writer's clock."""
    by: str
    """`user@host`, or `engine`."""
    why: str
    what: Happened
    prev: str
    """The digest of the event before this one, also across releases; empty for the very first."""


def encode(event: Event) -> bytes:
    """The event as it is stored: JSON with keys in the order of the fields, so equal events are equal bytes."""
    return msgspec.json.encode(event)


def digest(stored: bytes) -> str:
    """What the next event's `prev` must be: sha256 over the bytes as stored."""
    return hashlib.sha256(stored).hexdigest()


def decode(key: str, number: int, stored: bytes) -> Event:
    """The event under `key`, every text of it cleaned; what cannot be read becomes an `Unreadable`, never an error."""
    try:
        event = _CLEANER.decode(stored)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as bad:
        return Event(number, 0.0, "", "", Unreadable(clean(key), clean(str(bad))), "")
    if event.number != number:
        wrong = f"says it is event {event.number}"
        return Event(number, 0.0, "", "", Unreadable(clean(key), wrong), "")
    return event


def cleaned(value: object) -> object:
    """The same JSON value with every text cleaned, line by line so that a command's output keeps its shape."""
    match value:
        case str():
            return value if value.isprintable() else "\n".join(clean(line) for line in value.split("\n"))
        case list():
            return [cleaned(item) for item in value]
        case dict():
            return {key: cleaned(item) for key, item in value.items()}
        case _:
            return value


class _CleanDecoder:
    """Decodes and cleans; most events need no cleaning and are decoded once."""

    def __init__(self) -> None:
        self._typed = msgspec.json.Decoder(Event)

    def decode(self, stored: bytes) -> Event:
        event = self._typed.decode(stored)
        raw = msgspec.json.decode(stored)
        plain = cleaned(raw)
        return event if plain == raw else msgspec.convert(plain, Event)


_CLEANER = _CleanDecoder()
