"""Tables (ListObjects) of a sheet: where they lie, and one of them grown by columns on its right (18.5.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.tables.ooxml.cells import written
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
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class TablePart:
    """One table's part: its text, the area it covers, and whether columns may be added to it."""

    part: str
    text: Text
    root: Node
    area: Area
    names: tuple[str, ...]
    growable: bool
    totals: bool
    """Whether its last row is one of totals."""

    def heads(self, row: int, column: int) -> bool:
        """Whether the cell is one of the table's headings."""
        return self.growable and row == self.area.top and self.area.holds(row, column)


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
        columns = [_attribute(one, b"name") for one in _columns(masked, top)]
        growable = facts.get(b"headerRowCount", b"1") != b"0" and facts.get(b"tableType", b"worksheet") == b"worksheet"
        totals = facts.get(b"totalsRowCount", b"0") != b"0"
        yield TablePart(part, text, top, place, names=tuple(columns), growable=growable, totals=totals)


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


def quoted(text: str) -> str:
    """Gives `text` as an attribute's value."""
    return written(text).replace('"', "&quot;")


def _columns(masked: bytes, top: Node) -> Iterator[Node]:
    for node in children(masked, top):
        if _local(node) == b"tableColumns":
            yield from children(masked, node)


def _attribute(node: Node, name: bytes) -> str:
    return value(attributes(node.attributes).get(name, b""))


def _local(node: Node) -> bytes:
    return node.name.rpartition(b":")[2]
