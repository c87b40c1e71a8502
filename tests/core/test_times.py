"""Dates are read only when they have one meaning, and local times become the one instant they mean."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import partial
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.core import times
from importer.core.catalogue import problem
from importer.core.cells import ParseError
from importer.core.model import DateOrder
from importer.core.times import ClockChange, Range, When, lengths, part_of, to_utc
from importer.core.times.clocks import OFFSETS
from importer.core.times.lengths import HOUR, MINUTE
from importer.core.times.spellings import is_date_time
from importer.core.times.words import words_in
from importer.languages import LANGUAGES
from tests.core.spelled import spelling

if TYPE_CHECKING:
    from importer.core.model import Cell

WORDS = words_in(LANGUAGES)
read_when = partial(times.read_when, words=WORDS)
read_end = partial(times.read_end, words=WORDS)
assembled = partial(times.assembled, words=WORDS)
read_duration = partial(lengths.read_duration, words=WORDS)
unit_of = partial(lengths.unit_of, words=WORDS)
NINE = datetime(2026, 12, 25, 9, 0)  # noqa: DTZ001 - as in a cell


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-25 09:00",
        "2026-12-25T09:00",
        "2026/12/25 9:00",
        " 2026-12-25  09:00:00 ",
        "25/12/2026 09:00",
        "25.12.2026 09.00",
        "25-12-2026 9 AM",
        "12/25/2026 9:00 a.m.",
        "25 Dec 2026 09:00",
        "25-Dec-2026 09:00",
        "December 25, 2026 9:00am",
        "25. December 2026, 09:00",
        "2026-12-25T09:00:00.000",
        "25.12.2026 9 Uhr",
        "Fr 25.12.2026 09:00",
        "Freitag, 25.12.2026, 9 Uhr",
        "Friday, December 25, 2026 9:00 AM",
        "Fri., 25 Dec 2026 09:00",
        "25.12.2026, 09.00 Uhr",
        "25.12.2026, 9 Uhr",
    ],
)
def test_text_with_one_meaning_is_read(text: str) -> None:
    assert read_when((text,), None) == When(NINE)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("25/13/2026 09:00", "no-such-day"),
        ("2026-02-30 09:00", "no-such-day"),
        ("tomorrow", "not-a-date"),
        ("2026-12-25 25:00", "no-such-time"),
        ("2026-12-25 09:60", "no-such-time"),
        ("2026-12-25 9", "not-a-date"),
        ("2026-12-25 9 am Uhr", "time-in-text"),
        ("2026-12-25 25 Uhr", "no-such-time"),
        ("Thu 2026-12-25 09:00", "weekday-wrong"),
        ("Do 02/03/2026 09:00", "weekday-wrong"),
        ("Room 2026-12-25 09:00", "time-in-text"),
        ("2026-12-25 09:00 in room 3", "time-in-text"),
        ("Seminar at 9 am", "time-in-text"),
        ("25 Foo 2026 09:00", "time-in-text"),
        ("13:00 PM", "no-such-time"),
        ("9999-01-01 09:00", "not-a-date"),
        ("2026-12-25 09:00+99:00", "offset-unknown"),
        ("02/03/2026 09:00", "date-ambiguous"),
        ("25/12/26 09:00", "date-ambiguous"),
        ("12.25.2026 09:00", "no-such-day"),
        ("Tue 02.03.2026 09:00", "weekday-wrong"),
        ("3.31. 17:00", "not-a-date"),
        ("3.12. 17", "not-a-date"),
        ("3.12. 25:00", "no-such-time"),
        ("13/13", "not-a-date"),
        ("0/5", "not-a-date"),
        ("30 Foo 17:00", "time-in-text"),
        ("3.12", "number-not-time"),
        ("2026-12-25", "time-missing"),
        ("09:00", "date-missing"),
    ],
)
def test_text_without_a_sure_meaning_is_refused(text: str, code: str) -> None:
    unclear = read_when((text,), None)

    assert isinstance(unclear, ParseError)
    assert (unclear.code, unclear.value) == (code, text)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("31.11.2026",), "November 2026 has no day 31"),
        (("31.11.2026 09:00",), "November 2026 has no day 31"),
        (("31/11/2026 9:00 am",), "November 2026 has no day 31"),
        (("11/31/2026 9:00 am",), "November 2026 has no day 31"),
        (("2026-11-31T09:00Z",), "November 2026 has no day 31"),
        (("31 November 2026",), "November 2026 has no day 31"),
        (("Nov 31, 2026 17:00",), "November 2026 has no day 31"),
        (("Mon 31.11.2026",), "November 2026 has no day 31"),
        (("31.11.26 09:00",), "November 2026 has no day 31"),
        (("31.11.", "09:00"), "November has no day 31"),
        (("29.02.2027 09:00",), "February 2027 has no day 29"),
        (("2100-02-29 09:00",), "February 2100 has no day 29"),
        (("29 Feb 2027", time(9)), "February 2027 has no day 29"),
        (("29.02.27", "09:00"), "February 2027 has no day 29"),
        (("2026-11-00 09:00",), "November 2026 has no day 0"),
        (("2026-11-45 09:00",), "November 2026 has no day 45"),
        (("32/01/2031",), "January 2031 has no day 32"),
        (("2026-13-01 09:00",), "There is no month 13"),
        (("01.13.2026 09:00",), "There is no month 13"),
        (("13/14/2026 09:00",), "Neither 14 nor 13 is a month"),
        (("Thu 2026-12-25 09:00",), "25 December 2026 is a Friday, not a Thursday"),
        (("Do 02/03/2026 09:00",), "Neither 2 March 2026 nor 3 February 2026 is a Thursday"),
    ],
)
def test_a_day_that_no_calendar_has_is_told_by_its_reason(cells: tuple[Cell, ...], reason: str) -> None:
    unclear = read_when(cells, None)

    assert isinstance(unclear, ParseError)
    assert unclear.facts == {"reason": reason}
    assert problem(unclear.code, value=unclear.value, reason=reason).message.startswith(f"{reason}. Correct ")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("2026-12-25 24:30",), "24:30"),
        (("2026-12-25T25:00+01:00",), "25:00"),
        (("25.12.2026 9.60 Uhr",), "9.60 Uhr"),
        (("2026-12-25", "13:00 pm"), "13:00 pm"),
        ((date(2026, 12, 25), "0:30 am"), "0:30 am"),
        (("3.12. 25:00",), "25:00"),
    ],
)
def test_a_time_that_no_clock_shows_is_named(cells: tuple[Cell, ...], said: str) -> None:
    unclear = read_when(cells, None)

    assert isinstance(unclear, ParseError)
    assert (unclear.code, unclear.facts) == ("no-such-time", {"time": said})


def test_a_stated_order_says_which_number_is_no_month() -> None:
    unclear = read_when(("25/12/2026 09:00",), DateOrder.MDY)

    assert isinstance(unclear, ParseError)
    assert unclear.facts == {"reason": "There is no month 25"}


def test_an_order_is_taken_at_its_word() -> None:
    assert read_when(("02/03/2027 09:00",), DateOrder.MDY) == When(datetime(2027, 2, 3, 9, 0))  # noqa: DTZ001 - cells know no zone
    assert read_when(("27-03-02 09:00",), DateOrder.YMD) == When(datetime(2027, 3, 2, 9, 0))  # noqa: DTZ001 - cells know no zone
    assert isinstance(read_when(("25/12/2026 09:00",), DateOrder.MDY), ParseError)


def test_a_weekday_tells_day_and_month_apart_but_never_overrules_an_order() -> None:
    assert read_when(("Mo 02.03.2026 09:00",), None) == When(datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001 - cells know no zone
    assert read_when(("Tue 02/03/2026 09:00",), None) == When(datetime(2026, 2, 3, 9, 0))  # noqa: DTZ001 - cells know no zone
    assert isinstance(read_when(("Tue 02/03/2026 09:00",), DateOrder.DMY), ParseError)


@pytest.mark.parametrize("text", ["03.12.2026, 17 Uhr", "3.12.2026 17:00", "Do 3.12.2026 17.00", "03.12.2026 5 pm"])
def test_dots_are_day_first_unless_another_order_is_stated(text: str) -> None:
    assert read_when((text,), None) == When(datetime(2026, 12, 3, 17, 0))  # noqa: DTZ001 - cells know no zone
    if "Do" not in text:
        assert read_when((text,), DateOrder.MDY) == When(datetime(2026, 3, 12, 17, 0))  # noqa: DTZ001 - cells know no zone


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("03.12.26 17:00", "3 December 2026", "12 March 2026"),
        ("03/04/27 17:00", "3 April 2027", "4 March 2027"),
        ("03/04/2027 17:00", "3 April 2027", "4 March 2027"),
        ("25.12.26 17:00", "25 December 2026", "26 December 2025"),
        ("27-03-02 17:00", "27 March 2002", "2 March 2027"),
        ("Do 03.12.26 17:00", "3 December 2026", "12 March 2026"),
    ],
)
def test_the_days_named_are_the_likely_ones_first(text: str, one: str, other: str) -> None:
    unclear = read_when((text,), None)

    assert unclear == ParseError("date-ambiguous", text, {"one": one, "other": other})


@pytest.mark.parametrize(
    ("cells", "missing"),
    [
        (("3.12.",), "year and no time of day"),
        (("3.12. 17:00",), "year"),
        (("03.12., 17 Uhr",), "year"),
        (("Do 3.12. 17.00",), "year"),
        (("31.12 17:00",), "year"),
        (("3/12 17:00",), "year"),
        (("12/31 5 pm",), "year"),
        (("3 Dec 17:00",), "year"),
        (("3. December",), "year and no time of day"),
        (("Dec. 3, 17:00",), "year"),
        (("3.12.", time(17)), "year"),
        (("3.12.", "17 Uhr"), "year"),
        (("17:00", "3.12."), "year"),
        (("3.12. 17:00", date(2026, 12, 3)), "year"),
    ],
)
def test_a_day_without_a_year_is_told_what_is_missing(cells: tuple[Cell, ...], missing: str) -> None:
    unclear = read_when(cells, None)

    assert isinstance(unclear, ParseError)
    assert (unclear.code, unclear.facts) == ("year-missing", {"missing": missing})


@pytest.mark.parametrize(
    "text", ["2027-04-05 - 06", "05.04.2027 - 9.30", "2027-04-05 - 2027-04-06", "2027-04-05-09:00"]
)
def test_a_dash_between_a_day_and_anything_but_a_time_is_refused(text: str) -> None:
    assert isinstance(read_when((text,), None), ParseError)


@pytest.mark.parametrize(
    "cells",
    [
        (datetime(2026, 12, 25), None),  # noqa: DTZ001 - cells know no zone
        (" ", "2026-12-25 00:00:00"),
        ("25/12/2026 00:00", "", ""),
        ("2026-12-25T00:00:00Z", None),
    ],
)
def test_a_midnight_beside_a_blank_cell_for_the_time_is_a_day_without_its_time(cells: tuple[Cell, ...]) -> None:
    for unclear in (read_when(cells, None), read_end(cells, None, None)):
        assert isinstance(unclear, ParseError)
        assert unclear.code == "time-missing"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((NINE,), When(NINE)),
        ((datetime(2026, 12, 25, 8, 59, 59, 999_999),), When(NINE)),  # noqa: DTZ001 - a float's rounding
        ((date(2026, 12, 25), time(9)), When(NINE)),
        ((time(9), date(2026, 12, 25)), When(NINE)),
        ((datetime(2026, 12, 25), timedelta(hours=9)), When(NINE)),  # noqa: DTZ001 - cells know no zone
        (("25/12/2026", datetime(1899, 12, 31, 9, 0)), When(NINE)),  # noqa: DTZ001 - a time as a reader may give it
        (("25.12.2026", "9 Uhr"), When(NINE)),
        ((datetime(2026, 12, 25),), When(datetime(2026, 12, 25), midnight=True)),  # noqa: DTZ001 - cells know no zone
        ((datetime(2026, 12, 25), time(0)), When(datetime(2026, 12, 25), midnight=True)),  # noqa: DTZ001 - likewise
        ((None, " "), None),
    ],
)
def test_cells_that_the_spreadsheet_knows_as_dates(cells: tuple[Cell, ...], expected: When | None) -> None:
    assert read_when(cells, None) == expected


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("2027-01-13 17:00:00", True),
        ("2027-01-13T17:00", True),
        ("13.01.2027 17:00", True),
        ("01/13/27 5 pm", True),
        ("2027-01-13", False),
        ("13.01.2027", False),
        ("2027-01-13 17", False),
        ("Budget 2027-01-13 17:00", False),
        ("2027-01-13 17:00 Budget", False),
        ("Jan 13, 2027 17:00", False),
        ("2027-13-13 17:00", False),
        ("17:00", False),
        ("", False),
    ],
)
def test_a_text_that_is_wholly_a_date_in_figures_and_a_time(text: str, *, whole: bool) -> None:
    assert is_date_time(text) is whole


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        (90, 90),
        (90.0, 90),
        ("90", 90),
        ("1:30", 90),
        ("01:30:00", 90),
        ("90 min", 90),
        ("90 Min.", 90),
        ("90 Minuten", 90),
        (time(1, 30), 90),
        (timedelta(hours=2), 120),
    ],
)
def test_durations(cell: Cell, minutes: int) -> None:
    assert read_duration((cell,)) == timedelta(minutes=minutes)


@pytest.mark.parametrize("cell", ["soon", "1:75", -5, 1.5, True, 46000.0 * 100, date(2026, 1, 1)])
def test_what_is_no_duration(cell: Cell) -> None:
    assert isinstance(read_duration((cell,)), ParseError)


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2035, 1, 1)),  # noqa: DTZ001 - cells know no zone
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_an_instant_read_back_on_the_wall_is_the_time_written_unless_it_was_skipped(local: datetime, name: str) -> None:
    zone = ZoneInfo(name)

    instant, clock = to_utc(local, zone)

    assert (instant.astimezone(zone).replace(tzinfo=None) == local) is (clock is not ClockChange.SKIPPED)


def test_of_a_repeated_hour_the_first_is_taken_and_an_offset_needs_no_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert to_utc(wall("2027-10-31T02:30"), berlin) == (first, ClockChange.REPEATED)
    second = read_when(("2027-10-31T02:30+01:00",), None)
    assert isinstance(second, When)
    assert to_utc(second.local, berlin) == (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), ClockChange.PLAIN)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    "cells",
    [
        ("2027-04-05 09:00-10:30",),
        ("2027-04-05 9:00-10:30",),
        ("2027-04-05 09:00 - 10:30",),
        ("2027-04-05 09:00\N{EN DASH}10:30",),
        ("2027-04-05, 9:00 bis 10:30 Uhr",),
        ("5.4.2027 9.00 Uhr bis 10.30 Uhr",),
        ("5.4.2027 9.00-10.30",),
        ("2027-04-05 from 9:00 to 10:30",),
        ("2027-04-05 9-10:30 am",),
        ("2027-04-05 9:00AM-10:30AM",),
        ("2027-04-05 9 a.m. until 10:30 a.m.",),
        ("2027-04-05 09:00:00-10:30:00",),
        ("Mon 5 April 2027 9:00 - 10:30",),
        ("2027-04-05 9h-10h30",),
        ("2027-04-05T09:00/2027-04-05T10:30",),
        ("2027-04-05 09:00 - 2027-04-05 10:30",),
        ("2027-04-05 - 09:00 - 10:30",),
        ("05.04.2027 \u2013 9:00\u201310:30",),
        ("2027-04-05", "09:00-10:30"),
        ("09:00-10:30", date(2027, 4, 5)),
        (datetime(2027, 4, 5), "9:00 to 10:30"),  # noqa: DTZ001 - cells know no zone
    ],
)
def test_two_times_are_a_start_and_an_end(cells: tuple[Cell, ...]) -> None:
    assert read_when(cells, None) == Range(When(wall("2027-04-05 09:00")), When(wall("2027-04-05 10:30")))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2027-04-05 11:00-12:15 PM", "2027-04-05 11:00", "2027-04-05 12:15"),
        ("2027-04-05 9am-5pm", "2027-04-05 09:00", "2027-04-05 17:00"),
        ("2027-04-05 1-2:30 pm", "2027-04-05 13:00", "2027-04-05 14:30"),
        ("2027-04-05 9:00-10:30 am", "2027-04-05 09:00", "2027-04-05 10:30"),
        ("2027-04-05 1:00-2:15 PM", "2027-04-05 13:00", "2027-04-05 14:15"),
        ("2027-04-05 01:00-02:15 PM", "2027-04-05 13:00", "2027-04-05 14:15"),
        ("2027-04-05 1 PM-2:15", "2027-04-05 13:00", "2027-04-05 14:15"),
        ("2027-04-05 13:00-14:00", "2027-04-05 13:00", "2027-04-05 14:00"),
        ("2027-04-05 22:00-24:00", "2027-04-05 22:00", "2027-04-06 00:00"),
        ("2027-04-05 22:00 - 2027-04-06 01:00", "2027-04-05 22:00", "2027-04-06 01:00"),
        ("2027-04-05 09:00-10:30 UTC", "2027-04-05 09:00+00:00", "2027-04-05 10:30+00:00"),
        ("2027-04-05 09:00-10:30+02:00", "2027-04-05 09:00+02:00", "2027-04-05 10:30+02:00"),
        ("2027-04-05 09:00-05:00", "2027-04-05 09:00", "2027-04-05 05:00"),
    ],
)
def test_ranges_have_the_halves_days_and_offsets_that_they_say(text: str, start: str, end: str) -> None:
    assert read_when((text,), None) == Range(When(wall(start)), When(wall(end)))


@pytest.mark.parametrize(
    ("cells", "instant"),
    [
        (("2027-04-05 07:00:00+00",), "2027-04-05T07:00Z"),
        (("2027-04-05 09:00:00+02",), "2027-04-05T07:00Z"),
        (("2027-04-05 02:00:00-05",), "2027-04-05T07:00Z"),
        (("2027-04-05 07:00:00 UTC",), "2027-04-05T07:00Z"),
        (("2027-04-05 07:00 GMT",), "2027-04-05T07:00Z"),
        (("2027-04-05T07:00:00z",), "2027-04-05T07:00Z"),
        (("20270405T070000Z",), "2027-04-05T07:00Z"),
        (("20270405T0700Z",), "2027-04-05T07:00Z"),
        (("2027-04-05T02:00-05:00",), "2027-04-05T07:00Z"),
        (("2027-04-05T02:00\N{MINUS SIGN}05:00",), "2027-04-05T07:00Z"),
        (("2027-04-05 07:00:00.123456+00:00",), "2027-04-05T07:00Z"),
        (("2027-04-05T09:00+02:00[Europe/Berlin]",), "2027-04-05T07:00Z"),
        (("Mon, 05 Apr 2027 07:00:00 GMT",), "2027-04-05T07:00Z"),
        (("Mon, 05 Apr 2027 02:00:00 -0500",), "2027-04-05T07:00Z"),
        (("Mon Apr 05 2027 09:00:00 GMT+0200 (Central European Summer Time)",), "2027-04-05T07:00Z"),
        (("2027-04-05", "07:00:00Z"), "2027-04-05T07:00Z"),
        (("2027-04-05", "12:30+05:30"), "2027-04-05T07:00Z"),
        (("2027-04-05", "09:00", "+02:00"), "2027-04-05T07:00Z"),
        (("2027-04-05", "02:00", "-05:00"), "2027-04-05T07:00Z"),
        (("+0200", time(9), date(2027, 4, 5)), "2027-04-05T07:00Z"),
        ((date(2027, 4, 5), time(9), "UTC+2"), "2027-04-05T07:00Z"),
        ((date(2027, 4, 5), time(7), "Z"), "2027-04-05T07:00Z"),
        (("2027-04-05T09:00+02:00", "+02:00"), "2027-04-05T07:00Z"),
    ],
)
def test_an_offset_counts_wherever_it_stands(cells: tuple[Cell, ...], instant: str) -> None:
    read = read_when(cells, None)

    assert isinstance(read, When)
    assert read.local.utcoffset() is not None
    assert read.local == wall(instant)


@pytest.mark.parametrize(
    ("cells", "local"),
    [
        (("2027-04-05 24:00",), "2027-04-06 00:00"),
        ((date(2027, 4, 5), "24:00"), "2027-04-06 00:00"),
        (("05-APR-27 09.00.00.000000 AM",), "2027-04-05 09:00"),
        (("05-Apr-27 09:00",), "2027-04-05 09:00"),
        (("2027-04-05 - 09:00",), "2027-04-05 09:00"),
        (("5 April 2027 \u2014 9:00 AM",), "2027-04-05 09:00"),
        (("Apr 5, 2027 at 9:00 AM",), "2027-04-05 09:00"),
        (("April 5th, 2027 9:00 AM",), "2027-04-05 09:00"),
        (("\u200e13/\u200e4/\u200e2027 9:00 AM",), "2027-04-13 09:00"),
        (("2027-04-05 9:00\u202fAM",), "2027-04-05 09:00"),
        (("2027-04-05", "1899-12-30 09:00:00"), "2027-04-05 09:00"),
        (("2027-04-05 00:00:00", "9:00"), "2027-04-05 09:00"),
        (("9:00", datetime(2027, 4, 5)), "2027-04-05 09:00"),  # noqa: DTZ001 - cells know no zone
        ((datetime(2027, 4, 5, 9), "2027-04-05"), "2027-04-05 09:00"),  # noqa: DTZ001 - cells know no zone
        ((datetime(2027, 4, 5, 9), time(9)), "2027-04-05 09:00"),  # noqa: DTZ001 - cells know no zone
    ],
)
def test_what_machines_and_other_locales_write_is_read(cells: tuple[Cell, ...], local: str) -> None:
    assert read_when(cells, None) == When(wall(local))


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (("2027-04-05T09:00-10:30",), "offset-unknown"),
        (("2027-04-05T09:00-09:45",), "offset-unknown"),
        (("2027-04-05 09:00+13:30",), "offset-unknown"),
        (("2027-04-05", "09:00", "+10:45"), "offset-unknown"),
        (("2027-04-05 14:00:00-15:30",), "offset-unknown"),
        (("2027-04-05 09:00-10:30-11:00",), "not-a-date"),
        (("2027-04-05 09:00-",), "not-a-date"),
        (("2027-04-05 9-11",), "not-a-date"),
        (("2027-04-05 09:00-1:30 pm",), "not-a-date"),
        (("2027-04-05 13:00-2:30 pm",), "not-a-date"),
        (("2027-04-05 9:00 am-13:30",), "not-a-date"),
        (("2027-04-05 3 pm-2:30",), "not-a-date"),
        (("2027-04-05 09:00 -0500",), "not-a-date"),
        (("2027-04-05T09:00+03:00[Europe/Berlin]",), "not-a-date"),
        (("2027-04-05 09:00 CET",), "zone-in-time"),
        (("2027-04-05 9:00 AM ET",), "zone-in-time"),
        (("2027-04-05 09:00 Europe/Berlin",), "zone-in-time"),
        (("2027-04-05", "09:00", "EST"), "zone-in-time"),
        (("46482.375",), "serial-number"),
        ((46482,), "serial-number"),
        ((date(2027, 4, 5), 0.395833333), "serial-number"),
        (("1806915600",), "epoch-time"),
        ((1806915600000,), "epoch-time"),
        ((date(2027, 4, 5), 930), "number-not-time"),
        ((date(2027, 4, 5), 2027), "number-not-time"),
        (("07-JUL-2620:00:00",), "not-a-date"),
        (("2027-04-05 09:00 GMT+030",), "time-in-text"),
        ((date(2027, 4, 5), "0960"), "number-not-time"),
        ((date(2027, 4, 5), 9.5), "number-not-time"),
        ((date(2027, 4, 5), "9.50"), "number-not-time"),
        ((date(2027, 4, 5), "9,5"), "number-not-time"),
        ((date(2027, 4, 5), "9.75"), "number-not-time"),
        ((date(2027, 4, 5), "13.25"), "number-not-time"),
        ((date(2027, 4, 5), "9.00-10.50"), "number-not-time"),
        (("2027-04-05", "09:00", 2), "number-not-time"),
        (("2027-04-05T00:00:00Z", "09:00"), "cells-disagree"),
        (("2027-04-05 09:00", "10:30"), "cells-disagree"),
        (("2027-04-05", "09:00", "10:30"), "cells-disagree"),
        (("2027-04-05", "2027-04-06 09:00"), "cells-disagree"),
        (("2027-04-05T09:00+02:00", "+01:00"), "cells-disagree"),
        (("1899-12-30T09:00:00Z",), "not-a-date"),
        ((True,), "not-a-date"),
        (("-05:00",), "not-a-date"),
        ((date(2027, 4, 5),), "time-missing"),
        (("05-APR-27",), "time-missing"),
        (("20270405",), "time-missing"),
        (("2027-04-05", "-05:00"), "time-missing"),
        (("09:00-10:30",), "date-missing"),
        (("5.4. 9:00-10:30",), "year-missing"),
        (("4/5/2027 9:00-10:30",), "date-ambiguous"),
    ],
)
def test_what_could_be_read_otherwise_is_refused_by_its_name(cells: tuple[Cell, ...], code: str) -> None:
    unclear = read_when(cells, None)

    assert isinstance(unclear, ParseError)
    assert unclear.code == code


@pytest.mark.parametrize(
    ("cells", "end"),
    [
        (("10:30",), "2027-04-05 10:30"),
        ((time(10, 30),), "2027-04-05 10:30"),
        (("24:00",), "2027-04-06 00:00"),
        (("2027-04-06 10:30",), "2027-04-06 10:30"),
        (("2027-04-05 09:00", "10:30"), "2027-04-05 10:30"),
        (("10:30", "2027-04-05 09:00"), "2027-04-05 10:30"),
        ((datetime(2027, 4, 6, 9), time(10, 30)), "2027-04-06 10:30"),  # noqa: DTZ001 - cells know no zone
    ],
)
def test_an_end_alone_is_on_the_day_of_the_start_or_of_a_cell_beside_it(cells: tuple[Cell, ...], end: str) -> None:
    assert read_end(cells, None, date(2027, 4, 5)) == When(wall(end))


def test_the_offsets_that_are_read_are_those_that_zones_have() -> None:
    moments = [datetime(year, month, 15, tzinfo=UTC) for year in (2026, 2027) for month in range(1, 13)]
    zones = [ZoneInfo(name) for name in available_timezones() if not name.startswith(("Etc/", "posix", "right"))]
    used = {moment.astimezone(zone).utcoffset() for zone in zones for moment in moments}

    assert used <= OFFSETS
    assert {offset for offset in OFFSETS if offset % timedelta(hours=1)} <= used


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("Hours", HOUR),
        ("Duration (hours)", HOUR),
        ("Length in h", HOUR),
        ("Dauer (Std.)", HOUR),
        ("Duration (min)", MINUTE),
        ("Minutes", MINUTE),
        ("Dauer in Minuten", MINUTE),
        ("Duration", None),
        ("Duration (h:mm)", None),
        ("Hours and minutes", None),
        ("Homework", None),
    ],
)
def test_a_heading_names_the_unit_of_its_numbers(heading: str, unit: timedelta | None) -> None:
    assert unit_of(heading) == unit


@pytest.mark.parametrize(
    ("cell", "unit", "minutes"),
    [
        ("1h 30m", None, 90),
        ("1 h 30 min", None, 90),
        ("1h30", None, 90),
        ("1.5 hours", None, 90),
        ("1,5 Std.", None, 90),
        ("2 Stunden", None, 120),
        ("1 hour, 30 minutes", None, 90),
        ("PT1H30M", None, 90),
        ("PT90M", None, 90),
        ("3 min", None, 3),
        (1.5, HOUR, 90),
        ("1,5", HOUR, 90),
        (2, HOUR, 120),
        ("90 min", HOUR, 90),
        ("1:30", HOUR, 90),
        (3, MINUTE, 3),
    ],
)
def test_lengths_with_a_unit(cell: Cell, unit: timedelta | None, minutes: int) -> None:
    assert read_duration((cell,), unit) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("cell", "unit"), [(1, None), (2.0, None), ("3", None), (1.5, None), ("0:02", None), (time(0, 3), None), (90, HOUR)]
)
def test_a_length_that_is_as_likely_of_another_unit_is_asked_about(cell: Cell, unit: timedelta | None) -> None:
    length = read_duration((cell,), unit)

    assert isinstance(length, ParseError)
    assert length.code == "duration-unit"


def test_hours_with_minutes_behind_a_point_are_no_decimals() -> None:
    """1.30 is an hour and a half for many, and 1.3 is what a spreadsheet makes of it."""
    hours = {f"1{sign}{part}" for sign in ".," for part in range(100)}
    read = {text: (read_duration((f"{text} h",)), read_duration((text,), HOUR)) for text in hours}
    assert all(one == other for one, other in read.values() if isinstance(one, timedelta))
    decimals = {text[2:] for text, (length, _) in read.items() if isinstance(length, timedelta)}
    assert decimals == {"0", "5", "25", "50", "75", *map(str, (6, 7, 8, 9)), *map(str, range(60, 100, 5))}
    assert isinstance(read_duration((1.3,), HOUR), ParseError)
    assert isinstance(read_duration(("1,30 Std.",)), ParseError)


@pytest.mark.parametrize(
    "text",
    [
        "5. März 2027 09:00",
        "5 mars 2027 à 9h00",
        "5 marzo 2027 ore 9:00",
        "5 de marzo de 2027, 9:00",
        "5 de março de 2027 às 9h",
        "vrijdag 5 maart 2027 om 9.00 uur",
        "5 marca 2027, godz. 9:00",
        "2027年3月5日(金) 9時00分",
        "2027年3月5日 午前9:00",
        "２０２７／０３／０５　０９：００",
        "vendredi 5 mars 2027 9h00",
        "sexta-feira, 5 de março de 2027 9:00",
        "05-MRZ-27 09:00",
        "05/Mar/2027 09:00",
        "05MAR2027 09:00",
        "2027-Mar-05 09:00",
        "5. 3. 2027 9:00",
        "05.03.2027 (Fr) 09:00",
        "2027-03-05 Fri 09:00",
        "(Fri) 5 March 2027 9:00",
        "2027-03-05 0900",
        "2027-03-05 0900 hrs",
        "le 5 mars 2027 9:00",
        "5 mars 2027 9 h 00",
        "5. M\u00e4rz 2027, 9 Uhr 00",
        "05MAR2027:09:00:00",
        "Fri Mar  5 09:00:00 2027",
        "vie 5 mar 2027 9:00",
    ],
)
def test_days_are_read_in_the_languages_of_the_sheets_that_people_have(text: str) -> None:
    assert read_when((text,), None) == When(wall("2027-03-05 09:00"))


@pytest.mark.parametrize(
    "cells",
    [
        ("2027-04-05", "9h00 à 10h30"),
        ("2027-04-05", "dalle 9:00 alle 10:30"),
        ("2027-04-05", "de 9:00 a 10:30"),
        ("2027-04-05", "van 9.00 tot 10.30 uur"),
        ("2027-04-05", "od 9:00 do 10:30"),
        ("2027-04-05", "9:00～10:30"),
        ("2027-04-05", "0900-1030"),
        ("2027-04-05", "0900 to 1030 hrs"),
        ("Start: 2027-04-05 09:00, End: 2027-04-05 10:30",),
        ("2027-04-05", "Start time: 9:00 AM; End time: 10:30 AM"),
        ("Beginn: 5.4.2027 9:00 Ende: 10:30",),
        ("Początek: 5.4.2027 godz. 9 Koniec: 10:30",),
        ("開始：2027/4/5 9:00 終了：10:30",),
    ],
)
def test_ranges_are_read_in_other_words_too(cells: tuple[Cell, ...]) -> None:
    assert read_when(cells, None) == Range(When(wall("2027-04-05 09:00")), When(wall("2027-04-05 10:30")))


@pytest.mark.parametrize(
    ("cells", "headings", "expected"),
    [
        ((2027, 4, 5, "09:00"), ("Year", "Month", "Day", "Time"), "2027-04-05 09:00"),
        (("5", "4", "2027", "09:00"), ("Tag", "Monat", "Jahr", "Zeit"), "2027-04-05 09:00"),
        ((2027, "April", 5, 9, 30), ("Year", "Month", "Day", "Hour", "Minute"), "2027-04-05 09:30"),
        (("5.4.", 2027, time(9)), ("Datum", "Jahr", "Von"), "2027-04-05 09:00"),
        (("Apr 5", "2027", "9 am"), ("Date", "Year", "From"), "2027-04-05 09:00"),
        (("Mon", "2027-04-05", "9:00"), ("Day", "Date", "From"), "2027-04-05 09:00"),
        ((2027, 4, 5, 3), ("Jahr", "Monat", "Tag", "Stunde"), "number-not-time"),
        ((2027, 2, 30, "09:00"), ("Year", "Month", "Day", "Time"), "number-not-time"),
        ((2027, 4, 5, "09:00"), ("A", "B", "C", "D"), "number-not-time"),
        (("4/5", 2027, "9:00"), ("Date", "Year", "From"), "date-ambiguous"),
        ((5, 4, "9:00"), ("Day of week", "Month", "From"), "number-not-time"),
        (("2026/27", "5 Apr", "9:00"), ("School year", "Date", "From"), "not-a-date"),
    ],
)
def test_parts_of_a_date_in_columns_of_their_own_are_told_by_their_headings(
    cells: tuple[Cell, ...], headings: tuple[str, ...], expected: str
) -> None:
    read = read_when(assembled(cells, [part_of(heading) for heading in headings]), None)

    assert (read.code if isinstance(read, ParseError) else read) == (
        When(wall(expected)) if expected[0].isdigit() else expected
    )


DAYS = st.dates(min_value=date(2026, 1, 1), max_value=date(2035, 12, 31))
CLOCKS = st.times(min_value=time(0), max_value=time(23, 59)).map(lambda one: one.replace(second=0, microsecond=0))
ZONES = st.sampled_from(sorted(OFFSETS))


def day_texts(day: date) -> list[str]:
    month = f"{day:%B}"
    return [
        f"{day:%Y-%m-%d}",
        f"{day:%Y/%m/%d}",
        f"{day.day}.{day.month}.{day.year}",
        f"{day.day:02}-{month[:3].upper()}-{day.year}",
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day:%A}, {day.day}. {month} {day.year}",
        f"{day:%a} {day:%Y-%m-%d}",
    ]


def clock_texts(clock: time) -> list[str]:
    half, hour = ("am" if clock.hour < 12 else "pm"), clock.hour % 12 or 12
    return [
        f"{clock:%H:%M}",
        f"{clock.hour}:{clock.minute:02}",
        f"{clock:%H:%M}:00",
        f"{clock.hour}:{clock.minute:02} Uhr",
        f"{clock.hour}.{clock.minute:02} Uhr",
        f"{clock.hour}h{clock.minute:02}",
        f"{hour}:{clock.minute:02} {half.upper()}",
        f"{hour}:{clock.minute:02}{half[0]}.m.",
    ]


WITH_HALVES = 6
"""Place of the first of `clock_texts` that has am or pm."""


def offset_texts(offset: timedelta) -> list[str]:
    minutes = round(abs(offset) / timedelta(minutes=1))
    sign, hh, mm = ("-" if offset < timedelta() else "+"), minutes // 60, minutes % 60
    texts = [f"{sign}{hh:02}:{mm:02}", f"{sign}{hh:02}{mm:02}", f" UTC{sign}{hh}:{mm:02}", f" GMT{sign}{hh:02}{mm:02}"]
    return [*texts, f"{sign}{hh:02}"] if mm == 0 else texts


@given(st.data(), DAYS, CLOCKS)
def test_any_spelling_of_a_time_is_read_as_it_or_refused(data: st.DataObject, day: date, clock: time) -> None:
    written = data.draw(st.sampled_from(day_texts(day))), data.draw(st.sampled_from(clock_texts(clock)))
    between = data.draw(st.sampled_from([" ", ", ", "  "]))
    cells = data.draw(st.sampled_from([(between.join(written),), written, written[::-1]]))

    read = read_when(cells, None)

    assert isinstance(read, ParseError) or (isinstance(read, When) and read.local == datetime.combine(day, clock))


@given(st.data(), DAYS, CLOCKS, ZONES)
def test_any_spelling_of_an_offset_is_read_as_it_or_refused(
    data: st.DataObject, day: date, clock: time, offset: timedelta
) -> None:
    """A minus behind hours and minutes alone could be a range's: read as that, it is a range and never another time."""
    when = datetime.combine(day, clock, timezone(offset))
    texts = (data.draw(st.sampled_from(texts)) for texts in (day_texts(day), clock_texts(clock), offset_texts(offset)))
    dated, timed, far = texts
    joint = data.draw(st.sampled_from([" ", "T"]))
    cells = data.draw(
        st.sampled_from(
            [(f"{dated}{joint}{timed}{far}",), (dated, timed + far), (dated, timed, far), (far, timed, dated)]
        )
    )

    read = read_when(cells, None)

    if isinstance(read, Range):
        assert far.lstrip().startswith("-")
        assert read.start.local == datetime.combine(day, clock)
    else:
        assert isinstance(read, ParseError) or (
            isinstance(read, When) and read.local == when and read.local.tzinfo is not None
        )


@given(st.data(), DAYS, CLOCKS, CLOCKS)
def test_any_spelling_of_a_range_is_read_as_it_or_refused(
    data: st.DataObject, day: date, start: time, end: time
) -> None:
    """Both times are of a clock of 24 hours, or both of twelve: where people leave out `am` has its own test."""
    of_24 = st.integers(0, WITH_HALVES - 1)
    of_12 = st.integers(WITH_HALVES, len(clock_texts(start)) - 1)
    number, other = data.draw(st.one_of(st.tuples(of_24, of_24), st.tuples(of_12, of_12)))
    between = data.draw(st.sampled_from(["-", " - ", "\N{EN DASH}", " \N{EM DASH} ", " to ", " bis ", "~"]))
    dated = data.draw(st.sampled_from(day_texts(day)))
    times = f"{clock_texts(start)[number]}{between}{clock_texts(end)[other]}"
    joint = data.draw(st.sampled_from([" ", ", "]))
    cells = data.draw(st.sampled_from([(f"{dated}{joint}{times}",), (dated, times), (times, dated)]))

    read = read_when(cells, None)

    wanted = Range(When(datetime.combine(day, start)), When(datetime.combine(day, end)))
    said = (read.start.local, read.end.local) if isinstance(read, Range) else None
    assert isinstance(read, ParseError) or said == (wanted.start.local, wanted.end.local)


@given(st.text(alphabet="0123456789:-+.,/TZ amphUr ", max_size=24))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    assert isinstance(read_when((text,), None), When | Range | ParseError | None)
    assert isinstance(read_end((text,), None, date(2027, 4, 5)), When | Range | ParseError | None)


def test_spellings_of_a_grammar_that_knows_what_they_mean_are_read_right_or_refused() -> None:
    """The same ones at each run; a hundred thousand are read by tests/benchmarks/spellings.py."""
    rng = Random(12)
    verdicts = Counter(spelling(rng).verdict() for _ in range(1500))

    assert verdicts.keys() == {"right", "refused"}
    assert verdicts["right"] > 750
