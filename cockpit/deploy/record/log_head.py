"""The head of the log: the digest of its last event and the number of events.

Each event names the one before it, but nothing else names the last one. Without the head, `history --verify` could not
detect that events were cut off at the end or that the last event was edited.

The head is written in one transaction with the events. A writer with access to both can still forge both; for that a
person keeps the digest elsewhere (`history --verify --against`).
"""

import msgspec
from msgspec import Struct

from cockpit.deploy.text import clean, short

MAX_DOUBTS = 20
"""How many doubts are kept: the first ones, which show where it began."""


class LogHead(Struct, frozen=True):
    """The end of the log, as its last writer recorded it."""

    digest: str
    """The digest of the last event, over the stored bytes."""
    events: int
    """The number of events, over all releases."""
    doubts: tuple[str, ...] = ()
    """Mismatches found when events were added. The next head keeps them."""


def encode(head: LogHead) -> bytes:
    """Encode the head for the store."""
    return msgspec.json.encode(head)


def decode(stored: bytes) -> LogHead | None:
    """Decode the head; None if it is unreadable."""
    try:
        head = msgspec.json.decode(stored, type=LogHead)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return LogHead(clean(head.digest), head.events, tuple(clean(doubt) for doubt in head.doubts))


def advance_head(head: LogHead, prev: str, digest: str, added: int, key: str) -> LogHead:
    """The head after `added` events, of which the last has `digest` and the first names `prev`.

    `key` is the key of the first event. A `prev` other than the recorded digest adds a doubt: the log was changed.
    """
    doubts = head.doubts
    if head.digest != prev and len(doubts) < MAX_DOUBTS:
        doubts = (*doubts, f"{key} was written after {_named(prev)}, but the log's head was {_named(head.digest)}")
    return LogHead(digest, head.events + added, doubts)


def _named(digest: str) -> str:
    return short(digest) or "nothing"
