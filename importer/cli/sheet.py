"""One input file in hand: its table, its plan, and the report that fills up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.cli.opening import open_as, reading_options
from importer.cli.patience import PATIENT, Patience
from importer.cli.trial import is_trial
from importer.core.catalogue import problem
from importer.core.columns import RESULT_COLUMNS
from importer.core.memory import NoPage, Roster, Start, start_rows
from importer.core.model import ExitCode, Stop
from importer.core.overtyped import misfits
from importer.core.passed_over import without_passed_over
from importer.core.plan import Plan, make_plan
from importer.core.report import Report
from importer.core.roster import headings_of
from importer.core.rules import RuleOptions
from importer.core.web import leads_nowhere
from importer.places import opened_by
from importer.places.paths import resolved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.cli.settings import Settings
    from importer.core.memory import Realm
    from importer.core.model import Problem, RowResult, SheetRow
    from importer.core.ports import Page
    from importer.core.roster import News
    from importer.tables.base import Table


class Sheet:
    """One file in hand. `page` is its page in the ledger, `news` what is new since its last run.

    `unanswered` has the numbers of rows that were sent and whose answers were not waited for.
    """

    def __init__(self, source: Path, table: Table, rows: Sequence[SheetRow], plan: Plan, *, read_at: datetime) -> None:
        self.source = source
        self.table = table
        self.rows = rows
        self.plan = plan
        self.read_at = read_at
        self.report = Report(plan)
        self.problems: list[Problem] = []
        self.start_rows = start_rows(plan.ready, plan.rejected)
        self.page: Page = NoPage()
        self.news: News | None = None
        self.closed = ""
        self.unanswered: frozenset[int] = frozenset()

    @classmethod
    def read(cls, source: Path, settings: Settings, now: datetime, patience: Patience = PATIENT) -> Sheet:
        """Reads and plans one file; whoever has it open may keep it open. Raises Stop when it can't be used."""
        reader = opened_by(source)
        opened = open_as(source, settings, patience)
        table = opened.table
        rows, passed_over = without_passed_over(list(table.rows()), table.layout)
        if not rows:
            raise Stop(problem("no-rows", value=source.name), ExitCode.INPUT)
        reading = reading_options(table, settings)
        rules = RuleOptions(now, organizer_required=not settings.delegated)
        sheet = cls(source, table, rows, make_plan(rows, reading, rules), read_at=now)
        placed = table.placed(columns_of(settings))
        odd = misfits(table.layout, rows, sheet.plan.rejected)
        sheet.problems.extend((*opened.notices, *odd, *placed.notices, *passed_over, *_trial_links(rows, settings)))
        if reader:
            sheet.problems.append(problem("open-elsewhere", value=source.name, who=reader))
        return sheet

    @property
    def roster(self) -> Roster:
        """What the sheet is from run to run."""
        return Roster(str(resolved(self.source)), self.table.sheet)

    @property
    def headings(self) -> tuple[str, ...]:
        """Its input columns and their headings."""
        return headings_of(self.table.layout)

    def start(self, realm: Realm, replay: str) -> Start:
        """Gives the sheet as it is put down before anything is sent."""
        return Start(
            roster=self.roster,
            realm=realm,
            headings=self.headings,
            rows=self.start_rows,
            started=self.read_at,
            replay=replay,
        )

    def rehearse(self, settings: Settings) -> None:
        """Builds the copy once with stand-in texts, so that nothing unwritable is found after meetings were made."""
        columns = columns_of(settings)
        stand_in = {row.number: dict.fromkeys(columns, "https://example.invalid/") for row in self.rows}
        self.table.with_results(stand_in, columns)

    def keep(self, results: Sequence[RowResult]) -> None:
        """Puts down what became of rows, and records it."""
        if results:
            self.page.keep(results)
        self.record(results)

    def record(self, results: Iterable[RowResult]) -> None:
        """Records what became of rows."""
        for result in results:
            self.report.record(result)

    def close(self, code: str) -> None:
        """Says on every row that was not attempted why: `code` is the catalogue's."""
        self.report.close(code, unanswered=self.unanswered)
        self.closed = code


def _trial_links(rows: Iterable[SheetRow], settings: Settings) -> Iterator[Problem]:
    dead = sum(leads_nowhere(row.results.get("join_url", "")) for row in rows)
    if dead and not is_trial(settings):
        yield problem("links-of-a-trial", count=dead)


def columns_of(settings: Settings) -> tuple[str, ...]:
    """Gives the keys of the result columns that the copy will have."""
    return (*(column.key for column in RESULT_COLUMNS), *settings.add_column)
