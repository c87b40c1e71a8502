"""A further run updates the folder instead of adding to it, and touches nothing that is not its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importer.invitations import SavedInvitations, save_invitations
from tests.invitations.invited import LATER, NOW, events, invitation

if TYPE_CHECKING:
    from pathlib import Path


def state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_each_meeting_has_a_file_named_by_row_and_id(tmp_path: Path) -> None:
    saved = save_invitations(tmp_path / "new", [invitation(5), invitation(12)], NOW)

    assert saved == SavedInvitations(new=2, changed=0, kept=0, without_start=())
    assert list(events(tmp_path / "new")) == ["00005-A-5.ics", "00012-A-12.ics"]


def test_a_second_run_leaves_unchanged_files_untouched(tmp_path: Path) -> None:
    save_invitations(tmp_path, [invitation(5), invitation(6)], NOW)
    before = state(tmp_path)

    saved = save_invitations(tmp_path, [invitation(5), invitation(6)], LATER)

    assert (saved.kept, state(tmp_path)) == (2, before)


def test_a_changed_meeting_keeps_its_identifier_and_counts_up(tmp_path: Path) -> None:
    for subject, stamp in (("One", NOW), ("Two", LATER), ("Three", LATER)):
        saved = save_invitations(tmp_path, [invitation(5, subject=subject)], stamp)

    event = events(tmp_path)["00005-A-5.ics"]
    assert (saved.changed, len(events(tmp_path))) == (1, 1)
    assert (event.uid.value, event.sequence.value, event.summary.value) == (invitation(5).uid, "2", "Three")
    assert event.dtstamp.value == LATER


def test_files_go_with_their_meetings_when_rows_are_sorted(tmp_path: Path) -> None:
    one, two = invitation(5), invitation(6)
    save_invitations(tmp_path, [one, two], NOW)

    saved = save_invitations(tmp_path, [replace(two, number=5), replace(one, number=6)], LATER)

    found = events(tmp_path)
    assert {name: event.uid.value for name, event in found.items()} == {
        "00005-A-6.ics": two.uid,
        "00006-A-5.ics": one.uid,
    }
    assert (saved.kept, [event.sequence.value for event in found.values()]) == (2, ["0", "0"])


def test_meetings_whose_ids_look_alike_in_names_keep_apart(tmp_path: Path) -> None:
    alike = [
        invitation(5, external_id="A/1"),
        invitation(5, external_id="A:1"),
        invitation(5, external_id="a?1"),
        invitation(5, external_id="A/1", organizer="bo@contoso.example"),
    ]
    for stamp in (NOW, LATER):
        saved = save_invitations(tmp_path, alike, stamp)

    assert saved.kept == 4
    assert {event.uid.value for event in events(tmp_path).values()} == {one.uid for one in alike}
    assert len({name.lower() for name in state(tmp_path)}) == 4


@pytest.mark.parametrize(
    ("external_id", "name"),
    [
        ('a<b>c:"d/e\\f|g?h*', "00005-a_b_c_d_e_f_g_h.ics"),
        ("../../etc/passwd", "00005-etc_passwd.ics"),
        ("CON", "00005-CON.ics"),
        ("x. ", "00005-x.ics"),
        ("\u202eexe", "00005-exe.ics"),
        ("???", "00005-_.ics"),
        ("Kurs 7 / Ü", "00005-Kurs_7_Ü.ics"),
        ("n" * 300, f"00005-{'n' * 80}.ics"),
    ],
)
def test_names_are_safe_on_every_system(tmp_path: Path, external_id: str, name: str) -> None:
    save_invitations(tmp_path, [invitation(5, external_id=external_id)], NOW)

    assert list(state(tmp_path)) == [name]


def test_what_is_not_its_own_stays_as_it_is(tmp_path: Path) -> None:
    foreign = {
        "00005-A-5.ics": b"PRODID:-//other//EN\r\nUID:x\r\nSEQUENCE:0\r\nDTSTAMP:20260101T000000Z\r\n",
        "same.ics": f"PRODID:x\r\nUID:{invitation(5).uid}\r\nSEQUENCE:7\r\nDTSTAMP:20260101T000000Z\r\n".encode(),
        "big.ics": b"x" * ((1 << 20) + 1),
        "broken.ics": b"\xff\xfe not a calendar",
        "notes.txt": b"mine",
    }
    for name, content in foreign.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.ics").mkdir()

    save_invitations(tmp_path, [invitation(5)], NOW)

    after = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    own = f"00005-A-5-{invitation(5).uid[:8]}.ics"
    assert {name: after[name] for name in foreign} == foreign
    assert set(after) == {*foreign, own}


def test_a_meeting_that_is_gone_from_the_sheet_keeps_its_file(tmp_path: Path) -> None:
    save_invitations(tmp_path, [invitation(5), invitation(6)], NOW)
    save_invitations(tmp_path, [invitation(6)], LATER)

    assert list(events(tmp_path)) == ["00005-A-5.ics", "00006-A-6.ics"]


def test_a_meeting_without_a_start_has_no_file_and_is_named(tmp_path: Path) -> None:
    saved = save_invitations(tmp_path / "new", [invitation(5, start=None)], NOW)

    assert saved.without_start == (5,)
    assert not (tmp_path / "new").exists()


def test_nothing_is_made_for_nothing(tmp_path: Path) -> None:
    assert save_invitations(tmp_path / "new", [], NOW).words == "none"
    assert not (tmp_path / "new").exists()


def test_the_counts_in_words() -> None:
    assert SavedInvitations(1, 2, 3, ()).words == "1 new, 2 changed, 3 as they were"


def test_a_folder_that_can_not_be_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        save_invitations(tmp_path / "no" / "such", [invitation()], NOW)
