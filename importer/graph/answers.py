"""What came back from one request: a reply that can be used, or trouble that can be explained."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from importer.core.scrub import scrub_strange
from importer.graph.retry_after import read_retry_after

JsonObject: TypeAlias = Mapping[str, object]

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
    data: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trouble:
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

    def scrubbed(self, blot: Callable[[str], str]) -> Trouble:
        """Return the trouble without the secrets that `blot` knows: a service can echo what it was sent."""
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


def read_answer(status: int, headers: Mapping[str, str], body: bytes, *, now: float) -> Reply | Trouble:
    """Gives what an answer says. `headers` are asked in lower case; `now` is in seconds since 1970."""
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


def read_error(status: int, headers: Mapping[str, str], data: JsonObject, *, now: float) -> Trouble:
    """Gives the trouble that an error's envelope tells of; any part of it may be missing or empty.

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
    return Trouble(status, code, message, "; ".join(said), after, challenge, tuple(_all_inner(error)))


def garbled(status: int, headers: Mapping[str, str], body: bytes) -> Trouble:
    """Gives the trouble of a 2xx answer that is no JSON object: cut off, or not from Graph at all.

    Its content is not kept, only its length: what is left of it may hold a link with its passcode.
    """
    kind = _line(headers.get("content-type", "none"))
    detail = f"HTTP {status}; {len(body)} bytes of type {kind} that are no JSON object"
    return Trouble(status, GARBLED, "", detail + _request_id(headers))


def not_graphs(status: int, headers: Mapping[str, str], size: str) -> Trouble:
    """Gives the trouble of an answer that is somebody else's: a page of a filter or a network that wants a log-in.

    Nothing of it is kept but its kind and `size`, as of any answer that can't be read.
    """
    detail = f"HTTP {status}; no answer of Microsoft Graph: {size} of type {_line(headers.get('content-type', 'none'))}"
    return Trouble(status, NOT_GRAPHS, "", detail + _request_id(headers))


def incomplete(status: int) -> Trouble:
    """Gives the trouble of a 2xx answer that lacks what was asked for."""
    return Trouble(status, INCOMPLETE, "", f"HTTP {status}; the answer lacks what was asked for")


def foreign(status: int, headers: Mapping[str, str], sign: str) -> Trouble:
    """Return the trouble of an answer that belongs to another request. `sign` is what shows it."""
    detail = f"HTTP {status}; another request's answer: {_line(sign)}"
    return Trouble(status, FOREIGN, "", detail + _request_id(headers))


_KINDS = {
    "a meeting": frozenset({"joinWebUrl", "joinUrl", "externalId"}),
    "a person": frozenset({"userPrincipalName"}),
    "a list": frozenset({"value"}),
    "a batch": frozenset({"responses"}),
}
"""What Graph answers, and what only that kind of answer has."""


def another_kind(data: JsonObject, wanted: str) -> str:
    """Return what shows that an answer is of another kind than `wanted`; nothing where it is of none that is known."""
    if data.keys() & _KINDS[wanted]:
        return ""
    found = next((kind for kind, marks in _KINDS.items() if data.keys() & marks), "")
    return found and f"{found} instead of {wanted}"


def child(data: JsonObject, key: str) -> JsonObject:
    """Gives the object at `key`, empty where there is none."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def text(data: JsonObject, key: str) -> str:
    """Gives the text at `key` as it is; empty for null, for nothing, and for what is no text or whole number."""
    value = data.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _read_object(body: bytes) -> JsonObject | None:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _page(body: bytes) -> JsonObject:
    """Gives what there is of an answer without an object: for the logs, and no error of Graph's."""
    return {"page": body[: 4 * WORDS_KEPT].decode(errors="replace")}


def _is_page(headers: Mapping[str, str], body: bytes) -> bool:
    """Tells a web page from an answer of Graph's that was cut off: that one begins with a brace."""
    return "html" in headers.get("content-type", "").lower() or body.lstrip()[:1] == b"<"


def _is_a_no(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a status refuses for good: no redirection, no 'not now', no proxy's or Graph's wish for a sign-in."""
    if 300 <= status < 400 or status in NOT_NOW or status == 407:  # noqa: PLR2004 - HTTP statuses say what they are
        return False
    return status != 401 or "bearer" not in headers.get("www-authenticate", "").lower()  # noqa: PLR2004 - as above


def _inside(error: JsonObject) -> JsonObject:
    return child(error, "innerError") or child(error, "innererror")


def _all_inner(error: JsonObject) -> Iterator[str]:
    """Gives the codes and messages of the errors inside, the details of this one among them."""
    details = error.get("details")
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict):
            yield from filter(None, (text(detail, "code"), text(detail, "message")))
    for _ in range(_DEEPEST):
        error = _inside(error)
        yield from filter(None, (text(error, "code"), text(error, "message")))


def _inner(inner: JsonObject) -> list[str]:
    words = (text(inner, "code"), text(inner, "message"))
    return [f"inner error '{_line(' '.join(words).strip())}'"] if any(words) else []


def _request_id(headers: Mapping[str, str]) -> str:
    value = headers.get("request-id", "")
    return f"; request-id {_line(value)}" if value else ""


def _line(words: str) -> str:
    """Gives words of a stranger on one line without control characters: a log has one line for one entry."""
    line = scrub_strange("".join(sign for sign in " ".join(words.split()) if sign.isprintable()))
    return line if len(line) <= WORDS_KEPT else line[: WORDS_KEPT - 1] + "…"
