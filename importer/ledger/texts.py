"""What a column of the ledger holds: values to text and back, and a seal over what must not change unnoticed."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from importer.core.model import Attendee, Meeting, Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIELDS = {field.name: field.default for field in fields(Meeting)}
_MOMENTS = frozenset({"start", "end"})


def _plain(value: datetime | Attendee) -> str | list[str | None]:
    return value.isoformat() if isinstance(value, datetime) else [value.upn, value.object_id, value.role]


_encode = json.JSONEncoder(separators=(",", ":"), default=_plain).encode
"""ASCII only, so that half a surrogate pair out of a damaged sheet can be stored too."""


def to_text(value: str) -> str:
    """Gives a text that SQLite can hold; what no encoding can is escaped."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return _encode(value)
    return value


def from_text(text: str) -> str:
    """Return the text that `to_text` was given."""
    if text.startswith('"') and text.isascii():
        try:
            found = json.loads(text)
        except ValueError:
            return text
        if isinstance(found, str) and to_text(found) == text:
            return found
    return text


def moment_to_text(moment: datetime | None) -> str | None:
    """Gives the moment for storing; later ones sort behind earlier ones where all are in UTC."""
    return None if moment is None else moment.isoformat()


def to_moment(text: str | None) -> datetime | None:
    """Gives the moment back."""
    return None if text is None else datetime.fromisoformat(text)


def problems_to_text(problems: Iterable[Problem]) -> str:
    """Gives the problems as JSON."""
    found = [[each.code, each.severity, each.column, each.message, each.value, each.detail] for each in problems]
    return _encode(found) if found else "[]"


def to_problems(text: str) -> tuple[Problem, ...]:
    """Gives the problems back."""
    return tuple(
        Problem(code, Severity(severity), column, message, value, detail)
        for code, severity, column, message, value, detail in json.loads(text)
    )


def meeting_to_text(meeting: Meeting) -> str:
    """Gives the meeting as JSON; fields that have their default are left out."""
    said = {name: value for name, default in _FIELDS.items() if (value := getattr(meeting, name)) != default}
    return _encode(said)


def to_meeting(text: str) -> Meeting:
    """Gives the meeting back; a field that this version does not know is passed over."""
    stored: dict[str, Any] = json.loads(text)
    known = {name: value for name, value in stored.items() if name in _FIELDS}
    for name in _MOMENTS & known.keys():
        known[name] = to_moment(known[name])
    if "attendees" in known:
        known["attendees"] = tuple(Attendee(*each) for each in known["attendees"])
    if "organizer" in known:
        known["organizer"] = Attendee(*known["organizer"])
    return Meeting(**known)


def seal(*parts: str | None) -> bytes:
    """Gives what shows that none of the parts has changed: a damaged disk must never make a link a wrong one."""
    return blake2b(repr(parts).encode(), digest_size=8).digest()
