"""A row that was changed after its meeting was made: shown, changed in Teams on request, and quiet again afterwards."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from importer.sandbox import APP_TOKEN, DELEGATED_TOKEN, Sandbox, serve
from tests.cli.rosters import cells, csv_file, values, xlsx_file
from tests.sandbox.faults import Break, Deny, Faulty, Refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from importer.sandbox import StoredMeeting
    from tests.cli.conftest import Done
    from tests.sandbox.faults import Fault

    Command = Callable[..., Done]

MOVED = {"start": "2031-01-13 11:00", "end": "2031-01-13 12:30"}


def in_graph(url: str, meetings: Iterable[StoredMeeting]) -> dict[str, Any]:
    """Ask Graph itself what it has for external ID A, by a call of our own."""
    meeting = next(each for each in meetings if each.external_id == "A")
    request = urllib.request.Request(  # noqa: S310 - the test's own server
        f"{url}/users/{meeting.organizer_id}/onlineMeetings/createOrGet",
        json.dumps({"externalId": meeting.external_id}).encode(),
        {"Authorization": f"Bearer {APP_TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        found: dict[str, Any] = json.load(answer)
    return found


def statuses(done: Done) -> list[str]:
    return [row["status"] for row in done.rows.values()]


def test_a_moved_row_is_shown_then_updated_then_quiet(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    roster = tmp_path / "r.xlsx"
    xlsx_file(roster, [values("A"), values("B")])
    made = command("run", roster, "-o", "json")
    assert statuses(made) == ["created", "created"]
    xlsx_file(roster, [values("A", **MOVED), values("B")])

    shown = command("run", roster, "-o", "json")

    assert (shown.code, statuses(shown)) == (0, ["differs", "existing"])
    assert shown.found == [(2, "start", "differs-start"), (2, "end", "differs-end")]
    cell = cells(tmp_path / "r-results.xlsx")[2]
    assert cell["Status"] == "differs"
    assert cell["Join URL"] == made.rows[2]["join_url"]
    assert cell["What to do"].startswith(
        "2 notes: [Start] sheet: Mon 13 Jan 11:00, Teams: Mon 13 Jan 09:00 (Europe/Berlin). Correct the row"
    )
    assert in_graph(served, graph.meetings)["startDateTime"] == "2031-01-13T08:00:00.0000000Z"

    updated = command("run", roster, "--update", "-o", "json")

    assert (updated.code, statuses(updated), updated.found) == (0, ["updated", "existing"], [])
    assert updated.rows[2]["join_url"] == made.rows[2]["join_url"]
    now = in_graph(served, graph.meetings)
    assert now["startDateTime"] == "2031-01-13T10:00:00.0000000Z"
    assert now["endDateTime"] == "2031-01-13T11:30:00.0000000Z"
    assert now["subject"] == "Lesson A"

    quiet = command("run", roster, "-o", "json")

    assert (statuses(quiet), quiet.found) == (["existing", "existing"], [])


def test_every_column_that_changed_is_brought_over(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("A")])
    command("run", roster)
    csv_file(roster, [values("A", subject="Moved", attendees="BO@contoso.example;cy@contoso.example", **MOVED)])

    assert statuses(command("run", roster, "--update", "-o", "json")) == ["updated"]

    now = in_graph(served, graph.meetings)
    people = {person["upn"].lower() for person in now["participants"]["attendees"]}
    assert (now["subject"], people) == ("Moved", {"bo@contoso.example", "cy@contoso.example"})


def test_a_blank_cell_changes_nothing_in_teams(command: Command, graph: Sandbox, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("A")])
    command("run", roster)
    before = in_graph(served, graph.meetings)
    csv_file(roster, [values("A", subject="", start="", end="", attendees="")])

    done = command("run", roster, "--update", "-o", "json")

    assert statuses(done) == ["existing"]
    assert in_graph(served, graph.meetings) == before


def test_a_dry_run_changes_nothing(command: Command, graph: Sandbox, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("A")])
    command("run", roster)
    before = in_graph(served, graph.meetings)
    csv_file(roster, [values("A", **MOVED)])

    assert statuses(command("run", roster, "--update", "--dry-run", "-o", "json")) == ["not attempted"]
    assert in_graph(served, graph.meetings) == before


class Patches:
    """Lets the first attempts at each PATCH fail, all alike, and nothing else; counts all of them."""

    def __init__(self, fault: Fault, times: int) -> None:
        self.fault, self.times, self.seen = fault, times, 0

    def __call__(self, call: str, attempt: int) -> Fault | None:
        if not call.startswith("PATCH"):
            return None
        self.seen += 1
        return self.fault if attempt <= self.times else None


@pytest.fixture
def patched(
    command: Command, graph: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[Patches], Done]:
    """Return a function that updates a moved row while PATCHes fail as told."""
    roster = csv_file(tmp_path / "r.csv", [values("A")])
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)

    def update(plan: Patches) -> Done:
        with serve(Faulty(graph, plan, seconds=0.01)) as url:
            command("run", roster, "--graph-url", url)
            csv_file(roster, [values("A", **MOVED)])
            return command("run", roster, "--graph-url", url, "--update", "-o", "json")

    return update


@pytest.mark.parametrize("fault", [Deny(500), Deny(502), Deny(504), Break.LOSE, Break.CUT, Break.GARBLE])
def test_an_update_that_worked_in_spite_of_its_answer_is_one(patched: Callable[[Patches], Done], fault: Fault) -> None:
    plan = Patches(fault, times=100)

    done = patched(plan)

    assert (done.code, statuses(done), done.found, plan.seen) == (0, ["updated"], [], 1)


def test_a_refused_update_keeps_the_link_and_ends_in_4(patched: Callable[[Patches], Done]) -> None:
    done = patched(Patches(Refuse(403), times=1))

    assert (done.code, statuses(done)) == (4, ["differs"])
    assert [code for _, _, code in done.found] == ["update-failed", "differs-start", "differs-end"]
    assert done.rows[2]["join_url"].startswith("https://")
    assert done.rows[2]["problems"][0]["detail"].startswith("change-forbidden: HTTP 403")


def test_more_people_than_teams_shows_are_made_but_not_changed(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    crowd = [f"p{n}@contoso.example" for n in range(751)]
    roster = csv_file(tmp_path / "r.csv", [values("A", attendees=";".join(crowd[:10]))])
    command("run", roster)
    csv_file(roster, [values("A", attendees=";".join(crowd), subject="Moved")])

    done = command("run", roster, "--update", "-o", "json")

    assert (done.code, statuses(done)) == (4, ["differs"])
    assert (2, "attendees", "update-too-many-attendees") in done.found
    assert in_graph(served, graph.meetings)["subject"] == "Lesson A"


def test_a_person_signed_in_updates_her_own_meetings(
    command: Command, graph: Sandbox, served: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", DELEGATED_TOKEN)
    roster = csv_file(tmp_path / "r.csv", [values("A", organizer="")])
    assert statuses(command("run", roster, "--delegated", "-o", "json")) == ["created"]
    csv_file(roster, [values("A", organizer="", **MOVED)])

    assert statuses(command("run", roster, "--delegated", "--update", "-o", "json")) == ["updated"]
    assert statuses(command("run", roster, "--delegated", "-o", "json")) == ["existing"]
