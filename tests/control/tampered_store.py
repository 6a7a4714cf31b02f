"""A store whose entries can be edited behind cockpit's back: in the SQLite file, or through Consul's own API."""

import sqlite3
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Store
from tests.consul_server import ConsulProcess
from tests.fakes import NoLocks
from tests.scenario import NOON, POLICY

FIRST, LAST = "releases/2026-11-22.1/000001", "releases/2026-11-22.2/000001"


class TamperedStore:
    """A store whose entries can be changed without cockpit."""

    def __init__(self, store: Store, file: Path | None, server: ConsulProcess | None, root: str) -> None:
        self.store, self._file, self._server, self._root = store, file, server, root

    def set(self, key: str, value: bytes | None) -> None:
        if self._file:
            with closing(sqlite3.connect(self._file)) as database:
                if value is None:
                    database.execute("DELETE FROM entries WHERE key = ?", (key,))
                else:
                    database.execute("UPDATE entries SET value = ? WHERE key = ?", (value, key))
                database.commit()
            return
        assert self._server
        with closing(HTTPConnection("127.0.0.1", self._server.http, timeout=10)) as connection:
            connection.request("DELETE" if value is None else "PUT", f"/v1/kv/{self._root}/{key}", value)
            assert connection.getresponse().status == 200

    async def edit(self, key: str, old: bytes, new: bytes) -> None:
        entry = await self.store.get(key)
        assert entry
        assert entry.value
        assert old in entry.value
        self.set(key, entry.value.replace(old, new))

    async def run(self, *verbs: str) -> None:
        async def look(_digest: str) -> Snapshot:
            return await take_snapshot(POLICY, Sources(self.store, NoLocks()), lambda: NOON)

        dispatcher = Dispatcher(self.store, look, lambda: NOON, CommanderLease(NoLocks(), "eve@box"))
        for verb in verbs:
            assert isinstance(await dispatcher.dispatch(find_command(verb), CommandRequest("ada@desk")), Done)
