"""The write that updates the log's head together with new events.

It never blocks an event: a rollback must be recorded even in a log that was tampered with. A head that does not
match the log is updated all the same, and records the mismatch.
"""

from collections.abc import Sequence

from cockpit.deploy import store_keys
from cockpit.deploy.events import digest
from cockpit.deploy.record.log_head import LogHead, advance_head, decode, encode
from cockpit.ports import Conflict, Entry, Put, Store


async def update_log_head(store: Store, prev: str, events: Sequence[Put]) -> Put:
    """The write to commit together with `events`; the first of them names the digest `prev`.

    Raises `Conflict` if the log has more events since: an event of another release would otherwise name the same
    predecessor as ours.
    """
    entry = await store.get(store_keys.LOG_HEAD)
    known = decode(entry.value or b"") if entry else None
    if known is None or known.digest != prev:
        known = await _head_to_update(store, entry, known, prev, events[0].key)
    head = advance_head(known, prev, digest(events[-1].value), len(events), events[0].key)
    return Put(store_keys.LOG_HEAD, encode(head), entry.version if entry else 0)


async def _head_to_update(store: Store, entry: Entry | None, known: LogHead | None, prev: str, key: str) -> LogHead:
    """The head to start from if there is none yet, or if it does not name the event that ours follows."""
    log = sorted(
        (place, event.value or b"")
        for event in await store.list(store_keys.RELEASES)
        if (place := _log_position(event.key))
    )
    digests = [digest(stored) for _, stored in log]
    if log and prev != digests[-1]:
        position = _log_position(key)
        if not prev or prev in digests or (position and position < log[-1][0]):
            raise Conflict("log", "it has more events since")
    if known is not None:
        return known
    doubts = ("the log's head could not be read",) if entry else ()
    return LogHead(digests[-1] if digests else "", len(log), doubts)


def _log_position(key: str) -> tuple[tuple[str, int], int] | None:
    """The position of an event in the log; None for another record."""
    parsed = store_keys.parse_event(key)
    return (store_keys.release_order(parsed[0]), parsed[1]) if parsed else None
