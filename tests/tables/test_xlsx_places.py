"""Where results stand: seen, clear of drawings, and sorted with their rows; promises P1 and P5."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.core.layout import letters
from importer.core.model import Stop
from importer.tables.copies import check_copy
from importer.tables.xlsx import XlsxTable
from tests.tables.comparing import compare
from tests.tables.packages import (
    HEADINGS,
    KEYS,
    ROSTER,
    SHEET,
    SHEET_RELS,
    WORKBOOK,
    XML,
    book,
    names_of,
    opened,
    part_of,
    parts,
    relations,
    sheet,
    texts,
    workbook,
    zipped,
)
from tests.tables.test_tables import LINK, PARTS, table_part

DRAWN = "xl/drawings/drawing1.xml"
DONE = {number: dict.fromkeys(KEYS, f"https://teams.example/{number}") for number in (2, 3)}
SPACE = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"


def copied(data: bytes) -> tuple[bytes, dict[str, int], list[str]]:
    """A checked copy with all result columns, where they stand, and the codes of what is said of that."""
    table = opened(data)
    assert isinstance(table, XlsxTable)
    copy = table.with_results(DONE, KEYS)
    check_copy(table, copy, DONE, KEYS)
    again = opened(copy)
    assert {row.number: dict(row.standing) for row in again.rows()} == DONE
    mine = {letters(again.layout.results[key]) for key in KEYS}
    assert [one for one in compare(data, copy, sheet=SHEET, columns=mine).others if "col " not in one] == []
    return copy, dict(again.layout.results), [found.code for found in table.placed(KEYS).notices]


# --- filters ----------------------------------------------------------------------------------------------------------

NAMED = (
    '<definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">{}!$A$1:$C$3</definedName>'
    '<definedName name="Other">{}!$A$1:$C$3</definedName></definedNames>'
)


@pytest.mark.parametrize("quoted", ["Roster", "'Roster'"])
@pytest.mark.parametrize("sorts", ["", '<sortState ref="A2:C3"><sortCondition ref="B2:B3"/></sortState>'])
def test_the_sheets_filter_grows_with_its_name_and_its_order(quoted: str, sorts: str) -> None:
    after = f'<autoFilter ref="A1:C3"><filterColumn colId="1"/>{sorts}</autoFilter>'
    data = book(sheet(after=after), workbook=workbook(after=NAMED.format(quoted, quoted)))
    copy, places, said = copied(data)
    part = part_of(copy, SHEET).decode()
    assert f'<autoFilter ref="A1:K3"><filterColumn colId="1"/>{sorts.replace("A2:C3", "A2:K3")}</autoFilter>' in part
    names = part_of(copy, WORKBOOK).decode()
    assert f'hidden="1">{quoted}!$A$1:$K$3</definedName>' in names
    assert f'name="Other">{quoted}!$A$1:$C$3</definedName>' in names
    assert (max(places.values()), said) == (10, [])


def test_a_sort_without_a_filter_is_left_and_the_next_run_changes_nothing() -> None:
    copy, _, _ = copied(book(sheet(after='<autoFilter ref="A1:C3"/><sortState ref="A2:C3"/>')))
    assert b'<autoFilter ref="A1:K3"/><sortState ref="A2:K3"/>' in part_of(copy, SHEET)
    again = opened(copy).with_results(DONE, KEYS)
    assert part_of(again, SHEET) == part_of(copy, SHEET)


@pytest.mark.parametrize("ref", ["A5:C9", "F1:G3"])
def test_a_filter_of_something_else_stays(ref: str) -> None:
    data = book(sheet(after=f'<autoFilter ref="{ref}"/>'))
    copy, _, said = copied(data)
    assert f'<autoFilter ref="{ref}"/>'.encode() in part_of(copy, SHEET)
    assert said == []


def test_a_filter_that_ends_before_the_last_heading_reaches_over_the_results() -> None:
    copy, _, said = copied(book(sheet(after='<autoFilter ref="A1:B3"/>')))
    assert b'<autoFilter ref="A1:K3"/>' in part_of(copy, SHEET)
    assert said == []


def test_a_filter_does_not_sort_what_stands_between_and_that_is_said() -> None:
    rows = ROSTER + texts(9, "", "", "", "", "legend")
    copy, places, said = copied(book(sheet(rows, after='<autoFilter ref="A1:C3"/>')))
    assert b'<autoFilter ref="A1:C3"/>' in part_of(copy, SHEET)
    assert (min(places.values()), said) == (5, ["results-beside-filter"])


@pytest.mark.parametrize("kind", ["queryTable", "xml"])
def test_a_table_that_can_not_take_results_is_said(kind: str) -> None:
    data = book(sheet(after=PARTS), table=table_part(more=f' tableType="{kind}"'), sheet_links=LINK)
    copy, _, said = copied(data)
    assert part_of(copy, "xl/tables/table1.xml") == part_of(data, "xl/tables/table1.xml")
    assert said == ["results-beside-table"]
    assert [one.code for one in opened(copy).placed(KEYS).notices] == ["results-beside-table"]


def test_a_table_with_something_on_its_right_is_said() -> None:
    rows = ROSTER + texts(9, "", "", "", "legend")
    _, _, said = copied(book(sheet(rows, after=PARTS), table=table_part(), sheet_links=LINK))
    assert said == ["results-beside-table"]


@pytest.mark.parametrize(
    ("inner", "then"),
    [
        ('<autoFilter ref="A1:C3"><sortState ref="A2:C3"/></autoFilter>', '<sortState ref="A2:K3"/></autoFilter>'),
        ('<autoFilter ref="A1:C3"/><sortState ref="A2:C3"/>', '<autoFilter ref="A1:K3"/><sortState ref="A2:K3"/>'),
    ],
)
def test_a_tables_order_grows_with_it(inner: str, then: str) -> None:
    copy, _, said = copied(book(sheet(after=PARTS), table=table_part(inner=inner), sheet_links=LINK))
    assert then in part_of(copy, "xl/tables/table1.xml").decode()
    assert said == []


# --- rows of tables ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("totals", ["", ' totalsRowCount="1"'])
@pytest.mark.parametrize("gap", [0, 2])
def test_what_stands_under_a_table_is_no_row_and_is_said(totals: str, gap: int) -> None:
    bottom = 4 if totals else 3
    rows = ROSTER + (texts(4, "Total", "2") if totals else "")
    rows += texts(bottom + 1 + gap, "Total", "2") + texts(bottom + 2 + gap, "Printed on Monday")
    data = book(sheet(rows, after=PARTS), table=table_part(f"A1:C{bottom}", more=totals), sheet_links=LINK)
    table = opened(data)
    assert [row.number for row in table.rows()] == [2, 3]
    assert [found.code for found in table.notices] == ["rows-below-table"]
    assert f": 2, from row {bottom + 1 + gap} on" in table.notices[0].message
    copied(data)


def test_a_total_row_of_the_table_alone_needs_no_word() -> None:
    data = book(
        sheet(ROSTER + texts(4, "Total"), after=PARTS),
        table=table_part("A1:C4", more=' totalsRowCount="1"'),
        sheet_links=LINK,
    )
    assert [row.number for row in opened(data).rows()] == [2, 3]
    assert opened(data).notices == ()


# --- columns that are seen --------------------------------------------------------------------------------------------


def widths(part: bytes) -> dict[int, tuple[float, bool]]:
    """Each column's width and whether it is hidden, as far as the part says something; ranges must not overlap."""
    found: dict[int, tuple[float, bool]] = {}
    before = 0
    for col in re.findall(rb"<col ([^>]*)/>", part):
        facts = dict(re.findall(r'(\w+)="([^"]*)"', col.decode()))
        first, last = int(facts["min"]), int(facts["max"])
        assert before < first <= last
        before = last
        for one in range(first, min(last, 60) + 1):
            found[one - 1] = float(facts.get("width", "9")), facts.get("hidden", "0") not in {"0", "false"}
    return found


@st.composite
def cols(draw: st.DrawFn) -> list[str]:
    at = draw(st.integers(1, 6))
    found: list[str] = []
    while at < 24 and len(found) < 8:
        last = draw(st.sampled_from([at, at + 1, at + 3, 16384]))
        hidden = draw(st.sampled_from(["", ' hidden="1"', ' hidden="true" outlineLevel="1"', ' collapsed="1"']))
        width = draw(st.sampled_from(["0", "0.7109375", "3", "9.140625", "30"]))
        found.append(f'<col min="{at}" max="{last}" width="{width}" style="3"{hidden} customWidth="1"/>')
        at = last + draw(st.sampled_from([1, 2, 5]))
    return found


@settings(max_examples=60)
@given(found=cols())
def test_results_are_seen_whatever_the_sheet_says_of_its_columns(found: list[str]) -> None:
    before = f"<cols>{''.join(found)}</cols>" if found else ""
    data = book(sheet(before=before))
    copy, places, _ = copied(data)
    old, new = widths(part_of(data, SHEET)), widths(part_of(copy, SHEET))
    for place in places.values():
        assert new[place][0] >= 6
        assert not new[place][1]
    others = old.keys() - set(places.values())
    assert {place: old[place] for place in others} == {place: new[place] for place in others}
    assert new.keys() - old.keys() <= set(places.values())


# --- drawings ---------------------------------------------------------------------------------------------------------


def drawing(*anchors: str) -> str:
    return f'{XML}<xdr:wsDr xmlns:xdr="{SPACE}" xmlns:a="http://schemas.example/a">{"".join(anchors)}</xdr:wsDr>'


def corner(name: str, column: int, row: int, offset: int = 1) -> str:
    return (
        f"<xdr:{name}><xdr:col>{column}</xdr:col><xdr:colOff>{offset}</xdr:colOff>"
        f"<xdr:row>{row}</xdr:row><xdr:rowOff>{offset}</xdr:rowOff></xdr:{name}>"
    )


def two(left: int, top: int, right: int, bottom: int, more: str = "", offset: int = 1) -> str:
    inside = corner("from", left, top) + corner("to", right, bottom, offset)
    return f"<xdr:twoCellAnchor{more}>{inside}<xdr:clientData/></xdr:twoCellAnchor>"


def one(left: int, top: int, wide: int, high: int) -> str:
    return f'<xdr:oneCellAnchor>{corner("from", left, top)}<xdr:ext cx="{wide}" cy="{high}"/></xdr:oneCellAnchor>'


def absolute(x: int, y: int, wide: int, high: int) -> str:
    return f'<xdr:absoluteAnchor><xdr:pos x="{x}" y="{y}"/><xdr:ext cx="{wide}" cy="{high}"/></xdr:absoluteAnchor>'


def with_drawing(part: str, rows: str = ROSTER, before: str = "", kind: str = "drawing", after: str = "") -> bytes:
    content = parts(sheet(rows, before=before, after=f'{after}<{kind} r:id="rId1"/>'))
    link = "vmlDrawing" if kind == "legacyDrawing" else "drawing"
    content[SHEET_RELS] = relations(("rId1", link, "../drawings/drawing1.xml"))
    content[DRAWN] = part
    return zipped(content)


COLUMN, ROW = 64 * 9525, 20 * 9525


@pytest.mark.parametrize(
    ("anchor", "first"),
    [
        (two(4, 0, 8, 9), 9),
        (two(4, 0, 8, 9, offset=0), 8),
        (two(5, 1, 8, 2, ' editAs="oneCell"'), 9),
        (two(14, 0, 20, 9, ' editAs="absolute"'), 21),  # columns that become wider would come to lie under it
        (two(14, 0, 20, 9), 3),
        (one(4, 1, 4 * COLUMN, ROW), 9),
        (absolute(4 * COLUMN, ROW, 4 * COLUMN, ROW), 8),
        (two(4, 30, 8, 40), 3),
        (two(0, 0, 2, 9), 3),
    ],
)
def test_results_stand_clear_of_drawings(anchor: str, first: int) -> None:
    data = with_drawing(drawing(anchor))
    copy, places, _ = copied(data)
    assert min(places.values()) == first
    assert part_of(copy, DRAWN) == part_of(data, DRAWN)


def test_a_drawing_above_or_below_the_rows_is_not_stretched() -> None:
    data = with_drawing(drawing(two(4, 30, 6, 40)))
    copy, places, _ = copied(data)
    seen = widths(part_of(copy, SHEET))
    assert [place for place in places.values() if place not in seen] == [4, 5, 6]


def test_sizes_of_columns_and_rows_count() -> None:
    wide = '<cols><col min="5" max="5" width="60" customWidth="1"/></cols>'
    assert min(copied(with_drawing(drawing(one(4, 1, 4 * COLUMN, ROW)), before=wide))[1].values()) == 5
    below = texts(2, *HEADINGS) + texts(3, "1", "Maths", "ana@contoso.com")
    logo = drawing(one(3, 0, COLUMN, 5 * ROW))
    for height, first in ((' ht="300" customHeight="1"', 3), ("", 5)):
        table = opened(with_drawing(logo, rows=texts(1, "Title", more=height) + below))
        assert min(table.placed(KEYS).layout.results.values()) == first


VML = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shape>'
    '<x:ClientData ObjectType="{}">{}<x:Anchor>\n 4, 15, 0, 10, 8, 31, 4, 9</x:Anchor></x:ClientData></v:shape></xml>'
)


@pytest.mark.parametrize(
    ("kind", "more", "first"),
    [("Button", "", 9), ("Pict", "", 9), ("Note", "<x:Visible/>", 9), ("Note", "", 3), ("Drop", "<x:PrintObject/>", 9)],
)
def test_results_stand_clear_of_form_controls_and_shown_notes(kind: str, more: str, first: int) -> None:
    data = with_drawing(VML.format(kind, more), kind="legacyDrawing")
    assert min(copied(data)[1].values()) == first


def test_a_filter_reaches_over_a_chart_to_the_results() -> None:
    data = with_drawing(drawing(two(4, 0, 8, 9)), after='<autoFilter ref="A1:C3"/>')
    copy, places, said = copied(data)
    assert f'<autoFilter ref="A1:{letters(max(places.values()))}3"/>'.encode() in part_of(copy, SHEET)
    assert said == []


def test_a_drawing_that_can_not_be_read_is_no_reason_to_stop() -> None:
    for part in ("", "<xdr:wsDr", drawing("<xdr:twoCellAnchor><xdr:from/></xdr:twoCellAnchor>")):
        assert min(copied(with_drawing(part))[1].values()) == 3


@settings(max_examples=60)
@given(
    corners=st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 9), st.integers(0, 8), st.integers(0, 9)), min_size=1, max_size=5
    ),
    kind=st.sampled_from(["", ' editAs="oneCell"', ' editAs="absolute"']),
)
def test_no_result_is_under_a_drawing_and_none_is_stretched(
    corners: list[tuple[int, int, int, int]], kind: str
) -> None:
    anchors = [two(left, top, left + wide, top + high, kind) for left, top, wide, high in corners]
    copy, places, _ = copied(with_drawing(drawing(*anchors)))
    seen = widths(part_of(copy, SHEET))
    for left, top, wide, _ in corners:
        lies = set(range(left, left + wide + 1))
        if top < 3:  # over the heading or a row
            assert lies.isdisjoint(places.values())
        if not kind:
            assert lies.isdisjoint(seen)


# --- content types ----------------------------------------------------------------------------------------------------


def untyped(data: bytes) -> dict[str, str | bytes]:
    """The parts of a workbook, in which every part is declared by its own name, as some programs do."""
    kinds = {"rels": "application/vnd.openxmlformats-package.relationships+xml", "xml": "application/xml"}
    content: dict[str, str | bytes] = {name: part_of(data, name) for name in names_of(data)}
    types = part_of(data, "[Content_Types].xml").decode()
    declared = "".join(
        f'<Override PartName="/{name}" ContentType="{kinds["rels"]}"/>' for name in content if name.endswith(".rels")
    )
    content["[Content_Types].xml"] = re.sub(r"<Default [^>]*/>", "", types).replace("</Types>", declared + "</Types>")
    return content


def test_an_added_part_has_a_content_type() -> None:
    content = untyped(book())
    table = opened(zipped(content))
    copy = table.with_results(DONE, KEYS)
    check_copy(table, copy, DONE, KEYS)
    types = part_of(copy, "[Content_Types].xml").decode()
    assert types.count(f'<Override PartName="/{SHEET_RELS}"') == 1
    assert (
        types.replace(re.findall(rf'<Override PartName="/{SHEET_RELS}"[^>]*/>', types)[0], "")
        == (content["[Content_Types].xml"])
    )


def test_where_all_such_parts_have_a_type_nothing_is_added() -> None:
    copy = opened(book()).with_results(DONE, KEYS)
    assert part_of(copy, "[Content_Types].xml") == part_of(book(), "[Content_Types].xml")


def test_the_check_wants_a_content_type() -> None:
    content = untyped(book())
    table = opened(zipped(content))
    copy = table.with_results(DONE, KEYS)
    broken = {name: part_of(copy, name) for name in names_of(copy)} | {
        "[Content_Types].xml": content["[Content_Types].xml"]
    }
    with pytest.raises(Stop) as stop:
        check_copy(table, zipped(broken), DONE, KEYS)
    assert "content type" in stop.value.problem.detail
