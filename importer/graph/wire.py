"""One request and its answer over a kept connection; no sign-in and no pacing in here.

What came back is a `Reply` that can be used, or an `ErrorResponse` that can be explained. `RetryPolicy` says whether to
try again and how long to wait first; the client does the sleeping. Source of Retry-After: RFC 9110, section 10.2.3.
"""

from __future__ import annotations

import json
import math
import ssl
import threading
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from importer.core.body import Body, child, text
from importer.core.wording import scrub_strange
from importer.graph.http import (
    AnswerTooLong,
    ClientThread,
    Denied,
    Headers,
    ProxyDenied,
    Wait,
    causes,
    has_unread_bytes,
    httpx,
    open_client,
    request_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def read_retry_after(text: str | None, *, date: str | None, now: float) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, or None where it says nothing believable.

    It may be seconds, a decimal (Graph's batches send 0.249) or an HTTP date. A date is taken relative to the
    answer's own `Date` header, so that a wrong clock here does no harm, and to `now` (seconds since 1970) only
    where there is none. Zero, a negative number and garbage are None.
    """
    if text is None:
        return None
    seconds = _number(text.partition(",")[0])  # two headers arrive joined by a comma; they say the same
    if seconds is None:
        until = read_http_date(text)
        answered = (read_http_date(date) if date else None) or now
        seconds = None if until is None else until - answered
    return seconds if seconds is not None and seconds > 0 else None


def _number(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def read_http_date(text: str) -> float | None:
    """Return the moment of a header like `Date`, in seconds since 1970; None for what is none (RFC 9110, 5.6.7)."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


WORDS_KEPT = 500
"""Characters of a service's own words kept for the logs: Graph's fit, and a proxy's whole web page does not."""

TRACES = ("request-id", "client-request-id", "x-ms-ags-diagnostic", "date", "www-authenticate")
"""Headers that Microsoft support asks for, and the one that explains a 401.

Source: https://learn.microsoft.com/graph/errors and /graph/best-practices-concept
"""

GARBLED = "garbled"
INCOMPLETE = "incomplete"
UNREACHABLE = "unreachable"
CERTIFICATE = "certificate"
PROXY = "proxy"
PROXY_FOREIGN = "proxy-foreign"
PROXY_BLOCKS = "proxy-blocks"
PROXY_DOWN = "proxy-down"
FOREIGN = "foreign"
NOT_GRAPHS = "not-graphs"
"""Codes of our own, for what is no error of Graph's: they stand where Graph's code would."""
_OWN = frozenset(
    {
        GARBLED,
        INCOMPLETE,
        UNREACHABLE,
        CERTIFICATE,
        PROXY,
        PROXY_FOREIGN,
        PROXY_BLOCKS,
        PROXY_DOWN,
        FOREIGN,
        NOT_GRAPHS,
    }
)

NOT_NOW = (408, 409, 425, 429, *(status for status in range(500, 600) if status not in (501, 505, 511)))
"""Statuses that mean 'not now' whoever says so: a gateway in between has no error object of Graph's, and may be asked
again. 511 is a network that wants a log-in first (RFC 6585 section 6); 501 and 505 know no such request.
"""

_DEEPEST = 8
"""Inner errors that are looked into; Graph nests two or three."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A 2xx answer with a JSON object in it. It can hold passcodes, so its repr has no content."""

    status: int
    data: Body = field(repr=False)


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """Anything but a usable reply. `status` is 0 when no answer came; `code` and `message` are Graph's words.

    `inner` has the codes and messages of the errors inside. Causes are told from these fields, which are whole, and
    never from `detail`: that is one line for the logs, cut short, with everything that helps Microsoft support.
    `retry_after` is in seconds. `challenge` is a 401's WWW-Authenticate header, which can say what the next token must
    prove.
    """

    status: int
    code: str
    message: str = ""
    detail: str = ""
    retry_after: float | None = None
    challenge: str = ""
    inner: tuple[str, ...] = ()

    def scrubbed(self, blot: Callable[[str], str]) -> ErrorResponse:
        """Return the error without the secrets that `blot` knows: a service can echo what it was sent."""
        inner = tuple(map(blot, self.inner))
        return replace(self, message=blot(self.message), detail=blot(self.detail), inner=inner)

    @property
    def said(self) -> str:
        """Everything that Graph's error says of itself, in lower case."""
        return "\n".join((self.code, self.message, *self.inner)).lower()

    @property
    def is_graphs(self) -> bool:
        """True where Graph itself has said what is wrong, in an error object of its own."""
        return self.status > 0 and self.code not in {"", *_OWN}

    @property
    def throttled(self) -> bool:
        """True for a 429, and for a 503 that says how long to stay away."""
        return self.status == 429 or (self.status == 503 and self.retry_after is not None)  # noqa: PLR2004 - an HTTP status says what it is


def read_answer(status: int, headers: Mapping[str, str], body: bytes, *, now: float) -> Reply | ErrorResponse:
    """Return what an answer says. `headers` are asked in lower case; `now` is in seconds since 1970."""
    data = _read_object(body)
    if 200 <= status < 300:  # noqa: PLR2004 - an HTTP status says what it is
        if data is not None:
            return Reply(status, data)
        return (
            not_graphs(status, headers, f"{len(body)} bytes")
            if _is_page(headers, body)
            else garbled(status, headers, body)
        )
    return read_error(status, headers, data if data is not None else _page(body), now=now)


def read_error(status: int, headers: Mapping[str, str], data: Body, *, now: float) -> ErrorResponse:
    """Return the error that an error's envelope tells of; any part of it may be missing or empty.

    Without an error object it is not Graph that refuses, but a filter, a log-in page or a gateway on the way.
    """
    error = child(data, "error")
    code, message = text(error, "code"), text(error, "message")
    if not isinstance(data.get("error"), dict) and _is_a_no(status, headers):
        code = NOT_GRAPHS
    after = read_retry_after(headers.get("retry-after"), date=headers.get("date"), now=now)
    inner = _inside(error)
    page = text(data, "page")
    said = [f"HTTP {status}", f"code '{code}'", f"message '{_line(message or page)}'", *_inner(inner)]
    traces = {key: text(inner, key) for key in TRACES} | {key: headers[key] for key in TRACES if key in headers}
    said += [f"{key} {_line(value)}" for key, value in traces.items() if value]
    challenge = headers.get("www-authenticate", "")
    return ErrorResponse(status, code, message, "; ".join(said), after, challenge, tuple(_all_inner(error)))


def garbled(status: int, headers: Mapping[str, str], body: bytes) -> ErrorResponse:
    """Return the error of a 2xx answer that is no JSON object: cut off, or not from Graph at all.

    Its content is not kept, only its length: what is left of it may hold a link with its passcode.
    """
    kind = _line(headers.get("content-type", "none"))
    detail = f"HTTP {status}; {len(body)} bytes of type {kind} that are no JSON object"
    return ErrorResponse(status, GARBLED, "", detail + _request_id(headers))


def not_graphs(status: int, headers: Mapping[str, str], size: str) -> ErrorResponse:
    """Return the error of an answer that is somebody else's: a page of a filter or a network that wants a log-in.

    Nothing of it is kept but its kind and `size`, as of any answer that can't be read.
    """
    detail = f"HTTP {status}; no answer of Microsoft Graph: {size} of type {_line(headers.get('content-type', 'none'))}"
    return ErrorResponse(status, NOT_GRAPHS, "", detail + _request_id(headers))


def incomplete(status: int) -> ErrorResponse:
    """Return the error of a 2xx answer that lacks what was asked for."""
    return ErrorResponse(status, INCOMPLETE, "", f"HTTP {status}; the answer lacks what was asked for")


def foreign(status: int, headers: Mapping[str, str], sign: str) -> ErrorResponse:
    """Return the error of an answer that belongs to another request. `sign` is what shows it."""
    detail = f"HTTP {status}; another request's answer: {_line(sign)}"
    return ErrorResponse(status, FOREIGN, "", detail + _request_id(headers))


_KINDS = {
    "a meeting": frozenset({"joinWebUrl", "joinUrl", "externalId"}),
    "a person": frozenset({"userPrincipalName"}),
    "a list": frozenset({"value"}),
    "a batch": frozenset({"responses"}),
    "an event": frozenset({"iCalUId", "transactionId", "isCancelled"}),
}
"""What Graph answers, and what only that kind of answer has."""


def another_kind(data: Body, wanted: str) -> str:
    """Return what shows that an answer is of another kind than `wanted`; nothing where it is of none that is known."""
    if data.keys() & _KINDS[wanted]:
        return ""
    found = next((kind for kind, marks in _KINDS.items() if data.keys() & marks), "")
    return found and f"{found} instead of {wanted}"


def _read_object(body: bytes) -> Body | None:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _page(body: bytes) -> Body:
    """Return what there is of an answer without an object: for the logs, and no error of Graph's."""
    return {"page": body[: 4 * WORDS_KEPT].decode(errors="replace")}


def _is_page(headers: Mapping[str, str], body: bytes) -> bool:
    """Return a web page from an answer of Graph's that was cut off: that one begins with a brace."""
    return "html" in headers.get("content-type", "").lower() or body.lstrip()[:1] == b"<"


def _is_a_no(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a status refuses for good: no redirection, no 'not now', no proxy's or Graph's wish for a sign-in."""
    if 300 <= status < 400 or status in NOT_NOW or status == 407:  # noqa: PLR2004 - HTTP statuses say what they are
        return False
    return status != 401 or "bearer" not in headers.get("www-authenticate", "").lower()  # noqa: PLR2004 - as above


def _inside(error: Body) -> Body:
    return child(error, "innerError") or child(error, "innererror")


def _all_inner(error: Body) -> Iterator[str]:
    """Return the codes and messages of the errors inside, the details of this one among them."""
    details = error.get("details")
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict):
            yield from filter(None, (text(detail, "code"), text(detail, "message")))
    for _ in range(_DEEPEST):
        error = _inside(error)
        yield from filter(None, (text(error, "code"), text(error, "message")))


def _inner(inner: Body) -> list[str]:
    words = (text(inner, "code"), text(inner, "message"))
    return [f"inner error '{_line(' '.join(words).strip())}'"] if any(words) else []


def _request_id(headers: Mapping[str, str]) -> str:
    value = headers.get("request-id", "")
    return f"; request-id {_line(value)}" if value else ""


def _line(words: str) -> str:
    """Return words of a stranger on one line without control characters: a log has one line for one entry."""
    line = scrub_strange("".join(sign for sign in " ".join(words.split()) if sign.isprintable()))
    return line if len(line) <= WORDS_KEPT else line[: WORDS_KEPT - 1] + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How much patience one operation has. All but the attempts in seconds.

    `attempts` counts sends that failed without being throttled: with 12, a service that fails half of its
    answers (the default of Microsoft's own fault simulator, dev-proxy) costs one row in 4,000. Being told to
    slow down is no failure and does not count; only `patience`, the time since the first send, ends that. It is
    half of what Microsoft's retry design allows (1,800 s). `first_wait` doubles up to `longest_wait`.
    Source: microsoftgraph/msgraph-sdk-design, middleware/RetryHandler.md

    `connect` and `read` limit a step of an attempt, `total` the attempt, whatever trickles in meanwhile. `silence` is
    how long an operation is tried to which nobody answers at all.
    """

    attempts: int = 12
    patience: float = 900.0
    first_wait: float = 0.5
    longest_wait: float = 30.0
    connect: float = 15.0
    read: float = 60.0
    total: float = 60.0
    silence: float = 180.0


class Budget:
    """What is left of the limits for one operation, or for one that takes several calls. Not shared between threads."""

    __slots__ = ("_deadline", "_failures", "_heard_at", "_limits", "_spent", "_throttles")

    def __init__(self, limits: RetryPolicy, *, started: float) -> None:
        self._limits = limits
        self._deadline = started + limits.patience
        self._heard_at = started
        self._failures = 0
        self._throttles = 0
        self._spent = False

    def wait_after(self, error: ErrorResponse, *, now: float, chance: float) -> float | None:
        """Return the seconds to wait before another attempt, or None when there is to be none.

        Never less than the error's `retry_after`. `now` is on the clock of `started`; `chance` is at least 0 and
        below 1. What is spent stays spent.
        """
        if self._spent:
            return None
        if error.throttled:
            self._throttles += 1
            wait = error.retry_after or self._backoff(self._throttles, chance)
        else:
            self._failures += 1
            wait = max(error.retry_after or 0.0, self._backoff(self._failures, chance))
        if error.status:
            self._heard_at = now
        until = min(self._deadline, self._heard_at + self._limits.silence)
        self._spent = self._failures >= self._limits.attempts or now + wait > until
        return None if self._spent else wait

    def close(self, error: ErrorResponse) -> ErrorResponse:
        """Return `error` with how often it was tried, for the logs."""
        tries = self._failures + self._throttles
        return error if tries <= 1 else replace(error, detail=f"{error.detail}; given up after {tries} attempts")

    def _backoff(self, tries: int, chance: float) -> float:
        """Between half and all of a doubling wait, so that threads that failed together don't return together."""
        ceiling = min(self._limits.longest_wait, math.ldexp(self._limits.first_wait, min(tries - 1, 16)))
        return ceiling * (0.5 + 0.5 * chance)


UNAVAILABLE = 503
EMPTY = frozenset({("DELETE", 204), ("POST", 202)})
"""What is answered with a yes and nothing else: no content, and accepted (RFC 9110 15.3.5 and 15.3.3)."""

IDLE_KEPT = 220.0
"""Seconds that an idle connection is kept. Longer than the usual pause, or each would cost a handshake for every worker
(httpx drops them after 5 s by default). Shorter than the 4 minutes after which load balancers such as Azure's forget
an idle connection without a word: the next request on it would wait in vain for the whole read timeout.
Source: https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-reset
"""

REQUEST_ID = "client-request-id"
"""Header with a name that we give each request. Graph repeats it in its answer.
Source: https://learn.microsoft.com/graph/best-practices-concept
"""


def anybodys(_data: Body) -> str:
    """Return no sign of another request: the answer has nothing in it that would tell whose it is."""
    return ""


class Wire:
    """Sends requests to one host. Safe to use from several threads at once.

    Every request in flight has a client of its own on a `ClientThread`, kept for the next one: measured, that costs
    a third of the CPU of one client that is shared. The trusted authorities are shared. Proxies come from the
    environment (HTTPS_PROXY, NO_PROXY), except for this very computer, which no proxy can reach (http.py).

    A machine in between can lose step, and hand out answers that belong to other requests. So an answer is this
    request's only if nothing in it says otherwise: the caller's look at its content, and the request's name where the
    service repeats names. A connection that gave another request's answer, or more bytes than its answer has, is never
    used again; after a mix-up none of the idle ones is, either.
    """

    def __init__(self, base: str, *, context: ssl.SSLContext, limits: RetryPolicy) -> None:
        """Open no connection yet. Raise Stop (`proxy-not-valid`) when a proxy setting can't be used."""
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
        """Close every connection; one that is in use is closed when its answer has come."""
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
        foreign_sign: Callable[[Body], str] = anybodys,
        fresh: bool = False,
    ) -> Reply | ErrorResponse:
        """Return what came back, or the error of getting there. `now` is in seconds since 1970.

        `wait` is how long a whole answer is waited for, if not as long as the limits allow. `foreign_sign` returns what
        shows that a reply is another request's, or nothing. `fresh` asks for a connection that has carried nothing yet.
        After a 503 the connection is closed, so that the next attempt may reach another machine.
        Source: https://learn.microsoft.com/graph/best-practices-concept
        """
        url, name = _url(self._base + path), str(uuid.uuid4())
        named = [*headers, (REQUEST_ID.encode(), name.encode())]
        request = request_of(method, url, named, body, extensions=self._extensions)
        connection = self._connect() if fresh else self._take()
        kept = False
        try:
            heard = connection.ask(request, wait or self._wait)
            if (method, heard.status) in EMPTY and not heard.content:
                outcome: Reply | ErrorResponse = Reply(heard.status, {})
            else:
                outcome = read_answer(heard.status, heard.headers, heard.content, now=now)
            sign = self._other_name(heard.headers, name)
            if not sign and isinstance(outcome, Reply):
                sign = foreign_sign(outcome.data)
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

    def _take(self) -> ClientThread:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _put_back(self, connection: ClientThread, *, kept: bool) -> None:
        with self._lock:
            kept = kept and not self._closed
            if kept:
                self._idle.append(connection)
        if not kept:
            connection.close()

    def _connect(self) -> ClientThread:
        return ClientThread(open_connection(self._base, context=self._context, timeout=self._timeout))


def open_connection(base: str, *, context: ssl.SSLContext, timeout: httpx.Timeout) -> httpx.Client:
    """Return a client for one request at a time to the host of `base`. Raise Stop as `open_client` does."""
    limits = httpx.Limits(max_connections=1, keepalive_expiry=IDLE_KEPT)
    return open_client(base, tls=context, timeout=timeout, limits=limits)


@lru_cache(maxsize=1024)
def _url(text: str) -> httpx.URL:
    """Kept, because rows of one organizer share theirs, and taking one apart is a twentieth of a row's cost."""
    return httpx.URL(text)


def unanswered(error: httpx.RequestError) -> ErrorResponse:
    """Return the error of a request that got no answer."""
    code = UNREACHABLE
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes(error)):
        code = CERTIFICATE
    elif isinstance(error, ProxyDenied):
        code = _PROXY_CODES[error.why]
    return ErrorResponse(0, code, str(error), f"no answer; {type(error).__name__}: {error}")


_PROXY_CODES = {
    Denied.LOG_IN: PROXY,
    Denied.FOREIGN_LOG_IN: PROXY_FOREIGN,
    Denied.BLOCKED: PROXY_BLOCKS,
    Denied.DOWN: PROXY_DOWN,
}
