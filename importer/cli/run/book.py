"""The sheets of an input file: which are read, each by its own settings, and all of them from the same bytes.

Theory of operation. A sheet that somebody names must be a list of meetings. A pattern takes in what is none as well, a
guide, a list of rooms, a month without rows: those are passed over, and named in a note. What looks like a list, and
can't be used all the same, stops the file, whichever way it was asked for.

A meeting is found by its organizer and ID, whatever sheet they stand on. So rows of two sheets that have both in common
are refused as those of one sheet are, or the later would be given the earlier's link, and `--update` its times.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.cli.config.settings import fits, is_pattern
from importer.cli.run.sheet import IO_RETRY, IORetry, Opened, Sheet, table_in
from importer.core.catalogue import problem
from importer.core.model import Stop
from importer.core.texts import Sentence
from importer.core.wording import in_words, quoted, rows_in_words
from importer.locks import opened_by
from importer.tables import read_file, worksheets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import TypeVar

    from importer.cli.config.settings import Settings
    from importer.core.model import Problem
    from importer.core.row import Key, Row
    from importer.core.rules import Findings
    from importer.tables import SheetEntry

    Given = TypeVar("Given")


NO_LIST = frozenset({"no-header-row", "no-rows"})
"""What is wrong with a sheet that is no list of meetings."""


def read_sheets(
    source: Path,
    settings: Settings,
    now: datetime,
    retry: IORetry = IO_RETRY,
    *,
    findings: Callable[[str], Findings | None] = lambda _: None,
) -> tuple[Sheet, ...]:
    """Read and plan the sheets of one file that are meant; whoever has it open may keep it open.

    `findings` gives what the rules found in a sheet the last time, by its name.

    Raise Stop when the file can't be used, or a sheet of it that has to be.
    """
    reader = opened_by(source)
    data = read_file(source, attempt=retry.attempt)
    sheets, passed_over = _each(
        data, source, settings, lambda mine: Sheet.of(data, source, mine, now, retry=retry, findings=findings)
    )
    _refuse_twins(sheets)
    sheets[0].problems.extend(passed_over)
    if reader:
        sheets[0].problems.append(problem("open-elsewhere", value=source.name, who=reader))
    return tuple(sheets)


def _refuse_twins(sheets: Sequence[Sheet]) -> None:
    """Refuse the rows that would be one meeting with rows of another of the `sheets`."""
    if len(sheets) == 1:
        return
    places: defaultdict[Key, dict[Sheet, Row]] = defaultdict(dict)
    for sheet in sheets:
        for row in sheet.plan.ready:
            places[row.key][sheet] = row
    for sheet in sheets:
        wrong = {}
        for key, found in places.items():
            if others := [
                place_of(other, row.numbers) for other, row in found.items() if other is not sheet and sheet in found
            ]:
                facts = {"others": in_words(others), "would": ""}
                wrong[key] = problem("duplicate-external-id", column="external_id", value=key.external_id, **facts)
        sheet.refuse(wrong)


def place_of(sheet: Sheet, numbers: Sequence[int]) -> str:
    """Return where the rows of a meeting are, for a sentence about another sheet."""
    return _OF_SHEET.format(rows=rows_in_words(numbers), sheet=sheet.table.sheet)


_OF_SHEET = Sentence("rows of a sheet", "{rows} of sheet '{sheet}'", note="rows 5 and 6 of sheet 'November'")


def open_each(source: Path, settings: Settings, retry: IORetry = IO_RETRY) -> Sequence[tuple[Settings, Opened]]:
    """Return the tables of the sheets that are meant, each with its settings. Raise Stop as `read_sheets` does."""
    data = read_file(source, attempt=retry.attempt)
    return _each(data, source, settings, lambda mine: (mine, table_in(data, source, mine)))[0]


def open_as(source: Path, settings: Settings, retry: IORetry = IO_RETRY) -> Opened:
    """Return the table of the sheet that is meant, the first of several. Raise Stop as `read_sheets` does."""
    return open_each(source, settings, retry)[0][1]


def _each(
    data: bytes, source: Path, settings: Settings, read: Callable[[Settings], Given]
) -> tuple[Sequence[Given], Sequence[Problem]]:
    """Return what `read` gives for each sheet, at least one, and what to say of those that are passed over."""
    found: list[Given] = []
    no_lists: dict[str, Stop] = {}
    for mine, named in _meant(data, source.name, settings):
        try:
            found.append(read(mine))
        except Stop as stop:
            sheet = next(iter(mine.sheet), "")
            if named or stop.problem.code not in NO_LIST:
                raise stop.on(sheet) from None
            no_lists[sheet] = stop
    if not found:
        raise next(iter(no_lists.values()))
    notes = [problem("sheets-passed-over", value=quoted(no_lists))] if no_lists else []
    sheets = worksheets_of(data, source.name)
    if sheets and (unused := [each for each in settings.sheets if not any(fits(sheet.name, each) for sheet in sheets)]):
        names = quoted(sheet.name for sheet in sheets)
        notes.append(problem("sheet-settings-unused", value=quoted(unused), sheets=names))
    return found, notes


def _meant(data: bytes, name: str, settings: Settings) -> Iterator[tuple[Settings, bool]]:
    """Return the settings of each sheet that is meant, in the workbook's order, and whether it is by its name.

    Without a name or a pattern those are meant that have settings of their own, if the file has any of them; else the
    one with the headings is found, and counts as named.
    """
    sheets = worksheets_of(data, name)
    wanted = settings.sheet if sheets else ()
    if not wanted:
        wanted = tuple(each for each in settings.sheets if _fitting(sheets, each))
    if not wanted:
        yield replace(settings, sheets={}), True
        return
    for each in wanted:
        if not _fitting(sheets, each):  # a chart's name, or no sheet's: whoever opens it says so
            yield settings.for_sheet(each), True
    meant = {sheet for each in wanted for sheet in _fitting(sheets, each)}
    named = {sheet for each in wanted if not is_pattern(each) for sheet in _fitting(sheets, each)}
    for sheet in sheets:
        if sheet in meant:
            yield settings.for_sheet(sheet.name), sheet in named


def _fitting(sheets: Sequence[SheetEntry], wanted: str) -> list[SheetEntry]:
    """Return the sheets that are meant by a name, or the visible ones that are by a pattern."""
    found = [sheet for sheet in sheets if fits(sheet.name, wanted)]
    return [sheet for sheet in found if sheet.visible] if is_pattern(wanted) else found
