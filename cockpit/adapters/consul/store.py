"""The store of a fleet: Consul's key-value store, watched by blocking queries.

Every read is `consistent`. While a restarted server replays its log it answers other reads with nothing at first, and
then with every old value in order: a host that followed them would deploy old releases again.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import suppress
from typing import Any, assert_never

import msgspec
from msgspec import Struct

from cockpit.adapters.consul.client import WAIT, ConsulAnswer, ConsulClient
from cockpit.deploy.text import clean
from cockpit.ports import Check, Conflict, Delete, Entry, Failed, Put, Write

MAX_OPERATIONS = 64
"""Operations that Consul accepts in one transaction."""
CONNECTIONS_PER_HOST = 3
"""Connections that the agent of one host opens at most."""
MAX_BYTES_PER_SECOND = 4_000_000
"""Limit of one watch. A single change arrives at once; if a thousand hosts report, their reports arrive merged."""
EMPTY_PAUSE = 0.5
"""Seconds between two queries of a watch without keys. Consul answers those at every write to a nearby key: without
the pause every report of a host would wake every host that waits for its first target."""


class KeyRow(Struct, frozen=True, rename="pascal"):
    """A key in Consul's JSON."""

    key: str
    modify_index: int
    value: str | None = None
    """In base64."""


class TransactionRejected(Struct, frozen=True, rename="pascal"):
    """An operation of a transaction that failed, and the reason."""

    op_index: int
    what: str


class TransactionAnswer(Struct, frozen=True, rename="pascal"):
    """Consul's answer to a transaction."""

    results: list[dict[str, KeyRow]] | None = None
    errors: list[TransactionRejected] | None = None


_ROWS = msgspec.json.Decoder(tuple[KeyRow, ...])
_OUTCOME = msgspec.json.Decoder(TransactionAnswer)


class ConsulStore:
    """A `ports.Store` under `root/` in Consul. Every write is durable: a majority of servers has it on disk."""

    def __init__(self, client: ConsulClient, root: str, *, read_only: bool = False) -> None:
        self._client = client
        self._root = f"{root}/"
        self._read_only = read_only
        self._closed = asyncio.Event()

    @property
    def place(self) -> str:
        """The address and the prefix of the keys."""
        return f"{self._client.address.url} under {self._root}"

    async def get(self, key: str) -> Entry | None:
        """The entry, or None if there is none. Raises `Failed` if the token may not read it."""
        answer = await self._client.read(self._path(key), ("consistent", ""), expect=(200, 404))
        rows = self._rows(answer)
        return self._entry(rows[0]) if rows else None

    async def list(self, prefix: str) -> tuple[Entry, ...]:
        """Every entry whose key starts with `prefix`, by key."""
        await self._check_permission(prefix)
        return tuple(self._entry(row) for row in self._rows(await self._recurse(prefix)))

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        """Make all of `writes` or none; their version. Raises `Conflict`, and `Unconfirmed` without an answer."""
        if self._read_only:
            raise Failed(self._client.name, "it was opened read-only; nothing was written", "use a verb that writes")
        operations = operations_of(self._root, writes)
        if len(operations) > MAX_OPERATIONS:
            reason = f"{len(operations)} operations in one transaction; the limit is {MAX_OPERATIONS}"
            raise Failed(self._client.name, reason, "nothing was written; write less at once")
        # The answer to a transaction of deletions has no version.
        return max(await transact(self._client, operations), default=0) or await self._version(writes)

    async def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        """First every entry under `prefix`, then the changed entries, merged; ends when the store is closed."""
        await self._check_permission(prefix)
        known: dict[str, KeyRow] | None = None
        index = 0
        while not self._closed.is_set():
            answer = await self._unless_closed(self._recurse(prefix, index))
            if answer is None:
                return
            if answer.version < index:  # the servers were wiped or restored from a backup: versions mean nothing
                known = known and dict.fromkeys(known, KeyRow("", 0))
            index = max(1, answer.version)  # an index of 0 would not block
            rows = {row.key: row for row in self._rows(answer)}
            if known and known.keys() - rows.keys():
                await self._check_permission(prefix)  # keys that the token may no longer read look deleted
            changed = self._changes(known or {}, rows, index)
            if changed or known is None:
                yield changed
            known = rows
            with suppress(TimeoutError):
                async with asyncio.timeout(len(answer.body) / MAX_BYTES_PER_SECOND if rows else EMPTY_PAUSE):
                    await self._closed.wait()

    async def advice(self, hosts: int) -> str:
        """A warning if Consul's connection limit is too low for that many hosts; empty if it is not, or not known."""
        answer = await self._client.read("/v1/agent/self", expect=(200, 403))
        if answer.code != 200:
            return ""
        limit = int(msgspec.json.decode(answer.body)["DebugConfig"].get("HTTPMaxConnsPerClient") or 0)
        if not 0 < limit < hosts * CONNECTIONS_PER_HOST:
            return ""
        enough = limit // CONNECTIONS_PER_HOST
        return f"accepts {limit} connections from one machine, enough for {enough} hosts: run Consul on each host"

    async def close(self) -> None:
        """End all watches and close the connections. Idempotent."""
        self._closed.set()
        await self._client.close()

    def _changes(self, known: dict[str, KeyRow], rows: dict[str, KeyRow], index: int) -> tuple[Entry, ...]:
        """The changed entries, by key; only their values are decoded."""
        versions = {key: row.modify_index for key, row in known.items()}
        changed = [self._entry(row) for row in rows.values() if versions.get(row.key) != row.modify_index]
        deleted = [Entry(self._key(key), None, index) for key in known.keys() - rows.keys()]
        return tuple(sorted((*changed, *deleted), key=lambda entry: entry.key))

    async def _check_permission(self, prefix: str) -> None:
        """Raise `Failed` if the token may not read the prefix: a listing is then empty, only a single key is denied."""
        await self._client.read(self._path(prefix), ("consistent", ""), expect=(200, 404))

    async def _recurse(self, prefix: str, index: int = 0) -> ConsulAnswer:
        params = [("recurse", ""), ("consistent", "")]
        if not index:
            return await self._client.read(self._path(prefix), *params, expect=(200, 404))
        params += [("index", str(index)), ("wait", f"{WAIT}s")]
        return await self._client.wait(self._path(prefix), *params, expect=(200, 404))

    async def _unless_closed(self, query: Coroutine[Any, Any, ConsulAnswer]) -> ConsulAnswer | None:
        """The answer; None once the store is closed."""
        answering = asyncio.ensure_future(query)
        closed = asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait((answering, closed), return_when=asyncio.FIRST_COMPLETED)
            return None if self._closed.is_set() else answering.result()
        finally:
            answering.cancel()
            closed.cancel()
            await asyncio.gather(answering, closed, return_exceptions=True)

    async def _version(self, writes: tuple[Write, ...]) -> int:
        """The highest version of these keys, deleted ones included."""
        return max([(await self._recurse(write.key)).version for write in writes], default=0)

    def _rows(self, answer: ConsulAnswer) -> tuple[KeyRow, ...]:
        return self._client.decoded(answer, _ROWS) if answer.code == 200 else ()

    def _entry(self, row: KeyRow) -> Entry:
        return Entry(self._key(row.key), base64.b64decode(row.value or ""), row.modify_index)

    def _key(self, key: str) -> str:
        return key.removeprefix(self._root)

    def _path(self, key: str) -> str:
        return f"/v1/kv/{self._root}{key}"


def operations_of(root: str, writes: Iterable[Write]) -> list[dict[str, Any]]:
    """The operations that make `writes` under the prefix `root`, which ends with a slash."""
    return [operation for write in writes for operation in _operations(root + write.key, write)]


def _operations(key: str, write: Write) -> tuple[dict[str, Any], ...]:
    """https://developer.hashicorp.com/consul/api-docs/txn#kv-operations"""
    match write:
        case Put(_, value, expect):
            verb: dict[str, Any] = {"Verb": "set"} if expect is None else {"Verb": "cas", "Index": expect}
            return ({**verb, "Key": key, "Value": base64.b64encode(value).decode()},)
        case Delete(_, None):
            return ({"Verb": "delete", "Key": key},)
        case Delete(_, expect):
            # A conditional delete in Consul succeeds for a missing key; a `Delete` must fail.
            return (same_version(key, expect or 0), {"Verb": "delete", "Key": key})
        case Check(_, expect):
            return (same_version(key, expect),)
        case _:
            assert_never(write)


def same_version(key: str, expect: int) -> dict[str, Any]:
    """The operation that fails unless the key has this version; 0 means that the key does not exist."""
    return {"Verb": "check-index", "Key": key, "Index": expect} if expect else {"Verb": "check-not-exists", "Key": key}


async def transact(client: ConsulClient, operations: list[dict[str, Any]]) -> tuple[int, ...]:
    """Run the operations in one transaction: the new versions of the keys that were set.

    Raises `Conflict` if a condition was not met, and `Failed` if an operation was not permitted. Nothing was written
    then.
    """
    body = msgspec.json.encode([{"KV": operation} for operation in operations])
    answer = await client.write("/v1/txn", body, expect=(200, 409))
    outcome = client.decoded(answer, _OUTCOME, writing=True)
    if answer.code == 200:
        return tuple(row.modify_index for result in outcome.results or () for row in result.values())
    reasons = [clean(error.what) for error in outcome.errors or ()]
    if denied := next((reason for reason in reasons if "ermission denied" in reason), ""):
        raise Failed(client.name, denied, "use a token with write permission: `cockpit acl` prints the policies")
    raise Conflict(client.name, "; ".join(reasons) or "a condition was not met")
