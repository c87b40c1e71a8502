"""What the sheet says and what Teams has, compared: createOrGet never changes a meeting that is there.

One rule for all columns: a blank cell has no opinion. Graph fills in what a row leaves blank (now, and an hour later),
and people fill in the rest in Teams, so neither is a difference, and neither is ever cleared. What an answer does not
say is unknown, not empty. What counts as a difference in each property is in core/properties.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.core.body import child, combined
from importer.core.catalogue import problem
from importer.core.columns import INPUT_COLUMNS, INVITED, KEY, OWNER
from importer.core.model import Meeting
from importer.core.properties import BASIC_PROPERTIES, Sent, absent, organizers_of
from importer.core.properties.options import OPTION_PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from importer.core.body import Body
    from importer.core.model import Attendee, Problem
    from importer.core.properties import Property
    from importer.core.row import MeetingRequest, Row


PROPERTIES = (*BASIC_PROPERTIES, *OPTION_PROPERTIES)
"""Every property that a row may state, in the order in which differences are said."""

_SAID = {KEY, OWNER, INVITED, *(one.key for one in PROPERTIES)}
if lost := [each.key for each in INPUT_COLUMNS if each.says not in _SAID]:
    raise TypeError(f"What these columns say is no property of a meeting (core/properties): {', '.join(lost)}.")

Changes: TypeAlias = "Mapping[str, Any]"
"""What a meeting is to say, by property; one that is absent is left alone. Start and end go together, attendees are the
whole list: https://learn.microsoft.com/graph/api/onlinemeeting-update
"""


class Agreement(Enum):
    """Whether a meeting says what it was to say."""

    YES = auto()
    NO = auto()
    UNSAID = auto()
    """Nothing contradicts it, but the answer leaves out a part of it."""


def wishes(row: Row, person: Callable[[str], Attendee]) -> dict[str, Any]:
    """Return what a row asks for, by property. What it leaves blank is not among it."""
    stated = (each for each in PROPERTIES if not row.values.keys().isdisjoint(each.columns))
    return {each.key: wish for each in stated if (wish := each.wish(row, person)) is not None}


def said_in(answer: Body) -> dict[str, Any]:
    """Return what an answer says of a meeting, by property. What it leaves out is not among it."""
    return {each.key: value for each in PROPERTIES if (value := each.read(answer)) is not None}


def body_of(stated: Mapping[str, Any], call: Sent) -> dict[str, Any]:
    """Return the part of a body that states these properties, as far as the call takes them."""
    body: dict[str, Any] = {}
    for each in PROPERTIES:
        if each.key in stated and each.takes(call):
            body = combined(body, each.write(stated[each.key]))
    return body


def drift(
    request: MeetingRequest, meeting: Meeting, properties: Iterable[Property] = PROPERTIES
) -> tuple[Problem, ...]:
    """Return one warning for each column in which the meeting says something else than the row."""
    wished = (each for each in properties if each.key in request.wishes)
    return tuple(found for each in wished for found in each.differences(request, request.wishes[each.key], meeting))


def changes(
    request: MeetingRequest, meeting: Meeting, columns: Collection[str], properties: Iterable[Property] = PROPERTIES
) -> Changes:
    """Return what to state so that `meeting` says what the row says in `columns`, and keeps everything else."""
    named = [each for each in properties if each.takes(Sent.CHANGE) and set(each.columns) & set(columns)]
    return _stated(request, meeting, named)


def _stated(request: MeetingRequest, meeting: Meeting, properties: Iterable[Property]) -> Changes:
    wished = (each for each in properties if each.key in request.wishes)
    stated = ((each.key, each.change(request.wishes[each.key], meeting)) for each in wished)
    return {key: value for key, value in stated if value is not None}


def too_long(stated: Changes, meeting: Meeting, properties: Iterable[Property] = PROPERTIES) -> Property | None:
    """Return the property whose list is too long to be replaced: that could remove somebody whom nobody has seen."""
    for each in properties:
        if each.longest and each.key in stated:
            replaced = child(each.write(stated[each.key]), "participants").get("attendees")
            listed = len(replaced) if isinstance(replaced, list) else 0
            if listed > each.longest or len(meeting.attendees or ()) >= each.longest:
                return each
    return None


def agreement(
    request: MeetingRequest, stated: Changes, meeting: Meeting, properties: Iterable[Property] = PROPERTIES
) -> Agreement:
    """Return whether `meeting` says what was stated for `request`."""
    known = [each for each in properties if each.key in stated]
    if any(True for each in known for _ in each.differences(request, stated[each.key], meeting)):
        return Agreement.NO
    return Agreement.UNSAID if any(each.unsaid(stated[each.key], meeting) for each in known) else Agreement.YES


def late(wanted: Collection[str], properties: Iterable[Property]) -> list[Property]:
    """Return the properties among those `wanted` that createOrGet can't take and a PATCH can."""
    return [each for each in properties if each.key in wanted and each.sent == Sent.CHANGE]


def owed(request: MeetingRequest, meeting: Meeting, properties: Iterable[Property]) -> Changes:
    """Return what a meeting that was just made has still to be told: what createOrGet can't take, unless it is so.

    What one column asks for goes together: that people by name can present, and who they are.
    """
    known = late(request.wishes, properties)
    stated = _stated(request, meeting, known)
    missing = {
        column
        for each in known
        if each.key in stated
        for column in (
            *(found.column for found in each.differences(request, stated[each.key], meeting)),
            *each.unsaid(stated[each.key], meeting),
        )
    }
    return {each.key: stated[each.key] for each in known if each.key in stated and missing & _asked(each, request)}


_NOTHING = Meeting()


def _asked(each: Property, request: MeetingRequest) -> set[str]:
    """Return the columns of a property in which something is asked for: those of which a meeting could say nothing."""
    return set(each.unsaid(request.wishes[each.key], _NOTHING))


def silences(request: MeetingRequest, meeting: Meeting, properties: Iterable[Property]) -> tuple[Problem, ...]:
    """Return one warning for each column whose option a meeting does not show."""
    known = late(request.wishes, properties)
    columns = (column for each in known for column in each.unsaid(request.wishes[each.key], meeting))
    return tuple(problem("option-not-shown", column=column) for column in columns)


def at_first(meeting: Meeting, properties: Iterable[Property] = PROPERTIES) -> dict[str, Any]:
    """Return what a meeting that was just made says otherwise than Teams does by itself: its organizer's policy."""
    said = {each: meeting.says.get(each.key) for each in properties if each.by_itself is not None}
    return {each.key: value for each, value in said.items() if value not in (None, each.by_itself)}


def still_owed(
    request: MeetingRequest, first: Mapping[str, Any], meeting: Meeting, properties: Iterable[Property]
) -> Changes:
    """Return what a meeting has still to be told that we have made and not told everything; it said `first` then.

    That is not what it says by now, and not what somebody has changed since it was made.
    """
    known = late(request.wishes, properties)
    usual = {each.key: each.by_itself for each in known if each.by_itself is not None}
    made = Meeting(says={**usual, **first, "attendees": request.attendees}, organizer=meeting.organizer)
    changed = {column for each in known for column in _changed(each, request, made, meeting)}
    return owed(request, meeting, [each for each in known if not changed & _asked(each, request)])


def _changed(each: Property, request: MeetingRequest, made: Meeting, meeting: Meeting) -> set[str]:
    """Return the columns in which somebody has changed a meeting since it was made, but to what the row says."""
    if each.longest and _invites_others(request, made, meeting):
        return _asked(each, request)  # a list is replaced as a whole, and theirs would be lost with it
    known = set(each.unsaid(request.wishes[each.key], made))
    before = drift(request, made, [each])
    return {found.column for found in drift(request, meeting, [each]) if found not in before} - known


def _invites_others(request: MeetingRequest, made: Meeting, meeting: Meeting) -> bool:
    if meeting.attendees is None:
        return False
    organizers = organizers_of(request, meeting)
    before, now = made.attendees or (), meeting.attendees
    return bool(absent(before, now, organizers) or absent(now, before, organizers))
