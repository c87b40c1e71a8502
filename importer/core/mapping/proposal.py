"""The whole proposal for one sheet: times first, then people, then what tells the meetings apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core.cells import is_blank
from importer.core.columns import INPUT_COLUMNS, INPUT_KEYS, REQUIRED_KEYS, RESULT_COLUMNS
from importer.core.layout import normalize, positions
from importer.core.mapping import (
    NONE_OF_IT,
    Answers,
    OpenQuestion,
    Proposal,
    Sample,
    SettingLine,
    Sure,
    find_headings,
    sheet_columns,
    toml_value,
)
from importer.core.mapping.identity import Known, find_identity
from importer.core.mapping.people import find_people
from importer.core.mapping.times import CHOOSE, find_times
from importer.core.mapping.values import TIMES
from importer.core.mapping.words import TRUE, WHOLE_DAY, Role
from importer.core.rows import CALLED_OFF, CALLED_OFF_FOR_GOOD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.core.mapping.values import SheetColumn


TOLD = frozenset({",", ";", "tab"})
"""Separators that a CSV's headings tell."""


def best_sample(samples: Sequence[Sample], header_row: int | None = None) -> tuple[Sample, int]:
    """Return the sheet whose headings are best, and the number of their row; 0 where no row looks like headings."""
    found = [(find_headings(sample, header_row), sample) for sample in samples]
    (row, _), sample = max(found, key=lambda one: (one[0][1], 0 if one[0][0] else len(one[1].rows)))
    return sample, row


def alike(samples: Sequence[Sample], chosen: Sample, header_row: int) -> tuple[str, ...]:
    """Return the names of the sheets with the same headings in the same row, in their order, the chosen one too."""
    wanted = {column.name for column in sheet_columns(chosen, header_row)}
    same = (one.sheet for one in samples if {column.name for column in sheet_columns(one, header_row)} == wanted)
    return tuple(same) if header_row else ()


def has_times(sample: Sample) -> bool:
    """Return whether a sheet without headings has a column of days or times: else it is no list of meetings."""
    return any(column.is_of(*TIMES) for column in sheet_columns(sample, 0))


def propose(sample: Sample, header_row: int, answers: Answers, *, sheets: Sequence[str] = ()) -> Proposal:
    """Return what a settings file for the sheet would say.

    `sheets` are the names of those that have the same headings, where the file has several.
    """
    usable = columns = [column for column in sheet_columns(sample, header_row) if column.filled]
    times = find_times(usable, answers)
    people = find_people(usable, times.taken, answers)
    rows = _rows_of(columns, times.start)
    one = people.organizer if len(people.organizer) == 1 else ()
    taken = [*times.taken, *people.organizer, *people.attendees]
    identity = find_identity(Known(rows, usable, times.start, one, taken, answers))
    lines = {line.key: line for line in (*identity.lines, *times.lines, *people.lines)}
    lines |= {line.key: line for line in _not_meant(sample, header_row, lines)}
    skip = _skipped(usable)
    results = _renamed(lines.values())
    questions = [*_other_sheets(sheets), *times.questions, *people.questions, *identity.questions]
    return Proposal(
        sheet=sample.sheet,
        header_row=header_row,
        headings=tuple(column.heading for column in columns),
        rows=len(rows),
        settings=(*_sheet(sample, header_row, sheets), *times.settings),
        columns=(*(lines[column.key] for column in INPUT_COLUMNS if column.key in lines), *results),
        people=people.names,
        skip=skip,
        perhaps=_skipped(usable, CALLED_OFF),
        same_id=identity.same_id,
        one_meeting=answers.one_meeting == "y",
        questions=tuple(questions),
    )


def _other_sheets(sheets: Sequence[str]) -> Iterator[OpenQuestion]:
    if len(sheets) > 1:
        names = ", ".join(f"'{name}'" for name in sheets)
        text = f"Which sheets are meant? These have the same headings: {names}. As it is, one of them is read."
        yield OpenQuestion("sheet", text, f"sheet = {toml_value(tuple(sheets))}", choices=tuple(sheets), stops=False)


def _sheet(sample: Sample, header_row: int, sheets: Sequence[str]) -> Iterator[SettingLine]:
    if sheets:
        reason = "the sheet whose headings and rows are most like a list of meetings"
        yield SettingLine("sheet", sample.sheet, reason, Sure.SURE if len(sheets) == 1 else Sure.GUESS)
    if sample.delimiter and (sample.delimiter not in TOLD or not header_row):
        yield SettingLine("delimiter", sample.delimiter, "the fields are separated by it")


def _rows_of(columns: Iterable[SheetColumn], start: Sequence[SheetColumn]) -> list[int]:
    """Return the numbers of the rows that can be meetings: those that have a start, else those with several cells."""
    columns = [*columns]
    numbers = dict.fromkeys(number for column in columns for number in column.cells)
    if start:
        return [number for number in numbers if any(not is_blank(column.cells.get(number)) for column in start)]
    return [number for number in numbers if sum(not is_blank(column.cells.get(number)) for column in columns) > 1]


def _not_meant(sample: Sample, header_row: int, lines: Mapping[str, SettingLine]) -> Iterator[SettingLine]:
    """Yield a line for each column that would be read by its heading, and that the proposal does not mean."""
    texts = next((cells for number, cells in sample.rows if number == header_row), ())
    mapping = {key: line.value for key, line in lines.items() if isinstance(line.value, tuple)}
    by_heading = positions(["" if cell is None else str(cell) for cell in texts], mapping)
    open_start = mapping.get("start") == (CHOOSE,)
    for key, places in by_heading.items():
        line = lines.get(key)
        said = key not in INPUT_KEYS or (line is not None and line.value is not None)
        if said or key in REQUIRED_KEYS or (open_start and key in {"end", "duration"}):
            continue
        heading = " ".join(str(texts[places[0]]).split())
        reason = "its cells are something else" if line is None else line.reason
        if key == "duration" and "end" in lines:
            reason = "the end is known"
        yield SettingLine(key, NONE_OF_IT, f"'{heading}' is not read for it: {reason}")


def _renamed(lines: Iterable[SettingLine]) -> Iterator[SettingLine]:
    """Yield another heading for each result whose own is over a column that is read."""
    read = {normalize(name): name for line in lines if isinstance(line.value, tuple) for name in line.value}
    for column in RESULT_COLUMNS:
        taken = [read[alike] for alike in map(normalize, (column.heading, *column.synonyms)) if alike in read]
        if taken:
            yield SettingLine(
                column.key, (f"Teams {column.heading}",), f"'{taken[0]}' is read, so this result gets another heading"
            )


def _skipped(columns: Sequence[SheetColumn], off: Iterable[str] = CALLED_OFF_FOR_GOOD) -> Mapping[str, tuple[str, ...]]:
    """Return the values, by heading, of rows that do not take place, as they say, or are whole days of a calendar."""
    found: dict[str, tuple[str, ...]] = {}
    for column in columns:
        if column.name in WHOLE_DAY and off is CALLED_OFF_FOR_GOOD:
            days = dict.fromkeys(text for text in column.texts(column.filled) if text.casefold() in TRUE)
            found |= {column.heading: tuple(days)} if days else {}
        if column.says(Role.STATUS):
            values = dict.fromkeys(text for text in column.texts(column.filled) if normalize(text) in off)
            if values:
                found[column.heading] = tuple(values)
    return found


__all__ = ["OpenQuestion", "Sure", "best_sample", "propose"]
