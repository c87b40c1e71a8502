"""Whom a connection trusts, which way it goes, and how long it lives."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from importer.core.model import ExitCode, Stop
from importer.graph.answers import Reply, Trouble
from importer.graph.client import Ask, GraphClient
from importer.graph.faults import Asking
from importer.graph.tls import or_shipped, trust
from tests.graph.conftest import FOREIGN
from tests.graph.fake_graph import FakeGraph, Tokens, VirtualTime, error
from tests.graph.fake_proxy import FakeProxy, proxying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import trustme

ME = Ask("GET", "/me?$select=id", Asking.PEOPLE)
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


def _call(url: str, time: VirtualTime, *, context: ssl.SSLContext) -> Reply | Trouble:
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
    assert isinstance(outcome, Trouble)
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
    assert isinstance(outcome, Trouble)
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


def test_a_closed_client_keeps_no_connection(client: GraphClient, graph: FakeGraph) -> None:
    client.call(ME)
    client.close()
    client.call(ME)
    client.call(ME)
    assert graph.connections == 3
