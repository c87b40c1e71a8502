"""How the report says numbers, times and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core.catalogue.endings import EXIT_WORDS
from importer.core.model import ExitCode
from importer.core.verdict import standing_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from importer.core.model import RowResult
    from importer.core.report import FileReport
    from importer.html.facts import RunFacts

MINUTE, HOUR = 60, 3600
FEW = 10
"""Seconds below which a tenth is worth saying."""


def verdict(reports: Sequence[FileReport], facts: RunFacts) -> str:
    """Gives the run in one sentence."""
    standing = standing_of(reports, sends=facts.sends)
    return f"{standing.words}." if standing.rows else EXIT_WORDS[facts.exit_code]


def tone(rows: Iterable[RowResult], code: ExitCode) -> str:
    """Gives the class that colours the verdict: good, look or bad."""
    if code is not ExitCode.DONE:
        return "bad"
    return "look" if any(row.problems for row in rows) else "good"


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
