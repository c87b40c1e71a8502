"""Who answers in place of Graph, through which proxy, and what time it is there."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from importer.doctor import State
from importer.doctor.service import judge_clock, judge_graph
from importer.graph.probe import ConnectivityProbe
from importer.graph.wire import ErrorResponse
from importer.sandbox import APP_TOKEN, Sandbox, serve
from tests.cli.commands.doctor.helping import Page, amiss, checks, one
from tests.graph.fake_graph import Act, FakeGraph, error, serving
from tests.graph.fake_proxy import FakeProxy, proxying

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    import trustme

    from tests.cli.commands.doctor.helping import Command

# The network.


@pytest.mark.parametrize(("minutes", "words"), [(7, "7 minutes behind"), (-130, "2 hours ahead of")])
def test_a_wrong_clock_is_noticed(
    doctor: Command, monkeypatch: pytest.MonkeyPatch, roster: Path, minutes: int, words: str
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    with Sandbox(clock=lambda: datetime.now(UTC) + timedelta(minutes=minutes, seconds=5)) as app, serve(app) as url:
        done = doctor(roster, "--graph-url", url)

    assert (done.code, amiss(done)) == (0, [("clock", "warning", "clock-off")])
    assert words in one(done, "clock-off")["message"]


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (Page("200 OK", "text/html", b"<h1>Welcome to the guest network</h1>"), "graph-answer-strange"),
        (Page("403 Forbidden", "text/html", b"<h1>Blocked by policy</h1>"), "graph-answer-strange"),
        (Page("404 Not Found", "text/plain", b"no"), "graph-answer-strange"),
        (Page("302 Found", "text/html", b"", Location="https://login.example"), "answer-redirected"),
        (Page("407 Proxy Authentication Required", "text/html", b""), "proxy-refused"),
        (Page("503 Service Unavailable", "application/json", b"{}"), "service-failed"),
    ],
)
def test_who_answers_in_place_of_graph_is_told_apart(
    doctor: Command, monkeypatch: pytest.MonkeyPatch, roster: Path, page: Page, code: str
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    with serve(page) as url:
        done = doctor(roster, "--graph-url", url)

    assert (done.code, amiss(done)) == (5, [("graph", "failed", code)])
    assert checks(done)["lookup"] == checks(done)["access-policy"] == [("skipped", "")]


def test_nobody_there(doctor: Command, monkeypatch: pytest.MonkeyPatch, roster: Path) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    with serve(Page("200 OK", "text/plain", b"")) as url:
        """Taken down again at once, so that nothing listens at this address."""

    done = doctor(roster, "--graph-url", url)

    assert (done.code, amiss(done)) == (5, [("graph", "failed", "service-unreachable")])
    assert checks(done)["clock"] == [("skipped", "")]


@pytest.fixture
def far(ca: trustme.CA) -> Iterator[FakeGraph]:
    """A Graph behind TLS, under a name that only the proxy can find; it refuses whoever has no token, as Graph does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("graph.contoso.test").configure_cert(context)
    with serving(context=context) as state:
        state.acts.append(error(401, "InvalidAuthenticationToken", "Access token is empty."))
        yield state


@pytest.fixture
def behind(ca: trustme.CA, far: FakeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProxy]:
    """The only way there: a proxy that has a password in its address."""
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    with proxying(int(far.url.rpartition(":")[2])) as proxy:
        for name, value in {
            "MEETING_IMPORTER_ACCESS_TOKEN": "token-1",
            "MEETING_IMPORTER_GRAPH_URL": "https://graph.contoso.test",
            "SSL_CERT_FILE": str(tmp_path / "ca.pem"),
            "HTTPS_PROXY": f"http://somebody:pAsSwOrD-of-the-proxy@127.0.0.1:{proxy.port}",
        }.items():
            monkeypatch.setenv(name, value)
        yield proxy


def test_the_proxy_on_the_way_is_named_without_its_password(doctor: Command, behind: FakeProxy) -> None:
    done = doctor()

    (said,) = [each["message"] for each in done.json["checks"] if each["check"] == "graph"]
    assert said == f"graph.contoso.test answers, reached through the proxy 127.0.0.1:{behind.port}."
    assert (done.code, {check for check, _, _ in amiss(done)}) == (0, {"clock"})  # this server's date is fixed
    assert set(behind.asked) == {"graph.contoso.test:443"}


def test_a_proxy_that_wants_a_log_in_is_found(doctor: Command, behind: FakeProxy) -> None:
    behind.status = 407

    done = doctor()

    assert (done.code, amiss(done)) == (5, [("graph", "failed", "proxy-refused")])
    assert f"through the proxy 127.0.0.1:{behind.port}" in one(done, "proxy-refused")["detail"]


def test_a_certificate_that_is_not_trusted_is_found(
    doctor: Command, behind: FakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    done = doctor()

    assert (done.code, amiss(done)) == (5, [("graph", "failed", "certificate-not-trusted")])


def test_a_certificate_out_of_its_time_makes_the_clock_suspect(
    doctor: Command, ca: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1", not_after=datetime.now(UTC) - timedelta(days=1)).configure_cert(context)
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", "token-1")

    with serving(context=context) as state:
        done = doctor("--graph-url", state.url)

    assert amiss(done) == [("clock", "warning", "clock-suspected"), ("graph", "failed", "certificate-not-trusted")]


def test_one_broken_connection_is_no_finding(doctor: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", "token-1")
    with serving() as state:
        state.acts += [Act(reset=True), error(401, "InvalidAuthenticationToken")]
        done = doctor("--graph-url", state.url)

    assert checks(done)["graph"] == [("ok", "")]


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Nov 2026 12:00:00 GMT"])
def test_a_date_that_is_none_is_not_compared(date: str) -> None:
    heard = ConnectivityProbe(
        ErrorResponse(401, "InvalidAuthenticationToken"), "graph:443", date, 1_795_000_000.0, 1_795_000_000.5
    )

    assert judge_clock(heard, "https://graph.example").state is State.SKIPPED
    assert judge_graph(heard, "https://graph.example").state is State.OK


class Filter:
    """Stands before Graph and answers every POST with a page of its own."""

    def __init__(self, app: Sandbox, page: Page) -> None:
        self.app, self.page = app, page

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return (self.page if environ["REQUEST_METHOD"] == "POST" else self.app)(environ, start_response)


@pytest.mark.parametrize(
    "page",
    [
        Page("403 Forbidden", "text/html", b"<h1>Blocked by policy</h1>"),
        Page("404 Not Found", "text/html", b""),
        Page("405 Method Not Allowed", "application/json", b"{}"),
        Page("451 Unavailable For Legal Reasons", "text/html", b"<h1>No</h1>"),
        Page("511 Network Authentication Required", "text/html", b"<h1>Log in</h1>"),
        Page("200 OK", "text/html", b"<h1>Log in</h1>"),
        Page("302 Found", "text/html", b"", Location="https://login.example"),
    ],
)
def test_what_keeps_a_post_from_graph_is_found_without_making_anything(
    doctor: Command, graph: Sandbox, monkeypatch: pytest.MonkeyPatch, roster: Path, page: Page
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    with serve(Filter(graph, page)) as url:
        done = doctor(roster, "--graph-url", url)

    assert (done.code, amiss(done)) == (5, [("graph", "failed", "posts-not-let-through")])


def test_graphs_own_no_to_a_post_is_an_answer(
    doctor: Command, graph: Sandbox, monkeypatch: pytest.MonkeyPatch, roster: Path
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    no = Page("405 Method Not Allowed", "application/json", b'{"error": {"code": "MethodNotAllowed", "message": "no"}}')
    with serve(Filter(graph, no)) as url:
        assert amiss(doctor(roster, "--graph-url", url)) == []
