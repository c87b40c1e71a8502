"""The elements round the rows that new columns touch: the sheet's dimension and the widths of its columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.tables.ooxml.grid import Area, area, reference
from importer.tables.ooxml.markup import Edit, Node, attribute_edit, attributes, children, number, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.tables.ooxml.sheet import Sheet

NARROWEST = 6
"""Characters of a column below which nothing in it can be read."""

_HIDING = {b"hidden", b"outlineLevel", b"collapsed", b"bestFit"}
_DECIMAL = re.compile(rb"\d+(?:\.\d+)?")


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


def _split(sheet: Sheet, col: Node, widths: Mapping[int, int]) -> bytes:
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


def _col(sheet: Sheet, facts: Mapping[bytes, bytes | int]) -> bytes:
    said = ((name, raw if isinstance(raw, bytes) else b"%d" % raw) for name, raw in facts.items())
    return b"<%bcol%b/>" % (
        sheet.prefix,
        b"".join(b' %b="%b"' % (name, raw.replace(b'"', b"&quot;")) for name, raw in said),
    )


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
