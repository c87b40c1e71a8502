"""createOrGet, GET and PATCH of online meetings, for one organizer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.sandbox import answers, bodies, errors, filters, instants
from importer.sandbox.calls import Access, Answer
from importer.sandbox.meetings import Meeting
from importer.sandbox.people import Behaviour, Directory, Person, as_object_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from importer.sandbox.calls import Call
    from importer.sandbox.meetings import Meetings

MOST_ATTENDEES_SHOWN = 750
"""Attendees that a GET returns, however many there are (microsoft-graph-docs-contrib issue 2349)."""

_CONTEXT = "https://graph.sandbox.invalid/v1.0/$metadata#users('{organizer}')/onlineMeetings"

_SHORTEST_ID = 40


@dataclass(frozen=True, slots=True)
class World:
    """What the endpoints share."""

    directory: Directory
    meetings: Meetings
    signed_in: Person
    clock: Callable[[], datetime]


def organizer_of(world: World, call: Call, name: str | None) -> Person:
    """Gives the organizer in whose name the call is made; `name` is the path's, None for /me.

    Raises GraphError where this token may not act for this user.
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


def _by_application(directory: Directory, name: str) -> Person:
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


def create_or_get(world: World, call: Call, organizer: Person) -> Answer:
    """Answers with the meeting of this organizer and external ID: 201 if it was made, 200 if it was there."""
    wish = bodies.read_wish(call.json(), world.directory)
    now = instants.of(world.clock())
    start, end = wish.times(now)
    wanted = Meeting(
        organizer_id=organizer.object_id,
        organizer_upn=organizer.upn,
        external_id=wish.external_id,
        subject=wish.subject,
        start=start,
        end=end,
        created=now,
        has_dial_in=organizer.behaviour is not Behaviour.NO_DIAL_IN,
        attendees=wish.attendees,
    )
    meeting, made = world.meetings.create_or_get(wanted)
    return _one(call, meeting, status=201 if made else 200)


def get(world: World, call: Call, organizer: Person, name: str) -> Answer:
    """Answers with the meeting of this ID, for its organizer or one of its attendees."""
    meeting = _found(world, name)
    invited = any(each.object_id == organizer.object_id for each in meeting.attendees)
    if meeting.organizer_id != organizer.object_id and not invited:
        raise errors.unknown_meeting()
    return _one(call, _capped(meeting))


def patch(world: World, call: Call, organizer: Person, name: str) -> Answer:
    """Changes the meeting of this ID and answers with it, for its organizer."""
    meeting = _found(world, name)
    if meeting.organizer_id != organizer.object_id:
        raise errors.unknown_meeting()
    changes = bodies.read_changes(call.json(), world.directory)
    return _one(call, _capped(world.meetings.change(meeting, changes)))


def listing(world: World, call: Call, organizer: Person) -> Answer:
    """Answers with a collection of the one meeting that has the join URL or join meeting ID of the filter."""
    match filters.parse(call.query.get("$filter", "")):
        case [filters.Clause("joinweburl" | "joinmeetingidsettings/joinmeetingid", [value])]:
            meeting = world.meetings.find(value)
        case _:
            raise errors.bad_request("Filter expression expected: JoinWebUrl or joinMeetingId.")
    if meeting is None or meeting.organizer_id != organizer.object_id:
        raise errors.unknown_meeting()
    shown = _resource(call, _capped(meeting))
    return Answer(200, {"@odata.context": _CONTEXT.format(organizer=organizer.object_id), "value": [shown]})


def _found(world: World, name: str) -> Meeting:
    if len(name) < _SHORTEST_ID:
        raise errors.bad_meeting_id(name)
    if (meeting := world.meetings.find(name)) is None or meeting.names.graph_id != name:
        raise errors.unknown_meeting()
    return meeting


def _capped(meeting: Meeting) -> Meeting:
    return replace(meeting, attendees=meeting.attendees[:MOST_ATTENDEES_SHOWN])


def _one(call: Call, meeting: Meeting, *, status: int = 200) -> Answer:
    context = _CONTEXT.format(organizer=meeting.organizer_id) + "/$entity"
    return Answer(status, {"@odata.context": context, **_resource(call, meeting)})


def _resource(call: Call, meeting: Meeting) -> answers.Json:
    full = answers.meeting(meeting, all_roles=call.wants_all_roles)
    return {name: full.get(name) for name in call.select} or full
