"""The interface of the store: versioned entries, transactions, watches and locks."""

from collections.abc import AsyncIterator
from typing import Protocol

from msgspec import Struct

from cockpit.deploy.locks import Holder


class Entry(Struct, frozen=True):
    """A key, its value and its version. Each change gives a key a higher version than any before.

    A put of an unchanged value may keep the version.
    """

    key: str
    value: bytes | None
    """None only in a watch, for a removed key."""
    version: int


class Put(Struct, frozen=True):
    """Set `key`. With `expect`, only if its version is that; 0 means that it must not exist."""

    key: str
    value: bytes
    expect: int | None = None


class Delete(Struct, frozen=True):
    """Remove `key`, under the same condition. Removing an absent key succeeds."""

    key: str
    expect: int | None = None


class Check(Struct, frozen=True):
    """Fail the transaction unless `key` has this version; 0 means that it must not exist."""

    key: str
    expect: int


Write = Put | Delete | Check


class Store(Protocol):
    """The store that commander, engine and agents share."""

    async def get(self, key: str) -> Entry | None:
        """The entry, or None."""

    async def list(self, prefix: str) -> tuple[Entry, ...]:
        """Every entry whose key starts with `prefix`, by key."""

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        """Make all of `writes` or none; their version.

        Raises `Conflict` if an expectation is not met, and `Unconfirmed` if the outcome is unknown.
        A `durable` transaction survives a power cut, another one only a crash of the process. A transaction has at
        most 40 writes and 350,000 bytes of values; one above a store's own limits is refused whole.
        """

    def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        """First every entry under `prefix`, even if there is none, then the changed entries of each change.

        Changes may be merged; the last state always arrives. Ends only when closed or with `Failed`.
        """

    async def close(self) -> None:
        """Close files and connections."""

    @property
    def place(self) -> str:
        """The location, to be shown; it holds no secret."""


class Lease(Protocol):
    """A lock that is held for a limited time."""

    @property
    def guard(self) -> Write:
        """A fencing token: a transaction with it fails with `Conflict` once another holder has the lock."""

    async def renew(self) -> bool:
        """Extend the lease; False if it was lost. Raises `Failed` if that is unknown."""

    async def release(self) -> None:
        """Release the lock; does nothing if it was lost."""


class Locks(Protocol):
    """Locks by lease: the lock of a dead holder becomes free after its TTL."""

    async def acquire(self, name: str, holder: str, ttl: float) -> Lease | None:
        """Take the lock for `ttl` seconds; None while another holds it."""

    async def seize(self, name: str, holder: str, ttl: float, seen: Holder, *writes: Write) -> Lease | None:
        """Take the lock from the holder `seen`, and make `writes`, in one transaction.

        None if the lock has changed hands since or an expectation of `writes` is not met; nothing was done then.
        """

    async def extend(self, name: str, seen: Holder, ttl: float) -> bool:
        """Keep the lock for its holder `seen` for `ttl` seconds more, without its lease; False if it was lost."""

    async def look(self, name: str) -> Holder:
        """The present holder."""
