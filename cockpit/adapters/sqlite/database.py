"""The SQLite file of the embedded store and its statements: the blocking half of `adapters.sqlite.store`.

One table holds every entry. A deletion leaves a row without a value, so that a search for changes since a version finds
it. The next version is one more than the highest in the table; it never decreases, because no row is ever removed.

A file that is removed or replaced stays open in the processes that have it, while later processes open another: the
fleet would have two stores. So each use checks that the path still leads to the open file.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, assert_never

from cockpit.ports import Check, Conflict, Delete, Entry, Failed, Put, Write

PATIENCE = 5.0
"""Seconds to wait for a process that is writing."""
FORMAT = 1
"""Stored in the file's user_version; another number means another program or a later cockpit."""
_LAST = "\U0010ffff"
"""No character of a key sorts after it."""
_FIELDS = "key, CAST(value AS BLOB), version"
"""The cast keeps a value readable that was edited by hand and is stored as text."""
_SCHEMA = (
    "CREATE TABLE entries (key TEXT PRIMARY KEY, value BLOB, version INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX entries_by_version ON entries (version)",
    f"PRAGMA user_version = {FORMAT}",
)


class Database:
    """The entries in one file. Every method blocks; call all of them from one thread."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        self._path = path
        self._read_only = read_only
        self._connections: dict[bool, sqlite3.Connection] = {}
        self._file: tuple[int, int] | None = None
        """Device and inode of the open file; no other file gets that inode while it is open."""

    def get(self, key: str) -> Entry | None:
        """The entry; None if there is none or it was removed."""
        with self._translated():
            sql = f"SELECT {_FIELDS} FROM entries WHERE key = ? AND value IS NOT NULL"  # noqa: S608 - our own fields
            row = self._connection().execute(sql, (key,)).fetchone()
            return Entry(*row) if row else None

    def list(self, prefix: str) -> tuple[Entry, ...]:
        """The entries under `prefix`, by key."""
        with self._translated():
            return _listed(self._connection(), prefix)

    def changes(self, prefix: str, since: int | None) -> tuple[int, tuple[Entry, ...]]:
        """The newest version, and the entries under `prefix` that changed after `since`; every entry if it is None."""
        with self._translated():
            connection = self._connection()
            connection.execute("BEGIN")  # one snapshot for both queries
            try:
                newest = _newest(connection)
                if since is None:
                    return newest, _listed(connection, prefix)
                return newest, _changed(connection, prefix, since) if newest != since else ()
            finally:
                connection.execute("COMMIT")

    def commit(self, writes: tuple[Write, ...], durable: bool) -> int:
        """Make all of `writes` or none; their version."""
        if self._read_only:
            reason = "it was opened read-only; nothing was written"
            raise Failed(f"store {self._path}", reason, "use a verb that writes")
        with self._translated():
            connection = self._connection(durable)
            connection.execute("BEGIN IMMEDIATE")
            try:
                version = _newest(connection) + 1
                _check(connection, writes)
                _apply(connection, writes, version)
                self._check_file()  # again: waiting for another writer may have taken a while
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            return version

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        while self._connections:
            self._connections.popitem()[1].close()
        self._file = None

    def _connection(self, durable: bool = True) -> sqlite3.Connection:
        durable = durable or self._read_only
        if self._connections:
            self._check_file()
        if durable not in self._connections:
            self._connections[durable] = _opened(self._path, self._read_only, "FULL" if durable else "NORMAL")
            self._file = self._file or _identity(self._path)
        return self._connections[durable]

    def _check_file(self) -> None:
        """Raise `Failed` if the path no longer leads to the open file. It stays open, in case it is moved back."""
        current = _identity(self._path)
        if current != self._file:
            event = "replaced by another file" if current else "removed"
            remedy = f"move it back, or end every cockpit process that uses {self._path} before you start another"
            raise Failed(f"store {self._path}", f"it was {event} while in use; nothing was written", remedy)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            # The next use opens the file again: it may have been repaired by then.
            with contextlib.suppress(sqlite3.Error):
                self.close()
            raise failure(self._path, error) from error


def failure(path: Path, error: sqlite3.Error | OSError) -> Failed:
    """The exception for an error of the store at `path`, with a remedy."""
    system = f"store {path}"
    code = getattr(error, "sqlite_errorcode", None)
    match code & 0xFF if code is not None else None:  # the low byte of an extended code is the primary code
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            reason = f"another process has kept it locked for more than {PATIENCE:.0f} s; nothing was written"
            return Failed(system, reason, f"try again; if it stays locked, find the process with: fuser -v {path}")
        case sqlite3.SQLITE_FULL:
            return Failed(system, "the disk is full; nothing was written", f"free space on the disk of {path.parent}")
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            remedy = "move it away with its -wal and -shm files, then restore a backup or start with a new store"
            return Failed(system, f"it is damaged or not a cockpit store ({error})", remedy)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_AUTH:
            remedy = f"give this user read and write access to the file and to the folder {path.parent}"
            return Failed(system, str(error), remedy)
        case sqlite3.SQLITE_IOERR:
            remedy = f"check whether the disk of {path.parent} is full, over quota or failing"
            return Failed(system, str(error), remedy)
        case _ if isinstance(error, OSError):
            reason = error.strerror or str(error)
            return Failed(system, reason, f"give this user write access to the folder {path.parent}")
        case _:
            return Failed(system, str(error), "check the file with the sqlite3 shell, or restore a backup")


def _identity(path: Path) -> tuple[int, int] | None:
    """The device and inode of the file at the path; None if there is none."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino


def _opened(path: Path, read_only: bool, synchronous: Literal["FULL", "NORMAL"]) -> sqlite3.Connection:
    if read_only and not path.exists():
        remedy = "start a release, an engine or an agent first, or set another path"
        raise Failed(f"store {path}", "it does not exist yet", remedy)
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    connection = sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)
    with contextlib.ExitStack() as undo:
        undo.callback(connection.close)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        if not read_only and _format(connection) == 0:
            _create(connection, path)
        if (version := _format(connection)) != FORMAT:
            reason = f"it has format {version} and this cockpit reads {FORMAT}"
            raise Failed(f"store {path}", reason, "upgrade cockpit, or set another path")
        undo.pop_all()
    return connection


def _create(connection: sqlite3.Connection, path: Path) -> None:
    """Create the table once, even if several processes try at the same time."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            # SQLite does not wait by itself here. This happens only if several processes create the store at once.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    connection.execute("BEGIN IMMEDIATE")
    if _format(connection) == 0:
        if connection.execute("SELECT name FROM sqlite_master").fetchone():
            raise Failed(f"store {path}", "it is another program's database", "set another path")
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
    # By the index on versions: the cost then depends on the number of changes, not on the size of the prefix.
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
