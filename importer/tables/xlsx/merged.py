"""Cells merged over several rows: the one value, which the file keeps in the topmost cell, is every row's.

A list that is grouped by day shows the day once, merged over its rows, and whoever reads it reads the day for each of
them. Merges within a row are left alone: a title is no value of the columns beside its own.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.tables.ooxml.grid import Area

Value = TypeVar("Value")


def merges_of(areas: Iterable[Area], *, below: int, columns: frozenset[int]) -> Mapping[int, Mapping[int, int]]:
    """Gives {first row: {column: last row}} of the merges in `columns` that begin under the row `below`."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for area in areas:
        if area.left in columns and below < area.top < area.bottom:
            found[area.top][area.left] = area.bottom
    return dict(found)


def carried_down(
    rows: Iterable[tuple[int, Sequence[Value]]], merges: Mapping[int, Mapping[int, int]]
) -> Iterator[tuple[int, Sequence[Value], Mapping[int, Value]]]:
    """Gives each row, and {column: value} of what merged cells above carry into it. Rows come from the top."""
    held: dict[int, tuple[int, Value]] = {}
    for number, values in rows:
        begun = merges.get(number, {})
        held = {place: (end, value) for place, (end, value) in held.items() if number <= end and place not in begun}
        yield number, values, {place: value for place, (_, value) in held.items()}
        held |= {place: (end, values[place]) for place, end in begun.items() if place < len(values)}
