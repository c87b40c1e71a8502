"""Every rule of the sheet, each with the row it must find, and the promise that one pass finds all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from importer.core.catalogue.sheet import SHEET
from importer.core.columns import INPUT_COLUMNS
from importer.core.model import Cell, CellError, CellFault, DateOrder, Severity
from importer.core.row import Row
from importer.core.rules import unmatched
from tests.core.planning import GOOD, NOW, plan, problems, row

REF = CellError(CellFault.ERROR, "#REF!")
UNCACHED = CellError(CellFault.UNCACHED, "=A1&B1")
CROWD = ";".join(f"person{n}@contoso.example" for n in range(751))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


ONE_EACH: list[tuple[dict[str, Cell | tuple[Cell, ...]], list[tuple[str, str]]]] = [
    ({}, []),
    ({"external_id": None}, [("external_id", "required")]),
    ({"external_id": "   "}, [("external_id", "required")]),
    ({"organizer": None}, [("organizer", "required")]),
    ({"external_id": REF}, [("external_id", "cell-error")]),
    ({"organizer": UNCACHED}, [("organizer", "cell-not-calculated")]),
    ({"subject": REF}, [("subject", "cell-error")]),
    ({"start": UNCACHED}, [("start", "cell-not-calculated")]),
    ({"time_zone": REF}, [("time_zone", "cell-error")]),
    ({"attendees": REF}, [("attendees", "cell-error")]),
    ({"external_id": "A\x07"}, [("external_id", "control-characters")]),
    ({"subject": "Two\x07lines"}, [("subject", "control-characters")]),
    ({"subject": "Two\nlines"}, []),
    ({"external_id": "A\n1"}, [("external_id", "control-characters")]),
    ({"subject": "half \ud83d"}, [("subject", "control-characters")]),
    ({"subject": "Français 😀 \u200d"}, []),
    ({"external_id": "A\u200b\u00ad\ufeff", "organizer": "\u202aana@contoso.example\u202c"}, []),
    ({"external_id": "\u200b"}, [("external_id", "required")]),
    ({"organizer": "\ufeff \u200e"}, [("organizer", "required")]),
    ({"attendees": "\ufeffbo@contoso.example\u200b;\u2060 Cy <\u200bcy@contoso.example\u200b>"}, []),
    ({"attendees": "bo@contoso.example;\u200b;"}, []),
    ({"organizer": "an\u00ada@contoso.example"}, [("organizer", "hidden-character")]),
    ({"organizer": "ana@contoso\u200b.example"}, [("organizer", "hidden-character")]),
    ({"attendees": "bo@contoso.example; c\u200dy@contoso.example"}, [("attendees", "hidden-character")]),
    ({"attendees": "c\x07y@contoso.example"}, [("attendees", "hidden-character")]),
    ({"attendees": "c\u3164y@contoso.example"}, [("attendees", "hidden-character")]),
    ({"external_id": "A\u200b1"}, [("external_id", "external-id-hides")]),
    ({"external_id": "A\u00ad\x071"}, [("external_id", "control-characters")]),
    ({"start": "\u200e2027\u200e-01-11 \u200f09:00", "time_zone": "\ufeffEurope/Berlin\u200b"}, []),
    ({"end": None, "duration": "\u200e1:30"}, []),
    ({"external_id": date(2026, 4, 3)}, [("external_id", "external-id-is-date")]),
    ({"external_id": ("3 O 45/27", date(2027, 4, 3))}, []),
    ({"external_id": 1.2345678901234568e15}, [("external_id", "external-id-rounded")]),
    ({"external_id": 12345.0}, []),
    ({"external_id": "1.23457E+19"}, [("external_id", "external-id-rounded")]),
    ({"external_id": "1,23457E+19"}, [("external_id", "external-id-rounded")]),
    ({"external_id": "03-Apr"}, [("external_id", "external-id-like-date")]),
    ({"external_id": "04.03.2027"}, [("external_id", "external-id-like-date")]),
    ({"external_id": "4/3/2027"}, [("external_id", "external-id-like-date")]),
    ({"external_id": "2027-03-04"}, []),
    ({"external_id": "41/13/2027"}, []),
    ({"subject": "#REF!"}, [("subject", "cell-error")]),
    ({"subject": " #¡Valor! "}, [("subject", "cell-error")]),
    ({"external_id": "#NV"}, [("external_id", "cell-error")]),
    ({"subject": "#1 #Nom"}, []),
    ({"external_id": "Apr-26"}, [("external_id", "external-id-like-date")]),
    ({"external_id": "1e5"}, []),
    ({"external_id": "1E+5"}, []),
    ({"external_id": "12-ABC"}, []),
    ({"external_id": "2026/1"}, []),
    ({"external_id": "April-26"}, []),
    ({"subject": None}, [("subject", "subject-blank")]),
    ({"subject": at("2027-01-13 17:00")}, [("subject", "subject-is-date")]),
    ({"subject": date(2027, 1, 13)}, [("subject", "subject-is-date")]),
    ({"subject": time(17)}, [("subject", "subject-is-date")]),
    ({"subject": "2027-01-13 17:00:00"}, [("subject", "subject-is-date")]),
    ({"subject": "Budget 2027-01-13"}, []),
    ({"subject": "2027-01-13"}, []),
    ({"subject": ("Budget", date(2027, 1, 13))}, []),
    ({"subject": 1984}, []),
    ({"start": "25/13/2026", "end": None}, [("start", "no-such-day")]),
    ({"start": "31.11.2026 09:00", "end": None}, [("start", "no-such-day")]),
    ({"end": ("31.11.2026", "09:00")}, [("end", "no-such-day")]),
    ({"end": (date(2027, 1, 11), "24:30")}, [("end", "no-such-time")]),
    ({"end": "Tue 11 January 2027 10:00"}, [("end", "weekday-wrong")]),
    ({"start": 46000.5, "end": None}, [("start", "serial-number")]),
    ({"start": "03/04/2027 09:00", "end": None}, [("start", "date-ambiguous")]),
    ({"start": "03.04.2027 09:00", "end": None}, []),
    ({"start": "3.4. 9:00", "end": None}, [("start", "year-missing")]),
    ({"end": "3.4."}, [("end", "year-missing")]),
    ({"start": "2027-01-11", "end": None}, [("start", "time-missing")]),
    ({"start": time(9), "end": None}, [("start", "date-missing")]),
    ({"start": date(2027, 1, 11), "end": None}, [("start", "time-missing")]),
    ({"start": at("2027-01-11 00:00"), "end": None}, [("start", "midnight")]),
    ({"start": (at("2027-01-11 00:00"), time(9)), "end": None}, []),
    ({"end": date(2027, 1, 11)}, [("end", "time-missing")]),
    ({"end": "10:30"}, []),
    ({"end": time(10, 30)}, []),
    ({"end": "08:30"}, [("end", "end-before-start")]),
    ({"start": None, "end": "10:30"}, [("end", "date-missing"), ("end", "end-without-start")]),
    ({"start": "rubbish", "end": "10:30"}, [("start", "not-a-date")]),
    ({"start": "2027-01-11T09:00+01:00", "end": "10:30"}, []),
    ({"start": "2027-01-11T09:00Z", "end": "10:30"}, [("end", "offset-missing")]),
    ({"start": "2027-01-11T09:00Z", "end": "10:30Z"}, []),
    ({"start": "2027-01-11 09:00-10:30", "end": None}, []),
    ({"start": "2027-01-11 09:00-10:30", "end": "10:30"}, []),
    ({"start": "2027-01-11 09:00-10:30", "end": "2027-01-11 09:00-10:30"}, []),
    ({"start": "2027-01-11 09:00", "end": "09:00-10:30"}, []),
    ({"start": "2027-01-11 09:00-10:30"}, [("end", "range-contradicts")]),
    ({"start": "2027-01-11 09:30", "end": "09:00-10:30"}, [("end", "range-contradicts")]),
    ({"start": "2027-01-11 09:00-10:30", "end": None, "duration": 60}, [("duration", "duration-contradicts-end")]),
    ({"start": "2027-01-11 09:00-10:30", "end": None, "duration": 90}, []),
    ({"start": "2027-01-11 09:00-05:00", "end": None}, [("end", "end-before-start")]),
    ({"start": "2027-01-11T09:00-10:30", "end": None}, [("start", "offset-unknown")]),
    ({"start": "2027-01-11 09:00 EST", "end": None}, [("start", "zone-in-time")]),
    ({"start": "Room 3, 2027-01-11 09:00", "end": None}, [("start", "time-in-text")]),
    ({"start": "Mon 09:00", "end": "10:00"}, [("start", "weekday-without-date")]),
    ({"start": (date(2027, 1, 11), "08:00:00-10:00"), "end": None}, [("start", "offset-or-end")]),
    ({"start": (date(2027, 1, 11), "08:00:00-05:00"), "end": None}, []),
    ({"start": ("Mar", "09:00"), "end": "10:00"}, [("start", "weekday-unclear")]),
    ({"end": "Mon 10:00"}, []),
    ({"end": "Tue 10:00"}, [("end", "cells-disagree")]),
    ({"start": ("Mon", date(2027, 1, 11), time(9))}, []),
    ({"start": ("Tue", date(2027, 1, 11), time(9)), "end": None}, [("start", "weekday-wrong")]),
    ({"start": 1806915600, "end": None}, [("start", "epoch-time")]),
    ({"start": (date(2027, 1, 11), 930), "end": None}, [("start", "number-not-time")]),
    ({"start": (at("2027-01-11 09:00"), time(10)), "end": None}, [("start", "cells-disagree")]),
    ({"start": "2027-01-11 00:00:00.000", "end": None}, [("start", "midnight")]),
    ({"start": "2027-01-11T00:00Z", "end": None}, []),
    ({"start": None, "end": None}, [("start", "no-times")]),
    ({"start": None}, [("end", "end-without-start")]),
    ({"start": None, "end": None, "duration": 60}, [("duration", "end-without-start")]),
    ({"end": at("2027-01-11 08:59")}, [("end", "end-before-start")]),
    ({"end": at("2027-01-11 09:00")}, [("end", "zero-length")]),
    ({"end": at("2027-01-12 09:01")}, [("end", "over-24-hours")]),
    ({"end": at("2027-01-12 09:00")}, []),
    ({"end": None, "duration": timedelta(hours=25)}, [("duration", "over-24-hours")]),
    ({"end": None, "duration": "soon"}, [("duration", "not-a-duration")]),
    ({"end": None, "duration": 2}, [("duration", "duration-unit")]),
    ({"end": None, "duration": "2 h"}, []),
    ({"end": None, "duration": "3 min"}, [("duration", "short-duration")]),
    ({"end": None, "duration": 0}, [("duration", "zero-length")]),
    ({"end": None, "duration": "0:00"}, [("duration", "zero-length")]),
    ({"end": None, "duration": time(0)}, [("duration", "zero-length")]),
    ({"duration": 0}, [("duration", "duration-contradicts-end")]),
    ({"end": REF, "duration": 0}, [("end", "cell-error")]),
    ({"duration": 60}, []),
    ({"duration": 61}, [("duration", "duration-contradicts-end")]),
    ({"start": at("2026-11-24 12:59"), "end": None}, [("start", "in-the-past")]),
    ({"start": at("2026-11-24 13:00"), "end": None}, []),
    ({"start": at("2126-01-11 09:00"), "end": None}, []),
    ({"start": "25/4/2570 9:00", "end": None}, [("start", "too-far-ahead")]),
    ({"time_zone": None}, [("time_zone", "time-zone-missing")]),
    ({"time_zone": None, "start": "2027-01-11T09:00Z", "end": "2027-01-11T10:00+00:00"}, []),
    (
        {"time_zone": None, "start": "rubbish", "end": None},
        [("start", "not-a-date"), ("time_zone", "time-zone-missing")],
    ),
    ({"time_zone": "Mars"}, [("time_zone", "time-zone-unknown")]),
    ({"time_zone": "EST"}, [("time_zone", "time-zone-unknown")]),
    ({"time_zone": "GMT", "start": "2027-07-11 09:00", "end": None}, [("time_zone", "gmt-in-summer")]),
    ({"time_zone": "w. europe standard time"}, []),
    ({"time_zone": "UTC+1"}, []),
    ({"time_zone": "UTC+1", "start": "2027-07-11 09:00", "end": None}, [("time_zone", "offset-in-summer")]),
    ({"time_zone": "UTC+1:20"}, [("time_zone", "time-zone-unknown")]),
    ({"start": at("2027-03-28 02:30"), "end": None}, [("start", "time-does-not-exist")]),
    ({"start": at("2027-03-28 01:30"), "end": at("2027-03-28 02:30")}, [("end", "time-does-not-exist")]),
    ({"start": at("2027-10-31 02:30"), "end": None}, [("start", "time-happens-twice")]),
    ({"organizer": "ana"}, [("organizer", "upn-not-valid")]),
    ({"organizer": "Ana <ana@contoso.example>"}, []),
    ({"organizer": "Ana <ana>"}, [("organizer", "upn-not-valid")]),
    ({"organizer": "ana@contoso.example, bo@contoso.example"}, [("organizer", "organizer-not-one")]),
    ({"organizer": "00000000-0000-4000-8000-000000000001"}, []),
    ({"organizer": "o'neil_fabrikam.example#EXT#@contoso.example"}, []),
    ({"attendees": "bo@contoso.example, Cy"}, [("attendees", "upn-not-valid")]),
    ({"attendees": "bo@contoso.example\nBO@contoso.example;"}, [("attendees", "attendee-repeated")]),
    ({"attendees": CROWD}, [("attendees", "too-many-attendees")]),
    ({"attendees": None}, []),
]


@pytest.mark.parametrize(("cells", "expected"), ONE_EACH)
def test_each_mistake_is_found_and_nothing_else(
    cells: dict[str, Cell | tuple[Cell, ...]], expected: list[tuple[str, str]]
) -> None:
    assert problems(plan([row(7, **cells)])) == [(7, column, code) for column, code in expected]


def test_a_sheet_with_one_of_each_gives_exactly_those() -> None:
    rows = [row(number, **cells) for number, (cells, _) in enumerate(ONE_EACH, start=2)]
    expected = [(number, *pair) for number, (_, pairs) in enumerate(ONE_EACH, start=2) for pair in pairs]

    assert problems(plan(rows)) == expected


def test_every_code_of_the_sheet_is_planted_above() -> None:
    planted = {code for _, pairs in ONE_EACH for _, code in pairs}

    elsewhere = {"duplicate-external-id", "external-id-alike", "one-meeting-many-rows", "organizer-not-signed-in-user"}
    elsewhere |= {
        "name-of-several",
        "name-looks-like",
        "names-unclear",
        "weekday-not-in-weeks",
        "meeting-disagrees",
        "meeting-row-wrong",
    }
    assert {entry.code for entry in SHEET} == planted | elsewhere


def test_a_duplicate_names_both_rows_and_knows_organizers_apart_but_not_by_case() -> None:
    rows = [
        row(2, external_id="X"),
        row(3, external_id="X", organizer="bo@contoso.example"),
        row(5, external_id="X", organizer="ANA@contoso.example"),
        row(9, external_id="x"),
    ]

    found = plan(rows)

    assert {entry for entry in problems(found) if entry[2] != "external-id-alike"} == {
        (2, "external_id", "duplicate-external-id"),
        (5, "external_id", "duplicate-external-id"),
    }
    assert ["row 5" in found.rejected[0].problems[0].message, "row 2" in found.rejected[1].problems[0].message] == [
        True
    ] * 2


def test_one_pass_finds_all_of_a_row_however_bad_its_other_cells_are() -> None:
    bad = row(
        4,
        external_id=None,
        subject="a\tb",
        start="32/01/2027",
        end=REF,
        duration="x",
        time_zone="Mars",
        organizer="nobody",
        attendees="a@b",
    )

    assert problems(plan([bad])) == [
        (4, "external_id", "required"),
        (4, "subject", "control-characters"),
        (4, "start", "no-such-day"),
        (4, "end", "cell-error"),
        (4, "duration", "not-a-duration"),
        (4, "time_zone", "time-zone-unknown"),
        (4, "organizer", "upn-not-valid"),
        (4, "attendees", "upn-not-valid"),
    ]


def test_an_end_before_the_start_is_found_although_the_zone_is_unknown() -> None:
    bad = row(4, time_zone="Mars", end=at("2027-01-11 08:00"))

    assert problems(plan([bad])) == [(4, "end", "end-before-start"), (4, "time_zone", "time-zone-unknown")]


def test_mending_one_cell_never_reveals_another_problem() -> None:
    bad: dict[str, Cell | tuple[Cell, ...]] = {
        "external_id": None,
        "start": "2027-01-11 10:30",
        "end": "2027-01-11 09:30",
        "time_zone": None,
        "organizer": "x",
        "attendees": "y",
        "subject": "a\nb",
    }
    before = {entry[1:] for entry in problems(plan([row(4, **bad)]))}
    for key in bad:
        fixed = {**bad, key: GOOD.get(key)}
        after = {entry[1:] for entry in problems(plan([row(4, **fixed)]))}
        assert after <= before, key


def test_the_stated_order_settles_day_and_month() -> None:
    day_first = plan([row(2, start="03/04/2027 09:00", end=None)], order=DateOrder.DMY)
    month_first = plan([row(2, start="03/04/2027 09:00", end=None)], order=DateOrder.MDY)

    assert (day_first.ready[0].start, month_first.ready[0].start) == (
        datetime(2027, 4, 3, 7, 0, tzinfo=UTC),
        datetime(2027, 3, 4, 8, 0, tzinfo=UTC),
    )


def test_a_warning_does_not_stop_its_row_and_an_error_does() -> None:
    found = plan([row(2, subject=None), row(3, start="rubbish")])

    assert [meeting.number for meeting in found.ready] == [2]
    assert [result.number for result in found.rejected] == [3]


def test_organizers_may_be_blank_when_a_person_signs_in() -> None:
    assert problems(plan([row(2, organizer=None)], organizer_required=False)) == []


def test_a_plan_has_utc_instants_a_duration_is_elapsed_time_and_people_stand_once() -> None:
    spring = row(2, start=at("2027-03-28 01:30"), end=None, duration="1:00", attendees="b@c.de;B@C.de,a@c.de")

    ready = plan([spring]).ready[0]

    assert (ready.start, ready.end, ready.attendees) == (
        datetime(2027, 3, 28, 0, 30, tzinfo=UTC),
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
        ("b@c.de", "a@c.de"),
    )


def test_identifiers_are_kept_as_typed() -> None:
    rows = [row(2, external_id="00042"), row(3, external_id="N/A"), row(4, external_id=42.0), row(5, external_id=True)]

    assert [meeting.external_id for meeting in plan(rows).ready] == ["00042", "N/A", "42", "TRUE"]


def test_date_and_time_in_two_columns_are_one_start() -> None:
    both = row(2, start=(at("2027-01-11 00:00"), time(9, 15)), end=(date(2027, 1, 11), "10:45"))

    ready = plan([both]).ready[0]

    assert (ready.start, ready.end) == (
        datetime(2027, 1, 11, 8, 15, tzinfo=UTC),
        datetime(2027, 1, 11, 9, 45, tzinfo=UTC),
    )


def test_messages_end_in_a_next_step_and_errors_stop() -> None:
    for entry in SHEET:
        assert entry.message.endswith("."), entry.code
        assert entry.severity in Severity


def said(**cells: Cell) -> list[str]:
    found = plan([row(2, **cells)])
    entries = [entry for result in found.rejected for entry in result.problems]
    entries += [entry for meeting in found.ready for entry in meeting.problems]
    return [entry.message for entry in entries]


def test_a_row_pasted_one_column_off_says_so_where_the_date_stands() -> None:
    (message,) = said(subject=at("2027-01-13 17:00"))

    assert message == (
        "is a date, 2027-01-13 17:00: perhaps the row was pasted one column off. "
        "Put the title here; if the title is a date, add a word to it."
    )


def test_what_a_blank_start_and_end_mean_is_true_of_a_row_that_is_sent_and_of_one_that_is_not() -> None:
    message = (
        "is blank, and so is the end: a meeting without times starts when it is sent and lasts one hour. Fill them in."
    )

    assert said(start=None, end=None) == [message]
    assert said(start=None, end=None, external_id=None)[1:] == [message]


def test_a_length_of_nothing_is_said_for_both_columns() -> None:
    message = "makes the meeting end when it starts. Correct it if the meeting has a length."

    assert said(end=None, duration=0) == said(end=at("2027-01-11 09:00")) == [message]


def test_a_day_without_a_year_is_told_so() -> None:
    assert said(start="3.12.", end=None) == ["'3.12.' has no year and no time of day. Write it like 2026-12-25 09:00."]


def test_an_id_that_became_a_date_has_to_be_typed_again() -> None:
    assert said(external_id=date(2026, 4, 3))[0].endswith("Format the column as Text, then type the ID again.")


def test_a_sign_in_name_is_explained() -> None:
    assert said(organizer="ana") == [
        "No sign-in name: 'ana'. Write the address the person signs in to Teams with, like ana@contoso.com."
    ]


def test_no_rows_no_problems() -> None:
    assert problems(plan([])) == []
    assert NOW.tzinfo is UTC


def test_a_row_with_missing_columns_is_read_too() -> None:
    bare = Row(number=2, cells={"external_id": ("A",), "organizer": ("a@b.de",)})

    assert problems(plan([bare])) == [(2, "subject", "subject-blank"), (2, "start", "no-times")]


def test_an_invalid_row_can_still_be_named_by_what_is_right_in_it() -> None:
    (rejected,) = plan([row(2, end="tomorrow"), row(3)]).rejected

    assert (rejected.subject, rejected.end) == ("Algebra", None)
    assert rejected.start == datetime(2027, 1, 11, 8, 0, tzinfo=UTC)


def test_rows_that_differ_in_their_attendees_only_are_one_meeting_to_be_joined() -> None:
    rows = [row(n, external_id="MA1", attendees=f"s{n}@c.example") for n in (2, 3, 4)]
    rows += [row(n, external_id="MA2", attendees=f"s{n}@c.example", start=f"2027-01-1{n} 09:00") for n in (5, 6)]
    rows += [row(n, external_id="MA3") for n in (7, 8)]

    planned = plan(rows)

    twins = [found for found in problems(planned) if found[1] == "external_id"]
    assert [(number, code) for number, _, code in twins] == [
        *((n, "one-meeting-many-rows") for n in (2, 3, 4)),
        *((n, "duplicate-external-id") for n in (5, 6, 7, 8)),
    ]
    (first,) = (found for found in planned.rejected[0].problems if found.code == "one-meeting-many-rows")
    assert "ID of its own" not in first.message
    assert "rows 3 and 4" in first.message


ALIKE = [
    ("caf\u00e9", "cafe\u0301"),
    ("A-1", "\uff21-\uff11"),
    ("A-1", "A\u200b-1"),
    ("A-1", "A\u00ad-1"),
    ("A-1", "a-1"),
    ("stra\u00dfe", "STRASSE"),
    ("A 1", "A\u00a01"),
    ("A 1", "A  1"),
    ("A-1", "A\u20131"),
    ("A-1", "A\u22121"),
    ("O'Neil", "O\u2019Neil"),
    ("ABC", "\u0410\u0412\u0421"),
    ("TOM", "\u03a4\u039f\u039c"),
    ("\ufb01sh", "fish"),
    ("\u2163", "IV"),
    ("A\ufe0f1", "A1"),
]
"""IDs that a person takes for one another."""


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_ids_that_look_the_same_and_differ_are_a_warning_that_names_both_rows(one: str, other: str) -> None:
    found = plan([row(2, external_id=one), row(3, external_id="B"), row(4, external_id=other)])
    alike = {meeting.number: entry for meeting in found.ready for entry in meeting.problems if "alike" in entry.code}
    assert {number: entry.column for number, entry in alike.items()} == {2: "external_id", 4: "external_id"}
    assert "row 4" in alike[2].message
    assert "row 2" in alike[4].message
    assert {entry.severity for entry in alike.values()} == {Severity.WARNING}
    assert [meeting.external_id for meeting in found.ready] == [one, "B", other]


@pytest.mark.parametrize(("one", "other"), [*ALIKE, ("A-1", "A-2"), ("1", "01"), ("A1", "A-1"), ("cafe", "caf\u00e9")])
def test_ids_of_two_organizers_and_ids_that_look_different_are_none(one: str, other: str) -> None:
    apart = plan([row(2, external_id=one), row(3, external_id=other, organizer="bo@contoso.example")])
    assert "external-id-alike" not in {code for _, _, code in problems(apart)}
    if (one, other) not in ALIKE:
        together = plan([row(2, external_id=one), row(3, external_id=other)])
        assert problems(together) == []


def test_an_id_with_a_character_that_nobody_sees_round_it_is_the_id_without() -> None:
    twins = plan([row(2, external_id="F-6\u200b"), row(3, external_id="F-6")])
    assert problems(twins) == [(number, "external_id", "duplicate-external-id") for number in (2, 3)]
    assert [row.external_id for row in twins.rejected] == ["F-6", "F-6"]


def test_a_hidden_character_is_called_by_its_name() -> None:
    (found,) = plan([row(2, attendees="bo\u00ad@contoso.example")]).rejected
    assert "U+00AD" in found.problems[0].message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rules": ("control-characters", "subject-blank", "midnight")}, ["subject midnight"]),
        ({"rules": ("subject-blank",)}, ["subject control-characters"]),
        ({"unclear": ("subject-is-odd",)}, ["subject subject-is-odd"]),
        ({}, []),
    ],
    ids=["declared and not written", "written and not declared", "without a sentence", "as they are"],
)
def test_columns_and_rules_that_do_not_match_are_found(change: dict[str, Any], said: list[str]) -> None:
    columns = [replace(column, **change) if column.key == "subject" else column for column in INPUT_COLUMNS]
    assert unmatched(columns) == said
