"""What a PATCH can set of a meeting beside its subject, times and people, read from Microsoft's documents.

Each setting is one entry of `SETTINGS`: what it is when nobody has set it, what it can be, and whether the clouds of
the United States' government have it. A value of another kind, a word that is no member of its enumeration, and a name
that PATCH does not take are refused, as OData has it; of a complex value the parts that are not sent stay.

Sources: learn.microsoft.com/graph/api/onlinemeeting-update, .../resources/onlinemeetingbase, and the v1.0 metadata of
the clouds. What an organizer's policy lets be set is not in them: a policy answers 200 and keeps what it had.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.sandbox.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

SENTINEL = "unknownFutureValue"
"""What a member that is newer than the API is shown as, unless the client asks for such members; never sent back.

Source: learn.microsoft.com/graph/best-practices-concept, handling future members in evolvable enumerations
"""


@dataclass(frozen=True, slots=True)
class Truth:
    """Edm.Boolean."""

    def read(self, name: str, value: object) -> object:
        """Return the value. Raise GraphError (400) for one of another kind."""
        if not isinstance(value, bool):
            raise bad_request(f"The value of '{name}' is not an Edm.Boolean.")
        return value

    def show(self, value: object) -> object:
        """Return it as a client sees it that has not asked for newer members."""
        return value


@dataclass(frozen=True, slots=True)
class Enumeration:
    """An enumeration; `newer` are the members behind the sentinel."""

    name: str
    members: tuple[str, ...]
    newer: tuple[str, ...] = ()

    def read(self, name: str, value: object) -> object:
        """Return the member. Raise GraphError (400) for what is none."""
        if value not in (*self.members, *self.newer):
            raise bad_request(f"Invalid value specified for property '{name}': '{value}' is no member of {self.name}.")
        return value

    def show(self, value: object) -> object:
        """Return it as a client sees it that has not asked for newer members."""
        return SENTINEL if value in self.newer else value


@dataclass(frozen=True, slots=True)
class Members:
    """A collection of an enumeration's members. What `stays` can't be taken out again."""

    of: Enumeration
    stays: tuple[str, ...] = ()

    def read(self, name: str, value: object) -> object:
        """Return the members. Raise GraphError (400) for anything else."""
        if not isinstance(value, list):
            raise bad_request(f"The value of '{name}' is not a collection.")
        return [self.of.read(name, each) for each in value]

    def show(self, value: object) -> object:
        """Return them as a client sees them that has not asked for newer members."""
        return [self.of.show(each) for each in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Complex:
    """A complex type, by its parts."""

    parts: Mapping[str, Truth | Enumeration]

    def read(self, name: str, value: object) -> object:
        """Return the parts that were sent. Raise GraphError (400) for a part that there is not."""
        if not isinstance(value, dict):
            raise bad_request(f"The value of '{name}' is not an object.")
        if strange := [part for part in value if part not in self.parts and "@odata." not in part]:
            raise bad_request(f"The property '{strange[0]}' does not exist on the type of '{name}'.")
        return {part: self.parts[part].read(part, each) for part, each in value.items() if part in self.parts}

    def show(self, value: object) -> object:
        """Return it as a client sees it that has not asked for newer members."""
        return {part: self.parts[part].show(each) for part, each in value.items()} if isinstance(value, dict) else value


SettingType: TypeAlias = Truth | Enumeration | Members | Complex


@dataclass(frozen=True, slots=True)
class Setting:
    """What it is by itself, what it can be, and whether every cloud has it."""

    default: Any
    kind: SettingType = field(default_factory=Truth)
    everywhere: bool = True


_PRESENTERS = Enumeration("onlineMeetingPresenters", ("everyone", "organization", "roleIsPresenter", "organizer"))
_LOBBY = Enumeration(
    "lobbyBypassScope",
    ("organizer", "organization", "organizationAndFederated", "everyone"),
    ("invited", "organizationExcludingGuests"),
)
_ADMITTERS = Enumeration(
    "allowedLobbyAdmitterRoles", ("organizerAndCoOrganizersAndPresenters", "organizerAndCoOrganizers")
)
ROLES = Enumeration("onlineMeetingRole", ("attendee", "presenter"), ("producer", "coorganizer"))
"""The roles of participants."""

SETTINGS: Mapping[str, Setting] = {
    "allowAttendeeToEnableCamera": Setting(default=True),
    "allowAttendeeToEnableMic": Setting(default=True),
    "allowBreakoutRooms": Setting(default=True, everywhere=False),
    "allowCopyingAndSharingMeetingContent": Setting(default=True, everywhere=False),
    "allowLiveShare": Setting(
        "enabled", Enumeration("meetingLiveShareOptions", ("enabled", "disabled")), everywhere=False
    ),
    "allowMeetingChat": Setting("enabled", Enumeration("meetingChatMode", ("enabled", "disabled", "limited"))),
    "allowPowerPointSharing": Setting(default=True, everywhere=False),
    "allowRecording": Setting(default=True, everywhere=False),
    "allowTeamworkReactions": Setting(default=True),
    "allowTranscription": Setting(default=True, everywhere=False),
    "allowWhiteboard": Setting(default=True, everywhere=False),
    "allowedLobbyAdmitters": Setting("organizerAndCoOrganizersAndPresenters", _ADMITTERS, everywhere=False),
    "allowedPresenters": Setting("everyone", _PRESENTERS),
    "anonymizeIdentityForRoles": Setting([], Members(ROLES, stays=("attendee",))),
    "isEntryExitAnnounced": Setting(default=True),
    "lobbyBypassSettings": Setting(
        {"scope": "organization", "isDialInBypassEnabled": False},
        Complex({"scope": _LOBBY, "isDialInBypassEnabled": Truth()}),
    ),
    "recordAutomatically": Setting(default=False),
    "watermarkProtection": Setting(
        {"isEnabledForContentSharing": False, "isEnabledForVideo": False},
        Complex({"isEnabledForContentSharing": Truth(), "isEnabledForVideo": Truth()}),
    ),
}
"""What PATCH takes beside subject, times and participants."""

GOVERNMENT = frozenset({"usgov-l4", "usgov-l5"})
"""The clouds whose metadata lack some: GCC High and DoD."""

ONLY_SOME_CLOUDS: frozenset[str] = frozenset(
    {
        *(name for name, each in SETTINGS.items() if not each.everywhere),
        *("cloudVideoInteropInfo", "chatRestrictions", "expiryDateTime", "isEndToEndEncryptionEnabled"),
        *("meetingOptionsWebUrl", "meetingSpokenLanguageTag", "meetingTemplateId", "sensitivityLabelAssignment"),
    }
)
"""Properties that onlineMeeting does not have in the clouds of the United States' government (v1.0 metadata)."""


def missing_in(cloud: str) -> frozenset[str]:
    """Return the properties that a cloud does not have."""
    return ONLY_SOME_CLOUDS if cloud in GOVERNMENT else frozenset()


def read_settings(body: Mapping[str, Any], missing: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the settings in the body of a PATCH; those that are `missing` in this cloud are refused as unknown.

    Raise GraphError (400). Who may present can be left to roles only together with the roles: the whole list of
    attendees (onlinemeeting-update).
    """
    for name in body:
        if name == "meetingType":
            raise bad_request("Updating meeting type is not supported.")
        if name in missing:
            raise bad_request(f"The property '{name}' does not exist on type 'microsoft.graph.onlineMeeting'.")
    found = {name: SETTINGS[name].kind.read(name, value) for name, value in body.items() if name in SETTINGS}
    if found.get("allowedPresenters") == "roleIsPresenter" and not isinstance(body.get("participants"), dict):
        raise bad_request("The attendees with their roles must be given with roleIsPresenter.")
    return found


def apply_changes(now: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings as they are after a change. Raise GraphError (400) for one that can't be taken back."""
    after = dict(now)
    for name, value in changes.items():
        before, kind = now.get(name, SETTINGS[name].default), SETTINGS[name].kind
        match kind:
            case Complex():
                after[name] = {**before, **value}
            case Members() if any(each in before and each not in value for each in kind.stays):
                raise bad_request(f"A member of '{name}' can't be removed.")
            case _:
                after[name] = value
    return after


def show_settings(settings: Mapping[str, Any], *, all_members: bool) -> dict[str, Any]:
    """Return every setting as an answer has it."""
    whole = {name: settings.get(name, each.default) for name, each in SETTINGS.items()}
    return whole if all_members else {name: SETTINGS[name].kind.show(value) for name, value in whole.items()}
