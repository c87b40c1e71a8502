"""What came back from one request: a reply that can be used, or trouble that can be explained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

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
"""Codes of our own, for what is no error of Graph's: they stand where Graph's code would."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A 2xx answer with a JSON object in it. It can hold passcodes, so its repr has no content."""

    status: int
    data: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Anything but a usable reply. `status` is 0 when no answer came; `code` and `message` are Graph's words.

    `detail` is one line for the logs, with everything that helps Microsoft support. `retry_after` is in seconds.
    `challenge` is a 401's WWW-Authenticate header, which can say what the next token must prove.
    """

    status: int
    code: str
    message: str = ""
    detail: str = ""
    retry_after: float | None = None
    challenge: str = ""

    @property
    def throttled(self) -> bool:
        """True for a 429, and for a 503 that says how long to stay away."""
        return self.status == 429 or (self.status == 503 and self.retry_after is not None)  # noqa: PLR2004 - an HTTP status says what it is


def read_answer(status: int, headers: Mapping[str, str], body: bytes, *, now: float) -> Reply | Trouble:
    """Gives what an answer says. `headers` are asked in lower case; `now` is in seconds since 1970."""
    data = _read_object(body)
    if 200 <= status < 300:  # noqa: PLR2004 - an HTTP status says what it is
        return garbled(status, headers, body) if data is None else Reply(status, data)
    return read_error(status, headers, data if data is not None else _page(body), now=now)


def read_error(status: int, headers: Mapping[str, str], data: JsonObject, *, now: float) -> Trouble:
    """Gives the trouble that an error's envelope tells of; any part of it may be missing or empty."""
    error = child(data, "error")
    code, message = text(error, "code"), text(error, "message")
    after = read_retry_after(headers.get("retry-after"), date=headers.get("date"), now=now)
    inner = child(error, "innerError") or child(error, "innererror")
    said = [f"HTTP {status}", f"code '{code}'", f"message '{_line(message)}'", *_inner(inner)]
    traces = {key: text(inner, key) for key in TRACES} | {key: headers[key] for key in TRACES if key in headers}
    said += [f"{key} {_line(value)}" for key, value in traces.items() if value]
    return Trouble(status, code, message, "; ".join(said), after, headers.get("www-authenticate", ""))


def garbled(status: int, headers: Mapping[str, str], body: bytes) -> Trouble:
    """Gives the trouble of a 2xx answer that is no JSON object: cut off, or not from Graph at all.

    Its content is not kept, only its length: what is left of it may hold a link with its passcode.
    """
    kind = _line(headers.get("content-type", "none"))
    detail = f"HTTP {status}; {len(body)} bytes of type {kind} that are no JSON object"
    return Trouble(status, GARBLED, "", detail + _request_id(headers))


def incomplete(status: int) -> Trouble:
    """Gives the trouble of a 2xx answer that lacks what was asked for."""
    return Trouble(status, INCOMPLETE, "", f"HTTP {status}; the answer lacks what was asked for")


def foreign(status: int, headers: Mapping[str, str], sign: str) -> Trouble:
    """Return the trouble of an answer that belongs to another request. `sign` is what shows it."""
    detail = f"HTTP {status}; another request's answer: {_line(sign)}"
    return Trouble(status, FOREIGN, "", detail + _request_id(headers))


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
    return {"error": {"code": "", "message": body[: 4 * WORDS_KEPT].decode(errors="replace")}}


def _inner(inner: JsonObject) -> list[str]:
    words = (text(inner, "code"), text(inner, "message"))
    return [f"inner error '{_line(' '.join(words).strip())}'"] if any(words) else []


def _request_id(headers: Mapping[str, str]) -> str:
    value = headers.get("request-id", "")
    return f"; request-id {_line(value)}" if value else ""


def _line(words: str) -> str:
    """Gives words of a stranger on one line without control characters: a log has one line for one entry."""
    line = "".join(sign for sign in " ".join(words.split()) if sign.isprintable())
    return line if len(line) <= WORDS_KEPT else line[: WORDS_KEPT - 1] + "…"
