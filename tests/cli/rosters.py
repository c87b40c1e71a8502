"""Rosters for the tests of the commands, written as people have them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import openpyxl

from importer.core.columns import COLUMNS
from importer.sandbox import APP_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from importer.core.model import ExitCode

KEYS = ("external_id", "subject", "start", "end", "time_zone", "organizer", "attendees")
HEADINGS = [COLUMNS[key].heading for key in KEYS]


def let_in(url: str) -> dict[str, str]:
    """Return the environment in which a command finds the imitation of Graph at `url` and is let in."""
    return {"MEETING_IMPORTER_ACCESS_TOKEN": APP_TOKEN, "MEETING_IMPORTER_GRAPH_URL": url}


def values(external_id: str, **changes: Any) -> list[Any]:  # noqa: ANN401 - any cell
    """Return one good row's cells in the order of HEADINGS."""
    good = {
        "external_id": external_id,
        "subject": f"Lesson {external_id}",
        "start": "2031-01-13 09:00",
        "end": "2031-01-13 10:00",
        "time_zone": "Europe/Berlin",
        "organizer": "ana@contoso.example",
        "attendees": "bo@contoso.example",
    }
    return [{**good, **changes}[key] for key in KEYS]


def csv_file(path: Path, rows: Iterable[list[Any]]) -> Path:
    """Write a plain CSV roster."""
    lines = [",".join(HEADINGS), *(",".join("" if cell is None else str(cell) for cell in row) for row in rows)]
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")
    return path


def xlsx_file(path: Path, rows: Iterable[list[Any] | None], *, above: int = 0, hidden: Iterable[int] = ()) -> Path:
    """Write a workbook: `above` title rows, the headings, then rows (None: a blank one)."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for number in range(1, above + 1):
        sheet.cell(number, 1, f"Title line {number}")
    for column, heading in enumerate(HEADINGS, start=1):
        sheet.cell(above + 1, column, heading)
    for number, row in enumerate(rows, start=above + 2):
        for column, cell in enumerate(row or [], start=1):
            sheet.cell(number, column, cell)
    for number in hidden:
        sheet.row_dimensions[number].hidden = True
    book.save(path)
    return path


def cells(path: Path) -> dict[int, dict[str, Any]]:
    """Return a workbook's first sheet by row number and heading, through a reader that is not the product's."""
    sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    header = next(number for number, row in enumerate(rows) if "External ID" in row)
    return {
        number + 1: dict(zip(map(str, rows[header]), row, strict=True))
        for number, row in enumerate(rows)
        if number > header
    }


def exit_code(code: ExitCode, counts: Mapping[str, int]) -> tuple[int, dict[str, int]]:
    """Return what a run ended with, for comparing in one line."""
    return int(code), dict(counts)
