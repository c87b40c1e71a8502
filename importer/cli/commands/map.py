"""One call of `map`: a roster is looked at, what can't be told is asked, and a settings file is proposed.

Nothing is sent. A file is written only where somebody sits at a terminal, and never over one that is there; elsewhere
the draft is the result on stdout. What is then shown of the rows is read through that very draft, as a run would.
"""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from importer.cli.config.files import found_files
from importer.cli.config.settings import CONFIG_NAME, PREVIEWED, fits
from importer.cli.run.book import read_sheets
from importer.cli.run.reporting import JSON_SCHEMA, json_preview, json_problem
from importer.cli.run.run_command import console_of, now
from importer.cli.run.sheet import IO_RETRY, request_from
from importer.console import console_for, shown
from importer.console.summary import show_mapping, show_problem, show_rows
from importer.core.catalogue import problem, words
from importer.core.columns import COLUMNS
from importer.core.layout import ByLetter
from importer.core.mapping import ROWS_SEEN, Answers
from importer.core.mapping.proposal import alike, best_sample, draft, has_times, proposal_lines, propose
from importer.core.mapping.times import CHOOSE
from importer.core.model import ExitCode, Sample, Severity, Stop
from importer.core.suggestions import did_you_mean, nearest
from importer.core.texts import normalize
from importer.core.times.zones import find_zone, zone_hint
from importer.core.wording import json_text, rows_counted, system_reason
from importer.tables import read_file, samples_of
from importer.tables.base import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from rich.console import Console

    from importer.cli.config.settings import Settings
    from importer.core.mapping import OpenQuestion, Proposal
    from importer.core.model import Problem
    from importer.core.row import Row

ASKED = frozenset({"timezone", "date_order", "external_id", "organizer", "start", "end", "duration", "same_id"})
"""What is asked about on a terminal; the rest is written down as open."""
NOT_PEOPLE = frozenset({"upn-not-valid", "name-of-several", "name-looks-like"})
"""What is said of a text that names nobody for certain."""
TRIES = 3
"""How often an answer that can't be used is asked for again."""


@dataclass(frozen=True, slots=True)
class ReadRows:
    """The rows as they are read, and what there is to say of the file; `stop` is why they are not."""

    rows: Sequence[Row] = ()
    problems: tuple[Problem, ...] = ()
    stop: Stop | None = None

    @property
    def wrong(self) -> list[Row]:
        """Return the rows that can't be sent."""
        return [row for row in self.rows if any(found.severity is Severity.ERROR for found in row.problems)]


@dataclass(frozen=True, slots=True)
class MapInput:
    """The sheet that is looked at: its first rows, the row of its headings, and those that are like it of several."""

    sample: Sample
    row: int
    sheets: tuple[str, ...]

    @classmethod
    def at(cls, roster: Path, settings: Settings) -> MapInput:
        """Return the sheet of a roster. Raise Stop where it can't be read, or has no row of headings."""
        data = read_file(roster, attempt=IO_RETRY.attempt)
        samples = samples_of(data, roster.name, replace(request_from(settings), sheet=None), depth=ROWS_SEEN)
        several = len(samples) > 1
        if settings.sheet and samples[0].sheet:
            named = [one for one in samples if any(fits(one.sheet, sheet) for sheet in settings.sheet)]
            samples = named or samples_of(data, roster.name, request_from(settings), depth=ROWS_SEEN)
        sample, row = best_sample(samples, settings.header_row)
        if not row and not has_times(sample):
            raise refused("no-header-row", roster.name, hint="")
        return cls(sample, row, alike(samples, sample, row) or (sample.sheet,) if several else ())

    def proposal(self, answers: Answers) -> Proposal:
        """Return what is proposed, with such answers."""
        return propose(self.sample, self.row, answers, sheets=self.sheets)


@dataclass(frozen=True, slots=True)
class MapJob:
    """One call for one roster. `as_if` returns the settings with what a settings file beside the roster would say."""

    settings: Settings
    roster: Path
    as_if: Callable[[str], Settings]

    def proposed(self) -> int:
        """Propose a settings file, and return the exit code."""
        try:
            look = MapInput.at(self.roster, self.settings)
        except Stop as stop:
            return self._stopped(stop)
        answers = given(self.settings)
        if self._asks:
            answers = _answered(look, answers)
        proposal, text, seen = self._drafted(look, answers)
        is_open = any(question.stops for question in proposal.questions) or seen.stop is not None
        code = ExitCode.ROWS if is_open or seen.wrong else ExitCode.DONE
        if self.settings.output != "text":
            self._print(code, seen, _as_json(proposal, text))
            return code
        if sys.stdout.isatty() and sys.stdin.isatty():
            return self._written(text, proposal, seen, code)
        click.echo(text, nl=False)
        if not self.settings.quiet:
            self._show_rows(console_of(self.settings), seen)
        return code

    def _drafted(self, look: MapInput, answers: Answers) -> tuple[Proposal, str, ReadRows]:
        """Return the proposal, its text, and how the rows are read with it.

        What only reading tells is put right: names that are links to addresses, rows that would begin when sent.
        """
        proposal, text, seen = self._tried(look, replace(answers, names_read=True), "")
        if seen.stop or any(found.code in NOT_PEOPLE for row in seen.rows for found in row.problems):
            proposal, text, seen = self._tried(look, answers, "")
        if any(found.code == "no-times" for row in seen.rows for found in row.problems):
            start = proposal.line("start")
            undated = start.value[0] if start is not None and isinstance(start.value, tuple) else ""
            return self._tried(look, answers, undated)
        return proposal, text, seen

    def _tried(self, look: MapInput, answers: Answers, undated: str) -> tuple[Proposal, str, ReadRows]:
        proposal = replace(look.proposal(answers), undated=undated)
        text = draft(proposal, self.roster.name)
        return proposal, text, self._seen(text, proposal, answers)

    def checked(self) -> int:
        """Compare the roster with the settings that it would be read by, and return the exit code."""
        try:
            settings = self._compared_with()
            look = MapInput.at(self.roster, settings)
        except Stop as stop:
            return self._stopped(stop)
        differences = [*_differences(look, settings)]
        seen = ReadRows() if any(kind == "missing" for kind, *_ in differences) else self._read(settings)
        refused_so = not seen.rows if seen.stop is None else seen.stop.exit_code is ExitCode.INPUT
        code = ExitCode.INPUT if refused_so else ExitCode.ROWS if seen.wrong or seen.stop else ExitCode.DONE
        place = settings.place_of("columns")
        if self.settings.output != "text":
            keys = ("kind", "key", "heading", "message")
            found = [dict(zip(keys, each, strict=True)) for each in differences]
            self._print(code, seen, {"settings": place, "differences": found})
            return code
        console = self._stdout
        console.print(f"[bold]{shown(str(self.roster))}[/], {shown(place)}", soft_wrap=True)
        for *_, message in differences:
            console.print(f"  {shown(message)}", soft_wrap=True)
        if not differences:
            console.print(f"  {words.MAP_SAME}", soft_wrap=True)
        self._show_rows(console, seen)
        return code

    def _compared_with(self) -> Settings:
        settings = self.settings.of(self.roster)
        if not settings.columns:
            reason = words.MAP_NO_SETTINGS.format(path=self.roster.parent)
            raise Stop(problem("settings-file-not-used", reason=reason), ExitCode.USAGE)
        return settings

    @property
    def _asks(self) -> bool:
        asked = sys.stdin.isatty() and sys.stderr.isatty()
        return asked and self.settings.output == "text" and not self.settings.quiet

    @property
    def _most(self) -> int:
        return PREVIEWED if self.settings.show is None else self.settings.show

    @property
    def _stdout(self) -> Console:
        return console_for(sys.stdout, color=not self.settings.no_color)

    def _seen(self, text: str, proposal: Proposal, answers: Answers) -> ReadRows:
        """Return how the rows are read with the draft; what is open in it is passed over, only to show the rest."""
        start = proposal.line("start")
        if start is None or not isinstance(start.value, tuple) or start.value == (CHOOSE,):
            return ReadRows(stop=Stop(problem("rows-not-shown", value=self.roster.name), ExitCode.ROWS))
        settings = self.as_if(text)
        columns = {key: names for key, names in settings.columns.items() if names != (CHOOSE,)}
        title = proposal.line("subject")
        more = title.value if title is not None and isinstance(title.value, tuple) else ()
        columns.setdefault("external_id", (*start.value, *more))
        named = settings.delegated or columns.get("organizer") or answers.organizer
        organizer = answers.organizer or None
        delegated = not named or settings.delegated
        return self._read(replace(settings, columns=columns, delegated=delegated, organizer=organizer))

    def _read(self, settings: Settings) -> ReadRows:
        try:
            sheets = read_sheets(self.roster, settings, now())
        except Stop as stop:
            return ReadRows(stop=stop)
        rows = [row for sheet in sheets for row in sheet.report.results()]
        return ReadRows(rows, tuple(found for sheet in sheets for found in sheet.problems))

    def _show_rows(self, console: Console, seen: ReadRows) -> None:
        if seen.stop is not None:
            show_problem(console, seen.stop.problem, verbose=self.settings.verbose)
            return
        show_rows(console, seen.rows, self._most)
        if not seen.wrong:
            return
        first = next(found for found in seen.wrong[0].problems if found.severity is Severity.ERROR)
        said = f"[{COLUMNS[first.column].heading}] {first.message}" if first.column in COLUMNS else first.message
        facts = {"count": rows_counted(len(seen.wrong)), "row": seen.wrong[0].number, "message": shown(said)}
        console.print(f"  {words.MAP_NOT_READY.format(**facts)}", soft_wrap=True)

    def _written(self, text: str, proposal: Proposal, seen: ReadRows, code: ExitCode) -> ExitCode:
        """Show the proposal and write the file; print it where there is one already, or where none can be written."""
        target = self.roster.with_name(CONFIG_NAME)
        unwritten = _write(target, text)
        console = self._stdout
        lines = [*proposal_lines((*proposal.settings, *proposal.columns))]
        show_mapping(console, self.roster.name, proposal.sheet, lines)
        self._show_rows(console, seen)
        for question in proposal.questions:
            console.print(f"  [yellow]{words.MAP_OPEN}[/] {shown(question.text)}")
        if unwritten:
            click.echo(text, nl=False)
            click.echo(unwritten, err=True)
            return ExitCode.RESULTS
        console.print(f"  {words.MAP_WRITTEN.format(path=shown(str(target)))}", soft_wrap=True)
        more = " --organizer ana@contoso.com" if any(one.key == "organizer" for one in proposal.questions) else ""
        line = f"meeting-importer validate {shlex.quote(str(self.roster))}{more}"
        console.print(f"  {words.MAP_NEXT.format(line=shown(line))}", soft_wrap=True)
        return code

    def _stopped(self, stop: Stop) -> ExitCode:
        if self.settings.output == "text":
            show_problem(console_of(self.settings), stop.problem, verbose=self.settings.verbose)
        else:
            self._print(stop.exit_code, ReadRows(stop=stop), {})
        return stop.exit_code

    def _print(self, code: ExitCode, seen: ReadRows, said: Mapping[str, Any]) -> None:
        """Print the result as one object; nothing at all where nothing is wanted."""
        if self.settings.output == "none":
            return
        problems = [*seen.problems, *([] if seen.stop is None else [seen.stop.problem])]
        document: dict[str, Any] = {
            "schema": JSON_SCHEMA,
            "command": "map",
            "exit_code": int(code),
            "input": str(self.roster),
            **said,
            "problems": [json_problem(found) for found in problems],
            "rows": [_json_row(row) for row in seen.rows[: self._most]],
        }
        click.echo(json_text(document))


def map_job(ctx: click.Context, settings: Settings, roster: Path) -> MapJob:
    """Return the call."""

    def as_if(text: str) -> Settings:
        said = found_files(ctx).as_if(roster.with_name(CONFIG_NAME), text.encode())
        return replace(settings, **said.values)

    return MapJob(settings, roster, as_if)


def given(settings: Settings) -> Answers:
    """Return what the command line and the settings that go before a found file say already."""
    zone = "" if settings.timezone is None else settings.timezone.key
    return Answers(
        timezone=zone,
        date_order=settings.date_order or "",
        organizer=settings.organizer or "",
        delegated=settings.delegated,
        weeks=settings.timetable is not None,
    )


def _answered(look: MapInput, answers: Answers) -> Answers:
    """Ask what can't be told from the sheet, each question once: every answer may answer others."""
    done: set[str] = set()
    while True:
        proposal = look.proposal(answers)
        question = next((one for one in proposal.questions if one.key in ASKED - done), None)
        if question is None:
            return answers
        done.add(question.key)
        answers = _asked(question, proposal, answers)


def _asked(question: OpenQuestion, proposal: Proposal, answers: Answers) -> Answers:
    click.echo(f"\n{question.text}", err=True)
    if question.key not in {"timezone", "date_order", "same_id"}:
        click.echo(f"  Headings: {', '.join(proposal.headings)}", err=True)
    for _ in range(TRIES):
        said = click.prompt(words.MAP_ASK[question.key], default="", show_default=False, err=True).strip()
        if not said:
            break
        used = _used(question, said, proposal, answers)
        if isinstance(used, Answers):
            return used
        click.echo(used, err=True)
    return answers


def _used(question: OpenQuestion, said: str, proposal: Proposal, answers: Answers) -> Answers | str:
    """Return the answers with one more, or why it can't be used."""
    match question.key:
        case "timezone":
            zone = find_zone(said)
            return (
                words.MAP_NO_ZONE.format(zone=said, hint=zone_hint(said))
                if zone is None
                else replace(answers, timezone=zone.key)
            )
        case "date_order":
            order = said.upper()
            return replace(answers, date_order=order) if order in question.choices else words.MAP_NO_ORDER
        case "same_id":
            return replace(answers, one_meeting=said.casefold()[:1])
        case "organizer" if "@" in said:
            return replace(answers, organizer=said)
    names = {normalize(name): name for name in proposal.headings}
    names |= {normalize(name.letters): name for name in proposal.headings if isinstance(name, ByLetter)}
    wanted = [part.strip() for part in said.split("+")]
    lost = [name for name in wanted if normalize(name) not in names]
    if lost:
        return words.MAP_NO_HEADING.format(name=lost[0], hint=did_you_mean(nearest(lost[0], names)))
    return replace(answers, columns={**answers.columns, question.key: tuple(names[normalize(name)] for name in wanted)})


def _write(target: Path, text: str) -> str:
    """Write the file where there is none; return why that is not possible, or nothing."""
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return words.MAP_THERE.format(path=target)
    except OSError as error:
        return words.MAP_UNWRITTEN.format(path=target, reason=system_reason(error))
    return ""


def _differences(look: MapInput, settings: Settings) -> Iterator[tuple[str, str, str, str]]:
    """Yield what the settings name and the sheet lacks, and what it has and nobody reads: kind, key, heading, words."""
    proposal = look.proposal(given(settings))
    here = {normalize(name): name for name in proposal.headings}
    named: set[str] = {normalize(name) for name, _ in settings.rows.headings}
    for key, names in settings.columns.items():
        named.update(map(normalize, names))
        for name in names if key in COLUMNS else ():
            if normalize(name) not in here:
                facts = {"key": key, "heading": name, "row": look.row, "hint": did_you_mean(nearest(name, here))}
                yield "missing", key, name, words.MAP_MISSING.format(**facts)
    lines = [line for line in proposal.columns if isinstance(line.value, tuple) and line.key not in settings.columns]
    meant = {normalize(name): line.key for line in lines if isinstance(line.value, tuple) for name in line.value}
    for same, name in here.items():
        if same not in named:
            said = words.MAP_NEW_MEANT if same in meant else words.MAP_NEW
            yield "new", meant.get(same, ""), name, said.format(heading=name, key=meant.get(same, ""))


def _as_json(proposal: Proposal, text: str) -> dict[str, Any]:
    lines = (*proposal.settings, *proposal.columns)
    return {
        "sheet": proposal.sheet,
        "header_row": proposal.header_row,
        "draft": text,
        "proposals": [
            {"key": one.key, "value": one.value, "sure": one.sure.value, "reason": one.reason} for one in lines
        ],
        "questions": [
            {"key": one.key, "question": one.text, "line": one.example, "stops": one.stops}
            for one in proposal.questions
        ],
    }


def _json_row(row: Row) -> dict[str, Any]:
    return {
        "row": row.number,
        "external_id": row.external_id,
        "organizer": row.organizer,
        "read": json_preview(row),
        "problems": [json_problem(found) for found in row.problems],
    }
