"""Calendars stricter than need be, by the tests' own reading of Graph's pages on events; they share nothing with ours.

What is counted is what people get: one invitation when somebody comes onto an event, an update when an event they are
on says something else, a cancellation when they are taken off it or it is taken away. What a page does not list is
refused. A transaction that was used is never used again, be the event there or not; how that is said can be chosen.
Bodies come back as Exchange writes them, times in the zone that was asked for. Five requests at once to a mailbox are
one too many.

Sources: learn.microsoft.com/graph/api/resources/event, .../user-post-events, .../event-update, .../event-cancel,
.../event-delete, .../singlevaluelegacyextendedproperty-get, .../resources/datetimetimezone, .../throttling-limits
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from tzlocal.windows_tz import win_tz

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PATH = re.compile(r"/v1\.0/(?:users/([^/]+)|me)/(?:calendar/)?events(?:/([^/]+))?(/cancel)?")
WRITABLE = {"subject", "body", "start", "end", "location", "attendees"}
AT_FIRST = WRITABLE | {"transactionId", "singleValueExtendedProperties"}
READABLE = {*WRITABLE, "id", "isCancelled", "transactionId", "iCalUId", "organizer", "isOrganizer"}
FILTER = re.compile(
    r"singleValueExtendedProperties/Any\(ep: ep/id eq '(String \{[0-9a-f-]{36}\} Name \w+)' and ep/value eq '([^']*)'\)"
)
ZONES = {*win_tz, "Pacific/Honolulu", "Europe/Istanbul", "Asia/Tokyo"} - {
    *("Alberta Standard Time", "British Columbia Standard Time", "UTC+13")
}
"""What is taken for a zone: Windows' names, but for such as not every server knows, and a few of the fixed others."""
LONGEST = 255
"""Characters of a place or a subject, MAPI's own limit."""
ADDRESS = re.compile(r"[^\s@#]+@[^\s@#]+\.[^\s@#]+")


class NoError(Exception):
    """Ends a request with an error of Exchange's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def malformed(message: str) -> NoError:
    return NoError(400, "ErrorInvalidRequest", message)


@dataclass
class StrictCalendars:
    """Events by ID, and the mails that were sent: what it was, the mailbox, the event's key, and to whom.

    `used` is what a used transaction is answered with: `same` is the event (and an error once that is deleted),
    `conflict` and `bad` are errors. `closed` are mailboxes that the app may not write to, `absent` those that are none.
    """

    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    mails: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    transactions: dict[tuple[str, str], str] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    used: str = "conflict"
    closed: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    crowded: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    in_air: Counter[str] = field(default_factory=Counter)

    def knows(self, path: str) -> bool:
        return PATH.fullmatch(urlsplit(path).path) is not None

    @contextmanager
    def at_once(self, path: str) -> Iterator[bool]:
        """Count a request to a mailbox; gives whether it is one too many."""
        found = PATH.fullmatch(urlsplit(path).path)
        assert found is not None
        with self.lock:
            self.in_air[found[1] or "me"] += 1
            too_many = self.in_air[found[1] or "me"] > 4
            self.crowded += too_many
        try:
            yield too_many
        finally:
            with self.lock:
                self.in_air[found[1] or "me"] -= 1

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: Any) -> tuple[int, Any]:  # noqa: ANN401 - any JSON
        """Return the status and the JSON of an answer (None: no content). Header names are in lower case."""
        parts = urlsplit(path)
        found = PATH.fullmatch(parts.path)
        assert found is not None, path
        mailbox, event_id = unquote(found[1] or "me").lower(), unquote(found[2] or "")
        asked = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
        with self.lock:
            self.calls.append((method, parts.path))
            try:
                self._let_in(mailbox)
                if method in {"POST", "PATCH"} and not isinstance(body, dict):
                    raise malformed("Empty Payload. JSON content expected.")
                if event_id:
                    status, said = self._of_event(f"{method}{found[3] or ''}", self._found(mailbox, event_id), body)
                else:
                    status, said = self._of_calendar(method, mailbox, asked, body)
            except NoError as error:
                return error.status, {"error": {"code": error.code, "message": str(error)}}
            if isinstance(said, list):
                return status, {"value": [self._shown(each, asked, headers) for each in said]}
            return status, None if said is None else self._shown(said, asked, headers)

    def _let_in(self, mailbox: str) -> None:
        if mailbox in self.closed:
            raise NoError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if mailbox in self.absent:
            raise NoError(404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or ...")

    def _of_calendar(self, method: str, mailbox: str, asked: Mapping[str, str], body: Any) -> tuple[int, Any]:  # noqa: ANN401 - any JSON
        match method:
            case "POST":
                return 201, self._made(mailbox, body)
            case "GET":
                return 200, self._listed(mailbox, asked)
        raise NoError(405, "ErrorInvalidRequest", "There is no such operation.")

    def _of_event(self, operation: str, event: dict[str, Any], body: Any) -> tuple[int, Any]:  # noqa: ANN401 - any JSON
        match operation:
            case "GET":
                return 200, event
            case "PATCH":
                return 200, self._changed(event, body)
            case "POST/cancel" if body.keys() <= {"comment", "Comment"}:
                self._removed(event)
                return 202, None
            case "DELETE":
                self._removed(event)
                return 204, None
        raise NoError(405, "ErrorInvalidRequest", "There is no such operation.")

    def _made(self, mailbox: str, body: dict[str, Any]) -> dict[str, Any]:
        _check(body, AT_FIRST)
        transaction = body.get("transactionId", "")
        if transaction and (known := self.transactions.get((mailbox, transaction))):
            if self.used == "same" and known in self.events:
                return self.events[known]
            code, status = ("ErrorDuplicateTransactionId", 409) if self.used != "bad" else ("ErrorInvalidRequest", 400)
            raise NoError(
                status,
                code,
                "Your request can't be completed. The TransactionId has already been used to create a different event.",
            )
        event = {"attendees": [], "subject": "", "location": {"displayName": ""}, **json.loads(json.dumps(body))}
        event |= {"id": f"AAMk{uuid.uuid4().hex}=", "iCalUId": uuid.uuid4().hex, "mailbox": mailbox}
        event["key"] = next(iter(each["value"] for each in body.get("singleValueExtendedProperties", ())), "")
        event["isCancelled"] = False
        self.events[event["id"]] = event
        if transaction:
            self.transactions[mailbox, transaction] = event["id"]
        self._mail("invitation", event, _people(event))
        return event

    def _changed(self, event: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        _check(body, WRITABLE)
        if ("start" in body) != ("end" in body):
            raise malformed("Start goes with end.")
        before, people = _meaning(event), _people(event)
        event.update(json.loads(json.dumps(body)))
        self._mail("invitation", event, _people(event) - people)
        self._mail("cancellation", event, people - _people(event))
        if _meaning(event) != before:
            self._mail("update", event, people & _people(event))
        return event

    def _removed(self, event: dict[str, Any]) -> None:
        del self.events[event["id"]]
        self._mail("cancellation", event, _people(event))

    def _mail(self, what: str, event: dict[str, Any], people: set[str]) -> None:
        self.mails.update((what, event["mailbox"], event["key"], person) for person in people)

    def _found(self, mailbox: str, event_id: str) -> dict[str, Any]:
        event = self.events.get(event_id)
        if event is None or event["mailbox"] != mailbox:
            raise NoError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        return event

    def _listed(self, mailbox: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        found = FILTER.fullmatch(asked.get("$filter", ""))
        if found is None:
            raise malformed("The filter can't be read.")

        def has(event: dict[str, Any]) -> bool:
            return any(
                each["id"] == found[1] and each["value"].casefold() == found[2].casefold()
                for each in event.get("singleValueExtendedProperties", ())
            )

        mine = [event for event in self.events.values() if event["mailbox"] == mailbox and has(event)]
        return mine[: int(asked.get("$top", "10"))]

    def _shown(self, event: dict[str, Any], asked: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        selected = set(filter(None, asked.get("$select", "").split(","))) or READABLE
        if strange := selected - READABLE:
            raise malformed(f"There is no property {sorted(strange)}.")
        shown = {name: value for name, value in event.items() if name in selected | {"id"}}
        if "body" in shown:
            shown["body"] = {"contentType": "html", "content": as_exchange_writes(event["body"]["content"])}
        if 'outlook.timezone="UTC"' in headers.get("prefer", ""):
            for name in {"start", "end"} & shown.keys():
                shown[name] = {"dateTime": f"{instant(event[name]):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}
        shown["attendees"] = [
            {**each, "status": {"response": "none", "time": "0001-01-01T00:00:00Z"}} for each in event["attendees"]
        ]
        return shown


def _check(body: dict[str, Any], known: set[str]) -> None:
    """Raise NoError for what the pages do not list, and for a value of another kind."""
    if strange := body.keys() - known:
        raise malformed(f"There is no property {sorted(strange)}, or it is not this program's to state.")
    for name, value in body.items():
        CHECKS.get(name, _any)(value)
    if {"start", "end"} <= body.keys() and instant(body["end"]) < instant(body["start"]):
        raise NoError(400, "ErrorPropertyValidationFailure", "At least one property failed validation.")


def _any(_value: object) -> None:
    """Whatever it is."""


def _time(value: dict[str, str]) -> None:
    if value.keys() != {"dateTime", "timeZone"} or value["timeZone"] not in ZONES:
        raise NoError(400, "TimeZoneNotSupportedException", f"A valid TimeZone value must be specified: {value}")
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", value["dateTime"]) is None:
        raise malformed(f"No time: {value['dateTime']}")


def _attendees(value: list[dict[str, Any]]) -> None:
    for each in value:
        if each.keys() != {"emailAddress", "type"} or each["type"] not in {"required", "optional", "resource"}:
            raise malformed("An attendee is an address and a type.")
        if ADDRESS.fullmatch(each["emailAddress"]["address"]) is None:
            raise NoError(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.")


def _body(value: dict[str, str]) -> None:
    if value.keys() != {"contentType", "content"}:
        raise malformed("A body is a type and a content.")


def _location(value: dict[str, str]) -> None:
    if not value.keys() <= {"displayName", "locationUri"} or len(value["displayName"]) > LONGEST:
        raise NoError(400, "ErrorPropertyValidationFailure", "At least one property failed validation.")


def _subject(value: str) -> None:
    if len(value) > LONGEST:
        raise NoError(400, "ErrorPropertyValidationFailure", "At least one property failed validation.")


def _extended(value: list[dict[str, str]]) -> None:
    for each in value:
        if re.fullmatch(r"String \{[0-9a-f-]{36}\} Name \w+", each["id"]) is None or not isinstance(each["value"], str):
            raise malformed("No extended property.")


CHECKS: dict[str, Any] = {
    "start": _time,
    "end": _time,
    "attendees": _attendees,
    "body": _body,
    "location": _location,
    "subject": _subject,
    "singleValueExtendedProperties": _extended,
}


def instant(time: Mapping[str, str]) -> datetime:
    """Return the moment of a dateTimeTimeZone."""
    zone = ZoneInfo(win_tz.get(time["timeZone"], time["timeZone"]))
    return datetime.fromisoformat(time["dateTime"][:19]).replace(tzinfo=zone).astimezone(UTC)


def as_exchange_writes(content: str) -> str:
    """Return HTML as it comes back: another head, other line ends, entities for what needs none."""
    inner = re.sub(r"</?(?:html|body)>", "", content).replace("</p>", "</p>\r\n").replace("@", "&#64;")
    head = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n<meta content="x">'
    return f'<html>\r\n<head>\r\n{head}\r\n</head>\r\n<body>\r\n<div class="b">{inner}</div>\r\n</body>\r\n</html>\r\n'


def _people(event: dict[str, Any]) -> set[str]:
    return {each["emailAddress"]["address"].casefold() for each in event["attendees"]}


def _meaning(event: dict[str, Any]) -> object:
    return event["subject"], instant(event["start"]), instant(event["end"]), event["location"], event.get("body")
