"""Decodes records of the store into values of a snapshot. Every text is cleaned; a malformed record is an error."""

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from cockpit.deploy import store_keys
from cockpit.deploy.cutoff import NO_HOST
from cockpit.deploy.events import cleaned
from cockpit.deploy.hosts.status import Status, Target
from cockpit.deploy.locks import Holder
from cockpit.deploy.outbox import Delivery, DeliveryRecords, Destination
from cockpit.deploy.record.traffic_pages import TrafficPage
from cockpit.deploy.schedule.presence import Presence
from cockpit.deploy.snapshot import Judgement, StoredTarget
from cockpit.deploy.text import clean
from cockpit.ports import Entry

T = TypeVar("T")


class InvalidRecord(ValueError):
    """A record cannot be decoded as the type that its key stands for."""


def read_record(entry: Entry, kind: type[T]) -> T:
    """The entry's value, with every text cleaned. Raises `InvalidRecord` with the key and the reason."""
    stored = entry.value or b""
    try:
        if _is_clean(stored):
            value: T = _decoder(kind).decode(stored)  # type: ignore[arg-type]
            return value
        return msgspec.convert(cleaned(msgspec.json.decode(stored)), kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRecord(f"record {entry.key} cannot be read ({error}); it is left unchanged") from error


def _is_clean(stored: bytes) -> bool:
    """Whether no text in this JSON needs cleaning: printable ASCII without escapes, as in nearly all statuses.

    Reading ten thousand of them then takes a quarter of the time. JSON has no other control bytes.
    """
    return stored.isascii() and b"\\" not in stored and b"\x7f" not in stored


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """One decoder for each type: making one takes longer than decoding a status."""
    return msgspec.json.Decoder(kind)


def read_targets(entries: Iterable[Entry]) -> tuple[dict[str, StoredTarget], str]:
    """Targets by tier, and an error if one cannot be read. Other keys are ignored.

    An unreadable target is replaced by one that moves no host. It keeps its version, so a rollback can replace it.
    """
    targets: dict[str, StoredTarget] = {}
    error = ""
    for entry in entries:
        tier = clean(store_keys.tier_of_target(entry.key))
        if not tier:
            continue
        try:
            target = read_record(entry, Target)
        except InvalidRecord as invalid:
            error = str(invalid)
            target = Target(tier, serial=0, build="", base="", cutoff=NO_HOST, percent=0, salt="", release="")
        targets[tier] = StoredTarget(target, entry.version)
    return targets, error


def read_statuses(entries: Iterable[Entry]) -> tuple[dict[str, Status], str]:
    """Statuses by host, and an error if one cannot be read. A host with an unreadable status counts as silent."""
    statuses: dict[str, Status] = {}
    error = ""
    for entry in entries:
        try:
            status = read_record(entry, Status)
        except InvalidRecord as invalid:
            error = str(invalid)
        else:
            statuses[status.host] = status
    return statuses, error


def read_deliveries(entries: Iterable[Entry], known: DeliveryRecords | None = None) -> tuple[DeliveryRecords, str]:
    """The delivery records, added to those `known`, and an error if one cannot be read; that one is not changed."""
    destinations: dict[str, Destination] = dict(known.destinations) if known else {}
    deliveries: dict[tuple[str, str], Delivery] = dict(known.deliveries) if known else {}
    error = ""
    for entry in entries:
        if (key := store_keys.parse_notification(entry.key)) is None:
            continue
        release, name = key
        try:
            if entry.value is None:
                _ = deliveries.pop(key, None) if release else destinations.pop(name, None)
            elif release:
                deliveries[key] = read_record(entry, Delivery)
            else:
                destinations[name] = read_record(entry, Destination)
        except InvalidRecord as invalid:
            error = str(invalid)
    return DeliveryRecords(destinations, deliveries), error


def cleaned_holder(holder: Holder) -> Holder:
    """The holder of a lock, with a name that is safe to show."""
    return replace(holder, name=clean(holder.name))


def read_pages(entries: Iterable[Entry]) -> tuple[tuple[TrafficPage, ...], str]:
    """The recorded traffic of a release, and an error if a page cannot be read."""
    pages: list[TrafficPage] = []
    error = ""
    for entry in entries:
        try:
            page = read_record(entry, TrafficPage)
        except InvalidRecord as invalid:
            error = str(invalid)
        else:
            pages.append(page)
    return tuple(pages), error


def read_presence(entry: Entry | None) -> tuple[Presence | None, str]:
    """The commander's last sign of life, and an error if the record cannot be read; it is then None."""
    if entry is None or entry.value is None:
        return None, ""
    try:
        return read_record(entry, Presence), ""
    except InvalidRecord as invalid:
        return None, str(invalid)


def read_judgement(entry: Entry | None) -> Judgement | None:
    """The engine's current verdict. Raises `InvalidRecord`."""
    return read_record(entry, Judgement) if entry and entry.value is not None else None
