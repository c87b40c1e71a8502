"""`--ics` and `Invitation text`: what can be passed on to people, made new by each run and never made twice."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from tests.cli.rosters import HEADINGS, cells, csv_file, values, xlsx_file
from tests.invitations.invited import events

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Command = Callable[..., Done]


def texts(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_answered_row_has_a_calendar_file(command: Command, tmp_path: Path, served: str) -> None:
    good, bad = values("A-1"), values("A-2", start="25/13/2031")
    roster, folder = csv_file(tmp_path / "r.csv", [good, bad]), tmp_path / "calendar"

    done = command("run", roster, "--ics", folder, "-o", "json")

    event = events(folder)["00002-A-1.ics"]
    assert (done.code, len(events(folder))) == (4, 1)
    assert event.url.value == done.rows[2]["join_url"]
    assert done.rows[2]["conference_id"] in event.description.value
    assert "When: Mon 13 Jan 2031, 09:00 to 10:00 (Europe/Berlin)" in event.description.value
    assert event.dtstart.value.isoformat() == "2031-01-13T08:00:00+00:00"
    assert f"Calendar files in {folder}: 1 new" in done.err


def test_a_further_run_updates_the_files(command: Command, tmp_path: Path, served: str) -> None:
    folder = tmp_path / "calendar"
    for subject in ("One", "One", "Two"):
        roster = csv_file(tmp_path / "r.csv", [values("A-1", subject=subject), values("A-2")])
        done = command("run", roster, "--ics", folder, "-o", "json")

    found = events(folder)
    assert "1 changed, 1 as they were" in done.err
    assert {name: (event.sequence.value, event.summary.value) for name, event in found.items()} == {
        "00002-A-1.ics": ("1", "Two"),
        "00003-A-2.ics": ("0", "Lesson A-2"),
    }


def test_rows_that_were_not_asked_again_have_their_files_too(command: Command, tmp_path: Path, served: str) -> None:
    roster, folder = csv_file(tmp_path / "r.csv", [values("A-1")]), tmp_path / "calendar"
    arguments = ("run", roster, "--only-changed", "--state-dir", tmp_path / "state", "-o", "json")
    command(*arguments)

    done = command(*arguments, "--ics", folder)

    assert done.rows[2]["status"] == "unchanged"
    assert events(folder)["00002-A-1.ics"].url.value == done.rows[2]["join_url"]


def test_files_that_can_not_be_saved_end_the_run_as_lost_results_do(
    command: Command, tmp_path: Path, served: str
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("A-1")])

    done = command("run", roster, "--ics", tmp_path / "no" / "such", "-o", "json")

    assert done.code == done.json["exit_code"] == 6
    assert [found["code"] for found in done.json["files"][0]["problems"]] == ["calendar-not-saved"]
    assert "http" in (tmp_path / "r-results.csv").read_text(encoding="utf-8")


def test_a_dry_run_makes_no_calendar(command: Command, tmp_path: Path, served: str) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("A-1")])

    command("run", roster, "--dry-run", "--ics", tmp_path / "calendar")

    assert not (tmp_path / "calendar").exists()


def test_the_text_is_there_on_request_and_only_then(command: Command, tmp_path: Path, served: str) -> None:
    roster = xlsx_file(tmp_path / "r.xlsx", [values("A-1"), values("A-2", organizer="")])

    command("run", roster)
    plain = cells(tmp_path / "r-results.xlsx")
    done = command("run", roster, "--add-column", "invitation_text", "-o", "json")
    asked = cells(tmp_path / "r-results.xlsx")

    assert "Invitation text" not in plain[2]
    assert asked[2]["Invitation text"].splitlines()[:2] == [
        "Subject: Lesson A-1",
        "When: Mon 13 Jan 2031, 09:00 to 10:00 (Europe/Berlin)",
    ]
    assert not asked[3]["Invitation text"]
    assert done.rows[2]["invitation_text"] == asked[2]["Invitation text"]
    assert done.rows[3]["invitation_text"] == ""


def test_a_heading_that_stands_is_filled_and_stays_filled(command: Command, tmp_path: Path, served: str) -> None:
    found = []
    for start in ("2031-01-13 09:00", "25/13/2031"):
        lines = [[*HEADINGS, "Invitation text"], [*values("A-1", start=start), ""]]
        (tmp_path / "r.csv").write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")
        command("run", tmp_path / "r.csv")
        found += [(row["Status"], row["Invitation text"]) for row in texts(tmp_path / "r-results.csv")]

    assert [status for status, _ in found] == ["created", "invalid"]
    assert found[0][1].startswith("Subject: Lesson A-1\nWhen: ")
    assert found[1][1] == found[0][1]
