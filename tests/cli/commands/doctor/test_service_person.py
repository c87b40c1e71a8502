"""Signed in as a person: their own meetings, and nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sandbox import APP_TOKEN
from tests.cli.commands.doctor.helping import amiss, one, ready
from tests.cli.rosters import csv_file, values
from tests.graph.auth.authority import fake_token

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.cli.commands.doctor.helping import Command

# Signed in as a person.


def test_a_persons_own_meetings_are_tried(doctor: Command, tmp_path: Path) -> None:
    rows = [values("1", organizer=""), values("2", organizer="you@sandbox.invalid")]

    done = doctor(csv_file(tmp_path / "r.csv", rows), "--delegated", "--sandbox")

    assert (done.code, amiss(done)) == (0, [])
    assert "you@sandbox.invalid is signed in" in done.out
    assert "need no access policy" in done.out


def test_a_sheet_of_other_peoples_meetings_does_not_suit_a_person(doctor: Command, roster: Path) -> None:
    done = doctor(roster, "--delegated", "--sandbox")

    assert (done.code, amiss(done)) == (0, [("lookup", "warning", "organizers-not-signed-in-user")])


def test_an_apps_token_does_not_do_for_a_person(
    doctor: Command, served: str, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(monkeypatch, exp=None)

    assert amiss(doctor(roster, "--delegated")) == [("sign-in", "failed", "sign-in-is-an-app")]

    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    assert amiss(doctor(roster, "--delegated")) == [("lookup", "failed", "sign-in-is-an-app")]


def test_a_person_without_the_permission_for_meetings(
    doctor: Command, served: str, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", fake_token(1, exp=None, scp="User.Read"))

    done = doctor(roster, "--delegated")

    assert amiss(done)[0] == ("permissions", "failed", "own-permission-missing")
    assert "OnlineMeetings.ReadWrite (delegated)" in one(done, "own-permission-missing")["message"]
