"""Signing in as an app, over real TLS: each way in, and each way to be refused with its own advice."""

from __future__ import annotations

from importer.graph.auth import ClientSecret, Place, claims_of, token_source
from tests.graph_auth.authority import (
    GRAPH,
    Authority,
)


def test_a_secret_gives_a_token_for_graph(authority: Authority, place: Place, app: ClientSecret) -> None:
    token = token_source(app, place).token()

    assert claims_of(token)["roles"] == ["OnlineMeetings.ReadWrite.All"]
    assert authority.asked("/token")[0].form["scope"] == f"{GRAPH}/.default"


def test_one_sign_in_asks_twice_and_nobody_else(authority: Authority, place: Place, app: ClientSecret) -> None:
    source = token_source(app, place)

    assert source.token() == source.token()
    assert [request.method for request in authority.requests] == ["GET", "POST"]
