"""The options of a meeting, each declared once: who waits in the lobby, who presents, what is recorded.

createOrGet takes none of them, so they are told by a PATCH once there is a meeting. One declaration says what people
write in the column, and what that states in Graph; from it come the column (columns.py), how its cells are read
(readings.py), the property that is compared and sent (core/properties), the template's drop-down and the guide's table.

A choice states one or several values, each at its place in a body. Its first word is the one that is offered, and said;
the others are taken too, Graph's own among them. What could mean two things ("yes" under Recording) is no word of any.

Sources: https://learn.microsoft.com/graph/api/onlinemeeting-update and /graph/api/resources/onlinemeetingbase; which
clouds lack a property: the v1.0 metadata of each.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from importer.core.texts import fixed, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.core.texts import Languages


@dataclass(frozen=True, slots=True)
class OptionChoice:
    """What can be chosen: the words for it, the one to offer first, and what it states, by place in a body.

    `where_less` is what it states in a cloud that lacks one of those places; None: it can't be chosen there.
    """

    words: tuple[str, ...]
    states: Mapping[str, Any] = field(hash=False)
    where_less: Mapping[str, Any] | None = field(default=None, hash=False)

    @property
    def word(self) -> str:
        """Return the word that is offered and said."""
        return self.words[0]

    @property
    def also(self) -> str:
        """Return what else people write, semicolons between; none of Graph's own (`roleIsPresenter`)."""
        return "; ".join(word for word in self.words[1:] if word.islower() or not word.isidentifier())


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingOption:
    """An option of a meeting. Raise TypeError for a declaration with a part missing.

    `key`, `heading`, `synonyms`, `hint` and `manual` are its column's. `usual` is the word for what Teams chooses by
    itself where no policy says otherwise, as the answers in Microsoft's examples have it. `by_name` is what it is where
    people are named instead of a choice, `lasting` the choice that Graph does not take back.
    """

    key: str = ""
    heading: str = ""
    synonyms: tuple[str, ...] = ()
    hint: str = ""
    manual: str = ""
    choices: tuple[OptionChoice, ...] = ()
    usual: str = ""
    by_name: OptionChoice | None = None
    lasting: OptionChoice | None = None

    def __post_init__(self) -> None:
        """Raise TypeError where a part is missing."""
        missing = [each.name for each in fields(self) if getattr(self, each.name) in ("", ())]
        if missing := [name for name in missing if name != "synonyms"]:
            raise TypeError(f"The option '{self.key}' is declared without {', '.join(missing)}.")
        if self.usual not in self.words:
            raise TypeError(f"The usual '{self.usual}' is no choice of the option '{self.key}'.")

    @property
    def by_itself(self) -> OptionChoice:
        """Return what Teams chooses by itself."""
        return next(choice for choice in self.choices if choice.word == self.usual)

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words that are offered."""
        return tuple(choice.word for choice in self.choices)

    @property
    def places(self) -> tuple[str, ...]:
        """Return the places in a body that it states, each once."""
        return tuple(dict.fromkeys(place for choice in self.choices for place in choice.states))


def _truths(place: str, yes: tuple[str, ...], no: tuple[str, ...]) -> tuple[OptionChoice, OptionChoice]:
    return OptionChoice((*yes, "true"), {place: True}), OptionChoice((*no, "false"), {place: False})


_ALLOWED = ("allowed", "yes", "on", "enabled")
_NOT_ALLOWED = ("not allowed", "no", "off", "disabled", "forbidden", "blocked")


def _allowing(place: str) -> tuple[OptionChoice, OptionChoice]:
    return _truths(place, _ALLOWED, _NOT_ALLOWED)


_SCOPE, _CALLERS = "lobbyBypassSettings.scope", "lobbyBypassSettings.isDialInBypassEnabled"
_AUTOMATIC, _RECORDING = "recordAutomatically", "allowRecording"
_CONTENT, _VIDEO = "watermarkProtection.isEnabledForContentSharing", "watermarkProtection.isEnabledForVideo"
_ADMITTERS, _PRESENTERS, _CHAT = "allowedLobbyAdmitters", "allowedPresenters", "allowMeetingChat"
_HIDDEN = OptionChoice(("yes", "hidden", "on", "true", "attendee"), {"anonymizeIdentityForRoles": ("attendee",)})

NOT_INVITED = OptionChoice(("no", "false", "off"), {})
"""Chosen for a meeting that is put into no calendar; Teams is told nothing of it (inviting.py)."""

OPTIONS: tuple[MeetingOption, ...] = (
    MeetingOption(
        key="lobby",
        heading="Lobby",
        synonyms=("Lobby bypass", "Who can bypass the lobby"),
        hint="Who comes in without waiting in the lobby. All others wait until they are let in.",
        manual="Who comes in without waiting.",
        usual="organization",
        choices=(
            OptionChoice(("everyone passes", "everyone", "nobody waits"), {_SCOPE: "everyone"}),
            OptionChoice(
                (
                    "organization and trusted ones",
                    "organization, trusted organizations and guests",
                    "people in my org, trusted orgs, and guests",
                    "organizationAndFederated",
                ),
                {_SCOPE: "organizationAndFederated"},
            ),
            OptionChoice(
                ("organization", "organization and guests", "people in my org and guests"), {_SCOPE: "organization"}
            ),
            OptionChoice(
                ("organization without guests", "people in my org", "organizationExcludingGuests"),
                {_SCOPE: "organizationExcludingGuests"},
            ),
            OptionChoice(("invited people", "people who were invited", "invited"), {_SCOPE: "invited"}),
            OptionChoice(
                (
                    "organizer only",
                    "organizers only",
                    "only organizers and co-organizers",
                    "everyone waits",
                    "all wait",
                    "organizer",
                ),
                {_SCOPE: "organizer"},
            ),
        ),
    ),
    MeetingOption(
        key="lobby_callers",
        heading="Lobby callers",
        synonyms=("Callers", "Dial-in callers"),
        hint="Whether people who dial in by phone come in without waiting in the lobby.",
        manual="Whether people who dial in wait.",
        usual="wait",
        choices=_truths(_CALLERS, ("pass", "callers pass"), ("wait", "callers wait")),
    ),
    MeetingOption(
        key="lobby_admitters",
        heading="Lobby admitters",
        synonyms=("Who can admit",),
        hint="Who lets people in from the lobby.",
        manual="Who lets people in from the lobby.",
        usual="organizers and presenters",
        choices=(
            OptionChoice(
                ("organizers and presenters", "presenters", "organizerAndCoOrganizersAndPresenters"),
                {_ADMITTERS: "organizerAndCoOrganizersAndPresenters"},
            ),
            OptionChoice(
                ("organizers only", "organizer only", "organizers and co-organizers", "organizerAndCoOrganizers"),
                {_ADMITTERS: "organizerAndCoOrganizers"},
            ),
        ),
    ),
    MeetingOption(
        key="presenters",
        heading="Presenters",
        synonyms=("Who can present",),
        hint="Who can present: choose from the list, or name the people as under Attendees.",
        manual="Who can present; or the people who can, written as under `Attendees`.",
        usual="everyone",
        choices=(
            OptionChoice(("everyone",), {_PRESENTERS: "everyone"}),
            OptionChoice(("organization", "the organization", "people in my org"), {_PRESENTERS: "organization"}),
            OptionChoice(
                ("organizer only", "organizers only", "only organizers and co-organizers", "organizer"),
                {_PRESENTERS: "organizer"},
            ),
        ),
        by_name=OptionChoice(("people by name",), {_PRESENTERS: "roleIsPresenter"}),
    ),
    MeetingOption(
        key="recording",
        heading="Recording",
        synonyms=("Record automatically",),
        hint="Whether the meeting is recorded by itself, or by whoever starts it, or not at all.",
        manual="By itself, by whoever starts it, or not at all.",
        usual="by hand",
        choices=(
            OptionChoice(("automatic", "automatically", "recorded automatically"), {_AUTOMATIC: True}),
            OptionChoice(
                ("by hand", "manual", "manually", "allowed", "not automatic"),
                {_AUTOMATIC: False, _RECORDING: True},
                where_less={_AUTOMATIC: False},
            ),
            OptionChoice(("not allowed", "forbidden", "blocked"), {_AUTOMATIC: False, _RECORDING: False}),
        ),
    ),
    MeetingOption(
        key="transcription",
        heading="Transcription",
        hint="Whether what is said can be written down.",
        manual="Whether it can be started.",
        usual="allowed",
        choices=_allowing("allowTranscription"),
    ),
    MeetingOption(
        key="chat",
        heading="Chat",
        synonyms=("Meeting chat",),
        hint="Whether people can write to each other: always, never, or only while the meeting lasts.",
        manual="Always, never, or while the meeting lasts.",
        usual="on",
        choices=(
            OptionChoice(("on", "yes", "always", "enabled"), {_CHAT: "enabled"}),
            OptionChoice(("during the meeting", "in meeting only", "limited"), {_CHAT: "limited"}),
            OptionChoice(("off", "no", "never", "disabled"), {_CHAT: "disabled"}),
        ),
    ),
    MeetingOption(
        key="microphone",
        heading="Microphone",
        synonyms=("Mic",),
        hint="Whether attendees can turn their microphones on.",
        manual="Whether attendees can turn theirs on.",
        usual="allowed",
        choices=_allowing("allowAttendeeToEnableMic"),
    ),
    MeetingOption(
        key="camera",
        heading="Camera",
        hint="Whether attendees can turn their cameras on.",
        manual="Whether attendees can turn theirs on.",
        usual="allowed",
        choices=_allowing("allowAttendeeToEnableCamera"),
    ),
    MeetingOption(
        key="reactions",
        heading="Reactions",
        hint="Whether people can react with signs, like a thumb up.",
        manual="Whether people can send them.",
        usual="allowed",
        choices=_allowing("allowTeamworkReactions"),
    ),
    MeetingOption(
        key="names_hidden",
        heading="Attendee names hidden",
        synonyms=("Hide attendee names",),
        hint="Whether attendees see each other's names. Once hidden, the names of a meeting can't be shown again.",
        manual="Whether attendees' names are hidden from each other. Can't be taken back.",
        usual="no",
        choices=(_HIDDEN, OptionChoice(("no", "shown", "off", "false"), {"anonymizeIdentityForRoles": ()})),
        lasting=_HIDDEN,
    ),
    MeetingOption(
        key="announce_entry",
        heading="Announce entry",
        synonyms=("Announce entry and exit", "Announce callers"),
        hint="Whether it can be heard when somebody who dialled in comes or goes.",
        manual="Whether callers are heard coming and going.",
        usual="yes",
        choices=_truths("isEntryExitAnnounced", ("yes", "on"), ("no", "off")),
    ),
    MeetingOption(
        key="watermark",
        heading="Watermark",
        hint="Whether each person's own name is laid over what is seen. Needs Teams Premium.",
        manual="Over the videos, over shared content, over both, or over nothing; needs Teams Premium.",
        usual="off",
        choices=(
            OptionChoice(("off", "no", "none"), {_CONTENT: False, _VIDEO: False}),
            OptionChoice(("videos", "video"), {_CONTENT: False, _VIDEO: True}),
            OptionChoice(("content", "shared content"), {_CONTENT: True, _VIDEO: False}),
            OptionChoice(("both", "on", "yes", "videos and content"), {_CONTENT: True, _VIDEO: True}),
        ),
    ),
    MeetingOption(
        key="copying",
        heading="Copying",
        synonyms=("Copying and sharing", "Copy and forward"),
        hint="Whether chat, captions and transcript can be copied and passed on.",
        manual="Whether chat, captions and transcript can be copied.",
        usual="allowed",
        choices=_allowing("allowCopyingAndSharingMeetingContent"),
    ),
    MeetingOption(
        key="breakout_rooms",
        heading="Breakout rooms",
        hint="Whether the meeting can be parted into rooms.",
        manual="Whether there can be any.",
        usual="allowed",
        choices=_allowing("allowBreakoutRooms"),
    ),
    MeetingOption(
        key="whiteboard",
        heading="Whiteboard",
        hint="Whether a whiteboard can be shared.",
        manual="Whether one can be shared.",
        usual="allowed",
        choices=_allowing("allowWhiteboard"),
    ),
    MeetingOption(
        key="powerpoint",
        heading="PowerPoint Live",
        synonyms=("PowerPoint sharing",),
        hint="Whether slides can be shared with PowerPoint Live.",
        manual="Whether slides can be shared that way.",
        usual="allowed",
        choices=_allowing("allowPowerPointSharing"),
    ),
    MeetingOption(
        key="live_share",
        heading="Live Share",
        hint="Whether apps can be worked in together.",
        manual="Whether apps can be worked in together.",
        usual="allowed",
        choices=(
            OptionChoice(_ALLOWED, {"allowLiveShare": "enabled"}),
            OptionChoice(_NOT_ALLOWED, {"allowLiveShare": "disabled"}),
        ),
    ),
    MeetingOption(
        key="invite",
        heading="Invite",
        synonyms=("Send invitation", "Send invitations"),
        hint="Whether the meeting is put into calendars, where that was asked for. Blank: it is.",
        manual="With `--calendar`: whether it is put into its organizer's calendar, and its attendees are invited.",
        choices=(OptionChoice(("yes", "true", "on"), {}), NOT_INVITED),
        usual="yes",
    ),
)
"""Every option, in the order of the guide and of the template."""

OPTION: Mapping[str, MeetingOption] = MappingProxyType({option.key: option for option in OPTIONS})
"""Every option, by its key."""

GOVERNMENT: Mapping[str, str] = MappingProxyType({"usgov-l4": "GCC High", "usgov-l5": "DoD"})
"""Clouds that lack some, and what people call them."""
_NOT_THERE = frozenset(
    {
        *("allowedLobbyAdmitters", "allowRecording", "allowTranscription", "allowBreakoutRooms", "allowLiveShare"),
        *("allowPowerPointSharing", "allowWhiteboard", "allowCopyingAndSharingMeetingContent"),
    }
)


NEVER_SET = frozenset(
    """
    passcoderequired requirepasscode requireapasscode requiresapasscode ispasscoderequired meetingtemplate
    meetingtemplateid meetingtheme sensitivitylabel sensitivitylabelassignment endtoendencryption e2eencryption
    passcodeerforderlich kennungerforderlich besprechungsvorlage vertraulichkeitsbezeichnung endezuendeverschlüsselung
    codesecretobligatoire modèlederéunion étiquettedeconfidentialité chiffrementdeboutenbout
    """.split()  # noqa: SIM905 - a list of words is read as words
)
"""What nobody can set on a meeting that createOrGet has made, as headings name it (graph/api/onlinemeeting-update)."""


def word_of(option: MeetingOption, word: str) -> str:
    """Return one of an option's words as other languages can say it."""
    return fixed(f"{option.key} choice", word)


@lru_cache(maxsize=64)
def choices_in(languages: Languages, key: str) -> Mapping[str, OptionChoice]:
    """Return what each word of the languages means under an option's heading; one that means two things is left out."""
    found: dict[str, OptionChoice | None] = {}
    for said in map(languages.sentences, languages.tags):
        for choice in OPTION[key].choices:
            also = said.get(("choice also", choice.also), ("",))[0].split(";")
            for word in (*said.get((f"{key} choice", choice.word), ()), *also):
                name = normalize(word)
                found[name] = choice if found.get(name, choice) is choice else None
    return {word: choice for word, choice in found.items() if word and choice is not None}


def chosen_in(cloud: str, choice: OptionChoice) -> OptionChoice | None:
    """Return the choice as a cloud has it, None where it can't be chosen there."""
    if cloud not in GOVERNMENT or not _NOT_THERE & choice.states.keys():
        return choice
    return None if choice.where_less is None else replace(choice, states=choice.where_less)


def property_of(option: MeetingOption) -> str:
    """Return the key of the property that the option is part of: what stands together in a body goes together."""
    return _GROUP.get(option.key, option.key)


_GROUP = {"lobby_callers": "lobby"}
"""Options that are told with another, by its key."""


def _beginnings(options: Iterable[MeetingOption]) -> list[tuple[str, str]]:
    return list({(place.partition(".")[0], property_of(option)) for option in options for place in option.places})


if len({name for name, _ in _beginnings(OPTIONS)}) < len(_beginnings(OPTIONS)):
    raise TypeError("Two options state parts of the same name in a body, and go together nowhere.")
