"""Proves that the log is what was written: each event names the digest of the one before it, across releases, and the
anchor names the last one."""

import msgspec
from msgspec import Struct

from cockpit.deploy import store_keys
from cockpit.deploy.events import digest
from cockpit.deploy.record.log_head import LogHead, decode
from cockpit.deploy.text import clean, plural, short
from cockpit.ports import Entry, Store

LEAST_KEPT = 12
"""Characters of a digest that are enough to mean one."""


class LogLink(Struct, frozen=True):
    """The part of an event that the chain needs, readable even where the rest is not."""

    number: int
    prev: str


class VerificationResult(Struct, frozen=True):
    """How many events were looked at, and a sentence for each broken link."""

    events: int
    broken: tuple[str, ...]
    digest: str = ""
    """Of the last event: kept outside the store, it proves all up to there."""
    unproved: str = ""
    """Why the end of the log is not known to be its end; empty where it is."""
    against: str = ""
    """The event that has the digest which was kept outside, in words; empty where none was given or none has it."""

    @property
    def proved(self) -> bool:
        """Whether nobody can have edited it; not known is not proved."""
        return not self.broken and not self.unproved


async def verify(store: Store, against: str = "") -> VerificationResult:
    """Walk the whole chain, to the anchor; with `against`, a digest that was kept outside, see that it is in it."""
    entries = await store.list(store_keys.RELEASES)
    places = [(store_keys.parse_event(entry.key), entry) for entry in entries]
    chain = sorted(
        ((place, entry) for place, entry in places if place is not None),
        key=lambda pair: (store_keys.release_order(pair[0][0]), pair[0][1]),
    )
    broken: list[str] = []
    last, expected, release, kept = "", 0, "", ""
    for (ident, number), entry in chain:
        expected = expected + 1 if ident == release else 1
        release = ident
        if number != expected:
            broken.append(f"{clean(ident)}: event {expected} is missing")
            expected = number
        broken += _link(entry, last)
        last = digest(entry.value or b"")
        if against and last.startswith(against.lower()):
            kept = f"event {number} of {clean(ident)}"
    anchor = next((entry for entry in entries if entry.key == store_keys.HEAD), None)
    unproved = ""
    if anchor is None and chain:
        unproved = "no anchor yet, so a tail that was cut off would not be found: the next event writes one"
    elif anchor is not None:
        broken += _anchored(decode(anchor.value or b""), len(chain), last)
    if against and not kept:
        broken.append(f"no event has the digest {clean(against)[:64]}: what was kept outside is not in this log")
    return VerificationResult(len(chain), tuple(broken), last, unproved, kept)


def _link(entry: Entry, last: str) -> tuple[str, ...]:
    try:
        link = msgspec.json.decode(entry.value or b"", type=LogLink)
    except (msgspec.MsgspecError, UnicodeDecodeError) as bad:
        return (f"{clean(entry.key)}: cannot be read: {clean(str(bad))}",)
    if link.prev != last:
        return (f"{clean(entry.key)}: the event before it is not the one it was written after",)
    return ()


def _anchored(anchor: LogHead | None, events: int, last: str) -> tuple[str, ...]:
    """What of the log's end is not as the anchor says."""
    if anchor is None:
        return (f"{store_keys.HEAD}: the anchor cannot be read",)
    found = list(anchor.doubts)
    if anchor.events != events:
        found.append(f"the anchor counts {plural(anchor.events, 'event')} and there {_are(events)}: some are gone")
    if anchor.digest != last:
        found.append(f"the last event is not the one that was written last, {short(anchor.digest)}: it was changed")
    return tuple(found)


def _are(count: int) -> str:
    return "is 1" if count == 1 else f"are {count:,}"
