"""The one body that is sent and the one answer that is read: an order to JSON, an onlineMeeting to a Meeting.

Sources: https://learn.microsoft.com/graph/api/onlinemeeting-createorget and /graph/api/resources/onlinemeeting
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from importer.core.model import Attendee, Meeting
from importer.core.web import cleaned
from importer.graph.answers import JsonObject, another_kind, child, text

if TYPE_CHECKING:
    from importer.core.model import Order

encode = json.JSONEncoder(separators=(",", ":")).encode


def write_order(order: Order) -> bytes:
    """Gives the body of createOrGet: its documented parameters, those that the sheet left blank not among them.

    No organizer: that is whoever the address or the token names, and another one would be ignored. Raises
    ValueError for a time without a zone.
    """
    body: dict[str, object] = {"externalId": order.external_id}
    if order.subject.strip():
        body["subject"] = order.subject
    if order.start is not None:
        body["startDateTime"] = instant(order.start)
    if order.end is not None:
        body["endDateTime"] = instant(order.end)
    if order.attendees:
        body["participants"] = {"attendees": [participant(person) for person in order.attendees]}
    return encode(body).encode()


def has_link(data: JsonObject) -> bool:
    """Tells whether an answer has what everything is done for."""
    return bool(_link(data))


def names_another(data: JsonObject, *, external_id: str, organizer_id: str, graph_id: str = "") -> str:
    """Return what in an answer names another meeting than the one asked for; nothing where it names no other.

    An answer carries `externalId` and the organizer's object ID; a field that is missing says nothing. `organizer_id`
    and `graph_id` are empty where they are not known. Object IDs have no case, and a name is no object ID.
    """
    if sign := another_kind(data, "a meeting"):
        return sign
    said = text(child(child(child(child(data, "participants"), "organizer"), "identity"), "user"), "id")
    pairs = (
        ("external ID", external_id, text(data, "externalId")),
        ("organizer", organizer_id.casefold(), "" if "@" in organizer_id else said.casefold()),
        ("Graph ID", graph_id, text(data, "id")),
    )
    return "; ".join(
        f"{what} {found!r} instead of {wanted!r}"
        for what, wanted, found in pairs
        if wanted and found not in ("", wanted)
    )


def read_meeting(data: JsonObject) -> Meeting:
    """Gives the meeting that an answer describes. Whatever is missing, null or of another kind is left empty.

    Texts are byte for byte, so links are never parsed or written anew. Times are whole seconds in UTC; those of the
    year 1, which Graph sends for some meetings without times, count as missing.
    """
    dial_in, code = child(data, "audioConferencing"), child(data, "joinMeetingIdSettings")
    people = child(data, "participants")
    meeting = Meeting(
        graph_id=text(data, "id"),
        join_url=_link(data),
        # Two of Microsoft's own examples spell it with a capital.
        conference_id=text(dial_in, "conferenceId") or text(dial_in, "ConferenceId"),
        dial_in_number=text(dial_in, "tollNumber"),
        toll_free_number=text(dial_in, "tollFreeNumber"),
        dial_in_url=text(dial_in, "dialinUrl"),
        meeting_id=text(code, "joinMeetingId"),
        passcode=text(code, "passcode"),
        video_id=text(data, "videoTeleconferenceId"),
        options_url=text(data, "meetingOptionsWebUrl"),
        expires=_unless_year_one(text(data, "expiryDateTime")),
        chat_thread=text(child(data, "chatInfo"), "threadId"),
        subject=text(data, "subject"),
        start=_moment(text(data, "startDateTime")),
        end=_moment(text(data, "endDateTime")),
        attendees=_attendees(people),
        organizer=_attendee(organizer) if (organizer := child(people, "organizer")) else None,
    )
    return cleaned(meeting)


def instant(moment: datetime) -> str:
    """Gives whole seconds in UTC with Z: the one form that nobody has seen refused.

    Raises ValueError for a time without a zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a meeting's time has no zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def participant(person: Attendee) -> dict[str, object]:
    """Gives a person for a body.

    ID and UPN both, where both are known: Graph stores the ID as it is sent, and once failed on an ID alone.
    """
    identity = {} if person.object_id is None else {"identity": {"user": {"id": person.object_id}}}
    return {**identity, "upn": person.upn, **({"role": person.role} if person.role else {})}


def _link(data: JsonObject) -> str:
    return text(data, "joinWebUrl") or text(data, "joinUrl")


def _moment(words: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(words)  # of seven fractional digits it keeps six
    except ValueError:
        return None
    if moment.year == 1:
        return None
    try:
        return (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0)
    except OverflowError:  # the last hours of the year 9999, west of Greenwich; no row has a meeting then
        return moment.replace(tzinfo=UTC, microsecond=0)


def _unless_year_one(words: str) -> str:
    return "" if words.startswith("0001-01-01") else words


def _attendees(participants: JsonObject) -> tuple[Attendee, ...] | None:
    listed = participants.get("attendees")
    if not isinstance(listed, list):
        return None
    people = (_attendee(entry) for entry in listed if isinstance(entry, dict))
    return tuple(person for person in people if person.upn or person.object_id)


def _attendee(entry: JsonObject) -> Attendee:
    user = child(child(entry, "identity"), "user")
    return Attendee(text(entry, "upn"), text(user, "id") or None, text(entry, "role"))
