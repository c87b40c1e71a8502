"""One invitation as an iCalendar file.

Source: https://www.rfc-editor.org/rfc/rfc5545. There is no METHOD on purpose: nobody is asked for an answer, and one
who publishes may not name attendees (RFC 5546, section 3.2.1). Without it DTSTAMP is when the text last changed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from icalendar import Calendar, Event, vCalAddress

from importer.core.invitation import invitation_text
from importer.core.web import is_web_address

if TYPE_CHECKING:
    from datetime import datetime

    from importer.core.invitation import Invitation

PRODUCT = "-//meeting-importer//invitations//EN"

_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"#]+@[^\s@<>()\[\]\\,;:\"#]+\.[^\s@<>()\[\]\\,;:\"#.]+")
"""What can be written to. A guest's sign-in name (`ana_fabrikam.com#EXT#@...`) can't, and neither can an object ID."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""What an iCalendar text can't hold (RFC 5545, section 3.1), and what can't be written at all."""


def event_file(invitation: Invitation, *, sequence: int, stamp: datetime) -> bytes:
    """Gives the file's content. `sequence` counts the versions, `stamp` (UTC) is when this one was made.

    Raises ValueError for an invitation without a start: an event has to have one.
    """
    if invitation.start is None:
        raise ValueError(f"row {invitation.number} has no start")
    event = Event()
    event.add("uid", invitation.uid)
    event.add("sequence", sequence)
    event.add("dtstamp", stamp.replace(microsecond=0))
    event.add("dtstart", invitation.start.replace(microsecond=0))
    if invitation.end is not None and invitation.end > invitation.start:  # equal ends are not allowed, no end is
        event.add("dtend", invitation.end.replace(microsecond=0))
    event.add("summary", _clean(" ".join(invitation.subject.split())))
    event.add("description", _clean(invitation_text(invitation)))
    if is_web_address(invitation.join_url):  # programs make a link of a place too, and of any scheme
        event.add("location", _clean(invitation.join_url))
        event.add("url", invitation.join_url)
    _add_people(event, invitation)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _add_people(event: Event, invitation: Invitation) -> None:
    if organizer := _mailto(invitation.organizer):
        event.add("organizer", organizer)
    for name in invitation.attendees:
        if attendee := _mailto(name):
            event.add("attendee", attendee)


def _mailto(name: str) -> vCalAddress | None:
    """Source of what stays as it is in an address: https://www.rfc-editor.org/rfc/rfc6068#section-2."""
    if _ADDRESS.fullmatch(name) is None:
        return None
    return vCalAddress("mailto:" + quote(name, safe="@!$'*+"))


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
