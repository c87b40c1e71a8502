"""Monday morning: what was done, the copy again, and everything forgotten on request."""

from __future__ import annotations

import csv
import os
import platform
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.cli.config.settings import Settings
from importer.cli.run.reporting import Observer
from importer.cli.run.run_command import run
from importer.core.memory import UNKNOWN, Roster, Start
from importer.core.model import Status
from importer.ledger import open_ledger
from importer.ledger.opening import REAL, TRIALS, ThisRun
from importer.locks import LockOwner, StateLock
from importer.sandbox import DELEGATED_TOKEN, Sandbox, serve
from tests.cli.rosters import cells, csv_file, values, xlsx_file
from tests.rows import a_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.cli.run.file_run import Progress
    from importer.core.row import Row
    from tests.cli.conftest import Done

    Command = Callable[..., Done]

NO_PROCESS = 2**22 + 1
"""The number of no process: Linux gives out none above 2 to the 22nd (man 5 proc_sys_kernel)."""
SAMPLES = Path(__file__).parents[3] / "samples"


def runs(done: Done) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = done.json["runs"]
    return listed


def state() -> Path:
    return Path(os.environ["MEETING_IMPORTER_STATE_DIR"])


def test_runs_are_listed_by_their_id_the_latest_first(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2", start="x")])
    first = command("run", roster, "-o", "json").json["run_id"]
    second = command("run", roster, "-o", "json").json["run_id"]

    listed = runs(command("history", "-o", "json"))

    assert [run["run_id"] for run in listed] == [second, first]
    assert [(run["command"], run["exit_code"], run["state"]) for run in listed] == [("run", 4, "ended")] * 2
    (file,) = listed[1]["files"]
    assert (file["input"], file["result"]) == (str(roster), str(tmp_path / "r-results.csv"))
    assert (file["rows"], file["counts"], file["exit_code"]) == (2, {"created": 1, "invalid": 1}, 4)


def test_the_list_for_a_person_says_how_each_file_ended(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2")])
    run_id = command("run", roster, "-o", "json").json["run_id"]
    command("run", tmp_path / "missing.csv")

    lines = command("history").out.splitlines()

    assert "exit code 3" in lines[0]
    assert lines[1].startswith(f"{run_id}  20")
    assert lines[2:] == [f"    {roster}: 2 rows: 2 created", f"      Results: {tmp_path / 'r-results.csv'}"]


def test_a_file_that_was_stopped_is_in_the_list(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(str(n)) for n in range(20)])
    command("run", roster)
    csv_file(roster, [values("1")])
    command("run", roster)

    done = command("history", roster)

    assert f"{roster}: exit code 3, nothing sent (roster-shrunk)" in done.out


def test_one_files_runs_can_be_asked_for(command: Command, served: str, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        command("run", csv_file(tmp_path / name, [values(name)]))

    listed = runs(command("history", "a.csv", "-o", "json"))

    assert [file["input"] for run in listed for file in run["files"]] == [str(tmp_path / "a.csv")]


def test_trials_are_in_the_list_and_named_so(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    command("run", roster, "--sandbox")
    command("run", roster)

    assert [run["target"] for run in runs(command("history", "-o", "json"))] == [served, "sandbox"]


@pytest.mark.parametrize("more", [["--dry-run"], None])
def test_what_sends_nothing_leaves_no_trace(
    command: Command, served: str, tmp_path: Path, more: list[str] | None
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    command(*(["validate", roster] if more is None else ["run", roster, *more]))

    done = command("history")

    assert (done.code, done.out) == (0, "Nothing is remembered.\n")


def test_nothing_on_stdout_when_none_is_asked_for(command: Command, served: str, tmp_path: Path) -> None:
    command("run", csv_file(tmp_path / "r.csv", [values("1")]))

    assert command("history", "-o", "none").out == command("recover", "last", "-o", "none").out == ""
    assert command("history", "--forget", "--all", "-o", "none").out == ""


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_recover_writes_the_very_same_copy(
    command: Command, graph: Sandbox, served: str, tmp_path: Path, suffix: str
) -> None:
    roster, copy = tmp_path / f"roster{suffix}", tmp_path / f"roster-results{suffix}"
    roster.write_bytes((SAMPLES / f"roster{suffix}").read_bytes())
    done = command("run", roster, "--add-column", "passcode", "-o", "json")
    before = copy.read_bytes()
    copy.unlink()
    graph.requests.clear()

    again = command("recover", done.json["run_id"], "-o", "json")

    assert copy.read_bytes() == before
    assert (again.code, again.json["run_id"], len(graph.requests)) == (done.code, done.json["run_id"], 0)
    assert again.rows == {n: {k: v for k, v in row.items() if k != "passcode"} for n, row in done.rows.items()}


def test_recover_reads_the_sheet_as_the_run_did(command: Command, served: str, tmp_path: Path) -> None:
    folder = SAMPLES / "timetable"
    roster = tmp_path / "exported-timetable.csv"
    roster.write_bytes((folder / "exported-timetable.csv").read_bytes())
    (tmp_path / "elsewhere.toml").write_bytes((folder / "meeting-importer.toml").read_bytes())
    copy = tmp_path / "out.csv"
    assert command("run", roster, "--config", "elsewhere.toml", "--result", copy).code == 0
    before = copy.read_bytes()
    copy.unlink()

    assert command("recover", "last").code == 0
    assert copy.read_bytes() == before


def test_recover_after_a_run_of_unchanged_and_failed_rows(command: Command, served: str, tmp_path: Path) -> None:
    rows = [values("1"), values("2", organizer="nolicence@contoso.example"), values("3", subject="")]
    roster, copy = xlsx_file(tmp_path / "r.xlsx", rows), tmp_path / "r-results.xlsx"
    command("run", roster)
    copy.unlink()
    command("run", roster, "--only-changed")
    before = copy.read_bytes()
    copy.unlink()

    done = command("recover", "last", "-o", "json")

    assert [row["status"] for row in done.rows.values()] == ["unchanged", "failed", "unchanged"]
    assert copy.read_bytes() == before


def test_recover_of_a_run_that_was_held_back(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2", start="x")])
    command("run", roster, "--all-or-nothing")
    before = (tmp_path / "r-results.csv").read_bytes()

    command("recover", "last")

    assert (tmp_path / "r-results.csv").read_bytes() == before


def test_recover_of_a_signed_in_persons_run_needs_no_sign_in(
    command: Command, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", DELEGATED_TOKEN)
    roster = csv_file(tmp_path / "r.csv", [values("1", organizer="")])
    command("run", roster, "--delegated")
    before = (tmp_path / "r-results.csv").read_bytes()
    monkeypatch.delenv("MEETING_IMPORTER_ACCESS_TOKEN")
    (tmp_path / "r-results.csv").unlink()

    assert command("recover", "last").code == 0
    assert (tmp_path / "r-results.csv").read_bytes() == before


def test_recover_puts_nothing_on_a_row_that_is_another_one_now(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2"), values("3"), values("4")])
    command("run", roster)
    (tmp_path / "r-results.csv").unlink()
    csv_file(roster, [values("1"), values("new"), values("3"), values("4", organizer="bo@contoso.example")])

    done = command("recover", "last", "-o", "json")

    assert [row["status"] for row in done.rows.values()] == ["created", "not attempted"] * 2
    (notice,) = done.json["files"][0]["problems"]
    assert (done.code, notice["code"], "as they are: 2," in notice["message"]) == (7, "rows-not-the-same", True)
    assert "from row 3 on" in notice["message"]


def test_recover_refuses_a_file_that_is_another_one_now(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2"), values("3")])
    command("run", roster)
    before = (tmp_path / "r-results.csv").read_bytes()
    csv_file(roster, [values("0"), values("1"), values("2"), values("3")])

    done = command("recover", "last", "-o", "json")

    codes = [problem["code"] for problem in done.json["files"][0]["problems"]]
    assert codes == ["roster-not-the-same", "results-as-list"]
    assert (done.code, (tmp_path / "r-results.csv").read_bytes()) == (6, before)


@pytest.mark.parametrize("lost", ["gone", "no workbook", "folder"])
def test_recover_writes_the_links_without_the_workbook(
    command: Command, served: str, tmp_path: Path, lost: str
) -> None:
    folder = tmp_path / "share"
    folder.mkdir()
    roster = xlsx_file(folder / "r.xlsx", [values("00042"), values("2", start="x"), values("3")])
    command("run", roster)
    made = {row: cell["Join URL"] for row, cell in cells(folder / "r-results.xlsx").items() if cell["Join URL"]}
    match lost:
        case "gone":
            roster.unlink()
        case "no workbook":
            roster.write_bytes(b"PK\x03\x04 broken off")
        case "folder":
            shutil.rmtree(folder)

    done = command("recover", "last", "-o", "json")

    (file,) = done.json["files"]
    assert (done.code, [found["code"] for found in file["problems"]][1:]) == (6, ["results-as-list"])
    with Path(file["result"]).open(encoding="utf-8-sig", newline="") as listed:
        lines = {int(line["Row"]): line for line in csv.DictReader(listed)}
    assert {row: line["Join URL"] for row, line in lines.items() if line["Join URL"]} == made
    assert (lines[2]["External ID"], lines[3]["Status"], len(made)) == ("00042", "invalid", 2)


def test_recover_of_a_run_without_links_says_that_the_file_has_gone(
    command: Command, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", start="x")])
    command("run", roster)
    roster.unlink()
    run_id = command("history", "-o", "json").json["runs"][0]["run_id"]

    done = command("recover", run_id, "-o", "json")

    assert (done.code, [found["code"] for found in done.json["files"][0]["problems"]]) == (3, ["file-not-found"])


@pytest.mark.parametrize("place", ["--result", "--result-dir"])
def test_recover_can_write_it_elsewhere(command: Command, served: str, tmp_path: Path, place: str) -> None:
    roster, out = csv_file(tmp_path / "r.csv", [values("1")]), tmp_path / "out"
    command("run", roster)
    out.mkdir()

    done = command("recover", "last", place, out / "x.csv" if place == "--result" else out)

    assert done.code == 0
    name = "x.csv" if place == "--result" else "r-results.csv"
    assert (out / name).read_bytes() == (tmp_path / "r-results.csv").read_bytes()


def test_recover_takes_every_file_of_the_run(command: Command, served: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        csv_file(tmp_path / f"{name}.csv", [values(name)])
    command("run", "a.csv", "b.csv")
    before = [path.read_bytes() for path in sorted(tmp_path.glob("*-results.csv"))]

    done = command("recover", "last", "-o", "json")

    assert [Path(file["input"]).name for file in done.json["files"]] == ["a.csv", "b.csv"]
    assert [path.read_bytes() for path in sorted(tmp_path.glob("*-results.csv"))] == before


def test_recover_of_a_run_nobody_knows(command: Command, served: str, tmp_path: Path) -> None:
    for _ in range(2):
        done = command("recover", "nonsense")
        assert (done.code, "No run 'nonsense' is remembered" in done.err) == (2, True)
        command("run", csv_file(tmp_path / "r.csv", [values("1")]))


def test_recover_of_a_run_that_sent_nothing_or_made_way(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    stopped = command("run", tmp_path / "missing.csv", "-o", "json").json["run_id"]
    first = command("run", roster, "-o", "json").json["run_id"]
    for _ in range(5):
        command("run", roster)

    for run_id in (stopped, first):
        done = command("recover", run_id, "-o", "json")
        assert (done.code, done.json["files"][0]["problems"][0]["code"]) == (3, "run-sent-nothing")


def test_a_copy_that_can_not_be_saved_is_saved_elsewhere_by_recover_too(
    command: Command, served: str, tmp_path: Path
) -> None:
    command("run", csv_file(tmp_path / "r.csv", [values("1")]))

    done = command("recover", "last", "--result", tmp_path / "no" / "folder.csv", "-o", "json")

    assert (done.code, done.json["files"][0]["problems"][0]["code"]) == (6, "result-moved")


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("ledger*"))


def test_what_is_known_of_a_file_is_forgotten_to_the_last_byte(command: Command, served: str, tmp_path: Path) -> None:
    gone, kept = csv_file(tmp_path / "gone.csv", [values("secret")]), csv_file(tmp_path / "kept.csv", [values("other")])
    link = command("run", gone, "-o", "json").rows[2]["join_url"]
    command("run", kept)
    command("run", gone)
    assert link.encode() in everything_in(state())
    gone.unlink()

    done = command("history", "--forget", gone)

    assert (done.code, done.out.startswith("Forgotten: 2 runs and 1 meeting.")) == (0, True)
    left = everything_in(state())
    assert not [text for text in (link, "secret", "gone.csv") if text.encode() in left]
    assert [Path(run["files"][0]["input"]).name for run in runs(command("history", "-o", "json"))] == ["kept.csv"]
    again = command("run", kept, "--only-changed", "-o", "json")
    assert [row["status"] for row in again.rows.values()] == ["unchanged"]


def test_what_is_forgotten_is_not_left_in_the_log_of_a_ledger_in_use(
    command: Command, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("secret")])
    state().mkdir()
    with closing(sqlite3.connect(state() / TRIALS)) as other:
        command("run", roster)
        assert other.execute("SELECT count(*) FROM meeting").fetchone() == (1,)
        command("history", "--forget", roster)

        assert (state() / f"{TRIALS}-wal").exists()
        assert b"secret" not in everything_in(state())


def test_everything_is_forgotten_what_was_set_aside_too(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("secret")])
    command("run", roster)
    command("run", roster, "--sandbox")
    (state() / "ledger-sandbox (set aside 2026-01-01 0000).sqlite3").write_bytes(b"secret")

    done = command("history", "--forget", "--all")

    assert done.out.startswith("Forgotten: 2 runs and 2 meetings.")
    assert b"secret" not in everything_in(state())
    assert "Nothing is remembered." in command("history").out
    assert command("run", roster).code == 0


@pytest.mark.parametrize("arguments", [["--forget"], ["--all"], ["--forget", "--all", "r.csv"]])
def test_forgetting_by_mistake_is_not_possible(command: Command, arguments: list[str]) -> None:
    assert command("history", *arguments).code == 2


def test_a_history_that_can_not_be_read_is_said(command: Command, served: str, tmp_path: Path) -> None:
    command("run", csv_file(tmp_path / "r.csv", [values("1")]))
    (state() / "ledger-sandbox.sqlite3").write_bytes(b"damaged " * 1000)

    done = command("history")

    assert (done.code, "(ledger-set-aside)" in done.err, done.out) == (0, True, "Nothing is remembered.\n")


def test_the_rows_of_a_recovered_workbook_are_the_runs(command: Command, served: str, tmp_path: Path) -> None:
    roster = xlsx_file(tmp_path / "r.xlsx", [values("b"), None, values("a")], above=3, hidden=(5,))
    done = command("run", roster, "-o", "json")
    (tmp_path / "r-results.xlsx").unlink()

    command("recover", done.json["run_id"])

    rows = cells(tmp_path / "r-results.xlsx")
    assert {n: rows[n]["Join URL"] for n in done.rows} == {n: row["join_url"] for n, row in done.rows.items()}


def test_recover_keeps_out_of_the_way_of_a_run(command: Command, served: str, tmp_path: Path) -> None:
    command("run", csv_file(tmp_path / "r.csv", [values("1")]))
    copy = tmp_path / "r-results.csv"
    copy.unlink()
    lock = StateLock(state() / "locks", copy, LockOwner(born="", since=datetime.now(UTC)))
    lock.acquire()

    done = command("recover", "last", "-o", "json")

    lock.release()
    assert (done.code, done.json["files"][0]["problems"][0]["code"]) == (8, "another-run")
    assert not copy.exists()


@pytest.mark.parametrize(
    ("process", "host", "said"),
    [
        (os.getppid(), platform.node(), "at work"),
        (NO_PROCESS, platform.node(), "broken off"),
        (NO_PROCESS, "pc-2", "at work or broken off on another machine"),
    ],
    ids=["at work", "broken off", "nobody can tell"],
)
def test_a_run_that_has_not_ended_is_said_to_be_at_work_as_far_as_that_is_known(
    command: Command, tmp_path: Path, process: int, host: str, said: str
) -> None:
    run = ThisRun(
        run_id="other",
        command="run",
        inputs=("r.csv",),
        target="Graph",
        started=datetime.now(UTC),
        host=host,
        pid=process,
        born="",
    )
    ledger = open_ledger(state() / REAL, run)
    ledger.start()
    ledger.open_session(
        Start(
            roster=Roster(str(tmp_path / "r.csv"), "Sheet1"),
            scope=UNKNOWN,
            headings=(),
            rows=[a_row(2, external_id="1", organizer="", status=Status.INVALID)],
            started=datetime.now(UTC),
        )
    )
    ledger.close()

    lines = command("history").out.splitlines()

    assert lines[0].endswith(f"UTC  {said}  Graph")
    assert lines[1] == f"    {tmp_path / 'r.csv'} (sheet Sheet1): 1 row: {said}"
    assert runs(command("history", "-o", "json"))[0]["state"] == said


def test_a_ledger_that_can_not_be_opened_is_said_by_all_who_look_back(
    command: Command, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    command("run", roster)
    (state() / "ledger-sandbox.sqlite3-wal").mkdir()

    for arguments in (["history"], ["recover", "last"], ["history", "--forget", "--all"]):
        done = command(*arguments)
        assert (done.code, done.out, "it can't be opened" in done.err) == (3, "", True)
    done = command("run", roster, "-o", "json")
    assert (done.code, [problem["code"] for problem in done.json["files"][0]["problems"]]) == (0, ["ledger-unusable"])


def test_an_address_that_is_none_is_said_when_it_is_used(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])

    assert command("run", roster, "--graph-url", "ftp://x").code == 2
    assert (state() / REAL).is_file()


@pytest.mark.parametrize("options", [(), ("--forget",)])
def test_a_file_that_no_run_has_seen_is_named(command: Command, tmp_path: Path, options: tuple[str, ...]) -> None:
    csv_file(tmp_path / "seen.csv", [values("1")])
    csv_file(tmp_path / "new.csv", [values("1")])
    command("run", "seen.csv", "--sandbox")

    never, mistyped = (command("history", name, *options) for name in ("new.csv", "sen.csv"))

    assert (never.code, never.out.count(f"No run of {tmp_path / 'new.csv'} is remembered in ")) == (0, 1)
    assert "no such file" not in never.out
    assert f"No run of {tmp_path / 'sen.csv'} is remembered" in mistyped.out
    assert "There is no such file: check its name." in mistyped.out


def test_a_run_without_answers_is_recovered_with_the_links_of_those_before(
    command: Command, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another address is another memory; the copy that the run wrote had the links all the same."""
    roster, copy = csv_file(tmp_path / "r.csv", [values("1"), values("2")]), tmp_path / "r-results.csv"
    command("run", roster)
    links = [cells.get("Join URL", "") for cells in read(copy)]
    with Sandbox() as other, serve(other) as elsewhere:
        monkeypatch.setenv("MEETING_IMPORTER_GRAPH_URL", elsewhere)
        assert command("run", roster, "--first-answer", "0s").code == 7
    copy.unlink()

    done = command("recover", "last", "-o", "json")

    assert (done.code, [row["status"] for row in done.rows.values()]) == (7, ["not attempted"] * 2)
    assert all(links)
    assert [cells.get("Join URL", "") for cells in read(copy)] == links


def read(copy: Path) -> list[dict[str, str]]:
    with copy.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


class Falling(Observer):
    """Somebody who listens and falls over the first row."""

    def __init__(self, error: type[BaseException]) -> None:
        self.error = error

    def watching(self, progress: Progress) -> Progress:
        error = self.error

        class Fallen(type(progress)):  # type: ignore[misc]  # whatever shows progress
            def advanced(self, result: Row) -> None:
                raise error(str(result.number))

        return Fallen(progress.console, quiet=True, clock=progress.clock)  # type: ignore[attr-defined]  # it is a Watch


@pytest.mark.parametrize(
    ("error", "how", "said"),
    [(ZeroDivisionError, "crashed", "crashed (exit code 1)"), (KeyboardInterrupt, "ended", "exit code 130")],
)
def test_a_crash_is_told_from_a_kill(
    command: Command, served: str, tmp_path: Path, error: type[BaseException], how: str, said: str
) -> None:
    """And what was answered before it is known to the next run."""
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2")])
    settings = Settings(files=(str(roster),), graph_url=served, output="none", quiet=True, state_dir=state())
    with pytest.raises(error):
        run(settings, observer=Falling(error))

    (crashed,) = runs(command("history", "-o", "json"))
    lines = command("history").out.splitlines()
    after = command("run", roster, "-o", "json")

    assert (crashed["state"], said in lines[0]) == (how, True)
    assert after.code == 0
    assert "run-taken-over" in [found["code"] for found in after.json["files"][0]["problems"]]
