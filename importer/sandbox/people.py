"""The sandbox's directory: everybody with a plausible UPN is in it, and some names ask for a behaviour."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from enum import StrEnum

TENANT_ID = str(uuid.uuid5(uuid.NAMESPACE_DNS, "sandbox.invalid"))

_PLAUSIBLE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_GUEST = re.compile(r"(?P<name>.+)_(?P<domain>[^_@]+)#EXT#@.+", re.IGNORECASE)
_NOBODY = "00000000-"


class Behaviour(StrEnum):
    """What a person's name asks for: the word that the part before the @ begins with."""

    ORDINARY = ""
    UNKNOWN = "unknown"
    """Not in the directory; as an organizer: 404."""
    NO_POLICY = "nopolicy"
    """No application access policy covers this organizer: 403."""
    NO_LICENCE = "nolicence"
    """In the directory, but without a Teams licence; as an organizer: 404."""
    NO_DIAL_IN = "nodialin"
    """Has no Audio Conferencing: `audioConferencing` is null."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user. `object_id` is in lower case."""

    object_id: str
    upn: str
    behaviour: Behaviour

    @property
    def display_name(self) -> str:
        """The name made from the UPN: `ana.lopez@…` is Ana Lopez."""
        return re.split(r"[@#]", self.upn)[0].replace(".", " ").replace("_", " ").title()

    @property
    def mail(self) -> str:
        """The address: the UPN, or for a guest the address at home."""
        guest = _GUEST.fullmatch(self.upn)
        return f"{guest['name']}@{guest['domain']}" if guest else self.upn


def object_id_of(upn: str) -> str:
    """Gives the object ID that the sandbox's directory has for a UPN: always the same one."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, upn.lower()))


def behaviour_of(upn: str) -> Behaviour:
    """Gives what the UPN asks for by its first word."""
    name = upn.lower()
    asked = (each for each in Behaviour if each is not Behaviour.ORDINARY and name.startswith(each.value))
    return next(asked, Behaviour.ORDINARY)


def as_object_id(text: str) -> str | None:
    """Gives `text` in lower case if it is written as an object ID."""
    try:
        given = uuid.UUID(text)
    except ValueError:
        return None
    return str(given) if str(given) == text.lower() else None


class Directory:
    """Remembers who was looked up, so that an object ID leads back to its UPN. Safe to use from threads."""

    def __init__(self) -> None:
        self._by_id: dict[str, Person] = {}

    def find(self, name: str) -> Person | None:
        """Gives the person with this UPN or object ID; None where the directory has nobody."""
        object_id = as_object_id(name)
        person = self.by_object_id(object_id) if object_id else self._by_upn(name)
        return None if person is None or person.behaviour is Behaviour.UNKNOWN else person

    def by_object_id(self, object_id: str) -> Person:
        """Gives the person with this object ID, made up on the spot unless it was met before by its UPN.

        IDs that begin with eight zeros are nobody's.
        """
        nobody = object_id.startswith(_NOBODY)
        made_up = Person(
            object_id,
            f"user-{object_id[:8]}@sandbox.invalid",
            Behaviour.UNKNOWN if nobody else Behaviour.ORDINARY,
        )
        return self._by_id.get(object_id, made_up)

    def everybody(self) -> list[Person]:
        """Gives everyone met so far, in the order of meeting them."""
        return [person for person in self._by_id.copy().values() if person.behaviour is not Behaviour.UNKNOWN]

    def _by_upn(self, upn: str) -> Person | None:
        if not _PLAUSIBLE.fullmatch(upn):
            return None
        object_id = object_id_of(upn)
        known = self._by_id.get(object_id)
        return known or self._by_id.setdefault(object_id, Person(object_id, upn, behaviour_of(upn)))
