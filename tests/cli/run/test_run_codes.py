"""Each problem is shown with its code, so that somebody can look it up with `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.rosters import csv_file, values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Command = Callable[..., Done]


def line_of(done: Done, beginning: str) -> str:
    (found,) = [line for line in done.out.splitlines() if line.strip().startswith(beginning)]
    return found


@pytest.mark.parametrize("words", [["validate"], ["run", "--sandbox"]])
def test_what_stops_a_file_has_its_code(words: list[str], command: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("no headings here\n", encoding="utf-8")

    assert line_of(command(*words, "bad.csv"), "Stopped:").endswith(" (no-header-row)")


def test_a_note_about_a_file_has_its_code(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    (tmp_path / ".~lock.r.csv#").write_text("Bo Berg,bo,pc-1,22.11.2026 02:00,;", encoding="utf-8")

    assert line_of(command("validate", roster), "Note:").endswith(" (open-elsewhere)")


def test_doctor_shows_the_code_of_what_is_not_all_right(command: Command, tmp_path: Path) -> None:
    done = command("doctor", csv_file(tmp_path / "r.csv", [values("1")]), "missing.csv", "--sandbox")

    assert line_of(done, "failed").endswith(" (file-not-found)")
    assert "()" not in done.out
