"""The columns of a sheet, each one declaration: what is said of it anywhere is derived from this.

To add one, declare it below; an input column also needs its reader (readings.py) and, where it says something of the
meeting, the property that it states (core/properties). What is missing is said when the program is imported.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING

from importer.core.exports import JOINS, SYNONYMS
from importer.core.meeting_options import OPTIONS, property_of
from importer.core.model import Status
from importer.core.texts import fixed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.core.meeting_options import MeetingOption


class Holds(Enum):
    """What is in the cells of an input column."""

    TEXT = auto()
    """Any text: what stands there tells nothing, and may be another column's too."""
    MOMENT = auto()
    LENGTH = auto()
    ZONE = auto()
    PERSON = auto()
    """One person: all columns of people are read, checked and looked up alike."""
    PEOPLE = auto()
    """Any number of people."""
    CHOICE = auto()
    """A word for one of the choices of an option (meeting_options.py)."""


class FilledFrom(Enum):
    """Where the text of a result cell comes from."""

    ROW = auto()
    """What became of the row: it is written whatever happened, and only this program uses such words."""
    MEETING = auto()
    """What Graph gave, at a place of its answer: kept where a row was not answered this time."""
    INVITATION = auto()
    """Made of row and meeting; kept likewise."""


KEY, OWNER, INVITED = "the key of the meeting", "whose meeting it is", "who is invited to it"
"""What a column says that is no property of the meeting: it is in the request, in its address, or in its event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the sheet, declared once: rules, comparison, template, manual and JSON are derived from this.

    `key` stands in JSON and configuration, `heading` in the template, `synonyms` are best first. `hint` and `example`
    are for whoever fills in the template, `manual` is for the guide. `width` counts characters as Excel does: the
    longest usual content. Raise TypeError for a declaration with a part missing: it must not be found by a user.
    """

    key: str = ""
    heading: str = ""
    synonyms: tuple[str, ...] = ()
    hint: str = ""
    example: str = ""
    manual: str = ""
    width: int = 0

    @property
    def named(self) -> str:
        """Return the heading as other languages can say it."""
        return fixed(f"{self.key} heading", self.heading)

    @property
    def hinted(self) -> str:
        """Return the hint likewise."""
        return fixed(f"{self.key} hint", self.hint)

    @property
    def shown(self) -> str:
        """Return the example likewise."""
        return fixed(f"{self.key} example", self.example)

    def __post_init__(self) -> None:
        """Raise TypeError where a part is missing."""
        missing = [each.name for each in fields(self) if getattr(self, each.name) in ("", 0, None)]
        if missing := [name for name in missing if name not in _MAY_BE_BLANK]:
            raise TypeError(f"The column '{self.key or self.heading}' is declared without {', '.join(missing)}.")


_MAY_BE_BLANK = frozenset({"required", "after", "joins", "writes", "at", "one_line"})


@dataclass(frozen=True, slots=True, kw_only=True)
class InputColumn(Column):
    """A column that people fill in, on every row where it is `required`.

    `says` is the property of the meeting that it states (core/properties), or KEY, OWNER or INVITED. `joins` are the
    headings that some programs spread over several columns what it says. `unclear` are the catalogue's codes for what
    its reader (readings.py) can't make sense of, besides that a cell itself is broken, and `rules` those that hold
    for what it has read. What it `holds` says how the template formats and checks its cells;
    `after` is the column of the moment that has to be before the one in this.
    """

    says: str = ""
    joins: tuple[tuple[str, ...], ...] = ()
    unclear: tuple[str, ...] | None = None
    rules: tuple[str, ...] | None = None
    holds: Holds | None = None
    required: bool = False
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumn(Column):
    """A column that this program fills in, from `source`.

    `writes` is what its cells look like when this program has written them: a pattern for the whole text in lower
    case. Empty: no pattern can tell. `at` is where in an answer a meeting's text stands (`chatInfo.threadId`): the
    first of these places that has one. Text that nobody reads is `one_line`: cut off at the cell's edge.
    """

    source: FilledFrom | None = None
    writes: str = ""
    at: tuple[str, ...] = ()
    one_line: bool = False

    def __post_init__(self) -> None:
        """Raise TypeError where a part is missing, or nothing says where in an answer to look."""
        Column.__post_init__(self)
        if self.source is FilledFrom.MEETING and not self.at:
            raise TypeError(f"The column '{self.key}' is filled in from a meeting, and declared without at.")


WHAT_TO_DO_WIDTH = 88
"""Characters side by side in the template's What to do column."""

_TIMES = (
    "not-a-date",
    "no-such-day",
    "no-such-time",
    "weekday-wrong",
    "date-ambiguous",
    "year-missing",
    "time-missing",
    "date-missing",
    "range-contradicts",
    "cells-disagree",
    "offset-unknown",
    "offset-missing",
    "offset-or-end",
    "zone-in-time",
    "serial-number",
    "epoch-time",
    "number-not-time",
    "time-in-text",
    "weekday-without-date",
    "weekday-unclear",
    "weekday-not-in-weeks",
)
_NAMES = ("name-of-several", "name-looks-like", "names-unclear")
_CODE, _NUMBER, _WEB = r"\S+|[\d\s]+", r"[^a-z]*\d[^a-z]*", r"https?://\S+"
_LENGTHS = (
    *(
        f"Duration {unit}"
        for unit in ("(hours)", "(h)", "(hrs)", "in hours", "(min)", "(mins)", "in minutes", "(hh:mm)")
    ),
    *(f"Length {unit}" for unit in ("(hours)", "in hours", "(minutes)", "in minutes")),
)
USUAL_COLUMNS: tuple[InputColumn, ...] = (
    InputColumn(
        key="external_id",
        heading="External ID",
        synonyms=(
            "External Identifier",
            "External Key",
            "Meeting Key",
            "Reference",
            "Ref",
            "ID",
            *SYNONYMS["external_id"],
        ),
        required=True,
        holds=Holds.TEXT,
        unclear=("external-id-is-date",),
        rules=(
            "control-characters",
            "external-id-like-date",
            "external-id-rounded",
            "duplicate-external-id",
            "one-meeting-many-rows",
            "external-id-hides",
            "external-id-alike",
        ),
        says=KEY,
        hint=(
            "Your own ID for this meeting, a different one on every row. It is how the meeting is found "
            "again next time. Zeros in front stay."
        ),
        example="HR-00042",
        manual=("**Required.** Text, kept as typed (`00042` stays). Unique per organizer: meetings are found by it."),
        width=16,
    ),
    InputColumn(
        key="subject",
        heading="Subject",
        synonyms=("Title", "Meeting Title", "Meeting Subject", "Topic", "Meeting Name", *SYNONYMS["subject"]),
        holds=Holds.TEXT,
        unclear=("subject-is-date",),
        rules=("control-characters", "subject-blank"),
        says="subject",
        hint="The meeting's title, as people see it in Teams.",
        example="Interview: data analyst, first round",
        manual="The meeting's title. Blank is allowed, with a warning.",
        width=30,
    ),
    InputColumn(
        key="start",
        heading="Start",
        synonyms=(
            "Start time",
            "Start date and time",
            "Start date time",
            "Starts",
            "Begin",
            "From",
            *SYNONYMS["start"],
        ),
        joins=JOINS["start"],
        holds=Holds.MOMENT,
        unclear=_TIMES,
        rules=("midnight", "no-times", "in-the-past", "too-far-ahead", "time-does-not-exist", "time-happens-twice"),
        says="times",
        hint=("Date and time when the meeting starts, in the row's time zone. Left blank, it starts when it is made."),
        example="2027-03-15 09:00",
        manual=(
            "An Excel date-time, or text like `2026-12-25 09:00` or `25.12.2026 9:00`. Blank: the moment of sending."
        ),
        width=17,
    ),
    InputColumn(
        key="end",
        heading="End",
        synonyms=("End time", "End date and time", "End date time", "Ends", "Finish", "To", "Until", *SYNONYMS["end"]),
        joins=JOINS["end"],
        holds=Holds.MOMENT,
        unclear=_TIMES,
        rules=(
            "end-without-start",
            "end-before-start",
            "zero-length",
            "over-24-hours",
            "time-does-not-exist",
            "time-happens-twice",
        ),
        says="times",
        after="start",
        hint="Date and time when the meeting ends. Or leave it blank and fill in Duration.",
        example="2027-03-15 10:30",
        manual="Likewise. Blank: one hour after the start.",
        width=17,
    ),
    InputColumn(
        key="duration",
        heading="Duration",
        synonyms=("Duration (minutes)", "Duration min", "Length", "Minutes", *_LENGTHS, "Hours", *SYNONYMS["duration"]),
        holds=Holds.LENGTH,
        unclear=("not-a-duration", "duration-unit"),
        rules=("end-without-start", "zero-length", "short-duration", "over-24-hours", "duration-contradicts-end"),
        says="times",
        hint="Instead of End: minutes, or hours and minutes.",
        example="90 or 1:30",
        manual="Instead of End: minutes (`90`) or `1:30`.",
        width=11,
    ),
    InputColumn(
        key="time_zone",
        heading="Time zone",
        synonyms=("Zone", "TZ", "Start time zone", *SYNONYMS["time_zone"]),
        holds=Holds.ZONE,
        unclear=("time-zone-unknown",),
        rules=("time-zone-missing", "gmt-in-summer", "offset-in-summer"),
        says="times",
        hint=(
            "The zone in which Start and End are meant: choose from the list. It can stay blank if "
            "whoever makes the meetings has set one for all."
        ),
        example="Europe/Berlin",
        manual="`Europe/Berlin` or `W. Europe Standard Time`. Blank: `--timezone`.",
        width=21,
    ),
    InputColumn(
        key="organizer",
        heading="Organizer",
        synonyms=(
            "Organiser",
            "Organizer UPN",
            "Organiser UPN",
            "Organizer email",
            "Organiser email",
            "Host",
            *SYNONYMS["organizer"],
        ),
        required=True,
        holds=Holds.PERSON,
        unclear=("organizer-not-one", *_NAMES),
        rules=("hidden-character", "upn-not-valid"),
        says=OWNER,
        hint=(
            "The person whose meeting it is, by the name they sign in to Teams with: mostly their "
            "e-mail address. One person only."
        ),
        example="ana@contoso.com",
        manual=("**Required** (unless `--delegated`). Sign-in name (UPN), object ID, or `Ana Ruiz <ana@contoso.com>`."),
        width=32,
    ),
    InputColumn(
        key="attendees",
        heading="Attendees",
        synonyms=("Attendee UPNs", "Attendee", "Participants", "Invitees", "Guests", *SYNONYMS["attendees"]),
        joins=JOINS["attendees"],
        holds=Holds.PEOPLE,
        unclear=_NAMES,
        rules=("hidden-character", "upn-not-valid", "attendee-repeated", "too-many-attendees"),
        says="attendees",
        hint=(
            "Who takes part, by their sign-in names (mostly e-mail addresses), a semicolon between "
            "them; as Outlook copies them is fine. Pass the link on, unless calendars invite them."
        ),
        example="ben@contoso.com; chloe@contoso.com",
        manual="Likewise, but no object IDs; with `;` `,` or a line break between.",
        width=34,
    ),
)

"""The columns that a template has unless others are asked for."""

WIDEST_CHOICE = 30
"""Characters of a drop-down's widest column; longer words are wrapped."""


def _column_of(option: MeetingOption) -> InputColumn:
    longest = max(map(len, (*option.words, option.heading)))
    return InputColumn(
        key=option.key,
        heading=option.heading,
        synonyms=option.synonyms,
        unclear=("option-unknown", "option-not-in-cloud"),
        rules=() if option.lasting is None else ("option-for-good",),
        holds=Holds.CHOICE,
        says=property_of(option),
        hint=option.hint,
        example=option.words[-1],
        manual=option.manual,
        width=min(longest + 4, WIDEST_CHOICE),
    )


_CO_ORGANIZERS = InputColumn(
    key="co_organizers",
    heading="Co-organizers",
    synonyms=("Co-organisers", "Coorganizers", "Coorganisers"),
    holds=Holds.PEOPLE,
    unclear=_NAMES,
    rules=("hidden-character", "upn-not-valid", "attendee-repeated"),
    says="roles",
    hint="Who can do nearly all that the organizer can, written as under Attendees. People of your organization only.",
    example="dora@contoso.com",
    manual="People of the organization who can do nearly all that the organizer can, written as under `Attendees`.",
    width=34,
)
_ROOM = InputColumn(
    key="room",
    heading="Room mailbox",
    synonyms=("Room mailboxes", "Room address", "Room email", "Resource mailbox"),
    holds=Holds.PEOPLE,
    unclear=_NAMES,
    rules=("hidden-character", "upn-not-valid", "attendee-repeated"),
    says=INVITED,
    hint="The mail address of the room that is to be booked, where meetings are put into calendars.",
    example="room1@contoso.com",
    manual="With `--calendar`: mail addresses of rooms, which are booked by the invitation.",
    width=34,
)
OPTION_COLUMNS = (*map(_column_of, OPTIONS), _CO_ORGANIZERS, _ROOM)
"""A column for each option of a meeting, in a template on request."""
INPUT_COLUMNS = (*USUAL_COLUMNS, *OPTION_COLUMNS)

RESULT_COLUMNS: tuple[ResultColumn, ...] = (
    ResultColumn(
        key="status",
        heading="Status",
        writes="|".join(Status),
        source=FilledFrom.ROW,
        hint=("What became of the row: created, existing, invalid and so on. The Guide sheet says what to do."),
        example="created",
        manual="What became of the row, see below.",
        width=14,
    ),
    ResultColumn(
        key="what_to_do",
        heading="What to do",
        source=FilledFrom.ROW,
        hint="If something is wrong, this says in which column, in brackets, and how to put it right.",
        example="[Start] February 2027 has no day 30. Correct '2027-02-30'.",
        manual=(
            "One line per problem, starting with the heading in brackets. Where the row is too low for "
            "them all, their number comes first."
        ),
        width=WHAT_TO_DO_WIDTH,
    ),
    ResultColumn(
        key="join_url",
        heading="Join URL",
        synonyms=("Join link", "Teams link"),
        writes=_WEB,
        source=FilledFrom.MEETING,
        at=("joinWebUrl", "joinUrl"),
        hint="The link that opens the meeting.",
        example="https://teams.microsoft.com/l/meetup-join/…",
        manual="The link people click.",
        width=22,
        one_line=True,
    ),
    ResultColumn(
        key="conference_id",
        heading="Conference ID",
        writes=_CODE,
        source=FilledFrom.MEETING,
        # Two of Microsoft's own examples spell it with a capital.
        at=("audioConferencing.conferenceId", "audioConferencing.ConferenceId"),
        hint="The number to key in after dialling in by phone.",
        example="123 456 789",
        manual="For dialling in by phone; needs an Audio Conferencing licence on the organizer.",
        width=16,
    ),
    ResultColumn(
        key="dial_in_number",
        heading="Dial-in number",
        writes=_NUMBER,
        source=FilledFrom.MEETING,
        at=("audioConferencing.tollNumber",),
        hint="The phone number for dialling in. Blank if the organizer has no dial-in licence.",
        example="+49 30 123456",
        manual="The number to dial.",
        width=16,
    ),
    ResultColumn(
        key="meeting_id",
        heading="Meeting ID",
        writes=_CODE,
        source=FilledFrom.MEETING,
        at=("joinMeetingIdSettings.joinMeetingId",),
        hint="The number to type in Teams under Join with an ID.",
        example="234 567 890 12",
        manual="The number people type in Teams.",
        width=16,
    ),
    ResultColumn(
        key="graph_id",
        heading="Graph ID",
        writes=_CODE,
        source=FilledFrom.MEETING,
        at=("id",),
        hint="The meeting's technical name, for your administrator.",
        example="MSpkYzE3Njc0Yy04MWQ5…",
        manual="The meeting's ID for other programs.",
        width=12,
        one_line=True,
    ),
    ResultColumn(
        key="checked_at",
        heading="Checked at",
        writes=r"\d{4}-\d\d-\d\d \d\d:\d\d utc",
        source=FilledFrom.ROW,
        hint="When Teams was last asked about the meeting.",
        example="2027-03-01 08:00 UTC",
        manual="When Teams was last asked, in UTC.",
        width=21,
    ),
)
"""Those that every copy has."""

EXTRA_COLUMNS: tuple[ResultColumn, ...] = (
    ResultColumn(
        key="passcode",
        heading="Passcode",
        writes=_CODE,
        source=FilledFrom.MEETING,
        at=("joinMeetingIdSettings.passcode",),
        hint="The passcode that goes with the Meeting ID. Treat it like a password.",
        example="qX7cL3",
        manual="The passcode that goes with the Meeting ID.",
        width=16,
    ),
    ResultColumn(
        key="toll_free_number",
        heading="Toll-free number",
        writes=_NUMBER,
        source=FilledFrom.MEETING,
        at=("audioConferencing.tollFreeNumber",),
        hint="A phone number that costs the caller nothing, where there is one.",
        example="0800 123456",
        manual="A number that costs the caller nothing.",
        width=16,
    ),
    ResultColumn(
        key="dial_in_url",
        heading="Dial-in URL",
        writes=_WEB,
        source=FilledFrom.MEETING,
        at=("audioConferencing.dialinUrl",),
        hint="A page with all phone numbers for dialling in.",
        example="https://dialin.teams.microsoft.com/…",
        manual="A page with all numbers for dialling in.",
        width=16,
        one_line=True,
    ),
    ResultColumn(
        key="video_id",
        heading="Video ID",
        writes=_CODE,
        source=FilledFrom.MEETING,
        at=("videoTeleconferenceId",),
        hint="The number for joining from another maker's video room.",
        example="113 456 789 0",
        manual="For joining from another maker's video room.",
        width=16,
    ),
    ResultColumn(
        key="options_url",
        heading="Options URL",
        writes=_WEB,
        source=FilledFrom.MEETING,
        at=("meetingOptionsWebUrl",),
        hint="The page on which the organizer sets who may enter and present.",
        example="https://teams.microsoft.com/meetingOptions/…",
        manual="The page on which the organizer sets who may enter and present.",
        width=16,
        one_line=True,
    ),
    ResultColumn(
        key="expires",
        heading="Expires",
        writes=r"\d{4}-\d\d-\d\d.*",
        source=FilledFrom.MEETING,
        at=("expiryDateTime",),
        hint="When the link stops working.",
        example="2027-05-14",
        manual="When the link stops working.",
        width=16,
    ),
    ResultColumn(
        key="chat_thread",
        heading="Chat thread",
        writes=r"\S+",
        source=FilledFrom.MEETING,
        at=("chatInfo.threadId",),
        hint="The technical name of the meeting's chat, for your administrator.",
        example="19:meeting_NTg0NmQ3…@thread.v2",
        manual="The chat's ID for other programs.",
        width=16,
        one_line=True,
    ),
    ResultColumn(
        key="invitation_text",
        heading="Invitation text",
        source=FilledFrom.INVITATION,
        hint="Subject, time, link and numbers in one text, ready to be sent to people.",
        example="Interview: data analyst, first round. Monday, 15 March 2027, 09:00 …",
        manual="Subject, time, link and numbers in one text, for a mail merge.",
        width=16,
    ),
)
"""Those that a copy has if they were asked for, or in the sheet."""

COLUMNS: Mapping[str, Column] = MappingProxyType(
    {column.key: column for column in (*INPUT_COLUMNS, *RESULT_COLUMNS, *EXTRA_COLUMNS)}
)
INPUT_KEYS = frozenset(column.key for column in INPUT_COLUMNS)
REQUIRED_KEYS = frozenset(column.key for column in INPUT_COLUMNS if column.required)
"""Columns whose cells must be filled in on every row."""
HOLDS = {column.key: column.holds for column in INPUT_COLUMNS}
"""What is in the cells of each input column."""
PEOPLE_KEYS = {
    column.key: holds for column in INPUT_COLUMNS if (holds := column.holds) is Holds.PERSON or holds is Holds.PEOPLE
}
"""Columns of people, and whether one person is in their cells or any number."""
ANY_TEXT = frozenset(column.key for column in INPUT_COLUMNS if column.holds is Holds.TEXT)
"""Columns that any text fits: what stands there tells nothing, and may be another column's too."""
