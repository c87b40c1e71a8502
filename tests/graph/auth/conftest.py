"""Sign-in over real TLS, in an environment that is empty, with time that obeys.

Every test is also a search: whatever is printed or logged at any level is looked through for secrets afterwards.
"""

from __future__ import annotations

import logging
import os
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from importer.graph.auth import ClientSecret, Place, Secret
from tests.graph.auth.authority import (
    CLIENT,
    GRAPH,
    HEADER,
    SECRET,
    SECRETS,
    TENANT,
    Authority,
    Browser,
    GitHub,
    Machine,
    Time,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.graph.auth.source import Vault

SCRUBBED = ("AZURE_", "MSI_", "IDENTITY_", "IMDS_", "MSAL_", "MEETING_IMPORTER_", "SSL_CERT_", "REQUESTS_CA", "CURL_CA")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that runs the tests decides how they end."""
    for name in list(os.environ):
        if name.upper().startswith(SCRUBBED) or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def nothing_spilled(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Searches all that was printed or logged, at every level, for secrets."""
    lines: list[str] = []
    handler = logging.Handler(0)
    handler.emit = lambda record: lines.append(handler.format(record))  # type: ignore[method-assign]  # ten lines less
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield
    root.removeHandler(handler)
    root.setLevel(before)
    text = "\n".join([*lines, *capfd.readouterr()])
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def trust(ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    ca.configure_trust(context)
    return context


@pytest.fixture
def authority(ca: trustme.CA) -> Iterator[Authority]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    server = Authority(context)
    yield server
    server.close()


@pytest.fixture
def browser(authority: Authority) -> Iterator[Browser]:
    window = Browser(authority)
    yield window
    window.close()


@pytest.fixture
def github(ca: trustme.CA) -> Iterator[GitHub]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    server = GitHub(context)
    yield server
    server.close()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    server = Machine()
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", HEADER)
    yield server
    server.close()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def shown() -> list[str]:
    """What the person at the terminal was shown."""
    return []


@pytest.fixture
def place(authority: Authority, trust: ssl.SSLContext, time: Time, shown: list[str], tmp_path: Path) -> Place:
    """A terminal with a person at it, beside the imitation of Entra ID."""
    return Place(
        authority=authority.url,
        graph=GRAPH,
        tls=trust,
        show=shown.append,
        person=True,
        kept=tmp_path / "state" / "sign-in.cache",
        vault=no_vault,
        clock=time.clock,
    )


def no_vault(path: str) -> Vault:
    """Stands for a computer without a keyring, whatever the one that runs the tests has."""
    raise RuntimeError(path)


@pytest.fixture
def app() -> ClientSecret:
    return ClientSecret(tenant=TENANT, client_id=CLIENT, secret=Secret(SECRET), setting="AZURE_CLIENT_SECRET")
