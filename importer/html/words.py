"""How the report says numbers, times and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core.catalogue.endings import EXIT_WORDS
from importer.core.model import ExitCode, Severity, Status
from importer.core.report import ANSWERED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from importer.core.model import RowResult
    from importer.core.report import FileReport
    from importer.html.facts import RunFacts

MINUTE, HOUR = 60, 3600
FEW = 10
"""Seconds below which a tenth is worth saying."""


def needs_somebody(row: RowResult) -> bool:
    """Tells whether a row is not what was asked for; a warning alone is only worth a look."""
    return row.status in {Status.INVALID, Status.FAILED} or any(
        found.severity is Severity.ERROR for found in row.problems
    )


def verdict(reports: Sequence[FileReport], facts: RunFacts) -> str:
    """Gives the run in one sentence."""
    rows = [row for report in reports for row in report.rows]
    unused = sum(not report.rows for report in reports)
    if not rows:
        return EXIT_WORDS[facts.exit_code]
    done, ready, result = (
        (ANSWERED, "meetings are in place", "meeting is in place")
        if facts.sends
        else ({Status.NOT_ATTEMPTED}, "rows are ready to be sent", "row is ready to be sent")
    )
    good = sum(row.status in done and not needs_somebody(row) for row in rows)
    if good == len(rows) and not unused:
        return f"The {result}." if good == 1 else f"All {good:,} {ready}."
    return "; ".join([f"{good:,} of {len(rows):,} {ready}", *_rest(rows, unused, facts)]) + "."


def _rest(rows: Sequence[RowResult], unused: int, facts: RunFacts) -> Iterable[str]:
    wrong = sum(map(needs_somebody, rows))
    waiting = sum(row.status is Status.NOT_ATTEMPTED and not needs_somebody(row) for row in rows)
    if wrong:
        yield f"{wrong:,} {'row needs' if wrong == 1 else 'rows need'} somebody"
    if waiting and facts.sends:
        yield f"{waiting:,} {'row was' if waiting == 1 else 'rows were'} not sent"
    if unused:
        yield f"{unused:,} {'file' if unused == 1 else 'files'} could not be used"


def tone(rows: Iterable[RowResult], code: ExitCode) -> str:
    """Gives the class that colours the verdict: good, look or bad."""
    if code is not ExitCode.DONE:
        return "bad"
    return "look" if any(row.problems for row in rows) else "good"


def rows_of(number: int) -> str:
    """Gives '1 row' or '2,000 rows'."""
    return f"{number:,} row" if number == 1 else f"{number:,} rows"


def stamp(moment: datetime) -> str:
    """Gives a moment as the results copy says it."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def span(length: timedelta) -> str:
    """Gives a length of time: '0.4 s', '12 s', '5 min 3 s', '2 h 5 min'."""
    seconds = length.total_seconds()
    whole = round(seconds)
    if seconds < FEW and seconds != whole:
        return f"{seconds:.1f} s"
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR:,} h {whole % HOUR // MINUTE} min"


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Gives neighbouring numbers as first and last: 5, 6, 7, 9 are (5, 7) and (9, 9)."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
