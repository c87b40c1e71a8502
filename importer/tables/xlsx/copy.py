"""The results copy of a workbook: one sheet part edited, and only what that forces besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.results import own_columns
from importer.tables.base import Placed
from importer.tables.headings import refuse_same_headings
from importer.tables.ooxml.archive import DEFLATED, Packed, pack
from importer.tables.ooxml.drawings import drawings_of
from importer.tables.ooxml.grid import Area, reference
from importer.tables.ooxml.links import Links, link_cells
from importer.tables.ooxml.markup import Edit, edited
from importer.tables.ooxml.package import (
    CONTENT_TYPES,
    Package,
    SheetEntry,
    relationships_part,
    with_links_typed,
)
from importer.tables.ooxml.place import free_columns, refuse_taken, survey_ground
from importer.tables.ooxml.rebuild import rebuild
from importer.tables.ooxml.recalc import filter_name, has_formulas, recalculating, renewed
from importer.tables.ooxml.splice import Slot, Writing, row_edits
from importer.tables.ooxml.surround import column_style, dimension_edits, width_edits
from importer.tables.ooxml.tables import Filter, TablePart, filter_edits, filter_of, grown, tables_of, unlike
from importer.tables.xlsx.load import reload_sheet

if TYPE_CHECKING:
    from importer.core.columns import Layout
    from importer.core.model import Problem
    from importer.tables.ooxml.sheet import Sheet

LINK_KEY = "join_url"
"""The result column whose cells can be clicked."""

_WIDTHS = {"status": 14, "what_to_do": 60, "join_url": 40, "graph_id": 20}
_WIDTH = 18
"""Characters: wide enough to read the heading, narrow enough to see the columns beside."""
_MARGIN = 2
"""Characters that a column is wider than its heading."""

Results = Mapping[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Where each result column stands: `layout` is the copy's, `new` are the appended ones.

    `table` is to grow by them, `filtered` is the sheet's filter that is to grow to the last of them. `kept` are the new
    columns that stay as wide as they are, because a drawing would be stretched.
    """

    layout: Layout
    new: tuple[str, ...] = ()
    table: TablePart | None = None
    filtered: Filter | None = None
    neighbour: int = -1
    kept: frozenset[int] = frozenset()
    notices: tuple[Problem, ...] = ()

    @property
    def columns(self) -> Mapping[str, int]:
        """Where each result column stands."""
        return self.layout.results

    @property
    def right(self) -> int:
        """The last result column."""
        return max(self.columns.values(), default=-1)


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
    renewals: list[Callable[[bytes], Iterator[Edit]]] = [recalculating] if has_formulas(package, sheet) else []
    if places.filtered:
        renewals.append(filter_name(source.entry.name, places.filtered.area, places.right))
    if renewals:
        changed[package.workbook] = renewed(package, renewals)
    if places.table:
        method = package.member(places.table.part).method
        names = [places.layout.title(key) for key in places.new]
        changed[places.table.part] = pack(grown(places.table, names), method)
    return _rebuilt(package, changed, relationships_part(part), links.rels)


def place_results(source: Source, columns: Sequence[str]) -> Placed:
    """Return where the result columns will stand in a copy. Raise Stop when the sheet can't take them."""
    _, sheet = reload_sheet(source.package, source.entry)
    places = _place(source, sheet, columns)
    return Placed(places.layout, (*own_columns(places.layout, places.columns), *places.notices))


def _place(source: Source, sheet: Sheet, columns: Sequence[str]) -> _Places:
    """Finds room for the columns that the sheet has not, beside its headings if nothing is in the way."""
    layout = source.layout
    refuse_same_headings(layout, columns)
    missing = [key for key in dict.fromkeys(columns) if key not in layout.results]
    tables, filtered = tables_of(source.package, source.entry.part), filter_of(sheet)
    home = home_of(tables, layout)
    if filtered and not filtered.heads(layout.header_row, inputs_of(layout)):
        filtered = None
    if not missing and not home and not filtered:
        return _Places(layout=layout)
    headings = [0, *inputs_of(layout), *layout.results.values()]
    edge = max(headings) if home is None else max(*headings, home.area.right)
    drawn = drawings_of(source.package, source.entry.part, sheet) if missing else []
    areas = [one.area for one in tables]
    ground = survey_ground(sheet, layout.header_row, areas, [one.area for one in drawn], edge=edge, right=source.right)
    start = free_columns(ground, len(missing), sheet.name) if missing else ground.edge + 1
    table = home if home and missing and home.growable and start == home.area.right + 1 else None
    new = {key: start + at for at, key in enumerate(missing)}
    named = _headings(layout, missing, table)
    stretched = [one.area for one in drawn if one.stretched]
    found = _Places(
        layout=replace(layout, results={**layout.results, **new}, titles={**layout.titles, **named}),
        new=tuple(new),
        table=table,
        neighbour=ground.edge,
        kept=frozenset(place for place in new.values() if any(one.left <= place <= one.right for one in stretched)),
    )
    return _with_sorting(found, home, filtered, could_move=ground.could_move(range(ground.edge + 1, start)))


def _with_sorting(places: _Places, home: TablePart | None, filtered: Filter | None, *, could_move: bool) -> _Places:
    """Return the places with the filter to grow, and notes where people would sort rows away from their results.

    `could_move` tells whether the columns between the list and the results may be sorted with it.
    """
    notices = []
    if home and places.right > home.area.right and places.table is None:
        notices.append(problem("results-beside-table", value=home.title))
    grows = filtered is not None and places.right > filtered.area.right
    if grows and filtered is not None and not could_move:
        notices.append(problem("results-beside-filter", value=reference(filtered.area)))
    return replace(places, filtered=filtered if grows and could_move else None, notices=tuple(notices))


def inputs_of(layout: Layout) -> frozenset[int]:
    """Return the columns that are read."""
    return frozenset(place for places in layout.inputs.values() for place in places)


def home_of(tables: Sequence[TablePart], layout: Layout) -> TablePart | None:
    """Return the table that the roster is: the one with the first heading that is read."""
    first = min(inputs_of(layout), default=0)
    return next((one for one in tables if one.heads(layout.header_row, first)), None)


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
    titles = {place: places.layout.title(key) for key, place in places.columns.items()}
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
    titles = {key: len(places.layout.title(key)) + _MARGIN for key in places.new}
    new = {places.columns[key]: max(_WIDTHS.get(key, _WIDTH), titles[key]) for key in places.new}
    yield from width_edits(sheet, [(place, width) for place, width in new.items() if place not in places.kept])
    yield from row_edits(sheet, writing)
    if places.filtered:
        yield from filter_edits(sheet, places.filtered, places.right)
    yield from links.edits


def _rebuilt(package: Package, changed: dict[str, Packed], rels: str, links: Sequence[bytes]) -> bytes:
    """Puts the archive together; a sheet that had no relationships gets its part for them at the end."""
    added: dict[str, Packed] = {}
    if links:
        there = package.archive.find(rels)
        (changed if there else added)[rels] = pack(links, there.method if there else DEFLATED)
        if not there and (typed := with_links_typed(package.archive, rels)):
            changed[CONTENT_TYPES] = typed
    return rebuild(package.archive, changed, added)
