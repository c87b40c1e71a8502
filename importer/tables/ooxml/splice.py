"""Result cells put into a sheet's rows, as edits of its text.

First the ground is surveyed: which columns are free, and which cells must not be touched. Then the rows are edited, and
the elements round them that new columns touch: the sheet's dimension and the widths of its columns.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from importer.core.layout import LAST_COLUMN_COUNT, letters
from importer.tables.base import refused
from importer.tables.ooxml.markup import (
    Edit,
    NewCell,
    Node,
    attribute_edit,
    attributes,
    cell_xml,
    children,
    number,
    standing,
    unescape,
)
from importer.tables.ooxml.sheet import ROWS, Area, area, reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.core.model import Stop
    from importer.tables.base import ResultTexts
    from importer.tables.ooxml.sheet import CellMarkup, RowMarkup, SheetPart


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
    sheet: SheetPart, header: int, tables: Sequence[Area], drawn: Sequence[Area], *, edge: int, right: int
) -> Ground:
    """Look at everything right of `edge` (the last heading or the table's right edge) from the heading row down.

    `right` is the last column that has a cell. Merged cells and array formulas count as well as `tables`.
    """
    areas = (*tables, *merged_cells(sheet), *arrays(sheet))
    taken = tuple(one for one in areas if one.bottom >= header)
    used: set[int] = set()
    bottom = header
    for row in sheet.rows() if right > edge or drawn else ():
        if row.number > header and right <= edge and not drawn:
            break
        bottom = row.number
        if edge < right and row.number >= header and (row.last is None or row.last > edge):
            filled = {cell.column for cell in sheet.cells(row) if cell.inner.strip()}
            edge = max({edge, *filled}) if row.number == header else edge
            used |= filled
    used = {column for column in used if column > edge}
    return Ground(header, edge, taken, frozenset(used), tuple(drawn), bottom)


def free_columns(ground: Ground, count: int, name: str) -> int:
    """Return the first of `count` free columns: beside the last heading, else right of everything.

    Raise Stop (`no-free-columns`) when the sheet ends before.
    """
    start = ground.edge + 1
    below = Area(ground.header, start, ROWS, start + count - 1)
    rows = Area(ground.header, start, ground.bottom, start + count - 1)
    blocked = any(one.meets(below) for one in ground.taken) or any(start <= one < start + count for one in ground.used)
    if blocked or any(one.meets(rows) for one in ground.drawn):
        whole = rows._replace(left=0, right=LAST_COLUMN_COUNT)
        beside = (*ground.taken, *(one for one in ground.drawn if one.meets(whole)))
        start = max([ground.edge, *ground.used, *(one.right for one in beside)]) + 1
    if start + count > LAST_COLUMN_COUNT:
        raise refused("no-free-columns", name)
    return start


def refuse_taken(sheet: SheetPart, rows: Sequence[int], headings: Mapping[int, str]) -> None:
    """Raise Stop (`result-cell-taken`) if merged cells or an array formula lie over a result cell.

    `rows` are the numbers of the rows to write, in order; `headings` says what stands over each result column.
    """
    covers = [(one, "is merged with others") for one in merged_cells(sheet)]
    covers += [(one, "belongs to an array formula") for one in arrays(sheet)]
    for cover, reason in covers:
        columns = [column for column in headings if cover.left <= column <= cover.right]
        inside = rows[bisect_left(rows, cover.top) : bisect_right(rows, cover.bottom)] if columns else ()
        for row, column in product(inside, columns):
            if (row, column) != (cover.top, cover.left) or not reason.startswith("is merged"):
                raise taken(sheet, (row, column), headings, reason)


def taken(sheet: SheetPart, place: tuple[int, int], headings: Mapping[int, str], reason: str) -> Stop:
    """Return the Stop for a result cell that can't be written."""
    row, column = place
    cell = f"{letters(column)}{row}"
    return refused("result-cell-taken", headings[column], cell=cell, reason=reason, detail=sheet.name)


def merged_cells(sheet: SheetPart) -> Iterator[Area]:
    """Return the areas of merged cells."""
    for node in sheet.nodes_called("mergeCells"):
        for one in children(sheet.masked, node):
            found = _area(one, b"ref")
            if found:
                yield found


def arrays(sheet: SheetPart) -> Iterator[Area]:
    """Return the areas that array formulas, spilling ones included, and data tables fill."""
    for found in sheet.patterns.ranged.finditer(sheet.masked, sheet.data.inner, sheet.data.close):
        facts = attributes(found["rest"])
        place = area(unescape(facts.get(b"ref", b"")))
        if place and facts.get(b"t") in {b"array", b"dataTable"}:
            yield place


def _area(node: Node, name: bytes) -> Area | None:
    return area(unescape(attributes(node.attributes).get(name, b"")))


NARROWEST = 6
"""Characters of a column below which nothing in it can be read."""

_HIDING = {b"hidden", b"outlineLevel", b"collapsed", b"bestFit"}
_DECIMAL = re.compile(rb"\d+(?:\.\d+)?")


def dimension_edits(sheet: SheetPart, written: Area) -> Iterator[Edit]:
    """Widen the dimension by what was written; one that is absent, or no area, is left so."""
    for node in sheet.nodes_called("dimension"):
        named = area(unescape(attributes(node.attributes).get(b"ref", b"")))
        if named is not None:
            wide = Area(
                min(named.top, written.top),
                min(named.left, written.left),
                max(named.bottom, written.bottom),
                max(named.right, written.right),
            )
            yield attribute_edit(node, b"ref", reference(wide))


def width_edits(sheet: SheetPart, widths: Sequence[tuple[int, int]]) -> Iterator[Edit]:
    """Give new columns (column, characters) a width, and show those that are hidden or too narrow to be seen.

    What the sheet says of a range of columns is split where one of them is among the new ones.
    """
    nodes = sheet.nodes_called("cols")
    cols = sorted((col for node in nodes for col in children(sheet.masked, node)), key=lambda col: col.start)
    new = dict(sorted(widths))
    edits: list[Edit] = []
    for col in cols:
        first, last = _range(col)
        inside = [place for place in new if first <= place + 1 <= last]
        if inside and not _is_seen(col):
            edits.append(Edit(col.start, col.end, _split(sheet, col, {place: new[place] for place in inside})))
        for place in inside:
            del new[place]
    for place, width in new.items():
        behind = next((col for col in cols if _range(col)[0] > place + 1), None)
        text = _col(sheet, {b"min": place + 1, b"max": place + 1, b"width": width, b"customWidth": 1})
        at = behind.start if behind else nodes[0].close if nodes and not nodes[0].closed else sheet.data.start
        edits.append(Edit(at, at, text))
    if edits and not nodes:
        texts = b"".join(edit.new for edit in edits)
        edits = [Edit(sheet.data.start, sheet.data.start, b"<%bcols>%b</%bcols>" % (sheet.prefix, texts, sheet.prefix))]
    yield from sorted(edits, key=lambda edit: (edit.start, edit.end))


def _is_seen(col: Node) -> bool:
    facts = attributes(col.attributes)
    width = facts.get(b"width", b"")
    narrow = _DECIMAL.fullmatch(width) is not None and float(width) < NARROWEST
    return facts.get(b"hidden", b"0") in {b"0", b"false"} and not narrow


def _split(sheet: SheetPart, col: Node, widths: Mapping[int, int]) -> bytes:
    """Return a range of columns as several, those of `widths` shown in that width and in no group."""
    facts = attributes(col.attributes)
    kept = {name: raw for name, raw in facts.items() if name not in _HIDING}
    first, last = _range(col)
    found = b""
    for place, width in widths.items():
        if first < place + 1:
            found += _col(sheet, facts | {b"min": first, b"max": place})
        found += _col(sheet, kept | {b"min": place + 1, b"max": place + 1, b"width": width, b"customWidth": 1})
        first = place + 2
    return found + (_col(sheet, facts | {b"min": first, b"max": last}) if first <= last else b"")


def _col(sheet: SheetPart, facts: Mapping[bytes, bytes | int]) -> bytes:
    said = ((name, raw if isinstance(raw, bytes) else b"%d" % raw) for name, raw in facts.items())
    return b"<%bcol%b/>" % (
        sheet.prefix,
        b"".join(b' %b="%b"' % (name, raw.replace(b'"', b"&quot;")) for name, raw in said),
    )


def column_style(sheet: SheetPart, place: int) -> str:
    """Return the style that the sheet has for a whole column, or ''."""
    for node in sheet.nodes_called("cols"):
        for col in children(sheet.masked, node):
            first, last = _range(col)
            if first <= place + 1 <= last:
                return attributes(col.attributes).get(b"style", b"").decode()
    return ""


def _range(col: Node) -> tuple[int, int]:
    facts = attributes(col.attributes)
    return number(facts.get(b"min", b"")), number(facts.get(b"max", b""))


_SPANS = re.compile(rb"""(\sspans\s*=\s*["'])(\d+):(\d+)(["'])""")
_STYLE = re.compile(rb"""\ss\s*=\s*["'](\d+)["']""")
_CLOSING = re.compile(rb"\s*/>$")


class Slot(NamedTuple):
    """A result column: where it stands, its key in the results, and the style for its new cells or ''."""

    column: int
    key: str
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What goes into the rows: results by row number and key, for the columns in `slots` (in order of columns).

    `headings` says what stands over each result column; those in `appended` are new, go into row `header`, and
    look like the column at `neighbour` unless the sheet has a style for them.
    """

    results: ResultTexts
    slots: Sequence[Slot]
    headings: Mapping[int, str]
    header: int
    appended: frozenset[int]
    neighbour: int

    def numbers(self) -> list[int]:
        """Return the numbers of the rows that get something, in order."""
        rows = {number for number, texts in self.results.items() if texts}
        return sorted(rows | {self.header} if self.appended and self.header else rows)

    def cells(self, number: int) -> list[NewCell]:
        """Return a row's new cells in order of their columns."""
        if number == self.header:
            return [NewCell(column, self.headings[column], "") for column in sorted(self.appended)]
        texts = self.results[number]
        return [NewCell(column, standing(texts[key]), style) for column, key, style in self.slots if key in texts]


def row_edits(sheet: SheetPart, writing: Writing) -> Iterator[Edit]:
    """Return the edits that put the cells into the sheet's rows, in order of the text.

    A cell that is there is replaced whole and keeps its style, one that is not is put where it belongs, a row
    that is not likewise. Raise Stop when that can't be done safely.
    """
    waiting = iter(writing.numbers())
    number = next(waiting, None)
    before = sheet.data.inner
    for row in sheet.rows():
        while number is not None and number < row.number:
            yield _new_row(sheet, row, number, writing.cells(number))
            number = next(waiting, None)
        if number is None:
            return
        before = row.end
        if number == row.number:
            yield from _one_row(sheet, row, writing.cells(number), writing)
            number = next(waiting, None)
    if number is not None:
        yield _last_rows(sheet, before, {one: writing.cells(one) for one in (number, *waiting)})


def _one_row(sheet: SheetPart, row: RowMarkup, cells: Sequence[NewCell], writing: Writing) -> Iterator[Edit]:
    if row.closed:
        yield _opened(sheet, row, cells)
        return
    widened = _spans(row, cells)
    if widened:
        yield widened
    if row.last is not None and row.last < cells[0].column:
        beside = row.last_attributes if row.last == writing.neighbour else row.attributes
        yield Edit(row.close, row.close, _joined(sheet, row.number, _alike(cells, beside, writing)))
    else:
        yield from _among(sheet, row, cells, writing)


def _among(sheet: SheetPart, row: RowMarkup, cells: Sequence[NewCell], writing: Writing) -> Iterator[Edit]:
    """Walks the row's cells and the new ones side by side.

    A cell without a name is its left neighbour's next, so nothing can come between the two.
    """
    waiting = list(reversed(cells))
    beside = row.attributes
    for there in sheet.cells(row):
        while waiting and waiting[-1].column < there.column:
            yield Edit(there.start, there.start, _joined(sheet, row.number, _alike([waiting.pop()], beside, writing)))
        if waiting and waiting[-1].column == there.column:
            new = _replacement(sheet, row, there, cell=waiting.pop(), writing=writing)
            yield Edit(there.start, there.end, _joined(sheet, row.number, [new]))
        if not waiting:
            return
        if there.column == writing.neighbour:
            beside = there.attributes
    yield Edit(row.close, row.close, _joined(sheet, row.number, _alike(list(reversed(waiting)), beside, writing)))


def _replacement(sheet: SheetPart, row: RowMarkup, there: CellMarkup, *, cell: NewCell, writing: Writing) -> NewCell:
    """A formula is somebody's work, others may depend on it, and the calculation chain names it: it stays."""
    if b"<" + sheet.prefix + b"f" in there.inner and sheet.patterns.formula.search(there.inner):
        raise taken(sheet, (row.number, cell.column), writing.headings, "holds a formula")
    return cell._replace(style=_style(there.attributes))


def _alike(cells: Sequence[NewCell], beside: bytes, writing: Writing) -> Sequence[NewCell]:
    """Return new cells the style of what stands beside them (a cell's, or its row's) where they have none."""
    style = _style(beside) if writing.appended else ""
    if not style:
        return cells
    return [
        cell._replace(style=style) if not cell.style and cell.column in writing.appended else cell for cell in cells
    ]


@lru_cache(maxsize=1024)
def _style(inside: bytes) -> str:
    found = _STYLE.search(inside)
    return found[1].decode() if found else ""


def _joined(sheet: SheetPart, number: int, cells: Sequence[NewCell]) -> bytes:
    prefix = sheet.prefix.decode()
    return "".join(cell_xml(prefix, f"{letters(cell.column)}{number}", cell) for cell in cells).encode()


def _spans(row: RowMarkup, cells: Sequence[NewCell]) -> Edit | None:
    """`spans` is a hint (18.3.1.73), but a wrong one makes Excel look no further."""
    found = _widened(row.attributes, cells[0].column + 1, cells[-1].column + 1)
    if found is None:
        return None
    start = row.inner - 1 - len(row.attributes)
    return Edit(start + found[0], start + found[1], found[2])


@lru_cache(maxsize=1024)
def _widened(inside: bytes, first: int, last: int) -> tuple[int, int, bytes] | None:
    """Most rows of a sheet have the same attributes, so this is worked out once."""
    found = _SPANS.search(inside)
    if found is None or (int(found[2]) <= first and last <= int(found[3])):
        return None
    wide = b"%d:%d" % (min(int(found[2]), first), max(int(found[3]), last))
    return found.start(), found.end(), found[1] + wide + found[4]


def _opened(sheet: SheetPart, row: RowMarkup, cells: Sequence[NewCell]) -> Edit:
    """`<row/>` becomes `<row>cells</row>`."""
    tag = sheet.text[row.start : row.end]
    spans = _SPANS.sub(b"", _CLOSING.sub(b"", tag))
    return Edit(row.start, row.end, spans + b">" + _joined(sheet, row.number, cells) + _end(sheet))


def _new_row(sheet: SheetPart, row: RowMarkup, number: int, cells: Sequence[NewCell]) -> Edit:
    return Edit(row.start, row.start, _whole(sheet, number, cells))


def _last_rows(sheet: SheetPart, at: int, cells: Mapping[int, Sequence[NewCell]]) -> Edit:
    return Edit(at, at, b"".join(_whole(sheet, number, cells[number]) for number in sorted(cells)))


def _whole(sheet: SheetPart, number: int, cells: Sequence[NewCell]) -> bytes:
    return b'<%brow r="%d">' % (sheet.prefix, number) + _joined(sheet, number, cells) + _end(sheet)


def _end(sheet: SheetPart) -> bytes:
    return b"</" + sheet.prefix + b"row>"
