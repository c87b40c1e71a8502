"""Whole processes of the command on much work: seconds, processor time and memory, side by side with an older checkout.

    python -m tests.benchmarks.whole validate|copy|run|small|night|folder|growth [--against CHECKOUT] [--rounds 3]

Each line is the median of the rounds, which alternate between the checkouts and whoever does the same work otherwise;
a checkout needs its own `.venv`. Below them the machine's load is said: with others at work only ratios mean anything.

validate  100,000 rows of 12 columns; pandas.read_excel reads them and does nothing else
copy      results for 100,000 rows, and the copy compared with its original; openpyxl writes them and compares nothing
run       20,000 rows, 1,000 people, 16 workers, a server on the same processors that answers at once
small     12 rows from the command's start to its end, against the same server
night     three files of which nothing has changed since the night before, with --only-changed
folder    60 files that were just written
growth    validate, copy and run of 1,000, 10,000 and 100,000 rows: milliseconds of processor time and bytes for a row
"""

# ruff: noqa: T201 - a benchmark prints
from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tests.benchmarks.graph_rows import MEETING
from tests.benchmarks.workbook_copy import make

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

HERE = Path(__file__).parents[2]
TOKEN = "x" * 1_500
SOME_ROWS = 4
"""Exit code where a few rows are refused: among so many are times that a change of clocks skips."""
PEOPLE = 500
"""A thousand distinct attendees of a run, two in each row."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one process took: seconds, seconds of its processor time, and its peak of memory in MiB."""

    wall: float
    cpu: float
    peak: float


def alone(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Figure:
    """Run a command to its end; return what it took. Raise where it fails."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **environment}, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status) not in {0, SOME_ROWS}:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)}: {said.read().decode()[-2000:]}")
    return Figure(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def ours(checkout: Path, *arguments: str) -> list[str]:
    """Return the command of a checkout."""
    return [str(checkout / ".venv/bin/python"), "-m", "importer", *arguments]


Work = tuple["Sequence[str]", Path, "Mapping[str, str]"]


def always(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Callable[[], Work]:
    """Return what gives the same work in each round."""
    return lambda: (command, folder, environment or {})


def compared(title: str, rounds: int, works: Mapping[str, Callable[[], Work]], per: int = 0) -> None:
    """Print a line for each of the works. `per`: so many rows, of which the rate is told as well."""
    figures: dict[str, list[Figure]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, prepare in works.items():
            figures[name].append(alone(*prepare()))
    print(f"\n{title}, {rounds} rounds, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    first = median(each.wall for each in figures[next(iter(works))])
    for name, found in figures.items():
        wall, cpu, peak = (median(getattr(each, key) for each in found) for key in ("wall", "cpu", "peak"))
        rate = f" {per / wall:7.0f} rows/s {cpu / per * 1e3:7.3f} ms a row" if per else ""
        print(
            f"  {name:20} {wall:7.2f} s {cpu:7.2f} s CPU {peak:6.0f} MiB{rate}   ours takes {first / wall:5.2f} of it"
        )


class Table:
    """What a row of the table needs: the checkouts, a folder, and the address of the server."""

    def __init__(self, folder: Path, against: Path | None, rounds: int, root: str) -> None:
        self.folder = folder
        self.rounds = rounds
        self.root = root
        self.checkouts = {"this": HERE, **({"against": against} if against else {})}
        self._count = 0

    def roster(self, rows: int, name: str = "roster", people: int = 10**9) -> Path:
        """Return a roster of that many rows, made once."""
        path = self.folder / f"{name}-{rows}" / f"{rows}.xlsx"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            make(path, rows, people=people)
        return path

    def fresh(self) -> dict[str, str]:
        """Return the environment of a run that remembers nothing."""
        self._count += 1
        return {
            "MEETING_IMPORTER_ACCESS_TOKEN": TOKEN,
            "MEETING_IMPORTER_GRAPH_URL": self.root,
            "MEETING_IMPORTER_STATE_DIR": str(self.folder / f"state-{self._count}"),
        }

    def validate(self, rows: int = 100_000) -> None:
        path = str(self.roster(rows))
        read = f"import pandas; pandas.read_excel({path!r}, dtype=object)"
        works = {name: always(ours(at, "validate", path, "-q"), at) for name, at in self.checkouts.items()}
        works["pandas.read_excel"] = always([sys.executable, "-W", "ignore", "-c", read], HERE)
        compared(f"validate {rows:,} rows", self.rounds, works, rows)

    def copy(self, rows: int = 100_000) -> None:
        path = str(self.roster(rows))
        task = ["-W", "ignore", "-m", "tests.benchmarks.workbook_copy", "--task"]
        works = {
            name: always([str(at / ".venv/bin/python"), *task, "copy: ours, checked", path], at)
            for name, at in self.checkouts.items()
        }
        works["openpyxl"] = always([sys.executable, *task, "copy: openpyxl", path], HERE)
        compared(f"copy of {rows:,} rows, checked", self.rounds, works, rows)

    def run(self, rows: int = 20_000) -> None:
        path = str(self.roster(rows, "run", PEOPLE))
        compared(f"run of {rows:,} rows", self.rounds, self._runs(path, "--workers", "16"), rows)

    def small(self) -> None:
        path = str(self.roster(12, "small"))
        compared("run of 12 rows", self.rounds, self._runs(path))

    def folder_of_fresh_files(self, files: int = 60) -> None:
        places: dict[str, Path] = {}
        for name in self.checkouts:
            places[name] = self.folder / f"fresh-{name}"
            places[name].mkdir()
            for number in range(files):
                make(places[name] / f"{number}.xlsx", 1, prefix=f"M{number}")

        def work(name: str, checkout: Path) -> Work:
            for path in places[name].iterdir():
                path.touch()
            return ours(checkout, "run", str(places[name])), checkout, self.fresh()

        works = {name: partial(work, name, at) for name, at in self.checkouts.items()}
        compared(f"a folder of {files} fresh files", 1, works)

    def night(self) -> None:
        works: dict[str, Callable[[], Work]] = {}
        for name, at in self.checkouts.items():
            place = self.folder / f"night-{name}"
            place.mkdir()
            for rows in (12, 13, 14):
                make(place / f"{rows}.xlsx", rows, prefix=f"M{rows}")
            run, state = ours(at, "run", str(place), "--settle", "0", "--only-changed"), self.fresh()
            alone(run, at, state)
            works[name] = always(run, at, state)
        compared("the second night of 3 files", self.rounds, works)

    def growth(self) -> None:
        for rows in (1_000, 10_000, 100_000):
            self.validate(rows)
            self.copy(rows)
            self.run(rows)

    def _runs(self, path: str, *options: str) -> dict[str, Callable[[], Work]]:
        def work(at: Path) -> Work:
            environment = self.fresh()
            place = self.folder / f"run-{self._count}"
            place.mkdir()
            return ours(at, "run", shutil.copy(path, str(place)), "-q", *options), at, environment

        return {name: partial(work, at) for name, at in self.checkouts.items()}


ANSWER = json.dumps(
    {**MEETING, "id": "MSo-@ID@", "externalId": "@ID@", "joinWebUrl": "https://teams.microsoft.com/l/meetup-join/@ID@"}
)
_ID = re.compile(rb'"externalId": ?"([^"]+)"')
_NAMED = re.compile(r"'([^']+)'")


def serve() -> None:
    """Answer as Graph would that has everybody and no meeting yet, with as little work as an answer can be."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_connected, args=(connection,), daemon=True).start()


def _connected(connection: socket.socket) -> None:
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            if not (more := connection.recv(65536)):
                return
            data += more
        head, _, data = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        missing = int(length[1]) if length else 0
        while len(data) < missing:
            data += connection.recv(65536)
        body, data = data[:missing], data[missing:]
        found = _ID.search(body)
        if found:
            status, said = 201, ANSWER.replace("@ID@", found[1].decode())
        else:
            status, said = 200, _batch(body) if body else json.dumps(_people(head.split(b" ", 2)[1].decode()))
        content = said.encode()
        line = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        connection.sendall(line.encode() + content)


def _batch(body: bytes) -> str:
    """Return that everybody is there who is asked for."""
    asked = json.loads(body)["requests"]
    answers = [{"id": each["id"], "status": 200, "headers": {}, "body": _people(each["url"])} for each in asked]
    return json.dumps({"responses": answers})


def _people(url: str) -> dict[str, object]:
    """Return those whom the address of a question names: one, or those of a filter."""
    path, _, query = unquote(url).partition("?")
    names = [name for name in _NAMED.findall(query) if "@" in name] or [path.rpartition("/")[2]]
    people = [{"id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)), "userPrincipalName": name} for name in names]
    return {"value": people} if "$filter" in query else {**people[0]}


@contextmanager
def server() -> Iterator[str]:
    """Return the address of a server process while the block runs."""
    with subprocess.Popen([sys.executable, "-m", "tests.benchmarks.whole", "--serve"], cwd=HERE, stdout=-1) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline() if process.stdout else 0)}/v1.0"
        finally:
            process.kill()


def main() -> None:
    """Read the arguments, measure and print."""
    names = ("validate", "copy", "run", "small", "night", "folder", "growth")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", choices=[*names, []], default=[])
    parser.add_argument("--against", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
    with tempfile.TemporaryDirectory() as folder, server() as root:
        table = Table(Path(folder), options.against, options.rounds, root)
        for name in options.rows or names[:-1]:
            (table.folder_of_fresh_files if name == "folder" else getattr(table, name))()


if __name__ == "__main__":
    main()
