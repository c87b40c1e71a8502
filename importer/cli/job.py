"""One input file from reading to the saved copy. Nothing obtained from Graph is lost, whatever fails after it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from importer.cli.inputs import result_path
from importer.core.catalogue import problem
from importer.core.columns import INPUT_KEYS, RESULT_COLUMNS
from importer.core.model import ExitCode, Status, Stop
from importer.core.people import PeopleOptions, assign
from importer.core.plan import Plan, make_plan
from importer.core.readings import ReadingOptions, identity_of
from importer.core.report import FileReport, Report, exit_code_of, worst
from importer.core.results import LINK_KEYS, result_cells
from importer.core.rules import RuleOptions
from importer.core.run import Interrupt, Run, RunOptions
from importer.tables import check_copy, open_table, save
from importer.tables.base import SheetRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from importer.cli.options import Settings
    from importer.core.columns import Layout
    from importer.core.model import Problem, RowResult, SheetRow
    from importer.core.people import Assignment
    from importer.core.ports import Directory, Meetings
    from importer.tables.base import Table

Cells: TypeAlias = "Mapping[int, Mapping[str, str]]"
Links: TypeAlias = "Mapping[tuple[str, str], Mapping[str, str]]"
"""Link texts of an earlier copy, by external ID and organizer."""


class Progress(Protocol):
    """Hears how a file comes along; says it to whoever watches."""

    def started(self, name: str, rows: int) -> None:
        """So many rows of this file will be sent."""
        ...

    def advanced(self, result: RowResult) -> None:
        """One more row has its result."""
        ...

    def ended(self) -> None:
        """No more rows of this file."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Whom the run talks to."""

    directory: Directory
    meetings: Meetings


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How to treat each file of this call."""

    settings: Settings
    now: Callable[[], datetime]
    interrupt: Interrupt
    progress: Progress

    def validate(self, source: Path) -> FileReport:
        """Reads and checks one file, sends nothing; writes an annotated copy only where `--result` asks for it."""
        sheet = _Sheet.read(source, self)
        wanted = self.settings.result or self.settings.result_dir
        return sheet.finish(self, None, save_copy=wanted is not None)

    def inspect(self, source: Path) -> tuple[FileReport, Layout]:
        """Reads, checks and rehearses one file as `run` does before it sends; sends nothing and saves nothing."""
        sheet = _Sheet.read(source, self)
        sheet.rehearse(self)
        return sheet.finish(self, None, save_copy=False), sheet.table.layout

    def run(self, source: Path, services: Callable[[], Services]) -> FileReport:
        """Takes one file all the way. `services` is asked for only when there is something to send."""
        sheet = _Sheet.read(source, self)
        if not sheet.plan.ready:
            return sheet.finish(self, None, save_copy=not self.settings.dry_run)
        if self.settings.all_or_nothing and sheet.plan.rejected:
            sheet.report.close("held-back")
            return sheet.finish(self, None, save_copy=not self.settings.dry_run)
        if not self.settings.dry_run:
            sheet.rehearse(self)
        ending = self._send(sheet, services)
        return sheet.finish(self, ending, save_copy=not self.settings.dry_run)

    def _send(self, sheet: _Sheet, services: Callable[[], Services]) -> Stop | None:
        """Sends the rows and records what comes back; gives the reason the run ended early, if it did."""
        try:
            found = services()
            assignment = assign(sheet.plan.ready, found.directory, self._people())
        except Stop as stop:
            sheet.report.close("not-sent")
            return stop
        for result in assignment.refused:
            sheet.report.record(result)
        sheet.problems.extend(assignment.notices)
        if self.settings.dry_run:
            return None
        ending = self._call(sheet, assignment, found.meetings)
        if ending is not None:
            sheet.report.close("not-sent")
        return ending

    def _call(self, sheet: _Sheet, assignment: Assignment, meetings: Meetings) -> Stop | None:
        run = Run(meetings, self._options(), now=self.now, interrupt=self.interrupt)
        self.progress.started(sheet.source.name, len(assignment.ready))
        try:
            for result in run.results(assignment.ready):
                sheet.report.record(result)
                self.progress.advanced(result)
        except BaseException:
            # Our own bug, or a second Ctrl-C at a bad moment: the links that came back are saved before it goes on.
            sheet.report.close("not-sent")
            with suppress(Stop, OSError):
                sheet.finish(self, None, save_copy=True)
            raise
        finally:
            self.progress.ended()
        return run.ending

    def _people(self) -> PeopleOptions:
        return PeopleOptions(self.settings.delegated, self.settings.strict_attendees)

    def _options(self) -> RunOptions:
        return RunOptions(workers=self.settings.workers, max_failures=self.settings.max_failures)


class _Sheet:
    """One file in hand: its table, its plan, and the report that fills up."""

    def __init__(self, source: Path, table: Table, rows: Sequence[SheetRow], plan: Plan) -> None:
        self.source = source
        self.table = table
        self.rows = rows
        self.plan = plan
        self.report = Report(plan)
        self.problems: list[Problem] = list(table.notices)

    @classmethod
    def read(cls, source: Path, job: Job) -> _Sheet:
        """Reads and plans one file. Raises Stop when it can't be used."""
        settings = job.settings
        table = open_table(source, request_from(settings))
        rows = list(table.rows())
        if not rows:
            raise Stop(problem("no-rows", value=source.name), ExitCode.INPUT)
        reading = ReadingOptions(settings.timezone, settings.order)
        rules = RuleOptions(job.now(), organizer_required=not settings.delegated)
        return cls(source, table, rows, make_plan(rows, reading, rules))

    def rehearse(self, job: Job) -> None:
        """Builds the copy once with stand-in texts, so that nothing unwritable is found after meetings were made."""
        columns = _columns(job.settings)
        stand_in = {row.number: dict.fromkeys(columns, "https://example.invalid/") for row in self.rows}
        self.table.with_results(stand_in, columns)

    def finish(self, job: Job, ending: Stop | None, *, save_copy: bool) -> FileReport:
        """Gives the file's report, its copy saved where wanted."""
        results = self.report.results()
        code = exit_code_of(results, ending)
        if code is ExitCode.ROWS and all(result.status is Status.INVALID for result in results):
            code = ExitCode.INPUT
        if ending is not None:
            self.problems.append(ending.problem)
        saved: Path | None = None
        if save_copy:
            target = result_path(self.source, job.settings)
            saved = self._save(results, target, job)
            code = code if saved == target else worst((code, ExitCode.RESULTS))
        return FileReport(
            input=str(self.source),
            result=None if saved is None else str(saved),
            sheet=self.table.sheet,
            titles={key: self.table.layout.title(key) for key in INPUT_KEYS},
            rows=results,
            problems=tuple(self.problems),
            exit_code=code,
        )

    def _save(self, results: Iterable[RowResult], target: Path, job: Job) -> Path | None:
        """Saves the copy, if need be under another name; gives where it is, or None when it is nowhere."""
        cells = self._cells(results, job, _earlier(target, job.settings))
        columns = _columns(job.settings)
        copy = self.table.with_results(cells, columns)
        check_copy(self.table, copy, cells, columns)
        try:
            save(target, copy)
        except OSError as error:
            return self._save_elsewhere(copy, target, error, job)
        return target

    def _save_elsewhere(self, copy: bytes, target: Path, error: OSError, job: Job) -> Path | None:
        reason = error.strerror or type(error).__name__
        dated = f"{target.stem} ({job.now():%Y-%m-%d %H%M}){target.suffix}"
        for folder in dict.fromkeys((target.parent, self.source.parent, Path.home())):
            with suppress(OSError):
                save(folder / dated, copy)
                moved = problem("result-moved", value=str(target), reason=reason, other=str(folder / dated))
                self.problems.append(moved)
                return folder / dated
        self.problems.append(problem("result-not-saved", value=str(target), reason=reason))
        return None

    def _cells(self, results: Iterable[RowResult], job: Job, earlier: Links) -> Cells:
        """Gives the texts for the copy, of the columns that it will have."""
        layout = self.table.layout
        standing = {*_columns(job.settings), *layout.results}
        in_sheet = {row.number: row.results for row in self.rows}
        cells = {}
        for result in results:
            former = earlier.get((result.external_id, result.organizer.casefold()), {})
            missing = {key: text for key, text in former.items() if not in_sheet[result.number].get(key)}
            texts = result_cells(result, layout, missing)
            cells[result.number] = {key: text for key, text in texts.items() if key in standing}
        return cells


def request_from(settings: Settings) -> SheetRequest:
    """Gives what the settings say about where the rows are."""
    return SheetRequest(
        sheet=settings.sheet,
        header_row=settings.header_row,
        mapping=settings.columns,
        required=frozenset({"external_id"} if settings.delegated else {"external_id", "organizer"}),
        delimiter="\t" if settings.delimiter == "tab" else settings.delimiter,
    )


def _columns(settings: Settings) -> tuple[str, ...]:
    return (*(column.key for column in RESULT_COLUMNS), *settings.add_column)


def _earlier(target: Path, settings: Settings) -> Links:
    """Gives the links that an earlier copy at `target` holds.

    A copy that is not there, or can't be read, gives none: it is about to be replaced by a better one.
    """
    try:
        rows = list(open_table(target, request_from(settings)).rows())
    except (Stop, OSError):
        return {}
    links = {}
    for row in rows:
        external_id, organizer = identity_of(row)
        if found := {key: row.results[key] for key in LINK_KEYS if row.results.get(key)}:
            links[external_id, organizer.casefold()] = found
    return links
