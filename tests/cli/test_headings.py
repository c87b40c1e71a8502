"""A heading with a typo is asked about wherever people look: its column would be left out without a word."""

from __future__ import annotations

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
    """Gives a roster of one row with two headings misspelled, and a column of its own."""
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
