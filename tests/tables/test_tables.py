"""Tables (Insert, Table) that new columns touch grow by them, with everything in them kept."""

from __future__ import annotations

import re

import pytest

from importer.tables.copies import check_copy
from tests.tables.comparing import compare
from tests.tables.packages import (
    HEADINGS,
    MAIN,
    ROSTER,
    SHEET,
    XML,
    book,
    opened,
    part_of,
    parts,
    relations,
    sheet,
    text,
    texts,
    zipped,
)

TABLE = "xl/tables/table1.xml"
COLUMNS = ["status", "join_url"]
DONE = {2: {"status": "created", "join_url": "https://a.example/"}}
PARTS = '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>'
LINK = relations(("rId1", "table", "../tables/table1.xml"))
NAMES = "".join(f'<tableColumn id="{at}" name="{name}"/>' for at, name in enumerate(HEADINGS, start=1))


def table_part(ref: str = "A1:C3", columns: str = NAMES, *, more: str = "", inner: str = "") -> str:
    return (
        f'{XML}<table xmlns="{MAIN}" id="4" name="Roster" displayName="Roster" ref="{ref}"{more}>{inner}'
        f'<tableColumns count="{columns.count("<tableColumn ")}">{columns}</tableColumns>'
        '<tableStyleInfo name="TableStyleMedium2" showRowStripes="1"/></table>'
    )


def grown(table: str, rows: str = ROSTER, after: str = "") -> str:
    """Return the table's part in a copy with two new columns."""
    data = book(sheet(rows, after=after + PARTS), table=table, sheet_links=LINK)
    source = opened(data)
    copy = source.with_results(DONE, COLUMNS)
    check_copy(source, copy, DONE, COLUMNS)
    mine = {chr(65 + opened(copy).layout.results[key]) for key in COLUMNS}
    assert compare(data, copy, sheet=SHEET, columns=mine).others == []
    return part_of(copy, TABLE).decode()


def test_range_filter_and_columns_grow() -> None:
    part = grown(table_part(inner='<autoFilter ref="A1:C3"><filterColumn colId="1"/></autoFilter>'))
    assert part == table_part(
        "A1:E3",
        NAMES + '<tableColumn id="4" name="Status"/><tableColumn id="5" name="Join URL"/>',
        inner='<autoFilter ref="A1:E3"><filterColumn colId="1"/></autoFilter>',
    )


def test_a_row_of_totals_and_calculated_columns_stay() -> None:
    columns = NAMES.replace(
        'name="Subject"/>', 'name="Subject"><calculatedColumnFormula>1</calculatedColumnFormula></tableColumn>'
    )
    part = grown(
        table_part("A1:C4", columns, more=' totalsRowCount="1"', inner='<autoFilter ref="A1:C3"/>'),
        ROSTER + texts(4, "Total"),
    )
    assert 'ref="A1:E4" totalsRowCount="1"><autoFilter ref="A1:E3"/>' in part
    assert "<calculatedColumnFormula>1</calculatedColumnFormula></tableColumn>" in part


def test_prefixes_and_quotes_stay() -> None:
    plain = table_part(columns=NAMES.replace('id="3"', 'id="9"')).partition("?>\n")[2]
    prefixed = re.sub(r"<(/?)(?=\w)", r"<\1x:", plain).replace("xmlns=", "xmlns:x=").replace('"', "'")
    part = grown(prefixed)
    assert "ref='A1:E3'" in part
    assert "<x:tableColumn id='9' name='Organizer'/><x:tableColumn id=\"10\" name=\"Status\"/>" in part


@pytest.mark.parametrize(
    ("table", "rows", "after", "columns"),
    [
        (table_part("A1:B3", NAMES.rpartition("<")[0]), ROSTER, "", "DE"),
        (table_part(more=' tableType="queryTable"'), ROSTER, "", "DE"),
        (table_part(more=' headerRowCount="0"'), ROSTER, "", "DE"),
        (table_part("A5:C7"), ROSTER, "", "DE"),
        (table_part(), ROSTER + texts(9, "", "", "", "legend"), "", "EF"),
        (table_part(), ROSTER, '<mergeCells><mergeCell ref="E2:F2"/></mergeCells>', "GH"),
    ],
)
def test_a_table_that_can_not_grow_is_left_as_it_is(table: str, rows: str, after: str, columns: str) -> None:
    data = book(sheet(rows, after=after + PARTS), table=table, sheet_links=LINK)
    source = opened(data)
    copy = source.with_results(DONE, COLUMNS)
    check_copy(source, copy, DONE, COLUMNS)
    assert part_of(copy, TABLE) == part_of(data, TABLE)
    assert [opened(copy).layout.results[key] for key in COLUMNS] == [ord(one) - 65 for one in columns]


def test_a_second_table_is_not_written_into() -> None:
    content = parts(
        sheet(ROSTER + texts(6, "", "", "", "Room", "Seats"), after=PARTS), table=table_part(), sheet_links=LINK
    )
    content["xl/tables/table2.xml"] = table_part(
        "D6:E9", '<tableColumn id="1" name="Room"/><tableColumn id="2" name="Seats"/>'
    )
    content["xl/worksheets/_rels/sheet1.xml.rels"] = relations(
        ("rId1", "table", "../tables/table1.xml"), ("rId2", "table", "../tables/table2.xml")
    )
    source = opened(zipped(content))
    copy = source.with_results(DONE, COLUMNS)
    assert [opened(copy).layout.results[key] for key in COLUMNS] == [5, 6]
    assert part_of(copy, "xl/tables/table2.xml").decode() == content["xl/tables/table2.xml"]


def test_a_column_left_blank_at_the_end_of_the_table_is_not_taken() -> None:
    columns = NAMES + '<tableColumn id="4" name="Column1"/>'
    rows = ROSTER.replace("</row>", text("D1", "Column1") + "</row>", 1)
    assert 'name="Column1"/><tableColumn id="5" name="Status"/>' in grown(table_part("A1:D3", columns), rows)


def test_a_name_that_the_table_has_is_numbered_in_cell_and_table_alike() -> None:
    columns = NAMES + '<tableColumn id="4" name="STATUS"/>'
    data = book(sheet(after=PARTS), table=table_part("A1:D3", columns), sheet_links=LINK)
    copy = opened(data).with_results({2: {"status": "x"}}, ["status"])
    assert 'name="Status2"' in part_of(copy, TABLE).decode()
    assert b">Status2<" in part_of(copy, SHEET)


def test_result_columns_inside_a_table_change_nothing_in_it() -> None:
    columns = NAMES + '<tableColumn id="4" name="Status"/>'
    rows = ROSTER.replace("</row>", text("D1", "Status") + "</row>", 1)
    data = book(sheet(rows, after=PARTS), table=table_part("A1:D3", columns), sheet_links=LINK)
    copy = opened(data).with_results({2: {"status": "x"}}, ["status"])
    assert part_of(copy, TABLE) == part_of(data, TABLE)
