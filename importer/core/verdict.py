"""A run in one sentence, the same for whoever reads it: on a page, in a chat, in a mail, in a log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core.catalogue.endings import REHEARSED
from importer.core.model import ExitCode, Status
from importer.core.report import ANSWERED, needs_somebody

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.core.model import RowResult
    from importer.core.report import FileReport

CLOSED = frozenset({"not-sent", "held-back"})
"""Codes of rows that would not have been sent, although nothing is wrong with them."""


READY = "ready"
"""What a row that could be sent is called where nothing was to be sent. Machines read its status, `not attempted`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the rows and the files of a call stand.

    `good` rows are as they were asked for: their meeting is in place or, where nothing was to be sent, they are ready
    (`sends` says which). `bad` ones need somebody; `waiting` ones were not sent. Files that gave no rows are `unusable`
    where it is the file's fault, else `undone`.
    """

    sends: bool = True
    rows: int = 0
    good: int = 0
    bad: int = 0
    waiting: int = 0
    unusable: int = 0
    undone: int = 0

    @property
    def words(self) -> str:
        """Gives a sentence without a full stop; it makes sense only where there are rows."""
        done, one = (
            ("meetings are in place", "meeting is in place")
            if self.sends
            else ("rows are ready to be sent", "row is ready to be sent")
        )
        rest = list(self._rest())
        if self.good == self.rows and not rest:
            return f"The {one}" if self.good == 1 else f"All {self.good:,} {done}"
        return "; ".join([f"{self.good:,} of {self.rows:,} {done}", *rest])

    @property
    def rehearsed(self) -> str:
        """Gives what a dry run has found out, for its end."""
        if not self.rows:
            return REHEARSED
        rest = f", {self.rows - self.good:,} would not" if self.good < self.rows else ""
        return f"{REHEARSED} {self.good:,} {'row' if self.good == 1 else 'rows'} would be sent{rest}."

    def _rest(self) -> Iterator[str]:
        if self.bad:
            yield f"{self.bad:,} {'row needs' if self.bad == 1 else 'rows need'} somebody"
        if self.waiting:
            not_sent = "not sent" if self.sends else "not be sent"
            verb = ("was" if self.waiting == 1 else "were") if self.sends else "would"
            yield f"{self.waiting:,} {'row' if self.waiting == 1 else 'rows'} {verb} {not_sent}"
        for files, what in ((self.unusable, "could not be used"), (self.undone, "")):
            if files:
                rest = what or ("was not done" if files == 1 else "were not done")
                yield f"{files:,} {'file' if files == 1 else 'files'} {rest}"


def standing_of(reports: Iterable[FileReport], *, sends: bool) -> Standing:
    """Gives how a call stands; `sends` tells whether it was to send what it can, or only to check."""
    reports = list(reports)
    rows = [row for report in reports for row in report.rows]
    bad = sum(map(needs_somebody, rows))
    good = sum(_as_asked(row, sends=sends) and not needs_somebody(row) for row in rows)
    empty = [report.exit_code for report in reports if not report.rows and report.exit_code is not ExitCode.DONE]
    unusable = empty.count(ExitCode.INPUT)
    return Standing(
        sends=sends,
        rows=len(rows),
        good=good,
        bad=bad,
        waiting=len(rows) - good - bad,
        unusable=unusable,
        undone=len(empty) - unusable,
    )


def status_in_words(row: RowResult, *, sends: bool) -> str:
    """Return a row's status for people: where nothing was to be sent, a row that could be is ready."""
    return READY if not sends and _as_asked(row, sends=False) else row.status.value


def counts_in_words(rows: Iterable[RowResult], *, sends: bool) -> dict[str, tuple[Status, int]]:
    """Return how many rows have each status that occurs, by its word for people, in the order of the statuses."""
    counted = Counter((status_in_words(row, sends=sends), row.status) for row in rows)
    ordered = sorted(counted, key=lambda pair: (list(Status).index(pair[1]), pair[0]))
    return {word: (status, counted[word, status]) for word, status in ordered}


def _as_asked(row: RowResult, *, sends: bool) -> bool:
    if sends:
        return row.status in ANSWERED
    return row.status is Status.NOT_ATTEMPTED and CLOSED.isdisjoint(found.code for found in row.problems)
