"""What stands in an organizer's way is told apart, and nobody's meeting is made to find out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from importer.core import Scope
from importer.graph.client import GraphClient
from importer.graph.faults import Subject
from importer.graph.probe import ask_policy
from importer.graph.wire import RetryPolicy
from importer.sandbox import APP_TOKEN, POWERLESS_TOKEN, Sandbox, object_id_of, serve
from tests.cli.commands.doctor.helping import ROLES, Instead, Page, amiss, checks, graph_error, one, ready
from tests.cli.rosters import csv_file, values
from tests.graph.auth.authority import CLIENT
from tests.graph.fake_graph import Tokens

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.commands.doctor.helping import Command

# People.


@pytest.mark.parametrize(
    ("name", "code", "found"),
    [
        ("nopolicy", 5, [("access-policy", "failed", "access-policy-missing")]),
        (
            "nolicence",
            5,
            [
                ("access-policy", "failed", "organizer-without-teams"),
                ("audio-conferencing", "warning", "audio-conferencing-missing"),
            ],
        ),
        ("nodialin", 0, [("audio-conferencing", "warning", "audio-conferencing-missing")]),
        ("unknown", 0, [("lookup", "warning", "organizers-unknown")]),
    ],
)
def test_what_stands_in_an_organizers_way_is_told_apart(
    doctor: Command, served: str, tmp_path: Path, name: str, code: int, found: list[tuple[str, str, str]]
) -> None:
    rows = [values("1"), values("2", organizer=f"{name}.x@contoso.example")]

    done = doctor(csv_file(tmp_path / "r.csv", rows))

    assert (done.code, amiss(done)) == (code, found)
    assert all(f"{name}.x@contoso.example" in one(done, each[2])["message"] for each in found)


def test_calendars_are_looked_into_where_they_are_to_be_written(
    doctor: Command, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2", organizer="nocalendar@contoso.example")])

    assert "calendars" not in checks(doctor(roster))
    assert checks(doctor(roster, "--calendar"))["calendars"] == [("ok", ""), ("failed", "calendar-not-allowed")]
    assert "New-ManagementRoleAssignment" in one(doctor(roster, "--calendar"), "calendar-not-allowed")["remedy"]

    for role, said in (("Calendars.ReadWrite", "all others"), ("Calendars.Read", "may not write")):
        ready(monkeypatch, exp=None, roles=[*ROLES, role])
        (found,) = [
            each
            for each in doctor(csv_file(tmp_path / "r.csv", [values("1")]), "--calendar").json["checks"]
            if each["check"] == "calendars"
        ]
        assert said in found["message"]


def test_organizers_without_a_policy_come_with_the_lines_to_paste(
    doctor: Command, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(monkeypatch, exp=None, appid=CLIENT)
    upns = [f"nopolicy{n}@contoso.example" for n in range(30)]
    done = doctor(csv_file(tmp_path / "r.csv", [values(upn, organizer=upn) for upn in (*upns, "ana@contoso.example")]))

    found = one(done, "access-policy-missing")
    lines = found["remedy"].splitlines()
    assert [line for line in lines if line.startswith("New-Cs")] == [
        f'New-CsApplicationAccessPolicy -Identity "MeetingImporter" -AppIds "{CLIENT}" -Description "meeting-importer"'
    ]
    granted = re.findall(r'^Grant-.* -Identity "(\S+)"', found["remedy"], re.MULTILINE)
    assert granted == [object_id_of(upn) for upn in upns[:20]]
    assert "# and 10 more organizers, listed in the details (-v or -o json)" in lines
    assert all(object_id_of(upn) in found["detail"] for upn in upns)
    assert "nopolicy0@contoso.example, " in found["message"]
    assert "and 25 more" in found["message"]
    assert ("access-policy", "ok") in [(each["check"], each["state"]) for each in done.json["checks"]]


@pytest.mark.parametrize(
    ("page", "code", "found"),
    [
        (graph_error("404 Not Found", "NotFound", "3004: Specified meeting is not found"), 0, []),
        (graph_error("404 Not Found", "NotFound", "Status: NotFound"), 0, []),
        (graph_error("404 Not Found", "UnknownError"), 5, [("failed", "organizer-without-teams")]),
        (Page("404 Not Found", "text/html", b"<h1>Not here</h1>"), 0, [("warning", "policy-not-told")]),
        (
            graph_error("400 Bad Request", "BadRequest", "1026: An error has occurred."),
            0,
            [("warning", "policy-not-told")],
        ),
        (graph_error("403 Forbidden", "Forbidden"), 5, [("failed", "meetings-forbidden")]),
        (
            graph_error("403 Forbidden", "General", "No Application Access Policy found for this app"),
            5,
            [("failed", "access-policy-missing")],
        ),
        (graph_error("403 Forbidden", "Authorization_RequestDenied"), 5, [("failed", "permission-missing")]),
        (
            graph_error("400 Bad Request", "BadRequest", "Resource not found for the segment 'x'."),
            5,
            [("failed", "address-wrong")],
        ),
        (Page("200 OK", "application/json", b'{"value": []}'), 0, []),
    ],
)
def test_every_answer_about_the_policy_has_its_meaning(
    doctor: Command,
    graph: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    roster: Path,
    page: Page,
    code: int,
    found: list[tuple[str, str]],
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    with serve(Instead(graph, "/onlineMeetings", page)) as url:
        done = doctor(roster, "--graph-url", url)

    assert (done.code, amiss(done)) == (code, [("access-policy", *each) for each in found])


def test_a_refusal_without_a_reason_is_the_policys_when_the_token_has_the_permission(
    doctor: Command, graph: Sandbox, monkeypatch: pytest.MonkeyPatch, roster: Path
) -> None:
    page = graph_error("403 Forbidden", "Forbidden")
    with serve(Instead(graph, "/onlineMeetings", page)) as url:
        ready(monkeypatch, exp=None)
        sure = doctor(roster, "--graph-url", url)
        monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
        unsure = doctor(roster, "--graph-url", url)

    assert "New-CsApplicationAccessPolicy" in one(sure, "meetings-forbidden")["remedy"]
    assert "New-CsApplicationAccessPolicy" not in one(unsure, "meetings-forbidden")["remedy"]


def test_what_concerns_everybody_is_not_asked_for_each(
    doctor: Command, graph: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    rows = [values(str(n), organizer=f"o{n}@contoso.example") for n in range(200)]
    instead = Instead(graph, "/onlineMeetings", graph_error("403 Forbidden", "Authorization_RequestDenied"))
    with serve(instead) as url:
        doctor(csv_file(tmp_path / "r.csv", rows), "--graph-url", url)

    assert instead.count < 100


def test_nobody_in_the_sheet_is_known(doctor: Command, served: str, tmp_path: Path) -> None:
    done = doctor(csv_file(tmp_path / "r.csv", [values("1", organizer="unknown@contoso.example")]))

    assert (done.code, amiss(done)) == (3, [("lookup", "failed", "organizers-unknown")])
    assert checks(done)["access-policy"] == [("skipped", "")]


def test_people_that_may_not_be_looked_up(
    doctor: Command, served: str, tmp_path: Path, graph: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_upn = csv_file(tmp_path / "upn.csv", [values("1")])
    by_id = csv_file(tmp_path / "id.csv", [values("1", organizer=object_id_of("ana@contoso.example"))])
    denied = graph_error("403 Forbidden", "Authorization_RequestDenied", "Insufficient privileges")
    with serve(Instead(graph, "/users?", denied)) as one_url, serve(Instead(graph, "$select=id", denied)) as url:
        assert amiss(doctor(by_upn, "--graph-url", one_url)) == [("lookup", "failed", "directory-not-allowed")]
        assert amiss(doctor("--graph-url", one_url)) == [("lookup", "failed", "directory-not-allowed")]
        done = doctor(by_id, "--graph-url", url)
        assert (done.code, amiss(done)) == (0, [("lookup", "warning", "people-not-checked")])
        assert checks(done)["access-policy"] == [("ok", "")]
        strict = doctor(by_id, "--graph-url", url, "--strict-attendees")
        assert (strict.code, amiss(strict)) == (5, [("lookup", "failed", "directory-not-allowed")])


def test_an_app_without_consent(doctor: Command, roster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", POWERLESS_TOKEN)
    with Sandbox() as app, serve(app) as url:
        done = doctor(roster, "--graph-url", url)

    assert (done.code, amiss(done)) == (5, [("lookup", "failed", "directory-not-allowed")])


@pytest.mark.parametrize(
    "page",
    [
        Page("200 OK", "application/json", b'{"responses": [{"id": "0", "status": 403, "body": {}}]}'),
        Page(
            "200 OK",
            "application/json",
            b'{"responses": [{"id": "0", "status": 200, "body": {"assignedPlans": null}}]}',
        ),
        graph_error("403 Forbidden", "Forbidden"),
    ],
)
def test_dial_in_is_left_open_where_graph_does_not_tell(
    doctor: Command, graph: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, page: Page
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    with serve(Instead(graph, "$batch", page)) as url:
        done = doctor(csv_file(tmp_path / "r.csv", [values("1")]), "--graph-url", url)

    assert (done.code, amiss(done), checks(done)["audio-conferencing"]) == (0, [], [("skipped", "")])


def test_a_service_that_is_down_is_said_to_be(graph: Sandbox) -> None:
    whose = Subject(organizer="ana@contoso.example", organizer_id=object_id_of("ana@contoso.example"))
    down = Instead(graph, "/onlineMeetings", graph_error("503 Service Unavailable", "UnknownError"))
    with serve(down) as url, GraphClient(url, Tokens(APP_TOKEN), limits=RetryPolicy(attempts=1)) as client:
        refusal = ask_policy(client, whose)

    assert refusal is not None
    assert (refusal.problem.code, refusal.scope, down.count) == ("service-failed", Scope.SERVICE, 1)
