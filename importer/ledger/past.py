"""What earlier runs did, for people to look at, to write a copy again from, and to forget."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from importer.core.memory import Key, TenantScope
from importer.ledger.opening import aside_files, goes_on, open_file, transaction
from importer.ledger.store import Store, from_text, to_moment, to_problems, to_text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from importer.core.memory import CachedAnswer
    from importer.core.model import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFile:
    """One input file of an earlier run. `ended` is None where the run was broken off, or still goes on."""

    number: int
    input: str
    sheet: str
    realm: TenantScope
    replay: Mapping[str, object]
    rows: int
    started: datetime
    ended: datetime | None
    exit_code: int | None
    counts: Mapping[str, int]
    result: str
    closed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """An earlier run. `goes_on` tells whether its process is still at work on this host."""

    run_id: str
    command: str
    inputs: tuple[str, ...]
    target: str
    started: datetime
    ended: datetime | None
    exit_code: int | None
    host: str
    pid: int
    goes_on: bool
    files: tuple[PastFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRow:
    """What became of one row then. `organizer` is in lower case, as ledgers have it."""

    number: int
    key: Key
    status: str
    problems: tuple[Problem, ...]
    checked_at: datetime | None


class Records:
    """A ledger open for looking back."""

    def __init__(self, connection: sqlite3.Connection, path: Path, aside: Path | None) -> None:
        self.aside = aside
        self._connection = connection
        self._path = path

    @classmethod
    @contextmanager
    def open(cls, path: Path, now: datetime) -> Iterator[Records]:
        """Return the records at `path` while the block runs; `aside` says where a damaged file was put.

        Raise OSError or sqlite3.Error where the place can't be used.
        """
        connection, aside = open_file(path, now)
        try:
            yield cls(connection, path, aside)
        finally:
            connection.close()

    def runs(self) -> list[PastRun]:
        """Return all runs, the latest first."""
        found = self._connection.execute(
            "SELECT run_id, command, inputs, target, started, ended, exit_code, host, pid, born FROM run "
            "ORDER BY id DESC"
        ).fetchall()
        files = self._files()
        return [_run(row, tuple(files.get(row[0], ()))) for row in found]

    def _files(self) -> dict[str, list[PastFile]]:
        found: dict[str, list[PastFile]] = {}
        for run_id, *row in self._connection.execute(
            "SELECT run_id, id, input, sheet, tenant, service, owner, replay, rows, started, ended, exit_code, counts, "
            "result, closed FROM roster ORDER BY id"
        ):
            found.setdefault(run_id, []).append(_file(*row))
        return found

    def rows(self, file: PastFile) -> dict[int, PastRow]:
        """Return what became of each row of the file then, by row number; nothing once newer runs have made way."""
        rows = self._connection.execute(
            "SELECT number, organizer, external_id, status, problems, checked_at FROM outcome WHERE roster = ?",
            (file.number,),
        )
        return {
            number: PastRow(
                number=number,
                key=Key(from_text(organizer), from_text(external_id)),
                status=status,
                problems=to_problems(problems),
                checked_at=to_moment(checked_at),
            )
            for number, organizer, external_id, status, problems, checked_at in rows
        }

    def meetings(self, realm: TenantScope, keys: list[Key]) -> Mapping[Key, CachedAnswer]:
        """Return the last answer for each key that has one."""
        return Store(self._connection).recall(realm, keys)

    def forget(self, source: str) -> tuple[int, int]:
        """Remove what is known of an input file and its meetings; return how many runs and meetings those were."""
        name = to_text(source)
        with transaction(self._connection):
            meetings = self._connection.execute(_FORGET_MEETINGS, (name, name)).rowcount
            self._connection.execute(
                "DELETE FROM outcome WHERE roster IN (SELECT id FROM roster WHERE input = ?)", (name,)
            )
            runs = self._connection.execute("DELETE FROM roster WHERE input = ?", (name,)).rowcount
            self._connection.execute(
                "DELETE FROM run WHERE ended IS NOT NULL AND run_id NOT IN (SELECT run_id FROM roster)"
            )
        self._wipe()
        return runs, meetings

    def forget_all(self) -> tuple[int, int]:
        """Remove everything, files that were set aside included; return how many runs and meetings there were."""
        with transaction(self._connection):
            meetings = self._connection.execute("DELETE FROM meeting").rowcount
            self._connection.execute("DELETE FROM outcome")
            self._connection.execute("DELETE FROM roster")
            runs = self._connection.execute("DELETE FROM run").rowcount
        self._wipe()
        for left in aside_files(self._path):
            left.unlink()
        return runs, meetings

    def _wipe(self) -> None:
        """Write the file anew, so that nothing of what was removed is left in it or in its log."""
        self._connection.execute("VACUUM")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


_FORGET_MEETINGS = """DELETE FROM meeting WHERE input = ? OR rowid IN (
    SELECT m.rowid FROM roster r JOIN outcome o ON o.roster = r.id
    JOIN meeting m ON m.tenant = r.tenant AND m.service = r.service AND m.external_id = o.external_id
    AND m.organizer = CASE r.owner WHEN '' THEN o.organizer ELSE r.owner END WHERE r.input = ?)"""


def _run(row: tuple[object, ...], files: tuple[PastFile, ...]) -> PastRun:
    run_id, command, inputs, target, started, ended, exit_code, host, pid, born = row
    return PastRun(
        run_id=str(run_id),
        command=str(command),
        inputs=tuple(json.loads(str(inputs))),
        target=str(target),
        started=_sure(started),
        ended=_maybe(ended),
        exit_code=_number(exit_code),
        host=str(host),
        pid=int(str(pid)),
        goes_on=ended is None and goes_on(int(str(pid)), str(born)),
        files=files,
    )


def _file(*row: object) -> PastFile:
    number, source, sheet, tenant, service, owner, replay, rows, started, ended, code, counts, result, closed = row
    return PastFile(
        number=int(str(number)),
        input=from_text(str(source)),
        sheet=from_text(str(sheet)),
        realm=TenantScope(str(tenant), str(service), str(owner)),
        replay=json.loads(str(replay)),
        rows=int(str(rows)),
        started=_sure(started),
        ended=_maybe(ended),
        exit_code=_number(code),
        counts=json.loads(str(counts)),
        result=from_text(str(result)),
        closed=str(closed),
    )


def _sure(text: object) -> datetime:
    return datetime.fromisoformat(str(text))


def _maybe(text: object) -> datetime | None:
    return None if text is None else _sure(text)


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))
