"""Makes the workbook: the Meetings sheet, the Guide, and the hidden lists; the same bytes for the same options.

The sheet is not protected. On a protected sheet Excel sorts no range with a locked cell in it, inserts and deletes no
row with one, and lets no table grow, whatever the protection permits; each of these matters more than a stray word in a
grey cell, which the next run overwrites. Validation locks the result cells instead: they refuse what is typed. The
cells are marked locked all the same, and the input cells unlocked, for whoever wants to protect the sheet.

Three things openpyxl can't write are put into the packed file. The zones offered are a fixed list, so that the template
is the same on every machine.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING
from xml.etree.ElementTree import canonicalize
from xml.sax.saxutils import quoteattr

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from importer.core.meeting_options import OPTION, word_of
from importer.template import words
from importer.template.looks import write_guide
from importer.template.meetings import Draft, Grid, write_meetings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from importer.core.model import CellValue
    from importer.template.options import TemplateOptions


EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip member can have; the time of making is of no use and would differ each time."""

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

ALT_TEXT = (
    '<extLst><ext uri="{{504A1905-F514-4f6f-8877-14C23A59335A}}" '
    'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
    "<x14:table altText={title} altTextSummary={summary}></x14:table></ext></extLst>"
)
"""A table's alternative text ([MS-XLSX] 2.6.45, table extension)."""

IGNORED_ERRORS = (
    '<ignoredErrors><ignoredError calculatedColumn="1" numberStoredAsText="1" sqref="{cells}"></ignoredError>'
    "</ignoredErrors>"
)
"""No green corner on `00123`: its menu offers to convert it to a number, which is what loses the zeros."""


PROGRAM = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>meeting-importer</Application></Properties>"
)
"""openpyxl would put its version here, and the bytes would change with it."""


def packed(book: Workbook, summary: str = "") -> bytes:
    """Return the bytes of the .xlsx, the first sheet's table with what openpyxl leaves out.

    Every part is written in canonical form, so that it does not matter whether lxml is installed.
    """
    raw, out = io.BytesIO(), io.BytesIO()
    cells = " ".join(table.ref for table in book.worksheets[0].tables.values())
    book.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            text = _finish(name, canonicalize(source.read(name).decode()), cells, summary)
            target.writestr(_member(name), DECLARATION + text)
    return out.getvalue()


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = 0  # or the machine's own kind would stand in the file
    return member


def _finish(name: str, text: str, cells: str, summary: str) -> str:
    match name:
        case "docProps/app.xml":
            return PROGRAM
        case "docProps/core.xml":
            return _without_clock(text)
        case "xl/tables/table1.xml":
            alternative = ALT_TEXT.format(title=quoteattr(words.TABLE_TITLE), summary=quoteattr(summary))
            return _before(text, "</table>", alternative)
        case "xl/worksheets/sheet1.xml":
            return _before(_with_blank_results(text), "<tableParts", IGNORED_ERRORS.format(cells=cells))
        case _:
            return text


def _without_clock(text: str) -> str:
    """Return the properties with the time of creation for the time of the last change."""
    created = re.search(r"<dcterms:created[^>]*>([^<]*)<", text)
    return re.sub(r"(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{created[1]}", text) if created else text


def _with_blank_results(text: str) -> str:
    """Say of each formula that its result is an empty text, so that a reader that can't calculate sees a blank."""
    return re.sub(r'(<c r="[A-Z]+\d+" s="\d+")(><f>[^<]*</f>)<v></v>', r'\1 t="str"\2<v></v>', text)


def _before(text: str, mark: str, added: str) -> str:
    return text.replace(mark, added + mark, 1)


COMMON: tuple[str, ...] = (
    "Europe/London",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Amsterdam",
    "Europe/Berlin",
    "Europe/Brussels",
    "Europe/Madrid",
    "Europe/Paris",
    "Europe/Rome",
    "Europe/Stockholm",
    "Europe/Vienna",
    "Europe/Warsaw",
    "Europe/Zurich",
    "Europe/Athens",
    "Europe/Helsinki",
    "Europe/Kyiv",
    "Europe/Istanbul",
    "America/New_York",
    "America/Toronto",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
    "UTC",
)
"""The zones most people look for, from west to east within each continent."""


def every_zone() -> tuple[str, ...]:
    """Return the names of IANA's zone.tab and UTC, in alphabetical order (https://www.iana.org/time-zones)."""
    return tuple(files("importer.template").joinpath("zones.txt").read_text("ascii").split())


def zone_choices(first: str = "") -> tuple[str, ...]:
    """Return the drop-down's lines: `first` if there is one, the common zones, then all of them.

    A common zone stands in the alphabetical part too: whoever scrolls down to Europe must find Berlin there.
    """
    head = tuple(dict.fromkeys((first, *COMMON) if first else COMMON))
    return (*head, *every_zone())


ROOM_BELOW = 5_000
"""Rows below the prepared ones that validations and colours reach, for programs in which a table does not grow.

Not the whole column: Google Sheets makes a sheet as tall as its rules, and a workbook has a limit of 10 million cells.
"""

CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 - openpyxl wants it naive; fixed, so that the bytes are too


def workbook_bytes(options: TemplateOptions, filled: Sequence[Mapping[str, CellValue]] = ()) -> bytes:
    """Return the template as .xlsx, `filled` in its first rows."""
    book = Workbook()
    meetings = book.worksheets[0]
    say = options.language.say
    meetings.title = say(words.MEETINGS)
    guide, lists = book.create_sheet(say(words.GUIDE)), book.create_sheet(say(words.LISTS))
    ranges = _write_lists(lists, options)
    rows = max(options.rows, len(filled))
    grid = Grid(keys=options.keys, last_row=rows + 1 + ROOM_BELOW)
    write_meetings(meetings, Draft(grid=grid, options=options, rows=rows, filled=filled, lists=ranges))
    write_guide(guide, options)
    guide.sheet_view.rightToLeft = options.language.right_to_left or None
    _describe(book, say(words.MEETINGS))
    return packed(book, say(words.TABLE_SUMMARY))


def _write_lists(sheet: Worksheet, options: TemplateOptions) -> dict[str, str]:
    """Return the ranges that the drop-downs read, by the keys of their columns: a column of the hidden sheet each."""
    choices = {"time_zone": zone_choices(options.time_zone.strip())}
    for key in options.keys:
        if key in OPTION:
            choices[key] = tuple(options.language.say(word_of(OPTION[key], word)) for word in OPTION[key].words)
    ranges: dict[str, str] = {}
    for place, (key, names) in enumerate(choices.items(), start=1):
        letter = get_column_letter(place)
        for number, name in enumerate(names, start=1):
            sheet.cell(row=number, column=place, value=name)
        sheet.column_dimensions[letter].width = 32
        ranges[key] = f"{sheet.title}!${letter}$1:${letter}${len(names)}"
    sheet.sheet_state = "hidden"
    return ranges


def _describe(book: Workbook, title: str) -> None:
    book.properties.title = title
    book.properties.creator = "meeting-importer"
    book.properties.created = CREATED
