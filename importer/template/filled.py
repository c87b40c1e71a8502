"""An exported roster's rows as values for the template: what `run` would read from the roster, it reads from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core.cells import text_of
from importer.core.columns import INPUT_COLUMNS
from importer.core.model import Unreadable
from importer.core.readings import EXACT_DIGITS
from importer.core.times import When, read_when

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.core.model import Cell, CellValue, SheetRow
    from importer.core.times import DateOrder


def filled_from(rows: Iterable[SheetRow], order: DateOrder | None) -> list[Mapping[str, CellValue]]:
    """Gives {column's key: value} for each row; `order` is that of its text dates, as the roster's settings say.

    Dates and joined columns become one date-time, text stays text, and what can't be understood stays as it is
    written, so that checking the template finds it. Result columns are left out.
    """
    keys = [column.key for column in INPUT_COLUMNS]
    return [{key: _value(key, row.cells[key], order) for key in keys if key in row.cells} for row in rows]


def unreadable_rows(rows: Iterable[SheetRow]) -> list[int]:
    """Gives the number of a row for each cell that can't be read: an Excel error, or a formula never calculated."""
    return [
        row.number for row in rows for cells in row.cells.values() for cell in cells if isinstance(cell, Unreadable)
    ]


def _value(key: str, cells: Sequence[Cell], order: DateOrder | None) -> CellValue:
    match key, cells:
        case (("start" | "end"), _):
            return _time(cells, order)
        case "attendees", _:
            return "; ".join(filter(None, map(text_of, cells)))
        case (("external_id" | "subject"), _) if any(isinstance(cell, Unreadable) for cell in cells):
            return None  # `#REF!` as a text would pass for an ID or a title
        case "external_id", [int() | float() as number] if abs(number) < EXACT_DIGITS:
            return text_of(number)
        case (("external_id" | "duration"), [cell]):
            return cell.text if isinstance(cell, Unreadable) else cell
    return " ".join(filter(None, map(text_of, cells)))


def _time(cells: Sequence[Cell], order: DateOrder | None) -> CellValue:
    """Gives a date-time where the cells say one; with an offset as text, because a sheet's date-times have none."""
    match read_when(cells, order):
        case When(local=local):
            return local if local.tzinfo is None else local.isoformat()
        case None:
            return None
        case unclear:
            return unclear.value
