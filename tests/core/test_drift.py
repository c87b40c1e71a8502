"""What counts as a difference between a row and its meeting, in which words it is said, and what a change states.

A false alarm on every night's run would teach people to ignore all alarms, so what is unknown or left blank is never a
difference; and a change must never take away what the row has no opinion on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.core.model import Attendee, Meeting, Severity
from importer.core.properties.drift import Agreement, agreement, changes, drift, too_long
from tests.rows import a_meeting, a_request, asking, saying, stating

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.core.row import MeetingRequest

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
END = START + timedelta(hours=1)
BO, CY = Attendee("bo@contoso.example", "id-bo"), Attendee("cy@contoso.example", "id-cy")
GUEST = Attendee("guest@fabrikam.example")
HOUR = timedelta(hours=1)

REQUEST = a_request(
    external_id="A-1",
    organizer_id="id-ana",
    subject="Algebra",
    start=START,
    end=END,
    attendees=(BO, GUEST),
    zone="Europe/Berlin",
)
MEETING = a_meeting(
    graph_id="MSo=", join_url="https://join", subject="Algebra", start=START, end=END, attendees=(BO, GUEST)
)


def row(**changed: Any) -> MeetingRequest:  # noqa: ANN401 - any field
    return asking(REQUEST, **changed)


def teams(**changed: Any) -> Meeting:  # noqa: ANN401 - any field
    return saying(MEETING, **changed)


def found(request: MeetingRequest, meeting: Meeting) -> list[tuple[str, str]]:
    return [(each.column, each.code) for each in drift(request, meeting)]


def said(request: MeetingRequest, meeting: Meeting) -> str:
    (only,) = drift(request, meeting)
    return only.message


def people(count: int, letter: str = "p") -> tuple[Attendee, ...]:
    return tuple(Attendee(f"{letter}{n}@contoso.example", f"id-{letter}{n}") for n in range(count))


def test_a_meeting_that_says_what_the_row_says_has_no_problem() -> None:
    assert drift(REQUEST, MEETING) == ()


def test_each_column_that_differs_has_one_warning_of_its_own() -> None:
    other = teams(subject="Physics", start=START - HOUR, end=END - HOUR, attendees=(CY,))
    assert found(REQUEST, other) == [
        ("subject", "differs-subject"),
        ("start", "differs-start"),
        ("end", "differs-end"),
        ("attendees", "differs-attendees"),
    ]
    assert {each.severity for each in drift(REQUEST, other)} == {Severity.WARNING}


@pytest.mark.parametrize(
    ("wanted", "meeting"),
    [
        pytest.param(row(subject=""), teams(subject="Physics"), id="no subject in the row"),
        pytest.param(row(subject=" \t"), teams(subject="Physics"), id="only spaces in the row"),
        pytest.param(row(start=None, end=None), teams(start=START + HOUR), id="no times in the row"),
        pytest.param(row(start=None), teams(end=END + HOUR), id="an end alone"),
        pytest.param(row(end=None), teams(end=END + HOUR), id="no end in the row"),
        pytest.param(row(attendees=()), teams(attendees=(BO, CY)), id="nobody in the row"),
        pytest.param(REQUEST, teams(start=None, end=None), id="Teams does not say the times"),
        pytest.param(REQUEST, teams(attendees=None), id="Teams does not say the attendees"),
    ],
)
def test_what_is_blank_or_unknown_is_not_compared(wanted: MeetingRequest, meeting: Meeting) -> None:
    assert found(wanted, meeting) == []


def test_a_list_that_teams_says_is_empty_is_not_unknown() -> None:
    assert found(REQUEST, teams(attendees=())) == [("attendees", "differs-attendees")]


def test_times_are_instants_to_the_second() -> None:
    local = START.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert found(row(start=local), teams(start=START.replace(microsecond=999_999))) == []
    assert found(REQUEST, teams(start=START + timedelta(seconds=1))) == [("start", "differs-start")]


@pytest.mark.parametrize(
    ("sheet", "shown"),
    [
        ("Algebra  II", "Algebra II"),
        ("Algebra\nII", "Algebra II "),
        ("Algebra\u00a0II", "Algebra II"),
        ("Café", "Cafe\u0301"),
    ],
)
def test_what_nobody_can_see_of_a_subject_is_not_compared(sheet: str, shown: str) -> None:
    assert found(row(subject=sheet), teams(subject=shown)) == []


def test_the_case_of_a_subject_is_somebodys_decision() -> None:
    assert found(REQUEST, teams(subject="ALGEBRA")) == [("subject", "differs-subject")]


@pytest.mark.parametrize(
    ("sheet", "shown"),
    [
        pytest.param((BO, GUEST), (GUEST, BO), id="order"),
        pytest.param((BO,), (Attendee("BO@Contoso.Example", "ID-BO"),), id="case"),
        pytest.param((BO,), (Attendee("bo.new@contoso.example", "id-bo"),), id="renamed"),
        pytest.param((BO,), (Attendee("", "id-bo"),), id="no UPN in Teams"),
        pytest.param((BO,), (Attendee("bo@contoso.example"),), id="no ID in Teams"),
        pytest.param((GUEST,), (Attendee("Guest@fabrikam.example", "id-guest"),), id="no ID in the sheet"),
        pytest.param((BO, replace(BO, upn="BO@contoso.example")), (BO,), id="twice in the sheet"),
        pytest.param((BO,), (BO, BO), id="twice in Teams"),
        pytest.param((BO,), (replace(BO, role="presenter"),), id="role"),
        pytest.param((BO,), (BO, Attendee("ana@contoso.example", "ID-ANA")), id="the organizer in Teams"),
        pytest.param((BO, Attendee("ana@contoso.example", "id-ana")), (BO,), id="the organizer in the sheet"),
    ],
)
def test_the_same_people_are_the_same(sheet: Sequence[Attendee], shown: Sequence[Attendee]) -> None:
    assert found(row(attendees=sheet), teams(attendees=shown)) == []


def test_the_signed_in_organizer_is_known_from_the_answer() -> None:
    request = row(organizer_id=None, attendees=(BO, Attendee("ana@contoso.example")))
    assert found(request, teams(attendees=(BO,), organizer=Attendee("Ana@contoso.example", "id-ana"))) == []
    for unsaid in (None, Attendee("")):
        assert found(request, teams(attendees=(BO,), organizer=unsaid)) == [("attendees", "differs-attendees")]


@given(st.lists(st.sampled_from(people(6)), unique=True, min_size=1), st.lists(st.sampled_from(people(6)), unique=True))
def test_people_differ_exactly_where_the_sets_do(sheet: list[Attendee], shown: list[Attendee]) -> None:
    assert bool(drift(row(attendees=tuple(sheet)), teams(attendees=tuple(shown)))) == (set(sheet) != set(shown))


def test_of_a_list_that_may_be_cut_only_what_is_shown_counts() -> None:
    all_of_them = people(800)
    assert found(row(attendees=all_of_them), teams(attendees=all_of_them[:750])) == []
    stranger = (*all_of_them[:749], CY)
    assert "only in Teams: cy@contoso.example." in said(row(attendees=all_of_them), teams(attendees=stranger))
    assert found(row(attendees=all_of_them), teams(attendees=all_of_them[:749])) == [("attendees", "differs-attendees")]


@pytest.mark.parametrize(
    ("shown", "zone", "words"),
    [
        (
            START - HOUR,
            "Europe/Berlin",
            "sheet: Mon 23 Nov 10:00, Teams: Mon 23 Nov 09:00 (Europe/Berlin). Correct the row, or ask whoever",
        ),
        (START + timedelta(hours=16), "Europe/Berlin", "Teams: Tue 24 Nov 02:00 (Europe/Berlin)."),
        (START + timedelta(days=365), "UTC", "sheet: Mon 23 Nov 2026 09:00, Teams: Tue 23 Nov 2027 09:00 (UTC)."),
        (START + timedelta(seconds=5), "UTC", "sheet: Mon 23 Nov 09:00:00, Teams: Mon 23 Nov 09:00:05 (UTC)."),
    ],
)
def test_times_are_said_on_the_rows_own_clocks(shown: datetime, zone: str, words: str) -> None:
    assert words in said(row(zone=zone), teams(start=shown))


def test_the_hour_that_the_clocks_repeat_is_told_apart() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    words = "sheet: Sun 25 Oct 02:30 UTC+0200, Teams: Sun 25 Oct 02:30 UTC+0100 (Europe/Berlin)."
    assert words in said(row(start=first), teams(start=second))


def test_the_last_hour_that_there_is_can_be_said() -> None:
    last = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    assert "Teams: Fri 31 Dec 9999 23:30 (Asia/Tokyo)." in said(row(zone="Asia/Tokyo"), teams(end=last))


def test_both_instants_are_in_the_detail_for_machines() -> None:
    (only,) = drift(REQUEST, teams(start=START - HOUR))
    assert only.detail == "sheet 2026-11-23T09:00:00+00:00, Teams 2026-11-23T08:00:00+00:00"


def test_subjects_are_quoted_and_none_is_said_to_be_none() -> None:
    assert said(REQUEST, teams(subject="Physics")).startswith("sheet: 'Algebra', Teams: 'Physics'. ")
    assert said(REQUEST, teams(subject="")).startswith("sheet: 'Algebra', Teams: no subject. ")


def test_long_subjects_are_shown_where_they_part() -> None:
    words = said(row(subject="x" * 200 + " morning"), teams(subject="x" * 200 + " evening"))
    assert "x morning', Teams: '" in words
    assert "x evening'." in words
    words = said(row(subject=f"{'x' * 200} morning {'y' * 200}"), teams(subject=f"{'x' * 200} evening {'y' * 200}"))
    assert f"sheet: '…{'x' * 19} morning " in words
    assert f"Teams: '…{'x' * 19} evening " in words


def test_only_the_people_who_differ_are_named_and_not_too_many_of_them() -> None:
    shown = (BO, *people(7, "t"))
    words = said(REQUEST, teams(attendees=shown))
    named = ", ".join(f"t{n}@contoso.example" for n in range(5))
    assert words.startswith(f"only in the sheet: guest@fabrikam.example; only in Teams: {named} and 2 more. ")


def test_an_account_and_its_successor_of_the_same_name_are_told_apart() -> None:
    words = said(row(attendees=(BO,)), teams(attendees=(replace(BO, object_id="id-old"),)))
    assert "only in Teams: bo@contoso.example (another account of that name)." in words


def test_somebody_without_a_name_is_named_by_id() -> None:
    assert "only in Teams: id-x." in said(REQUEST, teams(attendees=(BO, GUEST, Attendee("", "id-x"))))


def test_a_change_states_what_differs_and_nothing_else() -> None:
    assert changes(REQUEST, teams(subject="Physics"), {"subject"}) == stating(subject="Algebra")
    assert changes(REQUEST, MEETING, {"end"}) == stating(times=(START, END))
    assert changes(REQUEST, MEETING, {"attendees"}) == stating(attendees=(BO, GUEST))


def test_a_meeting_that_is_moved_keeps_its_length_where_the_row_has_no_end() -> None:
    longer = teams(start=START - HOUR, end=START + HOUR)
    assert changes(row(end=None), longer, {"start"})["times"] == (START, START + 2 * HOUR)


@pytest.mark.parametrize("meeting", [teams(start=None), teams(end=None), teams(start=END + HOUR)])
def test_a_meeting_of_no_known_length_gets_graphs_own_hour(meeting: Meeting) -> None:
    assert changes(row(end=None), meeting, {"start"})["times"] == (START, END)


def test_without_a_start_no_times_are_stated() -> None:
    assert changes(row(start=None, end=None), MEETING, {"start"}) == stating()


def test_a_new_list_has_everybody_once_with_what_teams_knows_of_them() -> None:
    known = (
        Attendee("BO@contoso.example", "ID-BO", "coorganizer"),
        Attendee("guest@fabrikam.example", "id-guest", "presenter"),
        Attendee("cy@contoso.example", None, "unknownFutureValue"),
        Attendee("leaver@contoso.example", "id-leaver", "presenter"),
    )
    stated = changes(row(attendees=(BO, GUEST, CY, BO)), teams(attendees=known), {"attendees"})
    assert stated["attendees"] == (
        Attendee("bo@contoso.example", "id-bo", "coorganizer"),
        Attendee("guest@fabrikam.example", "id-guest", "presenter"),
        CY,
    )


@pytest.mark.parametrize(
    ("stated", "shown", "refused"),
    [(750, 749, False), (751, 10, True), (10, 750, True), (10, None, False)],
)
def test_lists_that_may_have_been_cut_are_not_replaced(stated: int, shown: int | None, *, refused: bool) -> None:
    meeting = teams(attendees=None if shown is None else people(shown))
    assert (too_long(stating(attendees=people(stated)), meeting) is not None) is refused


def test_a_long_list_that_is_not_touched_stands_in_nobodys_way() -> None:
    assert too_long(stating(subject="Algebra"), teams(attendees=people(750))) is None


@pytest.mark.parametrize(
    ("meeting", "answer"),
    [
        (MEETING, Agreement.YES),
        (teams(subject="Physics"), Agreement.NO),
        (teams(start=START + HOUR), Agreement.NO),
        (teams(end=None), Agreement.UNSAID),
        (teams(attendees=None), Agreement.UNSAID),
        (teams(attendees=(BO,)), Agreement.NO),
        (teams(attendees=(BO, GUEST, CY)), Agreement.NO),
        (teams(attendees=None, subject="Physics"), Agreement.NO),
        (teams(attendees=(BO, GUEST, Attendee("", "id-ana"))), Agreement.YES),
    ],
)
def test_a_change_shows_or_does_not_or_can_not_be_told(meeting: Meeting, answer: Agreement) -> None:
    stated = stating(subject="Algebra", times=(START, END), attendees=(BO, GUEST))
    assert agreement(REQUEST, stated, meeting) is answer


def test_what_was_not_stated_is_not_asked_after() -> None:
    assert agreement(REQUEST, stating(), teams(subject="Physics", attendees=None)) is Agreement.YES
