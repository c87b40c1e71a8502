"""This checkout and an older one in turn, as whole processes: what a change costs, and what it saves.

    python -m tests.benchmarks.side_by_side OLD_CHECKOUT [--pairs 3] [--only WORD]

Both run with this interpreter and its libraries, from bytecode of their own. Each line is one command: the median of
its seconds, its seconds of a processor (for each row too, where rows are sent), and its peak of memory, old and new;
and the median of the pairs' ratios, new by old. A pair runs right after each other, so that a machine's moods hit both.
"""

# ruff: noqa: T201 - a benchmark prints
from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from importer.sandbox import Sandbox, serve
from tests.benchmarks.workbook_copy import make
from tests.cli.rosters import csv_file, let_in, values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

HERE = Path(__file__).parents[2]
LARGE = 100_000


class Cost(NamedTuple):
    """What a process took: seconds, seconds of a processor, megabytes at its peak."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Measure:
    """A command to measure. `rows` are sent to a Graph that takes `latency` seconds for a call; `again`: once more."""

    name: str
    line: tuple[str, ...]
    rows: int = 0
    latency: float | None = None
    again: tuple[str, ...] | None = None


WARM_UP = Measure("run, 12 rows", ("run", "12.csv", "--sandbox"), rows=12)
MEASURES = (
    Measure("--help", ("--help",)),
    WARM_UP,
    Measure("run, 2,000 rows at 50 ms", ("run", "2000.csv"), rows=2_000, latency=0.05),
    Measure("run, 5,000 rows at 0 ms", ("run", "5000.csv"), rows=5_000, latency=0),
    Measure("second night, 2,000 rows", ("run", "2000.csv"), rows=2_000, latency=0, again=("run", "2000.csv")),
    Measure(
        "second night, --only-changed",
        *(("run", "2000.csv"), 2_000, 0),
        again=("run", "2000.csv", "--only-changed"),
    ),
    Measure(f"validate, {LARGE:,} x 12", ("validate", "large.xlsx", "-o", "none")),
    Measure(f"validate and copy, {LARGE:,} x 12", ("validate", "large.xlsx", "-o", "none", "--result", "copy.xlsx")),
)


class Slow:
    """A Graph that takes its time for every call."""

    def __init__(self, app: Sandbox, latency: float) -> None:
        self.app, self.latency = app, latency

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        time.sleep(self.latency)
        return self.app(environ, start_response)


@contextmanager
def graph(latency: float | None) -> Iterator[dict[str, str]]:
    """Serve a fresh Graph in a process of its own; return the environment in which a command finds it."""
    if latency is None:
        yield {}
        return
    command = [sys.executable, "-m", __spec__.name, "--serve", str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE) as server:
        assert server.stdout is not None
        yield let_in(server.stdout.readline().strip())
        server.kill()


def cost(checkout: Path, folder: Path, line: Iterable[str], environment: dict[str, str]) -> Cost:
    """Return what a command of a checkout takes in `folder`."""
    with (folder / "printed").open("w") as printed:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "importer", *line], cwd=folder, stdout=printed, stderr=printed, env=environment
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 4}:
        raise SystemExit(
            f"{checkout}: {list(line)} ended with {process.returncode}\n{(folder / 'printed').read_text()}"
        )
    return Cost(time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measured(checkout: Path, folder: Path, measure: Measure) -> Cost:
    """Return what a command takes, with nothing remembered but, where it is `again`, by the run before."""
    for copy in [*folder.glob("*-results.csv"), *folder.glob("copy.xlsx")]:
        copy.unlink()
    with tempfile.TemporaryDirectory() as state, graph(measure.latency) as way:
        scope = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        bytecode = {"PYTHONPATH": str(checkout), "PYTHONPYCACHEPREFIX": str(folder / f"of-{checkout.name}")}
        environment = {**scope, **bytecode, **way, "MEETING_IMPORTER_STATE_DIR": state}
        found = cost(checkout, folder, measure.line, environment)
        return cost(checkout, folder, measure.again, environment) if measure.again else found


def write_rosters(folder: Path) -> None:
    """Write what is read. In a process of its own: what a child's peak begins with is the memory of its parent."""
    for rows in (12, 2_000, 5_000):
        roster = [values(f"id-{n}", organizer=f"o{n % 50}@contoso.example") for n in range(rows)]
        csv_file(folder / f"{rows}.csv", roster)
    make(folder / "large.xlsx", LARGE)


def row(name: str, rows: int, pairs: list[tuple[Cost, Cost]]) -> str:
    """Return the line of the table for one measure."""
    sides = [Cost(*map(median, zip(*side, strict=True))) for side in zip(*pairs, strict=True)]
    ratios = [median(new[at] / old[at] for old, new in pairs) for at in range(3)]
    texts = [f"{side.wall:7.2f} s {side.cpu:7.2f} s {side.memory:6.0f} MB" for side in sides]
    each = " ".join(f"{rows / side.wall:5.0f}/s {1000 * side.cpu / rows:5.2f} ms" for side in sides) if rows else ""
    return f"{name:34} | {' | '.join(texts)} | {' '.join(f'{ratio:.2f}' for ratio in ratios)} | {each}"


def main() -> None:
    """Measure, and print a line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", nargs="?", type=Path)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make is not None:
        write_rosters(asked.make)
        return
    if asked.serve is not None:
        with Sandbox() as app, serve(Slow(app, asked.serve)) as url:
            print(url, flush=True)
            sys.stdin.read()
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for rows in (12, 2_000, 5_000):
            csv_file(
                folder / f"{rows}.csv", [values(f"id-{n}", organizer=f"o{n % 50}@contoso.example") for n in range(rows)]
            )
        make(folder / "large.xlsx", LARGE)
        print(f"{'wall, processor, memory':34} | {'old':27} | {'new':27} | new by old     | rows")
        old, new = asked.old.resolve(), HERE
        for checkout in (old, new):
            measured(checkout, folder, WARM_UP)
        for measure in MEASURES:
            if asked.only in measure.name:
                pairs = [(measured(old, folder, measure), measured(new, folder, measure)) for _ in range(asked.pairs)]
                print(row(measure.name, measure.rows, pairs), flush=True)


if __name__ == "__main__":
    main()
