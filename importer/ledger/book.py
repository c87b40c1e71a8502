"""The ledger as the core knows it: what the disk refuses is a notice, never an end of the run.

Theory of operation. Results are safe in two places, the ledger and the results copy. When the ledger fails, the run
goes on without it and says so, because the copy alone is still better than no meetings; and what was committed before
stays committed. A lock lets the thread that commits and the thread that asks share one connection.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from importer.core.catalogue import problem
from importer.core.memory import NoLedger, without
from importer.ledger.opening import NewerFileError, open_file, remove_old, trouble
from importer.ledger.store import CommittedResult, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.core.memory import CachedAnswer, End, Key, Page, PreviousRun, Roster, Start
    from importer.core.model import ExitCode, Problem, RowResult
    from importer.ledger.opening import ThisRun

PROOF = timedelta(days=14)
"""How long runs must have gone on after a leap of the clock for it to be believed."""
DAYS_KEPT = 400
"""Days after which what was put down is forgotten: a school year and the summer after it."""

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

    def former(self, roster: Roster) -> PreviousRun | None:
        """Return the last completed run of the roster, if there was one."""
        return self.attempt(lambda: self.store.former(roster), None)

    def broken_off(self, roster: Roster) -> frozenset[str]:
        """Return the runs of the roster that were killed, and that no later run has taken over."""
        return self.attempt(lambda: self.store.broken_off(roster, self.run), frozenset())

    def begin(self, start: Start) -> Page:
        """Record all rows of a roster as not attempted, and return the page for what becomes of them."""
        return SqlitePage(self, start, self.attempt(lambda: self.store.begin(self.run.run_id, start), 0))

    def stopped(self, start: Start, ending: End) -> None:
        """Record that a file was not sent at all."""

        def put_down() -> None:
            self.store.end_roster(self.store.begin(self.run.run_id, start), ending)

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
                reason = trouble(error)
                self._broken = True
                self._notices.append(problem("ledger-lost", reason=reason, detail=str(error)))
                return otherwise


class SqlitePage:
    """One roster of this run. Its number is 0 where it could not be put down: then nothing else is, either."""

    def __init__(self, ledger: SqliteLedger, start: Start, number: int) -> None:
        self._ledger = ledger
        self._start = start
        self._number = number
        self._rows = {row.number: row for row in start.rows}

    def recall(self, keys: Collection[Key]) -> Mapping[Key, CachedAnswer]:
        """Return the last answer for each key that has one."""
        return self._ledger.attempt(lambda: self._ledger.store.recall(self._start.realm, keys), {})

    def keep(self, results: Sequence[RowResult]) -> None:
        """Record what became of rows; durable, power cuts included, when this returns. Any thread may call it."""
        news = [self._news(result) for result in results]
        run_id = self._ledger.run.run_id
        self._ledger.attempt(lambda: self._ledger.store.keep(self._number, run_id, self._start, news), None)

    def take_over(self, run_ids: Collection[str]) -> None:
        """Record that this run has gone on with the roster where those runs were broken off."""
        roster, run_id = self._start.roster, self._ledger.run.run_id
        self._ledger.attempt(lambda: self._ledger.store.take_over(roster, run_ids, run_id), None)

    def end(self, ending: End) -> None:
        """Record that the roster is done, and how."""
        self._ledger.attempt(lambda: self._ledger.store.end_roster(self._number, ending), None)

    def _news(self, result: RowResult) -> CommittedResult:
        row = self._rows[result.number]
        return CommittedResult(result, row.fingerprint, without(result.problems, row.problems))


def open_ledger(path: Path, run: ThisRun, *, days: int = DAYS_KEPT) -> SqliteLedger | NoLedger:
    """Return the ledger at `path`, made if it is not there, old entries forgotten; a notice where there can be none.

    A file that is damaged, or another program's or version's, is set aside and a new one begun, with a notice.
    """
    try:
        connection, aside = open_file(path, run.started)
    except NewerFileError:
        return NoLedger(problem("ledger-newer", value=str(path)))
    except OSError as error:
        return _none(path, error.strerror or type(error).__name__, str(error))
    except sqlite3.Error as error:
        return _none(path, trouble(error), str(error))
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
