"""What a copy changes in the workbook part: it asks Excel to calculate, and names the area of a grown filter.

Formulas keep their saved results in the copy, and those that read result cells would show old ones: Excel does not
calculate a workbook of its own version on loading (18.2.2, fullCalcOnLoad).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.core.model import Stop
from importer.tables.ooxml.archive import Packed, pack
from importer.tables.ooxml.grid import Area, area, letters
from importer.tables.ooxml.markup import (
    Edit,
    Node,
    attribute_edit,
    attributes,
    children,
    decode,
    edited,
    mask,
    root,
    value,
)
from importer.tables.ooxml.package import Package, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from importer.tables.ooxml.sheet import Sheet

_FORMULAS = (re.compile(rb"<f[\s/>]"), re.compile(rb":f[\s/>]"))
"""A formula with and without a prefix, each found by its first bytes at the speed of memchr."""

_OVERLAP = 64
"""Bytes kept from one piece to the next, so that a tag cut in two is seen."""

_FILTERED = b"_xlnm._filterdatabase"

_BEFORE = ("definedNames", "externalReferences", "functionGroups", "sheets")
"""What `calcPr` comes after, last first (CT_Workbook, 18.2.27)."""


def has_formulas(package: Package, sheet: Sheet) -> bool:
    """Whether `sheet` or any other one has a formula. One that can't be read counts: the flag does no harm."""
    if any(name.endswith("calcchain.xml") for name in package.archive.members):
        return True
    if sheet.patterns.formula.search(sheet.masked, sheet.data.inner, sheet.data.close):
        return True
    return any(_formulas_in(package, one.part) for one in package.sheets if one.kind == "worksheet")


def renewed(package: Package, changes: Iterable[Callable[[bytes], Iterator[Edit]]]) -> Packed:
    """Return the workbook part with changes made, each of which takes its text without comments."""
    member = package.member(package.workbook)
    text = decode(read(package.archive, package.workbook), package.archive.name)
    masked = mask(text.utf8)
    edits = sorted(edit for change in changes for edit in change(masked))
    return pack(text.encoded(edited(text.utf8, edits)), member.method)


def filter_name(sheet: str, before: Area, right: int) -> Callable[[bytes], Iterator[Edit]]:
    """Return the change that widens the hidden name for a sheet's filter area, which sorting and other programs use.

    Source of the name: https://learn.microsoft.com/office/vba/api/excel.name (_FilterDatabase), 18.2.5.
    """

    def change(masked: bytes) -> Iterator[Edit]:
        nodes = _nodes(masked)
        named = [value(attributes(one.attributes).get(b"name", b"")) for one in _inside(masked, nodes, "sheets")]
        at = str(named.index(sheet)).encode() if sheet in named else b""
        for one in _inside(masked, nodes, "definedNames"):
            facts = attributes(one.attributes)
            if facts.get(b"name", b"").lower() == _FILTERED and facts.get(b"localSheetId") == at:
                yield from _widened(masked, one, before, right)

    return change


def _widened(masked: bytes, name: Node, before: Area, right: int) -> Iterator[Edit]:
    text = masked[name.inner : name.close]
    start = name.inner + text.rfind(b"!") + 1
    place = area(masked[start : name.close].decode().strip())
    if place is not None and place.meets(before) and place.right < right:
        wide = f"${letters(place.left)}${place.top}:${letters(right)}${place.bottom}"
        yield Edit(start, name.close, wide.encode())


def _inside(masked: bytes, nodes: Mapping[str, Node], name: str) -> list[Node]:
    return list(children(masked, nodes[name])) if name in nodes else []


def _formulas_in(package: Package, part: str) -> bool:
    member = package.archive.find(part)
    if member is None:
        return False
    before = b""
    try:
        for chunk in package.archive.chunks(member):
            piece = before + chunk
            if b"\0" in piece[:4] or any(one.search(piece) for one in _FORMULAS):
                return True
            before = chunk[-_OVERLAP:]
    except Stop:
        return True
    return False


def _nodes(masked: bytes) -> dict[str, Node]:
    top = root(masked)
    prefix = top.name[: -len(b"workbook")]
    found = [node for node in children(masked, top) if node.name.startswith(prefix)]
    return {node.name[len(prefix) :].decode(): node for node in found}


def recalculating(masked: bytes) -> Iterator[Edit]:
    """Return the change that sets the flag."""
    nodes = _nodes(masked)
    prefix = root(masked).name[: -len(b"workbook")]
    there = nodes.get("calcPr")
    if there is None:
        after = next(nodes[name] for name in _BEFORE if name in nodes)
        yield Edit(after.end, after.end, b'<%bcalcPr fullCalcOnLoad="1"/>' % prefix)
    elif b"fullCalcOnLoad" in attributes(there.attributes):
        yield attribute_edit(there, b"fullCalcOnLoad", "1")
    else:
        at = there.start + 1 + len(there.name)
        yield Edit(at, at, b' fullCalcOnLoad="1"')
