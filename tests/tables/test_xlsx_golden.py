"""Workbooks written by openpyxl and by LibreOffice come back unharmed, and LibreOffice opens every copy."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from importer.tables.copies import check_copy
from importer.tables.xlsx import XlsxTable
from tests.tables.comparing import compare
from tests.tables.golden import KINDS, SOFFICE, authored, converted
from tests.tables.packages import KEYS, opened

if TYPE_CHECKING:
    from pathlib import Path

needs_office = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")

FORGIVEN = {
    *("result cells", "dimension", "spans", "widths", "links", "relationships added", "relationships of links"),
    *("table grown", "filter grown", "calculation asked for"),
}


def copied(data: bytes) -> bytes:
    """Write results on every row, has the copy checked, and compared member by member and cell by cell."""
    table = opened(data)
    assert isinstance(table, XlsxTable)
    rows = [row.number for row in table.rows()]
    results = {number: dict.fromkeys(KEYS, f"https://teams.example/{number}?a=1&b=<2>") for number in rows}
    copy = table.with_results(results, KEYS)
    check_copy(table, copy, results, KEYS)
    again = opened(copy)
    assert {row.number: dict(row.standing) for row in again.rows()} == results
    columns = {_letters(again.layout.results[key]) for key in KEYS}
    found = compare(data, copy, sheet=table.entry.part, columns=columns)
    assert found.others == []
    assert found.forgiven <= FORGIVEN
    return copy


def _letters(column: int) -> str:
    return chr(65 + column) if column < 26 else "A" + chr(65 + column - 26)


@pytest.mark.parametrize("kind", KINDS)
def test_a_workbook_of_openpyxl_comes_back_unharmed(kind: str) -> None:
    data = authored(kind)
    again = opened(copied(copied(data)))
    assert len(list(again.rows())) == len(list(opened(data).rows())) >= 5


@pytest.fixture(scope="module")
def resaved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every workbook once more, as LibreOffice saves it."""
    folder = tmp_path_factory.mktemp("golden")
    paths = [folder / f"{kind}.xlsx" for kind in KINDS]
    for kind, path in zip(KINDS, paths, strict=True):
        path.write_bytes(authored(kind))
    return {path.stem: path.read_bytes() for path in converted(paths, "xlsx", folder / "out")}


@needs_office
def test_workbooks_of_libreoffice_come_back_unharmed_and_open_again(resaved: dict[str, bytes], tmp_path: Path) -> None:
    assert set(resaved) == set(KINDS)
    before, after = [], []
    for kind, data in resaved.items():
        before.append(tmp_path / "before" / f"{kind}.xlsx")
        after.append(tmp_path / "after" / f"{kind}.xlsx")
        for path, content in ((before[-1], data), (after[-1], copied(data))):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    old = converted(before, "csv", tmp_path / "old")
    new = converted(after, "csv", tmp_path / "new")
    assert [_same(*pair) for pair in zip(old, new, strict=True)] == [True] * len(old)


def _same(old: Path, new: Path) -> bool:
    """Whether LibreOffice shows the same cells, but for the columns that are ours."""
    with old.open(encoding="utf-8", newline="") as before, new.open(encoding="utf-8", newline="") as after:
        rows = list(zip(csv.reader(before), csv.reader(after), strict=True))
    return bool(rows) and all(_ours_left_out(left) == _ours_left_out(right) for left, right in rows)


def _ours_left_out(row: list[str]) -> list[str]:
    known = {
        "Status",
        "What to do",
        "Join URL",
        "Conference ID",
        "Dial-in number",
        "Meeting ID",
        "Graph ID",
        "Checked at",
    }
    kept = [cell for cell in row if cell not in known and "teams.example" not in cell]
    while kept and not kept[-1]:
        kept.pop()
    return kept
