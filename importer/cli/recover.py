"""A run's results copy written again from the ledger; nobody is asked, so nothing can be answered differently."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer.cli.inputs import place_of_turn, result_path
from importer.cli.job import code_of_saving, report_of
from importer.cli.listing import as_list, plain_cells
from importer.cli.past import Past
from importer.cli.replay import settings_of
from importer.cli.saving import Saving
from importer.cli.session import console_of, now, show, turn_of
from importer.cli.sheet import Sheet, columns_of
from importer.cli.state import folder_of
from importer.console import show_problem
from importer.core.catalogue import problem
from importer.core.memory import NoPage, key_of
from importer.core.model import ExitCode, RowResult, Status, Stop
from importer.core.report import ANSWERED, FileReport, exit_code_of, worst
from importer.core.run import Interrupt
from importer.core.web import cleaned

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from importer.cli.settings import Settings
    from importer.core.memory import Key, Realm, Remembered
    from importer.ledger import PastFile, PastRow, Records

ENOUGH = 0.5
"""The share of a run's rows that must still stand where they stood: with fewer, the file is another one."""


def recover(settings: Settings, name: str) -> int:
    """Writes the copies of the run of that name again; gives the exit code."""
    try:
        with Past.open(folder_of(settings), now()) as past:
            run, records = past.run(name)
            files = [file for file in run.files if file.rows]
            reports = [_treated(records, file, settings) for file in files] or [_none(run.run_id)]
    except Stop as stop:
        show_problem(console_of(settings), stop.problem, verbose=settings.verbose)
        return int(stop.exit_code)
    code = worst(report.exit_code for report in reports)
    show(settings, "recover", run.run_id, code=code, reports=reports)
    return int(code)


def _none(run_id: str) -> FileReport:
    nothing = problem("run-sent-nothing", value=run_id)
    return FileReport(input="", problems=(nothing,), exit_code=ExitCode.INPUT, titles={})


def _treated(records: Records, file: PastFile, settings: Settings) -> FileReport:
    try:
        return Recovery(records, file, _as_then(file, settings)).report()
    except Stop as stop:
        return FileReport(input=file.input, problems=(stop.problem,), exit_code=stop.exit_code, titles={})


def _as_then(file: PastFile, settings: Settings) -> Settings:
    """Gives the settings of that run, the copy put where it is wanted now."""
    then = replace(settings_of(file.replay), state_dir=settings.state_dir)
    if settings.result_dir is not None and then.result is not None:
        return replace(then, result=settings.result_dir / then.result.name)
    return replace(then, result=settings.result or then.result)


@dataclass(frozen=True, slots=True)
class Recovery:
    """One input file of a run, its copy to be written again."""

    records: Records
    file: PastFile
    settings: Settings

    def report(self) -> FileReport:
        """Writes the copy, and gives the report as the run would have. Raises Stop where it can't."""
        past = self.records.rows(self.file)
        if not past:
            raise Stop(problem("run-sent-nothing", value=self.file.input), ExitCode.INPUT)
        page = _Answers(self.records, self.file)
        try:
            sheet = Sheet.read(Path(self.file.input), self.settings, self.file.started)
            sheet.page = page
            self._fill_in(sheet, past, page)
        except Stop as stop:
            return self._listed(past, page, stop)
        sheet.close(self.file.closed or "no-answer-then")
        with turn_of(self.settings, Interrupt(), console_of(self.settings).out).at(
            place_of_turn(sheet.source, self.settings)
        ) as holds:
            saved, in_place = Saving(settings=self.settings, now=now, holds=holds).save(sheet)
        code = worst((_exit_code(sheet.report.results()), code_of_saving(sheet, in_place=in_place)))
        return report_of(sheet, saved, code)

    def _listed(self, past: Mapping[int, PastRow], page: _Answers, stop: Stop) -> FileReport:
        """Write the links alone, which need no workbook. Raise the Stop where there is none to write."""
        known = page.recall([row.key for row in past.values()])
        rows = [_remembered(row, known) for _, row in sorted(past.items())]
        if not any(row.meeting for row in rows):
            raise stop
        source = Path(self.file.input)
        cells = {row.number: plain_cells(row) for row in rows}
        data = as_list(rows, cells, columns_of(self.settings))
        folder = result_path(source, self.settings).parent
        saved, said = Saving(settings=self.settings, now=now).put_list(source, folder, data)
        return FileReport(
            input=self.file.input,
            result=None if saved is None else str(saved),
            sheet=self.file.sheet,
            titles={},
            rows=rows,
            problems=(stop.problem, said),
            exit_code=worst((_exit_code(rows), ExitCode.RESULTS)),
        )

    def _fill_in(self, sheet: Sheet, past: Mapping[int, PastRow], page: _Answers) -> None:
        rows = sheet.report.results()
        here = {row.number: row for row in rows}
        same = [row for row in rows if _same(row, past)]
        if len(same) < ENOUGH * len(past):
            raise Stop(problem("roster-not-the-same", value=sheet.source.name), ExitCode.INPUT)
        if others := sorted((here.keys() | past.keys()) - {row.number for row in same}):
            sheet.problems.append(problem("rows-not-the-same", count=len(others), first=others[0]))
        known = page.recall([past[row.number].key for row in same])
        for row in same:
            if result := _result(row, past[row.number], known):
                sheet.report.record(result)


def _same(row: RowResult, past: Mapping[int, PastRow]) -> bool:
    return row.number in past and past[row.number].key == key_of(row.organizer, row.external_id)


def _result(row: RowResult, past: PastRow, known: Mapping[Key, Remembered]) -> RowResult | None:
    """Gives what became of the row then; None where nothing did, or where its meeting has been forgotten."""
    status = Status(past.status)
    meeting = known[past.key].meeting if status in ANSWERED and past.key in known else None
    if status is not Status.FAILED and meeting is None:
        return None
    return replace(row, status=status, problems=past.problems, meeting=meeting, checked_at=past.checked_at)


def _remembered(past: PastRow, known: Mapping[Key, Remembered]) -> RowResult:
    """Return a row as the ledger has it; one whose meeting has been forgotten is as if it had not been answered."""
    row = RowResult(
        number=past.number,
        external_id=past.key.external_id,
        organizer=past.key.organizer,
        status=Status(past.status),
        problems=past.problems,
        checked_at=past.checked_at,
    )
    if row.status not in ANSWERED:
        return row
    if past.key not in known:
        return replace(row, status=Status.NOT_ATTEMPTED)
    return replace(row, meeting=cleaned(known[past.key].meeting))


def _exit_code(rows: list[RowResult]) -> ExitCode:
    early = any(row.status is Status.NOT_ATTEMPTED for row in rows)
    return worst((exit_code_of(rows, None), ExitCode.STOPPED if early else ExitCode.DONE))


class _Answers(NoPage):
    """The ledger as a page that is only read.

    What a run was not told, an earlier run of the same sheet may have been, under another address or sign-in: the copy
    that it wrote had those links, because they stood in the copy before.
    """

    def __init__(self, records: Records, file: PastFile) -> None:
        self._records = records
        self._file = file

    def recall(self, keys: Collection[Key]) -> Mapping[Key, Remembered]:
        """Gives the last answer for each key that has one: this run's, else the latest of the runs before."""
        found = dict(self._records.meetings(self._file.realm, list(keys)))
        for realm, answered in self._before() if set(keys) - found.keys() else ():
            left = [key for key in keys if key not in found and key in answered]
            found |= self._records.meetings(realm, left) if left else {}
        return found

    def _before(self) -> Iterator[tuple[Realm, frozenset[Key]]]:
        """Gives whose meetings earlier runs of the sheet were told of, and for which keys, the latest first."""
        for run in self._records.runs():
            for file in run.files:
                same = (file.input, file.sheet) == (self._file.input, self._file.sheet)
                if same and file.number < self._file.number:
                    rows = self._records.rows(file).values()
                    yield file.realm, frozenset(row.key for row in rows if Status(row.status) in ANSWERED)
