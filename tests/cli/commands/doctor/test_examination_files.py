"""Files and places for results that can't be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.commands.doctor.helping import amiss, checks
from tests.cli.rosters import csv_file, values, xlsx_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.commands.doctor.helping import Command

# Files and the place for results.


@pytest.mark.parametrize(
    ("arguments", "code", "found"),
    [
        (["missing.xlsx"], 3, [("file", "failed", "file-not-found")]),
        (["roster.csv", "broken.xlsx"], 3, [("file", "failed", "not-a-workbook")]),
        (["mistakes.csv"], 0, [("file", "warning", "rows-not-valid")]),
        (["hopeless.csv"], 3, [("file", "failed", "nothing-to-send")]),
        (["empty.csv"], 3, [("file", "failed", "no-rows")]),
        (["roster.csv", "--result-dir", "nowhere"], 5, [("results", "failed", "folder-not-writable")]),
        (["--result-dir", "nowhere"], 5, [("results", "failed", "folder-not-writable")]),
        (["roster.csv", "--result-dir", "taken"], 5, [("results", "failed", "folder-not-writable")]),
        (
            ["missing.xlsx", "--result-dir", "nowhere"],
            5,
            [("file", "failed", "file-not-found"), ("results", "failed", "folder-not-writable")],
        ),
    ],
)
def test_files_and_places_that_can_not_be_used(
    doctor: Command, served: str, roster: Path, tmp_path: Path, arguments: list[str], code: int, found: list[Any]
) -> None:
    (tmp_path / "broken.xlsx").write_bytes(b"not a workbook")
    (tmp_path / "taken" / "roster-results.csv").mkdir(parents=True)
    csv_file(tmp_path / "mistakes.csv", [values("1"), values("2", start="x")])
    csv_file(tmp_path / "hopeless.csv", [values("2", start="x")])
    csv_file(tmp_path / "empty.csv", [])

    done = doctor(*arguments)

    assert (done.code, amiss(done)) == (code, found)


def test_rows_and_headings_are_counted_and_nothing_is_left_behind(doctor: Command, served: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    sheet = xlsx_file(tmp_path / "r.xlsx", [values("1"), None, values("2")], above=3)
    before = sheet.read_bytes()

    done = doctor(tmp_path / "*.xlsx", sheet, "--result-dir", tmp_path / "out")

    (file,) = [each["message"] for each in done.json["checks"] if each["check"] == "file"]
    assert "every row can be sent (rows: 2); headings in row 4 of sheet Sheet: External ID, Subject, Start, End" in file
    assert list((tmp_path / "out").iterdir()) == []
    assert sheet.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "r.xlsx"]


def test_results_that_fit_into_one_folder_are_one_line(
    doctor: Command, served: str, roster: Path, tmp_path: Path
) -> None:
    csv_file(tmp_path / "other.csv", [values("1")])

    done = doctor(tmp_path)

    assert len(checks(done)["file"]) == 2
    assert checks(done)["results"] == [("ok", "")]


def test_a_result_can_be_named_without_files(doctor: Command, served: str, tmp_path: Path) -> None:
    done = doctor("--result", tmp_path / "x.csv")

    assert checks(done)["results"] == [("ok", "")]
