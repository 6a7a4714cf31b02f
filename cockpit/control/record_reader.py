"""Turns entries of the store into the values of a snapshot, each text cleaned, nothing malformed let through."""

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from cockpit.deploy import store_keys
from cockpit.deploy.cutoff import NO_HOST
from cockpit.deploy.events import cleaned, decode, digest
from cockpit.deploy.hosts.status import Status, Target
from cockpit.deploy.locks import Holder
from cockpit.deploy.outbox import Delivery, DeliveryRecords, Destination
from cockpit.deploy.record.traffic_pages import TrafficPage
from cockpit.deploy.release import Release, after
from cockpit.deploy.schedule.presence import Presence
from cockpit.deploy.snapshot import Judgement, Log, StoredTarget
from cockpit.deploy.text import clean, names
from cockpit.ports import Entry

T = TypeVar("T")


class InvalidRecord(ValueError):
    """A record that is not what its key promises."""


def read(entry: Entry, kind: type[T]) -> T:
    """The entry's value, every text of it cleaned. Raises `InvalidRecord` naming the key and the reason."""
    stored = entry.value or b""
    try:
        if _is_clean(stored):
            found: T = _decoder(kind).decode(stored)  # type: ignore[arg-type]
            return found
        return msgspec.convert(cleaned(msgspec.json.decode(stored)), kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as bad:
        raise InvalidRecord(f"record {entry.key} cannot be read ({bad}); it is kept as it is") from bad


def _is_clean(stored: bytes) -> bool:
    """Whether no text in this JSON can need cleaning: printable ASCII without escapes, as all but a few statuses are.

    Ten thousand of them are then read in a fourth of the time. Other control bytes are no JSON.
    """
    return stored.isascii() and b"\\" not in stored and b"\x7f" not in stored


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """Made once a kind: making one takes longer than reading a status with it."""
    return msgspec.json.Decoder(kind)


class LogReader:
    """Folds events as they arrive, so that one new event costs one step and not the whole history."""

    def __init__(self) -> None:
        self._releases: dict[str, Release] = {}
        self._digests: dict[str, str] = {}
        self._pointer = 0

    def take(self, entries: Iterable[Entry]) -> None:
        """Entries under `releases/`, in the order of their keys within one release."""
        for entry in entries:
            place = store_keys.parse_event(entry.key)
            if place is None or entry.value is None:
                continue
            ident, number = place
            release = self._releases.get(ident, Release(ident))
            if number <= release.number:
                continue
            self._releases[ident] = after(release, decode(entry.key, number, entry.value))
            self._digests[ident] = digest(entry.value)

    def point(self, entry: Entry | None) -> None:
        """The pointer to the newest release."""
        self._pointer = entry.version if entry else 0

    @property
    def log(self) -> Log:
        """All releases, oldest first."""
        order = sorted(self._releases, key=store_keys.release_order)
        digest_ = self._digests[order[-1]] if order else ""
        return Log(tuple(self._releases[ident] for ident in order), digest_, self._pointer)


def lost(known: Log, now: Log) -> str:
    """What of the log as it was `known` is no longer there, in words; empty where nothing is missing."""
    there = {release.id: release.number for release in now.releases}
    if there.keys() - {release.id for release in known.releases}:
        return ""  # somebody has begun anew since
    missing = tuple(release.id for release in known.releases if there.get(release.id, 0) < release.number)
    if not missing:
        return ""
    return f"the store has lost events of {names(missing)}: restore its backup; hosts go on with what they serve"


def read_targets(entries: Iterable[Entry]) -> tuple[dict[str, StoredTarget], str]:
    """Targets by tier, and what is wrong with those that cannot be read. Other keys are passed over.

    An unreadable one stands as a target that asks nothing of anybody, under its version: a rollback can replace it.
    """
    found: dict[str, StoredTarget] = {}
    wrong = ""
    for entry in entries:
        tier = clean(store_keys.target_of(entry.key))
        if not tier:
            continue
        try:
            target = read(entry, Target)
        except InvalidRecord as unfit:
            wrong = str(unfit)
            target = Target(tier, serial=0, build="", base="", cutoff=NO_HOST, percent=0, salt="", release="")
        found[tier] = StoredTarget(target, entry.version)
    return found, wrong


def read_statuses(entries: Iterable[Entry]) -> tuple[dict[str, Status], str]:
    """Statuses by host, and what is wrong with those that cannot be read; an unreadable one counts as silent."""
    found: dict[str, Status] = {}
    wrong = ""
    for entry in entries:
        try:
            status = read(entry, Status)
        except InvalidRecord as unfit:
            wrong = str(unfit)
        else:
            found[status.host] = status
    return found, wrong


def read_post(entries: Iterable[Entry], known: DeliveryRecords | None = None) -> tuple[DeliveryRecords, str]:
    """What people have been told, on top of what was `known`, and what is wrong with records that cannot be read:
    those leave what was known as it is."""
    places: dict[str, Destination] = dict(known.places) if known else {}
    told: dict[tuple[str, str], Delivery] = dict(known.told) if known else {}
    wrong = ""
    for entry in entries:
        if (place := store_keys.parse_told(entry.key)) is None:
            continue
        release, to = place
        try:
            if entry.value is None:
                _ = told.pop(place, None) if release else places.pop(to, None)
            elif release:
                told[place] = read(entry, Delivery)
            else:
                places[to] = read(entry, Destination)
        except InvalidRecord as unfit:
            wrong = str(unfit)
    return DeliveryRecords(places, told), wrong


def cleaned_holder(holder: Holder) -> Holder:
    """A lock's holder, the name fit to be shown."""
    return replace(holder, name=clean(holder.name))


def read_pages(entries: Iterable[Entry]) -> tuple[tuple[TrafficPage, ...], str]:
    """The traffic of a release on record, and what is wrong with pages that cannot be read."""
    found: list[TrafficPage] = []
    wrong = ""
    for entry in entries:
        try:
            page = read(entry, TrafficPage)
        except InvalidRecord as unfit:
            wrong = str(unfit)
        else:
            found.append(page)
    return tuple(found), wrong


def read_presence(entry: Entry | None) -> tuple[Presence | None, str]:
    """The last sign of life of a commander, and what is wrong with a record that cannot be read; that one is none."""
    if entry is None or entry.value is None:
        return None, ""
    try:
        return read(entry, Presence), ""
    except InvalidRecord as unfit:
        return None, str(unfit)


def read_judgement(entry: Entry | None) -> Judgement | None:
    """What the engine says now. Raises `InvalidRecord`."""
    return read(entry, Judgement) if entry and entry.value is not None else None
