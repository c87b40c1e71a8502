"""How the template looks: colours, fonts, widths and number formats.

Every fill comes with a font colour of its own, and input cells have neither, so that dark themes and high-contrast
modes can't pair them badly.
Contrast of each pair is 7:1 or better (WCAG 2.2, 1.4.6); no meaning rests on colour alone: the asterisk, the
words in Status and What to do, and the frame round a marked cell say the same.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.worksheet.properties import PageSetupProperties

from importer.core.results import WHAT_TO_DO_WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

TEXT_FORMAT = "@"
"""Keeps what is typed: `00123` stays, and 16 digits are not rounded."""

DATE_FORMAT = "yyyy-mm-dd hh:mm"
REQUIRED_FORMAT = '@" *"'
"""Shows `Organizer *` while the cell still says `Organizer`: the mark is not part of the heading."""

FONT = "Calibri"

WIDTHS: Mapping[str, int] = MappingProxyType(
    {
        "external_id": 16,
        "subject": 30,
        "start": 17,
        "end": 17,
        "duration": 11,
        "time_zone": 21,
        "organizer": 32,
        "attendees": 34,
        "status": 14,
        "what_to_do": WHAT_TO_DO_WIDTH,
        "join_url": 22,
        "graph_id": 12,
        "checked_at": 21,
    }
)
"""In characters, as Excel counts them: the longest usual content. Each more makes the print smaller."""

OTHER_WIDTH = 16

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
class Look:
    """Everything about a cell but its value."""

    font: Font
    fill: PatternFill
    alignment: Alignment
    number_format: str = "General"
    protection: Protection = _LOCKED
    border: Border = _FRAME


def heading_look(pair: Pair, *, number_format: str = "General") -> Look:
    """Gives a heading's look; it wraps, so that the filter button never hides its end."""
    return Look(
        font=Font(name=FONT, size=11, bold=True, color=pair.text),
        fill=solid(pair),
        alignment=Alignment(vertical="center", wrap_text=True),
        number_format=number_format,
    )


def set_up_print(sheet: Worksheet, *, pages_wide: int = 1, pages_high: int = 0) -> None:
    """Prints landscape; `pages_high` 0 means as many as it takes."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.pageOrder = "overThenDown"  # the pages of the same rows lie side by side
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages_wide, pages_high
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.6
    sheet.page_margins.header = sheet.page_margins.footer = 0.3


def body_look(pair: Pair | None, *, number_format: str, wrap: bool, locked: bool) -> Look:
    """Gives the look of a cell under a heading, in the program's own colours where `pair` is None.

    Without `wrap` a text ends at the cell's edge: "fill" is the alignment that never runs on into a blank neighbour.
    `locked` matters only to somebody who protects the sheet.
    """
    return Look(
        font=Font(name=FONT, size=11, color=pair.text if pair else None),
        fill=solid(pair) if pair else PatternFill(),
        alignment=Alignment(horizontal=None if wrap else "fill", vertical="top", wrap_text=wrap),
        number_format=number_format,
        protection=Protection(locked=locked),
    )


def dress(cell: Cell, look: Look) -> None:
    """Gives a cell its looks."""
    cell.font, cell.fill, cell.border = look.font, look.fill, look.border
    cell.alignment, cell.protection, cell.number_format = look.alignment, look.protection, look.number_format


def copy_dress(source: Cell, target: Cell) -> None:
    """Gives a cell the looks of another, without the six look-ups for each of them that dressing takes."""
    target._style = copy(source._style)  # type: ignore[attr-defined] # noqa: SLF001 - as openpyxl itself does it


def solid(pair: Pair) -> PatternFill:
    """Gives a cell's background."""
    return PatternFill("solid", fgColor=pair.fill, bgColor=pair.fill)


def marked(pair: Pair) -> DifferentialStyle:
    """Gives the look of a cell that a rule singles out: background, bold text and a frame in the text's colour."""
    side = Side(style="thin", color=pair.text)
    return DifferentialStyle(
        font=Font(color=pair.text, bold=True),
        fill=PatternFill("solid", bgColor=pair.fill),
        border=Border(left=side, right=side, top=side, bottom=side),
    )
