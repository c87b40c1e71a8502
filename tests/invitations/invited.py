"""Invitations to save, and a second reader for what was saved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import vobject

from importer.core.results import Invitation

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 24, 2, 0, 3, 999, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 2, 0, 3, tzinfo=UTC)


def invitation(number: int = 5, **changes: Any) -> Invitation:  # noqa: ANN401 - any field
    """Return a complete invitation with the fields named replaced."""
    made = Invitation(
        number=number,
        external_id=f"A-{number}",
        organizer="ana@contoso.example",
        subject="Algebra",
        start=datetime(2027, 1, 11, 8, 0, tzinfo=UTC),
        end=datetime(2027, 1, 11, 9, 0, tzinfo=UTC),
        zone="Europe/Berlin",
        attendees=("bo@contoso.example", "cy@contoso.example"),
        join_url="https://teams.example/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%3a%22x%22%7d",
        meeting_id="311 222 333",
        passcode="Ab3",
        dial_in_number="+49 69 1234",
        conference_id="987654321",
    )
    return replace(made, **changes)


def read(content: bytes) -> Any:  # noqa: ANN401 - vobject's components are dynamic
    """Return the one event of a file, through a library that did not write it."""
    calendars = list(vobject.readComponents(content.decode("utf-8"), validate=True))
    assert len(calendars) == 1
    events = calendars[0].contents["vevent"]
    assert len(events) == 1
    return events[0]


def events(folder: Path) -> dict[str, Any]:
    """Return every file's event by the file's name."""
    return {path.name: read(path.read_bytes()) for path in sorted(folder.glob("*.ics"))}
