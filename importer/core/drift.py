"""What the sheet says and what Teams has, compared: createOrGet never changes a meeting that is there.

One rule for all columns: a blank cell has no opinion. Graph fills in what a row leaves blank (now, and an hour later),
and people fill in the rest in Teams, so neither is a difference, and neither is ever cleared. In particular:

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
from datetime import UTC, timedelta
from enum import Enum, Flag, auto
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from importer.core.catalogue import problem, shorten
from importer.core.model import ATTENDEES_SHOWN, Attendee
from importer.core.wording import first_few

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from importer.core.model import Meeting, Problem
    from importer.core.row import MeetingRequest, Row


UNKNOWN_ROLE = "unknownFutureValue"
"""Stands for a role that Graph does not name to this client; it can't be sent back.

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


def merged(wanted: Iterable[Attendee], known: Iterable[Attendee]) -> tuple[Attendee, ...]:
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
    role = "" if known.role == UNKNOWN_ROLE else known.role
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
    parts: list[Callable[[datetime], str]] = [day_in_words]
    if first.year != second.year:
        parts.append(lambda moment: f" {moment.year}")
    parts.append(_clock if first.second or second.second else lambda moment: _clock(moment)[:6])
    said = ["".join(part(moment) for part in parts) for moment in (first, second)]
    if said[0] == said[1]:  # the hour that the clocks repeat
        said = [f"{words} UTC{moment:%z}" for words, moment in zip(said, (first, second), strict=True)]
    return said[0], said[1]


def on_clocks(moment: datetime, zone: str) -> datetime:
    """Return the moment as the clocks of `zone` (an IANA name) show it."""
    try:
        return moment.astimezone(ZoneInfo(zone))
    except OverflowError:  # the last hours of the year 9999, which Graph allows
        return moment


def day_in_words(moment: datetime) -> str:
    """Return 'Mon 23 Nov', in English whatever language the machine speaks."""
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
    sides = [(place, names) for place, names in (("the sheet", ours), ("Teams", theirs)) if names]
    words = "; ".join(f"only in {place}: {_some(names)}" for place, names in sides)
    return words, f"only in the sheet: {_in_full(missing)}; only in Teams: {_in_full(extra)}"


def _clock(moment: datetime) -> str:
    return f" {moment:%H:%M:%S}"


def _quoted(text: str) -> str:
    return f"'{shorten(text)}'" if text else "no subject"


def _name(person: Attendee, upns: Collection[str]) -> str:
    """A deleted account and its successor share their UPN; only the ID tells them apart."""
    known = person.upn or person.object_id or ""
    return f"{known} (another account of that name)" if person.upn.casefold() in upns else known


def _in_full(people: Collection[Attendee]) -> str:
    return ", ".join(f"{person.upn} {person.object_id or ''}".strip() for person in people) or "nobody"


def _some(names: Collection[str]) -> str:
    return first_few([*map(shorten, names)])


DEFAULT_LENGTH = timedelta(hours=1)
"""What Graph gives a meeting without an end: https://learn.microsoft.com/graph/api/onlinemeeting-createorget"""


Changes: TypeAlias = "Mapping[str, Any]"
"""What a meeting is to say, by property; one that is absent is left alone. Start and end go together, attendees are the
whole list: https://learn.microsoft.com/graph/api/onlinemeeting-update
"""


class Agreement(Enum):
    """Whether a meeting says what it was to say."""

    YES = auto()
    NO = auto()
    UNSAID = auto()
    """Nothing contradicts it, but the answer leaves out a part of it."""


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
_ONLY_SENT = frozenset({"change", "agreements", "names", "write"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A property of a meeting that rows may state, declared once: requests, comparison and changes derive from this.

    - `key` is its name in a request's wishes, and `columns` are those whose cells state it.
    - `wish(row, person)` is what a row asks for, None where it has no opinion; `person` looks a name up.
    - `differences(request, meeting)` are warnings, one for each column in which a meeting says something else.
    - `change(request, meeting)` is what to state so that the meeting says it, None where there is nothing to state.
    - `agreements(request, stated, meeting)` tell whether a meeting says what was stated.
    - `names` are its names in a body, `write(value)` the part of a body that states it, `sent` the calls that take it.

    Raise TypeError for a declaration with a part missing: it must not be found by a user.
    """

    key: str = ""
    columns: tuple[str, ...] = ()
    wish: Callable[[Row, Callable[[str], Attendee]], Any] = _missing
    differences: Callable[[MeetingRequest, Meeting], Iterator[Problem]] = _missing
    change: Callable[[MeetingRequest, Meeting], Any] = _missing
    agreements: Callable[[MeetingRequest, Any, Meeting], Iterator[Agreement]] = _missing
    names: tuple[str, ...] = ()
    write: Callable[[Any], Mapping[str, Any]] = _missing
    sent: Sent | None = None

    def __post_init__(self) -> None:
        """Raise TypeError where a part is missing."""
        missing = [each.name for each in fields(self) if getattr(self, each.name) in ("", (), _missing, None)]
        if missing := [name for name in missing if self.sent != NOWHERE or name not in _ONLY_SENT]:
            raise TypeError(f"The property '{self.key}' is declared without {', '.join(missing)}.")

    def takes(self, call: Sent) -> bool:
        """Return whether a call takes the property."""
        return self.sent is not None and call in self.sent


def wishes(row: Row, person: Callable[[str], Attendee]) -> dict[str, Any]:
    """Return what a row asks for, by property. What it leaves blank is not among it."""
    asked = ((each.key, each.wish(row, person)) for each in PROPERTIES)
    return {key: wish for key, wish in asked if wish is not None}


def drift(order: MeetingRequest, meeting: Meeting, properties: Iterable[Property] | None = None) -> tuple[Problem, ...]:
    """Return one warning for each column in which the meeting says something else than the row."""
    known = PROPERTIES if properties is None else properties
    return tuple(found for each in known for found in each.differences(order, meeting))


def changes(
    order: MeetingRequest, meeting: Meeting, columns: Collection[str], properties: Iterable[Property] | None = None
) -> Changes:
    """Return what to state so that `meeting` says what the row says in `columns`, and keeps everything else."""
    known = PROPERTIES if properties is None else properties
    named = (each for each in known if each.takes(Sent.CHANGE) and set(each.columns) & set(columns))
    stated = ((each.key, each.change(order, meeting)) for each in named)
    return {key: value for key, value in stated if value is not None}


def body_of(stated: Mapping[str, Any], call: Sent) -> dict[str, Any]:
    """Return the part of a body that states these properties, as far as the call takes them."""
    body: dict[str, Any] = {}
    for each in PROPERTIES:
        if each.key in stated and each.takes(call):
            body.update(each.write(stated[each.key]))
    return body


def names_in(call: Sent) -> set[str]:
    """Return the names that the properties have in the body of a call."""
    return {name for each in PROPERTIES if each.takes(call) for name in each.names}


def too_many(stated: Changes, meeting: Meeting) -> bool:
    """Return whether replacing the attendees could remove somebody whom nobody has seen, or could not be checked."""
    shown = len(meeting.attendees or ())
    return "attendees" in stated and (len(stated["attendees"]) > ATTENDEES_SHOWN or shown >= ATTENDEES_SHOWN)


def late(wanted: Collection[str], properties: Iterable[Property]) -> list[Property]:
    """Return the properties among those `wanted` that createOrGet can't take and a PATCH can."""
    return [each for each in properties if each.key in wanted and each.sent == Sent.CHANGE]


def owed(order: MeetingRequest, meeting: Meeting, properties: Iterable[Property]) -> Changes:
    """Return what a meeting that was just made has still to be told: what the row states and createOrGet can't take."""
    stated = ((each.key, each.change(order, meeting)) for each in late(order.wishes, properties))
    return {key: value for key, value in stated if value is not None}


def still_owed(order: MeetingRequest, made: Meeting, meeting: Meeting, properties: Iterable[Property]) -> Changes:
    """Return what a meeting has still to be told that an earlier run has `made` and not told everything.

    That is not what it says by now, and not what somebody has changed since it was made.
    """
    known = [each for each in late(order.wishes, properties) if not _was_changed(each, order, made, meeting)]
    stated = owed(order, meeting, known)
    return {
        each.key: stated[each.key]
        for each in known
        if each.key in stated and agreement(order, {each.key: stated[each.key]}, meeting, [each]) is not Agreement.YES
    }


def _was_changed(each: Property, order: MeetingRequest, made: Meeting, meeting: Meeting) -> bool:
    stated = {each.key: each.change(order, made)}
    if stated[each.key] is None or agreement(order, stated, made, [each]) is Agreement.UNSAID:
        return False
    return list(each.differences(order, made)) != list(each.differences(order, meeting))


def agreement(
    order: MeetingRequest, stated: Changes, meeting: Meeting, properties: Iterable[Property] | None = None
) -> Agreement:
    """Return whether `meeting` says what was stated for `order`."""
    known = [each for each in (PROPERTIES if properties is None else properties) if each.key in stated]
    said = {same for each in known for same in each.agreements(order, stated[each.key], meeting)}
    return Agreement.NO if Agreement.NO in said else Agreement.UNSAID if Agreement.UNSAID in said else Agreement.YES


def _subject(order: MeetingRequest, meeting: Meeting) -> Iterator[Problem]:
    if order.subject.strip() and _plain(order.subject) != _plain(meeting.subject):
        sheet, teams = texts_in_words(_plain(order.subject), _plain(meeting.subject))
        yield problem("differs-subject", column="subject", value=order.subject, sheet=sheet, teams=teams)


def _moments(order: MeetingRequest, meeting: Meeting) -> Iterator[Problem]:
    if order.start is None:
        return
    pairs = {"start": (order.start, meeting.start), "end": (order.end, meeting.end)}
    for column, (wanted, found) in pairs.items():
        if wanted is not None and found is not None and _second(wanted) != _second(found):
            yield _moment(column, wanted, found, order.zone)


def _moment(column: str, wanted: datetime, found: datetime, zone: str) -> Problem:
    sheet, teams = moments_in_words(wanted, found, zone)
    detail = f"sheet {wanted.isoformat()}, Teams {found.isoformat()}"
    return problem(f"differs-{column}", column=column, value=sheet, detail=detail, sheet=sheet, teams=teams, zone=zone)


def _attendees(order: MeetingRequest, meeting: Meeting) -> Iterator[Problem]:
    if not order.attendees or meeting.attendees is None:
        return
    sheet, teams = order.attendees, meeting.attendees
    organizers = _organizers(order, meeting)
    missing = absent(sheet, teams, organizers) if len(teams) < ATTENDEES_SHOWN else ()
    extra = absent(teams, sheet, organizers)
    if missing or extra:
        value = "; ".join(person.upn for person in sheet)
        differing, detail = people_in_words(missing, extra)
        yield problem("differs-attendees", column="attendees", value=value, detail=detail, differing=differing)


def _organizers(order: MeetingRequest, meeting: Meeting) -> IdentitySet:
    by_id = () if order.organizer_id is None else (order.organizer_id,)
    return IdentitySet((() if meeting.organizer is None else (meeting.organizer,)), ids=by_id)


def _times(order: MeetingRequest, meeting: Meeting) -> tuple[datetime, datetime] | None:
    if order.start is None:
        return None
    length = DEFAULT_LENGTH
    if meeting.start is not None and meeting.end is not None and meeting.start <= meeting.end:
        length = meeting.end - meeting.start
    try:
        return order.start, order.end or order.start + length
    except OverflowError:  # a meeting that ends with the year 9999, as an answer may say
        return order.start, order.start + DEFAULT_LENGTH


def _title(row: Row, _person: object) -> str | None:
    return row.subject if row.subject.strip() else None


def _same_title(_order: MeetingRequest, stated: str, meeting: Meeting) -> Iterator[Agreement]:
    yield _same(_plain(stated), _plain(meeting.subject))


def _start_and_end(row: Row, _person: object) -> tuple[datetime, datetime | None] | None:
    return None if row.start is None else (row.start, row.end)


def _same_times(_order: MeetingRequest, stated: tuple[datetime, datetime], meeting: Meeting) -> Iterator[Agreement]:
    for wanted, found in zip(stated, (meeting.start, meeting.end), strict=True):
        yield _same(_second(wanted), None if found is None else _second(found))


def _write_times(stated: tuple[datetime, datetime | None]) -> dict[str, Any]:
    names = ("startDateTime", "endDateTime")
    return {name: instant(moment) for name, moment in zip(names, stated, strict=True) if moment is not None}


def _invited(row: Row, person: Callable[[str], Attendee]) -> tuple[Attendee, ...] | None:
    return tuple(map(person, row.attendees)) or None


def _same_list(order: MeetingRequest, stated: Collection[Attendee], meeting: Meeting) -> Iterator[Agreement]:
    yield _same_people(stated, meeting.attendees, _organizers(order, meeting))


def instant(moment: datetime) -> str:
    """Return whole seconds in UTC with Z: the one form that nobody has seen refused.

    Raise ValueError for a time without a zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a meeting's time has no zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def participant(person: Attendee) -> dict[str, object]:
    """Return a person for a body.

    ID and UPN both, where both are known: Graph stores the ID as it is sent, and once failed on an ID alone.
    """
    identity = {} if person.object_id is None else {"identity": {"user": {"id": person.object_id}}}
    return {**identity, "upn": person.upn, **({"role": person.role} if person.role else {})}


def _same(wanted: object, found: object) -> Agreement:
    return Agreement.UNSAID if found is None else Agreement.YES if wanted == found else Agreement.NO


def _same_people(
    wanted: Collection[Attendee], found: Collection[Attendee] | None, organizers: IdentitySet
) -> Agreement:
    if found is None:
        return Agreement.UNSAID
    apart = absent(wanted, found, organizers) or absent(found, wanted, organizers)
    return Agreement.NO if apart else Agreement.YES


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


PROPERTIES: tuple[Property, ...] = (
    Property(
        key="subject",
        columns=("subject",),
        wish=_title,
        differences=_subject,
        change=lambda order, _meeting: order.wishes.get("subject"),
        agreements=_same_title,
        names=("subject",),
        write=lambda stated: {"subject": stated},
        sent=Sent.CREATE | Sent.CHANGE,
    ),
    Property(
        key="times",
        columns=("start", "end"),
        wish=_start_and_end,
        differences=_moments,
        change=_times,
        agreements=_same_times,
        names=("startDateTime", "endDateTime"),
        write=_write_times,
        sent=Sent.CREATE | Sent.CHANGE,
    ),
    Property(
        key="attendees",
        columns=("attendees",),
        wish=_invited,
        differences=_attendees,
        change=lambda order, meeting: merged(order.attendees, meeting.attendees or ()),
        agreements=_same_list,
        names=("participants",),
        write=lambda stated: {"participants": {"attendees": [participant(person) for person in stated]}},
        sent=Sent.CREATE | Sent.CHANGE,
    ),
)
"""Every property that a row may state, in the order in which differences are said.

Source of what the calls take: https://learn.microsoft.com/graph/api/onlinemeeting-createorget and
/graph/api/onlinemeeting-update
"""
