"""Events: what stands in an organizer's calendar for a row with a meeting, so that Exchange invites the row's people.

Theory of operation. An `Event` is what one is to say. It is made of the row's invitation, so it says what the row says,
and what Teams says where a cell is blank; a meeting that takes place more than once has one event for each time, all
with the same link. The ledger keeps a `KnownEvent` for each: its ID, and what was sent last. A row that still says the
same costs no call, and of one that has changed only the parts that did are sent, so that nothing is undone that the
organizer has done since. `SeenEvent` is what the calendar says now; it is compared by meaning, as Exchange writes
bodies anew.

Here are the nouns; `inviting` decides what is done. Source: https://learn.microsoft.com/graph/api/resources/event
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING
from urllib.parse import unquote

from importer.core.model import Answer
from importer.core.web import is_web_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from importer.core.model import Meeting, Problem


class Part(Enum):
    """A part of an event that is sent and compared as a whole."""

    SUBJECT = auto()
    TIMES = auto()
    LOCATION = auto()
    PEOPLE = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What an event is to say. Times are instants, `zone` is the row's (an IANA name).

    `occurrence` tells the events of one meeting apart: its day (`20270115`), empty where there is one. `ways` are how
    people get in, the link first, each with its label, in a language that may be written from right to left.
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
    right_to_left: bool = False

    @property
    def join_url(self) -> str:
        """Return the link."""
        return self.ways[0][1] if self.ways else ""

    @property
    def invited(self) -> tuple[str, ...]:
        """Return everybody who gets an invitation, rooms too."""
        return (*self.attendees, *self.rooms)

    @property
    def html(self) -> str:
        """Return the body as HTML: a link to click, and below it what is to be typed or dialled.

        The link's address, which fills five lines, is behind its words: Exchange adds it where a mail is plain text.
        """
        lines = [f"{html.escape(label)}: <b>{html.escape(said)}</b>" for label, said in self.ways[1:]]
        link = "".join(_as_link(label, said) for label, said in self.ways[:1])
        body = '<body dir="rtl">' if self.right_to_left else "<body>"
        return f"<html>{body}{link}<p>{'<br>'.join(lines)}</p></body></html>"

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
        case (
            Part.TEXT
        ):  # how people get in; that is called otherwise in another language, and nobody needs a mail for it
            return tuple(said for _, said in event.ways)


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
        return self.body is not None and _shown(self.body) != _shown(sent.html)


def _as_link(label: str, address: str) -> str:
    if not is_web_address(address):
        return f"<p>{html.escape(label)}: {html.escape(address)}</p>"
    return f'<p style="font-size:18px"><b><a href="{html.escape(address)}">{html.escape(label)}</a></b></p>'


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


class EventState(StrEnum):
    """How an event of this program's was found last, a closed set."""

    THERE = "there"
    DIFFERS = "differs"
    """Somebody has changed it, so it is looked at by every run."""
    GONE = "gone"
    """Somebody has deleted it."""
    CANCELLED = "cancelled"
    """This program has taken it away."""


ALIVE = frozenset({EventState.THERE, EventState.DIFFERS})
"""States of events that are in a calendar."""


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


class EventFate(StrEnum):
    """What became of an event in a run, a closed set; the first two are for what a run would do."""

    TO_MAKE = "to make"
    TO_CHANGE = "to change"
    MADE = "made"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DIFFERS = "differs"
    GONE = "gone"
    OVER = "over"
    """Its time is past, so nobody is told of it."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventResult:
    """What became of one event: what it is to say, what is remembered of it, and what there is to say about it."""

    event: Event
    fate: EventFate
    known: KnownEvent | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class InvitedAnswer(Answer):
    """An answer with what became of the events in the organizer's calendar, which have their own problems."""

    events: tuple[EventResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRequest:
    """What a row asks of its organizer's calendar.

    `events` gives what its events are to say, which follows from the meeting; `known` are those that there are, beside
    which a killed run may have made some `unseen`, and `problems` what there is to say whatever becomes of them.
    """

    events: Callable[[Meeting], tuple[Event, ...]] = field(repr=False, compare=False)
    known: tuple[KnownEvent, ...] = ()
    unseen: bool = False
    problems: tuple[Problem, ...] = ()
