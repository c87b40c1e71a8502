"""One call of `run` or `validate`: its files one after the other, its signals, its result on stdout."""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from importer.cli.inputs import check_results, expand
from importer.cli.job import Job
from importer.console import Watch, console_for, show_problem, show_summary
from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.core.report import FileReport, worst
from importer.core.run import Interrupt
from importer.output import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from importer.cli.options import Settings
    from importer.cli.services import Connection as Opened

PATIENCE = 2
"""Interrupts that end the run in order; the next one ends it where it stands."""


def run(settings: Settings) -> int:
    """Runs all files; gives the exit code."""
    from importer.cli.services import Connection  # noqa: PLC0415 - httpx loads only to send

    interrupt, watch = Interrupt(), _watch(settings)
    job = Job(settings=settings, now=_now, interrupt=interrupt, progress=watch)
    with Connection(settings, os.environ, interrupt, watch.say) as connection, _signals(interrupt):
        return _each(settings, "run", watch, lambda source: _run_one(job, source, connection))


def validate(settings: Settings) -> int:
    """Checks all files; gives the exit code."""
    watch = _watch(settings)
    job = Job(settings=settings, now=_now, interrupt=Interrupt(), progress=watch)
    return _each(settings, "validate", watch, job.validate)


def _run_one(job: Job, source: Path, connection: Opened) -> FileReport:
    if job.interrupt.asked:
        raise Stop(problem("interrupted"), ExitCode.INTERRUPTED)
    return job.run(source, connection.services)


def _each(settings: Settings, command: str, watch: Watch, treat: Callable[[Path], FileReport]) -> int:
    reports: list[FileReport] = []
    try:
        sources = expand(settings.files)
        check_results(sources, settings)
        reports.extend(_treated(source, treat) for source in sources)
    except Stop as stop:  # about the call, not about one file
        show_problem(watch.console, stop.problem, verbose=settings.verbose)
        reports.append(
            FileReport(input=settings.files[0], problems=(stop.problem,), exit_code=stop.exit_code, titles={})
        )
    code = worst(report.exit_code for report in reports)
    _show(settings, command, code, reports)
    return int(code)


def _treated(source: Path, treat: Callable[[Path], FileReport]) -> FileReport:
    try:
        return treat(source)
    except Stop as stop:
        return FileReport(input=str(source), problems=(stop.problem,), exit_code=stop.exit_code, titles={})


def _show(settings: Settings, command: str, code: ExitCode, reports: list[FileReport]) -> None:
    match settings.output:
        case "json":
            console = console_for(sys.stdout, color=False)
            console.out(as_json(command, _run_id(), code, reports, extra=settings.add_column), highlight=False)
        case "text":
            console = console_for(sys.stdout, color=not settings.no_color)
            show_summary(console, reports, verbose=settings.verbose)


def _watch(settings: Settings) -> Watch:
    return Watch(console_for(sys.stderr, color=not settings.no_color), settings.quiet, time.monotonic)


def _now() -> datetime:
    return datetime.now(UTC)


def _run_id() -> str:
    return f"{_now():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"


@contextmanager
def _signals(interrupt: Interrupt) -> Iterator[None]:
    """Turns Ctrl-C, SIGTERM and Windows' Ctrl-Break into a run that ends in order, while the block runs."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        interrupt.ask()
        if interrupt.asked > PATIENCE:
            raise KeyboardInterrupt

    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = [(number, signal.signal(number, ask)) for number in known]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
