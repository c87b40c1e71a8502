"""Which rows need no call: a wrong yes would put an old answer, or another row's link, on a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from importer.core.catalogue import problem
from importer.core.memory import CachedAnswer, MemoryOptions, fingerprint, reuse_known_results
from importer.core.model import Problem, Status
from tests.ledger.entries import NOW, key, meeting, planned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.core.row import Key, Row

ONLY_CHANGED = MemoryOptions(only_changed=True)
BROKEN_OFF = MemoryOptions(interrupted_runs=frozenset({"dead"}))
OBJECT_ID = "0a1b2c3d-0000-4000-8000-000000000001"


def remembered(
    row: Row,
    *,
    status: Status = Status.EXISTING,
    run_id: str = "before",
    name: str = "",
    problems: tuple[Problem, ...] = (),
) -> dict[Key, CachedAnswer]:
    answer = CachedAnswer(
        fingerprint=fingerprint(row),
        status=status,
        meeting=meeting(name or row.external_id),
        problems=problems,
        checked_at=NOW,
        run_id=run_id,
    )
    return {key(row): answer}


def reused(rows: Iterable[Row], known: dict[Key, CachedAnswer], options: MemoryOptions) -> dict[int, Status]:
    rows = list(rows)
    settlement = reuse_known_results(rows, known, options)
    assert {row.number for row in settlement.to_send} == {row.number for row in rows} - {
        result.number for result in settlement.reused
    }
    return {result.number: result.status for result in settlement.reused}


def test_a_row_that_says_the_same_is_unchanged_when_asked_for() -> None:
    row = planned(2)

    assert reused([row], remembered(row), ONLY_CHANGED) == {2: Status.UNCHANGED}
    assert reused([row], remembered(row), MemoryOptions()) == {}


def test_the_answer_comes_with_its_link_its_warnings_and_its_time() -> None:
    own, then = problem("subject-blank", column="subject"), problem("no-dial-in")
    row = planned(2, problems=(own,))

    (result,) = reuse_known_results([row], remembered(row, problems=(then,)), ONLY_CHANGED).reused

    assert (result.meeting, result.problems, result.checked_at) == (meeting("id-2"), (then, own), NOW)
    assert (result.external_id, result.organizer) == (row.external_id, row.organizer)


@pytest.mark.parametrize(
    "changes",
    [{"subject": "Other"}, {"start": None}, {"end": None}, {"attendees": ()}, {"attendees": ("cy@contoso.example",)}],
)
def test_a_row_that_says_something_else_is_asked(changes: dict[str, object]) -> None:
    known = remembered(planned(2))

    assert reused([planned(2, **changes)], known, ONLY_CHANGED) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"organizer": "ANA@contoso.example"},
        {"attendees": ("Bo@Contoso.example",)},
        {"zone": "Europe/Berlin"},
    ],
)
def test_what_is_not_sent_differently_is_no_change(changes: dict[str, object]) -> None:
    known = remembered(planned(2))

    assert reused([planned(2, **changes)], known, ONLY_CHANGED) == {2: Status.UNCHANGED}


@given(some.permutations(["a@c.example", "b@c.example", "c@c.example"]))
def test_the_order_of_attendees_is_no_change(attendees: list[str]) -> None:
    assert fingerprint(planned(2, attendees=tuple(attendees))) == fingerprint(
        planned(2, attendees=("a@c.example", "b@c.example", "c@c.example"))
    )


@pytest.mark.parametrize("status", [Status.DIFFERS, Status.FAILED, Status.INVALID, Status.NOT_ATTEMPTED])
def test_an_answer_that_left_something_to_do_is_asked_again(status: Status) -> None:
    row = planned(2)

    assert reused([row], remembered(row, status=status), ONLY_CHANGED) == {}
    assert reused([row], remembered(row, status=status, run_id="dead"), BROKEN_OFF) == {}


def test_answers_of_a_broken_off_run_are_taken_as_they_were() -> None:
    rows = [planned(2), planned(3), planned(4)]
    known = (
        remembered(rows[0], run_id="dead", status=Status.CREATED)
        | remembered(rows[1], run_id="dead")
        | remembered(rows[2])
    )

    assert reused(rows, known, BROKEN_OFF) == {2: Status.CREATED, 3: Status.EXISTING}
    assert reuse_known_results(rows, known, BROKEN_OFF).recovered == 2
    both = MemoryOptions(interrupted_runs=frozenset({"dead"}), only_changed=True)
    assert reused(rows, known, both) == {2: Status.CREATED, 3: Status.EXISTING, 4: Status.UNCHANGED}


def test_strict_attendees_asks_where_one_was_not_found() -> None:
    row = planned(2)
    known = remembered(row, problems=(problem("attendee-not-found", column="attendees", value="x", hint=""),))

    assert reused([row], known, ONLY_CHANGED) == {2: Status.UNCHANGED}
    assert reused([row], known, MemoryOptions(only_changed=True, strict_attendees=True)) == {}


def test_two_rows_that_have_one_meeting_are_both_asked() -> None:
    rows = [planned(2, external_id="x"), planned(3, external_id="x", organizer=OBJECT_ID)]

    assert reused(rows, remembered(rows[0], name="x") | remembered(rows[1], name="x"), ONLY_CHANGED) == {}


def test_a_row_is_asked_with_one_that_may_be_its_twin_under_another_name() -> None:
    row = planned(2, external_id="x")
    by_id, by_name = planned(3, external_id="x", organizer=OBJECT_ID), planned(3, external_id="x", organizer="cy@c.x")

    assert reused([row, by_id], remembered(row), ONLY_CHANGED) == {}
    assert reused([row, by_name], remembered(row), ONLY_CHANGED) == {}
    assert reused([row, planned(3, external_id="x", organizer="")], remembered(row), ONLY_CHANGED) == {}
