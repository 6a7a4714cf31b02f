"""The write that moves the log's anchor along with new events.

It must never keep an event out: a log that somebody has tampered with is still one in which a rollback is recorded. So
an anchor that does not agree with the log is moved on all the same, and remembers that it did not agree.
"""

from collections.abc import Sequence

from cockpit.deploy import store_keys
from cockpit.deploy.events import digest
from cockpit.deploy.record.log_head import LogHead, decode, encode, moved
from cockpit.ports import Conflict, Entry, Put, Store


async def anchoring(store: Store, prev: str, events: Sequence[Put]) -> Put:
    """The write to commit together with `events`, the first of which names `prev`.

    Raises `Conflict` where the log has gone on since: an event of another release would else be written after the same
    one as ours.
    """
    entry = await store.get(store_keys.HEAD)
    known = decode(entry.value or b"") if entry else None
    if known is None or known.digest != prev:
        known = await _as_it_is(store, entry, known, prev, events[0].key)
    anchor = moved(known, prev, digest(events[-1].value), len(events), events[0].key)
    return Put(store_keys.HEAD, encode(anchor), entry.version if entry else 0)


async def _as_it_is(store: Store, entry: Entry | None, known: LogHead | None, prev: str, ours: str) -> LogHead:
    """The anchor to go on from where there is none yet, or one that is not about the event we write after."""
    log = sorted(
        (place, one.value or b"") for one in await store.list(store_keys.RELEASES) if (place := _place(one.key))
    )
    digests = [digest(stored) for _, stored in log]
    if log and prev != digests[-1]:
        here = _place(ours)
        if not prev or prev in digests or (here and here < log[-1][0]):
            raise Conflict("log", "it has gone on since")
    if known is not None:
        return known
    doubts = ("the anchor could not be read",) if entry else ()
    return LogHead(digests[-1] if digests else "", len(log), doubts)


def _place(key: str) -> tuple[tuple[str, int], int] | None:
    """Where an event stands in the log; None for another record."""
    place = store_keys.parse_event(key)
    return (store_keys.release_order(place[0]), place[1]) if place else None
