"""What people do with the template in LibreOffice, and saving it there, changes nothing for `run` but where rows stand.

The kept workbooks were made by LibreOffice 7.4 (tests/template/office.py says how); where it is installed, one test
has it do everything again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from importer.core.columns import COLUMNS
from importer.template import DEFAULT_COLUMNS
from tests.cli.rosters import cells
from tests.template.office import EDITS, KEPT, PASTED, SOFFICE, Office, template

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Command = Callable[..., Done]
    Outcome = dict[str, tuple[Any, ...]]

INPUTS = [COLUMNS[key].heading for key in DEFAULT_COLUMNS[:8]]
RESULTS = [COLUMNS[key].heading for key in DEFAULT_COLUMNS[8:]]
MISTAKES = {
    "007": ("invalid", [("start", "no-such-day")]),
    "2031-03-01": ("invalid", [("end", "end-before-start")]),
    "0-8": ("invalid", [("organizer", "required")]),
    "0009": ("existing", [("attendees", "attendee-not-found")]),
}


def outcome(done: Done) -> Outcome:
    """Return what became of each row, by External ID."""
    return {
        row["external_id"]: (
            row["status"],
            sorted((found["column"], found["code"]) for found in row["problems"]),
            row["join_url"],
            row["conference_id"],
        )
        for row in done.rows.values()
    }


def by_id(path: Path) -> dict[str, dict[str, Any]]:
    """Return the rows that are filled in, by External ID, as another reader sees them."""
    return {row["External ID"]: row for row in cells(path).values() if row["External ID"]}


def expected(command: Command, name: str, tmp_path: Path) -> Outcome:
    """Return the outcome of the same rows in a template that nobody has touched, once the meetings are there."""
    plain = tmp_path / "untouched.xlsx"
    plain.write_bytes(template(EDITS[name][2]))
    command("run", plain, "-o", "json")
    return outcome(command("run", plain, "-o", "json"))


@pytest.mark.parametrize("name", EDITS)
def test_a_run_has_the_same_outcome(command: Command, served: str, tmp_path: Path, name: str) -> None:
    before = expected(command, name, tmp_path)

    done = command("run", KEPT / f"{name}.xlsx", "--result", "r.xlsx", "-o", "json")

    assert outcome(done) == before
    assert {key: before[key][:2] for key in MISTAKES} == MISTAKES
    assert {before[key][0] for key in before.keys() - MISTAKES} == {"existing"}
    assert ("rows-hidden" in {found["code"] for found in done.json["files"][0]["problems"]}) == (
        "filter" in EDITS[name][1]
    )


@pytest.mark.parametrize("name", EDITS)
def test_results_stand_under_their_headings_and_nothing_else_changes(
    command: Command, served: str, tmp_path: Path, name: str
) -> None:
    done = command("run", KEPT / f"{name}.xlsx", "--result", "r.xlsx", "-o", "json")

    given, filled = by_id(KEPT / f"{name}.xlsx"), by_id(tmp_path / "r.xlsx")
    assert list(next(iter(filled.values()))) == [*INPUTS, *RESULTS]
    assert [[row[key] for key in INPUTS] for row in filled.values()] == [
        [row[key] for key in INPUTS] for row in given.values()
    ]
    for row in done.rows.values():
        copied = filled[row["external_id"]]
        assert (copied["Status"], copied["Join URL"]) == (row["status"], row["join_url"] or None)
        assert bool(copied["What to do"]) == bool(row["problems"])


@pytest.mark.parametrize("name", EDITS)
def test_colours_checks_hints_and_print_set_up_are_still_there(name: str) -> None:
    book = openpyxl.load_workbook(KEPT / f"{name}.xlsx")
    sheet = book["Meetings"]

    rules = [rule.formula[0] for where in sheet.conditional_formatting for rule in where.rules]
    assert len(rules) == 6
    assert 'ISNUMBER(FIND("["&A$1&"]",$J2))' in rules
    found = sheet.data_validations.dataValidation
    hinted = {str(check.sqref) for check in found if check.showInputMessage and "Example: " in (check.prompt or "")}
    assert hinted == {f"{letter}1" for letter in "ABCDEFGHIJKLMNOP"}
    assert {check.errorStyle for check in found if "I3" in check.sqref} == {"stop"}
    assert {check.errorStyle for check in found if "C3" in check.sqref} == {"warning"}
    zones = next(check for check in found if check.type == "list")
    assert zones.formula1.startswith("Lists!$A$1:$A$")
    assert book["Lists"].sheet_state == "hidden"
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$1", "$A:$A")
    assert sheet.page_setup.fitToWidth == 2


def test_a_row_inserted_in_between_keeps_what_is_typed() -> None:
    typed = by_id(KEPT / "row-inserted-row-deleted.xlsx")["00456"]

    assert [typed[key] for key in ("Subject", "Duration", "Time zone")] == ["Typed in", "45", "Europe/Rome"]
    assert f"{typed['Start']:%Y-%m-%d %H:%M}" == "2031-03-11 09:00"


def test_pasted_rows_keep_their_zeros() -> None:
    assert {row["external_id"] for row in PASTED} < by_id(KEPT / "rows-pasted-from-another-book.xlsx").keys()


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_itself_does_what_the_kept_workbooks_show(command: Command, served: str, tmp_path: Path) -> None:
    name = "everything-by-way-of-ods"
    before = expected(command, name, tmp_path)
    (tmp_path / "office").mkdir()

    (tmp_path / "now.xlsx").write_bytes(Office(tmp_path / "office").edited(name))

    assert outcome(command("run", "now.xlsx", "-o", "json")) == before
    assert by_id(tmp_path / "now.xlsx") == by_id(KEPT / f"{name}.xlsx")
