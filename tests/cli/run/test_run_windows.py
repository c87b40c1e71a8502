"""What only Windows does: files that other programs don't share, its console's events, its names and its scheduler.

Elsewhere these tests run on Windows' own Python by Wine: `.ci/windows`.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from importer.sandbox import APP_TOKEN, Sandbox, serve
from tests.cli.rosters import csv_file, let_in, values
from tests.cli.run.test_run_process import Holding
from tests.forks import PATIENCE, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="it is Windows that does so")

NOBODY, READERS, WRITERS, ALL = 0, 1, 3, 7
"""What somebody who holds a file lets others do. Excel shares its workbook with readers.

Source: https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew, dwShareMode
"""
_HOLD = """
import ctypes, sys
from ctypes import wintypes
kernel = ctypes.WinDLL("kernel32", use_last_error=True)
kernel.CreateFileW.restype = wintypes.HANDLE
handle = kernel.CreateFileW(sys.argv[1], int(sys.argv[2], 16), int(sys.argv[3]), None, 3, 0, None)
print("held" if handle != wintypes.HANDLE(-1).value else ctypes.get_last_error(), flush=True)
sys.stdin.read()
"""
CTRL_C, CTRL_BREAK, CTRL_CLOSE = 0, 1, 2
"""https://learn.microsoft.com/windows/console/handlerroutine"""
_ALL_ACCESS = 0x1F0FFF
"""https://learn.microsoft.com/windows/win32/procthread/process-security-and-access-rights"""
_MOST = 1000
"""Milliseconds in which any process has been told."""
_READING, _WRITING = "80000000", "C0000000"


@contextmanager
def held(path: Path, share: int, rights: str = _WRITING) -> Iterator[None]:
    """Have another process hold a file open, with these rights, sharing it no further than `share`."""
    command = [sys.executable, "-c", _HOLD, str(path), rights, str(share)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline().strip() == "held"
            yield
        finally:
            process.stdin.close()


class Meanwhile:
    """A Graph that has something happen in mid-run: as the first meeting is asked for, and as the last one is."""

    def __init__(self, app: Sandbox, first: Callable[[], object], last: Callable[[], object], count: int) -> None:
        self.app = app
        self.events = {1: first, count: last}
        self.calls = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].endswith("/createOrGet"):
            self.calls += 1
            self.events.get(self.calls, int)()
        return self.app(environ, start_response)


def links(folder: Path) -> set[str]:
    """Return the IDs of the rows that have a link in some copy."""
    lines = [line for path in folder.glob("*results*.csv") for line in path.read_text("utf-8-sig").splitlines()]
    return {line.partition(",")[0] for line in lines if "https://" in line}


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    return csv_file(tmp_path / "r.csv", [values("1"), values("2")])


@pytest.mark.parametrize(
    ("share", "rights", "code"),
    [(NOBODY, _READING, 3), (READERS, _WRITING, 0), (ALL, _WRITING, 0)],
)
def test_an_input_is_read_as_far_as_its_holder_shares_it(
    command: Command, roster: Path, share: int, rights: str, code: int
) -> None:
    with held(roster, share, rights):
        done = command("run", "r.csv", "--sandbox")

    assert (done.code, links(roster.parent)) == (code, set() if code else {"1", "2"}), done
    assert code == 0 or "r.csv" in done.out


@pytest.mark.parametrize(
    ("share", "rights"), [(NOBODY, _READING), *((share, _WRITING) for share in (NOBODY, READERS, WRITERS, ALL))]
)
def test_results_that_somebody_holds_cost_no_link_and_are_told(
    command: Command, roster: Path, share: int, rights: str
) -> None:
    copy = roster.with_name("r-results.csv")
    assert command("run", "r.csv", "--sandbox").code == 0
    csv_file(roster, [values("1"), values("2"), values("3")])
    before = copy.read_bytes()
    with held(copy, share, rights):
        done = command("run", "r.csv", "--sandbox")

    assert links(roster.parent) == {"1", "2", "3"}, done
    assert (done.code, copy.read_bytes() == before) in {(6, True), (0, False)}, done
    assert done.code or share == ALL  # whether Windows replaces an open file that its holder lets go: by its version


@pytest.mark.parametrize(
    ("name", "share", "let_go"),
    [
        *((name, NOBODY, False) for name in ("r.csv", "r-results.csv", "report.html", "beat.json", "run.log")),
        *(("r-results.csv", share, False) for share in (READERS, WRITERS)),
        ("r-results.csv", NOBODY, True),
    ],
)
def test_what_somebody_takes_hold_of_in_mid_run_costs_no_link(
    command: Command, roster: Path, monkeypatch: pytest.MonkeyPatch, name: str, share: int, *, let_go: bool
) -> None:
    others = ["--report", "report.html", "--heartbeat", "beat.json", "--log-file", "run.log"]
    line = ["run", "r.csv", "--workers", 1, *others]
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    assert command(*line, "--sandbox").code == 0
    csv_file(roster, [values("1"), values("2"), values("3")])
    with ExitStack() as until_the_end, Sandbox() as app:
        holder = until_the_end.enter_context(ExitStack())
        last = holder.close if let_go else int
        meanwhile = Meanwhile(app, lambda: holder.enter_context(held(roster.with_name(name), share)), last, 3)
        with serve(meanwhile) as url:
            monkeypatch.setenv("MEETING_IMPORTER_GRAPH_URL", url)
            done = command(*line)
        made = {meeting.names.join_url for meeting in app.meetings}

    written = "".join(path.read_text("utf-8-sig") for path in roster.parent.glob("*results*.csv"))
    assert (len(made), [link for link in made if link not in written]) == (3, []), done
    if name == "r-results.csv":
        assert done.code == (0 if let_go else 6), done
    assert done.code == 0 or name in done.out + done.err


def tell(process: int, event: int) -> None:
    """Have a process handle a console's event as if its console had sent it, which only tells whole groups of them.

    A console does the same: it has each process start a thread at this place of its own.
    """
    kernel = getattr(ctypes, "WinDLL")("kernel32", use_last_error=True)  # noqa: B009 - only Windows has it
    kernel.GetModuleHandleW.restype = kernel.GetProcAddress.restype = ctypes.c_void_p
    kernel.OpenProcess.restype = kernel.CreateRemoteThread.restype = ctypes.c_void_p
    kernel.GetProcAddress.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    library = kernel.GetModuleHandleW("kernelbase") or kernel.GetModuleHandleW("kernel32")
    place = ctypes.c_void_p(kernel.GetProcAddress(library, b"CtrlRoutine"))
    handle = ctypes.c_void_p(kernel.OpenProcess(_ALL_ACCESS, 0, process))
    thread = kernel.CreateRemoteThread(handle, None, ctypes.c_size_t(), place, ctypes.c_void_p(event), 0, None)
    assert thread, "Windows refuses a thread in another process"
    kernel.WaitForSingleObject(ctypes.c_void_p(thread), _MOST)  # at a window's closing it waits for the run
    kernel.CloseHandle(handle)


@pytest.mark.parametrize("event", [CTRL_C, CTRL_BREAK, CTRL_CLOSE], ids=["Ctrl-C", "Ctrl-Break", "window closed"])
def test_a_run_that_the_console_breaks_off_saves_a_truthful_copy(tmp_path: Path, event: int) -> None:
    csv_file(tmp_path / "r.csv", [values(f"id-{n}") for n in range(20)])
    with Sandbox() as app:
        holding = Holding(app, free=5)
        with serve(holding) as url:
            process = start("run", tmp_path / "r.csv", "--workers", 2, "-o", "json", environment=let_in(url))
            assert holding.reached.wait(PATIENCE)
            tell(process.pid, event)
            holding.released.set()
            out, err = process.communicate(timeout=PATIENCE)
        made = {meeting.external_id for meeting in app.meetings}

    assert (process.returncode, "Traceback" in err) == (130, False), err
    rows = json.loads(out)["files"][0]["rows"]
    assert {row["external_id"] for row in rows if row["status"] == "created"} == made == links(tmp_path)
    assert 5 <= len(made) < 20


NAMES = ["NUL", "CON.csv", "aux.csv", "com1.csv", "LPT9.csv", "r.csv:stream", "r?.csv", "a|b.csv"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_windows_keeps_for_itself_is_no_input(command: Command, roster: Path, name: str) -> None:
    done = command("validate", name)

    assert done.code in {2, 3}
    assert name in done.out + done.err


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("option", ["--result", "--report"])
def test_a_name_that_windows_keeps_for_itself_is_told_before_anything_is_sent(
    command: Command, served: str, graph: Sandbox, roster: Path, option: str, name: str
) -> None:
    name = f"{name}.html" if option == "--report" else name

    done = command("run", "r.csv", option, name)

    assert done.code in {2, 3, 6}, done
    assert len(graph.meetings) == 0
    assert [path.name for path in roster.parent.iterdir()] == ["r.csv"]


def test_a_name_that_windows_keeps_for_itself_gets_no_template_and_no_task(command: Command, tmp_path: Path) -> None:
    for name in ("NUL.csv", "con .xlsx", "aux.xlsx", "com1.csv", "t.csv:stream.csv", "t?.xlsx"):
        task = ("schedule", "--as", "task", "--write", name, "--force", "--", "run", "\\\\fs\\r\\r.csv", "--sandbox")
        for line in (("template", name, "--force"), task):
            done = command(*line)

            assert done.code == 2, (line, done)
            assert name in done.err, (line, done)
            assert list(tmp_path.iterdir()) == [], line


def test_a_path_of_any_length_is_a_path(command: Command, tmp_path: Path) -> None:
    folder = tmp_path
    while len(str(folder)) < 300:
        folder /= "a folder with quite a long name, as file servers have them"
    folder.mkdir(parents=True)
    roster = csv_file(folder / "r.csv", [values("1"), values("2")])

    done = command("run", roster, "--sandbox", "--report", folder / "report.html")

    assert (done.code, links(folder)) == (0, {"1", "2"}), done
    assert (folder / "report.html").exists()


@pytest.mark.parametrize("form", ["\\\\?\\{path}", "{drive}{name}", "{slashes}"])
def test_a_path_is_a_path_however_it_is_written(command: Command, roster: Path, form: str) -> None:
    path = form.format(path=roster, drive=roster.drive, name=roster.name, slashes=roster.as_posix())

    done = command("run", path, "--sandbox")

    assert (done.code, links(roster.parent)) == (0, {"1", "2"}), done


@pytest.mark.skipif("WINDOWS_SHARE" not in os.environ, reason="no share is named in WINDOWS_SHARE")
@pytest.mark.parametrize("turned", [False, True], ids=["backslashes", "slashes"])
def test_a_share_is_a_place(command: Command, tmp_path: Path, *, turned: bool) -> None:
    folder = Path(os.environ["WINDOWS_SHARE"], f"{tmp_path.name}-{os.getpid()}")
    folder.mkdir()
    roster = csv_file(folder / "r.csv", [values("1"), values("2")])
    path = roster.as_posix() if turned else str(roster)

    first = command("run", path, "--sandbox", "--heartbeat", folder / "beat.json")
    again = command("run", folder, "--sandbox")

    assert (first.code, again.code, links(folder)) == (0, 0, {"1", "2"}), (first, again)
    assert json.loads((folder / "beat.json").read_text("utf-8"))["exit_code"] == 0


def test_the_task_is_taken_by_the_scheduler_and_read_back_from_it(command: Command, roster: Path) -> None:
    system = Path(os.environ["SYSTEMROOT"], "System32")
    schtasks, name = system / "schtasks.exe", f"meeting-importer test {os.getpid()}"
    line = ["--name", name, "--at", "03:10", "--program", r"C:\m\meeting-importer.exe", "--write", "job.xml"]
    done = command("schedule", "--as", "task", *line, "--", "run", "r.csv", "--sandbox", "--heartbeat", "beat.json")
    assert done.code == 0, done

    try:
        subprocess.run([schtasks, "/create", "/tn", name, "/xml", str(roster.with_name("job.xml"))], check=True)
        kept = (system / "Tasks" / name).read_bytes()
    finally:
        subprocess.run([schtasks, "/delete", "/tn", name, "/f"], check=False)
    task = ET.fromstring(kept)  # noqa: S314 - what was given to it
    text = kept.decode("utf-16" if kept[:1] in b"\xff\xfe" else "utf-8")
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    assert task.findtext("./t:RegistrationInfo/t:URI", "", space) == f"\\{name}"
    assert task.findtext("./t:Settings/t:StartWhenAvailable", "", space) == "true"
    assert task.findtext("./t:Settings/t:MultipleInstancesPolicy", "", space) == "IgnoreNew"
    if "created by Wine" in text:
        return  # it keeps neither when nor what
    assert (task.findtext(".//t:CalendarTrigger/t:StartBoundary", "", space) or "").endswith("T03:10:00")
    assert task.findtext(".//t:Exec/t:Command", "", space) == r"C:\m\meeting-importer.exe"
    given = task.findtext(".//t:Exec/t:Arguments", "", space) or ""
    assert [name for name in ("r.csv", "beat.json") if str(roster.with_name(name)) not in given] == []
