"""A sheet filled in as people write in a language makes the same meetings as its English twin."""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import date, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time

from importer.core.cells import ParseError
from importer.core.model import DateOrder
from importer.core.readings import ReadingOptions, read_rows
from importer.core.times import Moment, When, read_when
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
MOMENTS = [datetime(2027, 3, 5), datetime(2027, 5, 4, 12, 0), datetime(2027, 12, 31, 20, 30)]  # noqa: DTZ001 - in cells
WIDTHS = ("short", "medium", "long", "full")
SKELETONS = ("hm", "Bhm")
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
    "2027年4月5日 9時頃",
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
ENDS = ["bis 9:30", "bis 9 Uhr", "jusqu'à 9h30", "hasta las 9", "fino alle 9", "até 9:30", "tot 9 uur", "9時まで"]
ROOMS = ["A 9", "o 9", "Ab3"]
HALVES = ["AM 12:30", "AM 12 Uhr", "AM 12時", "12:00 min.", "12 m."]
"""`am` is German too, and for a day; `min.` is midnight in French, and `m.` noon in Spanish."""


def test_what_is_not_certain_in_a_language_is_no_time_of_day() -> None:
    words = words_in(LANGUAGES)
    taken = [text for text in UNCERTAIN if not isinstance(read_when(("2027-04-05", text), None, words), ParseError)]
    assert taken == []


def test_an_end_a_room_and_a_half_of_the_day_are_no_start() -> None:
    words = words_in(LANGUAGES)
    texts = [(f"{day} {text}",) for day in ("5.4.2027", "Montag", "2027-04-05,") for text in (*ENDS, *HALVES, *ROOMS)]
    assert [text for text in texts if not isinstance(read_when(text, None, words), ParseError)] == []


def test_a_moment_as_a_language_writes_it_is_that_moment_or_refused() -> None:
    words, read = words_in(LANGUAGES), Counter[bool]()
    for tag in (*SHIPPED, "de-AT", "fr-CH", "fr-CA", "es-MX", "pt-PT", "nl-BE"):
        locale = Locale.parse(tag, sep="-")
        order = DateOrder.YMD if tag in {"ja", "fr-CA"} else DateOrder.DMY
        between = {"{1} {0}", *(str(each).replace("'", "") for each in locale.datetime_formats.values())}
        for moment in MOMENTS:
            days = {format_date(moment, width, locale) for width in WIDTHS}
            clocks = {format_time(moment, width, locale=locale) for width in WIDTHS[:2]}
            clocks |= {format_skeleton(each, moment, locale=locale) for each in SKELETONS}
            for day, clock, form in product(sorted(days), sorted(clocks), sorted(between)):
                text = unicodedata.normalize("NFD", form.replace("{1}", day).replace("{0}", clock))
                said = read_when((text,), order, words)
                assert isinstance(said, ParseError) or (isinstance(said, When) and said.local == moment), text
                read[not isinstance(said, ParseError)] += 1
    assert read[True] > 2 * read[False]
