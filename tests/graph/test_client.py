"""One operation on a real socket: what is sent, what is tried again, and how long is waited in between."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, TypeAlias

import pytest

from importer.core.model import ExitCode, Stop
from importer.graph import Gates
from importer.graph.client import GraphClient, Operation
from importer.graph.faults import OperationKind
from importer.graph.wire import ErrorResponse, Reply, RetryPolicy
from tests.graph.fake_graph import Act, FakeGraph, Tokens, VirtualTime, error

if TYPE_CHECKING:
    import ssl

    from importer.graph import Gate

ME = Operation("GET", "/me?$select=id", OperationKind.PEOPLE)


Heard: TypeAlias = "str | tuple[bool, float | None]"


class Listener:
    """A gate that writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []

    def wait(self) -> None:
        self.heard.append("wait")

    def answered(self, *, throttled: bool, retry_after: float | None) -> None:
        self.heard.append((throttled, retry_after))

    def unanswered(self) -> None:
        self.heard.append("unanswered")


def test_every_request_has_the_documented_headers_and_an_id_of_its_own(client: GraphClient, graph: FakeGraph) -> None:
    graph.acts = [error(500)]
    assert isinstance(client.call(ME), Reply)
    first, second = (seen.headers for seen in graph.seen)
    assert first["authorization"] == "Bearer token-1"
    assert first["prefer"] == "include-unknown-enum-members"
    assert first["content-type"] == "application/json"
    assert len(first["client-request-id"]) == 36
    assert first["client-request-id"] != second["client-request-id"]


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 507, 509])
def test_what_may_pass_is_tried_again(client: GraphClient, graph: FakeGraph, status: int) -> None:
    graph.acts = [error(status), error(status)]
    assert isinstance(client.call(ME), Reply)
    assert len(graph.seen) == 3


@pytest.mark.parametrize(
    "act",
    [
        Act(reset=True),
        Act(made=True, cut=True),
        Act(status=200, body=b"<html>log in</html>"),
        Act(status=200, body=b""),
        Act(status=200, body=b"[1]"),
        Act(status=200, body=b"[" * 100_000),
    ],
    ids=["reset", "cut off", "web page", "empty", "no object", "nested"],
)
def test_a_lost_or_broken_answer_is_asked_for_again(client: GraphClient, graph: FakeGraph, act: Act) -> None:
    graph.acts = [act]
    assert isinstance(client.call(ME), Reply)
    assert len(graph.seen) == 2


def test_an_answer_that_does_not_come_is_asked_for_again(
    graph: FakeGraph, time: VirtualTime, context: ssl.SSLContext
) -> None:
    graph.acts = [Act(hang=True)]
    limits = RetryPolicy(read=0.2)
    with GraphClient(graph.url, Tokens("token-1"), clock=time.clock, limits=limits, context=context) as client:
        assert isinstance(client.call(ME), Reply)
    assert len(graph.seen) == 2


@pytest.mark.parametrize("status", [400, 402, 403, 404, 405, 410, 413, 501])
def test_what_will_not_pass_is_asked_once(client: GraphClient, graph: FakeGraph, status: int) -> None:
    graph.acts = [error(status, "Code", "Words")]
    outcome = client.call(ME)
    assert isinstance(outcome, ErrorResponse)
    assert (outcome.status, outcome.code, outcome.message, len(graph.seen)) == (status, "Code", "Words", 1)


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("10", 10.0),
        ("0.25", 0.25),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("0", 0.375),
        ("-1", 0.375),
        ("soon", 0.375),
    ],
)
def test_a_throttled_operation_waits_as_it_is_told_or_else_as_it_thinks_fit(
    client: GraphClient, graph: FakeGraph, time: VirtualTime, *, header: str, waited: float
) -> None:
    graph.acts = [error(429, "TooManyRequests", Retry_After=header)]
    assert isinstance(client.call(ME), Reply)
    assert time.slept == [waited]


def test_an_hour_is_not_waited_for(client: GraphClient, graph: FakeGraph, time: VirtualTime) -> None:
    graph.acts = [error(429, Retry_After="3600")]
    assert isinstance(client.call(ME), ErrorResponse)
    assert time.slept == []


def test_attempts_end(client: GraphClient, graph: FakeGraph, time: VirtualTime) -> None:
    graph.chance = lambda: error(500)
    outcome = client.call(ME)
    assert isinstance(outcome, ErrorResponse)
    assert outcome.detail.endswith("given up after 12 attempts")
    assert (len(graph.seen), len(time.slept)) == (12, 11)


def test_patience_with_throttling_ends(client: GraphClient, graph: FakeGraph, time: VirtualTime) -> None:
    graph.chance = lambda: error(429, Retry_After="10")
    assert isinstance(client.call(ME), ErrorResponse)
    assert time.slept == [10.0] * 90


def test_the_gate_is_asked_before_every_send_and_hears_of_every_end(graph: FakeGraph, time: VirtualTime) -> None:
    gate = Listener()
    graph.acts = [
        error(429, Retry_After="2.5"),
        error(503, Retry_After="3600"),
        error(429),
        error(503),
        Act(reset=True),
        error(500),
    ]
    _call(graph, time, gate=gate)
    ends = [(True, 2.5), (True, 3600.0)]
    assert gate.heard == [each for end in ends for each in ("wait", end)]
    _call(graph, time, gate=gate)
    rest: list[Heard] = [(True, None), (False, None), "unanswered", (False, None), (False, None)]
    assert gate.heard[4:] == [each for end in rest for each in ("wait", end)]


def _call(graph: FakeGraph, time: VirtualTime, *, gate: Gate | None = None) -> Reply | ErrorResponse:
    with GraphClient(
        graph.url, Tokens("token-1"), gates=Gates(gate, gate) if gate else None, clock=time.clock
    ) as client:
        return client.call(ME)


def test_a_refused_token_is_replaced_once_and_the_operation_goes_on(graph: FakeGraph, time: VirtualTime) -> None:
    tokens = Tokens("stale", "token-1")
    with GraphClient(graph.url, tokens, clock=time.clock) as client:
        assert isinstance(client.call(ME), Reply)
    assert (tokens.rejected, time.slept) == (["stale"], [])


def test_a_fresh_token_that_is_refused_too_ends_it(graph: FakeGraph, time: VirtualTime) -> None:
    tokens = Tokens("stale", "wrong", "never asked for")
    with GraphClient(graph.url, tokens, clock=time.clock) as client:
        outcome = client.call(ME)
    assert (outcome.status, tokens.rejected) == (401, ["stale"])


def test_a_token_that_ran_out_during_a_long_pause_is_replaced_too(graph: FakeGraph, time: VirtualTime) -> None:
    tokens = Tokens("stale", "short-lived", "token-1")
    graph.acts = [error(401), error(503, Retry_After="60"), error(401)]
    with GraphClient(graph.url, tokens, clock=time.clock) as client:
        assert isinstance(client.call(ME), Reply)
    assert tokens.rejected == ["stale", "short-lived"]


def test_a_conditional_access_challenge_is_answered_with_a_token_that_meets_it(
    graph: FakeGraph, time: VirtualTime
) -> None:
    wanted = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
    coded = base64.b64encode(wanted.encode()).decode()
    challenge = f'Bearer realm="", error="insufficient_claims", claims="{coded}"'
    tokens = Tokens("too-weak", "token-1")
    graph.acts = [error(401, "InvalidAuthenticationToken", "Continuous access evaluation", WWW_Authenticate=challenge)]

    with GraphClient(graph.url, tokens, clock=time.clock) as client:
        assert isinstance(client.call(ME), Reply)

    assert (tokens.rejected, tokens.claims) == (["too-weak"], [wanted])


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "umläut", '"quoted"\r\n'])
def test_a_token_that_can_not_be_sent_stops_the_run_without_being_quoted(
    graph: FakeGraph, time: VirtualTime, token: str
) -> None:
    with GraphClient(graph.url, Tokens(token), clock=time.clock) as client, pytest.raises(Stop) as stopped:
        client.call(ME)
    told = stopped.value
    assert (told.problem.code, told.exit_code, graph.seen) == ("token-not-valid", ExitCode.USAGE, [])
    assert not token or token not in repr(told.problem)


def test_a_reply_after_a_lost_201_is_a_creation(client: GraphClient, graph: FakeGraph) -> None:
    graph.acts = [Act(made=True, cut=True)]
    outcome = client.call(
        Operation("POST", "/me/onlineMeetings/createOrGet", OperationKind.MY_MEETING, b'{"externalId":"a"}')
    )
    assert outcome.status == 201


def test_an_incomplete_answer_is_as_good_as_none(client: GraphClient, graph: FakeGraph) -> None:
    graph.acts = [Act(status=200, body={"id": ""})]
    assert isinstance(client.call(Operation("GET", ME.path, ME.kind, complete=lambda data: bool(data["id"]))), Reply)
    assert len(graph.seen) == 2


def test_a_redirection_is_not_followed(client: GraphClient, graph: FakeGraph) -> None:
    graph.acts = [Act(status=302, headers={"Location": graph.url + "/v1.0/me?"})]
    assert client.call(ME).status == 302
    assert len(graph.seen) == 1


def test_what_microsoft_support_asks_for_is_kept_on_one_line(client: GraphClient, graph: FakeGraph) -> None:
    body = {
        "error": {
            "code": "BadRequest",
            "message": "first\r\nsecond\x1b[31m",
            "innererror": {"code": "inner", "message": "why", "request-id": "old", "client-request-id": "mine"},
        }
    }
    graph.acts = [Act(status=400, body=body, headers={"x-ms-ags-diagnostic": '{"ServerInfo":{}}'})]
    outcome = client.call(ME)
    assert isinstance(outcome, ErrorResponse)
    assert outcome.detail == (
        "HTTP 400; code 'BadRequest'; message 'first second[31m'; inner error 'inner why'; request-id req-1; "
        'client-request-id mine; x-ms-ags-diagnostic {"ServerInfo":{}}; date Tue, 24 Nov 2026 12:00:00 GMT'
    )


def test_a_web_page_in_place_of_an_error_is_kept_in_part(client: GraphClient, graph: FakeGraph) -> None:
    graph.chance = lambda: Act(status=404, body=b"<html>" + b"x" * 9999)
    outcome = client.call(ME)
    assert isinstance(outcome, ErrorResponse)
    assert "message '<html>xxx" in outcome.detail
    assert len(outcome.detail) < 700


def test_nothing_of_a_broken_answer_is_kept_because_it_may_hold_a_passcode(
    client: GraphClient, graph: FakeGraph
) -> None:
    graph.chance = lambda: Act(status=200, body=b'{"passcode":"hidden')
    outcome = client.call(ME)
    assert "hidden" not in repr(outcome)
    assert "passcode" not in repr(Reply(200, {"passcode": "hidden"}))
