"""`cancel`: takes away meetings that this program made, of rows that are gone, of the rows of a file, or of a run.

Theory of operation. What would be taken away is found in the ledger, judged (core/cancelling.py), and shown. Nothing
happens before somebody has said how many that are: at a terminal the number is typed, elsewhere `--yes --expect N` says
it. Then the run's own lock is taken and the choice is made anew; where it is another one now, nothing is done. Each
meeting is closed and marked, and then deleted, each step in the ledger before the next: whoever calls again after a
kill goes on where it was. What became of each is saved as a list beside the input, whatever fails.

Deleting does not close a link for good, so the end says what the people who have it will meet.
"""

from __future__ import annotations

import csv
import io
import os
import sqlite3
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.run.book import read_sheets
from importer.cli.run.places import RESULT_MARK, expand, is_same_list, lock_place, restored_settings
from importer.cli.run.reporting import json_moment, json_problem
from importer.cli.run.run_command import console_of, new_run_id, now, run_lock_of, signals, time_limit, watch_of
from importer.cli.run.run_lock import ledger_of, ledger_path, tenant_scope
from importer.cli.run.saving import Saving
from importer.cli.run.services import Connection, UserMessages
from importer.cli.run.state import copies_of, one_of_each
from importer.console import console_for
from importer.console.cancelled import show_cancelled, show_candidates, start_in_words
from importer.console.summary import show_problem
from importer.core import Failure, Person
from importer.core.cancelling import Bounds, CancelStatus, Candidate, confirmed, farewell, gone, judged, same_choice
from importer.core.catalogue import problem, words
from importer.core.columns import COLUMNS
from importer.core.memory import Roster, Step, TenantScope
from importer.core.model import ExitCode, Stop
from importer.core.plan import signed_in
from importer.core.properties.drift import Agreement, agreement
from importer.core.readings import identity_of
from importer.core.report import worst
from importer.core.roster import guard
from importer.core.row import Key, MeetingRequest, key_of
from importer.core.run import FailureSeries, Interrupt
from importer.core.texts import ENGLISH, fixed
from importer.core.wording import json_text, meetings_counted
from importer.languages import load
from importer.ledger import Records, SqliteLedger
from importer.ledger.cancelled import Removals
from importer.ledger.opening import reason_in_words
from importer.paths import resolved
from importer.tables.csv import escape_csv_formula

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.cli.config.settings import Settings
    from importer.cli.run.run_lock import RunLock
    from importer.cli.run.sheet import Sheet
    from importer.core.memory import CachedAnswer
    from importer.core.model import Meeting, Problem
    from importer.core.texts import Language
    from importer.ledger import PastFile

AT_MOST = 200
"""Meetings that are taken away at once where nobody said how many may be."""
SCHEMA = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequest:
    """What `cancel` was asked for beside the options of a run."""

    gone: bool = False
    run: str = ""
    yes: bool = False
    expect: int | None = None
    at_most: int = AT_MOST
    past: bool = False


def cancel(settings: Settings, request: CancelRequest) -> int:
    """Take the meetings away; return the exit code."""
    interrupt, run_id, console = Interrupt(), new_run_id(), console_of(settings)
    watch = watch_of(settings, interrupt)
    try:
        with ExitStack() as held:
            ledger = held.enter_context(closing(_ledger(settings, run_id)))
            messages = UserMessages(say=watch.say, prompt=watch.prompt, wait=watch.pausing)
            connection = held.enter_context(Connection(settings, os.environ, interrupt, messages))
            held.enter_context(signals(interrupt))
            held.enter_context(time_limit(interrupt, settings.time_limit))
            lock = run_lock_of(settings, interrupt, watch.say)
            call = Cancelling(settings, request, Removals(ledger.store, run_id), connection, interrupt)
            code = call.all(lock)
            ledger.finish(now(), code)
            return int(code)
    except sqlite3.Error as error:
        stop = _ledger_lost(error)
    except Stop as refusal:
        stop = interrupt.meant(refusal)
    show_problem(console, stop.problem, verbose=settings.verbose)
    if settings.output == "json":
        inputs = [str(file) for file in settings.files] or [""]
        _put_json(run_id, stop.exit_code, [_json_file(source, [], None, stop) for source in inputs])
    return int(stop.exit_code)


def _ledger_lost(error: sqlite3.Error) -> Stop:
    """Return why nothing more is taken away. Raise the error again where it is a bug of ours."""
    return Stop(problem("cancel-ledger-lost", reason=reason_in_words(error), detail=str(error)), ExitCode.STOPPED)


def _ledger(settings: Settings, run_id: str) -> SqliteLedger:
    """Return the ledger. Raise Stop (exit 3) where it can't be used: nothing is taken away without it."""
    ledger = ledger_of(settings, os.environ, run_id, now(), command="cancel")
    if isinstance(ledger, SqliteLedger):
        return ledger
    raise Stop(next(iter(ledger.notices())), ExitCode.INPUT)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen for one input file, and the language in which it is answered."""

    source: Path
    settings: Settings
    candidates: Sequence[Candidate]
    language: Language

    @property
    def doomed(self) -> int:
        """Return how many meetings would be taken away."""
        return sum(each.fate is CancelStatus.NOT_ATTEMPTED for each in self.candidates)


@dataclass(frozen=True)
class Cancelling:
    """One call of `cancel`."""

    settings: Settings
    request: CancelRequest
    removals: Removals
    connection: Connection
    interrupt: Interrupt

    def all(self, lock: RunLock) -> ExitCode:
        """Choose, show, ask, and take away; return the exit code. Raise Stop where the call can't go on."""
        chosen = self._choose()
        candidates = [each for one in chosen for each in one.candidates]
        bounds = self._bounds(())
        count = sum(one.doomed for one in chosen)
        inputs = {str(resolved(one.source)) for one in chosen}
        before = self.removals.before(self._scope, inputs, left=count > 0)
        confirmed(candidates, bounds, self.request.expect, before)
        asks = count and not self.request.yes and not self.settings.dry_run
        if self.settings.output == "text" or asks:
            for one in chosen:
                show_candidates(console_of(self.settings), str(one.source), one.candidates)
        if self.settings.dry_run or not count:
            return self._told(chosen, {}, ExitCode.DONE)
        if asks:
            self._ask(count)
        elif self.request.expect is None:
            raise Stop(problem("cancel-needs-count", count=count), ExitCode.USAGE)
        with ExitStack() as turns:
            for place in sorted({lock_place(one.source, one.settings) for one in chosen}):
                turns.enter_context(lock.at(place))
            again = self._choose()
            if not same_choice(candidates, (each for one in again for each in one.candidates)):
                raise Stop(problem("cancel-choice-changed"), ExitCode.STOPPED)
            taken = Taking(self)
            done = [replace(one, candidates=taken.away(one.candidates)) for one in again]
            saved = {one.source: self._save(one) for one in done if one.candidates}
        return self._told(done, saved, _code(done, taken.ending), ending=taken.ending)

    def _choose(self) -> list[Chosen]:
        if self.request.run:
            return self._of_run()
        sources, _ = one_of_each(expand(self.settings.files), copies_of(self.settings, now))
        return [self._of_file(source, self.settings.of(source)) for source in sources]

    @cached_property
    def _scope(self) -> TenantScope:
        scope = tenant_scope(self.settings, os.environ)
        owner = signed_in(self.connection.directory).object_id if self.settings.delegated else ""
        return TenantScope(scope.tenant, scope.service, owner)

    def _bounds(self, rosters: Iterable[Roster]) -> Bounds:
        def is_same(other: Roster, copy: str) -> bool:
            return any(is_same_list(here, other, copy, self.settings) for here in rosters)

        rosters = frozenset(rosters)
        return Bounds(now=now(), most=self.request.at_most, past=self.request.past, rosters=rosters, is_same=is_same)

    def _of_file(self, source: Path, settings: Settings) -> Chosen:
        """Choose among the meetings of one file: of its rows, or of those that are in it no longer."""
        sheets = read_sheets(source, settings, now())
        rosters = [sheet.roster for sheet in sheets]
        here = {self._key(row.external_id, row.organizer): row.number for sheet in sheets for row in sheet.plan.rows}
        kept: list[tuple[Key, Problem]] = []
        answered = self.removals.store.recall(self._scope, list(here))
        if self.request.gone:
            for sheet in sheets:
                self._guard(sheet)
            read = {sheet.table.sheet.casefold() for sheet in sheets}
            remembered = {
                key: answer
                for key, answer in self.removals.of_list(self._scope, str(resolved(source))).items()
                if answer.roster is None or answer.roster.sheet.casefold() in read
            }
            present = {self._key(*identity_of(row, sheet.reading)) for sheet in sheets for row in sheet.table.rows()}
            answered = self.removals.store.recall(self._scope, list(present))
            keys, kept = gone(remembered, present, answered)
            answered = {key: remembered[key] for key in (*keys, *(key for key, _ in kept))}
        candidates = self._judged(answered, here, rosters)
        held = dict(kept)
        return Chosen(
            source,
            settings,
            [each.ended(CancelStatus.KEPT, held[each.key]) if each.key in held else each for each in candidates],
            sheets[0].language,
        )

    def _judged(
        self, answers: Mapping[Key, CachedAnswer], numbers: Mapping[Key, int], rosters: Iterable[Roster]
    ) -> list[Candidate]:
        bounds = self._bounds(rosters)
        found = self.removals.candidates(self._scope, answers, numbers)
        return [judged(each, bounds) for each in sorted(found, key=lambda each: each.number)]

    def _key(self, external_id: str, organizer: str) -> Key:
        return Key(self._scope.owner, external_id) if self._scope.owner else key_of(organizer, external_id)

    def _guard(self, sheet: Sheet) -> None:
        """Raise Stop where the sheet may not say what is gone: a broken export, or a row whose ID can't be read."""
        unread = [
            row.number
            for row in sheet.plan.rejected
            if any(found.column in {"external_id", "organizer"} and found.severity == "error" for found in row.problems)
        ]
        if unread:
            raise Stop(problem("cancel-rows-unread", value=sheet.source.name, row=unread[0]), ExitCode.INPUT)
        if self.settings.accept_changes:
            return
        for previous in self._previous(sheet.roster):
            guard(previous, sheet.headings, len(sheet.rows), self.settings.max_shrink)

    def _previous(self, roster: Roster) -> Iterable[Any]:
        found = self.removals.store.previous_run(roster)
        return () if found is None else (found,)

    def _of_run(self) -> list[Chosen]:
        with Records.open(ledger_path(self.settings), now()) as records:
            run = next((run for run in records.runs() if run.run_id == self.request.run), None)
        if run is None:
            raise Stop(problem("run-unknown", value=self.request.run), ExitCode.USAGE)
        files: dict[str, list[PastFile]] = {}
        for file in run.files:
            files.setdefault(file.input, []).append(file)
        answers = self.removals.of_run(self._scope, run.run_id)
        rosters = [Roster(file.input, file.sheet) for file in run.files]
        judged_all = self._judged(answers, {}, rosters)
        placed: dict[str, list[Candidate]] = {source: [] for source in files}
        for each in judged_all:
            source = each.roster.input if each.roster else ""
            placed.get(source, placed[run.files[0].input]).append(each)
        language = load(self.settings.language or ENGLISH.tag)
        own = {source: restored_settings(files[source][0].replay).result for source in files}
        return [
            Chosen(Path(source), replace(self.settings, result=own[source]), each, language)
            for source, each in placed.items()
        ]

    def _ask(self, count: int) -> None:
        """Have the count typed. Raise Stop where nobody is there to type it, or another one was typed."""
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise Stop(problem("cancel-needs-count", count=count), ExitCode.USAGE)
        said = click.prompt(words.CANCEL_ASK.format(meetings=meetings_counted(count)), default="", err=True)
        if said.strip() != str(count):
            raise Stop(problem("cancel-not-confirmed"), ExitCode.USAGE)

    def _save(self, one: Chosen) -> Path | None:
        """Save what became of the meetings as a list beside the input, or where there is room for it."""
        folder = self.settings.result_dir or one.source.parent
        path = folder / f"{one.source.stem}{RESULT_MARK}-cancelled.csv"
        said = list_of_cancelled(one.candidates, one.language)
        return Saving(settings=one.settings, now=now).put_beside(path, said, one.source)

    def _told(
        self,
        chosen: Sequence[Chosen],
        saved: Mapping[Path, Path | None],
        code: ExitCode,
        *,
        ending: Stop | None = None,
    ) -> ExitCode:
        """Say what became of the meetings on stdout, and return the exit code."""
        unsaved = [source for source, path in saved.items() if path is None]
        code = worst((code, ExitCode.RESULTS)) if unsaved else code
        match self.settings.output:
            case "json":
                files = [_json_file(str(one.source), one.candidates, saved.get(one.source), ending) for one in chosen]
                _put_json(self.removals.run_id, code, files)
            case "text":
                console = console_for(sys.stdout, color=not self.settings.no_color)
                if ending is not None:
                    show_problem(console, ending.problem, verbose=self.settings.verbose)
                candidates = [each for one in chosen for each in one.candidates]
                if self.settings.dry_run:
                    doomed = sum(one.doomed for one in chosen)
                    console.print(words.CANCEL_REHEARSED.format(meetings=meetings_counted(doomed)), style="bold")
                else:
                    paths = [*filter(None, saved.values())]
                    show_cancelled(console, candidates, paths, verbose=self.settings.verbose)
        for source in unsaved:
            lost = problem("result-not-saved", value=str(source), reason="no place could be written")
            show_problem(console_of(self.settings), lost, verbose=self.settings.verbose)
        return code


@dataclass
class Taking:
    """The taking away, many at a time. `ending` is why it ended early."""

    call: Cancelling
    ending: Stop | None = None
    _series: FailureSeries = field(default_factory=FailureSeries)

    def away(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return the candidates as they ended; those that are kept stay as they are."""
        with ThreadPoolExecutor(self.call.settings.workers) as pool:
            return list(pool.map(self._one, candidates))

    def _one(self, candidate: Candidate) -> Candidate:
        interrupt = self.call.interrupt
        if candidate.fate is not CancelStatus.NOT_ATTEMPTED or self.ending is not None or interrupt.asked:
            if interrupt.asked:
                self._end(interrupt.stop)
            return candidate
        try:
            return self._steps(candidate)
        except Stop as stop:
            ending = interrupt.meant(stop)
        except sqlite3.Error as error:  # what the others came to is still saved as the list
            ending = _ledger_lost(error)
        self._end(ending)
        return candidate.ended(CancelStatus.FAILED, ending.problem)

    def _end(self, stop: Stop) -> None:
        """The first reason to end is the one that is told."""
        self.ending = self.ending or stop

    def _steps(self, candidate: Candidate) -> Candidate:
        meetings = self.call.connection.meetings
        organizer_id = None if candidate.scope.owner else candidate.organizer_id or self._looked_up(candidate)
        if organizer_id == "":
            unknown = problem("organizer-not-found", column="organizer", value=candidate.key.organizer, hint="")
            return candidate.ended(CancelStatus.FAILED, unknown)
        request = MeetingRequest(external_id=candidate.key.external_id, organizer_id=organizer_id, wishes={})
        if candidate.begun is None or candidate.begun.step is Step.BEGUN:
            self._note(candidate, Step.BEGUN)
            stated = farewell(candidate.meeting)
            outcome = meetings.update(request, candidate.meeting, stated)
            if isinstance(outcome, Failure) and outcome.problem.code != "meeting-gone":
                return self._failed(candidate, outcome)
            if not isinstance(outcome, Failure) and _is_open(request, stated, outcome.meeting):
                candidate = replace(candidate, problems=(*candidate.problems, problem("cancel-lobby-open")))
            self._note(candidate, Step.CLOSED)
        if failure := self._told(candidate, organizer_id):
            return self._failed(candidate, failure)
        if failure := meetings.delete(organizer_id, candidate.meeting):
            return self._failed(candidate, failure)
        self._note(candidate, Step.DELETED)
        self._series.answered()
        return candidate.ended(CancelStatus.CANCELLED)

    def _told(self, candidate: Candidate, organizer_id: str | None) -> Failure | None:
        """Take the events away, which tells their people once; return why one is still there."""
        for event in candidate.events:
            calendars = self.call.connection.calendars
            if failure := calendars.cancel(organizer_id, event.event_id, mails=bool(event.said.invited)):
                return failure
            self.call.removals.note_event(candidate, event)
        return None

    def _looked_up(self, candidate: Candidate) -> str:
        found = self.call.connection.directory.look_up([candidate.key.organizer])
        person = None if isinstance(found, Failure) else found.get(candidate.key.organizer)
        return person.object_id if isinstance(person, Person) else ""

    def _note(self, candidate: Candidate, step: Step) -> None:
        self.call.removals.note(candidate, step, now())

    def _failed(self, candidate: Candidate, failure: Failure) -> Candidate:
        if stop := self._series.ending(failure):
            self._end(stop)
        return candidate.ended(CancelStatus.FAILED, failure.problem)


def _is_open(request: MeetingRequest, stated: Mapping[str, Any], meeting: Meeting) -> bool:
    return agreement(request, {"lobby": stated["lobby"]}, meeting) is not Agreement.YES


def _code(chosen: Iterable[Chosen], ending: Stop | None) -> ExitCode:
    fates = {each.fate for one in chosen for each in one.candidates}
    rows = ExitCode.ROWS if fates & {CancelStatus.FAILED, CancelStatus.NOT_ATTEMPTED} else ExitCode.DONE
    return worst((rows, ending.exit_code)) if ending else rows


LIST_COLUMNS = ("external_id", "organizer", "subject", "start", "join_url", "status", "what_to_do")


def list_of_cancelled(candidates: Sequence[Candidate], language: Language) -> bytes:
    """Return what became of each meeting as a CSV (UTF-8, as Excel opens it)."""
    say = language.say
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow([*(say(COLUMNS[key].named) for key in LIST_COLUMNS), say(fixed("report column", "Row"))])
    for each in candidates:
        meeting = each.meeting
        said = " ".join(say(found.message) for found in each.problems)
        start = say(start_in_words(meeting))
        texts = (each.key.external_id, each.key.organizer, meeting.subject, start, meeting.join_url)
        fate = say(fixed("cancel status", each.fate.value))
        lines.writerow([*map(escape_csv_formula, (*texts, fate, said)), str(each.number or "")])
    return text.getvalue().encode("utf-8-sig", "replace")


def _put_json(run_id: str, code: ExitCode, files: Sequence[dict[str, Any]]) -> None:
    """Say on stdout what became of the call, in the shape that guide/json.md documents."""
    document = {"schema": SCHEMA, "run_id": run_id, "command": "cancel", "exit_code": int(code), "files": files}
    console_for(sys.stdout, color=False).out(json_text(document), highlight=False)


def _json_file(source: str, candidates: Sequence[Candidate], saved: Path | None, ending: Stop | None) -> dict[str, Any]:
    return {
        "input": source,
        "result": None if saved is None else str(saved),
        "counts": Counter(each.fate.value for each in candidates),
        "problems": [json_problem(ending.problem)] if ending else [],
        "meetings": [_json_meeting(each) for each in candidates],
    }


def _json_meeting(each: Candidate) -> dict[str, Any]:
    meeting = each.meeting
    return {
        "external_id": each.key.external_id,
        "organizer": each.key.organizer,
        "row": each.number or None,
        "subject": meeting.subject,
        "start_utc": json_moment(meeting.start),
        "join_url": meeting.join_url,
        "status": each.fate.value,
        "problems": [json_problem(found) for found in each.problems],
    }
