"""A server that fails a third of all calls in every way known, and loses answers after the work was done."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from importer.core.model import Answer, Status
from importer.graph.meetings import GraphMeetings
from tests.graph.fake_graph import Act, FakeGraph, error
from tests.rows import a_request

if TYPE_CHECKING:
    from importer.graph.client import GraphClient

ROWS = 1_000
KINDS = (
    error(429, "TooManyRequests", Retry_After="2"),
    error(429, "UnknownError", Retry_After="0.249"),
    error(429, "TooManyRequests", Retry_After="Tue, 24 Nov 2026 12:00:05 GMT"),
    error(429, "TooManyRequests"),
    error(500, "InternalServerError"),
    error(502),
    error(503, Retry_After="1"),
    error(504),
    error(507),
    Act(reset=True),
    Act(made=True, reset=True),
    Act(made=True, cut=True),
    Act(made=True, status=500, body={"error": {"code": "InternalServerError"}}),
    Act(status=200, body=b"<html>"),
)


def test_every_row_ends_with_one_meeting_for_its_key_and_its_own_link(client: GraphClient, graph: FakeGraph) -> None:
    dice = random.Random(11)
    graph.chance = lambda: dice.choice(KINDS) if dice.random() < 0.3 else None
    requests = [
        a_request(external_id=f"A-{n}", organizer_id=f"user-{n % 7}", subject="", start=None, end=None, attendees=())
        for n in range(ROWS)
    ]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(GraphMeetings(client).create_or_get, requests))
    assert len(graph.meetings) == ROWS
    for request, answer in zip(requests, answers, strict=True):
        assert isinstance(answer, Answer), answer
        assert answer.status in (Status.CREATED, Status.EXISTING)
        made = graph.meetings[request.organizer_id or "", request.external_id]
        assert (answer.meeting.join_url, answer.meeting.graph_id) == (made["joinWebUrl"], made["id"])
    assert len(graph.seen) > ROWS * 1.3
