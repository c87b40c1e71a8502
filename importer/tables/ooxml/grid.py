"""Cell references, and headings that would make a sheet read wrongly.

Columns are zero-based numbers here and letters in the file, rows are the margin's numbers. Refused are headings of new
columns that are there already, and those typed over.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import count, islice
from typing import TYPE_CHECKING, NamedTuple

from importer.core.catalogue import problem, shorten
from importer.core.catalogue.headings import (
    ONE_FOR_TWO,
    OVERTYPED,
    OVERTYPED_WITH_NOTHING,
    OWN_AT_THE_END,
    OWN_TO_THE_RIGHT,
    RESULTS_IN_ONE,
)
from importer.core.columns import COLUMNS, USUAL_COLUMNS
from importer.core.headings import missing_headings, mostly_fits
from importer.core.layout import LAST_COLUMN_COUNT, column, letters
from importer.core.model import ExitCode, Stop
from importer.core.results import unheaded_results
from importer.core.suggestions import near_misses
from importer.core.texts import normalize
from importer.tables.base import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.core.layout import Layout
    from importer.core.model import Problem
    from importer.core.row import Row
    from importer.tables.base import Table


ROWS = 1_048_576
"""Excel's own limit (Microsoft, "Excel specifications and limits")."""

_REFERENCE = re.compile(r"^\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})$")


class Area(NamedTuple):
    """A rectangle of cells, all four edges included."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        """Whether the cell lies inside."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    @property
    def single(self) -> bool:
        """Whether it is one cell."""
        return self.top == self.bottom and self.left == self.right

    def meets(self, other: Area) -> bool:
        """Whether the two have a cell in common."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )


@lru_cache(maxsize=LAST_COLUMN_COUNT)
def column_of(name: bytes) -> int:
    """Return a column's number from the letters as they stand in a part."""
    return column(name.decode())


def cell(reference: str) -> tuple[int, int] | None:
    """Return row and column of a reference such as `B7` or `$B$7`, or None if it is none or off the sheet."""
    found = _REFERENCE.match(reference)
    if found is None:
        return None
    row, place = int(found[2]), column(found[1])
    return (row, place) if row <= ROWS and place < LAST_COLUMN_COUNT else None


def area(reference: str) -> Area | None:
    """Return the area of a reference such as `A1:C9` or `A1`, or None if it is none."""
    first, _, last = reference.partition(":")
    start, end = cell(first), cell(last or first)
    if start is None or end is None:
        return None
    return Area(min(start[0], end[0]), min(start[1], end[1]), max(start[0], end[0]), max(start[1], end[1]))


def reference(place: Area) -> str:
    """Return an area as the file spells it."""
    first = f"{letters(place.left)}{place.top}"
    last = f"{letters(place.right)}{place.bottom}"
    return first if first == last else f"{first}:{last}"


UNREAD_LOOKED_AT, ROWS_LOOKED_AT = 40, 200
"""Columns and rows in which dates are looked for where no column is the start: enough to tell, in no time."""
NAMED = 3
"""Headings named in one sentence."""


FORMULA = "= (formula)"
"""Stands for a formula among the texts under a result's heading: this program writes none."""


def candidate_texts(table: Table, formulas: Iterable[tuple[int, int]] = ()) -> list[dict[int, str]]:
    """Return what stands in each row under a result's heading, by column.

    A formula (`formulas` are rows and columns) is somebody's work, whatever it shows now.
    """
    places = {place for group in table.layout.candidates.values() for place in group}
    named = replace(table.layout, results={str(place): place for place in places})
    rows = table.with_layout(named).rows() if places else ()
    texts = {row.number: {int(place): text for place, text in row.standing.items()} for row in rows}
    for number, place in formulas:
        if number in texts:
            texts[number][place] = FORMULA
    return list(texts.values())


def with_unheaded(table: Table, extra: Sequence[str]) -> Layout:
    """Return the table's layout, in a sheet without headings with the columns that hold results of an earlier run."""
    layout = table.layout
    if layout.header_row:
        return layout
    read = {place for places in layout.inputs.values() for place in places}
    places = {str(place): place for place in range(len(layout.texts)) if place not in read}
    rows = table.with_layout(replace(layout, results=places)).rows()
    texts = [{int(place): text for place, text in row.standing.items()} for row in rows]
    return unheaded_results(layout, texts, extra)


def refuse_same_headings(layout: Layout, columns: Iterable[str]) -> None:
    """Raise Stop (`heading-twice`) if one heading serves a result column and something else.

    The copy would have the same heading twice, or two texts for one cell, and nobody could tell the two apart. Said
    with the line for the settings that gives the results a heading of their own.
    """
    read = {normalize(part): key for key in layout.inputs for part in layout.title(key).split(" + ")}
    taken = [
        key for key in dict.fromkeys(columns) if key not in layout.results and normalize(layout.title(key)) in read
    ]
    if taken:
        raise _serves_two(layout, read[normalize(layout.title(taken[0]))], taken)
    seen: dict[int, str] = {}
    for key, place in layout.results.items():
        if place in seen:
            facts = {"heading": COLUMNS[seen[place]].named, "result": COLUMNS[key].named}
            raise _twice(layout, key, RESULTS_IN_ONE.format(**facts))
        seen[place] = key


def _serves_two(layout: Layout, read: str, keys: Sequence[str]) -> Stop:
    known = set(map(normalize, layout.texts))
    names = {key: next(name for name in _other_names(key) if normalize(name) not in known) for key in keys}
    lines = ", ".join(f'{key} = "{name}"' for key, name in names.items())
    facts = {"heading": COLUMNS[read].named, "result": COLUMNS[keys[0]].named, "lines": lines}
    said = ONE_FOR_TWO.format(**facts)
    return _twice(layout, keys[0], said)


def _twice(layout: Layout, key: str, said: str) -> Stop:
    return Stop(
        problem("heading-twice", column=key, value=layout.title(key), row=layout.header_row, twice=said), ExitCode.INPUT
    )


def _other_names(key: str) -> Iterator[str]:
    """Give names for a result's column beside the usual one: `Teams meeting ID`."""
    word, _, rest = COLUMNS[key].heading.partition(" ")
    name = " ".join(filter(None, ("Teams", word if word == "Graph" else word.lower(), rest)))
    return (f"{name}{number if number > 1 else ''}" for number in count(1))


def refuse_overtyped(
    layout: Layout, mapping: Mapping[str, tuple[str, ...]], rows: Callable[[Layout], Iterable[Row]]
) -> None:
    """Raise Stop (`heading-overtyped`) if a column has lost its heading: by its place and its cells it is one to read.

    `rows` gives the sheet's rows as they would be read with another layout.
    """
    for key, place in missing_headings(layout, mapping):
        read = rows(replace(layout, inputs={**layout.inputs, key: (place,)}))
        if mostly_fits(key, (cell for row in read for cell in row.cells[key])):
            raise Stop(_overtyped(layout, key, place), ExitCode.INPUT)


def refuse_unread_times(
    name: str,
    layout: Layout,
    mapping: Mapping[str, tuple[str, ...]],
    rows: Callable[[Layout], Iterable[Row]],
) -> None:
    """Raise Stop (`times-not-mapped`) if no column is the start, and columns that are not read hold dates or times.

    Each row would be a meeting that begins when it is made. A heading that is nearly Start is asked about elsewhere.
    """
    asked = any(found.column == "start" for found in near_misses(layout, mapping))
    if "start" in layout.inputs or "start" in mapping or asked:
        return
    read = {place for places in layout.inputs.values() for place in places} | set(layout.results.values())
    read = read.union(*layout.candidates.values())  # what a result's heading stands over is no start, whosever it is
    unread = [place for place, text in enumerate(layout.texts) if text.strip() and place not in read]
    named = [layout.texts[place] for place in unread[:UNREAD_LOOKED_AT] if _holds_times(layout, place, rows)]
    if named:
        names = ", ".join(f"'{shorten(' '.join(text.split()))}'" for text in named[:NAMED])
        raise refused("times-not-mapped", name, names=names, row=layout.header_row)


def _holds_times(layout: Layout, place: int, rows: Callable[[Layout], Iterable[Row]]) -> bool:
    read = islice(rows(replace(layout, inputs={**layout.inputs, "start": (place,)})), ROWS_LOOKED_AT)
    return mostly_fits("start", (cell for row in read for cell in row.cells["start"]))


def _overtyped(layout: Layout, key: str, place: int) -> Problem:
    text = layout.texts[place].strip() if place < len(layout.texts) else ""
    said, heading = OVERTYPED if text else OVERTYPED_WITH_NOTHING, COLUMNS[key].named
    found = said.format(text=shorten(text), cell=f"{letters(place)}{layout.header_row}")
    own = OWN_AT_THE_END if key == USUAL_COLUMNS[-1].key else OWN_TO_THE_RIGHT
    facts = {"found": found, "heading": heading, "own": own.format(heading=heading)}
    return problem("heading-overtyped", column=key, value=text, **facts)
