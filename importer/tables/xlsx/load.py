"""A sheet's text out of its package: whole, or just its first rows."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from importer.tables.ooxml.markup import Text, check, decode
from importer.tables.ooxml.sheet import Sheet, open_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.tables.ooxml.package import Package, SheetEntry

_ENOUGH = 4 * 1024 * 1024
"""Bytes of a sheet in which its heading row must lie, when there are several sheets to choose from."""

_ROW_END = b"</row>"


def load_sheet(package: Package, entry: SheetEntry) -> Sheet:
    """Gives a sheet, unpacked within limits and checked; raises Stop when it is damaged or too large."""
    name = package.archive.name
    text = decode(package.archive.read(package.member(entry.part)), name)
    check([text.utf8], name, encoding="utf-8")
    return open_sheet(text.utf8, name)


def reload_sheet(package: Package, entry: SheetEntry) -> tuple[Text, Sheet]:
    """Gives a sheet that was loaded before, with the way back to its part's encoding."""
    text = decode(package.archive.read(package.member(entry.part)), package.archive.name)
    return text, open_sheet(text.utf8, package.archive.name)


def load_beginning(package: Package, entry: SheetEntry) -> Sheet:
    """Gives a sheet's first rows as a sheet of their own, so that a big sheet beside the roster costs little."""
    member, name, head = package.member(entry.part), package.archive.name, BytesIO()
    for chunk in package.archive.chunks(member):
        head.write(chunk)
        if head.tell() >= _ENOUGH:
            break
    text = head.getvalue()
    cut = text.rfind(_ROW_END)
    if len(text) < _ENOUGH or cut < 0 or b"<sheetData" not in text:
        return load_sheet(package, entry)
    text = text[: cut + len(_ROW_END)] + b"</sheetData></worksheet>"
    check([text], name)
    return open_sheet(text, name)


def first_rows(sheet: Sheet, depth: int) -> bytes:
    """Gives the sheet's text without the rows below number `depth`."""
    if sheet.data.closed:
        return sheet.text
    end = max(_row_ends(sheet, depth), default=sheet.data.inner)
    return sheet.text[:end] + sheet.text[sheet.data.close : sheet.data.end] + b"</" + sheet.root.name + b">"


def _row_ends(sheet: Sheet, depth: int) -> Iterator[int]:
    for row in sheet.rows():
        if row.number > depth:
            return
        yield row.end
