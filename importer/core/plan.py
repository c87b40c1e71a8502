"""The planner: decides everything about a sheet that can be known without sending a meeting.

`make_plan` needs no network: each row is ready or says why not. `assign` then puts people on the ready rows: every
organizer and attendee is looked up, each once, before anything is made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from importer.core import Failure, Person, Scope
from importer.core.catalogue import problem
from importer.core.cells import GUID
from importer.core.columns import INPUT_COLUMNS, KEY, OWNER
from importer.core.drift import PROPERTIES, wishes
from importer.core.model import Attendee, ExitCode, Severity, Status, Stop
from importer.core.one_meeting import joined, with_same_id
from importer.core.readings import ReadingOptions, read_rows
from importer.core.row import MeetingRequest, Row
from importer.core.rows import SameId
from importer.core.rules import RuleOptions, check
from importer.core.suggestions import did_you_mean, near_names
from importer.core.wording import quoted, rows_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.core import Directory
    from importer.core.model import Problem
    from importer.core.row import Row


KNOWN = {KEY, OWNER, *(each.key for each in PROPERTIES)}
if lost := [column.key for column in INPUT_COLUMNS if column.says not in KNOWN]:
    raise TypeError(f"What these columns say is no property of a meeting (properties.py): {', '.join(lost)}.")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sheet amounts to. `ready` and `rejected` together are all its rows, each in the sheet's order.

    Rows that are one meeting are one row of `ready`, and stand apart in `rejected`.
    """

    ready: tuple[Row, ...]
    rejected: tuple[Row, ...]

    @property
    def rows(self) -> list[Row]:
        """Return all rows in the sheet's order."""
        return sorted((*self.ready, *self.rejected), key=lambda row: row.number)


def make_plan(rows: Iterable[Row], reading: ReadingOptions, rules: RuleOptions) -> Plan:
    """Return the plan for `rows`: those with an error are rejected with all their problems, the others are ready."""
    read = read_rows(rows, reading)
    problems = check(read, rules)
    checked = [_judged(row, problems.get(row.number, ())) for row in read]
    if rules.same_id is SameId.ONE_MEETING:
        checked = sorted(_joined(checked, rules.now), key=lambda row: row.number)
    return Plan(
        ready=tuple(row for row in checked if row.status is not Status.INVALID),
        rejected=tuple(row for row in checked if row.status is Status.INVALID),
    )


def _judged(row: Row, found: Sequence[Problem]) -> Row:
    problems = (*row.problems, *found)
    if any(problem.severity is Severity.ERROR for problem in problems):
        return replace(row, status=Status.INVALID, problems=problems)
    return replace(row, problems=problems) if found else row


def _joined(rows: Sequence[Row], now: datetime) -> Iterator[Row]:
    """Return the rows, those that are one meeting as one row, or refused together."""
    groups = with_same_id(rows)
    taken = {row.number for group in groups for row in group}
    yield from (row for row in rows if row.number not in taken)
    for group in groups:
        yield from joined(group, now)


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
class Assignment:
    """Every planned row again: `ready` to send or `refused`; `notices` are about the file as a whole."""

    ready: tuple[Row, ...]
    refused: tuple[Row, ...]
    notices: tuple[Problem, ...] = ()


def assign(rows: Sequence[Row], directory: Directory, options: PeopleOptions) -> Assignment:
    """Return every row its people. Raise Stop when sign-in fails or no organizer can be told from the directory."""
    me = signed_in(directory) if options.delegated else None
    people = _People()
    notices: tuple[Problem, ...] = ()
    match directory.look_up(_names(rows, me)):
        case Failure() as failure:
            _require_alternative(rows, failure, options)
            notices = (problem("people-not-checked", detail=failure.problem.detail),)
        case found:
            people = _People.of(found)
    placed = [_place(row, people, me, options) for row in rows]
    refused = [row for row in placed if row.request is None]
    unique, twins = _without_twins([row for row in placed if row.request is not None])
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


def _names(rows: Iterable[Row], me: Person | None) -> tuple[str, ...]:
    """Return each distinct name once, in the order of first mention; UPNs don't know case."""
    names: dict[str, str] = {}
    for row in rows:
        for name in (*(() if me else (row.organizer,)), *row.attendees):
            names.setdefault(name.casefold(), name)
    return tuple(names.values())


def _require_alternative(rows: Iterable[Row], failure: Failure, options: PeopleOptions) -> None:
    """Without a directory a run can go on only where no name needs one: organizers by object ID, attendees by UPN."""
    by_id = options.delegated or all(GUID.fullmatch(row.organizer) for row in rows)
    if not by_id or options.strict_attendees or failure.scope is Scope.SERVICE:
        raise Stop(failure.problem, _exit_code(failure.scope))


def _place(row: Row, people: _People, me: Person | None, options: PeopleOptions) -> Row:
    if me is not None:
        if row.organizer and row.organizer.casefold() not in {me.upn.casefold(), me.object_id.casefold()}:
            other = problem("organizer-not-signed-in-user", column="organizer", value=row.organizer, me=me.upn)
            return row.with_error(other, Status.INVALID)
        return _with_attendees(row, None, people, options)
    organizer = people.get(row.organizer) if people.found else Person(row.organizer, row.organizer)
    if organizer is None:
        missing = problem(
            "organizer-not-found", column="organizer", value=row.organizer, hint=people.hint([row.organizer])
        )
        return row.with_error(missing, Status.FAILED)
    return _with_attendees(row, organizer.object_id, people, options)


def _with_attendees(row: Row, organizer_id: str | None, people: _People, options: PeopleOptions) -> Row:
    unknown = [upn for upn in row.attendees if people.found and people.get(upn) is None]
    if unknown:
        code = "attendee-refused" if options.strict_attendees else "attendee-not-found"
        found = problem(code, column="attendees", value=quoted(unknown), hint=people.hint(unknown))
        if options.strict_attendees:
            return row.with_error(found, Status.FAILED)
        row = replace(row, problems=(*row.problems, found))
    request = MeetingRequest(
        external_id=row.external_id,
        organizer_id=organizer_id,
        wishes=wishes(row, lambda name: _attendee(name, people.get(name))),
        zone=row.zone,
        links=row.links,
        other_list=row.other_list,
        owed=row.owed,
    )
    return replace(row, request=request)


def _attendee(upn: str, person: Person | None) -> Attendee:
    return Attendee(upn) if person is None else Attendee(person.upn, person.object_id)


def _without_twins(ready: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Split rows whose organizers turned out to be one person under two names, and whose external IDs are the same."""
    groups: dict[tuple[str | None, str], list[int]] = defaultdict(list)
    for row in ready:
        groups[_key(row)].extend(row.numbers)
    unique: list[Row] = []
    twins: list[Row] = []
    for row in ready:
        if others := [number for number in groups[_key(row)] if number not in row.numbers]:
            named = rows_in_words(others)
            facts = {"value": row.external_id, "others": named, "would": ""}
            twin = problem("duplicate-external-id", column="external_id", **facts)
            twins.append(row.with_error(twin, Status.INVALID))
        else:
            unique.append(row)
    return unique, twins


def _key(row: Row) -> tuple[str | None, str]:
    return row.asked.organizer_id, row.external_id
