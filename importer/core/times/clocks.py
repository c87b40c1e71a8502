"""Times of day in a text: one, or two that are a range, and how far they are from UTC.

A minus could belong to a range as well as to an offset, so it makes an offset only where people don't write ranges:
after `T`, after seconds (ISO 8601, and what databases write), after `UTC` or `GMT`, or in a cell of its own. After
seconds in a cell without a day, 08:00:00-10:00, either can be meant, and that is refused. Offsets that no zone has are
none.

Hours and minutes have a sign between them, or a word behind them, or are four figures as armies write them. Other
numbers are refused: 9.50 can be ten to ten or half past nine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from importer.core.cells import ParseError
from importer.core.texts import Sentence
from importer.core.times.zones import find_zone, is_zone_like, zone_hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.core.times.words import Words


class ClockTime(NamedTuple):
    """A time of day; `days` is 1 for 24:00, the end of a day."""

    clock: time
    days: int = 0


MIDNIGHT = ClockTime(time())


@dataclass(frozen=True, slots=True)
class ClockTimes:
    """One time of day or two, and their offset. `bare`: four figures that a number of another kind could have."""

    at: ClockTime
    until: ClockTime | None = None
    offset: timezone | None = None
    bare: bool = False


OFFSETS = frozenset(
    timedelta(minutes=minutes)
    for minutes in (
        *range(-12 * 60, 14 * 60 + 1, 60),
        *(-570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825),
    )
)
"""How far a zone's clocks can be from UTC today: whole hours, and those of the Marquesas, Newfoundland, Iran,
Afghanistan, India, Nepal, Myanmar, Eucla, central Australia, Lord Howe and Chatham (tz database 2025b)."""
NOON = 12
SERIAL_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - what a serial number of today is counted from
SERIALS = (20_000, 110_000)
"""Numbers that are serial numbers of days (1954 to 2201) where a date is expected."""
EPOCH_SECONDS = (10**9, 10**10)
"""Numbers that are seconds since 1970 (2001 to 2286); a thousand times as many are milliseconds."""

_CLOCK = r"""(?P<hour{n}>\d{{1,2}})
    (?:(?P<mark{n}>[:.]|\s?h\s?)(?P<minute{n}>\d{{2}})(?:[:.](?P<second{n}>\d{{2}})(?:[.,]\d{{1,9}})?)?(?:\s?min\b)?)?
    (?:\s*(?:(?P<half{n}>[ap]\.?\s?m\b\.?)|(?P<oclock{n}>o'clock\b|h\b|(?(minute{n})hrs?\b\.?|(?!)))))?"""
_ZONE = r"""(?P<offset{n}>\s*
    (?:Z|(?:UTC|GMT)(?:\s?[+\-\u2212](?:\d{{4}}|\d{{1,2}}(?::\d{{2}})?))?|[+\-\u2212](?:\d{{4}}|\d{{2}}(?::\d{{2}})?))
    (?:\s?\([^()]*\)|\[[a-z0-9_/+-]+\])?)?"""
_DASHES = r"-\u2010-\u2015\u2212"
_TO = rf"""\s*(?:[{_DASHES}~\u301c]|->|\u2192|\b(?:to|until|till)\b)\s*"""
_FROM = r"(?:from\s+)?"
_ONE = re.compile(_CLOCK.format(n=1) + _ZONE.format(n=1), re.VERBOSE | re.IGNORECASE)
_TWO = re.compile(
    _FROM + _CLOCK.format(n=1) + _ZONE.format(n=1) + _TO + _CLOCK.format(n=2) + _ZONE.format(n=2),
    re.VERBOSE | re.IGNORECASE,
)
_FIGURES_OF_CLOCK = r"(?P<hour{n}>[01]\d|2[0-4])(?P<minute{n}>[0-5]\d)(?P<oclock{n}>\s?h(?:rs?|ours)?\b\.?)?"
_MILITARY = re.compile(
    rf"{_FIGURES_OF_CLOCK.format(n=1)}(?:\s*(?:[{_DASHES}~]|\bto\b)\s*{_FIGURES_OF_CLOCK.format(n=2)})?",
    re.IGNORECASE,
)
"""Hours and minutes in four figures: 0930, 0930-1045, 1430 hrs."""
_YEARLIKE = range(2020, 2050)
"""Four figures in a cell alone that are as likely a year as a time of day."""
_BASIC = re.compile(r"(\d{2})(\d{2})(\d{2})?(?:[.,]\d+)?(Z|[+-]\d{2}(?:\d{2})?)?")
"""A time of day as ISO 8601 writes it without colons; only after a day and `T`."""
BETWEEN = re.compile(rf"(?x:{_TO})|\s+/\s+|/", re.IGNORECASE)
"""What stands between the two sides of a range."""
_OFFSET_ALONE = re.compile(r"Z|(?:UTC|GMT)?\s?[+\-\u2212](?:\d{4}|\d{1,2}(?::\d{2})?)|UTC|GMT", re.IGNORECASE)
_OFFSET = re.compile(r"(?:UTC|GMT|Z)?\s?(?P<sign>[+\-\u2212])?(?P<hours>\d{1,2})?:?(?P<minutes>\d{2})?", re.IGNORECASE)
_WITHOUT_COLON = re.compile(rf"\d{{3,4}}(?:\s*[{_DASHES}]\s*\d{{3,4}})?|\d+[.,]\d+")
"""A number that could be a time of day, behind a day."""
_FIGURES = re.compile(r"-?\d+(?:[.,]\d+)?")
_INSIDE = re.compile(
    r"(?<![\w:.])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}(?::|h(?=\d))\d{2}"
    r"|\d{1,2}(?:[:.]\d{2})?\s?(?:Uhr|uur|[ap]\.?m)\b)",
    re.IGNORECASE,
)


def times_in(
    written: str,
    text: str,
    words: Words,
    *,
    by_machine: bool = False,
    with_dots: bool = False,
    alone: bool = False,
) -> ClockTimes | ParseError:
    """Return the times of day that `written` is; `text` is all of the cell, for saying what is wrong with it.

    `by_machine`: behind `T`, where a minus begins an offset. `with_dots`: behind a day with dots, as its time may have.
    `alone`: nothing stands before it.
    """
    basic = _BASIC.fullmatch(written) if by_machine else None
    if basic:
        hour, minute, second, offset = basic.groups()
        written = f"{hour}:{minute}:{second or '00'}{offset or ''}"
    found = _known(written, words, by_machine=by_machine, with_dots=with_dots, alone=alone)
    return ParseError(found.code, text, found.facts) if isinstance(found, ParseError) else found


@lru_cache(maxsize=1 << 12)
def _known(written: str, words: Words, *, by_machine: bool, with_dots: bool, alone: bool) -> ClockTimes | ParseError:
    """Return the times that a text says. Remembered: behind thousands of days stand a few dozen times of day.

    What is not understood in English is read as each language puts it into figures, if all come to the same.
    """
    read = _read(written, written, by_machine=by_machine, with_dots=with_dots, alone=alone)
    if isinstance(read, ClockTimes) or read.code != "not-a-date":
        return read
    others = [
        _read(each, written, by_machine=by_machine, with_dots=with_dots, alone=alone)
        for each in words.times(written, alone=alone)
    ]
    known = {each for each in others if isinstance(each, ClockTimes)}
    wrong = next((each for each in others if isinstance(each, ParseError) and each.code != "not-a-date"), read)
    if not known and wrong.code == "no-such-time":
        return ParseError(wrong.code, written, {"time": written})
    return known.pop() if len(known) == 1 else _zone_named(written, words) or (read if known else wrong)


def _read(written: str, text: str, *, by_machine: bool, with_dots: bool, alone: bool) -> ClockTimes | ParseError:
    one = _ONE.fullmatch(written)
    if one and (not _has_minus(one, 1) or by_machine or one["second1"]):
        if alone and _could_be_end(one):
            return ParseError("offset-or-end", text)
        return _times_of(one, (1,), text, with_dots=with_dots)
    two = _TWO.fullmatch(written)
    if two and not any(_has_minus(two, n) and not by_machine and not two[f"second{n}"] for n in (1, 2)):
        return _times_of(two, (1, 2), text, with_dots=with_dots)
    if military := _military(written, alone=alone):
        return military
    if _WITHOUT_COLON.fullmatch(written) and not alone:
        return ParseError("number-not-time", text)
    return ParseError("not-a-date", text)


def _military(written: str, *, alone: bool) -> ClockTimes | None:
    """Return times in four figures; those that are as likely a year are none."""
    found = _MILITARY.fullmatch(written)
    if found is None:
        return None
    marked = found["oclock1"] or found["oclock2"]
    figures = [found[f"hour{n}"] + found[f"minute{n}"] for n in (1, 2) if found[f"hour{n}"]]
    at = [_clock_of(int(each[:2]), int(each[2:])) for each in figures]
    years = alone and not marked and all(int(each) in _YEARLIKE for each in figures)
    if years or at[0] is None or at[-1] is None:
        return None
    bare = len(at) == 1 and not marked and not figures[0].startswith("0")
    return ClockTimes(at[0], at[1] if len(at) > 1 else None, bare=bare)


def _has_minus(found: re.Match[str], number: int) -> bool:
    """Return whether an offset is a minus and figures alone, which could as well be the end of a range."""
    return (found[f"offset{number}"] or "").strip()[:1] in {"-", "\u2212"}


def _could_be_end(found: re.Match[str]) -> bool:
    """Return whether a minus with hours and minutes behind seconds, in a cell without a day, gives an end in order."""
    end = re.fullmatch(r"[-\u2212](\d\d):(\d\d)", (found["offset1"] or "").strip())
    start = _time(found, 1, _half(found, 1))
    last = _clock_of(int(end[1]), int(end[2])) if end else None
    return start is not None and last is not None and (last.days, last.clock) > (start.days, start.clock)


def _zone_named(written: str, words: Words) -> ParseError | None:
    """Return what to say of the name of a zone, alone or behind a time of day; None for other texts."""
    places = [0, *(found.end() for found in re.finditer(r"\s+", written))]
    for place in places if written[-1:].isalpha() or written.endswith(")") else ():
        before, zone = written[:place].strip(), written[place:].strip("()")
        spelled = (before, *words.times(before))
        timed = not before or any(_ONE.fullmatch(each) or _TWO.fullmatch(each) for each in spelled)
        if timed and is_zone_like(zone, words):
            hint = "" if find_zone(zone, words) else zone_hint(zone, words)
            return ParseError("zone-in-time", written, {"zone": zone, "hint": hint})
    return None


def _times_of(found: re.Match[str], numbers: Sequence[int], text: str, *, with_dots: bool) -> ClockTimes | ParseError:
    halves = _halves(found, numbers)
    if halves is None or not any(found[part + str(n)] for part in ("minute", "half", "oclock") for n in numbers):
        return ParseError("not-a-date", text)
    told = with_dots or any(found[f"{part}{n}"] for part in ("half", "oclock", "second") for n in numbers)
    if not told and any(found[f"mark{n}"] == "." for n in numbers):
        return ParseError("number-not-time", text)
    at = [_time(found, number, half) for number, half in zip(numbers, halves, strict=True)]
    if at[0] is None or at[-1] is None:
        end = found.start("offset1") if len(numbers) == 1 and found["offset1"] else found.end()
        return ParseError("no-such-time", text, {"time": found.string[found.start("hour1") : end].strip()})
    said = [found[f"offset{n}"] for n in numbers]
    offsets = [offset_of(one) if one else None for one in said]
    if any(one and offset is None for one, offset in zip(said, offsets, strict=True)):
        return ParseError("offset-unknown", text)
    if offsets[0] != offsets[-1] and offsets[0] is not None:
        return ParseError("cells-disagree", text, {"what": TWO_OFFSETS.format()})
    return ClockTimes(at[0], at[1] if len(at) > 1 else None, offsets[-1])


def _half(found: re.Match[str], number: int) -> str:
    """Return a or p, or nothing where a time does not say which half of the day it is in."""
    return (found[f"half{number}"] or "").lower()[:1]


def _halves(found: re.Match[str], numbers: Sequence[int]) -> list[str] | None:
    """Return a or p for each time, or nothing; None where it is not certain.

    Of two times, the one without has the other's where it then comes in order: 9 to 10:30 am is in the morning, and
    1 to 2 pm in the afternoon. 11 to 1 pm begins in the morning, as it would else begin after its end.
    """
    said = [_half(found, n) for n in numbers]
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


def _time(found: re.Match[str], number: int, half: str) -> ClockTime | None:
    hour, minute, second = (int(found[f"{part}{number}"] or 0) for part in ("hour", "minute", "second"))
    if half and not 1 <= hour <= NOON:
        return None
    if half:
        hour = hour % NOON + (NOON if half == "p" else 0)
    return _clock_of(hour, minute, second)


def _clock_of(hour: int, minute: int, second: int = 0) -> ClockTime | None:
    if (hour, minute, second) == (24, 0, 0):
        return ClockTime(time(), days=1)
    try:
        return ClockTime(time(hour, minute, second))
    except ValueError:
        return None


def is_offset(text: str) -> bool:
    """Return whether a text is written as an offset from UTC, whether or not a zone has it."""
    return _OFFSET_ALONE.fullmatch(text) is not None


def offset_alone(text: str) -> timezone | None:
    """Return the offset that a text is and a zone has, None for other texts."""
    return offset_of(text) if is_offset(text) else None


def offset_of(text: str) -> timezone | None:
    """Return the offset, or None if no zone has it."""
    found = _OFFSET.match(text.strip())
    if found is None:
        return None
    size = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    size = size if found["sign"] in {None, "+"} else -size
    return (timezone(size) if size else UTC) if size in OFFSETS else None


def number_meant(text: str) -> ParseError | None:
    """Return what a number is that stands where a time is wanted; None for other texts."""
    if not _FIGURES.fullmatch(text):
        return None
    number = float(text.replace(",", "."))
    if SERIALS[0] <= number < SERIALS[1]:
        day = SERIAL_DAY_ZERO + timedelta(minutes=round(number * 24 * 60))
        return ParseError("serial-number", text, {"meant": f"{day:%Y-%m-%d %H:%M}", "kind": _A_DATE.format()})
    if 0 < number < 1:
        clock = SERIAL_DAY_ZERO + timedelta(minutes=round(number * 24 * 60))
        return ParseError("serial-number", text, {"meant": f"{clock:%H:%M}", "kind": _A_TIME.format()})
    for unit, size in ((_SECONDS, 1), (_MILLISECONDS, 1000)):
        if EPOCH_SECONDS[0] * size <= number < EPOCH_SECONDS[1] * size:
            return ParseError("epoch-time", text, {"unit": unit.format()})
    return ParseError("number-not-time", text)


_A_DATE = Sentence("serial-number date", "a date", note="Format the column as a date")
_A_TIME = Sentence("serial-number time", "a time", note="Format the column as a time")
_SECONDS = Sentence("epoch-time seconds", "seconds", note="counts seconds since 1970")
_MILLISECONDS = Sentence("epoch-time milliseconds", "milliseconds", note="counts milliseconds since 1970")
TWO_OFFSETS = Sentence("cells-disagree offsets", "two differences from UTC", note="holds two differences from UTC")


def time_inside(text: str) -> str:
    """Return the date or time that stands inside a longer text, empty where none does."""
    found = _INSIDE.search(text)
    around = "" if found is None else text[: found.start()] + " " + text[found.end() :]
    return found[0] if found and re.search(r"(?<!\S)[^\W\d_]{3}", around) else ""
