"""Rows, requests and meetings, made up: what many tests need of them said in a few words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from importer.core.model import Meeting
from importer.core.results import LINK_KEYS
from importer.core.row import MeetingRequest, Row
from importer.core.times import ClockChange, Moment, When

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.core.properties.drift import Changes

TEXTS = ("external_id", "organizer", "subject")


def a_row(number: int = 2, **parts: Any) -> Row:  # noqa: ANN401 - any part
    """Return a row with such values and other parts; see `changed`."""
    return changed(Row(number=number), **parts)


def changed(row: Row, **parts: Any) -> Row:  # noqa: ANN401 - any part
    """Return the row with other values (`subject`, `start` as an instant, `zone` by name) and other parts."""
    values = dict(row.values)
    for key in TEXTS:
        if key in parts:
            values[key] = parts.pop(key)
    for key in ("start", "end"):
        if key in parts:
            values[key] = _moment(parts.pop(key))
    if "occurrences" in parts:
        values["occurrences"] = tuple((_moment(start), _moment(end)) for start, end in parts.pop("occurrences"))
    if "attendees" in parts:
        values["attendees"] = tuple(parts.pop("attendees"))
    if "zone" in parts:
        values["time_zone"] = ZoneInfo(parts.pop("zone"))
    if "link" in parts:
        parts["standing"] = {"join_url": parts.pop("link")}
    return replace(row, values=values, **parts)


def _moment(instant: datetime | None) -> Moment | None:
    return None if instant is None else Moment(When(instant), instant.astimezone(UTC), ClockChange.PLAIN)


def a_request(**parts: Any) -> MeetingRequest:  # noqa: ANN401 - any part
    """Return a request with such wishes and other parts; see `asking`."""
    blank: dict[str, Any] = {"external_id": "A-1", "organizer_id": None, "wishes": {}}
    return asking(MeetingRequest(**blank), **parts)


def asking(request: MeetingRequest, **parts: Any) -> MeetingRequest:  # noqa: ANN401 - any part
    """Return the request with other wishes (`subject`, `start` and `end`, `attendees`) and other parts."""
    said = {
        "subject": parts.pop("subject", request.subject),
        "attendees": tuple(parts.pop("attendees", request.attendees)),
        "start": parts.pop("start", request.start),
        "end": parts.pop("end", request.end),
    }
    return replace(request, wishes=_wishes(said), **parts)


def _wishes(said: Mapping[str, Any]) -> dict[str, Any]:
    wishes = {"subject": said["subject"]} if said["subject"].strip() else {}
    if said["attendees"]:
        wishes["attendees"] = said["attendees"]
    if said["start"] is not None:
        wishes["times"] = (said["start"], said["end"])
    return wishes


def stating(**stated: Any) -> Changes:  # noqa: ANN401 - any property
    """Return what a meeting is to say."""
    return stated


def a_meeting(graph_id: str = "", join_url: str = "", **parts: Any) -> Meeting:  # noqa: ANN401 - any part
    """Return a meeting with such texts and saying such things; see `saying`."""
    return saying(Meeting(), graph_id=graph_id, join_url=join_url, **parts)


def saying(meeting: Meeting, **parts: Any) -> Meeting:  # noqa: ANN401 - any part
    """Return the meeting with other texts (`join_url`), and saying other things (`subject`, `start` and `end`).

    An empty text is one that it does not have, and None is what it does not say.
    """
    texts = {**meeting.texts, **{key: parts.pop(key) for key in LINK_KEYS if key in parts}}
    organizer = parts.pop("organizer", meeting.organizer)
    if parts.keys() & {"start", "end"}:
        parts["times"] = parts.pop("start", meeting.start), parts.pop("end", meeting.end)
        parts["times"] = parts["times"] if any(parts["times"]) else None
    says = {**meeting.says, **parts}
    return replace(
        meeting,
        texts={key: text for key, text in texts.items() if text},
        says={key: value for key, value in says.items() if value is not None},
        organizer=organizer,
    )
