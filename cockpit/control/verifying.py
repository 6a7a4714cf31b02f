"""Proves that the log is what was written: each event names the digest of the one before it, across releases."""

import msgspec
from msgspec import Struct

from cockpit.deploy import keys
from cockpit.deploy.events import digest
from cockpit.deploy.text import clean
from cockpit.ports import Store


class Link(Struct, frozen=True):
    """The part of an event that the chain needs, readable even where the rest is not."""

    number: int
    prev: str


class Found(Struct, frozen=True):
    """How many events were looked at, and a sentence for each broken link."""

    events: int
    broken: tuple[str, ...]


async def verify(store: Store) -> Found:
    """Walk the whole chain."""
    places = [(keys.parse_event(entry.key), entry) for entry in await store.list(keys.RELEASES)]
    chain = sorted(
        ((place, entry) for place, entry in places if place is not None),
        key=lambda pair: (keys.release_order(pair[0][0]), pair[0][1]),
    )
    broken: list[str] = []
    last, expected, release = "", 0, ""
    for (ident, number), entry in chain:
        expected = expected + 1 if ident == release else 1
        release = ident
        if number != expected:
            broken.append(f"{clean(ident)}: event {expected} is missing")
            expected = number
        stored = entry.value or b""
        try:
            link = msgspec.json.decode(stored, type=Link)
        except (msgspec.MsgspecError, UnicodeDecodeError) as bad:
            broken.append(f"{clean(entry.key)}: cannot be read: {clean(str(bad))}")
        else:
            if link.prev != last:
                broken.append(f"{clean(entry.key)}: the event before it is not the one it was written after")
        last = digest(stored)
    return Found(len(chain), tuple(broken))
