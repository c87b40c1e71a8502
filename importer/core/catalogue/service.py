"""Graph, the directory and sign-in: what the service says, in words, and who can put it right."""

from __future__ import annotations

from importer.core.catalogue.entry import Entry, Who
from importer.core.catalogue.refusals import REFUSALS
from importer.core.model import Severity


def _error(code: str, title: str, message: str, *, means: str, fix: str, who: Who = Who.ADMINISTRATOR) -> Entry:
    return Entry(code, Severity.ERROR, who, title, message, means, fix)


def _warning(code: str, title: str, message: str, *, means: str, fix: str, who: Who = Who.ADMINISTRATOR) -> Entry:
    return Entry(code, Severity.WARNING, who, title, message, means, fix)


SERVICE: tuple[Entry, ...] = (
    _error(
        "organizer-not-found",
        "Organizer not in the directory",
        "'{value}' is not a user of this organization{hint}. Correct it.",
        means="No user has this sign-in name or object ID.",
        fix="Correct the spelling. Ask the administrator for the sign-in name (UPN), which can differ from the mail address.",
        who=Who.SHEET,
    ),
    _warning(
        "attendee-not-found",
        "Attendee not in the directory",
        "Not in the directory of this organization: '{value}'{hint}. Added under that name alone. Check the spelling.",
        means="No user has this sign-in name. That is normal for guests from outside.",
        fix="Correct the spelling if the person belongs to your organization.",
        who=Who.SHEET,
    ),
    _error(
        "attendee-refused",
        "Attendee not in the directory",
        "Not in the directory of this organization: '{value}'{hint}. With --strict-attendees everybody has to be. Correct it.",
        means="The run was asked to make meetings only where every attendee is a known user.",
        fix="Correct the spelling, or run without --strict-attendees.",
        who=Who.SHEET,
    ),
    *REFUSALS,
)
