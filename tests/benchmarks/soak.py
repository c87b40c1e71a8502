"""A long run under fire: mixed faults, and tokens that live a minute; memory and threads are watched.

    python tests/benchmarks/soak.py [--rows 50000] [--faults 0.02] [--token-seconds 60]

Graph is imitated in another process. Every row must end with the one meeting of its key, and its own link.
"""

# ruff: noqa: T201 - a benchmark prints
from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core.model import Status
from importer.core.plan import PeopleOptions, assign
from importer.core.run import Interrupt, Run, RunOptions
from importer.graph import Gates
from importer.graph.auth.credentials import Secret
from importer.graph.auth.source import RenewingToken, Token, TokenRequest
from importer.graph.client import GraphClient
from importer.graph.meetings import GraphMeetings
from importer.graph.pacing import Limits, SharedGate
from importer.graph.users import GraphDirectory
from importer.sandbox import APP_TOKEN, Access, Sandbox, serve
from tests.rows import a_row
from tests.sandbox.faults import Break, Deny, Fault, Faulty, Refuse, Wait

if TYPE_CHECKING:
    from importer.core.row import Row

FAULTS: tuple[Fault, ...] = (
    *Break,
    *(Refuse(status) for status in (500, 502, 504, 507)),
    *(Deny(status) for status in (500, 504)),
)
"""Nine in ten faults are these; the tenth is a 429 with a fraction of a second to wait."""
RARE: Fault = Refuse(429, Wait.DECIMAL)


def serve_until_closed(share: float, seconds: float) -> None:
    """The other process: prints its address, serves until its standard input is closed, prints what it has."""

    def access_of(token: str) -> Access | None:
        made = float(token.rpartition("-")[2])
        return Access.APP if time.time() - made < seconds else None

    def plan(call: str, attempt: int) -> Fault | None:
        drawn = hash((call, attempt)) % 100_000 / 100_000
        if attempt % 4 == 0 or drawn >= share:
            return None
        return RARE if drawn < share / 10 else FAULTS[int(drawn * 1e5) % len(FAULTS)]

    with Sandbox(access_of=access_of) as app:
        faulty = Faulty(app, plan, seconds=0.2)
        with serve(faulty) as url:
            print(url, flush=True)
            sys.stdin.read()
        keys = {meeting.key: meeting.names.join_url for meeting in app.meetings}
        print(sum(faulty.injected.values()), len(app.meetings), len(keys), flush=True)


def sign_in(seconds: float) -> RenewingToken:
    """Return tokens that say when they were made, and end when the server says so."""

    def step(wanted: TokenRequest) -> Token:
        return Token(Secret(f"{APP_TOKEN}-{time.time()}"), seconds * 3)  # it claims more than it keeps: 401s come

    return RenewingToken(step)


def memory() -> float:
    """Return this process's memory in MB, as Linux counts it."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def rows(count: int) -> list[Row]:
    return [
        a_row(
            number=number,
            external_id=f"id-{number:06}",
            organizer=f"org{number % 211}@contoso.example",
            subject=f"Lesson {number}",
            start=datetime(2031, 1, 13, 9, tzinfo=UTC),
            end=datetime(2031, 1, 13, 10, tzinfo=UTC),
            attendees=(f"p{number % 997}@contoso.example", f"q{number % 499}@contoso.example"),
        )
        for number in range(2, count + 2)
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--faults", type=float, default=0.02)
    parser.add_argument("--token-seconds", type=float, default=60)
    parser.add_argument("--serve", action="store_true")
    given = parser.parse_args()
    if given.serve:
        serve_until_closed(given.faults, given.token_seconds)
        return
    command = [sys.executable, __file__, "--serve", "--faults", str(given.faults)]
    command += ["--token-seconds", str(given.token_seconds)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None
    assert server.stdout is not None
    url = server.stdout.readline().strip()
    threads, began = threading.active_count(), time.monotonic()
    links: set[int] = set()
    ended = good = 0
    with GraphClient(url, sign_in(given.token_seconds), gates=Gates(SharedGate(Limits(workers=16)))) as client:
        assigned = assign(rows(given.rows), GraphDirectory(client), PeopleOptions())
        run = Run(GraphMeetings(client), RunOptions(workers=16), now=lambda: datetime.now(UTC), interrupt=Interrupt())
        for result in run.results(assigned.ready):
            ended += 1  # the results themselves are not kept, so that what grows is a leak
            good += result.status in {Status.CREATED, Status.EXISTING}
            links |= {hash(result.meeting.join_url)} if result.meeting else set()
            if ended % 5_000 == 0:
                print(f"{ended:6} rows  {time.monotonic() - began:6.1f} s  {memory():6.1f} MB")
    server.stdin.close()
    faults, meetings, keys = map(int, server.stdout.read().split())
    print(f"rows {ended}, made or found {good}, links {len(links)}, meetings {meetings}, keys {keys}")
    print(f"faults {faults}, ended early: {run.ending}, threads left behind {threading.active_count() - threads}")


if __name__ == "__main__":
    main()
