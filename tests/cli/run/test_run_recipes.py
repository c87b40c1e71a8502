"""The recipes of the guide: each line as it stands there does to its sample what the recipe says.

Nothing here looks at the clock: that a sample's dates have passed is a warning, and is left out.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tests.invitations.invited import events
from tests.reference import GUIDE, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

TEXT = (GUIDE / "rosters.md").read_text(encoding="utf-8")
LINES = re.findall(r"<!-- line: recipe -->\n```sh\n(.*?)\n```", TEXT)
RUNS = {shlex.split(line)[2]: line for line in LINES if " run " in line}
RECIPES = {
    "samples/timetable/exported-timetable.csv": (range(5, 13), []),
    "samples/hr-interviews/scheduled-interviews.csv": (range(2, 9), []),
    "samples/court-hearings/sitzungsliste.xlsx": (range(5, 12), []),
    "samples/training-catalogue/sessions-autumn.xlsx": (
        (3, 4, 5, 8, 9, 10, 13),
        [(5, "attendees", "attendee-not-found")],
    ),
}
"""Each sample's rows that are meetings, and what is to be said of them."""

TWINS = {
    "samples/timetable/exported-timetable.xlsx": "samples/timetable/exported-timetable.csv",
    "samples/court-hearings/sitzungsliste.csv": "samples/court-hearings/sitzungsliste.xlsx",
}

FIRST_OF = {
    "samples/timetable/exported-timetable.csv": (
        "0007",
        "5a Français: les métiers",
        "2027-04-05 06:15",
        "2027-04-05 07:00",
    ),
    "samples/hr-interviews/scheduled-interviews.csv": (
        "INT-004711",
        "Phone screen Data analyst",
        "2027-09-14 07:00",
        "2027-09-14 07:30",
    ),
    "samples/court-hearings/sitzungsliste.xlsx": (
        "3 O 45/27 1",
        "Güteverhandlung 3 O 45/27",
        "2027-09-14 07:00",
        "2027-09-14 07:45",
    ),
    "samples/training-catalogue/sessions-autumn.xlsx": (
        "0217-1",
        "First time in the lead, day 1 EN",
        "2027-09-14 07:00",
        "2027-09-14 10:30",
    ),
}
"""The first meeting of each as Graph gets it: external ID, subject, start and end in UTC."""


@pytest.fixture(autouse=True)
def samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Return the working folder the samples, and has every line print JSON and its meetings kept."""
    shutil.copytree(ROOT / "samples", tmp_path / "samples", ignore=shutil.ignore_patterns("*-results*"))
    monkeypatch.setenv("MEETING_IMPORTER_OUTPUT", "json")
    monkeypatch.setenv("MEETING_IMPORTER_SANDBOX_FILE", "meetings.jsonl")


def done(command: Command, line: str) -> Done:
    """Run a line of the page as it stands."""
    program, *arguments = shlex.split(line)
    assert program == "meeting-importer"
    return command(*arguments)


def found(run: Done) -> list[tuple[int, str, str]]:
    return [one for one in run.found if one[2] != "in-the-past"]


def meetings() -> dict[str, dict[str, Any]]:
    """Return the meetings that the sandbox has, by external ID."""
    _, *lines = Path("meetings.jsonl").read_text(encoding="utf-8").splitlines()
    return {one["external_id"]: one for one in map(json.loads, lines)}


def clock(ticks: int) -> str:
    """Return the sandbox's ticks, tenths of a microsecond since year 1, as a time in UTC."""
    return f"{datetime(1, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10):%Y-%m-%d %H:%M}"


def starts() -> dict[str, str]:
    return {name: clock(meeting["start"]) for name, meeting in meetings().items()}


def attendees(meeting: dict[str, Any]) -> list[str]:
    return [one["upn"] for one in meeting["attendees"]]


def test_every_sample_folder_has_its_recipe() -> None:
    folders = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("samples/*/*.toml")}

    assert set(RUNS) == set(RECIPES)
    assert {Path(source).parent.as_posix() for source in RUNS} == folders


@pytest.mark.parametrize("source", RECIPES)
def test_the_line_of_a_recipe_ends_as_it_says(command: Command, source: str) -> None:
    numbers, problems = RECIPES[source]

    run = done(command, RUNS[source])

    assert (run.code, found(run)) == (0, problems)
    assert {number: row["status"] for number, row in run.rows.items()} == dict.fromkeys(numbers, "created")
    name, subject, start, end = FIRST_OF[source]
    made = meetings()[name]
    assert (made["subject"], clock(made["start"]), clock(made["end"])) == (subject, start, end)
    assert Path(run.json["files"][0]["result"]).exists()


@pytest.mark.parametrize("twin", TWINS)
def test_the_other_form_of_an_export_is_the_same_meetings(command: Command, twin: str) -> None:
    first = done(command, RUNS[TWINS[twin]])
    made = meetings()

    second = command("run", twin, "--sandbox")

    assert (second.code, found(second), meetings()) == (0, [], made)
    assert {row["status"] for row in second.rows.values()} == {"existing"}
    assert [row["join_url"] for row in second.rows.values()] == [row["join_url"] for row in first.rows.values()]


@pytest.mark.parametrize("source", RECIPES)
def test_what_a_recipe_shows_of_the_mapping_is_in_the_file(source: str) -> None:
    folder = Path(source).parent
    recipe = TEXT.partition(f"[{folder.as_posix()}](")[2]
    shown = tomllib.loads(recipe.partition("```toml\n")[2].partition("```")[0])
    settings = tomllib.loads((folder / "meeting-importer.toml").read_text(encoding="utf-8"))

    assert shown.pop("columns").items() <= settings.pop("columns").items()
    assert shown == settings


def test_candidates_are_in_no_meeting_and_have_their_text_and_calendar_file(command: Command) -> None:
    source = "samples/hr-interviews/scheduled-interviews.csv"

    done(command, RUNS[source])

    copy = Path("samples/hr-interviews/scheduled-interviews-results.csv")
    with copy.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["Interview ID"]: row for row in csv.DictReader(file)}
    assert [(row["Status"], row["Teams status"]) for row in rows.values()][:2] == [
        ("Confirmed", "created"),
        ("Scheduled", "created"),
    ]
    assert "09:00 to 09:30 (Europe/Brussels)" in rows["INT-004711"]["Invitation text"]
    sent = meetings()
    assert attendees(sent["INT-004715"]) == ["ben.okafor@contoso.example", "chloe.martin@contoso.example"]
    assert attendees(sent["INT-004711"]) == []
    names = {row["Candidate"] for row in rows.values()}
    assert not any(name in json.dumps(sent, ensure_ascii=False) for name in names)
    invited = events(Path("calendars"))
    assert {event.url.value for event in invited.values()} == {row["Join URL"] for row in rows.values()}


def test_a_merged_day_counts_in_each_row_and_a_blank_part_is_left_out(command: Command) -> None:
    done(command, RUNS["samples/court-hearings/sitzungsliste.xlsx"])

    sent = meetings()
    assert starts() == {
        "3 O 45/27 1": "2027-09-14 07:00",
        "3 O 52/27 1": "2027-09-14 08:00",
        "3 O 17/26 2": "2027-09-14 09:30",
        "3 O 61/27 1": "2027-09-21 07:00",
        "3 OH 4/27": "2027-09-21 11:15",
        "3 O 17/26 3": "2027-11-03 08:00",
        "3 O 45/27 2": "2027-11-03 13:00",
    }
    assert attendees(sent["3 O 61/27 1"]) == ["j.voss@gericht.contoso.example"]
    assert "Zeisig" not in json.dumps(sent)
    assert Path("hearings.html").exists()


def test_results_stand_under_the_headings_that_the_list_speaks(command: Command) -> None:
    done(command, RUNS["samples/court-hearings/sitzungsliste.xlsx"])

    sheet = openpyxl.load_workbook("samples/court-hearings/sitzungsliste-results.xlsx").worksheets[0]
    results = [str(cell.value) for cell in sheet[4]][14:]
    assert results[:5] == ["Teams-Status", "Zu tun", "Videolink", "Konferenz-ID", "Einwahlnummer"]
    assert [sheet.cell(number, 15).value for number in (1, 4, 5, 11, 13)] == [
        None,
        "Teams-Status",
        "created",
        "created",
        None,
    ]
    assert {str(area) for area in sheet.merged_cells.ranges if area.min_col == 2} == {"B5:B7", "B8:B9", "B10:B11"}


def test_sessions_are_on_the_clocks_of_their_own_zone(command: Command) -> None:
    done(command, RUNS["samples/training-catalogue/sessions-autumn.xlsx"])

    assert starts() == {
        "0217-1": "2027-09-14 07:00",
        "0217-2": "2027-09-15 07:00",
        "0218": "2027-11-02 17:00",  # New York still has summer time then, Berlin not
        "0305": "2027-09-21 09:00",
        "0306": "2027-09-21 04:30",
        "0307": "2027-09-22 01:00",
        "0411": "2027-11-09 13:00",
    }
    assert attendees(meetings()["0411"]) == [
        "jonas.weber@academy.contoso.example",
        "petra.vogel@academy.contoso.example",
    ]


def test_the_template_of_a_recipe_is_filled_with_the_same_meetings(command: Command) -> None:
    (line,) = (line for line in LINES if " template " in line)
    done(command, RUNS["samples/training-catalogue/sessions-autumn.xlsx"])
    made = meetings()

    assert done(command, line).code == 0

    again = command("run", "sessions.xlsx", "--sandbox")
    assert (again.code, meetings()) == (0, made)
    assert {row["status"] for row in again.rows.values()} == {"existing"}


def test_the_workflow_runs_a_roster_by_federation(command: Command, samples: None) -> None:
    text = Path("samples/github-actions/meetings.yml").read_text(encoding="utf-8")
    [line] = re.findall(r"meeting-importer (run .*?) \|\|", text)
    assert set(re.findall(r"AZURE_\w+", text)) == {"AZURE_TENANT_ID", "AZURE_CLIENT_ID"}
    assert "id-token: write" in text
    assert "--github-identity" in line
    assert not re.search(r"secrets\.", text)

    done = command(*line.replace('"$ROSTER"', "samples/roster.xlsx").split(), "--sandbox")

    assert done.code == 4, done.err
    assert Path("samples/roster-results.xlsx").exists()
    assert Path("report.html").exists()
