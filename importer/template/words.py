"""Every sentence that stands in the template, in one place, so that a translation is this file's work."""

from __future__ import annotations

from dataclasses import dataclass

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
NOT_A_CHOICE = Advice(
    "This is not in the list",
    "Choose one from the list, or leave the cell blank: then the meeting has it as Teams does by itself.",
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
