"""The rows of an exported roster that a template starts with.

A row's values are what `run` would read from the roster: it reads them from the template again.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

from importer.core.cells import ParseError, text_of
from importer.core.columns import HOLDS, INPUT_COLUMNS, PEOPLE_KEYS, Holds
from importer.core.model import CellError
from importer.core.readings import EXACT_DIGITS, read_rows
from importer.core.times import Moment
from importer.core.times.lengths import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.core.model import Cell, CellValue
    from importer.core.readings import ReadingOptions, ReadTime
    from importer.core.row import Row


def filled_from(rows: Iterable[Row], options: ReadingOptions) -> list[Mapping[str, CellValue]]:
    """Return {column's key: value} for each row, read as the roster's settings say.

    Dates and joined columns become one date-time, text stays text, and what can't be understood stays as it is
    written, so that checking the template finds it. So do weekdays that are many dates, which no cell could hold.
    Result columns are left out.
    """
    keys = [column.key for column in INPUT_COLUMNS]
    filled: list[Mapping[str, CellValue]] = []
    for row in read_rows(rows, options):
        values = {key: _value(key, row) for key in keys if key in row.cells}
        ended = {"end": _time(row.values["end"])} if row.values["end"] is not None else {}
        if row.values["occurrences"]:
            ended = {key: row.text(key) for key in ("start", "end") if key in row.cells}
        filled.append(values | ended)
    return filled


def unreadable_rows(rows: Iterable[Row]) -> list[int]:
    """Return the number of a row for each cell that can't be read: an Excel error, or a formula never calculated."""
    return [row.number for row in rows for cells in row.cells.values() for cell in cells if isinstance(cell, CellError)]


def _value(key: str, row: Row) -> CellValue:
    cells = row.cells[key]
    match HOLDS[key], cells:
        case Holds.MOMENT, _:
            return _time(row.values[key])
        case Holds.LENGTH, [cell]:
            return _length(cell, row.values[key])
        case _ if key in PEOPLE_KEYS and row.people and not isinstance(row.values[key], ParseError):
            named = row.values[key]
            return named if isinstance(named, str) else "; ".join(named)
        case Holds.PEOPLE, _:
            return "; ".join(filter(None, map(text_of, cells)))
        case Holds.TEXT, _ if any(isinstance(cell, CellError) for cell in cells):
            return None  # `#REF!` as a text would pass for an ID or a title
        case Holds.TEXT, [int() | float() as number] if key == "external_id" and abs(number) < EXACT_DIGITS:
            return text_of(number)
        case Holds.TEXT, [cell] if key == "external_id":
            return cell.text if isinstance(cell, CellError) else cell
    return " ".join(filter(None, map(text_of, cells)))


def _time(moment: ReadTime) -> CellValue:
    """Return a date-time where the cells say one; with an offset as text, because a sheet's date-times have none."""
    match moment:
        case Moment(written=when):
            return when.local if when.local.tzinfo is None else when.local.isoformat()
        case None:
            return None
        case unclear:
            return unclear.value


def _length(cell: Cell, length: timedelta | ParseError | None) -> CellValue:
    """Return a length with its unit, which the template's heading does not say as the roster's may."""
    if isinstance(length, timedelta) and not isinstance(cell, time | timedelta):
        return f"{round(length / MINUTE)} min"
    return length.value if isinstance(length, ParseError) else None if isinstance(cell, CellError) else cell
