"""Reading and changing a meeting, as onlinemeeting-get and onlinemeeting-update describe it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from importer.sandbox import DELEGATED_TOKEN, Sandbox, object_id_of

if TYPE_CHECKING:
    from tests.sandbox.client import Client, Json

ANA, BEN = object_id_of("ana@contoso.com"), object_id_of("ben@contoso.com")
MEETINGS = f"/users/{ANA}/onlineMeetings"


@pytest.fixture
def meeting(client: Client) -> Json:
    body = {
        "externalId": "x",
        "subject": "Maths",
        "startDateTime": "2026-12-01T09:00:00Z",
        "participants": {"attendees": [{"upn": "ben@contoso.com"}, {"upn": "cleo@contoso.com"}]},
    }
    return client.post(f"{MEETINGS}/createOrGet", body).json


def address(meeting: Json, organizer: str = ANA) -> str:
    return f"/users/{organizer}/onlineMeetings/{quote(meeting['id'], safe='')}"


def attendees(meeting: Json) -> list[str]:
    return [each["upn"] for each in meeting["participants"]["attendees"]]


def test_the_id_leads_to_the_meeting(client: Client, meeting: Json) -> None:
    assert client.get(address(meeting)).json == meeting


def test_select_gives_only_what_was_asked_for(client: Client, meeting: Json) -> None:
    shown = client.get(address(meeting) + "?$select=joinWebUrl,subject").json

    assert shown == {
        "@odata.context": shown["@odata.context"],
        "joinWebUrl": meeting["joinWebUrl"],
        "subject": "Maths",
    }


def test_an_attendee_can_read_the_meeting_and_nobody_else_can(client: Client, meeting: Json) -> None:
    stranger = object_id_of("dora@contoso.com")

    assert client.get(address(meeting, BEN)).json == meeting
    assert client.get(address(meeting, stranger)).refusal[:2] == (404, "NotFound")


def test_me_reads_the_meetings_of_the_signed_in_user(client: Client) -> None:
    made = client.post("/me/onlineMeetings/createOrGet", {"externalId": "x"}, token=DELEGATED_TOKEN).json
    path = f"/me/onlineMeetings/{quote(made['id'], safe='')}"

    assert client.get(path, token=DELEGATED_TOKEN).json == made


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("x", (400, "BadRequest", "Invalid meeting id x.")),
        (
            base64.b64encode(f"1*{ANA}*0**19:meeting_gone@thread.v2".encode()).decode(),
            (404, "NotFound", "3004: Specified meeting is not found"),
        ),
    ],
)
def test_ids_of_no_meeting(client: Client, meeting: Json, name: str, refusal: tuple[int, str, str]) -> None:
    assert meeting
    assert client.get(f"{MEETINGS}/{quote(name, safe='')}").refusal == refusal


def test_the_join_url_is_no_id(client: Client, meeting: Json) -> None:
    assert client.get(f"{MEETINGS}/{quote(meeting['joinWebUrl'], safe='')}").refusal[:2] == (404, "NotFound")


def test_the_join_url_and_the_join_meeting_id_find_the_meeting(client: Client, meeting: Json) -> None:
    by_url = f"JoinWebUrl eq '{meeting['joinWebUrl']}'"
    by_id = f"joinMeetingIdSettings/joinMeetingId eq '{meeting['joinMeetingIdSettings']['joinMeetingId']}'"

    for text in (by_url, by_id):
        found = client.get(f"{MEETINGS}?$filter={quote(text, safe='')}").json["value"]
        assert [each["id"] for each in found] == [meeting["id"]]


def test_a_join_url_whose_escapes_were_not_escaped_finds_nothing(client: Client, meeting: Json) -> None:
    by_url = f"$filter=JoinWebUrl%20eq%20'{meeting['joinWebUrl'].replace('?', '%3F')}'"

    assert client.get(f"{MEETINGS}?{by_url}").refusal[:2] == (404, "NotFound")


def test_another_organizer_does_not_find_it_by_its_join_url(client: Client, meeting: Json) -> None:
    by_url = quote(f"JoinWebUrl eq '{meeting['joinWebUrl']}'", safe="")

    assert client.get(f"/users/{BEN}/onlineMeetings?$filter={by_url}").refusal[:2] == (404, "NotFound")


@pytest.mark.parametrize("query", ["", "?$filter=externalId%20eq%20'x'", "?$filter=JoinWebUrl%20in%20('x','y')"])
def test_meetings_can_t_be_listed_otherwise(client: Client, meeting: Json, query: str) -> None:
    assert meeting
    assert client.get(MEETINGS + query).refusal[:2] == (400, "BadRequest")


def test_patch_changes_what_it_names_and_keeps_the_rest(client: Client, meeting: Json, sandbox: Sandbox) -> None:
    changes = {
        "subject": "Physics",
        "startDateTime": "2026-12-02T01:00:00-07:00",
        "endDateTime": "2026-12-02T02:00:00-07:00",
        "allowedPresenters": "organizer",
    }
    reply = client.ask("PATCH", address(meeting), changes)

    assert reply.status == 200
    assert reply.json == {
        **meeting,
        "subject": "Physics",
        "startDateTime": "2026-12-02T08:00:00.0000000Z",
        "endDateTime": "2026-12-02T09:00:00.0000000Z",
        "expiryDateTime": "2027-01-31T09:00:00.0000000Z",
        "allowedPresenters": "organizer",
    }
    assert client.get(address(meeting)).json == reply.json
    assert [each.subject for each in sandbox.meetings] == ["Physics"]


def test_patch_replaces_the_attendees_and_adds_to_the_settings(client: Client, meeting: Json) -> None:
    client.ask("PATCH", address(meeting), {"allowMeetingChat": "disabled"})
    changes = {"participants": {"attendees": [{"upn": "dora@contoso.com"}]}, "recordAutomatically": True}
    changed = client.ask("PATCH", address(meeting), changes).json

    assert attendees(changed) == ["dora@contoso.com"]
    assert (changed["allowMeetingChat"], changed["recordAutomatically"]) == ("disabled", True)


def test_patch_can_empty_attendees_and_subject(client: Client, meeting: Json) -> None:
    changed = client.ask("PATCH", address(meeting), {"participants": {"attendees": []}, "subject": None}).json

    assert (attendees(changed), changed["subject"]) == ([], None)


@pytest.mark.parametrize(
    "changes",
    [
        {"startDateTime": "2026-12-02T08:00:00Z"},
        {"endDateTime": "2026-12-02T08:00:00Z"},
        {"startDateTime": "2026-12-02T08:00:00Z", "endDateTime": "2026-12-02T07:00:00Z"},
        {"externalId": "y"},
        {"joinMeetingIdSettings": {"isPasscodeRequired": False}},
    ],
)
def test_patch_refuses_what_can_t_be_changed(client: Client, meeting: Json, changes: dict[str, Any]) -> None:
    assert client.ask("PATCH", address(meeting), changes).refusal[:2] == (400, "BadRequest")
    assert client.get(address(meeting)).json == meeting


def test_only_the_organizer_can_change_a_meeting(client: Client, meeting: Json) -> None:
    reply = client.ask("PATCH", address(meeting, BEN), {"subject": "Mine"})

    assert reply.refusal[:2] == (404, "NotFound")


def test_reading_shows_750_attendees_though_more_are_kept(client: Client, sandbox: Sandbox) -> None:
    many = [{"upn": f"p{n}@contoso.com"} for n in range(800)]
    body = {"externalId": "big", "participants": {"attendees": many}}
    made = client.post(f"{MEETINGS}/createOrGet", body).json

    assert len(attendees(client.get(address(made)).json)) == 750
    assert len(sandbox.meetings[0].attendees) == 800


def test_a_deleted_meeting_is_gone_and_its_key_makes_another_one(client: Client, meeting: Json) -> None:
    assert client.ask("DELETE", address(meeting, BEN)).refusal[:2] == (404, "NotFound")
    deleted = client.ask("DELETE", address(meeting))
    assert (deleted.status, deleted.content) == (204, b"")
    assert client.get(address(meeting)).refusal[:2] == (404, "NotFound")
    assert client.ask("DELETE", address(meeting)).refusal[:2] == (404, "NotFound")

    again = client.post(f"{MEETINGS}/createOrGet", {"externalId": "x"})
    assert again.status == 201
    assert again.json["joinWebUrl"] != meeting["joinWebUrl"]
    assert client.get(address(again.json)).json["id"] == again.json["id"]
