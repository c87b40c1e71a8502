"""A link stands on the row it belongs to, whatever answers a connection hands out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from importer.core import Failure, Person, Scope
from importer.core.changing import UpdatedMeetings
from importer.core.model import Answer, Status
from importer.graph.client import GraphClient
from importer.graph.meetings import GraphMeetings
from importer.graph.users import GraphDirectory
from tests.graph.desync import Fault, Way, losing_step
from tests.graph.fake_graph import Act, FakeGraph, Tokens, VirtualTime
from tests.rows import a_request

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence

    from importer.core import Several
    from importer.core.row import MeetingRequest


ROWS = 400
BAD_WHEN_FRESH = (Fault.ONE_BEHIND, Fault.ALL_ONE_BEHIND)
"""Faults of which a fresh connection may be no better."""
FAULTS = [fault for fault in Fault if fault is not Fault.NONE]


def _request(number: int, subject: str = "") -> MeetingRequest:
    return a_request(
        external_id=f"A-{number}",
        organizer_id=f"user-{number % 7}",
        subject=subject,
        start=None,
        end=None,
        attendees=(),
    )


def _answers(
    way: Way, requests: Sequence[MeetingRequest], workers: int, time: VirtualTime, context: ssl.SSLContext
) -> list[Answer | Failure]:
    with (
        GraphClient(way.url, Tokens("token-1"), clock=time.clock, context=context) as client,
        ThreadPoolExecutor(workers) as pool,
    ):
        return list(pool.map(UpdatedMeetings(GraphMeetings(client)).create_or_get, requests))


@pytest.mark.parametrize("workers", [1, 64])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_row_has_its_own_link_or_has_failed(
    fault: Fault, workers: int, time: VirtualTime, context: ssl.SSLContext
) -> None:
    requests = [_request(number) for number in range(ROWS if fault is not Fault.ALL_ONE_BEHIND else ROWS // 4)]
    with losing_step(Way(fault)) as way:
        answers = _answers(way, requests, workers, time, context)
    failed = [answer for answer in answers if isinstance(answer, Failure)]
    assert {(refusal.problem.code, refusal.scope) for refusal in failed} <= {("answers-mixed-up", Scope.ROW)}
    for request, answer in zip(requests, answers, strict=True):
        if isinstance(answer, Answer):
            made = way.graph.meetings[request.organizer_id or "", request.external_id]
            assert (answer.meeting.join_url, answer.meeting.graph_id) == (made["joinWebUrl"], made["id"])
    if fault not in BAD_WHEN_FRESH:
        assert failed == []


@pytest.mark.parametrize("workers", [1, 64])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_no_other_meeting_is_ever_changed(
    fault: Fault, workers: int, time: VirtualTime, context: ssl.SSLContext
) -> None:
    requests = [_request(number, subject=f"Lesson {number}") for number in range(100)]
    way = Way(fault)
    for request in requests:
        path = f"/v1.0/users/{request.organizer_id}/onlineMeetings/createOrGet"
        way.graph.proper("POST", path, {"externalId": request.external_id})
    with losing_step(way):
        answers = _answers(way, requests, workers, time, context)
    wanted = {(request.organizer_id, request.external_id): request.subject for request in requests}
    assert way.changed
    assert [change for change in way.changed if wanted[way.graph.owners[change[1]]] != change[2]] == []
    updated = [answer for answer in answers if isinstance(answer, Answer) and answer.status is Status.UPDATED]
    assert updated or fault is Fault.ALL_ONE_BEHIND


def test_bytes_that_nobody_asked_for_are_never_taken_for_an_answer(time: VirtualTime, context: ssl.SSLContext) -> None:
    """Without a name in any answer, the connection alone can tell."""
    requests = [_request(number) for number in range(50)]
    with losing_step(Way(Fault.IN_ONE_WRITE, named=False, every=2)) as way:
        answers = _answers(way, requests, 1, time, context)
    for request, answer in zip(requests, answers, strict=True):
        assert isinstance(answer, Answer)
        made = way.graph.meetings[request.organizer_id or "", request.external_id]
        assert answer.meeting.join_url == made["joinWebUrl"]
    assert way.connections >= 25


def test_a_service_that_repeats_the_names_of_requests_is_held_to_them(
    time: VirtualTime, context: ssl.SSLContext
) -> None:
    requests = [_request(number) for number in range(50)]
    with losing_step(Way(Fault.WITH_THE_NEXT, named=False, echo=True, every=3)) as way:
        answers = _answers(way, requests, 1, time, context)
    for request, answer in zip(requests, answers, strict=True):
        assert isinstance(answer, Answer)
        made = way.graph.meetings[request.organizer_id or "", request.external_id]
        assert answer.meeting.join_url == made["joinWebUrl"]


def test_a_machine_that_writes_names_of_its_own_is_none_the_worse(client: GraphClient, graph: FakeGraph) -> None:
    body = {"id": "MSo1", "joinWebUrl": "https://teams.example/1"}
    graph.acts = [Act(status=200, body=body, headers={"client-request-id": f"proxy-{n}"}) for n in range(3)]
    answers = [GraphMeetings(client).create_or_get(_request(1)) for _ in range(3)]
    assert all(isinstance(answer, Answer) for answer in answers)
    assert graph.connections == 1


@pytest.mark.parametrize(
    "said",
    [
        {"externalId": "A-2"},
        {"externalId": "a-1"},
        {"participants": {"organizer": {"identity": {"user": {"id": "user-2"}}}}},
        {"externalId": "A-1", "participants": {"organizer": {"identity": {"user": {"id": "user-2"}}}}},
    ],
)
def test_an_answer_that_stays_another_rows_fails_the_row_and_gives_no_link(
    client: GraphClient, graph: FakeGraph, time: VirtualTime, said: dict[str, object]
) -> None:
    stranger = Act(status=201, body={"id": "MSo9", "joinWebUrl": "https://teams.example/9", **said})
    graph.acts = [stranger] * 20
    refusal = GraphMeetings(client).create_or_get(_request(1))
    assert isinstance(refusal, Failure)
    assert (refusal.problem.code, refusal.scope) == ("answers-mixed-up", Scope.ROW)
    assert "instead of" in refusal.problem.detail
    assert "https://teams.example/9" not in repr(refusal)
    assert (len(graph.seen), graph.connections, time.slept) == (6, 6, [])


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"externalId": None, "participants": None},
        {"externalId": "A-1", "participants": {"organizer": {"identity": {"user": {"id": "USER-1"}}}}},
        {"externalId": "A-1", "participants": {"organizer": {"upn": "ana@contoso.com"}}},
    ],
)
def test_an_answer_that_names_no_other_row_is_the_rows(
    client: GraphClient, graph: FakeGraph, said: dict[str, object]
) -> None:
    graph.acts = [Act(status=201, body={"id": "MSo1", "joinWebUrl": "https://teams.example/1", **said})]
    assert isinstance(GraphMeetings(client).create_or_get(_request(1)), Answer)
    assert len(graph.seen) == 1


def test_one_meeting_is_never_given_to_two_rows(client: GraphClient, graph: FakeGraph) -> None:
    meetings = GraphMeetings(client)
    same = Act(status=200, body={"id": "MSo1", "joinWebUrl": "https://teams.example/1"})
    graph.acts = [same, same, same]
    first, again = meetings.create_or_get(_request(1)), meetings.create_or_get(_request(1))
    assert isinstance(first, Answer)
    assert isinstance(again, Answer)
    other = meetings.create_or_get(_request(2))
    assert isinstance(other, Answer)
    assert other.meeting.graph_id != "MSo1"
    graph.acts = [same] * 20
    refusal = meetings.create_or_get(_request(3))
    assert isinstance(refusal, Failure)
    assert refusal.problem.code == "answers-mixed-up"
    assert "'A-1' has" in refusal.problem.detail


def test_made_and_found_are_told_by_the_rows_own_answer(client: GraphClient, graph: FakeGraph) -> None:
    assert isinstance(GraphMeetings(client).create_or_get(_request(1)), Answer)
    graph.acts = [Act(status=201, body={"id": "MSo9", "joinWebUrl": "https://teams.example/9", "externalId": "A-9"})]
    found = GraphMeetings(client).create_or_get(_request(1))
    assert isinstance(found, Answer)
    assert found.status is Status.EXISTING


def test_a_signed_in_persons_meeting_is_that_persons(client: GraphClient, graph: FakeGraph) -> None:
    directory = GraphDirectory(client)
    directory.me()
    organizer = {"organizer": {"identity": {"user": {"id": "id-somebody"}}}}
    body = {"id": "MSo9", "joinWebUrl": "https://teams.example/9", "externalId": "A-1", "participants": organizer}
    graph.acts = [Act(status=200, body=body)] * 20
    request = a_request(external_id="A-1", organizer_id=None, subject="", start=None, end=None, attendees=())
    refusal = GraphMeetings(client, me=directory.my_id).create_or_get(request)
    assert isinstance(refusal, Failure)
    assert refusal.problem.code == "answers-mixed-up"


MEETING = {"id": "MSo9", "joinWebUrl": "https://teams.example/9", "externalId": "A-9"}
PERSON = {"id": "00000000-0000-0000-0000-000000000009", "userPrincipalName": "eve@contoso.com"}
KINDS = [MEETING, PERSON, {"value": []}, {"responses": []}]


@pytest.mark.parametrize("answer", KINDS, ids=["a meeting", "a person", "a list", "a batch"])
def test_no_answer_is_taken_for_one_of_another_kind(
    client: GraphClient, graph: FakeGraph, time: VirtualTime, answer: dict[str, object]
) -> None:
    graph.users = dict(UPNS)
    directory, name = GraphDirectory(client), "user1@contoso.com"
    stranger = Act(status=200, body=answer)
    graph.acts = [stranger]
    made = GraphMeetings(client).create_or_get(_request(1))
    assert isinstance(made, Answer)
    assert made.meeting.graph_id != "MSo9"
    for names, own in (([name], {"value": []}), ([UPNS[name]], PERSON), (list(UPNS), {"responses": []})):
        graph.acts = [] if answer == own else [stranger]
        found = directory.look_up(names)
        assert not isinstance(found, Failure)
        assert all(_known(found))
    graph.acts = [] if answer == PERSON else [stranger]
    me = directory.me()
    assert not isinstance(me, Failure)
    assert me.object_id == "id-me"
    assert time.slept == []


UPNS = {f"user{n}@contoso.com": f"00000000-0000-0000-0000-{n:012}" for n in range(45)}
STRANGER = {"id": "00000000-0000-0000-0000-999999999999", "userPrincipalName": "eve@contoso.com"}


@pytest.mark.parametrize(
    ("names", "answer"),
    [
        (["user1@contoso.com"], {"value": [STRANGER]}),
        ([UPNS["user1@contoso.com"]], STRANGER),
        (list(UPNS), {"responses": [{"id": str(n), "status": 200, "body": {"value": []}} for n in range(3)]}),
        (list(UPNS), None),
    ],
    ids=["a filter", "an object ID", "a batch with other names", "a batch with other people"],
)
def test_people_are_never_taken_from_another_questions_answer(
    client: GraphClient, graph: FakeGraph, names: Sequence[str], answer: dict[str, object] | None
) -> None:
    graph.users = dict(UPNS)
    if answer is None:
        graph.item_acts = [Act(status=200, body={"value": [STRANGER]})]
    else:
        graph.acts = [Act(status=200, body=answer)]
    found = GraphDirectory(client).look_up(names)
    assert not isinstance(found, Failure)
    assert all(_known(found))
    assert graph.connections == 2
    graph.acts, graph.item_acts = [Act(status=200, body=answer)] * 20 if answer else [], []
    if answer:
        refusal = GraphDirectory(client).look_up(names)
        assert isinstance(refusal, Failure)
        assert (refusal.problem.code, refusal.scope) == ("answers-mixed-up", Scope.SERVICE)


def _known(found: Mapping[str, Person | Several | None]) -> list[bool]:
    ids = {*UPNS.values()}
    return [isinstance(person, Person) and person.object_id in ids for person in found.values()]
