"""The options of a meeting as properties: what a row wishes, how an answer is read, and how the two are told apart.

Options whose values stand in one object of a body are one property, because an object is sent whole: what the row has
no opinion on is sent as the meeting has it. The value of a property is a tuple, one part for each place in a body, None
where there is no opinion, or where an answer says nothing that can be read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.core.body import REPEATED, body_with, combined, value_at
from importer.core.catalogue import problem
from importer.core.meeting_options import OPTIONS, OptionChoice, property_of, word_of
from importer.core.model import ATTENDEES_SHOWN, Attendee
from importer.core.properties import (
    UNKNOWN_MEMBER,
    IdentitySet,
    Property,
    Sent,
    absent,
    merge_attendees,
    organizers_of,
    people_in_words,
    write_attendees,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from importer.core.body import Body
    from importer.core.meeting_options import MeetingOption
    from importer.core.model import Meeting, Problem
    from importer.core.row import MeetingRequest, Row

PlaceValues: TypeAlias = tuple[Any, ...]


def choice_word(option: MeetingOption, values: Mapping[str, Any]) -> str:
    """Return the word for values of an option's places, or Graph's own words where there is none."""
    known = {place: value for place in option.places if (value := values.get(place)) is not None}
    for choice in filter(None, (*option.choices, option.by_name)):
        if all(choice.states.get(place, value) == value for place, value in known.items()):
            return word_of(option, choice.word)
    return ", ".join(str(value) for value in known.values())


@dataclass(frozen=True, slots=True)
class _Together:
    """Options that are one property, and the places in a body that they are about."""

    key: str
    options: tuple[MeetingOption, ...]
    places: tuple[str, ...]

    def wish(self, row: Row, _person: object) -> PlaceValues | None:
        """Return what the cells of a row state."""
        stated: dict[str, Any] = {}
        for option in self.options:
            chosen = row.values.get(option.key)
            if isinstance(chosen, tuple):
                chosen = option.by_name
            if isinstance(chosen, OptionChoice):
                stated |= chosen.states
        return tuple(map(stated.get, self.places)) if stated else None

    @property
    def by_itself(self) -> PlaceValues:
        """Return what a new meeting says."""
        said = {place: value for option in self.options for place, value in option.by_itself.states.items()}
        return tuple(map(said.get, self.places))

    def read(self, answer: Body) -> PlaceValues | None:
        """Return what an answer says."""
        values = tuple([_plain(value_at(answer, place)) for place in self.places])
        return None if values.count(None) == len(values) else _once(values)

    def differences(self, _request: MeetingRequest, wanted: PlaceValues, meeting: Meeting) -> Iterator[Problem]:
        """Yield a warning for each option that the meeting has otherwise."""
        ours, theirs = self._by_place(wanted), self._by_place(meeting.says.get(self.key))
        for option in self.options:
            apart = [place for place in option.places if None not in (ours[place], theirs[place])]
            if any(ours[place] != theirs[place] for place in apart):
                sheet, teams = choice_word(option, ours), choice_word(option, theirs)
                code = "differs-option-for-good" if _is_for_good(option, theirs) else "differs-option"
                yield problem(code, column=option.key, value=sheet, sheet=sheet, teams=teams)

    def change(self, wanted: PlaceValues, meeting: Meeting) -> PlaceValues | None:
        """Return what to state: what is wanted, and beside it in the same object what the meeting has."""
        found = self._by_place(meeting.says.get(self.key))
        asked = {place: value for place, value in self._by_place(wanted).items() if value is not None}
        for option in self.options:
            if _is_for_good(option, found):
                asked = {place: value for place, value in asked.items() if place not in option.places}
        beside = set(map(_name, asked))
        stated = (asked.get(place, found[place] if _name(place) in beside else None) for place in self.places)
        return tuple(stated) if asked else None

    def silent(self, wanted: PlaceValues, meeting: Meeting) -> Iterator[str]:
        """Yield the options of which something is wanted, and nothing of it is said."""
        ours, theirs = self._by_place(wanted), self._by_place(meeting.says.get(self.key))
        missing = {place for place in self.places if ours[place] is not None and theirs[place] is None}
        return (option.key for option in self.options if missing & set(option.places))

    def write(self, stated: PlaceValues) -> dict[str, Any]:
        """Return the part of a body that states it."""
        body: dict[str, Any] = {}
        for place, value in self._by_place(stated).items():
            if value is not None:
                body = combined(body, body_with(place, list(value) if isinstance(value, tuple) else value))
        return body

    def _by_place(self, values: PlaceValues | None) -> dict[str, Any]:
        return dict(zip(self.places, values or (None,) * len(self.places), strict=True))


@lru_cache(maxsize=REPEATED)
def _once(values: PlaceValues) -> PlaceValues:
    """Return the values as they were when they first came: nearly all meetings have the same."""
    return values


def _plain(value: object) -> object:
    """Return what can be compared; the word that stands for every newer word says nothing."""
    if isinstance(value, (bool, str)):
        return None if value == UNKNOWN_MEMBER else value
    return tuple(sorted(map(str, value))) if isinstance(value, list) else None


def _is_for_good(option: MeetingOption, values: Mapping[str, Any]) -> bool:
    """Return whether a meeting has what can't be taken back."""
    return option.lasting is not None and all(values[place] == said for place, said in option.lasting.states.items())


def _name(place: str) -> str:
    return place.partition(".")[0]


def _properties() -> Iterator[Property]:
    groups: dict[str, list[MeetingOption]] = {}
    for option in OPTIONS:
        groups.setdefault(property_of(option), []).append(option)
    for key, options in groups.items():
        places = tuple(dict.fromkeys(place for option in options for place in option.places))
        one = _Together(key, tuple(options), places)
        yield Property(
            key=key,
            columns=tuple(option.key for option in options),
            wish=one.wish,
            read=one.read,
            differences=one.differences,
            change=one.change,
            silent=one.silent,
            write=one.write,
            sent=Sent.CHANGE,
            longest=0,
            by_itself=one.by_itself,
        )


ROLES = {"presenters": "presenter", "co_organizers": "coorganizer"}
"""The columns that give people a role, and Graph's words for those. Who has the last one has the first one as well."""

Roles: TypeAlias = "tuple[tuple[Attendee, ...] | None, tuple[Attendee, ...] | None, tuple[Attendee, ...]]"
"""Who has each of the roles (None: no opinion), and who is invited; where it is stated, with everybody's role."""


def _roles(row: Row, person: Callable[[str], Attendee]) -> Roles | None:
    named = [tuple(map(person, row.named_in(key))) or None for key in ROLES]
    return None if not any(named) else (named[0], named[1], tuple(map(person, row.attendees)))


def _read_roles(_answer: Body) -> None:
    """Return nothing: who has a role is read with the attendees."""


def _is_told(person: Attendee) -> bool:
    return person.role != UNKNOWN_MEMBER


def _differing_roles(request: MeetingRequest, wanted: Roles, meeting: Meeting) -> Iterator[Problem]:
    said = meeting.attendees
    if said is None:
        return
    organizers = organizers_of(request, meeting)
    for (column, role), ours in zip(ROLES.items(), wanted, strict=False):
        if ours is None:
            continue
        above = [person for person in said if person.role in ROLES.values()]
        theirs = [person for person in above if person.role == role]
        missing = absent(ours, above if role == "presenter" else theirs, organizers)
        if role == "coorganizer" and not all(map(_is_told, said)):
            missing = ()  # one of those whose role is not told
        extra = absent(theirs, ours, organizers)
        if missing or extra:
            differing, detail = people_in_words(missing, extra)
            value = "; ".join(person.upn for person in ours)
            yield problem("differs-roles", column=column, value=value, detail=detail, differing=differing)


def _with_roles(wanted: Roles, meeting: Meeting) -> Roles | None:
    """Return the whole list, because it is replaced: whoever is not named keeps what the row says nothing of.

    None where nobody knows who is invited: the list would lose them.
    """
    presenters, co_organizers, invited = wanted
    if meeting.attendees is None and not invited:
        return None
    people = invited or meeting.attendees or ()
    everybody = merge_attendees((*people, *(presenters or ()), *(co_organizers or ())), meeting.attendees or ())
    given = {"coorganizer": co_organizers, "presenter": presenters}
    return presenters, co_organizers, tuple(_with_role(person, given) for person in everybody)


def _with_role(person: Attendee, given: Mapping[str, Collection[Attendee] | None]) -> Attendee:
    for role, people in given.items():
        if IdentitySet(people or ()).find(person) is not None:
            return replace(person, role=role)
    return replace(person, role="attendee") if given.get(person.role) is not None else person


def _silent_roles(wanted: Roles, meeting: Meeting) -> Iterator[str]:
    said = meeting.attendees
    known = IdentitySet(person for person in said or () if person.role in ROLES.values())
    for column, ours in zip(ROLES, wanted, strict=False):
        hidden = not all(map(_is_told, said or ())) and any(known.find(person) is None for person in ours or ())
        if ours is not None and (said is None or (column == "co_organizers" and hidden)):
            yield column


_ROLES = Property(
    key="roles",
    columns=tuple(ROLES),
    wish=_roles,
    read=_read_roles,
    differences=_differing_roles,
    change=_with_roles,
    silent=_silent_roles,
    write=lambda stated: write_attendees(stated[2]),
    sent=Sent.CHANGE,
    longest=ATTENDEES_SHOWN,
)

OPTION_PROPERTIES = (*_properties(), _ROLES)
"""The options, in the order in which they are declared; only a PATCH takes them.

Source: https://learn.microsoft.com/graph/api/onlinemeeting-createorget, whose parameters are none of these
"""
