"""Dates are read only when they have one meaning, and local times become the one instant they mean."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.core.catalogue import problem
from importer.core.cells import Unclear
from importer.core.durations import read_duration
from importer.core.times import Clock, DateOrder, When, is_date_time, read_when, to_utc

if TYPE_CHECKING:
    from importer.core.model import Cell

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
        ("2026-12-25 9 am Uhr", "not-a-date"),
        ("2026-12-25 25 Uhr", "no-such-time"),
        ("Thu 2026-12-25 09:00", "weekday-wrong"),
        ("Do 02/03/2026 09:00", "weekday-wrong"),
        ("Room 2026-12-25 09:00", "not-a-date"),
        ("Fr 9 Uhr", "not-a-date"),
        ("25 Foo 2026 09:00", "not-a-date"),
        ("13:00 PM", "no-such-time"),
        ("9999-01-01 09:00", "not-a-date"),
        ("2026-12-25 09:00+99:00", "not-a-date"),
        ("02/03/2026 09:00", "date-ambiguous"),
        ("25/12/26 09:00", "date-ambiguous"),
        ("12.25.2026 09:00", "no-such-day"),
        ("Tue 02.03.2026 09:00", "weekday-wrong"),
        ("3.31. 17:00", "not-a-date"),
        ("3.12. 17", "not-a-date"),
        ("3.12. 25:00", "no-such-time"),
        ("13/13", "not-a-date"),
        ("0/5", "not-a-date"),
        ("30 Foo 17:00", "not-a-date"),
        ("3.12", "date-missing"),
        ("2026-12-25", "time-missing"),
        ("09:00", "date-missing"),
    ],
)
def test_text_without_a_sure_meaning_is_refused(text: str, code: str) -> None:
    unclear = read_when((text,), None)

    assert isinstance(unclear, Unclear)
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

    assert isinstance(unclear, Unclear)
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

    assert isinstance(unclear, Unclear)
    assert (unclear.code, unclear.facts) == ("no-such-time", {"time": said})


def test_a_stated_order_says_which_number_is_no_month() -> None:
    unclear = read_when(("25/12/2026 09:00",), DateOrder.MDY)

    assert isinstance(unclear, Unclear)
    assert unclear.facts == {"reason": "There is no month 25"}


def test_an_order_is_taken_at_its_word() -> None:
    assert read_when(("02/03/2027 09:00",), DateOrder.MDY) == When(datetime(2027, 2, 3, 9, 0))  # noqa: DTZ001 - cells know no zone
    assert read_when(("27-03-02 09:00",), DateOrder.YMD) == When(datetime(2027, 3, 2, 9, 0))  # noqa: DTZ001 - cells know no zone
    assert isinstance(read_when(("25/12/2026 09:00",), DateOrder.MDY), Unclear)


def test_a_weekday_tells_day_and_month_apart_but_never_overrules_an_order() -> None:
    assert read_when(("Mo 02.03.2026 09:00",), None) == When(datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001 - cells know no zone
    assert read_when(("Tue 02/03/2026 09:00",), None) == When(datetime(2026, 2, 3, 9, 0))  # noqa: DTZ001 - cells know no zone
    assert isinstance(read_when(("Tue 02/03/2026 09:00",), DateOrder.DMY), Unclear)


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

    assert unclear == Unclear("date-ambiguous", text, {"one": one, "other": other})


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

    assert isinstance(unclear, Unclear)
    assert (unclear.code, unclear.facts) == ("year-missing", {"missing": missing})


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
        ((date(2026, 12, 25), None), When(datetime(2026, 12, 25), midnight=True)),  # noqa: DTZ001 - cells know no zone
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
    assert isinstance(read_duration((cell,)), Unclear)


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2035, 1, 1)),  # noqa: DTZ001 - cells know no zone
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_an_instant_read_back_on_the_wall_is_the_time_written_unless_it_was_skipped(local: datetime, name: str) -> None:
    zone = ZoneInfo(name)

    instant, clock = to_utc(local, zone)

    assert (instant.astimezone(zone).replace(tzinfo=None) == local) is (clock is not Clock.SKIPPED)


def test_of_a_repeated_hour_the_first_is_taken_and_an_offset_needs_no_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert to_utc(datetime(2027, 10, 31, 2, 30), berlin) == (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), Clock.REPEATED)  # noqa: DTZ001 - cells know no zone
    second = read_when(("2027-10-31T02:30+01:00",), None)
    assert isinstance(second, When)
    assert to_utc(second.local, berlin) == (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), Clock.PLAIN)
