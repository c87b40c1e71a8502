"""Runs that have ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Status
from importer.core.report import FileReport, summary_of
from importer.notify.event import RunEnded, causes_of, files_of
from tests.rows import a_meeting, a_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.core.model import Problem
    from importer.core.row import Row

STARTED = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PERSONAL = ("ana@contoso.example", "Parents' evening Müller", "25/13/2026", "pa55code")
"""What must not be told: a sign-in name, a subject, a cell's text, a passcode."""

LINK = f"https://teams.microsoft.com/meet/123?p={PERSONAL[3]}"


def row(number: int, status: Status, *problems: Problem) -> Row:
    """Return a row about somebody."""
    met = a_meeting(graph_id="g", join_url=LINK, passcode=PERSONAL[3], subject=PERSONAL[1])
    return a_row(
        number=number,
        external_id=f"BD-{number}",
        organizer=PERSONAL[0],
        status=status,
        problems=problems,
        meeting=met if status in {Status.CREATED, Status.EXISTING, Status.DIFFERS} else None,
    )


NOT_A_DATE = problem("not-a-date", column="start", value=PERSONAL[2])
BLANK = problem("required", column="organizer")
NO_POLICY = problem(
    "access-policy-missing",
    column="organizer",
    value=PERSONAL[0],
    organizer=PERSONAL[0],
    detail=(
        "HTTP 403; code 'Forbidden'; message 'No policy for ana@contoso.example'; request-id 0a1b2c3d-aaaa; "
        "client-request-id 9f8e7d6c-bbbb; date Sun, 22 Nov 2026 02:00:01 GMT"
    ),
)
NO_SUBJECT = problem("subject-blank", column="subject")

MIXED = FileReport(
    input=r"\\fs01\rosters\_week_3.xlsx",
    result=r"\\fs01\links\_week_3-results.xlsx",
    titles={},
    rows=[
        row(5, Status.CREATED, NO_SUBJECT),
        row(6, Status.EXISTING),
        row(7, Status.INVALID, NOT_A_DATE, BLANK),
        row(8, Status.INVALID, NOT_A_DATE),
        row(9, Status.FAILED, NO_POLICY),
    ],
    exit_code=ExitCode.ROWS,
)
FINE = FileReport(input="fine.csv", result="fine-results.csv", titles={}, rows=[row(2, Status.EXISTING)])
CLOSED = FileReport(
    input="gone.xlsx",
    titles={},
    problems=(problem("file-not-found", value="gone.xlsx", hint=""),),
    exit_code=ExitCode.INPUT,
)


def ended(
    *reports: FileReport, code: ExitCode = ExitCode.ROWS, troubles: Sequence[Problem] = (), report: str = ""
) -> RunEnded:
    """Return a run over these files."""
    return RunEnded(
        run_id="20261122T020000Z-abc123",
        started=STARTED,
        ended=STARTED + timedelta(seconds=65),
        exit_code=code,
        host="srv-night",
        version="0.1.0",
        report=report,
        standing=summary_of(reports, sends=True),
        files=files_of(reports),
        causes=causes_of(reports, troubles),
    )


def with_rows(*statuses: Status) -> FileReport:
    """Return a file whose rows have these statuses."""
    return replace(FINE, rows=[row(number, status) for number, status in enumerate(statuses, 2)])
