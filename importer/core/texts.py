"""Sentences that can be said in another language than the one they are declared in, which is English.

Theory of operation. A sentence is declared once, in English, where it belongs. Filled in, it is a `Text`: a str in
English that remembers what it was made of. Whoever wants English needs to know nothing of that. A `Language` makes the
same sentence anew from the same facts, the texts among them likewise, when something is made for the sheet, the report
or a message: so the rules and the planner know no language, and one run can answer two sheets in two. What a language
has no words for stays English as a whole, and never half of it.

Nothing here knows a file: who loads languages is `importer.languages`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date


class Text(str):
    """Words in English that can be said in another language."""

    __slots__ = ()

    def said_in(self, language: Language) -> str:
        """Return the same in a language."""
        raise NotImplementedError  # each kind of text says it its own way

    @property
    def parts(self) -> Any:  # noqa: ANN401 - what JSON holds
        """Return what it was made of, as JSON can hold it; `text_of_parts` makes the text of it again."""
        raise NotImplementedError


class Filled(Text):
    """A declared sentence with its facts filled in."""

    __slots__ = ("facts", "sentence")
    sentence: Sentence
    facts: Mapping[str, object]

    def said_in(self, language: Language) -> str:
        """Return the sentence in a language, and its facts; the whole in English where the language lacks it."""
        forms = language.forms(self.sentence.place, self.sentence.one)
        if not forms and self.sentence.place:
            return str(self)
        forms = forms or (self.sentence.one,)
        form = 0
        if len(forms) > 1 and self.sentence.counted:
            form = language.form_of(int(str(self.facts[self.sentence.counted]).replace(",", "")))
        return forms[form].format_map({name: language.fact(value) for name, value in self.facts.items()})

    @property
    def parts(self) -> Any:  # noqa: ANN401 - what JSON holds
        """Return place, words and facts."""
        facts = {name: parts_of_text(value) for name, value in self.facts.items()}
        return {"place": self.sentence.place, "one": self.sentence.one, "facts": facts} | (
            {"several": self.sentence.several} if self.sentence.counted else {}
        )


class Joined(Text):
    """Several texts one behind the other, with commas between or nothing."""

    __slots__ = ("commas", "texts")
    texts: tuple[str, ...]
    commas: bool

    def said_in(self, language: Language) -> str:
        """Return them in a language, with what it puts between."""
        return (language.word(COMMA.place, COMMA.one) if self.commas else "").join(map(language.say, self.texts))

    @property
    def parts(self) -> Any:  # noqa: ANN401 - what JSON holds
        """Return each of them."""
        return {"joined": [parts_of_text(each) for each in self.texts], "commas": self.commas}


class Dated(Text):
    """A day or a time in words. `pattern` is a skeleton of CLDR's that says which parts of `moment` are told."""

    __slots__ = ("moment", "pattern")
    moment: date
    pattern: str

    def said_in(self, language: Language) -> str:
        """Return it as a language writes it."""
        return str(self) if language.dated is None else language.dated(self.moment, self.pattern)

    @property
    def parts(self) -> Any:  # noqa: ANN401 - what JSON holds
        """Return the words, the moment and which of its parts are told."""
        return {"dated": str(self), "moment": self.moment.isoformat(), "pattern": self.pattern}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it is declared, a format string: `{name}` is a fact.

    `place` is the stable name by which translations find it, empty for a frame that is the same in every language
    (`{day} {clock}`). `note` helps a translator: an example, or where people meet it. `counted` names the fact whose
    number decides the form; `several` is the English one for all but 1, where it is another.
    """

    place: str
    one: str
    several: str = ""
    counted: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Raise TypeError for a declaration that says two forms and not which number decides."""
        if self.several and not self.counted:
            raise TypeError(f"The sentence '{self.place}' has two forms, and nothing is counted.")

    def format(self, **facts: object) -> Text:
        """Return the sentence with its facts. Raise KeyError for a fact that it names and the caller forgot: a bug."""
        words = self.several if self.several and facts[self.counted] != 1 else self.one
        text = Filled(words.format_map(facts))
        text.sentence, text.facts = self, facts
        return text


COMMA = Sentence("list", ", ", note="Between the things of a list: 'a, b'. The blank belongs to it.")


def fixed(place: str, words: str) -> Text:
    """Return words without facts, which are declared at a place, as other languages can say them."""
    return Sentence(place, words.replace("{", "{{").replace("}", "}}")).format()


def joined(texts: Iterable[str], *, commas: bool = True) -> str:
    """Return texts with commas between, or nothing; one alone is itself."""
    several = tuple(texts)
    if len(several) == 1:
        return several[0]
    text = Joined((COMMA.one if commas else "").join(several))
    text.texts, text.commas = several, commas
    return text


def clauses(said: Iterable[str]) -> str:
    """Return what is said with semicolons between, or what a language has for them; one alone is itself."""
    first, *others = said
    return joined((first, *(_CLAUSE.format(said=each) for each in others)), commas=False)


_CLAUSE = Sentence("clause behind", "; {said}", note="20 of 24 meetings are in place; 4 rows need somebody")


def dated(words: str, moment: date, pattern: str) -> Dated:
    """Return a day or a time, `words` in English, that other languages write by a skeleton: `MMMEd`, `yMMMMd`.

    Source of the letters: https://www.unicode.org/reports/tr35/tr35-dates.html#availableFormats_appendItems
    """
    text = Dated(words)
    text.moment, text.pattern = moment, pattern
    return text


def normalize(text: str) -> str:
    """Return what two spellings of a heading or a word have in common: letters and digits, no case, no variants."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


def width_of(text: str) -> int:
    """Return how many columns the text takes up: two for a wide character, as in Japanese (UAX 11), one for others."""
    return sum(2 if unicodedata.east_asian_width(each) in "FW" else 1 for each in text)


def parts_of_text(value: object) -> Any:  # noqa: ANN401 - what JSON holds
    """Return a fact as JSON can hold it, to be kept."""
    return value.parts if isinstance(value, Text) else value if isinstance(value, int | float | None) else str(value)


def text_of_parts(kept: Any) -> Any:  # noqa: ANN401 - what JSON holds
    """Return the fact that was kept: the same text, which other languages can say."""
    match kept:
        case {"joined": [*each], "commas": bool(commas)}:
            return joined(map(text_of_parts, each), commas=commas)
        case {"dated": str(words), "moment": str(moment), "pattern": str(pattern)}:
            return dated(words, datetime.fromisoformat(moment), pattern)
        case {"place": place, "one": one, "facts": facts}:
            counted = next((name for name, fact in facts.items() if isinstance(fact, int)), "")
            several = kept.get("several", "") if counted else ""
            sentence = Sentence(place, one, several, counted if "several" in kept else "")
            return sentence.format(**{name: text_of_parts(fact) for name, fact in facts.items()})
    return kept


class _Number(int):
    """A number among the facts of a sentence in another language, which groups its digits otherwise."""

    group: str

    def __format__(self, spec: str) -> str:
        return int.__format__(self, spec).replace(",", self.group)


def _none(_count: int) -> int:
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language in which sentences are said. Without anything it is English.

    `sentences` are the words by place and English sentence, several forms where a number decides: `form_of` says which.
    `dated` writes a day by a skeleton of CLDR's. `date_format` is how a spreadsheet is told to show a date and a time,
    `group` what stands between thousands.
    """

    tag: str = "en"
    sentences: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)
    form_of: Callable[[int], int] = field(default=_none, repr=False, compare=False)
    dated: Callable[[date, str], str] | None = field(default=None, repr=False, compare=False)
    group: str = ","
    date_format: str = "yyyy-mm-dd hh:mm"
    right_to_left: bool = False

    def in_figures(self, moment: datetime) -> str:
        """Return a day and a time of day as a spreadsheet in this language shows them: `15.03.2027 09:00`."""
        signs = {"yyyy": "%Y", "mm": "%m", "dd": "%d"}
        day, _, _ = self.date_format.partition(" ")
        for name, sign in signs.items():
            day = day.replace(name, sign)
        return f"{moment:{day} %H:%M}"

    def say(self, text: str) -> str:
        """Return a text in this language; one that remembers nothing, or that it has no words for, as it is."""
        return text.said_in(self) if isinstance(text, Text) and self.sentences else text

    def word(self, place: str, english: str) -> str:
        """Return a fixed word or sentence that is declared at a place, in English where this language lacks it."""
        forms = self.forms(place, english)
        return forms[0] if forms else english

    def forms(self, place: str, english: str) -> tuple[str, ...]:
        """Return the forms that it has of a sentence, none where it has not been translated."""
        return self.sentences.get((place, english), ())

    def fact(self, value: object) -> object:
        """Return a fact of a sentence as this language says it."""
        if isinstance(value, str):
            return self.say(value)
        if isinstance(value, int) and not isinstance(value, bool) and self.group != ",":
            number = _Number(value)
            number.group = self.group
            return number
        return value


ENGLISH = Language()


def _no_sentences(_tag: str) -> Mapping[tuple[str, str], tuple[str, ...]]:
    return {}


def _english(_tag: str) -> Language:
    return ENGLISH


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Languages:
    """The languages beside English that a sheet can be in, none if nothing is said; nothing of them is read unasked.

    Two are equal if they are the same object: what is remembered is remembered by them, and asked for in every row.

    `headings` returns what a language, by its tag, says at the places of headings and of the words of times,
    `sentences` all that it says, `load` the language.
    """

    tags: tuple[str, ...] = ()
    headings: Callable[[str], Mapping[tuple[str, str], tuple[str, ...]]] = _no_sentences
    sentences: Callable[[str], Mapping[tuple[str, str], tuple[str, ...]]] = _no_sentences
    load: Callable[[str], Language] = _english


NO_LANGUAGES = Languages()
