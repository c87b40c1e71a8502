"""What only a real process shows: signals, streams, consoles that can't show everything, a reader that goes away."""

from __future__ import annotations

import errno
import json
import os
import platform
import re
import signal
import subprocess
import sys
import threading
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer import __version__
from importer.cli.config.usage import LOST
from importer.sandbox import Sandbox, serve
from tests.cli.rosters import csv_file, values
from tests.forks import PATIENCE, ROOT, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from tests.forks import Start

    Plain = Callable[..., tuple[int, str]]


class Holding:
    """Lets so many meetings be made, then holds every further call until it is released."""

    def __init__(self, app: Sandbox, free: int) -> None:
        self.app = app
        self.free = threading.Semaphore(free)
        self.reached = threading.Event()
        self.released = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].endswith("/createOrGet") and not self.free.acquire(blocking=False):
            self.reached.set()
            self.released.wait(PATIENCE)
        return self.app(environ, start_response)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_saves_a_truthful_copy(number: signal.Signals, to_graph: Start, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(f"id-{n}") for n in range(20)])
    with Sandbox() as app:
        holding = Holding(app, free=5)
        with serve(holding) as url:
            process = to_graph("run", roster, "--workers", 2, "-o", "json", url=url)
            assert holding.reached.wait(PATIENCE)
            process.send_signal(number)
            holding.released.set()
            out, err = process.communicate(timeout=PATIENCE)
        made = {meeting.external_id for meeting in app.meetings}

    rows = json.loads(out)["files"][0]["rows"]
    assert (process.returncode, "Traceback" in err) == (130, False)
    assert {row["external_id"] for row in rows if row["status"] == "created"} == made
    assert 5 <= len(made) < 20
    copy = (tmp_path / "r-results.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.partition(",")[0] for line in copy if "https://" in line] == [
        row["external_id"] for row in rows if row["status"] == "created"
    ]


@pytest.mark.parametrize("encoding", ["cp1252", "cp932", "ascii"])
def test_a_console_that_can_not_show_a_name_shows_something_else(encoding: str, starts: Start, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", start="数学"), values("2")])

    process = starts("validate", roster, encoding=encoding)
    out, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 4
    assert "is not a date" in out
    assert err == ""


def test_a_reader_that_goes_away_does_not_change_the_exit_code(starts: Start, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(f"id-{n}", start="x") for n in range(2000)] + [values("good")])
    for form in ("text", "json"):
        reader, writer = os.pipe()
        process = starts("validate", roster, "-o", form, stdout=writer)
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)
        _, err = process.communicate(timeout=PATIENCE)

        assert (process.returncode, err) == (4, "")


FULL = Path("/dev/full")
COMMANDS = {
    "--version": 0,
    "explain": 0,
    "history -o json": 0,
    "validate r.csv": 4,
    "validate r.csv -o json": 4,
    "doctor --sandbox": 0,
}
"""Each way of printing, with its exit code."""


@pytest.fixture
def plain(starts: Start, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Return what runs one line over a roster with a mistake, printing to such streams: its exit code and stderr."""
    csv_file(tmp_path / "r.csv", [values("1"), values("2", start="x")])

    def run(line: str, **streams: int) -> tuple[int, str]:
        program = starts(*line.split(), **streams)
        _, err = program.communicate(timeout=PATIENCE)
        return program.wait(), err

    return run


@pytest.mark.parametrize("line", COMMANDS)
def test_a_reader_that_is_not_there_changes_no_exit_code(line: str, plain: Plain) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        code, err = plain(line, stdout=writer)
    finally:
        os.close(writer)

    assert (code, "Traceback" in err) == (COMMANDS[line], False)


@pytest.mark.skipif(sys.platform != "linux", reason="no full device to print to")
@pytest.mark.parametrize("line", COMMANDS)
def test_a_full_disk_behind_stdout_is_told(line: str, plain: Plain) -> None:
    with FULL.open("w") as full:
        code, err = plain(line, stdout=full.fileno())

    assert (code, err.splitlines()[-1]) == (6, LOST.format(reason=os.strerror(errno.ENOSPC)))
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform != "linux", reason="no full device to print to")
@pytest.mark.parametrize(("line", "code"), [("nonsense", 2), ("run r.csv --sandbox", 4)])
def test_a_full_disk_behind_stderr_changes_nothing(line: str, code: int, plain: Plain) -> None:
    with FULL.open("w") as full:
        assert plain(line, stderr=full.fileno())[0] == code


@pytest.mark.skipif(sys.platform != "linux", reason="no full device to print to")
def test_a_run_that_could_not_print_tells_everybody_the_same(plain: Plain, tmp_path: Path) -> None:
    with FULL.open("w") as full:
        code, _ = plain("run r.csv --sandbox --heartbeat beat.json", stdout=full.fileno(), stderr=full.fileno())

    beat = json.loads((tmp_path / "beat.json").read_text(encoding="utf-8"))
    assert (code, beat["exit_code"]) == (6, 6)
    assert "https://" in (tmp_path / "r-results.csv").read_text(encoding="utf-8-sig")


def test_a_process_without_streams_does_its_work(tmp_path: Path) -> None:
    """As one that another program starts without a console does, or a shell's `>&- 2>&-`."""
    csv_file(tmp_path / "r.csv", [values("1")])
    line = ["-m", "importer", "run", "r.csv", "--sandbox"]
    if sys.platform == "win32":
        program = [str(Path(sys.executable).with_name("pythonw.exe")), *line]
    else:
        program = ["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', sys.executable, *line]

    done = subprocess.run(program, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})

    assert done.returncode == 0
    assert "https://" in (tmp_path / "r-results.csv").read_text(encoding="utf-8-sig")


def test_the_version_says_what_a_bug_report_needs() -> None:
    done = subprocess.run([sys.executable, "-m", "importer", "--version"], capture_output=True, text=True, check=True)

    first, python, system, *parts = done.stdout.splitlines()
    assert first == f"meeting-importer {__version__}"
    assert python.startswith(f"Python {platform.python_version()} (")
    assert system == platform.platform()
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert [part.partition(" ")[0] for part in parts] == sorted(re.split(r"[<>=\[]", line)[0] for line in declared)
    assert all(part.partition(" ")[2][:1].isdigit() for part in parts)


def test_nothing_but_the_result_is_on_stdout(tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])

    process = start("run", roster, "--sandbox", "-o", "json")
    out, err = process.communicate(timeout=PATIENCE)

    assert json.loads(out)["exit_code"] == process.returncode == 0
    assert "Sandbox" in err


def test_the_sandbox_command_serves_until_it_is_told_to_stop() -> None:
    process = start("sandbox", "--port", 0)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    process.terminate()
    process.communicate(timeout=PATIENCE)

    assert address.startswith("http://127.0.0.1:")


def test_validate_speaks_to_nobody(tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2", start="x")])
    script = (
        "import sys\n"
        "own = {'socket.gethostname'}  # asks this computer\n"
        "heard = lambda event, _: event.startswith('socket.') and event not in own and print(event, file=sys.stderr)\n"
        "sys.addaudithook(heard)\n"
        "from importer.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, "validate", str(roster), "-q"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (4, "")


class Hanging:
    """Answers everything but createOrGet, whose calls it holds for good; says when so many are there."""

    def __init__(self, app: Sandbox, calls: int) -> None:
        self.app = app
        self.there = threading.Semaphore(0)
        self.calls = calls
        self.released = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].endswith("/createOrGet"):
            self.there.release()
            self.released.wait(PATIENCE)
        return self.app(environ, start_response)

    def wait(self) -> bool:
        return all(self.there.acquire(timeout=PATIENCE) for _ in range(self.calls))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_ended_with_every_row_in_flight_is_no_success(
    number: signal.Signals, to_graph: Start, tmp_path: Path
) -> None:
    """Signalled twice, so that nobody waits for calls that never end."""
    roster = csv_file(tmp_path / "r.csv", [values(f"id-{n}") for n in range(4)])
    heartbeat = tmp_path / "heartbeat.json"
    with Sandbox() as app:
        hanging = Hanging(app, 4)
        with serve(hanging) as url:
            process = to_graph("run", roster, "-o", "json", "--heartbeat", heartbeat, url=url)
            assert hanging.wait()
            process.send_signal(number)
            process.send_signal(number)
            out, err = process.communicate(timeout=PATIENCE)
            hanging.released.set()

    file = json.loads(out)["files"][0]
    copy = (tmp_path / "r-results.csv").read_text(encoding="utf-8-sig")
    assert (process.returncode, json.loads(out)["exit_code"], "Traceback" in err) == (130, 130, False)
    assert [found["code"] for found in file["problems"]] == ["interrupted"]
    assert [(row["status"], [p["code"] for p in row["problems"]]) for row in file["rows"]] == [
        ("not attempted", ["answer-not-awaited"])
    ] * 4
    assert copy.count("may have been made") == 4
    assert json.loads(heartbeat.read_text())["exit_code"] == 130


def test_a_run_whose_time_is_up_with_every_row_in_flight_is_no_success(to_graph: Start, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(f"id-{n}") for n in range(3)])
    heartbeat = tmp_path / "heartbeat.json"
    with Sandbox() as app:
        hanging = Hanging(app, 3)
        with serve(hanging) as url:
            process = to_graph("run", roster, "--time-limit", "6s", "--heartbeat", heartbeat, url=url)
            out, _ = process.communicate(timeout=PATIENCE)
            hanging.released.set()

    assert (process.returncode, json.loads(heartbeat.read_text())["exit_code"]) == (7, 7)
    assert "the time" in out.lower() or "its time" in out.lower()
