"""People compared as sets: the same person by object ID where both sides know it, else by UPN, whatever the case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core.model import Attendee

if TYPE_CHECKING:
    from collections.abc import Iterable

UNKNOWN_ROLE = "unknownFutureValue"
"""Stands for a role that Graph does not name to this client; it can't be sent back.

Source: https://learn.microsoft.com/graph/best-practices-concept (evolvable enumerations)
"""


class Crowd:
    """Knows who is in a list of people. `ids` are people of whom only the object ID is known."""

    __slots__ = ("_by_id", "_by_upn", "_without_id")

    def __init__(self, people: Iterable[Attendee], *, ids: Iterable[str] = ()) -> None:
        self._by_id = {object_id.casefold(): Attendee("", object_id) for object_id in ids}
        self._by_upn: dict[str, Attendee] = {}
        self._without_id: dict[str, Attendee] = {}
        for person in people:
            self.add(person)

    def add(self, person: Attendee) -> None:
        """Takes one more person in; of two with the same name, the first is the one that is found."""
        upn = person.upn.casefold()
        if person.object_id:
            self._by_id.setdefault(person.object_id.casefold(), person)
        elif upn:
            self._without_id.setdefault(upn, person)
        if upn:
            self._by_upn.setdefault(upn, person)

    def find(self, person: Attendee) -> Attendee | None:
        """Gives the same person as this list has them, or None.

        One UPN with two object IDs is two people: an account that was deleted, and its successor.
        """
        upn = person.upn.casefold()
        if person.object_id is None:
            return self._by_upn.get(upn)
        return self._by_id.get(person.object_id.casefold()) or self._without_id.get(upn)


def absent(people: Iterable[Attendee], others: Iterable[Attendee], ignored: Crowd) -> tuple[Attendee, ...]:
    """Gives those of `people` who are neither among `others` nor `ignored`."""
    there = Crowd(others)
    return tuple(person for person in people if there.find(person) is None and ignored.find(person) is None)


def merged(wanted: Iterable[Attendee], known: Iterable[Attendee]) -> tuple[Attendee, ...]:
    """Gives each wanted person once, with the object ID and the role that `known` has for them.

    A list replaces the whole list, so a role that is not sent again would be lost.
    """
    there, taken = Crowd(known), Crowd(())
    once: list[Attendee] = []
    for person in wanted:
        if taken.find(person) is None:
            taken.add(person)
            once.append(_as_known(person, there.find(person)))
    return tuple(once)


def _as_known(person: Attendee, known: Attendee | None) -> Attendee:
    if known is None:
        return person
    role = "" if known.role == UNKNOWN_ROLE else known.role
    return replace(person, object_id=person.object_id or known.object_id, role=role)
