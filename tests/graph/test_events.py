"""Events in calendars: one for each key whatever gets lost, changes that undo nothing, and nobody told twice."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from importer.core import Failure, Scope
from importer.core.calendar import Event, EventChange, Part, SeenEvent
from importer.core.inviting import event_key, transaction_of
from importer.graph.events import AT_ONCE, GraphCalendars
from importer.graph.wire import Reply
from tests.graph.fake_graph import Act, FakeGraph, error
from tests.rows import a_meeting

if TYPE_CHECKING:
    from importer.graph.client import GraphClient

ANA = "11111111-2222-3333-4444-555555555555"
LINK = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%3a%22t&1%22%7d"
EVENT = Event(
    subject="Physics & <maths>",
    start=datetime(2027, 3, 15, 9, tzinfo=UTC),
    end=datetime(2027, 3, 15, 10, 30, tzinfo=UTC),
    zone="Europe/Vienna",
    location=f"{LINK} | +43 1 5550100, 123456789",
    ways=(("Join", LINK), ("Meeting ID", "234 567"), ("By phone", "+43 1 5550100"), ("Conference ID", "123456789")),
    attendees=("ben@contoso.com", "stranger@example.org"),
    rooms=("room1@contoso.com",),
)
KEY = event_key("HR-00042", "")
TRANSACTION = transaction_of(a_meeting("MSo1"), "", 0)
LOST = Act(made=True, reset=True)


def made(outcome: SeenEvent | Failure | None) -> SeenEvent:
    assert isinstance(outcome, SeenEvent), outcome
    return outcome


def create(client: GraphClient, event: Event = EVENT) -> SeenEvent | Failure | None:
    return GraphCalendars(client).create(ANA, event, KEY, TRANSACTION)


def mails(graph: FakeGraph) -> dict[str, list[str]]:
    """Return who was told what; once each, or this fails."""
    found: dict[str, list[str]] = {}
    for (what, _, _, person), count in graph.calendars.mails.items():
        assert count == 1, (what, person, count)
        found.setdefault(what, []).append(person)
    return {what: sorted(people) for what, people in found.items()}


def test_an_event_is_made_in_the_zone_that_exchange_knows_and_is_no_second_meeting(
    graph: FakeGraph, client: GraphClient
) -> None:
    seen = made(create(client))
    sent = graph.seen[-1].body

    assert sent["start"] == {"dateTime": "2027-03-15T10:00:00", "timeZone": "W. Europe Standard Time"}
    assert "isOnlineMeeting" not in sent
    assert mails(graph) == {"invitation": ["ben@contoso.com", "room1@contoso.com", "stranger@example.org"]}
    assert (seen.start, seen.end) == (EVENT.start, EVENT.end)
    assert seen.differs_from(EVENT) == frozenset()
    assert made(GraphCalendars(client).find(ANA, KEY)).event_id == seen.event_id
    assert GraphCalendars(client).find(ANA, event_key("hr-00042", "")) is None


def test_a_zone_that_exchange_does_not_know_becomes_utc(graph: FakeGraph, client: GraphClient) -> None:
    for zone in ("America/Edmonton", "Antarctica/Troll", "America/Toronto", "Europe/Istanbul", "Asia/Kolkata"):
        other = replace(EVENT, zone=zone)
        seen = made(
            GraphCalendars(client).create(ANA, other, event_key(zone, ""), transaction_of(a_meeting(zone), "", 0))
        )

        assert (seen.start, seen.end) == (EVENT.start, EVENT.end), graph.seen[-1].body


@pytest.mark.parametrize("used", ["same", "conflict", "bad"])
def test_a_repeated_request_makes_no_second_event_whatever_exchange_says_of_it(
    graph: FakeGraph, client: GraphClient, used: str
) -> None:
    graph.calendars.used = used
    graph.acts = [LOST]
    first = made(create(client))
    again = made(create(client))

    assert first.event_id == again.event_id
    assert len(graph.calendars.events) == 1
    assert list(mails(graph)) == ["invitation"]

    graph.calendars.events.clear()

    assert create(client) is None  # it was deleted, and is not made again unasked


def test_a_change_states_only_what_changed_and_keeps_guests(graph: FakeGraph, client: GraphClient) -> None:
    seen = made(create(client))
    graph.calendars.events[seen.event_id]["attendees"].append(
        {"emailAddress": {"address": "guest@example.org"}, "type": "optional"}
    )
    graph.calendars.mails.clear()
    wanted = replace(EVENT, attendees=("ben@contoso.com", "chloe@contoso.com"))
    calendars = GraphCalendars(client)
    before = made(calendars.read(ANA, seen.event_id))
    graph.acts = [LOST]

    after = made(calendars.update(ANA, before, EventChange(wanted, frozenset({Part.PEOPLE}), EVENT)))

    assert set(next(each.body for each in graph.seen if each.method == "PATCH")) == {"attendees"}
    assert mails(graph) == {"invitation": ["chloe@contoso.com"], "cancellation": ["stranger@example.org"]}
    assert after.guests(wanted) == (("guest@example.org", "optional"),)
    assert after.differs_from(wanted, EVENT) == frozenset()


def test_a_change_whose_answer_is_lost_is_made_once(graph: FakeGraph, client: GraphClient) -> None:
    seen = made(create(client))
    graph.calendars.mails.clear()
    later = replace(EVENT, start=EVENT.start.replace(hour=11), end=EVENT.end.replace(hour=12))
    change = EventChange(later, later.changed_from(EVENT), EVENT)
    for lost in (LOST, Act(status=500), error(503, "ErrorServerBusy"), Act(made=True, cut=True)):
        graph.acts = [lost]

        assert isinstance(GraphCalendars(client).update(ANA, seen, change), SeenEvent)

    assert list(mails(graph)) == ["update"]


def test_an_event_is_taken_away_once_and_one_that_is_gone_is_good_news(graph: FakeGraph, client: GraphClient) -> None:
    seen, calendars = made(create(client)), GraphCalendars(client)
    graph.calendars.mails.clear()
    graph.acts = [LOST]

    assert calendars.cancel(ANA, seen.event_id, mails=True) is None
    assert calendars.cancel(ANA, seen.event_id, mails=True) is None
    assert [*mails(graph)] == ["cancellation"]
    assert calendars.read(ANA, seen.event_id) is None
    assert calendars.update(ANA, seen, EventChange(EVENT, frozenset({Part.SUBJECT}), EVENT)) is None

    alone = made(calendars.create(ANA, replace(EVENT, attendees=(), rooms=()), "other", "other"))

    assert calendars.cancel(ANA, alone.event_id, mails=False) is None
    assert graph.calendars.events == {}


@pytest.mark.parametrize(
    ("closed", "absent", "code", "scope"),
    [
        ({ANA}, set(), "calendar-not-allowed", Scope.ORGANIZER),
        (set(), {ANA}, "calendar-missing", Scope.ORGANIZER),
        (set(), set(), "event-people-refused", Scope.ROW),
    ],
)
def test_a_refusal_says_whom_it_concerns(
    graph: FakeGraph, client: GraphClient, closed: set[str], absent: set[str], code: str, scope: Scope
) -> None:
    graph.calendars.closed, graph.calendars.absent = closed, absent
    outcome = create(client, replace(EVENT, attendees=("no address",)))

    assert isinstance(outcome, Failure)
    assert (outcome.problem.code, outcome.scope) == (code, scope)


def test_an_answer_about_another_event_is_not_taken(graph: FakeGraph, client: GraphClient) -> None:
    other = made(GraphCalendars(client).create(ANA, EVENT, "other", "other"))
    foreign = graph.calendars.events[other.event_id]
    graph.acts = [Act(status=201, body=foreign), Act(status=200, body={"joinWebUrl": "https://x"})]

    assert made(create(client)).event_id != other.event_id


def test_what_somebody_has_written_into_the_text_is_noticed(client: GraphClient) -> None:
    seen = made(create(client))
    body = seen.body or ""
    agenda = replace(seen, body=body.replace("</div>", "<p>Bring cake</p></div>"))

    assert not seen.has_own_text(EVENT)
    assert agenda.has_own_text(EVENT)
    assert Part.TEXT not in agenda.differs_from(EVENT)
    assert Part.TEXT in replace(seen, body=body.replace("123456789", "1")).differs_from(EVENT)


def test_a_mailbox_gets_four_requests_at_once() -> None:
    together, lock, most, inside = threading.Barrier(AT_ONCE), threading.Lock(), [0], [0]

    class Busy:
        """Answers only four requests together."""

        def call(self, _operation: object, _shared: object) -> Reply:
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            together.wait(10)
            with lock:
                inside[0] -= 1
            return Reply(200, {"value": []})

    calendars = GraphCalendars(Busy())  # type: ignore[arg-type] # all that a search needs of a client
    threads = [threading.Thread(target=calendars.find, args=(ANA.upper() if n % 2 else ANA, "k")) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert most == [AT_ONCE]
