"""Meetings are taken away only on purpose: which ones, after what question, and what a later run says of their rows."""

from __future__ import annotations

import csv
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from importer.cli.commands.cancel import Cancelling, CancelRequest, Taking
from importer.cli.config.settings import Settings
from importer.core.cancelling import Candidate
from importer.core.columns import COLUMNS
from importer.core.memory import UNKNOWN
from importer.core.model import Answer, Attendee, ExitCode, Status
from importer.core.row import Key
from importer.core.run import Interrupt
from importer.languages import load
from importer.sandbox import APP_TOKEN, Sandbox, serve
from tests.cli.rosters import KEYS, csv_file, values
from tests.rows import a_meeting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from importer.core.memory import Step
    from importer.core.model import Meeting
    from tests.cli.conftest import Done

    Command = Callable[..., Done]

PAST = {"start": "2026-01-12 09:00", "end": "2026-01-12 10:00"}


@pytest.fixture
def roster(command: Command, served: str, tmp_path: Path) -> Path:
    """Return a roster of three rows whose meetings were made."""
    path = csv_file(tmp_path / "courses.csv", [values("1"), values("2"), values("3")])
    assert command("run", path).code == 0
    return path


def there(graph: Sandbox) -> list[str]:
    return sorted(meeting.external_id for meeting in graph.meetings)


class Refusing:
    """A Graph that says no to some methods once it has said yes to so many."""

    def __init__(self, graph: Sandbox, *methods: str) -> None:
        self.graph = graph
        self.methods = methods
        self.yes = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in self.methods or self.yes:
            self.yes -= environ["REQUEST_METHOD"] in self.methods
            return self.graph(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "application/json")])
        return [b'{"error": {"code": "Forbidden", "message": ""}}']


def calls(graph: Sandbox) -> list[str]:
    return [seen.method for seen in graph.requests if "onlineMeetings" in seen.target]


def fates(done: Done) -> dict[str, tuple[str, ...]]:
    return {
        each["external_id"]: (each["status"], *(found["code"] for found in each["problems"]))
        for file in done.json["files"]
        for each in file["meetings"]
    }


def listed(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_that_are_gone_lose_their_meetings_and_no_others(command: Command, graph: Sandbox, roster: Path) -> None:
    csv_file(roster, [values("1"), values("3")])
    graph.requests.clear()

    done = command("cancel", roster, "--gone", "--yes", "--expect", "1", "-o", "json")

    assert (done.code, fates(done)) == (0, {"2": ("cancelled",)})
    assert (there(graph), calls(graph)) == (["1", "3"], ["PATCH", "DELETE"])
    (line,) = listed(roster.with_name("courses-results-cancelled.csv"))
    assert (line["External ID"], line["Status"], line["Subject"]) == ("2", "cancelled", "Lesson 2")
    assert line["Join URL"].startswith("https://teams.sandbox.invalid/")
    again = command("cancel", roster, "--gone", "--yes", "--expect", "1", "-o", "json")
    assert (again.code, fates(again), calls(graph)) == (0, {}, ["PATCH", "DELETE"])
    assert command("cancel", roster, "--gone", "--yes", "--expect", "2").code == 2
    assert command("run", roster).code == 0


@pytest.mark.usefixtures("served")
def test_the_list_of_what_was_cancelled_is_in_the_language_of_the_sheet(command: Command, tmp_path: Path) -> None:
    german = load("de")
    path = csv_file(tmp_path / "kurse.csv", [values("1")])
    rows = path.read_text("utf-8").splitlines()[1:]
    path.write_text("\r\n".join([",".join(german.say(COLUMNS[key].named) for key in KEYS), *rows]), "utf-8")
    assert command("run", path).code == 0

    assert command("cancel", path, "--yes", "--expect", "1").code == 0

    (line,) = listed(tmp_path / "kurse-results-cancelled.csv")
    assert (line["Externe ID"], line["Betreff"]) == ("1", "Lesson 1")


def test_nothing_happens_unasked(command: Command, graph: Sandbox, roster: Path) -> None:
    graph.requests.clear()
    refused = {
        (): (2, "cancel-needs-count"),
        ("--yes", "--expect", "2"): (2, "cancel-count-differs"),
        ("--at-most", "2", "--yes", "--expect", "3"): (2, "cancel-too-many"),
        ("--dry-run",): (0, ""),
    }
    for line, (code, said) in refused.items():
        done = command("cancel", roster, *line)
        assert (done.code, said in done.err) == (code, True), line
    assert command("cancel", roster, "--yes").code == 2
    assert (there(graph), calls(graph)) == (["1", "2", "3"], [])


def test_what_is_not_ours_is_left_alone(command: Command, roster: Path, tmp_path: Path) -> None:
    """One that was there before, one that another list has since, and one whose time is over."""
    other = csv_file(tmp_path / "theirs.csv", [values("2", subject="Other"), values("9", **PAST)])
    assert command("run", other, "-o", "json").code == 0

    done = command("cancel", other, "--dry-run", "-o", "json")
    assert fates(done) == {"2": ("kept", "cancel-other-list"), "9": ("kept", "cancel-past")}
    assert fates(command("cancel", other, "--dry-run", "--past", "-o", "json"))["9"] == ("not attempted",)

    stranger = tmp_path / "elsewhere"
    assert command("run", roster, "--state-dir", stranger, "-o", "json").rows[2]["status"] == "existing"
    found = command("cancel", roster, "--state-dir", stranger, "--dry-run", "-o", "json")
    assert set(fates(found).values()) == {("kept", "cancel-not-ours")}


def test_a_broken_export_takes_nothing_away(command: Command, graph: Sandbox, tmp_path: Path, served: str) -> None:
    path = csv_file(tmp_path / "all.csv", [values(str(number)) for number in range(20)])
    assert command("run", path).code == 0
    csv_file(path, [values("0"), values("1")])
    assert "roster-shrunk" in command("cancel", path, "--gone", "--yes", "--expect", "18").err
    csv_file(path, [*(values(str(number)) for number in range(18)), values("", subject="Lesson 18")])
    assert "cancel-rows-unread" in command("cancel", path, "--gone", "--yes", "--expect", "2").err
    csv_file(path, [*(values(str(number)) for number in range(19)), values("19", organizer="ana.b@contoso.example")])
    assert fates(command("cancel", path, "--gone", "--dry-run", "-o", "json")) == {"19": ("kept", "cancel-run-first")}
    assert len(there(graph)) == 20


def test_a_row_whose_meeting_was_taken_away_is_not_made_again_unasked(
    command: Command, graph: Sandbox, roster: Path
) -> None:
    assert command("cancel", roster, "--yes", "--expect", "3").code == 0
    for _ in range(2):
        night = command("run", roster, "-o", "json")
        assert night.code == 4
        assert night.found == [(row, "external_id", "cancelled-before") for row in (2, 3, 4)]
    assert there(graph) == []
    again = command("run", roster, "--remake", "-o", "json")
    assert {row["status"] for row in again.rows.values()} == {"created"}
    assert {row["status"] for row in command("run", roster, "-o", "json").rows.values()} == {"existing"}


def test_a_meeting_is_closed_and_marked_before_it_is_deleted_and_the_same_line_goes_on_where_it_was(
    command: Command, graph: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    roster = csv_file(tmp_path / "courses.csv", [values("1"), values("2")])
    line = ("cancel", roster, "--yes", "--expect", "2", "-o", "json", "--graph-url")
    with serve(refusing := Refusing(graph, "DELETE")) as url:
        assert command("run", roster, "--graph-url", url).code == 0

        done = command(*line, url)

        assert (done.code, fates(done)) == (4, dict.fromkeys("12", ("failed", "change-forbidden")))
        closed = [
            (each.subject, each.settings["lobbyBypassSettings"]["scope"])
            for each in sorted(graph.meetings, key=lambda each: each.external_id)
        ]
        assert closed == [("Cancelled: Lesson 1", "organizer"), ("Cancelled: Lesson 2", "organizer")]
        night = command("run", roster, "--update", "-o", "json", "--graph-url", url)
        assert night.found == [(row, "external_id", "cancel-unfinished") for row in (2, 3)]
        refusing.methods = ()
        graph.requests.clear()
        assert command(*line, url).code == 0
        assert (calls(graph), there(graph)) == (["DELETE"] * 2, [])


def test_the_same_line_with_its_count_goes_on_however_often_it_was_cut_off(
    command: Command, graph: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    roster = csv_file(tmp_path / "courses.csv", [values(name) for name in "12345"])
    with serve(refusing := Refusing(graph, "DELETE")) as url:
        line = ("cancel", roster, "--yes", "--expect", "5", "--workers", "1", "--graph-url", url)
        assert command("run", roster, "--graph-url", url).code == 0
        for left in (3, 2, 0):
            refusing.yes = 5 if left == 0 else (2 if left == 3 else 1)
            assert command(*line).code == (0 if left == 0 else 4)
            assert len(there(graph)) == left
        assert command(*line).code == 0
        assert command("run", roster, "--remake", "--graph-url", url).code in {0, 4}
        assert "cancel-count-differs" in command(*line[:4], "3", *line[5:]).err


def test_of_a_run_only_what_it_made(command: Command, graph: Sandbox, roster: Path) -> None:
    csv_file(roster, [values("1"), values("2"), values("3"), values("4")])
    run_id = command("run", roster, "-o", "json").json["run_id"]
    done = command("cancel", "--run", run_id, "--yes", "--expect", "1", "-o", "json")
    assert (done.code, fates(done), there(graph)) == (0, {"4": ("cancelled",)}, ["1", "2", "3"])
    assert "run-unknown" in command("cancel", "--run", "never", "--yes", "--expect", "1").err
    for line, code in (("--run", "never"), "run-unknown"), (("nowhere.csv", "--gone"), "file-not-found"):
        refused = command("cancel", *line, "-o", "json")
        assert [found["code"] for file in refused.json["files"] for found in file["problems"]] == [code]
        assert refused.json["exit_code"] == refused.code > 0
    assert command("cancel", roster, "--run", run_id).code == 2


def test_the_events_of_a_meeting_go_with_it_once(
    command: Command, graph: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv_file(tmp_path / "courses.csv", [values("1"), values("2")])
    line = ("cancel", path, "--yes", "--expect", "2", "-o", "json")
    refusing = Refusing(graph)
    with serve(refusing) as url:
        monkeypatch.setenv("MEETING_IMPORTER_GRAPH_URL", url)
        monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
        assert command("run", path, "--calendar", "--yes").code == 0
        assert "send to people: 2" in command("cancel", path, "--dry-run").err
        refusing.methods = ("DELETE",)
        assert {each[0] for each in fates(command(*line)).values()} == {"failed"}
        refusing.methods = ()
        assert {each[0] for each in fates(command(*line)).values()} == {"cancelled"}
        assert [seen.method for seen in graph.requests if seen.target.endswith("/cancel")] == ["POST"] * 2
        assert list(graph.events) == []
        command("run", path, "--calendar", "--remake")
        assert len(graph.events) == 2


class Filling:
    """A ledger whose disk is full from the second meeting on."""

    def note(self, candidate: Candidate, _step: Step, _at: datetime) -> None:
        if candidate.key.external_id != "1":
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error


class Willing:
    """Meetings that can be changed and deleted."""

    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.meetings = self

    def update(self, _request: object, meeting: Meeting, changes: Mapping[str, object]) -> Answer:
        return Answer(Status.UPDATED, replace(meeting, says=changes))

    def delete(self, _whose: object, meeting: Meeting) -> None:
        self.deleted.append(meeting.graph_id)


def test_where_no_step_can_be_written_down_nothing_more_happens_and_the_others_are_told() -> None:
    there: Any = Willing()
    full: Any = Filling()
    candidates = [
        Candidate(
            scope=UNKNOWN,
            key=Key("ana@contoso.com", name),
            meeting=a_meeting(graph_id=f"g{name}", organizer=Attendee("ana@contoso.com", "id-ana")),
            roster=None,
        )
        for name in "123"
    ]

    taking = Taking(Cancelling(Settings(workers=1), CancelRequest(), full, there, Interrupt()))
    done = taking.away(candidates)

    assert [each.fate.value for each in done] == ["cancelled", "failed", "not attempted"]
    assert there.deleted == ["g1"]
    assert taking.ending is not None
    assert (taking.ending.exit_code, taking.ending.problem.code) == (ExitCode.STOPPED, "cancel-ledger-lost")
