"""Where results can stand in a sheet without harm: which columns are free, and which cells must not be touched."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from importer.tables.ooxml.grid import COLUMNS, ROWS, Area, area, letters
from importer.tables.ooxml.markup import Node, attributes, children, value
from importer.tables.refusal import refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.core.model import Stop
    from importer.tables.ooxml.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies from the heading row down: `edge` is the last heading's column, `taken` what can't be built on.

    `drawn` is what charts, pictures and controls lie over. `used` are columns right of the edge with something in a
    cell, and `bottom` is the last row.
    """

    header: int
    edge: int
    taken: tuple[Area, ...]
    used: frozenset[int]
    drawn: tuple[Area, ...]
    bottom: int

    def could_move(self, columns: range) -> bool:
        """Whether rows can be sorted over these columns, right of the edge, without moving anything but them."""
        below = Area(self.header, columns.start, ROWS, columns.stop - 1)
        return self.used.isdisjoint(columns) and not any(one.meets(below) for one in self.taken)


def survey_ground(
    sheet: Sheet, header: int, tables: Sequence[Area], drawn: Sequence[Area], *, edge: int, right: int
) -> Ground:
    """Looks at everything right of `edge` (the last heading or the table's right edge) from the heading row down.

    `right` is the last column that has a cell. Merged cells and array formulas count as well as `tables`.
    """
    areas = (*tables, *merged(sheet), *arrays(sheet))
    taken = tuple(one for one in areas if one.bottom >= header)
    used: set[int] = set()
    bottom = header
    for row in sheet.rows() if right > edge or drawn else ():
        bottom = row.number
        if edge < right and row.number >= header and (row.last is None or row.last > edge):
            filled = {cell.column for cell in sheet.cells(row) if cell.inner.strip()}
            edge = max({edge, *filled}) if row.number == header else edge
            used |= filled
    used = {column for column in used if column > edge}
    return Ground(header, edge, taken, frozenset(used), tuple(drawn), bottom)


def free_columns(ground: Ground, count: int, name: str) -> int:
    """Gives the first of `count` free columns: beside the last heading, else right of everything.

    Raises Stop (`no-free-columns`) when the sheet ends before.
    """
    start = ground.edge + 1
    below = Area(ground.header, start, ROWS, start + count - 1)
    rows = Area(ground.header, start, ground.bottom, start + count - 1)
    blocked = any(one.meets(below) for one in ground.taken) or any(start <= one < start + count for one in ground.used)
    if blocked or any(one.meets(rows) for one in ground.drawn):
        whole = rows._replace(left=0, right=COLUMNS)
        beside = (*ground.taken, *(one for one in ground.drawn if one.meets(whole)))
        start = max([ground.edge, *ground.used, *(one.right for one in beside)]) + 1
    if start + count > COLUMNS:
        raise refused("no-free-columns", name)
    return start


def refuse_taken(sheet: Sheet, rows: Sequence[int], headings: Mapping[int, str]) -> None:
    """Raises Stop (`result-cell-taken`) if merged cells or an array formula lie over a result cell.

    `rows` are the numbers of the rows to write, in order; `headings` says what stands over each result column.
    """
    covers = [(one, "is merged with others") for one in merged(sheet)]
    covers += [(one, "belongs to an array formula") for one in arrays(sheet)]
    for cover, reason in covers:
        columns = [column for column in headings if cover.left <= column <= cover.right]
        inside = rows[bisect_left(rows, cover.top) : bisect_right(rows, cover.bottom)] if columns else ()
        for row, column in product(inside, columns):
            if (row, column) != (cover.top, cover.left) or not reason.startswith("is merged"):
                raise taken(sheet, (row, column), headings, reason)


def taken(sheet: Sheet, place: tuple[int, int], headings: Mapping[int, str], reason: str) -> Stop:
    """Gives the Stop for a result cell that can't be written."""
    row, column = place
    cell = f"{letters(column)}{row}"
    return refused("result-cell-taken", headings[column], cell=cell, reason=reason, detail=sheet.name)


def merged(sheet: Sheet) -> Iterator[Area]:
    """Gives the areas of merged cells."""
    for node in sheet.nodes_called("mergeCells"):
        for one in children(sheet.masked, node):
            found = _area(one, b"ref")
            if found:
                yield found


def arrays(sheet: Sheet) -> Iterator[Area]:
    """Gives the areas that array formulas, spilling ones included, and data tables fill."""
    for found in sheet.patterns.ranged.finditer(sheet.masked, sheet.data.inner, sheet.data.close):
        facts = attributes(found["rest"])
        place = area(value(facts.get(b"ref", b"")))
        if place and facts.get(b"t") in {b"array", b"dataTable"}:
            yield place


def _area(node: Node, name: bytes) -> Area | None:
    return area(value(attributes(node.attributes).get(name, b"")))
