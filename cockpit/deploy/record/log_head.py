"""The anchor names the log's last event and how many there are: each event names the one before it, and nothing else
names the last one, so without it a tail that is cut off, or an edit of the very last event, would not be found.

It is written in one transaction with the events. Whoever may write both can still forge both: for that there is the
digest that a person keeps outside (`history --verify --against`).
"""

import msgspec
from msgspec import Struct

from cockpit.deploy.text import clean, short

MAX_DOUBTS = 20
"""Doubts that are kept; the first ones, for they are where it began."""


class LogHead(Struct, frozen=True):
    """The end of the log as its last writer left it."""

    digest: str
    """Of the last event, over the bytes as stored."""
    events: int
    """How many there are, over all releases."""
    doubts: tuple[str, ...] = ()
    """What did not agree with it when events were added: it must not be forgotten by the next anchor."""


def encode(anchor: LogHead) -> bytes:
    """The anchor as it is stored."""
    return msgspec.json.encode(anchor)


def decode(stored: bytes) -> LogHead | None:
    """The anchor; None where it cannot be read."""
    try:
        found = msgspec.json.decode(stored, type=LogHead)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return LogHead(clean(found.digest), found.events, tuple(clean(doubt) for doubt in found.doubts))


def advance_head(known: LogHead, prev: str, digest: str, added: int, where: str) -> LogHead:
    """The anchor once `added` events are there, the last of which has `digest`; the first names `prev` and stands at
    `where`. A doubt is kept where `prev` is not what was anchored: the log had been changed by then."""
    doubts = known.doubts
    if known.digest != prev and len(doubts) < MAX_DOUBTS:
        doubts = (*doubts, f"{where} was written after {_named(prev)}, and the anchor named {_named(known.digest)}")
    return LogHead(digest, known.events + added, doubts)


def _named(digest: str) -> str:
    return short(digest) or "nothing"
