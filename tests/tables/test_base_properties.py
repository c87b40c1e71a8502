"""Round trips over generated sheets: whatever cells, columns and order, only result cells differ after a splice.

Two readers that know nothing of each other (python-calamine behind the table, openpyxl, csv) have to agree.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.tables.copies import check_copy
from importer.tables.xlsx import XlsxTable
from tests.tables.comparing import compare
from tests.tables.packages import SHEET, book, opened, sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


Quoting = Literal[0, 1]
QUOTINGS: tuple[Quoting, ...] = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)
RESULT_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff\0"), max_size=30)
KINDS = st.sampled_from(["text", "number", "truth", "formula", "format", "none"])
HEADS = ("External ID", "Organizer", "Status", "Join URL", "Room", "Start")
COLUMNS = ["status", "what_to_do", "join_url"]
RELAXED = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@dataclass(frozen=True)
class Grid:
    """Cells by row and column, and the style in which the part is written."""

    cells: Mapping[tuple[int, int], str]
    quote: str
    gap: str
    named: bool
    prefix: str

    def part(self) -> str:
        rows = "".join(self._row(number) for number in sorted({row for row, _ in self.cells}))
        plain = sheet(rows, before='<dimension ref="A1"/>').replace('"', self.quote)
        if not self.prefix:
            return plain
        head, _, body = plain.partition("?>\n")
        return f"{head}?>\n" + re.sub(r"<(/?)(?=\w)", r"<\1x:", body).replace("xmlns=", "xmlns:x=")

    def _row(self, number: int) -> str:
        columns = [column for row, column in self.cells if row == number]
        inside = self.gap.join(self._cell(number, column) for column in sorted(columns))
        return f'{self.gap}<row r="{number}">{self.gap}{inside}{self.gap}</row>'

    def _cell(self, number: int, column: int) -> str:
        name = f' r="{chr(65 + column)}{number}"' if self.named or column else ""
        return self.cells[number, column].replace("<c", f"<c{name}", 1)


def cell(kind: str, value: str) -> str:
    safe = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("'", "&apos;")
    return {
        "text": f'<c t="inlineStr"><is><t xml:space="preserve">{safe}</t></is></c>',
        "number": f'<c s="1"><v>{len(value)}.25</v></c>',
        "truth": '<c t="b"><v>1</v></c>',
        "formula": f'<c t="str"><f>A1</f><v>{safe}</v></c>',
        "format": '<c s="2"/>',
    }[kind]


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    heads = draw(st.permutations(HEADS).map(lambda order: [one for one in order if one in HEADS[:2] or len(one) % 2]))
    top = draw(st.integers(1, 4))
    cells = {(top, column): cell("text", head) for column, head in enumerate(heads)}
    numbers = draw(st.lists(st.integers(top + 1, top + 12), unique=True, max_size=6))
    ours = {heads.index(one) for one in HEADS[2:4] if one in heads}
    for number in numbers:
        beyond = 2 if number > top + 1 else 0  # words right under blank headings may be headings in a second row
        for column in range(len(heads) + beyond):
            kind = draw(KINDS)
            if kind != "none" and not (kind == "formula" and column in ours):
                cells[number, column] = cell(kind, draw(TEXTS))
    return Grid(
        cells,
        draw(st.sampled_from("\"'")),
        draw(st.sampled_from(["", "\n  "])),
        draw(st.booleans()),
        draw(st.sampled_from(["", "x:"])),
    )


def seen_by_openpyxl(data: bytes, ours: set[int]) -> dict[tuple[int, int], object]:
    found = openpyxl.load_workbook(io.BytesIO(data)).active
    assert found is not None
    return {
        (one.row, one.column - 1): (one.value, one.style_id)
        for row in found.iter_rows()
        for one in row
        if one.value is not None and one.column - 1 not in ours
    }


def seen_by_table(table: XlsxTable, ours: set[int]) -> Iterator[tuple[int, Sequence[object]]]:
    for number, values in table.raw_rows():
        kept = ["" if place in ours else value for place, value in enumerate(values)]
        while kept and kept[-1] == "":
            kept.pop()
        if kept:
            yield number, kept


@RELAXED
@given(grid=grids(), texts=st.lists(RESULT_TEXTS, min_size=3, max_size=3))
def test_after_a_splice_every_other_cell_reads_the_same(grid: Grid, texts: list[str]) -> None:
    data = book(grid.part())
    table = opened(data)
    results = {row.number: dict(zip(COLUMNS, texts, strict=True)) for row in table.rows()}
    copy = table.with_results(results, COLUMNS)
    check_copy(table, copy, results, COLUMNS)
    again = opened(copy)
    ours = {again.layout.results[key] for key in COLUMNS}
    assert compare(data, copy, sheet=SHEET, columns={chr(65 + one) for one in ours}).others == []
    assert seen_by_openpyxl(data, ours) == seen_by_openpyxl(copy, ours)
    assert isinstance(table, XlsxTable)
    assert isinstance(again, XlsxTable)
    assert list(seen_by_table(table, ours)) == list(seen_by_table(again, ours))
    for row in again.rows():
        assert row.standing == {key: text for key, text in results[row.number].items() if text.strip()}


FIELDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)


@st.composite
def records(draw: st.DrawFn) -> tuple[list[list[str]], str, str, str, Quoting]:
    width = draw(st.integers(3, 6))  # with a start: other columns with dates in them would be asked about
    heads = draw(st.permutations(["External ID", "Organizer", "Start", *["Room", "Note", "Seats"][: width - 3]]))
    rows = draw(st.lists(st.lists(FIELDS, max_size=width + 1), max_size=6))
    codec = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    ending = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoting = draw(st.sampled_from(QUOTINGS))
    return [heads, *rows], codec, ending, draw(st.sampled_from(",;\t")), quoting


@RELAXED
@given(made=records(), text=RESULT_TEXTS)
def test_after_a_copy_every_other_field_of_a_csv_reads_the_same(
    made: tuple[list[list[str]], str, str, str, Quoting], text: str
) -> None:
    rows, codec, ending, delimiter, quoting = made
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=ending, quoting=quoting).writerows(rows)
    table = opened(out.getvalue().encode(codec), "a.csv", delimiter=delimiter)
    results = {row.number: {"status": text} for row in table.rows()}
    copy = table.with_results(results, ["status"])
    check_copy(table, copy, results, ["status"])
    again = opened(copy, "a.csv", delimiter=delimiter)
    place = again.layout.results["status"]
    both = (
        csv.reader(io.StringIO(one, newline=""), delimiter=delimiter) for one in (out.getvalue(), copy.decode(codec))
    )
    before, after = ([_without(row, place) for row in rows] for rows in both)
    assert before == after
    shown = {"status": text} if text.strip() else {}
    assert {row.number: dict(row.standing) for row in again.rows()} == dict.fromkeys(results, shown)


def _without(row: list[str], place: int) -> list[str]:
    kept = [value for at, value in enumerate(row) if at != place]
    while kept and not kept[-1]:
        kept.pop()
    return kept
