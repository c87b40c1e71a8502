"""Dates and times as people write them, and the one instant they mean; nothing is guessed.

A text date counts when it has just one reading: year first (ISO 8601), a month's English name, dots with the year in
full at the end, or a day and month that can't be swapped, or that a weekday before them tells apart. Everything else
needs the order to be stated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING

from importer.core.cells import Unclear, fault_of, is_blank, text_of
from importer.core.weekdays import agrees, contradiction, split_weekday

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    """What one cell contributes: a day, a time of day, an offset.

    `typed` when the spreadsheet knew it as a date; `yearless` when it has a day and month, and the year is missing.
    """

    day: date | None = None
    clock: time | None = None
    offset: timezone | None = None
    typed: bool = False
    yearless: bool = False


EXCEL_EPOCH_YEARS = 1904
"""A date up to this year is a time of day alone: Excel counts days from 1900 or 1904 (ECMA-376 part 1, 18.17.4)."""
EXCEL_EPOCH = datetime(1900, 1, 1)  # noqa: DTZ001 - a day for adding a time of day to, no instant
LAST_YEAR = 9998
"""One short of Python's last, so that no zone can push an instant over the edge."""
LEAP_YEAR = "2028"
"""A year in which every day and month that can go together do."""
MOST_DAYS = 31
"""Days of the longest month: a greater number was never meant as a day."""
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
_YEARLESS = (
    r"(?P<a>\d{1,2})(?P<s>[/.])(?P<b>\d{1,2})\.?",
    r"(?P<d>\d{1,2})\.?[ -](?P<month>[A-Za-z]{3,9})\.?",
    r"(?P<month>[A-Za-z]{3,9})\.?[ -](?P<d>\d{1,2})",
)


def _with_times(shapes: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """Gives the shapes of days with a time of day that may follow them."""
    escaped = (shape.replace(" ", r"\ ") for shape in shapes)
    return tuple(re.compile(rf"{shape}(?:(?:[Tt]|,?\s+){_TIME})?", re.VERBOSE) for shape in escaped)


_DATE_TIMES = _with_times(_DATES)
_IN_FIGURES = _DATE_TIMES[:2]
_YEARLESS_TIMES = _with_times(_YEARLESS)
_TIME_ONLY = re.compile(_TIME, re.VERBOSE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


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


def is_date_time(text: str) -> bool:
    """Tells whether a text is nothing but a date in figures with a time of day, whatever its order."""
    for shape in _IN_FIGURES if text[:1].isdigit() else ():
        if found := shape.fullmatch(" ".join(text.split())):
            days = any(_day(*reading) for reading in _readings(found, None))
            return days and bool(found["hour"] and _whole(found))
    return False


def _merge(one: _Parts | Unclear, other: _Parts | Unclear) -> _Parts | Unclear:
    """Joins two cells: each of the parts comes from the first cell that has it; what is unclear stays unclear."""
    if isinstance(one, Unclear) or isinstance(other, Unclear):
        return one if isinstance(one, Unclear) else other
    return _Parts(
        one.day or other.day,
        one.clock if one.clock is not None else other.clock,
        one.offset or other.offset,
        one.typed or other.typed,
        one.yearless or other.yearless,
    )


def _when(parts: _Parts) -> When | Unclear:
    if parts.yearless:
        missing = "year" if parts.clock is not None else "year and no time of day"
        return Unclear("year-missing", "", {"missing": missing})
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
            return _dated(found, order, weekday, text)
    found = _TIME_ONLY.fullmatch(text)
    if found and _whole(found):
        clock = _clock(found)
        return _no_such_time(found, text) if clock is None else _Parts(clock=clock)
    return _without_year(written, text)


def _without_year(written: str, text: str) -> _Parts | Unclear:
    for shape in _YEARLESS_TIMES:
        if found := shape.fullmatch(written):
            readings = _yearless_readings(found)
            if any(_day(*reading) for reading in readings):
                return _yearless(found, text)
            if reason := _missing_day(readings):
                return Unclear("no-such-day", text, {"reason": reason})
    return Unclear("not-a-date", text)


def _yearless(found: re.Match[str], text: str) -> _Parts | Unclear:
    clock = _clock(found) if found["hour"] else None
    if found["hour"] and not _whole(found):
        return Unclear("not-a-date", text)
    if found["hour"] and clock is None:
        return _no_such_time(found, text)
    return _Parts(clock=clock, yearless=True)


def _yearless_readings(found: re.Match[str]) -> list[tuple[str, str, str]]:
    """Gives what a day and a month can be in a year that has most days; with dots the day is first."""
    groups = found.groupdict()
    if month := groups.get("month"):
        return [(LEAP_YEAR, _month(month), groups["d"])]
    a, b = groups["a"], groups["b"]
    return [(LEAP_YEAR, b, a)] if groups["s"] == "." else [(LEAP_YEAR, b, a), (LEAP_YEAR, a, b)]


def _dated(found: re.Match[str], order: DateOrder | None, weekday: int | None, text: str) -> _Parts | Unclear:
    readings = _readings(found, order)
    days = [*dict.fromkeys(day for reading in readings for day in _day(*reading))]
    clock = _clock(found) if found["hour"] else None
    if reason := _missing_day(readings, found["y"] if "y" in found.re.groupindex else found["c"], found=days):
        return Unclear("no-such-day", text, {"reason": reason})
    if not days or (found["hour"] and not _whole(found)):
        return Unclear("not-a-date", text)
    if found["hour"] and clock is None:
        return _no_such_time(found, text)
    match [day for day in days if agrees(day, weekday)]:
        case [day]:
            return _Parts(day, clock, _offset(found["offset"]))
        case [one, other, *_]:
            return Unclear("date-ambiguous", text, {"one": _long(one), "other": _long(other)})
    return Unclear("weekday-wrong", text, {"reason": contradiction([(day, _long(day)) for day in days], weekday)})


def _no_such_time(found: re.Match[str], text: str) -> Unclear:
    end = found.start("offset") if found["offset"] else found.end()
    return Unclear("no-such-time", text, {"time": found.string[found.start("hour") : end].strip()})


def _missing_day(readings: Sequence[tuple[str, str, str]], year: str = "", *, found: Sequence[date] = ()) -> str:
    """Gives why a date in figures or words is none that a calendar has, or nothing: 'November 2026 has no day 31'.

    A day that its month does not have is somebody's slip, whatever else the figures could mean in another order
    (31.11.26 is not 26 November 2031). Without one, and where no reading is a day, it is the month that is wrong.
    """
    whole = len(year) >= 4 and not found  # noqa: PLR2004 - 1.2.34 may be no date at all
    for full, month, day in sorted(readings, key=lambda reading: int(reading[2]) > MOST_DAYS):
        meant = 1 <= int(month) <= len(_MONTHS) and (whole or 1 <= int(day) <= MOST_DAYS)
        if meant and not _day(full, month, day):
            name = _MONTH_NAMES[int(month) - 1].capitalize()
            return f"{name} {_full_year(full)} has no day {int(day)}" if year else f"{name} has no day {int(day)}"
    months = list(dict.fromkeys(int(month) for _, month, _ in readings))
    if not whole or months in ([], [0]):  # another order was stated, or the name of no month
        return ""
    return f"Neither {months[0]} nor {months[1]} is a month" if len(months) > 1 else f"There is no month {months[0]}"


def _readings(found: re.Match[str], order: DateOrder | None) -> list[tuple[str, str, str]]:
    """Gives (year, month, day) for `order`, or for all orders where none was stated, likely ones first.

    With dots the day comes first. CLDR's date patterns in figures with dots (as Babel 2.18 has them: 261 patterns, the
    year in front in Hungarian, Korean, Mongolian and Church Slavonic) have the month first in one language, Ngomba.
    """
    groups = found.groupdict()
    if month := groups.get("month"):
        return [(groups["y"], _month(month), groups["d"])]
    if groups.get("y"):
        return [(groups["y"], groups["m"], groups["d"])]
    a, b, c = groups["a"], groups["b"], groups["c"]
    readings = {DateOrder.DMY: (c, b, a), DateOrder.MDY: (c, a, b), DateOrder.YMD: (a, b, c)}
    if len(c) == 4:  # noqa: PLR2004 - a four-digit number at the end is the year, so it can't be year first
        del readings[DateOrder.YMD]
    if order is None and groups["s"] == "." and DateOrder.YMD not in readings:
        order = DateOrder.DMY
    return [reading for key, reading in readings.items() if order in {None, key}]


def _day(year: str, month: str, day: str) -> list[date]:
    try:
        return [date(_full_year(year), int(month), int(day))]
    except ValueError:
        return []


def _full_year(year: str) -> int:
    return int(year) + (FIRST_YEAR_OF_CENTURY if len(year) <= 2 else 0)  # noqa: PLR2004 - two digits


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
