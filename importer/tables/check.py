"""The copy proves itself: read again, and compared with the original cell by cell and member by member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.tables.csv import CsvTable, open_csv
from importer.tables.xlsx import XlsxTable, open_workbook

if TYPE_CHECKING:
    from importer.tables.base import Table

Results = Mapping[int, Mapping[str, str]]


def check_copy(original: Table, copy: bytes, results: Results, columns: Sequence[str]) -> None:
    """Raises Stop (`copy-differs`, exit 6) unless `copy` is the original with `results` where they belong.

    Every cell outside the result cells must read as before, the external ID beside each result among them, each
    result must stand in its row under its heading, and in a workbook every other member must have the same CRC.
    The reader says so, not the writer.
    """
    for difference in _differences(_known(original), copy, results, columns):
        raise Stop(problem("copy-differs", value=_known(original).name, detail=difference), ExitCode.RESULTS)


def _known(table: Table) -> CsvTable | XlsxTable:
    if not isinstance(table, CsvTable | XlsxTable):
        raise TypeError(f"{type(table)} is no table that open_table gave")
    return table


def _differences(
    original: CsvTable | XlsxTable, copy: bytes, results: Results, columns: Sequence[str]
) -> Iterator[str]:
    try:
        again = _again(original, copy)
    except Stop as stop:
        yield f"{stop.problem.code}: {stop.problem.detail or stop.problem.message}"
        return
    lost = [key for key in columns if key not in again.layout.results]
    if lost:
        yield f"no heading for {', '.join(lost)}"
        return
    if isinstance(original, XlsxTable) and isinstance(again, XlsxTable):
        yield from original.members_changed(again)
        yield from _faults_changed(original, again, results)
    yield from _cells_changed(original, again, results)


def _again(original: CsvTable | XlsxTable, copy: bytes) -> CsvTable | XlsxTable:
    request = original.same_request()
    if isinstance(original, CsvTable):
        return open_csv(copy, original.name, request)
    return open_workbook(copy, original.name, request)


def _cells_changed(original: CsvTable | XlsxTable, again: CsvTable | XlsxTable, results: Results) -> Iterator[str]:
    places = again.layout.results
    new = {place for key, place in places.items() if key not in original.layout.results}
    last = 0
    for last, before, after in _side_by_side(original, again):
        texts: dict[int, object] = {places[key]: original.stands(text) for key, text in results.get(last, {}).items()}
        if last == original.layout.header_row:
            texts |= {place: after[place] for place in new if place < len(after)}
        if any(before[place] != "" for place in new & texts.keys() if place < len(before)):
            yield f"row {last}: a new column was not free"
        if not _same(_with(before, texts), _with(after, {})):
            yield f"row {last} differs"
    yield from (
        f"row {number} is missing" for number, texts in results.items() if number > last and any(texts.values())
    )


def _faults_changed(original: XlsxTable, again: XlsxTable, results: Results) -> Iterator[str]:
    """The reader sees nothing in cells with errors, so what the scan saw is compared, outside the written cells."""
    new = set(again.layout.results.values()) - set(original.layout.results.values())
    written = {(number, again.layout.results[key]) for number, texts in results.items() for key in texts}
    before = {place: fault for place, fault in original.faults.items() if place not in written}
    after = {place: fault for place, fault in again.faults.items() if place not in written and place[1] not in new}
    if before != after:
        yield "cells with errors differ"


def _side_by_side(
    original: CsvTable | XlsxTable, again: CsvTable | XlsxTable
) -> Iterator[tuple[int, Sequence[object], Sequence[object]]]:
    """Gives each row's number with its cells before and after; a row that one of them has not is blank there."""
    rows = zip_longest(original.raw_rows(), again.raw_rows())
    for number, (before, after) in enumerate(rows, start=1):
        yield number, before[1] if before else (), after[1] if after else ()


def _same(before: list[object], after: list[object]) -> bool:
    """Whether the cells are equal; a number that is none (`NaN`) equals itself here."""
    return before == after or list(map(repr, before)) == list(map(repr, after))


def _with(values: Sequence[object], texts: Mapping[int, object]) -> list[object]:
    """Gives the cells with the texts put in and no blanks at the end."""
    cells = [*values, *[""] * (max(texts, default=-1) + 1 - len(values))]
    for place, text in texts.items():
        cells[place] = text
    while cells and cells[-1] == "":
        cells.pop()
    return cells
