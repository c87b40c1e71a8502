"""Whom a connection trusts, which way it goes, and how long it lives."""

from __future__ import annotations

import base64
import shutil
import ssl
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from importer.core.model import ExitCode, Stop
from importer.graph.client import GraphClient, Operation
from importer.graph.faults import OperationKind
from importer.graph.http import ClientThread, Wait, goes_past, open_client, or_shipped, trust
from importer.graph.wire import ErrorResponse, Reply
from importer.sandbox import Sandbox, serve
from tests.graph.conftest import FOREIGN
from tests.graph.fake_graph import FakeGraph, Tokens, VirtualTime, error
from tests.graph.fake_proxy import FakeProxy, proxying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import trustme

ME = Operation("GET", "/me?$select=id", OperationKind.PEOPLE)
FAR = f"https://{FOREIGN}"


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def proxy(tls_graph: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProxy]:
    """A proxy, named in the environment, at whose other end the server over TLS stands."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with proxying(urlsplit(tls_graph.url).port or 0) as state:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{state.port}")
        yield state


def _call(url: str, time: VirtualTime, *, context: ssl.SSLContext) -> Reply | ErrorResponse:
    with GraphClient(url, Tokens("token-1"), clock=time.clock, context=context) as client:
        return client.call(ME)


def test_a_private_authority_is_trusted_when_named(tls_graph: FakeGraph, time: VirtualTime, ca_file: Path) -> None:
    outcome = _call(tls_graph.url, time, context=trust({"SSL_CERT_FILE": str(ca_file)}))
    assert isinstance(outcome, Reply)


def test_a_folder_of_authorities_is_trusted_when_named(
    tls_graph: FakeGraph, time: VirtualTime, authority: trustme.CA, tmp_path: Path
) -> None:
    certificate = authority.cert_pem.bytes()
    (tmp_path / _hashed_name(certificate, tmp_path)).write_bytes(certificate)
    outcome = _call(tls_graph.url, time, context=trust({"SSL_CERT_DIR": str(tmp_path)}))
    assert isinstance(outcome, Reply)


def _hashed_name(certificate: bytes, folder: Path) -> str:
    """OpenSSL finds a certificate in a folder by a hash of its subject, which only OpenSSL's own tool tells."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to name the file")
    (folder / "plain.pem").write_bytes(certificate)
    command = [openssl, "x509", "-subject_hash", "-noout", "-in", str(folder / "plain.pem")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() + ".0"


def test_an_unknown_authority_ends_it_at_once(tls_graph: FakeGraph, time: VirtualTime, context: ssl.SSLContext) -> None:
    outcome = _call(tls_graph.url, time, context=context)
    assert isinstance(outcome, ErrorResponse)
    assert (outcome.code, time.slept, tls_graph.seen) == ("certificate", [], [])


@pytest.mark.parametrize("setting", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("kind", ["missing", "useless"])
def test_a_setting_that_names_no_certificates_stops_the_run(tmp_path: Path, setting: str, kind: str) -> None:
    place = tmp_path / kind
    if kind == "useless" and setting == "SSL_CERT_FILE":
        place.write_text("not a certificate")
    elif kind == "useless":
        place.mkdir()
    with pytest.raises(Stop) as stopped:
        trust({setting: str(place)})
    told = stopped.value
    assert (told.problem.code, told.exit_code) == ("ca-unreadable", ExitCode.USAGE)
    assert setting in told.problem.message


def test_where_the_computer_trusts_nobody_a_shipped_list_stands_in(tmp_path: Path) -> None:
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    assert or_shipped(nobody, tmp_path).cert_store_stats()["x509_ca"] > 50
    (tmp_path / "12345678.0").touch()
    assert or_shipped(nobody, tmp_path) is nobody


def test_a_call_goes_through_the_proxy_of_the_environment(
    proxy: FakeProxy, tls_graph: FakeGraph, time: VirtualTime, ca_file: Path
) -> None:
    outcome = _call(FAR, time, context=trust({"SSL_CERT_FILE": str(ca_file)}))
    assert isinstance(outcome, Reply)
    assert (proxy.asked, len(tls_graph.seen)) == ([f"{FOREIGN}:443"], 1)


def test_a_proxy_that_wants_a_log_in_ends_it_at_once(
    proxy: FakeProxy, time: VirtualTime, context: ssl.SSLContext
) -> None:
    proxy.status = 407
    outcome = _call(FAR, time, context=context)
    assert isinstance(outcome, ErrorResponse)
    assert (outcome.code, time.slept) == ("proxy", [])


def test_a_proxy_in_trouble_is_asked_again(proxy: FakeProxy, time: VirtualTime, context: ssl.SSLContext) -> None:
    proxy.status = 502
    assert _call(FAR, time, context=context).status == 0
    assert len(proxy.asked) == 12


def test_this_computer_is_never_asked_for_through_a_proxy(
    graph: FakeGraph, time: VirtualTime, context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert isinstance(_call(graph.url, time, context=context), Reply)


@pytest.mark.parametrize("setting", ["gopher://proxy:70", "socks5://user:secret@proxy:1080", "http://[::1"])
def test_a_proxy_setting_that_can_not_be_used_stops_the_run_unquoted(
    time: VirtualTime, context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, *, setting: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", setting)
    with pytest.raises(Stop) as stopped:
        _call(FAR, time, context=context)
    told = stopped.value
    assert (told.problem.code, told.exit_code) == ("proxy-not-valid", ExitCode.USAGE)
    assert "secret" not in repr(told.problem)


def test_a_connection_is_kept_and_after_a_503_it_is_opened_anew(client: GraphClient, graph: FakeGraph) -> None:
    graph.acts = [error(500), error(429), error(400)]
    client.call(ME)
    client.call(ME)
    assert graph.connections == 1
    graph.acts = [error(503)]
    assert isinstance(client.call(ME), Reply)
    assert graph.connections == 2


def test_calls_in_flight_have_a_connection_each_and_later_ones_use_them_again(
    client: GraphClient, graph: FakeGraph
) -> None:
    together = threading.Barrier(8)

    def wait_for_all() -> None:
        together.wait(10)

    graph.chance = wait_for_all
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(client.call, [ME] * 16))
    assert all(isinstance(outcome, Reply) for outcome in outcomes)
    assert graph.connections == 8


def test_each_host_is_asked_on_a_connection_of_its_own_though_another_is_open(context: ssl.SSLContext) -> None:
    here, there = Sandbox(), Sandbox()
    with serve(here) as one, serve(there) as other:
        line = ClientThread(open_client(tls=context, timeout=10))
        for url in (one, other, one):
            assert line.ask(line.client.build_request("GET", url), Wait(10)).status > 0
        line.close()
    assert (len(here.requests), len(there.requests)) == (2, 1)


def test_a_closed_client_keeps_no_connection(client: GraphClient, graph: FakeGraph) -> None:
    client.call(ME)
    client.close()
    client.call(ME)
    client.call(ME)
    assert graph.connections == 3


@pytest.mark.parametrize(
    ("entry", "host", "past"),
    [
        ("fd00::/8", "fd00::17", True),
        ("[fd00::]/8", "fd00::17", True),
        ("[fd00::/8]", "fd00::17", True),
        ("fd00::/8", "fe80::1", False),
        ("fd00::/8", "10.1.2.3", False),
        ("fd00::/8", "graph.microsoft.com", False),
        ("[::1]", "::1", True),
        ("::1", "::1", True),
        ("0:0:0:0:0:0:0:1", "::1", True),
        ("[fd00::1]:443", "fd00::1", True),
        ("[fd00::1]:8443", "fd00::1", False),
        ("10.0.0.0/8", "10.9.9.9", True),
        ("10.1.2.3/8", "10.9.9.9", True),
        ("10.0.0.0/8", "11.0.0.1", False),
        ("contoso.com", "a.contoso.com", True),
        ("contoso.com", "CONTOSO.com", True),
        ("contoso.com", "notcontoso.com", False),
        (".contoso.com", "a.contoso.com", True),
        ("*.contoso.com", "a.contoso.com", True),
        ("contoso.com:443", "contoso.com", True),
        ("contoso.com:8080", "contoso.com", False),
        ("https://contoso.com", "contoso.com", True),
        ("other.com contoso.com", "contoso.com", True),
        (" , ,contoso.com,", "contoso.com", True),
        ("<local>,contoso.com", "contoso.com", True),
        ("*", "contoso.com", True),
        ("", "contoso.com", False),
    ],
)
def test_what_no_proxy_lists_goes_past_the_proxy(entry: str, host: str, *, past: bool) -> None:
    assert goes_past(entry, host, 443) is past


@pytest.mark.parametrize("entry", ["[fd00::/8", "fd00::/129", "10.0.0.0/33", "[contoso.com]", "contoso.com/8", "[::1"])
def test_an_entry_of_no_proxy_that_means_nothing_is_named(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", f"localhost,{entry}")

    with pytest.raises(Stop) as stopped:
        GraphClient(FAR, Tokens("token-1"))

    told = stopped.value
    assert (told.problem.code, told.problem.value, told.exit_code) == ("no-proxy-not-valid", entry, ExitCode.USAGE)
    assert f"'{entry}' in NO_PROXY" in told.problem.message


@pytest.mark.parametrize(
    ("status", "offers", "code", "asked"),
    [
        (407, (), "proxy", 2),
        (407, ("Basic realm=x",), "proxy", 2),
        (407, ("NTLM", "Basic realm=x"), "proxy", 2),
        (407, ("NTLM",), "proxy-foreign", 2),
        (407, ("Negotiate", "NTLM"), "proxy-foreign", 2),
        (403, (), "proxy-blocks", 1),
        (404, (), "proxy-blocks", 1),
        (451, (), "proxy-blocks", 1),
        (502, (), "proxy-down", 12),
        (503, (), "proxy-down", 12),
    ],
)
def test_each_no_of_a_proxy_is_told_apart(
    proxy: FakeProxy,
    time: VirtualTime,
    context: ssl.SSLContext,
    status: int,
    offers: tuple[str, ...],
    code: str,
    asked: int,
) -> None:
    proxy.status, proxy.offers = status, offers

    outcome = _call(FAR, time, context=context)

    assert isinstance(outcome, ErrorResponse)
    assert (outcome.code, len(proxy.asked)) == (code, asked)


@pytest.mark.parametrize("sign", ["#", "/", "?", "[", "]", "\\"])
def test_a_sign_in_the_proxys_password_that_ends_an_address_has_its_own_advice(
    sign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:pass{sign}word@127.0.0.1:9")

    with pytest.raises(Stop) as stopped:
        GraphClient(FAR, Tokens("token-1"))

    told = stopped.value.problem
    assert (told.code, stopped.value.exit_code) == ("proxy-password-not-valid", ExitCode.USAGE)
    assert "HTTPS_PROXY" in told.message
    assert "word" not in f"{told}".replace("password", "")


@pytest.mark.parametrize("password", ["pass%23word", "p@ss", "100%25", "a:b"])
def test_any_other_password_reaches_the_proxy_as_it_is(
    proxy: FakeProxy, time: VirtualTime, monkeypatch: pytest.MonkeyPatch, context: ssl.SSLContext, password: str
) -> None:
    proxy.status = 403
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{password}@127.0.0.1:{proxy.port}")

    _call(FAR, time, context=context)

    assert base64.b64decode(proxy.log_in.removeprefix("Basic ")).decode() == f"me:{unquote(password)}"


BAD_HOSTS = ["proxy..contoso.com", "a" * 64 + ".com", "xn--zzzzz-.com", "pro\u00adxy.com", "-proxy.com", "1.2.3.4.5"]


@pytest.mark.parametrize("host", BAD_HOSTS)
@pytest.mark.parametrize("setting", ["HTTPS_PROXY", "ALL_PROXY", "https_proxy"])
def test_a_proxys_host_that_can_not_be_is_told_as_the_settings(
    host: str, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, f"http://{host}:8080")

    with pytest.raises(Stop) as stopped:
        GraphClient(FAR, Tokens("token-1"))

    assert (stopped.value.problem.code, stopped.value.exit_code) == ("proxy-not-valid", ExitCode.USAGE)
    assert setting.upper() in stopped.value.problem.message.upper()  # Windows knows no case of variables


@pytest.mark.parametrize("setting", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_the_form_of_an_authority_that_is_named_is_not_judged(
    authority: trustme.CA, tmp_path: Path, setting: str
) -> None:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))

    context = trust({setting: str(path if setting == "SSL_CERT_FILE" else tmp_path)})

    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
