"""The way to the sign-in service: proxies, private certificate authorities, and no way at all."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importer.core.model import ExitCode, Stop
from importer.graph.auth import ClientSecret, Place, token_source
from importer.graph.http import trust as trust_of
from tests.graph.auth.authority import PROXY_PASSWORD
from tests.graph.auth.spills import spilled
from tests.graph.fake_proxy import FakeProxy, proxying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import trustme

    from tests.graph.auth.authority import Authority, Time


def address_of(proxy: FakeProxy) -> str:
    return f"http://user:{PROXY_PASSWORD}@127.0.0.1:{proxy.port}"


@pytest.fixture
def tunnel(authority: Authority) -> Iterator[FakeProxy]:
    with proxying(authority.port) as proxy:
        yield proxy


def refusal(credentials: ClientSecret, place: Place) -> Stop:
    with pytest.raises(Stop) as caught:
        token_source(credentials, place).token()
    assert spilled(caught.value) == []
    return caught.value


def test_sign_in_goes_through_the_proxy_of_the_environment(
    tunnel: FakeProxy, authority: Authority, place: Place, app: ClientSecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address_of(tunnel))

    assert token_source(app, place).token()
    assert set(tunnel.asked) == {f"localhost:{authority.port}"}


def test_no_proxy_is_obeyed(
    tunnel: FakeProxy, place: Place, app: ClientSecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address_of(tunnel))
    monkeypatch.setenv("NO_PROXY", "localhost")

    assert token_source(app, place).token()
    assert tunnel.asked == []


def test_a_proxy_that_refuses_is_named_and_its_password_is_not(
    tunnel: FakeProxy, place: Place, app: ClientSecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    tunnel.status = 407
    monkeypatch.setenv("HTTPS_PROXY", address_of(tunnel))

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
