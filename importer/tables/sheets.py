"""A workbook with lists on several sheets: the copy of one sheet's run keeps what the runs of the others have written.

A run reads one sheet, and its copy is made from the input, in which the other sheets have no results. What they had in
the former copy is filled in again, row by row, where the row is still there and its cell is blank.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.core.memory import key_of
from importer.core.model import Stop
from importer.core.readings import identity_of
from importer.tables.check import check_copy
from importer.tables.xlsx import XlsxTable, open_workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.core.memory import Key
    from importer.core.model import SheetRow
    from importer.tables.base import SheetRequest, Table


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy with other sheets' results in it, and the names of sheets whose results could not be taken over."""

    data: bytes
    lost: tuple[str, ...] = ()


def with_other_sheets(copy: bytes, former: bytes, table: Table, requests: Sequence[SheetRequest]) -> Kept:
    """Return `copy` (of `table`'s file) with what `former`, an earlier copy, holds for the other sheets.

    `requests` are the ways in which a sheet of the file may be read, the best one first.
    """
    if not isinstance(table, XlsxTable):
        return Kept(copy)
    lost: list[str] = []
    for entry in table.package.sheets:
        if entry.kind != "worksheet" or entry.name == table.sheet:
            continue
        before = _read(former, table.name, entry.name, requests)
        if before is None:
            if _differs(former, table, entry.name):
                lost.append(entry.name)
            continue
        rows = {row.number: row for row in before.rows() if row.results}
        try:
            copy = _filled(copy, before, rows) if rows else copy
        except Stop:
            lost.append(entry.name)
    return Kept(copy, tuple(lost))


def _read(data: bytes, name: str, sheet: str, requests: Iterable[SheetRequest]) -> XlsxTable | None:
    """Return a sheet as a list of meetings, None where it is none."""
    for request in requests:
        try:
            return open_workbook(data, name, replace(request, sheet=sheet)).settled()
        except Stop:
            continue
    return None


def _filled(copy: bytes, before: XlsxTable, former: Mapping[int, SheetRow]) -> bytes:
    """Return the copy with a sheet's former results filled in. Raise Stop where the sheet can't take them now."""
    now = open_workbook(copy, before.name, before.same_request()).settled()
    keys = {row.number: _key(row) for row in former.values()}
    counts = Counter(keys.values())
    alone = {key: number for number, key in keys.items() if counts[key] == 1}
    rows = list(now.rows())
    here = Counter(map(_key, rows))
    results = {}
    for row in rows:
        key = _key(row)
        number = row.number if keys.get(row.number) == key else alone.get(key, 0) if here[key] == 1 else 0
        if number:
            texts = former[number].results.items()
            results[row.number] = {name: text for name, text in texts if not row.results.get(name)}
    columns = sorted(before.layout.results, key=lambda key: before.layout.results[key])
    filled = now.with_results(results, columns)
    check_copy(now, filled, results, columns)
    return filled


def _key(row: SheetRow) -> Key:
    external_id, organizer = identity_of(row)
    return key_of(organizer, external_id)


def _differs(former: bytes, table: XlsxTable, name: str) -> bool:
    """Return whether a sheet that is no list of meetings to this run has been written into all the same."""
    try:
        package = open_workbook(former, table.name, table.same_request()).package
    except Stop:
        return False
    found = {entry.name: package.archive.find(entry.part) for entry in package.sheets}
    here = {entry.name: table.package.archive.find(entry.part) for entry in table.package.sheets}
    before, now = found.get(name), here.get(name)
    return before is not None and now is not None and before.crc != now.crc
