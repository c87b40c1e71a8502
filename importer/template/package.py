"""Turns the workbook into a file: the same bytes for the same workbook, and the three things openpyxl can't write."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING
from xml.etree.ElementTree import canonicalize
from xml.sax.saxutils import quoteattr

from importer.template import words

if TYPE_CHECKING:
    from openpyxl import Workbook

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip member can have; the time of making is of no use and would differ each time."""

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

ALT_TEXT = (
    '<extLst><ext uri="{{504A1905-F514-4f6f-8877-14C23A59335A}}" '
    'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
    "<x14:table altText={title} altTextSummary={summary}></x14:table></ext></extLst>"
)
"""A table's alternative text ([MS-XLSX] 2.6.45, table extension)."""

IGNORED_ERRORS = (
    '<ignoredErrors><ignoredError calculatedColumn="1" numberStoredAsText="1" sqref="{cells}"></ignoredError>'
    "</ignoredErrors>"
)
"""No green corner on `00123`: its menu offers to convert it to a number, which is what loses the zeros."""


PROGRAM = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>meeting-importer</Application></Properties>"
)
"""openpyxl would put its version here, and the bytes would change with it."""


def packed(book: Workbook) -> bytes:
    """Gives the bytes of the .xlsx, the first sheet's table with what openpyxl leaves out.

    Every part is written in canonical form, so that it does not matter whether lxml is installed.
    """
    raw, out = io.BytesIO(), io.BytesIO()
    cells = " ".join(table.ref for table in book.worksheets[0].tables.values())
    book.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            text = _finish(name, canonicalize(source.read(name).decode()), cells)
            target.writestr(_member(name), DECLARATION + text)
    return out.getvalue()


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = 0  # or the machine's own kind would stand in the file
    return member


def _finish(name: str, text: str, cells: str) -> str:
    match name:
        case "docProps/app.xml":
            return PROGRAM
        case "docProps/core.xml":
            return _without_clock(text)
        case "xl/tables/table1.xml":
            title, summary = quoteattr(words.TABLE_TITLE), quoteattr(words.TABLE_SUMMARY)
            return _before(text, "</table>", ALT_TEXT.format(title=title, summary=summary))
        case "xl/worksheets/sheet1.xml":
            return _before(_with_blank_results(text), "<tableParts", IGNORED_ERRORS.format(cells=cells))
        case _:
            return text


def _without_clock(text: str) -> str:
    """Gives the properties with the time of creation for the time of the last change."""
    created = re.search(r"<dcterms:created[^>]*>([^<]*)<", text)
    return re.sub(r"(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{created[1]}", text) if created else text


def _with_blank_results(text: str) -> str:
    """Says of each formula that its result is an empty text, so that a reader that can't calculate sees a blank."""
    return re.sub(r'(<c r="[A-Z]+\d+" s="\d+")(><f>[^<]*</f>)<v></v>', r'\1 t="str"\2<v></v>', text)


def _before(text: str, mark: str, added: str) -> str:
    return text.replace(mark, added + mark, 1)
