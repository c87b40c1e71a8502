"""A heading typed over by accident takes its column with it: place and cells tell that from one of the sheet's own.

Both formats. What stops a run must be sure: rosters come with columns of all kinds between the known ones.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Unpack

import pytest

from importer.core.headings import mostly_fits
from importer.core.model import ExitCode, Stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.core.model import Cell
    from tests.tables.conftest import Format
    from tests.tables.packages import Asked

CELLS = {
    "External ID": "A-1",
    "Subject": "Algebra",
    "Start": "2027-01-11 09:00",
    "End": "2027-01-11 10:30",
    "Duration": "90",
    "Time zone": "Europe/Berlin",
    "Organizer": "ana@contoso.example",
    "Attendees": "bo@contoso.example",
    "Status": "",
    "Room": "B 12",
    "Building": "North",
    "Department": "Physics",
    "Seats": "30",
    "Price": "90.50",
    "Course language": "EN",
    "Teacher": "Ana Ruiz",
    "Teacher's address": "ana@contoso.example",
    "Doors open": "2027-01-11 08:30",
    "Created": "2026-11-01 12:00",
}
TEMPLATE = [*CELLS][:9]


def sheet(headings: str | Sequence[str]) -> list[list[str]]:
    """Return a roster of one row with these headings, the cells as people fill them in."""
    names = headings.split(", ") if isinstance(headings, str) else headings
    return [[*names], [CELLS[name] for name in names]]


def overtyped(heading: str, text: str) -> list[list[str]]:
    top, *rows = sheet(TEMPLATE)
    return [[text if name == heading else name for name in top], *rows]


def asked(fmt: Format, rows: Sequence[Sequence[str | None]], **request: Unpack[Asked]) -> str:
    """Return what the sheet is refused with, empty when it is read."""
    try:
        fmt.table(rows, **request)
    except Stop as stop:
        if (stop.problem.code, stop.exit_code) != ("heading-overtyped", ExitCode.INPUT):
            raise
        return stop.problem.message
    return ""


@pytest.mark.parametrize(
    ("heading", "cell"), [("Start", "C1"), ("End", "D1"), ("Duration", "E1"), ("Time zone", "F1"), ("Attendees", "H1")]
)
@pytest.mark.parametrize("text", ["x", "a@mail.example", ""])
def test_a_heading_typed_over_or_deleted_stops(fmt: Format, heading: str, cell: str, text: str) -> None:
    found = f"'{text}' is in {cell}" if text else f"{cell} is blank"

    assert asked(fmt, overtyped(heading, text)).startswith(
        f"{found}, where the heading {heading} belongs. Type {heading} there."
    )


def test_the_organizer_is_missed_where_one_is_given_for_all(fmt: Format) -> None:
    said = asked(fmt, overtyped("Organizer", "x"), required=frozenset({"external_id"}))

    assert said.startswith("'x' is in G1, where the heading Organizer belongs.")


def test_a_column_of_ones_own_at_the_end_is_told_another_way_out(fmt: Format) -> None:
    own = "External ID, Subject, Start, End, Duration, Time zone, Organizer, Teacher's address"

    assert asked(fmt, sheet(own.replace("Duration, ", ""))) == ""
    assert "If the column is your own, put an empty column headed Attendees before it." in asked(fmt, sheet(own))
    assert asked(fmt, sheet(own.replace("Teacher", "Attendees, Teacher"))) == ""
    assert "move it to the right of the others." in asked(fmt, overtyped("End", "x"))


def test_a_heading_over_nothing_stops_nobody(fmt: Format) -> None:
    top, row = overtyped("Duration", "x")

    assert asked(fmt, [top, ["" if cell == "90" else cell for cell in row]]) == ""


def test_more_than_half_of_the_filled_cells_must_fit(fmt: Format) -> None:
    top, row = overtyped("End", "x")
    other, blank = ([cell.replace(CELLS["End"], text) for cell in row] for text in ("later", ""))

    assert asked(fmt, [top, row, other]) == ""
    assert asked(fmt, [top, row, row, other, blank, blank]) != ""


def test_with_columns_named_by_the_settings_nothing_is_asked(fmt: Format) -> None:
    assert asked(fmt, overtyped("End", "x"), mapping={"subject": ("Subject",)}) == ""
    assert asked(fmt, overtyped("End", "x"), mapping={"status": ("Teams",)}) != ""


@pytest.mark.parametrize("left_out", [["Duration"], ["End"], ["Time zone", "Attendees"], ["End", "Duration", "Status"]])
def test_a_template_with_fewer_columns_is_read(fmt: Format, left_out: list[str]) -> None:
    assert asked(fmt, sheet([name for name in TEMPLATE if name not in left_out])) == ""


@pytest.mark.parametrize(
    "headings",
    [
        "External ID, Subject, Room, Start, End, Organizer",
        "External ID, Subject, Start, End, Room, Organizer, Attendees",
        "External ID, Subject, Start, Room, Duration, Time zone, Organizer",
        "External ID, Subject, Start, End, Course language, Time zone, Organizer, Attendees",
        "External ID, Subject, Start, End, Price, Time zone, Organizer, Attendees",
        "External ID, Subject, Start, End, Duration, Building, Organizer, Attendees",
        "External ID, Subject, Start, End, Seats, Organizer, Attendees",
        "External ID, Subject, Start, End, Seats, Room, Time zone, Organizer",
        "External ID, Subject, Start, End, Time zone, Organizer, Teacher, Department",
        "External ID, Subject, Start, End, Time zone, Organizer, Attendees, Teacher's address",
        "External ID, Subject, Start, End, Duration, Organizer, Room, Teacher's address",
        "Organizer, Teacher's address, External ID, Subject, Start, Doors open, Duration",
        "Created, External ID, Subject, Start, End, Time zone, Organizer",
        "External ID, Created, Start, End, Time zone, Organizer, Attendees",
        "External ID, Subject, Doors open, Start, End, Duration, Organizer",
        "Subject, Organizer, Start, Doors open, Duration, External ID",
    ],
)
def test_rosters_with_columns_of_their_own_are_read(fmt: Format, headings: str) -> None:
    assert asked(fmt, sheet(headings)) == ""


def test_the_copy_of_what_was_read_is_read_too(fmt: Format) -> None:
    table = fmt.table(sheet("External ID, Subject, Start, End, Time zone, Organizer, Teacher"))
    copy = table.with_results({2: {"status": "ok"}}, ["status"])

    assert fmt.read(copy).layout.results == {"status": 7}


@pytest.mark.parametrize(
    ("key", "cell", "fits"),
    [
        ("start", datetime(2027, 1, 11, 9, 0), True),  # noqa: DTZ001 - cells know no zone
        ("end", "03/04/2027 09:00", True),
        ("end", "2027-01-11", True),
        ("end", "10:30", True),
        ("end", 30, False),
        ("duration", 90.0, True),
        ("duration", "1:30", True),
        ("duration", "B 12", False),
        ("time_zone", "W. Europe Standard Time", True),
        ("time_zone", "Berlin", False),
        ("attendees", "Ana <ana@contoso.example>", True),
        ("organizer", "Ana", False),
        ("organizer", None, False),
    ],
)
def test_cells_fit_where_they_read_as_what_the_column_wants(key: str, cell: Cell, *, fits: bool) -> None:
    assert mostly_fits(key, [cell]) is fits
