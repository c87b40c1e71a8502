"""Trouble on purpose: WSGI middleware that makes a well-behaved application fail the ways Graph and networks do.

The statuses are those that Microsoft's own fault injector uses for Graph (429, 500, 502, 503, 504, 507; Dev
Proxy's GraphRandomErrorPlugin), and beside them what no status can say: connections that break before or after
the work was done, and answers of which a part is missing.
"""

from __future__ import annotations

import io
import json
import math
import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from enum import Enum, auto
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from importer.sandbox.app import MOST_REQUESTS, utc_now
from importer.sandbox.errors import GraphError, Trace, envelope
from importer.sandbox.server import Hangup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class Wait(Enum):
    """How an answer says when to come back."""

    UNSAID = auto()
    SECONDS = auto()
    """`Retry-After: 2`, as documented."""
    DECIMAL = auto()
    """`Retry-After: 0.249`, as seen in batches (microsoft-graph-docs issue 3877)."""
    DATE = auto()
    """`Retry-After: Tue, 24 Nov 2026 12:00:00 GMT`, as HTTP allows."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The application is not asked; `status` is answered, and `wait` says how long to stay away."""

    status: int
    wait: Wait = Wait.UNSAID


@dataclass(frozen=True, slots=True)
class Deny:
    """The application does the work, and the answer is the error `status` all the same."""

    status: int


class Break(Enum):
    """What happens to the connection or the answer."""

    RESET = auto()
    """The connection is reset before the application is asked."""
    LOSE = auto()
    """The application does the work, then the connection is reset: the answer is lost."""
    CUT = auto()
    """The application does the work; the connection ends in the middle of the answer."""
    GARBLE = auto()
    """The application does the work; half of its JSON arrives, as if it were all."""


Fault: TypeAlias = Refuse | Deny | Break

EVERY_FAULT: tuple[Fault, ...] = (
    Refuse(429, Wait.SECONDS),
    Refuse(429, Wait.DECIMAL),
    Refuse(429, Wait.DATE),
    Refuse(429),
    Refuse(500),
    Refuse(502),
    Refuse(503, Wait.SECONDS),
    Refuse(504),
    Refuse(507),
    Deny(500),
    Deny(504),
    *Break,
)
"""One of each, for plans that draw from all of them."""


class Plan(Protocol):
    """Decides which requests fail, and how."""

    def __call__(self, call: str, attempt: int) -> Fault | None:
        """Return the fault for a call. `call` is the same text for the same request; `attempt` counts it from 1."""
        ...


class RandomFaults:
    """Lets a share of all requests fail, drawn from `faults`.

    The same seed gives the same faults for the same calls, in whatever order they come. After `in_a_row` faults
    at most, a call gets through, so that whoever tries again often enough always succeeds. Raises ValueError
    for a rate that is not between 0 and 1.
    """

    def __init__(
        self, rate: float, *, seed: int = 0, in_a_row: int = 3, faults: tuple[Fault, ...] = EVERY_FAULT
    ) -> None:
        if not 0 <= rate <= 1:
            raise ValueError(f"{rate} is not a share between 0 and 1")
        self._rate = rate
        self._seed = seed
        self._in_a_row = in_a_row
        self._faults = faults

    def __call__(self, call: str, attempt: int) -> Fault | None:
        """Return the fault that is drawn for this attempt, or None."""
        if attempt % (self._in_a_row + 1) == 0:
            return None
        drawn = random.Random(f"{self._seed}/{attempt}/{call}")
        return drawn.choice(self._faults) if drawn.random() < self._rate else None


class Faulty:
    """Lets requests to `app` fail as `plan` says.

    `seconds` is how long an answer tells the client to wait. Each request in a batch can be refused for itself,
    as Graph does. `injected` counts what was done. Breaking a connection is the work of our own `serve`; another
    server sees a Hangup.
    """

    def __init__(
        self,
        app: WSGIApplication,
        plan: Plan,
        *,
        seconds: float = 1.0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._app = app
        self._plan = plan
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._attempts: Counter[bytes] = Counter()
        self.injected: Counter[Fault] = Counter()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, or fails to."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        target = str(environ.get("RAW_URI") or environ["PATH_INFO"])
        environ = _with_body(environ, body)
        match self._draw(f"{environ['REQUEST_METHOD']} {target} ", body):
            case None if target.endswith("/$batch") and (items := _batched(body)):
                return _whole(self._batch(environ, items), start_response)
            case None:
                return self._app(environ, start_response)
            case Refuse() as fault:
                return _whole(self._refusal(fault), start_response)
            case Deny(status):
                _ask(self._app, environ)
                return _whole(self._refusal(Refuse(status)), start_response)
            case Break() as fault:
                return _whole(self._broken(fault, environ), start_response)

    def _draw(self, name: str, content: bytes) -> Fault | None:
        """Return the plan's fault for this request and takes note of both."""
        key = sha256(name.encode() + content).digest()
        with self._lock:
            self._attempts[key] += 1
            attempt = self._attempts[key]
        fault = self._plan(name + key.hex(), attempt)
        if fault is not None:
            with self._lock:
                self.injected[fault] += 1
        return fault

    def _broken(self, fault: Break, environ: WSGIEnvironment) -> _Answer:
        if fault is Break.RESET:
            raise Hangup
        answer = _ask(self._app, environ)
        if fault is Break.LOSE:
            raise Hangup
        half = answer.content[: len(answer.content) // 2]
        if fault is Break.CUT:
            raise Hangup(f"HTTP/1.1 {answer.status}\r\nContent-Length: {len(answer.content)}\r\n\r\n".encode() + half)
        return _Answer(answer.status, answer.headers, half)

    def _batch(self, environ: WSGIEnvironment, items: list[dict[str, Any]]) -> _Answer:
        """Forwards the requests of the batch that the plan lets through, and refuses the others one by one."""
        drawn = [(item, self._draw(f"{item.get('method')} {item.get('url')} ", b"")) for item in items]
        refused = [self._item(item, fault) for item, fault in drawn if isinstance(fault, Refuse)]
        passed = [item for item, fault in drawn if not isinstance(fault, Refuse)]
        answer = _ask(self._app, _with_body(environ, json.dumps({"requests": passed}).encode()))
        answered = json.loads(answer.content)
        answered["responses"] = refused + answered["responses"]
        return _Answer(answer.status, answer.headers, json.dumps(answered).encode())

    def _item(self, item: dict[str, Any], fault: Refuse) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", **self._retry_after(fault.wait)}
        return {"id": item.get("id"), "status": fault.status, "headers": headers, "body": self._error(fault.status)}

    def _refusal(self, fault: Refuse) -> _Answer:
        status = HTTPStatus(fault.status)
        if status in {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}:  # from a machine in between: no JSON
            kind, content = "text/html", f"<html><body><h1>{status} {status.phrase}</h1></body></html>".encode()
        else:
            kind, content = "application/json", json.dumps(self._error(fault.status)).encode()
        headers = [("Content-Type", kind), *self._retry_after(fault.wait).items()]
        return _Answer(f"{fault.status} {status.phrase}", headers, content)

    def _error(self, status: int) -> dict[str, Any]:
        """Return the envelope; for 429 with the words of learn.microsoft.com/graph/throttling."""
        request_id = str(uuid.uuid4())
        trace = Trace(request_id, request_id, f"{self._clock():%Y-%m-%dT%H:%M:%S}")
        code = HTTPStatus(status).phrase.title().replace(" ", "")
        message = "Please retry again later." if status == HTTPStatus.TOO_MANY_REQUESTS else ""
        return envelope(GraphError(status, code, message), trace)

    def _retry_after(self, wait: Wait) -> dict[str, str]:
        whole = math.ceil(self._seconds)
        match wait:
            case Wait.UNSAID:
                return {}
            case Wait.SECONDS:
                return {"Retry-After": str(whole)}
            case Wait.DECIMAL:
                return {"Retry-After": f"{self._seconds:.3f}"}
            case Wait.DATE:
                return {"Retry-After": format_datetime(self._clock() + timedelta(seconds=whole), usegmt=True)}


class Slow:
    """Lets every request to `app` wait first, between `least` and `most` seconds.

    The same seed gives the same delays, in the order in which requests come.
    """

    def __init__(
        self,
        app: WSGIApplication,
        least: float,
        most: float,
        *,
        seed: int = 0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._app = app
        self._least = least
        self._most = most
        self._sleep = sleep
        self._random = random.Random(seed)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Wait, then answers."""
        self._sleep(self._random.uniform(self._least, self._most))
        return self._app(environ, start_response)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: str
    headers: list[tuple[str, str]]
    content: bytes


def _ask(app: WSGIApplication, environ: WSGIEnvironment) -> _Answer:
    head: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc: object = None) -> Any:  # noqa: ANN401 - PEP 3333's
        head[:] = [(status, headers)]

    content = b"".join(app(environ, start_response))
    return _Answer(*head[0], content)


def _batched(body: bytes) -> list[dict[str, Any]]:
    """Return the requests of a batch; none of a batch that the application has to refuse."""
    try:
        items = json.loads(body)["requests"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []
    well_made = isinstance(items, list) and len(items) <= MOST_REQUESTS
    return items if well_made and all(isinstance(item, dict) for item in items) else []


def _whole(answer: _Answer, start_response: StartResponse) -> Iterable[bytes]:
    start_response(answer.status, answer.headers)
    return [answer.content]


def _with_body(environ: WSGIEnvironment, body: bytes) -> WSGIEnvironment:
    return {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
