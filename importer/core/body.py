"""What stands in the bodies of requests and answers: how texts, moments and people are read, and how they are written.

An answer is read leniently: whatever is missing, null or of another kind is left out, and a text stays as it is, byte
for byte, but for characters that no file can hold. What is written here is read back as the same by what stands beside
it. Source: https://learn.microsoft.com/graph/api/resources/onlinemeeting
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from importer.core.model import Attendee, Meeting

Body: TypeAlias = Mapping[str, object]
"""A JSON object."""


def child(body: Body, key: str) -> Body:
    """Return the object at `key`, empty where there is none."""
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def text(body: Body, key: str) -> str:
    """Return the text at `key` as it is; empty for null, for nothing, and for what is no text or whole number."""
    value = body.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def text_at(body: Body, path: str) -> str:
    """Return the text at a path like `chatInfo.threadId`, empty where there is none."""
    *way, last = path.split(".")
    for key in way:
        body = child(body, key)
    return text(body, last)


def value_at(body: Body, path: str) -> object:
    """Return whatever stands at a path like `lobbyBypassSettings.scope`, None where there is nothing."""
    *way, last = path.split(".")
    for key in way:
        body = child(body, key)
    return body.get(last)


def body_with(path: str, value: object) -> dict[str, Any]:
    """Return a body that has `value` at a path, and nothing else."""
    first, _, rest = path.partition(".")
    return {first: body_with(rest, value) if rest else value}


def combined(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body that has what both have; where both have an object, what both of those have."""
    both = {**one, **other}
    for key in one.keys() & other.keys():
        if isinstance(one[key], dict) and isinstance(other[key], dict):
            both[key] = combined(one[key], other[key])
    return both


NO_MOMENT = "0001-01-01"
"""How a time begins that Graph does not have: it sends the year 1 for some meetings without times."""


def instant(moment: datetime) -> str:
    """Return whole seconds in UTC with Z: the one form that nobody has seen refused.

    Raise ValueError for a time without a zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a meeting's time has no zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def read_instant(words: str) -> datetime | None:
    """Return the moment in whole seconds and UTC, None for what is none and for the year 1."""
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


def participant(person: Attendee) -> dict[str, object]:
    """Return a person for a body.

    ID and UPN both, where both are known: Graph stores the ID as it is sent, and once failed on an ID alone.
    """
    identity = {} if person.object_id is None else {"identity": {"user": {"id": person.object_id}}}
    return {**identity, "upn": person.upn, **({"role": person.role} if person.role else {})}


def read_participant(entry: Body) -> Attendee:
    """Return the person of an entry in a list of participants."""
    user = child(child(entry, "identity"), "user")
    return Attendee(text(entry, "upn"), text(user, "id") or None, text(entry, "role"))


def cleaned(meeting: Meeting) -> Meeting:
    """Return the meeting with a sign of replacement for every character that no file can hold, or no link.

    One such character in one answer would keep every link out of the copy, run after run.
    """
    parts = {"texts": meeting.texts, "says": meeting.says, "organizer": meeting.organizer}
    changed = {name: clean for name, part in parts.items() if (clean := _clean(part)) is not part}
    return replace(meeting, **changed) if changed else meeting


def is_damaged(words: str) -> bool:
    """Return whether a character of a text had to be replaced."""
    return REPLACED in words


REPLACED = "\N{REPLACEMENT CHARACTER}"
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters (but line breaks and tabs), halves of characters, and two codes that are none: CSV, XML and UTF-8
between them hold none of these."""


def _clean(value: Any) -> Any:  # noqa: ANN401 - a value of any property
    """Return the value without what no file can hold; the very same object where there is nothing of that."""
    match value:
        case str():
            if value.isascii() and value.isprintable():
                return value
            clean = _UNWRITABLE.sub(REPLACED, value)
            return value if clean == value else clean
        case Attendee():
            upn = _clean(value.upn)
            return value if upn is value.upn else replace(value, upn=upn)
        case tuple():
            items = tuple(map(_clean, value))
            return value if all(one is other for one, other in zip(items, value, strict=True)) else items
        case Mapping():
            parts = {key: _clean(part) for key, part in value.items()}
            return value if all(parts[key] is part for key, part in value.items()) else parts
    return value
