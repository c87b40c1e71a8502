"""How a run ended, in facts that anybody may read: counts, verdict, causes, places. Nothing of what a cell says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.core.catalogue import CATALOGUE
from importer.core.catalogue.night import ENDINGS, VERDICTS
from importer.core.model import ExitCode, Severity, Status
from importer.core.verdict import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.core.model import Problem, RowResult
    from importer.core.report import FileReport

NEWS = frozenset({Status.CREATED, Status.UPDATED, Status.DIFFERS})
"""Statuses of rows that somebody may want to hear of, although nothing went wrong."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A kind of problem. `rows` is how many rows have it, 0 where it is about a file or the run itself.

    `numbers` are those rows' where the run had one file only. `values` is how many different values they have it for.
    """

    code: str
    rows: int
    numbers: tuple[int, ...] = ()
    values: int = 0

    @property
    def title(self) -> str:
        """Gives the catalogue's title, which names no value."""
        return CATALOGUE[self.code].title

    @property
    def severity(self) -> Severity:
        """Gives whether it stops a row."""
        return CATALOGUE[self.code].severity

    @property
    def who(self) -> str:
        """Gives who can put it right."""
        return CATALOGUE[self.code].who.value


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What became of one input file; `result` is where its copy is, None where none was written."""

    input: str
    result: str | None
    exit_code: ExitCode
    counts: Mapping[Status, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """What became of a run. `causes` come errors first, those of files and of the run before those of rows."""

    run_id: str
    started: datetime
    ended: datetime
    exit_code: ExitCode
    host: str
    version: str
    report: str = ""
    standing: Standing = field(default_factory=Standing)
    files: tuple[FileFacts, ...] = ()
    causes: tuple[Cause, ...] = ()

    @property
    def counts(self) -> dict[Status, int]:
        """Gives how many rows of all files have each status that occurs."""
        counted: Counter[Status] = Counter()
        for file in self.files:
            counted.update(file.counts)
        return {status: counted[status] for status in Status if counted[status]}

    @property
    def verdict(self) -> str:
        """Gives a sentence without a full stop. What was reached is said first, however the run ended."""
        ending = ENDINGS.get(self.exit_code, "")
        if not self.standing.rows or (ending and not self.standing.good):
            return VERDICTS[self.exit_code]
        return "; ".join(filter(None, (self.standing.words, ending)))

    @property
    def failed(self) -> bool:
        """Tells whether somebody has to look at it."""
        return self.exit_code is not ExitCode.DONE

    @property
    def changed(self) -> bool:
        """Tells whether anything is other than before, failures included."""
        return self.failed or not NEWS.isdisjoint(self.counts)


def files_of(reports: Iterable[FileReport]) -> tuple[FileFacts, ...]:
    """Gives the facts about each file."""
    return tuple(
        FileFacts(input=report.input, result=report.result, exit_code=report.exit_code, counts=report.counts)
        for report in reports
    )


def causes_of(reports: Iterable[FileReport], about_the_run: Sequence[Problem] = ()) -> tuple[Cause, ...]:
    """Gives the kinds of problems of all files."""
    reports = list(reports)
    rows: Counter[str] = Counter(code for report in reports for row in report.rows for code in _codes(row))
    others = [*about_the_run, *(found for report in reports for found in report.problems)]
    causes = [Cause(code, 0) for code in dict.fromkeys(found.code for found in others)]
    causes += [_cause(code, count, reports) for code, count in rows.items()]
    return tuple(sorted(causes, key=lambda cause: (cause.severity is Severity.WARNING, cause.rows > 0, -cause.rows)))


def _cause(code: str, count: int, reports: Sequence[FileReport]) -> Cause:
    found = [
        (row.number, one.value) for report in reports for row in report.rows for one in row.problems if one.code == code
    ]
    numbers = tuple(dict.fromkeys(number for number, _ in found)) if len(reports) == 1 else ()
    return Cause(code, count, numbers, len({value for _, value in found}))


def _codes(row: RowResult) -> Iterator[str]:
    """Gives each code of a row once: the number is one of rows."""
    return iter(dict.fromkeys(found.code for found in row.problems))
