"""Dates, durations and zones as people write them, and the one instant they mean; nothing is guessed.

A text date counts when it has just one reading: year first (ISO 8601), a month's English name, or a day and month
that can't be swapped, or that a weekday before them tells apart. Everything else needs the order to be stated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from importer.core.cells import Unclear, fault_of, is_blank, text_of
from importer.core.weekdays import agrees, split_weekday

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.core.model import Cell


class DateOrder(StrEnum):
    """The order of day, month and year in text dates of the sheet."""

    YMD = "YMD"
    DMY = "DMY"
    MDY = "MDY"


@dataclass(frozen=True, slots=True)
class When:
    """A date and time as written: naive unless the text had an offset.

    `midnight`: a date cell without a time, or 00:00, as databases export a date that has none.
    """

    local: datetime
    midnight: bool = False


class Clock(StrEnum):
    """How a local time stands to its zone's clock changes."""

    PLAIN = "plain"
    SKIPPED = "skipped"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class _Parts:
    """What one cell contributes: a day, a time of day, an offset; `typed` when the spreadsheet knew it as a date."""

    day: date | None = None
    clock: time | None = None
    offset: timezone | None = None
    typed: bool = False


EXCEL_EPOCH_YEARS = 1904
"""A date up to this year is a time of day alone: Excel counts days from 1900 or 1904 (ECMA-376 part 1, 18.17.4)."""
EXCEL_EPOCH = datetime(1900, 1, 1)  # noqa: DTZ001 - a day for adding a time of day to, no instant
LAST_YEAR = 9998
"""One short of Python's last, so that no zone can push an instant over the edge."""
LONGEST_MINUTES = 99_999
"""More is no length of a meeting but a date's serial number or an ID in the wrong column."""
FIRST_YEAR_OF_CENTURY = 2000
"""Two-digit years are this century's; meetings lie ahead."""

_TIME = r"""(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?)?
            \s*(?:(?P<half>[AaPp]\.?[Mm]\.?)|(?P<oclock>[Uu][Hh][Rr]))?\s*(?P<offset>Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?"""
_DATES = (
    r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})",
    r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<c>\d{4}|\d{2})",
    r"(?P<d>\d{1,2})\.?[ -](?P<month>[A-Za-z]{3,9})\.?,?[ -](?P<y>\d{4})",
    r"(?P<month>[A-Za-z]{3,9})\.?[ -](?P<d>\d{1,2}),?[ -](?P<y>\d{4})",
)
_DATE_TIMES = tuple(
    re.compile(rf"{shape}(?:(?:[Tt]|,?\s+){_TIME})?", re.VERBOSE)
    for shape in (shape.replace(" ", r"\ ") for shape in _DATES)
)
_TIME_ONLY = re.compile(_TIME, re.VERBOSE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_DURATION = re.compile(
    r"(?P<hours>\d{1,3}):(?P<minutes>[0-5]\d)(?::00)?|(?P<only>\d{1,5})(?:\s*(?:min|minutes?|minuten|m))?\.?",
    re.IGNORECASE,
)


def read_when(cells: Sequence[Cell], order: DateOrder | None) -> When | Unclear | None:
    """Gives the date and time that `cells` (one, or a date and a time) say together; None when all are blank."""
    if fault := fault_of(cells):
        return fault
    filled = [cell for cell in cells if not is_blank(cell)]
    if not filled:
        return None
    merged = _parts(filled[0], order)
    for cell in filled[1:]:
        merged = _merge(merged, _parts(cell, order))
    read = merged if isinstance(merged, Unclear) else _when(merged)
    return Unclear(read.code, " ".join(map(text_of, filled)), read.facts) if isinstance(read, Unclear) else read


def _merge(one: _Parts | Unclear, other: _Parts | Unclear) -> _Parts | Unclear:
    """Joins two cells: each of the parts comes from the first cell that has it; what is unclear stays unclear."""
    if isinstance(one, Unclear) or isinstance(other, Unclear):
        return one if isinstance(one, Unclear) else other
    return _Parts(
        one.day or other.day,
        one.clock if one.clock is not None else other.clock,
        one.offset or other.offset,
        one.typed or other.typed,
    )


def _when(parts: _Parts) -> When | Unclear:
    if parts.day is None:
        return Unclear("date-missing", "")
    if parts.clock is None and not parts.typed:
        return Unclear("time-missing", "")
    if parts.day.year > LAST_YEAR:
        return Unclear("not-a-date", "")
    midnight = parts.offset is None and parts.clock in {None, time()}
    return When(datetime.combine(parts.day, parts.clock or time(), parts.offset), midnight=midnight)


def _parts(cell: Cell, order: DateOrder | None) -> _Parts | Unclear:
    match cell:
        case datetime():
            moment = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)
            day = moment.date() if moment.year > EXCEL_EPOCH_YEARS else None
            clock = moment.time() if day is None or moment.time() != time() else None
            return _Parts(day, clock, typed=True)
        case date():
            return _Parts(cell, typed=True)
        case time():
            return _Parts(clock=cell.replace(microsecond=0), typed=True)
        case timedelta() if timedelta() <= cell < timedelta(days=1):
            return _Parts(clock=(EXCEL_EPOCH + cell).time().replace(microsecond=0), typed=True)
        case str():
            return _text_parts(" ".join(cell.split()), order)
    return Unclear("not-a-date", text_of(cell))


def _text_parts(text: str, order: DateOrder | None) -> _Parts | Unclear:
    weekday, written = split_weekday(text)
    for shape in _DATE_TIMES:
        if found := shape.fullmatch(written):
            return _dated(found, [day for day in _days(found, order) if agrees(day, weekday)], text)
    found = _TIME_ONLY.fullmatch(text)
    if found and _whole(found):
        clock = _clock(found)
        return Unclear("not-a-date", text) if clock is None else _Parts(clock=clock)
    return Unclear("not-a-date", text)


def _dated(found: re.Match[str], possible: list[date], text: str) -> _Parts | Unclear:
    days = sorted(set(possible))
    clock = _clock(found) if found["hour"] else None
    whole = found["hour"] is None or (clock is not None and _whole(found))
    match days:
        case [day] if whole:
            return _Parts(day, clock, _offset(found["offset"]))
        case [one, other, *_] if whole:
            return Unclear("date-ambiguous", text, {"one": _long(one), "other": _long(other)})
    return Unclear("not-a-date", text)


def _days(found: re.Match[str], order: DateOrder | None) -> list[date]:
    """Gives every day the text can mean under `order`, or under all orders where none was stated."""
    groups = found.groupdict()
    if month := groups.get("month"):
        return _day(groups["y"], _month(month), groups["d"])
    if groups.get("y"):
        return _day(groups["y"], groups["m"], groups["d"])
    a, b, c = groups["a"], groups["b"], groups["c"]
    readings = {DateOrder.DMY: (c, b, a), DateOrder.MDY: (c, a, b), DateOrder.YMD: (a, b, c)}
    if len(c) == 4:  # noqa: PLR2004 - a four-digit number at the end is the year, so it can't be year first
        del readings[DateOrder.YMD]
    wanted = readings if order is None else {key: value for key, value in readings.items() if key is order}
    return [day for reading in wanted.values() for day in _day(*reading)]


def _day(year: str, month: str, day: str) -> list[date]:
    full = int(year) + (FIRST_YEAR_OF_CENTURY if len(year) <= 2 else 0)  # noqa: PLR2004 - two digits
    try:
        return [date(full, int(month), int(day))]
    except ValueError:
        return []


def _month(name: str) -> str:
    low = name.lower()
    known = low in _MONTH_NAMES or low in _MONTHS or low == "sept"
    return str(_MONTHS.index(low[:3]) + 1) if known else "0"


def _whole(found: re.Match[str]) -> bool:
    """Tells whether a text is a time of day: a bare number could be anything, `10 Uhr` and `10 am` can't."""
    return bool(found["minute"] or found["half"] or found["oclock"])


def _clock(found: re.Match[str]) -> time | None:
    hour, half = int(found["hour"]), (found["half"] or "").lower()[:1]
    if half and not 1 <= hour <= 12:  # noqa: PLR2004 - a twelve-hour clock
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        return None


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    size = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(size if text[0] == "+" else -size)


def _long(day: date) -> str:
    return f"{day.day} {_MONTH_NAMES[day.month - 1].capitalize()} {day.year}"


def read_duration(cells: Sequence[Cell]) -> timedelta | Unclear | None:
    """Gives the length that the first cell says: a number of minutes, h:mm, or a time the spreadsheet knows."""
    if fault := fault_of(cells):
        return fault
    cell = cells[0] if cells else None
    match cell:
        case _ if is_blank(cell):
            return None
        case timedelta() if cell >= timedelta():
            return timedelta(minutes=round(cell / timedelta(minutes=1)))
        case time():
            return timedelta(hours=cell.hour, minutes=cell.minute)
        case bool():
            return Unclear("not-a-duration", text_of(cell))
        case int() | float() if 0 <= cell <= LONGEST_MINUTES and float(cell).is_integer():
            return timedelta(minutes=int(cell))
        case str() if found := _DURATION.fullmatch(cell.strip()):
            return timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or found["only"]))
    return Unclear("not-a-duration", text_of(cell))


@cache
def find_zone(name: str) -> ZoneInfo | None:
    """Gives the zone for an IANA or Windows name in any case, or None.

    Windows names come from CLDR's windowsZones (https://cldr.unicode.org), territory 001.
    """
    key = _iana_names().get(" ".join(name.split()).casefold())
    try:
        return None if key is None else ZoneInfo(key)
    except (ZoneInfoNotFoundError, OSError, ValueError):  # CLDR can name a zone this machine has no data for
        return None


@cache
def zone_names() -> tuple[str, ...]:
    """Gives all names that `find_zone` knows, as they are spelled."""
    return (*sorted(available_timezones()), *sorted(_windows_names()))


@cache
def _iana_names() -> dict[str, str]:
    """Maps every known name, case folded, to its IANA name."""
    windows = _windows_names()
    return {name.casefold(): windows.get(name, name) for name in zone_names()}


def _windows_names() -> dict[str, str]:
    from tzlocal.windows_tz import win_tz  # noqa: PLC0415 - only where a zone is looked up, never for --help

    return win_tz


def to_utc(local: datetime, zone: tzinfo) -> tuple[datetime, Clock]:
    """Gives the UTC instant of `local` and how it stands to clock changes; of a repeated hour the first one counts."""
    if local.tzinfo is not None:
        return local.astimezone(UTC), Clock.PLAIN
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    instant = first.astimezone(UTC)
    if first.utcoffset() == second.utcoffset():
        return instant, Clock.PLAIN
    exists = instant.astimezone(zone).replace(tzinfo=None) == local
    return instant, Clock.REPEATED if exists else Clock.SKIPPED
