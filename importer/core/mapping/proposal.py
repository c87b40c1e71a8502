"""The whole proposal for one sheet, and how it is written: times first, then people, then what tells meetings apart.

It is written as a settings file for somebody who has never seen one: lines with their reasons, questions as comments.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.core.cells import is_blank
from importer.core.columns import COLUMNS, INPUT_COLUMNS, INPUT_KEYS, REQUIRED_KEYS, RESULT_COLUMNS
from importer.core.layout import positions
from importer.core.mapping import (
    NONE_OF_IT,
    Answers,
    OpenQuestion,
    Proposal,
    SettingLine,
    Sure,
    find_headings,
    sheet_columns,
    toml_string,
    toml_value,
)
from importer.core.mapping.columns import TIMES, TRUE, WHOLE_DAY, Role
from importer.core.mapping.identity import Known, find_identity
from importer.core.mapping.people import find_people
from importer.core.mapping.times import CHOOSE, find_times
from importer.core.rows import CALLED_OFF, CALLED_OFF_FOR_GOOD
from importer.core.texts import normalize
from importer.core.wording import rows_counted, strip_control_chars

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.core.mapping.columns import SheetColumn
    from importer.core.model import Sample


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
    by_heading = positions(["" if cell is None else str(cell) for cell in texts], mapping, sample.languages)
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


WIDTH = 110
"""Characters of a comment's line."""
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


def draft(proposal: Proposal, name: str) -> str:
    """Return the settings file for the export called `name`."""
    return "".join(f"{line}\n" for line in _lines(proposal, name))


def _lines(proposal: Proposal, name: str) -> Iterator[str]:
    where = f"its headings (row {proposal.header_row})" if proposal.header_row else "what stands in its columns"
    yield from _comment(
        f"How meeting-importer reads {name}: proposed by meeting-importer map from {where} and "
        f"{rows_counted(proposal.rows)}. Lines that begin with # say nothing to the program."
    )
    if not proposal.header_row:
        yield from _comment("No row has headings, so columns are named by their letters.")
    yield from _comment("Check it with: meeting-importer validate, which shows how the rows are read.")
    asked = {question.key: question for question in proposal.questions}
    for question in proposal.questions:
        if question.key in {"timezone", "date_order", "sheet"}:
            yield from _question(question)
    for line in proposal.settings:
        yield from _entry(line, f"{line.key} = {toml_value(line.value)}")
    if "organizer" in asked and proposal.line("organizer") in {None, *_unsaid(proposal)}:
        yield from _question(asked["organizer"])
    yield ""
    yield "[columns]"
    for line in proposal.columns:
        yield ""
        if line.key in asked and not (line.key == "organizer" and line.value is None):
            yield from _question(asked[line.key], example=line.value is None or line.value == (CHOOSE,))
        yield from _entry(line, f"{line.key} = {toml_value(line.value)}", COLUMNS[line.key].heading)
    if "weeks" in asked:
        yield ""
        yield from _question(asked["weeks"], example=False)
        yield from ("# [weeks]", "# first = 2027-04-05", "# last = 2027-07-16", "# days_off = [2027-05-06]")
    yield from _rows(proposal)
    yield from _people(proposal, asked.get("people"))


def _unsaid(proposal: Proposal) -> Iterator[SettingLine]:
    return (line for line in proposal.columns if line.value is None)


def _entry(line: SettingLine, text: str, heading: str = "") -> Iterator[str]:
    """Return a line with its reason above; one that says nothing is a comment."""
    sure = "" if line.value is None else f" ({line.sure})"
    named = f"{heading}: " if heading else f"{line.key}: "
    yield from _comment(f"{named}{line.reason.removesuffix('.')}{sure}.")
    if line.value is not None:
        yield text


def _question(question: OpenQuestion, *, example: bool = True) -> Iterator[str]:
    stops = " Nothing is sent until this is answered." if question.stops else ""
    yield from _comment(f"OPEN: {question.text}{stops}")
    if example:
        yield from _comment(question.example, prefix="#   ")


def _rows(proposal: Proposal) -> Iterator[str]:
    skip = {**proposal.skip, **({proposal.undated: ("",)} if proposal.undated else {})}
    if not skip and not proposal.same_id and not proposal.perhaps:
        return
    yield ""
    yield "[rows]"
    if proposal.skip:
        yield from _comment("Rows that do not take place, as their status says, or are whole days of a calendar.")
    if proposal.undated:
        yield from _comment("Rows without a day: a meeting without a start would begin when it is sent.")
    if skip:
        yield f"skip = {_tests(skip)}"
    if proposal.perhaps:
        yield from _comment("OPEN: Do these rows take place? If not, take the # away. As it is, they become meetings.")
        both = {
            **proposal.perhaps,
            **{key: (*values, *proposal.perhaps.get(key, ())) for key, values in skip.items()},
        }
        yield f"# skip = {_tests(both)}"
    if proposal.one_meeting:
        yield from _comment(f"{proposal.same_id}, and they are one meeting, as you said.")
        yield 'same_id = "one meeting"'
    elif proposal.same_id:
        yield from _comment(
            f"OPEN: {proposal.same_id}. If they are one meeting, take the # away: rows with one External ID are "
            "then one meeting, and all their people are in it."
        )
        yield '# same_id = "one meeting"'


def _tests(tests: Mapping[str, tuple[str, ...]]) -> str:
    return "{ " + ", ".join(f"{_key(heading)} = {toml_value(values)}" for heading, values in tests.items()) + " }"


def _people(proposal: Proposal, question: OpenQuestion | None) -> Iterator[str]:
    if question is None:
        return
    yield ""
    yield "[people]"
    yield from _comment(f"OPEN: {question.text} Fill in each, and take the # away.")
    for name in proposal.people:
        yield f'# {toml_string(name)} = "@"'


def _comment(text: str, prefix: str = "# ") -> Iterator[str]:
    """Return a text as comments of some width. No sign in it ends a line, so nothing in a sheet becomes a setting."""
    words = strip_control_chars(" ".join(text.split())).replace("\x7f", "").split(" ")
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > WIDTH:
            yield prefix + line
            line = ""
        line = f"{line} {word}" if line else word
    yield prefix + line


def _key(text: str) -> str:
    return text if _PLAIN_KEY.fullmatch(text) else toml_string(text)


def proposal_lines(lines: Iterable[SettingLine]) -> Iterator[tuple[str, str, str, str]]:
    """Return each line as (key, heading or headings, how sure, reason)."""
    for line in lines:
        if isinstance(line.value, tuple):
            value = "?" if line.value == (CHOOSE,) else " + ".join(line.value)
        else:
            value = "none" if line.value is False else str(line.value or "")
        yield line.key, value, "" if line.value is None else line.sure.value, line.reason
