"""Opens the ledger's file: makes it, proves that it is whole and ours, and sets it aside where it is not.

A run is kept with the process that it is (computer, number, moment of birth), so that a later one can tell whether it
still goes on or was interrupted.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from importer.paths import own_folder

if TYPE_CHECKING:
    from collections.abc import Iterator


REAL = "ledger.sqlite3"
"""What was done in a tenant."""
TRIALS = "ledger-sandbox.sqlite3"
"""What was done in a sandbox: a file of its own, so that a link that is not real never gets among those that are."""

COMPANIONS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database while it is open (https://www.sqlite.org/tempfiles.html)."""

_ASIDE = "set aside"


NOWHERE = Path(os.devnull, "meeting-importer")
"""Where nothing can be made."""


def state_folder() -> Path:
    """Return the folder for what programs keep, as the platform has it; `NOWHERE` for an account that has none."""
    return own_folder("state") or NOWHERE


def prepare_schema(path: Path) -> None:
    """Make the file and its folder if they are not there, readable for their owner alone. Raise OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def set_aside(path: Path, now: datetime) -> Path:
    """Rename a file that can't be used, so that nothing is thrown away, and return its new path. Raise OSError."""
    number = 0
    while (aside := _named(path, now, number)).exists():
        number += 1
    for companion in COMPANIONS:
        with suppress(FileNotFoundError):
            path.with_name(path.name + companion).replace(aside.with_name(aside.name + companion))
    path.replace(aside)
    return aside


def _named(path: Path, now: datetime, number: int) -> Path:
    again = f" {number + 1}" if number else ""
    return path.with_name(f"{path.stem} ({_ASIDE} {now:%Y-%m-%d %H%M}{again}){path.suffix}")


def aside_files(path: Path) -> Iterator[Path]:
    """Return the files that were set aside from `path`, their companions included."""
    start = f"{path.stem} ({_ASIDE} "
    with suppress(OSError):
        yield from (found for found in sorted(path.parent.iterdir()) if found.name.startswith(start))


def remove_old(path: Path, before: datetime) -> None:
    """Remove files set aside before that moment: what they hold about people has had its time too."""
    for found in aside_files(path):
        with suppress(OSError):
            if datetime.fromtimestamp(found.stat().st_mtime, UTC) < before:
                found.unlink()


_PROC = Path("/proc")
_MADE_UP = 1 << 40
"""Set in a number that stands for a card that was not found: https://docs.python.org/3/library/uuid.html#uuid.getnode"""
_STATE, _START = 0, 19
"""Fields of /proc/<pid>/stat after the name, counting from its state: man 5 proc_pid_stat, fields 3 and 22."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThisRun:
    """One call of the program. `target` is where it sends to, in words for `history`.

    `born` tells this process from a later one with its number.
    """

    run_id: str
    command: str
    inputs: tuple[str, ...]
    target: str
    started: datetime
    host: str = field(default_factory=platform.node)
    pid: int = field(default_factory=os.getpid)
    born: str = field(default_factory=lambda: born(os.getpid()) or "")


def born(pid: int) -> str | None:
    """Return a text that two processes with the same number don't share; None where there is no such process.

    Empty where the system does not tell: then the number alone has to do.
    """
    if sys.platform == "win32":
        return _born_on_windows(pid)
    return _born_on_linux(pid) if _PROC.joinpath("self", "stat").exists() else born_elsewhere(pid)


def goes_on(pid: int, known: str) -> bool:
    """Return whether the process that was `born` as `known` is still there."""
    now = born(pid)
    return now is not None and known in {"", now}


def born_elsewhere(pid: int) -> str | None:
    """Return an empty text where there is such a process; a POSIX system tells no more without /proc."""
    try:
        os.kill(pid, 0)  # only asks; on Windows it would end the process
    except ProcessLookupError:
        return None
    except PermissionError:
        pass  # somebody else's
    return ""


def _born_on_linux(pid: int) -> str | None:
    try:
        fields = _PROC.joinpath(str(pid), "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        boot = _PROC.joinpath("sys", "kernel", "random", "boot_id").read_text("ascii").strip()
    except OSError:
        return None
    if fields[_STATE] in {"Z", "X"}:  # dead, and only not yet buried by its parent
        return None
    return f"{boot} {fields[_START]}"


def machine(*, proc: Path = _PROC) -> str:
    """Return what tells this machine from others that were given its name: its clones, and containers on it.

    Only within one machine does a process's number mean anything. On Linux that is the running kernel and the space of
    process numbers in it (man 7 pid_namespaces), elsewhere the address of the network card, which containers on one
    Linux can share; empty where that is not known.
    """
    if platform.system() == "Linux":
        try:
            boot = proc.joinpath("sys", "kernel", "random", "boot_id").read_text("ascii").strip()
            return f"{boot} {os.readlink(proc / 'self' / 'ns' / 'pid')}"  # noqa: PTH115 - no path comes of it
        except OSError:
            return ""
    card = uuid.getnode()
    return "" if card & _MADE_UP else f"{card:012x}"


if sys.platform == "win32":  # pragma: no cover - the tests' other system
    import ctypes
    from ctypes import wintypes

    _QUERY = 0x1000
    """PROCESS_QUERY_LIMITED_INFORMATION: https://learn.microsoft.com/windows/win32/procthread/process-security-and-access-rights"""
    _STILL_ACTIVE = 259
    _DENIED = 5

    def _born_on_windows(pid: int) -> str | None:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        handle = kernel.OpenProcess(_QUERY, False, pid)  # noqa: FBT003 - Windows' own order
        if not handle:
            return "" if ctypes.get_last_error() == _DENIED else None
        try:
            code, times = wintypes.DWORD(), [wintypes.FILETIME() for _ in range(4)]
            kernel.GetExitCodeProcess(wintypes.HANDLE(handle), ctypes.byref(code))
            kernel.GetProcessTimes(wintypes.HANDLE(handle), *map(ctypes.byref, times))
        finally:
            kernel.CloseHandle(wintypes.HANDLE(handle))
        if code.value != _STILL_ACTIVE:
            return None
        return f"{times[0].dwHighDateTime} {times[0].dwLowDateTime}"


APPLICATION_ID = 0x4D494C31
"""Written into the file's header ("MIL1"), so that another program's database is never taken for a ledger."""

VERSION = 2
"""Raised when a table is added or changes its meaning, so that an older program leaves the file alone. A file of an
older version gets the tables that it lacks; one whose tables are others is set aside, not guessed at."""

TABLES: tuple[str, ...] = (
    # One row for each run. `born` tells a process from a later one with the same number.
    """CREATE TABLE run (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL UNIQUE, command TEXT NOT NULL, inputs TEXT NOT NULL,
        target TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, exit_code INTEGER,
        host TEXT NOT NULL, pid INTEGER NOT NULL, born TEXT NOT NULL)""",
    # One row for each input file of a run. `taken_over` names the run that went on where this one was broken off.
    """CREATE TABLE roster (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, input TEXT NOT NULL, sheet TEXT NOT NULL,
        tenant TEXT NOT NULL, service TEXT NOT NULL, owner TEXT NOT NULL, headings TEXT NOT NULL, replay TEXT NOT NULL,
        rows INTEGER NOT NULL, started TEXT NOT NULL, ended TEXT, exit_code INTEGER, counts TEXT NOT NULL,
        result TEXT NOT NULL, closed TEXT NOT NULL, taken_over TEXT)""",
    "CREATE INDEX roster_input ON roster (input, sheet)",
    "CREATE INDEX roster_run ON roster (run_id)",
    # What became of each row of a roster; kept for the last few runs of it.
    """CREATE TABLE outcome (
        roster INTEGER NOT NULL, number INTEGER NOT NULL, organizer TEXT NOT NULL, external_id TEXT NOT NULL,
        fingerprint TEXT NOT NULL, status TEXT NOT NULL, problems TEXT NOT NULL, checked_at TEXT,
        PRIMARY KEY (roster, number)) WITHOUT ROWID""",
    # The last answer for each meeting. `seal` shows when a damaged disk has changed a letter of it.
    """CREATE TABLE meeting (
        tenant TEXT NOT NULL, service TEXT NOT NULL, organizer TEXT NOT NULL, external_id TEXT NOT NULL,
        fingerprint TEXT NOT NULL, status TEXT NOT NULL, problems TEXT NOT NULL, meeting TEXT NOT NULL,
        checked_at TEXT, run_id TEXT NOT NULL, input TEXT NOT NULL, kept TEXT NOT NULL, seal BLOB NOT NULL,
        PRIMARY KEY (tenant, service, organizer, external_id))""",
    # Which meetings this program has made itself, and in which run: only those may it take away again.
    """CREATE TABLE made (
        tenant TEXT NOT NULL, service TEXT NOT NULL, organizer TEXT NOT NULL, external_id TEXT NOT NULL,
        graph_id TEXT NOT NULL, run_id TEXT NOT NULL, PRIMARY KEY (tenant, service, organizer, external_id))""",
    # Meetings that are being taken away, and such as are gone; `step` is how far that has come.
    """CREATE TABLE cancelled (
        tenant TEXT NOT NULL, service TEXT NOT NULL, organizer TEXT NOT NULL, external_id TEXT NOT NULL,
        graph_id TEXT NOT NULL, step TEXT NOT NULL, at TEXT NOT NULL, run_id TEXT NOT NULL, input TEXT NOT NULL,
        PRIMARY KEY (tenant, service, organizer, external_id))""",
    # The events that this program has made in calendars; of a meeting that takes place more often, one for each day.
    """CREATE TABLE event (
        tenant TEXT NOT NULL, service TEXT NOT NULL, organizer TEXT NOT NULL, external_id TEXT NOT NULL,
        occurrence TEXT NOT NULL, generation INTEGER NOT NULL, event_id TEXT NOT NULL, state TEXT NOT NULL,
        said TEXT NOT NULL, input TEXT NOT NULL, seal BLOB NOT NULL,
        PRIMARY KEY (tenant, service, organizer, external_id, occurrence))""",
)
OLDER = {1: TABLES[:6]}
"""Older versions that can be added to, and the tables that a file of each has."""
_FORMERLY_MADE = """INSERT OR IGNORE INTO made SELECT m.tenant, m.service, m.organizer, m.external_id,
    '', m.run_id FROM meeting m WHERE m.status = 'created' OR EXISTS (
    SELECT 1 FROM roster r JOIN outcome o ON o.roster = r.id WHERE o.status = 'created' AND r.tenant = m.tenant
    AND r.service = m.service AND o.external_id = m.external_id
    AND m.organizer = CASE r.owner WHEN '' THEN o.organizer ELSE r.owner END)"""
"""What a ledger of the first version still knows of who made a meeting."""


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


def reason_in_words(error: sqlite3.Error) -> str:
    """Return in words what the world did to the file. Raise the error again where it is a bug of ours."""
    reason = _TROUBLES.get(_primary(error))
    if reason is None:
        raise error
    return reason


def _primary(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def open_file(path: Path, now: datetime) -> tuple[sqlite3.Connection, Path | None]:
    """Return the ledger's connection, and where a file that could not be used was set aside, if there was one.

    Raise OSError or sqlite3.Error where the place can't be used, and NewerFileError.
    """
    if connection := _whole(path):
        return connection, None
    with FileLock(path.with_name(f"{path.name}.lock"), timeout=BUSY_SECONDS):
        if connection := _whole(path):  # another process has set the file aside
            return connection, None
        aside = set_aside(path, now)
        prepare_schema(path)
        return _usable(path), aside


def _whole(path: Path) -> sqlite3.Connection | None:
    """Return the connection, None where the file is damaged or not ours."""
    prepare_schema(path)
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
    """Make the tables in an empty file, and those that one of an older version lacks; of two processes, one does."""
    if not _lacking(connection):
        return
    with transaction(connection):
        lacking = _lacking(connection)
        for table in lacking:
            connection.execute(table)
        if not lacking:
            return
        if lacking != TABLES:
            connection.execute(_FORMERLY_MADE)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _lacking(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the tables that an empty or older file of ours has not got, in order; none where it is no such file."""
    tables = _tables(connection)
    application, version = _marks(connection)
    if tables and (application != APPLICATION_ID or tables != set(OLDER.get(version, ()))):
        return ()
    return tuple(table for table in TABLES if table not in tables)


def _marks(connection: sqlite3.Connection) -> list[int]:
    """Return whose file it is, and its version."""
    return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]


def _tables(connection: sqlite3.Connection) -> set[str]:
    found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    return {text for (text,) in found}


def _check(connection: sqlite3.Connection) -> None:
    """Raise ForeignFileError, or sqlite3.DatabaseError where the file is damaged."""
    verdicts = connection.execute("PRAGMA quick_check(1)").fetchall()
    if verdicts != [("ok",)]:
        damaged = sqlite3.DatabaseError(str(verdicts))
        damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damaged
    marks = _marks(connection)
    if marks[0] == APPLICATION_ID and marks[1] > VERSION:
        raise NewerFileError
    if marks != [APPLICATION_ID, VERSION] or _tables(connection) != set(TABLES):
        raise ForeignFileError


def _use_log(connection: sqlite3.Connection) -> None:
    """Have commits written ahead: one flush to the disk each instead of four (measured: 4 ms instead of 18).

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
