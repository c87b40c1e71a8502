"""The HTTP server below the sandbox: kept connections, many at once, and connections that break when they should."""

from __future__ import annotations

import socket
import struct
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from importer.sandbox import Hangup, Request, Sandbox, object_id_of, serve
from importer.sandbox.app import REQUESTS_REMEMBERED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from tests.sandbox.client import Call, Client, Connect, Reply

ANA = object_id_of("ana@contoso.com")
CREATE = f"/users/{ANA}/onlineMeetings/createOrGet"


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("X-Peer", environ["PATH_INFO"])])
    return [environ["REQUEST_METHOD"].encode(), b" ", body]


def raw(url: str, *lines: str, body: bytes = b"") -> bytes:
    """Send a request as it is written and return all that comes back."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall("\r\n".join((*lines, "", "")).encode() + body)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as file:
            return file.read()


def test_one_connection_serves_many_requests(client: Client) -> None:
    client.get("/users/ana@contoso.com")
    first = client.connection.sock
    for number in range(5):
        assert client.post(CREATE, {"externalId": str(number)}).status == 201
        assert client.get("/nowhere").status == 400

    assert client.connection.sock is first


def test_an_answer_is_one_write_with_its_length(connect: Connect) -> None:
    reply = connect(echo).ask("POST", "/x%20y", b"body")

    assert (reply.content, reply.headers["content-length"]) == (b"POST body", "9")
    assert reply.headers["x-peer"] == "/v1.0/x y"


def test_head_has_no_body(connect: Connect) -> None:
    client = connect(echo)

    assert client.ask("HEAD", "/").content == b""
    assert client.ask("GET", "/").content == b"GET "


def test_simultaneous_calls_for_one_key_make_one_meeting(connect: Connect, tmp_path: Path) -> None:
    sandbox = Sandbox(store=tmp_path / "meetings.jsonl")  # writing lets other threads in, if anything does
    clients = [connect(sandbox) for _ in range(8)]
    ready = threading.Barrier(8, timeout=30)

    def race(client: Client) -> list[Reply]:
        ready.wait()
        return [client.post(CREATE, {"externalId": str(number)}) for number in range(25)]

    with ThreadPoolExecutor(8) as pool:
        replies = [reply for answered in pool.map(race, clients) for reply in answered]

    assert sorted(reply.status for reply in replies) == [200] * 175 + [201] * 25
    assert len({reply.json["joinWebUrl"] for reply in replies}) == 25
    assert len(sandbox.meetings) == 25
    sandbox.close()


def test_requests_are_logged_with_what_became_of_them(client: Client, sandbox: Sandbox) -> None:
    client.get("/users/ana@contoso.com?$select=id")
    client.post(CREATE, {"externalId": "x"})
    client.get("/nowhere")

    assert list(sandbox.requests) == [
        Request("GET", "/v1.0/users/ana@contoso.com?$select=id", 200),
        Request("POST", f"/v1.0{CREATE}", 201),
        Request("GET", "/v1.0/nowhere", 400),
    ]
    assert sandbox.requests.maxlen == REQUESTS_REMEMBERED


def test_leaving_ends_kept_connections_and_their_threads() -> None:
    before = set(threading.enumerate())
    with serve(Sandbox()) as url:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
        connection.request("GET", "/v1.0/me")
        connection.getresponse().read()
        assert set(threading.enumerate()) - before
    assert not set(threading.enumerate()) - before

    assert connection.sock.recv(1) == b""
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        connection.connect()


def test_a_port_can_be_asked_for_and_a_taken_one_is_an_error() -> None:
    with serve(Sandbox()) as url:
        port = int(urlsplit(url).netloc.partition(":")[2])
        assert url == f"http://127.0.0.1:{port}/v1.0"
        with pytest.raises(OSError, match=r"."), serve(Sandbox(), port):
            pass
    with serve(Sandbox(), port) as again:
        assert again == url


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Transfer-Encoding: chunked", b"411"),
        ("Content-Length: x", b"400"),
        ("Content-Length: -1", b"400"),
        ("Content-Length: 4194305", b"413"),
        ("Content-Length: " + "9" * 5000, b"413"),
    ],
)
def test_bodies_that_can_t_be_read_are_refused(header: str, status: bytes) -> None:
    with serve(echo) as url:
        answer = raw(url, "POST /v1.0/x HTTP/1.1", "Host: x", header)

    assert answer.split()[1] == status


def test_a_client_that_leaves_in_the_middle_of_its_body_is_not_answered(capfd: pytest.CaptureFixture[str]) -> None:
    with serve(echo) as url:
        assert raw(url, "POST /v1.0/x HTTP/1.1", "Host: x", "Content-Length: 9", body=b"half") == b""

    assert capfd.readouterr() == ("", "")


def test_nothing_is_printed_about_clients_that_go_away(capfd: pytest.CaptureFixture[str]) -> None:
    with serve(echo) as url:
        parts = urlsplit(url)
        for _ in range(3):
            connection = socket.create_connection((parts.hostname, parts.port))
            connection.sendall(b"GET / HTTP/1.1\r\n")
            connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            )
            connection.close()
        assert b"200 OK" in raw(url, "GET / HTTP/1.1", "Host: x")

    assert capfd.readouterr() == ("", "")


def test_a_bug_in_the_application_is_shown_and_breaks_the_connection(capfd: pytest.CaptureFixture[str]) -> None:
    def broken(_environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
        raise ZeroDivisionError("a bug")

    with serve(broken) as url:
        assert raw(url, "GET /v1.0/ HTTP/1.1", "Host: x") == b""

    assert "ZeroDivisionError: a bug" in capfd.readouterr().err


def hang_up(sent: bytes) -> WSGIApplication:
    def app(_environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
        raise Hangup(sent)

    return app


def test_hanging_up_at_once_is_a_reset(connect: Connect) -> None:
    with pytest.raises(ConnectionResetError) as broken:
        connect(hang_up(b"")).get("/")
    assert not isinstance(broken.value, RemoteDisconnected)


def test_hanging_up_in_the_middle_leaves_half_an_answer(connect: Connect) -> None:
    with pytest.raises(IncompleteRead) as broken:
        connect(hang_up(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")).get("/")
    assert broken.value.partial == b"half"


def test_a_server_without_the_raw_target_will_do(call: Call, sandbox: Sandbox) -> None:
    assert call(sandbox, CREATE, {"externalId": "x"}).status == 201
    assert sandbox.requests[-1].target == f"/v1.0{CREATE}"
