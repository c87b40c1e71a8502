"""What the sandbox answers with: onlineMeeting and user as Graph writes them, its instants, and the filters it reads.

The properties are those of the v1.0 metadata, in the shape of the documented examples, with the additional ones
that real answers carry (`joinUrl`, `meetingCode`, `capabilities`, …): a reader has to pass over what it does not
know. Source: learn.microsoft.com/graph/api/resources/onlinemeeting and .../onlinemeeting-createorget.

Edm.DateTimeOffset is kept in 100-nanosecond ticks: Graph keeps seven decimals, Python's datetime six.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import quote_plus

from importer.sandbox import errors
from importer.sandbox.errors import GraphError, bad_request
from importer.sandbox.model import TENANT_ID, Behaviour
from importer.sandbox.settings import ROLES, show_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.sandbox.model import Names, Participant, StoredMeeting, User


TICKS_A_SECOND = 10_000_000
HOUR = 3600 * TICKS_A_SECOND
DAY = 24 * HOUR

_ZERO = datetime(1, 1, 1, tzinfo=UTC)

LAST = (datetime.max.replace(tzinfo=UTC) - _ZERO) // timedelta(seconds=1) * TICKS_A_SECOND
"""The last second of year 9999."""

_FORM = re.compile(
    r"(?P<instant>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,12}))?(?P<offset>Z|[+-]\d\d:\d\d)",
    re.ASCII,
)
"""The pattern of Edm.DateTimeOffset in Microsoft's OpenAPI documents: an offset is needed, and it has a colon."""

_LONGEST = 64
"""Characters that are looked at; the longest DateTimeOffset has 38."""

_OFFSET_WITHOUT_COLON = re.compile(r".*T.*[+-]\d{4}", re.ASCII)


def read_ticks(text: object) -> int:
    """Return the ticks since year 1 of `text`.

    Raise GraphError: 400 with an empty `UnknownError` for an offset without its colon, 400 `BadRequest` for
    anything else that is no DateTimeOffset. Both answers have been seen from Graph
    (github.com/microsoftgraph/msgraph-sdk-objc-models/issues/80, msgraph-sdk-python/issues/566).
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise _unreadable(text)
    if _OFFSET_WITHOUT_COLON.fullmatch(text):
        raise GraphError(400, "UnknownError")
    if not (found := _FORM.fullmatch(text)):
        raise _unreadable(text)
    try:
        whole = datetime.fromisoformat(found["instant"]).replace(tzinfo=_zone(found["offset"]))
    except ValueError:
        raise _unreadable(text) from None
    ticks = ticks_of(whole) + int((found["fraction"] or "0").ljust(7, "0")[:7])
    if not 0 <= ticks <= LAST:
        raise _unreadable(text)
    return ticks


def write_ticks(ticks: int) -> str:
    """Return `ticks` as Graph writes an instant: UTC, seven decimals, `Z`."""
    seconds, fraction = divmod(ticks, TICKS_A_SECOND)
    whole = (_ZERO + timedelta(seconds=seconds)).replace(tzinfo=None)
    return f"{whole.isoformat()}.{fraction:07}Z"


def ticks_of(moment: datetime) -> int:
    """Return the ticks of an aware datetime."""
    return (moment - _ZERO) // timedelta(microseconds=1) * 10


def _zone(offset: str) -> timezone:
    if offset == "Z":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[4:6])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def _unreadable(value: object) -> GraphError:
    return bad_request(f"Cannot convert the literal '{value}' to the expected type 'Edm.DateTimeOffset'.")


_TEXT = r"'(?:[^']|'')*'"
_CLAUSE = re.compile(
    rf"\s*(?P<name>[\w/]+)\s+(?:eq\s+(?P<one>{_TEXT})|in\s*\(\s*(?P<many>{_TEXT}(?:\s*,\s*{_TEXT})*)\s*\))\s*",
    re.IGNORECASE,
)
_OR = re.compile(r"or\b", re.IGNORECASE)


class Clause(NamedTuple):
    """A property, in lower case, and the values it may have."""

    name: str
    values: list[str]


def parse_filter(text: str) -> list[Clause]:
    """Return the clauses of `a eq 'x' or a in ('y','z')`; apostrophes inside a text are doubled.

    Raise GraphError: 400 with the position of what can't be parsed.
    """
    clauses: list[Clause] = []
    position = 0
    while found := _CLAUSE.match(text, position):
        clauses.append(_clause(found))
        position = found.end()
        if position == len(text):
            return clauses
        if not (joint := _OR.match(text, position)):
            break
        position = joint.end()
    raise errors.bad_filter(position, text)


def _clause(found: re.Match[str]) -> Clause:
    texts = re.findall(_TEXT, found["one"] or found["many"])
    return Clause(found["name"].lower(), [text[1:-1].replace("''", "'") for text in texts])


Json: TypeAlias = dict[str, Any]

TOLL_NUMBER = "+1 206-555-0100"
"""North America keeps 555-0100 to 555-0199 for fiction."""

_EXPIRES_AFTER = 60 * DAY
"""From the meeting's end; source: the onlineMeeting page and Teams' limits page."""

_USER_BY_DEFAULT = (
    *("businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation"),
    *("preferredLanguage", "surname", "userPrincipalName", "id"),
)
"""What GET /users gives without $select; source: learn.microsoft.com/graph/api/user-get."""

_INVITATION = quote_plus(
    'data:text/html,<div><a href="JOIN">Join the sandbox meeting</a></div><div>Meeting ID: ID Passcode: PASSCODE</div>'
)


def meeting(meeting: StoredMeeting, *, all_members: bool = True, missing: frozenset[str] = frozenset()) -> Json:
    """Return the full onlineMeeting, without the properties that are `missing` in this cloud.

    Without `all_members`, members that are newer than their enumeration come as `unknownFutureValue`.
    """
    full = _full(meeting, all_members=all_members)
    return {name: value for name, value in full.items() if name not in missing} if missing else full


def _full(meeting: StoredMeeting, *, all_members: bool) -> Json:
    names = meeting.names
    return {
        "id": names.graph_id,
        "creationDateTime": write_ticks(meeting.created),
        "startDateTime": write_ticks(meeting.start),
        "endDateTime": write_ticks(meeting.end),
        "expiryDateTime": write_ticks(min(meeting.end + _EXPIRES_AFTER, LAST)),
        "externalId": meeting.external_id,
        "subject": meeting.subject,
        "joinUrl": names.join_url,
        "joinWebUrl": names.join_url,
        "meetingOptionsWebUrl": names.options_url,
        "meetingCode": names.join_meeting_id,
        "videoTeleconferenceId": names.video_id,
        **_PLAIN,
        **show_settings(meeting.settings, all_members=all_members),
        "joinMeetingIdSettings": {
            "isPasscodeRequired": True,
            "joinMeetingId": names.join_meeting_id,
            "passcode": names.passcode,
        },
        "audioConferencing": _dial_in(names.conference_id) if meeting.has_dial_in else None,
        "chatInfo": {"threadId": names.thread_id, "messageId": "0", "replyChainMessageId": None},
        "joinInformation": _invitation(names),
        "participants": {
            "organizer": _organizer(meeting),
            "attendees": [_participant(each, all_members=all_members) for each in meeting.attendees],
            "producers": [],
            "contributors": [],
        },
    }


def user(person: User, select: Iterable[str] = ()) -> Json:
    """Return the user resource with the selected properties, or those that come by default."""
    given, _, family = person.display_name.partition(" ")
    known: Json = {
        **dict.fromkeys(_USER_BY_DEFAULT),
        "businessPhones": [],
        "displayName": person.display_name,
        "givenName": given,
        "surname": family or None,
        "mail": person.mail,
        "userPrincipalName": person.upn,
        "id": person.object_id,
    }
    on_request = {"assignedPlans": _plans(person.behaviour)}
    return {name: {**known, **on_request}.get(name) for name in select} or known


def _plans(behaviour: Behaviour) -> list[Json]:
    """Return the service plans of a user; the IDs are those of learn.microsoft.com/entra's licensing reference."""
    teams = {"servicePlanId": "57ff2da0-773e-42df-b2af-ffb7a2317929", "service": "TeamspaceAPI"}
    dial_in = {"servicePlanId": "3e26ee1f-8a5f-4d52-aee2-b81ce45c8f40", "service": "MicrosoftCommunicationsOnline"}
    match behaviour:
        case Behaviour.NO_LICENCE:
            plans: list[Json] = []
        case Behaviour.NO_DIAL_IN:
            plans = [teams]
        case _:
            plans = [teams, dial_in]
    dated = {"assignedDateTime": "2026-01-01T00:00:00Z", "capabilityStatus": "Enabled"}
    return [{**dated, **plan} for plan in plans]


def _dial_in(conference_id: str) -> Json:
    return {
        "conferenceId": conference_id,
        "tollNumber": TOLL_NUMBER,
        "tollFreeNumber": None,
        "tollNumbers": [TOLL_NUMBER],
        "tollFreeNumbers": [],
        "dialinUrl": f"https://dialin.sandbox.invalid/{TENANT_ID}?id={conference_id}",
    }


def _invitation(names: Names) -> Json:
    """Return the text for an invitation as the escaped data URL that it is in Graph's answers."""
    link = names.join_url
    for character in "%:/?=":  # all that need escaping in a link of ours; quote_plus would cost a third of the answer
        link = link.replace(character, f"%{ord(character):02X}")
    content = _INVITATION.replace("JOIN", link, 1)
    content = content.replace("PASSCODE", names.passcode).replace("+ID+", f"+{names.join_meeting_id}+")
    return {"content": content, "contentType": "html"}


def _organizer(meeting: StoredMeeting) -> Json:
    return _person(meeting.organizer_upn, meeting.organizer_id, tenant_id=TENANT_ID, role="presenter")


def _participant(attendee: Participant, *, all_members: bool) -> Json:
    role = attendee.role if all_members else ROLES.show(attendee.role)
    return _person(attendee.upn, attendee.object_id, tenant_id=attendee.tenant_id, role=role)


def _person(upn: str | None, object_id: str | None, *, tenant_id: str | None, role: object) -> Json:
    user = {
        "id": object_id,
        "displayName": None,
        "tenantId": tenant_id,
        "identityProvider": "AAD" if tenant_id else None,
    }
    identity = {"application": None, "device": None, "user": user}
    return {"upn": upn, "role": role, "identity": identity}


_PLAIN: Json = {
    "isBroadcast": False,
    "broadcastSettings": None,
    "autoAdmittedUsers": "everyoneInCompany",
    "outerMeetingAutoAdmittedUsers": None,
    "capabilities": [],
    "iCalUid": None,
    "meetingInfo": None,
    "meetingType": None,
    "meetingMigrationMode": None,
    "meetingTemplateId": None,
    "meetingSpokenLanguageTag": None,
    "sensitivityLabelAssignment": None,
    "allowParticipantsToChangeName": False,
    "isEndToEndEncryptionEnabled": False,
    "shareMeetingChatHistoryDefault": "none",
}
"""What is the same for every meeting."""
