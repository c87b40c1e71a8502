"""What a run remembers of the one before: nothing is asked twice, nothing is lost, and a broken export is stopped."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.graph.auth import kept_file
from importer.sandbox import APP_TOKEN, DELEGATED_TOKEN, Sandbox, serve
from tests.cli.rosters import cells, csv_file, values, xlsx_file
from tests.forks import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from tests.cli.conftest import Done
    from tests.forks import Start, Started

    Command = Callable[..., Done]


def statuses(done: Done) -> list[str]:
    return [row["status"] for row in done.rows.values()]


def codes(done: Done) -> list[str]:
    return [found["code"] for found in done.json["files"][0]["problems"]]


def asked(graph: Sandbox) -> int:
    """Return how many requests there were since the last time this was called."""
    count = len(graph.requests)
    graph.requests.clear()
    return count


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    """Return a workbook of twelve good rows with a gap between."""
    return xlsx_file(tmp_path / "r.xlsx", [values("00"), None, *(values(f"{n:02}") for n in range(1, 12))], above=2)


def test_rows_that_are_as_they_were_cost_no_request_and_no_sign_in(
    command: Command, graph: Sandbox, served: str, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = command("run", roster, "-o", "json")
    before = cells(roster.with_name("r-results.xlsx"))
    asked(graph)
    monkeypatch.delenv("MEETING_IMPORTER_ACCESS_TOKEN")  # whoever signed in now would be refused

    done = command("run", roster, "--only-changed", "-o", "json")

    assert (done.code, set(statuses(done)), asked(graph)) == (0, {"unchanged"}, 0)
    assert [row["join_url"] for row in done.rows.values()] == [row["join_url"] for row in first.rows.values()]
    after = cells(roster.with_name("r-results.xlsx"))
    assert {n: row["Join URL"] for n, row in after.items()} == {n: row["Join URL"] for n, row in before.items()}
    assert {n: row["Checked at"] for n, row in after.items()} == {n: row["Checked at"] for n, row in before.items()}


def test_only_what_changed_is_asked(command: Command, graph: Sandbox, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2"), values("3")])
    command("run", roster)
    csv_file(roster, [values("0"), values("1"), values("2", subject="Other"), values("3")])
    asked(graph)

    done = command("run", roster, "--only-changed", "-o", "json")

    assert statuses(done) == ["created", "unchanged", "differs", "unchanged"]
    assert sum("createOrGet" in request.target for request in graph.requests) == 2
    assert done.json["files"][0]["since_last_run"] | {"since": ""} == {
        "since": "",
        "new": 1,
        "changed": 1,
        "gone": [],
        "gone_links": [],
    }


def test_a_row_that_differs_is_asked_until_it_no_longer_does(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2")])
    command("run", roster)
    csv_file(roster, [values("1"), values("2", subject="Other")])

    ends = [
        statuses(command("run", roster, "--only-changed", "-o", "json", *more)) for more in ([], [], ["--update"], [])
    ]

    assert [end[1] for end in ends] == ["differs", "differs", "updated", "unchanged"]
    assert {end[0] for end in ends} == {"unchanged"}


def test_without_the_option_every_row_is_asked(command: Command, graph: Sandbox, served: str, roster: Path) -> None:
    command("run", roster)

    assert set(statuses(command("run", roster, "-o", "json"))) == {"existing"}
    assert set(statuses(command("run", roster, "--only-changed", "--refresh", "-o", "json"))) == {"existing"}


def test_warnings_that_came_with_the_answer_stay(command: Command, served: str, tmp_path: Path) -> None:
    rows = [values("1", organizer="nodialin@contoso.example"), values("2", attendees="unknown@contoso.example")]
    roster = csv_file(tmp_path / "r.csv", [*rows, values("3", subject="")])
    first = command("run", roster, "-o", "json")

    done = command("run", roster, "--only-changed", "-o", "json")

    assert (
        done.found
        == first.found
        == [
            (2, "", "no-dial-in"),
            (3, "attendees", "attendee-not-found"),
            (4, "subject", "subject-blank"),
        ]
    )
    assert set(statuses(done)) == {"unchanged"}
    strict = command("run", roster, "--only-changed", "--strict-attendees", "-o", "json")
    assert statuses(strict) == ["unchanged", "failed", "unchanged"]


def test_one_organizer_without_policy_among_unchanged_rows_is_not_everybody(
    command: Command, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2", organizer="nopolicy@contoso.example")])

    ends = [command("run", roster, "--only-changed", "-o", "json") for _ in range(2)]

    assert [(end.code, statuses(end)) for end in ends] == [(4, ["created", "failed"]), (4, ["unchanged", "failed"])]


def test_another_tenant_is_asked(
    command: Command, graph: Sandbox, served: str, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_TENANT_ID", "one")
    command("run", roster)
    monkeypatch.setenv("AZURE_TENANT_ID", "two")

    assert set(statuses(command("run", roster, "--only-changed", "-o", "json"))) == {"existing"}


def test_another_persons_meetings_are_not_ones_own(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", organizer="")])
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", DELEGATED_TOKEN)
    ends = []
    with Sandbox(me="ana@contoso.example") as ana, Sandbox(me="bo@contoso.example") as bo:
        for person in (ana, ana, bo):
            with serve(person, port=int(os.environ.get("PORT", "0"))) as url:
                monkeypatch.setenv("PORT", url.rpartition(":")[2].partition("/")[0])  # the same address for all
                ends += statuses(
                    command("run", roster, "--delegated", "--only-changed", "--graph-url", url, "-o", "json")
                )

    assert ends == ["created", "unchanged", "created"]


def test_a_trial_is_never_taken_for_the_real_thing(command: Command, graph: Sandbox, served: str, roster: Path) -> None:
    command("run", roster, "--sandbox")
    asked(graph)

    assert set(statuses(command("run", roster, "--only-changed", "-o", "json"))) == {"created"}


def test_a_row_that_fails_keeps_the_link_that_is_remembered(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2")])
    link = command("run", roster, "-o", "json").rows[2]["join_url"]
    (tmp_path / "r-results.csv").unlink()
    csv_file(roster, [values("1", start="rubbish"), values("2")])

    done = command("run", roster, "-o", "json")

    assert statuses(done) == ["invalid", "existing"]
    assert link in (tmp_path / "r-results.csv").read_text(encoding="utf-8-sig").splitlines()[1]


def test_rows_that_have_gone_are_named_and_their_meetings_left(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2"), values("3")])
    first = command("run", roster, "-o", "json")
    links = [row["join_url"] for row in first.rows.values()][:2]
    csv_file(roster, [values("3")])

    done = command("run", roster, "-o", "json")
    again = command("run", roster)

    assert (done.code, codes(done), len(graph.meetings)) == (0, ["rows-gone"], 3)
    assert done.json["files"][0]["since_last_run"]["gone"] == ["1", "2"]
    assert done.json["files"][0]["since_last_run"]["gone_links"] == links
    assert "'1', '2'" in done.json["files"][0]["problems"][0]["message"]
    assert "no longer in the sheet" not in again.out


def test_the_summary_says_what_is_new(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2")])
    command("run", roster)
    csv_file(roster, [values("1", subject="Other"), values("3"), values("4")])

    assert ": 2 new, 1 changed, 1 gone." in command("run", roster).out


def test_a_roster_cut_off_stops_before_anything_is_sent(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(str(n)) for n in range(20)])
    command("run", roster)
    copy = (tmp_path / "r-results.csv").read_bytes()
    csv_file(roster, [values(str(n)) for n in range(9)])
    asked(graph)

    for more in ([], ["--dry-run"]):
        done = command("run", roster, "-o", "json", *more)
        assert (done.code, codes(done), asked(graph)) == (3, ["roster-shrunk"], 0)
    assert (tmp_path / "r-results.csv").read_bytes() == copy
    assert command("run", roster, "--max-shrink", "60%").code == 0


@pytest.mark.parametrize("way", [["--accept-changes"], ["--max-shrink", "100%"], ["--max-shrink", "11"]])
def test_a_roster_that_is_rightly_smaller_is_accepted_and_becomes_the_measure(
    command: Command, served: str, tmp_path: Path, way: list[str]
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(str(n)) for n in range(20)])
    command("run", roster)
    csv_file(roster, [values(str(n)) for n in range(9)])

    assert command("run", roster, *way).code == 0
    assert command("run", roster).code == 0


def test_other_headings_stop_before_anything_is_sent(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    command("run", roster)
    lines = roster.read_text(encoding="utf-8").replace("Attendees", "Guests who may come")
    roster.write_text(lines, encoding="utf-8", newline="")
    asked(graph)

    done = command("run", roster, "-o", "json")

    assert (done.code, codes(done), asked(graph)) == (3, ["headings-changed"], 0)
    assert "(Attendees gone)" in done.json["files"][0]["problems"][0]["message"]
    assert command("run", roster, "--accept-changes").code == 0


def test_a_first_run_and_a_dry_run_are_no_measure(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(str(n)) for n in range(20)])
    assert command("run", roster, "--dry-run").code == 0
    csv_file(roster, [values("1")])

    assert command("run", roster).code == 0


def test_a_state_folder_that_can_not_be_used_costs_no_link(
    command: Command, served: str, roster: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken" / "ledger-sandbox.sqlite3").mkdir(parents=True)

    done = command("run", roster, "--state-dir", tmp_path / "taken", "-o", "json")

    assert (done.code, set(statuses(done)), codes(done)) == (0, {"created"}, ["ledger-unusable"])
    assert all(row["Join URL"] for row in cells(tmp_path / "r-results.xlsx").values() if row["External ID"])


@pytest.mark.skipif(sys.platform == "win32", reason="there every account has a home")
def test_an_account_without_a_home_does_all_that_takes_none(
    command: Command, served: str, roster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pwd  # noqa: PLC0415 - POSIX only

    def nobody(number: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {number}")  # as in a container that runs as any number

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "MEETING_IMPORTER_STATE_DIR", "USER", "LOGNAME", "LNAME"):
        monkeypatch.delenv(name, raising=False)

    done = command("run", roster, "-o", "json")

    assert (done.code, set(statuses(done)), codes(done)) == (0, {"created"}, ["ledger-unusable"])
    assert all(row["Join URL"] for row in cells(tmp_path / "r-results.xlsx").values() if row["External ID"])
    assert command("validate", roster).code == 0
    assert command("history").code == 0
    assert command("doctor", roster).code == 0
    assert kept_file() is None  # a person's sign-in
    assert not {path.name for path in tmp_path.iterdir()} - {"r.xlsx", "r-results.xlsx"}  # no folder that is called ~


def test_a_damaged_ledger_is_set_aside_and_said(command: Command, served: str, roster: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "ledger-sandbox.sqlite3").write_bytes(b"damaged" * 1000)

    done = command("run", roster, "--state-dir", state, "-o", "json")
    again = command("run", roster, "--state-dir", state, "--only-changed", "-o", "json")

    assert (done.code, codes(done)) == (0, ["ledger-set-aside"])
    assert (set(statuses(again)), codes(again)) == ({"unchanged"}, [])


def test_a_notice_about_the_ledger_is_given_even_where_no_file_was_run(
    command: Command, served: str, tmp_path: Path
) -> None:
    (tmp_path / "taken" / "ledger-sandbox.sqlite3").mkdir(parents=True)

    done = command("run", tmp_path / "missing.csv", "--state-dir", tmp_path / "taken", "-o", "json")

    assert (done.code, codes(done)) == (3, ["file-not-found", "ledger-unusable"])


class Deadly:
    """Kills a client's process in the middle of a call, after so many answers; afterwards it only answers."""

    def __init__(self, app: Sandbox, start: Start) -> None:
        self.app = app
        self.start = start
        self.free = 0
        self.armed = False
        self.safe = 0
        self.known = threading.Event()
        self.made = threading.Event()
        self.victim: Started | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.armed and environ["PATH_INFO"].endswith("/createOrGet"):
            self.free -= 1
            if self.free < 0:
                return self.killing(environ, start_response)
        return self.app(environ, start_response)

    def killing(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Kills the client once its answers are safe, and makes the meeting all the same: nobody hears of it."""
        assert self.known.wait(PATIENCE)
        while kept() < self.safe:
            pass
        assert self.victim is not None
        self.armed = False
        self.victim.kill()
        answer = self.app(environ, start_response)
        self.made.set()
        return answer

    def run_and_kill(self, url: str, roster: Path, *, after: int) -> None:
        """Run the roster, one row after the other, and kills that after so many answers."""
        self.free, self.armed, self.safe = after, True, kept() + after
        self.victim = self.start("run", roster, "--workers", "1", "-q", "-o", "none", url=url)
        self.known.set()
        self.victim.communicate(timeout=PATIENCE)
        assert self.victim.returncode != 0
        assert self.made.wait(PATIENCE)
        self.known.clear()
        self.made.clear()


def kept() -> int:
    """Return how many answers the ledger holds, as anybody may see from outside."""
    path = Path(os.environ["MEETING_IMPORTER_STATE_DIR"], "ledger-sandbox.sqlite3")
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM meeting").fetchone()[0])


@pytest.fixture
def deadly(graph: Sandbox, to_graph: Start, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deadly]:
    """Serve a Graph that can kill."""
    app = Deadly(graph, to_graph)
    with serve(app) as url:
        monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
        monkeypatch.setenv("MEETING_IMPORTER_GRAPH_URL", url)
        yield app


def taken_over(done: Done) -> int:
    """Return how many rows a run has taken from one that was broken off."""
    (notice,) = done.json["files"][0]["problems"]
    assert notice["code"] == "run-taken-over"
    return int(notice["message"].partition("by then: ")[2].partition(".")[0])


def test_a_killed_run_is_finished_by_the_next_without_asking_twice(
    command: Command, graph: Sandbox, deadly: Deadly, roster: Path
) -> None:
    deadly.run_and_kill(os.environ["MEETING_IMPORTER_GRAPH_URL"], roster, after=7)
    made = asked(graph)

    done = command("run", roster, "-o", "json")

    known = taken_over(done)
    assert made > 7
    assert known == 7
    assert statuses(done) == ["created"] * 7 + ["existing"] + ["created"] * 4  # the eighth was made and not heard of
    assert sum("createOrGet" in request.target for request in graph.requests) == 12 - 7
    links = {row["external_id"]: row["join_url"] for row in done.rows.values()}
    assert len(set(links.values())) == len(graph.meetings) == 12
    again = command("run", roster, "-o", "json")
    assert (set(statuses(again)), codes(again)) == ({"existing"}, [])


def test_a_run_that_takes_over_can_be_killed_too(
    command: Command, graph: Sandbox, deadly: Deadly, roster: Path
) -> None:
    url = os.environ["MEETING_IMPORTER_GRAPH_URL"]
    deadly.run_and_kill(url, roster, after=4)
    deadly.run_and_kill(url, roster, after=3)
    asked(graph)

    done = command("run", roster, "-o", "json")

    assert taken_over(done) == 4 + 3
    assert sum("createOrGet" in request.target for request in graph.requests) == 12 - 7


def test_refresh_asks_for_what_a_killed_run_had_too(
    command: Command, graph: Sandbox, deadly: Deadly, roster: Path
) -> None:
    deadly.run_and_kill(os.environ["MEETING_IMPORTER_GRAPH_URL"], roster, after=7)
    asked(graph)

    done = command("run", roster, "--refresh", "-o", "json")

    assert (codes(done), sum("createOrGet" in request.target for request in graph.requests)) == ([], 12)
    assert codes(command("run", roster, "-o", "json")) == []


def test_a_row_that_was_changed_after_the_kill_is_asked(
    command: Command, graph: Sandbox, deadly: Deadly, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(f"{n}") for n in range(6)])
    deadly.run_and_kill(os.environ["MEETING_IMPORTER_GRAPH_URL"], roster, after=4)
    csv_file(roster, [values(f"{n}", subject="Other" if n == 1 else f"Lesson {n}") for n in range(6)])

    done = command("run", roster, "-o", "json")

    assert statuses(done) == ["created", "differs", "created", "created", "existing", "created"]


def test_a_killed_runs_copy_can_be_written_without_a_run(
    command: Command, graph: Sandbox, deadly: Deadly, roster: Path
) -> None:
    deadly.run_and_kill(os.environ["MEETING_IMPORTER_GRAPH_URL"], roster, after=7)
    asked(graph)

    done = command("recover", "last", "-o", "json")

    assert (done.code, asked(graph)) == (7, 0)
    assert statuses(done) == ["created"] * 7 + ["not attempted"] * 5
    assert {problem["code"] for row in done.rows.values() for problem in row["problems"]} == {"no-answer-then"}
    assert codes(command("run", roster, "-o", "json")) == ["run-taken-over"]
