"""What rows with one ID say together, and when they say nothing because one of them is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from importer.core.model import SameId
from importer.core.plan import Plan, make_plan
from importer.core.readings import ReadingOptions
from importer.core.rules import RuleOptions
from tests.core.planning import NOW, problems, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.core.row import Row


def plan(rows: Iterable[Row]) -> Plan:
    return make_plan(rows, ReadingOptions(), RuleOptions(NOW, same_id=SameId.ONE_MEETING))


def at(number: int, day: int, hour: int = 9, length: int = 60, **cells: str) -> Row:
    start = datetime(2026, 11, day, hour, 0)  # noqa: DTZ001 - cells know no zone
    end = start + timedelta(minutes=length)
    said = {"external_id": "S", "attendees": f"a{number}@c.example", **cells}
    return row(number, start=start, end=end, **said)


ROWS = [(2, 24, 60), (3, 25, 90), (4, 26, 30), (5, 24, 60)]


@pytest.mark.parametrize("order", [ROWS, ROWS[::-1], [ROWS[at] for at in (1, 3, 0, 2)]])
def test_the_order_of_rows_changes_nothing_about_their_meeting(order: list[tuple[int, int, int]]) -> None:
    (whole,) = plan([at(number, day, length=length) for number, day, length in order]).ready

    assert (whole.start, whole.end) == (
        datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
        datetime(2026, 11, 26, 8, 30, tzinfo=UTC),
    )
    assert len(whole.occurrences) == 3
    assert sorted(whole.attendees) == [f"a{number}@c.example" for number in (2, 3, 4, 5)]
    assert whole.numbers == tuple(number for number, *_ in order)
    assert [part.attendees for part in whole.apart()] == [(f"a{number}@c.example",) for number, *_ in order]


def test_the_last_end_is_the_latest_whichever_time_it_ends() -> None:
    (whole,) = plan([at(2, 25, length=300), at(3, 25, hour=10)]).ready

    assert whole.end == datetime(2026, 11, 25, 13, 0, tzinfo=UTC)


def test_rows_of_other_organizers_and_without_an_id_stay_apart() -> None:
    planned = plan(
        [at(2, 25), at(3, 25, organizer="bo@c.example"), at(4, 25, external_id=""), at(5, 26, external_id="")]
    )

    assert [each.numbers for each in planned.ready] == [(2,), (3,)]
    assert problems(planned) == [(4, "external_id", "required"), (5, "external_id", "required")]


def test_a_series_that_goes_on_is_not_called_past() -> None:
    (whole,) = plan([at(2, 10), at(3, 30)]).ready
    (over,) = plan([at(2, 10), at(3, 11)]).ready

    assert [found.code for part in whole.apart() for found in part.problems] == []
    assert [found.code for part in over.apart() for found in part.problems] == ["in-the-past", "in-the-past"]


def test_so_many_people_that_teams_does_not_show_them_are_told_in_each_row() -> None:
    crowd = "; ".join(f"p{number}@c.example" for number in range(750))
    (whole,) = plan([at(2, 25, attendees=crowd), at(3, 25)]).ready

    assert [found.code for part in whole.apart() for found in part.problems] == ["too-many-attendees"] * 2


def test_a_warning_of_one_row_stays_its_own() -> None:
    (whole,) = plan([at(2, 25), at(3, 25, attendees="x@c.example; X@c.example")]).ready

    assert [(part.number, found.code) for part in whole.apart() for found in part.problems] == [
        (3, "attendee-repeated")
    ]


def test_a_title_that_only_one_row_has_is_the_meetings() -> None:
    (whole,) = plan([at(2, 25, subject=""), at(3, 25, subject="Statics")]).ready

    assert whole.subject == "Statics"


def test_a_cell_that_cannot_be_read_contradicts_nothing() -> None:
    rows = [at(2, 25, lobby="everyone passes"), at(3, 25, lobby="perhaps")]

    for same_id in SameId:
        found = problems(make_plan(rows, ReadingOptions(), RuleOptions(NOW, same_id=same_id)))
        assert (3, "lobby", "option-unknown") in found
