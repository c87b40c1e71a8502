"""Opens the file: makes it, proves that it is whole and ours, and sets it aside where it is not."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock

from importer.ledger.place import prepare, set_aside
from importer.ledger.schema import APPLICATION_ID, TABLES, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

BUSY_SECONDS = 30.0
"""How long one process waits for another's commit, which takes milliseconds unless the disk is in trouble."""

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_TROUBLES = {
    sqlite3.SQLITE_BUSY: "another program keeps it locked",
    sqlite3.SQLITE_LOCKED: "another program keeps it locked",
    sqlite3.SQLITE_PROTOCOL: "another program keeps it locked",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_PERM: "this account may not write it",
    sqlite3.SQLITE_AUTH: "this account may not write it",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened",
    sqlite3.SQLITE_IOERR: "the disk reports a fault",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
    sqlite3.SQLITE_NOLFS: "the disk can't hold a file of that size",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is damaged",
}
"""The world's fault, by primary result code (https://www.sqlite.org/rescode.html). Any other code is a bug of ours."""


class ForeignFileError(Exception):
    """The file is whole, but another program's or an older version's."""


class NewerFileError(Exception):
    """The file is a newer version's of this program: it stays where it is, for that version."""


def trouble(error: sqlite3.Error) -> str:
    """Gives in words what the world did to the file. Raises the error again where it is a bug of ours."""
    reason = _TROUBLES.get(_primary(error))
    if reason is None:
        raise error
    return reason


def _primary(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def open_file(path: Path, now: datetime) -> tuple[sqlite3.Connection, Path | None]:
    """Gives the ledger's connection, and where a file that could not be used was set aside, if there was one.

    Raises OSError or sqlite3.Error where the place can't be used, and NewerFileError.
    """
    if connection := _whole(path):
        return connection, None
    with FileLock(path.with_name(f"{path.name}.lock"), timeout=BUSY_SECONDS):
        if connection := _whole(path):  # another process has set the file aside
            return connection, None
        aside = set_aside(path, now)
        prepare(path)
        return _usable(path), aside


def _whole(path: Path) -> sqlite3.Connection | None:
    """Gives the connection, None where the file is damaged or not ours."""
    prepare(path)
    try:
        return _usable(path)
    except ForeignFileError:
        return None
    except sqlite3.DatabaseError as error:
        if _primary(error) not in _DAMAGED:
            raise
        return None


def _usable(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = FULL")  # an answer that was counted survives a power cut
        connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is not left in the file's free pages
        connection.execute("PRAGMA trusted_schema = OFF")
        _make(connection)
        _check(connection)
        _use_log(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _make(connection: sqlite3.Connection) -> None:
    """Makes the tables in an empty file; of two processes at the same time, one does."""
    if _tables(connection):
        return
    with transaction(connection):
        if _tables(connection):
            return
        for table in TABLES:
            connection.execute(table)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _tables(connection: sqlite3.Connection) -> set[str]:
    found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    return {text for (text,) in found}


def _check(connection: sqlite3.Connection) -> None:
    """Raises ForeignFileError, or sqlite3.DatabaseError where the file is damaged."""
    verdicts = connection.execute("PRAGMA quick_check(1)").fetchall()
    if verdicts != [("ok",)]:
        damaged = sqlite3.DatabaseError(str(verdicts))
        damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damaged
    marks = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    if marks[0] == APPLICATION_ID and marks[1] > VERSION:
        raise NewerFileError
    if marks != [APPLICATION_ID, VERSION] or _tables(connection) != set(TABLES):
        raise ForeignFileError


def _use_log(connection: sqlite3.Connection) -> None:
    """Has commits written ahead: one flush to the disk each instead of four (measured: 4 ms instead of 18).

    Where the file system can't do that SQLite keeps its older way, which is as safe.
    """
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode = WAL").fetchone()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is written in the block is durable when it ends, or nothing of it is there."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
