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
from functools import cache, lru_cache
from typing import Any, TypeAlias

from importer.core.model import Attendee, Meeting

Body: TypeAlias = Mapping[str, object]
"""A JSON object."""
REPEATED = 1 << 12
"""Moments, people and values that are kept once for all answers that have them: most meetings share theirs."""


def child(body: Body, key: str) -> Body:
    """Return the object at `key`, empty where there is none."""
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def text(body: Body, key: str) -> str:
    """Return the text at `key` as it is; empty for null, for nothing, and for what is no text or whole number."""
    return _text(body.get(key))


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


@cache
def _way(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def value_at(body: Body, path: str) -> object:
    """Return whatever stands at a path like `lobbyBypassSettings.scope`, None where there is nothing."""
    inner: object = body
    for key in _way(path):
        if not isinstance(inner, dict):
            return None
        inner = inner.get(key)
    return inner


def text_at(body: Body, path: str) -> str:
    """Return the text at a path like `chatInfo.threadId`, empty where there is none."""
    return _text(value_at(body, path))


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


@lru_cache(maxsize=REPEATED)
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
    return _person(text(entry, "upn"), text(user, "id") or None, text(entry, "role"))


_person = lru_cache(maxsize=REPEATED)(Attendee)


def cleaned(meeting: Meeting) -> Meeting:
    """Return the meeting with a sign of replacement for every character that no file can hold, or no link.

    One such character in one answer would keep every link out of the copy, run after run.
    """
    if _is_clean("".join(meeting.texts.values())) and _is_clean(meeting.says) and _is_clean(meeting.organizer):
        return meeting
    parts = {"texts": meeting.texts, "says": meeting.says, "organizer": meeting.organizer}
    return replace(meeting, **{name: _clean(part) for name, part in parts.items()})


def is_damaged(words: str) -> bool:
    """Return whether a character of a text had to be replaced."""
    return REPLACED in words


REPLACED = "\N{REPLACEMENT CHARACTER}"
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters (but line breaks and tabs), halves of characters, and two codes that are none: CSV, XML and UTF-8
between them hold none of these."""


def _is_clean(value: object) -> bool:
    match value:
        case str():
            return (value.isascii() and value.isprintable()) or _UNWRITABLE.search(value) is None
        case None | bool() | datetime():
            return True
        case dict():  # what every other mapping is told by takes long to ask
            return all(map(_is_clean, value.values()))
        case Attendee():
            return _is_clean(value.upn)
        case tuple():
            return all(map(_is_clean, value))
        case Mapping():
            return all(map(_is_clean, value.values()))
    return True


def _clean(value: Any) -> Any:  # noqa: ANN401 - a value of any property
    match value:
        case str():
            return _UNWRITABLE.sub(REPLACED, value)
        case Attendee():
            return replace(value, upn=_clean(value.upn))
        case tuple():
            return tuple(map(_clean, value))
        case Mapping():
            return {key: _clean(part) for key, part in value.items()}
    return value
