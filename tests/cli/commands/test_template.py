"""A template that is filled in from an exported roster: `run` makes the same meetings of both."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from tests.cli.rosters import cells, csv_file, values, xlsx_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.sandbox import Sandbox
    from tests.cli.conftest import Done

    Command = Callable[..., Done]

TIMETABLE = Path(__file__).parents[3] / "samples" / "timetable"


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """Return a folder with the exported timetables and their settings file."""
    folder = tmp_path / "exports"
    shutil.copytree(TIMETABLE, folder)
    return folder


@pytest.mark.parametrize("source", ["exported-timetable.xlsx", "exported-timetable.csv"])
@pytest.mark.parametrize("target", ["meetings.xlsx", "meetings.csv"])
def test_the_template_has_the_meetings_of_the_roster(
    command: Command, graph: Sandbox, served: str, exports: Path, source: str, target: str
) -> None:
    assert command("template", target, "--from", exports / source).code == 0

    first = command("run", exports / source, "-o", "json")
    made = list(graph.meetings)
    second = command("run", target, "-o", "json")

    assert (first.code, second.code, len(made)) == (0, 0, 8)
    assert (list(graph.meetings), second.found) == (made, [])
    assert {row["status"] for row in second.rows.values()} == {"existing"}
    kept = ("external_id", "organizer", "join_url")
    assert [[row[key] for key in kept] for row in second.rows.values()] == [
        [row[key] for key in kept] for row in first.rows.values()
    ]


def test_times_are_date_times_and_texts_stay_texts(command: Command, exports: Path, tmp_path: Path) -> None:
    done = command("template", "t.xlsx", "--from", exports / "exported-timetable.csv")

    row = cells(tmp_path / "t.xlsx")[2]
    assert (f"{row['Start']:%Y-%m-%d %H:%M}", row["External ID"], row["Subject"], row["Time zone"], row["Status"]) == (
        "2027-04-05 08:15",
        "0007",
        "5a Français: les métiers",
        "Europe/Madrid",
        None,
    )
    assert "with 8 rows" in done.err


def test_what_is_wrong_in_the_roster_is_as_wrong_in_the_template(command: Command, tmp_path: Path) -> None:
    wrong = [
        values("1", start="03/04/2031 09:00"),
        values("2", start="2031-02-30 09:00"),
        values("", end="2031-01-13"),
        values("4", start="2031-01-13T09:00+02:00", end="2031-01-13T10:00:30+02:00", time_zone="Mars"),
        values("5", attendees="bo@contoso.example; nobody", organizer=""),
        values("1", start="09:00"),
    ]
    csv_file(tmp_path / "r.csv", wrong)
    roster = xlsx_file(tmp_path / "r.xlsx", [*wrong, values(7.0, subject=12.0, start=45000, end=True), values(1e17)])  # type: ignore[arg-type] # cells as Excel has them

    for source, target in ((tmp_path / "r.csv", "c.csv"), (roster, "x.xlsx")):
        assert command("template", target, "--from", source).code == 0
        expected, found = (command("validate", file, "-o", "json") for file in (source, tmp_path / target))
        assert found.found == expected.found
        assert [row["external_id"] for row in found.rows.values()] == [
            row["external_id"] for row in expected.rows.values()
        ]


def test_a_cell_that_can_not_be_read_is_named_and_never_becomes_an_id_or_a_title(
    command: Command, tmp_path: Path
) -> None:
    roster = xlsx_file(tmp_path / "r.xlsx", [values("1"), values("2")])
    book = openpyxl.load_workbook(roster)
    for cell in ("A3", "B3", "C3", "F3"):
        book.worksheets[0][cell] = "=1/0"
    book.save(roster)

    done = command("template", "t.xlsx", "--from", roster)

    assert "Cells of r.xlsx that show an error or were never calculated: 4, from row 3 on." in done.err
    assert [code for _, column, code in command("validate", "t.xlsx", "-o", "json").found if column != "subject"] == [
        "required",
        "not-a-date",
        "upn-not-valid",
    ]


def test_an_id_that_is_a_number_becomes_a_text(command: Command, tmp_path: Path) -> None:
    roster = xlsx_file(tmp_path / "r.xlsx", [values(7)])  # type: ignore[arg-type] # as Excel has it

    command("template", "t.xlsx", "--from", roster)

    assert cells(tmp_path / "t.xlsx")[2]["External ID"] == "7"


def test_a_duration_is_the_same_in_both_formats(command: Command, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["External ID", "Organizer", "Start", "Duration", "Time zone"])
    sheet.append([3, "ana@contoso.example", "2031-01-13 09:00", 90.0, "Europe/Berlin"])
    book.save(tmp_path / "r.xlsx")

    for target in ("t.csv", "t.xlsx"):
        command("template", target, "--from", "r.xlsx", "--columns", "external_id,start,duration,time_zone,organizer")
        assert command("validate", target, "-o", "json").found == [(2, "subject", "subject-blank")]


def test_people_in_several_columns_are_joined_as_people(command: Command, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "meeting-importer.toml").write_text(
        '[columns]\nattendees = ["One", "Other"]\n', encoding="utf-8"
    )
    (tmp_path / "in" / "r.csv").write_text(
        "External ID,Organizer,One,Other\n1,a@c.de,bo@c.de,cy@c.de; di@c.de\n", encoding="utf-8"
    )

    command("template", "t.csv", "--from", tmp_path / "in" / "r.csv", "--columns", "organizer,attendees")

    assert (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()[1] == "1,a@c.de,bo@c.de; cy@c.de; di@c.de"


def test_what_is_blank_in_the_roster_is_blank_in_the_template_or_the_default(command: Command, tmp_path: Path) -> None:
    csv_file(tmp_path / "r.csv", [values("1", start="", end="", organizer="", time_zone="")])

    command("template", "t.csv", "--from", "r.csv", "--organizer", "cy@c.de", "--timezone", "Europe/Rome")

    line = (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    assert line.startswith("1,Lesson 1,,,,Europe/Rome,cy@c.de,bo@contoso.example,")


def test_the_template_is_understood_beside_a_settings_file_for_other_headings(command: Command, exports: Path) -> None:
    roster, template = exports / "exported-timetable.csv", exports / "meetings.xlsx"
    command("template", template, "--from", roster)

    run = command("run", template, "--sandbox", "-o", "json")
    again = command("run", template, "--sandbox", "-o", "json")

    assert [found["code"] for found in run.json["files"][0]["problems"]] == ["headings-of-the-template"]
    assert (run.code, len(run.rows)) == (0, len(command("validate", roster, "-o", "json").rows))
    assert [row["join_url"] for row in again.rows.values()] == [row["join_url"] for row in run.rows.values()]


def test_a_sheet_with_one_of_the_settings_headings_is_not_read_by_the_templates(
    command: Command, exports: Path
) -> None:
    roster = csv_file(exports / "half.csv", [values("1")])
    with roster.open("r+", encoding="utf-8") as file:
        text = file.read().replace("Subject", "Class")
        file.seek(0)
        file.write(text)

    done = command("validate", roster, "-o", "json")

    assert [found["code"] for found in done.json["files"][0]["problems"]] == ["no-header-row"]


def test_a_roster_is_never_written_to(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    before = roster.read_bytes()

    assert command("template", "r.csv", "--from", "r.csv", "--force").code == 2
    assert roster.read_bytes() == before


@pytest.mark.parametrize(("rows", "name", "code"), [([], "r.csv", "no-rows"), ([], "none.csv", "file-not-found")])
def test_a_roster_that_can_not_be_used_is_said(
    command: Command, tmp_path: Path, rows: list[list[object]], name: str, code: str
) -> None:
    csv_file(tmp_path / "r.csv", rows)

    done = command("template", "t.xlsx", "--from", name)

    assert (done.code, code in done.err, (tmp_path / "t.xlsx").exists()) == (3, True, False)


def test_settings_of_the_working_folder_leave_a_blank_template_blank(command: Command, tmp_path: Path) -> None:
    (tmp_path / "meeting-importer.toml").write_text('timezone = "Europe/Berlin"\n', encoding="utf-8")

    command("template", "t.csv")

    assert len((tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()) == 1


def test_an_option_for_reading_needs_something_to_read(command: Command) -> None:
    done = command("template", "t.csv", "--date-order", "DMY")

    assert (done.code, "--from" in done.err) == (2, True)


def test_what_excel_does_to_a_csv_is_said_with_the_csv_template_only(command: Command) -> None:
    assert "zeros in front" in command("template", "t.csv").err
    assert "zeros in front" not in command("template", "t.xlsx").err


def test_columns_can_be_added_to_the_usual_ones(command: Command, tmp_path: Path) -> None:
    assert command("template", tmp_path / "t.csv", "--add-column", "lobby,passcode,recording").code == 0

    (line,) = (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()
    headings = line.split(",")
    assert headings[headings.index("Attendees") + 1 : headings.index("Status")] == ["Lobby", "Recording"]
    assert headings[-1] == "Passcode"
