"""Rules about the organizer and the attendees."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

from importer.core.addresses import OBJECT_ID, UPN, distinct
from importer.core.cells import Unclear, hidden_in
from importer.core.rules.rule import Frame, Rule
from importer.core.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

ATTENDEES_SHOWN = 750
"""GET answers at most this many attendees, without saying so (microsoftgraph/microsoft-graph-docs-contrib #2349)."""


def people_rules() -> Iterable[Rule]:
    """Gives the rules about sign-in names."""
    yield Rule(
        "organizer",
        "hidden-character",
        lambda frame: (not (isinstance(name, str) and hidden_in(name)) for name in frame["organizer"]),
        lambda reading: (str(reading.organizer), {"name": hidden_name(str(reading.organizer))}),
    )
    yield Rule(
        "attendees",
        "hidden-character",
        lambda frame: (not _hiding(people) for people in frame["attendees"]),
        lambda reading: (quoted(_hiding(reading.attendees)), {"name": hidden_name(_hiding(reading.attendees)[0])}),
    )
    yield Rule("organizer", "upn-not-valid", _organizer_named, lambda reading: (str(reading.organizer), {}))
    yield Rule(
        "attendees",
        "upn-not-valid",
        lambda frame: (not _unnamed(people) for people in frame["attendees"]),
        lambda reading: (quoted(_unnamed(reading.attendees)), {}),
    )
    yield Rule(
        "attendees",
        "attendee-repeated",
        lambda frame: (not _repeated(people) for people in frame["attendees"]),
        lambda reading: (", ".join(_repeated(reading.attendees)), {}),
    )
    yield Rule(
        "attendees",
        "too-many-attendees",
        lambda frame: (len(distinct(_known(people))) <= ATTENDEES_SHOWN for people in frame["attendees"]),
        lambda reading: ("", {"count": len(distinct(_known(reading.attendees))), "limit": ATTENDEES_SHOWN}),
    )


def _organizer_named(frame: Frame) -> Iterable[bool]:
    return (
        not isinstance(name, str)
        or not name
        or bool(hidden_in(name))
        or bool(UPN.fullmatch(name) or OBJECT_ID.fullmatch(name))
        for name in frame["organizer"]
    )


def _unnamed(people: tuple[str, ...] | Unclear) -> list[str]:
    return [name for name in _known(people) if not UPN.fullmatch(name) and not hidden_in(name)]


def _hiding(people: tuple[str, ...] | Unclear) -> list[str]:
    return [name for name in _known(people) if hidden_in(name)]


def hidden_name(text: str) -> str:
    """Return what the first character that nobody sees is called: 'soft hyphen, U+00AD'."""
    sign = hidden_in(text)
    return f"{unicodedata.name(sign, 'no name').lower()}, U+{ord(sign):04X}"


def _known(people: tuple[str, ...] | Unclear) -> tuple[str, ...]:
    return () if isinstance(people, Unclear) else people


def _repeated(people: tuple[str, ...] | Unclear) -> list[str]:
    named = _known(people)
    if len({name.casefold() for name in named}) == len(named):
        return []
    counts: dict[str, list[str]] = defaultdict(list)
    for name in named:
        counts[name.casefold()].append(name)
    return [names[0] for names in counts.values() if len(names) > 1]
