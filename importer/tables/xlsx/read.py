"""A sheet read by python-calamine, the one reader of cells, which is fed with what has been checked and nothing else.

It gets a small package of one sheet with its strings and styles, packed as they lie in the workbook. So it reads the
very part that results will be spliced into, whatever the workbook's parts are called, and never meets a part
that was not unpacked within limits first. The sheet's text is loaded whole, or just its first rows. What the reader of
cells does not see (errors, formulas without a saved result, hidden rows, bounds) is found in that text by `survey`.

The reader holds all cells of a sheet at once. So a long sheet is given to it in pieces of some thousand rows, each as a
sheet of its own in the package, and what it holds does not grow with the rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from python_calamine import CalamineError, CalamineWorkbook

from importer.core.layout import LAST_COLUMN_COUNT
from importer.core.model import CellError, CellFault
from importer.tables.base import damaged, refused
from importer.tables.ooxml import FASTEST, Archive, Member, Packed, assemble, pack
from importer.tables.ooxml.markup import (
    PartText,
    attributes,
    check_well_formed,
    decode_part,
    mask,
    spelled_out,
    unescape,
)
from importer.tables.ooxml.sheet import SheetPart, column_of, open_sheet, row_markup
from importer.tables.ooxml.sheet import cell as grid_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.core.model import Cell
    from importer.tables.ooxml.package import Package, SheetEntry
    from importer.tables.ooxml.sheet import CellMarkup


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
class SharedParts:
    """What the sheets of a workbook share, checked and ready for the reader."""

    shared: dict[str, Packed]
    dates_from_1904: bool


def shared_parts(package: Package) -> SharedParts:
    """Return strings and styles; raise Stop when they are damaged or too large."""
    members = ((_STRINGS, package.strings, "sst"), (_STYLES, package.styles, "styleSheet"))
    shared = {name: _checked(package.archive, member, root) for name, member, root in members if member}
    return SharedParts(shared, package.dates_from_1904)


class OpenWorkbook(NamedTuple):
    """An open package of a few sheets, and the file's name."""

    workbook: CalamineWorkbook
    name: str


def open_sheets(parts: SharedParts, sheets: Sequence[Packed], name: str) -> OpenWorkbook:
    """Open a package of these sheets; raise Stop when the reader can't make sense of it."""
    numbered = {_SHEET.format(index): sheet for index, sheet in enumerate(sheets, start=1)}
    frame = _frame(len(sheets), dates_from_1904=parts.dates_from_1904)
    try:
        return OpenWorkbook(CalamineWorkbook.from_filelike(BytesIO(assemble(frame | parts.shared | numbered))), name)
    except CalamineError as error:
        raise damaged(name, f"reader: {error}") from error


def rows_of(book: OpenWorkbook, index: int, count: int = 1) -> Iterator[tuple[int, list[Raw]]]:
    """Return a sheet's rows from the first, each with its number and its cells from A; raise as `open_sheets`.

    It is the sheet at `index` of the package, or as many from there on as it has pieces.
    """
    number = 0
    for piece in range(index, index + count):
        try:
            grid = book.workbook.get_sheet_by_index(piece)
        except CalamineError as error:
            raise damaged(book.name, f"reader: {error}") from error
        above, left = grid.start or (0, 0)
        yield from ((blank, []) for blank in range(number + 1, above + 1))
        margin = [""] * left
        rows = grid.to_python() if above else grid.iter_rows()  # which begin with the first row, filled or not
        for number, row in enumerate(rows, start=above + 1):
            yield number, [*margin, *row] if margin else row


def plain(raw: Raw | CellError) -> Cell:
    """Return a cell's value as the file says it: blank is None, a whole number an int."""
    if type(raw) is str:
        return raw or None
    if type(raw) is float and raw.is_integer() and abs(raw) < _EXACT:
        return int(raw)
    return raw


def cell_text(value: Cell) -> str:
    """Return a value as text, near enough to what the sheet shows to recognise it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case datetime():
            return value.isoformat(" ")
        case CellError():
            return value.text
        case _:
            return str(value)


def _checked(archive: Archive, member: Member, root: str) -> Packed:
    """Return a part for the reader: as it lies if it is in UTF-8, else in UTF-8.

    The reader sets memory aside for as many strings as a part says it has, and a process can't survive being asked
    for more than there is. A string takes more than a byte, so the part's size is the limit.
    """
    text = None
    if decode_needed(next(archive.chunks(member), b"")):
        text = decode_part(archive.read(member), archive.name).utf8
    size = 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for chunk in [text] if text else archive.chunks(member):
            size += len(chunk)
            yield chunk

    top = check_well_formed(counted(), archive.name, encoding="utf-8" if text else None)
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
    """Return a sheet's text, already checked, for the reader."""
    return pack([spelled_out(text) if mask(text) is not text else text], level=FASTEST)


def pieces_of(package: Package, entry: SheetEntry, sheet: SheetPart, cuts: Sequence[int]) -> tuple[Packed, ...]:
    """Return the sheet for the reader, in pieces that begin at `cuts`; a whole one as it lies if it can be read so."""
    if cuts:
        edges = (sheet.data.inner, *cuts, sheet.data.close)
        return tuple(sheet_packed(_with_rows(sheet, start, end)) for start, end in pairwise(edges))
    raw = package.archive.packed(package.member(entry.part))
    same = raw.size == len(sheet.text) and sheet.masked is sheet.text
    return (raw if same else sheet_packed(sheet.text),)


def _with_rows(sheet: SheetPart, start: int, end: int) -> bytes:
    """Return the sheet's text without the rows before `start` and from `end` on, and without merged cells.

    It says so before the rows: the reader would go through all of them once more to look for merged cells behind.
    """
    text, data = sheet.text, sheet.data
    none = b"<%bmergeCells/>" % sheet.prefix
    around = (text[: data.start], none, text[data.start : data.inner], text[start:end], text[data.close : data.end])
    return b"%b%b%b%b%b</%b>" % (*around, sheet.root.name)


def _frame(sheets: int, *, dates_from_1904: bool) -> dict[str, Packed]:
    """Return the parts round the sheets: just enough to be a workbook."""
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


_ENOUGH = 4 * 1024 * 1024
"""Bytes of a sheet in which its heading row must lie, when there are several sheets to choose from."""

_ROW_END = b"</row>"


def load_sheet(package: Package, entry: SheetEntry) -> SheetPart:
    """Return a sheet, unpacked within limits and checked; raise Stop when it is damaged or too large."""
    name = package.archive.name
    text = decode_part(package.archive.read(package.member(entry.part)), name)
    check_well_formed([text.utf8], name, encoding="utf-8")
    return open_sheet(text.utf8, name)


def reload_sheet(package: Package, entry: SheetEntry) -> tuple[PartText, SheetPart]:
    """Return a sheet that was loaded before, with the way back to its part's encoding."""
    text = decode_part(package.archive.read(package.member(entry.part)), package.archive.name)
    return text, open_sheet(text.utf8, package.archive.name)


def load_beginning(package: Package, entry: SheetEntry) -> SheetPart:
    """Return a sheet's first rows as a sheet of their own, so that a big sheet beside the roster costs little."""
    member, name, head = package.member(entry.part), package.archive.name, BytesIO()
    for chunk in package.archive.chunks(member):
        head.write(chunk)
        if head.tell() >= _ENOUGH:
            break
    text = head.getvalue()
    cut = text.rfind(_ROW_END)
    if len(text) < _ENOUGH or cut < 0 or b"<sheetData" not in text:
        return load_sheet(package, entry)
    text = text[: cut + len(_ROW_END)] + b"</sheetData></worksheet>"
    check_well_formed([text], name)
    return open_sheet(text, name)


def first_rows(sheet: SheetPart, depth: int) -> bytes:
    """Return the sheet's text without the rows below number `depth`."""
    if sheet.data.closed:
        return sheet.text
    return _with_rows(sheet, sheet.data.inner, max(_row_ends(sheet, depth), default=sheet.data.inner))


def _row_ends(sheet: SheetPart, depth: int) -> Iterator[int]:
    for row in sheet.rows():
        if row.number > depth:
            return
        yield row.end


AREA_LIMIT = 10_000_000
"""Cells in the rectangle from A1 to the last cell: where the reader holds all of them, at about 30 bytes each."""

PIECE = 4_096
"""Rows that the reader is given at once."""

_ONE_LETTER = 26
"""Columns up to Z."""

_FAR = re.compile(rb'="([A-Z]{2,3})\d')

_WHOLE = (
    rb"@STYLED@[^<>]*>(?:<@P@f(?=[\s/>])[^<>]*(?:/>|>[^<]*</@P@f\s*>))?"
    rb"<@P@v\s*>\s*\d{3,7}(?:\.0*)?\s*</@P@v\s*>"
)
"""A cell, from its style on, whose value is a whole number, which as a date is a day's midnight."""
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s[^<>]*>")
_STYLES_OF_CELLS = re.compile(rb"<(?:\w+:)?cellXfs[\s>].*?</(?:\w+:)?cellXfs\s*>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf(?=[\s/>])[^<>]*>")
_SHOWN_AS_IT_IS = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
"""What a format shows as it is, and its colours, conditions and languages (ECMA-376 part 1, 18.8.31)."""
_TIMES_BUILT_IN = frozenset({18, 19, 20, 21, 22, 32, 33, 34, 35, 45, 46, 47, 55, 56})
"""Formats with a time of day that files name by number alone (ECMA-376 part 1, 18.8.30)."""

_ERROR = re.compile(rb"""\st\s*=\s*["']e["']""")


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found on the way through a sheet.

    `faults` are by row and column; `hidden` are the numbers of hidden rows; `right` is the last cell's column. `cuts`
    are the places in the text where the reader's next piece can begin: at rows that say their own number.
    """

    hidden: frozenset[int]
    faults: dict[tuple[int, int], CellError]
    right: int
    cuts: tuple[int, ...]


def survey(sheet: SheetPart) -> Survey:
    """Go through the sheet once; raise Stop when it is too large to be read or not such as programs write."""
    hidden: set[int] = set()
    cuts: list[int] = []
    bottom = right = 0
    end = PIECE
    for number, found, plain in sheet.row_matches():
        if plain:
            rest, name = found.group("rest", "last")
            last = column_of(name) if name else -1
        else:
            rest, row = found["rest"], row_markup(number, found, plain=False)
            last = max((cell.column for cell in sheet.cells(row)), default=-1)
        if last >= 0:
            bottom, right = number, max(right, last)
        if b"hidden" in rest and attributes(rest).get(b"hidden") in {b"1", b"true"}:
            hidden.add(number)
        if number > end and plain:
            cuts.append(found.start("row"))
            end = number - 1 + PIECE
    _refuse_vast(sheet, bottom, right)
    return Survey(frozenset(hidden), dict(_faults(sheet)), right, tuple(cuts))


def midnights_shown(sheet: SheetPart, styles: bytes, columns: frozenset[int]) -> frozenset[tuple[int, int]]:
    """Return row and column of the dates in `columns` that are a day's midnight and whose cells show the time of day.

    The reader gives a date at midnight as a day, whatever the cell shows: 00:00 that can be seen was meant.
    """
    shown = _styles_with_times(styles)
    if not shown:
        return frozenset()
    styled = rb"<@P@c(?=\s)" if b"0" in shown else rb"\ss\s*=\s*[\"'](?:%b)[\"']" % b"|".join(shown)
    whole = re.compile(_WHOLE.replace(b"@STYLED@", styled).replace(b"@P@", re.escape(sheet.prefix)))
    cell = b"<" + sheet.prefix + b"c"
    places: set[tuple[int, int]] = set()
    unnamed: list[int] = []
    for found in whole.finditer(sheet.masked, sheet.data.inner, sheet.data.close):
        start = sheet.masked.rfind(b"<", 0, found.start() + 1)
        name, rest = sheet.masked[start : sheet.masked.index(b">", start)].split(maxsplit=1)
        facts = attributes(rest)
        if name == cell and facts.get(b"t", b"n") == b"n" and facts.get(b"s", b"0") in shown:
            if (place := grid_cell(unescape(facts.get(b"r", b"")))) is not None:
                places.add(place)
            else:
                unnamed.append(start)
    places.update(place for place, _ in _located(sheet, unnamed))
    return frozenset(place for place in places if place[1] in columns)


def _styles_with_times(styles: bytes) -> set[bytes]:
    """Return the numbers of the cell formats, as cells name them, that show a time of day."""
    facts = [attributes(found[0].partition(b" ")[2].rstrip(b"/>")) for found in _FORMAT.finditer(styles)]
    codes = {one.get(b"numFmtId", b""): unescape(one.get(b"formatCode", b"")) for one in facts}
    cells = _STYLES_OF_CELLS.search(styles)
    numbers = [
        attributes(found[0][found[0].find(b" ") :].rstrip(b"/>")).get(b"numFmtId", b"0")
        for found in _STYLE.finditer(cells[0] if cells else b"")
    ]
    return {b"%d" % index for index, number in enumerate(numbers) if _shows_time(number, codes.get(number))}


def _shows_time(number: bytes, code: str | None) -> bool:
    if code is None:
        return number.isdigit() and int(number) in _TIMES_BUILT_IN
    return "h" in _SHOWN_AS_IT_IS.sub("", code).lower()


def _refuse_vast(sheet: SheetPart, bottom: int, right: int) -> None:
    """The reader holds a rectangle, so one cell far away costs as much as the million between.

    Cells that stand in disorder could reach further right than each row's last one; blank cells, which only have
    a format, cost nothing and are told apart only where it decides.
    """
    named = {found[1] for found in _FAR.finditer(sheet.masked)}
    right = max([right, _ONE_LETTER - 1, *map(column_of, named)])
    if right >= LAST_COLUMN_COUNT:
        raise sheet.unusual(f"a cell in column {right}")
    if bottom * (right + 1) > AREA_LIMIT:
        bottom, right = _filled_extent(sheet)
    if bottom * (right + 1) > AREA_LIMIT:
        raise refused("sheet-too-large", sheet.name, row=bottom, columns=right + 1)


def _filled_extent(sheet: SheetPart) -> tuple[int, int]:
    bottom, right = 0, -1
    for row in sheet.rows():
        filled = max((cell.column for cell in sheet.cells(row) if cell.inner.strip()), default=-1)
        if filled >= 0:
            bottom, right = row.number, max(right, filled)
    return bottom, right


def _faults(sheet: SheetPart) -> Iterator[tuple[tuple[int, int], CellError]]:
    errors = dict.fromkeys(_error_cells(sheet), CellFault.ERROR)
    for place, cell in _located(sheet, errors | dict.fromkeys(_uncached_cells(sheet), CellFault.UNCACHED)):
        if cell.start in errors:
            yield place, CellError(CellFault.ERROR, _text(sheet, cell, b"v"))
        else:
            yield place, CellError(CellFault.UNCACHED, "=" + _text(sheet, cell, b"f"))


def _error_cells(sheet: SheetPart) -> Iterator[int]:
    """Return where the cells begin that hold an error."""
    if sheet.masked.find(b'"e"') < 0 and sheet.masked.find(b"'e'") < 0:
        return
    opening = b"<" + sheet.prefix + b"c"
    for found in _ERROR.finditer(sheet.masked, sheet.data.inner, sheet.data.close):
        start = sheet.masked.rfind(b"<", 0, found.start())
        after = start + len(opening)
        if sheet.masked.startswith(opening, start) and sheet.masked[after : after + 1].isspace():
            yield start


def formula_cells(sheet: SheetPart, columns: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Return row and column of each formula in these columns; a cell without a reference is left out."""
    for found in sheet.patterns.formula.finditer(sheet.masked, sheet.data.inner, sheet.data.close) if columns else ():
        start = sheet.masked.rfind(b"<", 0, found.start())
        place = grid_cell(unescape(attributes(sheet.masked[start : found.start()]).get(b"r", b"")))
        if place is not None and place[1] in columns:
            yield place


_MAIL_FORMULA = re.compile(
    r'\s*HYPERLINK\(\s*"mailto:(?P<address>[^"?,;\s]+)(?:\?[^"]*)?"\s*(?:,\s*"(?P<name>(?:[^"]|"")*)"\s*)?\)\s*',
    re.IGNORECASE,
)
"""A link to one address that is written out; one that is put together from other cells is not read."""


def mail_formulas(sheet: SheetPart, columns: frozenset[int]) -> Iterator[tuple[tuple[int, int], tuple[str, str]]]:
    """Return row and column of each cell in these columns whose formula is a link to one address; and name, address."""
    if not columns or sheet.patterns.formula.search(sheet.masked, sheet.data.inner, sheet.data.close) is None:
        return
    if re.search(rb"mailto:", sheet.masked, re.IGNORECASE) is None:
        return
    starts = (
        sheet.masked.rfind(b"<", 0, found.start())
        for found in sheet.patterns.formula.finditer(sheet.masked, sheet.data.inner, sheet.data.close)
    )
    for place, cell in _located(sheet, starts):
        if place[1] in columns and (mail := _MAIL_FORMULA.fullmatch(_text(sheet, cell, b"f"))):
            yield place, ((mail["name"] or "").replace('""', '"'), mail["address"])


def _uncached_cells(sheet: SheetPart) -> Iterator[int]:
    """Return where the cells begin whose formula has no result; an empty text (`t="str"`) is one."""
    for found in sheet.patterns.uncached.finditer(sheet.masked, sheet.data.inner, sheet.data.close):
        start = sheet.masked.rfind(b"<", 0, found.start())
        tag = sheet.masked[start : found.start()]
        if not (found["value"] and attributes(tag).get(b"t") == b"str"):
            yield start


def _located(sheet: SheetPart, starts: Iterable[int]) -> Iterator[tuple[tuple[int, int], CellMarkup]]:
    """Return row, column and cell for the cells that begin at `starts`, in one pass over the rows."""
    waiting = sorted(starts, reverse=True)
    for row in sheet.rows() if waiting else ():
        known: set[int] = set()
        while waiting and waiting[-1] < row.end:
            known.add(waiting.pop())
        cells = sheet.cells(row) if known else ()
        yield from (((row.number, cell.column), cell) for cell in cells if cell.start in known)


def _text(sheet: SheetPart, cell: CellMarkup, local: bytes) -> str:
    """Return the text of a cell's `f` or `v`, from the unmasked text."""
    tag = re.escape(sheet.prefix + local)
    found = re.search(rb"<%b(?:\s[^>]*)?>(.*?)</%b\s*>" % (tag, tag), sheet.text[cell.start : cell.end], re.DOTALL)
    return unescape(spelled_out(found[1])) if found else ""
