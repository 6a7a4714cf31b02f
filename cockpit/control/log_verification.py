"""Verifies the log's hash chain: each event names the digest of the one before it, and the log's head the last one."""

import msgspec
from msgspec import Struct

from cockpit.deploy import store_keys
from cockpit.deploy.events import digest
from cockpit.deploy.record.log_head import LogHead, decode
from cockpit.deploy.text import clean, plural, short
from cockpit.ports import Entry, Store

MIN_DIGEST = 12
"""Characters of a digest that identify an event."""


class LogLink(Struct, frozen=True):
    """The part of an event that the chain needs, readable even if the rest is not."""

    number: int
    prev: str


class VerificationResult(Struct, frozen=True):
    """The number of events, and a sentence for each broken link."""

    events: int
    broken: tuple[str, ...]
    digest: str = ""
    """The digest of the last event. Kept outside the store, it proves everything before it."""
    unproved: str = ""
    """Why the end of the log cannot be proved; empty if it can."""
    against: str = ""
    """The event with the digest that was given to compare with; empty if none was given or no event has it."""

    @property
    def proved(self) -> bool:
        """Whether the whole log is proved to be unchanged."""
        return not self.broken and not self.unproved


async def verify(store: Store, against: str = "") -> VerificationResult:
    """Check the whole chain up to the log's head. `against` is a digest kept outside: an event must have it."""
    entries = await store.list(store_keys.RELEASES)
    places = [(store_keys.parse_event(entry.key), entry) for entry in entries]
    chain = sorted(
        ((place, entry) for place, entry in places if place is not None),
        key=lambda pair: (store_keys.release_order(pair[0][0]), pair[0][1]),
    )
    broken: list[str] = []
    last, expected, release, matched = "", 0, "", ""
    for (ident, number), entry in chain:
        expected = expected + 1 if ident == release else 1
        release = ident
        if number != expected:
            broken.append(f"{clean(ident)}: event {expected} is missing")
            expected = number
        broken += _check_link(entry, last)
        last = digest(entry.value or b"")
        if against and last.startswith(against.lower()):
            matched = f"event {number} of {clean(ident)}"
    head = next((entry for entry in entries if entry.key == store_keys.LOG_HEAD), None)
    unproved = ""
    if head is None and chain:
        unproved = "the log has no head yet, so a truncated log would not be noticed: the next event writes one"
    elif head is not None:
        broken += _check_head(decode(head.value or b""), len(chain), last)
    if against and not matched:
        broken.append(f"no event has the digest {clean(against)[:64]}: the log it was taken from is not this one")
    return VerificationResult(len(chain), tuple(broken), last, unproved, matched)


def _check_link(entry: Entry, last: str) -> tuple[str, ...]:
    try:
        link = msgspec.json.decode(entry.value or b"", type=LogLink)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return (f"{clean(entry.key)}: cannot be read: {clean(str(error))}",)
    if link.prev != last:
        return (f"{clean(entry.key)}: the event before it is not the one it was written after",)
    return ()


def _check_head(head: LogHead | None, events: int, last: str) -> tuple[str, ...]:
    """The differences between the log's head and its actual end."""
    if head is None:
        return (f"{store_keys.LOG_HEAD}: the log's head cannot be read",)
    differences = list(head.doubts)
    if head.events != events:
        differences.append(
            f"the log's head counts {plural(head.events, 'event')}, and the log has {events:,}: some are missing"
        )
    if head.digest != last:
        differences.append(f"the last event is not {short(head.digest)}, which was written last: it was changed")
    return tuple(differences)
