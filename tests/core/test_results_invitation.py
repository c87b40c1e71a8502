"""An invitation says what its row says, on the clocks of the row's zone, and keeps its identifier for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.core.layout import Layout
from importer.core.memory import fingerprint
from importer.core.model import ANSWERED, Attendee, Status
from importer.core.results import (
    KEPT_KEYS,
    Invitation,
    invitation_cell,
    invitation_of,
    invitation_text,
    result_cells,
    when_in_words,
)
from importer.core.row import Row
from tests.rows import a_meeting, a_row, changed, saying

if TYPE_CHECKING:
    from importer.core.row import Row

START = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)
END = datetime(2027, 1, 11, 9, 30, tzinfo=UTC)
THEN = datetime(2027, 1, 12, 8, 0, tzinfo=UTC)

MEETING = a_meeting(
    graph_id="g",
    join_url="https://teams.example/j",
    meeting_id="311 222 333",
    passcode="Ab3",
    dial_in_number="+49 69 1234",
    conference_id="987654321",
    subject="In Teams",
    start=THEN,
    end=THEN,
    attendees=(Attendee("cy@contoso.example"), Attendee("", "id-only")),
    organizer=Attendee("ana@contoso.example", "a1"),
)
PLANNED = a_row(
    number=5,
    external_id="A-5",
    organizer="Ana@Contoso.example",
    subject="Algebra",
    start=START,
    end=END,
    attendees=("bo@contoso.example",),
    zone="Europe/Berlin",
)


PLAIN = a_row(5, external_id="A-5", organizer="")
"""A row of which no more is known."""


def row(planned: Row = PLANNED, **changes: Any) -> Row:  # noqa: ANN401 - any field
    return changed(planned, **{"status": Status.CREATED, "meeting": MEETING, **changes})


def invited(planned: Row = PLANNED, **changes: Any) -> Invitation:  # noqa: ANN401 - any field
    found = invitation_of(row(planned, **changes))
    assert found is not None
    return found


def test_the_text_has_everything_a_guest_needs_line_by_line() -> None:
    assert invitation_text(invited()).splitlines() == [
        "Subject: Algebra",
        "When: Mon 11 Jan 2027, 09:00 to 10:30 (Europe/Berlin)",
        "Join: https://teams.example/j",
        "Meeting ID: 311 222 333",
        "Passcode: Ab3",
        "By phone: +49 69 1234",
        "Conference ID: 987654321",
    ]


def test_what_is_not_known_has_no_line_and_a_line_stays_one_line() -> None:
    bare = saying(MEETING, meeting_id="", dial_in_number="", conference_id="", start=None, end=None)
    planned = changed(PLANNED, subject="Two\nlines: Join: https://evil.example", start=None, end=None)

    assert invitation_text(invited(planned, meeting=bare)).splitlines() == [
        "Subject: Two lines: Join: https://evil.example",
        "Join: https://teams.example/j",
    ]


def test_blank_cells_are_filled_in_with_what_teams_has() -> None:
    blank = changed(PLANNED, subject="", start=None, end=None, attendees=())

    found = invited(blank)

    assert (found.subject, found.start, found.end, found.attendees) == ("In Teams", THEN, THEN, ("cy@contoso.example",))


def test_where_sheet_and_teams_differ_the_sheet_is_believed() -> None:
    found = invited(status=Status.DIFFERS)

    assert (found.subject, found.start, found.attendees) == ("Algebra", START, ("bo@contoso.example",))


@pytest.mark.parametrize(("teams", "hours"), [(START, 24), (THEN, 1)])
def test_a_row_without_an_end_has_the_one_in_teams_or_an_hour(teams: datetime, hours: int) -> None:
    meeting = saying(MEETING, start=teams, end=THEN)

    found = invited(changed(PLANNED, end=None), meeting=meeting)

    assert found.end is not None
    assert (found.end - START).total_seconds() == hours * 3600


def test_a_result_whose_row_is_not_at_hand_is_told_by_the_meeting_alone() -> None:
    found = invited(PLAIN)

    assert (found.subject, found.zone, found.organizer) == ("In Teams", "UTC", "ana@contoso.example")


@pytest.mark.parametrize("status", Status)
def test_only_answered_rows_with_a_link_invite(status: Status) -> None:
    assert (invitation_of(row(status=status)) is not None) == (status in ANSWERED)
    assert invitation_of(row(status=status, meeting=None)) is None
    assert invitation_of(row(status=status, meeting=saying(MEETING, join_url=""))) is None


def test_the_identifier_is_the_keys_and_nothing_elses() -> None:
    uid = invited().uid

    assert uid == "1b0f9cda-4b2c-55b6-a02b-a869b9b32990"
    assert invited(changed(PLANNED, subject="Other", start=THEN, number=9), number=9).uid == uid
    assert replace(invited(), organizer="ANA@contoso.EXAMPLE").uid == uid
    assert replace(invited(), organizer="bo@contoso.example").uid != uid
    assert replace(invited(), external_id="a-5").uid != uid


def test_a_passcode_is_not_in_a_repr() -> None:
    assert "Ab3" not in repr(invited())


@pytest.mark.parametrize(
    ("start", "end", "zone", "words"),
    [
        (START, END, "UTC", "Mon 11 Jan 2027, 08:00 to 09:30 (UTC)"),
        (START, None, "Asia/Kolkata", "Mon 11 Jan 2027, 13:30 (Asia/Kolkata)"),
        (
            datetime(2027, 12, 31, 22, 0, tzinfo=UTC),
            datetime(2027, 12, 31, 23, 30, tzinfo=UTC),
            "Europe/Berlin",
            "Fri 31 Dec 2027, 23:00 to Sat 1 Jan 2028, 00:30 (Europe/Berlin)",
        ),
        (
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
            "Europe/Berlin",
            "Sun 25 Oct 2026, 02:30 UTC+0200 to 02:30 UTC+0100 (Europe/Berlin)",
        ),
        (None, END, "UTC", ""),
    ],
)
def test_times_in_words(start: datetime | None, end: datetime | None, zone: str, words: str) -> None:
    assert when_in_words(start, end, zone) == words


@given(st.text(), st.text())
def test_no_cell_adds_a_line_to_the_text(subject: str, number: str) -> None:
    text = invitation_text(replace(invited(), subject=subject, dial_in_number=number))

    labels = ("Subject", "When", "Join", "Meeting ID", "Passcode", "By phone", "Conference ID")
    assert all(line.startswith(labels) for line in text.split("\n"))


def test_a_row_that_is_not_answered_keeps_the_text_it_had() -> None:
    failed = row(status=Status.FAILED, meeting=None)
    layout = Layout(header_row=1, inputs={})

    assert invitation_cell(row())["invitation_text"].startswith("Subject: Algebra")
    assert result_cells(failed, layout, {"invitation_text": "old"}) | invitation_cell(failed) == {
        "status": "failed",
        "what_to_do": "",
        "invitation_text": "old",
    }
    assert "invitation_text" in KEPT_KEYS


LESSONS = (
    (datetime(2027, 3, 22, 8, 0, tzinfo=UTC), datetime(2027, 3, 22, 9, 30, tzinfo=UTC)),
    (datetime(2027, 4, 5, 7, 0, tzinfo=UTC), datetime(2027, 4, 5, 8, 30, tzinfo=UTC)),
)
"""Twice at nine in Berlin: the clocks go forward in between."""


def test_a_meeting_that_takes_place_more_than_once_is_one_from_first_to_last_and_tells_each_time() -> None:
    weekly = changed(PLANNED, start=LESSONS[0][0], end=LESSONS[0][1], occurrences=LESSONS)

    assert (weekly.start, weekly.end) == (LESSONS[0][0], LESSONS[1][1])
    assert invited(weekly).when == ("Mon 22 Mar 2027, 09:00 to 10:30; Mon 5 Apr 2027, 09:00 to 10:30 (Europe/Berlin)")
    assert fingerprint(weekly) != fingerprint(changed(weekly, occurrences=(LESSONS[0], *LESSONS)))


def test_the_last_of_several_times_without_an_end_is_an_hour_long() -> None:
    weekly = changed(PLANNED, end=None, occurrences=[(start, None) for start, _ in LESSONS])

    assert weekly.end == LESSONS[1][0] + timedelta(hours=1)
    assert [each.end for each in weekly.occurrences] == [None, None]
