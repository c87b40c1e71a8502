"""What earlier runs did: `history` shows it and forgets it, `recover` writes a run's results copy again.

Theory of operation. Each kind of run has a ledger of its own in the state folder, one for real meetings and one for
trials; both are looked into together. `recover` reads the sheet as that run did (the options were kept with it) and
takes every result from the ledger. Nobody is asked, so nothing can be answered differently.
"""

from __future__ import annotations

import platform
import sqlite3
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.config.usage import say_note, say_stopped
from importer.cli.run.book import read_sheets
from importer.cli.run.file_run import code_of_saving, report_of
from importer.cli.run.places import lock_place, restored_settings, result_path
from importer.cli.run.reporting import json_moment
from importer.cli.run.run_command import console_of, now, run_lock_of, show
from importer.cli.run.run_lock import folder_of
from importer.cli.run.saving import Saving, as_list, listed_of
from importer.cli.run.sheet import result_keys
from importer.cli.run.state import forget_copies
from importer.console.summary import show_problem
from importer.core.catalogue import problem
from importer.core.memory import NoSession
from importer.core.model import ANSWERED, ExitCode, Status, Stop
from importer.core.report import FileReport, exit_code_of, worst
from importer.core.row import Row
from importer.core.run import Interrupt
from importer.core.wording import json_text, rows_counted, strip_control_chars, system_reason
from importer.ledger import Records
from importer.ledger.opening import REAL, TRIALS, NewerFileError, reason_in_words
from importer.paths import is_there, mode_of, resolved

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.cli.config.settings import Settings
    from importer.cli.run.sheet import Sheet
    from importer.core.memory import CachedAnswer, TenantScope
    from importer.core.model import Problem
    from importer.core.row import Key
    from importer.ledger import PastFile, PastRow, PastRun


CRASHED = f"crashed (exit code {ExitCode.BUG:d})"
"""How a run ended that came upon a fault of this program; `broken off` is one that was killed."""

LAST = "last"
"""Stands for the latest run."""


@dataclass(frozen=True, slots=True)
class Past:
    """Everything that is remembered in a state folder."""

    records: Sequence[Records]
    notices: tuple[Problem, ...]

    @classmethod
    @contextmanager
    def open(cls, folder: Path, now: datetime) -> Iterator[Past]:
        """Return what is remembered in `folder`, which may be nothing. Raise Stop where it can't be read."""
        with ExitStack() as stack:
            paths = [path for name in (REAL, TRIALS) if is_there(path := folder / name)]
            records = [_opened(stack, path, now) for path in paths]
            notices = [
                problem("ledger-set-aside", value=str(path), other=str(each.aside))
                for path, each in zip(paths, records, strict=True)
                if each.aside is not None
            ]
            yield cls(records, tuple(notices))

    def runs(self, source: str = "") -> list[tuple[PastRun, Records]]:
        """Return all runs, or those of an input file, the latest first, each with the ledger that it stands in."""
        found = [(run, records) for records in self.records for run in records.runs()]
        wanted = [entry for entry in found if not source or any(file.input == source for file in entry[0].files)]
        return sorted(wanted, key=lambda entry: entry[0].started, reverse=True)

    def run(self, name: str) -> tuple[PastRun, Records]:
        """Return the run of that name, or the `last` one that sent something. Raise Stop where there is none."""
        for run, records in self.runs():
            if run.run_id == name or (name == LAST and any(file.rows for file in run.files)):
                return run, records
        raise Stop(problem("run-unknown", value=name), ExitCode.USAGE)

    def forget(self, source: str = "") -> tuple[int, int]:
        """Remove what is known of an input file, or everything; return how many runs and meetings that was."""
        counts = [each.forget(source) if source else each.forget_all() for each in self.records]
        return sum(runs for runs, _ in counts), sum(meetings for _, meetings in counts)


def _opened(stack: ExitStack, path: Path, now: datetime) -> Records:
    try:
        return stack.enter_context(Records.open(path, now))
    except NewerFileError:
        reason = "a newer version of this program made it; look with that one"
    except OSError as error:
        reason = system_reason(error)
    except sqlite3.Error as error:
        reason = reason_in_words(error)
    raise Stop(problem("history-unreadable", value=str(path), reason=reason), ExitCode.INPUT)


def source_of(file: Path) -> str:
    """Return an input file's name as ledgers have it; the file itself need not be there any more."""
    return str(resolved(file))


def fate_of(run: PastRun, file: PastFile | None = None) -> str:
    """Return in words how a run, or one file of it, ended."""
    ended = run if file is None else file
    if run.exit_code == ExitCode.BUG and ended.exit_code in (None, ExitCode.BUG):
        return CRASHED
    if ended.exit_code is not None:
        return f"exit code {ended.exit_code}"
    if run.goes_on:
        return "at work"
    return "broken off" if run.host == platform.node() else "at work or broken off on another machine"


ENOUGH = 0.5
"""The share of a run's rows that must still stand where they stood: with fewer, the file is another one."""


def recover(settings: Settings, name: str) -> int:
    """Write the copies of the run of that name again; return the exit code."""
    try:
        with Past.open(folder_of(settings), now()) as past:
            run, records = past.run(name)
            files: dict[str, list[PastFile]] = {}
            for file in run.files:
                if file.rows:
                    files.setdefault(file.input, []).append(file)
            reports = [report for each in files.values() for report in Recovery(records, each, settings).reports()]
            reports = reports or [_none(run.run_id)]
    except Stop as stop:
        show_problem(console_of(settings), stop.problem, verbose=settings.verbose)
        return int(stop.exit_code)
    code = worst(report.exit_code for report in reports)
    show(settings, "recover", run.run_id, code=code, reports=reports)
    return int(code)


def _none(run_id: str) -> FileReport:
    nothing = problem("run-sent-nothing", value=run_id)
    return FileReport(input="", problems=(nothing,), exit_code=ExitCode.INPUT, titles={})


def _stopped_at(file: PastFile, stop: Stop) -> FileReport:
    return FileReport(input=file.input, problems=(stop.problem,), exit_code=stop.exit_code, titles={})


def _as_then(file: PastFile, settings: Settings) -> Settings:
    """Return the settings of that run, the copy put where it is wanted now."""
    then = replace(restored_settings(file.replay), state_dir=settings.state_dir)
    if settings.result_dir is not None and then.result is not None:
        return replace(then, result=settings.result_dir / then.result.name)
    return replace(then, result=settings.result or then.result)


@dataclass(frozen=True, slots=True)
class Recovery:
    """One input file of a run, its copy to be written again: `files` are the sheets that were read of it."""

    records: Records
    files: Sequence[PastFile]
    settings: Settings

    def reports(self) -> Sequence[FileReport]:
        """Write the copy, and return a report on each sheet as the run would have."""
        sheets: dict[int, Sheet] = {}
        stops: dict[int, Stop] = {}
        for file in self.files:
            try:
                sheets[file.number] = self._sheet(file)
            except Stop as stop:
                stops[file.number] = stop
        try:
            saved, code = self._save([*sheets.values()]) if sheets else (None, ExitCode.DONE)
        except Stop as stop:
            return [_stopped_at(file, stop) for file in self.files]
        return [
            report_of(found, saved, worst((_exit_code(found.report.results()), code)))
            if (found := sheets.get(file.number))
            else self._listed(file, stops[file.number])
            for file in self.files
        ]

    def _sheet(self, file: PastFile) -> Sheet:
        """Return a sheet with the results that it had. Raise Stop where it can't be read as it was then."""
        past = self.records.rows(file)
        if not past:
            raise Stop(problem("run-sent-nothing", value=file.input), ExitCode.INPUT)
        session = _Answers(self.records, file)
        (sheet,) = read_sheets(Path(file.input), _as_then(file, self.settings), file.started)
        sheet.session = session
        self._fill_in(sheet, past, session)
        sheet.close(file.closed or "no-answer-then")
        return sheet

    def _save(self, sheets: Sequence[Sheet]) -> tuple[Path | None, ExitCode]:
        source, then = sheets[0].source, sheets[0].settings
        run_lock = run_lock_of(then, Interrupt(), console_of(then).out)
        with run_lock.at(lock_place(source, then)) as holds:
            saved, in_place = Saving(settings=then, now=now, holds=holds).save(sheets)
        return saved, code_of_saving(sheets, in_place=in_place)

    def _listed(self, file: PastFile, stop: Stop) -> FileReport:
        """Write the links of a sheet alone, which need no workbook; report the Stop where there is none to write."""
        past = self.records.rows(file)
        known = _Answers(self.records, file).recall([row.key for row in past.values()])
        rows = [_remembered(row, known) for _, row in sorted(past.items())]
        if not any(row.meeting for row in rows):
            return _stopped_at(file, stop)
        source, then = Path(file.input), _as_then(file, self.settings)
        data = as_list([listed_of(file.sheet, rows, result_keys(then))])
        saved, said = Saving(settings=then, now=now).put_list(source, result_path(source, then).parent, data)
        return FileReport(
            input=file.input,
            result=None if saved is None else str(saved),
            sheet=file.sheet,
            titles={},
            rows=rows,
            problems=(stop.problem, said),
            exit_code=worst((_exit_code(rows), ExitCode.RESULTS)),
        )

    def _fill_in(self, sheet: Sheet, past: Mapping[int, PastRow], session: _Answers) -> None:
        rows = sheet.report.results()
        here = {row.number: row for row in rows}
        same = [row for row in rows if _same(row, past)]
        if len(same) < ENOUGH * len(past):
            raise Stop(problem("roster-not-the-same", value=sheet.source.name), ExitCode.INPUT)
        if others := sorted((here.keys() | past.keys()) - {row.number for row in same}):
            sheet.problems.append(problem("rows-not-the-same", count=len(others), first=others[0]))
        known = session.recall([past[row.number].key for row in same])
        for row in same:
            if result := _result(row, past[row.number], known):
                sheet.report.record(result)


def _same(row: Row, past: Mapping[int, PastRow]) -> bool:
    return row.number in past and past[row.number].key == row.key


def _result(row: Row, past: PastRow, known: Mapping[Key, CachedAnswer]) -> Row | None:
    """Return what became of the row then; None where nothing did, or where its meeting has been forgotten."""
    status = Status(past.status)
    meeting = known[past.key].meeting if status in ANSWERED and past.key in known else None
    if status is not Status.FAILED and meeting is None:
        return None
    return replace(row, status=status, problems=past.problems, meeting=meeting, checked_at=past.checked_at)


def _remembered(past: PastRow, known: Mapping[Key, CachedAnswer]) -> Row:
    """Return a row as the ledger has it; one whose meeting has been forgotten is as if it had not been answered."""
    row = Row(
        number=past.number,
        values={"external_id": past.key.external_id, "organizer": past.key.organizer},
        status=Status(past.status),
        problems=past.problems,
        checked_at=past.checked_at,
    )
    if row.status not in ANSWERED:
        return row
    if past.key not in known:
        return replace(row, status=Status.NOT_ATTEMPTED)
    return replace(row, meeting=known[past.key].meeting)


def _exit_code(rows: list[Row]) -> ExitCode:
    early = any(row.status is Status.NOT_ATTEMPTED for row in rows)
    return worst((exit_code_of(rows, None), ExitCode.STOPPED if early else ExitCode.DONE))


class _Answers(NoSession):
    """A session of the ledger that is only read.

    What a run was not told, an earlier run of the same sheet may have been, under another address or sign-in: the copy
    that it wrote had those links, because they stood in the copy before.
    """

    def __init__(self, records: Records, file: PastFile) -> None:
        self._records = records
        self._file = file

    def recall(self, keys: Collection[Key]) -> Mapping[Key, CachedAnswer]:
        """Return the last answer for each key that has one: this run's, else the latest of the runs before."""
        found = dict(self._records.meetings(self._file.scope, list(keys)))
        for scope, answered in self._before() if set(keys) - found.keys() else ():
            left = [key for key in keys if key not in found and key in answered]
            found |= self._records.meetings(scope, left) if left else {}
        return found

    def _before(self) -> Iterator[tuple[TenantScope, frozenset[Key]]]:
        """Return whose meetings earlier runs of the sheet were told of, and for which keys, the latest first."""
        for run in self._records.runs():
            for file in run.files:
                same = (file.input, file.sheet) == (self._file.input, self._file.sheet)
                if same and file.number < self._file.number:
                    rows = self._records.rows(file).values()
                    yield file.scope, frozenset(row.key for row in rows if Status(row.status) in ANSWERED)


SCHEMA = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""


def history(settings: Settings, file: Path | None) -> int:
    """List the runs, or those of one input file, the latest first; return the exit code."""
    try:
        with Past.open(folder_of(settings), now()) as past:
            for notice in past.notices:
                say_note(notice)
            runs = [run for run, _ in past.runs(source_of(file) if file else "")]
    except Stop as stop:
        return say_stopped(stop)
    match settings.output:
        case "json":
            document = {"schema": SCHEMA, "runs": list(map(_as_json, runs))}
            click.echo(json_text(document))
        case "text":
            click.echo(strip_control_chars("\n".join(_lines(runs)) if runs else _nothing(settings, file)))
    return 0


def forget(settings: Settings, file: Path | None) -> int:
    """Remove what is known of one input file, or everything; return the exit code."""
    try:
        with Past.open(folder_of(settings), now()) as past:
            runs, meetings = past.forget(source_of(file) if file else "")
        forget_copies(folder_of(settings), source_of(file) if file else "")
    except Stop as stop:
        return say_stopped(stop)
    if settings.output == "text" and not runs and not meetings:
        click.echo(strip_control_chars(_nothing(settings, file)))
    elif settings.output == "text":
        forgotten = f"{_counted(runs, 'run')} and {_counted(meetings, 'meeting')}"
        click.echo(f"Forgotten: {forgotten}. The meetings themselves are still in Teams.")
    return 0


def _nothing(settings: Settings, file: Path | None) -> str:
    """Return what to say where there are no runs: a name that is mistyped must not look like a file without runs."""
    if file is None:
        return "Nothing is remembered."
    try:
        there = "" if mode_of(file) else " There is no such file: check its name."
    except OSError:  # a share does not say
        there = ""
    folder = folder_of(settings)
    return f"No run of {source_of(file)} is remembered in {folder}.{there} All runs: meeting-importer history"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _lines(runs: list[PastRun]) -> list[str]:
    lines = []
    for run in runs:
        lines.append(f"{run.run_id}  {run.started:%Y-%m-%d %H:%M} UTC  {fate_of(run)}  {run.target}".rstrip())
        lines += [f"    {line}" for file in run.files for line in _file_lines(run, file)]
    return lines


def _file_lines(run: PastRun, file: PastFile) -> list[str]:
    sheet = f" (sheet {file.sheet})" if file.sheet else ""
    counts = ", ".join(f"{count} {status}" for status, count in file.counts.items())
    if file.rows:
        said = f"{rows_counted(file.rows)}: {counts or fate_of(run, file)}"
    else:
        said = f"{fate_of(run, file)}, nothing sent" + (f" ({file.closed})" if file.closed else "")
    lines = [f"{file.input}{sheet}: {said}"]
    return [*lines, f"  Results: {file.result}"] if file.result else lines


def _as_json(run: PastRun) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "command": run.command,
        "inputs": list(run.inputs),
        "target": run.target,
        "started": json_moment(run.started),
        "ended": json_moment(run.ended),
        "exit_code": run.exit_code,
        "state": _state(run),
        "host": run.host,
        "pid": run.pid,
        "files": [_file_as_json(file) for file in run.files],
    }


def _state(run: PastRun) -> str:
    if fate_of(run) == CRASHED:
        return "crashed"
    return "ended" if run.ended is not None else fate_of(run)


def _file_as_json(file: PastFile) -> dict[str, Any]:
    return {
        "input": file.input,
        "sheet": file.sheet,
        "result": file.result or None,
        "started": json_moment(file.started),
        "ended": json_moment(file.ended),
        "exit_code": file.exit_code,
        "rows": file.rows,
        "counts": dict(file.counts),
    }
