"""Events in the sandbox, asked of it as Microsoft's pages say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from importer.sandbox import Sandbox, object_id_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.client import Client, Connect

ANA = object_id_of("ana@contoso.com")
EVENTS = f"/users/{ANA}/events"
COLOUR = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Colour"
UTC = {"Prefer": 'outlook.timezone="UTC"'}


def body(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    zone = "W. Europe Standard Time"
    return {
        "subject": "Physics",
        "start": {"dateTime": "2027-07-15T10:00:00", "timeZone": zone},
        "end": {"dateTime": "2027-07-15T11:00:00", "timeZone": zone},
        "body": {"contentType": "html", "content": "<html><body><p>Join</p></body></html>"},
        "attendees": [{"emailAddress": {"address": "bo@contoso.com"}, "type": "required"}],
        "transactionId": "one",
        "singleValueExtendedProperties": [{"id": COLOUR, "value": "Green"}],
        **changes,
    }


def filtered(value: str) -> str:
    said = f"singleValueExtendedProperties/Any(ep: ep/id eq '{COLOUR}' and ep/value eq '{value}')"
    return f"{EVENTS}?$filter={quote(said)}&$select=id,subject"


def test_an_event_from_its_making_to_its_end(client: Client) -> None:
    client.get("/users/ana@contoso.com")
    made = client.post(EVENTS, body())
    again = client.post(EVENTS, body())
    one = f"{EVENTS}/{quote(made.json['id'], safe='')}"

    assert (made.status, again.status) == (201, 201)
    assert made.json["id"] == again.json["id"]
    assert [each["id"] for each in client.get(filtered("gREEN")).json["value"]] == [made.json["id"]]
    assert client.get(filtered("Gre")).json["value"] == []
    seen = client.get(one, headers=UTC).json
    assert (seen["start"]["dateTime"], seen["start"]["timeZone"]) == ("2027-07-15T08:00:00.0000000", "UTC")
    assert seen["body"]["content"] != body()["body"]["content"]
    assert "<p>Join</p>" in seen["body"]["content"]
    assert client.ask("PATCH", one, {"subject": "Maths"}).json["subject"] == "Maths"
    assert client.post(f"{one}/cancel", {"comment": "Dropped"}).status == 202
    assert client.get(one).status == 404
    assert client.post(EVENTS, body()).refusal[1] == "ErrorDuplicateTransactionId"
    second = client.post(EVENTS, body(transactionId="two")).json["id"]
    assert client.ask("DELETE", f"{EVENTS}/{quote(second, safe='')}").status == 204
    assert client.get(filtered("Green")).json["value"] == []


def test_what_is_refused(client: Client) -> None:
    for name in ("ana", "nocalendar", "nolicence"):
        client.get(f"/users/{name}@contoso.com")
    vienna = {"dateTime": "2027-07-15T10:00:00", "timeZone": "Europe/Vienna"}

    assert client.post(EVENTS, body(start=vienna)).refusal[1] == "TimeZoneNotSupportedException"
    assert client.post(EVENTS, body(isOnlineMeeting=True)).status == 400
    assert client.post(f"/users/{object_id_of('nocalendar@contoso.com')}/events", body()).status == 403
    assert client.post(f"/users/{object_id_of('nolicence@contoso.com')}/events", body()).status == 404
    assert client.get(EVENTS).status == 400


def test_events_are_kept_with_the_meetings(tmp_path: Path, connect: Connect) -> None:
    path = tmp_path / "sandbox.jsonl"
    with Sandbox(store=path) as app:
        client = connect(app)
        client.get("/users/ana@contoso.com")
        client.post(EVENTS, body())
        (event,) = app.events
    with Sandbox(store=path) as app:
        assert list(app.events) == [event]
