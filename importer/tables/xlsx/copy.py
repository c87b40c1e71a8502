"""The results copy of a workbook: one sheet part edited, and only what that forces besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.tables.headings import refuse_same_headings
from importer.tables.ooxml.archive import DEFLATED, Packed, pack
from importer.tables.ooxml.grid import Area
from importer.tables.ooxml.links import Links, link_cells
from importer.tables.ooxml.markup import Edit, edited
from importer.tables.ooxml.package import Package, SheetEntry, relationships_part
from importer.tables.ooxml.place import free_columns, refuse_taken, survey_ground
from importer.tables.ooxml.rebuild import rebuild
from importer.tables.ooxml.recalc import has_formulas, recalculating
from importer.tables.ooxml.splice import Slot, Writing, row_edits
from importer.tables.ooxml.surround import column_style, dimension_edits, width_edits
from importer.tables.ooxml.tables import TablePart, grown, tables_of, unlike
from importer.tables.xlsx.load import reload_sheet

if TYPE_CHECKING:
    from importer.core.columns import Layout
    from importer.tables.ooxml.sheet import Sheet

LINK_KEY = "join_url"
"""The result column whose cells can be clicked."""

_WIDTHS = {"status": 14, "what_to_do": 60, "join_url": 40, "graph_id": 20}
_WIDTH = 18
"""Characters: wide enough to read the heading, narrow enough to see the columns beside."""

Results = Mapping[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Where each result column stands. `new` are the appended ones' headings; `table` is to grow by them."""

    columns: Mapping[str, int]
    new: Mapping[str, str]
    table: TablePart | None
    neighbour: int


@dataclass(frozen=True, slots=True)
class Source:
    """What is copied: a sheet of a package, where its headings stand, and the last column that has a cell."""

    package: Package
    entry: SheetEntry
    layout: Layout
    right: int


def write_copy(source: Source, results: Results, columns: Sequence[str]) -> bytes:
    """Gives the bytes of the copy. Raises Stop when the sheet can't take the results."""
    package, part = source.package, source.entry.part
    text, sheet = reload_sheet(package, source.entry)
    places = _place(source, sheet, columns)
    writing = _writing(source, sheet, places, results)
    refuse_taken(sheet, writing.numbers(), writing.headings)
    links = link_cells(package, part, sheet, _urls(places, results))
    edits = _edits(sheet, writing, places, links)
    changed = {part: pack(text.encoded(edited(sheet.text, edits)), package.member(part).method)}
    if has_formulas(package, sheet):
        changed[package.workbook] = recalculating(package)
    if places.table:
        method = package.member(places.table.part).method
        changed[places.table.part] = pack(grown(places.table, list(places.new.values())), method)
    return _rebuilt(package, changed, relationships_part(part), links.rels)


def _place(source: Source, sheet: Sheet, columns: Sequence[str]) -> _Places:
    """Finds room for the columns that the sheet has not, beside its headings if nothing is in the way."""
    layout = source.layout
    missing = [key for key in dict.fromkeys(columns) if key not in layout.results]
    if not missing:
        return _Places(columns=layout.results, new={}, table=None, neighbour=-1)
    refuse_same_headings(layout, missing)
    tables = tables_of(source.package, source.entry.part)
    home = next((one for one in tables if one.heads(layout.header_row, first_input(layout))), None)
    headings = [0, *(place for places in layout.inputs.values() for place in places), *layout.results.values()]
    edge = max(headings) if home is None else max(*headings, home.area.right)
    areas = [one.area for one in tables]
    ground = survey_ground(sheet, layout.header_row, areas, edge=edge, right=source.right)
    start = free_columns(ground, len(missing), sheet.name)
    table = home if home and start == home.area.right + 1 else None
    new = {key: start + at for at, key in enumerate(missing)}
    named = _headings(layout, missing, table)
    return _Places(columns={**layout.results, **new}, new=named, table=table, neighbour=ground.edge)


def first_input(layout: Layout) -> int:
    """Gives the column of the first input heading: the table it belongs to is the roster's."""
    return min((place for places in layout.inputs.values() for place in places), default=0)


def _headings(layout: Layout, missing: Sequence[str], table: TablePart | None) -> dict[str, str]:
    names = list(table.names) if table else []
    headings: dict[str, str] = {}
    for key in missing:
        headings[key] = unlike(layout.title(key), names)
        names.append(headings[key])
    return headings


def _writing(source: Source, sheet: Sheet, places: _Places, results: Results) -> Writing:
    keys = {key for texts in results.values() for key in texts}
    appended = frozenset(places.columns[key] for key in places.new)
    slots = sorted(
        Slot(places.columns[key], key, column_style(sheet, places.columns[key]) if key in places.new else "")
        for key in keys
    )
    titles = {place: places.new.get(key) or source.layout.title(key) for key, place in places.columns.items()}
    return Writing(
        results=results,
        slots=slots,
        headings=titles,
        header=source.layout.header_row,
        appended=appended,
        neighbour=places.neighbour,
    )


def _urls(places: _Places, results: Results) -> dict[tuple[int, int], str]:
    column = places.columns.get(LINK_KEY, -1)
    return {(number, column): texts[LINK_KEY] for number, texts in results.items() if LINK_KEY in texts}


def _edits(sheet: Sheet, writing: Writing, places: _Places, links: Links) -> Iterator[Edit]:
    """Gives all edits of the sheet in the order of its text: before the rows, the rows, after them."""
    numbers = writing.numbers()
    if not numbers:
        return
    columns = {slot.column for slot in writing.slots} | writing.appended
    written = Area(numbers[0], min(columns), numbers[-1], max(columns))
    yield from dimension_edits(sheet, written)
    yield from width_edits(sheet, [(places.columns[key], _WIDTHS.get(key, _WIDTH)) for key in places.new])
    yield from row_edits(sheet, writing)
    yield from links.edits


def _rebuilt(package: Package, changed: dict[str, Packed], rels: str, links: Sequence[bytes]) -> bytes:
    """Puts the archive together; a sheet that had no relationships gets its part for them at the end."""
    added: dict[str, Packed] = {}
    if links:
        there = package.archive.find(rels)
        (changed if there else added)[rels] = pack(links, there.method if there else DEFLATED)
    return rebuild(package.archive, changed, added)
