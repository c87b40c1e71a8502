"""Where charts, pictures, shapes and form controls lie over a sheet: results go clear of them.

Anchors are those of drawing parts (ECMA-376 part 1, 20.5.2) and of the older VML parts for form controls and notes
(part 4, 19.4.2.3). Where an anchor gives lengths instead of cells, columns and rows are counted by their sizes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from importer.core.model import Stop
from importer.tables.ooxml.grid import LAST_COLUMN_COUNT, ROWS, Area
from importer.tables.ooxml.markup import ATTRIBUTES, attributes, children, decode, mask, number
from importer.tables.ooxml.package import Package, read, relationships

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.tables.ooxml.sheet import Sheet

EMU = 9525
"""English Metric Units to a pixel at 96 dots per inch (part 1, 20.1.10.16)."""

_WIDTH, _HEIGHT = 64, 20
"""Pixels of a column and a row of which nothing is said, in Excel's usual font."""

_ANCHOR = re.compile(
    rb"<(?:[\w.-]+:)?(twoCell|oneCell|absolute)Anchor(" + ATTRIBUTES + rb")>(.*?)</(?:[\w.-]+:)?\1Anchor\s*>", re.DOTALL
)
_CLIENT = re.compile(rb"<(?:[\w.-]+:)?ClientData(" + ATTRIBUTES + rb")>(.*?)</(?:[\w.-]+:)?ClientData\s*>", re.DOTALL)
_CLIENT_ANCHOR = re.compile(rb"<(?:[\w.-]+:)?Anchor\s*>([\d\s,-]*)<")
_VISIBLE = re.compile(rb"<(?:[\w.-]+:)?Visible[\s/>]")
_DECIMAL = re.compile(rb"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Pixels of columns and rows by their zero-based numbers."""

    columns: Callable[[int], int]
    rows: Callable[[int], int]


class Drawn(NamedTuple):
    """A drawing: the cells that it lies over, and whether it is stretched where their columns become wider."""

    area: Area
    stretched: bool


def drawings_of(package: Package, part: str, sheet: Sheet) -> list[Drawn]:
    """Return a sheet's drawings, hidden notes left out. A part that can't be read has none.

    One that does not move with cells counts from the first column on: columns left of it that become wider would
    come to lie under it.
    """
    found: list[Drawn] = []
    sizes: _Sizes | None = None
    for link in relationships(package.archive, part):
        if link.kind not in {"drawing", "vmlDrawing"} or link.external:
            continue
        try:
            text = decode(read(package.archive, link.target), package.archive.name).utf8
        except Stop:
            continue
        if link.kind == "vmlDrawing":
            found += _controls(text)
        else:
            sizes = sizes or _sizes(sheet)
            found += _anchored(mask(text), sizes)
    return found


def _anchored(masked: bytes, sizes: _Sizes) -> Iterator[Drawn]:
    for anchor in _ANCHOR.finditer(masked):
        kind, inside = anchor[1], anchor[3]
        moved = attributes(anchor[2]).get(b"editAs", b"twoCell")
        first = _corner(inside, b"from") if kind != b"absolute" else (0, 0, *_pair(inside, b"pos", b"x", b"y"))
        if first is None:
            continue
        column, row, left, top = first
        if kind == b"twoCell":
            last = _corner(inside, b"to")
            if last is not None:
                place = _area(column, row, last[0] - (last[2] <= 0), last[1] - (last[3] <= 0))
                yield Drawn(place._replace(left=0) if moved == b"absolute" else place, moved == b"twoCell")
        else:
            wide, high = _pair(inside, b"ext", b"cx", b"cy")
            start = _reached(column, left, sizes.columns, LAST_COLUMN_COUNT), _reached(row, top, sizes.rows, ROWS)
            end = (
                _reached(column, left + wide, sizes.columns, LAST_COLUMN_COUNT),
                _reached(row, top + high, sizes.rows, ROWS),
            )
            yield Drawn(_area(*start if kind == b"oneCell" else (0, start[1]), *end), stretched=False)


def _area(left: int, top: int, right: int, bottom: int) -> Area:
    return Area(top + 1, left, max(top, bottom) + 1, max(left, right))


def _corner(inside: bytes, name: bytes) -> tuple[int, int, int, int] | None:
    """Return column, row and the offsets into them (EMU) of an anchor's corner."""
    found = re.search(rb"<(?:[\w.-]+:)?%b\s*>(.*?)</(?:[\w.-]+:)?%b\s*>" % (name, name), inside, re.DOTALL)
    if found is None:
        return None
    facts = {
        one: int(said[1]) if (said := re.search(rb"<(?:[\w.-]+:)?%b\s*>\s*(-?\d+)\s*<" % one, found[1])) else 0
        for one in (b"col", b"row", b"colOff", b"rowOff")
    }
    return facts[b"col"], facts[b"row"], facts[b"colOff"], facts[b"rowOff"]


def _pair(inside: bytes, name: bytes, first: bytes, second: bytes) -> tuple[int, int]:
    found = re.search(rb"<(?:[\w.-]+:)?%b\s(" % name + ATTRIBUTES + rb")/?>", inside)
    facts = attributes(b" " + found[1]) if found else {}
    return tuple(int(facts[one]) if re.fullmatch(rb"-?\d+", facts.get(one, b"")) else 0 for one in (first, second))  # type: ignore[return-value]  # two names give two numbers


def _reached(start: int, length: int, size: Callable[[int], int], limit: int) -> int:
    """Return the column or row in which `length` (EMU), laid off from the beginning of `start`, ends."""
    place, left = start, -(-length // EMU)
    while place < limit - 1 and left > size(place):
        left -= size(place)
        place += 1
    return place


def _controls(text: bytes) -> Iterator[Drawn]:
    """Return where form controls lie, and notes that are always shown."""
    for client in _CLIENT.finditer(text):
        anchor = _CLIENT_ANCHOR.search(client[2])
        edges = [int(one) for one in re.findall(rb"-?\d+", anchor[1])] if anchor else []
        note = attributes(client[1]).get(b"ObjectType") == b"Note"
        if len(edges) == 8 and not (note and not _VISIBLE.search(client[2])):  # noqa: PLR2004 - four cells, four offsets
            place = _area(edges[0], edges[2], edges[4] - (edges[5] <= 0), edges[6] - (edges[7] <= 0))
            yield Drawn(place, stretched=True)


def _sizes(sheet: Sheet) -> _Sizes:
    usual = next((attributes(node.attributes) for node in sheet.nodes_called("sheetFormatPr")), {})
    wide = _pixels(usual.get(b"defaultColWidth", b""), 7) or _WIDTH
    high = _pixels(usual.get(b"defaultRowHeight", b""), 96 / 72) or _HEIGHT
    widths = [
        (number(facts.get(b"min", b"")), number(facts.get(b"max", b"")), _shown(facts, b"width", 7, wide))
        for node in sheet.nodes_called("cols")
        for col in children(sheet.masked, node)
        for facts in (attributes(col.attributes),)
    ]
    heights = {
        row.number: _shown(attributes(row.attributes), b"ht", 96 / 72, high)
        for row in sheet.rows()
        if b"ht=" in row.attributes or b"hidden" in row.attributes
    }

    def column(place: int) -> int:
        return next((width for first, last, width in widths if first <= place + 1 <= last), wide)

    return _Sizes(column, lambda place: heights.get(place + 1, high))


def _shown(facts: dict[bytes, bytes], name: bytes, scale: float, usual: int) -> int:
    if facts.get(b"hidden") in {b"1", b"true"}:
        return 0
    return _pixels(facts.get(name, b""), scale) or usual


def _pixels(raw: bytes, scale: float) -> int:
    return int(float(raw) * scale) if _DECIMAL.fullmatch(raw) else 0
