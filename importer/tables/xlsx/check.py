"""A copy of a workbook read again for its check, which asks less of it than whoever reads a roster.

What a copy may not change has the same CRC as in its original: that is compared first, so the strings and formats are
those that were checked there. What it may change is read again: the one sheet, well-formed and with its rows in order,
its links, its tables, and the workbook. Both sheets are pieces of one package, so that the reader holds their strings
once, and a few thousand rows of each at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from importer.tables.ooxml import fold, open_archive
from importer.tables.ooxml.markup import check_well_formed, decode_part
from importer.tables.ooxml.package import (
    CONTENT_TYPES,
    LINKS_TYPE,
    content_type,
    open_package,
    read_links,
    relationships,
    relationships_part,
)
from importer.tables.ooxml.tables import table_parts
from importer.tables.xlsx import named_sheet
from importer.tables.xlsx.read import load_sheet, open_sheets, pieces_of, rows_of, survey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from importer.core.model import CellError
    from importer.tables.ooxml import Packed
    from importer.tables.ooxml.package import Package
    from importer.tables.xlsx import XlsxTable
    from importer.tables.xlsx.read import Raw


@dataclass(frozen=True, slots=True)
class CopyAgain:
    """The sheet of a copy; `faults` are what the reader can't see in its cells, by row and column."""

    original: XlsxTable
    package: Package
    pieces: tuple[Packed, ...]
    faults: Mapping[tuple[int, int], CellError]

    @classmethod
    def of(cls, original: XlsxTable, copy: bytes) -> CopyAgain:
        """Return what is to be compared. Raise Stop where the copy can't be read, or its sheet is not there."""
        package = open_package(open_archive(copy, original.name))
        entry = named_sheet(package, original.sheet)
        sheet = load_sheet(package, entry)
        seen = survey(sheet)
        links = relationships_part(entry.part)
        if package.archive.find(links):
            text = decode_part(read_links(package.archive, links), original.name)
            check_well_formed([text.utf8], original.name, encoding="utf-8")
        for part in _tables_of(original):
            table_parts(package, part)
        return cls(original, package, pieces_of(package, entry, sheet, seen.cuts), seen.faults)

    def members_changed(self) -> Iterator[str]:
        """Return what differs between the members of the archives, but for those that a copy has to change."""
        package, part = self.original.package, self.original.entry.part
        links = relationships_part(part)
        ours = {fold(one) for one in (part, links, package.workbook, *_tables_of(self.original))}
        before, after = package.archive.members, self.package.archive.members
        if fold(links) not in before:
            ours.add(fold(CONTENT_TYPES))
        if fold(links) in after and content_type(self.package.archive, links) != LINKS_TYPE:
            yield f"member {links} has no content type"
        if self.package.dates_from_1904 is not package.dates_from_1904:
            yield "dates are counted from another day"
        for name in sorted((before.keys() | after.keys()) - ours):
            if name not in before or name not in after or before[name].crc != after[name].crc:
                yield f"member {name} differs"

    def faults_changed(self, written: AbstractSet[tuple[int, int]], new: AbstractSet[int]) -> Iterator[str]:
        """Return whether the cells with errors differ, but for those `written` and those in `new` columns."""
        if not self.original.faults and not self.faults:  # nearly every sheet
            return
        kept = self.original.watched - new
        before = {at: fault for at, fault in self.original.faults.items() if at not in written}
        after = {at: fault for at, fault in self.faults.items() if at not in written and at[1] in kept}
        if before != after:
            yield "cells with errors differ"

    def side_by_side(self) -> Iterator[tuple[tuple[int, Sequence[Raw]] | None, tuple[int, Sequence[Raw]] | None]]:
        """Return the rows of both, each with its number; None for those that one of them has not."""
        before, after = self.original.pieces, self.pieces
        book = open_sheets(self.original.parts, (*before, *after), self.original.name)
        yield from zip_longest(rows_of(book, 0, len(before)), rows_of(book, len(before), len(after)))


def _tables_of(original: XlsxTable) -> list[str]:
    """Return the parts of the tables on the sheet."""
    links = relationships(original.package.archive, original.entry.part)
    return [link.target for link in links if link.kind == "table"]
