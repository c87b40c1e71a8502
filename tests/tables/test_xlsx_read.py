"""Cells of a workbook, as the file says them: nothing is guessed, and what can't be read is named."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from importer.core.model import CellError, CellFault, Stop
from tests.tables.packages import (
    HEADINGS,
    MAIN,
    RELATIONS,
    ROSTER,
    SHEET,
    STRICT,
    STRICT_RELATIONS,
    XML,
    book,
    opened,
    parts,
    relations,
    row,
    sheet,
    text,
    texts,
    types,
    workbook,
    zipped,
)

if TYPE_CHECKING:
    from importer.core.row import Row

NINE = datetime(2026, 12, 25, 9, 0)  # noqa: DTZ001 - a sheet has no zone
HEADS = texts(1, *HEADINGS)


def first_cell(cell: str, **more: str | bytes) -> object:
    """Read a sheet whose one row has this cell as its external ID."""
    data = book(sheet(HEADS + row(2, cell, text("C2", "a@b.c"))), **more)
    return next(iter(opened(data).rows())).cells["external_id"][0]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A2"><v>12345</v></c>', 12345),
        ('<c r="A2"><v>12345.5</v></c>', 12345.5),
        ('<c r="A2"><v>1.5E+300</v></c>', 1.5e300),
        ('<c r="A2"><v>123456789012345680</v></c>', 123456789012345680),
        ('<c r="A2" t="b"><v>1</v></c>', True),
        ('<c r="A2" t="str"><f>B2</f><v>00042</v></c>', "00042"),
        ('<c r="A2" t="inlineStr"><is><r><t>00</t></r><r><t>42</t></r></is></c>', "0042"),
        ('<c r="A2" t="inlineStr"><is><t xml:space="preserve"> a_x000D_b </t></is></c>', " a\rb "),
        ('<c r="A2" s="1"><v>46381.375</v></c>', NINE),
        ('<c r="A2" s="2"><v>46381</v></c>', date(2026, 12, 25)),
        ('<c r="A2" s="3"><v>0.3888888888888889</v></c>', time(9, 20)),
        ('<c r="A2" s="4"><v>1.5</v></c>', timedelta(hours=36)),
        ('<c r="A2" t="d"><v>2026-12-25T09:00:00</v></c>', NINE),
        ('<c r="A2" t="str"><v><![CDATA[a<b&c]]></v></c>', "a<b&c"),
        ("<c r='A2' t='str'><v>x<!-- not this -->y</v></c>", "xy"),
    ],
)
def test_a_cell_reads_as_it_is(cell: str, value: object) -> None:
    assert first_cell(cell) == value
    assert type(first_cell(cell)) is type(value)


def test_dates_from_1904_are_the_same_dates() -> None:
    found = first_cell('<c r="A2" s="1"><v>44919.375</v></c>', workbook=workbook(before='<workbookPr date1904="1"/>'))
    assert found == NINE


@pytest.mark.parametrize(
    ("cell", "fault", "shown"),
    [
        ('<c r="A2" t="e"><v>#REF!</v></c>', CellFault.ERROR, "#REF!"),
        ('<c r="A2" t="e"><f>X!A1</f><v>#N/A</v></c>', CellFault.ERROR, "#N/A"),
        ("<c t = 'e' r='A2'><v>#NAME?</v></c>", CellFault.ERROR, "#NAME?"),
        ('<c r="A2"><f>B2&amp;"x"</f></c>', CellFault.UNCACHED, '=B2&"x"'),
        ('<c r="A2"><f>1+1</f><v></v></c>', CellFault.UNCACHED, "=1+1"),
        ('<c r="A2"><f>1+1</f><v/></c>', CellFault.UNCACHED, "=1+1"),
        ('<c r="A2"><f t="shared" si="0"/></c>', CellFault.UNCACHED, "="),
        ("<c><f>1+1</f></c>", CellFault.UNCACHED, "=1+1"),
    ],
)
def test_a_cell_that_can_not_be_read_says_why(cell: str, fault: CellFault, shown: str) -> None:
    assert first_cell(cell) == CellError(fault, shown)


def test_an_empty_text_of_a_formula_is_blank_and_no_fault() -> None:
    assert first_cell('<c r="A2" t="str"><f>""</f><v></v></c>') is None


def test_a_row_of_nothing_but_a_fault_is_a_row() -> None:
    data = book(sheet(HEADS + row(2, '<c r="A2" t="e"><v>#REF!</v></c>')))
    assert [one.number for one in opened(data).rows()] == [2]


def test_rows_of_nothing_but_formulas_that_were_never_calculated_are_rows() -> None:
    rows = (row(number, f'<c r="A{number}"><f>X!A{number}</f></c>') for number in (3, 4, 9))
    table = opened(book(sheet(HEADS + "".join(rows))))
    assert [(one.number, one.cells["external_id"][0]) for one in table.rows()] == [
        (number, CellError(CellFault.UNCACHED, f"=X!A{number}")) for number in (3, 4, 9)
    ]


def test_faults_without_end_in_cells_without_names_cost_no_time() -> None:
    cells = '<row><c t="e"><v>#N/A</v></c><c><f>1+1</f></c><c t="e"><v>#REF!</v></c></row>' * 5_000
    table = opened(book(sheet(HEADS + cells)))
    last = list(table.rows())[-1]
    assert (last.number, last.cells["subject"][0]) == (5_001, CellError(CellFault.UNCACHED, "=1+1"))


def test_faults_in_other_columns_are_nobodys_business() -> None:
    data = book(sheet(ROSTER.replace("</row>", '<c r="Z1" t="e"><v>#REF!</v></c></row>', 1)))
    assert opened(data).notices == ()


@pytest.mark.parametrize(
    "inner", ["<t>ab</t>", "<t><![CDATA[ab]]></t>", "<t>a<!-- c -->b</t>", "<r><t>a</t></r><r><t>b</t></r>"]
)
@pytest.mark.parametrize("codec", ["UTF-8", "UTF-16", "ISO-8859-1"])
def test_shared_strings_are_read_however_they_are_written(inner: str, codec: str) -> None:
    strings = f'<?xml version="1.0" encoding="{codec}"?><sst xmlns="{MAIN}" uniqueCount="1"><si>{inner}</si></sst>'
    links = relations(
        ("rId1", "worksheet", "worksheets/sheet1.xml"),
        ("rId2", "styles", "styles.xml"),
        ("rId3", "sharedStrings", "sharedStrings.xml"),
    )
    found = first_cell('<c r="A2" t="s"><v>0</v></c>', strings=strings.replace("b", "ë").encode(codec), links=links)
    assert found == "aë"


@pytest.mark.parametrize(
    ("part", "before"),
    [
        (sheet(HEADS + row(2, '<c r="A2" t="s"><v>7</v></c>')), ""),
        (sheet(), '<dimension ref="nonsense"/>'),
    ],
)
def test_what_the_reader_can_not_make_sense_of_is_damage(part: str, before: str) -> None:
    with pytest.raises(Stop) as stop:
        list(opened(book(part.replace("<sheetData>", before + "<sheetData>"))).rows())
    assert stop.value.problem.code == "workbook-damaged"


@pytest.mark.parametrize(
    "rows",
    [
        re.sub(' r="[A-Z]?1"', "", HEADS) + texts(2, "1", "", "a@b.c"),
        "\r\n  " + HEADS.replace("><", ">\r\n<") + "\r\n" + texts(2, "1", "", "a@b.c") + "\r\n",
        HEADS + "<!-- <row r='9'/> --><?x <row r='8'>?>" + texts(2, "1", "", "a@b.c"),
        HEADS.replace('"', "'") + texts(2, "1", "", "a@b.c"),
        HEADS.replace("</row>", "</row >").replace("</c>", "</c\n>") + texts(2, "1", "", "a@b.c"),
        HEADS.replace('<row r="1"', '<row note="a>b" r="1"') + texts(2, "1", "", "a@b.c"),
    ],
)
def test_rows_are_found_however_they_are_written(rows: str) -> None:
    assert [one.number for one in opened(book(sheet(rows))).rows()] == [2]


def test_hidden_rows_are_read_and_said() -> None:
    rows = (
        HEADS + texts(2, "1", "", "a@b.c", more=' hidden="1"') + texts(3, "2", "", "a@b.c") + row(4, more=' hidden="1"')
    )
    table = opened(book(sheet(rows + texts(7, "3", "", "a@b.c", more=' hidden="true"'))))
    assert [one.number for one in table.rows()] == [2, 3, 7]
    assert [(one.code, one.message[:30]) for one in table.notices] == [
        ("rows-hidden", "Hidden rows are included: 2, f")
    ]


def test_a_protected_sheet_is_said() -> None:
    table = opened(book(sheet(after='<sheetProtection sheet="1" objects="1"/>')))
    assert [one.code for one in table.notices] == ["sheet-protected"]


def test_a_row_of_totals_is_no_meeting() -> None:
    table_part = (
        f'{XML}<table xmlns="{MAIN}" id="1" name="T" displayName="T" ref="A1:C4" totalsRowCount="1">'
        '<tableColumns count="3"><tableColumn id="1" name="External ID"/><tableColumn id="2" name="Subject"/>'
        '<tableColumn id="3" name="Organizer"/></tableColumns></table>'
    )
    rows = ROSTER + texts(4, "Total", "2")
    data = book(
        sheet(rows, after='<tableParts count="1"><tablePart r:id="rId1"/></tableParts>'),
        table=table_part,
        sheet_links=relations(("rId1", "table", "../tables/table1.xml")),
    )
    assert [one.number for one in opened(data).rows()] == [2, 3]


def grouped(rows: str, *merges: str) -> list[tuple[int, str, str, str]]:
    """Return number, ID, subject and organizer of each row of a sheet with these merges."""

    def said(one: Row, key: str) -> str:
        return str(one.cells[key][0] or "")

    inside = "".join(f'<mergeCell ref="{one}"/>' for one in merges)
    table = opened(book(sheet(HEADS + rows, after=f"<mergeCells>{inside}</mergeCells>")))
    return [
        (one.number, said(one, "external_id"), said(one, "subject"), said(one, "organizer")) for one in table.rows()
    ]


def test_a_cell_merged_over_rows_says_the_same_in_each_of_them() -> None:
    rows = texts(2, "1", "Maths", "a@b.c") + texts(3, "2", "hidden under the merge") + texts(4, "3") + texts(5, "4")

    assert grouped(rows, "B2:B4", "C2:C3") == [
        (2, "1", "Maths", "a@b.c"),
        (3, "2", "Maths", "a@b.c"),
        (4, "3", "Maths", ""),
        (5, "4", "", ""),
    ]


def test_a_merge_makes_no_row_of_a_blank_one_and_carries_nothing_sideways_or_from_the_headings() -> None:
    rows = texts(2, "1", "Maths", "a@b.c") + texts(4, "2", "", "a@b.c") + texts(5, "3", "", "a@b.c")

    assert grouped(rows, "C1:C2", "B2:B3", "A4:B4", "B5:B6") == [
        (2, "1", "Maths", "a@b.c"),
        (4, "2", "", "a@b.c"),
        (5, "3", "", "a@b.c"),
    ]


def test_what_cannot_be_read_is_carried_down_too() -> None:
    rows = row(2, text("A2", "1"), text("B2", "x"), '<c r="C2" t="e"><v>#REF!</v></c>') + texts(3, "2")
    data = book(sheet(HEADS + rows, after='<mergeCells><mergeCell ref="C2:C3"/></mergeCells>'))

    assert [one.cells["organizer"][0] for one in opened(data).rows()] == [CellError(CellFault.ERROR, "#REF!")] * 2


# --- which sheet ------------------------------------------------------------------------------------------------------


def three_sheets(
    *sheets: str, states: tuple[str, ...] = ("", "", ""), kinds: tuple[str, ...] = ("worksheet",) * 3
) -> bytes:
    entries = "".join(
        f'<sheet name="S{at}" sheetId="{at}"{states[at - 1]} r:id="rId{at}"/>' for at in range(1, len(sheets) + 1)
    )
    links = relations(*((f"rId{at}", kinds[at - 1], f"worksheets/sheet{at}.xml") for at in range(1, len(sheets) + 1)))
    content = parts(sheets[0], workbook=workbook(entries), links=links)
    content |= {f"xl/worksheets/sheet{at}.xml": one for at, one in enumerate(sheets, start=1)}
    return zipped(content)


GUIDE = sheet(texts(1, "How to fill this in"))
FULL = sheet(texts(3, *HEADINGS, "Start") + texts(4, "1", "", "a@b.c"))


def test_the_sheet_with_the_most_headings_is_taken() -> None:
    assert opened(three_sheets(GUIDE, sheet(), FULL)).sheet == "S3"


def test_a_hidden_sheet_is_taken_only_by_name() -> None:
    data = three_sheets(GUIDE, sheet(), FULL, states=("", "", ' state="hidden"'))
    assert opened(data).sheet == "S2"
    assert opened(data, sheet="s3").sheet == "S3"


def test_another_sheet_as_good_is_said() -> None:
    table = opened(three_sheets(GUIDE, sheet(), sheet()))
    assert (table.sheet, [one.code for one in table.notices]) == ("S2", ["sheets-alike"])
    assert "'S3'" in table.notices[0].message


def test_several_other_sheets_as_good_are_said_in_one_sentence() -> None:
    (note,) = opened(three_sheets(sheet(), sheet(), sheet())).notices
    assert "the same headings are in 'S2' and 'S3'." in note.message


def test_a_big_sheet_beside_the_roster_is_looked_at_only_at_its_beginning() -> None:
    big = sheet("".join(texts(number, "x" * 100) for number in range(1, 40_000)) + "<broken")
    assert opened(three_sheets(big, sheet(), GUIDE)).sheet == "S2"


@pytest.mark.parametrize(
    ("kinds", "wanted", "code", "said"),
    [
        (("worksheet",) * 3, "Roster", "sheet-unknown", "'S1', 'S2', 'S3'"),
        (("worksheet", "chartsheet", "worksheet"), "S2", "sheet-is-chart", "'S2'"),
        (("chartsheet",) * 3, None, "sheet-none", "no visible sheet"),
        (("worksheet", "chartsheet", "chartsheet"), None, "no-header-row", "No row of roster.xlsx"),
    ],
)
def test_a_sheet_that_is_not_there_is_said(kinds: tuple[str, ...], wanted: str | None, code: str, said: str) -> None:
    with pytest.raises(Stop) as stop:
        opened(three_sheets(GUIDE, GUIDE, GUIDE, kinds=kinds), sheet=wanted)
    assert stop.value.problem.code == code
    assert said in stop.value.problem.message


def test_parts_are_found_by_relationship_and_not_by_name() -> None:
    content = parts()
    moved = {
        "[Content_Types].xml": types().replace("xl/workbook.xml", "odd/Book 2.xml"),
        "_rels/.rels": relations(("r", "officeDocument", "/odd/Book%202.xml")),
        "odd\\Book 2.xml": content["xl/workbook.xml"],
        "odd/_rels/Book 2.xml.rels": relations(("rId1", "worksheet", "../Tab.XML"), ("rId2", "styles", "../s.xml")),
        "tab.xml": content[SHEET],
        "s.xml": content["xl/styles.xml"],
    }
    table = opened(zipped(moved))
    again = opened(table.with_results({2: {"status": "created"}}, ["status"]))
    assert [dict(one.standing) for one in again.rows()] == [{"status": "created"}, {}]


def test_a_strict_workbook_is_a_workbook() -> None:
    def strict(part: str) -> str:
        return part.replace(MAIN, STRICT).replace(RELATIONS, STRICT_RELATIONS)

    data = zipped({name: strict(str(part)) for name, part in parts().items()})
    assert [one.number for one in opened(data).rows()] == [2, 3]


def test_a_long_sheet_is_read_whole_wherever_its_rows_lie() -> None:
    """It is read in pieces: rows stand on both sides of a cut, and one without a number of its own behind it."""
    numbers = (2, 4095, 4096, 4097, 4098, 8192, 8193, 20_000, 20_001)
    rows = "".join(row(number, text(f"B{number}", f"M{number}"), text(f"D{number}", "a@b.c")) for number in numbers)
    unnamed = "<row>" + text("B20002", "M20002") + '<c t="inlineStr"><is><t>Music</t></is></c></row>'
    shown = row(30_000, text("B30000", "M30000"), '<c r="C30000" s="1"><v>46381</v></c>')
    heads = row(1, text("B1", "External ID"), text("C1", "Start"), text("D1", "Organizer"))
    data = book(sheet(f"{heads}{rows}{unnamed}{shown}"))
    read = [*opened(data).rows()]
    assert [one.number for one in read] == [*numbers, 20_002, 30_000]
    assert [one.text("external_id") for one in read] == [f"M{one.number}" for one in read]
    assert [one.cells["start"] for one in read[-2:]] == [("Music",), (datetime(2026, 12, 25),)]  # noqa: DTZ001 - likewise


def test_rows_that_begin_far_down_keep_their_numbers() -> None:
    heads = row(5_000, text("A5000", "External ID"), text("B5000", "Organizer"))
    data = book(sheet(heads + row(9_000, text("A9000", "M1"), text("B9000", "a@b.c"))))
    assert [one.number for one in opened(data, header_row=5_000).rows()] == [9_000]
