"""Every sentence that stands in the template, in one place, so that a translation is this file's work."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Hint:
    """What a heading says for itself: what stands below it, and an example."""

    text: str
    example: str

    @property
    def prompt(self) -> str:
        """Return the text that appears beside a heading when it is selected."""
        return f"{self.text}\n\nExample: {self.example}"


HINTS: Mapping[str, Hint] = MappingProxyType(
    {
        "external_id": Hint(
            "Your own ID for this meeting, a different one on every row. It is how the meeting is found again "
            "next time. Zeros in front stay.",
            "HR-00042",
        ),
        "subject": Hint("The meeting's title, as people see it in Teams.", "Interview: data analyst, first round"),
        "start": Hint(
            "Date and time when the meeting starts, in the row's time zone. Left blank, it starts when it is made.",
            "2027-03-15 09:00",
        ),
        "end": Hint("Date and time when the meeting ends. Or leave it blank and fill in Duration.", "2027-03-15 10:30"),
        "duration": Hint("Instead of End: minutes, or hours and minutes.", "90 or 1:30"),
        "time_zone": Hint(
            "The zone in which Start and End are meant: choose from the list. It can stay blank if whoever makes the "
            "meetings has set one for all.",
            "Europe/Berlin",
        ),
        "organizer": Hint(
            "The person whose meeting it is, by the name they sign in to Teams with: mostly their e-mail address. One "
            "person only.",
            "ana@contoso.com",
        ),
        "attendees": Hint(
            "Who takes part, by their sign-in names (mostly e-mail addresses), a semicolon between them; as Outlook "
            "copies them is fine. They get no invitation: pass the link on.",
            "ben@contoso.com; chloe@contoso.com",
        ),
        "status": Hint(
            "What became of the row: created, existing, invalid and so on. The Guide sheet says what to do.", "created"
        ),
        "what_to_do": Hint(
            "If something is wrong, this says in which column, in brackets, and how to put it right.",
            "[Start] February 2027 has no day 30. Correct '2027-02-30'.",
        ),
        "join_url": Hint("The link that opens the meeting.", "https://teams.microsoft.com/l/meetup-join/…"),
        "conference_id": Hint("The number to key in after dialling in by phone.", "123 456 789"),
        "dial_in_number": Hint(
            "The phone number for dialling in. Blank if the organizer has no dial-in licence.", "+49 30 123456"
        ),
        "meeting_id": Hint("The number to type in Teams under Join with an ID.", "234 567 890 12"),
        "graph_id": Hint("The meeting's technical name, for your administrator.", "MSpkYzE3Njc0Yy04MWQ5…"),
        "checked_at": Hint("When Teams was last asked about the meeting.", "2027-03-01 08:00 UTC"),
        "passcode": Hint("The passcode that goes with the Meeting ID. Treat it like a password.", "qX7cL3"),
        "toll_free_number": Hint("A phone number that costs the caller nothing, where there is one.", "0800 123456"),
        "dial_in_url": Hint("A page with all phone numbers for dialling in.", "https://dialin.teams.microsoft.com/…"),
        "video_id": Hint("The number for joining from another maker's video room.", "113 456 789 0"),
        "options_url": Hint(
            "The page on which the organizer sets who may enter and present.",
            "https://teams.microsoft.com/meetingOptions/…",
        ),
        "expires": Hint("When the link stops working.", "2027-05-14"),
        "chat_thread": Hint(
            "The technical name of the meeting's chat, for your administrator.", "19:meeting_NTg0NmQ3…@thread.v2"
        ),
        "invitation_text": Hint(
            "Subject, time, link and numbers in one text, ready to be sent to people.",
            "Interview: data analyst, first round. Monday, 15 March 2027, 09:00 …",
        ),
    }
)

REQUIRED = "required"
OPTIONAL = "optional"
FILLED_IN = "Filled in for you"

TABLE_TITLE = "Meetings"
TABLE_SUMMARY = (
    "One row is one meeting. The columns on the left are filled in by you, the grey ones on the right by the "
    "program that makes the meetings."
)


@dataclass(frozen=True, slots=True)
class Advice:
    """A box that appears when something unexpected is typed."""

    title: str
    text: str


NOT_A_DATE = Advice(
    "Is this a date and a time?",
    "Type the date and the time, for example 2027-03-15 09:00. If you are sure, go on.",
)
BAD_END = Advice(
    "Is this the end?",
    "Type a date and a time after Start, for example 2027-03-15 10:30. If you are sure, go on.",
)
NOT_A_DURATION = Advice(
    "How long is it?",
    "Type minutes, for example 90, or hours and minutes, for example 1:30. If you are sure, go on.",
)
NOT_IN_LIST = Advice(
    "This zone is not in the list",
    "Choose a zone from the list, for example Europe/Berlin. A Windows name such as W. Europe Standard Time is "
    "fine too: then go on.",
)
HEADING_TYPED = Advice(
    "This is a heading",
    "The program finds the column by its heading. Press Esc, and type in the rows below it.",
)
FILLED_IN_TYPED = Advice(
    "This column is filled in for you",
    "The program writes here when the meetings are made, so nothing can be typed. Press Esc: what was there stays.",
)

GUIDE_TITLE = "How to fill in the Meetings sheet"
GUIDE_STEPS: tuple[str, ...] = (
    "On the Meetings sheet, fill in one row for each meeting. Cells under a heading with * must be filled in.",
    "Click on a heading to see what goes in below it. The grey columns on the right are filled in for you.",
    "Save the workbook and give it to whoever makes the meetings. You get back a copy with the links filled in.",
    "In the copy (…-results.xlsx) look at Status and What to do, correct the coloured cells, and hand that copy in.",
    "Don't change the External ID or the Organizer of a row that is done: it would become another meeting.",
    "Nobody is sent an invitation. Copy the Join URL to the people who need it.",
)
GUIDE_HEADINGS = ("Column", "What goes in", "Example of one row")
GUIDE_STATUS_HEADINGS = ("Status", "What it means")
GUIDE_STATUS: tuple[tuple[str, str], ...] = (
    (
        "created, existing, updated, unchanged",
        "The meeting is there, and so is its link. Amber: What to do names a cell to check.",
    ),
    ("differs, not attempted", "Read What to do: Teams differs from the row, or the row was not reached."),
    ("invalid, failed", "Not sent this time; a link from before stays. Read What to do, and correct the red cells."),
)
