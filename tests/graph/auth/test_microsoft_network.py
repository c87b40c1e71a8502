"""The way to the sign-in service: proxies, private certificate authorities, and no way at all."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importer.core.model import ExitCode, Stop
from importer.graph.auth import ClientSecret, Place, token_source
from importer.graph.http import trust as trust_of
from tests.graph.auth.authority import PROXY_PASSWORD
from tests.graph.auth.spills import spilled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import trustme

    from tests.graph.auth.authority import Authority, Time


class Tunnel:
    """A proxy that knows CONNECT, and remembers where it was asked to go."""

    def __init__(self, answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> None:
        self.targets: list[str] = []
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://user:{PROXY_PASSWORD}@127.0.0.1:{self._listening.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._tunnel, args=(near,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _tunnel(self, near: socket.socket) -> None:
        with closing(near):
            target = near.recv(65536).split()[1].decode()
            self.targets.append(target)
            near.sendall(self._answer)
            if b" 200 " not in self._answer:
                return
            host, _, port = target.partition(":")
            with closing(socket.create_connection((host, int(port)))) as far:
                back = threading.Thread(target=_pump, args=(far, near), daemon=True)
                back.start()
                _pump(near, far)
                back.join()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


@pytest.fixture
def tunnel() -> Iterator[Tunnel]:
    proxy = Tunnel()
    yield proxy
    proxy.close()


def refusal(credentials: ClientSecret, place: Place) -> Stop:
    with pytest.raises(Stop) as caught:
        token_source(credentials, place).token()
    assert spilled(caught.value) == []
    return caught.value


def test_sign_in_goes_through_the_proxy_of_the_environment(
    tunnel: Tunnel, authority: Authority, place: Place, app: ClientSecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", tunnel.url)

    assert token_source(app, place).token()
    assert set(tunnel.targets) == {f"localhost:{authority.port}"}


def test_no_proxy_is_obeyed(tunnel: Tunnel, place: Place, app: ClientSecret, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", tunnel.url)
    monkeypatch.setenv("NO_PROXY", "localhost")

    assert token_source(app, place).token()
    assert tunnel.targets == []


def test_a_proxy_that_refuses_is_named_and_its_password_is_not(
    place: Place, app: ClientSecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Tunnel(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)

    with closing(proxy):
        stop = refusal(app, place)

    assert (stop.problem.code, stop.exit_code) == ("sign-in-proxy-refused", ExitCode.REFUSED)


@pytest.mark.parametrize("address", ["ftp://proxy:1", "http://proxy:many", "socks5://proxy:1080"])
def test_a_proxy_that_is_no_address_is_a_wrong_setting(
    address: str, place: Place, app: ClientSecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)

    stop = refusal(app, place)

    assert (stop.problem.code, stop.exit_code) == ("proxy-not-valid", ExitCode.USAGE)
    assert "HTTPS_PROXY" in stop.problem.message


def test_a_private_authority_is_trusted_when_ssl_cert_file_names_it(
    place: Place, app: ClientSecret, ca: trustme.CA, tmp_path: Path
) -> None:
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    trusting = replace(place, tls=trust_of({"SSL_CERT_FILE": str(tmp_path / "ca.pem")}))

    assert token_source(app, trusting).token()


def test_an_authority_that_is_not_trusted_gets_nothing(authority: Authority, place: Place, app: ClientSecret) -> None:
    stop = refusal(app, replace(place, tls=ssl.create_default_context()))

    assert (stop.problem.code, stop.exit_code) == ("sign-in-not-trusted", ExitCode.REFUSED)
    assert "SSL_CERT_FILE" in stop.problem.message
    assert authority.requests == []


def test_no_network_is_tried_again_and_then_stops_safely(place: Place, app: ClientSecret, time: Time) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    stop = refusal(app, replace(place, authority=f"https://127.0.0.1:{port}"))

    assert (stop.problem.code, stop.exit_code) == ("sign-in-unreachable", ExitCode.STOPPED)
    assert f"127.0.0.1:{port}" in stop.problem.message
    assert time.slept == [1.0, 4.0, 15.0]
