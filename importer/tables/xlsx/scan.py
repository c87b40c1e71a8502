"""What the sheet's text tells that the reader of cells does not: errors, uncached formulas, hidden rows, bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core.model import CellFault, Unreadable
from importer.tables.ooxml.grid import COLUMNS, column_of
from importer.tables.ooxml.grid import cell as grid_cell
from importer.tables.ooxml.markup import attributes, spelled_out, value
from importer.tables.refusal import refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.tables.ooxml.sheet import Cell, Sheet

AREA_LIMIT = 10_000_000
"""Cells in the rectangle from A1 to the last cell: the reader holds all of them, at about 30 bytes each."""

_ONE_LETTER = 26
"""Columns up to Z."""

_FAR = re.compile(rb'="([A-Z]{2,3})\d')

_WHOLE = (
    rb"<@P@c(?=\s)(?P<rest>[^<>]*)>(?:<@P@f(?=[\s/>])[^<>]*(?:/>|>[^<]*</@P@f\s*>))?"
    rb"<@P@v\s*>\s*\d{3,7}(?:\.0*)?\s*</@P@v\s*>"
)
"""A cell whose value is a whole number, which as a date is a day's midnight."""
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s[^<>]*>")
_STYLES_OF_CELLS = re.compile(rb"<(?:\w+:)?cellXfs[\s>].*?</(?:\w+:)?cellXfs\s*>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf(?=[\s/>])[^<>]*>")
_SHOWN_AS_IT_IS = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
"""What a format shows as it is, and its colours, conditions and languages (ECMA-376 part 1, 18.8.31)."""
_TIMES_BUILT_IN = frozenset({18, 19, 20, 21, 22, 32, 33, 34, 35, 45, 46, 47, 55, 56})
"""Formats with a time of day that files name by number alone (ECMA-376 part 1, 18.8.30)."""

_ERROR = re.compile(rb"""\st\s*=\s*["']e["']""")


@dataclass(frozen=True, slots=True)
class Survey:
    """`faults` are by row and column; `hidden` are the numbers of hidden rows; `right` is the last cell's column."""

    hidden: frozenset[int]
    faults: dict[tuple[int, int], Unreadable]
    right: int


def survey(sheet: Sheet) -> Survey:
    """Goes through the sheet once; raises Stop when it is too large to be read or not such as programs write."""
    hidden: set[int] = set()
    bottom = right = 0
    for row in sheet.rows():
        last = row.last if row.last is not None else max((cell.column for cell in sheet.cells(row)), default=-1)
        if last >= 0:
            bottom, right = row.number, max(right, last)
        if b"hidden" in row.attributes and attributes(row.attributes).get(b"hidden") in {b"1", b"true"}:
            hidden.add(row.number)
    _refuse_vast(sheet, bottom, right)
    return Survey(frozenset(hidden), dict(_faults(sheet)), right)


def midnights_shown(sheet: Sheet, styles: bytes, columns: frozenset[int]) -> frozenset[tuple[int, int]]:
    """Return row and column of the dates in `columns` that are a day's midnight and whose cells show the time of day.

    The reader gives a date at midnight as a day, whatever the cell shows: 00:00 that can be seen was meant.
    """
    shown = _styles_with_times(styles)
    whole = re.compile(_WHOLE.replace(b"@P@", re.escape(sheet.prefix)))
    starts = [
        found.start()
        for found in whole.finditer(sheet.masked, sheet.data.inner, sheet.data.close)
        if (facts := attributes(found["rest"])).get(b"t", b"n") == b"n" and facts.get(b"s", b"0") in shown
    ]
    return frozenset(place for place, _ in _located(sheet, starts) if place[1] in columns)


def _styles_with_times(styles: bytes) -> set[bytes]:
    """Return the numbers of the cell formats, as cells name them, that show a time of day."""
    facts = [attributes(found[0].partition(b" ")[2].rstrip(b"/>")) for found in _FORMAT.finditer(styles)]
    codes = {one.get(b"numFmtId", b""): value(one.get(b"formatCode", b"")) for one in facts}
    cells = _STYLES_OF_CELLS.search(styles)
    numbers = [
        attributes(found[0][found[0].find(b" ") :].rstrip(b"/>")).get(b"numFmtId", b"0")
        for found in _STYLE.finditer(cells[0] if cells else b"")
    ]
    return {b"%d" % index for index, number in enumerate(numbers) if _shows_time(number, codes.get(number))}


def _shows_time(number: bytes, code: str | None) -> bool:
    if code is None:
        return number.isdigit() and int(number) in _TIMES_BUILT_IN
    return "h" in _SHOWN_AS_IT_IS.sub("", code).lower()


def _refuse_vast(sheet: Sheet, bottom: int, right: int) -> None:
    """The reader holds a rectangle, so one cell far away costs as much as the million between.

    Cells that stand in disorder could reach further right than each row's last one; blank cells, which only have
    a format, cost nothing and are told apart only where it decides.
    """
    named = {found[1] for found in _FAR.finditer(sheet.masked)}
    right = max([right, _ONE_LETTER - 1, *map(column_of, named)])
    if right >= COLUMNS:
        raise sheet.unusual(f"a cell in column {right}")
    if bottom * (right + 1) > AREA_LIMIT:
        bottom, right = _filled_extent(sheet)
    if bottom * (right + 1) > AREA_LIMIT:
        raise refused("sheet-too-large", sheet.name, row=bottom, columns=right + 1)


def _filled_extent(sheet: Sheet) -> tuple[int, int]:
    bottom, right = 0, -1
    for row in sheet.rows():
        filled = max((cell.column for cell in sheet.cells(row) if cell.inner.strip()), default=-1)
        if filled >= 0:
            bottom, right = row.number, max(right, filled)
    return bottom, right


def _faults(sheet: Sheet) -> Iterator[tuple[tuple[int, int], Unreadable]]:
    errors = dict.fromkeys(_error_cells(sheet), CellFault.ERROR)
    for place, cell in _located(sheet, errors | dict.fromkeys(_uncached_cells(sheet), CellFault.UNCACHED)):
        if cell.start in errors:
            yield place, Unreadable(CellFault.ERROR, _text(sheet, cell, b"v"))
        else:
            yield place, Unreadable(CellFault.UNCACHED, "=" + _text(sheet, cell, b"f"))


def _error_cells(sheet: Sheet) -> Iterator[int]:
    """Gives where the cells begin that hold an error."""
    if sheet.masked.find(b'"e"') < 0 and sheet.masked.find(b"'e'") < 0:
        return
    opening = b"<" + sheet.prefix + b"c"
    for found in _ERROR.finditer(sheet.masked, sheet.data.inner, sheet.data.close):
        start = sheet.masked.rfind(b"<", 0, found.start())
        after = start + len(opening)
        if sheet.masked.startswith(opening, start) and sheet.masked[after : after + 1].isspace():
            yield start


def formula_cells(sheet: Sheet, columns: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Return row and column of each formula in these columns; a cell without a reference is left out."""
    for found in sheet.patterns.formula.finditer(sheet.masked, sheet.data.inner, sheet.data.close) if columns else ():
        start = sheet.masked.rfind(b"<", 0, found.start())
        place = grid_cell(value(attributes(sheet.masked[start : found.start()]).get(b"r", b"")))
        if place is not None and place[1] in columns:
            yield place


def _uncached_cells(sheet: Sheet) -> Iterator[int]:
    """Gives where the cells begin whose formula has no result; an empty text (`t="str"`) is one."""
    for found in sheet.patterns.uncached.finditer(sheet.masked, sheet.data.inner, sheet.data.close):
        start = sheet.masked.rfind(b"<", 0, found.start())
        tag = sheet.masked[start : found.start()]
        if not (found["value"] and attributes(tag).get(b"t") == b"str"):
            yield start


def _located(sheet: Sheet, starts: Iterable[int]) -> Iterator[tuple[tuple[int, int], Cell]]:
    """Gives row, column and cell for the cells that begin at `starts`, in one pass over the rows."""
    waiting = sorted(starts, reverse=True)
    for row in sheet.rows() if waiting else ():
        known: set[int] = set()
        while waiting and waiting[-1] < row.end:
            known.add(waiting.pop())
        cells = sheet.cells(row) if known else ()
        yield from (((row.number, cell.column), cell) for cell in cells if cell.start in known)


def _text(sheet: Sheet, cell: Cell, local: bytes) -> str:
    """Gives the text of a cell's `f` or `v`, from the unmasked text."""
    tag = re.escape(sheet.prefix + local)
    found = re.search(rb"<%b(?:\s[^>]*)?>(.*?)</%b\s*>" % (tag, tag), sheet.text[cell.start : cell.end], re.DOTALL)
    return value(spelled_out(found[1])) if found else ""
