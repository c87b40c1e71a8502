"""Which sheet of a workbook has the rows."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from importer.core.columns import HEADER_SEARCH_ROWS, Layout, find_layout
from importer.tables.ooxml.markup import Text, check, decode
from importer.tables.ooxml.sheet import Sheet, open_sheet
from importer.tables.refusal import refused
from importer.tables.xlsx.reader import Parts, plain, read_rows, sheet_packed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.tables.base import SheetRequest
    from importer.tables.ooxml.package import Package, SheetEntry

_HEAD = 4 * 1024 * 1024
"""Bytes of a sheet in which its heading row must lie, when there are several sheets to choose from."""


def find_sheet(package: Package, parts: Parts, request: SheetRequest) -> tuple[SheetEntry, list[SheetEntry]]:
    """Gives the sheet with the best heading row, and the others that have as good a one.

    Raises Stop when the sheet asked for is not there, is no worksheet, or no sheet has the headings.
    """
    candidates = _candidates(package, request)
    if len(candidates) == 1:
        return candidates[0], []
    scores = {entry: _score(package, parts, entry, request) for entry in candidates}
    best = max(scores.values())
    if not best:
        raise no_headings(package.archive.name, [entry.name for entry in candidates])
    found = [entry for entry, score in scores.items() if score == best]
    return found[0], found[1:]


def no_headings(name: str, sheets: list[str]) -> Exception:
    """Gives the Stop for a workbook without a heading row; several sheets are named."""
    listed = ", ".join(sheets)
    hint = f"Sheets looked at: {listed}. " if len(sheets) > 1 else ""
    return refused("no-header-row", name, hint=hint)


def load_sheet(package: Package, entry: SheetEntry) -> tuple[Text, Sheet]:
    """Gives a sheet's text, unpacked within limits and checked; raises Stop when it is damaged or too large."""
    name = package.archive.name
    text = decode(package.archive.read(package.member(entry.part)), name)
    check([text.utf8], name, encoding="utf-8")
    return text, open_sheet(text.utf8, name)


def layout_of(sheet: Sheet, parts: Parts, request: SheetRequest) -> Layout | None:
    """Gives the layout of the best heading row among the sheet's first rows."""
    depth = request.header_row or HEADER_SEARCH_ROWS
    rows = read_rows(parts, sheet_packed(_head(sheet, depth)), sheet.name)
    return find_layout(
        ((number, [shown(plain(raw)) for raw in row]) for number, row in islice(rows, depth)),
        mapping=request.mapping,
        required=request.required,
        header_row=request.header_row,
    )


def _candidates(package: Package, request: SheetRequest) -> list[SheetEntry]:
    name = package.archive.name
    if request.sheet is not None:
        return [_named(package, request.sheet)]
    found = [entry for entry in package.sheets if entry.visible and entry.kind == "worksheet"]
    if not found:
        raise refused("sheet-none", name)
    return found


def _named(package: Package, wanted: str) -> SheetEntry:
    names = ", ".join(f"'{entry.name}'" for entry in package.sheets)
    same = [entry for entry in package.sheets if entry.name.casefold() == wanted.strip().casefold()]
    exact = [entry for entry in same if entry.name == wanted] or same
    if not exact:
        raise refused("sheet-unknown", package.archive.name, sheet=wanted, sheets=names)
    if exact[0].kind != "worksheet":
        raise refused("sheet-is-chart", package.archive.name, sheet=exact[0].name)
    return exact[0]


def _score(package: Package, parts: Parts, entry: SheetEntry, request: SheetRequest) -> int:
    layout = layout_of(_beginning(package, entry), parts, request)
    return len(layout.inputs) if layout else 0


def _beginning(package: Package, entry: SheetEntry) -> Sheet:
    """Gives the sheet's first rows as a sheet of their own, so that a big sheet beside the roster costs nothing."""
    member, name = package.member(entry.part), package.archive.name
    head = b""
    for chunk in package.archive.chunks(member):
        head += chunk
        cut = head.rfind(b"</row>") + len(b"</row>")
        if len(head) >= _HEAD and cut > len(b"</row>") and b"<sheetData" in head:
            text = head[:cut] + b"</sheetData></worksheet>"
            check([text], name)
            return open_sheet(text, name)
    text = decode(head, name).utf8
    check([text], name, encoding="utf-8")
    return open_sheet(text, name)


def _head(sheet: Sheet, depth: int) -> bytes:
    end = sheet.data.inner
    for row in _until(sheet, depth):
        end = row
    tail = sheet.text[sheet.data.close : sheet.data.end] + b"</" + sheet.root.name + b">"
    return sheet.text if sheet.data.closed else sheet.text[:end] + tail


def _until(sheet: Sheet, depth: int) -> Iterator[int]:
    for row in sheet.rows():
        if row.number > depth:
            return
        yield row.end
