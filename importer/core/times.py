"""Dates and times as people write them, and the one instant they mean; nothing is guessed.

A text date counts when it has just one reading: year first (ISO 8601), a month's English name, dots with the year in
full at the end, or a day and month that can't be swapped, or that a weekday before them tells apart. Everything else
needs the order to be stated. Where a weekday says nothing new, it can still contradict.

A text is taken apart in three steps: the day, if it has one; then one or two times of day; then an offset from UTC. Two
times of day are a range, start and end. A minus could belong to a range as well as to an offset, so it makes an offset
only where people don't write ranges: after `T`, after seconds (ISO 8601, and what databases write), after `UTC` or
`GMT`, or in a cell of its own. Offsets that no zone has are none.

What several cells say is put together part by part. A part may be said twice, if it is the same; of two that differ
none is taken. Midnight beside a time of day is how spreadsheets and databases write a day alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from importer.core.cells import ParseError, fault_of, is_blank, text_of, visible
from importer.core.zones import find_zone, is_zone_like, zone_hint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.core.model import Cell


_FULL = (
    ("monday", "montag"),
    ("tuesday", "dienstag"),
    ("wednesday", "mittwoch"),
    ("thursday", "donnerstag"),
    ("friday", "freitag"),
    ("saturday", "samstag", "sonnabend"),
    ("sunday", "sonntag"),
)
_SHORT = (
    ("mon", "mo"),
    ("tue", "tues", "tu", "di"),
    ("wed", "we", "mi"),
    ("thu", "thur", "thurs", "th", "do"),
    ("fri", "fr"),
    ("sat", "sa"),
    ("sun", "su", "so"),
)
"""From Monday, in English and German; no short name of the one is another day's in the other."""

_NUMBERS = {name: number for names in (_FULL, _SHORT) for number, day in enumerate(names) for name in day}
_LEADING = re.compile(r"(?P<name>[A-Za-z]{2,10})(?:\.,?|,)?\s+(?P<rest>\S.*)")


def split_weekday(text: str) -> tuple[int | None, str]:
    """Return the weekday's number (Monday is 0) and what follows it; None and the whole text if it begins with none."""
    found = _LEADING.fullmatch(text)
    number = _NUMBERS.get(found["name"].lower()) if found else None
    return (number, found["rest"]) if found and number is not None else (None, text)


def agrees(day: date, weekday: int | None) -> bool:
    """Return whether the day falls on the weekday, if there is one."""
    return weekday is None or day.weekday() == weekday


def contradiction(days: Sequence[tuple[date, str]], weekday: int | None) -> str:
    """Return which weekday the days (each with its words) really are: '2 March 2026 is a Monday, not a Thursday'."""
    names = [_FULL[number][0].capitalize() for number in range(len(_FULL))]
    written = names[weekday or 0]
    if len(days) == 1:
        day, words = days[0]
        return f"{words} is a {names[day.weekday()]}, not a {written}"
    return f"Neither {' nor '.join(words for _, words in days)} is a {written}"


class DateOrder(StrEnum):
    """The order of day, month and year in text dates of the sheet."""

    YMD = "YMD"
    DMY = "DMY"
    MDY = "MDY"


@dataclass(frozen=True, slots=True)
class When:
    """A date and time as written: naive unless the text had an offset.

    `midnight`: 00:00, as databases export a date that has no time.
    """

    local: datetime
    midnight: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Two times that stand together, a start and an end."""

    start: When
    end: When


class Clock(StrEnum):
    """How a local time stands to its zone's clock changes."""

    PLAIN = "plain"
    SKIPPED = "skipped"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as written and, where the zone is known, the instant it means."""

    written: When
    instant: datetime | None
    clock: Clock


class _Time(NamedTuple):
    """A time of day; `days` is 1 for 24:00, the end of a day."""

    clock: time
    days: int = 0


@dataclass(frozen=True, slots=True)
class _Parts:
    """What one cell contributes: a day, one or two times of day, an offset.

    `until` has a day of its own where the text gives the end one. `yearless` when the text has a day and month, and the
    year is missing.
    """

    day: date | None = None
    at: _Time | None = None
    until: _Time | None = None
    until_day: date | None = None
    offset: timezone | None = None
    yearless: bool = False

    def is_midnight(self) -> bool:
        """Return whether this is a day with the time of day that a day without one is written with."""
        return self.day is not None and self.until is None and self.at == _Time(time())


EXCEL_EPOCH_YEARS = 1904
"""A date up to this year is a time of day alone: Excel counts days from 1900 or 1904 (ECMA-376 part 1, 18.17.4), and
other programs write a time of day as one of the first days that they count from, 1899-12-30 or 0001-01-01."""
EXCEL_EPOCH = datetime(1900, 1, 1)  # noqa: DTZ001 - a day for adding a time of day to, no instant
EXCEL_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - what a serial number of today is counted from
SERIALS = (20_000, 110_000)
"""Numbers that are serial numbers of days (1954 to 2201) where a date is expected."""
EPOCH_SECONDS = (10**9, 10**10)
"""Numbers that are seconds since 1970 (2001 to 2286); a thousand times as many are milliseconds."""
LAST_YEAR = 9998
"""One short of Python's last, so that no zone can push an instant over the edge."""
LEAP_YEAR = "2028"
"""A year in which every day and month that can go together do."""
MOST_DAYS = 31
"""Days of the longest month: a greater number was never meant as a day."""
FIRST_YEAR_OF_CENTURY = 2000
"""Two-digit years are this century's; meetings lie ahead."""
NOON = 12

OFFSETS = frozenset(
    timedelta(minutes=minutes)
    for minutes in (
        *range(-12 * 60, 14 * 60 + 1, 60),
        *(-570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825),
    )
)
"""How far a zone's clocks can be from UTC today: whole hours, and those of the Marquesas, Newfoundland, Iran,
Afghanistan, India, Nepal, Myanmar, Eucla, central Australia, Lord Howe and Chatham (tz database 2025b)."""

_CLOCK = r"""(?P<hour{n}>\d{{1,2}})
    (?:(?P<mark{n}>[:.h])(?P<minute{n}>\d{{2}})(?:[:.](?P<second{n}>\d{{2}})(?:[.,]\d{{1,9}})?)?)?
    (?:\s*(?:(?P<half{n}>[ap]\.?\s?m\b\.?)|(?P<oclock{n}>Uhr\b|h\b)))?"""
_ZONE = r"""(?P<offset{n}>\s*
    (?:Z|(?:UTC|GMT)(?:\s?[+\-\u2212]\d{{1,2}}(?::?\d{{2}})?)?|[+\-\u2212]\d{{2}}(?::?\d{{2}})?)
    (?:\s?\([^()]*\)|\[[a-z0-9_/+-]+\])?)?"""
_TO = r"\s*(?:[-\u2010-\u2015\u2212~]|\b(?:to|bis|until|till)\b)\s*"
_ONE = re.compile(_CLOCK.format(n=1) + _ZONE.format(n=1), re.VERBOSE | re.IGNORECASE)
_TWO = re.compile(
    r"(?:(?:from|von)\s+)?" + _CLOCK.format(n=1) + _ZONE.format(n=1) + _TO + _CLOCK.format(n=2) + _ZONE.format(n=2),
    re.VERBOSE | re.IGNORECASE,
)
_BASIC = re.compile(r"(\d{2})(\d{2})(\d{2})?(?:[.,]\d+)?(Z|[+-]\d{2}(?:\d{2})?)?")
"""A time of day as ISO 8601 writes it without colons; only after a day and `T`."""
_BETWEEN = re.compile(_TO + r"|\s+/\s+|/")
_OFFSET_ALONE = re.compile(
    r"[Zz]|(?:UTC|GMT)(?:\s?[+\-\u2212]\d{1,2}(?::?\d{2})?)?|[+\-\u2212]\d{1,2}(?::?\d{2})?", re.IGNORECASE
)
_OFFSET = re.compile(r"(?:UTC|GMT|Z)?\s?(?P<sign>[+\-\u2212])?(?P<hours>\d{1,2})?:?(?P<minutes>\d{2})?", re.IGNORECASE)
_WITHOUT_COLON = re.compile(r"\d{3,4}(?:\s*[-\u2010-\u2015]\s*\d{3,4})?|\d+[.,]\d+")
"""A time of day as armies and decimal clocks write it, behind a day."""
_FIGURES = re.compile(r"-?\d+(?:[.,]\d+)?")

_DATES = (
    r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})",
    r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<c>\d{4}|\d{2})",
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    r"(?P<d>\d{1,2})(?:st|nd|rd|th)?\.?[ -](?P<month>[A-Za-z]{3,9})\.?,?[ -](?P<y>\d{4})",
    r"(?P<d>\d{1,2})-(?P<month>[A-Za-z]{3})-(?P<y>\d{2})",
    r"(?P<month>[A-Za-z]{3,9})\.?[ -](?P<d>\d{1,2})(?:st|nd|rd|th)?,?[ -](?P<y>\d{4})",
)
_YEARLESS = (
    r"(?P<a>\d{1,2})(?P<s>[/.])(?P<b>\d{1,2})\.?",
    r"(?P<d>\d{1,2})(?:st|nd|rd|th)?\.?[ -](?P<month>[A-Za-z]{3,9})\.?",
    r"(?P<month>[A-Za-z]{3,9})\.?[ -](?P<d>\d{1,2})(?:st|nd|rd|th)?",
)


_DASH = "[-\u2013\u2014]"
"""Between a day and its time, with blanks around it; without them, a minus begins an offset or an end."""


def _with_rest(shapes: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """Return the shapes of days with something that may follow them."""
    between = rf"(?P<t>[Tt])(?=\d)|,?\s+(?:at |um |{_DASH} (?=\d\d?:\d\d))?"
    return tuple(re.compile(rf"{shape}(?:(?:{between})(?P<rest>\S.*))?") for shape in shapes)


_DATE_SHAPES = _with_rest(_DATES)
_IN_FIGURES = _DATE_SHAPES[:2]
_YEARLESS_SHAPES = _with_rest(_YEARLESS)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def read_when(cells: Sequence[Cell], order: DateOrder | None) -> When | Range | ParseError | None:
    """Return what `cells` (one, or a date, times and an offset) say together; None when all are blank."""
    parts = _all_parts(cells, order)
    return _said(_together(parts, cells), cells) if isinstance(parts, list) else parts


def read_end(cells: Sequence[Cell], order: DateOrder | None, day: date | None) -> When | Range | ParseError | None:
    """Return the same for an end: a time of day alone is on `day`, the start's, if no other cell has one.

    In cells joined with the start, the time of day that stands alone is the end's, and the other one the start's.
    """
    parts = _all_parts(cells, order)
    if not isinstance(parts, list):
        return parts
    if any(part.at and part.day is None for part in parts):
        parts = [replace(part, at=_Time(time()), until=None) if part.day and part.at else part for part in parts]
    merged = _together(parts, cells)
    if isinstance(merged, _Parts) and merged.day is None and merged.at and not merged.yearless:
        merged = replace(merged, day=day)
    return _said(merged, cells)


def is_date_time(text: str) -> bool:
    """Return whether a text is nothing but a date in figures with a time of day, whatever its order."""
    for shape in _IN_FIGURES if text[:1].isdigit() else ():
        if found := shape.fullmatch(" ".join(text.split())):
            days = any(_day(*reading) for reading in _readings(found, None))
            return days and bool(found["rest"] and isinstance(_times_after(found, text), _Parts))
    return False


def _all_parts(cells: Sequence[Cell], order: DateOrder | None) -> list[_Parts] | ParseError | None:
    """Return what each filled cell contributes, or what is unclear about the first that is; None when all are blank."""
    if fault := fault_of(cells):
        return fault
    filled = [cell for cell in visible(cells) if not is_blank(cell)]
    parts: list[_Parts] = []
    for cell in filled:
        part = _parts(cell, order)
        if isinstance(part, ParseError):
            return ParseError(part.code, _shown(cells), part.facts)
        parts.append(part)
    return parts or None


def _shown(cells: Iterable[Cell]) -> str:
    return " ".join(filter(None, map(text_of, cells)))


def _together(parts: Sequence[_Parts], cells: Sequence[Cell]) -> _Parts | ParseError:
    """Return what joined cells say. A midnight is a day without its time where the cell for the time is blank."""
    merged = _joined(parts)
    lacks = len(parts) < len(cells) and isinstance(merged, _Parts) and merged.is_midnight()
    return replace(merged, at=None) if lacks and isinstance(merged, _Parts) else merged


def _joined(parts: Sequence[_Parts]) -> _Parts | ParseError:
    """Return what the cells say together. What two of them say differently is unclear."""
    if len(parts) == 1:
        return parts[0]
    if any(part.at and not part.is_midnight() for part in parts) or any(part.at and not part.day for part in parts):
        bare = [part for part in parts if part.is_midnight()]
        if any(part.offset for part in bare) and not any(part.offset for part in parts if part not in bare):
            return ParseError(
                "cells-disagree", "", {"what": "midnight in UTC or another zone, and a time of day without one"}
            )
        parts = [replace(part, at=None, offset=None) if part in bare else part for part in parts]
    days = {part.day for part in parts if part.day}
    times = {(part.at, part.until, part.until_day) for part in parts if part.at}
    offsets = {part.offset.utcoffset(None) for part in parts if part.offset}
    for what, said in (("two days", days), ("two times of day", times), ("two differences from UTC", offsets)):
        if len(said) > 1:
            return ParseError("cells-disagree", "", {"what": what})
    at, until, until_day = next(iter(times), (None, None, None))
    offset = next((part.offset for part in parts if part.offset), None)
    yearless = any(part.yearless for part in parts)
    return _Parts(next(iter(days), None), at, until, until_day, offset, yearless=yearless)


def _said(parts: _Parts | ParseError, cells: Sequence[Cell]) -> When | Range | ParseError:
    read = parts if isinstance(parts, ParseError) else _when(parts)
    return ParseError(read.code, _shown(cells), read.facts) if isinstance(read, ParseError) else read


def _when(parts: _Parts) -> When | Range | ParseError:
    if parts.yearless:
        missing = "year" if parts.at is not None else "year and no time of day"
        return ParseError("year-missing", "", {"missing": missing})
    if parts.day is None:
        return ParseError("date-missing" if parts.at else "not-a-date", "")
    if parts.at is None:
        return ParseError("time-missing", "")
    if max(parts.day, parts.until_day or parts.day).year > LAST_YEAR:
        return ParseError("not-a-date", "")
    start = _moment(parts.day, parts.at, parts.offset)
    return Range(start, _moment(parts.until_day or parts.day, parts.until, parts.offset)) if parts.until else start


def _moment(day: date, at: _Time, offset: timezone | None) -> When:
    local = datetime.combine(day, at.clock, offset) + timedelta(days=at.days)
    return When(local, midnight=offset is None and at == _Time(time()))


def _parts(cell: Cell, order: DateOrder | None) -> _Parts | ParseError:
    match cell:
        case datetime():
            moment = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)
            day = moment.date() if moment.year > EXCEL_EPOCH_YEARS else None
            return _Parts(day, _Time(moment.time()))
        case date():
            return _Parts(cell)
        case time():
            return _Parts(at=_Time(cell.replace(microsecond=0)))
        case timedelta() if timedelta() <= cell <= timedelta(days=1):
            return _Parts(at=_Time((EXCEL_EPOCH + cell).time().replace(microsecond=0), cell.days))
        case bool() | None:
            return ParseError("not-a-date", text_of(cell))
        case str() | int() | float():
            return _text_parts(" ".join(text_of(cell).split()), order)
    return ParseError("not-a-date", text_of(cell))


@lru_cache(maxsize=1 << 14)
def _text_parts(text: str, order: DateOrder | None) -> _Parts | ParseError:
    """Return what a text says. Remembered: a roster has the same texts in many rows, and is read more than once."""
    weekday, written = split_weekday(text)
    for shape in _DATE_SHAPES:
        if found := shape.fullmatch(written):
            read = _dated(found, order, weekday, text)
            none = isinstance(read, ParseError) and read.code == "not-a-date"
            return (_two_dated(text, order) if none else None) or read
    if _OFFSET_ALONE.fullmatch(text):
        offset = _offset(text)
        return _Parts(offset=offset) if offset else ParseError("offset-unknown", text)
    times = _times(text, text)
    if isinstance(times, _Parts) or times.code != "not-a-date":
        return times
    return _figures(text) or _without_year(written, text)


def _two_dated(text: str, order: DateOrder | None) -> _Parts | ParseError | None:
    """Return a range whose end has a day of its own; None for other texts, which are most."""
    for found in _BETWEEN.finditer(text, 8) if len(text) >= 2 * len("1.1.27 9:00") else ():
        left, right = text[: found.start()], text[found.end() :]
        if not (_begins_with_day(left) and _begins_with_day(right)):
            continue
        sides = [_text_parts(side, order) for side in (left, right)]
        for side in sides:
            if isinstance(side, ParseError):
                return ParseError(side.code, text, side.facts)
        start, end = (side for side in sides if isinstance(side, _Parts))
        if start.day and end.day and start.at and end.at and not start.until and not end.until:
            same = start.offset == end.offset
            both = replace(start, until=end.at, until_day=end.day)
            return both if same else ParseError("cells-disagree", text, {"what": "two differences from UTC"})
    return None


def _begins_with_day(text: str) -> bool:
    _, written = split_weekday(text)
    return any(found["rest"] for shape in _DATE_SHAPES if (found := shape.fullmatch(written)))


def _figures(text: str) -> ParseError | None:
    """Return what a number is that stands where a date is wanted; None for other texts."""
    if not _FIGURES.fullmatch(text):
        return None
    number = float(text.replace(",", "."))
    if SERIALS[0] <= number < SERIALS[1]:
        day = EXCEL_DAY_ZERO + timedelta(minutes=round(number * 24 * 60))
        return ParseError("serial-number", text, {"meant": f"{day:%Y-%m-%d %H:%M}", "kind": "a date"})
    if 0 < number < 1:
        clock = EXCEL_DAY_ZERO + timedelta(minutes=round(number * 24 * 60))
        return ParseError("serial-number", text, {"meant": f"{clock:%H:%M}", "kind": "a time"})
    for unit, size in (("seconds", 1), ("milliseconds", 1000)):
        if EPOCH_SECONDS[0] * size <= number < EPOCH_SECONDS[1] * size:
            return ParseError("epoch-time", text, {"unit": unit})
    return ParseError("number-not-time", text)


def _without_year(written: str, text: str) -> _Parts | ParseError:
    for shape in _YEARLESS_SHAPES:
        if found := shape.fullmatch(written):
            readings = _yearless_readings(found)
            if any(_day(*reading) for reading in readings):
                times = _times_after(found, text) if found["rest"] else _Parts()
                return times if isinstance(times, ParseError) else replace(times, yearless=True)
            if reason := _missing_day(readings):
                return ParseError("no-such-day", text, {"reason": reason})
    return ParseError("not-a-date", text)


def _yearless_readings(found: re.Match[str]) -> list[tuple[str, str, str]]:
    """Return what a day and a month can be in a year that has most days; with dots the day is first."""
    groups = found.groupdict()
    if month := groups.get("month"):
        return [(LEAP_YEAR, _month(month), groups["d"])]
    a, b = groups["a"], groups["b"]
    return [(LEAP_YEAR, b, a)] if groups["s"] == "." else [(LEAP_YEAR, b, a), (LEAP_YEAR, a, b)]


def _dated(found: re.Match[str], order: DateOrder | None, weekday: int | None, text: str) -> _Parts | ParseError:
    readings = _readings(found, order)
    days = [*dict.fromkeys(day for reading in readings for day in _day(*reading))]
    if reason := _missing_day(readings, found["y"] if "y" in found.re.groupindex else found["c"], found=days):
        return ParseError("no-such-day", text, {"reason": reason})
    times = _times_after(found, text) if found["rest"] else _Parts()
    if isinstance(times, ParseError) or not days:
        return times if isinstance(times, ParseError) else ParseError("not-a-date", text)
    match [day for day in days if agrees(day, weekday)]:
        case [day] if times.at and day.year <= EXCEL_EPOCH_YEARS:
            return ParseError("not-a-date", text) if times.offset else times
        case [day]:
            right = _is_zone_right(found["rest"] or "", day, times)
            return replace(times, day=day) if right else ParseError("not-a-date", text)
        case [one, other, *_]:
            return ParseError("date-ambiguous", text, {"one": _long(one), "other": _long(other)})
    return ParseError("weekday-wrong", text, {"reason": contradiction([(day, _long(day)) for day in days], weekday)})


def _is_zone_right(rest: str, day: date, times: _Parts) -> bool:
    """Return whether a zone in brackets behind an offset (RFC 9557), if there is one, has that offset then."""
    named = re.search(r"\[([^\]]+)\]$", rest)
    if named is None or times.at is None:
        return True
    zone = find_zone(named[1])
    return zone is not None and _moment(day, times.at, None).local.replace(tzinfo=zone).utcoffset() == (
        times.offset.utcoffset(None) if times.offset else None
    )


def _missing_day(readings: Sequence[tuple[str, str, str]], year: str = "", *, found: Sequence[date] = ()) -> str:
    """Return why a date in figures or words is none that a calendar has, or nothing: 'November 2026 has no day 31'.

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
    """Return (year, month, day) for `order`, or for all orders where none was stated, likely ones first.

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


def _times_after(found: re.Match[str], text: str) -> _Parts | ParseError:
    """Return the times of day that follow a day."""
    with_dots = found.groupdict().get("s") == "."
    if found["t"] and (basic := _BASIC.fullmatch(found["rest"])):
        hour, minute, second, offset = basic.groups()
        return _times(f"{hour}:{minute}:{second or '00'}{offset or ''}", text, by_machine=True)
    return _times(found["rest"], text, by_machine=bool(found["t"]), with_dots=with_dots)


def _times(written: str, text: str, *, by_machine: bool = False, with_dots: bool = False) -> _Parts | ParseError:
    """Return one or two times of day and their offset; `text` is all of the cell.

    `by_machine`: behind `T`, where a minus begins an offset. `with_dots`: behind a day with dots, as its time may have.
    """
    return _known_times(written, by_machine=by_machine, with_dots=with_dots) or _times_read(
        written, text, by_machine=by_machine, with_dots=with_dots
    )


@lru_cache(maxsize=1 << 12)
def _known_times(written: str, *, by_machine: bool, with_dots: bool) -> _Parts | None:
    """Return the times that a text says, if it does: behind thousands of days stand a few dozen times of day."""
    read = _times_read(written, "", by_machine=by_machine, with_dots=with_dots)
    return read if isinstance(read, _Parts) else None


def _times_read(written: str, text: str, *, by_machine: bool, with_dots: bool) -> _Parts | ParseError:
    one = _ONE.fullmatch(written)
    if one and (not _has_minus(one, 1) or by_machine or one["second1"]):
        return _times_of(one, (1,), text, with_dots=with_dots)
    two = _TWO.fullmatch(written)
    if two and not any(_has_minus(two, n) and not by_machine and not two[f"second{n}"] for n in (1, 2)):
        return _times_of(two, (1, 2), text, with_dots=with_dots)
    if _WITHOUT_COLON.fullmatch(written) and written != text:
        return ParseError("number-not-time", text)
    return _zone_named(written, text) or ParseError("not-a-date", text)


def _has_minus(found: re.Match[str], number: int) -> bool:
    """Return whether an offset is a minus and figures alone, which could as well be the end of a range."""
    return (found[f"offset{number}"] or "").strip()[:1] in {"-", "\u2212"}


def _zone_named(written: str, text: str) -> ParseError | None:
    """Return what to say of the name of a zone, alone or behind a time of day; None for other texts."""
    places = [0, *(found.end() for found in re.finditer(r"\s+", written))]
    for place in places if written[-1:].isalpha() or written.endswith(")") else ():
        before, zone = written[:place].strip(), written[place:].strip("()")
        if (not before or _ONE.fullmatch(before) or _TWO.fullmatch(before)) and is_zone_like(zone):
            return ParseError(
                "zone-in-time", text, {"zone": zone, "hint": zone_hint(zone) if not find_zone(zone) else ""}
            )
    return None


def _times_of(found: re.Match[str], numbers: Sequence[int], text: str, *, with_dots: bool) -> _Parts | ParseError:
    halves = _halves(found, numbers)
    if halves is None or not any(found[f"{part}{n}"] for part in ("minute", "half", "oclock") for n in numbers):
        return ParseError("not-a-date", text)
    told = with_dots or any(found[f"{part}{n}"] for part in ("half", "oclock", "second") for n in numbers)
    if not told and any(found[f"mark{n}"] == "." for n in numbers):
        return ParseError("number-not-time", text)
    at = [_time(found, number, half) for number, half in zip(numbers, halves, strict=True)]
    if None in at:
        end = found.start("offset1") if len(numbers) == 1 and found["offset1"] else found.end()
        return ParseError("no-such-time", text, {"time": found.string[found.start("hour1") : end].strip()})
    said = [found[f"offset{n}"] for n in numbers]
    offsets = [_offset(one) if one else None for one in said]
    if any(one and offset is None for one, offset in zip(said, offsets, strict=True)):
        return ParseError("offset-unknown", text)
    if offsets[0] != offsets[-1] and offsets[0] is not None:
        return ParseError("cells-disagree", text, {"what": "two differences from UTC"})
    return _Parts(at=at[0], until=at[1] if len(at) > 1 else None, offset=offsets[-1])


def _halves(found: re.Match[str], numbers: Sequence[int]) -> list[str] | None:
    """Return a or p for each time, or nothing; None where it is not certain.

    Of two times, the one without has the other's where it then comes in order: 9 to 10:30 am is in the morning, and
    1 to 2 pm in the afternoon. 11 to 1 pm begins in the morning, as it would else begin after its end.
    """
    said = [(found[f"half{n}"] or "").lower()[:1] for n in numbers]
    if all(said) or not any(said):
        return said
    if found["hour1"].startswith("0") != found["hour2"].startswith("0") and "0" in {
        found[f"hour{n}"][0] for n in numbers
    }:
        return None  # 09:00 is how a clock of 24 hours says it, and 1:30 pm is how one of twelve does
    stated = "".join(said)
    for half in (stated, "a") if not said[0] else (stated,):
        filled = [one or half for one in said]
        start, end = (_time(found, number, one) for number, one in zip(numbers, filled, strict=True))
        if start and end and start.clock < end.clock:
            return filled
    return None


def _time(found: re.Match[str], number: int, half: str) -> _Time | None:
    hour, minute, second = (int(found[f"{part}{number}"] or 0) for part in ("hour", "minute", "second"))
    if half and not 1 <= hour <= NOON:
        return None
    if half:
        hour = hour % NOON + (NOON if half == "p" else 0)
    if (hour, minute, second) == (24, 0, 0):
        return _Time(time(), days=1)
    try:
        return _Time(time(hour, minute, second))
    except ValueError:
        return None


def _offset(text: str) -> timezone | None:
    """Return the offset, or None if no zone has it."""
    found = _OFFSET.match(text.strip())
    if found is None:
        return None
    size = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    size = size if found["sign"] in {None, "+"} else -size
    return (timezone(size) if size else UTC) if size in OFFSETS else None


def _long(day: date) -> str:
    return f"{day.day} {_MONTH_NAMES[day.month - 1].capitalize()} {day.year}"


def to_utc(local: datetime, zone: tzinfo) -> tuple[datetime, Clock]:
    """Return the UTC instant of `local` and how it stands to clock changes; of a repeated hour the first one counts."""
    if local.tzinfo is not None:
        return local.astimezone(UTC), Clock.PLAIN
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    instant = first.astimezone(UTC)
    if first.utcoffset() == second.utcoffset():
        return instant, Clock.PLAIN
    exists = instant.astimezone(zone).replace(tzinfo=None) == local
    return instant, Clock.REPEATED if exists else Clock.SKIPPED
