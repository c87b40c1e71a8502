"""The columns: each is one declaration, and headings in real sheets are recognised by it.

To add one, declare it below; an input column also needs its reader (readings.py) and, where it says something of the
meeting, the property that it states (properties.py). What is missing is said when the program is imported.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, fields
from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.catalogue.files import OVER_TWO_COLUMNS
from importer.core.model import ExitCode, Status, Stop

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence


class Form(Enum):
    """How the cells below a template's heading are formatted."""

    TEXT = auto()
    DATE = auto()
    GENERAL = auto()
    ONE_LINE = auto()
    """Text that nobody reads: cut off at the cell's edge."""


class Check(Enum):
    """What a template asks about when it is typed in."""

    NONE = auto()
    DATE = auto()
    END = auto()
    LENGTH = auto()
    ZONE = auto()


class Holds(Enum):
    """What is in the cells of an input column."""

    VALUE = auto()
    PERSON = auto()
    """One person: all columns of people are read, checked and looked up alike."""
    PEOPLE = auto()
    """Any number of people."""


class Source(Enum):
    """Where the text of a result cell comes from."""

    ROW = auto()
    """What became of the row: it is written whatever happened, and only this program uses such words."""
    MEETING = auto()
    """What Graph gave, at a place of its answer: kept where a row was not answered this time."""
    INVITATION = auto()
    """Made of row and meeting; kept likewise."""


KEY, OWNER = "the key of the meeting", "whose meeting it is"
"""What a column says that is no property of the meeting: it is in the request, or in its address."""


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
    form: Form = Form.TEXT

    @property
    def prompt(self) -> str:
        """Return the text that appears beside a heading when it is selected."""
        return f"{self.hint}\n\nExample: {self.example}"

    def __post_init__(self) -> None:
        """Raise TypeError where a part is missing."""
        missing = [each.name for each in fields(self) if getattr(self, each.name) in ("", 0, None)]
        if missing := [name for name in missing if name not in _MAY_BE_BLANK]:
            raise TypeError(f"The column '{self.key or self.heading}' is declared without {', '.join(missing)}.")


_MAY_BE_BLANK = frozenset({"required", "any_text", "writes", "at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class InputColumn(Column):
    """A column that people fill in. `required`: on every row. `any_text`: what stands there tells nothing.

    `says` is the property of the meeting that it states (properties.py), or KEY or OWNER. `unclear` are the catalogue's
    codes for what its reader (readings.py) can't make sense of, besides that a cell itself is broken.
    """

    says: str = ""
    unclear: tuple[str, ...] | None = None
    required: bool = False
    any_text: bool = False
    holds: Holds = Holds.VALUE
    check: Check = Check.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumn(Column):
    """A column that this program fills in, from `source`.

    `writes` is what its cells look like when this program has written them: a pattern for the whole text in lower
    case. Empty: no pattern can tell. `at` is where in an answer a meeting's text stands (`chatInfo.threadId`): the
    first of these places that has one.
    """

    source: Source | None = None
    writes: str = ""
    at: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise TypeError where a part is missing, or nothing says where in an answer to look."""
        Column.__post_init__(self)
        if self.source is Source.MEETING and not self.at:
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
    "zone-in-time",
    "serial-number",
    "epoch-time",
    "number-not-time",
)
_NAMES = ("name-of-several", "names-unclear")
_CODE, _NUMBER, _WEB = r"\S+|[\d\s]+", r"[^a-z]*\d[^a-z]*", r"https?://\S+"
_LENGTHS = (
    *(
        f"Duration {unit}"
        for unit in ("(hours)", "(h)", "(hrs)", "in hours", "(min)", "(mins)", "in minutes", "(hh:mm)")
    ),
    *(f"Length {unit}" for unit in ("(hours)", "in hours", "(minutes)", "in minutes")),
)
INPUT_COLUMNS: tuple[InputColumn, ...] = (
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
        ),
        required=True,
        any_text=True,
        unclear=("external-id-is-date",),
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
        synonyms=(
            "Title",
            "Meeting Title",
            "Meeting Subject",
            "Topic",
            "Meeting Name",
        ),
        any_text=True,
        unclear=("subject-is-date",),
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
        ),
        unclear=_TIMES,
        says="times",
        check=Check.DATE,
        hint=("Date and time when the meeting starts, in the row's time zone. Left blank, it starts when it is made."),
        example="2027-03-15 09:00",
        manual=(
            "An Excel date-time, or text like `2026-12-25 09:00` or `25.12.2026 9:00`. Blank: the moment of sending."
        ),
        width=17,
        form=Form.DATE,
    ),
    InputColumn(
        key="end",
        heading="End",
        synonyms=(
            "End time",
            "End date and time",
            "End date time",
            "Ends",
            "Finish",
            "To",
            "Until",
        ),
        unclear=_TIMES,
        says="times",
        check=Check.END,
        hint="Date and time when the meeting ends. Or leave it blank and fill in Duration.",
        example="2027-03-15 10:30",
        manual="Likewise. Blank: one hour after the start.",
        width=17,
        form=Form.DATE,
    ),
    InputColumn(
        key="duration",
        heading="Duration",
        synonyms=("Duration (minutes)", "Duration min", "Length", "Minutes", *_LENGTHS, "Hours"),
        unclear=(
            "not-a-duration",
            "duration-unit",
        ),
        says="times",
        check=Check.LENGTH,
        hint="Instead of End: minutes, or hours and minutes.",
        example="90 or 1:30",
        manual="Instead of End: minutes (`90`) or `1:30`.",
        width=11,
    ),
    InputColumn(
        key="time_zone",
        heading="Time zone",
        synonyms=(
            "Zone",
            "TZ",
            "Start time zone",
        ),
        unclear=("time-zone-unknown",),
        says="times",
        check=Check.ZONE,
        hint=(
            "The zone in which Start and End are meant: choose from the list. It can stay blank if "
            "whoever makes the meetings has set one for all."
        ),
        example="Europe/Berlin",
        manual="`Europe/Berlin` or `W. Europe Standard Time`. Blank: `--timezone`.",
        width=21,
        form=Form.GENERAL,
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
        ),
        required=True,
        holds=Holds.PERSON,
        unclear=("organizer-not-one", *_NAMES),
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
        synonyms=(
            "Attendee UPNs",
            "Attendee",
            "Participants",
            "Invitees",
            "Guests",
        ),
        holds=Holds.PEOPLE,
        unclear=_NAMES,
        says="attendees",
        hint=(
            "Who takes part, by their sign-in names (mostly e-mail addresses), a semicolon between "
            "them; as Outlook copies them is fine. They get no invitation: pass the link on."
        ),
        example="ben@contoso.com; chloe@contoso.com",
        manual="Likewise, but no object IDs; with `;` `,` or a line break between.",
        width=34,
    ),
)

RESULT_COLUMNS: tuple[ResultColumn, ...] = (
    ResultColumn(
        key="status",
        heading="Status",
        writes="|".join(Status),
        source=Source.ROW,
        hint=("What became of the row: created, existing, invalid and so on. The Guide sheet says what to do."),
        example="created",
        manual="What became of the row, see below.",
        width=14,
    ),
    ResultColumn(
        key="what_to_do",
        heading="What to do",
        source=Source.ROW,
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
        synonyms=(
            "Join link",
            "Teams link",
        ),
        writes=_WEB,
        source=Source.MEETING,
        at=("joinWebUrl", "joinUrl"),
        hint="The link that opens the meeting.",
        example="https://teams.microsoft.com/l/meetup-join/…",
        manual="The link people click.",
        width=22,
        form=Form.ONE_LINE,
    ),
    ResultColumn(
        key="conference_id",
        heading="Conference ID",
        writes=_CODE,
        source=Source.MEETING,
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
        source=Source.MEETING,
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
        source=Source.MEETING,
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
        source=Source.MEETING,
        at=("id",),
        hint="The meeting's technical name, for your administrator.",
        example="MSpkYzE3Njc0Yy04MWQ5…",
        manual="The meeting's ID for other programs.",
        width=12,
        form=Form.ONE_LINE,
    ),
    ResultColumn(
        key="checked_at",
        heading="Checked at",
        writes=r"\d{4}-\d\d-\d\d \d\d:\d\d utc",
        source=Source.ROW,
        hint="When Teams was last asked about the meeting.",
        example="2027-03-01 08:00 UTC",
        manual="When Teams was last asked, in UTC.",
        width=21,
    ),
)

EXTRA_COLUMNS: tuple[ResultColumn, ...] = (
    ResultColumn(
        key="passcode",
        heading="Passcode",
        writes=_CODE,
        source=Source.MEETING,
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
        source=Source.MEETING,
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
        source=Source.MEETING,
        at=("audioConferencing.dialinUrl",),
        hint="A page with all phone numbers for dialling in.",
        example="https://dialin.teams.microsoft.com/…",
        manual="A page with all numbers for dialling in.",
        width=16,
        form=Form.ONE_LINE,
    ),
    ResultColumn(
        key="video_id",
        heading="Video ID",
        writes=_CODE,
        source=Source.MEETING,
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
        source=Source.MEETING,
        at=("meetingOptionsWebUrl",),
        hint="The page on which the organizer sets who may enter and present.",
        example="https://teams.microsoft.com/meetingOptions/…",
        manual="The page on which the organizer sets who may enter and present.",
        width=16,
        form=Form.ONE_LINE,
    ),
    ResultColumn(
        key="expires",
        heading="Expires",
        writes=r"\d{4}-\d\d-\d\d.*",
        source=Source.MEETING,
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
        source=Source.MEETING,
        at=("chatInfo.threadId",),
        hint="The technical name of the meeting's chat, for your administrator.",
        example="19:meeting_NTg0NmQ3…@thread.v2",
        manual="The chat's ID for other programs.",
        width=16,
        form=Form.ONE_LINE,
    ),
    ResultColumn(
        key="invitation_text",
        heading="Invitation text",
        source=Source.INVITATION,
        hint="Subject, time, link and numbers in one text, ready to be sent to people.",
        example="Interview: data analyst, first round. Monday, 15 March 2027, 09:00 …",
        manual="Subject, time, link and numbers in one text, for a mail merge.",
        width=16,
    ),
)

COLUMNS: Mapping[str, Column] = MappingProxyType(
    {column.key: column for column in (*INPUT_COLUMNS, *RESULT_COLUMNS, *EXTRA_COLUMNS)}
)
INPUT_KEYS = frozenset(column.key for column in INPUT_COLUMNS)
REQUIRED_KEYS = frozenset(column.key for column in INPUT_COLUMNS if column.required)
"""Columns whose cells must be filled in on every row."""
PEOPLE_KEYS = {column.key: column.holds for column in INPUT_COLUMNS if column.holds is not Holds.VALUE}
"""Columns of people, and whether one person is in their cells or any number."""
ANY_TEXT = frozenset(column.key for column in INPUT_COLUMNS if column.any_text)
"""Columns that any text fits: what stands there tells nothing, and may be another column's too."""

OURS = "meeting-importer"
"""Stands in brackets behind the heading of a result column whose plain heading is over a column of the sheet's own."""
FORM_ENDS = frozenset(
    """
    completiontime completed completedat submissiontime submissiondate submitted submittedat submittime timesubmitted
    datesubmitted lastmodifiedtime fertigstellungszeit
    """.split()  # noqa: SIM905 - a list of words is read as words
)
"""What forms call the moment when an answer was sent, beside the one when it was begun."""

HEADER_SEARCH_ROWS = 60
"""How far down a heading row is looked for: above it stand titles, logos, legends, never a page of data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where one sheet's headings stand. Positions are zero-based columns; `header_row` is the margin's number.

    `inputs` has one position for a key, or several where the mapping joins columns. `titles` gives each key's
    heading as this sheet spells it; for keys without a column, as it would be appended. `others` are the headings
    that the program does not know; `texts` is the heading row as it stands, from the first column on. `candidates`
    are the columns with a result's heading, the one to prefer first: whose they are is told by what they hold; `own`
    are those of them that are the sheet's own.
    """

    header_row: int
    inputs: Mapping[str, tuple[int, ...]]
    results: Mapping[str, int] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    candidates: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    own: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def title(self, key: str) -> str:
        """Return the heading for `key` as a person with this sheet would say it."""
        return self.titles.get(key) or COLUMNS[key].heading


def normalize(heading: str) -> str:
    """Return what two spellings of a heading have in common: letters and digits, no case, no accents' variants."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", heading)).casefold()


def find_layout(
    rows: Iterable[tuple[int, Sequence[str]]],
    *,
    mapping: Mapping[str, tuple[str, ...]],
    required: frozenset[str],
    header_row: int | None = None,
) -> Layout | None:
    """Return the best heading row among `rows` (margin's number, cell texts), or None if none has the required keys.

    The row with the most known input headings wins, the upper one of equals; `header_row` leaves no choice.
    Raise Stop (`heading-twice`) when the winning row has one heading over two columns.
    """
    best: tuple[int, int, Sequence[str]] | None = None
    seen: dict[int, Sequence[str]] = {}
    for number, texts in rows:
        if header_row is not None and number != header_row:
            continue
        seen[number] = texts
        found = positions(texts, mapping)
        score = sum(key in INPUT_KEYS for key in found)
        if required <= found.keys() and (best is None or score > best[0]):
            best = (score, number, texts)
    if best is None:
        return None
    _refuse_two_rows(best[1], seen, mapping)
    return _layout(best[1], best[2], mapping)


def positions(texts: Sequence[str], mapping: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[int, ...]]:
    """Return the columns of each key that a row has a heading for, by rank of synonyms.

    A column is read for one key, but those that `mapping` joins, or takes for the ID or the title, which any text can
    be, are also read for the key whose heading they have, and a column under a key's very own heading is always read
    for it. Results are never written into a column that is read.
    A key that is mapped to nothing has no column.
    """
    seen: dict[str, int] = {}
    for position, text in enumerate(texts):
        seen.setdefault(normalize(text), position)
    found: dict[str, tuple[int, ...]] = {}
    for key, names in mapping.items():
        places = [seen.get(normalize(name)) for name in names]
        if places and None not in places:
            found[key] = tuple(place for place in places if place is not None)
    written = {place for key, places in found.items() if key not in INPUT_KEYS for place in places}
    joined = {place for key, places in found.items() if len(places) > 1 or key in ANY_TEXT for place in places}
    taken = {place for places in found.values() for place in places} - (joined - written)
    for rank in range(max(len(column.synonyms) for column in COLUMNS.values()) + 1):
        for key, column in COLUMNS.items():
            names = (column.heading, *column.synonyms)
            place = seen.get(normalize(names[rank])) if rank < len(names) else None
            if place is None or key in found or key in mapping or (key == "start" and _is_of_a_form(names[rank], seen)):
                continue
            if place not in (taken | joined if key not in INPUT_KEYS else taken if rank else written):
                found[key] = (place,)
                taken.add(place)
    return found


def _is_of_a_form(name: str, seen: Collection[str]) -> bool:
    """Return whether a heading says when a form was opened: forms also say when it was sent (Microsoft Forms)."""
    return normalize(name) == "starttime" and any(other in seen for other in FORM_ENDS)


def _refuse_two_rows(number: int, rows: Mapping[int, Sequence[str]], mapping: Mapping[str, tuple[str, ...]]) -> None:
    """Raise Stop (`headings-in-two-rows`) if the row below or above has headings that this one leaves blank."""
    texts = rows[number]
    found = positions(texts, mapping)
    here = {normalize(text) for text in texts}
    wanted = {normalize(name) for key, names in mapping.items() if key in INPUT_KEYS for name in names}
    places = {place for key, some in found.items() if key in INPUT_KEYS for place in some}
    for other in (number + 1, number - 1):
        beside = rows.get(other, ())
        if other > number and (parts := _parts_of_headings(texts, beside, found)):
            names = ", ".join(f"'{name}'" for name in parts)
            stop = problem("headings-in-two-rows", value=parts[0], row=number, other=other, names=names)
            raise Stop(stop, ExitCode.INPUT)
        if other > number and any(beside[place].strip() for place in places if place < len(beside)):
            continue  # a row of the list, which may say Start or Zone in any of its cells
        known = {
            p for key, some in positions(beside, mapping).items() if key in INPUT_KEYS - found.keys() for p in some
        }
        known |= {place for place, text in enumerate(beside) if normalize(text) in wanted - here}
        under = [place for place in sorted(known) if other > number or not "".join(texts[place : place + 1]).strip()]
        named = [_line(beside[place]) for place in under]
        if named:
            names = ", ".join(f"'{name}'" for name in named)
            stop = problem("headings-in-two-rows", value=named[0], row=number, other=other, names=names)
            raise Stop(stop, ExitCode.INPUT)


def _parts_of_headings(
    texts: Sequence[str], below: Sequence[str], found: Mapping[str, tuple[int, ...]]
) -> tuple[str, ...]:
    """Return what stands below blank headings where the row is one of headings, like Date and Time under From.

    Such a row has words alone, under headings of times and beside them, and nothing for the ID and the organizer.
    """
    filled = {place: _line(text) for place, text in enumerate(below) if text.strip()}
    identity = {place for key in ("external_id", "organizer") for place in found.get(key, ())}
    times = {place for key in ("start", "end") for place in found.get(key, ())}
    words = all(re.search(r"[^\W\d_]", text) and not re.search(r"[\d@]", text) for text in filled.values())
    words = words and not {text.upper() for text in filled.values()} & {"TRUE", "FALSE"}
    if not words or identity & filled.keys() or not times & filled.keys():
        return ()
    return tuple(text for place, text in filled.items() if not "".join(texts[place : place + 1]).strip())


def _layout(number: int, texts: Sequence[str], mapping: Mapping[str, tuple[str, ...]]) -> Layout:
    found = positions(texts, mapping)
    _refuse_twice(number, texts, found)
    inputs = {key: places for key, places in found.items() if key in INPUT_KEYS}
    candidates = _candidates(texts, mapping, {place for places in inputs.values() for place in places})
    results = {key: places[0] for key, places in candidates.items()}
    titles = {key: " + ".join(names) for key, names in mapping.items()}
    titles |= {key: " + ".join(_line(texts[place]) for place in places) for key, places in inputs.items()}
    titles |= {key: _line(texts[place]) for key, place in results.items()}
    taken = {place for places in (*inputs.values(), *candidates.values()) for place in places}
    return Layout(
        header_row=number,
        inputs=inputs,
        results=results,
        titles=titles,
        others=tuple(_line(text) for place, text in enumerate(texts) if place not in taken and text.strip()),
        texts=tuple(texts),
        candidates=candidates,
    )


def _candidates(
    texts: Sequence[str], mapping: Mapping[str, tuple[str, ...]], taken: Collection[int]
) -> dict[str, tuple[int, ...]]:
    """Return the columns of each result's heading: those marked as ours first, then by rank of synonyms."""
    places: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        if place not in taken and text.strip():
            places.setdefault(normalize(text), []).append(place)
    named = {normalize(name) for key in COLUMNS if key not in INPUT_KEYS for name in mapping.get(key, ())}
    found: dict[str, tuple[int, ...]] = {}
    for column in (*RESULT_COLUMNS, *EXTRA_COLUMNS):
        names = _result_names(column, mapping)
        marked = [places.get(normalize(name), []) for name in _marked(names[0], len(places))]
        free = names if column.key in mapping else [name for name in names if normalize(name) not in named]
        plain = [places.get(normalize(name), []) for name in free]
        there = tuple(place for group in (*reversed(marked), *plain) for place in group)
        if there:
            found[column.key] = there
    return found


def _result_names(column: Column, mapping: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return (" + ".join(mapping[column.key]),) if column.key in mapping else (column.heading, *column.synonyms)


def _marked(heading: str, count: int) -> Iterator[str]:
    """Return headings that say that they are ours, in the order in which they are tried."""
    return (f"{heading} ({OURS}{f' {number}' if number > 1 else ''})" for number in range(1, count + 2))


def free_heading(layout: Layout, key: str, mapping: Mapping[str, tuple[str, ...]]) -> str:
    """Return the heading for a result column of ours in a sheet with a column of its own under the plain one."""
    known = set(map(normalize, layout.texts))
    heading = _result_names(COLUMNS[key], mapping)[0]
    return next(one for one in (heading, *_marked(heading, len(known))) if normalize(one) not in known)


def _refuse_twice(number: int, texts: Sequence[str], found: Mapping[str, tuple[int, ...]]) -> None:
    names = [normalize(text) for text in texts]
    for key, places in found.items():
        for place in places:
            if names.count(names[place]) > 1 and key in INPUT_KEYS:
                text = _line(texts[place])
                raise Stop(
                    problem("heading-twice", column=key, value=text, row=number, twice=OVER_TWO_COLUMNS),
                    ExitCode.INPUT,
                )


def _line(text: str) -> str:
    return " ".join(text.split())
