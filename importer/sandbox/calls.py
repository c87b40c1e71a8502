"""One request as the endpoints see it, and their answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from importer.sandbox import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

APP_TOKEN = "sandbox-app"  # noqa: S105 - opens nothing but the sandbox
"""Any bearer token that begins with this is an application's."""

DELEGATED_TOKEN = "sandbox-me"  # noqa: S105 - likewise
"""Any bearer token that begins with this is the signed-in user's."""

POWERLESS_TOKEN = "sandbox-nothing"  # noqa: S105 - likewise
"""Any bearer token that begins with this is of an application to which no permission was granted."""

_KEY_FORM = re.compile(r"(?P<collection>\w+)\('(?P<key>.*)'\)")
"""`users('ana@contoso.com')`: the only form that takes a UPN with a leading dollar sign."""


class Access(Enum):
    """What a token is good for."""

    APP = auto()
    """Whatever the application access policy of an organizer lets an application do."""
    DELEGATED = auto()
    """What the signed-in user may do."""
    POWERLESS = auto()
    """Nothing: consent was never given."""


def access_of(token: str) -> Access | None:
    """Gives what a sandbox token is good for; None for a token that is none of ours."""
    known = {APP_TOKEN: Access.APP, DELEGATED_TOKEN: Access.DELEGATED, POWERLESS_TOKEN: Access.POWERLESS}
    return next((access for start, access in known.items() if token.startswith(start)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request: `segments` are the decoded parts of the path after `/v1.0`, header names are in lower case."""

    method: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    access: Access
    target: str
    """Path and query after `/v1.0` as they were sent."""

    def json(self) -> dict[str, Any]:
        """Gives the body's JSON object. Raises GraphError: 400 without one or without its Content-Type."""
        if "json" not in self.headers.get("content-type", ""):
            raise errors.bad_request("Write requests must contain the Content-Type header declaration.")
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            raise errors.bad_request("Unable to read JSON request payload.") from None
        if not isinstance(value, dict):
            raise errors.bad_request("The JSON request payload is not an object.")
        return value

    @property
    def select(self) -> tuple[str, ...]:
        """The names in $select."""
        return tuple(filter(None, self.query.get("$select", "").split(",")))

    @property
    def wants_all_roles(self) -> bool:
        """Whether the client has asked for enumeration members that are newer than the API."""
        return "include-unknown-enum-members" in self.headers.get("prefer", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: the status, the JSON object, and headers beside the usual ones."""

    status: int
    payload: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def split(target: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Gives the segments and the query of a target.

    Raises GraphError for a UPN with a leading dollar sign written as a plain segment: Graph takes it for a
    system segment (learn.microsoft.com/graph/api/user-get).
    """
    path, _, query = target.partition("?")
    segments: list[str] = []
    for raw in filter(None, path.split("/")):
        segments += _segment(unquote(raw))
    return tuple(segments), dict(parse_qsl(query, keep_blank_values=True))


def _segment(text: str) -> list[str]:
    if keyed := _KEY_FORM.fullmatch(text):
        return [keyed["collection"], keyed["key"].replace("''", "'")]
    if text.startswith("$") and text != "$batch":
        raise errors.unknown_segment(text)
    return [text]
