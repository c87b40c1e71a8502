"""A sheet without a heading row is read by its columns' letters, and no line of data is ever spent as headings."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

ANA, BO = "ana@contoso.example", "bo@contoso.example"
LINES = [
    ["MA-1", "2031-04-07", "09:00", "10:30", "Algebra", ANA, "B 12"],
    ["MA-2", "2031-04-08", "11:00", "12:30", "Botany", BO, "B 12"],
]
COLUMNS = """
external_id = { column = "A" }
start = [{ column = "B" }, { column = "c" }]
end = [{ column = "B" }, { column = "D" }]
subject = { column = "E" }
organizer = { column = "F" }
"""


@pytest.fixture(params=["r.csv", "r.xlsx"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def roster(name: str, rows: Sequence[Sequence[Any]], columns: str = COLUMNS, more: str = "") -> Path:
    path = Path(name)
    if name.endswith(".csv"):
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append([None if cell == "" else cell for cell in row])
        book.save(path)
    said = f'timezone = "Europe/Berlin"\n[columns]{columns}\n{more}'
    Path("meeting-importer.toml").write_text(said, encoding="utf-8")
    return path


def cells(path: str) -> list[list[str]]:
    data = Path(path).read_bytes()
    if path.endswith(".csv"):
        return [*csv.reader(io.StringIO(data.decode("utf-8"), newline=""))]
    rows = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True)
    return [["" if cell is None else str(cell) for cell in row] for row in rows]


def results_of(name: str) -> str:
    return name.replace("r.", "r-results.")


def run(command: Command, path: Path, *options: str) -> Done:
    return command("run", path, "--sandbox", "--sandbox-file", "meetings.jsonl", "-o", "json", *options)


def codes(done: Done) -> list[str]:
    return [found["code"] for found in done.json["files"][0]["problems"]]


def test_every_line_is_a_meeting_and_its_results_stand_to_the_right(command: Command, name: str) -> None:
    done = run(command, roster(name, LINES))

    assert (done.code, done.found, codes(done)) == (0, [], [])
    assert [(row["row"], row["status"], row["external_id"]) for row in done.rows.values()] == [
        (1, "created", "MA-1"),
        (2, "created", "MA-2"),
    ]
    copy = cells(results_of(name))
    assert [row[:7] for row in copy] == LINES
    assert [row[7] for row in copy] == ["created", "created"]
    assert all(row[9].startswith("https://") for row in copy)


def test_a_copy_of_it_is_a_roster_again_and_its_results_are_found(command: Command, name: str) -> None:
    run(command, roster(name, LINES), "--add-column", "expires")
    before = cells(results_of(name))
    Path(name).write_bytes(Path(results_of(name)).read_bytes())
    Path(results_of(name)).unlink()

    done = run(command, Path(name), "--add-column", "expires")

    assert (done.code, [row["status"] for row in done.rows.values()]) == (0, ["existing"] * 2)
    after = cells(results_of(name))
    assert [len(row) for row in after] == [len(row) for row in before]
    assert [row[9] for row in after] == [row[9] for row in before]


def test_headings_over_such_columns_are_passed_over_and_columns_are_called_by_their_letters(
    command: Command, name: str
) -> None:
    words = ["Nr", "Tag", "von", "bis", "Thema", "Lehrkraft", "Raum"]
    wrong = ["MA-3", "2031-04-31", "09:00", "10:30", "Chemistry", ANA, ""]

    done = run(command, roster(name, [words, *LINES, wrong]))

    assert (done.code, done.json["files"][0]["left_out"]) == (4, {"passed_over": 1})
    assert (4, "start", "no-such-day") in done.found
    assert any("[column B + column C]" in cell for cell in cells(results_of(name))[3])


def test_columns_are_named_by_letters_below_a_heading_row_that_is_given(command: Command, name: str) -> None:
    words = ["Nr", "Tag", "von", "bis", "Thema", "", "Nr"]

    done = run(command, roster(name, [["Plan 2031"], words, *LINES]), "--header-row", "2")

    assert (done.code, sorted(done.rows)) == (0, [3, 4])
    assert "Status" in cells(results_of(name))[1]


def test_letters_and_headings_can_be_mixed(command: Command, name: str) -> None:
    words = ["Nr", "Tag", "von", "bis", "Thema", "", "Raum"]
    mixed = COLUMNS.replace('{ column = "A" }', '"Nr"').replace('{ column = "E" }', '"Thema"')

    done = run(command, roster(name, [["Plan 2031"], words, *LINES], mixed))

    assert (done.code, sorted(done.rows)) == (0, [3, 4])


def test_a_column_that_the_sheet_does_not_reach_stops_it(command: Command, name: str) -> None:
    done = run(command, roster(name, LINES, COLUMNS + 'attendees = { column = "H" }'))

    assert (done.code, codes(done)) == (3, ["column-missing"])
    assert "column H for attendees" in done.json["files"][0]["problems"][0]["message"]


def test_a_sheet_whose_columns_do_not_fit_is_no_list(command: Command, name: str) -> None:
    done = run(command, roster(name, [["Notes"], ["Bring", "cake"], LINES[0]]))

    assert (done.code, codes(done)) == (3, ["no-header-row"])


def test_dates_that_no_letter_names_stop_it_like_those_that_no_heading_names(command: Command, name: str) -> None:
    few = "\n".join(line for line in COLUMNS.splitlines() if not line.startswith(("start", "end")))

    done = run(command, roster(name, LINES, few))

    assert (done.code, codes(done)) == (3, ["times-not-mapped"])
    assert "'column B'" in done.json["files"][0]["problems"][0]["message"]


def test_a_template_beside_it_is_read_by_its_headings(command: Command) -> None:
    roster("r.csv", LINES)
    Path("t.csv").write_text(f"External ID,Start,Organizer\nX-1,2031-04-07 09:00,{ANA}\n", encoding="utf-8")

    done = run(command, Path("t.csv"))

    assert (done.code, [row["external_id"] for row in done.rows.values()]) == (0, ["X-1"])
    assert "headings-of-the-template" in codes(done)


def test_without_settings_a_list_without_headings_is_told_how_to_be_read(command: Command, name: str) -> None:
    path = roster(name, LINES, columns="")

    done = run(command, path)

    assert (done.code, codes(done)) == (3, ["no-header-row"])
    assert 'start = { column = "B" }' in done.json["files"][0]["problems"][0]["message"]


def test_rows_are_chosen_by_letters_too_and_recovered(command: Command, name: str) -> None:
    path = roster(name, [*LINES, ["MA-3", "2031-04-09", "09:00", "10:30", "X", ANA, "Attic"]])
    text = Path("meeting-importer.toml").read_text(encoding="utf-8")
    Path("meeting-importer.toml").write_text(text + '[rows]\nskip = { "column G" = "attic" }\n', encoding="utf-8")

    done = run(command, path)
    copy = Path(results_of(name)).read_bytes()
    Path(results_of(name)).unlink()
    Path("meeting-importer.toml").unlink()
    again = command("recover", "last", "-o", "json")

    assert (done.code, sorted(done.rows), done.json["files"][0]["left_out"]) == (0, [1, 2], {"skip": 1})
    assert again.code == 0
    assert Path(results_of(name)).read_bytes() == copy


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('start = { column = "" }', "must be a heading or several"),
        ('start = { column = "A1" }', "must be a heading or several"),
        ('start = { colum = "A" }', "must be a heading or several"),
        ('start = [{ column = "ZZZ" }]', "must be a heading or several"),
        ('status = { column = "H" }', "can't be named by a letter"),
    ],
)
def test_what_is_no_column_is_refused(command: Command, line: str, said: str) -> None:
    done = command("validate", roster("r.csv", LINES, f"\n{line}"))

    assert done.code == 2
    assert said in " ".join(done.err.split())
