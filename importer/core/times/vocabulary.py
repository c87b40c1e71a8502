"""The words of one language for days, months, times of day and lengths: CLDR's, and what its own file adds to them.

A time of day in words is put into figures, as the readers of English take it: `9 Uhr 30` is `9:30`, `godz. 9` is
`9:00`, `a las 3 de la tarde` is `15:00`. What is not certain stays as it was, and is refused by those readers.

Source of the names, and of the hours that a part of the day has: https://cldr.unicode.org, as Babel has it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from importer.core.texts import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from babel import Locale

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_ALSO = "what people write for it beside its name and its short form in calendars, with ; between"
_DAYS = ("Mondays", "Tuesdays; Tues", "Wednesdays; Weds", "Thursdays; Thur; Thurs", "Fridays", "Saturdays", "Sundays")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep; Sept", "Oct", "Nov", "Dec")
DAY_WORDS = tuple(
    Sentence(f"{name.lower()} word", also, note=f"{name}: {_ALSO}") for name, also in zip(WEEKDAYS, _DAYS, strict=True)
)
MONTH_WORDS = tuple(
    Sentence(f"{name.lower()} word", also, note=f"{name}: {_ALSO}") for name, also in zip(MONTHS, _MONTHS, strict=True)
)
EVERY = Sentence("every word", "every; each", note="before a weekday, with ; between: every Monday")
BEFORE_DAY = Sentence("on word", "on; the; on the", note="before a date, with ; between: on 5 April 2027")
BEHIND_YEAR = Sentence("year word", "year", note="behind the year of a date, with ; between: 2027 r.")
AND = Sentence("and word", "and", note="between two weekdays, with ; between: Monday and Friday")
AT = Sentence("at word", "at", note="makes the number behind it a time of day, with ; between: at 9")
OCLOCK = Sentence("o'clock word", "o'clock", note="makes the number before it a time of day, with ; between: 9 o'clock")
MINUTE_OF = Sentence("past word", "min", note="behind the minutes of a time of day, with ; between: 9 h 30 min")
FROM = Sentence("from word", "from", note="before the first of two times of day, with ; between: from 9 to 10")
UNTIL = Sentence("until word", "to; until; till", note="between two times of day, with ; between: 9 to 10")
HOURS = Sentence("hours word", "h; hr; hrs; hour; hours", note="units of a length, with ; between: 2 hours")
MINUTES = Sentence("minutes word", "min; mins; minute; minutes", note="units of a length, with ; between: 90 minutes")
HALF = Sentence(
    "half word", "and a half", note="behind an hour or hours, with ; between, for 30 minutes more: 1 h and a half"
)
SAID = (EVERY, BEFORE_DAY, BEHIND_YEAR, AND, AT, OCLOCK, MINUTE_OF, FROM, UNTIL, HOURS, MINUTES, HALF)
WORDS = (*DAY_WORDS, *MONTH_WORDS, *SAID)
"""What a language's own file adds to CLDR. The English ones are examples: the readers know English by themselves."""

NOON, DAY = 12, 24
NEAR = 3
"""Hours by which people go beyond a part of the day as CLDR has it: 8:30 is `vormittags`, which begins at 10."""
_ENGLISH_HALF = re.compile(r"[ap](?:\.?\s?m)?\.?")
_APART = r"(?:\s+|(?<=[.'])|(?<=[^\x00-\x7f]))"
"""What parts a word from the figure behind it: A1 is no time of day."""
_DASH = re.compile(r"\s*[-\u2010-\u2015~\u301c]\s*")
LETTER = r"[a-z\u00df-\u024f]"
"""What makes a longer word of a word beside it; Japanese has no blanks between words."""
FIRST_CJK = "\u3000"
"""From here on are the letters of languages that have no blanks between words."""
_VOICED = "\u3099\u309a"
"""What makes another letter of a Japanese one, and is no accent."""


def folded(text: str) -> str:
    """Return a text without case, accents, and kinds of blanks and apostrophes: `Févr.` is `fevr.`."""
    if text.isascii():
        return " ".join(text.casefold().split())
    plain = unicodedata.normalize("NFKD", text.replace("\u2019", "'"))
    whole = "".join(sign for sign in plain if not unicodedata.combining(sign) or sign in _VOICED)
    return " ".join(unicodedata.normalize("NFC", whole).casefold().replace("\u0142", "l").split())


def plain_name(word: str) -> str:
    """Return the name that a word is, without its dot: `Févr.` is `fevr`."""
    return folded(word.strip().rstrip("."))


def words_of(said: str) -> tuple[str, ...]:
    """Return the words of a list with semicolons between."""
    return tuple(each.strip() for each in said.split(";") if each.strip())


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for one of the words, each with or without its dot; one for nothing where there are none."""
    names = sorted({plain_name(word) for word in words}, key=len, reverse=True)
    return f"(?:{'|'.join(map(_spelled, filter(None, names)))})" if any(names) else "(?!)"


def _spelled(name: str) -> str:
    return re.escape(name).replace(r"\ ", r"\s*") + (r"\.?" if name.isascii() else "")


@dataclass(frozen=True)
class Vocabulary:
    """One language's words, folded. `parts` are those for parts of the day, with their hours from and before.

    `halves` are those for the halves of the day, with the hour at which each begins; `from_nought` where these are
    counted from 0 to 11, so that a 12 in them is not certain.
    """

    days: Mapping[str, int]
    months: Mapping[str, int]
    said: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, tuple[tuple[int, int], ...]]
    halves: Mapping[str, int]
    from_nought: bool = False

    @classmethod
    def of(cls, locale: Locale, own: Callable[[Sentence], tuple[str, ...]]) -> Vocabulary:
        """Return a language's, `own` being what its file says."""
        clock = f"{locale.datetime_skeletons['H'].pattern} {locale.interval_formats['Hm']['m'][-1]}"
        cldr = {
            AND: re.findall(r"[^\W\d_]+", locale.list_patterns["standard"]["2"]),
            OCLOCK: _behind("H", clock),
            MINUTE_OF: _behind("m", clock),
            HOURS: _units(locale, "duration-hour"),
            MINUTES: _units(locale, "duration-minute"),
        }
        hour = str(locale.datetime_skeletons["hm"].pattern)
        return cls(
            days=_names(locale.days, ("wide", "abbreviated", "short"), map(own, DAY_WORDS), range(7)),
            months=_names(locale.months, ("wide", "abbreviated"), map(own, MONTH_WORDS), range(1, 13)),
            said={each.place: (*own(each), *cldr.get(each, ())) for each in SAID},
            parts=_parts(locale),
            halves={
                plain_name(str(widths[name])): start
                for widths in (locale.day_periods["format"][width] for width in ("wide", "abbreviated"))
                for name, start in (("am", 0), ("pm", NOON))
                if name in widths and not _ENGLISH_HALF.fullmatch(plain_name(str(widths[name])))
            },
            from_nought="K" in hour,
        )

    @cached_property
    def _time(self) -> re.Pattern[str]:
        at, mark, minute, half = (any_of(self.said[each.place]) for each in (AT, OCLOCK, MINUTE_OF, HALF))
        part = any_of((*self.parts, *self.halves))
        return re.compile(
            rf"(?:(?<!{LETTER})(?P<at>{at}){_APART})?(?:(?<!{LETTER})(?P<before>{part}){_APART})?"
            rf"(?<![\d:.,])(?P<hour>\d{{1,2}})"
            rf"(?:(?:\s?(?P<inner>{mark})\s?|[:.]|(?<=\d\d)(?=\d\d\s?{mark})|(?(at)(?<=\d\d)(?=\d\d(?!\d))|(?!)))"
            rf"(?P<minute>\d{{2}}|\d(?=\s?{minute}))(?!\d|[:.,]\d\d\d)"
            rf"(?::(?P<second>\d{{2}}))?(?(inner)(?:\s?(?P<past>{minute})(?!{LETTER}))?))?"
            rf"(?:\s?(?P<mark>{mark})(?!{LETTER}))?(?(minute)|(?:\s?(?P<half>{half})(?!{LETTER}))?)"
            rf"(?:\s?(?P<behind>{part})(?!{LETTER}))?(?!\d)"
        )

    @cached_property
    def _until(self) -> re.Pattern[str]:
        at, until, part = (any_of(each) for each in (self.said[AT.place], self.said[UNTIL.place], self.parts))
        return re.compile(rf"\s*(?<!{LETTER})(?P<until>{until})(?!{LETTER})\s*(?=(?:{at}\s*)?(?:{part}\s*)?\d)")

    @cached_property
    def _behind_end(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!{LETTER})\s*{any_of(self.said[UNTIL.place])}\Z")

    @cached_property
    def _from(self) -> re.Pattern[str]:
        return re.compile(rf"(?P<from>{any_of(self.said[FROM.place])})(?!{LETTER}){_APART}(?=\S)")

    @cached_property
    def _at(self) -> frozenset[str]:
        return frozenset(map(plain_name, self.said[AT.place]))

    def times(self, text: str, *, alone: bool = False) -> str:
        """Return a folded text with its times of day in figures; what is no time of day is as it was.

        One letter makes no time of a number: A 9 can be a room. In a text that stands `alone`, without a day, it makes
        none of minutes or two numbers either.
        """
        if begin := self._from.match(text):
            text = self._kept(begin["from"]) + text[begin.end() :]
        sides = [found for found in self._until.finditer(text) if re.search(r"\d", text[: found.start()])]
        if len(sides) == 1:
            (found,) = sides
            text = f"{text[: found.start()]} - {self._kept(found['until'])}{text[found.end() :]}"
            text = self._behind_end.sub("", text)
        return self._with_figures(text, 1 if alone else 0)

    def _kept(self, word: str) -> str:
        """Return a word before a time if it makes one of it (`alle`), nothing for one that does not (`bis`)."""
        return f"{word} " if plain_name(word) in self._at else ""

    def _with_figures(self, text: str, short: int) -> str:
        """Return a text with its times in figures, or as it is where one is not certain.

        A part of the day that one of two times has is that of both, if they are in order then: 2 to 4 in the afternoon.
        """
        every = [*self._time.finditer(text)]
        parts = [[*filter(None, (each["before"], each["behind"]))] for each in every]
        two = len(every) == len(("start", "end")) and _DASH.fullmatch(text[every[0].end() : every[1].start()])
        shared = bool(two and any(parts) and not all(parts))
        if shared:
            parts = [parts[0] or parts[1]] * 2
        telling = [
            any(each[name] for name in ("inner", "past", "mark", "half"))
            or len(plain_name(each["at"] or "")) > (short or not (two or each["minute"]))
            for each in every
        ]
        said: list[tuple[int, int]] = []
        figures, end = "", 0
        for found, of, tells in zip(every, parts, telling, strict=True):
            hour: int | None = int(found["hour"])
            for part in of:
                hour = None if hour is None else self._hour(hour, plain_name(part))
            if hour is None:
                return text
            minute = "30" if found["half"] else f"{found['minute'] or '0':0>2}"
            said.append((hour, int(minute)))
            seconds = f":{found['second']}" if found["second"] else ""
            certain = of or tells or (two and any(telling) and found["minute"])
            time = f"{hour}:{minute}{seconds}" if certain else found[0]
            figures, end = figures + text[end : found.start()] + time, found.end()
        return text if shared and said != sorted(said) else figures + text[end:]

    def _hour(self, hour: int, part: str) -> int | None:
        """Return the hour of 24 in a part or a half of the day, None where it is not certain.

        Twelve is in a part of the day only as noon: whether midnight begins or ends a night, people don't agree on.
        """
        if (start := self.halves.get(part)) is not None:
            first, last = (0, NOON - 1) if self.from_nought else (1, NOON)
            inside = first <= hour <= last or NOON < hour < start + NOON
            return (hour % NOON) + start if inside else None
        spans = self.parts[part]
        hours = (hour,) if hour >= NOON or not hour else (hour, hour + NOON)
        fitting = [each for each in hours if any(_is_in(each, *span) for span in spans)]
        sides = {end <= NOON for start, end in spans if end <= NOON or start >= NOON}
        if not fitting and len(sides) == 1 and all(start < end for start, end in spans):
            fitting = [
                each
                for each in hours
                if (each < NOON) in sides and any(start - NEAR <= each <= end + NEAR for start, end in spans)
            ]
        return fitting[0] if len(fitting) == 1 else None

    def length(self, text: str) -> str:
        """Return a folded text with the units of a length as English has them."""
        for units, unit in self._units:
            text = units.sub(unit, text)
        return text.strip()

    @cached_property
    def _units(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        joined = rf"(?:{any_of(self.said[AND.place])}\s+(?=\d))?"
        hours, half = (any_of(self.said[each.place]) for each in (HOURS, HALF))
        return (
            (re.compile(rf"(?<=\d)\s*{hours}\s*{half}(?!{LETTER})"), "h 30min"),
            *(
                (re.compile(rf"(?<=\d)\s*{any_of(self.said[each.place])}(?!{LETTER})\s*{joined}"), unit)
                for each, unit in ((HOURS, "h "), (MINUTES, "min "))
            ),
        )


def _is_in(hour: int, start: int, end: int) -> bool:
    return start <= hour < end if start < end else hour >= start or hour < end


def _names(
    of: Any,  # noqa: ANN401 - Babel's names by context, width and number
    widths: Iterable[str],
    own: Iterable[tuple[str, ...]],
    numbers: range,
) -> Mapping[str, int]:
    found = {
        plain_name(name): number
        for context in ("format", "stand-alone")
        for width in widths
        for number, name in of[context][width].items()
    }
    return found | {plain_name(word): number for number, words in zip(numbers, own, strict=True) for word in words}


def _behind(field: str, pattern: str) -> set[str]:
    """Return the words behind a field of one of CLDR's patterns: `Uhr` in `HH 'Uhr'`."""
    found = re.findall(rf"{field}+\s*(?:'([^']+)'|([^\x00-\x7f]+))", pattern)
    return {word for words in found for word in words if word.strip().isalpha()}


def _units(locale: Locale, unit: str) -> tuple[str, ...]:
    """Return what stands behind a number of units in each length and form."""
    from babel.localedata import LocaleDataDict, load  # noqa: PLC0415 - as where the locale comes from

    data: Any = LocaleDataDict(dict[Any, Any](load(str(locale))))
    widths = data["unit_patterns"][unit].values()
    forms = (each for width in widths if hasattr(width, "items") for each in width.items())
    return tuple(dict.fromkeys(form.replace("{0}", "").strip() for name, form in forms if name != "per"))


def _parts(locale: Locale) -> Mapping[str, tuple[tuple[int, int], ...]]:
    """Return the words for parts of the day with the hours that these have, as they stand beside a time of day.

    Those that stand alone are left out: `mañana` and `Morgen` are tomorrow as well.
    """
    spans = {
        name: tuple((each["from"] // 3600, each["before"] // 3600) for each in rules if "from" in each)
        for name, rules in (locale.day_period_rules.get(None) or {}).items()
    }
    found: dict[str, set[tuple[int, int]]] = {}
    for width in ("wide", "abbreviated"):
        for name, word in (locale.day_periods["format"].get(width) or {}).items():
            if spans.get(name):
                found.setdefault(plain_name(str(word)), set()).update(spans[name])
    return {word: tuple(sorted(hours)) for word, hours in found.items()}
