"""Results spliced into every kind of sheet part that real programs write: all bytes but ours are where they were."""

from __future__ import annotations

import re

import pytest

from importer.core.model import ExitCode, Stop
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
    row,
    sheet,
    text,
    texts,
    workbook,
    zipped,
)

HEADS = texts(1, *HEADINGS)
DONE = {2: {"status": "created"}, 3: {"status": "failed"}}


def spliced(
    part: str | bytes, results: dict[int, dict[str, str]] | None = None, columns: tuple[str, ...] = ("status",)
) -> bytes:
    """Write the copy, has it checked, and return the sheet part of it."""
    data = book(part)
    table = opened(data)
    copy = table.with_results(DONE if results is None else results, list(columns))
    check_copy(table, copy, DONE if results is None else results, list(columns))
    mine = {chr(65 + opened(copy).layout.results[key]) for key in columns}
    assert not compare(data, copy, sheet=SHEET, columns=mine).others
    return part_of(copy, SHEET)


def without_ours(part: bytes) -> bytes:
    """Take out what a splice adds in column D, so that what is left must be the input's bytes."""
    part = re.sub(rb'<(x:)?c r="D\d+"[^>]*?(/>|>.*?</(x:)?c>)', b"", part, flags=re.DOTALL)
    return re.sub(rb"<(x:)?cols>.*?</(x:)?cols>", b"", part)


def refusal(part: str | bytes, columns: tuple[str, ...] = ("status",), rows: tuple[int, ...] = (2, 3)) -> Stop:
    with pytest.raises(Stop) as stop:
        opened(book(part)).with_results({number: dict.fromkeys(columns, "x") for number in rows}, list(columns))
    return stop.value


# --- the bytes around -------------------------------------------------------------------------------------------------

PREFIXED = re.sub(r"<(/?)(?=\w)", r"<\1x:", sheet().partition("?>\n")[2]).replace("xmlns=", "xmlns:x=")


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(sheet(), id="plain"),
        pytest.param(sheet().replace("\n", "\r\n").replace("><", ">\r\n  <"), id="pretty, CRLF"),
        pytest.param(XML + PREFIXED, id="prefixed"),
        pytest.param("\ufeff" + sheet(), id="UTF-8 mark"),
        pytest.param(sheet().partition("?>\n")[2], id="no declaration"),
        pytest.param(sheet(ROSTER.replace("Maths", "<![CDATA[<row r='2'>&]]>")), id="CDATA"),
        pytest.param(sheet(ROSTER.replace('<row r="2"', "<!-- <row r='2'> --><?pi <c?><row r=\"2\"")), id="comments"),
        pytest.param(sheet(ROSTER.replace('"', "'")), id="single quotes"),
        pytest.param(sheet(ROSTER.replace('<row r="2"', '<row x="a>b" r="2"')), id="> in an attribute"),
        pytest.param(sheet(ROSTER.replace("</c></row>", "</c ></row\n>")), id="blanks in tags"),
        pytest.param(sheet(re.sub(r' r="[A-Z]?\d+"', "", ROSTER)), id="no references"),
        pytest.param(
            sheet(
                ROSTER,
                before='<sheetPr><tabColor rgb="FFFF0000"/></sheetPr>'
                '<sheetViews><sheetView workbookViewId="0"/></sheetViews>',
                after='<mc:AlternateContent xmlns:mc="m"><mc:Choice><sheetData/>'
                "<mc:AlternateContent><mc:Choice/></mc:AlternateContent></mc:Choice></mc:AlternateContent>"
                "<extLst><ext uri='u'><row/><ext><ext/></ext></ext><extra/></extLst>",
            ),
            id="things around",
        ),
        pytest.param(sheet(ROSTER.replace("<row ", '<row xmlns:y="urn:y" y:id="1" ')), id="another namespace on rows"),
    ],
)
def test_everything_else_keeps_its_bytes(part: str) -> None:
    assert without_ours(spliced(part)) == part.encode()


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252"])
def test_a_part_in_another_encoding_stays_in_it(codec: str) -> None:
    declared = codec if codec[:3] != "utf" else "utf-16"
    part = sheet(ROSTER.replace("Maths", "Zoë")).replace("UTF-8", declared)
    raw = part.encode(codec)
    new = spliced(raw, {2: {"status": "łódź"}})
    back = without_ours(new.decode(codec).encode())
    assert back == raw.decode(codec).encode()
    assert ("&#322;" in new.decode(codec)) == (codec[:3] != "utf")


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(Stop) as stop:
        opened(book(sheet().replace("UTF-8", "klingon").encode()))
    assert stop.value.problem.code == "workbook-damaged"


# --- cells and rows ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "then"),
    [
        ('<c r="D2" s="5"/>', '<c r="D2" s="5" t="inlineStr"><is><t xml:space="preserve">new</t></is></c>'),
        (
            '<c r="D2" s="5" t="str"><v>7</v></c>',
            '<c r="D2" s="5" t="inlineStr"><is><t xml:space="preserve">new</t></is></c>',
        ),
        ('<c t="n" r="D2"><v>1</v></c>', '<c r="D2" t="inlineStr"><is><t xml:space="preserve">new</t></is></c>'),
        ("", '<c r="D2" t="inlineStr"><is><t xml:space="preserve">new</t></is></c>'),
    ],
)
def test_a_cell_is_replaced_whole_and_keeps_its_style(there: str, then: str) -> None:
    data = book(
        sheet(
            texts(1, *HEADINGS, "Status", "Room") + row(2, text("A2", "1"), text("C2", "a@b.c"), there, text("E2", "R"))
        )
    )
    table = opened(data)
    copy = part_of(table.with_results({2: {"status": "new"}}, ["status"]), SHEET).decode()
    assert row(2, text("A2", "1"), text("C2", "a@b.c"), then, text("E2", "R")) in copy


def test_a_cleared_cell_keeps_its_style_too() -> None:
    part = sheet(
        texts(1, *HEADINGS, "Status") + row(2, text("A2", "1"), text("C2", "a@b.c"), text("D2", "old", ' s="5"'))
    )
    assert '<c r="D2" s="5"/>' in spliced(part, {2: {"status": ""}}).decode()


@pytest.mark.parametrize(
    ("number", "rows", "then"),
    [
        (4, texts(6, "2", "", "b"), '<row r="4"><c r="D4"'),
        (9, "", '<row r="9"><c r="D9"'),
        (4, '<row r="4"/>' + texts(6, "2", "", "b"), '<row r="4"><c r="D4"'),
        (4, '<row r="4" spans="1:3" ht="30" />' + texts(6, "2", "", "b"), '<row r="4" ht="30"><c r="D4"'),
        (4, '<row r="4"></row>', '<row r="4"><c r="D4"'),
    ],
)
def test_a_row_that_is_not_there_is_made(number: int, rows: str, then: str) -> None:
    part = spliced(sheet(texts(1, *HEADINGS, "Status") + rows), {number: {"status": "x"}})
    assert then in part.decode()


def test_results_go_left_of_the_inputs_too() -> None:
    rows = texts(1, "Join URL", "External ID", "Status", "Organizer") + row(2, text("B2", "1"), text("D2", "a"))
    part = spliced(sheet(rows), {2: {"status": "s", "join_url": "u"}}, ("status", "join_url"))
    assert re.findall(rb'r="([A-D]2)"', part) == [b"A2", b"B2", b"C2", b"D2"]


def test_text_that_xml_can_not_hold_is_written_out() -> None:
    odd = "\x01 _x0041_ \r\n\t <&> _x00_"
    table = opened(book())
    copy = table.with_results({2: {"status": odd}}, ["status"])
    check_copy(table, copy, {2: {"status": odd}}, ["status"])
    assert "_x0001_ _x005F_x0041_ _x000D_\n\t &lt;&amp;&gt; _x00_" in part_of(copy, SHEET).decode()


def test_a_text_longer_than_a_cell_can_hold_is_cut_at_a_whole_character() -> None:
    long = "😀" * 20_000
    table = opened(book())
    copy = table.with_results({2: {"what_to_do": long}}, ["what_to_do"])
    check_copy(table, copy, {2: {"what_to_do": long}}, ["what_to_do"])
    found = next(iter(opened(copy).rows())).standing["what_to_do"]
    assert found == "😀" * 16_383 + "…"


def test_half_a_character_becomes_the_sign_for_it() -> None:
    copy = opened(book()).with_results({2: {"status": "a\ud800b\uffff"}}, ["status"])
    assert next(iter(opened(copy).rows())).standing["status"] == "a\ufffdb\ufffd"


# --- dimension, spans, widths, styles ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "then"),
    [
        ('<dimension ref="A1:C3"/>', b'<dimension ref="A1:D3"/>'),
        ("<dimension ref='A1'/>", b"<dimension ref='A1:D3'/>"),
        ('<dimension ref="A1:XFD1048576"/>', b'<dimension ref="A1:XFD1048576"/>'),
    ],
)
def test_the_dimension_is_widened(before: str, then: bytes) -> None:
    assert then in spliced(sheet(before=before))


def test_row_spans_are_widened() -> None:
    part = spliced(
        sheet(ROSTER.replace('<row r="2"', '<row r="2" spans="1:3"').replace('<row r="3"', "<row r='3' spans='1:9'"))
    )
    assert b'<row r="2" spans="1:4">' in part
    assert b"<row r='3' spans='1:9'>" in part


def test_new_columns_get_a_width_unless_the_sheet_has_one_for_them() -> None:
    assert b'<cols><col min="4" max="4" width="14" customWidth="1"/></cols>' in spliced(sheet())
    assert b'<col min="1" max="3" width="9"/><col min="4" max="4"' in spliced(
        sheet(before='<cols><col min="1" max="3" width="9"/></cols>')
    )
    known = '<cols><col min="3" max="16384" width="9"/></cols>'
    assert known.encode() in spliced(sheet(before=known))
    assert b'<col min="1" max="2" width="9"/><col min="4" max="4" width="14" customWidth="1"/><col min="7"' in spliced(
        sheet(before='<cols><col min="1" max="2" width="9"/><col min="7" max="9" width="9"/></cols>')
    )


def test_a_new_column_looks_like_its_neighbour() -> None:
    rows = ROSTER.replace('<c r="C1"', '<c r="C1" s="3"').replace('<c r="C2"', '<c r="C2" s="4"')
    rows = rows.replace(text("C3", "bob@contoso.com"), "").replace('<row r="3"', '<row r="3" s="2" customFormat="1"')
    part = spliced(sheet(rows))
    assert re.findall(rb'r="(D\d)" s="(\d)"', part) == [(b"D1", b"3"), (b"D2", b"4"), (b"D3", b"2")]


def test_a_new_column_has_the_style_that_the_sheet_has_for_it() -> None:
    part = spliced(
        sheet(
            ROSTER.replace('<c r="C2"', '<c r="C2" s="4"'),
            before='<cols><col min="4" max="9" width="9" style="5"/></cols>',
        )
    )
    assert re.findall(rb'r="(D[23])" s="(\d)"', part) == [(b"D2", b"5"), (b"D3", b"5")]


def test_a_blank_cell_with_a_style_is_filled_and_keeps_it() -> None:
    part = spliced(sheet(ROSTER.replace("</c></row>", '</c><c r="D1" s="5"/></row>', 1)))
    assert b'<c r="D1" s="5" t="inlineStr">' in part


# --- what is in the way -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "after", "letter"),
    [
        (ROSTER + row(9, text("D9", "legend")), "", "E"),
        (ROSTER.replace("</row>", text("F1", "Room") + "</row>", 1), "", "G"),
        (ROSTER + row(9, '<c r="D9"><f>1+1</f></c>'), "", "E"),
        (ROSTER, '<mergeCells count="1"><mergeCell ref="D2:F3"/></mergeCells>', "G"),
        (ROSTER + row(9, '<c r="D9" s="5"/>'), "", "D"),
        (
            texts(1, "Title") + re.sub(r'r="([A-C]?)([123])"', lambda at: f'r="{at[1]}{int(at[2]) + 1}"', ROSTER),
            '<mergeCells><mergeCell ref="A1:F1"/></mergeCells>',
            "D",
        ),
        (ROSTER + row(5, '<c r="E5"><f t="array" ref="C5:E6">ROW()</f><v>1</v></c>'), "", "F"),
    ],
)
def test_new_columns_avoid_what_is_in_the_way(rows: str, after: str, letter: str) -> None:
    table = opened(book(sheet(rows, after=after)))
    copy = table.with_results({3: {"status": "x"}}, ["status"])
    check_copy(table, copy, {3: {"status": "x"}}, ["status"])
    assert opened(copy).layout.results["status"] == ord(letter) - 65


@pytest.mark.parametrize(
    ("cell", "after", "said"),
    [
        ('<c r="D2"><f>1+1</f><v>2</v></c>', "", "Cell D2 under 'Status' holds a formula"),
        ('<c r="D2"><f t="shared" ref="D2:D3" si="0">A2</f><v>2</v></c>', "", "holds a formula"),
        ('<c r="E2"><f t="array" ref="D2:E3">A2</f><v>2</v></c>', "", "belongs to an array formula"),
        ('<c r="E2"><f t="dataTable" ref="D2:D3" r1="A1"/><v>2</v></c>', "", "belongs to an array formula"),
        ("", '<mergeCells><mergeCell ref="C2:D2"/></mergeCells>', "is merged with others"),
        ("", '<mergeCells><mergeCell ref="D1:D3"/></mergeCells>', "is merged with others"),
    ],
)
def test_a_result_cell_that_must_not_be_touched_is_named(cell: str, after: str, said: str) -> None:
    stop = refusal(
        sheet(texts(1, *HEADINGS, "Status") + row(2, text("A2", "1"), text("C2", "a"), cell), after=after), rows=(2,)
    )
    assert (stop.problem.code, stop.exit_code) == ("result-cell-taken", ExitCode.INPUT)
    assert said in stop.problem.message


def test_the_corner_of_a_merge_can_be_written() -> None:
    rows = texts(1, *HEADINGS, "Status") + texts(2, "1", "", "a@b.c")
    part = spliced(sheet(rows, after='<mergeCells><mergeCell ref="D2:E2"/></mergeCells>'), {2: {"status": "x"}})
    assert b'<c r="D2"' in part


def test_a_formula_beside_the_results_is_left_alone() -> None:
    rows = texts(1, *HEADINGS, "Status") + row(
        2, text("A2", "1"), text("C2", "a"), '<c r="E2"><f>D2&amp;"!"</f><v>0</v></c>'
    )
    assert b'<c r="E2"><f>D2&amp;"!"</f><v>0</v></c>' in spliced(sheet(rows), {2: {"status": "x"}})


def test_a_sheet_full_to_its_last_column_has_no_room() -> None:
    stop = refusal(sheet(ROSTER.replace("</row>", text("XFD1", "Last") + "</row>", 1)))
    assert stop.problem.code == "no-free-columns"


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(texts(2, "x") + texts(1, *HEADINGS), id="rows in disorder"),
        pytest.param(HEADS + texts(2, "1", "", "a@b.c") + texts(2, "2", "", "a@b.c"), id="a row twice"),
        pytest.param(
            HEADS + row(2, text("B2", "a"), text("A2", "1"), more=" x='1'").replace('r="2"', "r='2'", 1),
            id="cells in disorder",
        ),
        pytest.param(HEADS + row(2, text("A3", "1")), id="a cell of another row"),
        pytest.param(HEADS + row(2, text("A0", "1")), id="no such cell"),
        pytest.param(HEADS + row(2, text("XFE2", "1")), id="no such column"),
        pytest.param(HEADS.replace('r="1"', 'r="x"', 1), id="no number"),
        pytest.param(
            HEADS + "<mc:AlternateContent xmlns:mc='m'><row/></mc:AlternateContent>", id="choices among the rows"
        ),
        pytest.param(HEADS + row(2, "<extra/>"), id="something among the cells"),
        pytest.param(HEADS + f"<row r='2' xmlns='{MAIN}'/>", id="namespace declared again"),
    ],
)
def test_a_sheet_no_program_writes_is_refused(rows: str) -> None:
    with pytest.raises(Stop) as stop:
        opened(book(sheet(rows)))
    assert stop.value.problem.code == "workbook-unusual"


@pytest.mark.parametrize(
    "part",
    [
        f'{XML}<worksheet xmlns="{MAIN}"/>',
        f'{XML}<worksheet xmlns="{MAIN}"><sheetData/><sheetData/></worksheet>',
        f'{XML}<worksheet xmlns="urn:other"><sheetData/></worksheet>',
        f'{XML}<chartsheet xmlns="{MAIN}"/>',
    ],
)
def test_a_part_that_is_no_sheet_of_rows_is_refused(part: str) -> None:
    with pytest.raises(Stop) as stop:
        opened(book(part))
    assert stop.value.problem.code == "workbook-unusual"


def test_a_cell_in_disorder_is_never_overwritten_unnoticed() -> None:
    rows = HEADS + row(2, text("D2", "mine"), text("A2", "1"), text("C2", "a@b.c"))
    table = opened(book(sheet(rows)))
    with pytest.raises(Stop):
        check_copy(table, table.with_results({2: {"status": "x"}}, ["status"]), {2: {"status": "x"}}, ["status"])


def test_a_cell_without_a_name_keeps_its_place() -> None:
    rows = (
        texts(1, "External ID", "Status", "Organizer")
        + '<row r="2"><c t="inlineStr"><is><t>1</t></is></c><c r="C2"><v>1</v></c><c><v>2</v></c></row>'
    )
    assert b'<c r="B2"' in spliced(sheet(rows), {2: {"status": "x"}})


# --- calculation ------------------------------------------------------------------------------------------------------

FORMULA = ROSTER.replace("</row>", '<c r="Z1"><f>1+1</f><v>2</v></c></row>', 1)


@pytest.mark.parametrize(
    ("after", "then"),
    [
        ("", '</sheets><calcPr fullCalcOnLoad="1"/></workbook>'),
        (
            '<definedNames><definedName name="x">1</definedName></definedNames><pivotCaches/>',
            '</definedNames><calcPr fullCalcOnLoad="1"/><pivotCaches/>',
        ),
        ('<calcPr calcId="191029"/>', '<calcPr fullCalcOnLoad="1" calcId="191029"/>'),
        ("<calcPr fullCalcOnLoad='0' calcId='1'/>", "<calcPr fullCalcOnLoad='1' calcId='1'/>"),
    ],
)
def test_a_workbook_with_formulas_is_calculated_when_opened(after: str, then: str) -> None:
    data = book(sheet(FORMULA), workbook=workbook(after=after))
    copy = opened(data).with_results(DONE, ["status"])
    assert then in part_of(copy, "xl/workbook.xml").decode()
    assert compare(data, copy, sheet=SHEET, columns={"AA"}).others == []


def test_a_workbook_without_formulas_is_left_as_it_is() -> None:
    rule = '<cfRule type="expression"><formula>1</formula></cfRule>'
    data = book(sheet(after=f'<conditionalFormatting sqref="A1">{rule}</conditionalFormatting>'))
    copy = opened(data).with_results(DONE, ["status"])
    assert part_of(copy, "xl/workbook.xml") == part_of(data, "xl/workbook.xml")


@pytest.mark.parametrize(("cell", "asked"), [("<f>1+1</f><v>2</v>", 1), ("<v>2</v>", 0)])
def test_a_formula_on_another_sheet_counts(cell: str, asked: int) -> None:
    entries = '<sheet name="Roster" sheetId="1" r:id="rId1"/><sheet name="Sums" sheetId="2" r:id="rId9"/>'
    links = relations(("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId9", "worksheet", "media/image1.png"))
    sums = (
        f'{XML}<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c>{cell}</x:c></x:row></x:sheetData></x:worksheet>'
    )
    data = book(workbook=workbook(entries), links=links, picture=re.sub(r"<(/?)([fv])>", r"<\1x:\2>", sums))
    copy = opened(data, sheet="Roster").with_results(DONE, ["status"])
    assert part_of(copy, "xl/workbook.xml").count(b"fullCalcOnLoad") == asked


def test_a_chain_of_calculation_or_a_sheet_that_can_not_be_read_counts_as_formulas() -> None:
    entries = '<sheet name="Roster" sheetId="1" r:id="rId1"/><sheet name="Sums" sheetId="2" r:id="rId9"/>'
    links = relations(("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId9", "worksheet", "media/image1.png"))
    wide = book(workbook=workbook(entries), links=links, picture=sheet(FORMULA).encode("utf-16"))
    chain = zipped(parts() | {"xl/calcChain.xml": "<calcChain/>"})
    gone = book(workbook=workbook(entries), links=links)
    asked = [opened(data, sheet="Roster").with_results(DONE, ["status"]) for data in (wide, chain, gone)]
    assert [part_of(copy, "xl/workbook.xml").count(b"fullCalcOnLoad") for copy in asked] == [1, 1, 0]


def test_a_damaged_sheet_beside_the_roster_is_copied_as_it_is() -> None:
    entries = '<sheet name="Roster" sheetId="1" r:id="rId1"/><sheet name="Sums" sheetId="2" r:id="rId9"/>'
    links = relations(("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId9", "worksheet", "media/image1.png"))
    data = book(workbook=workbook(entries), links=links, picture=b"sums" * 50)
    at = data.index(b"xl/media/image1.png") + 19
    harmed = data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :]
    copy = opened(harmed, sheet="Roster").with_results(DONE, ["status"])
    assert b"\xff\xff\xff\xff" + data[at + 4 : at + 8] in copy
    assert b"fullCalcOnLoad" in part_of(copy, "xl/workbook.xml")


def test_new_text_never_becomes_a_formula() -> None:
    assert b"<f>" not in spliced(sheet(), {2: {"status": "=1+1"}, 3: {"status": "+1"}})
