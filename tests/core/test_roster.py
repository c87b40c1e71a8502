"""A roster and its last run: what is new, changed and gone is told, and a broken export is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.core.layout import find_layout
from importer.core.memory import PreviousRun, fingerprint
from importer.core.model import ExitCode, FailureLimit, Status, Stop
from importer.core.roster import diff, guard, headings_key
from tests.ledger.entries import NOW, planned
from tests.rows import a_row

if TYPE_CHECKING:
    from importer.core.row import Row

HALF = FailureLimit(percent=50)


def previous(rows: list[Row], headings: tuple[str, ...] = ()) -> PreviousRun:
    return PreviousRun(
        started=NOW,
        headings=headings,
        count=len(rows),
        rows={row.key: fingerprint(row) for row in rows},
        met=frozenset(row.key for row in rows if fingerprint(row)),
    )


def rows_of(*numbers: int) -> list[Row]:
    return [planned(number) for number in numbers]


def headings(*texts: str) -> tuple[str, ...]:
    layout = find_layout([(1, texts)], mapping={}, required=frozenset())
    assert layout is not None
    return headings_key(layout)


def test_new_changed_and_gone_rows_are_told_apart() -> None:
    here = [planned(2), planned(3, subject="Other"), planned(9)]

    found = diff(previous(rows_of(2, 3, 4)), here)

    assert (found.new, found.changed, found.gone) == (1, 1, ("id-4",))
    (notice,) = found.notices("r.csv")
    assert (notice.code, "'id-4'" in notice.message) == ("rows-gone", True)


def test_a_row_that_moved_or_became_invalid_is_not_gone() -> None:
    row = planned(3)
    invalid = a_row(number=7, external_id="id-3", organizer=row.organizer, status=Status.INVALID)

    found = diff(previous(rows_of(2, 3)), [planned(5, external_id="id-2"), invalid])

    assert (found.new, found.changed, found.gone, found.notices("r.csv")) == (0, 1, (), ())


def test_a_row_that_never_had_a_meeting_leaves_nothing_behind() -> None:
    invalid = a_row(number=3, external_id="bad", organizer="a@c.x", status=Status.INVALID)

    assert diff(previous([planned(2), invalid]), rows_of(2)).gone == ()


def test_of_many_rows_that_are_gone_the_first_few_are_named() -> None:
    (notice,) = diff(previous(rows_of(*range(2, 12))), rows_of(2)).notices("r.csv")

    assert "'id-3', 'id-4', 'id-5', 'id-6', 'id-7' and 4 more" in notice.message


@pytest.mark.parametrize(
    ("before", "now", "stops"), [(10, 4, True), (10, 5, False), (10, 30, False), (9, 1, False), (1000, 499, True)]
)
def test_a_roster_that_shrank_by_more_than_half_stops_the_run(before: int, now: int, *, stops: bool) -> None:
    known = previous(rows_of(*range(2, before + 2)))
    if not stops:
        guard(known, (), now, HALF)
        return
    with pytest.raises(Stop) as stopped:
        guard(known, (), now, HALF)
    assert (stopped.value.problem.code, stopped.value.exit_code) == ("roster-shrunk", ExitCode.INPUT)


def test_the_share_can_be_stated() -> None:
    known = previous(rows_of(*range(2, 102)))

    guard(known, (), 1, FailureLimit(percent=100))
    with pytest.raises(Stop):
        guard(known, (), 98, FailureLimit(percent=1))


@pytest.mark.parametrize(
    "texts",
    [
        ("External ID", "Organizer"),
        ("External ID", "Organizer", "Start", "Duration"),
        ("External ID", "Organizer", "Begin"),
    ],
    ids=["gone", "new", "another"],
)
def test_other_headings_stop_the_run(texts: tuple[str, ...]) -> None:
    before = headings("External ID", "Organizer", "Start")

    with pytest.raises(Stop) as stopped:
        guard(previous(rows_of(2), before), headings(*texts), 1, HALF)
    assert stopped.value.problem.code == "headings-changed"


@pytest.mark.parametrize(
    "texts", [("Start", "EXTERNAL-ID", "organizer"), ("Room", "External ID", "Organizer", "Start", "Join URL")]
)
def test_the_order_the_spelling_and_other_columns_do_not_matter(texts: tuple[str, ...]) -> None:
    before = headings("External ID", "Organizer", "Start")

    guard(previous(rows_of(2), before), headings(*texts), 1, HALF)


def test_the_message_names_what_has_gone() -> None:
    with pytest.raises(Stop) as stopped:
        guard(previous([], headings("External ID", "Start", "Attendees")), headings("External ID", "End"), 1, HALF)

    assert "(Attendees, Start gone; End new)" in stopped.value.problem.message
