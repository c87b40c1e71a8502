"""Looking back: the ledgers of a state folder together, what is real and what was a trial."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.ledger import REAL, TRIALS, Records
from importer.ledger.opening import NewerFileError, trouble
from importer.places.paths import is_there, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.core.model import Problem
    from importer.ledger import PastFile, PastRun

CRASHED = "crashed (exit code 1)"
"""How a run ended that came upon a fault of this program; `broken off` is one that was killed."""

LAST = "last"
"""Stands for the latest run."""


@dataclass(frozen=True, slots=True)
class Past:
    """Everything that is remembered in a state folder."""

    records: Sequence[Records]
    notices: tuple[Problem, ...]

    @classmethod
    @contextmanager
    def open(cls, folder: Path, now: datetime) -> Iterator[Past]:
        """Gives what is remembered in `folder`, which may be nothing. Raises Stop where it can't be read."""
        with ExitStack() as stack:
            paths = [path for name in (REAL, TRIALS) if is_there(path := folder / name)]
            records = [_opened(stack, path, now) for path in paths]
            notices = [
                problem("ledger-set-aside", value=str(path), other=str(each.aside))
                for path, each in zip(paths, records, strict=True)
                if each.aside is not None
            ]
            yield cls(records, tuple(notices))

    def runs(self, source: str = "") -> list[tuple[PastRun, Records]]:
        """Gives all runs, or those of an input file, the latest first, each with where it is put down."""
        found = [(run, records) for records in self.records for run in records.runs()]
        wanted = [entry for entry in found if not source or any(file.input == source for file in entry[0].files)]
        return sorted(wanted, key=lambda entry: entry[0].started, reverse=True)

    def run(self, name: str) -> tuple[PastRun, Records]:
        """Gives the run of that name, or the `last` one that sent something. Raises Stop where there is none."""
        for run, records in self.runs():
            if run.run_id == name or (name == LAST and any(file.rows for file in run.files)):
                return run, records
        raise Stop(problem("run-unknown", value=name), ExitCode.USAGE)

    def forget(self, source: str = "") -> tuple[int, int]:
        """Removes what is known of an input file, or everything; gives how many runs and meetings that was."""
        counts = [each.forget(source) if source else each.forget_all() for each in self.records]
        return sum(runs for runs, _ in counts), sum(meetings for _, meetings in counts)


def _opened(stack: ExitStack, path: Path, now: datetime) -> Records:
    try:
        return stack.enter_context(Records.open(path, now))
    except NewerFileError:
        reason = "a newer version of this program made it; look with that one"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except sqlite3.Error as error:
        reason = trouble(error)
    raise Stop(problem("history-unreadable", value=str(path), reason=reason), ExitCode.INPUT)


def source_of(file: Path) -> str:
    """Gives an input file's name as ledgers have it; the file itself need not be there any more."""
    return str(resolved(file))


def fate_of(run: PastRun, file: PastFile | None = None) -> str:
    """Gives in words how a run, or one file of it, ended."""
    ended = run if file is None else file
    if run.exit_code == ExitCode.BUG and ended.exit_code in (None, ExitCode.BUG):
        return CRASHED
    if ended.exit_code is not None:
        return f"exit code {ended.exit_code}"
    return "at work" if run.goes_on else "broken off"
