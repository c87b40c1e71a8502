"""Asking Excel to calculate the copy when it is opened.

Formulas keep their saved results in the copy, and those that read result cells would show old ones: Excel does not
calculate a workbook of its own version on loading (18.2.2, fullCalcOnLoad).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.core.model import Stop
from importer.tables.ooxml.archive import PART_LIMIT, Packed, pack
from importer.tables.ooxml.markup import Edit, Node, attribute_edit, attributes, children, decode, edited, mask, root
from importer.tables.ooxml.package import Package, read

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]|f\0[ />]\0")
_OVERLAP = 64
"""Bytes kept from one piece to the next, so that a tag cut in two is seen."""

_BEFORE = ("definedNames", "externalReferences", "functionGroups", "sheets")
"""What `calcPr` comes after, last first (CT_Workbook, 18.2.27)."""


def has_formulas(package: Package) -> bool:
    """Whether any sheet has a formula. A sheet that can't be read counts as having some: the flag does no harm."""
    if any(name.endswith("calcchain.xml") for name in package.archive.members):
        return True
    return any(_formulas_in(package, sheet.part) for sheet in package.sheets if sheet.kind == "worksheet")


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
        for chunk in package.archive.chunks(member, limit=PART_LIMIT):
            if _FORMULA.search(before + chunk[:_OVERLAP]) or _FORMULA.search(chunk):
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
