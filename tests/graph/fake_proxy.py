"""A proxy that tunnels to one server whatever it is asked for, or wants a log-in first."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class FakeProxy:
    """Where it listens, where its tunnels end, what it was asked for, and the status it answers with.

    `offers` are the ways to log in that it names, `log_in` is how somebody tried last.
    """

    port: int = 0
    target: int = 0
    status: int = 200
    asked: list[str] = field(default_factory=list)
    offers: tuple[str, ...] = ()
    log_in: str = ""


class _Handler(BaseHTTPRequestHandler):
    proxy: ClassVar[FakeProxy]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class named it
        """Stays silent."""

    def do_CONNECT(self) -> None:
        self.proxy.asked.append(self.path)
        self.proxy.log_in = self.headers.get("Proxy-Authorization", "")
        self.send_response(self.proxy.status, "Proxy Authentication Required" if self.proxy.status != 200 else "OK")
        for offer in self.proxy.offers:
            self.send_header("Proxy-Authenticate", offer)
        self.end_headers()
        if self.proxy.status == 200:
            with socket.create_connection(("127.0.0.1", self.proxy.target)) as far:
                back = threading.Thread(target=_pump, args=(far, self.connection), daemon=True)
                back.start()
                _pump(self.connection, far)
                back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        """One of the two has gone, so has the tunnel."""


@contextmanager
def proxying(target: int) -> Iterator[FakeProxy]:
    """Return a proxy whose tunnels all end at this port of this computer."""
    state = FakeProxy(target=target)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": state}))
    server.daemon_threads = True
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
