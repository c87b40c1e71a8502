"""Join URLs that can be clicked, without disturbing the hyperlinks that are there."""

from __future__ import annotations

import re

import pytest

from importer.core.model import CellError, CellFault
from importer.tables.copies import check_copy
from importer.tables.ooxml.tables import LINKS_LIMIT
from tests.tables.comparing import compare
from tests.tables.packages import (
    HEADINGS,
    MAIN,
    RELATIONS,
    ROSTER,
    SHEET,
    SHEET_RELS,
    STRICT,
    STRICT_RELATIONS,
    XML,
    book,
    names_of,
    opened,
    part_of,
    parts,
    relations,
    row,
    sheet,
    text,
    texts,
    zipped,
)

URL = "https://teams.microsoft.com/l/meetup-join/19%3ameeting%40thread.v2/0?context=%7b%22a%22%7d&x='1'"
COLUMNS = ["join_url"]
HEADS = texts(1, *HEADINGS, "Join URL")
TWO = HEADS + row(2, text("A2", "1"), text("C2", "a"), text("D2", "old")) + texts(3, "2", "", "b")


def linked(data: bytes, urls: dict[int, str]) -> dict[str, str]:
    """Write the copy, has it checked, and return the address for every cell that is a link."""
    table = opened(data)
    results = {number: {"join_url": url} for number, url in urls.items()}
    copy = table.with_results(results, COLUMNS)
    check_copy(table, copy, results, COLUMNS)
    assert compare(data, copy, sheet=SHEET, columns={"D"}).others == []
    return links_of(copy)


def links_of(data: bytes) -> dict[str, str]:
    found = re.findall(rb'<\w*:?hyperlink [^>]*?ref="(\w+)"[^>]*? \w+:id="(\w+)"', part_of(data, SHEET))
    rels = part_of(data, SHEET_RELS).decode() if SHEET_RELS in names_of(data) else ""
    targets = dict(re.findall(r'Id="(\w+)"[^>]*? Target="([^"]*)"', rels))
    return {cell.decode(): targets[name.decode()].replace("&amp;", "&") for cell, name in found}


def test_a_join_url_becomes_a_link_of_its_own() -> None:
    assert linked(book(), {2: URL, 3: "https://b.example/2"}) == {"D2": URL, "D3": "https://b.example/2"}


def test_the_first_link_adds_a_part_for_relationships_behind_the_others() -> None:
    data = book()
    copy = opened(data).with_results({2: {"join_url": URL}}, COLUMNS)
    assert names_of(copy) == [*names_of(data), SHEET_RELS]


def test_links_come_where_the_format_wants_them() -> None:
    after = (
        '<sheetProtection sheet="1"/><mergeCells><mergeCell ref="A9:B9"/></mergeCells>'
        '<conditionalFormatting sqref="A1"><cfRule type="duplicateValues" priority="1"/></conditionalFormatting>'
        '<dataValidations count="0"/><pageMargins left="1" right="1" top="1" bottom="1" header="1" footer="1"/>'
    )
    copy = opened(book(sheet(after=after))).with_results({2: {"join_url": URL}}, COLUMNS)
    assert b'<dataValidations count="0"/><hyperlinks><hyperlink ref="D2"' in part_of(copy, SHEET)


LINKS = '<hyperlinks><hyperlink ref="A2" r:id="rId7"/><hyperlink ref="D2" r:id="rId8" tooltip="t"/></hyperlinks>'
RELS = relations(("rId7", "hyperlink", "https://mine.example/"), ("rId8", "hyperlink", "https://old.example/"))


@pytest.mark.parametrize(
    ("urls", "then"),
    [
        ({2: URL}, {"A2": "https://mine.example/", "D2": URL}),
        ({3: URL}, {"A2": "https://mine.example/", "D2": "https://old.example/", "D3": URL}),
        ({2: ""}, {"A2": "https://mine.example/"}),
        ({2: "no link any more"}, {"A2": "https://mine.example/"}),
        ({2: "https://old.example/"}, {"A2": "https://mine.example/", "D2": "https://old.example/"}),
    ],
)
def test_links_that_are_there_stay_and_ours_are_renewed(urls: dict[int, str], then: dict[str, str]) -> None:
    data = book(sheet(TWO, after=LINKS), sheet_links=RELS)
    assert linked(data, urls) == then


def test_an_old_address_is_not_left_behind() -> None:
    data = book(sheet(TWO, after=LINKS), sheet_links=RELS)
    copy = opened(data).with_results({2: {"join_url": URL}}, COLUMNS)
    assert b"old.example" not in part_of(copy, SHEET_RELS)


def test_an_address_that_two_cells_share_stays_for_the_other() -> None:
    shared = LINKS.replace("rId7", "rId8")
    data = book(sheet(TWO, after=shared), sheet_links=RELS)
    assert linked(data, {2: URL}) == {"A2": "https://old.example/", "D2": URL}


def test_the_same_link_again_changes_nothing() -> None:
    first = opened(book()).with_results({2: {"join_url": URL}}, COLUMNS)
    second = opened(first).with_results({2: {"join_url": URL}}, COLUMNS)
    assert part_of(first, SHEET) == part_of(second, SHEET)
    assert part_of(first, SHEET_RELS) == part_of(second, SHEET_RELS)


def test_the_last_link_taken_away_takes_the_list_with_it() -> None:
    only = '<hyperlinks><hyperlink ref="D2" r:id="rId8"/></hyperlinks>'
    copy = opened(book(sheet(TWO, after=only), sheet_links=RELS)).with_results({2: {"join_url": ""}}, COLUMNS)
    assert b"hyperlink" not in part_of(copy, SHEET)


@pytest.mark.parametrize("there", ["<hyperlinks/>", ""])
def test_an_empty_list_is_filled(there: str) -> None:
    assert linked(book(sheet(TWO, after=there)), {3: URL}) == {"D3": URL}


def test_a_link_over_several_cells_is_not_cut_into() -> None:
    wide = '<hyperlinks><hyperlink ref="D1:D2" r:id="rId8"/></hyperlinks>'
    data = book(sheet(TWO, after=wide), sheet_links=RELS)
    assert linked(data, {2: URL, 3: URL}) == {"D3": URL}


def test_links_without_end_over_the_whole_sheet_cost_no_time() -> None:
    wide = '<hyperlink ref="A1:Z1048576" r:id="rId8"/>' * 3_000
    rows = HEADS + "".join(texts(number, str(number), "", "b") for number in range(2, 10_000))
    data = book(sheet(rows, after=f"<hyperlinks>{wide}</hyperlinks>"), sheet_links=RELS)
    copy = opened(data).with_results({number: {"join_url": URL} for number in range(2, 10_000)}, COLUMNS)
    assert b"rIdJoin" not in part_of(copy, SHEET)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "created",
        "javascript:alert(1)",
        "file:///c:/x",
        "https://a b",
        "https://a/#x",
        "https://a/\n",
        "https://a/" + "x" * 2080,
    ],
)
def test_what_is_no_address_stays_plain_text(url: str) -> None:
    assert linked(book(), {2: url}) == {}


def test_a_sheet_without_the_prefix_for_relationships_gets_it_on_the_links() -> None:
    part = sheet().replace(f' xmlns:r="{RELATIONS}"', "")
    assert linked(book(part), {2: URL}) == {"D2": URL}


def test_other_prefixes_and_an_empty_list_of_relationships() -> None:
    part = sheet(after='<drawing q:id="rId1"/>').replace("xmlns:r=", "xmlns:q=")
    empty = XML + '<p:Relationships xmlns:p="http://schemas.openxmlformats.org/package/2006/relationships"/>'
    copy = opened(book(part, sheet_links=empty)).with_results({2: {"join_url": URL}}, COLUMNS)
    assert b'<hyperlink ref="D2" q:id="rIdJoin1"/>' in part_of(copy, SHEET)
    assert b"<p:Relationship Id=" in part_of(copy, SHEET_RELS)
    assert part_of(copy, SHEET_RELS).endswith(b"</p:Relationships>")


def test_a_strict_workbook_gets_strict_relationships() -> None:
    strict = {
        name: str(part).replace(MAIN, STRICT).replace(RELATIONS, STRICT_RELATIONS) for name, part in parts().items()
    }
    copy = opened(zipped(strict)).with_results({2: {"join_url": URL}}, COLUMNS)
    assert f'Type="{STRICT_RELATIONS}/hyperlink"'.encode() in part_of(copy, SHEET_RELS)


def test_names_of_relationships_that_are_taken_are_not_used_again() -> None:
    taken = relations(("rIdJoin1", "drawing", "../drawings/d.xml"), ("rIdJoin3", "drawing", "../drawings/e.xml"))
    copy = opened(book(sheet_links=taken)).with_results({2: {"join_url": URL}, 3: {"join_url": URL}}, COLUMNS)
    assert re.findall(rb'ref="(D\d)" r:id="(\w+)"', part_of(copy, SHEET)) == [
        (b"D2", b"rIdJoin2"),
        (b"D3", b"rIdJoin4"),
    ]


def test_many_long_links_are_renewed_all_at_once() -> None:
    numbers = range(2, 9_000)
    rows = "".join(texts(number, str(number), "", "a@b.c") for number in numbers)
    data = book(sheet(texts(1, *HEADINGS) + rows))
    for address in ("https://old.example/", "https://new.example/"):
        table = opened(data)
        results = {number: {"join_url": address + "x" * 2_000 + str(number)} for number in numbers}
        data = table.with_results(results, COLUMNS)
    assert list(opened(data).rows())[-1].standing == results[8_999]
    assert len(part_of(data, SHEET_RELS)) > 18_000_000
    assert b"old.example" not in part_of(data, SHEET_RELS)


def test_beyond_the_limit_of_a_sheet_urls_are_plain_text() -> None:
    many = "".join(f'<hyperlink ref="F{number}" r:id="rId7"/>' for number in range(1, LINKS_LIMIT))
    data = book(sheet(ROSTER, after=f"<hyperlinks>{many}</hyperlinks>"), sheet_links=RELS)
    table = opened(data)
    results = {2: {"join_url": URL}, 3: {"join_url": URL}}
    copy = table.with_results(results, COLUMNS)
    check_copy(table, copy, results, COLUMNS)
    assert part_of(copy, SHEET).count(b"rIdJoin") == 1


def test_a_name_that_is_a_link_to_a_mail_address_names_that_person() -> None:
    """The organizer is in column C. A link that was left behind under another name names nobody."""
    cells = ("Ana Ruiz", "ana@contoso.com", "Bo Berg", "Ana; Bo", "R\u00f6d, Ana", "Cy")
    rows = HEADS + "".join(texts(number, str(number), "", cell) for number, cell in enumerate(cells, start=2))
    links = "".join(f'<hyperlink ref="C{number}" r:id="r{number}"/>' for number in range(2, 8))
    targets = ["mailto:ana.ruiz@contoso.com"] * 4 + [
        "MAILTO:ana%2Erod@contoso.com?subject=Hi",
        "https://contoso.com/cy",
    ]
    rels = relations(*((f"r{number}", "hyperlink", target) for number, target in enumerate(targets, start=2)))

    table = opened(book(sheet(rows, after=f"<hyperlinks>{links}</hyperlinks>"), sheet_links=rels))

    assert [row.cells["organizer"][0] for row in table.rows()] == [
        "Ana Ruiz <ana.ruiz@contoso.com>",
        "ana@contoso.com",
        "Bo Berg",
        "Ana; Bo",
        "R\u00f6d, Ana <ana.rod@contoso.com>",
        "Cy",
    ]


def test_a_link_to_a_mail_address_needs_no_saved_result() -> None:
    formulas = {
        2: 'HYPERLINK("mailto:ana.ruiz@contoso.com","Ana Ruiz")',
        3: 'HYPERLINK("mailto:bo.berg@contoso.com")',
        4: 'HYPERLINK("mailto:bo.berg@contoso.com","Cy Cole")',
        5: 'HYPERLINK("mailto:"&amp;A4,"Cy Cole")',
    }
    rows = HEADS + "".join(
        row(
            number,
            text(f"A{number}", str(number)),
            f'<c r="C{number}"><f>{code.replace(chr(34), "&quot;")}</f><v/></c>',
        )
        for number, code in formulas.items()
    )

    found = [row.cells["organizer"][0] for row in opened(book(sheet(rows))).rows()]

    assert found[:2] == ["Ana Ruiz <ana.ruiz@contoso.com>", "bo.berg@contoso.com"]
    assert [one.fault for one in found[2:] if isinstance(one, CellError)] == [CellFault.UNCACHED] * 2


def test_a_name_with_a_formula_that_links_to_a_mail_address_names_that_person() -> None:
    """Only an address that is written out in the formula; and a link that has nothing of the name names nobody."""

    def formula(number: int, code: str, shown: str) -> str:
        code = code.replace('"', "&quot;") if number % 2 else code
        return f'<c r="C{number}" t="str"><f>{code}</f><v>{shown}</v></c>'

    formulas = (
        ('HYPERLINK("mailto:ana.ruiz@contoso.com","Ana Ruiz")', "Ana Ruiz"),
        ('hyperlink( "mailto:bo.berg@contoso.com?subject=Hi" , "Bo ""B"" Berg" )', "Bo Berg"),
        ('HYPERLINK("mailto:"&amp;A4,"Cy Cole")', "Cy Cole"),
        ('HYPERLINK("mailto:ana.ruiz@contoso.com","Di Dorn")', "Di Dorn"),
        ('HYPERLINK("https://contoso.com/ed","Ed")', "Ed"),
        ('UPPER("mailto:ana.ruiz@contoso.com")', "Ana Ruiz"),
        ('HYPERLINK("mailto:fay@contoso.com,gus@contoso.com","Fay")', "Fay"),
    )
    rows = HEADS + "".join(
        row(number, text(f"A{number}", str(number)), formula(number, *one))
        for number, one in enumerate(formulas, start=2)
    )

    found = [row.cells["organizer"][0] for row in opened(book(sheet(rows))).rows()]

    assert found == [
        "Ana Ruiz <ana.ruiz@contoso.com>",
        "Bo Berg <bo.berg@contoso.com>",
        "Cy Cole",
        "Di Dorn",
        "Ed",
        "Ana Ruiz",
        "Fay",
    ]
