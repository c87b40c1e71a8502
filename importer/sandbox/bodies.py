"""Reads the bodies of createOrGet and of PATCH, and refuses what the operations do not take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.sandbox import errors, instants
from importer.sandbox.errors import GraphError
from importer.sandbox.meetings import Attendee
from importer.sandbox.people import TENANT_ID

if TYPE_CHECKING:
    from importer.sandbox.people import Directory

_PARAMETERS = {"chatInfo", "endDateTime", "externalId", "participants", "startDateTime", "subject"}
"""All that createOrGet takes; source: the action's parameters in the v1.0 metadata."""

_ROLES = {None, "attendee", "presenter", "producer", "coorganizer"}

_SETTINGS = {
    "allowAttendeeToEnableCamera",
    "allowAttendeeToEnableMic",
    "allowBreakoutRooms",
    "allowCopyingAndSharingMeetingContent",
    "allowLiveShare",
    "allowMeetingChat",
    "allowPowerPointSharing",
    "allowRecording",
    "allowTeamworkReactions",
    "allowTranscription",
    "allowWhiteboard",
    "allowedLobbyAdmitters",
    "allowedPresenters",
    "anonymizeIdentityForRoles",
    "isEntryExitAnnounced",
    "lobbyBypassSettings",
    "recordAutomatically",
    "watermarkProtection",
}
"""What PATCH takes beside subject, times and participants; source: graph/api/onlinemeeting-update."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What createOrGet was asked for. Times are ticks."""

    external_id: str
    subject: str | None
    start: int | None
    end: int | None
    attendees: tuple[Attendee, ...]

    def times(self, now: int) -> tuple[int, int]:
        """Gives start and end with the documented defaults: now, and an hour after the start."""
        start = now if self.start is None else self.start
        return start, min(start + instants.HOUR, instants.LAST) if self.end is None else self.end


def read_wish(body: dict[str, Any], directory: Directory) -> Wish:
    """Gives the parameters of createOrGet. Raises GraphError for each thing the API page forbids."""
    _refuse_others(body, _PARAMETERS)
    wish = Wish(
        external_id=_external_id(body),
        subject=_text_or_null(body, "subject"),
        start=_instant(body, "startDateTime"),
        end=_instant(body, "endDateTime"),
        attendees=_attendees(body, directory) or (),
    )
    if wish.start is None and wish.end is not None:
        raise errors.bad_request("The endDateTime was given without the startDateTime.")
    _refuse_backwards(wish.start, wish.end)
    return wish


def read_changes(body: dict[str, Any], directory: Directory) -> dict[str, Any]:
    """Gives the fields of a meeting that PATCH changes; attendees are always the whole list."""
    _refuse_others(body, _SETTINGS | {"subject", "startDateTime", "endDateTime", "participants"})
    start, end = _instant(body, "startDateTime"), _instant(body, "endDateTime")
    if (start is None) != (end is None):
        raise errors.bad_request("The startDateTime and the endDateTime must be given together.")
    _refuse_backwards(start, end)
    changes: dict[str, Any] = {"start": start, "end": end, "attendees": _attendees(body, directory)}
    given = {name: value for name, value in changes.items() if value is not None}
    if "subject" in body:
        given["subject"] = _text_or_null(body, "subject")
    return {**given, "settings": {name: body[name] for name in body if name in _SETTINGS}}


def _refuse_others(body: dict[str, Any], known: set[str]) -> None:
    for name in body:
        if name not in known and "@odata." not in name:
            raise errors.bad_request(f"The property '{name}' is not one that this operation takes.")


def _refuse_backwards(start: int | None, end: int | None) -> None:
    if start is not None and end is not None and end < start:
        raise errors.bad_request("The endDateTime is earlier than the startDateTime.")


def _external_id(body: dict[str, Any]) -> str:
    value = body.get("externalId")
    if not isinstance(value, str) or not value.strip():
        raise errors.bad_request("The parameter externalId is required.")
    return value


def _text_or_null(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise errors.bad_request(f"The value of '{name}' is not an Edm.String.")
    return value


def _instant(body: dict[str, Any], name: str) -> int | None:
    value = body.get(name)
    return None if value is None else instants.read(value)


def _attendees(body: dict[str, Any], directory: Directory) -> tuple[Attendee, ...] | None:
    """Gives the attendees, or None where the body has no list of them. An organizer is ignored, as by Graph."""
    participants = _object(body, "participants")
    _refuse_others(participants, {"attendees", "organizer"})
    listed = participants.get("attendees")
    if listed is None:
        return None
    if not isinstance(listed, list):
        raise errors.bad_request("The value of 'attendees' is not a collection.")
    return tuple(_attendee(each, directory) for each in listed)


def _attendee(entry: object, directory: Directory) -> Attendee:
    if not isinstance(entry, dict):
        raise errors.bad_request("A member of 'attendees' is not an object.")
    _refuse_others(entry, {"identity", "upn", "role"})
    role = _text_or_null(entry, "role")
    if role not in _ROLES:
        raise errors.bad_request(f"'{role}' is not a member of onlineMeetingRole.")
    upn = _text_or_null(entry, "upn")
    if upn is None:
        raise GraphError(500, "InternalServerError", "Internal Server Error")  # seen: graph-docs/issues/9483
    return _stored(upn, _text_or_null(_object(_object(entry, "identity"), "user"), "id"), role, directory)


def _stored(upn: str, object_id: str | None, role: str | None, directory: Directory) -> Attendee:
    """Keeps an ID verbatim, true or not; looks one up for a bare UPN, as plain create is seen to do."""
    if object_id is not None:
        return Attendee(upn, object_id, role, TENANT_ID)
    person = directory.find(upn)
    return Attendee(upn, person.object_id, role, TENANT_ID) if person else Attendee(upn, None, role, None)


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise errors.bad_request(f"The value of '{name}' is not an object.")
    return value
