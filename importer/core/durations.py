"""Lengths as people write them: minutes, hours and minutes, or what the spreadsheet knows as a time."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import TYPE_CHECKING

from importer.core.cells import Unclear, fault_of, is_blank, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.core.model import Cell

LONGEST_MINUTES = 99_999
"""More is no length of a meeting but a date's serial number or an ID in the wrong column."""

_DURATION = re.compile(
    r"(?P<hours>\d{1,3}):(?P<minutes>[0-5]\d)(?::00)?|(?P<only>\d{1,5})(?:\s*(?:min|minutes?|minuten|m))?\.?",
    re.IGNORECASE,
)


def read_duration(cells: Sequence[Cell]) -> timedelta | Unclear | None:
    """Gives the length that the first cell says: a number of minutes, h:mm, or a time the spreadsheet knows."""
    if fault := fault_of(cells):
        return fault
    cell = cells[0] if cells else None
    match cell:
        case _ if is_blank(cell):
            return None
        case timedelta() if cell >= timedelta():
            return timedelta(minutes=round(cell / timedelta(minutes=1)))
        case time():
            return timedelta(hours=cell.hour, minutes=cell.minute)
        case bool():
            return Unclear("not-a-duration", text_of(cell))
        case int() | float() if 0 <= cell <= LONGEST_MINUTES and float(cell).is_integer():
            return timedelta(minutes=int(cell))
        case str() if found := _DURATION.fullmatch(cell.strip()):
            return timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or found["only"]))
    return Unclear("not-a-duration", text_of(cell))
