"""What the settings name is read, or the file is stopped: no meeting is made from columns that were left out."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

ANA = "ana.ruiz@contoso.example"


def roster(lines: str, columns: str = "", name: str = "roster.csv") -> str:
    """Write a CSV, and beside it the settings with those lines under [columns]; return the CSV's name."""
    Path(name).write_text(lines.replace("ANA", ANA), encoding="utf-8")
    settings = f'timezone = "Europe/Berlin"\n[columns]\n{columns}\n'
    Path("meeting-importer.toml").write_text(settings, encoding="utf-8")
    return name


def workbook(rows: Sequence[list[Any]], *, merged: Sequence[str] = (), formats: dict[str, str] | None = None) -> str:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for area in merged:
        sheet.merge_cells(area)
    for cell, code in (formats or {}).items():
        sheet[cell].number_format = code
    saved = BytesIO()
    book.save(saved)
    Path("roster.xlsx").write_bytes(saved.getvalue())
    return "roster.xlsx"


def made() -> list[dict[str, Any]]:
    """Return the meetings that the sandbox has, in the order of their external IDs."""
    _, *lines = Path("meetings.jsonl").read_text(encoding="utf-8").splitlines()
    return sorted(map(json.loads, lines), key=lambda meeting: str(meeting["external_id"]))


def times() -> list[tuple[str, ...]]:
    """Return start and end of each meeting; the sandbox counts tenths of a microsecond since year 1."""
    start_of_time = datetime(1, 1, 1, tzinfo=UTC)
    return [
        tuple(f"{start_of_time + timedelta(microseconds=one[key] // 10):%Y-%m-%d %H:%MZ}" for key in ("start", "end"))
        for one in made()
    ]


def stopped(done: Done) -> tuple[int, list[str]]:
    return done.code, [found["code"] for found in done.json["files"][0]["problems"]]


def run(command: Command, source: str) -> Done:
    return command("run", source, "--sandbox", "--sandbox-file", "meetings.jsonl", "-o", "json")


SHEET = (
    "Nr,Thema,Beginnt am,Beginnt um,Endet um,Planer,Gäste,Zone\nM-1,Seminar,05.04.2027,09:00,10:30,ANA,,Europe/Berlin\n"
)
MAPPED = {
    "external_id": '"Nr"',
    "subject": '"Thema"',
    "start": '["Beginnt am", "Beginnt um"]',
    "end": '["Beginnt am", "Endet um"]',
    "organizer": '"Planer"',
    "attendees": '"Gäste"',
    "time_zone": '"Zone"',
}


def lines(**changed: str) -> str:
    return "\n".join(f"{key} = {value}" for key, value in (MAPPED | changed).items())


@pytest.mark.parametrize("key", [key for key in MAPPED if key not in {"external_id", "organizer"}])
def test_a_heading_of_the_settings_that_the_sheet_lacks_stops_the_file(command: Command, key: str) -> None:
    done = run(command, roster(SHEET, lines(**{key: '"Xyzzy"'})))

    assert stopped(done) == (3, ["heading-missing"])
    message = done.json["files"][0]["problems"][0]["message"]
    assert "meeting-importer.toml" in message
    assert f"'Xyzzy' for {key}" in message


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("end", '["Beginnt am", "Ende um"]', "'Ende um' for end (did you mean Endet um?)"),
        ("start", '["Beginn am", "Beginnt um"]', "'Beginn am' for start (did you mean Beginnt"),
        ("attendees", '["Gäste", "Gäste 2"]', "'Gäste 2' for attendees (did you mean Gäste?)"),
    ],
)
def test_a_part_of_a_join_that_is_missing_stops_it_too_and_the_nearest_heading_is_named(
    command: Command, key: str, value: str, said: str
) -> None:
    done = run(command, roster(SHEET, lines(**{key: value})))

    assert stopped(done) == (3, ["heading-missing"])
    assert said in done.json["files"][0]["problems"][0]["message"]


def test_a_mistyped_required_heading_of_the_settings_is_told_as_theirs(command: Command) -> None:
    done = run(command, roster(SHEET.replace("Nr,", "Nummer,"), lines(external_id='"Numer"')))

    assert stopped(done) == (3, ["no-header-row"])
    assert (
        "meeting-importer.toml names 'Numer' for external_id; row 1 has 'Nummer'"
        in (done.json["files"][0]["problems"][0]["message"])
    )


@pytest.mark.parametrize(
    ("headings", "cells", "columns"),
    [
        (
            "Subject,Start,End,Organizer",
            "Budget,2027-04-05 09:00,2027-04-05 10:30",
            'external_id = ["Start", "Subject"]',
        ),
        ("Title,Start,End,Organizer", "Budget,2027-04-05 09:00,2027-04-05 10:30", 'external_id = ["Start", "Title"]'),
        ("Subject,Start,End,Organizer", "Budget,2027-04-05 09:00,10:30", 'external_id = "Start"'),
        ("Subject,From,To,Organizer", "Budget,2027-04-05 09:00,10:30", 'external_id = ["Subject", "From", "To"]'),
        ("Title,Start,End,Organizer", "Budget,2027-04-05 09:00,10:30", 'external_id = "Title"'),
        ("Title,Start,End,Organizer", "Budget,2027-04-05 09:00,10:30", 'external_id = ["Title"]'),
        ("Title,Start time,Until,Organizer", "Budget,2027-04-05 09:00,10:30", 'external_id = "Start time"'),
        ("Title,Start time,Until,Organizer", "Budget,2027-04-05 09:00,10:30", 'external_id = "Until"'),
    ],
)
def test_a_column_in_an_id_still_serves_its_own_key(command: Command, headings: str, cells: str, columns: str) -> None:
    done = run(command, roster(f"{headings}\n{cells},ANA\n", columns))

    assert (done.code, done.found) == (0, [])
    assert times() == [("2027-04-05 07:00Z", "2027-04-05 08:30Z")]
    assert [one["subject"] for one in made()] == ["Budget"]


def test_results_are_never_written_into_a_column_that_is_read(command: Command) -> None:
    done = run(
        command,
        roster("Status,Nr,Start,End,Organizer\nopen,1,2027-04-05 09:00,10:30,ANA\n", 'external_id = ["Status", "Nr"]'),
    )

    assert "open" in Path("roster.csv").read_text(encoding="utf-8")
    copy = Path("roster-results.csv")
    assert not copy.exists() or copy.read_text(encoding="utf-8").splitlines()[1].startswith("open,1,")
    assert done.code in {0, 3}


HEAD_COUNTS = (
    "External ID,Subject,Start,End,Organizer,Participants,Zone\n"
    "P-1,Seminar,2027-04-05 09:00,10:30,ANA,25,B\nP-2,Seminar,2027-04-06 09:00,10:30,ANA,12,B\n"
)


def test_false_says_that_the_sheet_has_no_such_column_and_a_note_says_so_where_most_cells_do_not_fit(
    command: Command,
) -> None:
    asked = run(command, roster(HEAD_COUNTS))
    told = run(command, roster(HEAD_COUNTS, "attendees = false\ntime_zone = false"))

    notes = {found["code"]: found for found in asked.json["files"][0]["problems"]}
    assert (notes["column-does-not-fit"]["column"], notes["head-count"]["value"]) == ("time_zone", "Participants")
    assert "time_zone = false" in notes["column-does-not-fit"]["message"]
    assert (told.code, told.found) == (0, [])


@pytest.mark.parametrize("value", ['""', "[]", "true", '["Date", ""]', "3"])
def test_what_is_neither_a_heading_nor_false_is_wrong_usage(command: Command, value: str) -> None:
    done = command("validate", roster(HEAD_COUNTS, f"attendees = {value}"))

    assert done.code == 2
    assert "false" in done.err


@pytest.mark.parametrize("key", ["external_id", "status"])
def test_what_every_run_needs_cant_be_false(command: Command, key: str) -> None:
    assert command("validate", roster(HEAD_COUNTS, f"{key} = false")).code == 2


def test_a_run_without_organizers_is_wrong_usage_unless_somebody_signs_in(command: Command) -> None:
    source = roster("External ID,Subject,Start,Organizer\nA-1,T,2027-04-05 09:00,ANA\n", "organizer = false")

    assert stopped(run(command, source)) == (2, ["settings-file-not-used"])
    assert not Path("meetings.jsonl").exists()
    assert command("validate", source, "--delegated").code == 0


UNREAD = {
    "Schluss": ("2027-04-05 12:00", "end"),
    "Finish time": ("12:00", "end"),
    "Laufzeit": ("3 h", "duration"),
    "Ortszeit von": ("America/New_York", "time_zone"),
    "Outlook zone": ("Eastern Standard Time", "time_zone"),
    "Dabei": ("bo@contoso.example; cy@contoso.example", "attendees"),
}


@pytest.mark.parametrize("heading", UNREAD)
def test_a_column_that_is_not_read_and_fits_one_that_is_missing_is_named(command: Command, heading: str) -> None:
    cell, key = UNREAD[heading]
    lines = f"External ID,Subject,Start,{heading},Organizer\nA-1,T,2027-04-05 09:00,{cell},ANA\n"

    asked = command("validate", roster(lines), "-o", "json")
    mapped = command("validate", roster(lines, f'{key} = "{heading}"'), "-o", "json")
    told = command("validate", roster(lines, f"{key} = false"), "-o", "json")

    (note,) = asked.json["files"][0]["problems"]
    assert (note["code"], note["column"], note["value"]) == ("column-not-read", key, heading)
    assert f'{key} = "{heading}"' in note["message"]
    assert [done.json["files"][0]["problems"] for done in (mapped, told)] == [[], []]


def test_a_time_beside_starts_that_are_all_at_midnight_is_named(command: Command) -> None:
    lines = "External ID,Subject,Start,Time,Organizer\nA-1,T,2027-04-05 00:00,09:00,ANA\n"

    asked = command("validate", roster(lines), "-o", "json")
    run(command, roster(lines, 'start = ["Start", "Time"]'))

    assert 'start = ["Start", "Time"]' in asked.json["files"][0]["problems"][0]["message"]
    assert [start for start, _ in times()][-1] == "2027-04-05 07:00Z"


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Created at", "2026-11-05 12:00"),
        ("Room", "12"),
        ("Seats", "25"),
        ("Country", "Spain"),
        ("Contact", "bo@contoso.example"),
        ("Remarks", "bring a laptop"),
    ],
)
def test_columns_of_the_sheets_own_are_not_asked_about(command: Command, heading: str, cell: str) -> None:
    done = run(command, roster(f"External ID,Subject,Start,{heading},Organizer\nA-1,T,2027-04-05 09:00,{cell},ANA\n"))

    assert done.json["files"][0]["problems"] == []


TWO_ROWS: list[list[Any]] = [
    ["External ID", "Subject", "Session", None, None, "Organizer"],
    [None, None, "Date", "From time", "To time", None],
    ["N-1", "Talk", date(2027, 4, 5), time(9), time(10, 30), ANA],
]


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (TWO_ROWS, 'start = ["Date", "From time"]\nend = ["Date", "To time"]'),
        ([TWO_ROWS[0], [None, None, "Start", "End", "Room", None], TWO_ROWS[2]], ""),
        (
            [
                [None, None, "Start", "End", None, None],
                [*TWO_ROWS[0][:2], None, None, "Room", "Organizer"],
                TWO_ROWS[2],
            ],
            "",
        ),
        (
            [
                ["External ID", "Subject", "From", None, "To", None, "Organizer"],
                [None, None, "Date", "Time", "Date", "Time", None],
                ["N-1", "Talk", date(2027, 4, 5), time(9), date(2027, 4, 5), time(10, 30), ANA],
            ],
            "",
        ),
        (
            [
                ["External ID", "Subject", "Start", None, "Organizer"],
                [None, "(short)", "day", "clock", None],
                ["N-1", "Talk", datetime(2027, 4, 5), "09:00", ANA],  # noqa: DTZ001 - cells know no zone
            ],
            "",
        ),
    ],
)
def test_headings_in_two_rows_are_never_read_by_one_of_them_alone(
    command: Command, rows: list[list[Any]], columns: str
) -> None:
    roster("", columns, "unused.txt")

    done = run(command, workbook(rows, merged=["A1:A2", "B1:B2", "F1:F2", "C1:E1"] if rows is TWO_ROWS else []))

    assert stopped(done) == (3, ["headings-in-two-rows"])


FORMS = (
    "ID,Start time,Completion time,Email,Title of the meeting,Date and time of the meeting,Organizer\n"
    "1,2026-11-20 08:15:02,2026-11-20 08:17:40,bo@contoso.example,Budget,2027-04-05 09:00,ANA\n"
)


@pytest.mark.parametrize("heading", ["Submitted at", "Submission date", "Completed", "Fertigstellungszeit"])
def test_so_it_is_whatever_the_form_calls_its_end(command: Command, heading: str) -> None:
    assert stopped(run(command, roster(FORMS.replace("Completion time", heading)))) == (3, ["times-not-mapped"])


def test_when_a_form_was_filled_in_is_not_when_the_meeting_starts(command: Command) -> None:
    asked = run(command, roster(FORMS))
    told = run(command, roster(FORMS, 'start = "Date and time of the meeting"\nsubject = "Title of the meeting"'))

    assert stopped(asked) == (3, ["times-not-mapped"])
    message = asked.json["files"][0]["problems"][0]["message"]
    assert all(name in message for name in ("Start time", "Completion time", "Date and time of the meeting"))
    assert [start for start, _ in times()] == ["2027-04-05 07:00Z"]
    assert told.code == 0


def test_dates_in_columns_that_are_not_read_stop_a_sheet_without_a_start(command: Command) -> None:
    lines = "External ID,Subject,Termin,Organizer\nA-1,Budget,2027-04-05 09:00,ANA\n"

    assert stopped(run(command, roster(lines))) == (3, ["times-not-mapped"])
    assert run(command, roster(lines, "start = false")).code == 0
    assert run(command, roster(lines.replace("2027-04-05 09:00", "soon"))).code == 0


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("yyyy-mm-dd", [(2, "start", "time-missing")]),
        ("[$-409]d/m/yy", [(2, "start", "time-missing")]),
        ('"hour" dd.mm.yyyy', [(2, "start", "time-missing")]),
        ("yyyy-mm-dd hh:mm", [(2, "start", "midnight")]),
        ("m/d/yy h:mm AM/PM", [(2, "start", "midnight")]),
        ("dd.mm.yyyy\\ hh:mm;@", [(2, "start", "midnight")]),
    ],
)
def test_a_date_whose_cell_shows_no_time_of_day_is_no_start(
    command: Command, code: str, found: list[tuple[int, str, str]]
) -> None:
    roster("", "", "unused.txt")
    rows: list[list[Any]] = [["External ID", "Subject", "Start", "Organizer"], ["A-1", "T", datetime(2027, 4, 5), ANA]]  # noqa: DTZ001 - cells know no zone

    assert run(command, workbook(rows, formats={"C2": code})).found == found


def test_a_range_beside_the_day_has_its_end_whatever_is_blank(command: Command) -> None:
    roster("", 'start = ["Date", "From"]\nend = ["Date", "To"]', "unused.txt")
    day = datetime(2027, 4, 5)  # noqa: DTZ001 - cells know no zone
    rows: list[list[Any]] = [
        ["External ID", "Subject", "Date", "From", "To", "Organizer"],
        ["A-1", "T", day, "09:00-10:30", None, ANA],
        ["A-2", "T", day, None, None, ANA],
    ]

    done = run(command, workbook(rows, formats={"C2": "yyyy-mm-dd hh:mm", "C3": "yyyy-mm-dd hh:mm"}))

    assert done.found == [(3, "start", "time-missing"), (3, "end", "time-missing")]
    assert times() == [("2027-04-05 07:00Z", "2027-04-05 08:30Z")]


def test_a_date_cell_that_shows_midnight_is_the_day_of_the_time_beside_it(command: Command) -> None:
    roster("", 'start = ["Date", "Time"]', "unused.txt")
    rows: list[list[Any]] = [
        ["External ID", "Subject", "Date", "Time", "Organizer"],
        ["A-1", "T", datetime(2027, 4, 5), time(9), ANA],  # noqa: DTZ001 - cells know no zone
        ["A-2", "T", datetime(2027, 4, 5), "09:00-10:30", ANA],  # noqa: DTZ001 - cells know no zone
    ]

    done = run(command, workbook(rows, formats={"C2": "yyyy-mm-dd hh:mm", "C3": "yyyy-mm-dd hh:mm"}))

    assert (done.code, done.found) == (0, [])
    assert [start for start, _ in times()] == ["2027-04-05 07:00Z"] * 2
    assert times()[1][1] == "2027-04-05 08:30Z"


@pytest.mark.parametrize(
    ("heading", "cell", "minutes"),
    [
        ("Hours", "1.5", 90),
        ("Duration (hours)", "2", 120),
        ("Duration", "1h 30m", 90),
        ("Duration (min)", "3", 3),
        ("Duration (h)", "1.5", 90),
        ("Length in hours", "2", 120),
        ("Duration (hrs)", "1", 60),
        ("Duration (hh:mm)", "1:30", 90),
    ],
)
def test_lengths_are_of_the_unit_that_heading_or_cell_names(
    command: Command, heading: str, cell: str, minutes: int
) -> None:
    done = run(command, roster(f"External ID,Subject,Start,{heading},Organizer\nA-1,T,2027-04-05 09:00,{cell},ANA\n"))

    ((start, end),) = times()
    length = datetime.strptime(end, "%Y-%m-%d %H:%M%z") - datetime.strptime(start, "%Y-%m-%d %H:%M%z")
    assert (done.code, length.total_seconds()) == (0, minutes * 60)


@pytest.mark.parametrize("heading", ["Duration", "Length"])
def test_small_numbers_without_a_unit_are_asked_about_and_so_are_those_beside_them(
    command: Command, heading: str
) -> None:
    lengths = ["1", "2", "8", "24", "90", "8 min", "1:30", ""]
    lines = "".join(f"A-{n},T,2027-04-0{n} 09:00,{length},ANA\n" for n, length in enumerate(lengths, start=1))

    done = run(command, roster(f"External ID,Subject,Start,{heading},Organizer\n{lines}"))

    assert (done.code, done.found) == (4, [(n, "duration", "duration-unit") for n in (2, 3, 4, 5)])


def test_numbers_that_are_minutes_throughout_are_minutes(command: Command) -> None:
    done = run(command, roster("External ID,Subject,Start,Duration,Organizer\nA-1,T,2027-04-05 09:00,8,ANA\n"))

    assert (done.code, done.found, times()) == (0, [], [("2027-04-05 07:00Z", "2027-04-05 07:08Z")])


@pytest.mark.parametrize(
    "columns",
    [
        "",
        'end = ["Start", "End"]',
        'start = "Start"\nend = ["Start", "End"]',
        'start = "Start"\nend = ["End", "Start"]',
    ],
)
def test_an_end_alone_is_on_the_day_of_the_start_however_it_is_mapped(command: Command, columns: str) -> None:
    done = run(command, roster("External ID,Subject,Start,End,Organizer\nL-1,T,2027-04-05 09:00,10:30,ANA\n", columns))

    assert (done.code, done.found, times()) == (0, [], [("2027-04-05 07:00Z", "2027-04-05 08:30Z")])


def test_the_template_filled_from_a_roster_has_the_same_times_and_lengths(command: Command) -> None:
    source = roster(
        "External ID,Subject,Start,End,Hours,Organizer\n"
        "A-1,T,2027-04-05 09:00-10:30,,,ANA\nA-2,T,2027-04-05 09:00,10:30,,ANA\nA-3,T,2027-04-05 09:00,,1.5,ANA\n"
    )

    assert command("template", "filled.xlsx", "--from", source).code == 0

    done = run(command, "filled.xlsx")
    assert (done.code, done.found) == (0, [])
    assert times() == [("2027-04-05 07:00Z", "2027-04-05 08:30Z")] * 3


@pytest.mark.parametrize(
    ("said", "code", "end"),
    [
        ('{ heading = "Length", unit = "h" }', 0, "11:30"),
        ('{ unit = "hours", column = "D" }', 0, "11:30"),
        ('{ heading = "Length", unit = "min" }', 3, ""),
        ('"Length"', 3, ""),
    ],
)
def test_the_unit_of_a_length_is_said_where_its_heading_does_not(
    command: Command, said: str, code: int, end: str
) -> None:
    """Of minutes, 2.5 is no length."""
    lines = "External ID,Subject,Start,Length,Organizer\nA-1,T,2031-04-07 09:00,2.5,ANA\n"

    done = command("validate", roster(lines, f"duration = {said}"), "-o", "json")

    assert done.code == code
    assert (done.json["files"][0]["rows"][0]["read"]["end"] or "")[11:16] == end


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ('duration = { heading = "Length", unit = "days" }', "must be h or min"),
        ('start = { heading = "Start", unit = "h" }', "only a duration has one"),
    ],
)
def test_a_unit_that_is_none_is_refused(command: Command, columns: str, said: str) -> None:
    done = command("validate", roster("External ID,Start,Length,Organizer\n", columns))

    assert done.code == 2
    assert said in done.err
