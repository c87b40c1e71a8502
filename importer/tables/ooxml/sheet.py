"""One worksheet part as its bytes: where its rows, its cells and the elements round them lie, and how cells are named.

Columns are zero-based numbers here and letters in the file, rows are the margin's numbers. Element order is that of
CT_Worksheet (ECMA-376 part 1, 18.3.1.99).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from importer.core.layout import LAST_COLUMN_COUNT, column, letters
from importer.tables.base import atomic_regex, once, refused
from importer.tables.ooxml.markup import ATTRIBUTES, Node, attributes, children, mask, root, unescape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.core.model import Stop

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


_ROWS_BEFORE = re.compile(rb"[<:]sheetData[\s/>]")
"""Rows of any namespace before the sheet's own: the reader of cells would take these for it."""

MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
"""The main namespace, transitional and strict."""


class Patterns(NamedTuple):
    """What rows and cells look like with one namespace prefix."""

    plain_row: re.Pattern[bytes]
    any_row: re.Pattern[bytes]
    any_cell: re.Pattern[bytes]
    uncached: re.Pattern[bytes]
    ranged: re.Pattern[bytes]
    formula: re.Pattern[bytes]


class RowMarkup(NamedTuple):
    """A row's place in the text.

    `last` is its last cell's column as the file has it, -1 for none, None if the cells have to be looked at;
    `last_attributes` are that cell's.
    """

    number: int
    attributes: bytes
    start: int
    inner: int
    close: int
    end: int
    last: int | None
    last_attributes: bytes

    @property
    def closed(self) -> bool:
        """Whether it is written as `<row/>`."""
        return self.inner == self.end


class CellMarkup(NamedTuple):
    """A cell's place in the text."""

    column: int
    attributes: bytes
    start: int
    end: int
    inner: bytes


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A worksheet part. `nodes` are the elements round the rows by local name, in order."""

    name: str
    text: bytes
    masked: bytes
    prefix: bytes
    root: Node
    nodes: tuple[tuple[str, Node], ...]
    data: Node

    def nodes_called(self, local: str) -> list[Node]:
        """Return the elements called `local` directly inside the worksheet."""
        return [node for name, node in self.nodes if name == local]

    @property
    def namespace(self) -> str:
        """Return the main namespace, transitional or strict."""
        return _namespace(self.root, self.prefix)

    @property
    def patterns(self) -> Patterns:
        """Return the patterns for this part's prefix."""
        return _patterns(self.prefix)

    def rows(self) -> Iterator[RowMarkup]:
        """Return the rows in order; raise Stop when they are not such as a spreadsheet program writes."""
        for number, found, plain in self.row_matches():
            yield row_markup(number, found, plain=plain)

    def row_matches(self) -> Iterator[tuple[int, re.Match[bytes], bool]]:
        """Return each row's number, its match, and whether it is written the plain way; raise Stop as `rows` does."""
        plain, general = self.patterns.plain_row.match, self.patterns.any_row.match
        masked, at, end, before = self.masked, self.data.inner, self.data.close, 0
        while True:
            if found := plain(masked, at, end):
                number, is_plain = int(found["number"]), True
            elif found := general(masked, at, end):
                number, is_plain = _number_of(found, before), False
            else:
                break
            if not before < number <= ROWS:
                raise self._out_of_place(number, before)
            yield number, found, is_plain
            before, at = number, found.end()
        if masked[at:end].strip():
            raise self.unusual("something other than rows among the rows")

    def cells(self, row: RowMarkup) -> Iterator[CellMarkup]:
        """Return a row's cells in order; raise Stop when they are not such as a spreadsheet program writes."""
        masked, at, close, before, match = self.masked, row.inner, row.close, -1, self.patterns.any_cell.match
        number = b"%d" % row.number
        while found := match(masked, at, close):
            name, named, rest, inner = found.group("column", "number", "rest", "inner")
            place = _place(rest, row.number, before) if name is None else column_of(name) if named == number else -1
            if not before < place < LAST_COLUMN_COUNT:
                raise self.unusual(f"a cell out of place in row {row.number}")
            at = found.end()
            yield CellMarkup(place, rest, found.start("cell"), at, inner or b"")
            before = place
        if masked[at:close].strip():
            raise self.unusual(f"something other than cells in row {row.number}")

    def _out_of_place(self, number: int, before: int) -> Stop:
        if number > ROWS:
            return refused("too-many-rows", self.name, limit=ROWS)
        return self.unusual(f"row {number} after row {before}")

    def unusual(self, detail: str) -> Stop:
        """Return the Stop for a sheet that can't be edited safely."""
        return refused("workbook-unusual", self.name, detail=detail)


def open_sheet(text: bytes, name: str) -> SheetPart:
    """Find the parts of a worksheet; raise Stop when it is none."""
    masked = mask(text)
    top = root(masked)
    prefix, _, local = top.name.rpartition(b":")
    prefix += b":" if prefix else b""
    if local != b"worksheet" or _namespace(top, prefix) not in MAIN:
        raise refused("workbook-unusual", name, detail=f"the part is a {top.name.decode()}")
    nodes = tuple(_nodes(masked, top, prefix))
    data = [node for label, node in nodes if label == "sheetData"]
    if len(data) != 1 or _ROWS_BEFORE.search(masked, 0, data[0].start):
        raise refused("workbook-unusual", name, detail=f"{len(data)} sheetData, or one inside something else")
    _refuse_rebinding(masked, data[0], prefix, name)
    return SheetPart(name, text, masked, prefix, top, nodes, data[0])


def _namespace(top: Node, prefix: bytes) -> str:
    declared = b"xmlns:" + prefix[:-1] if prefix else b"xmlns"
    return unescape(attributes(top.attributes).get(declared, b""))


def _refuse_rebinding(masked: bytes, data: Node, prefix: bytes, name: str) -> None:
    """Names mean the same all through the rows only if nothing among them declares the prefix again."""
    if masked.find(b"xmlns", data.inner, data.close) < 0:
        return
    declared = rb"\sxmlns" + (b":" + re.escape(prefix[:-1]) if prefix else b"") + rb"\s*="
    if re.compile(declared).search(masked, data.inner, data.close):
        raise refused("workbook-unusual", name, detail="a namespace is declared again among the rows")


def _nodes(masked: bytes, top: Node, prefix: bytes) -> Iterator[tuple[str, Node]]:
    """Return the worksheet's children; those of other namespaces keep their prefix in their label."""
    for node in children(masked, top):
        own = node.name.startswith(prefix) if prefix else b":" not in node.name
        yield (node.name[len(prefix) :] if own else node.name).decode(), node


def row_markup(number: int, found: re.Match[bytes], *, plain: bool) -> RowMarkup:
    """Return a row from its match; the cells of one that is not written the plain way have to be looked at."""
    end, close = found.end(), found.start("close")
    inner = found.start("inner") if close >= 0 else end
    rest, last, facts = found.group("rest", "last", "facts") if plain else (found["rest"], None, None)
    place = (column_of(last) if last else -1) if plain else None
    return RowMarkup(number, rest, found.start("row"), inner, max(close, inner), end, place, facts or b"")


def _number_of(found: re.Match[bytes], before: int) -> int:
    """Return the number of a row; one without is the next, an impossible one is 0."""
    named = attributes(found["rest"]).get(b"r")
    return before + 1 if named is None else int(named) if named.isdigit() else 0


def _place(rest: bytes, row: int, before: int) -> int:
    """Return the column of a cell that is not written the plain way, -1 if it belongs to another row or nowhere."""
    named = attributes(rest).get(b"r")
    if named is None:
        return before + 1
    place = cell(named.decode())
    return place[1] if place and place[0] == row else -1


@lru_cache(maxsize=16)
def _patterns(prefix: bytes) -> Patterns:
    facts = {b"P": re.escape(prefix), b"ATTRIBUTES": ATTRIBUTES}

    def pattern(source: str) -> re.Pattern[bytes]:
        return re.compile(re.sub(rb"@(\w+)@", lambda found: facts[found[1]], source.encode()), re.DOTALL)

    return Patterns(
        plain_row=pattern(_PLAIN_ROW),
        any_row=pattern(_ANY_ROW),
        any_cell=pattern(_ANY_CELL),
        uncached=pattern(_UNCACHED),
        ranged=pattern(_RANGED),
        formula=pattern(r"<@P@f[\s/>]"),
    )


_PLAIN_CELL = (
    r'<@P@c r="(?P<last>[A-Z]{1,3}+)(?P=number)"(?P<facts>@ATTRIBUTES@)(?:/>|>[^<]*+'
    + atomic_regex(r"<(?!/@P@c[\s>])[^<]*+")
    + r"</@P@c>)\s*+"
)
_PLAIN_ROW = (
    r'\s*+(?P<row><@P@row r="(?P<number>[1-9]\d{0,6})"(?P<rest>@ATTRIBUTES@)(?:/>|>(?P<inner>)\s*+'
    + atomic_regex(_PLAIN_CELL)
    + r"(?P<close>)</@P@row>))"
)
"""A row as nearly all programs write it, cells included, at the speed of C."""

_ANY_ROW = r"\s*+(?P<row><@P@row(?=[\s/>])(?P<rest>@ATTRIBUTES@)(?:/>|>(?P<inner>)(?:.*?)(?P<close>)</@P@row\s*>))"
_ANY_CELL = (
    r"\s*+(?P<cell><@P@c(?=[\s/>])"
    + once(r' r="(?P<column>[A-Z]{1,3})(?P<number>[1-9]\d{0,6})"')
    + r"(?P<rest>@ATTRIBUTES@)(?:/>|>(?P<inner>.*?)</@P@c\s*>))"
)
_UNCACHED = (
    r"<@P@f(?=[\s/>])@ATTRIBUTES@(?:/>|>[^<]*+</@P@f\s*+>)"
    r"\s*+" + once(r"(?P<value><@P@v\s*+/>|<@P@v\s*+>\s*+</@P@v\s*+>)") + r"\s*+</@P@c\s*+>"
)
"""A cell's formula, up to the cell's end, with nothing in between that could be its result."""

_RANGED = r"<@P@f(?=\s)(?P<rest>@ATTRIBUTES@)/?>"
"""A formula with attributes, which may fill a range."""
