"""A log stays small, loses nothing of the last lines, and never stops a run."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from importer.notify.log import KEPT, Lines

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path) -> list[int]:
    """Return the numbers of all lines, the oldest file first."""
    files = [path.with_name(f"{path.name}.{number}") for number in range(KEPT + 3, 0, -1)] + [path]
    return [int(line) for file in files if file.exists() for line in file.read_text().splitlines()]


def test_nothing_is_made_before_there_is_a_line(tmp_path: Path) -> None:
    Lines(tmp_path / "run.log").close()

    assert list(tmp_path.iterdir()) == []


def test_lines_of_several_runs_follow_each_other_and_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "night" / "run.log"
    for number in range(3):
        lines = Lines(path)
        lines.write(f"{number}")
        lines.close()

    assert written(path) == [0, 1, 2]


def test_files_are_shifted_and_only_the_oldest_lines_go(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    lines = Lines(path, largest=100)
    for number in range(1000, 1500):
        lines.write(f"{number}")
    lines.close()

    kept = written(path)
    assert kept == list(range(kept[0], 1500))
    assert len(kept) >= 100 // len(f"1000{os.linesep}") * KEPT
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "run.log",
        *(f"run.log.{n}" for n in range(1, KEPT + 1)),
    ]
    assert all(file.stat().st_size <= 100 for file in tmp_path.iterdir())


def test_where_files_cannot_be_shifted_it_grows_and_the_older_ones_stay(tmp_path: Path) -> None:
    """As on Windows while somebody has the log open: a folder in the way stands for that here."""
    path = tmp_path / "run.log"
    (tmp_path / "run.log.0").mkdir()
    (tmp_path / "run.log.0" / "in the way").touch()
    older = tmp_path / "run.log.1"
    older.write_text("1\n")
    lines = Lines(path, largest=50)
    for number in range(1000, 1100):
        lines.write(f"{number}")
    lines.close()

    assert lines.failure is None
    assert written(path) == [1, *range(1000, 1100)]


def test_a_gap_among_the_older_files_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.with_name("run.log.3").write_text("3\n")
    lines = Lines(path, largest=10)
    for number in range(1000, 1003):
        lines.write(f"{number}")
    lines.close()

    assert written(path) == [3, 1000, 1001, 1002]


def test_a_place_that_is_a_folder_is_told_once_and_nothing_is_raised(tmp_path: Path) -> None:
    lines = Lines(tmp_path)
    lines.write("1")
    lines.write("2")
    lines.close()

    assert isinstance(lines.failure, OSError)


def test_a_folder_that_is_closed_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("this account may write everywhere")
    lines = Lines(tmp_path / "run.log")
    lines.write("1")
    lines.close()
    tmp_path.chmod(0o700)

    assert isinstance(lines.failure, PermissionError)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "run.log").symlink_to("/dev/full")
    lines = Lines(tmp_path / "run.log")
    lines.write("1")
    lines.close()

    assert lines.failure is not None
    assert lines.failure.strerror == "No space left on device"
