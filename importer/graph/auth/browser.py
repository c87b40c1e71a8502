"""A sign-in in the person's browser: which browser there is, and the address on this computer that it comes back to.

Theory of operation
-------------------
The browser is sent to Entra ID, and from there with a code back to `http://localhost:PORT` (RFC 8252 section 7.3). What
listens there is open to every program and every page on this computer, so it takes little: a form (`response_mode`
`form_post`, so that no code stands in an address or a history) of a bounded length, with the `state` that this sign-in
made up, once. Anything else is refused, and the waiting goes on. A code that is caught is worth nothing without
the proof that never leaves this process (PKCE, RFC 7636). It listens on loopback only, in a container too.
"""

from __future__ import annotations

import hmac
import os
import re
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

LONGEST_FORM = 65_536
"""Bytes of what the browser brings: a code has some thousand."""

MOST_AT_ONCE = 16
"""Connections at once: browsers open some ahead of time, which then say nothing."""

CONNECTION_SECONDS = 10.0
"""How long one connection may take over its request."""

LOOK_EVERY = 0.2
"""Seconds between looks at whether the run has been ended meanwhile."""

_IN_TERMINAL = frozenset({"www-browser", "links", "elinks", "lynx", "w3m"})
"""Browsers that would take the terminal that the run writes to. Source: Python's webbrowser module."""

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>meeting-importer</title>
<body style="font-family: sans-serif; margin: 3em"><p>{words}</p></body></html>"""
_DONE = "Microsoft's answer has arrived. You can close this window and go back to the terminal."
_NOT_THIS = "This is not the answer that meeting-importer waits for. Go back to the terminal."


def find_browser(environment: Mapping[str, str]) -> Callable[[str], bool] | None:
    """Return what opens an address in this person's browser and says whether it could; None where there is none.

    There is none on another computer's terminal (SSH), and none where nobody would see its window: on Linux, WSL
    included, without a display; on Windows in a service, or in a shell by remote management. A desktop that somebody
    looks at from afar (RDP) is one.
    """
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        return None
    return open_browser if _has_desktop(environment) else None


if sys.platform == "win32":  # pragma: no cover - the tests' other system
    import ctypes
    from ctypes import wintypes

    _FLAGS, _VISIBLE = 1, 1
    """UOI_FLAGS, WSF_VISIBLE: https://learn.microsoft.com/windows/win32/api/winuser/ns-winuser-userobjectflags"""

    def _has_desktop(environment: Mapping[str, str]) -> bool:
        """Return whether windows of this process can be seen; yes where Windows does not say."""
        del environment
        user, told = ctypes.WinDLL("user32"), (wintypes.DWORD * 3)()
        user.GetProcessWindowStation.restype = wintypes.HANDLE
        station = wintypes.HANDLE(user.GetProcessWindowStation())
        known = user.GetUserObjectInformationW(station, _FLAGS, told, ctypes.sizeof(told), None)
        return not known or bool(told[2] & _VISIBLE)

else:

    def _has_desktop(environment: Mapping[str, str]) -> bool:
        """Return whether there is a display; macOS has one."""
        return sys.platform == "darwin" or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def open_browser(address: str) -> bool:
    """Open an address in the person's browser. Return whether there is one that needs no terminal."""
    import webbrowser  # noqa: PLC0415 - only a sign-in in the browser needs it

    try:
        browser = webbrowser.get()
        name = os.path.basename(getattr(browser, "name", ""))  # noqa: PTH119 - a name, which need not be a path
        return name not in _IN_TERMINAL and browser.open(address, new=1)
    except (webbrowser.Error, OSError):
        return False


class Redirect:
    """The address that the browser comes back to, open while this is entered."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(LOOK_EVERY,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        """The address, as it is registered but for the port, which Entra ID ignores on localhost.

        Source: https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions
        """
        return f"http://localhost:{self._server.server_address[1]}"

    def expect(self, state: str) -> None:
        """Take the form that comes with `state`, from now on: before the browser is sent, which may be quick."""
        self._server.state = state

    def wait(self, *, is_over: Callable[[], bool]) -> dict[str, str] | None:
        """Return the fields of the form that was expected, or None once `is_over`, which may raise."""
        while not self._server.answered.wait(LOOK_EVERY):
            if is_over():
                return None
        return self._server.fields


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = MOST_AT_ONCE

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.state = ""
        self.fields: dict[str, str] = {}
        self.answered = threading.Event()
        self._room = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._taking = threading.Lock()

    def take(self, fields: dict[str, str]) -> bool:
        """Keep the fields if they are the answer that is waited for, and the first."""
        known = hmac.compare_digest(fields.get("state", "").encode(), self.state.encode())
        if not (self.state and known and ("code" in fields or "error" in fields)):
            return False
        with self._taking:
            first = not self.fields
            self.fields = self.fields or fields
        return first

    def verify_request(self, request: object, client_address: object) -> bool:  # noqa: ARG002 - socketserver's
        return self._room.acquire(blocking=False)

    def process_request_thread(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]  # narrower: it is TCP
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: what went wrong was on a connection that nobody waits for, and holds codes."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version, sys_version = "meeting-importer", ""
    timeout = CONNECTION_SECONDS

    def do_POST(self) -> None:
        taken = self.server.take(self._fields())
        try:
            self._say(HTTPStatus.OK if taken else HTTPStatus.BAD_REQUEST, _DONE if taken else _NOT_THIS)
        finally:  # a browser that does not stay for the page has brought its answer all the same
            if taken:
                self.server.answered.set()

    def do_GET(self) -> None:
        self._say(HTTPStatus.METHOD_NOT_ALLOWED, _NOT_THIS)

    def _fields(self) -> dict[str, str]:
        """Return the form, empty for what is none."""
        length = self.headers.get("content-length", "")
        if re.fullmatch(r"[0-9]{1,9}", length) is None or int(length) > LONGEST_FORM:
            return {}
        text = self.rfile.read(int(length)).decode("ascii", "replace")
        try:
            return dict(parse_qsl(text, max_num_fields=50))
        except ValueError:
            return {}

    def _say(self, status: HTTPStatus, words: str) -> None:
        page = _PAGE.format(words=words).encode()
        self.close_connection = True
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
            ("Connection", "close"),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing: a request may hold a code."""
