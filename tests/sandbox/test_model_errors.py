"""The documented errors, each in Graph's envelope, and the people whose names ask for one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from importer.sandbox import APP_TOKEN, DELEGATED_TOKEN, POWERLESS_TOKEN, Access, Sandbox, object_id_of

if TYPE_CHECKING:
    from tests.sandbox.client import Client, Connect

ORGANIZER = object_id_of("ana@contoso.com")
CREATE = "/users/{}/onlineMeetings/createOrGet"
BODY = {"externalId": "x"}
GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def refused(client: Client, upn: str) -> tuple[int, str, str]:
    """Look the organizer up as the product does, then asks for a meeting."""
    client.get(f"/users/{upn}")
    return client.post(CREATE.format(object_id_of(upn)), BODY).refusal


def test_an_organizer_without_access_policy(client: Client) -> None:
    assert refused(client, "NoPolicy.Anna@contoso.com") == (
        403,
        "Forbidden",
        "No application access policy found for this app.",
    )


@pytest.mark.parametrize("upn", ["unknown@contoso.com", "nolicence@contoso.com"])
def test_an_organizer_that_is_not_there_or_has_no_licence(client: Client, upn: str) -> None:
    assert refused(client, upn) == (404, "UnknownError", "")


def test_an_object_id_of_nobody(client: Client) -> None:
    nobody = "00000000-0000-4000-8000-000000000001"

    assert client.post(CREATE.format(nobody), BODY).refusal == (404, "UnknownError", "")
    assert client.get(f"/users/{nobody}").refusal[:2] == (404, "Request_ResourceNotFound")


def test_an_organizer_without_audio_conferencing_gets_a_meeting_without_numbers(client: Client) -> None:
    client.get("/users/nodialin@contoso.com")
    reply = client.post(CREATE.format(object_id_of("nodialin@contoso.com")), BODY)

    assert (reply.status, reply.json["audioConferencing"]) == (201, None)


@pytest.mark.parametrize("name", ["ana@contoso.com", "ana%40contoso.com", "{" + ORGANIZER + "}", "1f35f2e6"])
def test_a_upn_where_the_object_id_belongs(client: Client, name: str) -> None:
    assert client.post(CREATE.format(name), BODY).refusal == (403, "Forbidden", "")


@pytest.mark.parametrize(("method", "path"), [("POST", "/me/onlineMeetings/createOrGet"), ("GET", "/me")])
def test_an_application_on_me(client: Client, method: str, path: str) -> None:
    message = "/me request is only valid with delegated authentication flow."

    assert client.ask(method, path, BODY).refusal == (400, "BadRequest", message)


def test_a_signed_in_user_for_somebody_else(client: Client) -> None:
    me = object_id_of("you@contoso.com")
    reply = client.post(CREATE.format(ORGANIZER), BODY, token=DELEGATED_TOKEN)

    assert reply.refusal == (
        400,
        "General",
        (
            f"Organizer ID in token({me}) does not match organizer ID in request url({ORGANIZER}). "
            "With delegated permission only /me endpoint is supported."
        ),
    )


def test_a_signed_in_user_by_their_own_object_id(client: Client) -> None:
    me = object_id_of("you@contoso.com")

    assert client.post(CREATE.format(me), BODY, token=DELEGATED_TOKEN).status == 201
    assert client.post("/me/onlineMeetings/createOrGet", BODY, token=DELEGATED_TOKEN).status == 200


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic c2FuZGJveA=="])
def test_no_token(client: Client, authorization: str) -> None:
    reply = client.get("/me", token=None, headers={"Authorization": authorization})

    assert reply.refusal == (401, "InvalidAuthenticationToken", "Access token is empty.")
    assert reply.headers["www-authenticate"].startswith("Bearer")


def test_a_token_that_is_none_of_ours(client: Client) -> None:
    message = "Access token has expired or is not yet valid."

    assert client.get("/nowhere", token="eyJ0eXAiOiJKV1QifQ.e30.").refusal == (
        401,
        "InvalidAuthenticationToken",
        message,
    )


def test_any_token_that_begins_like_ours(client: Client) -> None:
    assert client.get("/users/ana@contoso.com", token=APP_TOKEN + "-2").status == 200
    assert client.get("/me", token=DELEGATED_TOKEN + "-2").status == 200


def test_an_application_without_consent(client: Client) -> None:
    answers = client.post(
        "/$batch",
        {"requests": [{"id": "1", "method": "GET", "url": "/users/ana@contoso.com"}]},
        token=POWERLESS_TOKEN,
    ).json["responses"]

    assert client.post(CREATE.format(ORGANIZER), BODY, token=POWERLESS_TOKEN).refusal == (403, "Forbidden", "")
    assert client.get("/users/ana@contoso.com", token=POWERLESS_TOKEN).refusal == (
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
    assert answers[0]["status"] == 403


def test_tokens_of_the_caller_s_own(connect: Connect) -> None:
    tokens = {"first": Access.APP}
    client = connect(Sandbox(access_of=tokens.get))

    assert client.get("/users/ana@contoso.com", token="first").status == 200
    tokens.clear()
    assert client.get("/users/ana@contoso.com", token="first").status == 401


@pytest.mark.parametrize(
    ("path", "segment"),
    [
        ("/onlineMeetings", "onlineMeetings"),
        ("/me/messages", "messages"),
        ("/users/ana@contoso.com/messages", "messages"),
        (f"/users/{ORGANIZER}/onlineMeetings/x/recordings", "recordings"),
        ("/users/$ana@contoso.com", "$ana@contoso.com"),
        ("", "v1.0"),
    ],
)
def test_an_address_that_is_not_there(client: Client, path: str, segment: str) -> None:
    message = f"Resource not found for the segment '{segment}'."

    assert client.get(path).refusal == (400, "BadRequest", message)


def test_another_version(client: Client) -> None:
    client.root = "/beta"

    message = "Resource not found for the segment 'beta'."
    assert client.get("/users/ana@contoso.com").refusal == (400, "BadRequest", message)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/users/ana@contoso.com"),
        ("GET", CREATE.format(ORGANIZER)),
        ("PUT", "/users"),
        ("GET", "/$batch"),
        ("POST", f"/users/{ORGANIZER}/onlineMeetings/x"),
    ],
)
def test_a_method_that_the_address_does_not_take(client: Client, method: str, path: str) -> None:
    assert client.ask(method, path).refusal[:2] == (405, "MethodNotAllowed")


def test_errors_name_the_request_in_body_and_headers(client: Client) -> None:
    reply = client.get("/users/unknown@contoso.com", headers={"client-request-id": "from-me"})
    inner = reply.json["error"]["innerError"]

    assert re.fullmatch(GUID, inner["request-id"])
    assert inner["client-request-id"] == "from-me"
    assert inner["date"] == "2026-11-24T12:30:15"
    assert (reply.headers["request-id"], reply.headers["client-request-id"]) == (inner["request-id"], "from-me")


def test_every_answer_carries_graph_s_headers(client: Client) -> None:
    reply = client.get("/users/ana@contoso.com")

    assert reply.headers["date"] == "Tue, 24 Nov 2026 12:30:15 GMT"
    assert reply.headers["content-type"].startswith("application/json;odata.metadata=minimal")
    assert "ServerInfo" in reply.headers["x-ms-ags-diagnostic"]
    assert reply.headers["client-request-id"] == reply.headers["request-id"]


def test_a_client_request_id_can_t_add_headers(client: Client) -> None:
    reply = client.get("/users/ana@contoso.com", headers={"client-request-id": "a\r\n b"})

    assert reply.headers["client-request-id"] == "a b"
