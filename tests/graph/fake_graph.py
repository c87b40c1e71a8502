"""A tiny Graph on a real socket that can be told to misbehave, and a clock that makes hours pass in no time."""

from __future__ import annotations

import json
import re
import socket
import struct
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from importer.graph import Clock
from tests.graph.strict_calendars import StrictCalendars

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

CREATE = re.compile(r"/v1\.0/(?:users/([^/]+)|me)/onlineMeetings/createOrGet")
MEETING = re.compile(r"/v1\.0/(?:users/([^/]+)|me)/onlineMeetings/([^/]+)")
WRITTEN = "Tue, 24 Nov 2026 12:00:00 GMT"


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Act:
    """What the server does with one request instead of answering it properly.

    `made` does the work first, so that it is the answer that gets lost.
    """

    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    made: bool = False
    cut: bool = False
    reset: bool = False
    hang: bool = False


def error(status: int, code: str = "", message: str = "", **headers: str) -> Act:
    """An answer in Graph's error envelope."""
    body = {"error": {"code": code, "message": message, "innerError": {"date": "2026-11-24T12:00:00"}}}
    return Act(status=status, body=body, headers={key.replace("_", "-"): value for key, value in headers.items()})


@dataclass
class FakeGraph:
    """State and script of the server. `acts` are used up one for each request that `picks` lets through."""

    url: str = ""
    acts: list[Act] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    meetings: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    owners: dict[str, tuple[str, str]] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    mails: dict[str, str] = field(default_factory=dict)
    """The mail address of a user, by UPN, where it is another one."""
    names: dict[str, str] = field(default_factory=dict)
    """The display name of a user, by UPN."""
    page: int = 100
    sent: Mapping[str, str] = field(default_factory=dict)
    """The headers of the request at hand, in lower case."""
    tokens: set[str] = field(default_factory=lambda: {"token-1"})
    batching: bool = True
    filtering: bool = True
    item_acts: list[Act] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)
    chance: Callable[[], Act | None] = lambda: None
    calendars: StrictCalendars = field(default_factory=StrictCalendars)
    connections: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def act(self) -> Act | None:
        with self.lock:
            if self.acts:
                return self.acts.pop(0)
        return self.chance()

    def handle(self, seen: Seen) -> tuple[int, Any, dict[str, str]]:
        with self.lock:
            self.sent = seen.headers
            return self.proper(seen.method, seen.path, seen.body)

    def proper(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        if self.calendars.knows(path):
            status, said = self.calendars.answer(method, path, self.sent, body)
            return status, b"" if said is None else said, {}
        if found := CREATE.fullmatch(urlsplit(path).path):
            return self._create(unquote(found[1] or "me"), body)
        if found := MEETING.fullmatch(path):
            whose, graph_id = unquote(found[1] or "me"), unquote(found[2])
            if method == "DELETE":
                return self._delete(whose, graph_id)
            return self._meeting(whose, graph_id, body if method == "PATCH" else {})
        if path == "/v1.0/$batch" and self.batching:
            return 200, {"responses": [self._item(item) for item in reversed(body["requests"])]}, {}
        if path.startswith("/v1.0/me?"):
            return 200, {"id": "id-me", "userPrincipalName": "me@contoso.com"}, {}
        if path.startswith("/v1.0/users?"):
            query = parse_qs(urlsplit(path).query)
            if "$search" in query:
                return self._searched(query["$search"][0])
            return self._listed(query["$filter"][0])
        if method == "GET" and path.startswith("/v1.0/users"):
            return self._user(unquote(urlsplit(path).path.removeprefix("/v1.0/users")))
        return 404, {"error": {"code": "BadRequest", "message": "Resource not found for the segment 'x'."}}, {}

    def _create(self, user: str, body: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        key = (user, body["externalId"])
        status = 200 if key in self.meetings else 201
        link = f"https://teams.example/l/meetup-join/{user}/{body['externalId']}%40thread?p=%7b"
        audio = {"conferenceId": "123456789", "tollNumber": "+1 555"}
        made = {"id": f"MSo{len(self.meetings)}", "joinWebUrl": link, "audioConferencing": audio, **self.extra}
        if status == 201:
            self.meetings[key], self.owners[made["id"]] = made, key
        return status, self.meetings[key], {}

    def _meeting(self, user: str, graph_id: str, changes: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        for (owner, _), meeting in self.meetings.items():
            if (owner, meeting["id"]) == (user, graph_id):
                meeting.update(changes)
                return 200, {**meeting, **self.shown}, {}
        return 404, {"error": {"code": "NotFound", "message": "3004: Specified meeting is not found"}}, {}

    def _delete(self, user: str, graph_id: str) -> tuple[int, Any, dict[str, str]]:
        for key, meeting in self.meetings.items():
            if (key[0], meeting["id"]) == (user, graph_id):
                del self.meetings[key]
                return 204, b"", {}
        return self._meeting(user, graph_id, {})

    def _item(self, item: dict[str, Any]) -> dict[str, Any]:
        if self.item_acts:
            act = self.item_acts.pop(0)
            return {"id": item["id"], "status": act.status, "headers": act.headers, "body": act.body}
        self.sent = {key.lower(): value for key, value in item.get("headers", {}).items()}
        status, body, headers = self.proper(item["method"], "/v1.0" + item["url"], {})
        return {"id": item["id"], "status": status, "headers": headers, "body": body}

    def _listed(self, wanted: str) -> tuple[int, Any, dict[str, str]]:
        values = [each.replace("''", "'") for each in re.findall(r"'((?:[^']|'')*)'", wanted)]
        by_mail = wanted.startswith("mail in (")
        assert by_mail or wanted.startswith("userPrincipalName in (")
        if not self.filtering or len(values) > 15:
            return 400, {"error": {"code": "Request_UnsupportedQuery", "message": "Too many child clauses"}}, {}
        if by_mail:
            asked = set(map(str.casefold, values))
            found = [(upn, self.mails.get(upn, upn)) for upn in self.users]
            mailed = [(upn, mail) for upn, mail in found if mail.casefold() in asked]
            entries = [{"id": self.users[upn], "userPrincipalName": upn, "mail": mail} for upn, mail in mailed]
            return 200, {"value": entries}, {}
        upns = {upn.casefold(): upn for upn in self.users}
        known = [upns[value.casefold()] for value in values if value.casefold() in upns]
        return 200, {"value": [{"id": self.users[upn], "userPrincipalName": upn} for upn in known]}, {}

    def _searched(self, wanted: str) -> tuple[int, Any, dict[str, str]]:
        if self.sent.get("consistencylevel") != "eventual":
            return 400, {"error": {"code": "Request_UnsupportedQuery", "message": "a special request header"}}, {}
        words = wanted.removeprefix('"displayName:').removesuffix('"').casefold().replace(",", "").split()
        found = [upn for upn, name in self.names.items() if set(words) <= set(name.casefold().replace(",", "").split())]
        entries = [{"id": self.users[upn], "userPrincipalName": upn, "displayName": self.names[upn]} for upn in found]
        more = {"@odata.nextLink": "https://next"} if len(found) > self.page else {}
        return 200, {"value": entries[: self.page], **more}, {}

    def _user(self, key: str) -> tuple[int, Any, dict[str, str]]:
        name = key[2:-2].replace("''", "'") if key.startswith("('") else key[1:]
        for upn, object_id in self.users.items():
            if name.casefold() in (upn.casefold(), object_id):
                return 200, {"id": object_id, "userPrincipalName": upn}, {}
        return 404, {"error": {"code": "Request_ResourceNotFound", "message": f"Resource '{name}' does not exist"}}, {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and content are written apart; without it each answer takes 40 ms
    graph: ClassVar[FakeGraph]

    def setup(self) -> None:
        super().setup()
        with self.graph.lock:
            self.graph.connections += 1

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class named it
        """Stays silent."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        seen = Seen(self.command, self.path, {key.lower(): value for key, value in self.headers.items()}, body)
        self.graph.seen.append(seen)
        act = self.graph.act()
        if act is None or act.made:
            answer = self._proper(seen)
            if act is None:
                return self._write(*answer)
            if act.cut:
                return self._write(*answer, cut=True)
        if act.hang:
            self.graph.released.wait(30)
        if act.reset or act.hang:
            return self._reset()
        return self._write(act.status, act.body, act.headers, cut=act.cut)

    def _proper(self, seen: Seen) -> tuple[int, Any, dict[str, str]]:
        if seen.headers["authorization"].removeprefix("Bearer ") not in self.graph.tokens:
            return 401, {"error": {"code": "InvalidAuthenticationToken", "message": "Lifetime validation failed"}}, {}
        return self.graph.handle(seen)

    def _write(self, status: int, body: object, headers: dict[str, str], *, cut: bool = False) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        content = content[: len(content) // 2] if cut else content
        self.send_response_only(status)
        for key, value in {"Date": WRITTEN, "request-id": "req-1", **headers}.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _reset(self) -> None:
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Stays silent: a client that does not trust us breaks off, which is what is tested."""


@contextmanager
def serving(*, context: ssl.SSLContext | None = None) -> Iterator[FakeGraph]:
    """Return a server that is up, over TLS where there is a context, until the block is left."""
    state = FakeGraph()
    server = Server(("127.0.0.1", 0), type("Handler", (Handler,), {"graph": state}))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    state.url = f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class VirtualTime:
    """A clock that only sleeping moves. `slept` has every wait in order; the dice always show a half."""

    def __init__(self) -> None:
        self.time = 1_000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.time += seconds
            self.slept.append(seconds)

    @property
    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.time, sleep=self.sleep, now=lambda: self.time, random=lambda: 0.5)


class Tokens:
    """A token source that gives the tokens of a list, the next one at each refresh."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.rejected: list[str] = []
        self.claims: list[str] = []

    def token(self) -> str:
        return self.tokens[0]

    def refresh(self, rejected: str, *, claims: str = "") -> str:
        self.rejected.append(rejected)
        self.claims.append(claims)
        if len(self.tokens) > 1:
            self.tokens.pop(0)
        return self.tokens[0]
