"""What the text of one cell says: a day or weekdays, times of day, an offset from UTC.

A text is taken apart in three steps: the day, if it has one (dates.py); then one or two times of day, and an offset
(clocks.py). Both sides of a range may have a day, and labels: `Start: 9:00 End: 10:30`. What is left over is told by
what it looks like, a number or a time in a longer text, and never taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from importer.core.cells import ParseError, text_of
from importer.core.times.clocks import (
    BETWEEN,
    MIDNIGHT,
    TWO_OFFSETS,
    ClockTime,
    ClockTimes,
    is_offset,
    number_meant,
    offset_of,
    time_inside,
    times_in,
)
from importer.core.times.dates import (
    FoundDay,
    Weekdays,
    begins_with_day,
    find_day,
    find_yearless,
    in_figures,
    leading_weekdays,
    the_day,
)
from importer.core.times.vocabulary import LETTER, any_of, folded
from importer.core.times.words import ENGLISH_WORDS
from importer.core.times.zones import find_zone

if TYPE_CHECKING:
    from importer.core.model import Cell, DateOrder
    from importer.core.times.words import Words


@dataclass(frozen=True, slots=True)
class CellParts:
    """What one cell contributes: a day or weekdays, one or two times of day, an offset.

    `until` has a day of its own where the text gives the end one. `yearless` when the text has a day and month, and the
    year is missing.
    """

    day: date | None = None
    at: ClockTime | None = None
    until: ClockTime | None = None
    until_day: date | None = None
    offset: timezone | None = None
    yearless: bool = False
    weekdays: Weekdays | None = None
    bare: bool = False

    def with_times(self, times: ClockTimes) -> CellParts:
        """Return the same with times of day."""
        return replace(self, at=times.at, until=times.until, offset=times.offset, bare=times.bare)

    def is_midnight(self) -> bool:
        """Return whether this is a day with the time of day that a day without one is written with."""
        return self.day is not None and self.until is None and self.at == MIDNIGHT


EXCEL_EPOCH_YEARS = 1904
"""A date up to this year is a time of day alone: Excel counts days from 1900 or 1904 (ECMA-376 part 1, 18.17.4), and
other programs write a time of day as one of the first days that they count from, 1899-12-30 or 0001-01-01."""
EXCEL_EPOCH = datetime(1900, 1, 1)  # noqa: DTZ001 - a day for adding a time of day to, no instant


def cell_parts(cell: Cell, order: DateOrder | None, words: Words = ENGLISH_WORDS) -> CellParts | ParseError:
    """Return what one cell contributes, or what is unclear about it."""
    match cell:
        case datetime():
            moment = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)
            day = moment.date() if moment.year > EXCEL_EPOCH_YEARS else None
            return CellParts(day, ClockTime(moment.time()))
        case date():
            return CellParts(cell)
        case time():
            return CellParts(at=ClockTime(cell.replace(microsecond=0)))
        case timedelta() if timedelta() <= cell <= timedelta(days=1):
            return CellParts(at=ClockTime((EXCEL_EPOCH + cell).time().replace(microsecond=0), cell.days))
        case bool() | None:
            return ParseError("not-a-date", text_of(cell))
        case str() | int() | float():
            text = " ".join(text_of(cell).split())
            return _text_parts(text if text.isascii() else text.translate(_NARROW), order, words)
    return ParseError("not-a-date", text_of(cell))


_NARROW = {0xFF01 + place: 0x21 + place for place in range(0x5E)}
"""Full-width figures and signs, as Japanese and Chinese keyboards write them."""


_YEAR_LAST = re.compile(r"(.*[^\W\d_]{3,}\.? \d{1,2}),? (\d\d:\d\d(?::\d\d)?(?: (?:UTC|GMT)\S*)?) (\d{4})")
"""As C and Java print a moment: Mon Apr  5 09:00:00 2027."""


@lru_cache(maxsize=1 << 14)
def _text_parts(text: str, order: DateOrder | None, words: Words) -> CellParts | ParseError:
    """Return what a text says. Remembered: a roster has the same texts in many rows, and is read more than once."""
    read = _said_in(text, order, words)
    if isinstance(read, ParseError) and read.code in {"not-a-date", "time-in-text"}:
        plainer = words.plainer(text)
        other = _said_in(plainer, order, words) if plainer != text else read
        return read if isinstance(other, ParseError) and other.code == read.code else other
    return read


def _said_in(text: str, order: DateOrder | None, words: Words) -> CellParts | ParseError:
    last = _YEAR_LAST.fullmatch(text)
    if found := find_day(f"{last[1]} {last[3]} {last[2]}" if last else text, order, words):
        read = _dated(found, text, words)
        none = isinstance(read, ParseError) and read.code == "not-a-date"
        return (_two_sides(text, order, words) if none else None) or (_otherwise(text) if none else read)
    if is_offset(text):
        offset = offset_of(text)
        return CellParts(offset=offset) if offset else ParseError("offset-unknown", text)
    times = times_in(text, text, words, alone=True)
    if isinstance(times, ClockTimes) or times.code != "not-a-date":
        return times if isinstance(times, ParseError) else CellParts().with_times(times)
    return (
        number_meant(text)
        or _without_year(text, words)
        or _on_weekdays(text, words)
        or _labelled(text, order, words)
        or _two_sides(text, order, words)
        or _otherwise(text)
    )


def _otherwise(text: str) -> ParseError:
    """Return what to say of a text that is no date: what stands in it is told, and not taken."""
    inside = time_inside(text)
    return ParseError("time-in-text", text, {"found": inside}) if inside else ParseError("not-a-date", text)


def _on_weekdays(text: str, words: Words) -> CellParts | ParseError | None:
    """Return weekdays without a date, with their time of day if they have one; None for other texts."""
    found = None if text[:1].isdigit() else leading_weekdays(text, words)
    if found is None:
        return None
    weekdays, rest = found
    times = times_in(rest, text, words) if rest else None
    if isinstance(times, ParseError):
        return None if times.code == "not-a-date" else times
    return CellParts(weekdays=weekdays) if times is None else CellParts(weekdays=weekdays).with_times(times)


_STARTS = ("start", "begin", "begins", "from", "start time", "start date", "begin time", "begin date")
_ENDS = ("end", "ends", "finish", "until", "till", "to", "end time", "end date", "finish time")


@lru_cache(maxsize=4)
def _labels(words: Words) -> re.Pattern[str]:
    """Return what a range with labels looks like: before each side stands what people write over a column of such."""
    starts, ends = (any_of((*own, *words.over(key))) for own, key in ((_STARTS, "start"), (_ENDS, "end")))
    return re.compile(
        rf"{starts}\s*[:=]\s*(?P<start>.+?)\s*[;,|/]?\s*(?<!{LETTER}){ends}\s*[:=]\s*(?P<end>.+)", re.IGNORECASE
    )


_TWO_LABELS = re.compile(r"[^\W\d_]\s*[:=].*[^\W\d_]\s*[:=]")


def _labelled(text: str, order: DateOrder | None, words: Words) -> CellParts | ParseError | None:
    """Return a range that is written with labels, 'Start: 9:00 End: 10:30'; None for other texts."""
    found = _labels(ENGLISH_WORDS).fullmatch(text)
    if found is None and words.languages.tags and _TWO_LABELS.search(text):
        found = _labels(words).fullmatch(folded(text))
    return None if found is None else _from_to((found["start"], found["end"]), text, order, words)


def _two_sides(text: str, order: DateOrder | None, words: Words) -> CellParts | ParseError | None:
    """Return a range whose end has a day of its own; None for other texts, which are most."""
    for found in BETWEEN.finditer(text, 8) if len(text) >= 2 * len("1.1.27 9:00") else ():
        sides = text[: found.start()], text[found.end() :]
        if all(begins_with_day(side, words) for side in sides) and (read := _from_to(sides, text, order, words)):
            return read
    return None


def _from_to(sides: tuple[str, str], text: str, order: DateOrder | None, words: Words) -> CellParts | ParseError | None:
    """Return the range of two texts; an end without a day is on the start's."""
    read = [_text_parts(side, order, words) for side in sides]
    for side in read:
        if isinstance(side, ParseError):
            return ParseError(side.code, text, side.facts)
    start, end = (side for side in read if isinstance(side, CellParts))
    if not (start.at and end.at) or start.until or end.until or start.weekdays or end.weekdays:
        return None
    if start.yearless or end.yearless or (end.day and not start.day):
        return None
    if start.offset != end.offset:
        return ParseError("cells-disagree", text, {"what": TWO_OFFSETS.format()})
    return replace(start, until=end.at, until_day=end.day)


def _without_year(text: str, words: Words) -> CellParts | ParseError | None:
    """Return a day without its year; None for other texts."""
    found = find_yearless(text, words)
    if found is None:
        return None
    if found.reason:
        return ParseError("no-such-day", text, {"reason": found.reason})
    times = _times_after(found, text, words) if found.rest else None
    if isinstance(times, ParseError):
        return times
    return CellParts(yearless=True) if times is None else CellParts(yearless=True).with_times(times)


def _dated(found: FoundDay, text: str, words: Words) -> CellParts | ParseError:
    if found.reason:
        return ParseError("no-such-day", text, {"reason": found.reason})
    times = _times_after(found, text, words) if found.rest else None
    if isinstance(times, ParseError):
        return times
    day = the_day(found, text)
    if isinstance(day, ParseError) or times is None:
        return day if isinstance(day, ParseError) else CellParts(day)
    if day.year <= EXCEL_EPOCH_YEARS:
        return ParseError("not-a-date", text) if times.offset else CellParts().with_times(times)
    right = _is_zone_right(found.rest, day, times)
    return CellParts(day).with_times(times) if right else ParseError("not-a-date", text)


def _is_zone_right(rest: str, day: date, times: ClockTimes) -> bool:
    """Return whether a zone in brackets behind an offset (RFC 9557), if there is one, has that offset then."""
    named = re.search(r"\[([^\]]+)\]$", rest)
    if named is None:
        return True
    zone = find_zone(named[1])
    return zone is not None and datetime.combine(day, times.at.clock).replace(tzinfo=zone).utcoffset() == (
        times.offset.utcoffset(None) if times.offset else None
    )


def _times_after(found: FoundDay, text: str, words: Words) -> ClockTimes | ParseError:
    """Return the times of day that follow a day."""
    return times_in(found.rest, text, words, by_machine=found.by_machine, with_dots=found.with_dots)


def is_date_time(text: str) -> bool:
    """Return whether a text is nothing but a date in figures with a time of day, whatever its order."""
    found = in_figures(" ".join(text.split()))
    return found is not None and bool(
        found.days and found.rest and isinstance(_times_after(found, text, ENGLISH_WORDS), ClockTimes)
    )
