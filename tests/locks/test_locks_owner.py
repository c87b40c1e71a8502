"""Whoever has a file open is named, whichever program says so, and a strange or hostile note does no harm."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.locks import NAME_LIMIT, SOMEBODY, _excel, _libreoffice, opened_by

if TYPE_CHECKING:
    from pathlib import Path


def excel(name: str, *, wide: str | None = None) -> bytes:
    """Return an owner file as Excel writes it: length and ANSI name padded to 55 bytes, then the same in UTF-16."""
    ansi = name.encode("cp1252", "replace")
    text = name if wide is None else wide
    start = bytes([len(ansi)]) + ansi.ljust(54, b" ")
    return (start + len(text).to_bytes(2, "little") + text.encode("utf-16-le")).ljust(165, b" \0"[:1])


@pytest.mark.parametrize("name", ["Bo Berg", "Łukasz Żółć", "数学"])
def test_excel_names_who_has_it_open(tmp_path: Path, name: str) -> None:
    (tmp_path / "~$r.xlsx").write_bytes(excel(name))
    assert opened_by(tmp_path / "r.xlsx") == name


def test_libreoffice_names_who_has_it_open(tmp_path: Path) -> None:
    note = tmp_path / ".~lock.r.xlsx#"
    for text, name in (
        ("Bo Berg,bo,pc-1,22.11.2026 02:00,file:///home/bo;", "Bo Berg on pc-1"),
        (",bo,pc-1,22.11.2026 02:00,file:///home/bo;", "bo on pc-1"),
        ("Berg\\, Bo,bo,pc-1,22.11.2026 02:00,file:///home/bo;", "Berg, Bo on pc-1"),
        (",,,,;", SOMEBODY),
        ("", SOMEBODY),
    ):
        note.write_text(text, encoding="utf-8")
        assert opened_by(tmp_path / "r.xlsx") == name


def test_nobody_has_a_file_open_that_nobody_says_so_of(tmp_path: Path) -> None:
    (tmp_path / "~$other.xlsx").write_bytes(excel("Bo"))
    assert opened_by(tmp_path / "r.xlsx") is None
    assert opened_by(tmp_path / "none" / "r.xlsx") is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses a folder in other words")
def test_a_note_that_can_not_be_read_says_somebody(tmp_path: Path) -> None:
    (tmp_path / "~$r.xlsx").mkdir()
    assert opened_by(tmp_path / "r.xlsx") == SOMEBODY


def test_a_note_with_half_a_name_falls_back_to_the_other() -> None:
    assert _excel(excel("Bo", wide="\ud800".encode("utf-16-le", "surrogatepass").decode("latin-1"))) != ""
    assert _excel(excel("Bo")[:56]) == "Bo"
    assert _excel(excel("Bo")[:55] + b"\x01\x00\x00\xd8") == "Bo"


@given(st.binary(max_size=1100))
def test_no_note_harms(data: bytes) -> None:
    assert isinstance(_excel(data), str)
    assert isinstance(_libreoffice(data), str)


def test_only_what_can_be_printed_is_repeated_and_not_much_of_it(tmp_path: Path) -> None:
    (tmp_path / ".~lock.r.csv#").write_bytes(b"\x1b[31mBo\x07" + b"x" * 5000)
    found = opened_by(tmp_path / "r.csv")
    assert found is not None
    assert found.isprintable()
    assert len(found) <= NAME_LIMIT


def test_nobody_can_have_open_what_has_no_room_for_their_sign(tmp_path: Path) -> None:
    assert opened_by(tmp_path / f"{254 * 'r'}") is None
