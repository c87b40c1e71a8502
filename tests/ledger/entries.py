"""What a run puts down, made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from importer.core.catalogue import problem
from importer.core.memory import End, Roster, Start, TenantScope
from importer.core.model import Attendee, ExitCode, Meeting, Status
from importer.ledger.opening import ThisRun
from tests.rows import a_meeting, a_row, changed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.core.row import Key, Row

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ROSTER = Roster("/share/roster.xlsx", "Meetings")
REALM = TenantScope("tenant", "https://graph.microsoft.com/v1.0")
ORGANIZER = "Ana@contoso.example"


def this_run(run_id: str = "one", **changes: Any) -> ThisRun:  # noqa: ANN401 - any field
    made = ThisRun(run_id=run_id, command="run", inputs=("roster.xlsx",), target="Graph", started=NOW)
    return replace(made, **changes)


def planned(number: int, **changes: Any) -> Row:  # noqa: ANN401 - any field
    row = a_row(
        number=number,
        external_id=f"id-{number}",
        organizer=ORGANIZER,
        subject="Lesson",
        start=NOW,
        end=NOW,
        attendees=("bo@contoso.example",),
    )
    return changed(row, **changes)


def meeting(name: str = "1") -> Meeting:
    return a_meeting(
        graph_id=f"graph-{name}",
        join_url=f"https://teams.example/l/meetup-join/19%3ameeting_{name}",
        conference_id="123",
        passcode="s3cret",
        start=NOW,
        attendees=(Attendee("bo@contoso.example", "b0", "attendee"),),
        organizer=Attendee(ORGANIZER, "a0"),
    )


def answered(row: Row, status: Status = Status.CREATED, **changes: Any) -> Row:  # noqa: ANN401 - any field
    result = replace(
        row,
        status=status,
        meeting=meeting(row.external_id),
        problems=(problem("no-dial-in"), *row.problems),
        checked_at=NOW,
    )
    return changed(result, **changes)


def start(rows: Sequence[Row], **changes: Any) -> Start:  # noqa: ANN401 - any field
    made = Start(roster=ROSTER, scope=REALM, headings=("external_id=externalid",), rows=rows, started=NOW)
    return replace(made, **changes)


def end(code: ExitCode = ExitCode.DONE) -> End:
    return End(ended=NOW, exit_code=code, counts={"created": 1}, result="/share/roster-results.xlsx")


def key(row: Row) -> Key:
    return row.key
