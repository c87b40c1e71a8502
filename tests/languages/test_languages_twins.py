"""A sheet filled in as people write in a language makes the same meetings as its English twin."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core.cells import ParseError
from importer.core.model import DateOrder
from importer.core.readings import ReadingOptions, read_rows
from importer.core.times import Moment, read_when
from importer.core.times.weeks import Weeks
from importer.core.times.words import words_in
from importer.languages import LANGUAGES, SHIPPED, load
from importer.tables import read_table
from importer.tables.base import SheetRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.core.row import Row

TWINS = Path(__file__).parent / "twins"
TERM = Weeks(date(2027, 4, 5), date(2027, 4, 16))
ROWS = 8
REQUEST = SheetRequest(delimiter="|", languages=LANGUAGES)


def meetings(tag: str, home: str) -> Mapping[str, object]:
    """Return what each row of a language's sheet says, the times as instants, by its ID; or what is wrong with it."""
    text = (TWINS / f"{tag}.csv").read_text("utf-8").replace("{home}", home)
    table = read_table(text.encode(), f"{tag}.csv", REQUEST)
    assert table.layout.language == tag
    reading = ReadingOptions(
        languages=LANGUAGES, date_order=DateOrder.YMD if tag == "ja" else DateOrder.DMY, weeks=TERM
    )
    return {row.text("external_id"): said(row) for row in read_rows(table.rows(), reading)}


def said(row: Row) -> object:
    return {key: instants(value) for key, value in row.values.items() if key != "time_zone"}


def instants(value: object) -> object:
    match value:
        case Moment(instant=instant):
            return instant
        case tuple():
            return tuple(map(instants, value))
    assert not isinstance(value, ParseError), value
    return value


def test_a_sheet_in_a_language_says_what_its_english_twin_says() -> None:
    for tag in SHIPPED:
        home = load(tag).word("time_zone example", "Europe/Berlin")
        english = meetings("en", home)
        assert meetings(tag, home) == english, tag
        assert len(english) == ROWS


UNCERTAIN = [
    "12 Uhr nachts",
    "ca. 9 Uhr",
    "9 Uhr und 11 Uhr",
    "9 oder 10 Uhr",
    "morgen 9 Uhr",
    "12 de la noche",
    "mañana a las 9",
    "12 h du matin",
    "9 h et 11 h",
    "von 9 bis 1 Uhr nachmittags",
    "11 Uhr nachmittags",
    "15 Uhr morgens",
    "午前12時",
    "午後12時",
    "A 9",
    "h 3",
    "o 5",
    "9 m",
    "5a",
    "jutro 9:00",
    "dziś 9",
]
"""What can be midnight or noon, two times or about one, another day, or no time at all."""


def test_what_is_not_certain_in_a_language_is_no_time_of_day() -> None:
    words = words_in(LANGUAGES)
    taken = [text for text in UNCERTAIN if not isinstance(read_when(("2027-04-05", text), None, words), ParseError)]
    assert taken == []
