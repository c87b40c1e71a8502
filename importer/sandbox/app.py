"""The imitation of Microsoft Graph as a WSGI application with a state of its own."""

from __future__ import annotations

import json
import uuid
from collections import deque
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from urllib.parse import quote

from importer.sandbox import batch, errors, online_meetings, users
from importer.sandbox.calls import Access, Answer, Call, access_of, split
from importer.sandbox.errors import GraphError, Trace
from importer.sandbox.journal import Journal
from importer.sandbox.meetings import Meeting, Meetings
from importer.sandbox.online_meetings import World
from importer.sandbox.people import Directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Self
    from wsgiref.types import StartResponse, WSGIEnvironment

    Endpoint: TypeAlias = Callable[[Call], Answer]

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
    """Gives the time of the machine's clock."""
    return datetime.now(UTC)


class Sandbox:
    """Answers like Graph, for the addresses that the importer uses.

    `store` names a file in which meetings are kept from run to run; without it they are forgotten. `clock` gives
    the aware time of now. `me` is the UPN of the user that delegated tokens belong to. `access_of` tells what a
    bearer token is good for (None: a 401), for tests with tokens of their own. To be closed, or used in a `with`
    block; raises StoreError or OSError when the file can't be used.
    """

    def __init__(
        self,
        *,
        store: Path | None = None,
        clock: Callable[[], datetime] = utc_now,
        me: str = "you@sandbox.invalid",
        access_of: Callable[[str], Access | None] = access_of,
    ) -> None:
        directory = Directory()
        signed_in = directory.find(me)
        if signed_in is None:
            raise ValueError(f"{me!r} is nobody in the sandbox")
        self._journal = Journal(store) if store else None
        meetings = (
            Meetings(self._journal.meetings, keep=self._journal.add) if self._journal else Meetings(keep=lambda _: None)
        )
        self._world = World(directory, meetings, signed_in, clock)
        self._access_of = access_of
        self.requests: deque[Request] = deque(maxlen=REQUESTS_REMEMBERED)

    @property
    def meetings(self) -> Sequence[Meeting]:
        """All meetings as they are now, in the order of their making."""
        return self._world.meetings.all()

    def close(self) -> None:
        """Closes the file; without one there is nothing to do."""
        if self._journal:
            self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request; logs it in `requests`."""
        target, headers = _target(environ), _headers(environ)
        request_id = str(uuid.uuid4())
        now = self._world.clock()
        echoed = " ".join(headers.get("client-request-id", request_id).split())
        trace = Trace(request_id, echoed, f"{now:%Y-%m-%dT%H:%M:%S}")
        answer = self._answer(environ, target, headers, trace)
        content = _ENCODER.encode(answer.payload).encode(errors="replace")  # half a surrogate pair is no text
        self.requests.append(Request(environ["REQUEST_METHOD"], target, answer.status))
        start_response(f"{answer.status} {_phrase(answer.status)}", _sent_headers(answer, trace, now))
        return [content]

    def _answer(self, environ: WSGIEnvironment, target: str, headers: Mapping[str, str], trace: Trace) -> Answer:
        try:
            return self._respond(self._call(environ, target, headers))
        except GraphError as error:
            refused = {"WWW-Authenticate": 'Bearer realm=""'} if error.status == HTTPStatus.UNAUTHORIZED else {}
            return Answer(error.status, errors.envelope(error, trace), refused)

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

    def _respond(self, call: Call) -> Answer:
        endpoint = self._endpoints(call).get(call.method)
        if endpoint is None:
            raise errors.wrong_method()
        if call.access is Access.POWERLESS and call.segments != ("$batch",):
            raise errors.no_consent() if "onlineMeetings" in call.segments else errors.no_privilege()
        return endpoint(call)

    def _endpoints(self, call: Call) -> Mapping[str, Endpoint]:
        """Gives what the call's address can do, by method."""
        directory = self._world.directory
        match call.segments:
            case ["$batch"]:
                return {"POST": partial(batch.answer, respond=self._respond)}
            case ["me"]:
                return {"GET": partial(users.me, signed_in=self._world.signed_in)}
            case ["users"]:
                return {"GET": partial(users.listing, directory=directory)}
            case ["users", name]:
                return {"GET": partial(users.one, directory=directory, name=name)}
            case ["me", "onlineMeetings", *rest]:
                return self._meeting_endpoints(None, rest)
            case ["users", name, "onlineMeetings", *rest]:
                return self._meeting_endpoints(name, rest)
            case ["me", unknown, *_] | ["users", _, unknown, *_] | [unknown, *_]:
                raise errors.unknown_segment(unknown)
            case _ as never:
                raise AssertionError(never)

    def _meeting_endpoints(self, name: str | None, rest: list[str]) -> Mapping[str, Endpoint]:
        match rest:
            case []:
                return {"GET": self._for(name, online_meetings.listing)}
            case ["createOrGet" | "microsoft.graph.createOrGet"]:
                return {"POST": self._for(name, online_meetings.create_or_get)}
            case [meeting]:
                return {
                    "GET": self._for(name, partial(online_meetings.get, name=meeting)),
                    "PATCH": self._for(name, partial(online_meetings.patch, name=meeting)),
                }
            case _:
                raise errors.unknown_segment(rest[1])

    def _for(self, name: str | None, act: Callable[..., Answer]) -> Endpoint:
        """Gives an endpoint that acts in the name of the organizer `name` (None: /me)."""
        world = self._world
        return lambda call: act(world, call, online_meetings.organizer_of(world, call, name))


def _target(environ: WSGIEnvironment) -> str:
    """Gives path and query as they were sent; of a server that keeps only the decoded path, encoded anew."""
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


def _sent_headers(answer: Answer, trace: Trace, now: datetime) -> list[tuple[str, str]]:
    return [
        ("Cache-Control", "no-store"),
        ("Content-Type", _CONTENT_TYPE),
        ("request-id", trace.request_id),
        ("client-request-id", trace.client_request_id),
        ("x-ms-ags-diagnostic", _DIAGNOSTIC),
        ("Date", format_datetime(now.astimezone(UTC), usegmt=True)),
        *answer.headers.items(),
    ]


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
