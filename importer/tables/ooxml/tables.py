"""What a sheet is sorted and filtered by: its tables (ListObjects, 18.5.1.2) and its own filter (18.3.1.2).

Both grow over columns that are added on their right, so that whoever sorts moves those with their rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.tables.ooxml.cells import quoted
from importer.tables.ooxml.grid import Area, area, reference
from importer.tables.ooxml.markup import (
    Edit,
    Node,
    Text,
    attribute_edit,
    attributes,
    check,
    children,
    decode,
    edited,
    mask,
    number,
    root,
    value,
)
from importer.tables.ooxml.package import Package, read, relationships

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from importer.tables.ooxml.sheet import Sheet


@dataclass(frozen=True, slots=True)
class TablePart:
    """One table's part: its text, the area it covers, and whether columns may be added to it.

    `title` is its name as people see it; `last` is the number of its last row with data, below which are its totals.
    """

    part: str
    text: Text
    root: Node
    area: Area
    names: tuple[str, ...]
    title: str
    headed: bool
    growable: bool
    last: int

    def heads(self, row: int, column: int) -> bool:
        """Whether the cell is one of the table's headings."""
        return self.headed and row == self.area.top and self.area.holds(row, column)


@dataclass(frozen=True, slots=True)
class Filter:
    """The sheet's own filter: its element, and the area that it filters and sorts."""

    node: Node
    area: Area

    def heads(self, row: int, columns: Collection[int]) -> bool:
        """Whether its buttons stand on this row of headings, over one of the columns."""
        return row == self.area.top and any(self.area.holds(row, column) for column in columns)


def filter_of(sheet: Sheet) -> Filter | None:
    """Return the sheet's own filter, None where there is none."""
    for node in sheet.nodes_called("autoFilter"):
        place = area(_attribute(node, b"ref"))
        if place is not None and node.start >= sheet.data.end:
            return Filter(node, place)
    return None


def filter_edits(sheet: Sheet, there: Filter, right: int) -> Iterator[Edit]:
    """Return the edits that make the sheet's filter, and what was sorted by it last, reach to the column `right`."""
    yield attribute_edit(there.node, b"ref", reference(there.area._replace(right=right)))
    nested = [node for node in children(sheet.masked, there.node) if _local(node) == b"sortState"]
    for node in (*nested, *sheet.nodes_called("sortState")):
        yield from _sorted_edits(node, there.area, right)


def _sorted_edits(node: Node, within: Area, right: int) -> Iterator[Edit]:
    """A sort by columns (the usual one) moves whole rows; one by rows (`columnSort`) moves columns and stays."""
    place = area(_attribute(node, b"ref"))
    by_rows = _attribute(node, b"columnSort") in {"1", "true"}
    if place is not None and place.meets(within) and place.right < right and not by_rows:
        yield attribute_edit(node, b"ref", reference(place._replace(right=right)))


def tables_of(package: Package, sheet_part: str) -> list[TablePart]:
    """Gives the tables of a sheet."""
    links = relationships(package.archive, sheet_part)
    return [table for link in links if link.kind == "table" for table in _table(package, link.target)]


def grown(table: TablePart, names: Sequence[str]) -> Iterator[bytes]:
    """Gives the table's part with columns of these names added on the right."""
    return table.text.encoded(edited(table.text.utf8, sorted(_edits(table, names))))


def unlike(name: str, names: Sequence[str]) -> str:
    """Gives `name`, or the first of `name2`, `name3` and so on that the table has not: Excel wants them unique."""
    known = {one.casefold() for one in names}
    numbered = (f"{name}{number}" if number > 1 else name for number in range(1, len(known) + 2))
    return next(one for one in numbered if one.casefold() not in known)


def _table(package: Package, part: str) -> Iterator[TablePart]:
    name = package.archive.name
    text = decode(read(package.archive, part), name)
    check([text.utf8], name, encoding="utf-8")
    masked = mask(text.utf8)
    top = root(masked)
    facts = attributes(top.attributes)
    place = area(value(facts.get(b"ref", b"")))
    if place is not None:
        yield TablePart(
            part,
            text,
            top,
            place,
            names=tuple(_attribute(one, b"name") for one in _columns(masked, top)),
            title=value(facts.get(b"displayName", b"")),
            headed=facts.get(b"headerRowCount", b"1") != b"0",
            growable=facts.get(b"tableType", b"worksheet") == b"worksheet",
            last=place.bottom - number(facts.get(b"totalsRowCount", b"0")),
        )


def _edits(table: TablePart, names: Sequence[str]) -> Iterator[Edit]:
    masked = mask(table.text.utf8)
    wide = table.area._replace(right=table.area.right + len(names))
    yield attribute_edit(table.root, b"ref", reference(wide))
    for node in children(masked, table.root):
        match _local(node):
            case b"autoFilter":
                filtered = area(_attribute(node, b"ref"))
                if filtered is not None:
                    yield attribute_edit(node, b"ref", reference(filtered._replace(right=wide.right)))
                nested = [one for one in children(masked, node) if _local(one) == b"sortState"]
                yield from (edit for one in nested for edit in _sorted_edits(one, table.area, wide.right))
            case b"sortState":
                yield from _sorted_edits(node, table.area, wide.right)
            case b"tableColumns":
                yield from _column_edits(masked, node, names)


def _column_edits(masked: bytes, node: Node, names: Sequence[str]) -> Iterator[Edit]:
    columns = list(children(masked, node))
    if b"count" in attributes(node.attributes):
        yield attribute_edit(node, b"count", str(len(columns) + len(names)))
    last = max((number(attributes(one.attributes).get(b"id", b"")) for one in columns), default=0)
    prefix = node.name[: -len(_local(node))].decode()
    one = '<{}tableColumn id="{}" name="{}"/>'
    new = "".join(one.format(prefix, last + at, quoted(name)) for at, name in enumerate(names, start=1))
    yield Edit(node.close, node.close, new.encode())


def _columns(masked: bytes, top: Node) -> Iterator[Node]:
    for node in children(masked, top):
        if _local(node) == b"tableColumns":
            yield from children(masked, node)


def _attribute(node: Node, name: bytes) -> str:
    return value(attributes(node.attributes).get(name, b""))


def _local(node: Node) -> bytes:
    return node.name.rpartition(b":")[2]
