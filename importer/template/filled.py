"""An exported roster's rows as values for the template: what `run` would read from the roster, it reads from here."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

from importer.core.cells import MINUTE, ParseError, text_of
from importer.core.columns import INPUT_COLUMNS
from importer.core.model import Unreadable
from importer.core.readings import EXACT_DIGITS, Moment, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.core.model import Cell, CellValue, SheetRow
    from importer.core.readings import Reading, ReadingOptions, Time


def filled_from(rows: Iterable[SheetRow], options: ReadingOptions) -> list[Mapping[str, CellValue]]:
    """Return {column's key: value} for each row, read as the roster's settings say.

    Dates and joined columns become one date-time, text stays text, and what can't be understood stays as it is
    written, so that checking the template finds it. Result columns are left out.
    """
    keys = [column.key for column in INPUT_COLUMNS]
    kept = list(rows)
    filled: list[Mapping[str, CellValue]] = []
    for row, reading in zip(kept, read_rows(kept, options), strict=True):
        values = {key: _value(key, row.cells[key], reading) for key in keys if key in row.cells}
        filled.append(values | ({"end": _time(reading.end)} if reading.end is not None else {}))
    return filled


def unreadable_rows(rows: Iterable[SheetRow]) -> list[int]:
    """Return the number of a row for each cell that can't be read: an Excel error, or a formula never calculated."""
    return [
        row.number for row in rows for cells in row.cells.values() for cell in cells if isinstance(cell, Unreadable)
    ]


def _value(key: str, cells: Sequence[Cell], reading: Reading) -> CellValue:
    match key, cells:
        case "start", _:
            return _time(reading.start)
        case "end", _:
            return _time(reading.end)
        case "duration", [cell]:
            return _length(cell, reading.duration)
        case "attendees", _:
            return "; ".join(filter(None, map(text_of, cells)))
        case (("external_id" | "subject"), _) if any(isinstance(cell, Unreadable) for cell in cells):
            return None  # `#REF!` as a text would pass for an ID or a title
        case "external_id", [int() | float() as number] if abs(number) < EXACT_DIGITS:
            return text_of(number)
        case "external_id", [cell]:
            return cell.text if isinstance(cell, Unreadable) else cell
    return " ".join(filter(None, map(text_of, cells)))


def _time(moment: Time) -> CellValue:
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
    return length.value if isinstance(length, ParseError) else None if isinstance(cell, Unreadable) else cell
