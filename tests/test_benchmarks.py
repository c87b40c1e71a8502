"""The short form of the benchmarks: it fails on nonsense, a tenth of what is usual, and never on a busy machine.

Processor time is counted, not seconds, and only work that has no other process in it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from importer.cli.config.settings import Settings
from importer.cli.run.book import read_sheets
from tests.benchmarks.workbook_copy import copy_checked, make
from tests.core.planning import NOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = 2_000
LIMIT = 1.0
"""Milliseconds of processor time for a row; on a machine of 2026 a check takes 0.08 and a checked copy 0.09."""


def milliseconds(act: Callable[[Path], object], path: Path) -> float:
    """Return the processor time for a row."""
    began = time.process_time()
    act(path)
    return (time.process_time() - began) / ROWS * 1e3


def test_a_roster_is_checked_and_copied_in_no_more_than_ten_times_the_usual(tmp_path: Path) -> None:
    paths = [tmp_path / "12.xlsx", tmp_path / f"{ROWS}.xlsx"]
    for path in paths:
        make(path, int(path.stem))

    def check(path: Path) -> object:
        return read_sheets(path, Settings(files=(str(path),)), NOW)

    for path in paths:  # the first loads what is needed
        taken = milliseconds(check, path), milliseconds(copy_checked, path)
    assert max(taken) < LIMIT
