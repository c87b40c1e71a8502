"""createOrGet as learn.microsoft.com/graph/api/onlinemeeting-createorget describes it.

The product is tried against this imitation, so what the page says is held here, by a client of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from importer.sandbox import DELEGATED_TOKEN, TENANT_ID, Sandbox, object_id_of

if TYPE_CHECKING:
    from tests.sandbox.client import Client, Json

ORGANIZER = "1f35f2e6-9cab-44ad-8d5a-b74c14720000"
PATH = f"/users/{ORGANIZER}/onlineMeetings/createOrGet"
ME = "/me/onlineMeetings/createOrGet"

# The request of the page's example, in its own field order.
EXAMPLE = {
    "startDateTime": "2020-02-06T01:49:21.3524945+00:00",
    "endDateTime": "2020-02-06T02:19:21.3524945+00:00",
    "subject": "Create a meeting with customId provided",
    "externalId": "7eb8263f-d0e0-4149-bb1c-1f0476083c56",
    "participants": {
        "attendees": [
            {
                "identity": {"user": {"id": "1f35f2e6-9cab-44ad-8d5a-b74c14720000"}},
                "upn": "test1@contoso.com",
            }
        ]
    },
}

INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z"

# The shape of the page's example answer: a type, a pattern for texts, or the shape of what is inside.
PERSON = {"upn": str, "role": (str, type(None)), "identity": {"user": {"id": str}}}
SHAPE: dict[str, Any] = {
    "id": r"[A-Za-z0-9+/]+=*",
    "creationDateTime": INSTANT,
    "startDateTime": INSTANT,
    "endDateTime": INSTANT,
    "expiryDateTime": INSTANT,
    "joinWebUrl": r"https://teams\.sandbox\.invalid/l/meetup-join/19%3ameeting_\w+%40thread\.v2/0\?context=%7b\S+%7d",
    "meetingOptionsWebUrl": r"https://teams\.sandbox\.invalid/meetingOptions/\?organizerId=\S+",
    "subject": str,
    "isBroadcast": bool,
    "autoAdmittedUsers": str,
    "isEntryExitAnnounced": bool,
    "allowedPresenters": str,
    "videoTeleconferenceId": r"\d+",
    "externalId": str,
    "participants": {"organizer": PERSON, "attendees": [PERSON], "producers": [], "contributors": []},
    "lobbyBypassSettings": {"scope": str, "isDialInBypassEnabled": bool},
    "audioConferencing": {
        "conferenceId": r"\d{9}",
        "tollNumber": r"\+1 206-555-01\d\d",
        "tollFreeNumber": type(None),
        "dialinUrl": r"https://dialin\.sandbox\.invalid/[0-9a-f-]{36}\?id=\d{9}",
    },
    "chatInfo": {
        "threadId": r"19:meeting_\w+@thread\.v2",
        "messageId": "0",
        "replyChainMessageId": type(None),
    },
    "joinMeetingIdSettings": {"isPasscodeRequired": bool, "joinMeetingId": r"\d{13}", "passcode": r"\w{6}"},
    "joinInformation": {"content": r"data%3Atext%2Fhtml%2C\S+", "contentType": "html"},
}


def misfits(shape: Json, value: Json, where: str = "") -> list[str]:
    """Return the places where `value` does not have the shape."""
    match shape:
        case dict() if isinstance(value, dict):
            return [x for k, s in shape.items() for x in misfits(s, value.get(k, ...), f"{where}.{k}")]
        case list() if isinstance(value, list) and len(value) == len(shape):
            return [x for k, s in enumerate(shape) for x in misfits(s, value[k], f"{where}[{k}]")]
        case str() if isinstance(value, str) and re.fullmatch(shape, value):
            return []
        case type() | tuple() if isinstance(value, shape):
            return []
        case _:
            return [f"{where} is {value!r}"]


def test_a_new_meeting_is_201_and_has_the_shape_of_the_documented_example(client: Client) -> None:
    reply = client.post(ME, EXAMPLE, token=DELEGATED_TOKEN)

    assert reply.status == 201
    assert misfits(SHAPE, reply.json) == []


def test_the_answer_says_what_was_asked_for(client: Client) -> None:
    meeting = client.post(PATH, EXAMPLE).json

    assert (meeting["externalId"], meeting["subject"]) == (EXAMPLE["externalId"], EXAMPLE["subject"])
    assert meeting["startDateTime"] == "2020-02-06T01:49:21.3524945Z"
    assert meeting["endDateTime"] == "2020-02-06T02:19:21.3524945Z"
    assert meeting["creationDateTime"] == "2026-11-24T12:30:15.1234560Z"
    assert meeting["expiryDateTime"] == "2020-04-06T02:19:21.3524945Z"
    assert meeting["participants"]["organizer"]["identity"]["user"]["id"] == ORGANIZER
    assert meeting["joinUrl"] == meeting["joinWebUrl"]
    assert f'{{"Tid":"{TENANT_ID}","Oid":"{ORGANIZER}"}}' in unquote(meeting["joinWebUrl"])


def test_the_same_external_id_is_200_and_the_body_is_ignored(client: Client) -> None:
    made = client.post(PATH, EXAMPLE).json
    other = {"externalId": EXAMPLE["externalId"], "subject": "Other", "startDateTime": "2030-01-01T00:00:00Z"}
    reply = client.post(PATH, other)

    assert reply.status == 200
    assert reply.json == made


def test_the_key_is_organizer_and_external_id(client: Client, sandbox: Sandbox) -> None:
    other = f"/users/{object_id_of('ben@contoso.com')}/onlineMeetings/createOrGet"
    replies = [client.post(path, {"externalId": each}) for path in (PATH, other) for each in ("a", "A", "a ")]

    assert [reply.status for reply in replies] == [201] * 6
    for name in ("id", "joinWebUrl"):
        assert len({reply.json[name] for reply in replies}) == 6
    assert len({reply.json["joinMeetingIdSettings"]["joinMeetingId"] for reply in replies}) == 6
    assert len(sandbox.meetings) == 6


def test_the_object_id_in_the_path_may_be_in_capitals(client: Client) -> None:
    client.post(PATH, EXAMPLE)

    assert client.post(PATH.replace(ORGANIZER, ORGANIZER.upper()), EXAMPLE).status == 200


def test_the_full_name_of_the_action_is_the_same_address(client: Client) -> None:
    client.post(PATH, EXAMPLE)

    assert client.post(PATH.replace("createOrGet", "microsoft.graph.createOrGet"), EXAMPLE).status == 200


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [
        ({}, "2026-11-24T12:30:15.1234560Z", "2026-11-24T13:30:15.1234560Z"),
        ({"startDateTime": None}, "2026-11-24T12:30:15.1234560Z", "2026-11-24T13:30:15.1234560Z"),
        (
            {"startDateTime": "2026-12-01T09:00:00Z"},
            "2026-12-01T09:00:00.0000000Z",
            "2026-12-01T10:00:00.0000000Z",
        ),
        (
            {"startDateTime": "9999-12-31T23:59:59Z"},
            "9999-12-31T23:59:59.0000000Z",
            "9999-12-31T23:59:59.0000000Z",
        ),
        (
            {"startDateTime": "2026-12-01T09:00:00-07:00", "endDateTime": "2026-12-01T17:30:00.5+01:00"},
            "2026-12-01T16:00:00.0000000Z",
            "2026-12-01T16:30:00.5000000Z",
        ),
        (
            {"startDateTime": "2026-12-01T09:00:00.123456789012Z", "endDateTime": "2026-12-01T09:00:00.1234567Z"},
            "2026-12-01T09:00:00.1234567Z",
            "2026-12-01T09:00:00.1234567Z",
        ),
    ],
)
def test_times_have_the_documented_defaults_and_come_back_in_utc(
    client: Client, given: dict[str, Any], start: str, end: str
) -> None:
    meeting = client.post(PATH, {"externalId": "x", **given}).json

    assert (meeting["startDateTime"], meeting["endDateTime"]) == (start, end)


@pytest.mark.parametrize(
    "times",
    [
        {"endDateTime": "2026-12-01T09:00:00Z"},
        {"startDateTime": "2026-12-01T09:00:00Z", "endDateTime": "2026-12-01T08:59:59Z"},
        {"startDateTime": "2026-12-01T09:00:00+01:00", "endDateTime": "2026-12-01T09:00:00+02:00"},
    ],
)
def test_end_without_start_and_end_before_start_are_refused(
    client: Client, sandbox: Sandbox, times: dict[str, Any]
) -> None:
    reply = client.post(PATH, {"externalId": "x", **times})

    assert reply.refusal[:2] == (400, "BadRequest")
    assert not sandbox.meetings


@pytest.mark.parametrize("offset", ["-0400", "+0000"])
def test_an_offset_without_colon_gives_the_empty_error(client: Client, offset: str) -> None:
    reply = client.post(PATH, {"externalId": "x", "startDateTime": f"2026-12-01T09:00:00{offset}"})

    assert reply.refusal == (400, "UnknownError", "")


@pytest.mark.parametrize(
    "literal",
    [
        "2026-12-01T09:00:00",
        "2026-12-01 09:00:00Z",
        "2026-12-01",
        "tomorrow",
        "T" * 100_000 + "+0000",
        "",
        "2026-13-01T09:00:00Z",
        "2026-12-01T25:00:00Z",
        "2026-12-01T09:00:00.Z",
        "2026-12-01T09:00:00+99:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "\uff12\uff10\uff12\uff16-12-01T09:00:00Z",
        1764579600,
    ],
)
def test_what_is_no_instant_with_an_offset_is_refused(client: Client, literal: object) -> None:
    reply = client.post(PATH, {"externalId": "x", "startDateTime": literal})

    message = f"Cannot convert the literal '{literal}' to the expected type 'Edm.DateTimeOffset'."
    assert reply.refusal == (400, "BadRequest", message)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"externalId": None},
        {"externalId": ""},
        {"externalId": "  "},
        {"externalId": 42},
        {"externalId": "x", "lobbyBypassSettings": {"scope": "everyone"}},
        {"externalId": "x", "SUBJECT": "capitals"},
        {"externalId": "x", "subject": 7},
        {"externalId": "x", "participants": []},
        {"externalId": "x", "participants": {"attendees": {}}},
        {"externalId": "x", "participants": {"attendees": ["ana@contoso.com"]}},
        {"externalId": "x", "participants": {"attendees": [{"upn": "a@contoso.com", "role": "boss"}]}},
        {"externalId": "x", "participants": {"attendees": [{"upn": "a@contoso.com", "name": "Ana"}]}},
        {"externalId": "x", "participants": {"attendees": [{"upn": "a@contoso.com", "identity": "a"}]}},
        {"externalId": "x", "participants": {"speakers": []}},
        [],
        "x",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_bodies_that_the_action_does_not_take_are_refused(client: Client, sandbox: Sandbox, body: Json) -> None:
    assert client.post(PATH, body).refusal[:2] == (400, "BadRequest")
    assert not sandbox.meetings


def test_a_body_without_content_type_is_refused(client: Client) -> None:
    assert client.post(PATH, EXAMPLE, headers={"Content-Type": ""}).refusal[:2] == (400, "BadRequest")


def test_annotations_and_chat_info_are_taken(client: Client) -> None:
    body = {"@odata.type": "#x", "externalId": "x", "chatInfo": {"threadId": "19:x"}}

    assert client.post(PATH, body).status == 201


def attendees_of(client: Client, attendees: Json, **more: Json) -> list[tuple[Any, ...]]:
    reply = client.post(PATH, {"externalId": "x", "participants": {"attendees": attendees}}, **more)
    shown = reply.json["participants"]["attendees"]
    return [(each["upn"], each["identity"]["user"]["id"], each["role"]) for each in shown]


def test_an_id_is_stored_verbatim_and_filled_in_for_a_bare_upn_that_is_known(client: Client) -> None:
    asked = [
        {"upn": "ana@contoso.com", "identity": {"user": {"id": "not-an-id"}}},
        {"upn": "Ben@contoso.com"},
        {"upn": "unknown@elsewhere.example", "role": "attendee"},
        {"upn": "cleo@contoso.com", "identity": {"user": None}},
    ]

    assert attendees_of(client, asked) == [
        ("ana@contoso.com", "not-an-id", None),
        ("Ben@contoso.com", object_id_of("ben@contoso.com"), None),
        ("unknown@elsewhere.example", None, "attendee"),
        ("cleo@contoso.com", object_id_of("cleo@contoso.com"), None),
    ]


@pytest.mark.parametrize(
    ("prefer", "role"),
    [({}, "unknownFutureValue"), ({"Prefer": "include-unknown-enum-members"}, "coorganizer")],
)
def test_newer_roles_show_only_to_those_who_ask_for_them(client: Client, prefer: dict[str, str], role: str) -> None:
    asked = [{"upn": "ana@contoso.com", "role": "coorganizer"}]

    assert attendees_of(client, asked, headers=prefer)[0][2] == role


def test_an_attendee_without_upn_is_a_server_error_as_it_was_seen(client: Client) -> None:
    asked = {"externalId": "x", "participants": {"attendees": [{"identity": {"user": {"id": ORGANIZER}}}]}}

    assert client.post(PATH, asked).refusal == (500, "InternalServerError", "Internal Server Error")


def test_an_organizer_in_the_body_is_ignored(client: Client) -> None:
    reply = client.post(
        PATH, {"externalId": "x", "participants": {"organizer": {"upn": "ben@contoso.com"}, "attendees": None}}
    )

    assert reply.json["participants"]["organizer"]["identity"]["user"]["id"] == ORGANIZER


def test_texts_survive_whatever_is_in_them(client: Client) -> None:
    text = 'Größe 漢字 🎓 "quoted" \\ \u2028 =1+1'

    reply = client.post(PATH, {"externalId": text, "subject": text})
    assert (reply.json["externalId"], reply.json["subject"]) == (text, text)


def test_half_a_surrogate_pair_gets_an_answer(client: Client) -> None:
    assert client.post(PATH, b'{"externalId": "\\ud83d", "subject": "\\ud83d"}').status == 201
