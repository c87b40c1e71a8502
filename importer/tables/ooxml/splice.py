"""Result cells put into a sheet's rows, as edits of its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from importer.tables.ooxml.cells import NewCell, cell_xml, standing
from importer.tables.ooxml.grid import letters
from importer.tables.ooxml.markup import Edit
from importer.tables.ooxml.place import taken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.tables.ooxml.sheet import Cell, Row, Sheet

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

    results: Mapping[int, Mapping[str, str]]
    slots: Sequence[Slot]
    headings: Mapping[int, str]
    header: int
    appended: frozenset[int]
    neighbour: int

    def numbers(self) -> list[int]:
        """Gives the numbers of the rows that get something, in order."""
        rows = {number for number, texts in self.results.items() if texts}
        return sorted(rows | {self.header} if self.appended else rows)

    def cells(self, number: int) -> list[NewCell]:
        """Gives a row's new cells in order of their columns."""
        if number == self.header:
            return [NewCell(column, self.headings[column], "") for column in sorted(self.appended)]
        texts = self.results[number]
        return [NewCell(column, standing(texts[key]), style) for column, key, style in self.slots if key in texts]


def row_edits(sheet: Sheet, writing: Writing) -> Iterator[Edit]:
    """Gives the edits that put the cells into the sheet's rows, in order of the text.

    A cell that is there is replaced whole and keeps its style, one that is not is put where it belongs, a row
    that is not likewise. Raises Stop when that can't be done safely.
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


def _one_row(sheet: Sheet, row: Row, cells: Sequence[NewCell], writing: Writing) -> Iterator[Edit]:
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


def _among(sheet: Sheet, row: Row, cells: Sequence[NewCell], writing: Writing) -> Iterator[Edit]:
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


def _replacement(sheet: Sheet, row: Row, there: Cell, *, cell: NewCell, writing: Writing) -> NewCell:
    """A formula is somebody's work, others may depend on it, and the calculation chain names it: it stays."""
    if b"<" + sheet.prefix + b"f" in there.inner and sheet.patterns.formula.search(there.inner):
        raise taken(sheet, (row.number, cell.column), writing.headings, "holds a formula")
    return cell._replace(style=_style(there.attributes))


def _alike(cells: Sequence[NewCell], beside: bytes, writing: Writing) -> Sequence[NewCell]:
    """Gives new cells the style of what stands beside them (a cell's, or its row's) where they have none."""
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


def _joined(sheet: Sheet, number: int, cells: Sequence[NewCell]) -> bytes:
    prefix = sheet.prefix.decode()
    return "".join(cell_xml(prefix, f"{letters(cell.column)}{number}", cell) for cell in cells).encode()


def _spans(row: Row, cells: Sequence[NewCell]) -> Edit | None:
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


def _opened(sheet: Sheet, row: Row, cells: Sequence[NewCell]) -> Edit:
    """`<row/>` becomes `<row>cells</row>`."""
    tag = sheet.text[row.start : row.end]
    spans = _SPANS.sub(b"", _CLOSING.sub(b"", tag))
    return Edit(row.start, row.end, spans + b">" + _joined(sheet, row.number, cells) + _end(sheet))


def _new_row(sheet: Sheet, row: Row, number: int, cells: Sequence[NewCell]) -> Edit:
    return Edit(row.start, row.start, _whole(sheet, number, cells))


def _last_rows(sheet: Sheet, at: int, cells: Mapping[int, Sequence[NewCell]]) -> Edit:
    return Edit(at, at, b"".join(_whole(sheet, number, cells[number]) for number in sorted(cells)))


def _whole(sheet: Sheet, number: int, cells: Sequence[NewCell]) -> bytes:
    return b'<%brow r="%d">' % (sheet.prefix, number) + _joined(sheet, number, cells) + _end(sheet)


def _end(sheet: Sheet) -> bytes:
    return b"</" + sheet.prefix + b"row>"
