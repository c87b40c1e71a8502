"""A webhook over real HTTP and TLS: whether it arrived, whether to try again, and its address nowhere."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from importer.notify import Webhook
from importer.notify.delivery import post
from tests.notify.receivers import HANG_UP, web_server

if TYPE_CHECKING:
    from importer.notify.delivery import Undelivered

SECRET = "s3cr3t-key-in-the-path"
PATH = f"/workflows/{SECRET}?sig={SECRET}"
MESSAGE = {"text": "Müller"}


def posted(url: str, trust: ssl.SSLContext, *, seconds: float = 5) -> Undelivered | None:
    return post(Webhook(url), MESSAGE, trust=trust, seconds=seconds)


@pytest.mark.parametrize("status", [200, 202, 204])
def test_it_arrives_as_json(status: int, trust: ssl.SSLContext) -> None:
    with web_server(status, path=PATH) as server:
        assert posted(server.url, trust) is None

    assert (server.bodies, server.paths, server.types) == ([MESSAGE], [PATH], ["application/json"])


def test_it_arrives_over_tls_where_the_certificate_is_trusted(
    trust: ssl.SSLContext, server_tls: ssl.SSLContext
) -> None:
    with web_server(tls=server_tls, path=PATH) as server:
        assert posted(server.url, trust) is None
        refused = posted(server.url, ssl.create_default_context())

    assert len(server.bodies) == 1
    assert refused is not None
    assert (refused.reason, refused.again) == ("its certificate is not trusted", False)


@pytest.mark.parametrize(
    ("status", "reason", "again"),
    [
        (404, "it answered HTTP 404: the address is no longer valid", False),
        (410, "it answered HTTP 410: the address is no longer valid", False),
        (400, "it answered HTTP 400", False),
        (302, "it answered HTTP 302", False),
        (429, "it answered HTTP 429", True),
        (503, "it answered HTTP 503", True),
        (HANG_UP, "the connection ended before it answered, so it may have arrived", False),
    ],
)
def test_a_no_is_told_and_only_what_may_pass_is_tried_again(
    status: int, reason: str, trust: ssl.SSLContext, *, again: bool
) -> None:
    with web_server(status, path=PATH) as server:
        found = posted(server.url, trust)

    assert found is not None
    assert (found.reason, found.again) == (reason, again)
    assert len(server.bodies) == 1
    assert SECRET not in repr(found)


def test_where_nobody_listens_it_is_tried_again(trust: ssl.SSLContext) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    found = posted(f"http://127.0.0.1:{port}{PATH}", trust)

    assert found is not None
    assert (found.reason, found.again) == ("it can't be reached", True)


def test_a_server_that_never_answers_is_left(trust: ssl.SSLContext) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = posted(f"http://127.0.0.1:{silent.getsockname()[1]}/", trust, seconds=0.05)

    assert found is not None
    assert (found.reason, found.again) == ("no answer within 0 s, so it may have arrived", False)


def test_no_proxy_is_asked_for_this_computer(trust: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with web_server() as server:
        assert posted(server.url, trust) is None


def test_a_proxy_setting_that_cannot_be_used_is_told(trust: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://127.0.0.1:9")

    found = posted("https://hooks.example/x", trust)

    assert found is not None
    assert found.reason.startswith("HTTPS_PROXY is not the address of a proxy that can be used.")
    assert not found.again
