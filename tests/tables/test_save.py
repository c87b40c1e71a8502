"""A file is put in place whole or not at all, and no temporary file stays behind."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from importer.tables import TEMPORARY, remove_leftovers, save
from importer.tables.save import try_place

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_file_is_written(tmp_path: Path) -> None:
    save(tmp_path / "a.xlsx", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.xlsx": b"new"}


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"an older and longer one")
    save(tmp_path / "a.xlsx", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.xlsx": b"new"}


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a POSIX notion")
def test_the_file_can_be_read_by_those_who_could_before(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    save(path, b"new")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    path.chmod(0o640)
    save(path, b"newer")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.xlsx"
    target.mkdir()
    (target / "inside").write_bytes(b"")
    with pytest.raises(OSError, match=r"a\.xlsx"):
        save(target, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_folder_that_is_not_there_is_the_callers_to_explain(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        save(tmp_path / "none" / "a.xlsx", b"new")


def test_trying_leaves_nothing_and_fails_like_saving(tmp_path: Path) -> None:
    try_place(tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []
    for target in (tmp_path, tmp_path / "none" / "a.xlsx"):
        with pytest.raises(OSError, match=r"."):
            try_place(target)


def test_a_name_as_long_as_the_file_system_takes_can_be_saved(tmp_path: Path) -> None:
    save(tmp_path / ("x" * 250 + ".csv"), b"new")
    assert TEMPORARY not in {path.suffix for path in tmp_path.iterdir()}


def test_what_a_killed_run_left_of_its_copy_is_removed_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "r-results.xlsx"
    others = (
        ".r-results.xlsx-0a1b2c3d.tmp.xlsx",
        ".r-results.xlsx-zzzzzzzz.tmp",
        "r-results.xlsx-0a1b2c3d.tmp",
        "r.xlsx",
    )
    for name in (*others, ".r-results.xlsx-0a1b2c3d.tmp", ".s-results.xlsx-0a1b2c3d.tmp"):
        (tmp_path / name).touch()

    remove_leftovers(target)

    assert {path.name for path in tmp_path.iterdir()} == {*others, ".s-results.xlsx-0a1b2c3d.tmp"}


def test_a_folder_that_is_not_there_has_no_leftovers(tmp_path: Path) -> None:
    remove_leftovers(tmp_path / "gone" / "r-results.xlsx")
