"""Rules about the organizer and the attendees."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from importer.core.cells import Unclear
from importer.core.rules.rule import Frame, Rule
from importer.core.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

ATTENDEES_SHOWN = 750
"""GET answers at most this many attendees, without saying so (microsoftgraph/microsoft-graph-docs-contrib #2349)."""
UPN = re.compile(r"[^\s@,;<>()\[\]\"\\:]+@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")
"""The shape of a user principal name: one @, no blanks or brackets before it, a domain with a dot after it. Guests
(`ana_fabrikam.com#EXT#@contoso.com`) and apostrophes fit. https://learn.microsoft.com/entra/identity/hybrid/connect/plan-connect-userprincipalname"""
OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def people_rules() -> Iterable[Rule]:
    """Gives the rules about sign-in names."""
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
        lambda frame: (len(distinct(people)) <= ATTENDEES_SHOWN for people in frame["attendees"]),
        lambda reading: ("", {"count": len(distinct(reading.attendees)), "limit": ATTENDEES_SHOWN}),
    )


def _organizer_named(frame: Frame) -> Iterable[bool]:
    return (
        not isinstance(name, str) or not name or bool(UPN.fullmatch(name) or OBJECT_ID.fullmatch(name))
        for name in frame["organizer"]
    )


def _unnamed(people: tuple[str, ...] | Unclear) -> list[str]:
    return [] if isinstance(people, Unclear) else [name for name in people if not UPN.fullmatch(name)]


def distinct(people: tuple[str, ...] | Unclear) -> tuple[str, ...]:
    """Gives the people once each, in the order and spelling of their first mention; UPNs don't know case."""
    named = () if isinstance(people, Unclear) else people
    return tuple({name.casefold(): name for name in reversed(named)}.values())[::-1]


def _repeated(people: tuple[str, ...] | Unclear) -> list[str]:
    named = () if isinstance(people, Unclear) else people
    if len({name.casefold() for name in named}) == len(named):
        return []
    counts: dict[str, list[str]] = defaultdict(list)
    for name in named:
        counts[name.casefold()].append(name)
    return [names[0] for names in counts.values() if len(names) > 1]
