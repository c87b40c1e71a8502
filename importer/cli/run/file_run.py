"""One input file, all the sheets of it that are read, from reading to the saved copy.

Nothing obtained from Graph is lost, whatever fails after it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from importer.cli.config.settings import PeopleFrom
from importer.cli.run.book import place_of, read_sheets
from importer.cli.run.places import is_same_list, saved_settings
from importer.cli.run.saving import Saving
from importer.cli.run.sheet import IO_RETRY, IORetry
from importer.cli.run.state import findings_of
from importer.core.cancelling import held_back
from importer.core.catalogue import problem
from importer.core.catalogue.words import INVITE_ASK, LOOKING_UP, READING, SAVING
from importer.core.changing import keeping_answers
from importer.core.columns import INPUT_KEYS
from importer.core.inviting import drafted, inviting, is_settled, mails_of
from importer.core.memory import (
    UNKNOWN,
    CommitQueue,
    End,
    MemoryOptions,
    NoLedger,
    Roster,
    Start,
    TenantScope,
    reuse_known_results,
)
from importer.core.model import ANSWERED, ExitCode, Status, Stop
from importer.core.plan import PeopleOptions, assign, names_to_find, signed_in
from importer.core.report import FileReport, exit_code_of, worst
from importer.core.roster import diff, guard, remembered
from importer.core.run import Failures, Interrupt, Run, RunOptions
from importer.core.wording import in_words, meetings_counted
from importer.paths import full, resolved
from importer.tables.copies import rehearse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.cli.config.settings import Settings
    from importer.cli.run.sheet import Sheet
    from importer.core import Directory, Meetings
    from importer.core.calendar import KnownEvent
    from importer.core.layout import Layout
    from importer.core.memory import CachedAnswer, Ledger, Reuse
    from importer.core.model import Problem
    from importer.core.plan import Assignment
    from importer.core.row import Key, Row
    from importer.core.rules import Findings


NOBODY = "nobody"
"""The owner of meetings while it is not known who signs in: no meeting is ever saved under it."""


class Progress(Protocol):
    """Is told how a file comes along; says it to whoever watches."""

    def doing(self, text: str) -> None:
        """This is being done now, and no rows come of it."""
        ...

    def started(self, name: str, rows: int) -> None:
        """So many rows of this file will be sent."""
        ...

    def advanced(self, result: Row) -> None:
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
class FileRun:
    """How to treat each file of this call. `scope` is whose meetings they are, as far as it is known beforehand.

    `holds` tells whether it is still this run's turn to save, `failures` counts over all files. `confirm` asks a
    question that is answered with yes or no (None: nobody is there to answer).
    """

    settings: Settings
    now: Callable[[], datetime]
    interrupt: Interrupt
    progress: Progress
    ledger: Ledger = field(default_factory=NoLedger)
    scope: TenantScope = UNKNOWN
    retry: IORetry = IO_RETRY
    holds: Callable[[], bool] = lambda: True
    failures: Failures = field(default_factory=Failures)
    confirm: Callable[[str], bool] | None = None

    def reading(self, source: Path) -> FileRun:
        """Return the job with the settings for this file, whose own settings file counts too. Raise Stop (exit 2)."""
        return replace(self, settings=self.settings.of(source))

    def validate(self, source: Path) -> Sequence[FileReport]:
        """Read and check one file, send nothing; write an annotated copy only where `--result` asks for it.

        Return a report on each sheet that was read, as `run` does.
        """
        sheets = self._read(source)
        for sheet in sheets if self.settings.find_people else ():
            if names := names_to_find(sheet.plan.ready):
                sheet.problems.append(problem("names-not-looked-up", value=in_words(names), count=len(names)))
        wanted = self.settings.result or self.settings.result_dir
        return self._finish(sheets, {}, save_copy=wanted is not None)

    def inspect(self, source: Path) -> Sequence[tuple[FileReport, Layout]]:
        """Read, check and rehearse one file as `run` does before it sends; send nothing and save nothing."""
        sheets = self._read(source)
        rehearse([sheet.stand_in() for sheet in sheets])
        reports = self._finish(sheets, {}, save_copy=False)
        return [(report, sheet.table.layout) for report, sheet in zip(reports, sheets, strict=True)]

    def run(self, source: Path, services: Callable[[], Services]) -> Sequence[FileReport]:
        """Take one file all the way. `services` is asked for only when there is something to send.

        Raise Stop when the file can't be used, a sheet looks cut off since its last run, or its copy could not be
        saved. Nothing of a file is sent before all its sheets are known to be usable.
        """
        known = partial(findings_of, self.settings, source)
        sheets = self._read(source) if self.settings.dry_run else self._read(source, known)
        for sheet in sheets:
            self._compare(sheet)
        if self.settings.all_or_nothing and any(sheet.plan.rejected for sheet in sheets):
            for sheet in sheets:
                sheet.close("held-back")
        sending = [sheet for sheet in sheets if sheet.plan.ready and not sheet.closed]
        if self.settings.calendar:
            self._agree_on_invitations(sending, services)
        if self.settings.dry_run:
            endings = {sheet: self._rehearsed(sheet, services) for sheet in sending}
            return self._finish(sheets, endings, save_copy=False)
        if sending:
            rehearse([sheet.stand_in() for sheet in sheets])
            self._saving().try_place(sheets)
        endings = {sheet: self._send(sheet, sheets, services) for sheet in sending}
        for sheet in sheets:
            if sheet not in endings:
                self._begin(sheet, NOBODY if self.settings.delegated else "")
        return self._finish(sheets, endings, save_copy=True)

    def stopped(self, source: Path, stop: Stop) -> None:
        """Record that a file could not be run at all."""
        start = Start(
            roster=Roster(str(resolved(source)), ""), scope=self.scope, headings=(), rows=(), started=self.now()
        )
        self.ledger.stopped(start, End(ended=self.now(), exit_code=stop.exit_code, closed=stop.problem.code))

    def _read(self, source: Path, findings: Callable[[str], Findings | None] = lambda _: None) -> Sequence[Sheet]:
        self.progress.doing(READING.format(name=source.name))
        return read_sheets(source, self.settings, self.now(), self.retry, findings=findings)

    def _compare(self, sheet: Sheet) -> None:
        """Compare the roster with its last run; raise Stop where it looks cut off."""
        previous = self.ledger.previous_run(sheet.roster)
        if previous is None:
            return
        if not self.settings.accept_changes:
            try:
                guard(previous, sheet.headings, len(sheet.rows), self.settings.max_shrink)
            except Stop as stop:
                raise stop.on(sheet.table.sheet) from None
        sheet.diff = diff(previous, sheet.plan.rows)
        sheet.problems.extend(sheet.diff.notices(str(sheet.source)))

    def _agree_on_invitations(self, sheets: Sequence[Sheet], services: Callable[[], Services]) -> None:
        """Give the rows what they ask of calendars. Raise Stop where that is more mail than allowed or agreed to."""
        count, meetings = 0, 0
        for sheet in sheets:
            unseen = bool(self.ledger.interrupted_runs(sheet.roster))
            known = self._known_events(sheet, services)
            ready = inviting(sheet.plan.ready, known, unseen=unseen, language=sheet.language)
            sheet.plan = replace(sheet.plan, ready=tuple(ready))
            mails = [mails_of(drafted(row, self.now(), update=self.settings.update)) for row in ready]
            count, meetings = count + sum(mails), meetings + sum(map(bool, mails))
        if count > self.settings.max_invitations:
            limit = self.settings.max_invitations
            self._refuse_invitations(sheets, problem("too-many-invitations", count=count, limit=limit))
        first = not any(self.ledger.has_invited(sheet.roster) for sheet in sheets)
        if not count or not first or self.settings.yes or self.settings.sandbox or self.settings.dry_run:
            return
        if self.confirm is None:
            raise Stop(problem("invitations-not-confirmed", count=count), ExitCode.USAGE)
        if not self.confirm(INVITE_ASK.format(count=count, meetings=meetings_counted(meetings))):
            raise Stop(problem("invitations-declined"), ExitCode.USAGE)

    def _refuse_invitations(self, sheets: Sequence[Sheet], why: Problem) -> None:
        """Raise Stop; a run that would send nothing only says so."""
        if not self.settings.dry_run:
            raise Stop(why, ExitCode.INPUT)
        sheets[0].problems.append(why)

    def _known_events(self, sheet: Sheet, services: Callable[[], Services]) -> Mapping[Key, tuple[KnownEvent, ...]]:
        if self._forgets:
            return {}
        try:
            scope = TenantScope(self.scope.tenant, self.scope.service, self._owner(services))
        except Stop:  # whoever can't sign in is told when the rows are to be sent
            return {}
        return self.ledger.events(scope, [row.key for row in sheet.plan.ready])

    @property
    def _forgets(self) -> bool:
        """Whether it is a sandbox that keeps nothing, and so has given no answers."""
        return self.settings.sandbox and self.settings.sandbox_file is None

    def _rehearsed(self, sheet: Sheet, services: Callable[[], Services]) -> Stop | None:
        """Sign in and look everybody up, make nothing; return the reason why that is not possible."""
        try:
            assignment = self._assign(self._changed(sheet, services), services())
        except Stop as stop:
            sheet.close("not-sent")
            return self.interrupt.meant(stop)
        sheet.record(assignment.refused)
        sheet.record(map(self._with_drafts, filter(lambda row: row.invitation, assignment.ready)))
        sheet.problems.extend(assignment.notices)
        return None

    def _changed(self, sheet: Sheet, services: Callable[[], Services]) -> Sequence[Row]:
        """Return the rows that would be sent; those that have not changed, if they are skipped, are recorded so."""
        ready = sheet.plan.ready
        if not self.settings.only_changed or self.settings.refresh or self._forgets:
            return ready
        scope = TenantScope(self.scope.tenant, self.scope.service, self._owner(services))
        settlement = self._reuse(ready, self.ledger.recall(scope, [row.key for row in ready]))
        sheet.record(settlement.reused)
        return settlement.to_send

    def _reuse(
        self, ready: Sequence[Row], known: Mapping[Key, CachedAnswer], interrupted_runs: frozenset[str] = frozenset()
    ) -> Reuse:
        options = MemoryOptions(
            interrupted_runs=interrupted_runs,
            only_changed=self.settings.only_changed,
            strict_attendees=self.settings.strict_attendees,
        )
        unsettled = {row.key for row in ready if not is_settled(row, self.now())}
        return reuse_known_results(
            ready, {key: answer for key, answer in known.items() if key not in unsettled}, options
        )

    def _with_drafts(self, row: Row) -> Row:
        """Return a row with what is or would be in calendars for it."""
        told = () if row.invitation is None else row.invitation.problems
        drafts = drafted(row, self.now(), update=self.settings.update)
        return replace(row, events=drafts, problems=(*told, *row.problems))

    def _send(self, sheet: Sheet, sheets: Sequence[Sheet], services: Callable[[], Services]) -> Stop | None:
        """Send the rows of one of the `sheets` and record what comes back; return why it ended early, if it did."""
        try:
            self._begin(sheet, self._owner(services))
            left = self._settle(sheet, self._recall(sheet))
            ending = self._ask(sheet, sheets, left, services()) if left else None
        except Stop as stop:
            ending = self.interrupt.meant(stop)
        if ending is not None:
            sheet.close("not-sent")
        return ending

    def _owner(self, services: Callable[[], Services]) -> str:
        return signed_in(services().directory).object_id if self.settings.delegated else ""

    def _begin(self, sheet: Sheet, owner: str) -> None:
        scope = TenantScope(self.scope.tenant, self.scope.service, owner)
        people = PeopleFrom(tuple(sheet.reading.people.entries))  # as they were, whatever becomes of a list of them
        replay = saved_settings(replace(sheet.settings, people=people), sheet.source)
        sheet.session = self.ledger.open_session(sheet.start(scope, replay))

    def _recall(self, sheet: Sheet) -> Mapping[Key, CachedAnswer]:
        """Return the last answers to the rows; a sandbox that keeps nothing has given none."""
        if self._forgets:
            return {}
        return sheet.session.recall([row.key for row in sheet.plan.ready])

    def _settle(self, sheet: Sheet, known: Mapping[Key, CachedAnswer]) -> Sequence[Row]:
        """Record the rows whose answer is known; return the others, with what is remembered of them."""

        def is_same(other: Roster, copy: str) -> bool:
            return is_same_list(sheet.roster, other, copy, self.settings)

        ready: Sequence[Row] = remembered(self._wanted(sheet), known, sheet.roster, is_same)
        interrupted_runs = self.ledger.interrupted_runs(sheet.roster)
        if not self.settings.refresh and (interrupted_runs or self.settings.only_changed):
            settlement = self._reuse(ready, known, interrupted_runs)
            sheet.save(list(map(self._with_drafts, settlement.reused)))
            ready = settlement.to_send
            if settlement.recovered:
                sheet.problems.append(problem("run-taken-over", count=settlement.recovered))
        if interrupted_runs:
            sheet.session.mark_resumed(interrupted_runs)
        return ready

    def _wanted(self, sheet: Sheet) -> Sequence[Row]:
        """Return the ready rows without those whose meetings were taken away, which are recorded with the reason."""
        ready = sheet.plan.ready
        cancelled = sheet.session.cancelled([row.key for row in ready])
        if not cancelled:
            return ready
        held = {
            row.key: held_back(row, cancelled[row.key], remake=self.settings.remake)
            for row in ready
            if row.key in cancelled
        }
        sheet.save([row for row in held.values() if row is not None])
        sheet.session.remake([key for key, row in held.items() if row is None])
        return [row for row in ready if held.get(row.key) is None]

    def _ask(self, sheet: Sheet, sheets: Sequence[Sheet], rows: Sequence[Row], found: Services) -> Stop | None:
        assignment = self._assign(rows, found).without_twins_in(
            {key: place_of(other, numbers) for other in sheets for key, numbers in other.asked.items()}
        )
        if len(sheets) > 1:
            sheet.asked = {(row.asked.organizer_id, row.external_id): row.numbers for row in assignment.ready}
        sheet.save(assignment.refused)
        sheet.problems.extend(assignment.notices)
        return self._call(sheet, sheets, assignment, found.meetings)

    def _assign(self, rows: Sequence[Row], found: Services) -> Assignment:
        self.progress.doing(LOOKING_UP)
        return assign(rows, found.directory, self._people())

    def _call(self, sheet: Sheet, sheets: Sequence[Sheet], assignment: Assignment, meetings: Meetings) -> Stop | None:
        accepted = len(sheet.plan.ready) - len(assignment.ready) - len(assignment.refused)
        run = Run(meetings, self._options(accepted), now=self.now, interrupt=self.interrupt)
        commits = CommitQueue(sheet.session.save)
        self.progress.started(sheet.source.name, sum(len(row.numbers) for row in assignment.ready))
        try:
            ready = keeping_answers(assignment.ready, sheet.session, self.now)
            for result in commits.through(run.results(ready)):
                sheet.report.record(result)
                for row in result.apart():
                    self.progress.advanced(row)
        except BaseException:
            # Our own bug, or a second Ctrl-C at a bad moment: the links that came back are saved before it goes on.
            sheet.record(commits.rest())
            sheet.unanswered = run.unanswered
            for each in sheets:
                each.close("not-sent")
            with suppress(Stop, OSError):
                self._saving().save(sheets)
            raise
        finally:
            self.progress.ended()
        sheet.unanswered = run.unanswered
        return run.ending

    def _finish(
        self, sheets: Sequence[Sheet], endings: Mapping[Sheet, Stop | None], *, save_copy: bool
    ) -> Sequence[FileReport]:
        """Return a report on each sheet, their one copy saved where wanted. `endings` say why a sheet ended early."""
        saving = self._saving()
        codes = [self._code(sheet, endings.get(sheet), saving if save_copy else None) for sheet in sheets]
        saved: Path | None = None
        if save_copy and not all(_is_in_vain(endings.get(sheet), sheet.report.results()) for sheet in sheets):
            self.progress.doing(SAVING)
            saved, in_place = saving.save(sheets)
            codes = [worst((code, code_of_saving(sheets, in_place=in_place))) for code in codes]
        return [self._ended(sheet, saved, code) for sheet, code in zip(sheets, codes, strict=True)]

    def _code(self, sheet: Sheet, ending: Stop | None, saving: Saving | None) -> ExitCode:
        """Return the exit code that follows from a sheet's rows and its ending, which is noted."""
        if saving is not None:
            sheet.report.compare(saving.former_links(sheet))
        results = sheet.report.results()
        if ending is not None:
            sheet.problems.append(ending.problem)
        code = exit_code_of(results, ending)
        every = all(result.status is Status.INVALID for result in results)
        return ExitCode.INPUT if code is ExitCode.ROWS and every else code

    def _ended(self, sheet: Sheet, saved: Path | None, code: ExitCode) -> FileReport:
        report = report_of(sheet, saved, code, extra=sheet.settings.add_column)
        counts = {status.value: count for status, count in report.counts.items()}
        sheet.session.end(
            End(ended=self.now(), exit_code=code, counts=counts, result=_full(saved), closed=sheet.closed)
        )
        return report

    def _saving(self) -> Saving:
        return Saving(settings=self.settings, now=self.now, retry=self.retry, holds=self.holds)

    def _people(self) -> PeopleOptions:
        return PeopleOptions(self.settings.delegated, self.settings.strict_attendees, self.settings.find_people)

    def _options(self, accepted: int) -> RunOptions:
        return RunOptions(
            workers=self.settings.workers,
            max_failures=self.settings.max_failures,
            failures=self.failures,
            accepted=accepted,
        )


def _full(path: Path | None) -> str:
    return "" if path is None else full(path)


def _is_in_vain(ending: Stop | None, results: Sequence[Row]) -> bool:
    """Return whether a copy would only say on every row that the call is wrong, and replace a better one."""
    wrong = ending is not None and ending.exit_code is ExitCode.USAGE
    return wrong and not any(result.status in ANSWERED for result in results)


def code_of_saving(sheets: Iterable[Sheet], *, in_place: bool) -> ExitCode:
    """Return the exit code that follows from where the results are, and from a fault of the program in saving them."""
    if any(found.code == "copy-not-made" for sheet in sheets for found in sheet.problems):
        return ExitCode.BUG
    return ExitCode.DONE if in_place else ExitCode.RESULTS


def report_of(sheet: Sheet, saved: Path | None, code: ExitCode, *, extra: tuple[str, ...] = ()) -> FileReport:
    """Return what became of the sheet; `extra` are the keys of the result columns that were asked for."""
    return FileReport(
        input=str(sheet.source),
        result=None if saved is None else str(saved),
        sheet=sheet.table.sheet,
        titles={key: sheet.table.layout.title(key) for key in INPUT_KEYS},
        rows=sheet.report.results(),
        problems=tuple(sheet.problems),
        exit_code=code,
        diff=sheet.diff,
        extra=extra,
        left_out=sheet.left_out,
        language=sheet.language,
    )
