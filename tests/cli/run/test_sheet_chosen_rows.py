"""Rows are chosen by what stands under a heading: those left out make no meeting, and are counted beside those read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

HEADINGS = ("External ID", "Subject", "Start", "End", "Organizer", "Room", "Status")
ANA = "ana@contoso.example"


def roster(*rows: tuple[str, str, str], settings: str = "", heading: str = "Status") -> Path:
    """Write a CSV of rows with such an ID, room and status, and beside it settings with those lines under [rows]."""
    cells = [(*HEADINGS[:-1], heading)]
    cells += [(name, "Talk", "2031-04-07 09:00", "10:00", ANA, room, status) for name, room, status in rows]
    Path("r.csv").write_text("".join(",".join(row) + "\n" for row in cells), encoding="utf-8")
    said = f'timezone = "Europe/Berlin"\n[rows]\n{settings}\n'
    Path("meeting-importer.toml").write_text(said, encoding="utf-8")
    return Path("r.csv")


def outcome(done: Done) -> tuple[int, list[str], dict[str, int]]:
    """Return the exit code, the external IDs of the rows that were read, and how many were left out by what."""
    file = done.json["files"][0]
    return done.code, [row["external_id"] for row in file["rows"]], file["left_out"]


def notes(done: Done) -> dict[str, str]:
    return {found["code"]: found["message"] for found in done.json["files"][0]["problems"]}


LIST = (
    ("A-1", "B 12", "Confirmed"),
    ("A-2", "", "CON FIRMED"),
    ("A-3", "C 1", "Open"),
    ("A-4", "c1", ""),
)


@pytest.mark.parametrize(
    ("settings", "read", "left_out"),
    [
        ('only = { Status = "confirmed" }', ["A-1", "A-2"], {"only": 2}),
        ('only = { status = ["OPEN", ""] }', ["A-3", "A-4"], {"only": 2}),
        ('skip = { Room = "" }', ["A-1", "A-3", "A-4"], {"skip": 1}),
        ('skip = { Room = "C1", Status = "open" }', ["A-1", "A-2"], {"skip": 2}),
        ('only = { Status = ["Confirmed", "Open"], Room = "C 1" }', ["A-3"], {"only": 3}),
        ('only = { Status = "Confirmed" }\nskip = { "External ID" = "a-1" }', ["A-2"], {"only": 2, "skip": 1}),
    ],
)
def test_rows_are_chosen_by_heading_and_value_in_whatever_spelling(
    command: Command, settings: str, read: list[str], left_out: dict[str, int]
) -> None:
    done = command("run", roster(*LIST, settings=settings), "--sandbox", "-o", "json")

    assert outcome(done) == (0, read, left_out)
    assert done.json["files"][0]["counts"] == {"created": len(read)}
    assert "meeting-importer.toml" in notes(done)["rows-left-out"]
    copy = Path("r-results.csv").read_text(encoding="utf-8").splitlines()
    assert sum("created" in line for line in copy) == len(read)


def test_what_is_left_out_is_counted_by_its_values(command: Command) -> None:
    done = command("validate", roster(*LIST, settings='skip = { Status = ["Open", ""], Room = "B 12" }'), "-o", "json")

    assert "3 rows (Room: 'B 12' (1); Status: 'Open' (1), blank (1))" in notes(done)["rows-left-out"]


def test_a_heading_that_is_not_there_stops_the_file_with_the_nearest_one(command: Command) -> None:
    done = command("run", roster(*LIST, settings='skip = { Stats = "Open" }'), "--sandbox", "-o", "json")

    assert outcome(done) == (3, [], {})
    assert "'Stats' for skip (did you mean Status?)" in notes(done)["heading-missing"]
    assert "false" not in notes(done)["heading-missing"]


def test_a_value_that_no_row_has_is_asked_about_where_one_is_nearly_the_same(command: Command) -> None:
    done = command("validate", roster(*LIST, settings='skip = { Status = ["Confirmd", "Gone"] }'), "-o", "json")

    assert (outcome(done)[1], outcome(done)[2]) == (["A-1", "A-2", "A-3", "A-4"], {})
    assert "No row has 'Confirmd' under 'Status'" in notes(done)["row-choice-near"]
    assert "there is 'CON FIRMED'" in notes(done)["row-choice-near"]


def test_a_list_of_which_no_row_is_left_stops(command: Command) -> None:
    done = command("run", roster(*LIST, settings='only = { Status = "Confirmd" }'), "--sandbox", "-o", "json")

    assert outcome(done) == (3, [], {})
    assert "'Confirmed' (1), 'CON FIRMED' (1), 'Open' (1), blank (1)" in notes(done)["no-rows-left"]


SAID = (("A-1", "", "Confirmed"), ("A-2", "", "Cancelled"), ("A-3", "", "Draft"), ("A-4", "", "storniert"))


def test_a_row_that_the_sheets_own_status_calls_cancelled_is_not_made(command: Command) -> None:
    done = command("run", roster(*SAID), "--sandbox", "-o", "json")

    assert outcome(done) == (0, ["A-1", "A-3"], {"cancelled": 2})
    assert "2 rows (Status: 'Cancelled' (1), 'storniert' (1))" in notes(done)["rows-cancelled"]
    assert "Draft (1)" in notes(done)["rows-called-off"]


@pytest.mark.parametrize(
    ("settings", "heading", "read"),
    [
        ('only = { Status = ["Confirmed", "Cancelled"] }', "Status", ["A-1", "A-2"]),
        ('skip = { Status = "Draft" }', "Status", ["A-1", "A-2", "A-4"]),
        ("", "Payment", ["A-1", "A-2", "A-3", "A-4"]),
    ],
)
def test_where_the_settings_say_something_of_that_column_they_alone_decide(
    command: Command, settings: str, heading: str, read: list[str]
) -> None:
    done = command("validate", roster(*SAID, settings=settings, heading=heading), "-o", "json")

    assert (outcome(done)[0], outcome(done)[1]) == (0, read)
    assert not {"rows-cancelled", "rows-called-off"} & notes(done).keys()


def workbook(rows: Sequence[Sequence[Any]], merged: str = "") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    if merged:
        book.worksheets[0].merge_cells(merged)
    book.save("r.xlsx")
    return Path("r.xlsx")


def test_a_value_that_is_merged_over_its_rows_is_each_rows(command: Command) -> None:
    roster(settings='skip = { Room = "Attic" }')
    talk = ("Talk", "2031-04-07 09:00", "2031-04-07 10:00", ANA)
    rows = [HEADINGS, ("1", *talk, "Attic"), ("2", *talk, None), ("3", *talk, "Hall")]

    assert outcome(command("validate", workbook(rows, merged="F2:F3"), "-o", "json")) == (0, ["3"], {"skip": 2})


def test_a_row_of_which_it_cant_be_told_whether_it_is_chosen_is_refused(command: Command) -> None:
    roster(settings='skip = { Room = "Attic" }')
    talk = ("Talk", "2031-04-07 09:00", "2031-04-07 10:00", ANA)

    done = command("validate", workbook([HEADINGS, ("1", *talk, "Hall"), ("2", *talk, "=A1&B1")]), "-o", "json")

    assert (done.code, done.found) == (4, [(3, "", "row-choice-unclear")])


def test_passed_over_and_chosen_rows_are_counted_apart_and_a_night_ends_with_0(command: Command) -> None:
    path = roster(*LIST[:3], settings='skip = { Status = "Open" }')
    path.write_text(path.read_text(encoding="utf-8") + "Total,3,,,,,\n", encoding="utf-8")

    done = command("run", path, "--sandbox", "-o", "json")

    assert outcome(done) == (0, ["A-1", "A-2"], {"passed_over": 1, "skip": 1})
    assert {"rows-passed-over", "rows-left-out"} <= notes(done).keys()


def test_a_template_beside_the_exports_is_read_whole(command: Command) -> None:
    path = roster(("A-1", "", "Confirmed"))
    settings = '[columns]\nexternal_id = "Nr"\n[rows]\nskip = { Category = "x" }\n'
    Path("meeting-importer.toml").write_text('timezone = "Europe/Berlin"\n' + settings, encoding="utf-8")

    done = command("validate", path, "-o", "json")

    assert outcome(done) == (0, ["A-1"], {})
    assert "headings-of-the-template" in notes(done)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[rows]\nonyl = {}", "'onyl' under [rows]"),
        ('[rows]\nonly = "Status"', "must say under which heading"),
        ("[rows]\nonly = {}", "must say under which heading"),
        ("[rows]\nskip = { Status = [] }", "must say under which heading"),
        ('[rows]\nskip = { Status = ["a", ["b"]] }', "must say under which heading"),
        ('rows = "all"', "must be a table"),
    ],
)
def test_a_table_that_says_something_else_is_refused(command: Command, line: str, said: str) -> None:
    path = roster(*LIST)
    Path("meeting-importer.toml").write_text(line + "\n", encoding="utf-8")

    done = command("validate", path)

    assert done.code == 2
    assert said in " ".join(done.err.split())


def test_numbers_and_truths_are_values_as_cells_show_them(command: Command) -> None:
    roster(settings="only = { Room = [12, true] }")
    talk = ("Talk", "2031-04-07 09:00", "2031-04-07 10:00", ANA)
    rows = [HEADINGS, ("1", *talk, 12.0), ("2", *talk, True), ("3", *talk, 13)]

    assert outcome(command("validate", workbook(rows), "-o", "json")) == (0, ["1", "2"], {"only": 1})


def test_recovery_chooses_the_same_rows(command: Command) -> None:
    path = roster(*LIST, settings='only = { Status = "Confirmed" }')
    command("run", path, "--sandbox", "--sandbox-file", "m.jsonl")
    Path("meeting-importer.toml").unlink()
    Path("r-results.csv").unlink()

    assert outcome(command("recover", "last", "-o", "json")) == (0, ["A-1", "A-2"], {"only": 2})


def test_an_export_of_another_system_keeps_its_own_columns_and_its_cancelled_row_is_not_made(command: Command) -> None:
    start = "2031-04-{:02}T07:00:00Z,60," + ANA
    lines = [
        "Meeting ID,Topic,Start Time,Duration,Host,Join URL,Status,Passcode",
        f"82000000001,Budget,{start.format(5)},https://other.example/j/1,Scheduled,abc123",
        f"82000000002,Staffing,{start.format(6)},https://other.example/j/2,Cancelled,abc124",
        f"82000000003,Hiring,{start.format(32)},https://other.example/j/3,Scheduled,abc125",
    ]
    Path("r.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = 'timezone = "UTC"\n[columns]\nexternal_id = "Meeting ID"\nmeeting_id = "Teams meeting ID"\n'
    Path("meeting-importer.toml").write_text(said, encoding="utf-8")

    done = command("run", "r.csv", "--sandbox", "-o", "json")

    assert (done.code, done.found) == (4, [(4, "start", "no-such-day")])
    assert done.json["files"][0]["left_out"] == {"cancelled": 1}
    copy = Path("r-results.csv").read_text(encoding="utf-8").splitlines()
    assert all(line.startswith(before) for line, before in zip(copy, lines, strict=True))
