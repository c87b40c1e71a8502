"""A calendar file says what the invitation says, in lines that another library reads back the same."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from importer.core.model import Occurrence
from importer.core.results import invitation_text
from importer.invitations import event_file, save_invitations
from tests.invitations.invited import LATER, NOW, invitation, read

if TYPE_CHECKING:
    from pathlib import Path


def test_an_event_has_all_that_a_guest_needs() -> None:
    invited = invitation()

    event = read(event_file(invited, sequence=3, stamp=NOW))

    assert event.uid.value == invited.uid
    assert event.sequence.value == "3"
    assert event.dtstamp.value == datetime(2026, 11, 24, 2, 0, 3, tzinfo=UTC)
    assert (event.dtstart.value, event.dtend.value) == (invited.start, invited.end)
    assert event.summary.value == "Algebra"
    assert event.location.value == event.url.value == invited.join_url
    assert event.description.value == invitation_text(invited)
    assert event.organizer.value == "mailto:ana@contoso.example"
    assert [guest.value for guest in event.attendee_list] == ["mailto:bo@contoso.example", "mailto:cy@contoso.example"]


def test_the_file_is_what_the_standard_asks_for() -> None:
    content = event_file(invitation(subject="Ünïcödé " * 20), sequence=0, stamp=NOW)

    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert b"METHOD" not in content
    assert b"DTSTART:20270111T080000Z" in lines
    assert content.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("ana@contoso.example", "mailto:ana@contoso.example"),
        ("o'neil+x@contoso.example", "mailto:o'neil+x@contoso.example"),
        ("jürgen@contoso.example", "mailto:j%C3%BCrgen@contoso.example"),
        ("1f0c4f0e-0b3c-4d7e-9d3a-7c2b1a0f9e8d", None),
        ("ana_fabrikam.com#EXT#@contoso.example", None),
        ("ana@contoso", None),
        ("x@y.z\r\nATTENDEE:mailto:evil@x.example", None),
        ("", None),
    ],
)
def test_only_names_that_can_be_written_to_become_addresses(name: str, address: str | None) -> None:
    event = read(event_file(invitation(organizer=name, attendees=(name,)), sequence=0, stamp=NOW))

    assert [guest.value for guest in event.contents.get("attendee", [])] == [address] * (address is not None)
    assert [host.value for host in event.contents.get("organizer", [])] == [address] * (address is not None)


def test_a_meeting_without_an_end_or_of_no_length_has_none() -> None:
    start = invitation().start
    for end in (None, start):
        assert "dtend" not in read(event_file(invitation(end=end), sequence=0, stamp=NOW)).contents


def test_an_event_without_a_start_is_refused() -> None:
    with pytest.raises(ValueError, match="row 5 has no start"):
        event_file(invitation(start=None), sequence=0, stamp=NOW)


TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1)


@given(TEXT, TEXT)
def test_any_text_comes_back_as_it_was(subject: str, number: str) -> None:
    invited = invitation(subject=subject, dial_in_number=number)

    event = read(event_file(invited, sequence=0, stamp=NOW))

    assert event.summary.value == " ".join(subject.split())
    assert event.description.value == invitation_text(invited)


@given(st.text())
def test_no_cell_adds_a_line_or_breaks_the_file(subject: str) -> None:
    invited = invitation(subject=subject, external_id=subject, join_url="https://x.example/" + subject)

    content = event_file(invited, sequence=0, stamp=NOW)

    plain = _names(event_file(invitation(subject="x"), sequence=0, stamp=NOW))
    links = {"URL", "LOCATION"}  # there where what stands in the cell is a link
    assert [name for name in _names(content) if name not in links] == [name for name in plain if name not in links]
    read(content)


def test_what_is_no_web_address_is_no_link_and_no_place() -> None:
    event = read(event_file(invitation(join_url="javascript:alert(1)"), sequence=0, stamp=NOW))

    assert "url" not in event.contents
    assert "location" not in event.contents


def _names(content: bytes) -> list[str]:
    return re.findall(r"^([A-Z-]+)[:;]", content.decode().replace("\r\n ", "").replace("\r\n", "\n"), re.MULTILINE)


def test_seconds_are_whole() -> None:
    start = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(microseconds=7)

    assert read(event_file(invitation(start=start), sequence=0, stamp=NOW)).dtstart.value.microsecond == 0


def test_each_time_of_a_meeting_is_an_event_of_its_own_in_the_one_file_of_the_meeting(tmp_path: Path) -> None:
    times = tuple(
        Occurrence(datetime(2027, 4, day, hour, tzinfo=UTC), datetime(2027, 4, day, hour + 1, tzinfo=UTC))
        for day, hour in ((5, 7), (12, 7), (12, 22))
    )
    made = invitation(start=times[0].start, end=times[-1].end, occurrences=times)
    save_invitations(tmp_path, [made], NOW)

    moved = replace(made, number=9, start=times[1].start, occurrences=times[1:])
    save_invitations(tmp_path, [moved], LATER)

    (path,) = tmp_path.iterdir()
    (calendar,) = vobject.readComponents(path.read_text(encoding="utf-8"), validate=True)
    assert path.name == "00009-A-5.ics"
    assert [(event.uid.value, event.dtstart.value, event.dtend.value) for event in calendar.vevent_list] == [
        (f"{made.uid}-20270412", times[1].start, times[1].end),
        (f"{made.uid}-20270413", times[2].start, times[2].end),
    ]
