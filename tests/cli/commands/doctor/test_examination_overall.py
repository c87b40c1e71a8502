"""What all is well looks like, and how it is said."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from importer.console import show_finding
from importer.doctor import Finding, State
from importer.sandbox import APP_TOKEN, Sandbox
from tests.cli.commands.doctor.helping import ORDER, amiss, checks
from tests.cli.rosters import csv_file, values

if TYPE_CHECKING:
    from tests.cli.commands.doctor.helping import Command

SAMPLES = Path(__file__).parents[4] / "samples"

# What all is well looks like.


def test_all_is_well(doctor: Command, served: str, roster: Path) -> None:
    done = doctor(roster)

    assert (done.code, done.json["exit_code"], done.json["schema"], done.json["command"]) == (0, 0, 1, "doctor")
    assert amiss(done) == []
    seen = list(dict.fromkeys(each["check"] for each in done.json["checks"]))
    assert [*seen, "places", "trials"] == ORDER  # other files and trials are not asked for
    assert "answers, reached without a proxy." in done.out
    states = {check: {state for state, _ in found} for check, found in checks(done).items()}
    assert {check for check, found in states.items() if found == {"skipped"}} == {"permissions", "expiry"}
    assert set(done.json["checks"][0]) == {"check", "state", "code", "message", "remedy", "detail"}


def test_each_organizer_is_asked_about_once_by_a_read_with_a_made_up_link(
    doctor: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    rows = [values(str(n), organizer=f"{name}@contoso.example") for n, name in enumerate(("ana", "ANA", "bo", "ana"))]

    doctor(csv_file(tmp_path / "r.csv", rows))

    asked = [request.target for request in graph.requests if "/onlineMeetings" in request.target]
    assert len(asked) == 2
    assert all(
        "JoinWebUrl%20eq%20%27https%3A%2F%2Fteams.microsoft.com%2Fl%2Fmeetup-join%2F19" in each for each in asked
    )


def test_the_sandbox_needs_nothing_and_shows_the_samples_troubles(doctor: Command) -> None:
    done = doctor(SAMPLES / "roster.xlsx", "--sandbox")

    assert done.code == 5
    assert amiss(done) == [
        ("access-policy", "failed", "access-policy-missing"),
        ("audio-conferencing", "warning", "audio-conferencing-missing"),
        ("file", "warning", "rows-not-valid"),
    ]
    assert done.err.startswith("Sandbox:")


def test_without_files_sign_in_and_network_are_tried_all_the_same(doctor: Command, served: str) -> None:
    done = doctor()

    assert (done.code, amiss(done)) == (0, [])
    states = {check: found[0][0] for check, found in checks(done).items()}
    assert states["lookup"] == "ok"
    assert {states[check] for check in ("access-policy", "audio-conferencing", "file", "results")} == {"skipped"}


# At the terminal.


def test_the_text_is_one_line_a_check_with_the_remedy_below(command: Command, served: str, tmp_path: Path) -> None:
    rows = [values("1", organizer="nopolicy@contoso.example"), values("2", organizer="nodialin@contoso.example")]

    done = command("doctor", csv_file(tmp_path / "r.csv", rows), "-v")

    lines = done.out.splitlines()
    assert done.code == 5
    assert any(line.startswith("ok       Clock: It says ") for line in lines)
    assert any(line.startswith("failed   Access policy: Teams does not let") for line in lines)
    assert "         Connect-MicrosoftTeams" in lines
    assert any("HTTP 403; code 'Forbidden'" in line for line in lines)
    assert "Not ready yet. To be fixed: Access policy." in done.out
    assert APP_TOKEN not in done.out + done.err


def test_the_last_line_sums_up(command: Command, served: str, roster: Path, tmp_path: Path) -> None:
    assert command("doctor", roster).out.splitlines()[-1] == "All right: a run can go ahead."
    some = csv_file(tmp_path / "some.csv", [values("1"), values("2", start="x")])
    assert command("doctor", some).out.splitlines()[-1] == "A run can go ahead. Worth a look: File."


def test_silence_on_request(command: Command, served: str, roster: Path) -> None:
    done = command("doctor", roster, "-o", "none", "-q")

    assert (done.code, done.out, done.err) == (0, "", "")


def test_wrong_usage_is_said_before_anything_is_looked_at(command: Command) -> None:
    assert command("doctor", "--cloud", "mars").code == 2


def test_a_terminal_keeps_the_left_margin_and_lets_commands_overflow() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=60, color_system=None)
    words = "Teams does not let this program make meetings for somebody with quite a long name."
    command = "Grant-CsApplicationAccessPolicy " + "x" * 60
    finding = Finding(check="access-policy", state=State.FAILED, message=words, remedy=f"# Type:\n{command}")

    show_finding(console, finding, verbose=False)

    stream = console.file
    assert isinstance(stream, io.StringIO)
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    assert lines[0].startswith("failed   Access policy: Teams does not let this")
    assert all(line.startswith("         ") for line in lines[1:])
    assert lines[-1] == f"         {command}"
