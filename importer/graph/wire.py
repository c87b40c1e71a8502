"""One request and its answer over a kept connection; no retry, no sign-in, no pacing in here."""

from __future__ import annotations

import ssl
import threading
import uuid
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
    foreign,
    not_graphs,
    read_answer,
)
from importer.graph.http import (
    AnswerTooLong,
    Denied,
    Line,
    ProxyDenied,
    Wait,
    causes,
    has_unread_bytes,
    httpx,
    open_client,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.graph.answers import JsonObject
    from importer.graph.retry import Limits

UNAVAILABLE = 503

IDLE_KEPT = 220.0
"""Seconds that an idle connection is kept. Longer than the usual pause, or each would cost a handshake for every worker
(httpx drops them after 5 s by default). Shorter than the 4 minutes after which load balancers such as Azure's forget
an idle connection without a word: the next request on it would wait in vain for the whole read timeout.
Source: https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-reset
"""

Headers = list[tuple[bytes, bytes]]

REQUEST_ID = "client-request-id"
"""Header with a name that we give each request. Graph repeats it in its answer.
Source: https://learn.microsoft.com/graph/best-practices-concept
"""


def anybodys(_data: JsonObject) -> str:
    """Return no sign of another request: the answer has nothing in it that would tell whose it is."""
    return ""


class Wire:
    """Sends requests to one host. Safe to use from several threads at once.

    Every request in flight has a client of its own on a `Line`, kept for the next one: measured, that costs a third
    of the CPU of one client that is shared. The trusted authorities are shared. Proxies come from the environment
    (HTTPS_PROXY, NO_PROXY), except for this very computer, which no proxy can reach (http.py).

    A machine in between can lose step, and hand out answers that belong to other requests. So an answer is this
    request's only if nothing in it says otherwise: the caller's look at its content, and the request's name where the
    service repeats names. A connection that gave another request's answer, or more bytes than its answer has, is never
    used again; after a mix-up none of the idle ones is, either.
    """

    def __init__(self, base: str, *, context: ssl.SSLContext, limits: Limits) -> None:
        """Opens no connection yet. Raises Stop (`proxy-not-valid`) when a proxy setting can't be used."""
        self._base = base
        self._context = context
        self._wait = Wait(limits.total)
        self._timeout = httpx.Timeout(limits.read, connect=limits.connect)
        self._extensions = {"timeout": self._timeout.as_dict()}
        self._lock = threading.Lock()
        self._idle = [self._connect()]
        self._closed = False
        self._names_repeated = False

    def close(self) -> None:
        """Closes every connection; one that is in use is closed when its answer has come."""
        with self._lock:
            self._closed = True
        self._drop_idle()

    def send(
        self,
        method: str,
        path: str,
        headers: Headers,
        body: bytes | None,
        *,
        now: float,
        wait: Wait | None = None,
        stranger: Callable[[JsonObject], str] = anybodys,
        fresh: bool = False,
    ) -> Reply | Trouble:
        """Return what came back, or the trouble of getting there. `now` is in seconds since 1970.

        `wait` is how long a whole answer is waited for, if not as long as the limits allow. `stranger` returns what
        shows that a reply is another request's, or nothing. `fresh` asks for a connection that has carried nothing yet.
        After a 503 the connection is closed, so that the next attempt may reach another machine.
        Source: https://learn.microsoft.com/graph/best-practices-concept
        """
        url, name = _url(self._base + path), str(uuid.uuid4())
        named = [*headers, (REQUEST_ID.encode(), name.encode())]
        request = httpx.Request(method, url, headers=named, content=body, extensions=self._extensions)
        connection = self._connect() if fresh else self._take()
        kept = False
        try:
            heard = connection.ask(request, wait or self._wait)
            outcome = read_answer(heard.status, heard.headers, heard.content, now=now)
            sign = self._other_name(heard.headers, name)
            if not sign and isinstance(outcome, Reply):
                sign = stranger(outcome.data)
            if sign:
                outcome = foreign(heard.status, heard.headers, sign)
            kept = not sign and heard.status != UNAVAILABLE and not has_unread_bytes(connection.client)
        except AnswerTooLong as error:
            return not_graphs(error.status, error.headers, str(error))
        except httpx.RequestError as error:
            return unanswered(error)
        finally:
            self._put_back(connection, kept=kept)
        if sign:
            self._drop_idle()
        return outcome

    def _other_name(self, headers: Mapping[str, str], name: str) -> str:
        """Return the other request's name in the answer; nothing until an answer has shown that names are repeated.

        A machine in between may write names of its own into every answer: then they say nothing.
        """
        repeated = headers.get(REQUEST_ID, "")
        self._names_repeated = self._names_repeated or repeated == name
        other = self._names_repeated and repeated not in ("", name)
        return f"it repeats the name of request {repeated}, not of {name}" if other else ""

    def _drop_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> Line:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _put_back(self, connection: Line, *, kept: bool) -> None:
        with self._lock:
            kept = kept and not self._closed
            if kept:
                self._idle.append(connection)
        if not kept:
            connection.close()

    def _connect(self) -> Line:
        return Line(open_connection(self._base, context=self._context, timeout=self._timeout))


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
