"""The elements round the rows that new columns touch: the sheet's dimension and the widths of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.tables.ooxml.grid import Area, area, reference
from importer.tables.ooxml.markup import Edit, Node, attribute_edit, attributes, children, number, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.tables.ooxml.sheet import Sheet


def dimension_edits(sheet: Sheet, written: Area) -> Iterator[Edit]:
    """Widens the dimension by what was written; one that is absent, or no area, is left so."""
    for node in sheet.nodes_called("dimension"):
        named = area(value(attributes(node.attributes).get(b"ref", b"")))
        if named is not None:
            wide = Area(
                min(named.top, written.top),
                min(named.left, written.left),
                max(named.bottom, written.bottom),
                max(named.right, written.right),
            )
            yield attribute_edit(node, b"ref", reference(wide))


def width_edits(sheet: Sheet, widths: Sequence[tuple[int, int]]) -> Iterator[Edit]:
    """Gives new columns (column, characters) a width, unless the sheet says anything about them already."""
    nodes = sheet.nodes_called("cols")
    known = [_range(col) for node in nodes for col in children(sheet.masked, node)]
    new = [one for one in widths if not any(first <= one[0] + 1 <= last for first, last in known)]
    one = '<{}col min="{}" max="{}" width="{}" customWidth="1"/>'
    prefix = sheet.prefix.decode()
    texts = "".join(one.format(prefix, place + 1, place + 1, width) for place, width in new).encode()
    if not new or any(last > new[0][0] + 1 for _, last in known):
        return
    if nodes:
        yield Edit(nodes[0].close, nodes[0].close, texts)
    else:
        yield Edit(sheet.data.start, sheet.data.start, b"<%bcols>%b</%bcols>" % (sheet.prefix, texts, sheet.prefix))


def column_style(sheet: Sheet, place: int) -> str:
    """Gives the style that the sheet has for a whole column, or ''."""
    for node in sheet.nodes_called("cols"):
        for col in children(sheet.masked, node):
            first, last = _range(col)
            if first <= place + 1 <= last:
                return attributes(col.attributes).get(b"style", b"").decode()
    return ""


def _range(col: Node) -> tuple[int, int]:
    facts = attributes(col.attributes)
    return number(facts.get(b"min", b"")), number(facts.get(b"max", b""))
