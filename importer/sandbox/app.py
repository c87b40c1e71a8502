"""The imitation of Microsoft Graph as a WSGI application with a state of its own.

The meetings are kept in a file of JSON lines, so that a second run finds what the first one made. A line is added for
every meeting made or changed, and the last line for a meeting counts: no request waits for more than one short write,
however many meetings there are, and a killed process loses nothing but a half-written line. The file is put in order
when it is opened, by a temporary file and os.replace.

POST /$batch takes up to twenty requests, each answered for itself, in another order than asked.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import quote

from importer.sandbox import calendars, errors, routes
from importer.sandbox.calendars import CalendarStore, StoredEvent
from importer.sandbox.errors import GraphError, Trace
from importer.sandbox.model import (
    Access,
    Call,
    MeetingStore,
    Participant,
    Response,
    StoredMeeting,
    UserDirectory,
    access_of,
    split,
)
from importer.sandbox.routes import World
from importer.sandbox.settings import missing_in
from importer.sandbox.tenant import Tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Self
    from wsgiref.types import StartResponse, WSGIEnvironment

    from importer.core.facts import FactOutcome


_FIRST = {"sandbox": "meetings", "version": 1}
"""The first line, by which a file is known as one of ours."""


class StoreError(Exception):
    """The file is not one that a sandbox has written; it is left as it was. `path` names it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} can't be used to keep the sandbox's meetings: {reason}.")
        self.path = path
        self.reason = reason


class Journal:
    """The file, open for adding to. `meetings` and `events` are what was in it when it was opened."""

    def __init__(self, path: Path) -> None:
        """Open or make the file, and its folder. Raise StoreError, or OSError when it can't be written."""
        self.meetings, self.events = _read(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, [json.dumps(_FIRST), *map(_to_line, self.meetings), *map(_event_line, self.events)])
        self._file = path.open("a", encoding="utf-8", newline="\n")
        self._lock = threading.Lock()

    def add(self, meeting: StoredMeeting) -> None:
        """Add a meeting as it is now; it is with the operating system when this returns."""
        with self._lock:
            self._file.write(_to_line(meeting) + "\n")
            self._file.flush()

    def add_event(self, event: StoredEvent) -> None:
        """Add an event as it is now, likewise."""
        with self._lock:
            self._file.write(_event_line(event) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _read(path: Path) -> tuple[tuple[StoredMeeting, ...], tuple[StoredEvent, ...]]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return (), ()
    except UnicodeDecodeError:
        raise StoreError(path, "it is not a text file") from None
    if not text:
        return (), ()
    first, *lines = text.split("\n")
    if _parse(first) != _FIRST:
        raise StoreError(path, "it is some other file")
    del lines[-1:]  # empty, or torn by a kill in the middle of a write
    return _latest(path, lines)


def _latest(path: Path, lines: list[str]) -> tuple[tuple[StoredMeeting, ...], tuple[StoredEvent, ...]]:
    """Return the meetings and events of the lines, each as its last line says."""
    meetings: dict[object, StoredMeeting] = {}
    events: dict[str, StoredEvent] = {}
    for number, line in enumerate(lines, start=2):
        try:
            kept = _from_line(line)
        except (ValueError, TypeError, KeyError, RecursionError):
            raise StoreError(path, f"line {number} is damaged") from None
        if isinstance(kept, StoredEvent):
            events[kept.event_id] = kept
        else:
            meetings[kept.key] = kept
    return tuple(meetings.values()), tuple(events.values())


def _parse(line: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _to_line(meeting: StoredMeeting) -> str:
    return json.dumps(asdict(meeting), separators=(",", ":"))


def _event_line(event: StoredEvent) -> str:
    return json.dumps({"event": asdict(event)}, separators=(",", ":"))


def _from_line(line: str) -> StoredMeeting | StoredEvent:
    fields = json.loads(line)
    if "event" in fields:
        event = fields["event"]
        return StoredEvent(**{**event, "properties": tuple((name, value) for name, value in event["properties"])})
    return StoredMeeting(**{**fields, "attendees": tuple(Participant(**each) for each in fields["attendees"])})


def write_whole(path: Path, lines: Iterable[str]) -> None:
    """Write the file whole, or leave it as it was and raise what went wrong."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(line + "\n" for line in lines)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


MOST_REQUESTS = 20
"""Requests in one batch; source: learn.microsoft.com/graph/json-batching."""

_FAILED_DEPENDENCY = 424


def answer(call: Call, respond: Callable[[Call], Response]) -> Response:
    """Answer each request through `respond`.

    The answers come in reverse, which the documentation allows, so that no client gets away with counting on the
    order. Raise GraphError for a batch that can't be read as a whole.
    """
    items = _items(call.json())
    statuses: dict[str, int] = {}
    answered: list[dict[str, Any]] = []
    for item in items:
        result = _one(call, item, statuses, respond)
        statuses[_id(item)] = result.status
        answered.append(_response(item, result))
    return Response(200, {"responses": answered[::-1]})


def _items(body: dict[str, Any]) -> list[dict[str, Any]]:
    items = body.get("requests")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise errors.bad_request("The batch has no requests.")
    if len(items) > MOST_REQUESTS:
        raise errors.bad_request(f"The number of requests in the batch is over the maximum of {MOST_REQUESTS}.")
    ids = [_id(item) for item in items]
    if "" in ids or len(set(ids)) < len(ids):
        raise errors.bad_request("Every request in the batch needs an id of its own.")
    return items


def _id(item: dict[str, Any]) -> str:
    return str(item.get("id", "")).lower()


def _one(call: Call, item: dict[str, Any], statuses: dict[str, int], respond: Callable[[Call], Response]) -> Response:
    needed = [str(each).lower() for each in item.get("dependsOn") or ()]
    if any(statuses.get(each, 500) >= 400 for each in needed):  # noqa: PLR2004 - HTTP's line between yes and no
        return _failed(errors.GraphError(_FAILED_DEPENDENCY, "FailedDependency"))
    try:
        return respond(_call(call, item))
    except errors.GraphError as error:
        return _failed(error)


def _call(outer: Call, item: dict[str, Any]) -> Call:
    url, method, headers = item.get("url"), item.get("method"), item.get("headers") or {}
    if not isinstance(url, str) or not isinstance(method, str) or not isinstance(headers, dict):
        raise errors.bad_request("A request in the batch needs a method and a url.")
    target = "/" + url.removeprefix("/")
    segments, query = split(target)
    if "://" in url or segments[:1] == ("$batch",):
        raise errors.bad_request("The url of a request in the batch must be relative, and not a batch.")
    return Call(
        method=method.upper(),
        segments=segments,
        query=query,
        headers={"host": outer.headers.get("host", ""), **{str(k).lower(): str(v) for k, v in headers.items()}},
        body=json.dumps(item["body"]).encode() if "body" in item else b"",
        access=outer.access,
        target=target,
    )


def _failed(error: errors.GraphError) -> Response:
    return Response(error.status, {"error": {"code": error.code, "message": error.message}})


def _response(item: dict[str, Any], result: Response) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", **result.headers}
    return {"id": str(item["id"]), "status": result.status, "headers": headers, "body": result.payload}


if TYPE_CHECKING:
    Endpoint: TypeAlias = Callable[[Call], Response]

REQUESTS_REMEMBERED = 100_000
"""Requests in the log that tests read; older ones make way, so that a long run does not fill the memory."""

_VERSION = "/v1.0"
_CONTENT_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_DIAGNOSTIC = json.dumps(
    {
        "ServerInfo": {
            "DataCenter": "Sandbox",
            "Slice": "E",
            "Ring": "0",
            "ScaleUnit": "000",
            "RoleInstance": "SANDBOX0000000",
        }
    },
    separators=(",", ":"),
)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Request(NamedTuple):
    """A request that was answered: the target as it was sent, query included."""

    method: str
    target: str
    status: int


def utc_now() -> datetime:
    """Return the time of the machine's clock."""
    return datetime.now(UTC)


class Sandbox:
    """Answers like Graph, for the addresses that the importer uses.

    `store` names a file in which meetings are kept from run to run; without it they are forgotten. `clock` gives
    the aware time of now. `me` is the UPN of the user that delegated tokens belong to. `cloud` is which of Microsoft's
    clouds it is (`usgov-l4`). `facts` are a tenant's, by name: then it does as that one (tenant.py). `access_of` tells
    what a bearer token is good for (None: a 401), for tests with tokens of their own. To be closed, or used in a `with`
    block; raises StoreError or OSError when the file can't be used.
    """

    def __init__(
        self,
        *,
        store: Path | None = None,
        clock: Callable[[], datetime] = utc_now,
        me: str = "you@sandbox.invalid",
        cloud: str = "global",
        access_of: Callable[[str], Access | None] = access_of,
        facts: Mapping[str, FactOutcome] | None = None,
    ) -> None:
        directory = UserDirectory()
        signed_in = directory.find(me)
        if signed_in is None:
            raise ValueError(f"{me!r} is nobody in the sandbox")
        self._journal = Journal(store) if store else None
        meetings = (
            MeetingStore(self._journal.meetings, keep=self._journal.add)
            if self._journal
            else MeetingStore(keep=lambda _: None)
        )
        self._calendars = CalendarStore(self._journal.events if self._journal else (), keep=self._keep_event)
        self._world = World(directory, meetings, signed_in, clock, missing_in(cloud), Tenant(facts or {}))
        self._access_of = access_of
        self.requests: deque[Request] = deque(maxlen=REQUESTS_REMEMBERED)

    @property
    def events(self) -> Sequence[StoredEvent]:
        """All events that are in calendars now, in the order of their making."""
        return self._calendars.all()

    def _keep_event(self, event: StoredEvent) -> None:
        if self._journal:
            self._journal.add_event(event)

    @property
    def meetings(self) -> Sequence[StoredMeeting]:
        """All meetings as they are now, in the order of their making."""
        return self._world.meetings.all()

    def close(self) -> None:
        """Close the file; without one there is nothing to do."""
        if self._journal:
            self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; logs it in `requests`."""
        target, headers = _target(environ), _headers(environ)
        request_id = str(uuid.uuid4())
        now = self._world.clock()
        echoed = " ".join(headers.get("client-request-id", request_id).split())
        trace = Trace(request_id, echoed, f"{now:%Y-%m-%dT%H:%M:%S}")
        answer = self._answer(environ, target, headers, trace)
        empty = answer.payload is None
        content = b"" if empty else _ENCODER.encode(answer.payload).encode(errors="replace")  # half a pair is no text
        self.requests.append(Request(environ["REQUEST_METHOD"], target, answer.status))
        start_response(f"{answer.status} {_phrase(answer.status)}", _sent_headers(answer, trace, now))
        return [content]

    def _answer(self, environ: WSGIEnvironment, target: str, headers: Mapping[str, str], trace: Trace) -> Response:
        try:
            return self._respond(self._call(environ, target, headers))
        except GraphError as error:
            refused = {"WWW-Authenticate": 'Bearer realm=""'} if error.status == HTTPStatus.UNAUTHORIZED else {}
            return Response(error.status, errors.envelope(error, trace), {**refused, **error.headers})

    def _call(self, environ: WSGIEnvironment, target: str, headers: Mapping[str, str]) -> Call:
        access = self._access(headers.get("authorization", ""))
        version, inside = target[: len(_VERSION)], target[len(_VERSION) :]
        segments, query = split(inside)
        if version != _VERSION or not segments:
            raise errors.unknown_segment(target.strip("/").partition("/")[0])
        return Call(
            method=environ["REQUEST_METHOD"],
            segments=segments,
            query=query,
            headers=headers,
            body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
            access=access,
            target=inside,
        )

    def _access(self, authorization: str) -> Access:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise errors.no_token()
        if (access := self._access_of(token.strip())) is None:
            raise errors.bad_token()
        return access

    def _respond(self, call: Call) -> Response:
        endpoint = self._endpoints(call).get(call.method)
        if endpoint is None:
            raise errors.wrong_method()
        if call.access is Access.POWERLESS and call.segments != ("$batch",):
            raise errors.no_consent() if "onlineMeetings" in call.segments else errors.no_privilege()
        return endpoint(call)

    def _endpoints(self, call: Call) -> Mapping[str, Endpoint]:
        """Return what the call's address can do, by method."""
        directory = self._world.directory
        match call.segments:
            case ["$batch"]:
                return {"POST": partial(answer, respond=self._respond)}
            case ["me"]:
                return {"GET": partial(routes.get_me, signed_in=self._world.signed_in)}
            case ["users"]:
                return {"GET": partial(routes.list_users, directory=directory)}
            case ["users", name]:
                return {"GET": partial(routes.get_user, directory=directory, name=name)}
            case ["me", "onlineMeetings", *rest]:
                return self._meeting_endpoints(None, rest)
            case ["users", name, "onlineMeetings", *rest]:
                return self._meeting_endpoints(name, rest)
            case ["me", "events", *rest]:
                return self._event_endpoints(None, rest)
            case ["users", name, "events", *rest]:
                return self._event_endpoints(name, rest)
            case ["me", unknown, *_] | ["users", _, unknown, *_] | [unknown, *_]:
                raise errors.unknown_segment(unknown)
            case _ as never:
                raise AssertionError(never)

    def _meeting_endpoints(self, name: str | None, rest: list[str]) -> Mapping[str, Endpoint]:
        match rest:
            case []:
                return {"GET": self._for(name, routes.list_meetings)}
            case ["createOrGet" | "microsoft.graph.createOrGet"]:
                return {"POST": self._for(name, routes.create_or_get)}
            case [meeting]:
                return {
                    "GET": self._for(name, partial(routes.get_meeting, name=meeting)),
                    "PATCH": self._for(name, partial(routes.patch_meeting, name=meeting)),
                    "DELETE": self._for(name, partial(routes.delete_meeting, name=meeting)),
                }
            case _:
                raise errors.unknown_segment(rest[1])

    def _event_endpoints(self, name: str | None, rest: list[str]) -> Mapping[str, Endpoint]:
        def of(act: Callable[..., Response]) -> Endpoint:
            world = self._world
            return lambda call: act(self._calendars, call, routes.mailbox_owner(world, call, name))

        match rest:
            case []:
                return {"GET": of(calendars.search), "POST": of(calendars.create)}
            case [event]:
                return {
                    "GET": of(partial(calendars.get, event_id=event)),
                    "PATCH": of(partial(calendars.change, event_id=event)),
                    "DELETE": of(partial(calendars.delete, event_id=event)),
                }
            case [event, "cancel"]:
                return {"POST": of(partial(calendars.cancel_event, event_id=event))}
            case _:
                raise errors.unknown_segment(rest[1])

    def _for(self, name: str | None, act: Callable[..., Response]) -> Endpoint:
        """Return an endpoint that acts in the name of the organizer `name` (None: /me)."""
        world = self._world
        return lambda call: act(world, call, routes.organizer_of(world, call, name))


def _target(environ: WSGIEnvironment) -> str:
    """Return path and query as they were sent; of a server that keeps only the decoded path, encoded anew."""
    if sent := environ.get("RAW_URI"):
        return str(sent)
    path = quote(environ["PATH_INFO"], encoding="latin-1")
    query = environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    sent = {
        name[5:].lower().replace("_", "-"): str(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    return {**sent, "content-type": environ.get("CONTENT_TYPE", "")}


def _sent_headers(answer: Response, trace: Trace, now: datetime) -> list[tuple[str, str]]:
    return [
        ("Cache-Control", "no-store"),
        *([] if answer.payload is None else [("Content-Type", _CONTENT_TYPE)]),
        ("request-id", trace.request_id),
        ("client-request-id", trace.client_request_id),
        ("x-ms-ags-diagnostic", _DIAGNOSTIC),
        ("Date", format_datetime(now.astimezone(UTC), usegmt=True)),
        *answer.headers.items(),
    ]


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
