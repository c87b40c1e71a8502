"""Result cells put into a sheet's rows, as edits of its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.tables.ooxml.cells import NewCell, cell_xml
from importer.tables.ooxml.grid import letters
from importer.tables.ooxml.markup import Edit, attributes
from importer.tables.ooxml.place import taken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.tables.ooxml.sheet import Cell, Row, Sheet

_SPANS = re.compile(rb"""(\sspans\s*=\s*["'])(\d+):(\d+)(["'])""")
_STYLE = re.compile(rb"""\ss\s*=\s*["'](\d+)["']""")
_CLOSING = re.compile(rb"\s*/>$")


@dataclass(frozen=True, slots=True)
class Writing:
    """What goes into the rows: by row number the cells in order of their columns.

    `headings` says what stands over each result column. Columns in `appended` are new ones and look like the one
    at `neighbour`, unless the cell or the sheet has a style for them already.
    """

    cells: Mapping[int, Sequence[NewCell]]
    headings: Mapping[int, str]
    appended: frozenset[int] = frozenset()
    neighbour: int = -1


def row_edits(sheet: Sheet, writing: Writing) -> Iterator[Edit]:
    """Gives the edits that put the cells into the sheet's rows, in order of the text.

    A cell that is there is replaced whole and keeps its style, one that is not is put where it belongs, a row
    that is not likewise. Raises Stop when that can't be done safely.
    """
    cells = writing.cells
    waiting = iter(sorted(cells))
    number = next(waiting, None)
    before = sheet.data.inner
    for row in sheet.rows():
        while number is not None and number < row.number:
            yield _new_row(sheet, row, number, cells[number])
            number = next(waiting, None)
        if number is None:
            return
        before = row.end
        if number == row.number:
            yield from _one_row(sheet, row, writing)
            number = next(waiting, None)
    if number is not None:
        yield _last_rows(sheet, before, {one: cells[one] for one in (number, *waiting)})


def _one_row(sheet: Sheet, row: Row, writing: Writing) -> Iterator[Edit]:
    cells = writing.cells[row.number]
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
        yield from _among(sheet, row, writing)


def _among(sheet: Sheet, row: Row, writing: Writing) -> Iterator[Edit]:
    """Walks the row's cells and the new ones side by side."""
    waiting = list(reversed(writing.cells[row.number]))
    beside = row.attributes
    for there in sheet.cells(row):
        while waiting and waiting[-1].column < there.column:
            if there.implicit:
                raise sheet.unusual(f"a cell without a name in row {row.number}")
            yield Edit(there.start, there.start, _joined(sheet, row.number, _alike([waiting.pop()], beside, writing)))
        if waiting and waiting[-1].column == there.column:
            new = _replacement(sheet, row, there, cell=waiting.pop(), writing=writing)
            yield Edit(there.start, there.end, _joined(sheet, row.number, [new]))
        if not waiting:
            return
        if there.column == writing.neighbour:
            beside = there.attributes
    yield Edit(row.close, row.close, _joined(sheet, row.number, _alike(list(reversed(waiting)), beside, writing)))


def _replacement(sheet: Sheet, row: Row, there: Cell, *, cell: NewCell, writing: Writing) -> NewCell:
    """A formula is somebody's work, others may depend on it, and the calculation chain names it: it stays."""
    if re.search(rb"<%bf[\s/>]" % re.escape(sheet.prefix), there.inner):
        raise taken(sheet, (row.number, cell.column), writing.headings, "holds a formula")
    return cell._replace(style=attributes(there.attributes).get(b"s", b"").decode())


def _alike(cells: Sequence[NewCell], beside: bytes, writing: Writing) -> Sequence[NewCell]:
    """Gives new cells the style of what stands beside them (a cell's, or its row's) where they have none."""
    found = _STYLE.search(beside)
    if not writing.appended or found is None:
        return cells
    style = found[1].decode()
    return [
        cell._replace(style=style) if not cell.style and cell.column in writing.appended else cell for cell in cells
    ]


def _joined(sheet: Sheet, number: int, cells: Sequence[NewCell]) -> bytes:
    prefix = sheet.prefix.decode()
    return "".join(cell_xml(prefix, f"{letters(cell.column)}{number}", cell) for cell in cells).encode()


def _spans(row: Row, cells: Sequence[NewCell]) -> Edit | None:
    """`spans` is a hint (18.3.1.73), but a wrong one makes Excel look no further."""
    found = _SPANS.search(row.attributes)
    if found is None:
        return None
    first = min(int(found[2]), cells[0].column + 1)
    last = max(int(found[3]), cells[-1].column + 1)
    start = row.inner - 1 - len(row.attributes)
    return Edit(start + found.start(), start + found.end(), found[1] + b"%d:%d" % (first, last) + found[4])


def _opened(sheet: Sheet, row: Row, cells: Sequence[NewCell]) -> Edit:
    """`<row/>` becomes `<row>cells</row>`."""
    tag = sheet.text[row.start : row.end]
    spans = _SPANS.sub(b"", _CLOSING.sub(b"", tag))
    return Edit(row.start, row.end, spans + b">" + _joined(sheet, row.number, cells) + _end(sheet))


def _new_row(sheet: Sheet, row: Row, number: int, cells: Sequence[NewCell]) -> Edit:
    if row.implicit:
        raise sheet.unusual(f"a row without a number after row {number}")
    return Edit(row.start, row.start, _whole(sheet, number, cells))


def _last_rows(sheet: Sheet, at: int, cells: Mapping[int, Sequence[NewCell]]) -> Edit:
    rows = b"".join(_whole(sheet, number, cells[number]) for number in sorted(cells))
    if not sheet.data.closed:
        return Edit(at, at, rows)
    name = sheet.data.name
    return Edit(sheet.data.start, sheet.data.end, b"<" + name + b">" + rows + b"</" + name + b">")


def _whole(sheet: Sheet, number: int, cells: Sequence[NewCell]) -> bytes:
    return b'<%brow r="%d">' % (sheet.prefix, number) + _joined(sheet, number, cells) + _end(sheet)


def _end(sheet: Sheet) -> bytes:
    return b"</" + sheet.prefix + b"row>"
