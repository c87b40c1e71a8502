"""`doctor --prove`: what no document says of Graph is tried in the tenant, with meetings that are taken away again.

Theory of operation. First what earlier trials have left is taken away, then each trial is made (doctor/trials.py), and
then everything that they made is removed, whatever ended them. One at a time: the lock of their journals is held
meanwhile. What was found is written to a new file in the working folder, never over one that is there. Without --prove,
doctor only reads the journals, and says what may be left.
"""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer import __version__
from importer.cli.run.run_lock import LOCKS, tenant_scope
from importer.core import Failure, Scope
from importer.core.catalogue import problem
from importer.core.catalogue.doctor import TRIAL_ASK
from importer.core.facts import FactState, in_order, refuted, state_of
from importer.core.model import ExitCode, Stop
from importer.core.transcript import FILE_NAME, facts_as_json, redactor, write_transcript
from importer.core.wording import system_reason
from importer.doctor import Finding, finding_for, fine, left_out
from importer.doctor import State as Verdict
from importer.doctor.bench import YEARS_AHEAD, Bench, NoAnswerError, StrangerError, remove_all
from importer.doctor.journal import FOLDER, TrialJournal, TrialRun, trial_journals
from importer.doctor.service import known_people
from importer.doctor.trials import MEETINGS_AT_MOST, TrialSubject, tried
from importer.graph.auth import claims_of
from importer.graph.faults import Subject, refuse
from importer.ledger.opening import born, machine, state_folder
from importer.locks import HeldError, LockOwner, StateLock
from importer.paths import free_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from importer.cli.config.settings import Settings
    from importer.cli.run.services import Connection
    from importer.core import Person
    from importer.core.facts import Fact, FactOutcome
    from importer.core.model import Problem

RECENT = 600.0
"""Seconds after which a meeting that Graph does not find is not there, however slow Graph is."""

_OF_FILES = frozenset({"file", "results", "places"})
"""Checks that say nothing about whether meetings can be made."""


@dataclass(frozen=True, slots=True)
class ProofRequest:
    """What was asked for: whose meetings, who else is invited, and whether somebody has said yes to it."""

    organizer: str
    attendee: str = ""
    confirmed: bool = False


def check_confirmed(asked: ProofRequest) -> None:
    """Raise UsageError where nobody has said yes, and nobody can be asked."""
    if not (asked.confirmed or (sys.stdin.isatty() and sys.stderr.isatty())):
        raise click.UsageError(problem("trials-not-confirmed", value=asked.organizer).message)


@dataclass(slots=True)
class Proof:
    """One call of it. `outcomes` has what became of the facts so far, `saved` the file of them once it is written."""

    asked: ProofRequest
    settings: Settings
    connection: Connection
    show: Callable[[Fact, FactOutcome], None]
    outcomes: dict[str, FactOutcome] = field(default_factory=dict)
    saved: str = ""

    def findings(self, before: Sequence[Finding]) -> Iterator[Finding]:
        """Try everything, and yield a finding for each thing that people must know; `before` are the other checks'."""
        if any(each.state is Verdict.FAILED and each.check not in _OF_FILES for each in before):
            yield left_out("trials", "trials-not-ready")
            return
        if self.settings.dry_run:
            yield left_out("trials", "trials-declined")
            return
        try:
            with _only_one(self.settings):
                yield from self._locked()
        except Stop as stop:
            yield finding_for("trials", stop.problem, exit_code=stop.exit_code)

    def as_json(self) -> dict[str, Any]:
        """Return what the result has of it."""
        return {"facts": facts_as_json(self.outcomes), "facts_file": self.saved}

    def _locked(self) -> Iterator[Finding]:
        own, scope = self.settings.delegated, tenant_scope(self.settings, os.environ)
        people = self._people(own=own)
        if isinstance(people, Failure):
            refused = finding_for("trials", people.problem)
            yield replace(refused, state=Verdict.FAILED, exit_code=ExitCode.USAGE)
            return
        organizer, attendee = people
        now = datetime.now(UTC)
        trials = TrialRun(
            mark=secrets.token_hex(6),
            since=now.isoformat(timespec="seconds"),
            tenant=scope.tenant,
            service=scope.service,
            organizer_id=organizer.object_id,
            own=own,
        )
        earlier = list(_cleared(self.settings, self.connection, trials))
        yield from earlier
        if any(each.state is Verdict.FAILED for each in earlier):
            yield left_out("trials", "trials-not-ready")
            return
        year = now.year + YEARS_AHEAD
        if not (self.asked.confirmed or _agreed(organizer.upn, year)):
            yield left_out("trials", "trials-declined")
            return
        yield from self._tried(trials, organizer, attendee, now)

    def _people(self, *, own: bool) -> tuple[Person, Person | None] | Failure:
        names = [name for name in (self.asked.organizer, self.asked.attendee) if name]
        answer = self.connection.directory.look_up(names)
        found = {name: next(iter(known_people([name], answer)), None) for name in names}
        if unknown := [name for name in names if found[name] is None]:
            told = problem("trial-person-unknown", value=", ".join(unknown))
            return answer if isinstance(answer, Failure) else Failure(told, Scope.ROW)
        organizer = found[self.asked.organizer]
        assert organizer is not None  # noqa: S101 - no name is unknown
        me = self.connection.directory.me() if own else organizer
        if isinstance(me, Failure):
            return me
        if me.object_id.casefold() != organizer.object_id.casefold():
            other = problem("organizers-not-signed-in-user", me=me.upn, names=self.asked.organizer)
            return Failure(other, Scope.TENANT)
        return organizer, found.get(self.asked.attendee)

    def _tried(self, trials: TrialRun, organizer: Person, attendee: Person | None, now: datetime) -> Iterator[Finding]:
        journal = _begun(self.settings, trials)
        token = claims_of(self.connection.tokens.token())
        tenant = str(token.get("tid", "")) or trials.tenant
        known = [organizer.upn, organizer.object_id, trials.mark, trials.subject, tenant, *_names(attendee)]
        bench = Bench(self.connection.client, journal, now, redacted=redactor(known), tenant=tenant)
        about = TrialSubject(attendee, self.settings.cloud, lambda: self.connection.counter.throttles)
        ended: Finding | None = None
        try:
            with bench:
                for found in tried(bench, about):
                    self._put_down(found)
        except KeyboardInterrupt:  # nothing else can be said of it then
            if bench.left:
                click.echo(_staying(bench.left).message, err=True)
            raise
        except (NoAnswerError, StrangerError, Stop, OSError) as ending:
            ended = self._ending(ending, organizer)
        if bench.left:
            yield _staying(bench.left)
        if ended is None:
            yield from self._told(now)
        else:
            yield ended

    def _ending(self, ending: Exception, organizer: Person) -> Finding:
        """Return why the trials came to no end."""
        match ending:
            case Stop():
                return finding_for("trials", ending.problem, exit_code=ending.exit_code)
            case NoAnswerError():
                whose = Subject(organizer=organizer.upn, organizer_id=organizer.object_id)
                refusal = refuse(ending.error, ending.kind, whose)
                code = ExitCode.STOPPED if refusal.scope is Scope.SERVICE else ExitCode.REFUSED
                return finding_for("trials", refusal.problem, exit_code=code)
            case OSError():
                return finding_for("trials", _not_recorded(self.settings, ending), exit_code=ExitCode.RESULTS)
        return finding_for("trials", problem("answers-mixed-up"), exit_code=ExitCode.STOPPED)

    def _put_down(self, found: Mapping[str, FactOutcome]) -> None:
        self.outcomes |= found
        for fact, outcome in in_order(self.outcomes):
            if fact.name in found:
                self.show(fact, outcome)

    def _told(self, now: datetime) -> Iterator[Finding]:
        for fact, outcome in in_order(self.outcomes):
            if fact.name not in self.outcomes:
                self.show(fact, outcome)
        states = [state_of(fact, outcome) for fact, outcome in in_order(self.outcomes)]
        yield fine(
            "trials",
            "trials",
            held=states.count(FactState.HELD),
            refuted=states.count(FactState.REFUTED),
            untried=states.count(FactState.NOT_TRIED),
        )
        for fact, outcome in refuted(self.outcomes):
            answer = fact.answers[outcome.answer]
            told = problem("fact-refuted", value=fact.name, what=f"{fact.sentence} {answer.words}")
            yield finding_for("trials", told, remedy=answer.means)
        yield self._save(now)

    def _save(self, now: datetime) -> Finding:
        text = write_transcript(
            self.outcomes, program=__version__, cloud=self.settings.cloud, day=now.date().isoformat()
        )
        try:
            path = _write_new(Path(FILE_NAME), text)
        except OSError as error:
            reason = system_reason(error)
            return finding_for(
                "trials", problem("facts-not-saved", path=FILE_NAME, reason=reason), exit_code=ExitCode.RESULTS
            )
        self.saved = str(path)
        return fine("trials", "trials-saved", path=path)


def _names(person: Person | None) -> tuple[str, ...]:
    return () if person is None else (person.upn, person.object_id)


def _agreed(organizer: str, year: int) -> bool:
    return click.confirm(TRIAL_ASK.format(count=MEETINGS_AT_MOST, organizer=organizer, year=year), err=True)


def _begun(settings: Settings, trials: TrialRun) -> TrialJournal:
    try:
        return TrialJournal.begin(settings.state_dir or state_folder(), trials)
    except OSError as error:
        raise Stop(_not_recorded(settings, error), ExitCode.RESULTS) from error


def _not_recorded(settings: Settings, error: OSError) -> Problem:
    reason = system_reason(error)
    return problem("trials-not-recorded", path=settings.state_dir or state_folder(), reason=reason)


def _write_new(path: Path, text: str) -> Path:
    """Write a file under the first name that nothing has (`tenant-facts-2.json` is the second); return its name."""
    while True:
        free = free_name(lambda n: path if n == 1 else path.with_stem(f"{path.stem}-{n}"))
        try:
            with free.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except FileExistsError:  # somebody took it in between
            continue
        except OSError:
            with suppress(OSError):
                free.unlink()
            raise
        return free


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """Keep other trials out while the block runs. Raise Stop (exit 8) where some are at work."""
    folder = settings.state_dir or state_folder()
    me = LockOwner(born=born(os.getpid()) or "", since=datetime.now(UTC), machine=machine())
    lock = StateLock(folder / LOCKS, folder / FOLDER, me)
    try:
        lock.acquire()
    except HeldError as held:
        who = "it does not say which" if held.holder is None else held.holder.words(datetime.now(UTC))
        raise Stop(problem("another-run", value="doctor --prove", who=who), ExitCode.LOCKED) from held
    except OSError as error:
        raise Stop(_not_recorded(settings, error), ExitCode.RESULTS) from error
    try:
        yield
    finally:
        lock.release()


def left_over(settings: Settings) -> Iterator[Finding]:
    """Yield a warning for each earlier trial of which meetings may be left; nothing while one is at work."""
    folder = settings.state_dir or state_folder()
    if not (folder / FOLDER).is_dir():
        return
    with suppress(Stop, OSError), _only_one(settings):
        for journal in trial_journals(folder):
            if journal.left() and not _has_vanished(journal.trials):
                told = problem("trial-meetings-left", since=_day(journal), count=journal.count)
                yield finding_for("trials", told)


def _has_vanished(trials: TrialRun) -> bool:
    """Return whether they were made in a sandbox that has forgotten its meetings with the end of its process."""
    return (trials.tenant, trials.service) == ("sandbox", "")


def _day(journal: TrialJournal) -> str:
    return journal.trials.since.replace("T", " ").removesuffix("+00:00") + " UTC"


def _staying(left: Mapping[str, str]) -> Finding:
    reason = next(iter(left.values()))
    detail = "; ".join(f"{external_id}: {why}" for external_id, why in left.items())
    told = problem("trial-meetings-stay", count=len(left), reason=reason[:100].rstrip("."), detail=detail)
    return finding_for("trials", told, exit_code=ExitCode.ROWS)


def _cleared(settings: Settings, connection: Connection, mine: TrialRun) -> Iterator[Finding]:
    """Take away what earlier trials have left in the same place, and say so; yield a warning for what is elsewhere."""
    try:
        found = list(trial_journals(settings.state_dir or state_folder()))
    except OSError:
        return
    for journal in found:
        if not journal.left() or _has_vanished(journal.trials):
            journal.end()
            continue
        if not _is_here(journal.trials, mine):
            value = " ".join(filter(None, (journal.trials.tenant, journal.trials.service))) or "another person"
            told = problem("trial-meetings-elsewhere", since=_day(journal), count=journal.count, value=value)
            yield finding_for("trials", told)
            continue
        count = journal.count
        if wrong := remove_all(connection.client, journal, late=_is_recent(journal.trials)):
            yield _staying(wrong)
        else:
            yield fine("trials", "trials-cleared", count=count)


def _is_here(earlier: TrialRun, mine: TrialRun) -> bool:
    if earlier.own != mine.own or (earlier.own and earlier.organizer_id != mine.organizer_id):
        return False
    return (earlier.tenant, earlier.service) == (mine.tenant, mine.service)


def _is_recent(earlier: TrialRun) -> bool:
    with suppress(ValueError):
        return abs((datetime.now(UTC) - datetime.fromisoformat(earlier.since)).total_seconds()) < RECENT
    return True
