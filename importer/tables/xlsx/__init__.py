"""Excel workbooks as tables: read by python-calamine, written by splicing.

Here is a workbook's sheet as a table: which sheet has the rows, where its headings stand, and what merged cells say. A
list that is grouped by day shows the day once, merged over its rows, and whoever reads it reads the day for each of
them: the one value, which the file keeps in the topmost cell, is every row's. Merges within a row are left alone: a
title is no value of the columns beside its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from importer.core.catalogue import problem
from importer.core.columns import PEOPLE_KEYS
from importer.core.layout import HEADER_SEARCH_ROWS, Layout
from importer.core.model import CellFault, Sample
from importer.core.results import own_results
from importer.core.row import Row, SheetCells, places_of
from importer.core.suggestions import near_headings, near_misses, standing_instead
from importer.core.texts import normalize
from importer.core.wording import in_words, quoted
from importer.tables.base import (
    candidate_texts,
    layout_of,
    refuse_overtyped,
    refuse_unread_times,
    refused,
    with_unheaded,
)
from importer.tables.ooxml import Packed, open_archive
from importer.tables.ooxml.markup import decode_part, standing
from importer.tables.ooxml.package import (
    Package,
    SheetEntry,
    open_package,
)
from importer.tables.ooxml.sheet import ROWS
from importer.tables.ooxml.splice import merged_cells
from importer.tables.ooxml.tables import TablePart, mail_addresses, tables_of
from importer.tables.xlsx.copy import CopySource, ResultPlaces, home_of, inputs_of, place_results, write_copy
from importer.tables.xlsx.read import (
    Raw,
    SharedParts,
    cell_text,
    first_rows,
    formula_cells,
    load_beginning,
    load_sheet,
    mail_formulas,
    midnights_shown,
    open_sheets,
    pieces_of,
    plain,
    rows_of,
    shared_parts,
    sheet_packed,
    survey,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.core.model import Cell, CellError, Problem, Stop
    from importer.tables.base import Placed, ResultTexts, SheetRequest
    from importer.tables.ooxml.sheet import Area, SheetPart


def find_sheet(package: Package, parts: SharedParts, request: SheetRequest) -> tuple[SheetEntry, list[SheetEntry]]:
    """Return the sheet with the best heading row, and the others that have as good a one.

    Raise Stop when the sheet asked for is not there, is no worksheet, or no sheet has the headings.
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


def no_headings(sheets: Mapping[str, SheetPart], parts: SharedParts, request: SheetRequest) -> Stop:
    """Return the Stop for a workbook without a heading row; several sheets, and headings nearly right, are named."""
    looked = f"Sheets looked at: {', '.join(sheets)}. " if len(sheets) > 1 else ""
    tops = _tops([*sheets.values()], parts, request)
    kept = [[*top] for top in tops]
    near = (
        near_headings(top, mapping=request.mapping, required=request.required, settings=request.settings)
        for top in kept
    )
    hint = next(filter(None, near), "") or next(filter(None, map(standing_instead, kept)), "")
    return refused("no-header-row", next(iter(sheets.values())).name, hint=looked + hint)


def layouts_of(sheets: Sequence[SheetPart], parts: SharedParts, request: SheetRequest) -> list[Layout | None]:
    """Return for each sheet the layout of the best heading row among its first rows, None if it has none."""
    return [layout_of(top, request) for top in _tops(sheets, parts, request)]


def _tops(
    sheets: Sequence[SheetPart], parts: SharedParts, request: SheetRequest
) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """Return the rows of each sheet among which its headings are looked for, as (margin's number, texts)."""
    wanted, depth = request.header_row or None, request.header_row or HEADER_SEARCH_ROWS
    book = open_sheets(parts, [sheet_packed(first_rows(sheet, depth)) for sheet in sheets], sheets[0].name)
    for index in range(len(sheets)):
        rows = islice(rows_of(book, index), depth)
        yield ((n, [cell_text(plain(raw)) for raw in row]) for n, row in rows if wanted in {None, n})


def _candidates(package: Package, request: SheetRequest) -> list[SheetEntry]:
    if request.sheet is not None:
        return [named_sheet(package, request.sheet)]
    found = [entry for entry in package.sheets if entry.visible and entry.kind == "worksheet"]
    if not found:
        raise refused("sheet-none", package.archive.name)
    return found


def named_sheet(package: Package, wanted: str) -> SheetEntry:
    """Return the worksheet of that name; raise Stop where there is none."""
    same = [entry for entry in package.sheets if entry.name.casefold() == wanted.strip().casefold()]
    exact = [entry for entry in same if entry.name == wanted] or same
    if not exact:
        names = quoted(entry.name for entry in package.sheets)
        raise refused("sheet-unknown", package.archive.name, sheet=wanted, sheets=names)
    if exact[0].kind != "worksheet":
        raise refused("sheet-is-chart", package.archive.name, sheet=exact[0].name)
    return exact[0]


BEGINNING = 1_000
"""Rows that are the beginning of a sheet: opening all of a large one takes the reader half a second each time."""

Value = TypeVar("Value")


def merges_of(areas: Iterable[Area], *, below: int, columns: frozenset[int]) -> Mapping[int, Mapping[int, int]]:
    """Return {first row: {column: last row}} of the merges in `columns` that begin under the row `below`."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for area in areas:
        if area.left in columns and below < area.top < area.bottom:
            found[area.top][area.left] = area.bottom
    return dict(found)


def carried_down(
    rows: Iterable[tuple[int, Sequence[Value]]], merges: Mapping[int, Mapping[int, int]]
) -> Iterator[tuple[int, Sequence[Value], Mapping[int, Value]]]:
    """Return each row, and {column: value} of what merged cells above carry into it. Rows come from the top."""
    if not merges:
        yield from ((number, values, {}) for number, values in rows)
        return
    held: dict[int, tuple[int, Value]] = {}
    for number, values in rows:
        begun = merges.get(number, {})
        held = {place: (end, value) for place, (end, value) in held.items() if number <= end and place not in begun}
        yield number, values, {place: value for place, (_, value) in held.items()}
        held |= {place: (end, values[place]) for place, end in begun.items() if place < len(values)}


@dataclass(frozen=True, slots=True, kw_only=True)
class XlsxTable:
    """One sheet of a workbook. Holds the file's bytes and little else: cells are read when rows are asked for."""

    package: Package
    entry: SheetEntry
    layout: Layout
    notices: tuple[Problem, ...]
    parts: SharedParts
    pieces: tuple[Packed, ...]
    """The sheet for the reader of cells."""
    top: Packed
    """Its first rows alone."""
    watched: frozenset[int]
    """Columns that are read, or may be results: what is wrong with their cells is in `faults`."""
    faults: Mapping[tuple[int, int], CellError]
    request: SheetRequest
    right: int
    """The last column that has a cell."""
    last: int
    """The last row that can be one of the list: what stands under a table, or in its row of totals, is none."""
    midnights: frozenset[tuple[int, int]]
    """Row and column of the dates that are midnight and whose cells show it."""
    merges: Mapping[int, Mapping[int, int]]
    """Input cells merged over several rows: {first row: {column: last row}}."""
    formulas: frozenset[tuple[int, int]] = frozenset()
    """Cells with a formula under headings of results, by row and column."""
    known: dict[tuple[str, ...], ResultPlaces] = field(default_factory=dict, init=False, repr=False, compare=False)
    """ResultPlaces that were looked for: finding them takes a second for 50,000 rows, and the check asks again."""
    people: Mapping[tuple[int, int], str]
    """Mail addresses that cells of people are links to, by themselves or by a formula, by row and column."""
    spelled: Mapping[tuple[int, int], str]
    """What such a formula says, by row and column: it is known where the workbook has no result of it too."""

    @property
    def sheet(self) -> str:
        """The worksheet's name."""
        return self.entry.name

    @property
    def width(self) -> int:
        """How many columns it has; see Table."""
        return self.right + 1

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return self.package.archive.data

    def rows(self) -> Iterator[Row]:
        """Return the rows below the headings that have something in an input column, with their own numbers.

        Texts that stand in many rows of a column are held once.
        """
        read = _RowReader.of(self.layout)
        for number, values, carried in carried_down(self._seen_rows(), self.merges):
            if self.layout.header_row < number <= self.last:
                row = read.row(number, values, carried)
                if row is not None:
                    yield row

    def raw_rows(self) -> Iterator[tuple[int, Sequence[Raw]]]:
        """Return every row as the reader sees it: number, and all cells from column A."""
        return rows_of(open_sheets(self.parts, self.pieces, self.name), 0, len(self.pieces))

    def with_results(self, results: ResultTexts, columns: Sequence[str]) -> bytes:
        """Return the bytes of a copy with result texts filled in, everything else kept; see Table."""
        return write_copy(self._source(), results, columns)

    def settled(self) -> XlsxTable:
        """Return the same table with those result columns only that are ours; see Table."""
        table = self.with_layout(with_unheaded(self, self.request.extra))
        texts = candidate_texts(table, self.formulas)
        return table.with_layout(own_results(table.layout, texts, self.request.mapping))

    def with_layout(self, layout: Layout) -> XlsxTable:
        """Return the same table read by another layout."""
        return replace(self, layout=layout)

    def beginning(self) -> XlsxTable:
        """Return the same table with its first rows alone; see Table."""
        return replace(self, pieces=(self.top,))

    def placed(self, columns: Sequence[str]) -> Placed:
        """Return where the result columns will stand in a copy; see Table."""
        return place_results(self._source(), columns)

    def _source(self) -> CopySource:
        return CopySource(self.package, self.entry, self.layout, self.right, self.known)

    @property
    def name(self) -> str:
        """The file's name."""
        return self.package.archive.name

    def same_request(self) -> SheetRequest:
        """Return the request that finds the same rows in a copy of this file."""
        return replace(self.request, sheet=self.entry.name, header_row=self.layout.header_row)

    def stands(self, text: str) -> str:
        """Return what a cell will hold that `text` was written into."""
        return standing(text)

    def _seen_rows(self) -> Iterator[tuple[int, Sequence[Raw | CellError]]]:
        """Return the rows with what the reader can't see put in; below its last row there may be more of it."""
        faults: dict[int, dict[int, Raw | CellError]] = {}
        for (number, place), fault in self.faults.items():
            spelled = self.spelled.get((number, place)) if fault.fault is CellFault.UNCACHED else None
            faults.setdefault(number, {})[place] = spelled or fault
        shown = {number for number, _ in self.midnights}
        for number, raws in self.raw_rows():
            dated = [*self._with_midnights(number, raws)] if number in shown else raws
            values = _with_people(number, dated, self.people) if self.people else dated
            yield number, _with_faults(values, faults.pop(number)) if number in faults else values
        yield from ((number, _with_faults((), faults[number])) for number in sorted(faults))

    def _with_midnights(self, number: int, values: Sequence[Raw]) -> Iterator[Raw]:
        for place, raw in enumerate(values):
            if isinstance(raw, date) and not isinstance(raw, datetime) and (number, place) in self.midnights:
                yield datetime.combine(raw, time())
            else:
                yield raw


REPEATED = 1_000
"""Texts of a column that are held once."""
NOTHING: Mapping[str, str] = MappingProxyType({})
"""What stands in the result columns of nearly every row before its first run."""


class _Texts(dict[str, str]):
    """The texts of a column: the first ones that come are those that many rows have, if any are."""

    def __missing__(self, text: str) -> str:
        if len(self) < REPEATED:
            self[text] = text
        return text


@dataclass(frozen=True, slots=True)
class _RowReader:
    """Makes rows of what stands at `columns`: the cells of each input column, one after the other, as in `places`."""

    columns: Sequence[int]
    places: Mapping[str, slice]
    results: Mapping[str, int]
    texts: Sequence[_Texts]

    @classmethod
    def of(cls, layout: Layout) -> _RowReader:
        """Return the reader for a sheet with this layout."""
        columns = [place for places in layout.inputs.values() for place in places]
        return cls(columns, places_of(layout.inputs), layout.results, [_Texts() for _ in columns])

    def row(self, number: int, values: Sequence[Raw | CellError], carried: Mapping[int, Raw | CellError]) -> Row | None:
        """Return a row, or None where nothing stands in it; `carried` is what merged cells above say in it."""
        cells = self._cells(values)
        if not any(map(_filled, cells)):
            return None
        if carried:
            cells = self._cells([carried.get(place, raw) for place, raw in enumerate(_as_wide(values, carried))])
        standing: dict[str, str] = {}
        for key, place in self.results.items():
            raw = values[place] if place < len(values) else ""
            text = raw if type(raw) is str else cell_text(plain(raw))
            if text.strip():
                standing[key] = text
        return Row(number=number, cells=SheetCells(self.places, cells), standing=standing or NOTHING)

    def _cells(self, values: Sequence[Raw | CellError]) -> tuple[Cell, ...]:
        size = len(values)
        raws = [values[place] if place < size else "" for place in self.columns]
        return tuple(
            [(texts[raw] or None) if type(raw) is str else plain(raw) for raw, texts in zip(raws, self.texts)]  # noqa: B905 - one for each
        )


def _as_wide(values: Sequence[Raw | CellError], places: Iterable[int]) -> list[Raw | CellError]:
    return [*values, *[""] * (max(places) + 1 - len(values))]


def _with_people(number: int, values: Sequence[Raw], people: Mapping[tuple[int, int], str]) -> Sequence[Raw]:
    """Return the row with each linked name followed by the address that its link has, as mail programs write it.

    A cell that has an address of its own, or several names for one link, says itself whom it means. Whoever types
    another name over a linked one leaves the link behind, so the address has to have something of the name.
    """
    seen = list(values)
    for place, raw in enumerate(values):
        address = people.get((number, place))
        if address and isinstance(raw, str) and raw.strip():
            seen[place] = _with_address(raw, address) or raw
    return seen


def _with_address(name: str, address: str) -> str:
    """Return a link's name and address as mail programs write them; empty where the two don't go together."""
    if not name.strip() or name.strip().casefold() == address.casefold():
        return address
    fitting = not any(sign in name for sign in "@<;\n") and _names(name, address)
    return f"{' '.join(name.split())} <{address}>" if fitting else ""


def _names(name: str, address: str) -> bool:
    """Whether a word of the name, accents aside, stands before the address's @."""
    local = _folded(address.partition("@")[0])
    return any(word in local for word in _folded(name).split() if len(word) > 1)


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^\w\s]|_", " ", "".join(sign for sign in letters if not unicodedata.combining(sign)))


def _with_faults(values: Sequence[Raw], faults: Mapping[int, Raw | CellError]) -> list[Raw | CellError]:
    row = _as_wide(values, faults)
    for place, fault in faults.items():
        row[place] = fault
    return row


def open_workbook(data: bytes, name: str, request: SheetRequest) -> XlsxTable:
    """Read a workbook; raise Stop for everything that keeps it from being read or a copy from being written."""
    package = open_package(open_archive(data, name))
    parts = shared_parts(package)
    entry, alike = find_sheet(package, parts, request)
    sheet = load_sheet(package, entry)
    seen = survey(sheet)
    layout = layouts_of([sheet], parts, request)[0]
    if layout is None:
        raise no_headings({entry.name: sheet}, parts, request)
    home = home_of(tables_of(package, entry.part), layout)
    inputs = inputs_of(layout).union(_looked_at(layout, request))
    people = _places_of_people(layout)
    links = dict(mail_formulas(sheet, people))
    wanted = inputs.union(layout.results.values(), *layout.candidates.values())
    table = XlsxTable(
        package=package,
        entry=entry,
        layout=layout,
        notices=(*_notices(sheet, entry, alike), *near_misses(layout, request.mapping)),
        parts=parts,
        pieces=pieces_of(package, entry, sheet, seen.cuts),
        top=sheet_packed(first_rows(sheet, layout.header_row + BEGINNING)),
        watched=wanted,
        faults={place: fault for place, fault in seen.faults.items() if place[1] in wanted},
        request=request,
        formulas=frozenset(formula_cells(sheet, frozenset().union(*layout.candidates.values()))),
        right=seen.right,
        last=ROWS if home is None else home.last,
        midnights=_midnights(package, sheet, layout),
        merges=merges_of(merged_cells(sheet), below=layout.header_row, columns=inputs),
        people={**mail_addresses(package, entry.part, sheet, people), **{at: mail for at, (_, mail) in links.items()}},
        spelled={at: text for at, link in links.items() if (text := _with_address(*link))},
    )
    refuse_overtyped(layout, request.mapping, lambda other: replace(table, layout=other).rows())
    refuse_unread_times(name, layout, request.mapping, lambda other: table.beginning().with_layout(other).rows())
    below = _below(table, home) if home else ()
    return replace(table, notices=(*table.notices, *below, *_hidden(table, seen.hidden)))


def cells_of_workbook(data: bytes, name: str, sheet: str = "") -> Iterator[tuple[str, int, Sequence[Raw]]]:
    """Return every row of every worksheet: the sheet's name, the row's number, its cells; then what comments say.

    With the name of a sheet, its rows alone. Raise Stop for what is no workbook, is damaged, or has no such sheet.
    """
    package = open_package(open_archive(data, name))
    parts = shared_parts(package)
    wanted = [named_sheet(package, sheet)] if sheet else package.sheets
    for entry in wanted:
        if entry.kind == "worksheet":
            packed = pieces_of(package, entry, load_sheet(package, entry), ())
            yield from ((entry.name, *row) for row in rows_of(open_sheets(parts, packed, name), 0))
    if sheet:
        return
    notes = [member for member in package.archive.members.values() if _COMMENTS.search(member.name)]
    said = ("".join(b"".join(_SAID.findall(package.archive.read(member))).decode(errors="replace")) for member in notes)
    yield from (("", number, ["".join(text.split())]) for number, text in enumerate(sorted(said)))


def samples_of_workbook(data: bytes, name: str, request: SheetRequest, *, depth: int) -> list[Sample]:
    """Return the first rows of each sheet that could be read, or of the one named; raise Stop as `open_workbook`."""
    package = open_package(open_archive(data, name))
    parts = shared_parts(package)
    entries = _candidates(package, request)
    packed = [sheet_packed(first_rows(load_beginning(package, entry), depth)) for entry in entries]
    book = open_sheets(parts, packed, name)
    return [
        Sample(
            entry.name,
            [(number, [*map(plain, row)]) for number, row in islice(rows_of(book, place), depth)],
            languages=request.languages,
        )
        for place, entry in enumerate(entries)
    ]


_COMMENTS = re.compile(r"(?:^|/)(?:threaded)?comment[^/]*\.xml$", re.IGNORECASE)
_SAID = re.compile(rb"<(?:\w+:)?(?:t|text)(?:\s[^>]*)?>([^<]*)(?=<)")
"""What people have written into notes (18.7.3) and into threads."""


def _places_of_people(layout: Layout) -> frozenset[int]:
    return frozenset(place for key in PEOPLE_KEYS for place in layout.inputs.get(key, ()))


def _looked_at(layout: Layout, request: SheetRequest) -> Iterator[int]:
    names = set(map(normalize, request.also))
    yield from (place for place, text in enumerate(layout.texts) if normalize(text) in names)


def _midnights(package: Package, sheet: SheetPart, layout: Layout) -> frozenset[tuple[int, int]]:
    times = frozenset(place for key in ("start", "end") for place in layout.inputs.get(key, ()))
    if not times or package.styles is None:
        return frozenset()
    styles = decode_part(package.archive.read(package.styles), package.archive.name).utf8
    return midnights_shown(sheet, styles, times)


def _notices(sheet: SheetPart, entry: SheetEntry, alike: list[SheetEntry]) -> Iterator[Problem]:
    if alike:
        yield problem("sheets-alike", value=entry.name, others=in_words([f"'{one.name}'" for one in alike]))
    if sheet.nodes_called("sheetProtection"):
        yield problem("sheet-protected", value=entry.name)


def _below(table: XlsxTable, home: TablePart) -> Iterator[Problem]:
    """A row of totals is the table's own; what else stands under it may be meetings that were meant to be in it."""
    found = [row.number for row in replace(table, last=ROWS).rows() if row.number > home.area.bottom]
    if found:
        yield problem("rows-below-table", value=home.title, count=len(found), first=found[0])


def _hidden(table: XlsxTable, hidden: frozenset[int]) -> Iterator[Problem]:
    if not hidden:
        return
    found = [row.number for row in table.rows() if row.number in hidden]
    if found:
        yield problem("rows-hidden", count=len(found), first=found[0])


def _filled(cell: Cell) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None
