"""Whoever gets notifications: a web server and a mail server on loopback, real sockets and real TLS."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

HANG_UP = 0
"""Instead of a status: the connection is closed without an answer."""
SILENCE = "..."
"""Instead of an answer: nothing, until the other side gives up."""


@dataclass
class Posted:
    """What arrived at the web server."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)


@contextmanager
def web_server(*statuses: int, tls: ssl.SSLContext | None = None, path: str = "/hook") -> Iterator[Posted]:
    """Serve; answers with each status in turn, and from then on with the last, 202 if there is none."""
    posted, left = Posted(), list(statuses) or [202]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.bodies.append(json.loads(body))
            posted.paths.append(self.path)
            posted.types.append(self.headers["Content-Type"])
            status = left.pop(0) if len(left) > 1 else left[0]
            if status == HANG_UP:
                self.close_connection = True
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", posted.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with _WebServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        scheme, host = ("https", "localhost") if tls is not None else ("http", "127.0.0.1")
        posted.url = f"{scheme}://{host}:{server.server_address[1]}{path}"
        with _serving(server):
            yield posted


class _WebServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Keep quiet about clients that go away."""


@dataclass
class Mail:
    """A mail as it was handed over."""

    sender: str
    recipients: list[str]
    text: str
    encrypted: bool
    user: str


@dataclass
class Mails:
    """What arrived at the mail server, and the commands it heard, without their arguments."""

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)


@dataclass
class Manners:
    """How the mail server behaves: `answers` are said instead of the usual ones, each list in turn; '' hangs up."""

    tls: ssl.SSLContext | None = None
    from_the_start: bool = False
    users: dict[str, str] = field(default_factory=dict)
    answers: dict[str, list[str]] = field(default_factory=dict)


class _Talk(socketserver.StreamRequestHandler):
    """One conversation, RFC 5321."""

    server: _MailServer

    def handle(self) -> None:
        self.encrypted, self.user, self.sender = self.server.manners.from_the_start, "", ""
        self.recipients: list[str] = []
        if not self._say("CONNECT", "220 loopback ready"):
            return
        while line := self.rfile.readline():
            command = line.decode().strip()
            verb = command.split(" ")[0].upper()
            self.server.heard.commands.append(verb)
            if not self._one(verb, command):
                return

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # after STARTTLS another one than the server closes

    def _one(self, verb: str, command: str) -> bool:
        match verb:
            case "EHLO":
                return self._say(verb, "\r\n".join(self._offers()))
            case "STARTTLS":
                return self._say(verb, "220 go ahead") and self._encrypt()
            case "AUTH":
                return self._say(verb, self._authenticated(command))
            case "MAIL":
                self.sender = command.partition("<")[2].partition(">")[0]
                return self._say(verb, "250 ok")
            case "RCPT":
                self.recipients.append(command.partition("<")[2].partition(">")[0])
                return self._say(verb, "250 ok")
            case "DATA":
                said = self._answer(verb, "354 go on")
                return self._write(said) and (not said.startswith("354") or self._data())
            case "QUIT":
                self._say(verb, "221 bye")
                return False
            case _:
                return self._say(verb, "250 ok")

    def _offers(self) -> list[str]:
        manners = self.server.manners
        offers = ["STARTTLS"] if manners.tls is not None and not self.encrypted else []
        lines = ["loopback", *offers, *(["AUTH PLAIN"] if manners.users else [])]
        return [f"250{' ' if number == len(lines) else '-'}{line}" for number, line in enumerate(lines, 1)]

    def _encrypt(self) -> bool:
        assert self.server.manners.tls is not None
        try:
            self.connection = self.server.manners.tls.wrap_socket(self.connection, server_side=True)
        except OSError:  # the other side does not trust the certificate
            return False
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.encrypted = True
        return True

    def _authenticated(self, command: str) -> str:
        _, user, password = base64.b64decode(command.split(" ")[2]).decode().split("\0")
        if self.server.manners.users.get(user) != password:
            return "535 no"
        self.user = user
        return "235 welcome"

    def _data(self) -> bool:
        lines = []
        while (line := self.rfile.readline().decode()) not in {".\r\n", ""}:
            lines.append(line)
        mail = Mail(self.sender, self.recipients, "".join(lines), self.encrypted, self.user)
        said = self._answer("MESSAGE", "250 taken")
        if said.startswith("250") or not said:
            self.server.heard.mails.append(mail)
        return self._write(said)

    def _say(self, verb: str, usual: str) -> bool:
        return self._write(self._answer(verb, usual))

    def _answer(self, verb: str, usual: str) -> str:
        instead = self.server.manners.answers.get(verb, [])
        return instead.pop(0) if instead else usual

    def _write(self, said: str) -> bool:
        if said == SILENCE:
            self.rfile.read()
            return False
        if said:
            self.wfile.write(said.encode() + b"\r\n")
        return bool(said)


class _MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, manners: Manners, heard: Mails) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.manners, self.heard = manners, heard

    def handle_error(self, *_: object) -> None:
        """Keep quiet about clients that go away."""


@contextmanager
def mail_server(manners: Manners | None = None) -> Iterator[Mails]:
    """Serve."""
    heard, how = Mails(), manners or Manners()
    with _MailServer(how, heard) as server:
        if how.from_the_start and how.tls is not None:
            server.socket = how.tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        heard.port = server.server_address[1]
        with _serving(server):
            yield heard


@contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def texts(value: object) -> Iterator[str]:
    """Return every text in a JSON value, keys included."""
    match value:
        case dict():
            for key, inner in value.items():
                yield str(key)
                yield from texts(inner)
        case list() | tuple():
            for inner in value:
                yield from texts(inner)
        case _:
            yield str(value)
