"""The report: complete from the start, every row `not attempted`, until what happened is recorded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.columns import EXTRA_COLUMNS, RESULT_COLUMNS
from importer.core.memory import key_of
from importer.core.model import ExitCode, Meeting, RowResult, Severity, Status
from importer.core.roster import replaced
from importer.core.web import cleaned, is_damaged, is_of_another_meeting

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.core.memory import Key
    from importer.core.model import PlannedMeeting, Problem, Stop
    from importer.core.plan import Plan
    from importer.core.roster import News

ANSWERED = frozenset({Status.CREATED, Status.EXISTING, Status.DIFFERS, Status.UPDATED, Status.UNCHANGED})
"""Statuses of rows whose meeting is known now."""

WORST_FIRST = (
    ExitCode.BUG,
    ExitCode.INTERRUPTED,
    ExitCode.LOCKED,
    ExitCode.REFUSED,
    ExitCode.STOPPED,
    ExitCode.RESULTS,
    ExitCode.USAGE,
    ExitCode.INPUT,
    ExitCode.ROWS,
    ExitCode.DONE,
)
"""Of several files' exit codes the first in this order is the run's: what stops everything before what stops a row."""


class Report:
    """What became of one sheet's rows."""

    def __init__(self, plan: Plan) -> None:
        self._results = {row.number: row for row in plan.rejected}
        self._results |= {
            row.number: RowResult(
                number=row.number,
                external_id=row.external_id,
                organizer=row.organizer,
                status=Status.NOT_ATTEMPTED,
                problems=row.problems,
                planned=row,
            )
            for row in plan.ready
        }
        self._rows = len(plan.ready) + len(plan.rejected)

    def record(self, result: RowResult) -> None:
        """Puts down what became of a row. Raises LookupError when it is not that row's result: a bug of ours."""
        known = self._results[result.number]
        if (known.external_id, known.organizer) != (result.external_id, result.organizer):
            raise LookupError(f"row {result.number}: a result for another row's external ID or organizer")
        if result.meeting is not None:  # one that was remembered may be of a former version
            result = replace(result, meeting=cleaned(result.meeting))
        problems = (*result.problems, *_new_link(result, known.planned), *_damaged(result))
        self._results[result.number] = replace(result, planned=known.planned, problems=problems)

    def compare(self, earlier: Mapping[Key, Mapping[str, str]]) -> None:
        """Say on each row that was asked whether it has another link than in an earlier copy, `earlier`."""
        for number, result in self._results.items():
            links = earlier.get(key_of(result.organizer, result.external_id), {})
            told = any(found.code == "link-replaced" for found in result.problems)
            if result.meeting is None or result.status is Status.UNCHANGED or told or not links.get("join_url"):
                continue
            former = Meeting(graph_id=links.get("graph_id", ""), join_url=links["join_url"])
            problems = (*replaced(former, result.meeting, result.status), *result.problems)
            self._results[number] = replace(result, problems=problems)

    def close(self, code: str, *, unanswered: Collection[int] = ()) -> None:
        """Says on every row that was not attempted why: `code` is the catalogue's.

        Rows whose numbers are `unanswered` were sent, and nobody waited for what became of them.
        """
        for number, result in self._results.items():
            if result.status is Status.NOT_ATTEMPTED:
                why = problem("answer-not-awaited" if number in unanswered else code)
                self._results[number] = replace(result, problems=(why, *result.problems))

    def results(self) -> list[RowResult]:
        """Gives every row's result in the sheet's order. Raises LookupError when they don't add up to the rows."""
        if len(self._results) != self._rows:
            raise LookupError(f"{len(self._results)} results for {self._rows} rows")
        return [self._results[number] for number in sorted(self._results)]


def _new_link(result: RowResult, row: PlannedMeeting | None) -> Iterator[Problem]:
    """A new meeting on a row that has a link already is another meeting: its external ID or organizer changed."""
    if result.status is not Status.CREATED or result.meeting is None or row is None:
        return
    if any(found.code == "link-replaced" for found in result.problems):
        return  # its external ID and organizer are as they were
    if is_of_another_meeting(row.link, result.meeting.join_url):
        yield problem("link-of-another-meeting", detail=f"the link before: {row.link}")


def _damaged(result: RowResult) -> Iterator[Problem]:
    """Say what of an answer holds characters that no file can hold: it was replaced in this row alone."""
    if result.meeting is None:
        return
    if is_damaged(result.meeting.join_url):
        yield problem("link-damaged")
    columns = (column for column in (*RESULT_COLUMNS, *EXTRA_COLUMNS) if column.key != "join_url")
    if names := [column.heading for column in columns if is_damaged(getattr(result.meeting, column.key, ""))]:
        yield problem("answer-damaged", names=", ".join(names))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What became of one input file. `result` is the copy's path, None where none was written.

    `news` is what is new since the last run of the same roster, None where there was none. `extra` are the keys of the
    result columns that were asked for beyond the usual ones.
    """

    input: str
    result: str | None = None
    sheet: str = ""
    titles: Mapping[str, str]
    rows: Sequence[RowResult] = ()
    problems: tuple[Problem, ...] = ()
    exit_code: ExitCode = ExitCode.DONE
    news: News | None = None
    extra: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[Status, int]:
        """Gives how many rows have each status that occurs; together they are all rows."""
        counted = Counter(row.status for row in self.rows)
        return {status: counted[status] for status in Status if status in counted}


def exit_code_of(rows: Iterable[RowResult], ending: Stop | None) -> ExitCode:
    """Gives the exit code that follows from the rows and from why the run ended early, if it did."""
    if ending is not None:
        return ending.exit_code
    return ExitCode.ROWS if any(map(needs_somebody, rows)) else ExitCode.DONE


def needs_somebody(row: RowResult) -> bool:
    """Tells whether a row is not what was asked for; a warning alone is only worth a look.

    A row that `--update` could not change keeps its status and its link, and has an error like any other.
    """
    wrong = any(found.severity is Severity.ERROR for found in row.problems)
    return wrong or row.status in {Status.INVALID, Status.FAILED}


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Gives the exit code of a run over several files."""
    return min(codes, key=WORST_FIRST.index, default=ExitCode.DONE)
