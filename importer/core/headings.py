"""Headings typed over by accident: columns whose heading is gone while their cells still say what they are.

An optional column without its heading would be left out without a word, and its meetings made all the same: without
attendees, an hour long, or starting when they are sent. Place and cells together tell such a column from one of the
sheet's own; one of the two alone does not.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.cells import ParseError, is_blank, read_duration, text_of
from importer.core.columns import INPUT_COLUMNS, INPUT_KEYS
from importer.core.times import Range, When, read_when
from importer.core.zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from importer.core.columns import Layout
    from importer.core.model import Cell, Problem, RowResult, SheetRow


IN_ORDER = 5
"""Input headings in the template's order, of its eight, from which a sheet counts as made from it."""
ANY_TEXT = frozenset({"external_id", "subject"})
"""Columns that any text fits, so that their cells tell nothing."""
_DATES = frozenset(
    """
    date-ambiguous time-missing date-missing year-missing zone-in-time no-such-day no-such-time weekday-wrong
    """.split()  # noqa: SIM905 - a list of words is read as words
)
"""What is wrong with cells that are dates all the same."""


def missing_headings(layout: Layout, mapping: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, int]]:
    """Return the columns (key, zero-based place) that stand alone where one heading of the template is missing.

    None in sheets whose columns the settings name, or that have too few headings in the template's order.
    """
    if INPUT_KEYS & mapping.keys() or not _follows_template(layout):
        return
    taken = {place for places in layout.inputs.values() for place in places} | set(layout.results.values())
    keys = [column.key for column in INPUT_COLUMNS]
    for left, key, right in zip(keys, keys[1:], [*keys[2:], ""], strict=False):
        if key in ANY_TEXT or key in layout.inputs or left not in layout.inputs:
            continue
        place = layout.inputs[left][0] + 1
        between = layout.inputs.get(right) == (place + 1,) if right else _is_no_heading(layout, place)
        if place not in taken and between:
            yield key, place


def _is_no_heading(layout: Layout, place: int) -> bool:
    """Return whether what stands at the end can't be a heading of the sheet's own: e-mail addresses often come last."""
    text = layout.texts[place].strip() if place < len(layout.texts) else ""
    return not text or "@" in text or len(layout.inputs) == len(INPUT_COLUMNS) - 1


def _follows_template(layout: Layout) -> bool:
    places = [layout.inputs[column.key][0] for column in INPUT_COLUMNS if column.key in layout.inputs]
    chosen = combinations(places, IN_ORDER)
    return any(all(one < other for one, other in pairwise(some)) for some in chosen)


def mostly_fits(key: str, cells: Iterable[Cell]) -> bool:
    """Return whether more than half of the filled cells read as what the column `key` wants."""
    fitting = [_fits(key, cell) for cell in cells if not is_blank(cell)]
    return sum(fitting) * 2 > len(fitting)


def _fits(key: str, cell: Cell) -> bool:
    match key:
        case "start" | "end":
            read = read_when((cell,), None)
            return isinstance(read, When | Range) or (isinstance(read, ParseError) and read.code in _DATES)
        case "duration":
            return isinstance(read_duration((cell,)), timedelta)
        case "time_zone":
            return find_zone(text_of(cell)) is not None
    return "@" in text_of(cell)


MISFITS = frozenset({"not-a-date", "not-a-duration", "time-zone-unknown", "upn-not-valid"})
"""Problems of cells that hold something else than their column."""
FEWEST_MISFITS = 2


def misfits(layout: Layout, rows: Iterable[SheetRow], rejected: Iterable[RowResult]) -> Iterator[Problem]:
    """Yield a note (`column-does-not-fit`) for each column most of whose cells hold something else."""
    filled = Counter(key for row in rows for key, cells in row.cells.items() if not all(map(is_blank, cells)))
    wrong = Counter(found.column for row in rejected for found in row.problems if found.code in MISFITS)
    for column in INPUT_COLUMNS:
        if wrong[column.key] >= FEWEST_MISFITS and wrong[column.key] * 2 > filled[column.key]:
            facts = {"value": layout.title(column.key), "heading": column.heading, "key": column.key}
            yield problem("column-does-not-fit", column=column.key, **facts)
