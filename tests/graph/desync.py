"""A way to Graph that has lost step: connections on which answers come that belong to other requests."""

from __future__ import annotations

import json
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tests.graph.fake_graph import CREATE, MEETING, FakeGraph

if TYPE_CHECKING:
    from collections.abc import Iterator

LATE = 0.3
"""Seconds after which an answer too many comes."""


class Fault(Enum):
    """How answers get to requests that they don't belong to."""

    NONE = auto()
    IN_ONE_WRITE = auto()
    """After some answers another one, in the same write."""
    LATE = auto()
    """After some answers another one, a while later."""
    WITH_THE_NEXT = auto()
    """An answer too many that comes when the next request has been sent, in front of its own."""
    ONE_BEHIND = auto()
    """Some connections answer each request with what belongs to the one before, the first with somebody else's."""
    ALL_ONE_BEHIND = auto()
    """Every answer goes to the next request, whichever connection it comes by."""


@dataclass
class Way:
    """The server. `every` says how often the fault strikes, in requests; `named` whether answers name their meeting.

    `echo` is whether an answer repeats the request's name. `changed` has each PATCH as (user, Graph ID, subject).
    """

    fault: Fault
    graph: FakeGraph = field(default_factory=FakeGraph)
    url: str = ""
    every: int = 5
    named: bool = True
    echo: bool = False
    requests: int = 0
    connections: int = 0
    struck: int = 0
    changed: list[tuple[str, str, str]] = field(default_factory=list)
    before: bytes = b""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, path: str, headers: dict[str, str], body: Any) -> bytes:  # noqa: ANN401 - JSON
        """Return the right answer to a request, whole."""
        with self.lock:
            status, data, _ = self.graph.proper(method, path, body)
            if self.named and (found := CREATE.fullmatch(path) or MEETING.fullmatch(path)) and status < 400:
                key = self.graph.owners[data["id"]]
                organizer = {"identity": {"user": {"id": key[0]}}}
                data = {**data, "externalId": key[1], "participants": {"organizer": organizer}}
                if method == "PATCH":
                    self.changed.append((found[1], data["id"], body.get("subject", "")))
        content = json.dumps(data).encode()
        name = f"client-request-id: {headers['client-request-id']}\r\n" if self.echo else ""
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{name}Content-Length: {len(content)}\r\n\r\n"
        return head.encode() + content

    def strikes(self) -> bool:
        with self.lock:
            self.requests += 1
            struck = self.requests % self.every == 0
            self.struck += struck
            return struck

    def swap(self, answer: bytes) -> bytes:
        """Return the answer before this one, of whichever connection."""
        with self.lock:
            before, self.before = self.before, answer
        return before


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    way: Way

    def handle(self) -> None:
        with self.way.lock:
            self.way.connections += 1
            behind = self.way.fault is Fault.ONE_BEHIND and self.way.connections % 2 == 1
        held: bytes = self.way.before if behind else b""
        while line := self.rfile.readline().decode():
            method, path, _ = line.split()
            headers = {}
            while (field_line := self.rfile.readline().decode().strip()) != "":
                key, _, value = field_line.partition(": ")
                headers[key.lower()] = value
            length = int(headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            answer = self.way.answer(method, path, headers, body)
            held = self._write(answer, held, behind=behind)
            if not held and behind:
                behind = False

    def _write(self, answer: bytes, held: bytes, *, behind: bool) -> bytes:
        """Write what comes back at this request, and return what is held back for the next one."""
        way = self.way
        before = way.swap(answer)
        if behind:
            self.wfile.write(held or answer)
            return answer
        if way.fault is Fault.ALL_ONE_BEHIND:
            self.wfile.write(before or answer)
            return b""
        if way.fault is Fault.WITH_THE_NEXT and held:
            self.wfile.write(held + answer)
            return b""
        extra = before if way.strikes() else b""
        if not extra or way.fault is Fault.NONE:
            self.wfile.write(answer)
        elif way.fault is Fault.IN_ONE_WRITE:
            self.wfile.write(answer + extra)
        else:
            self.wfile.write(answer)
            if way.fault is Fault.WITH_THE_NEXT:
                return extra
            late = threading.Timer(LATE, self._write_late, [extra])
            late.daemon = True
            late.start()
        return b""

    def _write_late(self, extra: bytes) -> None:
        try:
            self.wfile.write(extra)
        except (OSError, ValueError):
            """The client has gone, as it should."""


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """Stays silent: a client breaks off a connection that has lost step."""


@contextmanager
def losing_step(way: Way) -> Iterator[Way]:
    """Return the server, up until the block is left."""
    server = Server(("127.0.0.1", 0), type("Handler", (Handler,), {"way": way}))
    way.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield way
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
