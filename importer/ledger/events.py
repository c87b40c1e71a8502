"""The events that this program has made in people's calendars, as the ledger keeps them.

One row for each event: where a meeting takes place more than once, one for each day. A row is written when Exchange has
answered, never before: what happened to a request whose answer got lost is found out by the event's key.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from importer.core.calendar import Event, EventState, KnownEvent
from importer.ledger.opening import transaction
from importer.ledger.store import EVENT, from_text, look_up, place, seal, to_moment, to_text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Mapping

    from importer.core.memory import TenantScope
    from importer.core.row import Key


def event_to_text(event: Event) -> str:
    """Return what was sent as JSON."""
    return json.dumps(
        {
            "subject": event.subject,
            "start": event.start.isoformat(),
            "end": event.end.isoformat(),
            "zone": event.zone,
            "location": event.location,
            "ways": event.ways,
            "attendees": event.attendees,
            "rooms": event.rooms,
        },
        separators=(",", ":"),
    )


def to_event(occurrence: str, text: str) -> Event:
    """Return what was sent. Raise ValueError, TypeError or KeyError for a text that is none of ours."""
    stored = json.loads(text)
    start, end = to_moment(stored["start"]), to_moment(stored["end"])
    if start is None or end is None:
        raise ValueError(text)
    return Event(
        occurrence=occurrence,
        subject=stored["subject"],
        start=start,
        end=end,
        zone=stored["zone"],
        location=stored["location"],
        ways=tuple((label, said) for label, said in stored["ways"]),
        attendees=tuple(stored["attendees"]),
        rooms=tuple(stored["rooms"]),
    )


def event_row(scope: TenantScope, source: str, key: Key, event: KnownEvent) -> tuple[object, ...]:
    """Return an event as the table has it; `source` is the file of whose rows it was made."""
    row = (
        *place(scope, key),
        event.occurrence,
        event.generation,
        to_text(event.event_id),
        event.state.value,
        event_to_text(event.said),
    )
    return (*row, to_text(source), seal(*map(str, row)))


def save_events(
    connection: sqlite3.Connection, scope: TenantScope, source: str, events: Iterable[tuple[Key, KnownEvent]]
) -> None:
    """Record events as they are now, made of the rows of the file `source`; durable when this returns."""
    with transaction(connection):
        connection.executemany(EVENT, [event_row(scope, source, key, event) for key, event in events])


def recall_events(
    connection: sqlite3.Connection, scope: TenantScope, keys: Collection[Key]
) -> Mapping[Key, tuple[KnownEvent, ...]]:
    """Return the events of each key that has any; what the disk has damaged is as if it were not there."""
    found: dict[Key, list[KnownEvent]] = {}
    columns = "occurrence, generation, event_id, state, said, seal"
    for named, where, (occurrence, generation, event_id, state, said, mark) in look_up(
        connection, scope, "event", keys, columns=columns
    ):
        if seal(*where, occurrence, str(generation), event_id, state, said) == mark:
            event = KnownEvent(
                event_id=from_text(event_id),
                said=to_event(occurrence, said),
                generation=generation,
                state=EventState(state),
            )
            for key in named:
                found.setdefault(key, []).append(event)
    return {key: tuple(sorted(events, key=lambda event: event.said.occurrence)) for key, events in found.items()}


def has_events(connection: sqlite3.Connection, source: str) -> bool:
    """Return whether events were made from this file before."""
    found = connection.execute("SELECT 1 FROM event WHERE input = ? LIMIT 1", (to_text(source),)).fetchone()
    return found is not None
