"""A property is one declaration: what it lacks stops the import, and what it writes it reads back."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.core.columns import INPUT_COLUMNS
from importer.core.model import Attendee
from importer.core.properties import BASIC_PROPERTIES, NOWHERE, Property, Sent, one_value
from importer.core.properties.drift import PROPERTIES, Agreement, agreement, body_of, changes, drift, said_in
from tests.rows import a_meeting, a_request, a_row

PEOPLE = st.builds(
    Attendee,
    upn=st.text(min_size=1),
    object_id=st.none() | st.text(min_size=1),
    role=st.sampled_from(["", "presenter", "coorganizer"]),
)
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - the zone is given beside them
    lambda moment: moment.replace(microsecond=0)
)
SAID = st.fixed_dictionaries(
    {},
    optional={
        "subject": st.text(),
        "times": st.tuples(MOMENTS, st.none() | MOMENTS),
        "attendees": st.lists(PEOPLE).map(tuple),
    },
)


@given(SAID)
def test_what_is_written_is_read_back_as_the_same(said: dict[str, Any]) -> None:
    read = said_in(body_of(said, Sent.CHANGE))

    assert {key: value for key, value in read.items() if key in said} == said


MAY_LACK = ("silent", "by_itself")


@pytest.mark.parametrize("whole", BASIC_PROPERTIES, ids=lambda each: each.key)
def test_a_property_that_is_declared_without_a_part_stops_the_import(whole: Property) -> None:
    parts = {part.name: getattr(whole, part.name) for part in fields(whole) if part.name not in MAY_LACK}
    for name in parts:
        with pytest.raises(TypeError, match=rf"declared without .*{name}"):
            Property(**{key: value for key, value in parts.items() if key != name})


def test_a_property_that_is_only_compared_needs_no_more_than_the_comparison() -> None:
    whole = BASIC_PROPERTIES[0]
    parts = {name: getattr(whole, name) for name in ("key", "columns", "wish", "read", "differences")}
    compared = Property(**parts, sent=NOWHERE)
    assert not any(compared.takes(call) for call in Sent)


def test_every_input_column_says_the_key_the_owner_or_a_property() -> None:
    named = {column for each in PROPERTIES for column in each.columns}
    assert {column.key for column in INPUT_COLUMNS if column.says in {each.key for each in PROPERTIES}} >= named


def in_quotes(*values: object) -> tuple[str, str]:
    sheet, teams = (f"'{value}'" for value in values)
    return sheet, teams


RECORDED = one_value("recorded", "recordAutomatically", bool, sent=Sent.CHANGE, words=in_quotes, code="differs-subject")
LOBBY = one_value("lobby", "lobbyBypassSettings.scope", str, sent=Sent.CHANGE, words=in_quotes, code="differs-subject")


def test_a_value_whose_differences_have_no_sentence_stops_the_import() -> None:
    with pytest.raises(TypeError, match=r"without a sentence for its differences, 'differs-live-share'\."):
        one_value("live_share", "allowLiveShare", str, sent=Sent.CHANGE, words=in_quotes)


@pytest.mark.parametrize(
    ("each", "cell", "wish"),
    [
        (RECORDED, True, True),
        (RECORDED, False, False),
        (RECORDED, "", None),
        (RECORDED, None, None),
        (LOBBY, "organizer", "organizer"),
        (LOBBY, " ", None),
        (LOBBY, None, None),
    ],
)
def test_a_cell_wishes_what_it_holds_and_a_blank_one_nothing(each: Property, cell: object, wish: object) -> None:
    row = replace(a_row(), values={each.key: cell})
    assert each.wish(row, Attendee) == wish


@pytest.mark.parametrize("each", [RECORDED, LOBBY], ids=lambda each: each.key)
@pytest.mark.parametrize("odd", [None, 7, [], {}, {"scope": 7}, {"scope": None}])
def test_an_answer_without_a_value_of_its_kind_does_not_say(each: Property, odd: object) -> None:
    assert each.read({"recordAutomatically": odd, "lobbyBypassSettings": odd}) is None
    assert each.read({}) is None


@pytest.mark.parametrize(
    ("says", "found"), [("organizer", Agreement.YES), ("everyone", Agreement.NO), (None, Agreement.UNSAID)]
)
def test_a_value_that_a_meeting_does_not_say_is_no_difference(says: str | None, found: Agreement) -> None:
    request, meeting = replace(a_request(), wishes={"lobby": "organizer"}), a_meeting(lobby=says)
    told = [(each.column, each.message) for each in drift(request, meeting, [LOBBY])]
    assert [column for column, _ in told] == (["lobby"] if found is Agreement.NO else [])
    assert all("sheet: 'organizer', Teams: 'everyone'" in message for _, message in told)
    assert changes(request, meeting, {"lobby"}, [LOBBY]) == {"lobby": "organizer"}
    assert agreement(request, {"lobby": "organizer"}, meeting, [LOBBY]) is found
