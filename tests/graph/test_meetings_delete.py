"""The DELETE of a meeting: one that is gone is what was wanted, whoever took it away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer.graph.meetings import GraphMeetings
from tests.graph.fake_graph import Act, FakeGraph, error
from tests.graph.test_meetings import ANA
from tests.graph.test_meetings_update import FOUND, REQUEST, STORED

if TYPE_CHECKING:
    from importer.core import Failure
    from importer.graph.client import GraphClient


@pytest.fixture(autouse=True)
def stored(graph: FakeGraph) -> dict[str, Any]:
    meeting = {**STORED}
    graph.meetings[ANA, REQUEST.external_id] = meeting
    return meeting


def delete(client: GraphClient) -> Failure | None:
    return GraphMeetings(client).delete(ANA, FOUND)


def test_it_is_gone_and_deleting_it_again_is_no_failure(client: GraphClient, graph: FakeGraph) -> None:
    assert (delete(client), graph.meetings) == (None, {})
    assert delete(client) is None
    assert [seen.method for seen in graph.seen] == ["DELETE", "DELETE"]


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(Act(status=500, body={"error": {"code": "InternalServerError"}}, made=True), id="500"),
        pytest.param(Act(status=504, body=b"<html>", made=True), id="504"),
        pytest.param(Act(reset=True, made=True), id="lost"),
        pytest.param(error(429), id="throttled"),
        pytest.param(error(503), id="not now"),
    ],
)
def test_a_lost_answer_is_asked_for_again(client: GraphClient, graph: FakeGraph, act: Act) -> None:
    graph.acts = [act]
    assert (delete(client), graph.meetings) == (None, {})


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (error(403, "Forbidden"), "change-forbidden"),
        (error(404, "UnknownError"), "row-refused"),  # an organizer whom Teams does not know: nothing was deleted
        (error(404, "BadRequest", "Resource not found for the segment 'x'."), "address-wrong"),
        (Act(status=404, body=b"<html>"), "answer-of-somebody-else"),
    ],
)
def test_a_refusal_is_no_deletion(client: GraphClient, graph: FakeGraph, act: Act, code: str) -> None:
    graph.acts = [act, act]
    outcome = delete(client)
    assert outcome is not None
    assert (outcome.problem.code, len(graph.meetings)) == (code, 1)
