"""What cockpit asks of the store: entries with versions, transactions, watches, and locks with a guard."""

from collections.abc import AsyncIterator
from typing import Protocol

from msgspec import Struct

from cockpit.deploy.locks import Holder


class Entry(Struct, frozen=True):
    """A key's value, and the version it had: every change has a higher one than all before.

    A put of the value that is there already may leave the key as it is, version and all.
    """

    key: str
    value: bytes | None
    """None, in a watch alone, for a key that was removed."""
    version: int


class Put(Struct, frozen=True):
    """Set `key`; only if its version is `expect` where that is given, 0 meaning that it must not exist."""

    key: str
    value: bytes
    expect: int | None = None


class Delete(Struct, frozen=True):
    """Remove `key`, under the same condition; removing what is not there is done already."""

    key: str
    expect: int | None = None


class Check(Struct, frozen=True):
    """Write nothing; fail the transaction unless `key` has this version, 0 meaning absent."""

    key: str
    expect: int


Write = Put | Delete | Check


class Store(Protocol):
    """The shared memory of commander, engine and agents."""

    async def get(self, key: str) -> Entry | None:
        """The entry, or None where there is none."""

    async def list(self, prefix: str) -> tuple[Entry, ...]:
        """Every entry whose key starts with `prefix`, by key."""

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        """All of `writes` or none; the version they got. Raises `Conflict` where an expectation is not met, and
        `Unsure` where nobody can tell whether it was made.

        `durable` survives a power cut; without it a crash of the process is survived. A transaction may have 40 writes
        and 350,000 bytes of values; what is above a store's own limits is refused whole.
        """

    def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        """First every entry under `prefix` (also when there is none), then, whenever some changed, those alone.

        Changes may be joined: what counts is that the last state arrives. Ends only when closed or with `Failed`.
        """

    async def close(self) -> None:
        """Let go of files and connections."""

    @property
    def place(self) -> str:
        """Where it is, for people to read; nothing secret in it."""


class Lease(Protocol):
    """A lock that is held for a while."""

    @property
    def guard(self) -> Write:
        """Add it to a transaction, which then fails with `Conflict` once somebody else holds the lock."""

    async def renew(self) -> bool:
        """Hold it for another while; False where it was lost. Raises `Failed` where nobody can tell."""

    async def release(self) -> None:
        """Give it back; harmless where it was lost."""


class Locks(Protocol):
    """Locks by lease, so that a dead holder's lock comes free."""

    async def acquire(self, name: str, holder: str, ttl: float) -> Lease | None:
        """The lease for `ttl` seconds from now; None while another holds it."""

    async def seize(self, name: str, holder: str, ttl: float, seen: Holder) -> Lease | None:
        """The lease, taken from the holder that was `seen`; None where it has changed hands since."""

    async def look(self, name: str) -> Holder:
        """Who holds it now."""
