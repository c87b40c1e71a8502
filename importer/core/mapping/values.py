"""What the cells of a column are, whatever stands over it: told by the very readers that will read them.

A column is of a kind if nearly all of its filled cells are: a legend or a total under it does not change that. A date
whose day and month can be swapped counts as a date all the same; which orders it can be in is told apart.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from importer.core.cells import GUID, UPN, ParseError, is_blank, read_duration, text_of
from importer.core.layout import ByLetter, normalize
from importer.core.mapping.words import Role, roles_of
from importer.core.people import people_in
from importer.core.times import Range, Weekly, When, read_when
from importer.core.times.dates import DateOrder
from importer.core.times.zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.core.model import Cell


class CellKind(Enum):
    """What a cell is."""

    MOMENT = auto()
    """A day with a time of day."""
    MOMENTS = auto()
    """A day with two times of day, or two days with one each."""
    DAY = auto()
    CLOCK = auto()
    CLOCKS = auto()
    """Two times of day: a range."""
    OFFSET = auto()
    WEEKDAY = auto()
    WEEKLY = auto()
    """A weekday with one or two times of day, and no date."""
    LENGTH = auto()
    NUMBER = auto()
    ADDRESS = auto()
    ADDRESSES = auto()
    NAME = auto()
    """Two to four words without figures, as people are called; titles are, too."""
    ZONE = auto()
    LINK = auto()
    TRUTH = auto()
    TEXT = auto()
    BAD_TIME = auto()
    """A time or a day that can't be read, though it was meant as one."""


TIMES = frozenset({CellKind.MOMENT, CellKind.MOMENTS, CellKind.DAY, CellKind.CLOCK, CellKind.CLOCKS, CellKind.BAD_TIME})
NEARLY_ALL = 0.8
"""Share of a column's filled cells."""
MIDNIGHTS = 0.1
"""Share of midnights from which a column of days and times is one of days."""
A_MONDAY = date(2027, 1, 4)
"""Put before a time of day, to see whether it is one."""
NOON = time(12)
_NAME = re.compile(r"(?:[^\W\d_][\w.'’-]*,?\s+){1,3}[^\W\d_][\w.'’-]*", re.UNICODE)  # noqa: RUF001 - as people type it
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?%?")
_DATED = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
ORDERS = (DateOrder.DMY, DateOrder.MDY, DateOrder.YMD)


@dataclass(frozen=True, slots=True)
class CellTraits:
    """What a cell is.

    `orders` are those in which a date can be read, `ambiguous` is whether it can be two days, `midnight` as in When,
    and `offset` whether it has one from UTC.
    """

    kind: CellKind
    orders: frozenset[DateOrder] = frozenset(ORDERS)
    ambiguous: bool = False
    midnight: bool = False
    offset: bool = False


def traits_of(cell: Cell) -> CellTraits:
    """Return what a filled cell is."""
    if isinstance(cell, bool):
        return CellTraits(CellKind.TRUTH)
    if isinstance(cell, datetime | date | time | timedelta):
        return _seen_time(cell)
    if isinstance(cell, int | float):
        return CellTraits(CellKind.NUMBER)
    return _seen_text(" ".join(text_of(cell).split()))


@lru_cache(maxsize=1 << 15)
def _seen_text(text: str) -> CellTraits:
    if text.upper() in {"TRUE", "FALSE"}:
        return CellTraits(CellKind.TRUTH)
    if re.match(r"https?://", text, re.IGNORECASE):
        return CellTraits(CellKind.LINK)
    if "@" in text:
        people = people_in(text)
        if people and all(UPN.fullmatch(one) for one in people):
            return CellTraits(CellKind.ADDRESS if len(people) == 1 else CellKind.ADDRESSES)
        return CellTraits(CellKind.TEXT)
    if _NUMBER.fullmatch(text):
        return CellTraits(CellKind.NUMBER)
    if text[:1] in "(GU" and find_zone(text) is not None:  # an offset in front looks like a time
        return CellTraits(CellKind.ZONE)
    return _seen_time(text) if any(map(str.isdigit, text)) else _seen_word(text)


def _seen_word(text: str) -> CellTraits:
    """Return what a text without a figure is."""
    if len(text) > 1 and isinstance(read_when((text, NOON), None), Weekly):
        return CellTraits(CellKind.WEEKDAY)
    if text == "Z" or (len(text) > 2 and find_zone(text) is not None):  # noqa: PLR2004 - two letters are rarely a zone
        return CellTraits(CellKind.ZONE if text != "Z" else CellKind.OFFSET)
    return CellTraits(CellKind.NAME if _NAME.fullmatch(text) else CellKind.TEXT)


def _seen_time(cell: Cell) -> CellTraits:
    """Return what a text with figures, or a date of the spreadsheet's, is."""
    read = read_when((cell,), None)
    dated = isinstance(cell, str) and _DATED.search(cell) is not None
    if isinstance(read, Weekly):
        return CellTraits(CellKind.WEEKLY)
    if isinstance(read, When | Range):
        return replace(_of_time(read), orders=_orders_of(cell) if dated else frozenset(ORDERS))
    match read.code if isinstance(read, ParseError) else "":
        case "date-ambiguous" | "no-such-day":
            return _in_any_order(cell)
        case "time-missing":
            return CellTraits(CellKind.DAY, _orders_of(cell) if dated else frozenset(ORDERS))
        case "date-missing":
            both = read_when((A_MONDAY, cell), None)
            return CellTraits(CellKind.CLOCKS if isinstance(both, Range) else CellKind.CLOCK)
        case "weekday-wrong" | "no-such-time" | "year-missing" | "zone-in-time" | "cells-disagree":
            return CellTraits(CellKind.BAD_TIME)
    return _seen_other(cell)


def _in_any_order(cell: Cell) -> CellTraits:
    """Return what a date is that is one in a stated order alone, and in which."""
    orders = _orders_of(cell)
    if not orders:
        return CellTraits(CellKind.BAD_TIME)
    read = read_when((cell,), min(orders))
    whole = CellTraits(CellKind.DAY) if isinstance(read, ParseError) else _of_time(read)
    return replace(whole, orders=orders, ambiguous=len(orders) > 1)


def _orders_of(cell: Cell) -> frozenset[DateOrder]:
    readings = {order: read_when((cell,), order) for order in ORDERS}
    return frozenset(
        order
        for order, read in readings.items()
        if isinstance(read, When | Range) or (isinstance(read, ParseError) and read.code == "time-missing")
    )


def _of_time(read: object) -> CellTraits:
    if isinstance(read, Range):
        return CellTraits(CellKind.MOMENTS, offset=read.start.local.tzinfo is not None)
    return CellTraits(CellKind.MOMENT, midnight=isinstance(read, When) and read.midnight, offset=_has_offset(read))


def _has_offset(read: object) -> bool:
    return isinstance(read, When) and read.local.tzinfo is not None


def _seen_other(cell: Cell) -> CellTraits:
    text = text_of(cell)
    with_offset = read_when((A_MONDAY, NOON, cell), None)
    if isinstance(with_offset, When) and _has_offset(with_offset):
        return CellTraits(CellKind.OFFSET)
    if isinstance(read_duration((cell,)), timedelta):
        return CellTraits(CellKind.LENGTH)
    if find_zone(text) is not None:
        return CellTraits(CellKind.ZONE)
    return CellTraits(CellKind.BAD_TIME if _DATED.match(text) else CellKind.TEXT)


@dataclass(frozen=True)
class SheetColumn:
    """One column of the sheet: its place from 0, its heading on one line, and the cells below by their row's number."""

    place: int
    heading: str
    cells: Mapping[int, Cell]

    @cached_property
    def filled(self) -> Mapping[int, Cell]:
        """The cells that are not blank."""
        return {number: cell for number, cell in self.cells.items() if not is_blank(cell)}

    @cached_property
    def traits(self) -> Mapping[int, CellTraits]:
        """What each filled cell is."""
        return {number: traits_of(cell) for number, cell in self.filled.items()}

    @cached_property
    def kinds(self) -> Counter[CellKind]:
        """How many cells are of each kind."""
        return Counter(one.kind for one in self.traits.values())

    def is_of(self, *kinds: CellKind) -> bool:
        """Return whether nearly all of its filled cells are of one of the kinds."""
        return bool(self.filled) and sum(self.kinds[kind] for kind in kinds) >= NEARLY_ALL * len(self.filled)

    @cached_property
    def roles(self) -> frozenset[Role]:
        """What the words of its heading say that it is."""
        return frozenset() if isinstance(self.heading, ByLetter) else roles_of(self.heading)

    def says(self, *parts: Role) -> bool:
        """Return whether the heading says one of these."""
        return bool(self.roles & set(parts))

    @property
    def name(self) -> str:
        """What spellings of its heading have in common."""
        return normalize(self.heading)

    @cached_property
    def is_midnight(self) -> bool:
        """Whether it is of days that are written with the midnight that they begin with."""
        moments = [one for one in self.traits.values() if one.kind is CellKind.MOMENT]
        return sum(one.midnight for one in moments) > MIDNIGHTS * len(moments)

    @cached_property
    def is_stamps(self) -> bool:
        """Whether it is of moments that a machine noted: nobody plans a meeting for 08:17:42."""
        whole = [read for cell in self.filled.values() if isinstance(read := read_when((cell,), DateOrder.DMY), When)]
        odd = [read for read in whole if read.local.second or read.local.minute % 5]
        return len(odd) * 2 > len(whole)

    @cached_property
    def is_guids(self) -> bool:
        """Whether its cells are IDs that no two rows share anywhere."""
        return bool(self.filled) and all(GUID.fullmatch(text_of(cell)) for cell in self.filled.values())

    def texts(self, rows: Iterable[int]) -> list[str]:
        """Return what its cells show in these rows."""
        return [text_of(self.cells.get(number)) for number in rows]


def is_unique(columns: Sequence[SheetColumn], rows: Sequence[int]) -> bool:
    """Return whether the columns together are filled, and say something else, in each of the rows."""
    said = list(zip(*(column.texts(rows) for column in columns), strict=True))
    return all(any(text) for text in said) and len({tuple(map(str.casefold, text)) for text in said}) == len(said)


def possible_orders(columns: Iterable[SheetColumn]) -> tuple[frozenset[DateOrder], bool, str]:
    """Return the orders in which all dates can be read, whether one can be two days, and the date that tells the order.

    A date that no order makes right is somebody's slip, and tells nothing.
    """
    orders, ambiguous, telling = frozenset(ORDERS), False, ""
    for column in columns:
        for number, one in column.traits.items():
            ambiguous = ambiguous or one.ambiguous
            if one.kind in TIMES and one.orders and not orders <= one.orders:
                orders, telling = orders & one.orders, text_of(column.cells[number])
    return orders, ambiguous, telling
