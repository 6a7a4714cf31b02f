"""The event log of a release: what happened, when, by whom and why.

An event is stored once, under the next number of its release, and never changed. Each event carries the digest of the
one before it, also across releases, so `history --verify` detects an edited or missing event.
"""

import hashlib

import msgspec
from msgspec import Struct

from cockpit.deploy.facts import AnyFact, Unreadable
from cockpit.deploy.text import clean


class Event(Struct, frozen=True):
    """One entry of a release's log."""

    number: int
    """From 1, without gaps."""
    at: float
    """Seconds since the epoch by the writer's clock."""
    by: str
    """`user@host`, or `engine`."""
    why: str
    what: AnyFact
    prev: str
    """The digest of the event before, also across releases; empty for the first event of the log."""

    @property
    def by_person(self) -> bool:
        """Whether a person wrote it: `user@host`, unlike the engine and the autopilot."""
        return "@" in self.by


def encode(event: Event) -> bytes:
    """Encode the event for the store. Equal events give equal bytes: JSON keys follow the order of the fields."""
    return msgspec.json.encode(event)


def digest(stored: bytes) -> str:
    """The sha256 of the stored bytes, in hex: the `prev` of the next event."""
    return hashlib.sha256(stored).hexdigest()


def decode(key: str, number: int, stored: bytes) -> Event:
    """Decode the event stored under `key` and clean its texts. An unreadable record gives an `Unreadable`."""
    try:
        event = _DECODER.decode(stored)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return Event(number, 0.0, "", "", Unreadable(clean(key), clean(str(error))), "")
    if event.number != number:
        return Event(number, 0.0, "", "", Unreadable(clean(key), f"has the number {event.number} inside"), "")
    return event


def cleaned(value: object) -> object:
    """The JSON value with every text cleaned line by line."""
    match value:
        case str():
            return value if value.isprintable() else "\n".join(clean(line) for line in value.split("\n"))
        case list():
            return [cleaned(item) for item in value]
        case dict():
            return {key: cleaned(item) for key, item in value.items()}
        case _:
            return value


class _CleaningDecoder:
    """Decodes and cleans. Most events need no cleaning and are converted once."""

    def __init__(self) -> None:
        self._typed = msgspec.json.Decoder(Event)

    def decode(self, stored: bytes) -> Event:
        event = self._typed.decode(stored)
        raw = msgspec.json.decode(stored)
        plain = cleaned(raw)
        return event if plain == raw else msgspec.convert(plain, Event)


_DECODER = _CleaningDecoder()
