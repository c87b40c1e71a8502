"""A results copy is worth keeping: it holds what the other sheets had, and it proves itself.

A copy is made from the input, sheet by sheet, and after each sheet it is read again and compared with what it was
before, cell by cell and member by member: so all of it is proved. Sheets that a run does not read have no results in
the input; what they had in the copy before is filled in again, row by row, where the row is still there and its cell is
blank.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeAlias

from importer.core.catalogue import problem
from importer.core.layout import LAST_COLUMN_COUNT
from importer.core.model import ExitCode, Stop
from importer.core.readings import ReadingOptions, identity_of
from importer.core.results import looks_written
from importer.core.row import key_of
from importer.paths import WORKBOOK_SUFFIXES
from importer.tables.csv import CsvTable, cells_of_csv, open_csv
from importer.tables.xlsx import XlsxTable, cells_of_workbook, open_workbook
from importer.tables.xlsx.check import CopyAgain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.core.layout import Layout
    from importer.core.row import Key, Row
    from importer.tables.base import ResultTexts, SheetRequest, Table


NumberedCells: TypeAlias = "tuple[int, Sequence[object]]"
"""A row as the reader sees it: its number and its cells."""


def check_copy(original: Table, copy: bytes, results: ResultTexts, columns: Sequence[str]) -> None:
    """Raise Stop (`copy-differs`, exit 6) unless `copy` is the original with `results` where they belong.

    Every cell outside the result cells must read as before, the external ID beside each result among them, each
    result must stand in its row under its heading, and in a workbook every other member must have the same CRC.
    The reader says so, not the writer.
    """
    for difference in _differences(_known(original), copy, results, columns):
        raise Stop(problem("copy-differs", value=_known(original).name, detail=difference), ExitCode.RESULTS)


@dataclass(frozen=True, slots=True)
class Written:
    """What is to be written on one sheet: `results` as `Table.with_results` takes them, with its `columns`."""

    table: Table
    results: ResultTexts
    columns: Sequence[str]


def rehearse(sheets: Sequence[Written]) -> None:
    """Raise Stop where `copy_of` could not write the sheets of a file, one after the other."""
    for _ in _steps(sheets):
        pass


def copy_of(sheets: Sequence[Written]) -> bytes:
    """Return the bytes of a copy with the results of sheets of one file, of the same bytes; at least one.

    Raise Stop when a sheet can't take them, or the copy does not pass its check (`copy-differs`, exit 6).
    """
    copy = b""
    for table, copy, one in _steps(sheets):
        check_copy(table, copy, one.results, one.columns)
    return copy


def _steps(sheets: Sequence[Written]) -> Iterator[tuple[Table, bytes, Written]]:
    """Return for each sheet its table in the copy as it is then, and the copy with its results."""
    copy = sheets[0].table.data
    for one in sheets:
        table = one.table if one is sheets[0] else _in_copy(_known(one.table), copy)
        copy = table.with_results(one.results, one.columns)
        yield table, copy, one


def _in_copy(table: CsvTable | XlsxTable, copy: bytes) -> Table:
    """Return the table's own sheet as it stands in a copy that other sheets have been written into."""
    return _again(table, copy).with_layout(table.layout)


def content_of(data: bytes, name: str, encoding: str | None = None) -> str | None:
    """Return what stands for all that the cells of a file say, notes included; None where it can't be read.

    It stays the same when a spreadsheet program opens and saves the file: packing, looks, and the last digits of a
    number are not in it.
    """
    is_workbook = name.lower().endswith(WORKBOOK_SUFFIXES)
    digest = blake2b(digest_size=16)
    try:
        for sheet, number, values in (
            cells_of_workbook(data, name) if is_workbook else cells_of_csv(data, name, encoding)
        ):
            if said := _said(values):
                digest.update(repr((sheet, number, said)).encode("utf-8", "surrogatepass"))
    except (Stop, ValueError):
        return None
    return digest.hexdigest()


def is_as_we_write(copy: Table, data: bytes) -> bool:
    """Return whether a copy has been saved by nobody but this program, as far as a workbook shows it.

    Spreadsheet programs put texts into the shared strings; written anew, a result is the same bytes only where it was
    written by this program. A CSV does not show who has saved it.
    """
    if not isinstance(copy, XlsxTable):
        return False
    results = {row.number: row.standing for row in copy.rows() if row.standing}
    try:
        return bool(results) and copy.with_results(results, ()) == data
    except Stop:
        return False


def says_the_same(copy: Table, original: Table) -> bool:
    """Return whether a copy says what `original` says, but for result columns that hold what this program writes."""
    one, other = _known(copy), _known(original)
    kept, wanted = _but_results(one), _but_results(other)
    written = all(
        looks_written(key, text, copy.layout.languages) for row in one.rows() for key, text in row.standing.items()
    )
    return written and all(_said(a) == _said(b) for a, b in zip_longest(kept, wanted, fillvalue=()))


def _but_results(table: CsvTable | XlsxTable) -> Iterator[Sequence[object]]:
    """Return each row of each sheet, blank in the result columns from the headings down."""
    places = frozenset(table.layout.results.values())
    data, name = table.data, table.name
    is_workbook = isinstance(table, XlsxTable)
    cells = cells_of_workbook(data, name) if is_workbook else cells_of_csv(data, name, table.request.encoding)
    for sheet, number, values in cells:
        if sheet == table.sheet and number >= table.layout.header_row:
            yield [*(_text(raw) for raw in (sheet, number)), *_blanked(values, places)]
        else:
            yield [*(_text(raw) for raw in (sheet, number)), *values]


def _blanked(values: Sequence[object], places: frozenset[int]) -> Iterator[object]:
    yield from ("" if place in places else raw for place, raw in enumerate(values))


def _said(values: Sequence[object]) -> list[str]:
    """Return what cells say, without the blank ones at the end."""
    said = list(map(_text, values))
    while said and not said[-1]:
        said.pop()
    return said


def _text(raw: object) -> str:
    """Return what a cell says, as every program that saves it again will have it; kinds are told apart."""
    match raw:
        case str():
            return "\n".join(raw.splitlines()) if "\r" in raw else raw
        case bool():
            return f"\0b{raw}"
        case int() | float():
            return f"\0n{raw:.12g}"
        case datetime():
            return f"\0d{(raw + timedelta(milliseconds=500)).replace(microsecond=0)}"
        case date():
            return f"\0d{datetime.combine(raw, time())}"
        case _:
            return f"\0t{raw}"


def _known(table: Table) -> CsvTable | XlsxTable:
    if not isinstance(table, CsvTable | XlsxTable):
        raise TypeError(f"{type(table)} is no table that read_table gave")
    return table


def _differences(
    original: CsvTable | XlsxTable, copy: bytes, results: ResultTexts, columns: Sequence[str]
) -> Iterator[str]:
    try:
        again = CopyAgain.of(original, copy) if isinstance(original, XlsxTable) else _again(original, copy)
    except Stop as stop:
        yield f"{stop.problem.code}: {stop.problem.detail or stop.problem.message}"
        return
    layout = original.placed(columns).layout
    new = frozenset(layout.results.values()) - frozenset(original.layout.results.values())
    if isinstance(again, CopyAgain):
        yield from again.members_changed()
        written = {(number, layout.results[key]) for number, texts in results.items() for key in texts}
        yield from again.faults_changed(written, new)
        rows = again.side_by_side()
    else:
        rows = zip_longest(original.raw_rows(), again.raw_rows())
    yield from _cells_changed(original, rows, layout, results)


def _again(original: CsvTable | XlsxTable, copy: bytes) -> CsvTable | XlsxTable:
    request = original.same_request()
    if isinstance(original, CsvTable):
        return open_csv(copy, original.name, request)
    return open_workbook(copy, original.name, request)


def _cells_changed(
    original: CsvTable | XlsxTable,
    rows: Iterable[tuple[NumberedCells | None, NumberedCells | None]],
    layout: Layout,
    results: ResultTexts,
) -> Iterator[str]:
    """Return which rows are not what they were with the results in them; one that is not there is blank."""
    places = layout.results
    new = {place for key, place in places.items() if key not in original.layout.results}
    last, first = 0, min(new, default=LAST_COLUMN_COUNT)
    for last, (one, other) in enumerate(rows, start=1):
        before, after = one[1] if one else (), other[1] if other else ()
        texts: dict[int, object] = {places[key]: original.stands(text) for key, text in results.get(last, {}).items()}
        if last == original.layout.header_row:
            texts |= {place: original.stands(layout.title(key)) for key, place in places.items() if place in new}
        if len(before) > first and any(before[place] != "" for place in new & texts.keys() if place < len(before)):
            yield f"row {last}: a new column was not free"
        cells = _with(before, texts, width=len(after))
        if cells != after and not _same(_stripped(cells), _stripped(after)):
            yield f"row {last} differs"
    yield from (
        f"row {number} is missing" for number, texts in results.items() if number > last and any(texts.values())
    )


def _same(before: list[object], after: list[object]) -> bool:
    """Whether the cells are equal; a number that is none (`NaN`) equals itself here."""
    return before == after or list(map(repr, before)) == list(map(repr, after))


def _with(values: Sequence[object], texts: Mapping[int, object], *, width: int) -> list[object]:
    """Return the cells with the texts put in, at least as many as the width."""
    cells = [*values, *[""] * (max([width - 1, *texts]) + 1 - len(values))]
    for place, text in texts.items():
        cells[place] = text
    return cells


def _stripped(values: Sequence[object]) -> list[object]:
    """Return the cells without the blank ones at the end."""
    cells = [*values]
    while cells and cells[-1] == "":
        cells.pop()
    return cells


@dataclass(frozen=True, slots=True)
class CompletedCopy:
    """A copy with other sheets' results in it, and the names of sheets whose results could not be taken over."""

    data: bytes
    lost: tuple[str, ...] = ()


def with_other_sheets(
    copy: bytes, previous: bytes, tables: Sequence[Table], requests: Callable[[str], Sequence[SheetRequest]]
) -> CompletedCopy:
    """Return `copy` (of the file of `tables`) with what `previous`, an earlier copy, holds for the other sheets.

    `requests` returns the ways in which a sheet of that name may be read, the best one first.
    """
    table = tables[0]
    if not isinstance(table, XlsxTable):
        return CompletedCopy(copy)
    lost: list[str] = []
    written = {one.sheet for one in tables}
    for entry in table.package.sheets:
        if entry.kind != "worksheet" or entry.name in written:
            continue
        before = _read(previous, table.name, entry.name, requests(entry.name))
        if before is None:
            if _differs(previous, table, entry.name):
                lost.append(entry.name)
            continue
        rows = {row.number: row for row in before.rows() if row.standing}
        try:
            copy = _filled(copy, before, rows) if rows else copy
        except Stop:
            lost.append(entry.name)
    return CompletedCopy(copy, tuple(lost))


def _read(data: bytes, name: str, sheet: str, requests: Iterable[SheetRequest]) -> XlsxTable | None:
    """Return a sheet as a list of meetings, None where it is none."""
    for request in requests:
        try:
            return open_workbook(data, name, replace(request, sheet=sheet)).settled()
        except Stop:
            continue
    return None


def _filled(copy: bytes, before: XlsxTable, previous: Mapping[int, Row]) -> bytes:
    """Return the copy with a sheet's former results filled in. Raise Stop where the sheet can't take them now."""
    now = open_workbook(copy, before.name, before.same_request()).settled()
    keys = {row.number: _key(row) for row in previous.values()}
    counts = Counter(keys.values())
    alone = {key: number for number, key in keys.items() if counts[key] == 1}
    rows = list(now.rows())
    here = Counter(map(_key, rows))
    results = {}
    for row in rows:
        key = _key(row)
        number = row.number if keys.get(row.number) == key else alone.get(key, 0) if here[key] == 1 else 0
        if number:
            texts = previous[number].standing.items()
            results[row.number] = {name: text for name, text in texts if not row.standing.get(name)}
    columns = sorted(before.layout.results, key=lambda key: before.layout.results[key])
    filled = now.with_results(results, columns)
    check_copy(now, filled, results, columns)
    return filled


def _key(row: Row) -> Key:
    external_id, organizer = identity_of(row, ReadingOptions())
    return key_of(organizer, external_id)


def _differs(previous: bytes, table: XlsxTable, name: str) -> bool:
    """Return whether a sheet that is no list of meetings to this run has been written into all the same."""
    try:
        package = open_workbook(previous, table.name, table.same_request()).package
    except Stop:
        return False
    found = {entry.name: package.archive.find(entry.part) for entry in package.sheets}
    here = {entry.name: table.package.archive.find(entry.part) for entry in table.package.sheets}
    before, now = found.get(name), here.get(name)
    return before is not None and now is not None and before.crc != now.crc
