"""Calendars in the sandbox: events of a mailbox, made, found by an extended property, read, changed and cancelled.

What Exchange does with them is imitated as far as a client can see it: a transaction makes one event, a filter on the
value of a property knows no capitals, bodies come back written anew, times in the zone that was asked for. Nobody is
mailed. Source: learn.microsoft.com/graph/api/resources/event and the pages of its operations.
"""

from __future__ import annotations

import re
import threading
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from importer.core.times.zones import find_zone
from importer.sandbox.errors import GraphError, bad_request
from importer.sandbox.model import Behaviour, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from importer.sandbox.model import Call, User

Json: TypeAlias = dict[str, Any]

_WRITABLE = frozenset({"subject", "body", "start", "end", "location", "attendees"})
_AT_FIRST = _WRITABLE | {"transactionId", "singleValueExtendedProperties"}
_FILTER = re.compile(
    r"singleValueExtendedProperties/any\(\s*(?P<ep>\w+)\s*:\s*(?P=ep)/id\s+eq\s+'(?P<id>[^']*)'\s+and\s+"
    r"(?P=ep)/value\s+eq\s+'(?P<value>(?:[^']|'')*)'\s*\)",
    re.IGNORECASE,
)
_PAGE = 10
"""Events on a page unless $top says otherwise; source: learn.microsoft.com/graph/api/user-list-events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event. `said` has its writable properties as they were sent, `taken_away` is whether it is there no more."""

    event_id: str
    mailbox: str
    transaction: str
    said: Json = field(hash=False)
    properties: tuple[tuple[str, str], ...] = ()
    taken_away: bool = False


class CalendarStore:
    """All events. Safe to use from threads; `keep` is called with every new or changed one."""

    def __init__(self, known: Iterable[StoredEvent] = (), *, keep: Callable[[StoredEvent], None]) -> None:
        self._events = {event.event_id: event for event in known}
        self._keep = keep
        self._lock = threading.Lock()

    def all(self) -> tuple[StoredEvent, ...]:
        """Return every event that is there, in the order of their making."""
        with self._lock:
            return tuple(event for event in self._events.values() if not event.taken_away)

    def add(self, event: StoredEvent) -> StoredEvent:
        """Return the event, or the one that its transaction has made. Raise GraphError where that is there no more."""
        with self._lock:
            for known in self._events.values():
                if event.transaction and (known.mailbox, known.transaction) == (event.mailbox, event.transaction):
                    if known.taken_away:
                        raise _used()
                    return known
            return self._put(event)

    def find(self, mailbox: str, event_id: str) -> StoredEvent:
        """Return the event of a mailbox. Raise GraphError (404) where there is none."""
        with self._lock:
            event = self._events.get(event_id)
            if event is None or event.taken_away or event.mailbox != mailbox:
                raise GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
            return event

    def change(self, event: StoredEvent, **changes: Any) -> StoredEvent:  # noqa: ANN401 - any field
        """Return the event as it is after the changes."""
        with self._lock:
            return self._put(replace(self._events[event.event_id], **changes))

    def _put(self, event: StoredEvent) -> StoredEvent:
        self._keep(event)
        self._events[event.event_id] = event
        return event


def create(calendars: CalendarStore, call: Call, owner: User) -> Response:
    """Make an event in the owner's calendar, once for each transaction."""
    body = _body(call, _AT_FIRST)
    listed = body.get("singleValueExtendedProperties", [])
    event = StoredEvent(
        event_id=f"AAMk{uuid.uuid4().hex}AAA=",
        mailbox=_mailbox(owner),
        transaction=str(body.get("transactionId", "")),
        said={name: body[name] for name in _WRITABLE & body.keys()},
        properties=tuple((str(each["id"]), str(each["value"])) for each in listed),
    )
    return Response(201, _shown(calendars.add(event), call))


def search(calendars: CalendarStore, call: Call, owner: User) -> Response:
    """Answer with the events that have an extended property of the value in the filter."""
    mailbox = _mailbox(owner)
    found = _FILTER.fullmatch(call.query.get("$filter", "").strip())
    if found is None:
        raise bad_request("The filter is not one that this sandbox reads.")
    wanted = found["id"], found["value"].replace("''", "'").casefold()
    events = [
        event
        for event in calendars.all()
        if event.mailbox == mailbox and wanted in ((name, value.casefold()) for name, value in event.properties)
    ]
    size = call.query.get("$top", "")
    shown = [_shown(event, call) for event in events[: int(size) if size.isdigit() else _PAGE]]
    return Response(200, {"value": shown})


def get(calendars: CalendarStore, call: Call, owner: User, event_id: str) -> Response:
    """Answer with an event."""
    return Response(200, _shown(calendars.find(_mailbox(owner), event_id), call))


def change(calendars: CalendarStore, call: Call, owner: User, event_id: str) -> Response:
    """Change what the body names of an event; a list of attendees is the whole list."""
    event = calendars.find(_mailbox(owner), event_id)
    body = _body(call, _WRITABLE)
    if ("start" in body) != ("end" in body):
        raise bad_request("The start and the end of an event go together.")
    return Response(200, _shown(calendars.change(event, said={**event.said, **body}), call))


def cancel_event(calendars: CalendarStore, call: Call, owner: User, event_id: str) -> Response:
    """Take an event away, with a word to its attendees."""
    event = calendars.find(_mailbox(owner), event_id)
    if strange := call.json().keys() - {"comment", "Comment"}:
        raise bad_request(f"The property '{min(strange)}' is not one that this operation takes.")
    calendars.change(event, taken_away=True)
    return Response(202, None)


def delete(calendars: CalendarStore, call: Call, owner: User, event_id: str) -> Response:
    """Take an event away."""
    del call
    calendars.change(calendars.find(_mailbox(owner), event_id), taken_away=True)
    return Response(204, None)


def _mailbox(owner: User) -> str:
    """Return whose mailbox it is. Raise GraphError where this app may not write to it."""
    if owner.behaviour is Behaviour.NO_CALENDAR:
        raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    return owner.object_id


def _used() -> GraphError:
    message = "Your request can't be completed. The TransactionId has already been used to create a different event."
    return GraphError(409, "ErrorDuplicateTransactionId", message)


def _body(call: Call, known: frozenset[str]) -> Json:
    """Return the properties of a body. Raise GraphError for one that is not known, and for times that can't be read."""
    body = call.json()
    for name in body:
        if name not in known:
            raise bad_request(f"The property '{name}' is not one that this operation takes.")
    for name in {"start", "end"} & body.keys():
        _instant(body[name])
    return body


def _instant(time: Mapping[str, str]) -> datetime:
    """Return the moment of a dateTimeTimeZone; IANA's names, all but a few, are none that Exchange knows."""
    name = str(time.get("timeZone", ""))
    zone = None if "/" in name else find_zone(name)
    if zone is None:
        raise GraphError(400, "TimeZoneNotSupportedException", f"A valid TimeZone value must be specified: '{name}'.")
    try:
        local = datetime.fromisoformat(str(time.get("dateTime", ""))[:19])
    except ValueError:
        raise bad_request("The dateTime can't be read.") from None
    return local.replace(tzinfo=zone).astimezone(UTC)


def _shown(event: StoredEvent, call: Call) -> Json:
    full = {"subject": "", "attendees": [], "location": {"displayName": ""}, **event.said}
    if "body" in event.said:
        inner = re.sub(r"</?(?:html|body)>", "", str(event.said["body"].get("content", "")))
        head = '<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>'
        content = f"<html>\r\n{head}\r\n<body>\r\n{inner}\r\n</body>\r\n</html>\r\n"
        full["body"] = {"contentType": "html", "content": content}
    if 'outlook.timezone="utc"' in call.headers.get("prefer", "").lower():
        for name in {"start", "end"} & full.keys():
            moment = _instant(full[name]).astimezone(ZoneInfo("UTC"))
            full[name] = {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}
    full |= {"id": event.event_id, "isCancelled": False, "transactionId": event.transaction or None}
    full["attendees"] = [{**each, "status": {"response": "none"}} for each in full["attendees"]]
    return {name: full.get(name) for name in {*call.select, "id"}} if call.select else full
