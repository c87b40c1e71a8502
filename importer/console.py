"""The terminal: progress on stderr while the run goes on, and the summary a person reads on stdout at its end."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from importer.core.catalogue.doctor import CHECK_TITLES
from importer.core.model import Severity, Status
from importer.core.report import ANSWERED
from importer.core.summary import HEADINGS, NOBODY_TOLD, group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.core.model import Problem, RowResult
    from importer.core.report import FileReport
    from importer.core.summary import Group
    from importer.doctor.finding import Finding

STATUS_STYLE = {
    Status.CREATED: "green",
    Status.EXISTING: "green",
    Status.UPDATED: "green",
    Status.UNCHANGED: "green",
    Status.DIFFERS: "yellow",
    Status.NOT_ATTEMPTED: "yellow",
    Status.INVALID: "red",
    Status.FAILED: "red",
}
STATE_STYLE = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}
LINE_SECONDS = 30.0
"""Where there is no terminal, a line this often shows that the run is alive without filling a log."""


class _Console(Console):
    """A console whose reader may go away: the run's result is in the copy, so its exit code must not change."""

    def on_broken_pipe(self) -> None:
        """Says nothing more; rich would end the process with exit code 1."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def console_for(stream: IO[str], *, color: bool) -> Console:
    """Gives a console on `stream`; NO_COLOR (https://no-color.org) and dumb terminals are obeyed."""
    plain = not color or bool(os.environ.get("NO_COLOR"))
    return _Console(file=stream, no_color=plain, highlight=False, soft_wrap=not stream.isatty(), emoji=False)


@dataclass(slots=True)
class Watch:
    """Progress for whoever watches: a bar on a terminal, a line now and then elsewhere, nothing when quiet."""

    console: Console
    quiet: bool
    clock: Callable[[], float]
    _bar: Progress | None = None
    _task: TaskID | None = None
    _name: str = ""
    _rows: int = 0
    _done: int = 0
    _bad: int = 0
    _said: float = field(default=0.0)

    def started(self, name: str, rows: int) -> None:
        """So many rows of this file will be sent."""
        self._name, self._rows, self._done, self._bad, self._said = name, rows, 0, 0, self.clock()
        if self.console.is_terminal and not self.quiet:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}"),
                console=self.console,
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task(escape(name), total=rows, note="")

    def advanced(self, result: RowResult) -> None:
        """One more row has its result."""
        self._done += 1
        self._bad += result.status not in ANSWERED
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=1, note=f"{self._bad} failed" if self._bad else "")
        elif self.clock() - self._said >= LINE_SECONDS:
            self._said = self.clock()
            self.say(f"{self._name}: {self._done} of {self._rows} rows, {self._bad} failed")

    def ended(self) -> None:
        """No more rows of this file."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._task = None

    def say(self, text: str) -> None:
        """Says one line on stderr, unless quiet."""
        if not self.quiet:
            self.console.print(escape(text))


def show_problem(console: Console, found: Problem, *, verbose: bool) -> None:
    """Says one problem that ended something, with its code for `explain`."""
    console.print(f"[bold red]{_label(found.severity)}[/] {escape(found.message)} [dim]({escape(found.code)})[/]")
    if verbose and found.detail:
        _indented(console, 4, f"[dim]{escape(found.detail)}[/]")


def show_summary(console: Console, reports: Iterable[FileReport], *, verbose: bool) -> None:
    """Says how each file ended: counts, problems grouped by who can mend them, and where the copy is."""
    for report in reports:
        _show_file(console, report, verbose=verbose)


def show_finding(console: Console, finding: Finding, *, verbose: bool) -> None:
    """Says what one check of doctor found out; commands to paste stay whole, each on its own line."""
    state, title = finding.state.value, CHECK_TITLES[finding.check]
    word, text = f"[{STATE_STYLE[state]}]{state:8}[/]", f"[bold]{escape(title)}:[/] {escape(finding.message)}"
    if console.is_terminal:
        grid = Table.grid(padding=(0, 1))
        grid.add_row(word, text)
        console.print(grid)
    else:
        console.print(f"{word} {text}")
    if finding.remedy and "\n" not in finding.remedy:
        _indented(console, 9, escape(finding.remedy))
    elif finding.remedy:
        for line in finding.remedy.splitlines():
            console.print(f"         {line}", markup=False, soft_wrap=True)
    if verbose and finding.detail:
        _indented(console, 9, f"[dim]{escape(finding.detail)}[/]")


def show_ending(console: Console, text: str) -> None:
    """Says the last line."""
    console.print(escape(text), style="bold")


def _show_file(console: Console, report: FileReport, *, verbose: bool) -> None:
    if set(report.counts) == {Status.UNCHANGED} and not report.problems and not verbose:
        rows, result = len(report.rows), escape(report.result or "")
        console.print(f"[bold]{escape(report.input)}[/]: {rows} rows, [green]all unchanged[/]. Results: {result}")
        return
    sheet = f" (sheet {escape(report.sheet)})" if report.sheet else ""
    console.print(f"[bold]{escape(report.input)}[/]{sheet}")
    if report.rows:
        counts = ", ".join(f"[{STATUS_STYLE[status]}]{count} {status}[/]" for status, count in report.counts.items())
        console.print(f"  {len(report.rows)} rows: {counts}")
    if report.news is not None and (words := report.news.words):
        console.print(f"  {words}")
    for found in report.problems:
        style = "red" if found.severity is Severity.ERROR else "yellow"
        _indented(console, 2, f"[{style}]{_label(found.severity)}[/] {escape(found.message)}")
        if verbose and found.detail:
            _indented(console, 6, f"[dim]{escape(found.detail)}[/]")
    _show_groups(console, report, verbose=verbose)
    if report.result is not None:
        console.print(f"  Results: [bold]{escape(report.result)}[/]")
    if any(row.status is Status.CREATED for row in report.rows):
        console.print(f"  {NOBODY_TOLD}")


def _show_groups(console: Console, report: FileReport, *, verbose: bool) -> None:
    last = None
    for entry in group(report.rows):
        key = (entry.example.severity, entry.who)
        if key != last:
            console.print(f"  [bold]{HEADINGS[key]}[/]")
            last = key
        _indented(console, 4, _group_line(entry, report))
        if verbose and entry.example.detail:
            _indented(console, 8, f"[dim]{escape(entry.example.detail)}[/]")


def _group_line(entry: Group, report: FileReport) -> str:
    title = report.titles.get(entry.example.column, "")
    heading = escape(f"[{title}] ") if title else ""
    others = "" if entry.alike else " (the first of them)"
    place = entry.place[0].upper() + entry.place[1:]
    return f"[cyan]{place}:[/] {heading}{escape(entry.example.message)}{others} [dim]({entry.example.code})[/]"


def _indented(console: Console, columns: int, markup: str) -> None:
    """Prints indented text, the indent kept where a terminal wraps it; elsewhere lines stay whole."""
    if console.is_terminal:
        console.print(Padding(markup, (0, 0, 0, columns), expand=False))
    else:
        console.print(" " * columns + markup, soft_wrap=True)


def _label(severity: Severity) -> str:
    return "Stopped:" if severity is Severity.ERROR else "Note:"
