"""Asking Excel to calculate the copy when it is opened.

Formulas keep their saved results in the copy, and those that read result cells would show old ones: Excel does not
calculate a workbook of its own version on loading (18.2.2, fullCalcOnLoad).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.core.model import Stop
from importer.tables.ooxml.archive import Packed, pack
from importer.tables.ooxml.markup import Edit, Node, attribute_edit, attributes, children, decode, edited, mask, root
from importer.tables.ooxml.package import Package, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.tables.ooxml.sheet import Sheet

_FORMULAS = (re.compile(rb"<f[\s/>]"), re.compile(rb":f[\s/>]"))
"""A formula with and without a prefix, each found by its first bytes at the speed of memchr."""

_OVERLAP = 64
"""Bytes kept from one piece to the next, so that a tag cut in two is seen."""

_BEFORE = ("definedNames", "externalReferences", "functionGroups", "sheets")
"""What `calcPr` comes after, last first (CT_Workbook, 18.2.27)."""


def has_formulas(package: Package, sheet: Sheet) -> bool:
    """Whether `sheet` or any other one has a formula. One that can't be read counts: the flag does no harm."""
    if any(name.endswith("calcchain.xml") for name in package.archive.members):
        return True
    if sheet.patterns.formula.search(sheet.masked, sheet.data.inner, sheet.data.close):
        return True
    return any(_formulas_in(package, one.part) for one in package.sheets if one.kind == "worksheet")


def recalculating(package: Package) -> Packed:
    """Gives the workbook part with the flag set."""
    member = package.member(package.workbook)
    text = decode(read(package.archive, package.workbook), package.archive.name)
    return pack(text.encoded(edited(text.utf8, _flag(mask(text.utf8)))), member.method)


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


def _flag(masked: bytes) -> Iterator[Edit]:
    top = root(masked)
    prefix = top.name[: -len(b"workbook")]
    nodes: dict[str, Node] = {}
    for node in children(masked, top):
        if node.name.startswith(prefix):
            nodes[node.name[len(prefix) :].decode()] = node
    there = nodes.get("calcPr")
    if there is None:
        after = next(nodes[name] for name in _BEFORE if name in nodes)
        yield Edit(after.end, after.end, b'<%bcalcPr fullCalcOnLoad="1"/>' % prefix)
    elif b"fullCalcOnLoad" in attributes(there.attributes):
        yield attribute_edit(there, b"fullCalcOnLoad", "1")
    else:
        at = there.start + 1 + len(there.name)
        yield Edit(at, at, b' fullCalcOnLoad="1"')
