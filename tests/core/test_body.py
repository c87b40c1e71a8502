"""Bodies of requests and answers: nothing in an answer does harm, and all but what no file holds stays as it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.core.body import (
    REPLACED,
    body_with,
    cleaned,
    combined,
    instant,
    is_damaged,
    read_instant,
    text_at,
    value_at,
)
from importer.core.model import Attendee
from tests.rows import a_meeting

ANYTHING = st.sampled_from([None, True, 7, 7.5, "text", "", [], [None], {}, {"c": "text"}, {"b": None}])
OBJECTS = st.dictionaries(st.sampled_from("abc"), ANYTHING)


@given(OBJECTS | st.builds(lambda inner: {"a": inner}, OBJECTS), st.sampled_from(["a", "a.b", "a.b.c"]))
def test_a_text_is_found_or_is_empty(body: dict[str, object], path: str) -> None:
    found = value_at(body, path)
    assert text_at(body, path) == (found if isinstance(found, str) else str(found) if type(found) is int else "")


@given(st.sampled_from(["a", "a.b", "a.b.c"]), ANYTHING)
def test_what_is_put_at_a_path_is_found_there(path: str, value: object) -> None:
    assert value_at(body_with(path, value), path) == value


def test_two_bodies_with_one_object_are_joined_in_it() -> None:
    one, other = body_with("lobby.scope", "everyone"), body_with("lobby.phone", value=True)
    assert combined({**one, "subject": "A"}, other) == {"lobby": {"scope": "everyone", "phone": True}, "subject": "A"}


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("2026-12-01T10:00:00.9999999+01:00", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("2026-12-01T09:00:00", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("9999-12-31T23:30:00-05:00", datetime(9999, 12, 31, 23, 30, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("soon", None),
    ],
)
def test_a_moment_is_in_whole_seconds_and_utc(words: str, moment: datetime | None) -> None:
    assert read_instant(words) == moment
    assert moment is None or read_instant(instant(moment)) == moment


def test_a_time_without_a_zone_is_not_written() -> None:
    with pytest.raises(ValueError, match="no zone"):
        instant(datetime(2026, 12, 1))  # noqa: DTZ001 - that is the case


def test_what_no_file_can_hold_is_replaced_wherever_it_stands() -> None:
    bad, ana = "a\x00b", Attendee("ana@contoso.example")
    meeting = a_meeting("g", bad, subject=bad, attendees=(ana, Attendee(bad)), organizer=Attendee(bad))
    clean, good = cleaned(meeting), f"a{REPLACED}b"
    assert clean == a_meeting("g", good, subject=good, attendees=(ana, Attendee(good)), organizer=Attendee(good))
    assert is_damaged(clean.join_url)
    assert cleaned(clean) is clean
