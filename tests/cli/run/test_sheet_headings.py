"""A heading with a typo is asked about wherever people look: its column would be left out without a word."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import openpyxl
import pytest

from tests.cli.rosters import HEADINGS, values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

MISSPELLED = {"Start": "Strat", "Attendees": "Atendees"}
SAYS = "The column 'Atendees' in row 1 is not read. If Attendees is meant, rename it"


@pytest.fixture(params=["r.xlsx", "r.csv"])
def roster(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a roster of one row with two headings misspelled, and a column of its own."""
    path: Path = tmp_path / str(request.param)
    rows = [[*(MISSPELLED.get(heading, heading) for heading in HEADINGS), "Room"], [*values("1", end=""), "B 12"]]
    rows = [row[::-1] for row in rows]  # in the template's order the headings would be said to be typed over
    if path.suffix == ".csv":
        path.write_text("".join(",".join(row) + "\r\n" for row in rows), encoding="utf-8", newline="")
        return path
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return path


def asked(done: Done) -> list[tuple[str, str]]:
    return [(found["column"], found["code"]) for found in done.json["files"][0]["problems"] if "near" in found["code"]]


def test_checking_asks_and_goes_on(command: Command, roster: Path) -> None:
    done = command("validate", roster, "-o", "json")

    assert (done.code, asked(done)) == (0, [("start", "heading-near-miss"), ("attendees", "heading-near-miss")])
    assert SAYS in " ".join(command("validate", roster).err.split() + command("validate", roster).out.split())


def test_a_run_asks_in_its_json_and_in_its_report(command: Command, roster: Path, served: str, tmp_path: Path) -> None:
    done = command("run", roster, "-o", "json", "--report", "report.html")

    assert [column for column, _ in asked(done)] == ["start", "attendees"]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Atendees" in page
    assert "If Attendees is meant, rename it" in page


def test_filling_the_template_from_it_asks_too(command: Command, roster: Path) -> None:
    assert SAYS in command("template", "t.csv", "--from", roster).err


OWN = ("Status", "Join URL", "Passcode")


def zoom(path: Path) -> Path:
    """Write an export of another meeting system, of which the last row has no such day."""
    rows = [
        ["Topic ID", "Topic", "Start", "End", "Time zone", "Organizer", *OWN],
        *(
            [f"T-{day}", "Budget", f"2099-04-{day} 09:00", f"2099-04-{day} 10:00", "Europe/Berlin", *said]
            for day, said in (
                (5, ["ana@contoso.example", "Scheduled", "https://zoom.example/j/1", "abc123"]),
                (32, ["ana@contoso.example", "Waiting", "https://zoom.example/j/2", "abc124"]),
            )
        ),
    ]
    if path.suffix == ".csv":
        path.write_text("".join(",".join(row) + "\n" for row in rows))
        return path
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return path


def sheet_of(path: Path) -> list[dict[str, str]]:
    """What stands in the first sheet, row for row by heading."""
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return [dict(row) for row in csv.DictReader(file)]
    head, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
    return [{str(name): str(cell or "") for name, cell in zip(head, row, strict=True)} for row in rows]


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_columns_of_the_sheets_own_are_kept_night_after_night(command: Command, tmp_path: Path, suffix: str) -> None:
    roster = zoom(tmp_path / f"zoom.{suffix}")
    (tmp_path / "z.toml").write_text('[columns]\nexternal_id = "Topic ID"\n')
    typed = [[row[name] for name in OWN] for row in sheet_of(roster)]
    checked = command("validate", roster, "--config", tmp_path / "z.toml", "-o", "json")
    for verb in ("run", "run", "validate"):
        done = command(verb, roster, "--config", tmp_path / "z.toml", "-o", "json", "--add-column", "passcode")
        for one in (done, checked):
            notes = [
                found["column"] for found in one.json["files"][0]["problems"] if found["code"] == "column-not-ours"
            ]
            assert sorted(notes) == ["join_url", "passcode", "status"]
    made, refused = copy = sheet_of(tmp_path / f"zoom-results.{suffix}")
    assert [[row[name] for name in OWN] for row in copy] == typed
    assert made["Status (meeting-importer)"] in {"created", "existing"}
    assert made["Join URL (meeting-importer)"].startswith("https://teams.")
    assert made["Passcode (meeting-importer)"]
    assert (refused["Status (meeting-importer)"], refused["Join URL (meeting-importer)"] or "") == ("invalid", "")
    assert len(made) == 6 + 3 + 9


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("verb", ["validate", "run", "doctor"])
def test_one_column_for_two_things_is_said_with_the_line_that_helps(
    command: Command, tmp_path: Path, verb: str
) -> None:
    roster = tmp_path / "r.csv"
    roster.write_text(
        "Meeting ID,Subject,Start,End,Time zone,Organizer\n"
        "M-1,A,2099-05-01 09:00,2099-05-01 10:00,UTC,ana@contoso.example\n"
    )
    line = 'meeting_id = "Teams meeting ID"'
    (tmp_path / "z.toml").write_text('[columns]\nexternal_id = "Meeting ID"\n')
    done = command(verb, roster, "--config", tmp_path / "z.toml")
    assert line in done.out + done.err
    assert verb == "doctor" or done.code == 3
    (tmp_path / "z.toml").write_text(f'[columns]\nexternal_id = "Meeting ID"\n{line}\n')
    done = command(verb, roster, "--config", tmp_path / "z.toml")
    assert verb == "doctor" or done.code == 0
