"""The embedded store's file and the statements that run on it: the blocking half of `adapters.sqlite.store`.

One table holds every entry. A deletion leaves its row with no value, so that whoever looks for changes since a version
finds it. The next version is one more than the highest in the table: rows never go, so it never goes back.

A file that is removed or replaced while it is open stays open for those who have it, and whoever comes later gets
another: two halves of a company, each with a store of its own. So the path is held against what was opened each time.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, assert_never

from cockpit.ports import Check, Conflict, Delete, Entry, Failed, Put, Write

PATIENCE = 5.0
"""Seconds to wait for another process that is writing."""
FORMAT = 1
"""Kept in the file's user_version; another number means another program, or a later cockpit."""
_LAST = "\U0010ffff"
"""No character of a key sorts after it."""
_FIELDS = "key, CAST(value AS BLOB), version"
"""The cast keeps an entry readable whose value somebody put right by hand, as text."""
_SCHEMA = (
    "CREATE TABLE entries (key TEXT PRIMARY KEY, value BLOB, version INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX entries_by_version ON entries (version)",
    f"PRAGMA user_version = {FORMAT}",
)


class Database:
    """The entries in one file. Every method blocks, and all are to be called from one thread."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        self._path = path
        self._read_only = read_only
        self._connections: dict[bool, sqlite3.Connection] = {}
        self._file: tuple[int, int] | None = None
        """Which file the connections are to; none other gets its number while they are open."""

    def get(self, key: str) -> Entry | None:
        """The entry; None where there is none or it was removed."""
        with self._translated():
            sql = f"SELECT {_FIELDS} FROM entries WHERE key = ? AND value IS NOT NULL"  # noqa: S608 - our own fields
            row = self._connection().execute(sql, (key,)).fetchone()
            return Entry(*row) if row else None

    def list(self, prefix: str) -> tuple[Entry, ...]:
        """The entries under `prefix`, by key."""
        with self._translated():
            return _listed(self._connection(), prefix)

    def look(self, prefix: str, since: int | None) -> tuple[int, tuple[Entry, ...]]:
        """The newest version, and what changed under `prefix` after `since`; where that is None, all there is."""
        with self._translated():
            connection = self._connection()
            connection.execute("BEGIN")  # one picture for both questions
            try:
                newest = _newest(connection)
                if since is None:
                    return newest, _listed(connection, prefix)
                return newest, _changed(connection, prefix, since) if newest != since else ()
            finally:
                connection.execute("COMMIT")

    def commit(self, writes: tuple[Write, ...], durable: bool) -> int:
        """Do all of `writes` or none; the version they got."""
        if self._read_only:
            raise Failed(
                f"store {self._path}", "it was opened read-only; nothing was written", "use a verb that writes"
            )
        with self._translated():
            connection = self._connection(durable)
            connection.execute("BEGIN IMMEDIATE")
            try:
                version = _newest(connection) + 1
                _check(connection, writes)
                _apply(connection, writes, version)
                self._stand()  # once more: waiting for another writer may have taken a while
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            return version

    def close(self) -> None:
        """Let go of the file; the next use opens it anew."""
        while self._connections:
            self._connections.popitem()[1].close()
        self._file = None

    def _connection(self, durable: bool = True) -> sqlite3.Connection:
        durable = durable or self._read_only
        if self._connections:
            self._stand()
        if durable not in self._connections:
            self._connections[durable] = _opened(self._path, self._read_only, "FULL" if durable else "NORMAL")
            self._file = self._file or _identity(self._path)
        return self._connections[durable]

    def _stand(self) -> None:
        """Raises `Failed` unless the path still leads to the file that is open. That stays open: put back, it is used
        again."""
        found = _identity(self._path)
        if found != self._file:
            was = "replaced by another file" if found else "removed"
            remedy = f"move it back, or end every cockpit process that uses {self._path} before one is started anew"
            raise Failed(f"store {self._path}", f"it was {was} while in use; nothing was written", remedy)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            # A new start at the next use: the file may have been put right by then.
            with contextlib.suppress(sqlite3.Error):
                self.close()
            raise failure(self._path, error) from error


def failure(path: Path, error: sqlite3.Error | OSError) -> Failed:
    """What went wrong with the store at `path`, in a person's words, and the way out."""
    system = f"store {path}"
    code = getattr(error, "sqlite_errorcode", None)
    match code & 0xFF if code is not None else None:  # the low byte is the kind, the rest its flavour
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            reason = f"another process has kept it locked for more than {PATIENCE:.0f} s; nothing was written"
            return Failed(system, reason, f"try again, and if it stays so look who hangs: fuser -v {path}")
        case sqlite3.SQLITE_FULL:
            return Failed(system, "the disk is full; nothing was written", f"free space where {path.parent} is")
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            remedy = "move it away together with its -wal and -shm files, then restore a backup or start with none"
            return Failed(system, f"it is damaged or not a cockpit store ({error})", remedy)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_AUTH:
            return Failed(system, str(error), f"let this user read and write the file and the folder {path.parent}")
        case sqlite3.SQLITE_IOERR:
            return Failed(system, str(error), f"see whether the disk of {path.parent} is full, over quota or failing")
        case _ if isinstance(error, OSError):
            reason = error.strerror or str(error)
            return Failed(system, reason, f"let this user make and write files in the folder {path.parent}")
        case _:
            return Failed(system, str(error), "look at the file with the sqlite3 shell, or restore a backup")


def _identity(path: Path) -> tuple[int, int] | None:
    """The device and the number of the file that the path leads to; None where it leads nowhere."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def _opened(path: Path, read_only: bool, synchronous: Literal["FULL", "NORMAL"]) -> sqlite3.Connection:
    if read_only and not path.exists():
        raise Failed(
            f"store {path}", "there is none yet", "start a release, an engine or an agent here, or name another"
        )
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    connection = sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)
    with contextlib.ExitStack() as undo:
        undo.callback(connection.close)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        if not read_only and _format(connection) == 0:
            _create(connection, path)
        if (found := _format(connection)) != FORMAT:
            reason = f"it has format {found} and this cockpit reads {FORMAT}"
            raise Failed(f"store {path}", reason, "upgrade cockpit, or name another file")
        undo.pop_all()
    return connection


def _create(connection: sqlite3.Connection, path: Path) -> None:
    """Make the table, once, whoever else is at it."""
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            # SQLite does not wait by itself here; it happens only while several processes make the same store.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
    connection.execute("BEGIN IMMEDIATE")
    if _format(connection) == 0:
        if connection.execute("SELECT name FROM sqlite_master").fetchone():
            raise Failed(f"store {path}", "it is another program's database", "name another file")
        for statement in _SCHEMA:
            connection.execute(statement)
    connection.execute("COMMIT")


def _format(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _newest(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(version), 0) FROM entries").fetchone()[0])


def _listed(connection: sqlite3.Connection, prefix: str) -> tuple[Entry, ...]:
    sql = f"SELECT {_FIELDS} FROM entries WHERE key BETWEEN ? AND ? AND value IS NOT NULL ORDER BY key"  # noqa: S608
    return tuple(Entry(*row) for row in connection.execute(sql, (prefix, prefix + _LAST)))


def _changed(connection: sqlite3.Connection, prefix: str, since: int) -> tuple[Entry, ...]:
    # By version, never by key: then a look costs what has changed, however much there is under the prefix.
    sql = (
        f"SELECT {_FIELDS} FROM entries INDEXED BY entries_by_version"  # noqa: S608 - our own fields
        " WHERE version > ? AND key BETWEEN ? AND ? ORDER BY key"
    )
    return tuple(Entry(*row) for row in connection.execute(sql, (since, prefix, prefix + _LAST)))


def _check(connection: sqlite3.Connection, writes: tuple[Write, ...]) -> None:
    for write in writes:
        if write.expect is not None:
            sql = "SELECT version FROM entries WHERE key = ? AND value IS NOT NULL"
            row = connection.execute(sql, (write.key,)).fetchone()
            version = row[0] if row else 0
            if version != write.expect:
                raise Conflict("store", f"{write.key} has version {version}, not {write.expect}")


def _apply(connection: sqlite3.Connection, writes: tuple[Write, ...], version: int) -> None:
    for write in writes:
        match write:
            case Put(key, value):
                connection.execute("REPLACE INTO entries VALUES (?, ?, ?)", (key, value, version))
            case Delete(key):
                sql = "UPDATE entries SET value = NULL, version = ? WHERE key = ? AND value IS NOT NULL"
                connection.execute(sql, (version, key))
            case Check():
                pass
            case _:
                assert_never(write)
