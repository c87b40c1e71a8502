"""python-calamine, the one reader of cells, fed with what has been checked and nothing else.

It gets a small package of one sheet with its strings and styles, packed as they lie in the workbook. So it reads the
very part that results will be spliced into, whatever the workbook's parts are called, and never meets a part
that was not unpacked within limits first. What it can't see (error cells, formulas without a saved result) is `scan`'s.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

from python_calamine import CalamineError, CalamineWorkbook

from importer.tables.ooxml.archive import Archive, Member, Packed, pack
from importer.tables.ooxml.markup import check, decode, mask, spelled_out
from importer.tables.ooxml.rebuild import assemble
from importer.tables.refusal import damaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.core.model import CellValue
    from importer.tables.ooxml.package import Package

Raw: TypeAlias = str | float | bool | datetime | date | time | timedelta
"""What calamine gives for a cell; the empty text where there is nothing it can see."""

Parts: TypeAlias = dict[str, Packed]
"""A package's parts besides the sheet, ready for the reader."""

_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET, _STRINGS, _STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"

_EXACT = 1e21
"""Below this a whole number is given as int, so that 12345 reads as it was typed."""


def shared_parts(package: Package) -> Parts:
    """Gives strings and styles, checked; raises Stop when they are damaged or too large."""
    parts = {_STRINGS: package.strings, _STYLES: package.styles}
    return _frame(dates_from_1904=package.dates_from_1904) | {
        name: _checked(package.archive, member) for name, member in parts.items() if member
    }


def read_rows(parts: Parts, sheet: Packed, name: str) -> Iterator[tuple[int, Sequence[Raw]]]:
    """Gives the sheet's rows from the first, each with its number and its cells from column A.

    Raises Stop when the reader can't make sense of the sheet.
    """
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(assemble(parts | {_SHEET: sheet})))
        grid = book.get_sheet_by_index(0)
        margin = [""] * (grid.start[1] if grid.start else 0)
        rows: Iterable[list[Raw]] = grid.iter_rows()
    except CalamineError as error:
        raise damaged(name, f"reader: {error}") from error
    for number, row in enumerate(rows, start=1):
        yield number, [*margin, *row] if margin else row


def plain(raw: Raw) -> CellValue:
    """Gives a cell's value as the file says it: blank is None, a whole number an int."""
    if raw == "":
        return None
    if type(raw) is float and raw.is_integer() and abs(raw) < _EXACT:
        return int(raw)
    return raw


def shown(value: CellValue) -> str:
    """Gives a value as text, near enough to what the sheet shows to recognise it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case datetime():
            return value.isoformat(" ")
        case _:
            return str(value)


def _checked(archive: Archive, member: Member) -> Packed:
    """Gives a part for the reader: as it lies if that will do, else in UTF-8 without what the reader overlooks."""
    head = next(archive.chunks(member), b"")
    if decode_needed(head):
        text = decode(archive.read(member), archive.name).utf8
        check([text], archive.name, encoding="utf-8")
        return pack([spelled_out(text)])
    odd = False

    def watched() -> Iterator[bytes]:
        nonlocal odd
        for chunk in archive.chunks(member):
            odd = odd or b"<!" in chunk
            yield chunk

    check(watched(), archive.name)
    return pack([spelled_out(archive.read(member))]) if odd else archive.packed(member)


def decode_needed(head: bytes) -> bool:
    """Whether a part that begins like this is in another encoding than UTF-8."""
    declaration = head[:200].partition(b"?>")[0].lower()
    return (
        head[:1] in {b"\0", b"\xff", b"\xfe"}
        or b"\0" in head[:4]
        or (b"encoding" in declaration and b"utf-8" not in declaration)
    )


def sheet_packed(text: bytes) -> Packed:
    """Gives a sheet's text, already checked, for the reader."""
    return pack([spelled_out(text) if mask(text) is not text else text])


def _frame(*, dates_from_1904: bool) -> Parts:
    """Gives the parts round a sheet: just enough to be a workbook."""
    override = '<Override PartName="/{}" ContentType="{}.{}+xml"/>'
    kinds = (("xl/workbook.xml", "sheet.main"), (_SHEET, "worksheet"), (_STYLES, "styles"), (_STRINGS, "sharedStrings"))
    types = "".join(override.format(part, _TYPES, kind) for part, kind in kinds)
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    links = (("worksheet", _SHEET), ("styles", _STYLES), ("sharedStrings", _STRINGS))
    texts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{rels}"/>{types}</Types>',
        "_rels/.rels": _links((("officeDocument", "xl/workbook.xml"),)),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        f'<workbookPr date1904="{int(dates_from_1904)}"/>'
        '<sheets><sheet name="Sheet" sheetId="1" r:id="r0"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _links(links),
    }
    return {name: pack([text.encode()]) for name, text in texts.items()}


def _links(links: Iterable[tuple[str, str]]) -> str:
    one = '<Relationship Id="r{}" Type="{}/{}" Target="/{}"/>'
    inside = "".join(one.format(index, _RELATIONS, kind, part) for index, (kind, part) in enumerate(links))
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'
