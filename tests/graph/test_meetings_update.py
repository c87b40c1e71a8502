"""The PATCH of a meeting that is there: the documented body, and what Microsoft documents to go wrong with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from importer.core import Failure, Scope
from importer.core.changing import SettledMeetings, UpdatedMeetings
from importer.core.model import Answer, Attendee, Meeting, Status
from importer.graph import Gates, OpenGate
from importer.graph.client import GraphClient
from importer.graph.meetings import GraphMeetings, read_meeting
from tests.graph.fake_graph import Act, FakeGraph, Tokens, VirtualTime, error
from tests.graph.test_meetings import ANA, INSTANT, LINK, make_request
from tests.rows import a_meeting, stating

if TYPE_CHECKING:
    import ssl

    from importer.core.properties.drift import Changes


GRAPH_ID = "MSo1/MjM+NA=="
REQUEST = make_request()
WANTED = stating(subject=REQUEST.subject)
ASKING = replace(REQUEST, wishes={**REQUEST.wishes, "lobby": ("organizer", None)})
FOUND = a_meeting(graph_id=GRAPH_ID, join_url=LINK, conference_id="123456789", subject="Physics")
STORED: dict[str, Any] = {
    "id": GRAPH_ID,
    "joinWebUrl": LINK,
    "subject": "Physics",
    "startDateTime": "2026-12-01T08:00:00.0000000Z",
    "endDateTime": "2026-12-01T09:30:00.0000000Z",
    "audioConferencing": {"conferenceId": "123456789", "tollNumber": "+1 555"},
    "participants": {
        "organizer": {"upn": "ana@contoso.com", "role": "presenter", "identity": {"user": {"id": ANA}}},
        "attendees": [
            {"upn": "Ben@contoso.com", "role": "coorganizer", "identity": {"user": {"id": "ID-BEN"}}},
            {"upn": "old@contoso.com", "role": None, "identity": {"user": {"id": "id-old"}}},
        ],
    },
}


@pytest.fixture
def stored(graph: FakeGraph) -> dict[str, Any]:
    """Return the meeting that Graph has under the order's key; it says something else than the order in everything."""
    meeting = {**STORED}
    graph.meetings[ANA, REQUEST.external_id] = meeting
    return meeting


def sent(graph: FakeGraph) -> list[str]:
    return [seen.method for seen in graph.seen]


def change(client: GraphClient, changes: Changes = WANTED, meeting: Meeting = FOUND) -> Answer | Failure:
    return GraphMeetings(client).update(REQUEST, meeting, changes)


def updated(outcome: Answer | Failure) -> Meeting:
    assert isinstance(outcome, Answer)
    assert (outcome.status, outcome.problems) == (Status.UPDATED, ())
    return outcome.meeting


def test_only_what_changes_is_sent_to_the_meeting_by_its_escaped_id(
    client: GraphClient, graph: FakeGraph, stored: dict[str, Any]
) -> None:
    assert updated(change(client)).subject == "Maths"
    assert (graph.seen[0].method, graph.seen[0].body) == ("PATCH", {"subject": "Maths"})
    assert graph.seen[0].path == f"/v1.0/users/{ANA}/onlineMeetings/MSo1%2FMjM%2BNA%3D%3D"
    assert len(graph.seen) == 1


def test_the_signed_in_persons_meeting_is_at_me(client: GraphClient, graph: FakeGraph) -> None:
    graph.meetings["me", "00042"] = {**STORED}
    updated(GraphMeetings(client).update(make_request(organizer_id=None), FOUND, WANTED))
    assert graph.seen[0].path == "/v1.0/me/onlineMeetings/MSo1%2FMjM%2BNA%3D%3D"


def test_start_and_end_go_together_in_whole_utc_seconds(
    client: GraphClient, graph: FakeGraph, stored: dict[str, Any]
) -> None:
    start = datetime(2026, 12, 1, 10, tzinfo=timezone(timedelta(hours=1)))
    meeting = updated(change(client, stating(times=(start, start + timedelta(hours=2)))))
    body = graph.seen[0].body
    assert body == {"startDateTime": "2026-12-01T09:00:00Z", "endDateTime": "2026-12-01T11:00:00Z"}
    assert all(INSTANT.fullmatch(text) for text in body.values())
    assert (meeting.start, meeting.end) == (start, start + timedelta(hours=2))


def test_the_whole_list_goes_out_and_roles_given_in_teams_are_kept(
    client: GraphClient, graph: FakeGraph, stored: dict[str, Any]
) -> None:
    answer = UpdatedMeetings(GraphMeetings(client)).create_or_get(REQUEST)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.problems) == (Status.UPDATED, ())
    assert [seen.method for seen in graph.seen] == ["POST", "PATCH"]
    assert graph.seen[1].body == {
        "subject": "Maths",
        "startDateTime": "2026-12-01T09:00:00Z",
        "endDateTime": "2026-12-01T10:00:00Z",
        "participants": {
            "attendees": [
                {"identity": {"user": {"id": "id-ben"}}, "upn": "ben@contoso.com", "role": "coorganizer"},
                {"upn": "guest@fabrikam.com"},
            ]
        },
    }


def test_links_and_numbers_stay_as_they_were_found(
    client: GraphClient, graph: FakeGraph, stored: dict[str, Any]
) -> None:
    graph.shown = {"joinWebUrl": "https://other", "audioConferencing": None, "expiryDateTime": "2027-01-30T10:00:00Z"}
    meeting = updated(change(client))
    assert (meeting.join_url, meeting.text("conference_id"), meeting.graph_id) == (LINK, "123456789", GRAPH_ID)
    assert meeting.text("expires") == "2027-01-30T10:00:00Z"


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(Act(status=500, body={"error": {"code": "InternalServerError"}}, made=True), id="500"),
        pytest.param(Act(status=502, body=b"<html>", made=True), id="502"),
        pytest.param(Act(status=504, body=b"<html>", made=True), id="504"),
        pytest.param(Act(made=True, cut=True), id="cut off"),
        pytest.param(Act(reset=True, made=True), id="lost"),
        pytest.param(Act(status=204, body=b"", made=True), id="no content"),
    ],
)
def test_a_change_that_came_about_in_spite_of_its_answer_is_not_repeated(
    client: GraphClient, graph: FakeGraph, time: VirtualTime, stored: dict[str, Any], act: Act
) -> None:
    graph.acts = [act]
    assert updated(change(client)).subject == "Maths"
    assert (sent(graph), time.slept) == (["PATCH", "GET"], [])


def test_a_change_that_did_not_come_about_is_repeated_alike(
    client: GraphClient, graph: FakeGraph, time: VirtualTime, stored: dict[str, Any]
) -> None:
    graph.acts = [error(500)]
    updated(change(client))
    assert sent(graph) == ["PATCH", "GET", "PATCH"]
    assert graph.seen[0].body == graph.seen[2].body
    assert len(time.slept) == 1


def test_a_change_that_never_comes_about_is_given_up_and_says_after_how_many_attempts(
    client: GraphClient, graph: FakeGraph, stored: dict[str, Any]
) -> None:
    graph.shown = {"subject": "Physics"}
    graph.chance = lambda: error(500) if graph.seen[-1].method == "PATCH" else None
    refusal = change(client)
    assert isinstance(refusal, Failure)
    assert (refusal.problem.code, refusal.scope) == ("service-failed", Scope.SERVICE)
    assert sent(graph) == ["PATCH", "GET"] * 12
    assert "given up after 12 attempts" in refusal.problem.detail


def test_a_throttled_change_waits_as_long_as_it_is_told(
    client: GraphClient, graph: FakeGraph, time: VirtualTime, stored: dict[str, Any]
) -> None:
    graph.acts = [error(429, "TooManyRequests", Retry_After="7")]
    updated(change(client))
    assert (sent(graph), time.slept) == (["PATCH", "PATCH"], [7.0])


def test_throttling_without_end_is_a_plain_no(client: GraphClient, graph: FakeGraph, stored: dict[str, Any]) -> None:
    graph.acts = [error(429, "TooManyRequests", Retry_After="3600")]
    refusal = change(client)
    assert isinstance(refusal, Failure)
    assert (refusal.problem.code, sent(graph)) == ("throttled", ["PATCH"])


@pytest.mark.parametrize(
    "shown", [{"participants": None}, {"participants": {"attendees": None}}, {"startDateTime": "0001-01-01T00:00:00Z"}]
)
def test_a_yes_that_leaves_something_out_is_looked_at_and_believed(
    client: GraphClient, graph: FakeGraph, stored: dict[str, Any], shown: dict[str, Any]
) -> None:
    graph.shown = shown
    start = datetime(2026, 12, 1, 9, tzinfo=UTC)
    changes = stating(times=(start, start + timedelta(hours=1)), attendees=(Attendee("ben@contoso.com", "id-ben"),))
    updated(change(client, changes))
    assert sent(graph) == ["PATCH", "GET"]


def test_a_500_is_not_taken_for_a_yes_while_nothing_shows_the_change(
    client: GraphClient, graph: FakeGraph, stored: dict[str, Any]
) -> None:
    graph.acts = [error(500), Act(status=200, body={"id": GRAPH_ID, "participants": None})]
    updated(change(client, stating(attendees=(Attendee("ben@contoso.com", "id-ben"),))))
    assert sent(graph) == ["PATCH", "GET", "PATCH"]


def test_a_yes_with_a_stale_answer_is_looked_at(client: GraphClient, graph: FakeGraph, stored: dict[str, Any]) -> None:
    graph.acts = [Act(status=200, body=STORED, made=True)]
    assert updated(change(client)).subject == "Maths"
    assert sent(graph) == ["PATCH", "GET"]


def test_what_teams_makes_of_a_change_is_shown_and_is_no_update(
    client: GraphClient, graph: FakeGraph, stored: dict[str, Any]
) -> None:
    graph.shown = {"subject": "Maths (moved)", "participants": None}
    answer = UpdatedMeetings(GraphMeetings(client)).create_or_get(REQUEST)
    assert isinstance(answer, Answer)
    assert answer.status is Status.DIFFERS
    assert [(found.column, found.code) for found in answer.problems] == [
        ("", "update-not-kept"),
        ("subject", "differs-subject"),
    ]
    assert "Teams: 'Maths (moved)'" in answer.problems[1].message
    assert answer.meeting.join_url == LINK


def test_the_yes_counts_where_the_second_look_is_refused(
    client: GraphClient, graph: FakeGraph, stored: dict[str, Any]
) -> None:
    graph.acts = [Act(status=200, body={"subject": "Maths"}), error(403)]
    changes = stating(subject="Maths", attendees=(Attendee("ben@contoso.com"),))
    meeting = updated(change(client, changes))
    assert (meeting.subject, meeting.attendees, sent(graph)) == ("Maths", None, ["PATCH", "GET"])


def test_a_meeting_that_is_gone_is_not_made_anew(client: GraphClient, graph: FakeGraph) -> None:
    refusal = change(client)
    assert isinstance(refusal, Failure)
    assert (refusal.problem.code, sent(graph), graph.meetings) == ("meeting-gone", ["PATCH"], {})


def test_a_meeting_without_an_id_is_not_called_for(client: GraphClient, graph: FakeGraph) -> None:
    refusal = change(client, meeting=a_meeting(graph_id="", join_url=LINK))
    assert isinstance(refusal, Failure)
    assert (refusal.problem.code, graph.seen) == ("answer-not-understood", [])


def test_a_forbidden_change_names_the_organizer(client: GraphClient, graph: FakeGraph) -> None:
    graph.acts = [error(403, "Forbidden")]
    refusal = GraphMeetings(client, name_of=lambda _: "ana@contoso.com").update(REQUEST, FOUND, WANTED)
    assert isinstance(refusal, Failure)
    assert refusal.problem.code == "change-forbidden"
    assert "ana@contoso.com" in refusal.problem.message


def test_roles_organizer_and_seven_decimals_are_read() -> None:
    meeting = read_meeting({**STORED, "startDateTime": "2026-12-01T08:00:00.9999999Z"})
    assert meeting.start == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert meeting.organizer == Attendee("ana@contoso.com", ANA, "presenter")
    assert meeting.attendees is not None
    assert [person.role for person in meeting.attendees] == ["coorganizer", ""]


def test_all_that_rows_can_state_is_read_anew_and_links_stay(
    graph: FakeGraph, client: GraphClient, stored: dict[str, Any]
) -> None:
    graph.meetings[ANA, REQUEST.external_id] = {**stored, "joinWebUrl": LINK, "subject": "Physics"}
    answer = GraphMeetings(client).update(REQUEST, FOUND, WANTED)
    assert isinstance(answer, Answer)
    now = read_meeting({**stored, "subject": REQUEST.subject})
    assert (answer.meeting.says, answer.meeting.organizer) == (now.says, now.organizer)
    assert answer.meeting.texts == FOUND.texts


HELD = {"Retry-After": "10"}


@pytest.mark.parametrize(
    ("refused", "act", "sent_at_most", "seconds"),
    [
        ({"PATCH"}, error(503), {"POST": 1, "PATCH": 12, "GET": 1}, 200),
        ({"PATCH"}, error(500), {"POST": 1, "PATCH": 12, "GET": 12}, 200),
        ({"PATCH"}, error(429, **HELD), {"POST": 1, "PATCH": 91, "GET": 0}, 900),
        ({"PATCH", "GET"}, error(503), {"POST": 1, "PATCH": 12, "GET": 12}, 400),
        ({"PATCH", "GET"}, error(429, **HELD), {"POST": 1, "PATCH": 91, "GET": 0}, 900),
        ({"PATCH"}, Act(cut=True), {"POST": 1, "PATCH": 12, "GET": 12}, 200),
    ],
)
def test_a_row_of_several_calls_waits_no_longer_than_each_of_them_may(
    client: GraphClient,
    graph: FakeGraph,
    time: VirtualTime,
    refused: set[str],
    act: Act,
    sent_at_most: dict[str, int],
    seconds: float,
) -> None:
    """What is tried again inside of what is tried again multiplies."""
    graph.chance = lambda: act if graph.seen[-1].method in refused else None
    began = time.clock.monotonic()

    answer = SettledMeetings(GraphMeetings(client)).create_or_get(ASKING)

    assert isinstance(answer, Answer)
    assert [found.code for found in answer.problems] == ["update-failed", "settings-owed"]
    assert {method: sent(graph).count(method) for method in sent_at_most} == sent_at_most
    assert time.clock.monotonic() - began <= seconds
    assert answer.problems[0].detail.count("given up after") == 1


class Turns(OpenGate):
    """Counts who waits for a turn."""

    taken = 0

    def wait(self) -> None:
        self.taken += 1


def test_each_call_of_a_row_waits_for_its_turn(graph: FakeGraph, time: VirtualTime, context: ssl.SSLContext) -> None:
    turns, graph.shown = Turns(), {"lobbyBypassSettings": {"scope": "organization"}}
    with GraphClient(graph.url, Tokens("token-1"), gates=Gates(turns), clock=time.clock, context=context) as client:
        SettledMeetings(GraphMeetings(client)).create_or_get(ASKING)

    assert sent(graph) == ["POST", "PATCH", "GET"]
    assert turns.taken == len(sent(graph))
