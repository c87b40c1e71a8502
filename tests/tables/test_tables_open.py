"""Files that can't be used: each gets one sentence that says what to do, and none is changed or left half-written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from importer.core.model import ExitCode, Stop
from importer.tables import FILE_LIMIT, read_file, read_table
from importer.tables.base import SheetRequest
from tests.tables.packages import (
    HEADINGS,
    MAIN,
    ROSTER,
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
    from pathlib import Path

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'


def without(name: str) -> bytes:
    return zipped({part: content for part, content in parts().items() if part != name})


def strung(attributes: str) -> bytes:
    """A workbook whose shared strings have these attributes."""
    links = relations(
        ("rId1", "worksheet", "worksheets/sheet1.xml"),
        ("rId2", "styles", "styles.xml"),
        ("rId3", "sharedStrings", "sharedStrings.xml"),
    )
    return zipped(parts(strings=f'{XML}<sst xmlns="{MAIN}"{attributes}><si><t>a</t></si></sst>', links=links))


CASES = [
    ("a.xlsx", b"", "file-empty"),
    ("a.doc", b"x", "file-type-unknown"),
    ("a", book(), "file-type-unknown"),
    ("a.xlsx", COMPOUND, "workbook-old-format"),
    ("a.xls", COMPOUND, "workbook-old-format"),
    ("a.csv", COMPOUND, "workbook-old-format"),
    ("a.xlsx", COMPOUND + "EncryptedPackage".encode("utf-16-le"), "workbook-encrypted"),
    ("a.xls", b"<html><table></table></html>", "workbook-old-format"),
    ("a.xlsb", book(), "workbook-binary"),
    ("a.ods", b"PK", "workbook-opendocument"),
    ("a.xltx", book(), "workbook-template"),
    ("a.xlsx", b"<!DOCTYPE html><html><body><table></table></body></html>", "not-a-workbook"),
    ("a.xlsx", b"External ID,Organizer\n1,a@b.c\n", "not-a-workbook"),
    ("a.csv", book(), "workbook-named-csv"),
    ("a.xlsx", zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "workbook-opendocument"),
    ("a.xlsx", zipped({"readme.txt": "hello"}), "not-a-workbook"),
    ("a.xlsx", zipped({"mimetype": "application/epub+zip"}), "not-a-workbook"),
    ("a.xlsx", book(types=types(workbook="template.main")), "workbook-template"),
    ("a.xlsx", book(types=types(workbook="sheet.binary.macroEnabled.main")), "workbook-binary"),
    ("a.xlsx", book(types=types().replace("spreadsheetml.sheet", "wordprocessingml.document")), "not-a-workbook"),
    ("a.xlsx", book(workbook=f"{XML}<document xmlns='{MAIN}'/>"), "not-a-workbook"),
    ("a.xlsx", without("xl/workbook.xml"), "workbook-damaged"),
    ("a.xlsx", without("_rels/.rels"), "workbook-damaged"),
    ("a.xlsx", without("xl/worksheets/sheet1.xml"), "workbook-damaged"),
    ("a.xlsx", book(sheet()[:-9]), "workbook-damaged"),
    ("a.xlsx", book(sheet().encode() + b"\xff"), "workbook-damaged"),
    ("a.xlsx", book(workbook=workbook()[:-3]), "workbook-damaged"),
    ("a.xlsx", book(styles="<styleSheet>"), "workbook-damaged"),
    ("a.xlsx", zipped(parts() | {"_xmlsignatures/sig1.xml": "x"}), "workbook-signed"),
    (
        "a.xlsx",
        book(top=relations(("r1", "officeDocument", "xl/workbook.xml"), ("r2", "origin", "s/origin.sigs"))),
        "workbook-signed",
    ),
    ("a.xlsx", book(sheet().replace("<worksheet", ENTITIES + "<worksheet")), "workbook-unusual"),
    ("a.xlsx", book(workbook=workbook().replace("<workbook", ENTITIES + "<workbook")), "workbook-unusual"),
    ("a.xlsx", book(styles=f'{XML}<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'), "workbook-unusual"),
    ("a.xlsx", book(workbook=workbook("")), "sheet-none"),
    ("a.xlsx", book(sheet(before="<x><y:sheetData xmlns:y='y'/></x>")), "workbook-unusual"),
    ("a.xlsx", strung(' uniqueCount="99999999999"'), "workbook-damaged"),
    ("a.xlsx", book(styles="<sst/>"), "workbook-damaged"),
    ("a.xlsx", book(workbook=workbook("<x/>" * 200_001)), "workbook-too-large"),
    ("a.xlsx", book(sheet(ROSTER + texts(1_048_577, "x"))), "too-many-rows"),
    ("a.xlsx", book(sheet(ROSTER + row(1_000_000, text("Z1000000", "x")))), "sheet-too-large"),
    ("a.xlsx", book(sheet(ROSTER + row(9, text("XFD9", "x")) + texts(9_999, "x"))), "sheet-too-large"),
    ("a.xlsx", book(sheet(ROSTER + row(9, text("XFE9", "x")))), "workbook-unusual"),
    ("a.xlsx", book(sheet(texts(1, *HEADINGS, "Organizer"))), "heading-twice"),
    ("a.csv", b"a\0b,c", "csv-nul"),
    ("a.csv", "External ID,Organizer".encode("utf-16")[:-1], "csv-nul"),
    ("a.csv", b'External ID,Organizer\n1,"a\n2,b', "csv-quote-open"),
    ("a.csv", b"External ID,Organizer;x\tExternal ID;Organizer,y", "no-header-row"),
    ("a.csv", b"Name,Class\n", "no-header-row"),
    ("a.csv", b"External ID,Organizer\n1" + b"," * 20_000, "sheet-too-large"),
    ("a.csv", b"\n" * 1_048_577 + b"External ID,Organizer", "no-header-row"),
    ("a.csv", b"External ID,Organizer\n" + b"\n" * 1_048_577, "too-many-rows"),
]


@pytest.mark.parametrize(("name", "data", "code"), CASES, ids=[f"{at} {case[2]}" for at, case in enumerate(CASES)])
def test_a_file_that_can_not_be_used_is_refused_with_a_sentence(name: str, data: bytes, code: str) -> None:
    with pytest.raises(Stop) as stop:
        opened(data, name)
    found = stop.value
    assert (found.problem.code, found.exit_code) == (code, ExitCode.INPUT)
    assert found.problem.message.endswith(".")
    assert "{" not in found.problem.message


def test_a_delimiter_that_could_be_either_is_asked_for() -> None:
    data = b"External ID,Organizer\n1,a@b.c\nExternal ID;Organizer\n"
    with pytest.raises(Stop) as stop:
        opened(data, "a.csv")
    assert stop.value.problem.code == "csv-delimiter-unclear"
    assert "a comma or a semicolon" in stop.value.problem.message
    assert [one.number for one in opened(data, "a.csv", delimiter=",").rows()] == [2, 3]
    assert opened(b"sep=,\n" + data, "a.csv").layout.header_row == 1


def test_a_format_far_away_is_no_cell_far_away() -> None:
    wide = "".join(f'<c r="{one}1000000" s="1"/>' for one in ("A", "Z", "ZZ", "XFD"))
    table = opened(book(sheet(ROSTER + row(1_000_000, wide))))
    assert [one.number for one in table.rows()] == [2, 3]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(Stop) as stop:
        read_file(tmp_path / "none.xlsx")
    assert stop.value.problem.code == "file-not-found"
    assert "none.xlsx" in stop.value.problem.message


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(Stop) as stop:
        read_file(tmp_path)
    assert stop.value.problem.code == "file-not-readable"


def test_a_file_is_read_once_and_may_be_gone_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    path.write_bytes(book())
    with path.open("rb"):
        table = read_table(read_file(path), path.name, SheetRequest())
    path.unlink()
    assert table.with_results({2: {"status": "created"}}, ["status"])
    assert not list(tmp_path.iterdir())


def test_a_file_beyond_all_measure_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        os.truncate(file.fileno(), FILE_LIMIT + 10_000)
    with pytest.raises(Stop) as stop:
        read_table(read_file(path), path.name, SheetRequest())
    assert stop.value.problem.code == "file-too-large"


def test_the_name_is_enough_to_read_bytes() -> None:
    assert read_table(book(), "A.XLSM", SheetRequest()).sheet == "Roster"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"Subject;External ID;Organisor\nx;1;ana@contoso.com\n"),
        ("a.xlsx", book(sheet(texts(1, "Subject", "External ID", "Organisor")))),
    ],
)
def test_a_heading_that_is_nearly_right_is_named(name: str, data: bytes) -> None:
    with pytest.raises(Stop) as stop:
        read_table(data, name, SheetRequest())

    assert "'Organisor' in row 1 looks like Organizer. Add" in stop.value.problem.message


def test_only_the_heading_row_that_was_named_is_looked_at() -> None:
    data = b"Subject;External ID;Organisor\nx;1;ana@contoso.com\n"
    with pytest.raises(Stop) as stop:
        read_table(data, "a.csv", SheetRequest(header_row=2))

    assert "looks like" not in stop.value.problem.message
