"""Any call on a share can fail with any error at any moment: no traceback, no lost link, and the truth is told."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import subprocess
import sys
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tests.cli.rosters import values, xlsx_file
from tests.notify.receivers import Posted, web_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Case = dict[str, Any]
    Failing = Callable[[Iterable[Case]], list[Case]]

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="each call fails in a fork of its own, which is POSIX's"
)

ERRORS = (
    errno.EIO,
    errno.ESTALE,
    errno.EHOSTDOWN,
    errno.ENOTCONN,
    errno.ETIMEDOUT,
    errno.EACCES,
    errno.ENOSPC,
    errno.ENAMETOOLONG,
    errno.EINVAL,
)
LINK = re.compile(r"https://[^\s\"<>]*meetup-join[^\s\"<>,]*")
ROWS = 2
PARTS = 4
"""Tests into which the calls are dealt, so that several processors share them."""
ROOT = Path(__file__).parents[3]


@pytest.fixture
def hook() -> Iterator[Posted]:
    with web_server() as server:
        yield server


def prepare(home: Path) -> Path:
    """Make a home with a share in it, its rosters and its settings file, as they are before a run."""
    for name in ("share/rosters", "state", "user"):
        (home / name).mkdir(parents=True)
    xlsx_file(home / "share/rosters/r.xlsx", [values(f"x-{n}") for n in range(ROWS)])
    (home / "share/rosters/meeting-importer.toml").write_text('[columns]\nsubject = "Subject"\n', encoding="utf-8")
    return home


def copies(before: Path, folder: Path, count: int) -> list[Path]:
    return [Path(shutil.copytree(before, folder / str(number))) for number in range(count)]


@pytest.fixture(scope="module")
def failing() -> Iterator[Failing]:
    """Return what tells the outcomes of cases. They are forks of one process that has loaded everything.

    Its lines are not counted as covered, since a fork that ends in the middle could not say which they are.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.locks.failing"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    ) as process:
        asking, telling = process.stdin, process.stdout
        assert asking is not None
        assert telling is not None

        def outcome(case: Case) -> Case:
            asking.write(json.dumps(case) + "\n")
            asking.flush()
            found: Case = json.loads(telling.readline())
            while found["home"] != case["home"]:  # that of a test which its time limit has ended
                found = json.loads(telling.readline())
            return found

        yield lambda cases: list(map(outcome, cases))


@pytest.fixture(scope="module")
def after_a_run(tmp_path_factory: pytest.TempPathFactory, failing: Failing) -> Path:
    """Return a home in which a run has been, for the other commands to work in a copy of."""
    home = prepare(tmp_path_factory.mktemp("before") / "home")
    [first] = failing([case(home, RUN)])
    assert first["code"] == 0, first["err"]
    return home


def different(calls: list[str]) -> list[int]:
    """Return the number of the first call of each kind: the lines of a log, say, are one."""
    kinds: dict[str, list[int]] = {}
    for number, call in enumerate(calls, start=1):
        kinds.setdefault(re.sub(r"-[0-9a-f]{8}|\d", "", call), []).append(number)
    return [numbers[0] for numbers in kinds.values()]


def case(
    home: Path, line: Iterable[object], *, at: int = 0, once: bool = False, code: int = 0, cwd: str = "state"
) -> Case:
    words = [str(word).replace("HOME", str(home)) for word in line]
    return {"home": str(home), "line": words, "at": at, "once": once, "errno": code, "cwd": cwd}


RUN = (
    *("run", "--sandbox", "--sandbox-file", "HOME/state/sandbox.json", "--settle", "0"),
    *("--report", "HOME/share/report.html", "--ics", "HOME/share/ics", "--log-file", "HOME/share/log/run.log"),
    *("--heartbeat", "HOME/share/beat.json", "HOME/share/rosters"),
)


def made(home: Path) -> set[str]:
    """Return the external IDs of the meetings that the imitation of Graph has."""
    path = home / "state/sandbox.json"
    lines = path.read_text("utf-8").splitlines()[1:] if path.exists() else []
    return {json.loads(line)["external_id"] for line in lines}


def written(home: Path) -> set[tuple[str, str]]:
    """Return the links beside the IDs in all results that lie anywhere."""
    found = set()
    for path in home.rglob("*"):
        if path.suffix == ".xlsx" and not path.name.startswith("."):
            rows = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).worksheets[0].iter_rows(values_only=True)
            texts = ["\t".join(str(cell) for cell in row) for row in rows]
        else:
            continue
        found |= {
            (name[0], link[0])
            for text in texts
            if (link := LINK.search(text)) and (name := re.search(r"[xc]-\d", text))
        }
    return found


def judge(home: Path, done: Case, posted: list[dict[str, Any]]) -> list[str]:
    """Return everything that is wrong with how a run ended."""
    wrong = []
    if "Traceback" in done["err"] or done["code"] not in {0, 2, 3, 4, 6, 8}:
        wrong.append(f"exit code {done['code']}: {done['err'][-900:]}")
    links = written(home)
    if lost := made(home) - {name for name, _ in links}:
        wrong.append(f"lost: {sorted(lost)}")
    if len({name for name, _ in links}) < len(links) or len({link for _, link in links}) < len(links):
        wrong.append(f"more than one link, or one for two: {links}")
    if done["code"] == 0 and len(made(home)) < ROWS:
        wrong.append("exit code 0, and not all meetings made")
    beat = home / "state/last-run-sandbox.json"
    if not beat.exists():
        return [*wrong, "no heartbeat"]
    told = json.loads(beat.read_text("utf-8"))
    if told["exit_code"] != done["code"]:
        wrong.append(f"the heartbeat says {told['exit_code']}, the program ended with {done['code']}")
    heard = [each["exit_code"] for each in posted if each["run_id"] == told["run_id"]]
    if heard != [done["code"]]:
        wrong.append(f"notified: {heard}, ended with {done['code']}")
    return wrong


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(
    ("once", "cwd"), [(True, "state"), (False, "share/rosters")], ids=["one-call-fails", "the-share-goes-away"]
)
def test_whatever_call_fails_no_link_is_lost_and_the_truth_is_told(
    tmp_path: Path, failing: Failing, hook: Posted, *, once: bool, cwd: str, part: int
) -> None:
    before = prepare(tmp_path / "before")
    line = [*RUN, "--notify-url", hook.url]
    if cwd != "state":
        line = [str(word).replace("HOME/share/rosters", ".").replace("HOME/share", "..") for word in line]
    [whole] = failing([case(copies(before, tmp_path / "whole", 1)[0], line, cwd=cwd)])
    assert (whole["code"], "Traceback" in whole["err"]) == (0, False), whole["err"]

    numbers, codes = different(whole["calls"])[:: 1 if once else 3][part::PARTS], cycle(ERRORS)
    homes = copies(before, tmp_path / "each", len(numbers))
    done = failing(
        case(home, line, at=number, once=once, code=next(codes), cwd=cwd)
        for number, home in zip(numbers, homes, strict=True)
    )

    wrong = [
        f"{each['failed']}: {what}"
        for home, each in zip(homes, done, strict=True)
        for what in judge(home, each, hook.bodies)
    ]
    assert not wrong, "\n".join(wrong[:40]) + f"\n{len(wrong)} wrong"


@pytest.mark.parametrize(
    "line",
    [
        ("validate", "HOME/share/rosters", "--result-dir", "HOME/share"),
        ("doctor", *RUN[1:]),
        ("template", "HOME/share/new.xlsx", "--from", "HOME/share/rosters/r.xlsx"),
        ("schedule", "--write", "HOME/share/job.cron", "--as", "cron", "--program", "/bin/m", "--", *RUN),
        ("history", "HOME/share/rosters/r.xlsx"),
        ("history", "--forget", "HOME/share/rosters/r.xlsx"),
        ("recover", "last"),
    ],
    ids=lambda line: line[0],
)
@pytest.mark.parametrize("once", [True, False], ids=["one-call-fails", "the-share-goes-away"])
def test_no_command_ends_in_a_traceback_when_the_share_does_not_answer(
    tmp_path: Path, failing: Failing, after_a_run: Path, line: tuple[str, ...], *, once: bool
) -> None:
    [whole] = failing([case(copies(after_a_run, tmp_path / "whole", 1)[0], line)])
    assert "Traceback" not in whole["err"], whole["err"]

    numbers, codes = different(whole["calls"])[:: 2 if once else 4], cycle(ERRORS)
    homes = copies(after_a_run, tmp_path / "each", len(numbers))
    done = failing(
        case(home, line, at=number, once=once, code=next(codes)) for number, home in zip(numbers, homes, strict=True)
    )

    wrong = [
        f"{each['failed']}: {each['err'][-900:]}"
        for each in done
        if "Traceback" in each["err"] or each["code"] in {1, 70}
    ]
    assert not wrong, "\n".join(wrong[:40]) + f"\n{len(wrong)} wrong"
