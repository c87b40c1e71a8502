"""Workbooks written by hand, part by part, so that a test can have any oddity a real program has ever produced."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, TypedDict, Unpack

from importer.core.columns import RESULT_COLUMNS
from importer.tables import read_table
from importer.tables.base import SheetRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.core.texts import Languages
    from importer.tables.base import Table

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET = "xl/worksheets/sheet1.xml"
SHEET_RELS = "xl/worksheets/_rels/sheet1.xml.rels"
WORKBOOK = "xl/workbook.xml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
KEYS = tuple(column.key for column in RESULT_COLUMNS)
HEADINGS = ("External ID", "Subject", "Organizer")

Parts = dict[str, str | bytes]


class Asked(TypedDict, total=False):
    """What a test asks of the reader besides the file."""

    sheet: str | None
    header_row: int | None
    mapping: Mapping[str, tuple[str, ...]]
    delimiter: str | None
    encoding: str | None
    required: frozenset[str]
    languages: Languages


_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def text(reference: str, value: str, more: str = "") -> str:
    """A cell with text, as an inline string."""
    return f'<c r="{reference}"{more} t="inlineStr"><is><t>{value}</t></is></c>'


def row(number: int, *cells: str, more: str = "") -> str:
    return f'<row r="{number}"{more}>{"".join(cells)}</row>'


def texts(number: int, *values: str, more: str = "") -> str:
    """A row of texts from column A; an empty one leaves its cell out."""
    cells = [text(f"{chr(65 + at)}{number}", value) for at, value in enumerate(values) if value]
    return row(number, *cells, more=more)


ROSTER = (
    texts(1, *HEADINGS) + texts(2, "00042", "Maths", "ana@contoso.com") + texts(3, "N/A", "Music", "bob@contoso.com")
)


def sheet(rows: str = ROSTER, *, before: str = "", after: str = "", root: str = "") -> str:
    """A worksheet part with these rows, and XML before and after its `sheetData`."""
    declared = f'xmlns="{MAIN}" xmlns:r="{RELATIONS}"'
    return f"{XML}<worksheet {declared}{root}>{before}<sheetData>{rows}</sheetData>{after}</worksheet>"


def relations(*links: tuple[str, str, str], base: str = RELATIONS) -> str:
    """A part of relationships: id, kind, target; addresses are external."""
    one = '<Relationship Id="{}" Type="{}/{}" Target="{}"{}/>'
    inside = "".join(
        one.format(name, base, kind, target, ' TargetMode="External"' if kind == "hyperlink" or "://" in target else "")
        for name, kind, target in links
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{inside}</Relationships>'


def types(*overrides: tuple[str, str], workbook: str = "sheet.main") -> str:
    known = ((WORKBOOK, f"{_KIND}.{workbook}+xml"), (SHEET, f"{_KIND}.worksheet+xml"), *overrides)
    inside = "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in known)
    return (
        f'{XML}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{inside}</Types>'
    )


def workbook(
    sheets: str = '<sheet name="Roster" sheetId="1" r:id="rId1"/>', *, before: str = "", after: str = ""
) -> str:
    declared = f'xmlns="{MAIN}" xmlns:r="{RELATIONS}"'
    return f"{XML}<workbook {declared}>{before}<sheets>{sheets}</sheets>{after}</workbook>"


_FORMATS = (0, 170, 14, 20, 46, 49)
STYLES = (
    f'{XML}<styleSheet xmlns="{MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="170" formatCode="yyyy\\-mm\\-dd hh:mm"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill>'
    '<patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6">'
    + "".join(f'<xf numFmtId="{one}" fontId="0" fillId="0" borderId="0" xfId="0"/>' for one in _FORMATS)
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
"""Cell formats: 0 general, 1 date and time, 2 date, 3 time, 4 [h]:mm:ss, 5 text."""


def parts(sheet_part: str | bytes | None = None, **more: str | bytes) -> Parts:
    """The parts of a small workbook; `more` names others by file name without folder (`styles`, `workbook`)."""
    found: Parts = {
        "[Content_Types].xml": types(),
        "_rels/.rels": relations(("rId1", "officeDocument", WORKBOOK)),
        WORKBOOK: workbook(),
        "xl/_rels/workbook.xml.rels": relations(
            ("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "styles", "styles.xml")
        ),
        "xl/styles.xml": STYLES,
        SHEET: sheet() if sheet_part is None else sheet_part,
    }
    return found | {_NAMES[name]: content for name, content in more.items()}


_NAMES = {
    "types": "[Content_Types].xml",
    "workbook": WORKBOOK,
    "links": "xl/_rels/workbook.xml.rels",
    "top": "_rels/.rels",
    "styles": "xl/styles.xml",
    "strings": "xl/sharedStrings.xml",
    "table": "xl/tables/table1.xml",
    "sheet_links": SHEET_RELS,
    "picture": "xl/media/image1.png",
}


def zipped(content: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    """The parts as a package."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.comment = comment
        for name, part in content.items():
            archive.writestr(zipfile.ZipInfo(name, (2021, 2, 3, 4, 5, 6)), part, method)
    return out.getvalue()


def book(sheet_part: str | bytes | None = None, **more: str | bytes) -> bytes:
    """A small workbook as bytes."""
    return zipped(parts(sheet_part, **more))


def opened(data: bytes, name: str = "roster.xlsx", **request: Unpack[Asked]) -> Table:
    return read_table(data, name, SheetRequest(**request))


def part_of(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def names_of(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.namelist()
