"""What the cells of a start or an end say together, and the one instant that it means; nothing is guessed.

What one cell says is read by spellings.py. What several cells say is put together here, part by part. A part may be
said twice, if it is the same; of two that differ none is taken. Midnight beside a time of day is how spreadsheets and
databases write a day alone. Year, month, day, hour and minute can have columns of their own; which number is which is
said by their headings, never by their order.

Two times of day are a range, start and end. Weekdays can stand instead of a day: which dates these are is weeks.py's.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from importer.core.cells import ParseError, fault_of, is_blank, text_of, visible
from importer.core.texts import Sentence
from importer.core.times.clocks import MIDNIGHT, TWO_OFFSETS, ClockTime
from importer.core.times.dates import Weekdays, agrees, contradiction, find_day, find_yearless
from importer.core.times.spellings import EXCEL_EPOCH_YEARS, CellParts, cell_parts
from importer.core.times.words import ENGLISH_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.core.model import Cell, DateOrder
    from importer.core.times.words import Words


@dataclass(frozen=True, slots=True)
class When:
    """A date and time as written: naive unless the text had an offset.

    `midnight`: 00:00, as databases export a date that has no time. `bare`: the time is a number of four figures.
    """

    local: datetime
    midnight: bool = False
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Two times that stand together, a start and an end."""

    start: When
    end: When


@dataclass(frozen=True, slots=True)
class Weekly:
    """A time of day, or two, on weekdays without a date."""

    weekdays: Weekdays
    at: ClockTime
    until: ClockTime | None
    offset: timezone | None

    def on(self, day: date) -> When | Range:
        """Return the same on a day."""
        start = _moment(day, self.at, self.offset)
        return start if self.until is None else Range(start, _moment(day, self.until, self.offset))


Read: TypeAlias = When | Range | Weekly | ParseError | None


class ClockChange(StrEnum):
    """How a local time stands to its zone's clock changes."""

    PLAIN = "plain"
    SKIPPED = "skipped"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as written and, where the zone is known, the instant it means."""

    written: When
    instant: datetime | None
    clock: ClockChange


LAST_YEAR = 9998
"""One short of Python's last, so that no zone can push an instant over the edge."""
YEARS = range(1990, LAST_YEAR)
"""Numbers that are years in a column of years."""


class DatePart(StrEnum):
    """What a column holds that has one part of a date or time alone."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"


_PART_NAMES = {
    DatePart.YEAR: "year jahr annee ano anno jaar rok \u5e74",
    DatePart.MONTH: "month monat mois mes mese maand miesiac \u6708",
    DatePart.DAY: "day tag jour dia giorno dag dzien \u65e5",
    DatePart.HOUR: "hour stunde heure hora ora uur godzina \u6642",
    DatePart.MINUTE: "minute minuto minuut minuta \u5206",
}
_WEEKS = frozenset("week weeks woche semaine semana settimana tydzien lesson period".split())  # noqa: SIM905 - a list of words is read as words
"""Words with which a heading counts something else."""
_OF_DAY, _OF_CLOCK = (
    frozenset({DatePart.YEAR, DatePart.MONTH, DatePart.DAY}),
    frozenset({DatePart.HOUR, DatePart.MINUTE}),
)
_NUMBERS = {True: re.compile(r"\d{4}"), False: re.compile(r"\d{1,2}")}
_PARTS_BY_NAME = {name: part for part, names in _PART_NAMES.items() for name in names.split()}


def part_of(heading: str) -> DatePart | None:
    """Return which part of a date its column holds, by a heading like `Year` or `Start month`; None for others."""
    plain = unicodedata.normalize("NFKD", heading).casefold()
    words = re.findall(r"[^\W\d_]+", "".join(sign for sign in plain if not unicodedata.combining(sign)))
    named = {part for word in words if (part := _PARTS_BY_NAME.get(word))}
    return named.pop() if len(named) == 1 and _WEEKS.isdisjoint(words) else None


def assembled(cells: Sequence[Cell], parts: Sequence[DatePart | None], words: Words = ENGLISH_WORDS) -> Sequence[Cell]:
    """Return the cells with those that hold one part of a date each put together; `parts` are what their columns hold.

    A cell that holds something else than its column's name says (a weekday under Day) is left as it is, and so is an
    hour without a column of minutes: it can be the third lesson.
    """
    found = {
        part: number
        for cell, part in zip(cells, parts, strict=True)
        if part and (number := _number_of(cell, part, words)) is not None
    }
    taken: set[DatePart | None] = set()
    made: list[Cell] = []
    try:
        if found.keys() >= _OF_DAY:
            made.append(date(found[DatePart.YEAR], found[DatePart.MONTH], found[DatePart.DAY]))
            taken |= _OF_DAY
        if found.keys() >= _OF_CLOCK:
            made.append(time(found[DatePart.HOUR], found[DatePart.MINUTE]))
            taken |= _OF_CLOCK
    except ValueError:  # no calendar and no clock has it: each of the numbers is refused then
        return cells
    year = found.get(DatePart.YEAR) if DatePart.YEAR not in taken else None
    rest = [(cell, part) for cell, part in zip(cells, parts, strict=True) if part not in taken]
    if year is None:
        return [*made, *(cell for cell, _ in rest)]
    dated = [_with_year(cell, year, words) for cell, part in rest if part is not DatePart.YEAR]
    return [*made, *dated] if dated != [cell for cell, part in rest if part is not DatePart.YEAR] else cells


def _number_of(cell: Cell, part: DatePart, words: Words) -> int | None:
    """Return the number that a part's cell holds, None where it holds something else."""
    text = text_of(cell)
    if part is DatePart.MONTH and text and not text[0].isdigit():
        return words.month_of(text) or None
    if isinstance(cell, bool) or not _NUMBERS[part is DatePart.YEAR].fullmatch(text):
        return None
    return int(text) if part is not DatePart.YEAR or int(text) in YEARS else None


def _with_year(cell: Cell, year: int, words: Words) -> Cell:
    """Return the text of a day that lacks its year with that; anything else as it is."""
    text = " ".join(text_of(cell).split())
    found = find_yearless(text, words) if isinstance(cell, str) and not find_day(text, None, words) else None
    if found is None or found.rest:
        return cell
    tried = (text + str(year), f"{text}.{year}", f"{text}/{year}", f"{text} {year}", f"{year}\u5e74{text}")
    return next((each for each in tried if (day := find_day(each, None, words)) and not day.rest), cell)


def read_when(cells: Sequence[Cell], order: DateOrder | None, words: Words = ENGLISH_WORDS) -> Read:
    """Return what `cells` (one, or a date, times and an offset) say together; None when all are blank."""
    if len(cells) != 1:
        return _read(cells, order, words)
    cell = cells[0]
    if isinstance(cell, datetime) and EXCEL_EPOCH_YEARS < cell.year < LAST_YEAR and not cell.microsecond:
        return When(cell, midnight=cell.time() == MIDNIGHT.clock)  # nearly every cell of a workbook
    return _alone(cell, order, words)


@lru_cache(maxsize=1 << 14, typed=True)
def _alone(cell: Cell, order: DateOrder | None, words: Words) -> Read:
    """Return what one cell says. Remembered: the times of a roster are those of others of its rows."""
    if isinstance(cell, datetime):
        return _said(cell_parts(cell, order), (cell,))
    return _read((cell,), order, words)


def _read(cells: Sequence[Cell], order: DateOrder | None, words: Words) -> Read:
    parts = _all_parts(cells, order, words)
    return _said(_together(parts, cells), cells) if isinstance(parts, list) else parts


def read_end(cells: Sequence[Cell], order: DateOrder | None, day: date | None, words: Words = ENGLISH_WORDS) -> Read:
    """Return the same for an end: a time of day alone is on `day`, the start's, if no other cell has one.

    In cells joined with the start, the time of day that stands alone is the end's, and the other one the start's.
    """
    parts = _all_parts(cells, order, words)
    if not isinstance(parts, list):
        return parts
    if any(part.at and part.day is None and part.weekdays is None for part in parts):
        parts = [replace(part, at=MIDNIGHT, until=None) if part.day and part.at else part for part in parts]
        parts = [replace(part, at=None, until=None) if part.weekdays and part.at else part for part in parts]
    merged = _together(parts, cells)
    if isinstance(merged, CellParts) and merged.day is None and merged.at and not merged.yearless:
        if merged.weekdays and day and not agrees(day, merged.weekdays.numbers):
            return ParseError("cells-disagree", _shown(cells), {"what": _OTHER_WEEKDAY.format()})
        merged = replace(merged, day=day)
    return _said(merged, cells)


def _all_parts(cells: Sequence[Cell], order: DateOrder | None, words: Words) -> list[CellParts] | ParseError | None:
    """Return what each filled cell contributes, or what is unclear about the first that is; None when all are blank."""
    if fault := fault_of(cells):
        return fault
    filled = [cell for cell in visible(cells) if not is_blank(cell)]
    parts: list[CellParts] = []
    for cell in filled:
        part = cell_parts(cell, order, words)
        if isinstance(part, ParseError):
            return ParseError(part.code, _shown(cells), part.facts)
        parts.append(part)
    return parts or None


def _shown(cells: Iterable[Cell]) -> str:
    return " ".join(filter(None, map(text_of, cells)))


def _together(parts: Sequence[CellParts], cells: Sequence[Cell]) -> CellParts | ParseError:
    """Return what joined cells say. A midnight is a day without its time where the cell for the time is blank."""
    merged = _joined(parts)
    lacks = len(parts) < len(cells) and isinstance(merged, CellParts) and merged.is_midnight()
    return replace(merged, at=None) if lacks and isinstance(merged, CellParts) else merged


def _joined(parts: Sequence[CellParts]) -> CellParts | ParseError:
    """Return what the cells say together. What two of them say differently is unclear."""
    if len(parts) == 1:
        return parts[0]
    if any(part.at and not part.is_midnight() for part in parts) or any(part.at and not part.day for part in parts):
        bare = [part for part in parts if part.is_midnight()]
        if any(part.offset for part in bare) and not any(part.offset for part in parts if part not in bare):
            return ParseError("cells-disagree", "", {"what": _ZONED_MIDNIGHT.format()})
        parts = [replace(part, at=None, offset=None) if part in bare else part for part in parts]
    days = {part.day for part in parts if part.day}
    weekdays = {part.weekdays.numbers for part in parts if part.weekdays}
    times = {(part.at, part.until, part.until_day) for part in parts if part.at}
    offsets = {part.offset.utcoffset(None) for part in parts if part.offset}
    for what, said in ((_DAYS, days), (_WEEKDAYS, weekdays), (_TIMES, times), (TWO_OFFSETS, offsets)):
        if len(said) > 1:
            return ParseError("cells-disagree", "", {"what": what.format()})
    day, named = next(iter(days), None), next((part.weekdays for part in parts if part.weekdays), None)
    if day and named and not named.doubtful and not agrees(day, named.numbers):
        return ParseError("weekday-wrong", "", {"reason": contradiction([day], named.numbers)})
    at, until, until_day = next(iter(times), (None, None, None))
    offset = next((part.offset for part in parts if part.offset), None)
    yearless, bare_time = any(part.yearless for part in parts), any(part.bare for part in parts)
    return CellParts(day, at, until, until_day, offset, yearless, None if day else named, bare_time)


_OTHER_WEEKDAY = Sentence(
    "cells-disagree weekday", "another weekday than the start", note="holds another weekday than the start"
)
_ZONED_MIDNIGHT = Sentence(
    "cells-disagree midnight",
    "midnight in UTC or another zone, and a time of day without one",
    note="holds midnight in UTC or another zone, and ...",
)
_DAYS = Sentence("cells-disagree days", "two days", note="holds two days")
_WEEKDAYS = Sentence("cells-disagree weekdays", "two weekdays", note="holds two weekdays")
_TIMES = Sentence("cells-disagree times", "two times of day", note="holds two times of day")


def _said(parts: CellParts | ParseError, cells: Sequence[Cell]) -> When | Range | Weekly | ParseError:
    read = parts if isinstance(parts, ParseError) else _when(parts)
    return ParseError(read.code, _shown(cells), read.facts) if isinstance(read, ParseError) else read


_YEAR = Sentence("year-missing year", "year", note="'5 April 9:00' has no year")
_YEAR_AND_TIME = Sentence(
    "year-missing both", "year and no time of day", note="'5 April' has no year and no time of day"
)


def _when(parts: CellParts) -> When | Range | Weekly | ParseError:
    if parts.yearless:
        missing = _YEAR if parts.at is not None else _YEAR_AND_TIME
        return ParseError("year-missing", "", {"missing": missing.format()})
    if parts.day is None and parts.weekdays and parts.at:
        return Weekly(parts.weekdays, parts.at, parts.until, parts.offset)
    if parts.day is None and not parts.weekdays:
        return ParseError("date-missing" if parts.at else "not-a-date", "")
    if parts.at is None or parts.day is None:
        return ParseError("time-missing", "")
    if max(parts.day, parts.until_day or parts.day).year > LAST_YEAR:
        return ParseError("not-a-date", "")
    start = _moment(parts.day, parts.at, parts.offset, bare=parts.bare)
    return Range(start, _moment(parts.until_day or parts.day, parts.until, parts.offset)) if parts.until else start


def _moment(day: date, at: ClockTime, offset: timezone | None, *, bare: bool = False) -> When:
    local = datetime.combine(day, at.clock, offset) + timedelta(days=at.days)
    return When(local, midnight=offset is None and at == MIDNIGHT, bare=bare)


def to_utc(local: datetime, zone: tzinfo) -> tuple[datetime, ClockChange]:
    """Return the UTC instant of `local` and how it stands to clock changes; of a repeated hour the first one counts."""
    if local.tzinfo is not None:
        return local.astimezone(UTC), ClockChange.PLAIN
    first = local.replace(tzinfo=zone, fold=0)
    instant = first.astimezone(UTC)
    if first.utcoffset() == first.replace(fold=1).utcoffset():
        return instant, ClockChange.PLAIN
    exists = instant.astimezone(zone).replace(tzinfo=None) == local
    return instant, ClockChange.REPEATED if exists else ClockChange.SKIPPED
