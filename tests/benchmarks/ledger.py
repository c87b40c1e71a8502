"""What the ledger costs: rows a second with and without it, at full speed against a server on loopback.

    python -m tests.benchmarks.ledger [--rows 3000] [--workers 32] [--latency 0] [--rounds 7] [--folder DIR]

The run is the product's own (runner, client, commits, report); only the sheet is made up. The server is a process of
its own on the last core. Rounds with and without alternate, and the medians are compared. The folder for the ledger
should be on a real disk: a memory disk flushes for nothing.
"""

# ruff: noqa: T201 - a benchmark prints
from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core.memory import CommitQueue, NoLedger, Roster, Start, TenantScope
from importer.core.model import ANSWERED
from importer.core.plan import Plan
from importer.core.report import Report
from importer.core.row import Row
from importer.core.run import Interrupt, Run, RunOptions
from importer.graph.client import GraphClient
from importer.graph.meetings import GraphMeetings
from importer.ledger import open_ledger
from importer.ledger.opening import ThisRun
from tests.benchmarks.graph_rows import Token, make_requests, pin, server
from tests.rows import a_row

if TYPE_CHECKING:
    from importer.core.memory import Ledger
    from importer.core.row import MeetingRequest, Row


def planned(number: int, request: MeetingRequest) -> Row:
    """Return the row that the order is of."""
    return a_row(
        number=number,
        external_id=request.external_id,
        organizer=f"organizer{number % 50}@contoso.com",
        subject=request.subject,
        start=request.start,
        end=request.end,
        attendees=tuple(each.upn for each in request.attendees),
        request=request,
    )


@dataclass(frozen=True)
class Round:
    """Rows a second, CPU microseconds of this process for each row, and commits."""

    rate: float
    cpu: float
    commits: int


def measure(ledger: Ledger, root: str, rows: int, workers: int) -> Round:
    """Send that many rows the way a run does."""
    ready = [planned(number, request) for number, request in enumerate(make_requests(rows), start=2)]
    plan = Plan(tuple(ready), ())
    start = Start(
        roster=Roster("/benchmark.xlsx", ""),
        scope=TenantScope("tenant", root),
        headings=(),
        rows=plan.ready,
        started=datetime.now(UTC),
    )
    with GraphClient(root, Token()) as client:
        run = Run(
            GraphMeetings(client), RunOptions(workers=workers), now=lambda: datetime.now(UTC), interrupt=Interrupt()
        )
        report, commits = Report(plan), 0
        began, cpu = time.perf_counter(), time.process_time()
        session = ledger.open_session(start)

        def save(results: list[object]) -> None:
            nonlocal commits
            commits += 1
            session.save(results)  # type: ignore[arg-type]  # counted on the way

        results = run.results(ready)
        for result in results if isinstance(ledger, NoLedger) else CommitQueue(save).through(results):  # type: ignore[arg-type]  # both give results
            report.record(result)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert all(result.status in ANSWERED for result in report.results())
    return Round(rows / seconds, cpu / rows * 1e6, commits)


def main() -> None:
    """Read the arguments, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=3_000)
    parser.add_argument("--workers", type=int, default=32)
    parser.add_argument("--latency", type=int, nargs="+", default=[0, 50])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    pin(0, 0)
    for latency in options.latency:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder, server(latency) as root:
            compare(Path(folder), root, latency, options)


def compare(folder: Path, root: str, latency: int, options: argparse.Namespace) -> None:
    """Print the medians of alternating rounds."""
    without: list[Round] = []
    with_it: list[Round] = []
    for number in range(options.rounds):
        run = ThisRun(run_id=f"run-{number}", command="run", inputs=(), target=root, started=datetime.now(UTC))
        ledger = open_ledger(folder / "ledger.sqlite3", run)
        ledger.start()
        without.append(measure(NoLedger(), root, options.rows, options.workers))
        with_it.append(measure(ledger, root, options.rows, options.workers))
        assert not ledger.notices()
        ledger.close()
    bare, kept = (statistics.median(each.rate for each in rounds) for rounds in (without, with_it))
    bare_cpu, kept_cpu = (statistics.median(each.cpu for each in rounds) for rounds in (without, with_it))
    commits = statistics.median(each.commits for each in with_it)
    print(f"{latency} ms latency, {options.workers} workers, {options.rows} rows, {options.rounds} rounds each")
    print(f"  without {bare:7.0f} rows/s {bare_cpu:6.0f} us CPU a row")
    print(f"  with    {kept:7.0f} rows/s {kept_cpu:6.0f} us CPU a row   {commits:.0f} commits")
    print(f"  cost    {(1 - kept / bare) * 100:6.1f} % of the rate")


if __name__ == "__main__":
    main()
