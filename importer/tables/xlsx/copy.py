"""The results copy of a workbook: one sheet part edited, and only what that forces besides.

In the workbook part a copy asks Excel to calculate, and names the area of a grown filter. Formulas keep their saved
results in the copy, and those that read result cells would show old ones: Excel does not calculate a workbook of its
own version on loading (18.2.2, fullCalcOnLoad).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.layout import letters
from importer.core.model import Stop
from importer.core.results import own_columns
from importer.tables.base import Placed, refuse_same_headings
from importer.tables.ooxml import DEFLATED, Packed, pack, rebuild
from importer.tables.ooxml.markup import (
    Edit,
    Node,
    attribute_edit,
    attributes,
    children,
    decode_part,
    edited,
    mask,
    root,
    unescape,
)
from importer.tables.ooxml.package import CONTENT_TYPES, Package, SheetEntry, read, relationships_part, with_links_typed
from importer.tables.ooxml.sheet import Area, area, reference
from importer.tables.ooxml.splice import (
    Slot,
    Writing,
    column_style,
    dimension_edits,
    free_columns,
    refuse_taken,
    row_edits,
    survey_ground,
    width_edits,
)
from importer.tables.ooxml.tables import (
    Filter,
    LinkEdits,
    TablePart,
    drawings_of,
    filter_edits,
    filter_of,
    grown,
    link_cells,
    tables_of,
    unlike,
)
from importer.tables.xlsx.read import reload_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.core.layout import Layout
    from importer.core.model import Problem
    from importer.tables.base import ResultTexts
    from importer.tables.ooxml.sheet import SheetPart


_FORMULAS = (re.compile(rb"<f[\s/>]"), re.compile(rb":f[\s/>]"))
"""A formula with and without a prefix, each found by its first bytes at the speed of memchr."""

_OVERLAP = 64
"""Bytes kept from one piece to the next, so that a tag cut in two is seen."""

_FILTERED = b"_xlnm._filterdatabase"

_BEFORE = ("definedNames", "externalReferences", "functionGroups", "sheets")
"""What `calcPr` comes after, last first (CT_Workbook, 18.2.27)."""


def has_formulas(package: Package, entry: SheetEntry, sheet: SheetPart) -> bool:
    """Whether the sheet or any other one has a formula. One that can't be read counts: the flag does no harm."""
    if any(name.endswith("calcchain.xml") for name in package.archive.members):
        return True
    if sheet.patterns.formula.search(sheet.masked, sheet.data.inner, sheet.data.close):
        return True
    return any(_formulas_in(package, one.part) for one in package.sheets if one.kind == "worksheet" and one != entry)


def renewed(package: Package, changes: Iterable[Callable[[bytes], Iterator[Edit]]]) -> Packed:
    """Return the workbook part with changes made, each of which takes its text without comments."""
    member = package.member(package.workbook)
    text = decode_part(read(package.archive, package.workbook), package.archive.name)
    masked = mask(text.utf8)
    edits = sorted(edit for change in changes for edit in change(masked))
    return pack(text.encoded(edited(text.utf8, edits)), member.method)


def filter_name(sheet: str, before: Area, right: int) -> Callable[[bytes], Iterator[Edit]]:
    """Return the change that widens the hidden name for a sheet's filter area, which sorting and other programs use.

    Source of the name: https://learn.microsoft.com/office/vba/api/excel.name (_FilterDatabase), 18.2.5.
    """

    def change(masked: bytes) -> Iterator[Edit]:
        nodes = _nodes(masked)
        named = [unescape(attributes(one.attributes).get(b"name", b"")) for one in _inside(masked, nodes, "sheets")]
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


LINK_KEY = "join_url"
"""The result column whose cells can be clicked."""

_WIDTHS = {"status": 14, "what_to_do": 60, "join_url": 40, "graph_id": 20}
_WIDTH = 18
"""Characters: wide enough to read the heading, narrow enough to see the columns beside."""
_MARGIN = 2
"""Characters that a column is wider than its heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPlaces:
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
class CopySource:
    """What is copied: a sheet of a package, where its headings stand, and the last column that has a cell.

    `known` are the places that were found for columns.
    """

    package: Package
    entry: SheetEntry
    layout: Layout
    right: int
    known: dict[tuple[str, ...], ResultPlaces]


def write_copy(source: CopySource, results: ResultTexts, columns: Sequence[str]) -> bytes:
    """Return the bytes of the copy. Raise Stop when the sheet can't take the results."""
    package, part = source.package, source.entry.part
    text, sheet = reload_sheet(package, source.entry)
    places = _placed(source, sheet, columns)
    writing = _writing(source, sheet, places, results)
    refuse_taken(sheet, writing.numbers(), writing.headings)
    links = link_cells(package, part, sheet, _urls(places, results))
    edits = _edits(sheet, writing, places, links)
    changed = {part: pack(text.encoded(edited(sheet.text, edits)), package.member(part).method)}
    renewals: list[Callable[[bytes], Iterator[Edit]]] = (
        [recalculating] if has_formulas(package, source.entry, sheet) else []
    )
    if places.filtered:
        renewals.append(filter_name(source.entry.name, places.filtered.area, places.right))
    if renewals:
        changed[package.workbook] = renewed(package, renewals)
    if places.table:
        method = package.member(places.table.part).method
        names = [places.layout.title(key) for key in places.new]
        changed[places.table.part] = pack(grown(places.table, names), method)
    return _rebuilt(package, changed, relationships_part(part), links.rels)


def place_results(source: CopySource, columns: Sequence[str]) -> Placed:
    """Return where the result columns will stand in a copy. Raise Stop when the sheet can't take them."""
    places = source.known.get(tuple(columns)) or _placed(source, reload_sheet(source.package, source.entry)[1], columns)
    return Placed(places.layout, (*own_columns(places.layout, places.columns), *places.notices))


def _placed(source: CopySource, sheet: SheetPart, columns: Sequence[str]) -> ResultPlaces:
    """Return the places, which were looked for before or are now."""
    wanted = tuple(columns)
    if wanted not in source.known:
        source.known[wanted] = _place(source, sheet, wanted)
    return source.known[wanted]


def _place(source: CopySource, sheet: SheetPart, columns: Sequence[str]) -> ResultPlaces:
    """Find room for the columns that the sheet has not, beside its headings if nothing is in the way."""
    layout = source.layout
    refuse_same_headings(layout, columns)
    missing = [key for key in dict.fromkeys(columns) if key not in layout.results]
    tables, filtered = tables_of(source.package, source.entry.part), filter_of(sheet)
    home = home_of(tables, layout)
    if filtered and not filtered.heads(layout.header_row, inputs_of(layout)):
        filtered = None
    if not missing and not home and not filtered:
        return ResultPlaces(layout=layout)
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
    found = ResultPlaces(
        layout=replace(layout, results={**layout.results, **new}, titles={**layout.titles, **named}),
        new=tuple(new),
        table=table,
        neighbour=ground.edge,
        kept=frozenset(place for place in new.values() if any(one.left <= place <= one.right for one in stretched)),
    )
    return _with_sorting(found, home, filtered, could_move=ground.could_move(range(ground.edge + 1, start)))


def _with_sorting(
    places: ResultPlaces, home: TablePart | None, filtered: Filter | None, *, could_move: bool
) -> ResultPlaces:
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


def _writing(source: CopySource, sheet: SheetPart, places: ResultPlaces, results: ResultTexts) -> Writing:
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


def _urls(places: ResultPlaces, results: ResultTexts) -> dict[tuple[int, int], str]:
    column = places.columns.get(LINK_KEY, -1)
    return {(number, column): texts[LINK_KEY] for number, texts in results.items() if LINK_KEY in texts}


def _edits(sheet: SheetPart, writing: Writing, places: ResultPlaces, links: LinkEdits) -> Iterator[Edit]:
    """Return all edits of the sheet in the order of its text: before the rows, the rows, after them."""
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
    """Record the archive together; a sheet that had no relationships gets its part for them at the end."""
    added: dict[str, Packed] = {}
    if links:
        there = package.archive.find(rels)
        (changed if there else added)[rels] = pack(links, there.method if there else DEFLATED)
        if not there and (typed := with_links_typed(package.archive, rels)):
            changed[CONTENT_TYPES] = typed
    return rebuild(package.archive, changed, added)
