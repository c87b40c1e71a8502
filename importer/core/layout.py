"""Where one sheet's headings stand: the heading row is found, and each heading recognised by its column's declaration.

The row with the most known input headings is the one. Headings match without regard to case, blanks and punctuation; a
mapping of the settings comes first, then a column's own heading, then its synonyms, best first. A column of the sheet
serves one key, and what a mapping joins may serve another besides. Results are never written into a column that is
read; whose a column with a result's heading is, is told later, by what it holds (results.py).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from importer.core.catalogue import problem
from importer.core.catalogue.headings import OVER_TWO_COLUMNS
from importer.core.columns import ANY_TEXT, COLUMNS, EXTRA_COLUMNS, INPUT_COLUMNS, INPUT_KEYS, RESULT_COLUMNS
from importer.core.exports import FORMS, SYNONYMS
from importer.core.model import ExitCode, Stop
from importer.core.texts import ENGLISH, NO_LANGUAGES, Languages, normalize
from importer.core.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.core.columns import Column


OURS = "meeting-importer"
"""Stands in brackets behind the heading of a result column whose plain heading is over a column of the sheet's own."""
FORM_ENDS = frozenset(
    """
    completiontime completed completedat submissiontime submissiondate submitted submittedat submittime timesubmitted
    datesubmitted lastmodifiedtime fertigstellungszeit
    """.split()  # noqa: SIM905 - a list of words is read as words
)
"""What forms of any maker call the moment when an answer was sent, beside the Start time when it was begun."""

HEADER_SEARCH_ROWS = 60
"""How far down a heading row is looked for: above it stand titles, logos, legends, never a page of data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where one sheet's headings stand. Positions are zero-based columns; `header_row` is the margin's number.

    `inputs` has one position for a key, or several where the mapping joins columns. `titles` gives each key's
    heading as this sheet spells it; for keys without a column, as it would be appended. In a sheet without headings
    `header_row` is 0, and a column is called by its letters. `others` are the headings
    that the program does not know; `texts` is the heading row as it stands, from the first column on. `candidates`
    are the columns with a result's heading, the one to prefer first: whose they are is told by what they hold; `own`
    are those of them that are the sheet's own. `language` is the tag of the language that the headings are in, empty
    where they don't tell; `languages` are those that a sheet can be in.
    """

    header_row: int
    inputs: Mapping[str, tuple[int, ...]]
    results: Mapping[str, int] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    candidates: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    own: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    language: str = ""
    languages: Languages = field(default=NO_LANGUAGES, repr=False, compare=False)

    def without(self, key: str) -> Layout:
        """Return the layout of a sheet that has no column for `key`: what stood there is something else."""
        inputs = {other: places for other, places in self.inputs.items() if other != key}
        others = (*self.others, *(_line(self.texts[place]) for place in self.inputs.get(key, ())))
        titles = {other: title for other, title in self.titles.items() if other != key}
        return replace(self, inputs=inputs, others=others, titles=titles)

    def over(self, key: str) -> tuple[str, ...]:
        """Return what stands over the columns that are read for `key`; blank where they have no headings."""
        places = self.inputs.get(key, ()) if self.header_row else ()
        return tuple("".join(self.texts[place : place + 1]) for place in places)

    def declared(self, key: str) -> tuple[str, ...]:
        """Return the same as it is declared (`Duration (hours)` for `duration_hours`); as it stands where it is not."""
        known = _spellings(NO_LANGUAGES if self.language == ENGLISH.tag else self.languages)
        return tuple(known.get((key, normalize(text)), text) for text in self.over(key))

    def title(self, key: str) -> str:
        """Return the heading for `key` as a person with this sheet would say it."""
        return self.titles.get(key) or self.heading(key)

    def heading(self, key: str) -> str:
        """Return the heading that a column of ours gets in a sheet of this language."""
        said = self.languages.headings(self.language) if self.language in self.languages.tags else {}
        return said.get((f"{key} heading", COLUMNS[key].heading), (COLUMNS[key].heading,))[0]

    def in_language(self, tag: str) -> Layout:
        """Return the layout of a sheet whose headings don't tell its language, with the one that is said instead."""
        return self if self.language else replace(self, language=tag)


LAST_COLUMN_COUNT = 16_384
"""Columns of a sheet (Microsoft, "Excel specifications and limits")."""


@lru_cache(maxsize=LAST_COLUMN_COUNT)
def letters(column: int) -> str:
    """Return a column's letters: 0 is A."""
    text, left = "", column + 1
    while left:
        left, digit = divmod(left - 1, 26)
        text = chr(65 + digit) + text
    return text


@lru_cache(maxsize=LAST_COLUMN_COUNT)
def column(name: str) -> int:
    """Return a column's number: A is 0."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


class Measured(str):
    """A heading in a mapping, or a column by its letters, with the unit of the numbers under it where one is named."""

    __slots__ = ("unit",)
    unit: str


class ByLetter(Measured):
    """Stands in a mapping for a heading: the column with such letters, read as people call it, `column C`."""

    __slots__ = ()

    def __new__(cls, letters: str) -> Self:
        """Return the column that is called `letters`. Raise ValueError where there is none."""
        if re.fullmatch("[A-Za-z]{1,3}", letters) is None or column(letters) >= LAST_COLUMN_COUNT:
            raise ValueError(letters)
        found = super().__new__(cls, f"column {letters.upper()}")
        found.unit = ""
        return found

    @property
    def letters(self) -> str:
        """Return the letters alone."""
        return self.rpartition(" ")[2]

    @property
    def place(self) -> int:
        """Return its zero-based number."""
        return column(self.letters)


def measured(name: str, unit: str) -> Measured:
    """Return the name of a column with the unit of its numbers."""
    found = ByLetter(name.letters) if isinstance(name, ByLetter) else Measured(name)
    found.unit = unit
    return found


def by_place(place: int) -> ByLetter:
    """Return the column with a zero-based number."""
    return ByLetter(letters(place))


def names_letters_alone(mapping: Mapping[str, tuple[str, ...]]) -> bool:
    """Return whether all columns that are read are named by letters: then the sheet has no heading row."""
    names = [name for key in INPUT_KEYS & mapping.keys() for name in mapping[key]]
    return bool(names) and all(isinstance(name, ByLetter) for name in names)


def find_layout(
    rows: Iterable[tuple[int, Sequence[str]]],
    *,
    mapping: Mapping[str, tuple[str, ...]],
    required: frozenset[str],
    header_row: int | None = None,
    languages: Languages = NO_LANGUAGES,
) -> Layout | None:
    """Return the best heading row among `rows` (margin's number, cell texts), or None if none has the required keys.

    The row with the most known input headings wins, the upper one of equals; `header_row` leaves no choice.
    Headings in other languages are looked for, unless all of a row's are known in English.
    Raise Stop (`heading-twice`) when the winning row has one heading over two columns.
    """
    if not header_row and names_letters_alone(mapping):
        return _without_headings([texts for _, texts in rows], mapping, required, languages)
    among = {number: texts for number, texts in rows if header_row in {None, number}}
    best = _best_row(among, mapping, required, NO_LANGUAGES, chosen=header_row is not None)
    if best is None or not all(heading in _KNOWN for text in among[best] if (heading := normalize(text))):
        best = _best_row(among, mapping, required, languages, chosen=header_row is not None)
    if best is None:
        return None
    _refuse_two_rows(best, among, mapping, languages)
    return _layout(best, among[best], mapping, languages)


def _best_row(
    rows: Mapping[int, Sequence[str]],
    mapping: Mapping[str, tuple[str, ...]],
    required: frozenset[str],
    languages: Languages,
    *,
    chosen: bool,
) -> int | None:
    """Return the number of the row with the most headings, None if no row has those that are required."""
    headed = {key for key in INPUT_KEYS if not _is_by_letter(mapping.get(key, ()))}
    fewest = len(required - mapping.keys())  # headings: each of these keys has one of its own
    scores = {}
    for number, texts in rows.items():
        if sum(map(bool, texts)) < fewest:
            continue
        found = positions(texts, mapping, languages)
        known = required <= found.keys() and (chosen or headed & found.keys())
        if known and all(place < len(texts) for key in required for place in found[key]):
            scores[number] = sum(key in INPUT_KEYS for key in found)
    return max(scores, key=lambda number: scores[number], default=None)


def _without_headings(
    rows: Sequence[Sequence[str]],
    mapping: Mapping[str, tuple[str, ...]],
    required: frozenset[str],
    languages: Languages,
) -> Layout | None:
    """Return the layout of a sheet whose first row is one of the list; None where most rows lack what is required."""
    filled = [texts for texts in rows if any(text.strip() for text in texts)]
    texts = [ByLetter(letters(place)) for place in range(max(map(len, filled), default=0))]
    found = positions(texts, mapping)
    needed = {place for key in required if key in found for place in found[key]}
    whole = sum(all("".join(texts[place : place + 1]).strip() for place in needed) for texts in filled)
    return _layout(0, texts, mapping, languages) if required <= found.keys() and 2 * whole > len(filled) else None


def positions(
    texts: Sequence[str], mapping: Mapping[str, tuple[str, ...]], languages: Languages = NO_LANGUAGES
) -> dict[str, tuple[int, ...]]:
    """Return the columns of each key that a row has a heading for, by rank of synonyms.

    A column is read for one key, but those that `mapping` joins, or takes for the ID or the title, which any text can
    be, are also read for the key whose heading they have, and a column under a key's very own heading is always read
    for it. Results are never written into a column that is read.
    A key that is mapped to nothing has no column. Before its synonyms, a key has the columns that belong together.
    What `languages` call a column counts behind what it is called in English, and is looked for where a heading is not
    known.
    """
    headings = list(map(normalize, texts))
    seen: dict[str, int] = {}
    for position, text in enumerate(headings):
        seen.setdefault(text, position)
    found: dict[str, tuple[int, ...]] = {}
    for key, names in mapping.items():
        places = [name.place if isinstance(name, ByLetter) else seen.get(normalize(name)) for name in names]
        if places and None not in places:
            found[key] = tuple(place for place in places if place is not None)
    written = {place for key, places in found.items() if key not in INPUT_KEYS for place in places}
    joined = {place for key, places in found.items() if len(places) > 1 or key in ANY_TEXT for place in places}
    taken = {place for places in found.values() for place in places} - (joined - written)
    forms = times_of_forms(seen)
    for key, heading, joins in _JOINS:
        together = () if key in found or key in mapping or heading in seen else _together(joins, headings)
        if together and taken.isdisjoint(together) and forms.isdisjoint(headings[place] for place in together):
            found[key] = together
            taken.update(together)
    foreign = foreign_names(languages) if any(text and text not in _KNOWN for text in seen) else ()
    for rank, key, name in (*_NAMES, *foreign):
        place = seen.get(name)
        if place is None or key in found or key in mapping or name in forms:
            continue
        if place not in (taken | joined if key not in INPUT_KEYS else taken if rank else written):
            found[key] = (place,)
            taken.add(place)
    return found


_NAMES = sorted(
    (
        (rank, key, normalize(name))
        for key, column in COLUMNS.items()
        for rank, name in enumerate((column.heading, *column.synonyms))
    ),
    key=lambda name: name[0],
)
"""What each column may be called (rank, key, name), best first; of equals, in the order of the columns."""
_JOINS = tuple(
    (column.key, normalize(column.heading), tuple(tuple(map(normalize, names)) for names in column.joins))
    for column in INPUT_COLUMNS
    if column.joins
)
"""Columns with headings that belong together: the key, its own heading, and those."""
_KNOWN = frozenset(name for _, _, name in _NAMES)
_ENGLISH = {
    (column.key, normalize(name))
    for column in COLUMNS.values()
    for name in (column.heading, *column.synonyms)
    if name not in SYNONYMS.get(column.key, ())
}
"""What the columns are called in English (key, name)."""


@lru_cache(maxsize=2)
def foreign_names(languages: Languages) -> tuple[tuple[int, str, str], ...]:
    """Return what the languages call each column, as `_NAMES` has it."""
    names = (found for tag in languages.tags for found in _names_in(languages, tag))
    return tuple(sorted(dict.fromkeys(names), key=lambda name: name[0]))


@lru_cache(maxsize=32)
def _names_in(languages: Languages, tag: str) -> tuple[tuple[int, str, str], ...]:
    """Return what a language calls each column: its heading first, then what else people write."""
    found = ((rank, key, normalize(name)) for rank, key, name in _spelled_in(languages, tag))
    return tuple(each for each in found if each[2])


def _spelled_in(languages: Languages, tag: str) -> Iterator[tuple[int, str, str]]:
    """Yield the same as its file spells it."""
    for (place, english), forms in languages.headings(tag).items():
        key, _, kind = place.partition(" ")
        if kind == "heading" and english == COLUMNS[key].heading:
            yield 1, key, forms[0]
        elif kind == "also":
            yield from ((rank, key, name) for rank, name in enumerate(forms[0].split(";"), start=2))


@lru_cache(maxsize=2)
def _spellings(languages: Languages) -> Mapping[tuple[str, str], str]:
    """Return {(key, name as it is looked for): as it is declared}, English first."""
    english = ((0, key, name) for key, column in COLUMNS.items() for name in (column.heading, *column.synonyms))
    spelled = (*english, *(found for tag in languages.tags for found in _spelled_in(languages, tag)))
    return {(key, normalize(name)): name for _, key, name in reversed(spelled)}


def _language_of(texts: Sequence[str], inputs: Mapping[str, tuple[int, ...]], languages: Languages) -> str:
    """Return the tag of the one language that all headings which are known are in, empty where there is no such.

    A heading that several languages have speaks for each of them, and one of another program's for none.
    """
    over = [(key, normalize(texts[place])) for key, places in inputs.items() for place in places if place < len(texts)]
    if all(heading in _ENGLISH for heading in over):
        return ENGLISH.tag
    known = {tag: {(key, name) for _, key, name in _names_in(languages, tag)} for tag in languages.tags}
    known[ENGLISH.tag] = _ENGLISH
    told = [heading for heading in over if any(heading in names for names in known.values())]
    fitting = [tag for tag, names in known.items() if told and all(heading in names for heading in told)]
    return fitting[0] if len(fitting) == 1 else ""


def times_of_forms(seen: Collection[str]) -> frozenset[str]:
    """Return the headings that say when a form was opened and sent: they stand beside each other, and beside an ID."""
    known = (tuple(map(normalize, form)) for form in FORMS if "id" in seen)
    times = {name for form in known if all(name in seen for name in form) for name in form[:2]}
    return frozenset(times | ({"starttime"} if any(other in seen for other in FORM_ENDS) else set()))


def _together(joins: Iterable[Sequence[str]], headings: Sequence[str]) -> tuple[int, ...]:
    """Return the columns that belong together for a key, none where one of them is missing."""
    for names in joins:
        places: list[int] = []
        for name in names:
            places += [place for place, text in enumerate(headings) if text == name and place not in places][:1]
        if len(places) == len(names):
            return tuple(places)
    return ()


def _refuse_two_rows(
    number: int, rows: Mapping[int, Sequence[str]], mapping: Mapping[str, tuple[str, ...]], languages: Languages
) -> None:
    """Raise Stop (`headings-in-two-rows`) if the row below or above has headings that this one leaves blank."""
    texts = rows[number]
    found = positions(texts, mapping, languages)
    here = {normalize(text) for text in texts}
    wanted = {normalize(name) for key, names in mapping.items() if key in INPUT_KEYS for name in names}
    places = {place for key, some in found.items() if key in INPUT_KEYS for place in some}
    for other in (number + 1, number - 1):
        beside = rows.get(other, ())
        if other > number and (parts := _parts_of_headings(texts, beside, found)):
            stop = problem("headings-in-two-rows", value=parts[0], row=number, other=other, names=quoted(parts))
            raise Stop(stop, ExitCode.INPUT)
        if other > number and any(beside[place].strip() for place in places if place < len(beside)):
            continue  # a row of the list, which may say Start or Zone in any of its cells
        others = positions(beside, mapping, languages)
        known = {place for key, some in others.items() if key in INPUT_KEYS - found.keys() for place in some}
        known |= {place for place, text in enumerate(beside) if normalize(text) in wanted - here}
        under = [place for place in sorted(known) if other > number or not "".join(texts[place : place + 1]).strip()]
        named = [_line(beside[place]) for place in under]
        if named:
            stop = problem("headings-in-two-rows", value=named[0], row=number, other=other, names=quoted(named))
            raise Stop(stop, ExitCode.INPUT)


def _parts_of_headings(
    texts: Sequence[str], below: Sequence[str], found: Mapping[str, tuple[int, ...]]
) -> tuple[str, ...]:
    """Return what stands below blank headings where the row is one of headings, like Date and Time under From.

    Such a row has words alone, under headings of times and beside them, and nothing for the ID and the organizer.
    """
    filled = {place: _line(text) for place, text in enumerate(below) if text.strip()}
    identity = {place for key in ("external_id", "organizer") for place in found.get(key, ())}
    times = {place for key in ("start", "end") for place in found.get(key, ())}
    words = all(re.search(r"[^\W\d_]", text) and not re.search(r"[\d@]", text) for text in filled.values())
    words = words and not {text.upper() for text in filled.values()} & {"TRUE", "FALSE"}
    if not words or identity & filled.keys() or not times & filled.keys():
        return ()
    return tuple(text for place, text in filled.items() if not "".join(texts[place : place + 1]).strip())


def _layout(number: int, texts: Sequence[str], mapping: Mapping[str, tuple[str, ...]], languages: Languages) -> Layout:
    found = positions(texts, mapping, languages)
    _refuse_twice(number, texts, {key: found[key] for key in found if not _is_by_letter(mapping.get(key, ()))})
    inputs = {key: places for key, places in found.items() if key in INPUT_KEYS}
    candidates = _candidates(texts, mapping, {place for places in inputs.values() for place in places}, languages)
    results = {key: places[0] for key, places in candidates.items()}
    titles = {key: " + ".join(names) for key, names in mapping.items()}
    titles |= {key: " + ".join(_heading(texts, place) for place in places) for key, places in inputs.items()}
    titles |= {key: _line(texts[place]) for key, place in results.items()}
    taken = {place for places in (*inputs.values(), *candidates.values()) for place in places}
    return Layout(
        header_row=number,
        inputs=inputs,
        results=results,
        titles=titles,
        others=tuple(_line(text) for place, text in enumerate(texts) if place not in taken and text.strip()),
        texts=tuple(texts),
        candidates=candidates,
        language="" if INPUT_KEYS & mapping.keys() else _language_of(texts, inputs, languages),
        languages=languages,
    )


def _heading(texts: Sequence[str], place: int) -> str:
    """Return what stands over a column; its letters where that is nothing."""
    return _line("".join(texts[place : place + 1])) or ByLetter(letters(place))


def _is_by_letter(names: Iterable[str]) -> bool:
    return any(isinstance(name, ByLetter) for name in names)


def _candidates(
    texts: Sequence[str], mapping: Mapping[str, tuple[str, ...]], taken: Collection[int], languages: Languages
) -> dict[str, tuple[int, ...]]:
    """Return the columns of each result's heading: those marked as ours first, then by rank of synonyms."""
    places: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        if place not in taken and text.strip():
            places.setdefault(normalize(text), []).append(place)
    named = {normalize(name) for key in COLUMNS if key not in INPUT_KEYS for name in mapping.get(key, ())}
    foreign = foreign_names(languages) if any(text not in _KNOWN for text in places) else ()
    found: dict[str, tuple[int, ...]] = {}
    for column in (*RESULT_COLUMNS, *EXTRA_COLUMNS):
        names = _result_names(column, mapping)
        theirs = [name for _, key, name in foreign if key == column.key]
        marked = [places.get(normalize(name), []) for one in (names[0], *theirs) for name in _marked(one, len(places))]
        free = names if column.key in mapping else [n for n in (*names, *theirs) if normalize(n) not in named]
        plain = [places.get(normalize(name), []) for name in free]
        there = tuple(place for group in (*reversed(marked), *plain) for place in group)
        if there:
            found[column.key] = there
    return found


def _result_names(column: Column, mapping: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return (" + ".join(mapping[column.key]),) if column.key in mapping else (column.heading, *column.synonyms)


def _marked(heading: str, count: int) -> Iterator[str]:
    """Return headings that say that they are ours, in the order in which they are tried."""
    return (f"{heading} ({OURS}{f' {number}' if number > 1 else ''})" for number in range(1, count + 2))


def free_heading(layout: Layout, key: str, mapping: Mapping[str, tuple[str, ...]]) -> str:
    """Return the heading for a result column of ours in a sheet with a column of its own under the plain one."""
    known = set(map(normalize, layout.texts))
    heading = _result_names(COLUMNS[key], mapping)[0] if key in mapping else layout.heading(key)
    return next(one for one in (heading, *_marked(heading, len(known))) if normalize(one) not in known)


def _refuse_twice(number: int, texts: Sequence[str], found: Mapping[str, tuple[int, ...]]) -> None:
    names = [normalize(text) for text in texts]
    for key, places in found.items():
        read = Counter(names[place] for place in places)  # a heading that belongs together with itself is no second one
        for place in places:
            if names.count(names[place]) > max(read[names[place]], 1) and key in INPUT_KEYS:
                text = _line(texts[place])
                raise Stop(
                    problem("heading-twice", column=key, value=text, row=number, twice=OVER_TWO_COLUMNS.format()),
                    ExitCode.INPUT,
                )


def _line(text: str) -> str:
    return " ".join(text.split())
