"""A soak: runs are killed at random points, and the next run must leave nothing lost, nothing doubled, nothing behind.

    python -m tests.benchmarks.kills [--kills 200] [--rows 300] [--seed 1]

A sandbox in a process of its own writes down every call. Runs of the command are killed with SIGKILL: in the middle of
a call, of a ledger's commit, of the copy's writing, or just anywhere; one to three of them in a row. Then a run is let
be, and what it leaves is compared with what the server has: every meeting on its own row, none twice, no file that is
neither the input nor the copy, the input unchanged. Prints what it did and found; exit code 1 if anything was wrong.
"""

# ruff: noqa: T201 - a soak prints
from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from importer.cli.run.state import COPIES, FINDINGS
from importer.sandbox import APP_TOKEN, Sandbox, serve
from tests.cli.rosters import cells, values, xlsx_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

LEDGER = "ledger-sandbox.sqlite3"
ORGANIZERS = 7
PATIENCE = 120.0


class Logged:
    """Writes down each meeting that was given away, before it is."""

    def __init__(self, app: Sandbox, path: Path) -> None:
        self.app = app
        self.log = path.open("a", encoding="utf-8")
        self.lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ["PATH_INFO"].endswith("/createOrGet"):
            return self.app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = io.BytesIO(body)
        answer = b"".join(self.app(environ, start_response))
        with self.lock:
            self.log.write(f"{json.loads(body)['externalId']}\t{json.loads(answer).get('joinWebUrl', '')}\n")
            self.log.flush()
        return [answer]


def serve_logged(path: Path) -> None:
    """Serve until somebody closes our input; the address is the first line of our output."""
    with Sandbox() as app, serve(Logged(app, path)) as url:
        print(url, flush=True)
        sys.stdin.read()


@contextmanager
def server(path: Path) -> Iterator[str]:
    """Return the address of a server in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.kills", "--serve", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


@dataclass
class Figures:
    """What was done and found."""

    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    lost: int = 0
    doubled: int = 0
    repeated: int = 0
    taken_over: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Soak:
    """One folder in which everything happens."""

    folder: Path
    url: str
    rows: int
    chance: random.Random
    figures: Figures = field(default_factory=Figures)
    lasts: float = 3.0

    @property
    def roster(self) -> Path:
        """The input."""
        return self.folder / "share" / "r.xlsx"

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    def start(self, *, output: int = subprocess.PIPE) -> subprocess.Popen[str]:
        """Start a run. A pipe that nobody reads until the run ends would keep it from ending."""
        environment = {
            **os.environ,
            "MEETING_IMPORTER_ACCESS_TOKEN": APP_TOKEN,
            "MEETING_IMPORTER_GRAPH_URL": self.url,
            "MEETING_IMPORTER_STATE_DIR": str(self.state),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "importer", "run", str(self.roster), "-q", "-o", "json"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
        )

    def round(self, number: int, kills: int) -> None:
        """Make a new roster, kills so many runs of it, lets one be, and looks."""
        rows = [values(f"{number}-{n}", organizer=f"o{n % ORGANIZERS}@contoso.example") for n in range(self.rows)]
        self.chance.shuffle(rows)
        xlsx_file(self.roster, rows)
        before = hashlib.sha256(self.roster.read_bytes()).digest()
        for _ in range(kills):
            self.kill_one(number)
        began = time.monotonic()
        process = self.start()
        out, err = process.communicate(timeout=PATIENCE)
        self.figures.runs += 1
        if process.returncode != 0:
            self.figures.wrong.append(f"round {number}: exit code {process.returncode}: {err[-300:]} {out[:500]}")
            return
        if kills == 0:
            self.lasts = time.monotonic() - began
        self.look(number, json.loads(out))
        if hashlib.sha256(self.roster.read_bytes()).digest() != before:
            self.figures.wrong.append(f"round {number}: the input has changed")

    def kill_one(self, number: int) -> None:
        """Kills one run at a random point."""
        kind = self.chance.choice(["call", "commit", "copy", "anywhere"])
        reached = self.point(kind, number)
        process = self.start(output=subprocess.DEVNULL)
        while process.poll() is None:
            if reached():
                process.kill()
                break
        process.communicate(timeout=PATIENCE)
        if process.returncode < 0:
            self.figures.kills[kind] += 1

    def point(self, kind: str, number: int) -> Callable[[], bool]:
        """Return a question that is answered with yes once the point is reached."""
        match kind:
            case "call":
                log, size = self.folder / "calls.log", (self.folder / "calls.log").stat().st_size
                wanted = size + self.chance.randrange(1, self.rows) * 280  # a line's length, about
                return lambda: log.stat().st_size >= min(wanted, size + 1 if self.is_full(number) else wanted)
            case "commit":
                wal, seen, left = self.state / f"{LEDGER}-wal", [0.0], [self.chance.randrange(1, 14)]
                return lambda: _changed(wal, seen, left)
            case "copy":
                after = self.chance.random() * 0.004
                return lambda: _writes(self.roster.parent, after)
            case _:
                end = time.monotonic() + self.chance.random() * self.lasts
                return lambda: time.monotonic() >= end

    def is_full(self, number: int) -> bool:
        """Return whether the server has all of this round's meetings already."""
        return len({key for key, _ in self.calls(number)}) == self.rows

    def calls(self, number: int) -> list[tuple[str, str]]:
        """Return this round's calls: external ID and link."""
        lines = (self.folder / "calls.log").read_text(encoding="utf-8").splitlines()
        found = [(key, link) for key, _, link in (line.partition("\t") for line in lines)]
        return [(key, link) for key, link in found if key.startswith(f"{number}-")]

    def look(self, number: int, result: dict[str, object]) -> None:
        """Compare what there is with what the server has."""
        calls = self.calls(number)
        server_has = dict(calls)
        figures = self.figures
        figures.repeated += len(calls) - len(server_has)
        figures.doubled += len(set(calls)) - len(server_has)
        shown = {row["External ID"]: row["Join URL"] for row in cells(self.roster.with_name("r-results.xlsx")).values()}
        lost = [key for key, link in server_has.items() if shown.get(key) != link]
        figures.lost += len(lost)
        figures.doubled += len(shown) - len(set(shown.values()))
        if len(server_has) != self.rows or lost:
            figures.wrong.append(f"round {number}: {len(server_has)} meetings, lost {lost[:5]}")
        text = json.dumps(result)
        if "run-taken-over" in text:
            figures.taken_over += int(text.partition("by then: ")[2].partition(".")[0])
        left = {path.name for path in self.roster.parent.iterdir()} - {"r.xlsx", "r-results.xlsx"}
        left |= {path.name for path in self.state.iterdir()} - {
            LEDGER,
            "locks",
            COPIES,
            FINDINGS,
            "last-run-sandbox.json",
        }
        if left:
            figures.wrong.append(f"round {number}: left behind {sorted(left)}")


def _changed(path: Path, seen: list[float], left: list[int]) -> bool:
    """Return whether the file has been written to so many times."""
    try:
        now = path.stat()
    except FileNotFoundError:
        return False
    if now.st_mtime_ns != seen[0]:
        seen[0] = now.st_mtime_ns
        left[0] -= 1
    return left[0] <= 0


def _writes(folder: Path, after: float) -> bool:
    """Return whether a copy is being written, and has been for so many seconds."""
    if not any(name.startswith(".r-results.xlsx-") for name in os.listdir(folder)):  # noqa: PTH208 - quicker
        return False
    end = time.monotonic() + after
    while time.monotonic() < end:
        pass
    return True


def main() -> int:
    """Read the arguments, soaks, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve_logged(options.serve)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "share").mkdir()
        (folder / "calls.log").touch()
        with server(folder / "calls.log") as url:
            soak = Soak(folder, url, options.rows, random.Random(options.seed))
            soak.round(0, 0)
            number = 0
            while soak.figures.kills.total() < options.kills:
                number += 1
                soak.round(number, soak.chance.choice([1, 1, 2, 3]))
    return report(soak.figures, options.rows)


def report(figures: Figures, rows: int) -> int:
    """Print the figures; return the exit code."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(figures.kills.items()))
    print(f"kills             {figures.kills.total()} ({kinds})")
    print(f"runs let be       {figures.runs} of {rows} rows")
    print(f"links lost        {figures.lost}")
    print(f"meetings doubled  {figures.doubled}")
    print(f"calls repeated    {figures.repeated}")
    print(f"rows taken over   {figures.taken_over}")
    print(f"anything wrong    {len(figures.wrong)}", *figures.wrong, sep="\n  ")
    return int(bool(figures.wrong or figures.lost or figures.doubled))


if __name__ == "__main__":
    sys.exit(main())
