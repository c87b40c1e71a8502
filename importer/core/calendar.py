"""Events: what stands in an organizer's calendar for a row with a meeting, so that Exchange invites the row's people.

Theory of operation. An `Event` is what one is to say. It is made of the row's invitation, so it says what the row says,
and what Teams says where a cell is blank; a meeting that takes place more than once has one event for each time, all
with the same link. The ledger keeps a `KnownEvent` for each: its ID, and what was sent last. A row that still says the
same costs no call, and of one that has changed only the parts that did are sent, so that nothing is undone that the
organizer has done since. `SeenEvent` is what the calendar says now; it is compared by meaning, as Exchange writes
bodies anew.

An event has two names of ours. Its key is the same for ever, and stands in it as an extended property: by that it is
found without the ledger. Its transaction is the same for every try to make it and another one once it is made again on
purpose, or for another meeting: by that Exchange makes no second one of a repeated request.
Source: https://learn.microsoft.com/graph/api/resources/event
"""

from __future__ import annotations

import html
import re
import uuid
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote

from importer.core.model import DEFAULT_LENGTH
from importer.core.people import distinct
from importer.core.results import MAILABLE, NAMESPACE, as_text, invitation_of, ways_to_join
from importer.core.wording import encodable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from importer.core.results import Invitation
    from importer.core.row import Row


LONGEST_LOCATION = 255
"""Characters of a location that Outlook shows: the longest a text property of an appointment was made for."""
LONGEST_SUBJECT = 255
"""Characters of a subject that Exchange keeps: PidTagSubject, MS-OXCMSG section 2.2.1.46."""


class Part(Enum):
    """A part of an event that is sent and compared as a whole; the value is the column to name."""

    SUBJECT = "subject"
    TIMES = "start"
    LOCATION = "room"
    PEOPLE = "attendees"
    TEXT = ""


class EventState(StrEnum):
    """What is known of an event that this program has made."""

    THERE = "there"
    CANCELLED = "cancelled"
    """Taken away by this program; made again on purpose it has a higher generation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What an event is to say. Times are instants, `zone` is the row's (an IANA name).

    `occurrence` tells the events of one meeting apart: its day (`20270115`), empty where there is one. `ways` are how
    people get in, the link first, each with its label.
    """

    occurrence: str = ""
    subject: str
    start: datetime
    end: datetime
    zone: str
    location: str
    ways: tuple[tuple[str, str], ...] = field(repr=False)
    attendees: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()

    @property
    def join_url(self) -> str:
        """Return the link."""
        return self.ways[0][1] if self.ways else ""

    @property
    def invited(self) -> tuple[str, ...]:
        """Return everybody who gets an invitation, rooms too."""
        return (*self.attendees, *self.rooms)

    @property
    def text(self) -> str:
        """Return the body as plain text."""
        return as_text(self.ways)

    def changed_from(self, sent: Event) -> frozenset[Part]:
        """Return the parts in which it says something else than what was `sent`."""
        return frozenset(part for part in Part if _said(self, part) != _said(sent, part))


def _said(event: Event, part: Part) -> object:
    match part:
        case Part.SUBJECT:
            return _plain(event.subject)
        case Part.TIMES:
            return event.start, event.end, event.zone
        case Part.LOCATION:
            return _plain(event.location)
        case Part.PEOPLE:
            return _names(event.attendees), _names(event.rooms)
        case Part.TEXT:
            return event.ways


@dataclass(frozen=True, slots=True)
class EventChange:
    """What an event is to say, in which parts; `sent` is what was sent for it last."""

    event: Event
    parts: frozenset[Part]
    sent: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenEvent:
    """An event as the calendar has it. What the answer left out is None; `body` is HTML, as Exchange has written it."""

    event_id: str
    transaction: str = ""
    subject: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    location: str | None = None
    attendees: tuple[tuple[str, str], ...] | None = None
    """Addresses, each with its type (`required`, `optional`, `resource`)."""
    body: str | None = field(default=None, repr=False)
    cancelled: bool = False

    def differs_from(self, wanted: Event, sent: Event | None = None) -> frozenset[Part]:
        """Return the parts in which it says something else than it is to say.

        A guest whom the organizer has added is no difference; one who was `sent` before and is not wanted now is.
        """
        dropped = frozenset() if sent is None else _names(sent.invited) - _names(wanted.invited)
        return frozenset(part for part in Part if self._differs(wanted, part, dropped))

    def _differs(self, wanted: Event, part: Part, dropped: frozenset[str]) -> bool:
        match part:
            case Part.SUBJECT:
                return self.subject is not None and _plain(self.subject) != _plain(wanted.subject)
            case Part.TIMES:
                return (self.start or wanted.start, self.end or wanted.end) != (wanted.start, wanted.end)
            case Part.LOCATION:
                return self.location is not None and _plain(wanted.location) not in _plain(self.location)
            case Part.PEOPLE:
                there = _names(address for address, _ in self.attendees or ())
                return self.attendees is not None and not (
                    _names(wanted.invited) <= there and dropped.isdisjoint(there)
                )
            case Part.TEXT:
                return self.body is not None and not tells(self.body, wanted.ways)

    def guests(self, *events: Event) -> tuple[tuple[str, str], ...]:
        """Return those whom somebody else has added: who is in none of these events of ours."""
        ours = frozenset(name for event in events for name in _names(event.invited))
        return tuple(guest for guest in self.attendees or () if guest[0] and guest[0].casefold() not in ours)

    def has_own_text(self, sent: Event) -> bool:
        """Return whether somebody has written into the body, beside what was sent."""
        return self.body is not None and _shown(self.body) != "".join(sent.text.split())


_TAGS = re.compile(r"<(?:style|title)\b.*?</(?:style|title)>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL)


def _shown(body: str) -> str:
    """Return what a person sees of HTML, without blanks."""
    return "".join(html.unescape(_TAGS.sub(" ", body)).split())


def tells(body: str, ways: Iterable[tuple[str, str]]) -> bool:
    """Return whether an event's HTML has all that people need to get in, however it is written."""
    shown = "".join(unquote(html.unescape(body)).split())
    return all("".join(unquote(said).split()) in shown for _, said in ways)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _names(people: Iterable[str]) -> frozenset[str]:
    return frozenset(person.casefold() for person in people)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEvent:
    """An event that this program has made, as the ledger remembers it. `said` is what was sent last."""

    event_id: str
    said: Event
    generation: int = 0
    state: EventState = EventState.THERE

    @property
    def occurrence(self) -> str:
        """Return which of a meeting's events it is."""
        return self.said.occurrence


def event_key(external_id: str, occurrence: str) -> str:
    """Return what an event in its organizer's calendar is found by, always the same. It has no capitals.

    A filter on the value of an extended property does not know capitals, so the ID itself would not do.
    """
    return uuid.uuid5(NAMESPACE, encodable(f"event\n{external_id}\n{occurrence}")).hex


def transaction_of(meeting: str, occurrence: str, generation: int) -> str:
    """Return what Exchange knows a repeated request by; `meeting` is the meeting's Graph ID, or its link."""
    return str(uuid.uuid5(NAMESPACE, encodable(f"transaction\n{meeting}\n{occurrence}\n{generation}")))


def events_of(row: Row) -> tuple[Event, ...]:
    """Return the events of a row with a meeting, one for each time; none where there is no link or no time."""
    invitation = invitation_of(row)
    if invitation is None:
        return ()
    rooms = tuple(filter(MAILABLE.fullmatch, row.named_in("room")))
    own = {invitation.organizer.casefold(), *(room.casefold() for room in rooms)}
    people = tuple(
        person
        for person in distinct(invitation.attendees)
        if person.casefold() not in own and MAILABLE.fullmatch(person)
    )
    return tuple(
        Event(
            occurrence=label,
            subject=_plain(invitation.subject)[:LONGEST_SUBJECT],
            start=time.start.replace(microsecond=0),
            end=(time.end or time.start + DEFAULT_LENGTH).replace(microsecond=0),
            zone=invitation.zone,
            location=location_of(invitation, rooms),
            ways=ways_to_join(invitation),
            attendees=people,
            rooms=rooms,
        )
        for label, time in invitation.times
    )


def not_mailable(row: Row) -> tuple[str, ...]:
    """Return whom a row names in a way that no invitation can be sent to."""
    people = (*row.attendees, *row.named_in("room"))
    return tuple(person for person in people if not MAILABLE.fullmatch(person))


def location_of(invitation: Invitation, rooms: Sequence[str]) -> str:
    """Return where the meeting is: its rooms, the link, and the number to dial, as much of it as there is room for."""
    kept: list[str] = []
    phone = ", ".join(filter(None, (invitation.dial_in_number, invitation.conference_id)))
    for part in (*rooms, invitation.join_url, phone):
        if part and len(" | ".join((*kept, part))) <= LONGEST_LOCATION:
            kept.append(part)
    return " | ".join(kept)
