"""Which sheet of a workbook has the rows, and where its headings stand."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from importer.core.columns import HEADER_SEARCH_ROWS, Layout, find_layout
from importer.core.near import near_headings, standing_instead
from importer.tables.refusal import refused
from importer.tables.xlsx.load import first_rows, load_beginning
from importer.tables.xlsx.reader import Parts, open_book, plain, rows_of, sheet_packed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.core.model import Stop
    from importer.tables.base import SheetRequest
    from importer.tables.ooxml.package import Package, SheetEntry
    from importer.tables.ooxml.sheet import Sheet


def find_sheet(package: Package, parts: Parts, request: SheetRequest) -> tuple[SheetEntry, list[SheetEntry]]:
    """Gives the sheet with the best heading row, and the others that have as good a one.

    Raises Stop when the sheet asked for is not there, is no worksheet, or no sheet has the headings.
    """
    candidates = _candidates(package, request)
    if len(candidates) == 1:
        return candidates[0], []
    beginnings = [load_beginning(package, entry) for entry in candidates]
    layouts = layouts_of(beginnings, parts, request)
    scores = [len(layout.inputs) if layout else 0 for layout in layouts]
    if not any(scores):
        raise no_headings({entry.name: one for entry, one in zip(candidates, beginnings, strict=True)}, parts, request)
    found = [entry for entry, score in zip(candidates, scores, strict=True) if score == max(scores)]
    return found[0], found[1:]


def no_headings(sheets: Mapping[str, Sheet], parts: Parts, request: SheetRequest) -> Stop:
    """Gives the Stop for a workbook without a heading row; several sheets, and headings nearly right, are named."""
    looked = f"Sheets looked at: {', '.join(sheets)}. " if len(sheets) > 1 else ""
    tops = _tops([*sheets.values()], parts, request)
    kept = [[*top] for top in tops]
    near = (
        near_headings(top, mapping=request.mapping, required=request.required, settings=request.settings)
        for top in kept
    )
    hint = next(filter(None, near), "") or next(filter(None, map(standing_instead, kept)), "")
    return refused("no-header-row", next(iter(sheets.values())).name, hint=looked + hint)


def layouts_of(sheets: Sequence[Sheet], parts: Parts, request: SheetRequest) -> list[Layout | None]:
    """Gives for each sheet the layout of the best heading row among its first rows, None if it has none."""
    return [
        find_layout(top, mapping=request.mapping, required=request.required) for top in _tops(sheets, parts, request)
    ]


def _tops(sheets: Sequence[Sheet], parts: Parts, request: SheetRequest) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """Gives the rows of each sheet among which its headings are looked for, as (margin's number, texts)."""
    wanted, depth = request.header_row, request.header_row or HEADER_SEARCH_ROWS
    book = open_book(parts, [sheet_packed(first_rows(sheet, depth)) for sheet in sheets], sheets[0].name)
    for index in range(len(sheets)):
        rows = islice(rows_of(book, index), depth)
        yield ((n, [shown(plain(raw)) for raw in row]) for n, row in rows if wanted in {None, n})


def _candidates(package: Package, request: SheetRequest) -> list[SheetEntry]:
    if request.sheet is not None:
        return [_named(package, request.sheet)]
    found = [entry for entry in package.sheets if entry.visible and entry.kind == "worksheet"]
    if not found:
        raise refused("sheet-none", package.archive.name)
    return found


def _named(package: Package, wanted: str) -> SheetEntry:
    same = [entry for entry in package.sheets if entry.name.casefold() == wanted.strip().casefold()]
    exact = [entry for entry in same if entry.name == wanted] or same
    if not exact:
        names = ", ".join(f"'{entry.name}'" for entry in package.sheets)
        raise refused("sheet-unknown", package.archive.name, sheet=wanted, sheets=names)
    if exact[0].kind != "worksheet":
        raise refused("sheet-is-chart", package.archive.name, sheet=exact[0].name)
    return exact[0]
