"""The events that were made are remembered with their meetings, and forgotten with them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core.calendar import Event, EventFate, EventResult, EventState, KnownEvent
from importer.ledger import Records, SqliteLedger
from importer.ledger.events import save_events
from tests.ledger.entries import NOW, REALM, ROSTER, answered, end, planned, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Open = Callable[..., SqliteLedger]

EVENT = Event(
    subject="Lesson \ud800",
    start=NOW,
    end=NOW,
    zone="Europe/Vienna",
    location="https://teams.example",
    ways=(("Join", "https://teams.example"),),
    attendees=("bo@contoso.example",),
    rooms=("room@contoso.example",),
)
KNOWN = KnownEvent(event_id="AAMk=", said=EVENT, generation=2, state=EventState.DIFFERS)


def filled(opened: Open) -> SqliteLedger:
    """Return a ledger with two meetings, the first of which has an event on each of two days."""
    ledger, rows = opened(), [planned(2), planned(3)]
    session = ledger.open_session(start(rows))
    second = replace(KNOWN, said=replace(EVENT, occurrence="20270115"))
    events = tuple(EventResult(event=each.said, fate=EventFate.MADE, known=each) for each in (KNOWN, second))
    session.save([answered(rows[0], events=events), answered(rows[1])])
    session.end(end())
    return ledger


def test_events_are_as_they_were(opened: Open) -> None:
    ledger, keys = filled(opened), [planned(2).key, planned(3).key]
    found = ledger.events(REALM, keys)

    assert list(found) == keys[:1]
    assert found[keys[0]][0] == KNOWN
    assert [each.occurrence for each in found[keys[0]]] == ["", "20270115"]
    assert ledger.events(replace(REALM, tenant="other"), keys) == {}
    assert ledger.has_invited(ROSTER)
    assert not ledger.has_invited(replace(ROSTER, input="/share/other.xlsx"))

    save_events(ledger.store.connection, REALM, "", [(keys[0], replace(KNOWN, state=EventState.CANCELLED))])

    assert ledger.events(REALM, keys)[keys[0]][0].state is EventState.CANCELLED


def test_an_event_that_a_disk_has_changed_is_not_believed(opened: Open) -> None:
    ledger = filled(opened)
    ledger.store.connection.execute("UPDATE event SET event_id = 'another' WHERE occurrence = ''")

    assert [each.occurrence for each in ledger.events(REALM, [planned(2).key])[planned(2).key]] == ["20270115"]


def test_events_are_forgotten_with_their_meetings(opened: Open, path: Path) -> None:
    filled(opened).close()
    with Records.open(path, NOW) as records:
        records.forget(ROSTER.input)
    with closing(opened("two")) as ledger:
        assert ledger.events(REALM, [planned(2).key]) == {}
