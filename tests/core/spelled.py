"""Spellings of times, made from a grammar that knows what each one means: the reader may refuse one, never misread it.

A moment is drawn first and written then, as a person, a program or a country would: by CLDR's formats (Babel writes
them, which shares no code with the reader's grammar), by `strftime`, or part by part, in one cell or in several, in any
order. What a cell does not say (the order of day and month) is said to the reader only sometimes. Moments are often
such that day and month can be swapped, hours are small, and ends are before their starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

from babel.dates import format_date, format_datetime, format_time

from importer.core.cells import ParseError
from importer.core.model import DateOrder
from importer.core.times import Range, Weekly, When, read_when
from importer.core.times.clocks import OFFSETS
from importer.core.times.words import words_in
from importer.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from importer.core.model import Cell

SHIPPED = ("en_US", "en_GB", "de", "de_AT", "fr", "fr_CA", "es", "es_MX", "it", "pt", "pt_BR", "nl", "pl", "ja")
OTHERS = """
    ar bg bn cs da el et fa fi gu he hi hr hu id is ko lt lv mr ms nb ro ru sk sl sr sv sw ta te th tr uk vi zh
    """.split()  # noqa: SIM905 - a list of words is read as words
"""Languages that are not read, or only where they write as others do."""
WORDS = words_in(LANGUAGES)
STYLES = ("short", "medium", "long", "full")
STRFTIME = (
    "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y%m%dT%H%M%S", "%Y%m%d %H:%M", "%Y/%m/%d %H:%M:%S", "%d/%m/%Y %H:%M",
    "%m/%d/%Y %I:%M %p", "%d-%b-%y %I.%M.%S.000000 %p", "%d-%b-%Y %H:%M", "%a, %d %b %Y %H:%M:%S", "%a %b %d %Y %H:%M",
    "%d%b%Y:%H:%M:%S", "%d%b%Y %H:%M", "%d/%b/%Y %H:%M", "%B %d, %Y %I:%M%p", "%d.%m.%y %H:%M", "%m/%d/%y %H:%M",
    "%y-%m-%d %H:%M", "%d. %B %Y, %H:%M Uhr", "%A, %d.%m.%Y um %H.%M Uhr", "%A %d/%m/%Y %Hh%M", "%Y-%m-%d %H%M",
    "%Y-%m-%d (%a) %H:%M", "%d.%m.%Y %a %H:%M", "%d.%m. %H:%M", "%d/%m %H:%M", "%b %d %H:%M", "%Y-%m-%d - %H:%M",
    "%c", "%Y-%m-%d %I %p", "%G-W%V-%u %H:%M", "%Y-%j %H:%M", "%s",
)  # fmt: skip
BETWEEN = (
    "-",
    " - ",
    "\N{EN DASH}",
    " \N{EM DASH} ",
    " to ",
    " bis ",
    "~",
    " a ",
    " \u00e0 ",
    " tot ",
    " do ",
    "/",
    ">",
)
JOINTS = (" ", ", ", "  ", " - ", "\n", "\u00a0", "T", " um ", " at ", "")


@dataclass(frozen=True, slots=True)
class Spelling:
    """Cells, what they mean, and what the reader is told of them beforehand."""

    cells: tuple[Cell, ...]
    start: datetime
    end: datetime | None = None
    order: DateOrder | None = None

    def verdict(self) -> str:
        """Return `right`, `refused`, or what it was read as instead."""
        read = read_when(self.cells, self.order, WORDS)
        if isinstance(read, ParseError):
            return "refused"
        if isinstance(read, Weekly):  # no date: it is asked about, unless somebody names the week
            return "refused"
        if isinstance(read, When) and self.end is None and _same(read.local, self.start):
            return "right"
        if isinstance(read, Range) and self.end is not None:
            same = _same(read.start.local, self.start) and _same(read.end.local, self.end)
            return "right" if same else f"read as {read}"
        return f"read as {read}"


def _same(one: datetime, other: datetime) -> bool:
    return one == other and (one.tzinfo is None) == (other.tzinfo is None)


def spelling(rng: Random) -> Spelling:
    """Return one more spelling."""
    return rng.choice(WRITERS)(rng)


def a_moment(rng: Random) -> datetime:
    """Return a day that can often be taken for another one, at a quarter that can often be another hour."""
    day = rng.randint(1, 12) if rng.random() < 0.6 else rng.randint(1, 28)
    hour, minute = rng.randint(0, 23), rng.choice((0, 0, 0, 15, 30, 45, rng.randint(0, 59)))
    return datetime(rng.randint(2026, 2031), rng.randint(1, 12), day, hour, minute)  # noqa: DTZ001 - cells know no zone


def by_cldr(rng: Random) -> Spelling:
    """Return a moment as a country's programs write it, in one cell or two, with or without another time behind it."""
    when, locale = a_moment(rng), rng.choice(SHIPPED if rng.random() < 0.8 else OTHERS)
    form, other = rng.choice(STYLES), rng.choice(("short", "medium"))
    order = rng.choice((None, None, None, *DateOrder)) if locale == "ja" else None
    if order not in {None, DateOrder.YMD}:
        order = None
    days, clock = format_date(when, form, locale=locale), format_time(when, other, locale=locale)
    match rng.randint(0, 3):
        case 0:
            return Spelling((format_datetime(when, form, locale=locale).replace("UTC", "").strip(),), when, order=order)
        case 1:
            return Spelling((days, clock), when, order=order)
        case 2:
            end = when + timedelta(minutes=rng.choice((30, 45, 90, 120)))
            if end.date() != when.date():
                end = when
            until = format_time(end, other, locale=locale)
            return Spelling((days, clock + rng.choice(BETWEEN) + until), when, end, order)
    return Spelling((rng.choice(JOINTS[:-3]).join((days, clock)),), when, order=order)


def _written(when: datetime, form: str) -> str:
    """Return what C's own function makes of it; Windows' knows no seconds of the epoch."""
    return when.strftime(form.replace("%s", f"{when.timestamp():.0f}"))


def by_strftime(rng: Random) -> Spelling:
    """Return a moment as a program writes it; some forms lack what the reader would need."""
    when, form = a_moment(rng), rng.choice(STRFTIME)
    text = _written(when, form)
    told: tuple[DateOrder | None, ...] = (None,)
    if form.startswith(("%d/%m", "%d.%m")):
        told = (None, DateOrder.DMY)
    elif form.startswith("%m/%d"):
        told = (None, DateOrder.MDY)
    elif form.startswith(("%y", "%Y")):
        told = (None, DateOrder.YMD)
    if "%M" not in form:
        when = when.replace(minute=0)
        text = _written(when, form)
    return Spelling((text.upper() if rng.random() < 0.1 else text,), when, order=rng.choice(told))


def _days(day: date, rng: Random) -> tuple[str, DateOrder | None]:
    """Return a day in one of many spellings, with the order that its writer had in mind."""
    month, d, m, y = f"{day:%B}", day.day, day.month, day.year
    s = rng.choice("/.-")
    texts: tuple[tuple[str, DateOrder | None], ...] = (
        (f"{day:%Y-%m-%d}", None),
        (f"{y}{s}{m}{s}{d}", None),
        (f"{d}{s}{m}{s}{y}", DateOrder.DMY),
        (f"{d:02}{s}{m:02}{s}{y}", DateOrder.DMY),
        (f"{d}.{m}.{y}", None),
        (f"{m}/{d}/{y}", DateOrder.MDY),
        (f"{m:02}-{d:02}-{y}", DateOrder.MDY),
        (f"{d}{s}{m}{s}{y % 100:02}", DateOrder.DMY),
        (f"{m}{s}{d}{s}{y % 100:02}", DateOrder.MDY),
        (f"{y % 100:02}{s}{m:02}{s}{d:02}", DateOrder.YMD),
        (f"{d} {month} {y}", None),
        (f"{month} {d}, {y}", None),
        (f"{month[:3]}. {d} {y}", None),
        (f"{d:02}-{month[:3].upper()}-{y % 100:02}", None),
        (f"{d}{_th(d)} {month} {y}", None),
        (f"{y}\u5e74{m}\u6708{d}\u65e5", None),
        (f"{y} {month[:3]} {d}", None),
        (f"{d}.{m}.", None),
        (f"{d} {month}", None),
    )  # fmt: skip
    text, order = rng.choice(texts)
    match rng.randint(0, 9):
        case 0:
            text = f"{day:%A}, {text}"
        case 1:
            text = f"{day:%a} {text}"
        case 2:
            text = f"{text} ({day:%a})"
        case 3:
            text = f"{('Mo', 'Di', 'Mi', 'Do', 'Fr', 'Sa', 'So')[day.weekday()]} {text}"
    return text, order if rng.random() < 0.5 else None


def _th(number: int) -> str:
    return "th" if number in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _clocks(clock: time, rng: Random, *, of_24: bool) -> str:
    half, hour = ("am" if clock.hour < 12 else "pm"), clock.hour % 12 or 12
    if of_24:
        texts = [f"{clock:%H:%M}", f"{clock.hour}:{clock:%M}", f"{clock:%H:%M}:00", f"{clock.hour}h{clock:%M}"]
        texts += [f"{clock.hour}.{clock:%M} Uhr", f"{clock.hour}:{clock:%M} Uhr", f"{clock:%H%M}", f"{clock:%H%M} hrs"]
        texts += [f"{clock.hour}\u6642{clock:%M}\u5206", f"{clock.hour}.{clock:%M}", f"{clock.hour},{clock:%M}"]
        texts += [f"{clock.hour} Uhr", f"{clock.hour}h", f"{clock.hour}", f"{clock.hour}{clock:%M}"][
            : 4 * (not clock.minute)
        ]
        return rng.choice(texts)
    texts = [f"{hour}:{clock:%M} {half.upper()}", f"{hour}:{clock:%M}{half[0]}.m.", f"{hour:02}:{clock:%M}{half}"]
    return rng.choice([*texts, *([f"{hour}{half}", f"{hour} {half.upper()}"] if not clock.minute else [])])


def _offset(offset: timedelta, rng: Random, *, safe: bool) -> str:
    """Return an offset as people write it; one that begins with a minus only where it can be no end of a range."""
    minutes = round(abs(offset) / timedelta(minutes=1))
    sign, hh, mm = ("-" if offset < timedelta() else "+"), minutes // 60, minutes % 60
    texts = [f" UTC{sign}{hh}:{mm:02}", f" GMT{sign}{hh:02}{mm:02}", f" UTC{sign}{hh:02}:{mm:02}"]
    if safe or sign == "+":
        texts += [f"{sign}{hh:02}:{mm:02}", f"{sign}{hh:02}{mm:02}", *([f"{sign}{hh:02}"] if not mm else [])]
    return rng.choice([*texts, *(["Z", " UTC", " GMT", "z"] if not minutes else [])])


def by_parts(rng: Random) -> Spelling:
    """Return a moment or a range, put together of parts in one cell or in several."""
    when, of_24 = a_moment(rng), rng.random() < 0.6
    text, order = _days(when.date(), rng)
    clock = _clocks(when.time(), rng, of_24=of_24)
    end: datetime | None = None
    if rng.random() < 0.4:
        end = when.replace(hour=rng.randint(0, 23), minute=rng.choice((0, 15, 30, 45)))
        until = _clocks(end.time(), rng, of_24=of_24)
        if clock.count(":") > 1:  # what the reader is known to take for an offset else
            until = f"{end:%H:%M}:00"
        if rng.random() < 0.1:
            clock, until = f"Start: {clock}", f"End: {until}"
        if text[-1].isalpha() and clock[:4].isdigit():  # 26 July 2030 has a year, whatever was meant
            clock = f"{when:%H:%M}"
        clock = clock + rng.choice(BETWEEN) + until
    elif rng.random() < 0.4:
        offset = rng.choice(sorted(OFFSETS))
        far = _offset(offset, rng, safe=clock.endswith(":00") and clock.count(":") > 1)
        when = when.replace(tzinfo=timezone(offset))
        if rng.random() < 0.3:
            cells: list[Cell] = [text, clock, far.strip()]
            rng.shuffle(cells)
            return Spelling(tuple(cells), when, order=order)
        clock += far
    if rng.random() < 0.5:
        joints = JOINTS if end is None else [joint for joint in JOINTS if joint != "T"]  # which makes a minus an offset
        return Spelling((text + rng.choice(joints) + clock,), when, end, order)
    cells = [text if rng.random() < 0.8 else when.date(), clock]
    rng.shuffle(cells)
    return Spelling(tuple(cells), when, end, order)


WRITERS: tuple[Callable[[Random], Spelling], ...] = (by_cldr, by_strftime, by_parts, by_parts)
