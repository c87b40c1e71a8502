"""`--report`: the page is saved beside the rest, tells what the run knows, and never changes how the run ends."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.cli.config.settings import Settings
from importer.cli.run.reporting import facts_of, link_from
from importer.cli.run.services import RequestCounter
from importer.core.model import ExitCode
from tests.cli.rosters import csv_file, values

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

SAMPLE = Path(__file__).parents[3] / "samples" / "roster.xlsx"


def said(page: Path) -> str:
    """Return the page's text without its markup."""
    return html.unescape(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8")))


def test_a_run_leaves_a_report_that_links_its_copy(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "reports" / "night.html"
    page.parent.mkdir()
    copy = tmp_path / "the links.xlsx"

    done = command("run", SAMPLE, "--sandbox", "--result", copy, "--report", page, "-o", "json")

    assert done.code == 4
    assert f"Report: {page}" in done.err
    text = page.read_text(encoding="utf-8")
    assert 'href="../the%20links.xlsx"' in text
    assert "6 of 12 meetings are in place; 6 rows need somebody." in text
    assert done.json["run_id"] in text
    assert "these links are not real" in text
    assert re.search(r"Calls to Microsoft Graph\s+\d+", said(page))
    assert [path.name for path in page.parent.iterdir()] == ["night.html"]


def test_a_check_has_a_report_too_and_promises_no_meeting(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "check.html"

    assert command("validate", SAMPLE, "--report", page).code == 4

    assert "7 of 12 rows are ready to be sent; 5 rows need somebody." in said(page)
    assert "Calls to Microsoft Graph" not in said(page)


def test_a_check_shows_how_the_first_rows_were_read(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(f"A-{number}", end="") for number in range(1, 9)])

    shown = [line.split() for line in command("validate", roster).out.splitlines()]
    two = command("validate", roster, "--show", 2).out

    assert [line[1] for line in shown if line[0].isdecimal() and line[1].startswith("A-")] == [
        "A-1",
        "A-2",
        "A-3",
        "A-4",
        "A-5",
    ]
    assert "Mon 13 Jan 2031, 09:00  10:00 (no end given)  Europe/Berlin  2031-01-13 08:00 to 09:00" in two
    assert "A-3" not in two
    assert "A-1" not in command("validate", roster, "--show", 0).out


def test_the_json_and_the_report_have_it_for_all_rows(command: Command, tmp_path: Path) -> None:
    roster, page = csv_file(tmp_path / "r.csv", [values("A-1"), values("A-2", start="x")]), tmp_path / "r.html"

    rows = command("validate", roster, "-o", "json", "--report", page, "--show", 0).rows

    assert rows[2]["read"] == {
        "subject": "Lesson A-1",
        "start": "2031-01-13T09:00:00+01:00",
        "end": "2031-01-13T10:00:00+01:00",
        "start_utc": "2031-01-13T08:00:00+00:00",
        "end_utc": "2031-01-13T09:00:00+00:00",
        "time_zone": "Europe/Berlin",
        "attendees": ["bo@contoso.example"],
    }
    assert (rows[3]["read"]["start"], rows[3]["read"]["start_utc"]) == (None, None)
    assert "2031-01-13 08:00 to 09:00 UTC" in said(page)
    assert "with bo@contoso.example" in said(page)
    assert "not read: x" in said(page)


def test_a_dry_run_promises_no_meeting_either(command: Command, tmp_path: Path) -> None:
    roster, page = csv_file(tmp_path / "r.csv", [values("A-1")]), tmp_path / "dry.html"

    assert command("run", roster, "--sandbox", "--dry-run", "--report", page).code == 0

    assert "The row is ready to be sent." in said(page)


def test_a_file_that_can_not_be_used_is_reported_as_well(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "r.html"

    done = command("run", tmp_path / "nothing.xlsx", "--sandbox", "--report", page)

    assert done.code == 3
    assert "nothing.xlsx" in said(page)


def test_a_report_that_can_not_be_saved_changes_nothing_but_stderr(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("A-1")])

    done = command("run", roster, "--sandbox", "--report", tmp_path / "no such folder" / "r.html", "-o", "json")

    assert done.code == 0
    assert done.json["files"][0]["problems"] == []
    assert "report-not-saved" in done.err
    assert (tmp_path / "r-results.csv").exists()


def test_a_report_never_takes_the_place_of_a_roster(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("A-1")])
    before = roster.read_bytes()

    assert command("run", roster, "--sandbox", "--report", roster).code == 2
    assert roster.read_bytes() == before


def test_waiting_is_told_where_graph_asked_for_it() -> None:
    clock = [100.0]
    counter = RequestCounter(lambda: clock[0])
    times = (datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 24, 1, tzinfo=UTC))

    at_once = facts_of(Settings(), "run", "id", code=ExitCode.DONE, times=times, counter=counter)
    counter.told_to_wait(10)
    clock[0] = 200.0
    later = facts_of(Settings(), "run", "id", code=ExitCode.DONE, times=times, counter=counter)

    assert (at_once.waited, later.waited) == (None, timedelta(seconds=10))


def test_waits_that_overlap_are_counted_once_and_what_lies_ahead_is_not() -> None:
    clock = [100.0]
    counter = RequestCounter(lambda: clock[0])

    counter.told_to_wait(10)
    clock[0] = 104.0
    counter.told_to_wait(10)
    half = counter.waited
    clock[0] = 200.0
    counter.count()

    assert (half, counter.waited, counter.calls) == (timedelta(seconds=4), timedelta(seconds=14), 1)


@pytest.mark.parametrize(
    ("file", "link"),
    [("a/x y.xlsx", "x%20y.xlsx"), ("b/javascript:1.csv", "../b/javascript%3A1.csv"), (None, "")],
)
def test_links_lead_from_the_report_to_the_copy(file: str | None, link: str) -> None:
    assert link_from(Path("a/report.html"), file) == link
