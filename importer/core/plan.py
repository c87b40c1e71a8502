"""The planner: decides everything about a sheet that can be known without sending a meeting.

`make_plan` needs no network: each row is ready or says why not. `assign` then puts people on the ready rows: every
organizer and attendee is looked up, each once, before anything is made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from importer.core.catalogue import problem
from importer.core.cells import GUID, ParseError, distinct
from importer.core.model import Attendee, ExitCode, MeetingRequest, PlannedMeeting, RowResult, Severity, Status, Stop
from importer.core.ports import Failure, Person, Scope
from importer.core.readings import Moment, Reading, ReadingOptions, identity_of, read_rows
from importer.core.rules import RuleOptions, check
from importer.core.suggestions import did_you_mean, near_names
from importer.core.wording import quoted, rows_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from importer.core.model import Problem, SheetRow
    from importer.core.ports import Directory
    from importer.core.readings import Time


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sheet amounts to. `ready` and `rejected` together are all its rows, each in the sheet's order."""

    ready: tuple[PlannedMeeting, ...]
    rejected: tuple[RowResult, ...]


def make_plan(rows: Iterable[SheetRow], reading: ReadingOptions, rules: RuleOptions) -> Plan:
    """Return the plan for `rows`: those with an error are rejected with all their problems, the others are ready."""
    kept = list(rows)
    readings = read_rows(kept, reading)
    problems = check(readings, rules)
    ready: list[PlannedMeeting] = []
    rejected: list[RowResult] = []
    for row, values in zip(kept, readings, strict=True):
        found = problems.get(row.number, [])
        if any(problem.severity is Severity.ERROR for problem in found):
            rejected.append(_rejected(row, _planned(row, values, found)))
        else:
            ready.append(_planned(row, values, found))
    return Plan(tuple(ready), tuple(rejected))


def _rejected(row: SheetRow, read: PlannedMeeting) -> RowResult:
    external_id, organizer = identity_of(row)
    return RowResult(
        number=row.number,
        external_id=external_id,
        organizer=organizer,
        status=Status.INVALID,
        problems=read.problems,
        planned=read,
    )


def _planned(row: SheetRow, values: Reading, problems: Sequence[Problem]) -> PlannedMeeting:
    start = _instant(values.start)
    return PlannedMeeting(
        number=values.number,
        external_id=_text(values.external_id),
        organizer=_text(values.organizer),
        subject=_text(values.subject),
        start=start,
        end=_end(values, start),
        attendees=() if isinstance(values.attendees, ParseError) else distinct(values.attendees),
        zone=values.time_zone.key if isinstance(values.time_zone, ZoneInfo) else "UTC",
        problems=tuple(problems),
        link=row.results.get("join_url", ""),
    )


def _end(values: Reading, start: datetime | None) -> datetime | None:
    """The end as written, else the start plus the duration (elapsed time, so right across a clock change)."""
    if values.end is None and start is not None and isinstance(values.duration, timedelta):
        return start + values.duration
    return _instant(values.end)


def _instant(moment: Time) -> datetime | None:
    return moment.instant if isinstance(moment, Moment) else None


def _text(value: str | ParseError) -> str:
    return "" if isinstance(value, ParseError) else value


@dataclass(frozen=True, slots=True)
class _People:
    """What the directory said by name, case folded; nothing where it was not asked or could not answer.

    `near` gives, for a name that it does not know, the one that was most likely meant.
    """

    found: Mapping[str, Person | None] = field(default_factory=dict)
    near: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, answer: Mapping[str, Person | None]) -> _People:
        """Return the answer for looking up, near misses told."""
        found = {name.casefold(): person for name, person in answer.items()}
        unknown = [name for name, person in answer.items() if person is None]
        known = [person.upn for person in answer.values() if person is not None]
        return cls(found, near_names(unknown, known))

    def get(self, name: str) -> Person | None:
        """Return whoever has the name."""
        return self.found.get(name.casefold())

    def hint(self, names: Iterable[str]) -> str:
        """Return ' (did you mean …?)' where any of `names` is nearly right."""
        return did_you_mean(self.near[name.casefold()] for name in names if name.casefold() in self.near)


@dataclass(frozen=True, slots=True)
class PeopleOptions:
    """Whose meetings they are (`delegated`: the signed-in user's), and whether unknown attendees stop their row."""

    delegated: bool = False
    strict_attendees: bool = False


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """A row whose call to Graph is known in full. `row.problems` are the warnings so far."""

    row: PlannedMeeting
    order: MeetingRequest


@dataclass(frozen=True, slots=True)
class Assignment:
    """Every planned row again: `ready` to send or `refused`; `notices` are about the file as a whole."""

    ready: tuple[ReadyRow, ...]
    refused: tuple[RowResult, ...]
    notices: tuple[Problem, ...] = ()


def assign(rows: Sequence[PlannedMeeting], directory: Directory, options: PeopleOptions) -> Assignment:
    """Return every row its people. Raise Stop when sign-in fails or no organizer can be told from the directory."""
    me = signed_in(directory) if options.delegated else None
    people = _People()
    notices: tuple[Problem, ...] = ()
    match directory.look_up(_names(rows, me)):
        case Failure() as refusal:
            _require_alternative(rows, refusal, options)
            notices = (problem("people-not-checked", detail=refusal.problem.detail),)
        case found:
            people = _People.of(found)
    placed = [_place(row, people, me, options) for row in rows]
    ready, refused = _part(placed)
    unique, twins = _without_twins(ready)
    return Assignment(tuple(unique), (*refused, *twins), notices)


def signed_in(directory: Directory) -> Person:
    """Return the signed-in user. Raise Stop where that can't be told."""
    match directory.me():
        case Person() as person:
            return person
        case Failure(problem=found, scope=scope):
            raise Stop(found, _exit_code(scope))


def _exit_code(scope: Scope) -> ExitCode:
    return ExitCode.STOPPED if scope is Scope.SERVICE else ExitCode.REFUSED


def _names(rows: Iterable[PlannedMeeting], me: Person | None) -> tuple[str, ...]:
    """Return each distinct name once, in the order of first mention; UPNs don't know case."""
    names: dict[str, str] = {}
    for row in rows:
        for name in (*(() if me else (row.organizer,)), *row.attendees):
            names.setdefault(name.casefold(), name)
    return tuple(names.values())


def _require_alternative(rows: Iterable[PlannedMeeting], refusal: Failure, options: PeopleOptions) -> None:
    """Without a directory a run can go on only where no name needs one: organizers by object ID, attendees by UPN."""
    by_id = options.delegated or all(GUID.fullmatch(row.organizer) for row in rows)
    if not by_id or options.strict_attendees or refusal.scope is Scope.SERVICE:
        raise Stop(refusal.problem, _exit_code(refusal.scope))


def _place(row: PlannedMeeting, people: _People, me: Person | None, options: PeopleOptions) -> ReadyRow | RowResult:
    if me is not None:
        if row.organizer and row.organizer.casefold() not in {me.upn.casefold(), me.object_id.casefold()}:
            other = problem("organizer-not-signed-in-user", column="organizer", value=row.organizer, me=me.upn)
            return _refused(row, Status.INVALID, other)
        return _with_attendees(row, None, people, options)
    organizer = people.get(row.organizer) if people.found else Person(row.organizer, row.organizer)
    if organizer is None:
        missing = problem(
            "organizer-not-found", column="organizer", value=row.organizer, hint=people.hint([row.organizer])
        )
        return _refused(row, Status.FAILED, missing)
    return _with_attendees(row, organizer.object_id, people, options)


def _with_attendees(
    row: PlannedMeeting, organizer_id: str | None, people: _People, options: PeopleOptions
) -> ReadyRow | RowResult:
    unknown = [upn for upn in row.attendees if people.found and people.get(upn) is None]
    if unknown:
        code = "attendee-refused" if options.strict_attendees else "attendee-not-found"
        found = problem(code, column="attendees", value=quoted(unknown), hint=people.hint(unknown))
        if options.strict_attendees:
            return _refused(row, Status.FAILED, found)
        row = replace(row, problems=(*row.problems, found))
    attendees = tuple(_attendee(upn, people.get(upn)) for upn in row.attendees)
    order = MeetingRequest(
        external_id=row.external_id,
        organizer_id=organizer_id,
        subject=row.subject,
        start=row.start,
        end=row.end,
        attendees=attendees,
        zone=row.zone,
        link=row.link,
        other_list=row.other_list,
    )
    return ReadyRow(row, order)


def _attendee(upn: str, person: Person | None) -> Attendee:
    return Attendee(upn) if person is None else Attendee(person.upn, person.object_id)


def _part(placed: Iterable[ReadyRow | RowResult]) -> tuple[list[ReadyRow], list[RowResult]]:
    ready: list[ReadyRow] = []
    refused: list[RowResult] = []
    for entry in placed:
        match entry:
            case ReadyRow():
                ready.append(entry)
            case RowResult():
                refused.append(entry)
    return ready, refused


def _without_twins(ready: Sequence[ReadyRow]) -> tuple[list[ReadyRow], list[RowResult]]:
    """Split rows whose organizers turned out to be one person under two names, and whose external IDs are the same."""
    groups: dict[tuple[str | None, str], list[int]] = defaultdict(list)
    for entry in ready:
        groups[entry.order.organizer_id, entry.order.external_id].append(entry.row.number)
    unique: list[ReadyRow] = []
    twins: list[RowResult] = []
    for entry in ready:
        group = groups[entry.order.organizer_id, entry.order.external_id]
        if others := [number for number in group if number != entry.row.number]:
            twin = problem(
                "duplicate-external-id",
                column="external_id",
                value=entry.order.external_id,
                others=rows_in_words(others),
            )
            twins.append(_refused(entry.row, Status.INVALID, twin))
        else:
            unique.append(entry)
    return unique, twins


def _refused(row: PlannedMeeting, status: Status, found: Problem) -> RowResult:
    return RowResult(
        number=row.number,
        external_id=row.external_id,
        organizer=row.organizer,
        status=status,
        problems=(found, *row.problems),
    )
