"""How the template looks (colours, fonts, widths, number formats), and its Guide sheet.

Every fill comes with a font colour of its own, and input cells have neither, so that dark themes and high-contrast
modes can't pair them badly. Contrast of each pair is 7:1 or better (WCAG 2.2, 1.4.6); no meaning rests on colour alone:
the asterisk, the words in Status and What to do, and the frame round a marked cell say the same.

The Guide is one screen, with one row as an example. The example stands upright, a heading to a line: lying down it
would be a row of headings with a row below, and a reader that looks for the sheet with the headings, ours included,
could take it for the roster.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.worksheet.properties import PageSetupProperties

from importer.core.columns import COLUMNS, INPUT_KEYS, REQUIRED_KEYS
from importer.core.texts import ENGLISH, width_of
from importer.template import words

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

    from importer.core.texts import Language
    from importer.template.options import TemplateOptions


TEXT_FORMAT = "@"
"""Keeps what is typed: `00123` stays, and 16 digits are not rounded."""

REQUIRED_FORMAT = '@" *"'
"""Shows `Organizer *` while the cell still says `Organizer`: the mark is not part of the heading."""

FONT = "Calibri"

PAGE_WIDTH = 225
"""Characters side by side on a landscape A4 or Letter page that can still be read: at 65 % or so, text of 7 points."""

ONE_LINE, TWO_LINES = 15.75, 31.5
"""Row heights in points.

They are said and not left to the program: LibreOffice does not fit a row to its wrapped text when it opens a
workbook, and draws one row over the next. Two lines hold the longest usual sentence of What to do; where they
do not, its text begins with how many problems there are (core/results.py), because rows keep their heights in a copy.
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A background and the text on it, as RGB."""

    fill: str
    text: str


HEADING_REQUIRED = Pair("1F3864", "FFFFFF")
HEADING_OPTIONAL = Pair("D9E2F3", "1F3864")
HEADING_RESULT = Pair("D0CECE", "262626")
RESULT = Pair("F2F2F2", "262626")
GOOD = Pair("C6EFCE", "0B4F1D")
CARE = Pair("FFEB9C", "5C3D00")
BAD = Pair("FFC7CE", "7A0006")

_LINE = Side(style="thin", color="BFBFBF")
_LOCKED = Protection(locked=True)
_FRAME = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


@dataclass(frozen=True, slots=True)
class CellLook:
    """Everything about a cell but its value."""

    font: Font
    fill: PatternFill
    alignment: Alignment
    number_format: str = "General"
    protection: Protection = _LOCKED
    border: Border = _FRAME


def heading_look(pair: Pair, *, number_format: str = "General") -> CellLook:
    """Return a heading's look; it wraps, so that the filter button never hides its end."""
    return CellLook(
        font=Font(name=FONT, size=11, bold=True, color=pair.text),
        fill=solid(pair),
        alignment=Alignment(vertical="center", wrap_text=True),
        number_format=number_format,
    )


A4 = 9
"""The number of the paper that is used where people speak our languages. Letter is the default of a workbook that names
none (ECMA-376, 18.3.1.63), and the paper of some who speak English: their printer's is left to them.

Source: https://github.com/unicode-org/cldr/blob/main/common/supplemental/supplementalData.xml (measurementData)
"""


def set_up_print(sheet: Worksheet, language: Language, *, pages_wide: int = 1, pages_high: int = 0) -> None:
    """Print landscape, on the paper of the language; `pages_high` 0 means as many as it takes."""
    if language.tag != ENGLISH.tag:
        sheet.page_setup.paperSize = A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.pageOrder = "overThenDown"  # the pages of the same rows lie side by side
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages_wide, pages_high
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.6
    sheet.page_margins.header = sheet.page_margins.footer = 0.3


def body_look(pair: Pair | None, *, number_format: str, wrap: bool, locked: bool) -> CellLook:
    """Return the look of a cell under a heading, in the program's own colours where `pair` is None.

    Without `wrap` a text ends at the cell's edge: "fill" is the alignment that never runs on into a blank neighbour.
    `locked` matters only to somebody who protects the sheet.
    """
    return CellLook(
        font=Font(name=FONT, size=11, color=pair.text if pair else None),
        fill=solid(pair) if pair else PatternFill(),
        alignment=Alignment(horizontal=None if wrap else "fill", vertical="top", wrap_text=wrap),
        number_format=number_format,
        protection=Protection(locked=locked),
    )


def dress(cell: Cell, look: CellLook) -> None:
    """Give a cell its looks."""
    cell.font, cell.fill, cell.border = look.font, look.fill, look.border
    cell.alignment, cell.protection, cell.number_format = look.alignment, look.protection, look.number_format


def copy_dress(source: Cell, target: Cell) -> None:
    """Give a cell the looks of another, without the six look-ups for each of them that dressing takes."""
    target._style = copy(source._style)  # type: ignore[attr-defined] # noqa: SLF001 - as openpyxl itself does it


def solid(pair: Pair) -> PatternFill:
    """Return a cell's background."""
    return PatternFill("solid", fgColor=pair.fill, bgColor=pair.fill)


def marked(pair: Pair) -> DifferentialStyle:
    """Return the look of a cell that a rule singles out: background, bold text and a frame in the text's colour."""
    side = Side(style="thin", color=pair.text)
    return DifferentialStyle(
        font=Font(color=pair.text, bold=True),
        fill=PatternFill("solid", bgColor=pair.fill),
        border=Border(left=side, right=side, top=side, bottom=side),
    )


GUIDE_WIDTHS = {"A": 24, "B": 72, "C": 38}
FITS_ONE_LINE = {"A": 24, "B": 80, "C": 40}
"""Characters of prose that fit; they are narrower than the digits that Excel counts widths in."""


def write_guide(sheet: Worksheet, options: TemplateOptions) -> None:
    """Write how-to, example and the meaning of Status, for the columns that the template has."""
    say = options.language.say
    for letter, width in GUIDE_WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    for row in range(1, len(words.GUIDE_STEPS) + 2):  # on a sheet from right to left, text would run off the page
        sheet.merge_cells(f"A{row}:C{row}")
    sheet["A1"] = say(words.GUIDE_TITLE)
    sheet["A1"].font = Font(name=FONT, size=16, bold=True, color=HEADING_REQUIRED.fill)
    for number, step in enumerate(words.GUIDE_STEPS, start=1):
        _plain(sheet, f"A{number + 1}", f"{number}.  {say(step)}")
    row = _write_example(sheet, options, len(words.GUIDE_STEPS) + 3)
    _write_status(sheet, row + 1, options.language)
    sheet.sheet_view.showGridLines = False
    set_up_print(sheet, options.language, pages_high=1)


def _write_example(sheet: Worksheet, options: TemplateOptions, row: int) -> int:
    """Return the row below the example."""
    say = options.language.say
    for letter, heading in zip("ABC", words.GUIDE_HEADINGS, strict=True):
        _boxed(sheet, f"{letter}{row}", say(heading), heading_look(HEADING_REQUIRED))
    for key in (key for key in options.keys if key in INPUT_KEYS):
        row += 1
        mark = " *" if key in REQUIRED_KEYS else ""
        texts = (options.heading(key) + mark, say(COLUMNS[key].hinted), words.example_of(key, options.language))
        for letter, text in zip("ABC", texts, strict=True):
            _boxed(sheet, f"{letter}{row}", text, _body())
    return row + 1


def _write_status(sheet: Worksheet, row: int, language: Language) -> None:
    for letter, heading in zip("AB", words.GUIDE_STATUS_HEADINGS, strict=True):
        _boxed(sheet, f"{letter}{row}", language.say(heading), heading_look(HEADING_REQUIRED))
    for (names, meaning), pair in zip(words.GUIDE_STATUS, (GOOD, CARE, BAD), strict=True):
        row += 1
        _boxed(sheet, f"A{row}", language.say(names), heading_look(pair))
        _boxed(sheet, f"B{row}", language.say(meaning), _body())


def _body() -> CellLook:
    look = body_look(None, number_format=TEXT_FORMAT, wrap=True, locked=True)
    return replace(look, alignment=Alignment(vertical="center", wrap_text=True))


def _boxed(sheet: Worksheet, place: str, text: str, look: CellLook) -> None:
    sheet[place] = text
    dress(sheet[place], look)
    row = sheet.row_dimensions[sheet[place].row]
    row.height = max(row.height or 0, ONE_LINE * ceil(width_of(text) / FITS_ONE_LINE[place[0]]))


def _plain(sheet: Worksheet, place: str, text: str) -> None:
    sheet[place] = text
    sheet[place].font = Font(name=FONT, size=11)
    sheet[place].alignment = Alignment(vertical="center")
