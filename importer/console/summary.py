"""The summary a person reads at the end of a run: counts, what needs attention, and where the copy is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.markup import escape
from rich.table import Table

from importer.console import indented, shown
from importer.core.calendar import EventFate
from importer.core.catalogue import words
from importer.core.model import BAD, CARE, GOOD, Severity, Status
from importer.core.preview import preview
from importer.core.report import (
    HEADINGS,
    NOBODY_TOLD,
    can_be_updated,
    counts_by_word,
    group,
    invited_in_words,
    of_several_files,
    stops_the_run,
    tells_nobody,
)
from importer.core.results import when_in_words
from importer.core.wording import rows_counted, strip_control_chars

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from rich.console import Console

    from importer.core.model import Problem
    from importer.core.preview import Preview
    from importer.core.report import FileReport, Group
    from importer.core.row import Row

STATUS_STYLE = dict.fromkeys(GOOD, "green") | dict.fromkeys(CARE, "yellow") | dict.fromkeys(BAD, "red")
SEVERITY_STYLE = {Severity.ERROR: "red", Severity.WARNING: "yellow"}

NARROWEST, WIDE, WIDEST = 50, 110, 160
"""Characters. Below the first a table has no room for sentences; from the second on heading and code get columns of
their own; lines longer than the third lose the eye."""
HEADING_WIDTH = 18
GONE_SHOWN = 5
"""Meetings of rows that are gone whose links are shown; the report and the JSON have them all."""


def show_problem(console: Console, found: Problem, *, verbose: bool) -> None:
    """Say one problem that ended something, with its code for `explain`."""
    console.print(f"[bold {SEVERITY_STYLE[found.severity]}]{_label(found.severity)}[/] {_with_code(found)}")
    _show_detail(console, found, 4, verbose=verbose)


def _show_detail(console: Console, found: Problem, columns: int, *, verbose: bool) -> None:
    if found.detail and (verbose or stops_the_run(found)):
        indented(console, columns, f"[dim]{shown(found.detail)}[/]")


def show_summary(
    console: Console, reports: Iterable[FileReport], *, verbose: bool, sends: bool = True, previewed: int = 0
) -> None:
    """Say how each file ended: counts, problems grouped by who can fix them, and where the copy is.

    What stopped several files alike is said once, before them. `sends` says whether rows were to be sent. So many rows
    are `previewed`: shown as they were read.
    """
    reports = list(reports)
    said = of_several_files(reports)
    for found in said:
        show_problem(console, found, verbose=verbose)
    for report in reports:
        _show_file(console, report, said, verbose=verbose, sends=sends, previewed=previewed)
    if any(can_be_updated(row) for report in reports for row in report.rows):
        console.print(words.DIFFERING)


def _show_file(
    console: Console, report: FileReport, said: Collection[Problem], *, verbose: bool, sends: bool, previewed: int
) -> None:
    sheet = f" (sheet {shown(report.sheet)})" if report.sheet else ""
    if set(report.counts) == {Status.UNCHANGED} and not report.problems and not verbose:
        rows, result = rows_counted(len(report.rows)), shown(report.result or "")
        console.print(f"[bold]{shown(report.input)}[/]{sheet}: {rows}, [green]all unchanged[/]. Results: {result}")
        return
    console.print(f"[bold]{shown(report.input)}[/]{sheet}", soft_wrap=True)
    if report.rows:
        counted = counts_by_word(report.rows, sends=sends)
        counts = ", ".join(
            f"[{STATUS_STYLE[status] if word == status else 'green'}]{count} {word}[/]"
            for word, (status, count) in counted.items()
        )
        indented(console, 2, f"{rows_counted(len(report.rows))}: {counts}")
        show_rows(console, report.rows, previewed)
    for line in filter(None, (report.told_in_words, report.diff.words if report.diff else "")):
        indented(console, 2, shown(line))
    _show_invitations(console, report.rows, sends=sends)
    for external_id, link in report.diff.gone_with_links[:GONE_SHOWN] if report.diff else ():
        if link:
            console.print(f"    {words.GONE.format(external_id=shown(external_id), link=shown(link))}", soft_wrap=True)
    for found in report.problems:
        label = f"[{SEVERITY_STYLE[found.severity]}]{_label(found.severity)}[/]"
        if found in said:
            indented(console, 2, f"{label} {words.SAID_ABOVE.format(code=shown(found.code))}")
            continue
        indented(console, 2, f"{label} {_with_code(found)}")
        _show_detail(console, found, 6, verbose=verbose)
    _show_groups(console, report, verbose=verbose)
    if report.result is not None:  # a path that somebody copies is not broken into lines
        console.print(f"  Results: [bold]{shown(report.result)}[/]", soft_wrap=True)
    if any(map(tells_nobody, report.rows)):
        indented(console, 2, NOBODY_TOLD)


def _show_invitations(console: Console, rows: Collection[Row], *, sends: bool) -> None:
    """Say what became of calendars; before, who would be invited to what: all, because mail can't be taken back."""
    if invited := invited_in_words(rows, sends=sends):
        indented(console, 2, shown(invited))
    for row in () if sends else rows:
        for each in row.events:
            if each.fate in {EventFate.TO_MAKE, EventFate.TO_CHANGE}:
                people = ", ".join(each.event.invited) or words.NOBODY_ELSE
                when = when_in_words(each.event.start, each.event.end, each.event.zone)
                subject = each.event.subject or words.NO_TITLE
                line = words.WOULD_INVITE.format(row=row.number, subject=subject, when=when, people=people)
                indented(console, 4, shown(line))


def show_rows(console: Console, rows: Sequence[Row], most: int) -> None:
    """Show the first rows as they were read, a line for each where there is room, else three."""
    some = [preview(row) for row in rows[:most]]
    if not some:
        return
    indented(console, 2, f"[bold]{words.PREVIEW_ALL if len(some) == len(rows) else words.PREVIEW}[/]")
    lines = [words.PREVIEW_HEADINGS, *(each.cells for each in some)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    indent = 4
    if console.is_terminal and indent + sum(widths) + 2 * (len(widths) - 1) > console.width:
        for each in some:
            _show_block(console, each, widths[0])
        return
    for place, line in enumerate(lines):
        text = "  ".join(
            set_cell_size(strip_control_chars(cell), width) for cell, width in zip(line, widths, strict=True)
        )
        console.print(" " * indent + escape(text.rstrip()), style="" if place else "dim", soft_wrap=True)


def show_mapping(console: Console, name: str, sheet: str, lines: Sequence[tuple[str, ...]]) -> None:
    """Show what was found out about a sheet: for each key its heading, how sure that is, and why."""
    console.print(f"[bold]{shown(name)}[/]{f' (sheet {shown(sheet)})' if sheet else ''}", soft_wrap=True)
    table = Table(box=None, padding=(0, 2, 0, 2), pad_edge=False, header_style="dim")
    for place, heading in enumerate(words.MAP_HEADINGS):
        table.add_column(heading, overflow="fold", ratio=place or None, style="cyan" if place == 0 else "")
    for line in lines:
        table.add_row(*map(shown, line))
    console.print(table)


def _show_block(console: Console, row: Preview, width: int) -> None:
    """Show a row as what it is, when it is, and who is there."""
    clocks = row.times + (f" = {row.in_utc} UTC" if row.in_utc else "")
    people = words.ATTENDED_BY.format(names=row.attendees_in_words) if row.attendees else ""
    number, external_id, subject = row.cells[:3]
    indented(console, 4, f"[cyan]{number:>{width}}[/]  {shown('  '.join(filter(None, (external_id, subject))))}")
    for line in filter(None, (clocks, ", ".join(filter(None, (row.organizer_in_words, people))))):
        indented(console, 6 + width, shown(line))


def _show_groups(console: Console, report: FileReport, *, verbose: bool) -> None:
    groups = group(report.rows)
    if not groups:
        return
    if not console.is_terminal or console.width < NARROWEST:
        _show_lines(console, groups, report.titles, verbose=verbose)
        return
    _Attention(groups, report.titles, verbose=verbose).show(console)
    console.print(f"  [dim]{words.MORE.format(code=groups[0].example.code)}[/]")


def _sections(groups: Sequence[Group]) -> Iterator[tuple[str, str, list[Group]]]:
    """Return the groups under their headings, each with the colour of how bad it is."""
    for (severity, who), heading in HEADINGS.items():
        members = [entry for entry in groups if (entry.example.severity, entry.who) == (severity, who)]
        if members:
            yield heading, SEVERITY_STYLE[severity], members


def _show_lines(console: Console, groups: Sequence[Group], titles: Mapping[str, str], *, verbose: bool) -> None:
    for heading, style, members in _sections(groups):
        indented(console, 2, f"[bold {style}]{heading}[/]")
        for entry in members:
            place = entry.place[0].upper() + entry.place[1:]
            where = f"[cyan]{place}{':' if entry.alike else '.'}[/]"
            indented(console, 4, f"{where} {_sentence(entry, titles)} [dim]({entry.example.code})[/]")
            if verbose and entry.example.detail:
                indented(console, 8, f"[dim]{shown(entry.example.detail)}[/]")


def _sentence(entry: Group, titles: Mapping[str, str]) -> str:
    title = titles.get(entry.example.column, "")
    return _first(entry) + (shown(f"[{title}] ") if title else "") + shown(entry.example.message)


def _first(entry: Group) -> str:
    if entry.values > 1:
        return words.FIRST_OF.format(count=entry.values, row=entry.rows[0])
    return "" if entry.alike else words.FIRST.format(row=entry.rows[0])


@dataclass(frozen=True, slots=True)
class _Attention:
    """The table of what needs attention. Its sections share their columns, so that the eye runs down one line."""

    groups: Sequence[Group]
    titles: Mapping[str, str]
    verbose: bool

    def show(self, console: Console) -> None:
        """Print it: four columns where there is room, else two."""
        wide = console.width >= WIDE
        if wide:
            console.print(self._table(console, headings=words.TABLE, widths=self._widths))
        for heading, style, members in _sections(self.groups):
            indented(console, 2, f"[bold {style}]{heading}[/]")
            widths = self._widths if wide else (self._widths[0], None)
            table = self._table(console, headings=(), widths=widths)
            for entry in members:
                table.add_row(*(self._row(entry) if wide else self._short_row(entry)))
            console.print(table)

    @property
    def _widths(self) -> tuple[int | None, ...]:
        """Return how wide each column is, None for what has the rest."""
        return (
            max(
                map(cell_len, (words.TABLE[0], *(line for entry in self.groups for line in _place(entry).split("\n"))))
            ),
            self._heading_width,
            None,
            max(cell_len(entry.example.code) for entry in self.groups),
        )

    @property
    def _heading_width(self) -> int:
        """Return how wide the headings' column is: no wider than usual, unless a word would be broken."""
        titles = (words.TABLE[1], *map(self._title, self.groups))
        longest_word = max(cell_len(word) for title in titles for word in title.split() or [""])
        usual = min(HEADING_WIDTH, max(map(cell_len, titles)))
        return max(usual, min(longest_word, 2 * HEADING_WIDTH))

    def _table(self, console: Console, *, headings: Sequence[str], widths: Sequence[int | None]) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=bool(headings), header_style="dim")
        table.width = min(console.width, WIDEST)
        table.add_column("", width=2)
        for place, width in enumerate(widths):
            style = ("cyan", "", "", "dim")[place]
            heading = headings[place] if headings else ""
            table.add_column(heading, width=width, ratio=None if width else 1, style=style, overflow="fold")
        return table

    def _title(self, entry: Group) -> str:
        return strip_control_chars(self.titles.get(entry.example.column, ""))

    def _row(self, entry: Group) -> tuple[str, ...]:
        text = _first(entry) + shown(entry.example.message) + self._detail(entry)
        return ("", _place(entry), shown(self._title(entry)), text, entry.example.code)

    def _short_row(self, entry: Group) -> tuple[str, ...]:
        text = f"{_sentence(entry, self.titles)} [dim]({entry.example.code})[/]"
        return "", _place(entry), text + self._detail(entry)

    def _detail(self, entry: Group) -> str:
        detail = entry.example.detail
        return f"\n[dim]{shown(detail)}[/]" if self.verbose and detail else ""


def _place(entry: Group) -> str:
    return words.place_in_words(entry.rows)


def _with_code(found: Problem) -> str:
    """Return the message with what `explain` takes behind it."""
    return f"{shown(found.message)} [dim]({shown(found.code)})[/]"


def _label(severity: Severity) -> str:
    return "Stopped:" if severity is Severity.ERROR else "Note:"
