"""What is remembered from run to run, in one SQLite file on this machine.

Never on a share: SQLite's locks can't be trusted there (https://www.sqlite.org/faq.html#q5), so the file lives in the
state folder. It holds names, links and passcodes, so only its owner may read it.

Theory of operation. Results are safe in two places, the ledger and the results copy. What the disk refuses is a notice
and never an end of the run: it goes on without the ledger and says so, because the copy alone is still better than no
meetings; and what was committed before stays committed. A lock lets the thread that commits and the thread that asks
share one connection. `opening` proves the file, `store` has the statements. `Records` is the same file for people: what
earlier runs did, to look at, to write a copy again from, and to forget.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from importer.core.catalogue import problem
from importer.core.memory import NoLedger, TenantScope, without
from importer.core.row import Key
from importer.core.wording import system_reason
from importer.ledger.cancelled import Removals
from importer.ledger.events import event_row, has_events, recall_events
from importer.ledger.opening import (
    NewerFileError,
    aside_files,
    goes_on,
    open_file,
    reason_in_words,
    remove_old,
    transaction,
)
from importer.ledger.store import (
    FORGET_EVENTS,
    FORGET_MADE,
    CommittedResult,
    Store,
    from_text,
    to_moment,
    to_problems,
    to_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.core.calendar import KnownEvent
    from importer.core.memory import CachedAnswer, Cancelled, End, PreviousRun, Roster, RosterSession, Start
    from importer.core.model import ExitCode, Problem
    from importer.core.row import Row, Unheard
    from importer.ledger.opening import ThisRun


PROOF = timedelta(days=14)
"""How long runs must have gone on after a leap of the clock for it to be believed."""
DAYS_KEPT = 400
"""Days after which what was saved is forgotten: a school year and the summer after it."""

Given = TypeVar("Given")


class SqliteLedger:
    """An open ledger, and the run that writes into it. To be closed, or used in a `with` block."""

    def __init__(self, store: Store, run: ThisRun, *notices: Problem) -> None:
        self.run = run
        self.store = store
        self._notices = list(notices)
        self._lock = Lock()
        self._broken = False

    def start(self) -> None:
        """Record that the run has started; a run of which this is never said leaves no trace."""
        self.attempt(lambda: self.store.start_run(self.run), None)

    def previous_run(self, roster: Roster) -> PreviousRun | None:
        """Return the last completed run of the roster, if there was one."""
        return self.attempt(lambda: self.store.previous_run(roster), None)

    def recall(self, scope: TenantScope, keys: Collection[Key]) -> Mapping[Key, CachedAnswer]:
        """Return the last answer for each key that has one."""
        return self.attempt(lambda: self.store.recall(scope, keys), {})

    def events(self, scope: TenantScope, keys: Collection[Key]) -> Mapping[Key, tuple[KnownEvent, ...]]:
        """Return the events that were made for each key that has any."""
        nothing: Mapping[Key, tuple[KnownEvent, ...]] = {}
        return self.attempt(lambda: recall_events(self.store.connection, scope, keys), nothing)

    def has_invited(self, roster: Roster) -> bool:
        """Return whether people were invited to meetings of this file before."""
        return self.attempt(lambda: has_events(self.store.connection, roster.input), False)  # noqa: FBT003 - the answer

    def interrupted_runs(self, roster: Roster) -> frozenset[str]:
        """Return the runs of the roster that were killed, and that no later run has taken over."""
        return self.attempt(lambda: self.store.interrupted_runs(roster, self.run), frozenset())

    def open_session(self, start: Start) -> RosterSession:
        """Record all rows of a roster as not attempted, and return the session for what becomes of them."""
        return SqliteSession(self, start, self.attempt(lambda: self.store.open_session(self.run.run_id, start), 0))

    def stopped(self, start: Start, ending: End) -> None:
        """Record that a file was not sent at all."""

        def put_down() -> None:
            self.store.end_roster(self.store.open_session(self.run.run_id, start), ending)

        self.attempt(put_down, None)

    def finish(self, ended: datetime, exit_code: ExitCode) -> None:
        """Record that the run has ended."""
        self.attempt(lambda: self.store.end_run(self.run.run_id, ended, exit_code), None)

    def notices(self) -> tuple[Problem, ...]:
        """Return, each once, what a person should know about the ledger itself."""
        with self._lock:
            given = tuple(self._notices)
            self._notices.clear()
        return given

    def close(self) -> None:
        """Close the file."""
        with self._lock, suppress(sqlite3.OperationalError):
            self.store.close()

    def attempt(self, act: Callable[[], Given], otherwise: Given) -> Given:
        """Return what `act` gives; once the disk has said no, a notice instead, and `otherwise` ever after."""
        with self._lock:
            if self._broken:
                return otherwise
            try:
                return act()
            except sqlite3.Error as error:
                reason = reason_in_words(error)
                self._broken = True
                self._notices.append(problem("ledger-lost", reason=reason, detail=str(error)))
                return otherwise


class SqliteSession:
    """One roster of this run. Its number is 0 where it could not be saved: then nothing else is, either."""

    def __init__(self, ledger: SqliteLedger, start: Start, number: int) -> None:
        self._ledger = ledger
        self._start = start
        self._number = number
        self._rows = {row.number: row for row in start.rows}

    def recall(self, keys: Collection[Key]) -> Mapping[Key, CachedAnswer]:
        """Return the last answer for each key that has one."""
        return self._ledger.recall(self._start.scope, keys)

    def unheard(self, keys: Collection[Key]) -> Mapping[Key, Unheard]:
        """Return those of which no answer is known, with when this run and earlier ones have asked for them."""
        return self._ledger.attempt(lambda: self._ledger.store.unheard(self._start, keys), {})

    def save(self, results: Sequence[Row]) -> None:
        """Record what became of rows; durable, power cuts included, when this returns. Any thread may call it."""
        committed = [self._news(result) for result in results]
        run_id = self._ledger.run.run_id
        self._ledger.attempt(lambda: self._ledger.store.save(self._number, run_id, self._start, committed), None)

    def cancelled(self, keys: Collection[Key]) -> Mapping[Key, Cancelled]:
        """Return what is known of the meetings among the keys that were taken away, or are being taken away."""
        nothing: Mapping[Key, Cancelled] = {}
        return self._ledger.attempt(lambda: self._removals.cancelled(self._start.scope, keys), nothing)

    def remake(self, keys: Collection[Key]) -> None:
        """Forget that the meetings of these keys were taken away."""
        self._ledger.attempt(lambda: self._removals.forget(self._start.scope, keys), None)

    @property
    def _removals(self) -> Removals:
        return Removals(self._ledger.store, self._ledger.run.run_id)

    def mark_resumed(self, run_ids: Collection[str]) -> None:
        """Record that this run has gone on with the roster where those runs were broken off."""
        roster, run_id = self._start.roster, self._ledger.run.run_id
        self._ledger.attempt(lambda: self._ledger.store.mark_resumed(roster, run_ids, run_id), None)

    def end(self, ending: End) -> None:
        """Record that the roster is done, and how."""
        self._ledger.attempt(lambda: self._ledger.store.end_roster(self._number, ending), None)

    def _news(self, result: Row) -> CommittedResult:
        row = self._rows[result.number]
        of_events = tuple(found for event in result.events for found in event.problems)
        known = () if result.invitation is None else result.invitation.known
        news = (event.known for event in result.events if event.known is not None and event.known not in known)
        scope, source = self._start.scope, self._start.roster.input
        return CommittedResult(
            result,
            self._start.fingerprints[row.number],
            without(result.problems, (*of_events, *row.problems)),
            tuple(event_row(scope, source, result.key, event) for event in news),
        )


def open_ledger(path: Path, run: ThisRun, *, days: int = DAYS_KEPT) -> SqliteLedger | NoLedger:
    """Return the ledger at `path`, made if it is not there, old entries forgotten; a notice where there can be none.

    A file that is damaged, or another program's or version's, is set aside and a new one begun, with a notice.
    """
    try:
        connection, aside = open_file(path, run.started)
    except NewerFileError:
        return NoLedger(problem("ledger-newer", value=str(path)))
    except OSError as error:
        return _none(path, system_reason(error), str(error))
    except sqlite3.Error as error:
        return _none(path, reason_in_words(error), str(error))
    notices = [] if aside is None else [problem("ledger-set-aside", value=str(path), other=str(aside))]
    ledger = SqliteLedger(Store(connection), run, *notices)
    reached = ledger.attempt(lambda: believed(run.started, ledger.store.starts(), timedelta(days=days)), None)
    if reached is not None:
        before = reached - timedelta(days=days)
        ledger.attempt(lambda: ledger.store.prune(before, reached), None)
        remove_old(path, before)
    return ledger


def believed(now: datetime, starts: Sequence[datetime], kept: timedelta) -> datetime:
    """Return the latest moment that time has certainly reached, from which on what is older than `kept` is forgotten.

    A clock that is years ahead must not empty the ledger. So a leap as long as `kept` is believed only when runs have
    gone on for `PROOF` after it: wrong clocks are put right, and whoever comes back after a year loses nothing by that.
    """
    stretches = [[moment := min((*starts, now))]]
    for moment in sorted((*starts, now)):
        if moment - stretches[-1][-1] > kept:
            stretches.append([])
        stretches[-1].append(moment)
    proved = [stretch for stretch in stretches if stretch[-1] - stretch[0] >= PROOF]
    return min(now, (proved or stretches)[-1 if proved else 0][-1])


def _none(path: Path, reason: str, detail: str) -> NoLedger:
    return NoLedger(problem("ledger-unusable", value=str(path), reason=reason, detail=detail))


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFile:
    """One input file of an earlier run. `ended` is None where the run was broken off, or still goes on."""

    number: int
    input: str
    sheet: str
    scope: TenantScope
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
    """An earlier run. `goes_on` tells whether its process is still at work on this machine."""

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

    def meetings(self, scope: TenantScope, keys: list[Key]) -> Mapping[Key, CachedAnswer]:
        """Return the last answer for each key that has one."""
        return Store(self._connection).recall(scope, keys)

    def forget(self, source: str) -> tuple[int, int]:
        """Remove what is known of an input file and its meetings; return how many runs and meetings those were."""
        name = to_text(source)
        with transaction(self._connection):
            meetings = self._connection.execute(_FORGET_MEETINGS, (name, name)).rowcount
            self._connection.execute(
                "DELETE FROM outcome WHERE roster IN (SELECT id FROM roster WHERE input = ?)", (name,)
            )
            self._connection.execute("DELETE FROM cancelled WHERE input = ?", (name,))
            self._connection.execute(FORGET_MADE)
            self._connection.execute(FORGET_EVENTS)
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
            for table in ("made", "cancelled", "event", "outcome", "roster"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
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
        scope=TenantScope(str(tenant), str(service), str(owner)),
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
