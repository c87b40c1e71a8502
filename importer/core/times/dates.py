"""Days as people write them, and the one calendar day that each means; nothing is guessed.

A text date counts when it has just one reading: year first (ISO 8601), a month's name, dots with the year in full at
the end, or a day and month that can't be swapped, or that a weekday beside them tells apart. Everything else needs the
order to be stated. Where a weekday says nothing new, it can still contradict.

Names of months and weekdays are those of all languages that a sheet can be in (words.py). A name that means two months
or two days in them decides nothing: `di` is a German Tuesday and a French Sunday.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from importer.core.cells import ParseError
from importer.core.model import DateOrder
from importer.core.texts import Sentence, dated
from importer.core.times.vocabulary import FIRST_CJK, MONTHS, WEEKDAYS, plain_name
from importer.core.times.words import ENGLISH_WORDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.core.times.words import Words


LEAP_YEAR = "2028"
"""A year in which every day and month that can go together do."""
MOST_DAYS = 31
"""Days of the longest month: a greater number was never meant as a day."""
FIRST_YEAR_OF_CENTURY = 2000
"""Two-digit years are this century's; meetings lie ahead."""

_LETTERS_OF_DAYS: Mapping[str, int] = MappingProxyType({"m": 0, "t": 1, "w": 2, "th": 3, "r": 3, "f": 4})
"""How American timetables write several weekdays in one word, in their order: MWF, TTh, TR."""


def meanings_of(word: str, words: Words) -> Iterator[str]:
    """Return everything that a word for a weekday can mean."""
    yield from map(_weekday, words.days_of(word))
    if month := words.month_of(word):
        yield _month(month)


_WORD = r"[^\W\d_]+(?:-feira)?"
_LEADING = re.compile(rf"(?:\((?P<inner>{_WORD})\.?\)|(?P<name>{_WORD}))(?:\.,?|,)?\s*(?P<rest>\S.*)")
_ARTICLE = re.compile(r"\A(?:the|on)\s+(?=\d)", re.IGNORECASE)


def split_weekday(text: str, words: Words) -> tuple[tuple[int, ...], str]:
    """Return the weekdays that the first word can mean, and what follows it; none and the whole text for others."""
    found = None if text[:1].isdigit() else _LEADING.fullmatch(text)
    if found is None:
        return (), text
    named = words.days_of(found["inner"] or found["name"])
    beside = text[found.start("rest") - 1]
    apart = found["inner"] or not (found["rest"][0].isalnum() and beside.isalnum() and beside < FIRST_CJK)
    return (named, found["rest"]) if named and apart else ((), text)


_BETWEEN_DAYS = (
    re.compile(r"\s*(?:[,;/+&\u3001\u30fb]|\band\b)\s*|\s+", re.IGNORECASE),
    re.compile(r"\s*[-\u2010-\u2015\u2212~]\s*|\s+to\s+", re.IGNORECASE),
)
"""What stands between two weekdays that are both meant, and where all days between them are, too."""
_EVERY = re.compile(r"(?:every|each)\s+", re.IGNORECASE)
_FIRST_WORD = re.compile(rf"({_WORD})\.?")


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Weekdays that stand without a date. `doubtful` is the word among them that can mean something else too.

    `said` are the words, whether all days since the one before are meant, and whether they are names or letters (MWF);
    `is_month` when a word is also a month's.
    """

    numbers: tuple[int, ...]
    doubtful: str = ""
    said: tuple[tuple[str, bool, bool], ...] = ()
    is_month: bool = False

    @property
    def words(self) -> frozenset[str]:
        """Return the names, as `Words.days_in` spells them."""
        return frozenset(plain_name(word) for word, _, is_name in self.said if is_name)

    def read_with(self, names: Mapping[str, int]) -> tuple[int, ...]:
        """Return the numbers of the days by a language's names."""
        return _numbers(
            (word, since, (names[plain_name(word)],) if is_name else ()) for word, since, is_name in self.said
        )


def leading_weekdays(text: str, words: Words) -> tuple[Weekdays, str] | None:
    """Return the weekdays that a text begins with and what follows them, or None: 'Mon, Wed 9:00' or 'MWF 9:00'."""
    found = _leading_weekdays(text, words, _BETWEEN_DAYS)
    if found and words.languages.tags and found[1][:1].isalpha():
        return _leading_weekdays(text, words, words.between_days)
    return found


def _leading_weekdays(
    text: str, words: Words, between: tuple[re.Pattern[str], re.Pattern[str]]
) -> tuple[Weekdays, str] | None:
    every = _EVERY.match(text)
    place = every.end() if every else 0
    said: list[tuple[str, bool, tuple[int, ...]]] = []
    rest, since = text, False
    while (word := _FIRST_WORD.match(text, place)) and (words.days_of(word[1]) or _days_in_letters(word[1])):
        said.append((word[1], since, words.days_of(word[1])))
        rest = text[word.end() :]
        both, until = between
        up_to = until.match(text, word.end())
        since = up_to is not None
        separator = up_to or both.match(text, word.end())
        if separator is None:
            break
        place = separator.end()
    if not said or (rest[:1].isalnum() and text[-len(rest) - 1] < FIRST_CJK):
        return None
    months = [word for word, _, _ in said if words.month_of(word)]
    doubtful = [*months, *(word for word, _, days in said if len(days) > 1)]
    names = tuple((word, since, bool(days)) for word, since, days in said)
    weekdays = Weekdays(_numbers(said), next(iter(doubtful), ""), names, bool(months))
    return weekdays, re.sub(r"^[\s,:]*(?:[-\u2013\u2014]\s+)?", "", rest)


def _numbers(said: Iterable[tuple[str, bool, tuple[int, ...]]]) -> tuple[int, ...]:
    """Return the weekdays of words in their order in the week; a span from Friday to Monday goes over the weekend."""
    found: list[int] = []
    for word, since, meant in said:
        days = meant[:1] or _days_in_letters(word)
        found += [(found[-1] + step) % 7 for step in range(1, (days[0] - found[-1]) % 7)] if since else []
        found += days
    return tuple(sorted(set(found)))


def _days_in_letters(word: str) -> tuple[int, ...]:
    """Return the weekdays of a word like MWF or TTh, which has two at least, in their order."""
    letters = re.findall(r"Th|TH|[MTWRF]", word) if word[:1].isupper() else []
    days = tuple(_LETTERS_OF_DAYS[letter.lower()] for letter in letters)
    whole = "".join(letters) == word and len(days) > 1
    return days if whole and list(days) == sorted(set(days)) else ()


def agrees(day: date, weekdays: Collection[int]) -> bool:
    """Return whether the day falls on one of the weekdays, if there are any."""
    return not weekdays or day.weekday() in weekdays


def contradiction(days: Sequence[date], weekdays: Sequence[int]) -> str:
    """Return which weekday the days really are: '2 March 2026 is a Monday, not a Thursday'."""
    written = _weekday(weekdays[0])
    if len(days) == 1:
        return _OTHER_WEEKDAY.format(day=long_date(days[0]), weekday=_weekday(days[0].weekday()), written=written)
    several = long_date(days[0])
    for day in days[1:]:
        several = _NOR.format(one=several, other=long_date(day))
    return _NEITHER.format(days=several, written=written)


_OTHER_WEEKDAY = Sentence(
    "weekday-wrong reason", "{day} is a {weekday}, not a {written}", note="2 March 2026 is a Monday, not a Thursday"
)
_NEITHER = Sentence(
    "weekday-wrong neither",
    "Neither {days} is a {written}",
    note="Neither 3 April 2026 nor 4 March 2026 is a Thursday. Between the days stands the next sentence.",
)
_NOR = Sentence("weekday-wrong nor", "{one} nor {other}", note="3 April 2026 nor 4 March 2026")


def long_date(day: date) -> str:
    """Return a day as a person says it: '2 March 2026'."""
    return dated(f"{day.day} {MONTHS[day.month - 1]} {day.year}", day, "yMMMMd")


def _weekday(number: int) -> str:
    return dated(WEEKDAYS[number], date(int(LEAP_YEAR), 1, 3 + number), "EEEE")  # that year began on a Saturday


def _month(number: int) -> str:
    return dated(MONTHS[number - 1], date(int(LEAP_YEAR), number, 1), "LLLL")


_TH = r"(?:st|nd|rd|th|er|[o\u00ba\u00b0])?"
_NAME = r"(?P<month>[^\W\d_]{3,12})\.?"
_OF = r"(?:(?:de|del|of)[ ])?"
_DATES = (
    r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})",
    r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<c>\d{4}|\d{2})",
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    r"(?P<a>\d{1,2})(?P<s>\.)[ ](?P<b>\d{1,2})\.[ ](?P<c>\d{4})",
    rf"(?P<d>\d{{1,2}}){_TH}\.?[ /-]?{_OF}{_NAME},?[ /-]?{_OF}(?P<y>\d{{4}})",
    r"(?P<d>\d{1,2})-(?P<month>[^\W\d_]{3,5})\.?-(?P<y>\d{2})",
    rf"{_NAME}[ -](?P<d>\d{{1,2}}){_TH},?[ -](?P<y>\d{{4}})",
    rf"(?P<y>\d{{4}})[ /-]{_NAME}[ /-](?P<d>\d{{1,2}})",
    r"(?P<y>\d{4})\u5e74[ ]?(?P<m>\d{1,2})\u6708[ ]?(?P<d>\d{1,2})\u65e5",
)
_YEARLESS = (
    r"(?P<a>\d{1,2})(?P<s>[/.])(?P<b>\d{1,2})\.?",
    rf"(?P<d>\d{{1,2}}){_TH}\.?[ -]{_OF}{_NAME}",
    rf"{_NAME}[ -](?P<d>\d{{1,2}}){_TH}",
    r"(?P<m>\d{1,2})\u6708[ ]?(?P<d>\d{1,2})\u65e5",
)

_DASH = "[-\u2013\u2014]"
"""Between a day and its time, with blanks around it; without them, a minus begins an offset or an end."""
_AT = rf"(?:(?:at|{_DASH}(?=[ ]\d\d?[:h]\d\d))[ ])?"


def _with_rest(shapes: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """Return the shapes of days with something that may follow them; a T only behind what machines write."""
    machine, between = r"(?P<t>T)(?=\d)|", rf",?[ ]+{_AT}|,(?=[^\W\d_])|(?<=\u65e5)|(?=\()|:(?=\d\d:\d\d:\d\d)"
    return tuple(
        re.compile(rf"{shape}(?:(?:{machine if shape in _BY_MACHINES else ''}{between})(?P<rest>\S.*))?", re.IGNORECASE)
        for shape in shapes
    )


_BY_MACHINES = (_DATES[0], _DATES[2])
_DATE_SHAPES = _with_rest(_DATES)
_IN_FIGURES = _DATE_SHAPES[:2]
_YEARLESS_SHAPES = _with_rest(_YEARLESS)


@dataclass(frozen=True, slots=True)
class FoundDay:
    """A text that begins with a day, or could. `rest` is what follows it.

    `by_machine`: behind a `T`. `with_dots`: the day has dots, as its time may have. `days` are all days that it can
    mean, none for one without a year or where `reason` says why there is none; `weekdays` are named beside it.
    """

    days: tuple[date, ...]
    weekdays: tuple[int, ...]
    rest: str
    reason: str
    by_machine: bool = False
    with_dots: bool = False


def find_day(text: str, order: DateOrder | None, words: Words) -> FoundDay | None:
    """Return the day with its year that a text begins with, None for other texts."""
    for weekdays, written in _without_weekday(text, words):
        for shape in _DATE_SHAPES:
            found = shape.fullmatch(written)
            month = words.month_of(found["month"]) if found and "month" in shape.groupindex else None
            if found and month != 0:
                readings = _readings(found, order, month)
                days = [*dict.fromkeys(day for reading in readings for day in _day(*reading))]
                year = found["y"] if "y" in shape.groupindex else found["c"]
                return _found(found, days, weekdays, _missing_day(readings, year, found=days), words=words)
    return None


def find_yearless(text: str, words: Words) -> FoundDay | None:
    """Return the day without a year that a text begins with, None for other texts; its `days` are of a leap year."""
    for weekdays, written in _without_weekday(text, words):
        for shape in _YEARLESS_SHAPES:
            if found := shape.fullmatch(written):
                readings = _yearless_readings(found, words)
                days = [day for reading in readings for day in _day(*reading)]
                reason = "" if days else _missing_day(readings)
                if days or reason:
                    return _found(found, days, weekdays, reason, words=words)
    return None


def _without_weekday(text: str, words: Words) -> Iterator[tuple[tuple[int, ...], str]]:
    """Return the text as it is, where it may begin with a month, and without the weekday that it begins with."""
    text = _ARTICLE.sub("", text)
    yield (), text
    weekdays, rest = split_weekday(text, words)
    if weekdays:
        yield weekdays, _ARTICLE.sub("", rest)


def _found(
    found: re.Match[str], days: Iterable[date], weekdays: tuple[int, ...], reason: str, *, words: Words
) -> FoundDay:
    """Return what was found; a weekday may also stand behind the day."""
    rest = found["rest"] or ""
    alone = words.days_of(rest.strip("()")) if rest and not rest[0].isdigit() else ()
    behind, rest = (alone, "") if alone else split_weekday(rest, words)
    dots = found.groupdict().get("s") == "."
    return FoundDay(tuple(days), weekdays or behind, rest, reason, bool(found.groupdict().get("t")), dots)


def begins_with_day(text: str, words: Words) -> bool:
    """Return whether a text is a day with something behind it."""
    found = find_day(text, None, words)
    return found is not None and bool(found.rest)


def in_figures(text: str) -> FoundDay | None:
    """Return the day in figures that a text begins with, whatever its order; None for others."""
    for shape in _IN_FIGURES if text[:1].isdigit() else ():
        if found := shape.fullmatch(text):
            days = [day for reading in _readings(found, None, None) for day in _day(*reading)]
            return _found(found, days, (), "", words=ENGLISH_WORDS)
    return None


def the_day(found: FoundDay, text: str) -> date | ParseError:
    """Return the one day that is meant, or why none is; `text` is all of the cell."""
    match [day for day in found.days if agrees(day, found.weekdays)]:
        case [day]:
            return day
        case [one, other, *_]:
            return ParseError("date-ambiguous", text, {"one": long_date(one), "other": long_date(other)})
    if not found.days:
        return ParseError("not-a-date", text)
    return ParseError("weekday-wrong", text, {"reason": contradiction(found.days, found.weekdays)})


def _yearless_readings(found: re.Match[str], words: Words) -> list[tuple[str, str, str]]:
    """Return what a day and a month can be in a year that has most days; with dots the day is first."""
    groups = found.groupdict()
    if month := groups.get("month"):
        return [(LEAP_YEAR, str(words.month_of(month)), groups["d"])]
    if groups.get("m"):
        return [(LEAP_YEAR, groups["m"], groups["d"])]
    a, b = groups["a"], groups["b"]
    return [(LEAP_YEAR, b, a)] if groups["s"] == "." else [(LEAP_YEAR, b, a), (LEAP_YEAR, a, b)]


def _missing_day(readings: Sequence[tuple[str, str, str]], year: str = "", *, found: Sequence[date] = ()) -> str:
    """Return why a date in figures or words is none that a calendar has, or nothing: 'November 2026 has no day 31'.

    A day that its month does not have is somebody's slip, whatever else the figures could mean in another order
    (31.11.26 is not 26 November 2031). Without one, and where no reading is a day, it is the month that is wrong.
    """
    whole = len(year) >= 4 and not found  # noqa: PLR2004 - 1.2.34 may be no date at all
    for full, month, day in sorted(readings, key=lambda reading: int(reading[2]) > MOST_DAYS):
        meant = 1 <= int(month) <= len(MONTHS) and (whole or 1 <= int(day) <= MOST_DAYS)
        if meant and not _day(full, month, day):
            name = _month(int(month))
            if year:
                number = _full_year(full)
                name = dated(f"{name} {number}", date(number, int(month), 1), "yMMMM") if number else name
            return _NO_DAY.format(month=name, day=int(day))
    months = list(dict.fromkeys(int(month) for _, month, _ in readings))
    if not whole or months in ([], [0]):  # another order was stated, or the name of no month
        return ""
    if len(months) > 1:
        return _NO_MONTHS.format(one=months[0], other=months[1])
    return _NO_MONTH.format(month=months[0])


_NO_DAY = Sentence("no-such-day day", "{month} has no day {day}", note="November 2026 has no day 31")
_NO_MONTHS = Sentence("no-such-day months", "Neither {one} nor {other} is a month", note="Neither 13 nor 14 is a month")
_NO_MONTH = Sentence("no-such-day month", "There is no month {month}", note="There is no month 13")


def _readings(found: re.Match[str], order: DateOrder | None, month: int | None) -> list[tuple[str, str, str]]:
    """Return (year, month, day) for `order`, or for all orders where none was stated, likely ones first.

    `month` is the one that is named, if one is.

    With dots the day comes first. CLDR's date patterns in figures with dots (as Babel 2.18 has them: 261 patterns, the
    year in front in Hungarian, Korean, Mongolian and Church Slavonic) have the month first in one language, Ngomba.
    """
    groups = found.groupdict()
    if month:
        return [(groups["y"], str(month), groups["d"])]
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
