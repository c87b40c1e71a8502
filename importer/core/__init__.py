"""The pure core: no file, socket, clock or environment in here.

Here is what it needs from the world, as ports: who knows people, and who makes meetings.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from importer.core.calendar import Event, EventChange, SeenEvent
    from importer.core.model import Answer, Meeting, Problem
    from importer.core.properties.drift import Changes
    from importer.core.row import MeetingRequest


class Scope(Enum):
    """How far a refusal reaches, which is what the run does next."""

    ROW = auto()
    """This row only: it fails, the others go on."""
    ORGANIZER = auto()
    """Every row of this organizer would be refused alike, e.g. no access policy for this user."""
    TENANT = auto()
    """Nothing can succeed until an administrator acts: the run stops (exit 5)."""
    SERVICE = auto()
    """The service gave up for now, after all retries: the row fails, and a series of these stops the run (exit 7)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Graph said no, or never answered; `problem` says what to do, `scope` what the run does next."""

    problem: Problem
    scope: Scope


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the directory. `mail` is set for one who was found by that address, `name` for one found by a name."""

    object_id: str
    upn: str
    mail: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Several:
    """Users of whom one can be meant, and nothing says who. There may be `more` than these."""

    people: tuple[Person, ...]
    more: bool = False


class Directory(Protocol):
    """Turns names in the sheet into people of the directory."""

    def look_up(self, names: Collection[str]) -> Mapping[str, Person | Several | None] | Failure:
        """Return for each name (a UPN or an object ID) the person, or None where the directory has none.

        An address that is nobody's UPN is looked for among the users' mail addresses, of which several can be the same.
        A Failure means that looking people up is not possible at all. Each distinct name is asked for once.
        Raise Stop when sign-in fails.
        """
        ...

    def search(self, names: Collection[str]) -> Mapping[str, Several] | Failure:
        """Return for each display name the users whose own has all its words, in any order, and maybe others.

        A Failure means that searching is not possible at all. Raise Stop when sign-in fails.
        """
        ...

    def me(self) -> Person | Failure:
        """Return the signed-in user (delegated sign-in only)."""
        ...


class Meetings(Protocol):
    """Makes meetings. Safe to call from several threads at once, each with a different key."""

    def create_or_get(self, request: MeetingRequest) -> Answer | Failure:
        """Make the meeting, or find the one with the same key (tenant, organizer, external ID).

        Retries what is worth retrying before it answers; never raises for what the service says.
        """
        ...


class ChangeableMeetings(Meetings, Protocol):
    """Makes meetings, and changes those that are there already."""

    def update(self, request: MeetingRequest, meeting: Meeting, changes: Changes) -> Answer | Failure:
        """Change `meeting`, which `request` found, and return it as Teams says it is now (status `updated`).

        Whether that is what was asked for is the caller's to see. A change that may have come about although its
        answer says otherwise is looked at before it is called refused. Raise Stop when sign-in fails.
        """
        ...

    def read(self, request: MeetingRequest, meeting: Meeting) -> Meeting | None:
        """Return `meeting`, which `request` found, as Teams says it is now; None where it does not say.

        Raise Stop when sign-in fails.
        """
        ...


class Calendars(Protocol):
    """Makes events in organizers' calendars. Safe to call from several threads at once, each with another event.

    `whose` is the organizer's object ID or sign-in name, None for the signed-in person. Each retries what is worth
    retrying, never raises for what the service says, and raises Stop when sign-in fails.
    """

    def find(self, whose: str | None, key: str) -> SeenEvent | Failure | None:
        """Return the event that was made with this key (calendar.event_key), None where the calendar has none."""
        ...

    def create(self, whose: str | None, event: Event, key: str, transaction: str) -> SeenEvent | Failure | None:
        """Make an event, which invites its people; return it, however often it was asked for.

        None where one was made with this `transaction` before and is there no more: somebody has deleted it.
        """
        ...

    def read(self, whose: str | None, event_id: str) -> SeenEvent | Failure | None:
        """Return an event as it is now, None where it is there no more."""
        ...

    def update(self, whose: str | None, seen: SeenEvent, change: EventChange) -> SeenEvent | Failure | None:
        """Change an event, which tells its people once; return it as it is then. `seen` is how it is before.

        Guests whom somebody else has added stay. None where it is there no more.
        """
        ...

    def cancel(self, whose: str | None, event_id: str, *, mails: bool) -> Failure | None:
        """Take an event away, which tells its people if it has any (`mails`); return why it is still there.

        None once it is gone, be it that it was gone before.
        """
        ...
