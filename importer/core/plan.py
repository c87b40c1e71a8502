"""The planner: decides everything about a sheet that can be known without sending a meeting.

`make_plan` needs no network: each row is ready or says why not. `assign` then puts people on the ready rows: every
organizer and attendee is looked up, each once, before anything is made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from importer.core import Failure, Person, Scope, Several
from importer.core.catalogue import problem
from importer.core.cells import GUID
from importer.core.columns import PEOPLE_KEYS, Holds
from importer.core.model import Attendee, ExitCode, SameId, Severity, Status, Stop
from importer.core.one_meeting import join_rows, meetings_of
from importer.core.people import Book, Meant, Named, Source, distinct, is_name, named_in, possible_names
from importer.core.properties.drift import wishes
from importer.core.properties.options import ROLES
from importer.core.readings import ReadingOptions, read_rows
from importer.core.row import MeetingRequest, Row, named_by
from importer.core.rules import RuleOptions, check
from importer.core.suggestions import did_you_mean, near_names
from importer.core.texts import Sentence
from importer.core.wording import first_few, in_words, join_quoted, rows_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.core import Directory
    from importer.core.model import Problem
    from importer.core.row import Key
    from importer.core.rules import Findings


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

    def without(self, wrong: Mapping[Key, Problem]) -> Plan:
        """Return the plan with the ready rows of these keys rejected, each for its problem."""
        refused = [
            replace(row, status=Status.INVALID, problems=(*row.problems, wrong[planned.key]))
            for planned in self.ready
            if planned.key in wrong
            for row in planned.apart()
        ]
        return Plan(
            ready=tuple(row for row in self.ready if row.key not in wrong),
            rejected=tuple(sorted((*self.rejected, *refused), key=lambda row: row.number)),
        )


def make_plan(
    rows: Iterable[Row], reading: ReadingOptions, rules: RuleOptions, findings: Findings | None = None
) -> Plan:
    """Return the plan for `rows`: those with an error are rejected with all their problems, the others are ready.

    `findings` are those of the rules the last time.
    """
    read = read_rows(rows, reading)
    problems = check(read, rules, findings)
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
    groups = meetings_of(rows)
    taken = {row.number for group in groups for row in group}
    yield from (row for row in rows if row.number not in taken)
    for group in groups:
        yield from join_rows(group, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _People:
    """What the directory said by name, case folded; nothing where it was not asked or could not answer.

    `near` gives, for a name that it does not know, the one that was most likely meant. `book` says who has which
    display name, of all those found by a search for one, and `hits` whom each search found. `several` are the names
    that several users have as a mail address, `by_mail` those of one whose sign-in name is another.
    """

    found: Mapping[str, Person | Several | None] = field(default_factory=dict)
    near: Mapping[str, str] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    hits: Mapping[str, Several] = field(default_factory=dict)
    several: frozenset[str] = frozenset()
    by_mail: frozenset[str] = frozenset()
    _asked: dict[str, Attendee] = field(default_factory=dict)

    @classmethod
    def of(cls, answer: Mapping[str, Person | Several | None], hits: Mapping[str, Several]) -> _People:
        """Return the answers for looking up, near misses told."""
        found = {name.casefold(): person for name, person in answer.items()}
        unknown = [name for name, person in answer.items() if person is None]
        known = [person.upn for person in answer.values() if isinstance(person, Person)]
        named = {person.upn.casefold(): person for each in hits.values() for person in each.people}
        return cls(
            found={**named, **found},
            near=near_names(unknown, known),
            book=Book.of(_named(hits), Source.NAME),
            hits={name.casefold(): each for name, each in hits.items()},
            several=frozenset(name for name, person in found.items() if isinstance(person, Several)),
            by_mail=frozenset(name for name, person in found.items() if _is_by_mail(name, person)),
        )

    def get(self, name: str) -> Person | Several | None:
        """Return whoever has the name."""
        return self.found.get(name.casefold())

    def attendee(self, name: str) -> Attendee:
        """Return whoever has the name as requests have them: one for all rows that name them."""
        if name not in self._asked:
            one = self.get(name)
            self._asked[name] = Attendee(one.upn, one.object_id) if isinstance(one, Person) else Attendee(name)
        return self._asked[name]

    def hint(self, names: Iterable[str]) -> str:
        """Return ' (did you mean …?)' where any of `names` is nearly right."""
        return did_you_mean(self.near[name.casefold()] for name in names if name.casefold() in self.near)

    def candidates(self, name: str) -> str:
        """Return ' (there is …)' with a few of those whose display names have all words of one that is nobody's."""
        found = self.hits.get(name.casefold(), Several(()))
        said = [f"{person.name}, {person.upn}" for person in found.people]
        return _THERE_IS.format(names=first_few(said, CANDIDATES)) if said else ""


def _is_by_mail(name: str, person: Person | Several | None) -> bool:
    return isinstance(person, Person) and person.mail.casefold() == name != person.upn.casefold()


def _named(hits: Mapping[str, Several]) -> Iterator[tuple[str, str]]:
    """Return display names and sign-in names; a search with more hits than were told leaves open whose name it is."""
    for asked, found in hits.items():
        for person in found.people:
            yield person.name, person.upn
            if found.more:
                yield asked, person.upn


_WITH_PEOPLE = tuple(dict.fromkeys((*PEOPLE_KEYS, *ROLES)))
"""Columns that can name people: those that do, and an option that can be people instead of a choice."""
CANDIDATES = 3
"""People named of those whose display name is nearly that of a row: enough to recognise the right one."""


@dataclass(frozen=True, slots=True)
class PeopleOptions:
    """Whose meetings they are (`delegated`: the signed-in user's), and whether unknown attendees stop their row.

    `find_people`: names that nobody said more of are looked for among the directory's display names.
    """

    delegated: bool = False
    strict_attendees: bool = False
    find_people: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """Every planned row again: `ready` to send or `refused`; `notices` are about the file as a whole."""

    ready: tuple[Row, ...]
    refused: tuple[Row, ...]
    notices: tuple[Problem, ...] = ()

    def without_twins_in(self, others: Mapping[tuple[str | None, str], str]) -> Assignment:
        """Return it with the rows refused that turned out to be one meeting with a row elsewhere, and where that is."""
        twins = tuple(_twin(row, others[_key(row)]) for row in self.ready if _key(row) in others)
        if not twins:
            return self
        ready = tuple(row for row in self.ready if _key(row) not in others)
        return replace(self, ready=ready, refused=(*self.refused, *twins))


def assign(rows: Sequence[Row], directory: Directory, options: PeopleOptions) -> Assignment:
    """Return all rows, with their people.

    Raise Stop when sign-in fails or no organizer can be told from the directory.
    """
    me = signed_in(directory) if options.delegated else None
    people = _People()
    notices: tuple[Problem, ...] = ()
    hits = _search(rows, directory) if options.find_people else {}
    names = [name for name in _names(rows, me) if not (options.find_people and is_name(name))]
    match directory.look_up(names):
        case Failure() as failure:
            _require_alternative(rows, failure, options)
            notices = (problem("people-not-checked", detail=failure.problem.detail),)
        case found:
            people = _People.of(found, hits)
    placed = [_place(row, people, me, options) for row in rows]
    refused = [row for row in placed if row.request is None]
    unique, twins = _without_twins([row for row in placed if row.request is not None])
    return Assignment(tuple(unique), (*refused, *twins), (*notices, *_found_otherwise(unique)))


def names_to_find(rows: Iterable[Row]) -> tuple[str, ...]:
    """Return what stands for people in the rows and is no address, each once: the directory is to say whose it is."""
    said = (name for row in rows for key in PEOPLE_KEYS for name in named_by(row, key) if is_name(name))
    return tuple(dict.fromkeys(said))


def people_by_name(names: Iterable[str], directory: Directory) -> Mapping[str, Person | Several | None] | Failure:
    """Return for each display name the one user who has it, several, or None where it is nobody's."""
    match _hits(names, directory):
        case Failure() as failure:
            return failure
        case hits:
            people = _People.of({}, hits)
            known = {name: [people.get(one) for one in named_in(name, people.book).people] for name in names}
            return {name: found[0] if len(found) == 1 else None for name, found in known.items()}


def _hits(names: Iterable[str], directory: Directory) -> Mapping[str, Several] | Failure:
    wanted = dict.fromkeys(one for name in names for one in possible_names(name))
    return directory.search(list(wanted)) if wanted else {}


def _search(rows: Iterable[Row], directory: Directory) -> Mapping[str, Several]:
    """Return whom the directory has by each name in the rows. Raise Stop where it does not say."""
    match _hits(names_to_find(rows), directory):
        case Failure(problem=found, scope=scope):
            raise Stop(found, _exit_code(scope))
        case hits:
            return hits


def _found_otherwise(rows: Iterable[Row]) -> Iterator[Problem]:
    """Yield a note for those who were found by their mail address, and one for those found by their display name."""
    meant = dict.fromkeys(one for row in rows for one in row.people)
    for source, code in ((Source.MAIL, "people-found-by-mail"), (Source.NAME, "people-found-by-name")):
        told = [_IS.format(name=one.name, sign_in=one.sign_in) for one in meant if one.source is source]
        if told:
            yield problem(code, value=in_words(told), detail="; ".join(told))


_IS = Sentence("people-found is", "{name} is {sign_in}", note="Ana Lopez is ana@contoso.com")
_THERE_IS = Sentence(
    "name-not-found there is", " (there is {names})", note="there is Ana Lopez, ana.lopez@contoso.com and 2 more"
)


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
        for key in _WITH_PEOPLE:
            for name in () if me and PEOPLE_KEYS.get(key) is Holds.PERSON else named_by(row, key):
                names.setdefault(name.casefold(), name)
    return tuple(names.values())


def _require_alternative(rows: Iterable[Row], failure: Failure, options: PeopleOptions) -> None:
    """Without a directory a run can go on only where no name needs one: organizers by object ID, attendees by UPN."""
    by_id = options.delegated or all(GUID.fullmatch(row.organizer) for row in rows)
    if not by_id or options.strict_attendees or failure.scope is Scope.SERVICE:
        raise Stop(failure.problem, _exit_code(failure.scope))


def _place(row: Row, people: _People, me: Person | None, options: PeopleOptions) -> Row:
    """Return the row with its request, or with what is wrong with one of its people.

    The row keeps what it says, because it is known by that from run to run; whom it means is in its request.
    """
    told = _told(row, people) if options.find_people else row
    if told.status is not row.status:
        return told
    if people.several and (found := _of_several(told, people)):
        return row.with_error(found, Status.FAILED)
    request, problems = _request(told, people, me, options)
    if isinstance(request, Row):
        return replace(request, values=row.values)
    by_mail = _by_mail(told, people) if people.by_mail else ()
    meant = (*told.people, *(Meant(name, one.upn, Source.MAIL) for name, one in by_mail))
    return replace(row, request=request, people=tuple(dict.fromkeys(meant)), problems=(*row.problems, *problems))


def _told(row: Row, people: _People) -> Row:
    """Return the row with the sign-in names of those it calls by a display name, or with what is wrong with one."""
    values, meant = dict(row.values), list(row.people)
    for key, holds in PEOPLE_KEYS.items():
        known: list[str] = []
        for name in named_by(row, key):
            named = named_in(name, people.book) if is_name(name) else Named((name,))
            if named.unclear:
                facts: dict[str, Any] = {**named.unclear.facts}
                unclear = problem(named.unclear.code, column=key, value=named.unclear.value, **facts)
                return row.with_error(unclear, Status.FAILED)
            if unknown := next(filter(is_name, named.people), None):
                near = people.candidates(unknown)
                nobody = problem("name-not-found", column=key, value=unknown, candidates=near)
                return row.with_error(nobody, Status.FAILED)
            known += named.people
            meant += named.meant
        if holds is Holds.PERSON and len(distinct(known)) > 1:
            several = problem("organizer-not-one", column=key, value=row.text(key), count=len(known))
            return row.with_error(several, Status.FAILED)
        if known:
            values[key] = known[0] if holds is Holds.PERSON else tuple(known)
    return replace(row, values=values, people=tuple(meant))


def _of_several(row: Row, people: _People) -> Problem | None:
    """Return what is wrong with a mail address of several users, if the row has one."""
    for key in _WITH_PEOPLE:
        for name in named_by(row, key):
            if name.casefold() in people.several and isinstance(found := people.get(name), Several):
                users = in_words([person.upn for person in found.people])
                return problem("mail-of-several", column=key, value=name, people=users)
    return None


def _by_mail(row: Row, people: _People) -> Iterator[tuple[str, Person]]:
    for key in _WITH_PEOPLE:
        for name in named_by(row, key):
            if name.casefold() in people.by_mail and isinstance(found := people.get(name), Person):
                yield name, found


def _request(
    row: Row, people: _People, me: Person | None, options: PeopleOptions
) -> tuple[MeetingRequest | Row, tuple[Problem, ...]]:
    """Return what to send and what to say of it, or the row as it ends."""
    organizer_id = None
    if me is not None:
        if row.organizer and row.organizer.casefold() not in {me.upn.casefold(), me.object_id.casefold()}:
            other = problem("organizer-not-signed-in-user", column="organizer", value=row.organizer, me=me.upn)
            return row.with_error(other, Status.INVALID), ()
    else:
        organizer = people.get(row.organizer) if people.found else Person(row.organizer, row.organizer)
        if not isinstance(organizer, Person):
            missing = problem(
                "organizer-not-found", column="organizer", value=row.organizer, hint=people.hint([row.organizer])
            )
            return row.with_error(missing, Status.FAILED), ()
        organizer_id = organizer.object_id
    for key in ROLES:
        strangers = [upn for upn in row.named_in(key) if people.found and people.get(upn) is None]
        if strangers:
            found = problem("role-not-found", column=key, value=join_quoted(strangers), hint=people.hint(strangers))
            return row.with_error(found, Status.FAILED), ()
    problems: list[Problem] = []
    for key, holds in PEOPLE_KEYS.items():
        named = distinct(named_by(row, key)) if holds is Holds.PEOPLE and people.found else ()
        if unknown := [upn for upn in named if people.get(upn) is None]:
            code = "attendee-refused" if options.strict_attendees else "attendee-not-found"
            problems.append(problem(code, column=key, value=join_quoted(unknown), hint=people.hint(unknown)))
    if problems and options.strict_attendees:
        return row.with_error(problems[0], Status.FAILED), ()
    request = MeetingRequest(
        external_id=row.external_id,
        organizer_id=organizer_id,
        wishes=wishes(row, people.attendee),
        zone=row.zone,
        links=row.links,
        other_list=row.other_list,
        owed=row.owed,
        invitation=row.invitation,
    )
    return request, tuple(problems)


def _without_twins(ready: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Split rows whose organizers turned out to be one person under two names, and whose external IDs are the same."""
    groups: dict[tuple[str | None, str], list[int]] = defaultdict(list)
    for row in ready:
        groups[_key(row)].extend(row.numbers)
    unique: list[Row] = []
    twins: list[Row] = []
    for row in ready:
        if others := [number for number in groups[_key(row)] if number not in row.numbers]:
            twins.append(_twin(row, rows_in_words(others)))
        else:
            unique.append(row)
    return unique, twins


def _twin(row: Row, others: str) -> Row:
    facts = {"value": row.external_id, "others": others, "would": ""}
    return row.with_error(problem("duplicate-external-id", column="external_id", **facts), Status.INVALID)


def _key(row: Row) -> tuple[str | None, str]:
    return row.asked.organizer_id, row.external_id
