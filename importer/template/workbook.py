"""Makes the workbook: the Meetings sheet, the Guide, and the hidden list of zones.

The sheet is not protected. On a protected sheet Excel sorts no range with a locked cell in it, inserts and deletes no
row with one, and lets no table grow, whatever the protection permits; each of these matters more than a stray word in a
grey cell, which the next run overwrites. Validation locks the result cells instead: they refuse what is typed. The
cells are marked locked all the same, and the input cells unlocked, for whoever wants to protect the sheet.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from openpyxl import Workbook

from importer.template.guide import write_guide
from importer.template.meetings import Draft, write_meetings
from importer.template.package import packed
from importer.template.rules import Grid
from importer.template.zones import zone_choices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from importer.core.model import CellValue
    from importer.template.options import TemplateOptions

MEETINGS, GUIDE, LISTS = "Meetings", "Guide", "Lists"

ROOM_BELOW = 5_000
"""Rows below the prepared ones that validations and colours reach, for programs in which a table does not grow.

Not the whole column: Google Sheets makes a sheet as tall as its rules, and a workbook has a limit of 10 million cells.
"""

CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 - openpyxl wants it naive; fixed, so that the bytes are too


def workbook_bytes(options: TemplateOptions, filled: Sequence[Mapping[str, CellValue]] = ()) -> bytes:
    """Gives the template as .xlsx, `filled` in its first rows."""
    book = Workbook()
    meetings = book.worksheets[0]
    meetings.title = MEETINGS
    guide, lists = book.create_sheet(GUIDE), book.create_sheet(LISTS)
    zones = _write_lists(lists, options)
    rows = max(options.rows, len(filled))
    grid = Grid(keys=options.keys, last_row=rows + 1 + ROOM_BELOW)
    write_meetings(meetings, Draft(grid=grid, options=options, rows=rows, filled=filled, zones=zones))
    write_guide(guide, options.keys)
    _describe(book)
    return packed(book)


def _write_lists(sheet: Worksheet, options: TemplateOptions) -> str:
    """Gives the range that the drop-down reads."""
    choices = zone_choices(options.time_zone.strip())
    for number, name in enumerate(choices, start=1):
        sheet.cell(row=number, column=1, value=name)
    sheet.column_dimensions["A"].width = 32
    sheet.sheet_state = "hidden"
    return f"{LISTS}!$A$1:$A${len(choices)}"


def _describe(book: Workbook) -> None:
    book.properties.title = MEETINGS
    book.properties.creator = "meeting-importer"
    book.properties.created = CREATED
