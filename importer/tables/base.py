"""The one port for spreadsheets of any format: rows out, result cells in, bytes out.

With it what every format needs: one way to say that a file can't be used (`refused`), repetitions in patterns that
never give back what they took, so that no hostile text makes a search slow (`atomic_regex`), and what is refused of
headings: one that was typed over, a new column's that is there already, times that nobody asked to be read.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from itertools import count, islice
from typing import TYPE_CHECKING, Protocol, TypeAlias

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
from importer.core.headings import ROWS_LOOKED_AT, UNREAD_LOOKED_AT, missing_headings, mostly_fits
from importer.core.layout import find_layout, letters
from importer.core.model import ExitCode, Stop
from importer.core.results import unheaded_results
from importer.core.suggestions import near_misses
from importer.core.texts import NO_LANGUAGES, Languages, normalize
from importer.core.times.words import words_in
from importer.core.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.core.layout import Layout
    from importer.core.model import Problem
    from importer.core.row import Row


def refused(code: str, name: str, *, detail: str = "", **facts: str | int) -> Stop:
    """Return the Stop that refuses the file called `name`, for the caller to raise."""
    return Stop(
        replace(problem(code, value=name, **{key: str(fact) for key, fact in facts.items()}), detail=detail),
        ExitCode.INPUT,
    )


def damaged(name: str, detail: str) -> Stop:
    """Return the Stop for a workbook that is broken; `detail` says where, for whoever reads the log."""
    return refused("workbook-damaged", name, detail=detail)


SOUND = sys.version_info >= (3, 11, 5)
"""Before, a possessive repetition of alternatives could miss: https://github.com/python/cpython/issues/106052"""


def atomic_regex(pattern: str) -> str:
    """Return a pattern for `pattern` as often as it comes, also never.

    Where Python's own `*+` is not sound it is an atomic group, which means the same and remembers each repetition
    until it is through.
    """
    return f"(?:{pattern})*+" if SOUND else f"(?>(?:{pattern})*)"


def once(pattern: str) -> str:
    """Return a pattern for `pattern` if it comes, and for nothing else."""
    return f"(?>(?:{pattern})?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRequest:
    """What the user said about where the rows are.

    `sheet` and `header_row` (the margin's number) are None where they are to be found. `mapping` gives, for a
    column's key, the heading or the headings (joined in this order) that the sheet has for it. `required` are
    the keys without which a row can't be a heading row, `also` headings of columns that are looked at beside those that
    are read, and `extra` the keys of result columns beside the usual ones. `delimiter` and `encoding` (a name that
    Python's codecs know) are for CSV, None where they are to be told. `settings` is where the mapping comes from, for
    saying so. `languages` are those that a sheet can be in, and `language` is the tag of the one that it is answered in
    where its headings don't tell.
    """

    sheet: str | None = None
    header_row: int | None = None
    mapping: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: frozenset[str] = frozenset({"external_id", "organizer"})
    also: frozenset[str] = frozenset()
    extra: tuple[str, ...] = ()
    delimiter: str | None = None
    encoding: str | None = None
    settings: str = "the settings file"
    languages: Languages = NO_LANGUAGES
    language: str = ""


def layout_of(rows: Iterable[tuple[int, Sequence[str]]], request: SheetRequest) -> Layout | None:
    """Return where the headings stand among a sheet's first rows, None where it has none; see `find_layout`."""
    found = find_layout(
        rows,
        mapping=request.mapping,
        required=request.required,
        header_row=request.header_row or None,
        languages=request.languages,
    )
    return None if found is None else found.in_language(request.language)


ResultTexts: TypeAlias = "Mapping[int, Mapping[str, str]]"
"""What goes into a copy: {result column's key: text} by the row's number."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where each result column will stand in a copy, and what a person should know about that place."""

    layout: Layout
    notices: tuple[Problem, ...] = ()


class Table(Protocol):
    """One sheet of one file, read once; the file on disk is never touched by it."""

    @property
    def sheet(self) -> str:
        """The worksheet's name; empty for CSV."""
        ...

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        ...

    @property
    def layout(self) -> Layout:
        """Where the headings stand, and what they say."""
        ...

    @property
    def width(self) -> int:
        """How many columns it has, up to the last one with something in it."""
        ...

    @property
    def notices(self) -> tuple[Problem, ...]:
        """What a person should know about the file as a whole: hidden rows, protection and the like."""
        ...

    def rows(self) -> Iterator[Row]:
        """Return the rows below the headings in order, blank ones passed over, with their own numbers.

        A row is blank when none of its input cells holds anything but white space.
        """
        ...

    def with_layout(self, layout: Layout) -> Table:
        """Return the same table read by another layout."""
        ...

    def beginning(self) -> Table:
        """Return the same table for whoever wants its first rows alone: those of a large sheet cost less."""
        ...

    def settled(self) -> Table:
        """Return the same table with those result columns only that are ours by what they hold; see `own_results`."""
        ...

    def placed(self, columns: Sequence[str]) -> Placed:
        """Return where the result columns will stand in a copy that has all of `columns`.

        Raise Stop when the sheet can't take them.
        """
        ...

    def with_results(self, results: ResultTexts, columns: Sequence[str]) -> bytes:
        """Return the bytes of a copy with result texts filled in, everything else kept.

        An empty text in `results` clears the cell, a key that is absent leaves the cell as it is. `columns` are the
        keys that must stand in the copy: those without a heading in the sheet are appended to the right in this order.
        Raise Stop when the sheet can't take them.
        """
        ...


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
        if mostly_fits(key, (cell for row in read for cell in row.cells[key]), words_in(layout.languages)):
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
        names = quoted(shorten(" ".join(text.split())) for text in named[:NAMED])
        raise refused("times-not-mapped", name, names=names, row=layout.header_row)


def _holds_times(layout: Layout, place: int, rows: Callable[[Layout], Iterable[Row]]) -> bool:
    read = islice(rows(replace(layout, inputs={**layout.inputs, "start": (place,)})), ROWS_LOOKED_AT)
    return mostly_fits("start", (cell for row in read for cell in row.cells["start"]), words_in(layout.languages))


def _overtyped(layout: Layout, key: str, place: int) -> Problem:
    text = layout.texts[place].strip() if place < len(layout.texts) else ""
    said, heading = OVERTYPED if text else OVERTYPED_WITH_NOTHING, COLUMNS[key].named
    found = said.format(text=shorten(text), cell=f"{letters(place)}{layout.header_row}")
    own = OWN_AT_THE_END if key == USUAL_COLUMNS[-1].key else OWN_TO_THE_RIGHT
    facts = {"found": found, "heading": heading, "own": own.format(heading=heading)}
    return problem("heading-overtyped", column=key, value=text, **facts)
