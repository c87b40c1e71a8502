"""Headings that are not what they seem: one typed over by accident, and columns that nothing or the wrong thing reads.

An optional column without its heading would be left out without a word, and its meetings made all the same: without
attendees, an hour long, or starting when they are sent. Place and cells together tell such a column from one of the
sheet's own; one of the two alone does not. An ID that the settings put together is looked at too: whether it tells
rows apart, and whether it stays when a meeting is changed.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import time, timedelta
from itertools import combinations, islice, pairwise
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.cells import ParseError, is_blank, text_of
from importer.core.columns import ANY_TEXT, COLUMNS, HOLDS, INPUT_COLUMNS, INPUT_KEYS, PEOPLE_KEYS, USUAL_COLUMNS, Holds
from importer.core.layout import ByLetter
from importer.core.meeting_options import NEVER_SET
from importer.core.people import is_name, people_in
from importer.core.texts import ENGLISH, normalize
from importer.core.times import Range, When, read_end, read_when
from importer.core.times.lengths import read_duration
from importer.core.times.words import ENGLISH_WORDS, words_in
from importer.core.times.zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.core.layout import Layout
    from importer.core.model import Cell, Problem
    from importer.core.row import Row
    from importer.core.times.words import Words


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
    keys = [column.key for column in USUAL_COLUMNS]
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
    missing = [column for column in USUAL_COLUMNS if column.key not in layout.inputs]
    return not text or "@" in text or len(missing) == 1


def _follows_template(layout: Layout) -> bool:
    places = [layout.inputs[column.key][0] for column in USUAL_COLUMNS if column.key in layout.inputs]
    chosen = combinations(places, IN_ORDER)
    return any(all(one < other for one, other in pairwise(some)) for some in chosen)


def mostly_fits(key: str, cells: Iterable[Cell], words: Words = ENGLISH_WORDS) -> bool:
    """Return whether more than half of the filled cells read as what the column `key` wants."""
    fitting = [_fits(key, cell, words) for cell in cells if not is_blank(cell)]
    return sum(fitting) * 2 > len(fitting)


def _fits(key: str, cell: Cell, words: Words) -> bool:
    match HOLDS[key]:
        case Holds.MOMENT:
            read = read_when((cell,), None, words)
            return isinstance(read, When | Range) or (isinstance(read, ParseError) and read.code in _DATES)
        case Holds.LENGTH:
            return isinstance(read_duration((cell,), None, words), timedelta)
        case Holds.ZONE:
            return find_zone(text_of(cell), words) is not None
        case Holds.PERSON | Holds.PEOPLE:
            return "@" in text_of(cell)
    return True


def never_set(layout: Layout) -> Iterator[Problem]:
    """Yield a note (`option-never-set`) for each heading that asks for what can't be set."""
    for text in layout.others:
        if normalize(text) in NEVER_SET:
            yield problem("option-never-set", value=text)


MISFITS = frozenset({"not-a-date", "time-in-text", "not-a-duration", "time-zone-unknown", "upn-not-valid"})
"""Problems of cells that hold something else than their column."""
FEWEST_MISFITS = 2


def misfits(layout: Layout, rows: Iterable[Row], rejected: Iterable[Row]) -> Iterator[Problem]:
    """Yield a note for each column most of whose cells hold something else: `column-does-not-fit`.

    Names where sign-in names belong are what the column is for: `names-not-known`.
    """
    rejected = list(rejected)
    wrong = Counter(found.column for row in rejected for found in row.problems if found.code in MISFITS)
    if max(wrong.values(), default=0) < FEWEST_MISFITS:  # nearly every sheet
        return
    filled = Counter(key for row in rows for key, cells in row.cells.items() if not all(map(is_blank, cells)))
    named = Counter(found.column for row in rejected for found in row.problems if _is_of_a_name(found))
    for column in INPUT_COLUMNS:
        if wrong[column.key] >= FEWEST_MISFITS and wrong[column.key] * 2 > filled[column.key]:
            facts = {"value": layout.title(column.key), "heading": column.named, "key": column.key}
            of_names = column.key in PEOPLE_KEYS and named[column.key] * 2 > wrong[column.key]
            yield problem("names-not-known" if of_names else "column-does-not-fit", column=column.key, **facts)


def _is_of_a_name(found: Problem) -> bool:
    return found.code == "upn-not-valid" and is_name(found.value)


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
    places, words = {str(place): (place,) for place in unread}, words_over(layout)
    read = list(islice(rows(replace(layout, inputs={**layout.inputs, **places})), ROWS_LOOKED_AT))
    for place in unread:
        filled = [row for row in read if not is_blank(row.cells[str(place)][0])]
        dated = _mostly(_begins_at_midnight(row, words) for row in filled)
        wanted = (key for key in missing if key != "start" or dated)
        key = next((key for key in wanted if _mostly(_could_be(key, row, str(place), words) for row in filled)), "")
        if key:
            text = layout.texts[place]
            name = " ".join(text.split())
            line, otherwise = f"{key} = {_toml(text)}", f"; if not, {key} = false"
            if key == "start":
                begun = [layout.texts[at] for at in layout.inputs[key] if at < len(layout.texts)]
                line, otherwise = f"start = [{', '.join(map(_toml, (*begun, text)))}]", ""
            facts = {"value": name, "heading": COLUMNS[key].named, "line": line, "otherwise": otherwise}
            yield problem("column-not-read", column=key, **facts)


def words_over(layout: Layout) -> Words:
    """Return the words in which a sheet's headings, and columns that are not read, are looked at.

    A sheet with English headings has none that other languages would have to be loaded for.
    """
    return ENGLISH_WORDS if layout.language == ENGLISH.tag else words_in(layout.languages)


def _mostly(fits: Iterable[bool]) -> bool:
    counted = Counter(fits)
    return counted[True] > counted[False]


def _could_be(key: str, row: Row, place: str, words: Words) -> bool:
    """Return whether a cell is more likely what `key` wants than something of the sheet's own."""
    cells = row.cells[place]
    text = text_of(cells[0])
    match key:
        case "end":
            return _is_after(read_when(row.cells.get("start", ()), None, words), cells, words)
        case "duration":
            plain = text.replace(".", "").replace(",", "").isdecimal()
            return (
                not plain
                and not isinstance(cells[0], time)
                and isinstance(read_duration(cells, None, words), timedelta)
            )
        case "time_zone":
            return find_zone(text, words) is not None
        case "attendees":
            return len([one for one in people_in(text) if "@" in one]) > 1
    alone = read_when(cells, None, words)
    return isinstance(alone, ParseError) and alone.code == "date-missing" and _begins_at_midnight(row, words)


def _begins_at_midnight(row: Row, words: Words) -> bool:
    begun = read_when(row.cells.get("start", ()), None, words)
    return isinstance(begun, When) and begun.midnight


def _is_after(start: object, cells: tuple[Cell, ...], words: Words) -> bool:
    """Return whether the cells say a time that is after the start, and less than a day."""
    if not isinstance(start, When):
        return False
    end = read_end(cells, None, start.local.date(), words)
    return (
        isinstance(end, When) and timedelta() < end.local.replace(tzinfo=None) - start.local.replace(tzinfo=None) < DAY
    )


CHANGEABLE = ("organizer", "subject", "start", "end", "duration", "time_zone", "attendees")
"""Columns that say what a meeting is like: where an ID is made of them, a meeting that is changed is a new one."""


def id_of_what_changes(layout: Layout, mapping: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
    """Yield a note (`id-changes`) where the settings make the ID of times, or of nothing that is not read besides."""
    parts = layout.inputs.get("external_id", ()) if "external_id" in mapping else ()
    times = {place for key in ("start", "end") for place in layout.inputs.get(key, ())}
    read = {place for key in CHANGEABLE for place in layout.inputs.get(key, ())}
    if times & set(parts) or (parts and read >= set(parts)):
        yield problem("id-changes", column="external_id", value=layout.title("external_id"))


def id_not_unique(
    layout: Layout,
    mapping: Mapping[str, tuple[str, ...]],
    groups: Sequence[Sequence[Row]],
    read: Callable[[Layout], Iterable[Row]],
) -> Iterator[Problem]:
    """Yield a note (`id-not-unique`) with the column that would make the ID of the settings one of a kind, if one does.

    `groups` are rows with one ID and organizer. Columns of people are none: the attendees of a meeting differ.
    """
    if not groups or "external_id" not in mapping:
        return
    people = {place for key in ("organizer", *PEOPLE_KEYS) for place in layout.inputs.get(key, ())}
    times = {place for key in ("start", "end") for place in layout.inputs.get(key, ())}
    ours = {place for places in layout.candidates.values() for place in places}
    parts = layout.inputs["external_id"]
    other = people | ours | {*parts}
    places = [at for at, text in enumerate(layout.texts) if text.strip() and at not in other]
    places = sorted(places, key=lambda at: at in times)[:UNREAD_LOOKED_AT]
    inputs = {**layout.inputs, **{str(place): (place,) for place in places}}
    seen = {row.number: row for row in read(replace(layout, inputs=inputs))}
    for place in places:
        texts = [[seen[row.number].text(str(place)) for row in group if row.number in seen] for group in groups]
        if all(len(set(some)) == len(some) and some.count("") == 0 for some in texts):
            text = layout.texts[place]
            names = [*mapping["external_id"], text]
            line = f"external_id = [{', '.join(_toml(name) for name in names)}]"
            facts = {"value": layout.title("external_id"), "heading": " ".join(text.split()), "line": line}
            yield problem("id-not-unique", column="external_id", **facts)
            return


def _toml(name: str) -> str:
    """Return how a settings file names a column."""
    if isinstance(name, ByLetter):
        return f'{{ column = "{name.letters}" }}'
    return json.dumps(" ".join(name.split()), ensure_ascii=False)


def head_count(layout: Layout, mapping: Mapping[str, object], read: Callable[[], Iterable[Row]]) -> tuple[Problem, ...]:
    """Return that what is read as Attendees, by its heading alone, is how many they are. `read` returns the rows."""
    if "attendees" in mapping or "attendees" not in layout.inputs:
        return ()
    counted = False
    for row in read():
        texts = [text for cell in row.cells["attendees"] if (text := text_of(cell))]
        if not all(text.isdecimal() for text in texts):
            return ()
        counted = counted or bool(texts)
    return (problem("head-count", value=layout.title("attendees")),) if counted else ()
