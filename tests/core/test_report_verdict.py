"""The one sentence about a run tells what was reached, and never that nothing was, beside counts that say otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Severity, Status
from importer.core.report import CLOSED, FileReport, summary_of
from tests.rows import a_row


def file(*statuses: Status, code: ExitCode = ExitCode.DONE, closed: str = "") -> FileReport:
    """Return what became of a file with such rows; `closed` says why none was sent."""
    problems = (problem(closed),) if closed else ()
    rows = [
        a_row(number=number, external_id=f"A-{number}", organizer="", status=status, problems=problems)
        for number, status in enumerate(statuses, 2)
    ]
    return FileReport(input="x.csv", titles={}, rows=rows, exit_code=code)


MADE, READY, WRONG = Status.CREATED, Status.NOT_ATTEMPTED, Status.INVALID
BROKEN = file(code=ExitCode.INPUT)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([file(MADE)], "The meeting is in place"),
        ([file(MADE, MADE), BROKEN], "2 of 2 meetings are in place; 1 file could not be used"),
        ([file(MADE, WRONG), BROKEN, BROKEN],
         "1 of 2 meetings are in place; 1 row needs somebody; 2 files could not be used"),
        ([file(MADE), file(code=ExitCode.LOCKED)], "1 of 1 meetings are in place; 1 file was not done"),
        ([file(MADE, MADE), file()], "All 2 meetings are in place"),
        ([file(READY, closed="not-sent")], "0 of 1 meetings are in place; 1 row was not sent"),
    ],
)  # fmt: skip
def test_a_run_that_sends(files: list[FileReport], said: str) -> None:
    assert summary_of(files, sends=True).words == said


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([file(READY, READY)], "All 2 rows are ready to be sent"),
        ([file(READY, WRONG)], "1 of 2 rows are ready to be sent; 1 row needs somebody"),
        ([file(READY, READY, closed="not-sent")], "0 of 2 rows are ready to be sent; 2 rows would not be sent"),
        ([file(READY, WRONG, closed="held-back")],
         "0 of 2 rows are ready to be sent; 1 row needs somebody; 1 row would not be sent"),
    ],
)  # fmt: skip
def test_a_check_that_sends_nothing(files: list[FileReport], said: str) -> None:
    assert summary_of(files, sends=False).words == said


def test_the_numbers_add_up_to_the_rows_whatever_their_status() -> None:
    everything = file(*Status)
    everything = replace(everything, rows=[*everything.rows, *file(*Status, closed="not-sent").rows])

    for sends in (True, False):
        standing = summary_of([everything], sends=sends)
        assert standing.good + standing.bad + standing.waiting == standing.rows


def test_what_holds_rows_back_is_no_mistake_in_them() -> None:
    assert {problem(code).severity for code in CLOSED} == {Severity.WARNING}
