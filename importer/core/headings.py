"""Headings and rows that are not what they seem: a heading typed over by accident, and rows that are no meetings.

An optional column without its heading would be left out without a word, and its meetings made all the same: without
attendees, an hour long, or starting when they are sent. Place and cells together tell such a column from one of the
sheet's own; one of the two alone does not.

Reports have headings said again, totals, legends and footnotes among their data. A row is passed over only where it
can't be a meeting that somebody has begun to fill in: one that has an ID like the others', an organizer, or a date of
its own is left to the rules, which say what it lacks. What is passed over is always said.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import time, timedelta
from itertools import combinations, islice, pairwise
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.cells import ParseError, is_blank, people_in, read_duration, text_of
from importer.core.columns import ANY_TEXT, COLUMNS, INPUT_COLUMNS, INPUT_KEYS, normalize
from importer.core.model import Unreadable
from importer.core.times import Range, When, read_end, read_when
from importer.core.wording import rows_in_words
from importer.core.zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.core.columns import Layout
    from importer.core.model import Cell, Problem
    from importer.core.row import Row


IN_ORDER = 5
"""Input headings in the template's order, of its eight, from which a sheet counts as made from it."""
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


def misfits(layout: Layout, rows: Iterable[Row], rejected: Iterable[Row]) -> Iterator[Problem]:
    """Yield a note (`column-does-not-fit`) for each column most of whose cells hold something else."""
    filled = Counter(key for row in rows for key, cells in row.cells.items() if not all(map(is_blank, cells)))
    wrong = Counter(found.column for row in rejected for found in row.problems if found.code in MISFITS)
    for column in INPUT_COLUMNS:
        if wrong[column.key] >= FEWEST_MISFITS and wrong[column.key] * 2 > filled[column.key]:
            facts = {"value": layout.title(column.key), "heading": column.heading, "key": column.key}
            yield problem("column-does-not-fit", column=column.key, **facts)


TOTALS = frozenset(
    """
    total totals subtotal grandtotal sum average count
    summe gesamt gesamtsumme zwischensumme teilsumme insgesamt ergebnis gesamtergebnis teilergebnis anzahl durchschnitt
    mittelwert somme soustotal moyenne totale subtotale somma media suma promedio soma totaal gemiddelde
    """.split()  # noqa: SIM905 - a list of words is read as words
)
"""How a line of totals begins or ends, as spreadsheet programs and reports write it: `Total`, `MA1 Ergebnis`."""
TOTAL_WORDS = 4
"""Words of such a beginning at most; more are a sentence."""
FEWEST_IDS = 2
"""External IDs from which it is told what those of a sheet have in common."""
SENTENCE = 4
"""Words from which a text alone in its row is no ID."""
NO_DAY = frozenset(
    {
        "not-a-date",
        "date-missing",
        "number-not-time",
        "serial-number",
        "epoch-time",
        "cell-error",
        "cell-not-calculated",
    }
)
"""What is said of a time cell in which nobody has written a day; anything else is a day, if one with a mistake."""
_NOTE = re.compile(r"[*†‡§•^#(\[–—-]\s*\S.*|\S[^:]{0,30}:(?:\s.*)?", re.DOTALL)  # noqa: RUF001 - the dashes are meant
"""A legend or a footnote: a mark in front, or a word and a colon."""


def without_passed_over(rows: Sequence[Row], layout: Layout) -> tuple[Sequence[Row], tuple[Problem, ...]]:
    """Return the rows that are or may be meetings, and a note that names the others.

    A sheet of which nothing would be left is returned whole: then the guess is wrong, and the rules say what is amiss.
    """
    alike = _likeness([row for row in rows if len(dict(_filled(row.cells))) > 1])
    others = [row.number for row in rows if _is_no_meeting(row, layout) or _is_unlike(row, alike)]
    if not others or len(others) == len(rows):
        return rows, ()
    gone = frozenset(others)
    note = problem("rows-passed-over", rows=rows_in_words(others), detail=f"rows {', '.join(map(str, others))}")
    return [row for row in rows if row.number not in gone], (note,)


def _is_no_meeting(row: Row, layout: Layout) -> bool:
    filled = dict(_filled(row.cells))
    return _repeats_headings(row, layout) or _is_total(filled) or _is_note(filled) or _is_sums(filled)


def _likeness(rows: Sequence[Row]) -> frozenset[str]:
    """Return what all external IDs of a sheet have in common: a figure, no blank. Nothing where there is one alone."""
    ids = [text for row in rows if (text := row.text("external_id"))]
    if len(ids) < FEWEST_IDS:
        return frozenset()
    return frozenset.intersection(*map(_traits, ids))


def _traits(text: str) -> frozenset[str]:
    said = {"figure": any(map(str.isdecimal, text)), "no blank": len(text.split()) == 1}
    return frozenset(name for name, there in said.items() if there)


def _is_unlike(row: Row, alike: frozenset[str]) -> bool:
    """Whether a text stands alone in its row, under the ID, and lacks what every ID of the sheet has."""
    filled = dict(_filled(row.cells))
    return filled.keys() == {"external_id"} and not alike <= _traits(row.text("external_id"))


def _filled(cells: Mapping[str, tuple[Cell, ...]]) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    for key, group in cells.items():
        if some := tuple(cell for cell in group if not is_blank(cell)):
            yield key, some


def _repeats_headings(row: Row, layout: Layout) -> bool:
    """Whether each of several filled cells says what stands over it."""
    said: set[int] = set()
    for key, places in layout.inputs.items():
        for place, cell in zip(places, row.cells.get(key, ()), strict=False):
            if is_blank(cell):
                continue
            if place >= len(layout.texts) or normalize(text_of(cell)) != normalize(layout.texts[place]):
                return False
            said.add(place)
    return len(said) > 1


def _is_total(filled: Mapping[str, tuple[Cell, ...]]) -> bool:
    """Whether the ID, the subject, or all there is, is a word for a total, in a row without people and a start."""
    if (filled.keys() & {"organizer"} and len(filled) > 1) or _has_day(filled):
        return False
    alone = next(iter(filled.values())) if len(filled) == 1 else ()
    first = next((filled[key] for key in ("external_id", "subject") if key in filled), alone)
    words = [normalize(word) for word in " ".join(map(text_of, first)).split()]
    words = [word for word in words if word]
    whole = "".join(words)
    ends = {*words[:1], *words[-1:], whole} if len(words) <= TOTAL_WORDS else set()
    return bool(ends & TOTALS) and not _is_people(filled.get("attendees", ()))


def _is_note(filled: Mapping[str, tuple[Cell, ...]]) -> bool:
    """Whether a text that is neither an ID nor a title is all that the row has."""
    if len(filled) != 1 or not filled.keys() <= {"external_id", "subject"}:
        return False
    (key, cells), *_ = filled.items()
    text = " ".join(map(text_of, cells))
    return (
        _NOTE.fullmatch(text) is not None
        if key == "subject"
        else _NOTE.fullmatch(text) is not None or _is_sentence(text)
    )


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= SENTENCE


def _is_sums(filled: Mapping[str, tuple[Cell, ...]]) -> bool:
    """Whether the row has nothing but numbers, under Duration, Attendees and the like."""
    if not filled or filled.keys() & {"external_id", "organizer", "subject"} or _has_day(filled):
        return False
    return all(_is_number(cell) for cells in filled.values() for cell in cells)


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, Unreadable):
        return True
    return isinstance(cell, int | float) or (
        isinstance(cell, str) and re.fullmatch(r"\d+(?:[.,]\d+)?", cell.strip()) is not None
    )


def _has_day(filled: Mapping[str, tuple[Cell, ...]]) -> bool:
    read = (read_when(filled[key], None) for key in ("start", "end") if key in filled)
    return any(isinstance(one, When) or (isinstance(one, ParseError) and one.code not in NO_DAY) for one in read)


def _is_people(cells: Sequence[Cell]) -> bool:
    return any("@" in text_of(cell) for cell in cells)


MISSED = {
    "end": {"end", "duration"},
    "duration": {"end", "duration"},
    "time_zone": {"time_zone"},
    "attendees": {"attendees"},
}
"""Columns that are looked for among those that are not read, each with those that stand in for it."""
UNREAD_LOOKED_AT, ROWS_LOOKED_AT = 40, 200
"""Columns and rows looked at: enough to tell, in no time."""
DAY = timedelta(days=1)


def columns_not_read(
    layout: Layout, mapping: Mapping[str, tuple[str, ...]], rows: Callable[[Layout], Iterable[Row]]
) -> Iterator[Problem]:
    """Yield a note (`column-not-read`) for each column that is not read, while its cells fit one that is missing.

    What the settings map, to a heading or to nothing, is not missing; nor is an end where there is a length. A time
    beside starts that are all at midnight is their time of day. `rows` gives the rows as another layout reads them.
    """
    missing = [key for key, others in MISSED.items() if not others & (layout.inputs.keys() | mapping.keys())]
    missing = [*(["start"] if "start" in layout.inputs and "start" not in mapping else []), *missing]
    known = {place for places in (*layout.inputs.values(), *layout.candidates.values()) for place in places}
    unread = [at for at, text in enumerate(layout.texts) if text.strip() and at not in known][:UNREAD_LOOKED_AT]
    if not missing or not unread:
        return
    places = {str(place): (place,) for place in unread}
    read = list(islice(rows(replace(layout, inputs={**layout.inputs, **places})), ROWS_LOOKED_AT))
    for place in unread:
        filled = [row for row in read if not is_blank(row.cells[str(place)][0])]
        key = next((key for key in missing if _mostly(_could_be(key, row, str(place)) for row in filled)), "")
        if key:
            name = " ".join(layout.texts[place].split())
            line, otherwise = f'{key} = "{name}"', f"; if not, {key} = false"
            if key == "start":
                line, otherwise = f'start = ["{layout.title(key)}", "{name}"]', ""
            facts = {"value": name, "heading": COLUMNS[key].heading, "line": line, "otherwise": otherwise}
            yield problem("column-not-read", column=key, **facts)


def _mostly(fits: Iterable[bool]) -> bool:
    counted = Counter(fits)
    return counted[True] > counted[False]


def _could_be(key: str, row: Row, place: str) -> bool:
    """Return whether a cell is more likely what `key` wants than something of the sheet's own."""
    cells = row.cells[place]
    text = text_of(cells[0])
    match key:
        case "end":
            return _is_after(read_when(row.cells.get("start", ()), None), cells)
        case "duration":
            plain = text.replace(".", "").replace(",", "").isdecimal()
            return not plain and not isinstance(cells[0], time) and isinstance(read_duration(cells), timedelta)
        case "time_zone":
            return find_zone(text) is not None
        case "attendees":
            return len([one for one in people_in(text) if "@" in one]) > 1
    begun = read_when(row.cells["start"], None)
    alone = read_when(cells, None)
    of_day = isinstance(alone, ParseError) and alone.code == "date-missing"
    return of_day and isinstance(begun, When) and begun.midnight


def _is_after(start: object, cells: tuple[Cell, ...]) -> bool:
    """Return whether the cells say a time that is after the start, and less than a day."""
    if not isinstance(start, When):
        return False
    end = read_end(cells, None, start.local.date())
    return (
        isinstance(end, When) and timedelta() < end.local.replace(tzinfo=None) - start.local.replace(tzinfo=None) < DAY
    )
