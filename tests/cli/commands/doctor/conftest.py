"""doctor at a shell, an imitation of Entra ID, and a watch over secrets and meetings."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from importer.sandbox import APP_TOKEN, DELEGATED_TOKEN, POWERLESS_TOKEN, Access, Sandbox
from tests.cli.rosters import csv_file, values
from tests.graph.auth.authority import CLIENT, EXPIRED, MARK, PASSWORD, SECRET, TENANT, Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.commands.doctor.helping import Command
    from tests.cli.conftest import Done

APP = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT}
PROXY_PASSWORD = "pAsSwOrD-of-the-proxy"
SECRETS = (APP_TOKEN, DELEGATED_TOKEN, POWERLESS_TOKEN, SECRET, EXPIRED, PASSWORD, MARK, PROXY_PASSWORD)


@pytest.fixture
def doctor(command: Command) -> Iterator[Command]:
    """Run doctor with JSON, and searches all that it says for secrets."""
    said: list[str] = []

    def run(*arguments: object) -> Done:
        done = command("doctor", *arguments, "-o", "json")
        said.extend((done.out, done.err))
        return done

    yield run
    assert [secret for secret in SECRETS if secret in "\n".join(said)] == []


@pytest.fixture(autouse=True)
def no_meeting(graph: Sandbox) -> Iterator[None]:
    """Whatever is tried: nothing is written at Graph, and no meeting is made."""
    yield
    assert [request for request in graph.requests if request.method not in ("GET", "POST")] == []
    assert {request.target for request in graph.requests if request.method == "POST"} <= {"/v1.0/$batch"}
    assert len(graph.meetings) == 0


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    return csv_file(tmp_path / "roster.csv", [values("1"), values("2", organizer="bo@contoso.example")])


@pytest.fixture
def graph() -> Iterator[Sandbox]:
    """A Graph that knows any token of the imitation of Entra ID for an application's."""

    def access(token: str) -> Access | None:
        return Access.APP if MARK in token or token.startswith(APP_TOKEN) else None

    with Sandbox(access_of=access) as app:
        yield app


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def entra(ca: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """An imitation of Entra ID, set up as where this computer signs in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    server = Authority(context)
    for name, value in {**APP, "AZURE_AUTHORITY_HOST": server.url, "SSL_CERT_FILE": str(tmp_path / "ca.pem")}.items():
        monkeypatch.setenv(name, value)
    yield server
    server.close()
