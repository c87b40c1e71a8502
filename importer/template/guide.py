"""The Guide sheet: one screen, with one row as an example.

The example stands upright, a heading to a line. Lying down it would be a row of headings with a row below, and a
reader that looks for the sheet with the headings, ours included, could take it for the roster.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from openpyxl.styles import Alignment, Font

from importer.core.columns import COLUMNS, INPUT_KEYS
from importer.template import looks, words
from importer.template.options import REQUIRED_KEYS

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

WIDTHS = {"A": 24, "B": 72, "C": 38}
FITS_ONE_LINE = {"A": 24, "B": 80, "C": 40}
"""Characters of prose that fit; they are narrower than the digits that Excel counts widths in."""


def write_guide(sheet: Worksheet, keys: tuple[str, ...]) -> None:
    """Writes how-to, example and the meaning of Status, for the columns that the template has."""
    for letter, width in WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    for row in range(1, len(words.GUIDE_STEPS) + 2):  # on a sheet from right to left, text would run off the page
        sheet.merge_cells(f"A{row}:C{row}")
    sheet["A1"] = words.GUIDE_TITLE
    sheet["A1"].font = Font(name=looks.FONT, size=16, bold=True, color=looks.HEADING_REQUIRED.fill)
    for number, step in enumerate(words.GUIDE_STEPS, start=1):
        _plain(sheet, f"A{number + 1}", f"{number}.  {step}")
    row = _write_example(sheet, keys, len(words.GUIDE_STEPS) + 3)
    _write_status(sheet, row + 1)
    sheet.sheet_view.showGridLines = False
    looks.set_up_print(sheet, pages_high=1)


def _write_example(sheet: Worksheet, keys: tuple[str, ...], row: int) -> int:
    """Gives the row below the example."""
    for letter, heading in zip("ABC", words.GUIDE_HEADINGS, strict=True):
        _boxed(sheet, f"{letter}{row}", heading, looks.heading_look(looks.HEADING_REQUIRED))
    for key in (key for key in keys if key in INPUT_KEYS):
        row += 1
        hint, mark = words.HINTS[key], " *" if key in REQUIRED_KEYS else ""
        for letter, text in zip("ABC", (COLUMNS[key].heading + mark, hint.text, hint.example), strict=True):
            _boxed(sheet, f"{letter}{row}", text, _body())
    return row + 1


def _write_status(sheet: Worksheet, row: int) -> None:
    for letter, heading in zip("AB", words.GUIDE_STATUS_HEADINGS, strict=True):
        _boxed(sheet, f"{letter}{row}", heading, looks.heading_look(looks.HEADING_REQUIRED))
    for (names, meaning), pair in zip(words.GUIDE_STATUS, (looks.GOOD, looks.CARE, looks.BAD), strict=True):
        row += 1
        _boxed(sheet, f"A{row}", names, looks.heading_look(pair))
        _boxed(sheet, f"B{row}", meaning, _body())


def _body() -> looks.Look:
    look = looks.body_look(None, number_format=looks.TEXT_FORMAT, wrap=True, locked=True)
    return replace(look, alignment=Alignment(vertical="center", wrap_text=True))


def _boxed(sheet: Worksheet, place: str, text: str, look: looks.Look) -> None:
    sheet[place] = text
    looks.dress(sheet[place], look)
    row = sheet.row_dimensions[sheet[place].row]
    height = looks.ONE_LINE if len(text) <= FITS_ONE_LINE[place[0]] else looks.TWO_LINES
    row.height = max(row.height or 0, height)


def _plain(sheet: Worksheet, place: str, text: str) -> None:
    sheet[place] = text
    sheet[place].font = Font(name=looks.FONT, size=11)
    sheet[place].alignment = Alignment(vertical="center")
