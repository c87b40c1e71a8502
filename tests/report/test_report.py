"""How the report says numbers, lengths of time and the verdict, and draws how fast answers came."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Status
from importer.core.wording import rows_counted, took_in_words
from importer.report import ranges, severity_class, verdict
from importer.report.page import render
from tests.report.reports import STARTED, facts, failed, invalid, read, report, row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.core.row import Row

LOOK = problem("people-not-checked")
WAITING = row(4, Status.NOT_ATTEMPTED, meeting=None)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row(2)], "The meeting is in place."),
        ([row(2), row(3, Status.DIFFERS, problems=(LOOK,))], "All 2 meetings are in place."),
        ([row(2), invalid(3)], "1 of 2 meetings are in place; 1 row needs somebody."),
        ([failed(2), invalid(3)], "0 of 2 meetings are in place; 2 rows need somebody."),
        ([row(2), WAITING], "1 of 2 meetings are in place; 1 row was not sent."),
        (
            [row(2), failed(3), WAITING, WAITING],
            "1 of 4 meetings are in place; 1 row needs somebody; 2 rows were not sent.",
        ),
        ([], "Finished, but at least one row is invalid, failed or could not be updated."),
    ],
)
def test_the_verdict_of_a_run(rows: Sequence[Row], said: str) -> None:
    assert verdict([report(*rows)], facts()) == said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([WAITING], "The row is ready to be sent."),
        ([WAITING, WAITING], "All 2 rows are ready to be sent."),
        ([WAITING, invalid(3)], "1 of 2 rows are ready to be sent; 1 row needs somebody."),
    ],
)
def test_the_verdict_of_a_check_that_sends_nothing(rows: Sequence[Row], said: str) -> None:
    assert verdict([report(*rows)], facts(sends=False)) == said


def test_a_file_that_could_not_be_used_is_no_success() -> None:
    assert (
        verdict([report(row(2)), report(exit_code=ExitCode.INPUT)], facts())
        == "1 of 1 meetings are in place; 1 file could not be used."
    )


def test_a_meeting_that_could_not_be_updated_needs_somebody() -> None:
    refused = problem("update-failed", reason="Busy.")

    assert verdict([report(row(2, Status.DIFFERS, problems=(refused,)))], facts()).endswith("1 row needs somebody.")


def test_the_tone_follows_the_exit_code_and_then_the_rows() -> None:
    assert severity_class([row(2)], ExitCode.DONE) == "good"
    assert severity_class([row(2, problems=(LOOK,))], ExitCode.DONE) == "look"
    assert severity_class([], ExitCode.REFUSED) == "bad"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.42, "0.4 s"), (5, "5 s"), (59.4, "59 s"), (303, "5 min 3 s"), (7500, "2 h 5 min")],
)
def test_lengths_of_time(seconds: float, said: str) -> None:
    assert took_in_words(seconds) == said


def test_counts_and_runs_of_numbers() -> None:
    assert [rows_counted(1), rows_counted(2000)] == ["1 row", "2,000 rows"]
    assert ranges([9, 5, 6, 7, 6]) == [(5, 7), (9, 9)]
    assert ranges([]) == []


def bars(rows: Sequence[Row], seconds: float) -> list[tuple[str | None, int, float]]:
    """Return the bars as (kind, place, height)."""
    found = read(render([report(*rows)], facts(ended=STARTED + timedelta(seconds=seconds))))
    parts = [part.attributes for part in found.one("figure").all("rect")]
    return [(part["class"], int(float(part["x"] or "")), float(part["height"] or "")) for part in parts]


def test_answers_are_drawn_over_time_with_refusals_on_top() -> None:
    rows = [*(row(n, checked_at=STARTED + timedelta(seconds=n % 2)) for n in range(12)), failed(1)]

    assert bars(rows, 60) == [("good", 0, 0.8571), ("good", 1, 0.8571), ("bad", 1, 0.1429)]


def test_the_drawing_keeps_to_a_width_that_can_be_seen() -> None:
    rows = [row(n, checked_at=STARTED + timedelta(hours=n)) for n in range(100)]

    drawn = bars(rows, 100 * 3600)

    assert max(place for _, place, _ in drawn) < 60


def test_a_few_answers_are_not_drawn_and_other_runs_answers_not_counted() -> None:
    earlier = [row(n, Status.UNCHANGED, checked_at=STARTED - timedelta(days=1)) for n in range(50)]

    found = read(render([report(*earlier, row(2))], facts()))

    assert not list(found.all("figure"))
    assert "1, 0.3 a minute" in found.text


def test_calls_and_waiting_are_said_where_they_are_known() -> None:
    known = read(render([], facts(calls=2213, waited=timedelta(seconds=12)))).text

    assert "2,213" in known
    assert "12 s" in known
    assert "Calls" not in read(render([], facts())).text
    assert "4: Finished" in known
