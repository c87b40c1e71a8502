"""What a cell says, as the person who typed it would read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from importer.core.model import Cell, CellFault, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Unclear:
    """A cell that has no usable value: the catalogue's code for it, what it shows, and the code's other facts."""

    code: str
    value: str
    facts: Mapping[str, object] = field(default_factory=dict)


def is_blank(cell: Cell) -> bool:
    """Tells whether a person would call the cell empty."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def text_of(cell: Cell) -> str:
    """Gives the cell as text: numbers without a trailing `.0`, dates like 2026-12-25 09:00, blank as ''."""
    match cell:
        case str():
            return cell.strip()
        case None:
            return ""
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}" if cell.second == 0 else f"{cell:%Y-%m-%d %H:%M:%S}"
        case date() | time():
            return cell.isoformat()
        case Unreadable(text=text):
            return text
        case int() | float() | timedelta():
            return str(cell)


def fault_of(cells: Iterable[Cell]) -> Unclear | None:
    """Gives what makes the first unreadable one of `cells` unreadable, or None when all can be read."""
    for cell in cells:
        if isinstance(cell, Unreadable):
            code = "cell-error" if cell.fault is CellFault.ERROR else "cell-not-calculated"
            return Unclear(code, cell.text)
    return None
