"""Cell references: columns are zero-based numbers here and letters in the file, rows are the margin's numbers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from importer.core.layout import LAST_COLUMN_COUNT, column, letters

ROWS = 1_048_576
"""Excel's own limit (Microsoft, "Excel specifications and limits")."""

_REFERENCE = re.compile(r"^\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})$")


class Area(NamedTuple):
    """A rectangle of cells, all four edges included."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        """Whether the cell lies inside."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    @property
    def single(self) -> bool:
        """Whether it is one cell."""
        return self.top == self.bottom and self.left == self.right

    def meets(self, other: Area) -> bool:
        """Whether the two have a cell in common."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )


@lru_cache(maxsize=LAST_COLUMN_COUNT)
def column_of(name: bytes) -> int:
    """Return a column's number from the letters as they stand in a part."""
    return column(name.decode())


def cell(reference: str) -> tuple[int, int] | None:
    """Return row and column of a reference such as `B7` or `$B$7`, or None if it is none or off the sheet."""
    found = _REFERENCE.match(reference)
    if found is None:
        return None
    row, place = int(found[2]), column(found[1])
    return (row, place) if row <= ROWS and place < LAST_COLUMN_COUNT else None


def area(reference: str) -> Area | None:
    """Return the area of a reference such as `A1:C9` or `A1`, or None if it is none."""
    first, _, last = reference.partition(":")
    start, end = cell(first), cell(last or first)
    if start is None or end is None:
        return None
    return Area(min(start[0], end[0]), min(start[1], end[1]), max(start[0], end[0]), max(start[1], end[1]))


def reference(place: Area) -> str:
    """Return an area as the file spells it."""
    first = f"{letters(place.left)}{place.top}"
    last = f"{letters(place.right)}{place.bottom}"
    return first if first == last else f"{first}:{last}"
