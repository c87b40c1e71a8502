"""Trouble on purpose: each fault is what it says it is, and a seed decides who gets which."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPException, IncompleteRead
from typing import TypeAlias

import pytest

from importer.sandbox import Sandbox, object_id_of
from tests.sandbox.client import Client, Connect, Json
from tests.sandbox.faults import EVERY_FAULT, Break, Deny, Fault, Faulty, Plan, RandomFaults, Refuse, Slow, Wait

NOW = datetime(2026, 11, 24, 12, 30, 15, 500, tzinfo=UTC)
CREATE = f"/users/{object_id_of('ana@contoso.com')}/onlineMeetings/createOrGet"
BODY = {"externalId": "x"}


def first(fault: Fault) -> Plan:
    """Return the plan by which each call fails once."""
    return lambda _call, attempt: fault if attempt == 1 else None


Misbehave: TypeAlias = Callable[..., Client]


@pytest.fixture
def faulty(sandbox: Sandbox, connect: Connect) -> Misbehave:
    """Return a client of the sandbox whose every call fails once in the given way."""
    return lambda fault, **more: connect(Faulty(sandbox, first(fault), clock=lambda: NOW, **more))


@pytest.mark.parametrize(
    ("wait", "header"),
    [
        ((Wait.UNSAID, 1), None),
        ((Wait.SECONDS, 0.2), "1"),
        ((Wait.SECONDS, 2), "2"),
        ((Wait.DECIMAL, 0.249), "0.249"),
        ((Wait.DATE, 1.5), "Tue, 24 Nov 2026 12:30:17 GMT"),
    ],
)
def test_a_refusal_says_when_to_come_back(
    faulty: Misbehave, sandbox: Sandbox, wait: tuple[Wait, float], header: str | None
) -> None:
    client = faulty(Refuse(429, wait[0]), seconds=wait[1])
    reply = client.post(CREATE, BODY)

    assert reply.refusal == (429, "TooManyRequests", "Please retry again later.")
    assert reply.headers.get("retry-after") == header
    assert not sandbox.meetings
    assert client.post(CREATE, BODY).status == 201


@pytest.mark.parametrize(
    ("status", "code"),
    [(500, "InternalServerError"), (503, "ServiceUnavailable"), (507, "InsufficientStorage")],
)
def test_a_server_error_has_graph_s_envelope(faulty: Misbehave, sandbox: Sandbox, status: int, code: str) -> None:
    reply = faulty(Refuse(status)).post(CREATE, BODY)

    assert reply.refusal == (status, code, "")
    assert reply.json["error"]["innerError"]["date"] == "2026-11-24T12:30:15"
    assert not sandbox.meetings


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_s_error_is_no_json(faulty: Misbehave, status: int) -> None:
    reply = faulty(Refuse(status)).post(CREATE, BODY)

    assert (reply.status, reply.headers["content-type"]) == (status, "text/html")
    assert reply.content.startswith(b"<html>")


def test_an_error_can_come_after_the_meeting_was_made(faulty: Misbehave, sandbox: Sandbox) -> None:
    client = faulty(Deny(500))

    assert client.post(CREATE, BODY).status == 500
    assert len(sandbox.meetings) == 1
    assert client.post(CREATE, BODY).status == 200


@pytest.mark.parametrize(("fault", "made"), [(Break.RESET, 0), (Break.LOSE, 1)])
def test_a_connection_can_break_before_or_after_the_meeting_was_made(
    faulty: Misbehave, sandbox: Sandbox, fault: Break, made: int
) -> None:
    client = faulty(fault)
    with pytest.raises(ConnectionResetError):
        client.post(CREATE, BODY)

    assert len(sandbox.meetings) == made
    client.connection.close()
    assert client.post(CREATE, BODY).status in {200, 201}


def test_an_answer_can_end_in_the_middle(faulty: Misbehave, sandbox: Sandbox) -> None:
    with pytest.raises(IncompleteRead) as broken:
        faulty(Break.CUT).post(CREATE, BODY)

    assert broken.value.partial.startswith(b'{"@odata.context"')
    assert len(sandbox.meetings) == 1


def test_half_an_answer_can_pass_for_all_of_it(faulty: Misbehave, sandbox: Sandbox) -> None:
    reply = faulty(Break.GARBLE).post(CREATE, BODY)

    assert reply.status == 201
    with pytest.raises(json.JSONDecodeError):
        reply.json  # noqa: B018 - reading it is what fails
    assert len(sandbox.meetings) == 1


def test_what_was_done_is_counted(sandbox: Sandbox, connect: Connect) -> None:
    app = Faulty(sandbox, first(Refuse(500)))
    client = connect(app)
    for name in ("a", "b", "a"):
        client.post(CREATE, {"externalId": name})

    assert app.injected == Counter({Refuse(500): 2})


def batch(client: Client, count: int = 3) -> Json:
    items = [{"id": str(n), "method": "GET", "url": f"/users/p{n}@contoso.com"} for n in range(count)]
    return client.post("/$batch", {"requests": items})


def test_requests_in_a_batch_are_refused_one_by_one(sandbox: Sandbox, connect: Connect) -> None:
    def plan(call: str, attempt: int) -> Fault | None:
        return Refuse(429, Wait.DECIMAL) if "p1@" in call and attempt == 1 else None

    client = connect(Faulty(sandbox, plan, seconds=0.25))
    statuses = [{each["id"]: each["status"] for each in batch(client).json["responses"]} for _ in range(2)]
    assert statuses == [{"0": 200, "1": 429, "2": 200}, {"0": 200, "1": 200, "2": 200}]


def test_a_refused_request_in_a_batch_has_its_own_retry_after(sandbox: Sandbox, connect: Connect) -> None:
    client = connect(
        Faulty(sandbox, lambda call, _: None if "$batch" in call else Refuse(429, Wait.DECIMAL), seconds=0.25)
    )
    refused = batch(client, 1).json["responses"][0]

    assert refused["headers"]["Retry-After"] == "0.250"
    assert refused["body"]["error"]["code"] == "TooManyRequests"


@pytest.mark.parametrize("body", [b"{", [], {"requests": 7}, {"requests": ["x"]}, {"requests": [{}] * 21}])
def test_a_batch_that_can_t_be_read_is_left_to_the_application(sandbox: Sandbox, connect: Connect, body: Json) -> None:
    client = connect(Faulty(sandbox, lambda *_: None))

    assert client.post("/$batch", body).refusal[:2] == (400, "BadRequest")


def drawn(plan: Plan, calls: Iterable[int] = range(300)) -> dict[int, Fault | None]:
    return {call: plan(str(call), 1) for call in calls}


def test_the_seed_decides_whatever_the_order() -> None:
    forwards = drawn(RandomFaults(0.3, seed=1))

    assert drawn(RandomFaults(0.3, seed=1), reversed(range(300))) == forwards
    assert drawn(RandomFaults(0.3, seed=2)) != forwards


def test_the_rate_is_the_share_that_fails() -> None:
    assert not any(drawn(RandomFaults(0)).values())
    assert all(drawn(RandomFaults(1)).values())
    assert 60 <= sum(map(bool, drawn(RandomFaults(0.3)).values())) <= 120


def test_every_kind_of_fault_is_drawn() -> None:
    assert set(drawn(RandomFaults(1)).values()) == set(EVERY_FAULT)


def test_whoever_tries_again_gets_through() -> None:
    plan = RandomFaults(1, in_a_row=2)

    assert [plan("x", attempt) is None for attempt in range(1, 7)] == [False, False, True] * 2


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_is_a_share(rate: float) -> None:
    with pytest.raises(ValueError, match="share"):
        RandomFaults(rate)


def test_a_client_that_tries_again_makes_every_meeting_once(connect: Connect) -> None:
    sandbox = Sandbox()
    app = Faulty(sandbox, RandomFaults(0.3, seed=5))

    def persist(number: int) -> str:
        client = connect(app)
        for _ in range(4):
            try:
                reply = client.post(CREATE, {"externalId": str(number)})
                if reply.status < 300:
                    return str(reply.json["externalId"])
            except (OSError, HTTPException, ValueError):
                client.connection.close()
        raise AssertionError(number)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(persist, range(60))) == [str(number) for number in range(60)]
    assert len(sandbox.meetings) == 60
    assert app.injected.total() > 0


def test_slowness_is_drawn_between_two_bounds(sandbox: Sandbox, connect: Connect) -> None:
    waited: list[float] = []
    client = connect(Slow(sandbox, 0.1, 0.4, seed=3, sleep=waited.append))
    for _ in range(20):
        assert client.get("/users/ana@contoso.com").status == 200

    assert len(set(waited)) == 20
    assert all(0.1 <= each <= 0.4 for each in waited)
