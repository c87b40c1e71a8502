"""Events in people's calendars at Graph: made, found by our key, read, changed, and taken away.

Making one is safe to repeat, because it carries a transaction: Exchange answers a repeated one with the event, or says
that the transaction was used, and then the event is looked for by its key. A change is no longer what it was once
somebody has had a mail about it, so after a lost answer the event is read before anything is sent again.

It is never an online meeting of its own: that would be a second meeting, with another link.

Sources: https://learn.microsoft.com/graph/api/user-post-events, /graph/api/event-update, /graph/api/event-cancel,
/graph/api/singlevaluelegacyextendedproperty-get and /graph/api/resources/datetimetimezone
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from importer.core import Failure, Scope
from importer.core.body import child, read_instant, text, text_at
from importer.core.calendar import Part, SeenEvent
from importer.core.times.zones import exchange_name, find_zone
from importer.graph.client import Operation
from importer.graph.endpoints import events_path
from importer.graph.faults import OperationKind, Subject, find_rule, refuse
from importer.graph.wire import Budget, ErrorResponse, Reply, another_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime

    from importer.core.body import Body
    from importer.core.calendar import Event, EventChange
    from importer.graph.client import GraphClient


PERMISSION = "Calendars.ReadWrite"
"""What an app or a person's sign-in needs for all of this, and for nothing else that this program does."""

AT_ONCE = 4
"""Requests that a mailbox takes at the same time; one more is refused, as `MailboxConcurrency`.

Source: https://learn.microsoft.com/graph/throttling-limits (Outlook service limits)
"""

PROPERTY = "String {5f3f2d0c-3a8e-5b51-9d0b-6d1c8a0f7e42} Name MeetingImporterKey"
"""The extended property that holds our key. Its name knows capitals, its values don't: never changed."""

SHOWN = "id,subject,start,end,location,attendees,body,isCancelled,transactionId"
IN_UTC = ((b"Prefer", b'outlook.timezone="UTC"'),)

_GONE = "event-gone"
_MADE = "event-made-already"

encode = json.JSONEncoder(separators=(",", ":")).encode


def written(event: Event, parts: Collection[Part] = tuple(Part)) -> dict[str, Any]:
    """Return the part of a body that states these parts."""
    body: dict[str, Any] = {}
    if Part.SUBJECT in parts:
        body["subject"] = event.subject
    if Part.TIMES in parts:
        zone = exchange_name(event.zone, (event.start, event.end))
        body["start"], body["end"] = _on_clocks(event.start, zone), _on_clocks(event.end, zone)
    if Part.LOCATION in parts:
        body["location"] = {"displayName": event.location}
    if Part.PEOPLE in parts:
        body["attendees"] = [_attendee(person, "required") for person in event.attendees]
        body["attendees"] += [_attendee(room, "resource") for room in event.rooms]
    if Part.TEXT in parts:
        body["body"] = {"contentType": "html", "content": event.html}
    return body


def _attendee(address: str, kind: str) -> dict[str, Any]:
    return {"emailAddress": {"address": address}, "type": kind}


def _on_clocks(moment: datetime, zone: str) -> dict[str, str]:
    known = find_zone(zone) or ZoneInfo("UTC")
    return {"dateTime": moment.astimezone(known).replace(tzinfo=None).isoformat(), "timeZone": zone}


def read_event(data: Body) -> SeenEvent:
    """Return the event that an answer describes; what it leaves out is None."""
    content = text_at(data, "body.content")
    return SeenEvent(
        event_id=text(data, "id"),
        transaction=text(data, "transactionId"),
        subject=text(data, "subject") if "subject" in data else None,
        start=_moment(child(data, "start")),
        end=_moment(child(data, "end")),
        location=text_at(data, "location.displayName") if child(data, "location") else None,
        attendees=_attendees(data.get("attendees")),
        body=content if child(data, "body") else None,
        cancelled=data.get("isCancelled") is True,
    )


def _moment(said: Body) -> datetime | None:
    """Return the instant; None where the zone is another than the one that was asked for."""
    return read_instant(text(said, "dateTime")) if text(said, "timeZone").upper() in {"UTC", "ETC/UTC"} else None


def _attendees(listed: object) -> tuple[tuple[str, str], ...] | None:
    if not isinstance(listed, list):
        return None
    entries = [each for each in listed if isinstance(each, dict)]
    return tuple((text_at(each, "emailAddress.address"), text(each, "type") or "required") for each in entries)


class MailboxLimit:
    """Lets four requests at a time through to a mailbox. Safe to use from several threads at once."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._lock = Lock()
        self._mailboxes: dict[str, BoundedSemaphore] = {}

    @contextmanager
    def at(self, mailbox: str | None) -> Iterator[None]:
        """Wait until the mailbox takes one more request; it is taken for sent while the block runs."""
        with self._lock:
            turn = self._mailboxes.setdefault((mailbox or "").casefold(), BoundedSemaphore(self._at_once))
        with turn:
            yield


class GraphCalendars:
    """The Calendars port at Microsoft Graph. Safe to use from several threads at once."""

    def __init__(self, client: GraphClient, *, name_of: Callable[[str], str] = lambda object_id: object_id) -> None:
        """`name_of` gives an object ID's UPN."""
        self._client = client
        self._name_of = name_of
        self._limit = MailboxLimit()

    def find(self, whose: str | None, key: str) -> SeenEvent | Failure | None:
        """Return the event with this key, None where there is none. Raise Stop when sign-in fails."""
        wanted = f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq '{key}')"
        path = f"{events_path(whose)}?$filter={quote(wanted, safe='')}&$select={SHOWN}&$top=2"
        outcome = self._ask(
            whose,
            Operation(
                "GET",
                path,
                OperationKind.CALENDAR,
                complete=lambda data: isinstance(data.get("value"), list),
                foreign_sign=lambda data: another_kind(data, "a list"),
                headers=IN_UTC,
            ),
        )
        if isinstance(outcome, ErrorResponse):
            return self._refusal(outcome, whose, OperationKind.CALENDAR)
        listed = outcome.data["value"]
        found = [read_event(each) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        return next((event for event in found if event.event_id and not event.cancelled), None)

    def create(self, whose: str | None, event: Event, key: str, transaction: str) -> SeenEvent | Failure | None:
        """Make an event and return it, None where one of this transaction was deleted. Raise Stop like `find`."""
        body = {
            **written(event),
            "transactionId": transaction,
            "singleValueExtendedProperties": [{"id": PROPERTY, "value": key}],
        }

        def foreign_sign(data: Body) -> str:
            said = text(data, "transactionId")
            wrong = f"the event of {said!r} instead of {transaction!r}"
            return another_kind(data, "an event") or (wrong if said not in ("", transaction) else "")

        outcome = self._ask(
            whose,
            Operation(
                "POST",
                events_path(whose),
                OperationKind.CALENDAR,
                encode(body).encode(),
                complete=lambda data: bool(text(data, "id")),
                foreign_sign=foreign_sign,
                headers=IN_UTC,
            ),
        )
        if isinstance(outcome, Reply):
            made = read_event(outcome.data)
            return None if made.cancelled else made
        if find_rule(outcome, OperationKind.CALENDAR).fault == _MADE:
            return self.find(whose, key)
        return self._refusal(outcome, whose, OperationKind.CALENDAR)

    def read(self, whose: str | None, event_id: str) -> SeenEvent | Failure | None:
        """Return an event as it is now, None where it is gone. Raise Stop like `find`."""
        outcome = self._get(whose, event_id)
        if isinstance(outcome, SeenEvent):
            return None if outcome.cancelled else outcome
        return self._none_or(outcome, whose)

    def update(self, whose: str | None, seen: SeenEvent, change: EventChange) -> SeenEvent | Failure | None:
        """Change an event and return it as it is then, None where it is gone. Raise Stop like `find`."""
        body = written(change.event, change.parts)
        if Part.PEOPLE in change.parts:  # a list replaces the whole list
            body["attendees"] += [_attendee(*guest) for guest in seen.guests(change.event, change.sent)]
        patch = Operation(
            "PATCH",
            events_path(whose, seen.event_id),
            OperationKind.EVENT_CHANGE,
            encode(body).encode(),
            foreign_sign=lambda data: _another(data, seen.event_id),
            headers=IN_UTC,
        )
        budget = self._client.budget()
        while True:
            outcome = self._ask(whose, patch, budget)
            if isinstance(outcome, Reply):
                return read_event(outcome.data)
            if find_rule(outcome, OperationKind.EVENT_CHANGE).scope is not Scope.SERVICE or outcome.throttled:
                return self._none_or(budget.close(outcome), whose)
            now = self._get(whose, seen.event_id)
            if isinstance(now, SeenEvent) and not now.differs_from(change.event, change.sent) & change.parts:
                return now
            if isinstance(now, ErrorResponse):
                return self._none_or(now, whose)
            if not self._client.pause(budget, outcome, OperationKind.EVENT_CHANGE):
                return self._refusal(budget.close(outcome), whose)

    def cancel(self, whose: str | None, event_id: str, *, mails: bool) -> Failure | None:
        """Take an event away; return why it is still there, None once it is gone. Raise Stop like `find`.

        Only an event with guests can be cancelled, and is then marked as that for them; any other is deleted.
        """
        path = events_path(whose, event_id)
        operation = Operation("DELETE", path, OperationKind.EVENT)
        if mails:
            operation = Operation("POST", f"{path}/cancel", OperationKind.EVENT, b"{}")
        outcome = self._ask(whose, operation)
        if isinstance(outcome, Reply) or find_rule(outcome, OperationKind.EVENT).fault == _GONE:
            return None
        return self._refusal(outcome, whose)

    def _get(self, whose: str | None, event_id: str) -> SeenEvent | ErrorResponse:
        operation = Operation(
            "GET",
            f"{events_path(whose, event_id)}?$select={SHOWN}",
            OperationKind.EVENT,
            complete=lambda data: bool(text(data, "id")),
            foreign_sign=lambda data: _another(data, event_id),
            headers=IN_UTC,
        )
        outcome = self._ask(whose, operation)
        return read_event(outcome.data) if isinstance(outcome, Reply) else outcome

    def _ask(self, whose: str | None, operation: Operation, shared: Budget | None = None) -> Reply | ErrorResponse:
        with self._limit.at(whose):
            return self._client.call(operation, shared)

    def _none_or(self, error: ErrorResponse, whose: str | None) -> Failure | None:
        return None if find_rule(error, OperationKind.EVENT).fault == _GONE else self._refusal(error, whose)

    def _refusal(self, error: ErrorResponse, whose: str | None, kind: OperationKind = OperationKind.EVENT) -> Failure:
        if whose is None:
            failure = refuse(error, kind)
            return replace(failure, problem=replace(failure.problem, column=""))
        return refuse(error, kind, Subject(organizer=self._name_of(whose), organizer_id=whose))


def _another(data: Body, event_id: str) -> str:
    said = text(data, "id")
    wrong = f"the event {said!r} instead of {event_id!r}"
    return another_kind(data, "an event") or (wrong if said not in ("", event_id) else "")
