"""What a person is shown of a row is what the row was understood to say, in its zone and in UTC."""

from __future__ import annotations

from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from importer.core.preview import Preview, preview
from importer.core.readings import ReadingOptions, read_rows
from importer.core.row import Row

MONDAY = "Mon 5 Apr 2027"


def seen(zone: str = "Europe/Berlin", **cells: Any) -> Preview:  # noqa: ANN401 - any cell
    """Return what is shown of a row with such cells."""
    groups = {key: cell if isinstance(cell, tuple) else (cell,) for key, cell in cells.items()}
    options = ReadingOptions(default_zone=ZoneInfo(zone) if zone else None)
    return preview(read_rows([Row(number=7, cells=groups)], options)[0])


@pytest.mark.parametrize(
    ("cells", "start", "end", "in_utc"),
    [
        ({"start": "2027-04-05 09:00-10:30"}, f"{MONDAY}, 09:00", "10:30", "2027-04-05 07:00 to 08:30"),
        (
            {"start": (date(2027, 4, 5), time(9)), "duration": 30},
            f"{MONDAY}, 09:00",
            "09:30",
            "2027-04-05 07:00 to 07:30",
        ),
        ({"start": "2027-04-05 07:00Z"}, f"{MONDAY}, 09:00", "10:00 (no end given)", "2027-04-05 07:00 to 08:00"),
        ({"start": "2027-04-05 00:30-01:30"}, f"{MONDAY}, 00:30", "01:30", "2027-04-04 22:30 to 23:30"),
        (
            {"start": "2027-04-04 23:00", "end": "2027-04-05 02:30"},
            "Sun 4 Apr 2027, 23:00",
            f"{MONDAY}, 02:30",
            "2027-04-04 21:00 to 2027-04-05 00:30",
        ),
        (
            {"start": "2027-10-31 02:30", "duration": 60},
            "Sun 31 Oct 2027, 02:30 UTC+0200",
            "02:30 UTC+0100",
            "2027-10-31 00:30 to 01:30",
        ),
        ({"start": "3/4/27 9:00"}, "not read: 3/4/27 9:00", "", ""),
        ({"start": "2027-04-05 9:00", "duration": "long"}, f"{MONDAY}, 09:00", "not read: long", "2027-04-05 07:00"),
        ({}, "when it is made", "", ""),
    ],
    ids=str,
)
def test_times_are_those_that_were_understood(cells: dict[str, Any], start: str, end: str, in_utc: str) -> None:
    row = seen(**cells)

    assert (row.begins, row.ends, row.in_utc) == (start, end, in_utc)


def test_without_a_zone_a_time_stands_as_it_was_written_and_has_no_utc() -> None:
    row = seen("", start="2027-04-05 09:00", end="10:00")

    assert row.times == "Mon 5 Apr 2027, 09:00 to 10:00 (no zone known)"
    assert row.in_utc == ""


def test_an_offset_without_a_zone_is_shown() -> None:
    row = seen("", start="2027-04-05T09:00:00+05:30")

    assert row.times == "Mon 5 Apr 2027, 09:00 UTC+0530 to 10:00 UTC+0530 (no end given)"
    assert row.in_utc == "2027-04-05 03:30 to 04:30"


def test_a_line_has_who_meets() -> None:
    row = seen(
        external_id="00042",
        subject="A\nB",
        organizer="Ana <ana@x.example>",
        attendees="b@x.example;c@x.example;d@x.example",
    )

    assert row.cells[:3] == ("7", "00042", "A B")
    assert row.cells[-2:] == ("ana@x.example", "b@x.example, c@x.example and 1 more")
