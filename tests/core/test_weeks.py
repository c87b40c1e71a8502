"""Weekdays without a date are dates in the weeks that were named, and nothing before they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from importer.core.cells import ParseError
from importer.core.readings import ReadingOptions, read_rows
from importer.core.rules import RuleOptions, check
from importer.core.times.weeks import Weeks, week_of
from importer.languages import LANGUAGES
from tests.core.planning import NOW, row

if TYPE_CHECKING:
    from importer.core.model import Cell
    from importer.core.row import Row

TERM = Weeks(date(2027, 3, 22), date(2027, 4, 16), frozenset({date(2027, 3, 29), date(2027, 4, 5)}))
"""Four weeks in which the clocks of Berlin go forward, with two Mondays off."""
MONDAYS, FRIDAYS = ["03-22", "04-12"], ["03-26", "04-02", "04-09", "04-16"]
BERLIN = ZoneInfo("Europe/Berlin")


def read(*starts: Cell | tuple[Cell, ...], weeks: Weeks | None = TERM, **more: Cell | tuple[Cell, ...]) -> list[Row]:
    """Return a row for each start."""
    rows = [row(number, **{"start": cell, "end": None, **more}) for number, cell in enumerate(starts, start=2)]
    return read_rows(rows, ReadingOptions(languages=LANGUAGES, default_zone=BERLIN, weeks=weeks))


def times(found: Row) -> list[str]:
    """Return the times of a row on the clocks of Berlin."""
    spans = [(each.start.astimezone(BERLIN), each.end and each.end.astimezone(BERLIN)) for each in found.occurrences]
    return [f"{start:%m-%d %H:%M}" + (f" {end:%H:%M}" if end else "") for start, end in spans]


def codes(found: Row) -> list[tuple[str, str]]:
    return [(entry.column, entry.code) for entry in check([found], RuleOptions(NOW)).get(found.number, ())]


@pytest.mark.parametrize(
    ("start", "more", "expected"),
    [
        ("Mon 9:00", {}, ["03-22 09:00", "04-12 09:00"]),
        (("Monday", time(9)), {}, ["03-22 09:00", "04-12 09:00"]),
        ("Montags, 9 Uhr", {}, ["03-22 09:00", "04-12 09:00"]),
        ("Mon 9:00-10:30", {}, ["03-22 09:00 10:30", "04-12 09:00 10:30"]),
        ("Mon 9:00", {"end": "10:30"}, ["03-22 09:00 10:30", "04-12 09:00 10:30"]),
        (("Mon", "9:00"), {"end": ("Mon", "10:30")}, ["03-22 09:00 10:30", "04-12 09:00 10:30"]),
        ("Mon 9:00", {"duration": 90}, ["03-22 09:00 10:30", "04-12 09:00 10:30"]),
        (("MF", "0900-1030"), {}, [f"{day} 09:00 10:30" for day in sorted(MONDAYS + FRIDAYS)]),
        ("every Mon & Fri 9am", {}, [f"{day} 09:00" for day in sorted(MONDAYS + FRIDAYS)]),
        ("2027-05-03 09:00", {}, ["05-03 09:00"]),
    ],
)  # fmt: skip
def test_a_row_is_one_meeting_on_all_dates_of_its_weekdays_that_are_not_off(
    start: Cell | tuple[Cell, ...], more: dict[str, Any], expected: list[str]
) -> None:
    (found,) = read(start, **more)

    assert times(found) == expected
    assert codes(found) == []


def test_the_meeting_is_from_the_first_start_to_the_last_end_across_a_clock_change() -> None:
    (found,) = read("Mon 9:00-10:30")

    assert (found.start, found.end) == (
        datetime(2027, 3, 22, 8, 0, tzinfo=UTC),
        datetime(2027, 4, 12, 8, 30, tzinfo=UTC),
    )


def test_one_week_makes_one_date_of_a_weekday() -> None:
    assert times(read("Wed 9:00", weeks=week_of(date(2027, 4, 7)))[0]) == ["04-07 09:00"]
    assert times(read("Sun 9:00", weeks=week_of(date(2027, 4, 7)))[0]) == ["04-11 09:00"]


@pytest.mark.parametrize(
    ("start", "weeks", "code"),
    [
        ("Mon 9:00", None, "weekday-without-date"),
        ("Mon 9:00", Weeks(date(2027, 3, 23), date(2027, 3, 26)), "weekday-not-in-weeks"),
        ("Mar 9:00", TERM, "weekday-unclear"),
        (("MAR", "9:00"), TERM, "weekday-unclear"),
        ("Di 9:00", TERM, "weekday-unclear"),
        ("Mon", TERM, "time-missing"),
        ("Mon (fortnightly) 9:00", TERM, "time-in-text"),
        ("Mon 9:00, Wed 10:00", TERM, "time-in-text"),
        ("Mon 9.30", TERM, "number-not-time"),
        ("3.4.", TERM, "year-missing"),
        (("Mon", "Tue", "9:00"), TERM, "cells-disagree"),
    ],
)
def test_what_is_no_certain_date_is_refused(start: Cell | tuple[Cell, ...], weeks: Weeks | None, code: str) -> None:
    (found,) = read(start, weeks=weeks)

    unclear = found.values["start"]
    assert isinstance(unclear, ParseError)
    assert unclear.code == code
    assert found.occurrences == ()


def test_short_names_are_of_the_one_language_that_knows_all_of_the_column() -> None:
    german = read("Mo 9:00", "Di 9:00", "Do 9:00", "Fr 9:00", weeks=week_of(date(2027, 4, 7)))
    french = read("lu 9:00", "di 9:00", weeks=week_of(date(2027, 4, 7)))

    assert [times(found) for found in german] == [[f"04-{day} 09:00"] for day in ("05", "06", "08", "09")]
    assert times(french[1]) == ["04-11 09:00"]


def test_a_spanish_tuesday_stays_in_doubt_beside_a_spanish_monday_because_it_is_also_march() -> None:
    _, tuesday = read("lun. 9:00", "mar. 9:00")

    assert tuesday.values["start"].code == "weekday-unclear"


def test_each_date_is_held_to_the_clocks_and_the_last_one_tells_whether_it_is_over() -> None:
    (skipped,) = read("Sun 2:30", weeks=Weeks(date(2027, 3, 20), date(2027, 4, 10)))
    (begun,) = read("Tue 9:00", weeks=Weeks(date(2026, 11, 10), date(2026, 12, 10)))
    (over,) = read("Tue 9:00", weeks=Weeks(date(2026, 11, 1), date(2026, 11, 20)))

    assert codes(skipped) == [("start", "time-does-not-exist")]
    assert codes(begun) == []
    assert codes(over) == [("start", "in-the-past")]


def test_four_figures_are_a_time_unless_another_row_has_a_number_of_another_kind() -> None:
    alone = read((date(2027, 4, 5), "1430"), (date(2027, 4, 5), "0930"))
    beside = read((date(2027, 4, 5), "1430"), (date(2027, 4, 5), "0930"), (date(2027, 4, 5), "930"))

    assert [times(found) for found in alone] == [["04-05 14:30"], ["04-05 09:30"]]
    assert [times(found) for found in beside] == [[], ["04-05 09:30"], []]


def test_an_offset_in_the_column_of_zones_counts_as_one_behind_each_time() -> None:
    (found,) = read("2027-07-05 09:00", time_zone="UTC+05:30", end="10:30")

    assert (found.start, found.end) == (
        datetime(2027, 7, 5, 3, 30, tzinfo=UTC),
        datetime(2027, 7, 5, 5, 0, tzinfo=UTC),
    )
    assert found.zone == "Europe/Berlin"
