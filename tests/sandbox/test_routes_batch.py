"""$batch as learn.microsoft.com/graph/json-batching describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer.sandbox import Sandbox, object_id_of

if TYPE_CHECKING:
    from tests.sandbox.client import Client, Json

ANA = object_id_of("ana@contoso.com")
JSON = {"Content-Type": "application/json"}


def item(number: str | int, url: str, **more: Json) -> dict[str, Any]:
    return {"id": str(number), "method": "GET", "url": url, **more}


def batch(client: Client, *items: Json) -> Json:
    reply = client.post("/$batch", {"requests": list(items)})
    return {each["id"]: each for each in reply.json["responses"]}


def test_each_request_has_its_own_answer_in_no_order_to_count_on(client: Client) -> None:
    reply = client.post("/$batch", {"requests": [item(n, f"/users/p{n}@contoso.com") for n in range(20)]})
    answers = reply.json["responses"]

    assert reply.status == 200
    assert [each["id"] for each in answers] == [str(n) for n in reversed(range(20))]
    assert {each["id"]: each["body"]["userPrincipalName"] for each in answers} == {
        str(n): f"p{n}@contoso.com" for n in range(20)
    }


def test_a_refusal_is_the_answer_of_its_request_only(client: Client) -> None:
    answers = batch(client, item(1, "/users/unknown@contoso.com"), item(2, "users/ana@contoso.com?$select=id"))

    assert (answers["1"]["status"], answers["2"]["status"]) == (404, 200)
    assert answers["1"]["body"]["error"]["code"] == "Request_ResourceNotFound"
    assert answers["2"]["body"]["id"] == ANA


def test_a_request_can_carry_a_body(client: Client, sandbox: Sandbox) -> None:
    url = f"/users/{ANA}/onlineMeetings/createOrGet"
    asked = item(1, url, headers=JSON, body={"externalId": "x"}) | {"method": "post"}

    assert batch(client, asked)["1"]["status"] == 201
    assert [meeting.external_id for meeting in sandbox.meetings] == ["x"]


def test_a_body_without_content_type_is_refused(client: Client) -> None:
    asked = item(1, f"/users/{ANA}/onlineMeetings/createOrGet", body={"externalId": "x"}, method="POST")

    assert batch(client, asked)["1"]["status"] == 400


def test_a_request_whose_dependency_failed_is_424(client: Client) -> None:
    answers = batch(
        client,
        item("good", "/users/ana@contoso.com"),
        item("bad", "/users/unknown@contoso.com"),
        item(3, "/users/ben@contoso.com", dependsOn=["Good"]),
        item(4, "/users/ben@contoso.com", dependsOn=["good", "bad"]),
        item(5, "/users/ben@contoso.com", dependsOn=["4"]),
        item(6, "/users/ben@contoso.com", dependsOn=["nobody"]),
    )

    assert [answers[name]["status"] for name in "3456"] == [200, 424, 424, 424]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"requests": {}},
        {"requests": ["x"]},
        {"requests": [item(n, "/me") for n in range(21)]},
        {"requests": [item("a", "/me"), item("A", "/me")]},
        {"requests": [{"method": "GET", "url": "/me"}]},
    ],
)
def test_a_batch_that_can_t_be_read_is_refused_as_a_whole(client: Client, body: Json) -> None:
    assert client.post("/$batch", body).refusal[:2] == (400, "BadRequest")


@pytest.mark.parametrize(
    "asked",
    [
        {"url": "https://graph.microsoft.com/v1.0/me"},
        {"url": "/$batch", "method": "POST"},
        {"url": None},
        {"method": None},
        {"headers": []},
        {"headers": "x"},
    ],
)
def test_a_request_that_can_t_be_read_is_refused_alone(client: Client, asked: dict[str, Any]) -> None:
    answers = batch(client, {**item(1, "/me"), **asked}, item(2, "/users/ana@contoso.com"))

    assert (answers["1"]["status"], answers["2"]["status"]) == (400, 200)
