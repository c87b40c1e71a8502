"""A run ends in order when its time is up, and a file with nothing to do costs one line."""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from importer.cli.run.run_command import time_limit
from importer.core.run import Interrupt
from importer.locks import LockOwner, ShareLock
from importer.sandbox import Sandbox, serve
from tests.cli.rosters import csv_file, let_in, values
from tests.cli.run.test_run_process import Holding
from tests.forks import PATIENCE, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Command = Callable[..., Done]


def test_no_time_at_all_sends_nothing_and_is_safe_to_run_again(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])

    done = command("run", roster, "--time-limit", "0s", "-o", "json")

    problems = [found["code"] for found in done.json["files"][0]["problems"]]
    assert (done.code, problems, len(graph.requests)) == (7, ["time-limit-reached"], 0)
    assert command("run", roster, "--time-limit", "1h30m", "-o", "json").code == 0


def test_a_timer_ends_the_run_and_a_run_that_is_done_ends_the_timer() -> None:
    woken: list[bool] = []
    interrupt = Interrupt(wake=lambda: woken.append(True))
    with time_limit(interrupt, 3600):
        pass
    with time_limit(interrupt, None):
        pass
    assert not interrupt.asked
    with time_limit(interrupt, 0):
        assert (interrupt.asked, interrupt.late, woken) == (1, True, [True])


@pytest.mark.parametrize("given", ["2", "h", "2h30", "-1m", "1.5h", ""])
def test_a_time_that_is_none_is_refused(command: Command, tmp_path: Path, given: str) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])

    done = command("run", roster, f"--time-limit={given}")

    assert (done.code, "is not a duration. Write it like 2h, 30m or 90s." in done.err) == (2, True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")
def test_a_run_whose_terminal_is_closed_saves_a_truthful_copy(tmp_path: Path) -> None:
    """Also where the tests themselves run under nohup, whose wish a run obeys: the child is started without it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    roster = csv_file(tmp_path / "r.csv", [values(f"id-{n}") for n in range(20)])
    with Sandbox() as app:
        holding = Holding(app, free=5)
        with serve(holding) as url:
            process = start("run", roster, "--workers", 2, "-o", "json", environment=let_in(url))
            signal.signal(signal.SIGHUP, before)
            assert holding.reached.wait(PATIENCE)
            process.send_signal(signal.SIGHUP)
            holding.released.set()
            process.communicate(timeout=PATIENCE)
        made = len(list(app.meetings))

    copy = (tmp_path / "r-results.csv").read_text(encoding="utf-8-sig")
    assert (process.returncode, copy.count("https://teams")) == (130, made)


def test_an_unchanged_file_costs_no_call_and_one_line(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    for name in ("a.csv", "b.csv"):
        csv_file(tmp_path / name, [values(f"{name}-{n}") for n in range(3)])
    command("run", tmp_path, "--settle", "0")
    graph.requests.clear()

    done = command("run", tmp_path, "--settle", "0", "--only-changed")

    assert (done.code, len(graph.requests)) == (0, 0)
    assert done.out.splitlines() == [
        f"{tmp_path / name}.csv: 3 rows, all unchanged. Results: {tmp_path / name}-results.csv" for name in ("a", "b")
    ]


def test_recover_writes_nothing_where_a_run_is_at_work(command: Command, served: str, tmp_path: Path) -> None:
    roster, target = csv_file(tmp_path / "r.csv", [values("1")]), tmp_path / "r-results.csv"
    command("run", roster)
    target.unlink()
    lock = ShareLock(target, LockOwner(born="", since=datetime.now(UTC), host="pc-2"), goes_on=lambda _pid, _born: True)
    lock.acquire()

    kept_out = command("recover", "last", "-o", "json")
    lock.release()

    assert (kept_out.code, [p["code"] for p in kept_out.json["files"][0]["problems"]]) == (8, ["another-run"])
    assert not target.exists()
    assert (command("recover", "last").code, target.exists()) == (0, True)
