"""How long a meeting is, as a cell says it.

Lengths are a number, hours and minutes, or what the spreadsheet knows as a time. A number alone is in minutes, or in
what the column's heading says. People write hours as well as minutes without a unit, and 2 fits both: a length that is
too short for its unit, or too long, is refused and asked about. So are 1.30 hours, which are 78 minutes and for many
people an hour and a half. Units in other languages are words.py's.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import time, timedelta
from typing import TYPE_CHECKING

from importer.core.cells import ParseError, fault_of, is_blank, text_of
from importer.core.times.vocabulary import FIRST_CJK, folded
from importer.core.times.words import ENGLISH_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.core.model import Cell
    from importer.core.times.words import Words

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LONGEST_MINUTES = 99_999
"""More is no length of a meeting but a date's serial number or an ID in the wrong column."""
SHORTEST = timedelta(minutes=5)
"""Below this a length without a unit was more likely meant in hours: nobody plans a meeting of two minutes."""
LONGEST_HOURS = timedelta(hours=24)
"""Above this a number under a heading of hours was more likely meant in minutes."""

_HOURS = r"(?:h|hrs?\.?|hours?)"
_MINUTES = r"(?:m|min\.?|mins\.?|minutes?)"
_NUMBER = re.compile(r"\d{1,5}(?:[.,]\d{1,4})?")
_WITH_COLON = re.compile(r"(?P<hours>\d{1,3}):(?P<minutes>[0-5]\d)(?::00)?")
_WITH_UNIT = re.compile(
    rf"(?:(?P<hours>\d{{1,3}}(?:[.,]\d{{1,2}})?)\s*{_HOURS})?[\s,]*(?:(?P<minutes>\d{{1,5}})(?:\s*{_MINUTES}))?"
    rf"|(?P<hours_before>\d{{1,2}})\s*h\s*(?P<minutes_behind>[0-5]\d)",
    re.IGNORECASE,
)
_ISO = re.compile(r"PT(?:(?P<hours>\d{1,3})H)?(?:(?P<minutes>\d{1,5})M)?(?:0+S)?", re.IGNORECASE)
"""ISO 8601-1, 5.5.2: as Graph, calendars and workflow programs write a length."""
_LIKE_MINUTES = re.compile(r"\d+[.,](?!(?:00?|25|50?)$)[0-5]\d?")
"""Decimals that look like minutes behind a point, but for quarters of an hour. A spreadsheet makes 1.3 of 1.30."""
_IN_BRACKETS = re.compile(r"[(\[\uff08](.+?)[)\]\uff09]")


def unit_of(heading: str, words: Words = ENGLISH_WORDS) -> timedelta | None:
    """Return the unit that a heading names, like `Hours` or `Duration (min)`; None where it names none, or both.

    In other languages, what stands in brackets counts alone, if there are any; Japanese without them says none, as its
    word for hours is also that for time.
    """
    units = _units_in(heading, (_HOURS, _MINUTES))
    inside = _IN_BRACKETS.search(heading)
    if heading and not units and words.languages.tags and (inside or max(heading, default="") < FIRST_CJK):
        units = _units_in(inside[1] if inside else heading, words.units, alone=inside is not None)
    return units[0] if len(units) == 1 else None


def _units_in(heading: str, patterns: Iterable[str], *, alone: bool = False) -> list[timedelta]:
    """Return the units that are named; `alone` if the whole text has to be one."""
    text = folded(heading.replace("_", " "))
    return [
        unit
        for pattern, unit in zip(patterns, (HOUR, MINUTE), strict=True)
        if (re.fullmatch(pattern, text) if alone else re.search(rf"\b{pattern}(?![\w:])", text))
    ]


def read_duration(
    cells: Sequence[Cell], unit: timedelta | None = None, words: Words = ENGLISH_WORDS
) -> timedelta | ParseError | None:
    """Return the length that the first cell says: a number of `unit`, h:mm, with a unit, or a time in the sheet."""
    if fault := fault_of(cells):
        return fault
    cell = cells[0] if cells else None
    match cell:
        case _ if is_blank(cell):
            return None
        case timedelta() if cell >= timedelta():
            return _likely(timedelta(minutes=round(cell / MINUTE)), cell, unit)
        case time():
            return _likely(timedelta(hours=cell.hour, minutes=cell.minute), cell, unit)
        case bool():
            return ParseError("not-a-duration", text_of(cell))
        case int() | float() | str():
            return _read_text(" ".join(text_of(cell).split()), cell, unit, words)
    return ParseError("not-a-duration", text_of(cell))


def _read_text(text: str, cell: Cell, unit: timedelta | None, words: Words) -> timedelta | ParseError:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if _NUMBER.fullmatch(plain):
        return _counted(plain, cell, unit)
    if found := _WITH_COLON.fullmatch(plain):
        return _likely(timedelta(hours=int(found["hours"]), minutes=int(found["minutes"])), cell, unit)
    length = _with_unit(plain)
    if length is None:
        others = {other for each in words.length(plain) if (other := _with_unit(each)) is not None}
        length = others.pop() if len(others) == 1 else None
    return length if length is not None and (length / MINUTE).is_integer() else ParseError("not-a-duration", text)


def _with_unit(text: str) -> timedelta | None:
    found = _ISO.fullmatch(text) or _WITH_UNIT.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    parts = found.groupdict()
    if _LIKE_MINUTES.fullmatch(parts["hours"] or ""):
        return None
    hours = float((parts["hours"] or parts.get("hours_before") or "0").replace(",", "."))
    return timedelta(hours=hours, minutes=int(parts["minutes"] or parts.get("minutes_behind") or 0))


def _counted(text: str, cell: Cell, unit: timedelta | None) -> timedelta | ParseError:
    """Return so many of the unit, in whole minutes. Below five minutes, half hours are as likely: that is asked."""
    number = float(text.replace(",", "."))
    length = number * (unit or MINUTE)
    if unit is None and timedelta() < length < SHORTEST:
        return ParseError("duration-unit", text_of(cell))
    if unit == HOUR and length > LONGEST_HOURS:
        return ParseError("duration-unit", text_of(cell))
    unclear = unit == HOUR and _LIKE_MINUTES.fullmatch(text)
    if number > LONGEST_MINUTES or unclear or not (length / MINUTE).is_integer():
        return ParseError("not-a-duration", text_of(cell))
    return length


def _likely(length: timedelta, cell: Cell, unit: timedelta | None) -> timedelta | ParseError:
    """Return a length with a colon, whose last part could be seconds where it is very short."""
    return ParseError("duration-unit", text_of(cell)) if unit is None and timedelta() < length < SHORTEST else length
