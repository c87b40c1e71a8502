"""python-calamine, the one reader of cells, fed with what has been checked and nothing else.

It gets a small package of one sheet with its strings and styles, packed as they lie in the workbook. So it reads the
very part that results will be spliced into, whatever the workbook's parts are called, and never meets a part
that was not unpacked within limits first. What it can't see (error cells, formulas without a saved result) is `scan`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from python_calamine import CalamineError, CalamineWorkbook

from importer.core.model import Unreadable
from importer.tables.ooxml.archive import Archive, Member, Packed, pack
from importer.tables.ooxml.markup import check, decode, mask, spelled_out
from importer.tables.ooxml.rebuild import assemble
from importer.tables.refusal import damaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.core.model import Cell
    from importer.tables.ooxml.package import Package

Raw: TypeAlias = str | float | bool | datetime | date | time | timedelta
"""What calamine gives for a cell; the empty text where there is nothing it can see."""

_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET, _STRINGS, _STYLES = "xl/worksheets/sheet{}.xml", "xl/sharedStrings.xml", "xl/styles.xml"

_EXACT = 1e21
"""Below this a whole number is given as int, so that 12345 reads as it was typed."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the sheets of a workbook share, checked and ready for the reader."""

    shared: dict[str, Packed]
    dates_from_1904: bool


def shared_parts(package: Package) -> Parts:
    """Gives strings and styles; raises Stop when they are damaged or too large."""
    members = ((_STRINGS, package.strings, "sst"), (_STYLES, package.styles, "styleSheet"))
    shared = {name: _checked(package.archive, member, root) for name, member, root in members if member}
    return Parts(shared, package.dates_from_1904)


class Book(NamedTuple):
    """An open package of a few sheets, and the file's name."""

    workbook: CalamineWorkbook
    name: str


def open_book(parts: Parts, sheets: Sequence[Packed], name: str) -> Book:
    """Opens a package of these sheets; raises Stop when the reader can't make sense of it."""
    numbered = {_SHEET.format(index): sheet for index, sheet in enumerate(sheets, start=1)}
    frame = _frame(len(sheets), dates_from_1904=parts.dates_from_1904)
    try:
        return Book(CalamineWorkbook.from_filelike(BytesIO(assemble(frame | parts.shared | numbered))), name)
    except CalamineError as error:
        raise damaged(name, f"reader: {error}") from error


def rows_of(book: Book, index: int) -> Iterator[tuple[int, Sequence[Raw]]]:
    """Gives a sheet's rows from the first, each with its number and its cells from column A; raises as `open_book`."""
    try:
        grid = book.workbook.get_sheet_by_index(index)
    except CalamineError as error:
        raise damaged(book.name, f"reader: {error}") from error
    margin = [""] * (grid.start[1] if grid.start else 0)
    for number, row in enumerate(grid.iter_rows(), start=1):
        yield number, [*margin, *row] if margin else row


def plain(raw: Raw | Unreadable) -> Cell:
    """Gives a cell's value as the file says it: blank is None, a whole number an int."""
    if type(raw) is str:
        return raw or None
    if type(raw) is float and raw.is_integer() and abs(raw) < _EXACT:
        return int(raw)
    return raw


def shown(value: Cell) -> str:
    """Gives a value as text, near enough to what the sheet shows to recognise it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case datetime():
            return value.isoformat(" ")
        case Unreadable():
            return value.text
        case _:
            return str(value)


def _checked(archive: Archive, member: Member, root: str) -> Packed:
    """Gives a part for the reader: as it lies if it is in UTF-8, else in UTF-8.

    The reader sets memory aside for as many strings as a part says it has, and a process can't survive being asked
    for more than there is. A string takes more than a byte, so the part's size is the limit.
    """
    text = None
    if decode_needed(next(archive.chunks(member), b"")):
        text = decode(archive.read(member), archive.name).utf8
    size = 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for chunk in [text] if text else archive.chunks(member):
            size += len(chunk)
            yield chunk

    top = check(counted(), archive.name, encoding="utf-8" if text else None)
    if top.name != root or int(_digits(top.attributes.get("uniqueCount", ""))) > size:
        raise damaged(archive.name, f"{member.name} is no {root}, or has fewer strings than it says")
    return pack([spelled_out(text)]) if text else archive.packed(member)


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() else "0"


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


def _frame(sheets: int, *, dates_from_1904: bool) -> dict[str, Packed]:
    """Gives the parts round the sheets: just enough to be a workbook."""
    parts = [_SHEET.format(index) for index in range(1, sheets + 1)]
    kinds = [("xl/workbook.xml", "sheet.main"), (_STYLES, "styles"), (_STRINGS, "sharedStrings")]
    kinds += [(part, "worksheet") for part in parts]
    override = '<Override PartName="/{}" ContentType="{}.{}+xml"/>'
    types = "".join(override.format(part, _TYPES, kind) for part, kind in kinds)
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    listed = "".join(f'<sheet name="{index}" sheetId="{index}" r:id="r{index}"/>' for index in range(1, sheets + 1))
    texts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{rels}"/>{types}</Types>',
        "_rels/.rels": _links([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        f'<workbookPr date1904="{int(dates_from_1904)}"/><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _links(
            [*(("worksheet", part) for part in parts), ("styles", _STYLES), ("sharedStrings", _STRINGS)]
        ),
    }
    return {name: pack([text.encode()]) for name, text in texts.items()}


def _links(links: Iterable[tuple[str, str]]) -> str:
    one = '<Relationship Id="r{}" Type="{}/{}" Target="/{}"/>'
    inside = "".join(one.format(index, _RELATIONS, kind, part) for index, (kind, part) in enumerate(links, start=1))
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'
