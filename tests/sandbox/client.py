"""A client that shares nothing with the product: the standard library's, over a real socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, TypeAlias
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication

from importer.sandbox import APP_TOKEN

Json: TypeAlias = Any
"""What JSON holds; the tests say what they expect of it, not the types."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Json:
        return json.loads(self.content)

    @property
    def refusal(self) -> tuple[int, str, str]:
        """Status, code and message of an error answer."""
        error = self.json["error"]
        return self.status, error["code"], error["message"]


class Client:
    """Keeps one connection, as the product's workers do."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.root = parts.path
        self.host = parts.netloc
        self.connection = HTTPConnection(parts.netloc, timeout=30)

    def ask(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        token: str | None = APP_TOKEN,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        sent = {**({"Authorization": f"Bearer {token}"} if token else {})}
        content = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.connection.request(method, self.root + path, content, {**sent, **(headers or {})})
        answer = self.connection.getresponse()
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def get(self, path: str, **more: Json) -> Reply:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Json, **more: Json) -> Reply:
        return self.ask("POST", path, body, **more)


Connect: TypeAlias = Callable[[WSGIApplication], Client]
Call: TypeAlias = Callable[[WSGIApplication, str, Any], Reply]
