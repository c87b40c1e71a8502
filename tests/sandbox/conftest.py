"""A sandbox on a loopback port, and clients of it."""

from __future__ import annotations

import io
import json
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from importer.sandbox import APP_TOKEN, Sandbox, serve
from tests.sandbox.client import Call, Client, Connect, Json, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from wsgiref.types import WSGIApplication

NOW = datetime(2026, 11, 24, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Serve an application and return a client of it."""
    with ExitStack() as stack:

        def serve_and_connect(app: WSGIApplication) -> Client:
            client = Client(stack.enter_context(serve(app)))
            stack.callback(client.connection.close)
            return client

        yield serve_and_connect


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(clock=lambda: NOW, me="you@contoso.com")


@pytest.fixture
def client(sandbox: Sandbox, connect: Connect) -> Client:
    return connect(sandbox)


@pytest.fixture
def call() -> Call:
    """Call an application without a socket, with the least that a WSGI server gives."""

    def post(app: WSGIApplication, path: str, body: Json) -> Reply:
        content = json.dumps(body).encode()
        head: list[Any] = []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/v1.0" + path,
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(content)),
            "HTTP_AUTHORIZATION": f"Bearer {APP_TOKEN}",
            "wsgi.input": io.BytesIO(content),
        }

        def start_response(status: str, headers: list[tuple[str, str]], _exc: object = None) -> Json:
            head[:] = [int(status[:3]), dict(headers)]

        answer = b"".join(app(environ, start_response))
        return Reply(head[0], head[1], answer)

    return post
