"""One call of `run` or `validate`: its files one after the other, its signals, its result on stdout.

Theory of operation. What ends a run in order besides its rows (Ctrl-C, SIGTERM, a closed window, the time that it may
take) only sets a flag. The runner looks at the flag between rows, so that answers that are under way still arrive and
are saved; a third Ctrl-C ends the process where it stands.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import uuid
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from importer.cli.config.settings import PREVIEWED, read_from
from importer.cli.run.file_run import FileRun
from importer.cli.run.places import check_results, expand, lock_place, usable
from importer.cli.run.reporting import UNOBSERVED, as_json
from importer.cli.run.run_lock import WaitUntilStable
from importer.cli.run.state import check_place, copies_of, one_of_each
from importer.console import console_for
from importer.console.progress import Watch
from importer.console.summary import show_problem, show_summary
from importer.core.memory import NoLedger
from importer.core.model import ExitCode, Stop
from importer.core.report import FileReport, summary_of, worst
from importer.core.run import Interrupt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from types import FrameType

    from rich.console import Console

    from importer.cli.config.settings import Origin, Settings
    from importer.cli.run.reporting import Observer
    from importer.cli.run.run_lock import RunLock
    from importer.cli.run.services import Connection as Opened
    from importer.cli.run.services import RequestCounter
    from importer.core.memory import Ledger
    from importer.core.model import Problem


@contextmanager
def time_limit(interrupt: Interrupt, seconds: float | None) -> Iterator[None]:
    """Make the run end in order once `seconds` have passed; None: never."""
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, interrupt.time_is_up)
    timer.daemon = True
    if seconds > 0:
        timer.start()
    else:
        interrupt.time_is_up()
    try:
        yield
    finally:
        timer.cancel()


if sys.platform == "win32":  # pragma: no cover - the tests' other system
    import ctypes
    from ctypes import wintypes

    _ENDINGS = frozenset({2, 5, 6})
    """CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT: https://learn.microsoft.com/windows/console/handlerroutine"""
    _WINDOWS_WAITS = 30.0
    """Seconds: Windows ends the process earlier, 5 s after the window's closing (same page, "Timeouts")."""
    _GRACE = 2.0
    """Seconds for calls in flight, so that the copy is written within those 5."""

    @contextmanager
    def _window_close(interrupt: Interrupt) -> Iterator[None]:
        """Make the run end in order when its window is closed, or its user logs off."""
        done = threading.Event()

        def handle(event: int) -> bool:
            if event not in _ENDINGS:
                return False
            interrupt.grace = _GRACE
            interrupt.request_stop()
            done.wait(_WINDOWS_WAITS)  # the process ends when this returns
            return True

        handler = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)(handle)
        kernel = ctypes.WinDLL("kernel32")
        kernel.SetConsoleCtrlHandler(handler, True)  # noqa: FBT003 - Windows' own order
        try:
            yield
        finally:
            done.set()
            kernel.SetConsoleCtrlHandler(handler, False)  # noqa: FBT003 - as above

else:

    @contextmanager
    def _window_close(interrupt: Interrupt) -> Iterator[None]:
        """Nothing to do: elsewhere a closed window is the signal SIGHUP."""
        del interrupt
        yield


PATIENCE = 2
"""Interrupts that end the run in order; the next one ends it where it stands."""


def run(settings: Settings, run_id: str = "", observer: Observer = UNOBSERVED) -> int:
    """Run all files; return the exit code."""
    from importer.cli.run.run_lock import ledger_of, tenant_scope  # noqa: PLC0415 - likewise
    from importer.cli.run.services import Connection, UserMessages  # noqa: PLC0415 - httpx loads only to send

    interrupt, run_id = Interrupt(), run_id or new_run_id()
    watch = watch_of(settings, interrupt)
    with closing(ledger_of(settings, os.environ, run_id, now())) as ledger:
        file_run = FileRun(
            settings=settings,
            now=now,
            interrupt=interrupt,
            progress=observer.watching(watch),
            ledger=ledger,
            scope=tenant_scope(settings, os.environ),
            confirm=_asker(watch),
        )
        say = observer.saying(watch.say)
        messages = UserMessages(
            say=say, prompt=watch.prompt, wait=lambda seconds: observer.saying(watch.pausing(seconds))
        )
        with Connection(settings, os.environ, interrupt, messages) as connection, signals(interrupt):
            call = RunCommand(settings, "run", run_id, watch, ledger, connection.counter, observer)
            run_lock = run_lock_of(settings, interrupt, say)
            with time_limit(interrupt, settings.time_limit), _told_to(ledger):
                beforehand = run_lock.until_stable.look
                return call.each(lambda source: _run_one(file_run, source, connection, run_lock), beforehand)


def _asker(watch: Watch) -> Callable[[str], bool] | None:
    """Return what asks whoever sits at the terminal, None where nobody does."""
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    def ask(question: str) -> bool:
        watch.ended()
        try:
            return click.confirm(question, err=True)
        except click.Abort:
            return False

    return ask


@contextmanager
def _told_to(ledger: Ledger) -> Iterator[None]:
    """Return the ledger what ends the run where it stands: only a run that was killed leaves no word."""
    try:
        yield
    except KeyboardInterrupt:
        ledger.finish(now(), ExitCode.INTERRUPTED)
        raise
    except BaseException:
        ledger.finish(now(), ExitCode.BUG)
        raise


def validate(settings: Settings) -> int:
    """Check all files; return the exit code."""
    interrupt = Interrupt()
    watch = watch_of(settings, interrupt)
    settings, wrong = usable(settings)
    if wrong is not None:
        return stopped(settings, wrong, command="validate")
    file_run = FileRun(settings=settings, now=now, interrupt=interrupt, progress=watch)
    return RunCommand(settings, "validate", new_run_id(), watch, NoLedger()).each(
        lambda source: file_run.reading(source).validate(source)
    )


def stopped(
    settings: Settings, why: Problem, *, run_id: str = "", observer: Observer = UNOBSERVED, command: str = "run"
) -> int:
    """Say why a call can't even begin (exit 2), and return that code."""
    only = replace(settings, report=None, ics=None)
    call = RunCommand(
        only, command, run_id or new_run_id(), watch_of(settings, Interrupt()), NoLedger(), None, observer, why
    )
    return call.each(lambda source: [FileReport(input=str(source), titles={})])


def _run_one(file_run: FileRun, source: Path, connection: Opened, run_lock: RunLock) -> Sequence[FileReport]:
    try:
        return _unless_interrupted(file_run.reading(source), source, connection, run_lock)
    except Stop as stop:
        if not file_run.settings.dry_run:
            file_run.stopped(source, stop)
        raise


def _unless_interrupted(file_run: FileRun, source: Path, connection: Opened, run_lock: RunLock) -> Sequence[FileReport]:
    _go_on(file_run.interrupt)
    with ExitStack() as held:
        if not file_run.settings.dry_run:
            file_run = replace(file_run, holds=held.enter_context(run_lock.at(lock_place(source, file_run.settings))))
        run_lock.until_stable.wait(source)
        return file_run.run(source, connection.services)


def run_lock_of(settings: Settings, interrupt: Interrupt, say: Callable[[str], None]) -> RunLock:
    """Return who sees to it that one run at a time saves in a place."""
    from importer.cli.run.run_lock import RunLock, folder_of  # noqa: PLC0415 - likewise

    nap = _nap(interrupt)
    until_stable = WaitUntilStable(files=settings.files, seconds=settings.settle, now=now, sleep=nap)
    return RunLock(
        folder=folder_of(settings), wait=settings.wait, now=now, sleep=nap, say=say, until_stable=until_stable
    )


def _nap(interrupt: Interrupt) -> Callable[[float], None]:
    """Return a sleep that ends with Stop when the run is to end."""

    def nap(seconds: float) -> None:
        time.sleep(seconds)
        _go_on(interrupt)

    return nap


def _go_on(interrupt: Interrupt) -> None:
    if interrupt.asked:
        raise interrupt.stop


@dataclass(frozen=True, slots=True)
class RunCommand:
    """One call of a command that treats files one after the other."""

    settings: Settings
    command: str
    run_id: str
    watch: Watch
    ledger: Ledger
    counter: RequestCounter | None = None
    observer: Observer = UNOBSERVED
    wrong: Problem | None = None
    """Why the call can't begin."""

    def each(
        self,
        treat: Callable[[Path], Sequence[FileReport]],
        beforehand: Callable[[Sequence[Path]], object] = lambda _: None,
    ) -> int:
        """Treat all files, show how they ended, and return the exit code. `beforehand` is told all of them."""
        started = now()
        reports = [self._invited(report) for report in self._reports(treat, beforehand)]
        code = worst(report.exit_code for report in reports)
        self.ledger.finish(now(), code)
        if left := self.ledger.notices():
            reports[-1] = replace(reports[-1], problems=(*reports[-1].problems, *left))
        self.observer.finished(reports)
        show(self.settings, self.command, self.run_id, code=code, reports=reports)
        if self.settings.report is not None:
            self._save_report(self.settings.report, reports, code=code, started=started)
        return int(code)

    def _invited(self, report: FileReport) -> FileReport:
        if self.settings.ics is None:
            return report
        from importer.cli.run.reporting import invite  # noqa: PLC0415 - only where it is asked for

        return invite(self.settings.ics, report, now(), say=self.watch.say)

    def _save_report(self, target: Path, reports: Sequence[FileReport], *, code: ExitCode, started: datetime) -> None:
        from importer.cli.run.reporting import facts_of, save_report  # noqa: PLC0415 - only where one is asked for

        times, counter = (started, now()), self.counter
        facts = facts_of(self.settings, self.command, self.run_id, code=code, times=times, counter=counter)
        if (unsaved := save_report(target, reports, facts)) is None:
            self.observer.reported(target)
            self.watch.say(f"Report: {target}")
        else:
            show_problem(self.watch.console, unsaved, verbose=self.settings.verbose)

    def _reports(
        self, treat: Callable[[Path], Sequence[FileReport]], beforehand: Callable[[Sequence[Path]], object]
    ) -> list[FileReport]:
        reports: list[FileReport] = []
        try:
            self._begin()
            self._say_read(self.settings.origins)
            sources, notes = one_of_each(expand(self.settings.files), copies_of(self.settings, now))
            check_results(sources, self.settings)
            check_place(self.settings, now)
            beforehand(sources)
            for source in sources:
                self.observer.opened(source)
                self._say_read(self.settings.beside(source).origins)
                for report in _noted(_treated(source, treat), notes.get(source)):
                    reports.append(report)
                    self.observer.closed(report)
        except Stop as stop:  # about the call, not about one file
            if self.settings.output != "text":  # else the summary says it
                show_problem(self.watch.console, stop.problem, verbose=self.settings.verbose)
            reports.append(
                FileReport(input=self.settings.files[0], problems=(stop.problem,), exit_code=stop.exit_code, titles={})
            )
            self.observer.closed(reports[-1])
        finally:
            self.watch.ended()
        return reports

    def _begin(self) -> None:
        if self.wrong is not None:
            raise Stop(self.wrong, ExitCode.USAGE)
        self.observer.begin()

    def _say_read(self, origins: Sequence[Origin]) -> None:
        """Say which settings files were read, to whoever wants to know everything."""
        if self.settings.verbose:
            for text in read_from(origins):
                self.watch.say(text)


def _treated(source: Path, treat: Callable[[Path], Sequence[FileReport]]) -> Sequence[FileReport]:
    try:
        return treat(source)
    except Stop as stop:
        name, sheet, problems = str(source), stop.sheet, (stop.problem,)
        return [FileReport(input=name, sheet=sheet, problems=problems, exit_code=stop.exit_code, titles={})]


def _noted(reports: Sequence[FileReport], note: Problem | None) -> Sequence[FileReport]:
    if note is None:
        return reports
    return [replace(reports[0], problems=(note, *reports[0].problems)), *reports[1:]]


def show(settings: Settings, command: str, run_id: str, *, code: ExitCode, reports: Sequence[FileReport]) -> None:
    """Record the result on stdout in the form that was asked for."""
    match settings.output:
        case "json":
            sys.stdout.write(f"{as_json(command, run_id, code, reports)}\n")
        case "text":
            console = console_for(sys.stdout, color=not settings.no_color)
            sends = command != "validate" and not settings.dry_run
            usual = PREVIEWED if command == "validate" else 0
            previewed = usual if settings.show is None else settings.show
            show_summary(console, reports, verbose=settings.verbose, sends=sends, previewed=previewed)
            if command == "run" and settings.dry_run:
                console.print(summary_of(reports, sends=False).rehearsed, style="bold")


def console_of(settings: Settings) -> Console:
    """Return the console on stderr."""
    return console_for(sys.stderr, color=not settings.no_color)


def watch_of(settings: Settings, interrupt: Interrupt) -> Watch:
    """Return what shows how a call goes on."""
    return Watch(console_of(settings), settings.quiet, time.monotonic, stopping=lambda: interrupt.asked)


def now() -> datetime:
    """Return the time of this machine's clock, in UTC."""
    return datetime.now(UTC)


def new_run_id() -> str:
    """Return a name for this call, the same in its JSON, in the ledger and in `history`; later ones sort behind."""
    return f"{now():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"


@contextmanager
def signals(interrupt: Interrupt) -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM, Windows' Ctrl-Break and a closed terminal or window into a run that ends in order.

    A terminal's closing is not heard where nohup has said so.
    """

    def ask(_number: int, _frame: FrameType | None) -> None:
        interrupt.request_stop()
        if interrupt.asked > PATIENCE:
            raise KeyboardInterrupt

    names = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")
    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    known = [number for number in known if number.name != "SIGHUP" or signal.getsignal(number) is not signal.SIG_IGN]
    before = [(number, signal.signal(number, ask)) for number in known]
    try:
        with _window_close(interrupt):
            yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
