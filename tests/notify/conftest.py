"""Certificates that one side trusts."""

from __future__ import annotations

import os
import ssl

import pytest
import trustme


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Return each test an environment without proxies and settings of the machine."""
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name.startswith(("AZURE_", "MEETING_IMPORTER_", "SSL_CERT")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Return a certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """Return a server's side, for localhost and 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="session")
def trust(authority: trustme.CA) -> ssl.SSLContext:
    """Return a client's side that trusts it."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context
