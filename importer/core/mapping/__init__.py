"""What the columns of somebody's export are, proposed: for each key the headings, the reason, and how sure it is.

Headings and values are judged together, the values by the readers that will read them. What would become a wrong
meeting is never proposed: where two columns could be the start, the proposal says so, and the line that it writes stops
the file until somebody has chosen. What is asked is little: what no sheet says (the zone), or what it says in two ways.

`columns` tells what a column's heading says and what its cells are, `times`, `people` and `identity` choose among the
columns, and `proposal` puts the choices together and writes them down as a settings file.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from importer.core.cells import is_blank, text_of
from importer.core.layout import HEADER_SEARCH_ROWS, ByLetter, by_place, positions
from importer.core.mapping.columns import TIMES, CellKind, SheetColumn, roles_of, traits_of
from importer.core.rows import TOTALS
from importer.core.texts import normalize
from importer.core.times.words import words_in
from importer.core.wording import strip_control_chars

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.core.model import Cell, Sample
    from importer.core.texts import Languages
    from importer.core.times.words import Words

ROWS_SEEN = 2_000
"""Rows of a sheet from which it is judged."""
FEWEST_CELLS = 2
"""Filled cells of a row of headings."""
LONGEST_HEADING = 80
"""Characters; more is a sentence."""
WORDS = 0.75
"""Share of the filled cells of a row of headings that are words and nothing else."""
BELOW = 40
"""Rows under a row of headings that are looked at to see whether it is one."""


SettingValue: TypeAlias = "str | tuple[str, ...] | bool | None"
NONE_OF_IT = False
"""What a settings file says of a column that the sheet does not have."""


def toml_value(value: SettingValue) -> str:
    """Return a value as a settings file has it."""
    match value:
        case bool():
            return "true" if value else "false"
        case tuple() if len(value) == 1:
            return _heading(value[0])
        case tuple():
            return "[" + ", ".join(map(_heading, value)) + "]"
    return toml_string(value or "")


def _heading(name: str) -> str:
    return f'{{ column = "{name.letters}" }}' if isinstance(name, ByLetter) else toml_string(name)


def toml_string(text: str) -> str:
    """Return a basic string of TOML: JSON's escapes are TOML's too (TOML 1.0, "String")."""
    line = strip_control_chars(" ".join(text.split()))
    return json.dumps(line, ensure_ascii=False).replace("\x7f", "\\u007f")


class Sure(StrEnum):
    """How sure a line of a proposal is."""

    SURE = "sure"
    LIKELY = "likely"
    GUESS = "a guess"


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One line of a settings file: `key` is one of a column or of a setting.

    `value` is a text, headings to be joined, or False for a column that the sheet does not have; None where nothing is
    said, and the reason is worth reading all the same.
    """

    key: str
    value: SettingValue
    reason: str
    sure: Sure = Sure.SURE


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What can't be told from the sheet: `key` is what it is about, `example` a line that would answer it.

    `choices` are answers to choose from. `stops` is whether no meeting is made before it is answered.
    """

    key: str
    text: str
    example: str
    choices: tuple[str, ...] = ()
    stops: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What somebody has said: of settings, and which headings a column has."""

    timezone: str = ""
    date_order: str = ""
    organizer: str = ""
    delegated: bool = False
    weeks: bool = False
    """Whether the weeks of weekdays without a date have been named."""
    one_meeting: str = ""
    """Whether rows that seem to be parts of one meeting are one: y, n, or nothing where nobody has said."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names_read: bool | None = None
    """Whether names under a heading of people can be read as they are, being links to addresses; None: not tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a settings file for the sheet would say; `rows` is how many were judged."""

    sheet: str
    header_row: int
    headings: tuple[str, ...]
    rows: int
    settings: tuple[SettingLine, ...] = ()
    columns: tuple[SettingLine, ...] = ()
    people: tuple[str, ...] = ()
    """Names that stand where sign-in names are wanted."""
    skip: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values by heading of rows whose status says that they do not take place."""
    perhaps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The same where it says that they may not."""
    undated: str = ""
    """The heading of the days, where some rows have none: such a meeting would begin when it is sent."""
    same_id: str = ""
    """Why rows with one ID seem to be one meeting; empty where they don't."""
    one_meeting: bool = False
    """Whether they are, as somebody has said."""
    questions: tuple[OpenQuestion, ...] = ()

    def line(self, key: str) -> SettingLine | None:
        """Return the line about a key."""
        return next((line for line in (*self.settings, *self.columns) if line.key == key), None)


def find_headings(sample: Sample, header_row: int | None = None) -> tuple[int, float]:
    """Return the number of the row that has the headings, and how good it is; 0 where no row looks like one."""
    best: tuple[float, int] = (0.0, 0)
    for place, (number, cells) in enumerate(sample.rows[: max(HEADER_SEARCH_ROWS, header_row or 0)]):
        if header_row not in {None, number}:
            continue
        score = _score(sample.languages, cells, [row for _, row in sample.rows[place + 1 : place + 1 + BELOW]])
        if score > best[0] or header_row == number:
            best = (score, number)
    return best[1], best[0]


def _score(languages: Languages, cells: Sequence[Cell], below: Sequence[Sequence[Cell]]) -> float:
    """Return how much a row is like one of headings, by its words and by how unlike them is what stands below."""
    filled = {place: text_of(cell) for place, cell in enumerate(cells) if not is_blank(cell)}
    texts = [*filled.values()]
    words = words_in(languages)
    if len(filled) < FEWEST_CELLS or sum(_is_word(text, words) for text in texts) < WORDS * len(texts):
        return 0.0
    under = [[row[place] for row in below if place < len(row) and not is_blank(row[place])] for place in filled]
    if sum(map(bool, under)) < FEWEST_CELLS:
        return 0.0
    known = len(positions(texts, {}, languages)) + sum(bool(roles_of(text, words)) for text in texts)
    unlike = sum(bool(some) and _is_typed(some, words) for some in under)
    twice = len(texts) - len({normalize(text) for text in texts})
    return known + unlike + 0.1 * len(texts) - twice


def _is_word(text: str, words: Words) -> bool:
    if len(text) > LONGEST_HEADING or "@" in text or not any(map(str.isalpha, text)):
        return False
    return traits_of(text, words).kind in {CellKind.TEXT, CellKind.NAME, CellKind.ZONE, CellKind.WEEKDAY}


def _is_typed(cells: Sequence[Cell], words: Words) -> bool:
    """Return whether most of the cells are something that a heading is not: times, numbers, addresses."""
    typed = TIMES | {
        CellKind.NUMBER,
        CellKind.ADDRESS,
        CellKind.ADDRESSES,
        CellKind.OFFSET,
        CellKind.LENGTH,
        CellKind.LINK,
        CellKind.TRUTH,
    }
    return sum(traits_of(cell, words).kind in typed for cell in cells) * 2 > len(cells)


def sheet_columns(sample: Sample, header_row: int) -> list[SheetColumn]:
    """Return the columns under a row of headings, or of a sheet without one.

    A column without a heading of its own is called by its letters.
    """
    texts = next((cells for number, cells in sample.rows if number == header_row), ())
    below = [(number, cells) for number, cells in sample.rows if number > header_row and _is_of_list(cells, texts)]
    width = max((len(cells) for _, cells in below), default=0)
    names = [" ".join(text_of(texts[place]).split()) if place < len(texts) else "" for place in range(width)]
    once = {name for name, count in Counter(map(normalize, names)).items() if name and count == 1}
    return [
        SheetColumn(
            place,
            name if normalize(name) in once else by_place(place),
            dict(_cells(below, place)),
            words_in(sample.languages),
        )
        for place, name in enumerate(names)
    ]


def _cells(rows: Sequence[tuple[int, Sequence[Cell]]], place: int) -> Iterator[tuple[int, Cell]]:
    for number, cells in rows:
        yield number, cells[place] if place < len(cells) else None


def _is_of_list(cells: Sequence[Cell], headings: Sequence[Cell]) -> bool:
    """Return whether a row is one of the list: no headings said again, no total, no legend, not blank."""
    filled = {place: normalize(text_of(cell)) for place, cell in enumerate(cells) if not is_blank(cell)}
    again = sum(place < len(headings) and text == normalize(text_of(headings[place])) for place, text in filled.items())
    return len(filled) >= FEWEST_CELLS and again < FEWEST_CELLS and not TOTALS & {*filled.values()}


__all__ = [
    "NONE_OF_IT",
    "ROWS_SEEN",
    "Answers",
    "OpenQuestion",
    "Proposal",
    "SettingLine",
    "Sure",
    "find_headings",
    "sheet_columns",
    "toml_string",
    "toml_value",
]
