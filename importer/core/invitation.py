"""What an invitation says, for people whom nobody else tells: these meetings are on no calendar and no mail is sent."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from importer.core.drift_words import day_in_words, on_clocks
from importer.core.report import ANSWERED
from importer.core.wording import encodable

if TYPE_CHECKING:
    from datetime import datetime

    from importer.core.model import Meeting, RowResult

HOUR = timedelta(hours=1)
NAMESPACE = uuid.UUID("5f3f2d0c-3a8e-5b51-9d0b-6d1c8a0f7e42")
"""Makes this program's identifiers its own (RFC 9562, section 5.5). Never changed: calendars know events by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Everything to tell about one meeting. `organizer` and `attendees` are as the sheet names them.

    Times are instants, None where nobody said one; `zone` is the row's. The passcode is part of an invitation: without
    it the meeting ID lets nobody in.
    """

    number: int
    external_id: str
    organizer: str
    subject: str
    start: datetime | None
    end: datetime | None
    zone: str
    attendees: tuple[str, ...]
    join_url: str
    meeting_id: str = ""
    passcode: str = field(default="", repr=False)
    dial_in_number: str = ""
    conference_id: str = ""

    @property
    def uid(self) -> str:
        """Gives what a calendar knows the event by: the same for the same organizer and external ID, always."""
        return str(uuid.uuid5(NAMESPACE, encodable(f"{self.organizer.casefold()}\n{self.external_id}")))

    @property
    def when(self) -> str:
        """Gives the time in words, on the clocks of the row's zone."""
        return when_in_words(self.start, self.end, self.zone)


def invitation_of(result: RowResult) -> Invitation | None:
    """Gives the invitation to a row's meeting, None where there is no link to pass on.

    It says what the row says, and what Teams says where a cell is blank: it has to agree with the sheet it stands in,
    and the link works whatever time Teams has.
    """
    meeting, row = result.meeting, result.planned
    if result.status not in ANSWERED or meeting is None or not meeting.join_url:
        return None
    start, end = (row.start, row.end) if row is not None and row.start is not None else (meeting.start, meeting.end)
    return Invitation(
        number=result.number,
        external_id=result.external_id,
        organizer=result.organizer or _signed_in(meeting),
        subject=(row.subject if row is not None else "") or meeting.subject,
        start=start,
        end=end or _end(start, meeting),
        zone="UTC" if row is None else row.zone,
        attendees=(row.attendees if row is not None else ()) or _attending(meeting),
        join_url=meeting.join_url,
        meeting_id=meeting.meeting_id,
        passcode=meeting.passcode,
        dial_in_number=meeting.dial_in_number,
        conference_id=meeting.conference_id,
    )


def invitation_text(invitation: Invitation) -> str:
    """Gives the invitation as lines of plain text, each with its label: ready for a mail merge."""
    lines = (
        ("Subject", invitation.subject),
        ("When", invitation.when),
        ("Join", invitation.join_url),
        ("Meeting ID", invitation.meeting_id),
        ("Passcode", invitation.passcode if invitation.meeting_id else ""),
        ("By phone", invitation.dial_in_number),
        ("Conference ID", invitation.conference_id),
    )
    return "\n".join(f"{label}: {' '.join(said.split())}" for label, said in lines if said)


def when_in_words(start: datetime | None, end: datetime | None, zone: str) -> str:
    """Gives 'Mon 23 Nov 2026, 10:00 to 11:00 (Europe/Berlin)', as much of it as is known."""
    if start is None:
        return ""
    first = on_clocks(start, zone)
    words = f"{_day(first)}, {_clock(first)}"
    if end is not None:
        last = on_clocks(end, zone)
        day = "" if last.date() == first.date() else f"{_day(last)}, "
        words += f" to {day}{_clock(last)}"
    return f"{words} ({zone})"


def _end(start: datetime | None, meeting: Meeting) -> datetime | None:
    """Where the row has no end, the meeting that Graph makes of it is an hour long, unless it was there before."""
    if start is None or start == meeting.start:
        return meeting.end
    try:
        return start + HOUR
    except OverflowError:  # there is no hour after it
        return None


def _day(moment: datetime) -> str:
    return f"{day_in_words(moment)} {moment.year}"


def _clock(moment: datetime) -> str:
    """The offset is there only in the hour that the clocks repeat, which means nothing without it."""
    twice = moment.utcoffset() != moment.replace(fold=1 - moment.fold).utcoffset()
    return f"{moment:%H:%M} UTC{moment:%z}" if twice else f"{moment:%H:%M}"


def _signed_in(meeting: Meeting) -> str:
    return "" if meeting.organizer is None else meeting.organizer.upn or meeting.organizer.object_id or ""


def _attending(meeting: Meeting) -> tuple[str, ...]:
    return tuple(person.upn for person in meeting.attendees or () if person.upn)
