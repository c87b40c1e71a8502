"""Every sentence that stands in the template beside its columns', in one place, as other languages can say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from importer.core.catalogue.words import status_word
from importer.core.columns import COLUMNS, HOLDS, Holds
from importer.core.meeting_options import OPTION, word_of
from importer.core.model import BAD, CARE, GOOD
from importer.core.texts import Sentence, fixed, joined

if TYPE_CHECKING:
    from importer.core.texts import Language

REQUIRED = Sentence("hint required", "{heading}: required", note="over the hint that appears at a heading")
OPTIONAL = Sentence("hint optional", "{heading}: optional")


def example_of(key: str, language: Language) -> str:
    """Return the example of a column's cell: dates as the language writes them, of options a word to choose."""
    column = COLUMNS[key]
    if key in OPTION:
        return language.say(word_of(OPTION[key], column.example))
    if HOLDS.get(key) is Holds.MOMENT and language.dated is not None:
        moment = datetime.strptime(column.example, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - the sheet's own, without a zone
        return language.in_figures(moment)
    return language.say(status_word(column.example) if key == "status" else column.shown)


def prompt_of(key: str, language: Language) -> str:
    """Return the text that appears beside a heading when it is selected."""
    return language.say(EXAMPLE.format(hint=COLUMNS[key].hinted, example=example_of(key, language)))


FILLED_IN = fixed("hint filled in", "Filled in for you")
EXAMPLE = Sentence("hint example", "{hint}\n\nExample: {example}")

TABLE_TITLE = "Meetings"
"""The table's name, which formulas call it by; no language changes it."""
TABLE_SUMMARY = fixed(
    "table summary",
    "One row is one meeting. The columns on the left are filled in by you, the grey ones on the right by the "
    "program that makes the meetings.",
)


@dataclass(frozen=True, slots=True)
class Advice:
    """A box that appears when something unexpected is typed."""

    title: str
    text: str


NOT_A_DATE = Advice(
    fixed("box not a date title", "Is this a date and a time?"),
    fixed("box not a date", "Type the date and the time, for example 2027-03-15 09:00. If you are sure, go on."),
)
BAD_END = Advice(
    fixed("box bad end title", "Is this the end?"),
    fixed("box bad end", "Type a date and a time after Start, for example 2027-03-15 10:30. If you are sure, go on."),
)
NOT_A_DURATION = Advice(
    fixed("box not a duration title", "How long is it?"),
    fixed(
        "box not a duration",
        "Type minutes, for example 90, or hours and minutes, for example 1:30. If you are sure, go on.",
    ),
)
NOT_IN_LIST = Advice(
    fixed("box not in list title", "This zone is not in the list"),
    fixed(
        "box not in list",
        "Choose a zone from the list, for example Europe/Berlin. A Windows name such as W. Europe Standard Time is "
        "fine too: then go on.",
    ),
)
NOT_A_CHOICE = Advice(
    fixed("box not a choice title", "This is not in the list"),
    fixed(
        "box not a choice",
        "Choose one from the list, or leave the cell blank: then the meeting has it as Teams does by itself.",
    ),
)
HEADING_TYPED = Advice(
    fixed("box heading typed title", "This is a heading"),
    fixed(
        "box heading typed", "The program finds the column by its heading. Press Esc, and type in the rows below it."
    ),
)
FILLED_IN_TYPED = Advice(
    fixed("box filled in typed title", "This column is filled in for you"),
    fixed(
        "box filled in typed",
        "The program writes here when the meetings are made, so nothing can be typed. Press Esc: what was there stays.",
    ),
)

GUIDE_TITLE = fixed("guide title", "How to fill in the Meetings sheet")
GUIDE_STEPS: tuple[str, ...] = (
    fixed(
        "guide step 1",
        "On the Meetings sheet, fill in one row for each meeting. Cells under a heading with * must be filled in.",
    ),
    fixed(
        "guide step 2",
        "Click on a heading to see what goes in below it. The grey columns on the right are filled in for you.",
    ),
    fixed(
        "guide step 3",
        "Save the workbook and give it to whoever makes the meetings. You get back a copy with the links filled in.",
    ),
    fixed(
        "guide step 4",
        "In the copy (…-results.xlsx) look at Status and What to do, correct the coloured cells, and hand "
        "that copy in.",
    ),
    fixed(
        "guide step 5",
        "Don't change the External ID or the Organizer of a row that is done: it would become another meeting.",
    ),
    fixed("guide step 6", "Nobody is sent an invitation. Copy the Join URL to the people who need it."),
)
GUIDE_HEADINGS = (
    fixed("guide column", "Column"),
    fixed("guide what", "What goes in"),
    fixed("guide example", "Example of one row"),
)
GUIDE_STATUS_HEADINGS = (fixed("status heading", "Status"), fixed("guide meaning", "What it means"))
GUIDE_STATUS: tuple[tuple[str, str], ...] = (
    (
        joined(map(status_word, GOOD)),
        fixed(
            "guide good",
            "The meeting is there, and so is its link. Amber: What to do names a cell to check.",
        ),
    ),
    (
        joined(map(status_word, CARE)),
        fixed("guide care", "Read What to do: Teams differs from the row, or the row was not reached."),
    ),
    (
        joined(map(status_word, BAD)),
        fixed(
            "guide bad",
            "Not sent this time; a link from before stays. Read What to do, and correct the red cells.",
        ),
    ),
)
MEETINGS, GUIDE, LISTS = (
    fixed("sheet meetings", "Meetings"),
    fixed("sheet guide", "Guide"),
    fixed("sheet lists", "Lists"),
)
"""The names of the template's sheets."""
