"""One request and its answer over a kept connection; no retry, no sign-in, no pacing in here."""

from __future__ import annotations

import ssl
import threading
from functools import lru_cache
from typing import TYPE_CHECKING

from importer.graph.answers import (
    CERTIFICATE,
    PROXY,
    PROXY_BLOCKS,
    PROXY_DOWN,
    PROXY_FOREIGN,
    UNREACHABLE,
    Reply,
    Trouble,
    read_answer,
)
from importer.graph.http import Denied, ProxyDenied, causes, httpx, open_client

if TYPE_CHECKING:
    from importer.graph.retry import Limits

UNAVAILABLE = 503

IDLE_KEPT = 220.0
"""Seconds that an idle connection is kept. Longer than the usual pause, or each would cost a handshake for every worker
(httpx drops them after 5 s by default). Shorter than the 4 minutes after which load balancers such as Azure's forget
an idle connection without a word: the next request on it would wait in vain for the whole read timeout.
Source: https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-reset
"""

Headers = list[tuple[bytes, bytes]]


class Wire:
    """Sends requests to one host. Safe to use from several threads at once.

    Every request in flight has an `httpx.Client` of its own, kept for the next one: measured, that costs a third
    of the CPU of one client that is shared. The trusted authorities are shared. Proxies come from the environment
    (HTTPS_PROXY, NO_PROXY), except for this very computer, which no proxy can reach (http.py).
    """

    def __init__(self, base: str, *, context: ssl.SSLContext, limits: Limits) -> None:
        """Opens no connection yet. Raises Stop (`proxy-not-valid`) when a proxy setting can't be used."""
        self._base = base
        self._context = context
        self._timeout = httpx.Timeout(limits.read, connect=limits.connect)
        self._extensions = {"timeout": self._timeout.as_dict()}
        self._lock = threading.Lock()
        self._idle = [self._connect()]
        self._closed = False

    def close(self) -> None:
        """Closes every connection; one that is in use is closed when its answer has come."""
        with self._lock:
            idle, self._idle, self._closed = self._idle, [], True
        for connection in idle:
            connection.close()

    def send(self, method: str, path: str, headers: Headers, body: bytes | None, *, now: float) -> Reply | Trouble:
        """Gives what came back, or the trouble of getting there. `now` is in seconds since 1970.

        After a 503 the connection is closed, so that the next attempt may reach another machine.
        Source: https://learn.microsoft.com/graph/best-practices-concept
        """
        url = _url(self._base + path)
        request = httpx.Request(method, url, headers=headers, content=body, extensions=self._extensions)
        connection = self._take()
        kept = False
        try:
            response = connection.send(request)
            kept = response.status_code != UNAVAILABLE
        except httpx.RequestError as error:
            return unanswered(error)
        finally:
            self._put_back(connection, kept=kept)
        return read_answer(response.status_code, response.headers, response.content, now=now)

    def _take(self) -> httpx.Client:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _put_back(self, connection: httpx.Client, *, kept: bool) -> None:
        with self._lock:
            kept = kept and not self._closed
            if kept:
                self._idle.append(connection)
        if not kept:
            connection.close()

    def _connect(self) -> httpx.Client:
        return open_connection(self._base, context=self._context, timeout=self._timeout)


def open_connection(base: str, *, context: ssl.SSLContext, timeout: httpx.Timeout) -> httpx.Client:
    """Gives a client for one request at a time to the host of `base`. Raises Stop as `open_client` does."""
    limits = httpx.Limits(max_connections=1, keepalive_expiry=IDLE_KEPT)
    return open_client(base, tls=context, timeout=timeout, limits=limits)


@lru_cache(maxsize=1024)
def _url(text: str) -> httpx.URL:
    """Kept, because rows of one organizer share theirs, and taking one apart is a twentieth of a row's cost."""
    return httpx.URL(text)


def unanswered(error: httpx.RequestError) -> Trouble:
    """Gives the trouble of a request that got no answer."""
    code = UNREACHABLE
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes(error)):
        code = CERTIFICATE
    elif isinstance(error, ProxyDenied):
        code = _PROXY_CODES[error.why]
    return Trouble(0, code, str(error), f"no answer; {type(error).__name__}: {error}")


_PROXY_CODES = {
    Denied.LOG_IN: PROXY,
    Denied.FOREIGN_LOG_IN: PROXY_FOREIGN,
    Denied.BLOCKED: PROXY_BLOCKS,
    Denied.DOWN: PROXY_DOWN,
}
