"""One sheet of an input file in hand: its table, its plan, and the report that fills up.

Theory of operation. A file that somebody holds for a moment, or a share that is busy, is tried again for a while before
it is called unreadable. Its headings are those of the settings file; where those aren't in it, the template's.
"""

from __future__ import annotations

import errno
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

from importer.cli.config.settings import is_pattern, is_sandbox_run
from importer.core.catalogue import problem
from importer.core.catalogue.headings import COLUMNS_UNCLEAR
from importer.core.columns import INPUT_KEYS, RESULT_COLUMNS
from importer.core.headings import (
    columns_not_read,
    head_count,
    id_not_unique,
    id_of_what_changes,
    misfits,
    never_set,
    words_over,
)
from importer.core.layout import ByLetter, Measured, letters, names_letters_alone
from importer.core.meeting_options import GOVERNMENT, OptionChoice, chosen_in
from importer.core.memory import NoSession, Roster, Start
from importer.core.model import EVERY_ROW, ExitCode, RowChoice, SameId, Stop
from importer.core.one_meeting import with_same_id
from importer.core.people import Book, is_sign_in, read_list
from importer.core.plan import Plan, make_plan
from importer.core.readings import ReadingOptions
from importer.core.report import Report
from importer.core.roster import headings_key
from importer.core.rows import select
from importer.core.rules import RuleOptions
from importer.core.suggestions import did_you_mean, nearest
from importer.core.texts import ENGLISH, normalize
from importer.core.times import part_of
from importer.core.times.lengths import unit_of
from importer.core.web import leads_nowhere
from importer.core.wording import meetings_counted, rows_in_words, system_reason
from importer.graph.endpoints import cloud_at
from importer.languages import LANGUAGES, load
from importer.paths import TEXT_SUFFIXES, resolved
from importer.tables import bytes_of, read_table, rows_in
from importer.tables.base import SheetRequest
from importer.tables.copies import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.cli.config.settings import PeopleFrom, Settings
    from importer.core.layout import Layout
    from importer.core.memory import RosterSession, TenantScope
    from importer.core.model import Problem
    from importer.core.roster import RosterDiff
    from importer.core.row import Key, Row
    from importer.core.rows import Selection
    from importer.core.rules import Findings
    from importer.core.texts import Language
    from importer.tables.base import Table


PAUSES = (0.2, 0.5, 1.0, 2.0, 3.0, 3.5)
"""Seconds between tries, about ten together: a virus scanner is done in one, Excel's own saving in a few."""

PASSING = frozenset({errno.EACCES, errno.EBUSY, errno.EAGAIN, errno.ETXTBSY, errno.ESTALE})
"""A sharing violation is EACCES on Windows, and EBUSY or ETXTBSY on a mounted share. A full disk does not pass."""

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class IORetry:
    """How long to try again, and after which `errno`."""

    sleep: Callable[[float], object] = time.sleep
    pauses: Sequence[float] = PAUSES
    passing: Container[int | None] = PASSING

    def attempt(self, act: Callable[[], Given]) -> Given:
        """Return what `act` gives. Raise OSError at once where it can't pass, else when patience is at its end."""
        for pause in self.pauses:
            try:
                return act()
            except OSError as error:
                if error.errno not in self.passing:
                    raise
            self.sleep(pause)
        return act()


IO_RETRY = IORetry()
HEADING_REMEDIES = {
    "columns": "Correct it in the settings file; for a column that the sheet does not have, write false there.",
    "rows": "Correct it in the settings file, or delete it there.",
}
"""What to do about a heading that the sheet does not have, by the table that names it: `only` takes no false."""
NO_ORGANIZER = (
    "'organizer' under [columns] in {path} is false, and every meeting needs an organizer. Name its heading, or delete "
    "the line; with --delegated the organizer is whoever signs in"
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A table, what there is to say about it as a whole, and which of its rows the settings choose."""

    table: Table
    notices: tuple[Problem, ...]
    choice: RowChoice = EVERY_ROW

    def select(self, source: Path, settings: Settings) -> Selection:
        """Return the rows that are or may be meetings. Raise Stop (exit 3) where there is none."""

        def read(layout: Layout) -> Iterable[Row]:
            return self.table.with_layout(layout).rows()

        path = settings.place_of("rows")
        found = select(self.table.layout, read, self.choice, name=source.name, settings=path)
        if not found.rows:
            raise Stop(problem("no-rows", value=source.name), ExitCode.INPUT)
        return found


def table_in(data: bytes, source: Path, settings: Settings) -> Opened:
    """Return one table of a file's bytes, by the headings that the settings name, or by the template's.

    The settings file in a folder is for the exports there, and must not keep a template out that somebody puts beside
    them. Raise Stop (exit 3) when the file can't be used; exit 2 where the settings leave out what every run needs.
    """
    request = request_from(settings)
    if any(settings.columns.get(key) == () for key in request.required):
        reason = NO_ORGANIZER.format(path=settings.place_of("columns"))
        raise Stop(problem("settings-file-not-used", reason=reason), ExitCode.USAGE)
    if names_letters_alone(settings.columns) and settings.header_row is None:
        with suppress(Stop):
            return _by_template(data, source, request)
    try:
        table = read_table(data, source.name, request)
    except Stop as stop:
        if stop.problem.code == "no-header-row" and any(settings.columns.get(key) for key in INPUT_KEYS):
            with suppress(Stop):
                return _by_template(data, source, request)
        raise
    _refuse_absent(source, table.layout, settings)
    _refuse_beyond(source, table, settings)
    table = table.settled()
    counted = head_count(table.layout, settings.columns, table.beginning().rows)
    if said := counted and head_count(table.layout, settings.columns, table.rows):
        table = table.with_layout(table.layout.without("attendees"))
    return Opened(table, (*table.notices, *said, *_unused(source, settings)), settings.rows)


def _unused(source: Path, settings: Settings) -> Iterator[Problem]:
    """Return what the settings say that means nothing for this file."""
    for sheet in settings.sheet if source.suffix.lower() in TEXT_SUFFIXES else ():
        if not is_pattern(sheet):
            yield problem("sheet-of-a-csv", value=source.name, sheet=sheet)


def _refuse_absent(source: Path, layout: Layout, settings: Settings) -> None:
    """Raise Stop (`heading-missing`) if the settings name a heading that the sheet has not: no column is left out."""
    here = {normalize(text): text for text in layout.texts}
    unread = {normalize(text): text for text in layout.others}
    columns = [(name, key) for key, names in settings.columns.items() for name in names if key in INPUT_KEYS]
    absent = {
        table: [
            f"'{name}' for {key}{did_you_mean(nearest(name, unread) or nearest(name, here))}"
            for name, key in names
            if normalize(name) not in here and not isinstance(name, ByLetter)
        ]
        for table, names in (("columns", columns), ("rows", settings.rows.headings))
    }
    for table in (table for table in absent if absent[table]):
        facts = {"path": settings.place_of(table), "names": " and ".join(absent[table]), "row": str(layout.header_row)}
        facts["remedy"] = HEADING_REMEDIES[table]
        raise Stop(problem("heading-missing", value=source.name, **facts), ExitCode.INPUT)


def _refuse_beyond(source: Path, table: Table, settings: Settings) -> None:
    """Raise Stop (`column-missing`) if the settings name a column by letters that the sheet does not reach to."""
    named = [(name, key) for key, names in settings.columns.items() for name in names if isinstance(name, ByLetter)]
    width = table.width if named else 0
    if absent := [f"{name} for {key}" for name, key in named if name.place >= width]:
        facts = {"path": settings.place_of("columns"), "names": " and ".join(absent), "last": letters(width - 1)}
        raise Stop(problem("column-missing", value=source.name, **facts), ExitCode.INPUT)


def _by_template(data: bytes, source: Path, request: SheetRequest) -> Opened:
    """Open a file without the mapping of its input columns; raise Stop where it has a heading of that mapping."""
    mapped = {normalize(name) for key in INPUT_KEYS & request.mapping.keys() for name in request.mapping[key]}
    results = {key: names for key, names in request.mapping.items() if key not in INPUT_KEYS}
    table = read_table(data, source.name, replace(request, mapping=results))
    if mapped & set(map(normalize, table.layout.others)):
        raise Stop(problem("no-header-row", value=source.name, hint=""), ExitCode.INPUT)
    table = table.settled()
    return Opened(table, (*table.notices, problem("headings-of-the-template", value=source.name)))


def requests_from(settings: Settings) -> tuple[SheetRequest, ...]:
    """Return the ways in which another sheet of a file may be read: as this one, or by the template's headings."""
    request = request_from(settings)
    results = {key: names for key, names in request.mapping.items() if key not in INPUT_KEYS}
    return request, replace(request, header_row=None), replace(request, header_row=None, mapping=results)


def reading_options(table: Table, settings: Settings, people: Book) -> ReadingOptions:
    """Return how the cells of a table are read. Raise Stop (exit 2) where nobody can be the organizer for all rows."""
    unit = unit_of(" ".join(table.layout.declared("duration")), words_over(table.layout))
    stated = (name.unit for name in settings.columns.get("duration", ()) if isinstance(name, Measured))
    unit = next((unit_of(said) for said in stated if said), unit)
    organizer = settings.organizer or ""
    known = people.find(organizer) if organizer and not is_sign_in(organizer) else ()
    if len(known) == 1:
        (organizer,) = known
    elif organizer and not is_sign_in(organizer) and (known or not settings.find_people):
        raise Stop(problem("organizer-not-told", value=organizer), ExitCode.USAGE)
    cloud = cloud_at(settings.graph_url, settings.cloud)
    for key, choice in settings.meeting.items():
        if isinstance(choice, OptionChoice) and chosen_in(cloud, choice) is None:
            stop = problem(
                "option-for-all-not-in-cloud",
                column=key,
                value=choice.word,
                key=f"[meeting] {key}",
                cloud=GOVERNMENT[cloud],
            )
            raise Stop(stop, ExitCode.USAGE)
    times = {key: table.layout.over(key) for key in ("start", "end")}
    parts = {key: [*map(part_of, headings)] for key, headings in times.items() if len(headings) > 1}
    return ReadingOptions(
        languages=LANGUAGES,
        default_zone=settings.timezone,
        date_order=settings.order,
        length_unit=unit,
        parts=parts,
        weeks=settings.timetable,
        people=people,
        organizer=organizer,
        chosen=settings.meeting,
        cloud=cloud,
    )


def people_of(table: Table, settings: Settings, retry: IORetry = IO_RETRY) -> tuple[Book, tuple[Problem, ...]]:
    """Return who is meant by names in a table, and what there is to say about the list of them.

    Raise Stop (`people-not-read`, exit 3) where the list can't be read, or is none.
    """
    said = settings.people
    if not said.file and not said.sheet:
        return Book.of(said.entries), ()
    name = f"the sheet '{said.sheet}'" if said.sheet else str(said.file)
    try:
        found = read_list(_list_of_people(table, said, retry))
    except OSError as error:
        raise _no_people(name, system_reason(error)) from error
    except Stop as stop:
        raise stop if stop.problem.code == "people-not-read" else _no_people(name, stop.problem.message) from None
    if found is None:
        raise _no_people(name, COLUMNS_UNCLEAR.format())
    left = problem("people-left-out", value=name, rows=rows_in_words(found.left_out)) if found.left_out else None
    return Book.of(found.entries), () if left is None else (left,)


def _list_of_people(table: Table, said: PeopleFrom, retry: IORetry) -> list[tuple[int, Sequence[str]]]:
    """Return the rows of the list: of a sheet of the workbook as it was read, or of a file of its own."""
    file = said.file
    if file is not None:
        return list(rows_in(retry.attempt(lambda: bytes_of(file)), file.name))
    if not table.sheet:
        raise _no_people(f"the sheet '{said.sheet}'", "a CSV has no sheets")
    return list(rows_in(table.data, "it", said.sheet))


def _no_people(name: str, reason: str) -> Stop:
    return Stop(problem("people-not-read", value=name, reason=reason.rstrip(".")), ExitCode.INPUT)


def request_from(settings: Settings) -> SheetRequest:
    """Return what the settings, of one sheet, say about where the rows are."""
    one_organizer = settings.delegated or settings.organizer is not None
    return SheetRequest(
        sheet=next(iter(settings.sheet), None),
        header_row=settings.header_row,
        mapping=settings.columns,
        settings=settings.place_of("columns"),
        required=frozenset({"external_id"} if one_organizer else {"external_id", "organizer"}),
        extra=settings.add_column,
        also=frozenset(name for name, _ in settings.rows.headings),
        delimiter="\t" if settings.delimiter == "tab" else settings.delimiter,
        encoding=settings.encoding,
        languages=LANGUAGES,
        language=settings.language or "",
    )


class Sheet:
    """One sheet in hand. `session` is its part of the ledger, `diff` what is new since its last run.

    `unanswered` has the numbers of rows that were sent and whose answers were not waited for, and `left_out` says how
    many rows were left out by what, and are none of `rows`. `asked` has the numbers of those that are sent, by
    whose meetings they are, for the other sheets of the file.
    """

    def __init__(
        self,
        source: Path,
        table: Table,
        selection: Selection,
        plan: Plan,
        *,
        reading: ReadingOptions,
        read_at: datetime,
        settings: Settings,
        same_id: SameId,
    ) -> None:
        self.source = source
        self.reading = reading
        self.settings = settings
        self.table = table
        self.left_out = selection.left_out
        self.plan = plan
        self.read_at = read_at
        self.same_id = same_id
        self.report = Report(plan)
        self.problems: list[Problem] = []
        self.session: RosterSession = NoSession()
        self.diff: RosterDiff | None = None
        self.closed = ""
        self.unanswered: frozenset[int] = frozenset()
        self.asked: Mapping[tuple[str | None, str], tuple[int, ...]] = {}

    @classmethod
    def of(
        cls,
        data: bytes,
        source: Path,
        settings: Settings,
        now: datetime,
        *,
        retry: IORetry,
        findings: Callable[[str], Findings | None] = lambda _: None,
    ) -> Sheet:
        """Return one sheet of a file's bytes, planned by its own settings. Raise Stop when it can't be used.

        `findings` gives what was found in a sheet the last time, by its name.
        """
        opened = table_in(data, source, settings)
        table = opened.table
        selection = opened.select(source, settings)
        people, told = people_of(table, settings, retry)
        reading = reading_options(table, settings, people)
        same_id = opened.choice.same_id
        rules = RuleOptions(
            now,
            organizer_required=not settings.delegated,
            names_looked_up=settings.find_people,
            same_id=same_id,
        )
        placed = table.placed(result_keys(settings))  # with the sheet's text in memory: before all values are
        plan = make_plan(selection.rows, reading, rules, findings(table.sheet))
        sheet = cls(
            source,
            table,
            selection,
            plan,
            reading=reading,
            read_at=now,
            settings=settings,
            same_id=same_id,
        )
        odd = misfits(table.layout, sheet.rows, sheet.plan.rejected)
        unread = columns_not_read(
            table.layout, settings.columns, lambda layout: table.beginning().with_layout(layout).rows()
        )
        sheet.problems.extend((*opened.notices, *told, *odd, *unread, *placed.notices, *selection.notices))
        sheet.problems.extend(never_set(table.layout))
        sheet.problems.extend(id_of_what_changes(table.layout, settings.columns))
        if same_id is SameId.ERROR and "external_id" in settings.columns:
            same = with_same_id(plan.rows)
            sheet.problems.extend(
                id_not_unique(table.layout, settings.columns, same, lambda layout: table.with_layout(layout).rows())
            )
        sheet.problems.extend((*_joined(plan.ready), *_trial_links(sheet.rows, settings)))
        return sheet

    @property
    def language(self) -> Language:
        """The language in which it is answered: its headings', else the one that was asked for."""
        return load(self.table.layout.language or ENGLISH.tag)

    @property
    def rows(self) -> list[Row]:
        """Its rows as they were planned, those that are one meeting one by one."""
        return sorted((row for one in self.plan.rows for row in one.rows or (one,)), key=attrgetter("number"))

    @property
    def roster(self) -> Roster:
        """What the sheet is from run to run."""
        return Roster(str(resolved(self.source)), self.table.sheet)

    @property
    def headings(self) -> tuple[str, ...]:
        """Its input columns and their headings."""
        return headings_key(self.table.layout)

    def start(self, scope: TenantScope, replay: str) -> Start:
        """Return the sheet as it is recorded before anything is sent."""
        return Start(
            roster=self.roster,
            scope=scope,
            headings=self.headings,
            rows=self.plan.rows,
            started=self.read_at,
            replay=replay,
        )

    def stand_in(self) -> Written:
        """Return a text for every result cell, to be written on trial: nothing is to be found unwritable afterwards."""
        columns = result_keys(self.settings)
        texts = {row.number: dict.fromkeys(columns, "https://example.invalid/") for row in self.rows}
        return Written(self.table, texts, columns)

    def save(self, results: Sequence[Row]) -> None:
        """Save what became of rows in the ledger, and report it."""
        if results:
            self.session.save(results)
        self.record(results)

    def refuse(self, wrong: Mapping[Key, Problem]) -> None:
        """Refuse rows by what their cells say together with another sheet's, before anything became of one."""
        if wrong:
            self.plan = self.plan.without(wrong)
            self.report = Report(self.plan)

    def record(self, results: Iterable[Row]) -> None:
        """Record what became of rows."""
        for result in results:
            self.report.record(result)

    def close(self, code: str) -> None:
        """Say on every row that was not attempted why: `code` is the catalogue's."""
        self.report.close(code, unanswered=self.unanswered)
        self.closed = code


def _joined(ready: Iterable[Row]) -> Iterator[Problem]:
    meetings = [row.numbers for row in ready if row.rows]
    if meetings:
        detail = "; ".join(f"rows {', '.join(map(str, numbers))}" for numbers in meetings)
        count = f"{sum(map(len, meetings)):,}"
        yield problem("rows-are-one", detail=detail, count=count, meetings=meetings_counted(len(meetings)))


def _trial_links(rows: Iterable[Row], settings: Settings) -> Iterator[Problem]:
    dead = sum(leads_nowhere(row.standing.get("join_url", "")) for row in rows)
    if dead and not is_sandbox_run(settings):
        yield problem("links-of-a-trial", count=dead)


def result_keys(settings: Settings) -> tuple[str, ...]:
    """Return the keys of the result columns that the copy will have."""
    return (*(column.key for column in RESULT_COLUMNS), *settings.add_column)
