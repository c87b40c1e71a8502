"""The properties of a meeting that rows can state, each declared once: requests, answers, comparison and changes.

A property says what a row wishes, how that is written into a body and read from an answer, when a meeting says
something else and in which words that is told, and which calls take it. To add one, declare it in `BASIC_PROPERTIES`,
or as an option (core/meeting_options.py); one that is a single value at one place of a body is declared by `one_value`.
What a declaration lacks is said when the program is imported. In particular:

- Without a start nothing about times is compared. With a start alone the end is not: someone may have made the
  meeting longer. When its start is moved, it keeps the length it has in Teams.
- A blank subject does not ask for one to be removed. Spaces, line breaks and the Unicode form of a letter are nobody's
  decision and not compared.
- No attendees in the row: anybody may be on the meeting. The organizer never counts, on either side.
- People are compared as sets: the same person by object ID where both sides know it, else by UPN, whatever the case.
- What the answer does not say is unknown, not empty: times of the year 1, and participants that are missing or null.
- Of more attendees than `ATTENDEES_SHOWN`, Graph shows that many without saying so: then those it shows must be in the
  row, and whether the others are there can't be told.

Two values that differ are told in words from which a person can see that they do.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, fields, replace
from enum import Flag, auto
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from importer.core.body import body_with, child, instant, participant, read_instant, read_participant, text, value_at
from importer.core.catalogue import CATALOGUE, problem, shorten
from importer.core.model import ATTENDEES_SHOWN, DEFAULT_LENGTH, Attendee
from importer.core.people import distinct
from importer.core.texts import Sentence, clauses, dated
from importer.core.wording import first_few

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from importer.core.body import Body
    from importer.core.model import Meeting, Problem
    from importer.core.row import MeetingRequest, Row


def _missing(*_: Any) -> Any:  # noqa: ANN401 - it stands for parts of every kind
    raise NotImplementedError


class Sent(Flag):
    """The calls that take a property."""

    CREATE = auto()
    """createOrGet, which states it only where it makes the meeting."""
    CHANGE = auto()
    """PATCH."""


NOWHERE = Sent(0)
"""For a property that is only compared."""
_ONLY_SENT = frozenset({"change", "write", "longest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A property of a meeting that rows may state, declared once: requests, comparison and changes derive from this.

    What it says is a text, a truth, a number, a moment, a person, or a tuple of such; None is a part that is not known.

    - `key` is its name in a request's wishes and in what a meeting says; `columns` are those whose cells state it.
    - `wish(row, person)` is what a row asks for, None where it has no opinion; `person` looks a name up.
    - `read(answer)` is what an answer says, None where it says nothing of it.
    - `differences(request, wanted, meeting)` are warnings, one for each column in which a meeting says something else.
    - `change(wanted, meeting)` is what to state so that the meeting says it.
    - `write(value)` is the part of a body that states it, `sent` the calls that take it.
    - `silent(wanted, meeting)` are the columns of whose wish nothing is said, where parts of a value are told apart.
    - `longest` is for a list, which a change replaces as a whole: how many of it an answer shows at most (0: all).
    - `by_itself` is what Teams says of a new meeting where no policy says otherwise; None where that depends.

    Raise TypeError for a declaration with a part missing: it must not be found by a user.
    """

    key: str = ""
    columns: tuple[str, ...] = ()
    wish: Callable[[Row, Callable[[str], Attendee]], Any] = _missing
    read: Callable[[Body], Any] = _missing
    differences: Callable[[MeetingRequest, Any, Meeting], Iterator[Problem]] = _missing
    change: Callable[[Any, Meeting], Any] = _missing
    write: Callable[[Any], Mapping[str, Any]] = _missing
    sent: Sent | None = None
    longest: int | None = None
    silent: Callable[[Any, Meeting], Iterable[str]] | None = None
    by_itself: Any = None

    def __post_init__(self) -> None:
        """Raise TypeError where a part is missing."""
        missing = [each.name for each in fields(self) if getattr(self, each.name) in ("", (), _missing, None)]
        missing = [name for name in missing if name not in ("silent", "by_itself")]
        if missing := [name for name in missing if self.sent != NOWHERE or name not in _ONLY_SENT]:
            raise TypeError(f"The property '{self.key}' is declared without {', '.join(missing)}.")

    def takes(self, call: Sent) -> bool:
        """Return whether a call takes the property."""
        return self.sent is not None and call in self.sent

    def unsaid(self, wanted: Any, meeting: Meeting) -> tuple[str, ...]:  # noqa: ANN401 - a value of this property
        """Return the columns of whose wish a meeting says nothing."""
        said = meeting.says.get(self.key)
        if self.silent is not None:
            return tuple(self.silent(wanted, meeting))
        return self.columns if said is None or (isinstance(said, tuple) and None in said) else ()


def one_value(
    key: str,
    at: str,
    kind: type[str | bool],
    *,
    sent: Sent,
    words: Callable[[Any, Any], tuple[str, str]],
    code: str = "",
    blank: str | bool | None = None,
    plain: Callable[[Any], object] = lambda value: value,
) -> Property:
    """Return a property that is one text or truth at one place of a body, like `lobbyBypassSettings.scope`.

    The column with the same key states it. `words(sheet, teams)` tells two values that differ to a person, `code` is
    the catalogue's for that (`differs-KEY`), `plain` gives what is compared of a value, and `blank` is what a meeting
    says of which an answer has nothing (None: that is not known). Raise TypeError where the catalogue has no such code.
    """
    code = code or f"differs-{key.replace('_', '-')}"
    if code not in CATALOGUE:
        raise TypeError(f"The property '{key}' is declared without a sentence for its differences, '{code}'.")

    def wish(row: Row, _person: object) -> Any:  # noqa: ANN401 - a value of that kind
        value = row.values.get(key)
        return value if isinstance(value, kind) and str(value).strip() else None

    def read(answer: Body) -> Any:  # noqa: ANN401 - a value of that kind
        value = value_at(answer, at)
        return value if isinstance(value, kind) else None

    def differences(_request: MeetingRequest, wanted: Any, meeting: Meeting) -> Iterator[Problem]:  # noqa: ANN401 - as above
        found = meeting.says.get(key, blank)
        if found is not None and plain(wanted) != plain(found):
            sheet, teams = words(plain(wanted), plain(found))
            yield problem(code, column=key, value=str(wanted), sheet=sheet, teams=teams)

    return Property(
        key=key,
        columns=(key,),
        wish=wish,
        read=read,
        differences=differences,
        change=lambda wanted, _meeting: wanted,
        write=partial(body_with, at),
        sent=sent,
        longest=0,
    )


UNKNOWN_MEMBER = "unknownFutureValue"
"""Stands for a role, or another word, that Graph does not name to this client; it can't be sent back.

Source: https://learn.microsoft.com/graph/best-practices-concept (evolvable enumerations)
"""


class IdentitySet:
    """Knows who is in a list of people. `ids` are people of whom only the object ID is known."""

    __slots__ = ("_by_id", "_by_upn", "_without_id")

    def __init__(self, people: Iterable[Attendee], *, ids: Iterable[str] = ()) -> None:
        self._by_id = {object_id.casefold(): Attendee("", object_id) for object_id in ids}
        self._by_upn: dict[str, Attendee] = {}
        self._without_id: dict[str, Attendee] = {}
        for person in people:
            self.add(person)

    def add(self, person: Attendee) -> None:
        """Take one more person in; of two with the same name, the first is the one that is found."""
        upn = person.upn.casefold()
        if person.object_id:
            self._by_id.setdefault(person.object_id.casefold(), person)
        elif upn:
            self._without_id.setdefault(upn, person)
        if upn:
            self._by_upn.setdefault(upn, person)

    def find(self, person: Attendee) -> Attendee | None:
        """Return the same person as this list has them, or None.

        One UPN with two object IDs is two people: an account that was deleted, and its successor.
        """
        upn = person.upn.casefold()
        if person.object_id is None:
            return self._by_upn.get(upn)
        return self._by_id.get(person.object_id.casefold()) or self._without_id.get(upn)


def absent(people: Iterable[Attendee], others: Iterable[Attendee], ignored: IdentitySet) -> tuple[Attendee, ...]:
    """Return those of `people` who are neither among `others` nor `ignored`."""
    there = IdentitySet(others)
    return tuple(person for person in people if there.find(person) is None and ignored.find(person) is None)


def merge_attendees(wanted: Iterable[Attendee], known: Iterable[Attendee]) -> tuple[Attendee, ...]:
    """Return each wanted person once, with the object ID and the role that `known` has for them.

    A list replaces the whole list, so a role that is not sent again would be lost.
    """
    there, taken = IdentitySet(known), IdentitySet(())
    once: list[Attendee] = []
    for person in wanted:
        if taken.find(person) is None:
            taken.add(person)
            once.append(_as_known(person, there.find(person)))
    return tuple(once)


def _as_known(person: Attendee, known: Attendee | None) -> Attendee:
    if known is None:
        return person
    role = "" if known.role == UNKNOWN_MEMBER else known.role
    return replace(person, object_id=person.object_id or known.object_id, role=role)


# Not strftime, whose names of days and months are the machine's language.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

CONTEXT = 20
"""Characters shown before the place where two long texts part."""


def moments_in_words(one: datetime, other: datetime, zone: str) -> tuple[str, str]:
    """Return 'Mon 23 Nov 10:00' for each, on the clocks of `zone`.

    The year, the seconds and the offset from UTC are there only where the two would read alike or mislead without.
    """
    first, second = on_clocks(one, zone), on_clocks(other, zone)
    day = day_in_words if first.year == second.year else full_day_in_words
    clock = "%H:%M:%S" if first.second or second.second else "%H:%M"
    said = [_DAY_AND_CLOCK.format(day=day(moment), clock=f"{moment:{clock}}") for moment in (first, second)]
    if said[0] == said[1]:  # the hour that the clocks repeat
        clock += " UTC%z"
        said = [_DAY_AND_CLOCK.format(day=day(moment), clock=f"{moment:{clock}}") for moment in (first, second)]
    return said[0], said[1]


_DAY_AND_CLOCK = Sentence("", "{day} {clock}")


def on_clocks(moment: datetime, zone: str) -> datetime:
    """Return the moment as the clocks of `zone` (an IANA name) show it."""
    try:
        return moment.astimezone(ZoneInfo(zone))
    except OverflowError:  # the last hours of the year 9999, which Graph allows
        return moment


def day_in_words(moment: datetime) -> str:
    """Return 'Mon 23 Nov', in English whatever language the machine speaks."""
    return dated(_day(moment), moment, "MMMEd")


def full_day_in_words(moment: datetime) -> str:
    """Return 'Mon 23 Nov 2026'."""
    return dated(f"{_day(moment)} {moment.year}", moment, "yMMMEd")


DAY_AND_TIME = Sentence("day and time", "{day}, {time}", note="Mon 23 Nov 2026, 10:00")
TO = Sentence("from to", "{start} to {end}", note="Mon 23 Nov 2026, 10:00 to 11:00")
IN_ZONE = Sentence("in zone", "{time} ({zone})", note="Mon 23 Nov 2026, 10:00 to 11:00 (Europe/Berlin)")


def _day(moment: datetime) -> str:
    return f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]}"


def texts_in_words(one: str, other: str) -> tuple[str, str]:
    """Return both in quotes, cut to where they part if they are too long to show whole."""
    if shorten(one) == shorten(other):
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
        cut = max(0, alike - CONTEXT)
        one, other = f"…{one[cut:]}", f"…{other[cut:]}"
    return _quoted(one), _quoted(other)


def people_in_words(missing: Collection[Attendee], extra: Collection[Attendee]) -> tuple[str, str]:
    """Return who is only in the sheet (`missing` in Teams) and only in Teams (`extra`): for a person, and in full."""
    upns = {person.upn.casefold() for person in missing}
    ours = [person.upn or person.object_id or "" for person in missing]
    theirs = [_name(person, upns) for person in extra]
    sides = [place.format(names=_some(names)) for place, names in ((_IN_SHEET, ours), (_IN_TEAMS, theirs)) if names]
    return clauses(sides), f"only in the sheet: {_in_full(missing)}; only in Teams: {_in_full(extra)}"


_IN_SHEET = Sentence("differs only in sheet", "only in the sheet: {names}", note="only in the sheet: ana@contoso.com")
_IN_TEAMS = Sentence("differs only in Teams", "only in Teams: {names}", note="only in Teams: bo@contoso.com")
_NO_SUBJECT = Sentence("differs-subject none", "no subject", note="sheet: 'Budget', Teams: no subject.")
_NAMESAKE = Sentence("differs namesake", "{name} (another account of that name)")


def _quoted(text: str) -> str:
    return f"'{shorten(text)}'" if text else _NO_SUBJECT.format()


def _name(person: Attendee, upns: Collection[str]) -> str:
    """A deleted account and its successor share their UPN; only the ID tells them apart."""
    known = person.upn or person.object_id or ""
    return _NAMESAKE.format(name=known) if person.upn.casefold() in upns else known


def _in_full(people: Collection[Attendee]) -> str:
    return ", ".join(f"{person.upn} {person.object_id or ''}".strip() for person in people) or "nobody"


def _some(names: Collection[str]) -> str:
    return first_few([*map(shorten, names)])


StartEnd: TypeAlias = "tuple[datetime, datetime | None]"


def _moments(request: MeetingRequest, wanted: StartEnd, meeting: Meeting) -> Iterator[Problem]:
    for column, ours, theirs in zip(("start", "end"), wanted, (meeting.start, meeting.end), strict=True):
        if ours is not None and theirs is not None and _second(ours) != _second(theirs):
            yield _moment(column, ours, theirs, request.zone)


def _moment(column: str, wanted: datetime, found: datetime, zone: str) -> Problem:
    sheet, teams = moments_in_words(wanted, found, zone)
    detail = f"sheet {wanted.isoformat()}, Teams {found.isoformat()}"
    return problem(f"differs-{column}", column=column, value=sheet, detail=detail, sheet=sheet, teams=teams, zone=zone)


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _start_and_end(row: Row, _person: object) -> StartEnd | None:
    return None if row.start is None else (row.start, row.end)


def _whole_times(wanted: StartEnd, meeting: Meeting) -> StartEnd:
    """Return both, as a change takes them: without an end in the row, the meeting keeps the length it has."""
    start, end = wanted
    length = DEFAULT_LENGTH
    if meeting.start is not None and meeting.end is not None and meeting.start <= meeting.end:
        length = meeting.end - meeting.start
    try:
        return start, end or start + length
    except OverflowError:  # a meeting that ends with the year 9999, as an answer may say
        return start, start + DEFAULT_LENGTH


_TIMES = ("startDateTime", "endDateTime")


def _read_times(answer: Body) -> tuple[datetime | None, ...] | None:
    moments = tuple(read_instant(text(answer, name)) for name in _TIMES)
    return moments if any(moments) else None


def _write_times(stated: StartEnd) -> dict[str, Any]:
    return {name: instant(moment) for name, moment in zip(_TIMES, stated, strict=True) if moment is not None}


def _people(request: MeetingRequest, wanted: Collection[Attendee], meeting: Meeting) -> Iterator[Problem]:
    found = meeting.attendees
    if found is None:
        return
    organizers = organizers_of(request, meeting)
    missing = absent(wanted, found, organizers) if len(found) < ATTENDEES_SHOWN else ()
    extra = absent(found, wanted, organizers)
    if missing or extra:
        value = "; ".join(person.upn for person in wanted)
        differing, detail = people_in_words(missing, extra)
        yield problem("differs-attendees", column="attendees", value=value, detail=detail, differing=differing)


def organizers_of(request: MeetingRequest, meeting: Meeting) -> IdentitySet:
    """Return who organizes the meeting, by whatever is known of them."""
    by_id = () if request.organizer_id is None else (request.organizer_id,)
    return IdentitySet(() if meeting.organizer is None else (meeting.organizer,), ids=by_id)


def _invited(row: Row, person: Callable[[str], Attendee]) -> tuple[Attendee, ...] | None:
    """Return who is invited, those with a role among them."""
    named = distinct((*row.attendees, *row.with_roles)) if row.attendees else ()
    return tuple(map(person, named)) or None


def read_attendees(answer: Body) -> tuple[Attendee, ...] | None:
    """Return who is invited, None where an answer does not say."""
    listed = child(answer, "participants").get("attendees")
    if not isinstance(listed, list):
        return None
    people = (read_participant(entry) for entry in listed if isinstance(entry, dict))
    return tuple(person for person in people if person.upn or person.object_id)


def write_attendees(stated: Iterable[Attendee]) -> dict[str, Any]:
    """Return the part of a body that says who is invited, and in which role."""
    return {"participants": {"attendees": [participant(person) for person in stated]}}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


BASIC_PROPERTIES: tuple[Property, ...] = (
    one_value("subject", "subject", str, sent=Sent.CREATE | Sent.CHANGE, words=texts_in_words, blank="", plain=_plain),
    Property(
        key="times",
        columns=("start", "end"),
        wish=_start_and_end,
        read=_read_times,
        differences=_moments,
        change=_whole_times,
        write=_write_times,
        sent=Sent.CREATE | Sent.CHANGE,
        longest=0,
    ),
    Property(
        key="attendees",
        columns=("attendees",),
        wish=_invited,
        read=read_attendees,
        differences=_people,
        change=lambda wanted, meeting: merge_attendees(wanted, meeting.attendees or ()),
        write=write_attendees,
        sent=Sent.CREATE | Sent.CHANGE,
        longest=ATTENDEES_SHOWN,
    ),
)
"""The properties that createOrGet takes, in the order in which differences are said.

Source of what the calls take: https://learn.microsoft.com/graph/api/onlinemeeting-createorget and
/graph/api/onlinemeeting-update
"""
