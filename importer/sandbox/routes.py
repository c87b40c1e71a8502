"""The operations that the sandbox imitates: createOrGet, GET, PATCH and DELETE of meetings, and GET of users.

Bodies are read first, and whatever the operation does not take is refused as Graph refuses it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from importer.core.model import ATTENDEES_SHOWN
from importer.sandbox import answers, errors
from importer.sandbox.errors import GraphError
from importer.sandbox.model import (
    TENANT_ID,
    Access,
    Behaviour,
    Participant,
    Response,
    StoredMeeting,
    User,
    UserDirectory,
    as_object_id,
)
from importer.sandbox.settings import ROLES, SETTINGS, apply_changes, read_settings, show_settings
from importer.sandbox.tenant import DOCUMENTED, Tenant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from importer.sandbox.model import Call, MeetingStore


_PARAMETERS = {"chatInfo", "endDateTime", "externalId", "participants", "startDateTime", "subject"}
"""All that createOrGet takes; source: the action's parameters in the v1.0 metadata."""

_CHANGEABLE = {"endDateTime", "participants", "startDateTime", "subject", *SETTINGS}
"""All that PATCH takes; source: learn.microsoft.com/graph/api/onlinemeeting-update."""


_FOR_MEMBERS = {"presenter", "coorganizer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What createOrGet was asked for. Times are ticks."""

    external_id: str
    subject: str | None
    start: int | None
    end: int | None
    attendees: tuple[Participant, ...]

    def times(self, now: int) -> tuple[int, int]:
        """Return start and end with the documented defaults: now, and an hour after the start."""
        start = now if self.start is None else self.start
        return start, min(start + answers.HOUR, answers.LAST) if self.end is None else self.end


def read_wish(body: dict[str, Any], directory: UserDirectory, tenant: Tenant = DOCUMENTED) -> Wish:
    """Return the parameters of createOrGet. Raise GraphError for each thing the API page forbids."""
    _refuse_others(body, _PARAMETERS)
    start, end = _instant(body, "startDateTime"), _instant(body, "endDateTime")
    if start is None and end is not None:
        tenant.refuse_times("end-without-start", errors.bad_request("The endDateTime has no startDateTime."))
        start = max(0, end - answers.HOUR)
    if _is_backwards(start, end):
        tenant.refuse_times("end-before-start", errors.bad_request(_BACKWARDS))
    return Wish(
        external_id=tenant.external_id(_external_id(body)),
        subject=tenant.subject(_text_or_null(body, "subject")),
        start=start,
        end=end,
        attendees=tenant.made_with(_attendees(body, directory, tenant) or ()),
    )


def read_changes(
    body: dict[str, Any],
    directory: UserDirectory,
    missing: frozenset[str] = frozenset(),
    tenant: Tenant = DOCUMENTED,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of a meeting that PATCH changes, attendees always the whole list, and the settings it changes.

    Raise GraphError for what it does not take; properties that are `missing` in this cloud are unknown.
    """
    settings = read_settings(body, missing)
    _refuse_others(body, _CHANGEABLE)
    start, end = _instant(body, "startDateTime"), _instant(body, "endDateTime")
    if (start is None) != (end is None):
        raise errors.bad_request("The startDateTime and the endDateTime must be given together.")
    if _is_backwards(start, end):
        raise errors.bad_request(_BACKWARDS)
    changes: dict[str, Any] = {"start": start, "end": end, "attendees": _attendees(body, directory, tenant)}
    given = {name: value for name, value in changes.items() if value is not None}
    if "subject" in body:
        given["subject"] = _text_or_null(body, "subject")
    return given, settings


def _refuse_others(body: dict[str, Any], known: set[str]) -> None:
    for name in body:
        if name not in known and "@odata." not in name:
            raise errors.bad_request(f"The property '{name}' is not one that this operation takes.")


_BACKWARDS = "The endDateTime is earlier than the startDateTime."


def _is_backwards(start: int | None, end: int | None) -> bool:
    return start is not None and end is not None and end < start


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
    return None if value is None else answers.read_ticks(value)


def _attendees(body: dict[str, Any], directory: UserDirectory, tenant: Tenant) -> tuple[Participant, ...] | None:
    """Return the attendees, or None where the body has no list of them. An organizer is ignored, as by Graph."""
    participants = _object(body, "participants")
    _refuse_others(participants, {"attendees", "organizer"})
    listed = participants.get("attendees")
    if listed is None:
        return None
    if not isinstance(listed, list):
        raise errors.bad_request("The value of 'attendees' is not a collection.")
    kept = (_attendee(each, directory, tenant) for each in listed)
    return tuple(each for each in kept if each is not None)


def _attendee(entry: object, directory: UserDirectory, tenant: Tenant) -> Participant | None:
    if not isinstance(entry, dict):
        raise errors.bad_request("A member of 'attendees' is not an object.")
    _refuse_others(entry, {"identity", "upn", "role"})
    role = _text_or_null(entry, "role")
    if role is not None:
        ROLES.read("role", role)
    upn = _text_or_null(entry, "upn")
    object_id = _text_or_null(_object(_object(entry, "identity"), "user"), "id")
    if upn is None and object_id is None:
        raise errors.failed()
    if upn is None:
        found = Participant(directory.by_object_id(str(object_id).lower()).upn, object_id, role, TENANT_ID)
        return tenant.id_alone(found)
    return _stored(Participant(upn, object_id, role, TENANT_ID), directory.find(upn), tenant)


def _stored(said: Participant, person: User | None, tenant: Tenant) -> Participant | None:
    """Keep an ID verbatim, true or not; looks one up for a bare UPN, as plain create is seen to do.

    Raise GraphError (400) for a role of somebody who is not in the directory: microsoft-graph-docs-contrib/issues/415.
    """
    if person is None and said.role in _FOR_MEMBERS:
        raise errors.bad_request(f"The role '{said.role}' is not supported for participants outside the directory.")
    if said.object_id is not None:
        return said
    if person is None:
        return tenant.outsider(replace(said, tenant_id=None))
    return tenant.name_alone(replace(said, object_id=person.object_id))


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise errors.bad_request(f"The value of '{name}' is not an object.")
    return value


_CONTEXT = "https://graph.sandbox.invalid/v1.0/$metadata#users('{organizer}')/onlineMeetings"

_SHORTEST_ID = 40


@dataclass(frozen=True, slots=True)
class World:
    """What the endpoints share."""

    directory: UserDirectory
    meetings: MeetingStore
    signed_in: User
    clock: Callable[[], datetime]
    missing: frozenset[str] = frozenset()
    """Properties of onlineMeeting that this cloud does not have."""
    tenant: Tenant = DOCUMENTED
    """What it does where no document says."""


def organizer_of(world: World, call: Call, name: str | None) -> User:
    """Return the organizer in whose name the call is made; `name` is the path's, None for /me.

    Raise GraphError where this token may not act for this user.
    """
    if name is None:
        if call.access is Access.APP:
            raise errors.app_on_me()
        return world.signed_in
    if call.access is Access.APP:
        return _by_application(world.directory, name)
    if name.lower() != world.signed_in.object_id:
        raise errors.delegated_on_others(world.signed_in.object_id, name)
    return world.signed_in


def _by_application(directory: UserDirectory, name: str) -> User:
    if not (object_id := as_object_id(name)):
        raise errors.upn_in_path()
    person = directory.by_object_id(object_id)
    match person.behaviour:
        case Behaviour.UNKNOWN | Behaviour.NO_LICENCE:
            raise errors.unknown_organizer()
        case Behaviour.NO_POLICY:
            raise errors.no_access_policy()
        case _:
            return person


def mailbox_owner(world: World, call: Call, name: str | None) -> User:
    """Return in whose calendar the call is made; `name` is the path's, an object ID or a UPN, None for /me.

    Raise GraphError where this token may not act for this user, or there is no such mailbox.
    """
    if name is None:
        if call.access is Access.APP:
            raise errors.app_on_me()
        return world.signed_in
    user = world.directory.find(name)
    if user is None or user.behaviour in {Behaviour.UNKNOWN, Behaviour.NO_LICENCE}:
        raise GraphError(404, "MailboxNotEnabledForRESTAPI", "The mailbox is inactive, soft-deleted, or on-premises.")
    return user


def create_or_get(world: World, call: Call, organizer: User) -> Response:
    """Answer with the meeting of this organizer and external ID: 201 if it was made, 200 if it was there."""
    tenant = world.tenant
    tenant.throttle()
    wish = read_wish(call.json(), world.directory, tenant)
    now = answers.ticks_of(world.clock())
    start, end = wish.times(now)
    wanted = StoredMeeting(
        organizer_id=organizer.object_id,
        organizer_upn=organizer.upn,
        external_id=wish.external_id,
        subject=wish.subject,
        start=start,
        end=end,
        created=now,
        has_dial_in=organizer.behaviour is not Behaviour.NO_DIAL_IN,
        attendees=wish.attendees,
        filed_under=tenant.filed_under(wish.external_id),
    )
    at_once = tenant.is_at_once(wanted, call.body)
    meeting, made = world.meetings.create_or_get(wanted, tenant.after_deletion)
    if not made and at_once:
        tenant.refuse("same-key-at-once", errors.bad_request("The meeting is being created."))
        twin = replace(wanted, filed_under=f"{wanted.key[-1]} at once")
        meeting, made = world.meetings.create_or_get(twin, tenant.after_deletion)
    elif not made and tenant.changes_existing():
        told = {"subject": wish.subject, "start": start, "end": end}
        meeting = world.meetings.change(meeting, lambda _now: told)
    if made:
        tenant.remember(meeting)
    shown = meeting if made else tenant.existing(meeting)
    return _meeting_answer(world, call, shown, status=tenant.status(made=made))


def get_meeting(world: World, call: Call, organizer: User, name: str) -> Response:
    """Answer with the meeting of this ID, for its organizer or one of its attendees."""
    meeting = world.tenant.after_all(world.meetings.find_deleted(name)) or _found(world, name)
    if world.tenant.is_late(name):
        raise errors.unknown_meeting()
    invited = any(each.object_id == organizer.object_id for each in meeting.attendees)
    if meeting.organizer_id != organizer.object_id and not invited:
        raise errors.unknown_meeting()
    return _meeting_answer(world, call, _capped(meeting))


def patch_meeting(world: World, call: Call, organizer: User, name: str) -> Response:
    """Change the meeting of this ID and answer with it, for its organizer."""
    meeting = _found(world, name)
    if meeting.organizer_id != organizer.object_id:
        raise errors.unknown_meeting()
    tenant = world.tenant
    fields, settings = read_changes(call.json(), world.directory, world.missing, tenant)
    if organizer.behaviour is Behaviour.FIXED_OPTIONS:
        settings = {}

    def changed(now: StoredMeeting) -> dict[str, Any]:
        kept = tenant.settings(show_settings(now.settings, all_members=True), settings)
        people = {"attendees": tenant.changed_to(now, fields["attendees"])} if "attendees" in fields else {}
        return {**fields, **people, "settings": apply_changes(now.settings, kept)}

    return _meeting_answer(world, call, _capped(world.meetings.change(meeting, changed)))


def delete_meeting(world: World, call: Call, organizer: User, name: str) -> Response:
    """Delete the meeting of this ID, for its organizer; the answer is empty.

    Source: learn.microsoft.com/graph/api/onlinemeeting-delete
    """
    del call
    if world.tenant.after_all(world.meetings.find_deleted(name)) is not None:
        return Response(204, None)
    meeting = _found(world, name)
    if meeting.organizer_id != organizer.object_id:
        raise errors.unknown_meeting()
    world.meetings.change(meeting, lambda _now: {"deleted": True})
    return Response(204, None)


def list_meetings(world: World, call: Call, organizer: User) -> Response:
    """Answer with a collection of the one meeting that has the join URL or join meeting ID of the filter."""
    match answers.parse_filter(call.query.get("$filter", "")):
        case [answers.Clause("joinweburl" | "joinmeetingidsettings/joinmeetingid", [value])]:
            meeting = world.meetings.find(value)
        case _:
            raise errors.bad_request("Filter expression expected: JoinWebUrl or joinMeetingId.")
    if meeting is None or meeting.organizer_id != organizer.object_id:
        found = world.tenant.found_by_unknown_link(errors.unknown_meeting())
        return Response(200, {"@odata.context": _CONTEXT.format(organizer=organizer.object_id), "value": found})
    shown = _resource(world, call, _capped(meeting))
    return Response(200, {"@odata.context": _CONTEXT.format(organizer=organizer.object_id), "value": [shown]})


def _found(world: World, name: str) -> StoredMeeting:
    if len(name) < _SHORTEST_ID:
        raise errors.bad_meeting_id(name)
    if (meeting := world.meetings.find(name)) is None or meeting.names.graph_id != name:
        raise errors.unknown_meeting()
    return meeting


def _capped(meeting: StoredMeeting) -> StoredMeeting:
    return replace(meeting, attendees=meeting.attendees[:ATTENDEES_SHOWN])


def _meeting_answer(world: World, call: Call, meeting: StoredMeeting, *, status: int = 200) -> Response:
    context = _CONTEXT.format(organizer=meeting.organizer_id) + "/$entity"
    return Response(status, {"@odata.context": context, **_resource(world, call, meeting)})


def _resource(world: World, call: Call, meeting: StoredMeeting) -> answers.Json:
    full = answers.meeting(world.tenant.timed(meeting), all_members=call.wants_all_members, missing=world.missing)
    full = world.tenant.shown(full, call)
    return {name: full.get(name) for name in call.select} or full


MOST_VALUES = 15
"""Values of an `in` filter without the advanced query capabilities (microsoft-graph-docs issue 21098)."""

LONGEST_ADVANCED_URL = 2048
"""Characters of the whole URL of an advanced query (microsoft-graph-docs pull 22097)."""

_PAGE = 100
"""Users on a page unless $top says otherwise; source: learn.microsoft.com/graph/api/user-list."""

_LARGEST_PAGE = 999

_CONTEXT_OF_USERS = "https://graph.sandbox.invalid/v1.0/$metadata#users"


def get_me(call: Call, signed_in: User) -> Response:
    """Answer GET /me with the signed-in user."""
    if call.access is Access.APP:
        raise errors.app_on_me()
    return _user_answer(call, signed_in)


def get_user(call: Call, directory: UserDirectory, name: str) -> Response:
    """Answer GET /users/{name}."""
    person = directory.find(name)
    if person is None:
        raise errors.unknown_user(name)
    return _user_answer(call, person)


def list_users(call: Call, directory: UserDirectory) -> Response:
    """Answer GET /users: those that the search finds or the filter names, or everyone met so far."""
    if "$search" in call.query:
        people = _searched(call, directory)
    else:
        people = _filtered(call, directory) if "$filter" in call.query else directory.everybody()
    first, size = _number(call, "$skiptoken", 0), _number(call, "$top", _PAGE)
    page = people[first : first + size]
    payload = {
        "@odata.context": _CONTEXT_OF_USERS,
        "value": [answers.user(person, call.select) for person in page],
    }
    if first + size < len(people):
        payload["@odata.nextLink"] = _next_link(call, first + size)
    return Response(200, payload)


def _user_answer(call: Call, person: User) -> Response:
    return Response(200, {"@odata.context": f"{_CONTEXT_OF_USERS}/$entity", **answers.user(person, call.select)})


def _filtered(call: Call, directory: UserDirectory) -> list[User]:
    clauses = answers.parse_filter(call.query["$filter"])
    count = sum(len(clause.values) for clause in clauses)
    if _is_advanced(call):
        if len(call.headers.get("host", "")) + len("http:///v1.0") + len(call.target) > LONGEST_ADVANCED_URL:
            raise errors.bad_request("The URL of the query is too long.")
    elif count > MOST_VALUES:
        raise errors.too_many_clauses(count, MOST_VALUES)
    found = [_find(directory, clause.name, value) for clause in clauses for value in clause.values]
    return list(dict.fromkeys(person for people in found for person in people))


_SEARCH = re.compile(r'"displayName:(?P<text>[^"]+)"', re.IGNORECASE)


def _searched(call: Call, directory: UserDirectory) -> list[User]:
    """Return whom a search by display name finds: by words, in any order."""
    if not _is_eventual(call):
        raise errors.search_without_header()
    if "$filter" in call.query or (found := _SEARCH.fullmatch(call.query["$search"].strip())) is None:
        raise errors.bad_search(call.query["$search"])
    return directory.named(found["text"])


def _is_eventual(call: Call) -> bool:
    return call.headers.get("consistencylevel", "").lower() == "eventual"


def _is_advanced(call: Call) -> bool:
    return _is_eventual(call) and call.query.get("$count", "").lower() == "true"


def _find(directory: UserDirectory, name: str, value: str) -> list[User]:
    """Find by the properties that people are looked up by."""
    person = directory.find(value)
    match name:
        case "id":
            return [person] if person and person.object_id == value.lower() else []
        case "userprincipalname":
            return [person] if person and "@" in value else []
        case "mail":
            return directory.with_mail(value)
        case "displayname":
            return [each for each in directory.named(value) if each.display_name.lower() == value.lower()]
        case _:
            raise errors.bad_request(f"Filtering by '{name}' is not something the sandbox can do.")


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(_LARGEST_PAGE)) + 3:
        raise errors.bad_request(f"The value of {name} is not a number that can be used.")
    return min(int(text), _LARGEST_PAGE) if name == "$top" else int(text)


def _next_link(call: Call, first: int) -> str:
    kept = [part for part in call.target.partition("?")[2].split("&") if not part.startswith("$skiptoken")]
    query = "&".join([*filter(None, kept), f"$skiptoken={first}"])
    return f"http://{call.headers.get('host', '')}/v1.0/users?{query}"
