"""A roster that is still being copied is waited for, and one that is whole costs no time."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from importer.cli.run.run_lock import LONGEST, QUIET, SEARCHED, WaitUntilStable
from importer.core.model import ExitCode, Stop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Copying:
    """Sleeps by copying on."""

    def __init__(self, file: Path, act: Callable[[int], object]) -> None:
        self.file = file
        self.act = act
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.act(len(self.slept))

    def until_stable(self, *files: str, seconds: float | None = None, later: float = 0) -> WaitUntilStable:
        changed = self.file.stat()
        now = datetime.fromtimestamp(max(changed.st_mtime, changed.st_ctime), UTC) + timedelta(seconds=later)
        return WaitUntilStable(files=files, seconds=seconds, now=lambda: now, sleep=self)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "r.csv"
    path.write_bytes(b"half")
    return path


def test_a_file_in_a_folder_is_read_once_it_stays_as_it_is(file: Path, tmp_path: Path) -> None:
    def grow(times: int) -> None:
        if times < 4:
            file.write_bytes(b"half" * (times + 1))

    copying = Copying(file, grow)
    copying.until_stable(str(tmp_path)).wait(file)
    assert copying.slept == [SEARCHED] * 4


def test_a_file_whose_time_moves_is_not_whole_yet(file: Path, tmp_path: Path) -> None:
    def touch(times: int) -> None:
        if times < 3:
            os.utime(file, (times, times))

    copying = Copying(file, touch)
    copying.until_stable(str(tmp_path)).wait(file)
    assert len(copying.slept) == 3


def test_a_file_that_was_changed_long_ago_costs_no_time(file: Path, tmp_path: Path) -> None:
    copying = Copying(file, lambda _: None)
    copying.until_stable(str(tmp_path), later=QUIET + 1).wait(file)
    copying.until_stable(str(tmp_path), later=QUIET - 1).wait(file)
    copying.until_stable(str(tmp_path), later=-3600).wait(file)  # the server's clock is ahead
    assert copying.slept == [SEARCHED] * 2


def test_a_file_that_is_named_is_not_waited_for_unless_asked(file: Path) -> None:
    copying = Copying(file, lambda _: None)
    copying.until_stable(str(file)).wait(file)
    copying.until_stable(str(file), seconds=5).wait(file)
    copying.until_stable(str(file.parent), seconds=0).wait(file)
    assert copying.slept == [5]


def test_a_file_that_never_settles_is_left_for_the_next_run(file: Path, tmp_path: Path) -> None:
    copying = Copying(file, lambda times: os.utime(file, (times, times)))
    with pytest.raises(Stop) as stopped:
        copying.until_stable(str(tmp_path), seconds=60).wait(file)
    assert (stopped.value.exit_code, stopped.value.problem.code) == (ExitCode.INPUT, "file-still-changing")
    assert sum(copying.slept) == LONGEST


def test_a_file_that_is_gone_is_the_readers_to_explain(file: Path, tmp_path: Path) -> None:
    copying = Copying(file, lambda _: None)
    copying.until_stable(str(tmp_path)).wait(tmp_path / "none.csv")
    assert copying.slept == []
    Copying(file, lambda times: file.unlink(missing_ok=times > 1)).until_stable(str(tmp_path), seconds=1).wait(file)


def test_the_files_of_a_folder_are_waited_for_together(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.csv" for number in range(600)]
    for each in files:
        each.write_bytes(b"whole")
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            files[7].write_bytes(b"half of something larger")

    waiting = WaitUntilStable(
        files=(str(tmp_path),), seconds=None, now=lambda: datetime.now(UTC), sleep=sleep, clock=lambda: sum(slept)
    )
    waiting.look(files)
    for each in files:
        waiting.wait(each)
    assert slept == [SEARCHED] * 2  # all together, and once more the one that has changed since
