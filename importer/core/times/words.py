"""What people call days, months, hours and lengths, in every language that a sheet can be in.

Theory of operation. English is known without anything being loaded. Only a text that is not English is looked for in
the other languages, which are loaded then, together: each one's vocabulary is CLDR's, and what its own file adds to it
(vocabulary.py). A name that means two things in two languages has both meanings, and whoever asks decides what to do
about it; the sheet's own language decides nothing. A text of which two languages make different times is none.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING

from importer.core.texts import ENGLISH, NO_LANGUAGES
from importer.core.times.vocabulary import (
    AND,
    AT,
    BEFORE_DAY,
    BEHIND_YEAR,
    DAY_WORDS,
    EVERY,
    HOURS,
    LETTER,
    MINUTES,
    MONTH_WORDS,
    MONTHS,
    OCLOCK,
    UNTIL,
    WEEKDAYS,
    Vocabulary,
    any_of,
    folded,
    plain_name,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.core.texts import Languages, Sentence

ENGLISH_MONTHS: Mapping[str, int] = {
    plain_name(name): number
    for number, (whole, word) in enumerate(zip(MONTHS, MONTH_WORDS, strict=True), 1)
    for name in (whole, *words_of(word.one))
}
ENGLISH_DAYS: Mapping[str, int] = {
    plain_name(name): number
    for number, (whole, word) in enumerate(zip(WEEKDAYS, DAY_WORDS, strict=True))
    for name in (whole, whole[:3], *words_of(word.one))
}
SHORT_ENGLISH_DAYS: Mapping[str, int] = {name[:2].lower(): number for number, name in enumerate(WEEKDAYS)}
"""Two letters, which are as likely of another language."""


class Words:
    """The words of several languages together, English among them; two objects are equal if they are the same one."""

    def __init__(self, languages: Languages = NO_LANGUAGES) -> None:
        """Keep the languages; nothing of them is read before a word is asked for that is not English."""
        self.languages = languages

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the tags of all languages, English first."""
        return (ENGLISH.tag, *self.languages.tags)

    def month_of(self, name: str) -> int:
        """Return the number of the month that has this name, 0 where none or more than one has it."""
        found = plain_name(name)
        if found not in ENGLISH_MONTHS:
            numbers = {each.months[found] for each in self._vocabularies.values() if found in each.months}
            return numbers.pop() if len(numbers) == 1 else 0
        return ENGLISH_MONTHS[found]

    def days_of(self, name: str) -> tuple[int, ...]:
        """Return the weekdays (Monday is 0) that a word can mean, the likeliest first; none for other words."""
        found = plain_name(name)
        if found not in ENGLISH_DAYS:
            known = (SHORT_ENGLISH_DAYS, *(each.days for each in self._vocabularies.values()))
            return tuple(dict.fromkeys(days[found] for days in known if found in days))
        return (ENGLISH_DAYS[found],)

    def days_in(self, tag: str) -> Mapping[str, int]:
        """Return {name: number} of the weekdays in a language, English included, as `plain_name` spells them."""
        return {**ENGLISH_DAYS, **SHORT_ENGLISH_DAYS} if tag == ENGLISH.tag else self._vocabularies[tag].days

    def times(self, text: str, *, alone: bool = False) -> tuple[str, ...]:
        """Return the text with its times of day in figures, in each way in which a language puts them into some."""
        return self._in_figures(text, partial(Vocabulary.times, alone=alone))

    def length(self, text: str) -> tuple[str, ...]:
        """Return the text with the units of a length as English has them, in each way in which a language says it."""
        return self._in_figures(text, Vocabulary.length)

    def _in_figures(self, text: str, way: Callable[[Vocabulary, str], str]) -> tuple[str, ...]:
        if not self.languages.tags or not any(map(str.isalpha, text)):
            return ()
        plain = folded(text)
        found = (way(vocabulary, plain) for vocabulary in self._vocabularies.values())
        return tuple(dict.fromkeys(each for each in found if each != plain))

    def plainer(self, text: str) -> str:
        """Return a text without the words that say nothing beside a date (`dnia 5.4.2027 r.`), or as it was."""
        if not self.languages.tags or not any(map(str.isalpha, text)):
            return text
        plain = whole = folded(text)
        for pattern, instead in self._beside:
            plain = pattern.sub(instead, plain)
        return text if plain == whole else plain

    @cached_property
    def between_days(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """What stands between two weekdays that are both meant, and where all days between them are, too."""
        both, until = any_of(("and", *self._all(AND))), any_of(("to", *self._all(UNTIL)))
        return (
            re.compile(rf"\s*(?:[,;/+&\u3001\u30fb]|(?<!{LETTER}){both}(?!{LETTER}))\s*|\s+", re.IGNORECASE),
            re.compile(rf"\s*[-\u2010-\u2015\u2212~\u301c\uff5e]\s*|\s+{until}\s+", re.IGNORECASE),
        )

    @cached_property
    def units(self) -> tuple[str, str]:
        """The patterns for units of hours and of minutes, in headings."""
        hours, minutes = (any_of((*words_of(each.one), *self._all(each))) for each in (HOURS, MINUTES))
        return hours, minutes

    @cached_property
    def _beside(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """Each thing that is said beside a date with what stands for it instead.

        What is said before a day counts before all figures alone: behind a day, `AM` is a half of it. A word that can
        only be an end's makes a sign that stands between two times and never before one: `bis 9:30` is no start.
        """
        time = rf"\d\d?(?::|\s?{any_of(self._all(OCLOCK))}(?!{LETTER}))"
        at, until = ({*map(plain_name, self._all(each))} for each in (AT, UNTIL))
        odd = [
            (WEEKDAYS[number], name)
            for each in self._vocabularies.values()
            for name, number in each.days.items()
            if not name.isalpha()
        ]
        days = [(rf"\A{any_of([name])}(?!{LETTER})[,.]*\s*", f"{day} ") for day, name in odd]
        said = [
            (rf"\A{any_of(self._all(EVERY))}(?!{LETTER})\s*(?=\S)", ""),
            *sorted(days, key=lambda each: len(each[0]), reverse=True),
            (rf"(\A(?:[^\d]*[\s,])?){any_of(self._all(BEFORE_DAY))}\s*(?=\d)(?!{time})", r"\1"),
            (rf"(?<=\d{{4}})\s*{any_of(self._all(BEHIND_YEAR))}(?!{LETTER})", ""),
            (rf"\s+{any_of(at & until)}\s+(?=\d)", " - "),
            (rf"\s+{any_of(until - at)}\s+(?=\d)", " ~ "),
        ]
        return tuple((re.compile(pattern), instead) for pattern, instead in said)

    def says(self, sentence: Sentence, *texts: str) -> bool:
        """Return whether one of the texts is one of the languages' words for something (`bis` for UNTIL)."""
        return not {*map(plain_name, texts)}.isdisjoint(map(plain_name, self._all(sentence)))

    def over(self, key: str) -> tuple[str, ...]:
        """Return what the languages write over a column, and before a start or an end in a cell with both."""
        said = (each for tag in self.languages.tags for each in self.languages.headings(tag).items())
        return tuple(
            word
            for (place, _), forms in said
            if place in {f"{key} heading", f"{key} also"}
            for word in words_of(forms[0])
        )

    def _all(self, sentence: Sentence) -> tuple[str, ...]:
        return tuple(word for each in self._vocabularies.values() for word in each.said[sentence.place])

    @cached_property
    def _vocabularies(self) -> Mapping[str, Vocabulary]:
        return {tag: self._vocabulary(tag) for tag in self.languages.tags}

    def _vocabulary(self, tag: str) -> Vocabulary:
        from babel import Locale  # noqa: PLC0415 - a quarter of a second, for words that are not English

        said = self.languages.headings(tag)
        return Vocabulary.of(
            Locale.parse(tag, sep="-"), lambda word: words_of(said.get((word.place, word.one), ("",))[0])
        )


ENGLISH_WORDS = Words()


@lru_cache(maxsize=8)
def words_in(languages: Languages) -> Words:
    """Return the words of the languages, the same object for the same ones: readings are remembered by it."""
    return Words(languages) if languages.tags else ENGLISH_WORDS
