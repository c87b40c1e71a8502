"""One row's call: the body is the documented one and nothing else, and every kind of answer is read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.core.model import Answer, Attendee, Status
from importer.graph.meetings import GraphMeetings, read_meeting, write_request
from tests.rows import a_meeting, a_request

if TYPE_CHECKING:
    from importer.core.row import MeetingRequest
    from importer.graph.client import GraphClient
    from tests.graph.fake_graph import FakeGraph

ANA = "00000000-0000-0000-0000-000000000001"
INSTANT = re.compile(r"[0-9]{4,}-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")
LINK = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_A%2Bb%40thread.v2/0?context=%7b%22Tid%22%3a%22x%22%7d"


def make_request(**changes: Any) -> MeetingRequest:  # noqa: ANN401 - any field
    request: dict[str, Any] = {
        "external_id": "00042",
        "organizer_id": ANA,
        "subject": "Maths",
        "start": datetime(2026, 12, 1, 9, tzinfo=UTC),
        "end": datetime(2026, 12, 1, 10, tzinfo=UTC),
        "attendees": (Attendee("ben@contoso.com", "id-ben"), Attendee("guest@fabrikam.com")),
    }
    return a_request(**(request | changes))


def check_body(body: dict[str, Any]) -> None:
    """The action's parameters as its page and its OpenAPI description give them, and our narrower promises."""
    assert body.keys() <= {"externalId", "subject", "startDateTime", "endDateTime", "participants"}
    assert isinstance(body["externalId"], str)
    assert "subject" not in body or body["subject"].strip()
    assert "endDateTime" not in body or "startDateTime" in body
    for key in body.keys() & {"startDateTime", "endDateTime"}:
        assert INSTANT.fullmatch(body[key]), body[key]
    if "participants" in body:
        assert body["participants"].keys() == {"attendees"}
        assert body["participants"]["attendees"]
        for attendee in body["participants"]["attendees"]:
            assert attendee.keys() in ({"upn"}, {"upn", "identity"})
            assert attendee.get("identity", {"user": {"id": ""}}).keys() == {"user"}
            assert attendee.get("identity", {"user": {"id": ""}})["user"].keys() == {"id"}


def _sent(client: GraphClient, graph: FakeGraph, request: MeetingRequest) -> dict[str, Any]:
    assert isinstance(GraphMeetings(client).create_or_get(request), Answer)
    body: dict[str, Any] = graph.seen[-1].body
    check_body(body)
    return body


def test_the_body_is_the_documented_one(client: GraphClient, graph: FakeGraph) -> None:
    assert _sent(client, graph, make_request()) == {
        "externalId": "00042",
        "subject": "Maths",
        "startDateTime": "2026-12-01T09:00:00Z",
        "endDateTime": "2026-12-01T10:00:00Z",
        "participants": {
            "attendees": [
                {"identity": {"user": {"id": "id-ben"}}, "upn": "ben@contoso.com"},
                {"upn": "guest@fabrikam.com"},
            ]
        },
    }
    assert graph.seen[-1].path == f"/v1.0/users/{ANA}/onlineMeetings/createOrGet"


def test_what_is_blank_is_left_out(client: GraphClient, graph: FakeGraph) -> None:
    request = make_request(subject=" \t", start=None, end=None, attendees=(), organizer_id=None)
    assert _sent(client, graph, request) == {"externalId": "00042"}
    assert graph.seen[-1].path == "/v1.0/me/onlineMeetings/createOrGet"


def test_times_go_out_in_whole_utc_seconds(client: GraphClient, graph: FakeGraph) -> None:
    start = datetime(2026, 12, 1, 9, 0, 30, 999_999, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert _sent(client, graph, make_request(start=start, end=None))["startDateTime"] == "2026-12-01T03:15:30Z"


def test_a_time_without_zone_is_a_bug_and_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="no zone"):
        write_request(make_request(start=datetime(2026, 12, 1, 9)))  # noqa: DTZ001 - that is the point


def test_an_odd_organizer_stays_inside_its_part_of_the_address(client: GraphClient, graph: FakeGraph) -> None:
    _sent(client, graph, make_request(organizer_id="a/b?c#d%e"))
    assert graph.seen[-1].path == "/v1.0/users/a%2Fb%3Fc%23d%25e/onlineMeetings/createOrGet"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(external_id=st.text(min_size=1, max_size=50), subject=st.text(max_size=50))
def test_any_text_arrives_as_it_is(client: GraphClient, graph: FakeGraph, external_id: str, subject: str) -> None:
    body = _sent(client, graph, make_request(external_id=external_id, subject=subject))
    assert body["externalId"] == external_id
    assert body.get("subject", "") == (subject if subject.strip() else "")


def test_201_is_created_and_200_is_existing(client: GraphClient) -> None:
    meetings = GraphMeetings(client)
    first, second = meetings.create_or_get(make_request()), meetings.create_or_get(make_request())
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert (first.status, second.status) == (Status.CREATED, Status.EXISTING)
    assert first.meeting == second.meeting
    assert first.problems == ()


def test_a_full_answer_is_read_whole() -> None:
    assert read_meeting(
        {
            "id": "MSo1",
            "joinWebUrl": LINK,
            "subject": "Maths",
            "startDateTime": "2026-12-01T09:00:00.1234567Z",
            "endDateTime": "2026-12-01T10:00:00.0000000+01:00",
            "audioConferencing": {
                "ConferenceId": "123456789",
                "tollNumber": "+1 555",
                "tollFreeNumber": "+1 800",
                "dialinUrl": "https://dialin.teams.microsoft.com/x",
            },
            "joinMeetingIdSettings": {"joinMeetingId": "333 222", "passcode": "hidden", "isPasscodeRequired": True},
            "videoTeleconferenceId": "1234",
            "meetingOptionsWebUrl": "https://teams.microsoft.com/meetingOptions/x",
            "expiryDateTime": "2027-02-01T09:00:00Z",
            "chatInfo": {"threadId": "19:meeting_A@thread.v2"},
            "participants": {
                "organizer": {"upn": "ana@contoso.com"},
                "attendees": [
                    {"upn": "ben@contoso.com", "role": None, "identity": {"user": {"id": "id-ben"}}},
                    {"upn": None, "identity": {"user": {"id": "id-eve"}}},
                    {"upn": "guest@fabrikam.com", "identity": {"user": None}},
                    {"upn": None, "identity": None},
                    None,
                ],
            },
            "somethingNew": {"x": 1},
        }
    ) == a_meeting(
        graph_id="MSo1",
        join_url=LINK,
        conference_id="123456789",
        dial_in_number="+1 555",
        toll_free_number="+1 800",
        dial_in_url="https://dialin.teams.microsoft.com/x",
        meeting_id="333 222",
        passcode="hidden",
        video_id="1234",
        options_url="https://teams.microsoft.com/meetingOptions/x",
        expires="2027-02-01T09:00:00Z",
        chat_thread="19:meeting_A@thread.v2",
        subject="Maths",
        start=datetime(2026, 12, 1, 9, tzinfo=UTC),
        end=datetime(2026, 12, 1, 9, tzinfo=UTC),
        attendees=(Attendee("ben@contoso.com", "id-ben"), Attendee("", "id-eve"), Attendee("guest@fabrikam.com")),
        organizer=Attendee("ana@contoso.com"),
    )


def test_a_bare_answer_is_read_too() -> None:
    assert read_meeting({"joinUrl": LINK}) == a_meeting(graph_id="", join_url=LINK)


@pytest.mark.parametrize("odd", [None, 7, 7.5, True, "text", [], [None], {}, {"attendees": None}, {"user": 1}])
@pytest.mark.parametrize(
    "key",
    ["id", "subject", "audioConferencing", "joinMeetingIdSettings", "participants", "chatInfo", "startDateTime"],
)
def test_a_value_of_another_kind_does_no_harm(key: str, odd: object) -> None:
    meeting = read_meeting({"joinWebUrl": LINK, key: odd})
    assert (meeting.join_url, meeting.attendees, meeting.text("conference_id")) == (LINK, None, "")


@pytest.mark.parametrize("words", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.0000000-08:00", "soon", ""])
def test_a_time_of_the_year_1_is_none(words: str) -> None:
    meeting = read_meeting({"joinWebUrl": LINK, "startDateTime": words, "expiryDateTime": "0001-01-01T00:00:00Z"})
    assert (meeting.start, meeting.text("expires")) == (None, "")


def test_a_time_without_zone_is_in_utc() -> None:
    meeting = read_meeting({"joinWebUrl": LINK, "startDateTime": "2026-12-01T09:00:00"})
    assert meeting.start == datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize("audio", [None, {}, {"conferenceId": None, "tollNumber": "+1 555"}])
def test_a_meeting_without_dial_in_is_a_success_with_a_warning(
    client: GraphClient, graph: FakeGraph, audio: object
) -> None:
    graph.extra = {"audioConferencing": audio}
    answer = GraphMeetings(client).create_or_get(make_request())
    assert isinstance(answer, Answer)
    assert [problem.code for problem in answer.problems] == ["no-dial-in"]
    assert "Audio Conferencing licence" in answer.problems[0].message


def test_the_link_comes_back_byte_for_byte(client: GraphClient, graph: FakeGraph) -> None:
    graph.extra = {"joinWebUrl": LINK}
    answer = GraphMeetings(client).create_or_get(make_request())
    assert isinstance(answer, Answer)
    assert answer.meeting.join_url == LINK


def test_a_passcode_is_in_no_repr(client: GraphClient, graph: FakeGraph) -> None:
    graph.extra = {"joinMeetingIdSettings": {"passcode": "hidden"}}
    assert "hidden" not in repr(GraphMeetings(client).create_or_get(make_request()))
