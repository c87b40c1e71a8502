"""Fixtures: a misbehaving Graph on a real socket, and a client of it in virtual time."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from importer.graph.client import GraphClient
from importer.graph.http import trust
from tests.graph.fake_graph import FakeGraph, Tokens, VirtualTime, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREIGN = "graph.invalid"
"""A host that no name server ever knows (RFC 2606): only a proxy gets there."""


@pytest.fixture
def graph() -> Iterator[FakeGraph]:
    """A server of its own for each test."""
    with serving() as state:
        yield state


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody trusts unless told to."""
    return trustme.CA()


@pytest.fixture
def tls_graph(authority: trustme.CA) -> Iterator[FakeGraph]:
    """The same server over TLS, with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", FOREIGN).configure_cert(context)
    with serving(context=context) as state:
        yield state


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture(scope="session")
def context() -> ssl.SSLContext:
    """What this computer trusts, read once: it takes longer than a test."""
    return trust({})


@pytest.fixture
def client(graph: FakeGraph, time: VirtualTime, context: ssl.SSLContext) -> Iterator[GraphClient]:
    """A client of that server in virtual time."""
    with GraphClient(graph.url, Tokens("token-1"), clock=time.clock, context=context) as made:
        yield made
