"""How long to wait is decided without a clock, so it is tested without one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.graph.wire import Budget, ErrorResponse, RetryPolicy, read_retry_after

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("10", 10.0),
        ("0.249", 0.249),
        (" 7 ", 7.0),
        ("5,5", 5.0),
        ("3600", 3600.0),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue Nov 24 12:00:30 2026", 30.0),
        ("Tue, 24 Nov 2026 11:59:00 GMT", None),
        ("0", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("Tue, 99 Nov 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_read_in_every_form_and_lies_are_not_believed(header: str | None, seconds: float | None) -> None:
    written = "Tue, 24 Nov 2026 12:00:00 GMT"
    assert read_retry_after(header, date=written, now=0.0) == seconds


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_a_date_is_held_against_the_own_clock_only_where_the_server_tells_no_time(date: str | None) -> None:
    header = format_datetime(NOON + timedelta(seconds=20), usegmt=True)
    assert read_retry_after(header, date=date, now=NOON.timestamp()) == 20.0


@given(st.text(max_size=40), st.none() | st.text(max_size=40))
def test_no_header_whatsoever_breaks_anything(header: str, date: str | None) -> None:
    seconds = read_retry_after(header, date=date, now=0.0)
    assert seconds is None or 0 < seconds < float("inf")


def _budget(**limits: float) -> Budget:
    return Budget(RetryPolicy(**limits), started=0.0)  # type: ignore[arg-type]  # attempts is the one whole number


def test_waits_double_with_jitter_up_to_a_ceiling() -> None:
    budget = _budget(first_wait=1.0, longest_wait=8.0, attempts=7)
    failed = ErrorResponse(500, "")
    assert [budget.wait_after(failed, now=0.0, chance=0.0) for _ in range(5)] == [0.5, 1.0, 2.0, 4.0, 4.0]
    assert budget.wait_after(failed, now=0.0, chance=0.5) == 6.0


def test_failures_are_counted_and_being_throttled_is_none() -> None:
    budget = _budget(attempts=2, patience=1e9)
    throttled = ErrorResponse(429, "", retry_after=1.0)
    assert [budget.wait_after(throttled, now=0.0, chance=0.0) for _ in range(50)] == [1.0] * 50
    assert budget.wait_after(ErrorResponse(500, ""), now=0.0, chance=0.0) is not None
    assert budget.wait_after(ErrorResponse(500, ""), now=0.0, chance=0.0) is None


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_never_undercut(status: int) -> None:
    budget = _budget()
    assert budget.wait_after(ErrorResponse(status, "", retry_after=17.5), now=0.0, chance=0.0) == 17.5


def test_a_failure_waits_for_the_longer_of_backoff_and_retry_after() -> None:
    budget = _budget(first_wait=4.0)
    assert budget.wait_after(ErrorResponse(500, "", retry_after=1.0), now=0.0, chance=0.0) == 2.0


def test_a_wait_beyond_patience_is_not_begun() -> None:
    budget = _budget(patience=60.0)
    assert budget.wait_after(ErrorResponse(429, "", retry_after=60.0), now=0.0, chance=0.0) == 60.0
    assert budget.wait_after(ErrorResponse(429, "", retry_after=3600.0), now=0.0, chance=0.0) is None


def test_the_last_trouble_says_how_often_it_was_tried() -> None:
    budget = _budget()
    once = ErrorResponse(500, "", detail="HTTP 500")
    budget.wait_after(once, now=0.0, chance=0.0)
    assert budget.close(once) == once
    budget.wait_after(once, now=0.0, chance=0.0)
    assert budget.close(once).detail == "HTTP 500; given up after 2 attempts"
