"""The fleet's store: Consul's key-value store, watched by blocking queries.

Every read is `consistent`. A server that was killed answers other reads, while it replays its log, with nothing at
first and then with every old value in order; a host that obeyed would undeploy and roll through old releases.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, assert_never

import msgspec
from msgspec import Struct

from cockpit.adapters.consul.client import WAIT, ConsulAnswer, ConsulClient
from cockpit.deploy.text import clean
from cockpit.ports import Check, Conflict, Delete, Entry, Failed, Put, Write

MOST_OPERATIONS = 64
"""Operations that Consul takes in one transaction."""
CONNECTIONS = 3
"""Connections that one host's agent has open at the most."""
PACE = 4_000_000
"""Bytes a second that one watch reads at most. A change alone is told at once; of a thousand hosts that all report,
many reports are told together, so that whoever watches has time for something else."""
VOID = 0.5
"""Seconds after which a watch of what is not there asks again. Consul wakes those at every write anywhere near, and a
fleet whose hosts all watch for their first target would otherwise ask for nothing with every report of every host."""


class KeyRow(Struct, frozen=True, rename="pascal"):
    """A key as Consul writes it."""

    key: str
    modify_index: int
    value: str | None = None
    """In base64."""


class TransactionRejected(Struct, frozen=True, rename="pascal"):
    """Why an operation of a transaction failed."""

    op_index: int
    what: str


class TransactionAnswer(Struct, frozen=True, rename="pascal"):
    """A transaction's answer."""

    results: list[dict[str, KeyRow]] | None = None
    errors: list[TransactionRejected] | None = None


_ROWS = msgspec.json.Decoder(tuple[KeyRow, ...])
_OUTCOME = msgspec.json.Decoder(TransactionAnswer)


class ConsulStore:
    """A `ports.Store` under `root/` in Consul. `durable` means nothing here: a majority has every write on its disk."""

    def __init__(self, client: ConsulClient, root: str, *, read_only: bool = False) -> None:
        self._client = client
        self._root = f"{root}/"
        self._read_only = read_only
        self._closed = asyncio.Event()

    @property
    def place(self) -> str:
        """The address and the folder of keys."""
        return f"{self._client.address.url} under {self._root}"

    async def get(self, key: str) -> Entry | None:
        """The entry, or None where there is none. Raises `Failed` where the token may not read it."""
        answer = await self._client.read(self._path(key), ("consistent", ""), expect=(200, 404))
        rows = self._rows(answer)
        return self._entry(rows[0]) if rows else None

    async def list(self, prefix: str) -> tuple[Entry, ...]:
        """Every entry whose key starts with `prefix`, by key."""
        await self._permitted(prefix)
        return tuple(self._entry(row) for row in self._rows(await self._recurse(prefix)))

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        """All of `writes` or none; the version they got. Raises `Conflict`, and `Unsure` where no answer came."""
        if self._read_only:
            raise Failed(self._client.name, "it was opened read-only; nothing was written", "use a verb that writes")
        operations = [operation for write in writes for operation in self._operations(write)]
        if len(operations) > MOST_OPERATIONS:
            reason = f"{len(operations)} operations in one transaction, and it takes {MOST_OPERATIONS}"
            raise Failed(self._client.name, reason, "nothing was written; ask for less at once")
        # A transaction of deletions alone names no version; what it left behind does.
        return max(await transact(self._client, operations), default=0) or await self._version(writes)

    async def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        """First every entry under `prefix`, then whatever changed, joined; ends when the store is closed."""
        await self._permitted(prefix)
        known: dict[str, KeyRow] | None = None
        index = 0
        while not self._closed.is_set():
            answer = await self._unless_closed(self._recurse(prefix, index))
            if answer is None:
                return
            if answer.version < index:  # another history: the servers were restored from a backup, or wiped
                known = known and dict.fromkeys(known, KeyRow("", 0))
            index = max(1, answer.version)  # an index of 0 would not block
            rows = {row.key: row for row in self._rows(answer)}
            if known and known.keys() - rows.keys():
                await self._permitted(prefix)  # else what the token may no longer see looks as if it were gone
            changed = self._changes(known or {}, rows, index)
            if changed or known is None:
                yield changed
            known = rows
            with suppress(TimeoutError):
                async with asyncio.timeout(len(answer.body) / PACE if rows else VOID):
                    await self._closed.wait()

    async def advice(self, hosts: int) -> str:
        """What to know before a fleet of that many hosts is on it; empty for nothing, or where one may not ask."""
        answer = await self._client.read("/v1/agent/self", expect=(200, 403))
        if answer.code != 200:
            return ""
        most = int(msgspec.json.decode(answer.body)["DebugConfig"].get("HTTPMaxConnsPerClient") or 0)
        if not 0 < most < hosts * CONNECTIONS:
            return ""
        return f"takes {most} connections from one machine, for {most // CONNECTIONS} hosts: run Consul on each host"

    async def close(self) -> None:
        """End all watches and let go of the connections. Twice is once."""
        self._closed.set()
        await self._client.close()

    def _changes(self, known: dict[str, KeyRow], rows: dict[str, KeyRow], index: int) -> tuple[Entry, ...]:
        """What differs, by key; values are decoded for these alone."""
        was = {key: row.modify_index for key, row in known.items()}
        fresh = [self._entry(row) for row in rows.values() if was.get(row.key) != row.modify_index]
        gone = [Entry(self._key(key), None, index) for key in known.keys() - rows.keys()]
        return tuple(sorted((*fresh, *gone), key=lambda entry: entry.key))

    async def _permitted(self, prefix: str) -> None:
        """A listing that the token may not see looks empty; a single key says so. Raises `Failed`."""
        await self._client.read(self._path(prefix), ("consistent", ""), expect=(200, 404))

    async def _recurse(self, prefix: str, index: int = 0) -> ConsulAnswer:
        params = [("recurse", ""), ("consistent", "")]
        if not index:
            return await self._client.read(self._path(prefix), *params, expect=(200, 404))
        params += [("index", str(index)), ("wait", f"{WAIT}s")]
        return await self._client.wait(self._path(prefix), *params, expect=(200, 404))

    async def _unless_closed(self, asking: Any) -> ConsulAnswer | None:
        """The answer; None once the store is closed."""
        asked = asyncio.ensure_future(asking)
        closed = asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait((asked, closed), return_when=asyncio.FIRST_COMPLETED)
            if self._closed.is_set():
                return None
            answer: ConsulAnswer = asked.result()
            return answer
        finally:
            asked.cancel()
            closed.cancel()
            await asyncio.gather(asked, closed, return_exceptions=True)

    async def _version(self, writes: tuple[Write, ...]) -> int:
        """The highest version of what these keys are or were."""
        return max([(await self._recurse(write.key)).version for write in writes], default=0)

    def _operations(self, write: Write) -> tuple[dict[str, Any], ...]:
        """https://developer.hashicorp.com/consul/api-docs/txn#kv-operations"""
        key = self._root + write.key
        match write:
            case Put(_, value, expect):
                verb: dict[str, Any] = {"Verb": "set"} if expect is None else {"Verb": "cas", "Index": expect}
                return ({**verb, "Key": key, "Value": base64.b64encode(value).decode()},)
            case Delete(_, None):
                return ({"Verb": "delete", "Key": key},)
            case Delete(_, expect):
                # Consul deletes what is not there whatever its version; we are asked not to.
                return (same_version(key, expect or 0), {"Verb": "delete", "Key": key})
            case Check(_, expect):
                return (same_version(key, expect),)
            case _:
                assert_never(write)

    def _rows(self, answer: ConsulAnswer) -> tuple[KeyRow, ...]:
        return self._client.decoded(answer, _ROWS) if answer.code == 200 else ()

    def _entry(self, row: KeyRow) -> Entry:
        return Entry(self._key(row.key), base64.b64decode(row.value or ""), row.modify_index)

    def _key(self, key: str) -> str:
        return key.removeprefix(self._root)

    def _path(self, key: str) -> str:
        return f"/v1/kv/{self._root}{key}"


def same_version(key: str, expect: int) -> dict[str, Any]:
    """The operation that fails unless the key has this version, 0 meaning that it is not there."""
    return {"Verb": "check-index", "Key": key, "Index": expect} if expect else {"Verb": "check-not-exists", "Key": key}


async def transact(client: ConsulClient, operations: list[dict[str, Any]]) -> tuple[int, ...]:
    """The versions that the operations' keys have now; of those that name one. Raises `Conflict` where one was not
    met, and `Failed` where one was not permitted; nothing was written then."""
    body = msgspec.json.encode([{"KV": operation} for operation in operations])
    answer = await client.write("/v1/txn", body, expect=(200, 409))
    outcome = client.decoded(answer, _OUTCOME, writing=True)
    if answer.code == 200:
        return tuple(row.modify_index for result in outcome.results or () for row in result.values())
    said = [clean(error.what) for error in outcome.errors or ()]
    if denied := next((what for what in said if "ermission denied" in what), ""):
        raise Failed(client.name, denied, "use a token that may write this: `cockpit acl` prints the policies")
    raise Conflict(client.name, "; ".join(said) or "a condition was not met")
