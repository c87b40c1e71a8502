"""Fixtures: a misbehaving Graph on a real socket, and a client of it in virtual time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from importer.graph.client import GraphClient
from importer.graph.retry import Limits
from tests.graph.fake_graph import FakeGraph, Handler, Server, Tokens, VirtualTime

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def graph() -> Iterator[FakeGraph]:
    """A server of its own for each test."""
    state = FakeGraph()
    handler = type("Handler", (Handler,), {"graph": state})
    server = Server(("127.0.0.1", 0), handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield state
    state.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def client(graph: FakeGraph, time: VirtualTime) -> Iterator[GraphClient]:
    """A client of that server in virtual time, which gives up on an answer after half a second of real time."""
    with GraphClient(graph.url, Tokens("token-1"), clock=time.clock, limits=Limits(read=0.5)) as made:
        yield made
