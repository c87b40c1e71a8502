"""A report, a log or a calendar that can't be written is found by day, not by who looks for it in the morning."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands.doctor.helping import amiss, checks, one

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.commands.doctor.helping import Command

GOOD = ["--report", "night.html", "--ics", "calendar", "--log-file", "logs/new/run.log", "--heartbeat", "beat/x.json"]


def test_places_that_can_be_written_are_one_line_and_nothing_is_left(
    doctor: Command, served: str, roster: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))

    done = doctor(roster, *GOOD)

    assert (done.code, amiss(done), checks(done)["places"]) == (0, [], [("ok", "")])
    assert all(option in done.json["checks"][-1]["message"] for option in GOOD[::2])
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_there_already_stays_as_it_is(doctor: Command, served: str, roster: Path, tmp_path: Path) -> None:
    (tmp_path / "calendar").mkdir()
    for name in ("night.html", "run.log", "beat.json"):
        (tmp_path / name).write_text("old", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))

    names = ["--report", "night.html", "--ics", "calendar", "--log-file", "run.log", "--heartbeat", "beat.json"]

    done = doctor(roster, *names, "--force")

    assert (done.code, checks(done)["places"]) == (0, [("ok", "")])
    assert sorted(tmp_path.rglob("*")) == before
    assert {(tmp_path / name).read_text(encoding="utf-8") for name in ("night.html", "run.log", "beat.json")} == {"old"}


@pytest.mark.parametrize(
    ("words", "code", "state", "found"),
    [
        ("--report nowhere/night.html", 0, "warning", "place-not-writable"),
        ("--log-file file/run.log", 0, "warning", "place-not-writable"),
        ("--heartbeat file/new/beat.json", 0, "warning", "place-not-writable"),
        ("--ics nowhere/calendar", 5, "failed", "calendar-folder-not-writable"),
        ("--ics file/calendar", 5, "failed", "calendar-folder-not-writable"),
    ],
)
def test_a_place_that_can_not_be_written_is_named_with_its_option(
    doctor: Command, served: str, roster: Path, words: str, *, code: int, state: str, found: str
) -> None:
    option, value = words.split()
    roster.with_name("file").write_text("no folder", encoding="utf-8")

    done = doctor(roster, option, value)

    assert (done.code, amiss(done)) == (code, [("places", state, found)])
    message = one(done, found)["message"]
    assert (option in message, value.replace("/", os.sep) in message) == (True, True), message
