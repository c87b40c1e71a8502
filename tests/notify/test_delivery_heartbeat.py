"""The heartbeat: whoever watches it from outside sees a night that failed, and one that never was."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from importer.core.model import ExitCode
from importer.notify.delivery import TRIES, beat
from tests.notify.events import FINE, MIXED, PERSONAL, ended

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def test_it_says_when_how_and_where(tmp_path: Path) -> None:
    path = tmp_path / "state" / "last-run.json"

    assert beat(ended(MIXED), path) is None

    beaten = read(path)
    assert {key: beaten[key] for key in ("schema", "run_id", "started", "ended", "exit_code", "counts")} == {
        "schema": 1,
        "run_id": "20261122T020000Z-abc123",
        "started": "2026-11-22T02:00:00+00:00",
        "ended": "2026-11-22T02:01:05+00:00",
        "exit_code": 4,
        "counts": {"created": 1, "existing": 1, "invalid": 2, "failed": 1},
    }
    assert beaten["files"][0]["result"] == MIXED.result
    assert not any(text in path.read_text(encoding="utf-8") for text in PERSONAL)


def test_the_last_run_that_got_through_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "last-run.json"
    through = {"run_id": "20261122T020000Z-abc123", "ended": "2026-11-22T02:01:05+00:00", "exit_code": 0}

    beat(ended(FINE, code=ExitCode.DONE), path)
    assert read(path)["last_complete"] == through
    beat(ended(code=ExitCode.BUG), path)
    beat(ended(code=ExitCode.REFUSED), path)
    assert (read(path)["exit_code"], read(path)["last_complete"]) == (5, through)


@pytest.mark.parametrize("before", ["", "{", "[]", "null", '{"last_complete": 7}', "\udcff"])
def test_whatever_stood_there_is_replaced(before: str, tmp_path: Path) -> None:
    path = tmp_path / "last-run.json"
    path.write_bytes(before.encode(errors="surrogateescape"))

    assert beat(ended(code=ExitCode.LOCKED), path) is None
    assert read(path)["last_complete"] is None
    assert [file.name for file in tmp_path.iterdir()] == ["last-run.json"]


def test_a_place_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    warning = beat(ended(MIXED), tmp_path / "file" / "last-run.json")

    assert warning is not None
    assert (warning.code, "last-run.json" in warning.message) == ("heartbeat-not-written", True)


def test_a_file_in_use_is_waited_for_a_little(tmp_path: Path) -> None:
    """As on Windows while somebody reads it: a closed folder stands for that here."""
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("this account may write everywhere")
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            tmp_path.chmod(0o700)

    assert beat(ended(MIXED), tmp_path / "last-run.json", pause=pause) is None
    tmp_path.chmod(0o500)
    assert beat(ended(MIXED), tmp_path / "last-run.json", pause=pause) is not None
    assert len(pauses) == 2 + TRIES - 1
    tmp_path.chmod(0o700)
