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
from importer.core.columns import INPUT_COLUMNS, KEY, OWNER
from importer.core.properties import BASIC_PROPERTIES, Sent
from importer.core.properties.options import OPTION_PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from importer.core.body import Body
    from importer.core.model import Attendee, Meeting, Problem
    from importer.core.properties import Property
    from importer.core.row import MeetingRequest, Row


PROPERTIES = (*BASIC_PROPERTIES, *OPTION_PROPERTIES)
"""Every property that a row may state, in the order in which differences are said."""

if lost := [each.key for each in INPUT_COLUMNS if each.says not in {KEY, OWNER, *(one.key for one in PROPERTIES)}]:
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
    asked = ((each.key, each.wish(row, person)) for each in PROPERTIES)
    return {key: wish for key, wish in asked if wish is not None}


def said_in(answer: Body) -> dict[str, Any]:
    """Return what an answer says of a meeting, by property. What it leaves out is not among it."""
    read = ((each.key, each.read(answer)) for each in PROPERTIES)
    return {key: value for key, value in read if value is not None}


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
    """Return what a meeting that was just made has still to be told: what createOrGet can't take, unless it is so."""
    known = late(request.wishes, properties)
    stated = _stated(request, meeting, known).items()
    return {key: said for key, said in stated if agreement(request, {key: said}, meeting, known) is not Agreement.YES}


def silences(request: MeetingRequest, meeting: Meeting, properties: Iterable[Property]) -> tuple[Problem, ...]:
    """Return one warning for each column whose option a meeting does not show."""
    known = late(request.wishes, properties)
    columns = (column for each in known for column in each.unsaid(request.wishes[each.key], meeting))
    return tuple(problem("option-not-shown", column=column) for column in columns)


def still_owed(request: MeetingRequest, made: Meeting, meeting: Meeting, properties: Iterable[Property]) -> Changes:
    """Return what a meeting has still to be told that an earlier run has `made` and not told everything.

    That is not what it says by now, and not what somebody has changed since it was made.
    """
    known = late(request.wishes, properties)
    return owed(request, meeting, [each for each in known if not _was_changed(each, request, made, meeting)])


def _was_changed(each: Property, request: MeetingRequest, made: Meeting, meeting: Meeting) -> bool:
    if each.unsaid(request.wishes[each.key], made):
        return False
    return drift(request, made, [each]) != drift(request, meeting, [each])
