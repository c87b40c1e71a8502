"""Serves a WSGI application on loopback over HTTP/1.1 that keeps its connections.

Werkzeug's development server answers every request with `Connection: close`, so each call would pay for a new
connection and would never show what reused ones do to a client. This one is the standard library's parser with a
WSGI call behind it; the answer leaves in one write, so that neither Nagle's algorithm nor delayed
acknowledgements cost a row 40 ms.
"""

from __future__ import annotations

import io
import os
import socket
import struct
import sys
import threading
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from importer.sockets import hang_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from wsgiref.types import WSGIApplication, WSGIEnvironment

LOOPBACK = "127.0.0.1"

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes a request may carry; Graph's own limit for a JSON request is 4 MB."""

_POLL_SECONDS = 0.02
"""How often the accepting thread looks whether it should end: what closing the server may take."""

_RESET_ON_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""struct linger (on, 0 seconds): closing then sends RST instead of FIN. Windows has it in short integers."""


class Hangup(Exception):  # noqa: N818 - an order to the server, not an error
    """Raised by an application to have the connection broken instead of answered.

    `sent` is what the client still gets before the break; empty means that it gets a reset.
    """

    def __init__(self, sent: bytes = b"") -> None:
        super().__init__(f"hang up after {len(sent)} bytes")
        self.sent = sent


@contextmanager
def serve(app: WSGIApplication, port: int = 0) -> Iterator[str]:
    """Serve `app` in background threads while the block runs, and return its URL, ending in `/v1.0`.

    `port` 0 takes a free one. On leaving, open connections are closed and the threads have ended. Raise OSError
    when the port is taken.
    """
    server = _Server(app, port)
    accepting = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="sandbox", daemon=True)
    accepting.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}/v1.0"
    finally:
        server.shutdown()
        accepting.join()
        server.server_close()


class _Server(ThreadingMixIn, TCPServer):
    """One thread a connection; knows its open connections so that it can close them."""

    allow_reuse_address = os.name != "nt"  # on Windows the option would let two programs share one port
    request_queue_size = 128  # dozens of workers connect at the same moment; a full queue costs them a second
    daemon_threads = False  # joined in server_close, which daemon threads are not

    def __init__(self, app: WSGIApplication, port: int) -> None:
        self.app = app
        self._open: set[socket.socket] = set()
        self._opening = threading.Lock()
        self._ended = False
        super().__init__((LOOPBACK, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's
        with self._opening:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - socketserver's
        with self._opening:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Hang up on everybody, then wait for the threads (a kept connection would never end by itself)."""
        with self._opening:
            self._ended = True
            for connection in self._open:
                hang_up(connection)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's
        """Keep quiet about clients that go away, or are sent away; anything else is a bug and said on stderr."""
        if not isinstance(sys.exc_info()[1], OSError if self._ended else (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Turns one request after the other into a WSGI call."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def answer(self) -> None:
        """Read the body, ask the application, and send its answer whole."""
        if refusal := self._unreadable():
            self.close_connection = True  # an unread body can't be told from the next request
            self.send_error(refusal)
            return
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) == length:  # otherwise the client has gone
            self._ask(body)

    def _ask(self, body: bytes) -> None:
        head: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc: object = None) -> Any:  # noqa: ANN401 - PEP 3333's
            head[:] = [(status, headers)]

        try:
            content = b"".join(self.server.app(self._environ(body), start_response))
        except Hangup as order:
            self._hang_up(order.sent)
        else:
            self._send(*head[0], content)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815 - http.server's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Stay silent: the sandbox runs inside a command whose output is somebody's."""

    def _unreadable(self) -> int | None:
        """Return the status with which to refuse a body that can't be read."""
        if "transfer-encoding" in self.headers:
            return HTTPStatus.LENGTH_REQUIRED
        length = self.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            return HTTPStatus.BAD_REQUEST
        digits = length.lstrip("0")
        if len(digits) > len(str(LARGEST_BODY)) or int(digits or 0) > LARGEST_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return None

    def _environ(self, body: bytes) -> WSGIEnvironment:
        """Return the environment of PEP 3333, and the path as it was sent (RAW_URI)."""
        path, _, query = self.path.partition("?")
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.path,
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": self.headers.get("content-type", ""),
            "SERVER_NAME": LOOPBACK,
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            environ.setdefault("HTTP_" + name.upper().replace("-", "_"), value)
        return environ

    def _send(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        lines = [f"{self.protocol_version} {status}", *(f"{name}: {value}" for name, value in headers)]
        if not any(name.lower() == "content-length" for name, _ in headers):
            lines.append(f"Content-Length: {len(content)}")
        head = "\r\n".join((*lines, "", "")).encode("latin-1")
        self.wfile.write(head if self.command == "HEAD" else head + content)

    def _hang_up(self, sent: bytes) -> None:
        self.close_connection = True
        if sent:
            self.wfile.write(sent)
        else:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self.connection.close()
