"""What hangs on a sheet's cells: its tables and its filter, its links, and what is drawn over it.

Tables (ListObjects, 18.5.1.2) and the sheet's own filter (18.3.1.2) grow over columns that are added on their right, so
that whoever sorts moves those with their rows. Join URLs become links that can be clicked: an element in the sheet and
a relationship for each (18.3.1.47); hyperlinks that are not on a result cell are left alone.

Results go clear of charts, pictures, shapes and form controls. Their anchors are those of drawing parts (ECMA-376
part 1, 20.5.2) and of the older VML parts for form controls and notes (part 4, 19.4.2.3). Where an anchor gives lengths
instead of cells, columns and rows are counted by their sizes.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from importer.core.layout import LAST_COLUMN_COUNT, letters
from importer.core.model import Stop
from importer.tables.ooxml.markup import (
    ATTRIBUTES,
    Edit,
    Node,
    PartText,
    attribute_edit,
    attributes,
    check_well_formed,
    children,
    decode_part,
    edited,
    escape_attribute,
    mask,
    number,
    root,
    unescape,
)
from importer.tables.ooxml.package import RELATIONS, Package, read, read_links, relationships, relationships_part
from importer.tables.ooxml.sheet import MAIN, ROWS, Area, SheetPart, area, reference

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class TablePart:
    """One table's part: its text, the area it covers, and whether columns may be added to it.

    `title` is its name as people see it; `last` is the number of its last row with data, below which are its totals.
    """

    part: str
    text: PartText
    root: Node
    area: Area
    names: tuple[str, ...]
    title: str
    headed: bool
    growable: bool
    last: int

    def heads(self, row: int, column: int) -> bool:
        """Whether the cell is one of the table's headings."""
        return self.headed and row == self.area.top and self.area.holds(row, column)


@dataclass(frozen=True, slots=True)
class Filter:
    """The sheet's own filter: its element, and the area that it filters and sorts."""

    node: Node
    area: Area

    def heads(self, row: int, columns: Collection[int]) -> bool:
        """Whether its buttons stand on this row of headings, over one of the columns."""
        return row == self.area.top and any(self.area.holds(row, column) for column in columns)


def filter_of(sheet: SheetPart) -> Filter | None:
    """Return the sheet's own filter, None where there is none."""
    for node in sheet.nodes_called("autoFilter"):
        place = area(_attribute(node, b"ref"))
        if place is not None and node.start >= sheet.data.end:
            return Filter(node, place)
    return None


def filter_edits(sheet: SheetPart, there: Filter, right: int) -> Iterator[Edit]:
    """Return the edits that make the sheet's filter, and what was sorted by it last, reach to the column `right`."""
    yield attribute_edit(there.node, b"ref", reference(there.area._replace(right=right)))
    nested = [node for node in children(sheet.masked, there.node) if _local(node) == b"sortState"]
    for node in (*nested, *sheet.nodes_called("sortState")):
        yield from _sorted_edits(node, there.area, right)


def _sorted_edits(node: Node, within: Area, right: int) -> Iterator[Edit]:
    """A sort by columns (the usual one) moves whole rows; one by rows (`columnSort`) moves columns and stays."""
    place = area(_attribute(node, b"ref"))
    by_rows = _attribute(node, b"columnSort") in {"1", "true"}
    if place is not None and place.meets(within) and place.right < right and not by_rows:
        yield attribute_edit(node, b"ref", reference(place._replace(right=right)))


def tables_of(package: Package, sheet_part: str) -> list[TablePart]:
    """Return the tables of a sheet."""
    links = relationships(package.archive, sheet_part)
    return [table for link in links if link.kind == "table" for table in table_parts(package, link.target)]


def grown(table: TablePart, names: Sequence[str]) -> Iterator[bytes]:
    """Return the table's part with columns of these names added on the right."""
    return table.text.encoded(edited(table.text.utf8, sorted(_edits(table, names))))


def unlike(name: str, names: Sequence[str]) -> str:
    """Return `name`, or the first of `name2`, `name3` and so on that the table has not: Excel wants them unique."""
    known = {one.casefold() for one in names}
    numbered = (f"{name}{number}" if number > 1 else name for number in range(1, len(known) + 2))
    return next(one for one in numbered if one.casefold() not in known)


def table_parts(package: Package, part: str) -> list[TablePart]:
    """Return the table of a part, none where it has no place. Raise Stop where the part is damaged."""
    return list(_table(package, part))


def _table(package: Package, part: str) -> Iterator[TablePart]:
    name = package.archive.name
    text = decode_part(read(package.archive, part), name)
    check_well_formed([text.utf8], name, encoding="utf-8")
    masked = mask(text.utf8)
    top = root(masked)
    facts = attributes(top.attributes)
    place = area(unescape(facts.get(b"ref", b"")))
    if place is not None:
        yield TablePart(
            part,
            text,
            top,
            place,
            names=tuple(_attribute(one, b"name") for one in _columns(masked, top)),
            title=unescape(facts.get(b"displayName", b"")),
            headed=facts.get(b"headerRowCount", b"1") != b"0",
            growable=facts.get(b"tableType", b"worksheet") == b"worksheet",
            last=place.bottom - number(facts.get(b"totalsRowCount", b"0")),
        )


def _edits(table: TablePart, names: Sequence[str]) -> Iterator[Edit]:
    masked = mask(table.text.utf8)
    wide = table.area._replace(right=table.area.right + len(names))
    yield attribute_edit(table.root, b"ref", reference(wide))
    for node in children(masked, table.root):
        match _local(node):
            case b"autoFilter":
                filtered = area(_attribute(node, b"ref"))
                if filtered is not None:
                    yield attribute_edit(node, b"ref", reference(filtered._replace(right=wide.right)))
                nested = [one for one in children(masked, node) if _local(one) == b"sortState"]
                yield from (edit for one in nested for edit in _sorted_edits(one, table.area, wide.right))
            case b"sortState":
                yield from _sorted_edits(node, table.area, wide.right)
            case b"tableColumns":
                yield from _column_edits(masked, node, names)


def _column_edits(masked: bytes, node: Node, names: Sequence[str]) -> Iterator[Edit]:
    columns = list(children(masked, node))
    if b"count" in attributes(node.attributes):
        yield attribute_edit(node, b"count", str(len(columns) + len(names)))
    last = max((number(attributes(one.attributes).get(b"id", b"")) for one in columns), default=0)
    prefix = node.name[: -len(_local(node))].decode()
    one = '<{}tableColumn id="{}" name="{}"/>'
    new = "".join(one.format(prefix, last + at, escape_attribute(name)) for at, name in enumerate(names, start=1))
    yield Edit(node.close, node.close, new.encode())


def _columns(masked: bytes, top: Node) -> Iterator[Node]:
    for node in children(masked, top):
        if _local(node) == b"tableColumns":
            yield from children(masked, node)


def _attribute(node: Node, name: bytes) -> str:
    return unescape(attributes(node.attributes).get(name, b""))


def _local(node: Node) -> bytes:
    return node.name.rpartition(b":")[2]


LINKS_LIMIT = 65_530
"""Hyperlinks in a sheet (Microsoft, "Excel specifications and limits"); beyond, a URL stays plain text."""

URL_LIMIT = 2_079
"""Characters of a link's address that Excel takes; beyond, it offers to repair the workbook."""

_COMPARED = 20_000_000
"""Pairs of wide links and cells that are looked at; with more, URLs stay plain text instead of taking minutes."""

_LINKABLE = re.compile(r"https?://[!$-;=?-Z_a-z~%\[\]]+")
_MAIL = re.compile(r"mailto:([^?,;\s]+)(?:\?.*)?$", re.IGNORECASE | re.DOTALL)
"""A link to one address; what follows a question mark is the mail's subject and text."""
_BEFORE = [
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
]
"""What `hyperlinks` comes after (CT_Worksheet, 18.3.1.99)."""

_EMPTY_RELS = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
)


@dataclass(frozen=True, slots=True)
class LinkEdits:
    """What changes: edits of the sheet's text, and its relationships' new text, empty if they stay."""

    edits: tuple[Edit, ...] = ()
    rels: tuple[bytes, ...] = ()


class _There(NamedTuple):
    """A hyperlink that the sheet has."""

    node: Node
    area: Area
    id: str


def link_cells(package: Package, part: str, sheet: SheetPart, urls: Mapping[tuple[int, int], str]) -> LinkEdits:
    """Return the changes that make each cell (row, column) a link to its URL; an empty URL takes the link away."""
    there = list(_hyperlinks(sheet))
    targets = {link.id: link.target for link in relationships(package.archive, part)}
    mine = {(one.area.top, one.area.left): one for one in there if one.area.single}
    standing = {place for place, one in mine.items() if urls.get(place) and targets.get(one.id) == urls[place]}
    stale = [one for place, one in mine.items() if place in urls and place not in standing]
    room = max(LINKS_LIMIT - len(there) + len(stale), 0)
    wanted = [place for place, url in urls.items() if place not in standing and _linkable(url)]
    new = sorted(set(wanted) - set(_covered(there, wanted)))[:room]
    if not new and not stale:
        return LinkEdits()
    ids = dict(zip(new, _fresh_ids(targets), strict=False))
    leaving = {one.node.start for one in stale}
    gone = {one.id for one in stale} - {one.id for one in there if one.node.start not in leaving}
    rels = _rels(package, part, {ids[place]: urls[place] for place in new}, gone)
    return LinkEdits(tuple(_sheet_edits(sheet, there, stale, ids)), tuple(rels))


def mail_addresses(
    package: Package, part: str, sheet: SheetPart, columns: Container[int]
) -> dict[tuple[int, int], str]:
    """Return {(row, column): address} for single cells of `columns` that are links to a mail address (RFC 6068)."""
    links = relationships(package.archive, part) if _has_mail_links(package, part, sheet) else ()
    mails = {link.id: unquote(mail[1]) for link in links if (mail := _MAIL.match(link.target))}
    there = _hyperlinks(sheet) if mails else ()
    return {
        (one.area.top, one.area.left): mails[one.id]
        for one in there
        if one.id in mails and one.area.single and one.area.left in columns
    }


def _has_mail_links(package: Package, part: str, sheet: SheetPart) -> bool:
    """Return whether there may be links to mail addresses: a copy has thousands to other places, and is read again."""
    source = relationships_part(part)
    if not sheet.nodes_called("hyperlinks") or not package.archive.find(source):
        return False
    written = read_links(package.archive, source).lower()
    return any(sign in written for sign in (b"mailto", b"&#", b"\0"))  # spelled out, or in UTF-16


def _linkable(url: str) -> bool:
    return len(url) <= URL_LIMIT and _LINKABLE.fullmatch(url) is not None


def _hyperlinks(sheet: SheetPart) -> Iterator[_There]:
    for group in sheet.nodes_called("hyperlinks"):
        for node in children(sheet.masked, group):
            facts = attributes(node.attributes)
            place = area(unescape(facts.get(b"ref", b"")))
            named = next((raw for name, raw in facts.items() if name.endswith(b":id")), b"")
            if place is not None:
                yield _There(node, place, unescape(named))


def _covered(there: Iterable[_There], places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Return those of the places that lie in a hyperlink over several cells: a second one would not be valid."""
    wide = [one.area for one in there if not one.area.single]
    ordered = sorted(places) if wide else []
    if len(wide) * len(ordered) > _COMPARED:
        yield from ordered
        return
    for one in wide:
        first, last = bisect_left(ordered, (one.top, 0)), bisect_left(ordered, (one.bottom + 1, 0))
        yield from (place for place in ordered[first:last] if one.holds(*place))


def _fresh_ids(known: Container[str]) -> Iterator[str]:
    return (name for name in (f"rIdJoin{number}" for number in count(1)) if name not in known)


def _sheet_edits(
    sheet: SheetPart, there: Sequence[_There], stale: Sequence[_There], ids: Mapping[tuple[int, int], str]
) -> Iterator[Edit]:
    groups = sheet.nodes_called("hyperlinks")
    elements = _elements(sheet, ids)
    if groups and (ids or len(stale) < len(there)) and not groups[0].closed:
        yield from (Edit(one.node.start, one.node.end, b"") for one in sorted(stale, key=lambda one: one.node.start))
        yield Edit(groups[0].close, groups[0].close, elements)
        return
    whole = b"<%bhyperlinks>%b</%bhyperlinks>" % (sheet.prefix, elements, sheet.prefix) if ids else b""
    if groups:
        yield Edit(groups[0].start, groups[0].end, whole)
    else:
        after = max(node.end for name, node in sheet.nodes if name in _BEFORE)
        yield Edit(after, after, whole)


def _elements(sheet: SheetPart, ids: Mapping[tuple[int, int], str]) -> bytes:
    declared = {unescape(raw): name for name, raw in attributes(sheet.root.attributes).items()}
    prefix = next(
        (declared[space].decode()[6:] for space in RELATIONS if declared.get(space, b"xmlns") != b"xmlns"), ""
    )
    space = "" if prefix else f' xmlns:r="{RELATIONS[MAIN.index(sheet.namespace)]}"'
    one = f'<{sheet.prefix.decode()}hyperlink{space} ref="{{}}{{}}" {prefix or "r"}:id="{{}}"/>'
    return "".join(one.format(letters(column), row, name) for (row, column), name in ids.items()).encode()


def _rels(package: Package, part: str, new: Mapping[str, str], gone: Container[str]) -> Iterator[bytes]:
    source, name = relationships_part(part), package.archive.name
    text = decode_part(read_links(package.archive, source) if package.archive.find(source) else _EMPTY_RELS, name)
    kind = f"{package.relations}/hyperlink"
    return text.encoded(edited(text.utf8, _rels_edits(mask(text.utf8), kind, new, gone)))


def _rels_edits(masked: bytes, kind: str, new: Mapping[str, str], gone: Container[str]) -> Iterator[Edit]:
    top = root(masked)
    prefix = top.name[: -len(b"Relationships")].decode()
    one = f'<{prefix}Relationship Id="{{}}" Type="{kind}" Target="{{}}" TargetMode="External"/>'
    texts = "".join(one.format(name, escape_attribute(url)) for name, url in new.items()).encode()
    if top.closed:
        opened = b"<" + top.name + top.attributes + b">" + texts + b"</" + top.name + b">"
        yield Edit(top.start, top.end, opened)
        return
    for node in children(masked, top):
        if unescape(attributes(node.attributes).get(b"Id", b"")) in gone:
            yield Edit(node.start, node.end, b"")
    yield Edit(top.close, top.close, texts)


EMU = 9525
"""English Metric Units to a pixel at 96 dots per inch (part 1, 20.1.10.16)."""

_WIDTH, _HEIGHT = 64, 20
"""Pixels of a column and a row of which nothing is said, in Excel's usual font."""

_ANCHOR = re.compile(
    rb"<(?:[\w.-]+:)?(twoCell|oneCell|absolute)Anchor(" + ATTRIBUTES + rb")>(.*?)</(?:[\w.-]+:)?\1Anchor\s*>", re.DOTALL
)
_CLIENT = re.compile(rb"<(?:[\w.-]+:)?ClientData(" + ATTRIBUTES + rb")>(.*?)</(?:[\w.-]+:)?ClientData\s*>", re.DOTALL)
_CLIENT_ANCHOR = re.compile(rb"<(?:[\w.-]+:)?Anchor\s*>([\d\s,-]*)<")
_VISIBLE = re.compile(rb"<(?:[\w.-]+:)?Visible[\s/>]")
_DECIMAL = re.compile(rb"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Pixels of columns and rows by their zero-based numbers."""

    columns: Callable[[int], int]
    rows: Callable[[int], int]


class Drawn(NamedTuple):
    """A drawing: the cells that it lies over, and whether it is stretched where their columns become wider."""

    area: Area
    stretched: bool


def drawings_of(package: Package, part: str, sheet: SheetPart) -> list[Drawn]:
    """Return a sheet's drawings, hidden notes left out. A part that can't be read has none.

    One that does not move with cells counts from the first column on: columns left of it that become wider would
    come to lie under it.
    """
    found: list[Drawn] = []
    sizes: _Sizes | None = None
    for link in relationships(package.archive, part):
        if link.kind not in {"drawing", "vmlDrawing"} or link.external:
            continue
        try:
            text = decode_part(read(package.archive, link.target), package.archive.name).utf8
        except Stop:
            continue
        if link.kind == "vmlDrawing":
            found += _controls(text)
        else:
            sizes = sizes or _sizes(sheet)
            found += _anchored(mask(text), sizes)
    return found


def _anchored(masked: bytes, sizes: _Sizes) -> Iterator[Drawn]:
    for anchor in _ANCHOR.finditer(masked):
        kind, inside = anchor[1], anchor[3]
        moved = attributes(anchor[2]).get(b"editAs", b"twoCell")
        first = _corner(inside, b"from") if kind != b"absolute" else (0, 0, *_pair(inside, b"pos", b"x", b"y"))
        if first is None:
            continue
        column, row, left, top = first
        if kind == b"twoCell":
            last = _corner(inside, b"to")
            if last is not None:
                place = _area(column, row, last[0] - (last[2] <= 0), last[1] - (last[3] <= 0))
                yield Drawn(place._replace(left=0) if moved == b"absolute" else place, moved == b"twoCell")
        else:
            wide, high = _pair(inside, b"ext", b"cx", b"cy")
            start = _reached(column, left, sizes.columns, LAST_COLUMN_COUNT), _reached(row, top, sizes.rows, ROWS)
            end = (
                _reached(column, left + wide, sizes.columns, LAST_COLUMN_COUNT),
                _reached(row, top + high, sizes.rows, ROWS),
            )
            yield Drawn(_area(*start if kind == b"oneCell" else (0, start[1]), *end), stretched=False)


def _area(left: int, top: int, right: int, bottom: int) -> Area:
    return Area(top + 1, left, max(top, bottom) + 1, max(left, right))


def _corner(inside: bytes, name: bytes) -> tuple[int, int, int, int] | None:
    """Return column, row and the offsets into them (EMU) of an anchor's corner."""
    found = re.search(rb"<(?:[\w.-]+:)?%b\s*>(.*?)</(?:[\w.-]+:)?%b\s*>" % (name, name), inside, re.DOTALL)
    if found is None:
        return None
    facts = {
        one: int(said[1]) if (said := re.search(rb"<(?:[\w.-]+:)?%b\s*>\s*(-?\d+)\s*<" % one, found[1])) else 0
        for one in (b"col", b"row", b"colOff", b"rowOff")
    }
    return facts[b"col"], facts[b"row"], facts[b"colOff"], facts[b"rowOff"]


def _pair(inside: bytes, name: bytes, first: bytes, second: bytes) -> tuple[int, int]:
    found = re.search(rb"<(?:[\w.-]+:)?%b\s(" % name + ATTRIBUTES + rb")/?>", inside)
    facts = attributes(b" " + found[1]) if found else {}
    return tuple(int(facts[one]) if re.fullmatch(rb"-?\d+", facts.get(one, b"")) else 0 for one in (first, second))  # type: ignore[return-value]  # two names give two numbers


def _reached(start: int, length: int, size: Callable[[int], int], limit: int) -> int:
    """Return the column or row in which `length` (EMU), laid off from the beginning of `start`, ends."""
    place, left = start, -(-length // EMU)
    while place < limit - 1 and left > size(place):
        left -= size(place)
        place += 1
    return place


def _controls(text: bytes) -> Iterator[Drawn]:
    """Return where form controls lie, and notes that are always shown."""
    for client in _CLIENT.finditer(text):
        anchor = _CLIENT_ANCHOR.search(client[2])
        edges = [int(one) for one in re.findall(rb"-?\d+", anchor[1])] if anchor else []
        note = attributes(client[1]).get(b"ObjectType") == b"Note"
        if len(edges) == 8 and not (note and not _VISIBLE.search(client[2])):  # noqa: PLR2004 - four cells, four offsets
            place = _area(edges[0], edges[2], edges[4] - (edges[5] <= 0), edges[6] - (edges[7] <= 0))
            yield Drawn(place, stretched=True)


def _sizes(sheet: SheetPart) -> _Sizes:
    usual = next((attributes(node.attributes) for node in sheet.nodes_called("sheetFormatPr")), {})
    wide = _pixels(usual.get(b"defaultColWidth", b""), 7) or _WIDTH
    high = _pixels(usual.get(b"defaultRowHeight", b""), 96 / 72) or _HEIGHT
    widths = [
        (number(facts.get(b"min", b"")), number(facts.get(b"max", b"")), _shown(facts, b"width", 7, wide))
        for node in sheet.nodes_called("cols")
        for col in children(sheet.masked, node)
        for facts in (attributes(col.attributes),)
    ]
    heights = {
        row.number: _shown(attributes(row.attributes), b"ht", 96 / 72, high)
        for row in sheet.rows()
        if b"ht=" in row.attributes or b"hidden" in row.attributes
    }

    def column(place: int) -> int:
        return next((width for first, last, width in widths if first <= place + 1 <= last), wide)

    return _Sizes(column, lambda place: heights.get(place + 1, high))


def _shown(facts: dict[bytes, bytes], name: bytes, scale: float, usual: int) -> int:
    if facts.get(b"hidden") in {b"1", b"true"}:
        return 0
    return _pixels(facts.get(name, b""), scale) or usual


def _pixels(raw: bytes, scale: float) -> int:
    return int(float(raw) * scale) if _DECIMAL.fullmatch(raw) else 0
