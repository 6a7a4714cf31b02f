"""The statements on the SQLite file, and its errors."""

import sqlite3
from pathlib import Path

import pytest

from cockpit.adapters.sqlite.database import Database, failure
from cockpit.ports import Delete, Entry, Failed, Put


def test_only_durable_commits_wait_for_the_disk(tmp_path: Path) -> None:
    entries = Database(tmp_path / "store.db")
    entries.commit((Put("event", b""),), durable=True)
    entries.commit((Put("status", b""),), durable=False)
    pragmas = {
        durable: connection.execute("PRAGMA synchronous").fetchone()[0]
        for durable, connection in entries._connections.items()
    }
    full, normal = 2, 1
    assert pragmas == {True: full, False: normal}
    assert entries._connections[True].execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    entries.close()


def test_a_file_removed_during_a_transaction_fails_the_commit(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    entries = Database(path)
    entries.commit((Put("a", b"1"),), durable=True)

    def move_away(statement: str) -> None:
        if statement.startswith("REPLACE"):
            path.rename(tmp_path / "away.db")

    entries._connections[True].set_trace_callback(move_away)
    with pytest.raises(Failed, match="was removed"):
        entries.commit((Put("a", b"2"),), durable=True)
    (tmp_path / "away.db").rename(path)
    assert entries.get("a") == Entry("a", b"1", 1)
    entries.close()


def test_changes_since_a_version_include_deletions(tmp_path: Path) -> None:
    entries = Database(tmp_path / "store.db")
    first = entries.commit((Put("a", b"1"), Put("b", b"1")), durable=True)
    assert entries.changes("", None) == (first, (Entry("a", b"1", first), Entry("b", b"1", first)))
    assert entries.changes("", first) == (first, ())
    second = entries.commit((Delete("a"), Put("c/1", b"2")), durable=True)
    assert entries.changes("", first) == (second, (Entry("a", None, second), Entry("c/1", b"2", second)))
    assert entries.changes("c/", first) == (second, (Entry("c/1", b"2", second),))
    entries.close()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (sqlite3.SQLITE_BUSY, "kept it locked for more than 5 s; nothing was written"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "kept it locked"),
        (sqlite3.SQLITE_FULL, "the disk is full; nothing was written; free space on the disk of"),
        (sqlite3.SQLITE_NOTADB, "damaged or not a cockpit store"),
        (sqlite3.SQLITE_CANTOPEN, "give this user read and write access"),
        (sqlite3.SQLITE_IOERR_WRITE, "full, over quota or failing"),
        (sqlite3.SQLITE_ERROR, "sqlite3 shell"),
    ],
)
def test_each_sqlite_error_has_a_remedy(code: int, message: str) -> None:
    error = sqlite3.OperationalError("oops")
    error.sqlite_errorcode = code
    assert message in str(failure(Path("store.db"), error))


def test_an_os_error_has_a_remedy() -> None:
    error = failure(Path("state/store.db"), PermissionError(13, "Permission denied"))
    assert isinstance(error, Failed)
    assert str(error) == "store state/store.db: Permission denied; give this user write access to the folder state"
