"""Two values that differ, in words from which a person can see that they do."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from importer.core.catalogue import shorten
from importer.core.wording import ROWS_NAMED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from importer.core.model import Attendee

# Not strftime, whose names of days and months are the machine's language.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

CONTEXT = 20
"""Characters shown before the place where two long texts part."""


def moments_in_words(one: datetime, other: datetime, zone: str) -> tuple[str, str]:
    """Gives 'Mon 23 Nov 10:00' for each, on the clocks of `zone`.

    The year, the seconds and the offset from UTC are there only where the two would read alike or mislead without.
    """
    first, second = on_clocks(one, zone), on_clocks(other, zone)
    parts: list[Callable[[datetime], str]] = [day_in_words]
    if first.year != second.year:
        parts.append(lambda moment: f" {moment.year}")
    parts.append(_clock if first.second or second.second else lambda moment: _clock(moment)[:6])
    said = ["".join(part(moment) for part in parts) for moment in (first, second)]
    if said[0] == said[1]:  # the hour that the clocks repeat
        said = [f"{words} UTC{moment:%z}" for words, moment in zip(said, (first, second), strict=True)]
    return said[0], said[1]


def on_clocks(moment: datetime, zone: str) -> datetime:
    """Gives the moment as the clocks of `zone` (an IANA name) show it."""
    try:
        return moment.astimezone(ZoneInfo(zone))
    except OverflowError:  # the last hours of the year 9999, which Graph allows
        return moment


def day_in_words(moment: datetime) -> str:
    """Gives 'Mon 23 Nov', in English whatever language the machine speaks."""
    return f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]}"


def texts_in_words(one: str, other: str) -> tuple[str, str]:
    """Gives both in quotes, cut to where they part if they are too long to show whole."""
    if shorten(one) == shorten(other):
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
        cut = max(0, alike - CONTEXT)
        one, other = f"…{one[cut:]}", f"…{other[cut:]}"
    return _quoted(one), _quoted(other)


def people_in_words(missing: Collection[Attendee], extra: Collection[Attendee]) -> tuple[str, str]:
    """Gives who is only in the sheet (`missing` in Teams) and only in Teams (`extra`): for a person, and in full."""
    upns = {person.upn.casefold() for person in missing}
    ours = [person.upn or person.object_id or "" for person in missing]
    theirs = [_name(person, upns) for person in extra]
    sides = [(place, names) for place, names in (("the sheet", ours), ("Teams", theirs)) if names]
    words = "; ".join(f"only in {place}: {_some(names)}" for place, names in sides)
    return words, f"only in the sheet: {_in_full(missing)}; only in Teams: {_in_full(extra)}"


def _clock(moment: datetime) -> str:
    return f" {moment:%H:%M:%S}"


def _quoted(text: str) -> str:
    return f"'{shorten(text)}'" if text else "no subject"


def _name(person: Attendee, upns: Collection[str]) -> str:
    """A deleted account and its successor share their UPN; only the ID tells them apart."""
    known = person.upn or person.object_id or ""
    return f"{known} (another account of that name)" if person.upn.casefold() in upns else known


def _in_full(people: Collection[Attendee]) -> str:
    return ", ".join(f"{person.upn} {person.object_id or ''}".strip() for person in people) or "nobody"


def _some(names: Collection[str]) -> str:
    shown = ", ".join(shorten(name) for name in list(names)[:ROWS_NAMED])
    return shown if len(names) <= ROWS_NAMED else f"{shown} and {len(names) - ROWS_NAMED} more"
