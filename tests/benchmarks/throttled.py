"""Throttled runs on the real clock: what share of the allowed rate the whole command uses, and what it costs.

    python -m tests.benchmarks.throttled [--against CHECKOUT] [--rounds 3] [--rows N] [WORD ...]

The server is a process of its own on the last core, with real sockets and the limits of `tests/graph/pacing/servers.py`
on the real clock; each run is the command itself, from start to end, on the first core. `--against` runs another
checkout (with an environment in its `.venv`) in turns with this one. Words choose the cases whose names hold one.

Each line has the medians of its rounds. *used*: requests let in as a share of what the server allows from the first
one to the last, its burst included, so start-up counts for nothing; over 100 %: a window's allowance was used in its
first moments. *refused*: of the requests sent. *CPU*: the process's own, for each 1,000 rows, less that of a run of
twelve rows. *wall*: of the whole process.
"""

# ruff: noqa: T201 - a benchmark prints
from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.graph.pacing.servers import Bucket, EachUser, NoLimit, Sliding, Window, decimal, integer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.graph.pacing.servers import Header, Server

HERE = Path(__file__).parents[2]
ORGANIZERS = 50
LATENCY = 0.05
TOKEN = "x" * 1_500
"""As long as Graph's are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A limit and the roster that is run against it. `people`: look-ups count too, each question of a batch as one."""

    name: str
    make: Callable[[], Server]
    rows: int = 1_500
    header: Header = integer
    people: bool = False
    attendees: int = 0
    options: bool = False
    workers: int = 16


CASES = (
    Case(name="bucket 50/s", make=lambda: Bucket(50, 50)),
    Case(name="bucket 50/s, milliseconds", make=lambda: Bucket(50, 50), header=decimal),
    Case(name="bucket 100/s", make=lambda: Bucket(100, 100)),
    Case(name="bucket 100/s, milliseconds", make=lambda: Bucket(100, 100), header=decimal),
    Case(name="window 50 in 1 s", make=lambda: Window(50, 1, phase=0.3)),
    Case(name="window 50 in 1 s, milliseconds", make=lambda: Window(50, 1, phase=0.3), header=decimal),
    Case(name="window 150 in 3 s", make=lambda: Window(150, 3, phase=1.3)),
    Case(name="window 500 in 10 s", make=lambda: Window(500, 10, phase=6.3)),
    Case(name="sliding 500 in 10 s", make=lambda: Sliding(500, 10)),
    Case(name="people too, bucket 50/s, 1500", make=lambda: Bucket(50, 50), people=True, attendees=1_000),
    Case(name="people too, bucket 50/s, 4500", make=lambda: Bucket(50, 50), people=True, attendees=1_000, rows=4_500),
    Case(name="three calls a row, bucket 50/s", make=lambda: Bucket(50, 50), options=True, rows=500),
    Case(
        name="user 4 in 1 s, app 600 in 30 s",
        make=lambda: EachUser(lambda: Window(4, 1), Window(600, 30), ORGANIZERS),
        rows=1_200,
    ),
    Case(name="no limit, 32 workers", make=NoLimit, workers=32, rows=2_000),
)


@dataclass(slots=True)
class Tally:
    """What a server has seen. Times are seconds since its first request that counts."""

    let_in: int = 0
    refused: int = 0
    last: float = 0.0
    meetings: int = 0
    used: float = 0.0


@dataclass(slots=True)
class Graph:
    """The little of Graph that a run needs, behind a limit."""

    case: Case
    tally: Tally = field(default_factory=Tally)
    _limit: Server = field(init=False)
    _began: float | None = None
    _meetings: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._limit = self.case.make()

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], Any]:
        """Return status, headers and content."""
        if path == "/tally":
            return 200, {}, asdict(self.measured())
        path = path.removeprefix("/v1.0")
        if path == "/$batch":
            return 200, {}, {"responses": [self._part(each) for each in json.loads(body)["requests"]]}
        if "/onlineMeetings" in path:
            return self._meeting(method, path, body)
        return self._people(path)

    def measured(self) -> Tally:
        """Return what was seen so far, and what share of the limit was used."""
        return replace(self.tally, used=self.tally.let_in / max(1.0, self.case.make().allowed(self.tally.last)))

    def _part(self, question: dict[str, Any]) -> dict[str, Any]:
        status, headers, content = self._people(question["url"])
        return {"id": question["id"], "status": status, "headers": headers, "body": content}

    def _people(self, path: str) -> tuple[int, dict[str, str], Any]:
        if self.case.people and (refusal := self._refusal("people")):
            return refusal
        if "in%20(" in path or "$filter" in path:
            names = re.findall(r"'((?:[^']|'')*)'", unquote(path))
            mail = "mail%20in" in path or "mail in" in path
            return 200, {}, {"value": [] if mail else [_person(name) for name in names]}
        return 200, {}, _person(unquote(path.partition("?")[0].rpartition("/")[2]))

    def _meeting(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], Any]:
        organizer = path.split("/")[2]
        if refusal := self._refusal(organizer):
            return refusal
        if method == "POST":
            self.tally.meetings += 1
            said = json.loads(body)
            key = f"{organizer}/{said['externalId']}"
            status = 200 if key in self._meetings else 201
            meeting = self._meetings.setdefault(key, _made(organizer, said))
            self._meetings[meeting["id"]] = meeting
            return status, {}, meeting
        meeting = self._meetings[unquote(path.rpartition("/")[2])]
        if method == "PATCH":
            meeting |= json.loads(body)
        return 200, {}, meeting

    def _refusal(self, who: str) -> tuple[int, dict[str, str], Any] | None:
        now = time.monotonic()
        self._began = self._began or now
        at = now - self._began
        wait = self._limit.ask(at, who)
        if wait is None:
            self.tally.let_in += 1
            self.tally.last = at
            return None
        self.tally.refused += 1
        after = self.case.header(wait)
        headers = {} if after is None else {"Retry-After": f"{after:g}"}
        return 429, headers, {"error": {"code": "TooManyRequests", "message": "Too many requests"}}


def _person(upn: str) -> dict[str, str]:
    return {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, upn.casefold())), "userPrincipalName": upn, "mail": upn}


def _made(organizer: str, said: dict[str, Any]) -> dict[str, Any]:
    name = uuid.uuid5(uuid.NAMESPACE_DNS, f"{organizer}/{said['externalId']}").hex
    return {
        **said,
        "id": f"MSo{name}",
        "creationDateTime": "2026-12-01T09:00:00Z",
        "joinWebUrl": f"https://teams.microsoft.com/l/meetup-join/19%3ameeting_{name}{'a' * 150}",
        "audioConferencing": {"conferenceId": str(int(name[:7], 16)), "tollNumber": "+1 555"},
        "joinMeetingIdSettings": {"joinMeetingId": name[:9], "passcode": "abc", "isPasscodeRequired": True},
        "participants": {"organizer": {"identity": {"user": {"id": organizer}}}, "attendees": []},
        "chatInfo": {"threadId": f"19:meeting_{name}@thread.v2"},
    }


class _Connection(asyncio.Protocol):
    """One connection: a request arrives after half the latency, and its answer takes the other half."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._out: Any = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, found, rest = self._data.partition(b"\r\n\r\n")
        if not found:
            return
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        if len(rest) < (int(length[1]) if length else 0):
            return
        self._data = b""
        method, path = head.split(b" ", 2)[:2]
        loop = asyncio.get_running_loop()
        loop.call_later(LATENCY / 2, self._arrived, method.decode(), path.decode(), rest)

    def _arrived(self, method: str, path: str, body: bytes) -> None:
        status, headers, content = self._graph.answer(method, path, body)
        out = json.dumps(content, separators=(",", ":")).encode()
        lines = [f"HTTP/1.1 {status} X", *(f"{key}: {value}" for key, value in headers.items())]
        lines += ["Content-Type: application/json", f"Content-Length: {len(out)}", "", ""]
        loop = asyncio.get_running_loop()
        loop.call_later(LATENCY / 2, self._out.write, "\r\n".join(lines).encode() + out)


async def serve(graph: Graph, ready: Callable[[int, Callable[[], object]], None]) -> None:
    """Serve until told to end; `ready` is told the port, and what ends it from any thread."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(lambda: _Connection(graph), "127.0.0.1", 0, backlog=256)
    ready(server.sockets[0].getsockname()[1], lambda: loop.call_soon_threadsafe(over.set))
    async with server:
        await over.wait()


@contextmanager
def serving(graph: Graph) -> Iterator[str]:
    """Serve in a thread of this process; return the address."""
    told: SimpleQueue[tuple[int, Callable[[], object]]] = SimpleQueue()
    thread = threading.Thread(target=lambda: asyncio.run(serve(graph, lambda *facts: told.put(facts))))
    thread.start()
    port, end = told.get()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        end()
        thread.join()


@contextmanager
def server(case: Case) -> Iterator[str]:
    """Return the address of a server process for the case."""
    command = [sys.executable, "-m", "tests.benchmarks.throttled", "--serve", case.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=HERE) as process:
        try:
            pin(process.pid, (os.cpu_count() or 1) - 1)
            yield f"http://127.0.0.1:{int(process.stdout.readline() if process.stdout else 0)}"
        finally:
            process.kill()


def pin(process: int, core: int) -> None:
    """Keep a process on one core, so that client and server don't take each other's time."""
    if sys.platform == "linux":
        os.sched_setaffinity(process, {core})


def write_roster(path: Path, case: Case) -> None:
    """Write a roster of so many rows: organizers take turns, and so do attendees, three a row."""
    options = ("Lobby", "Chat", "Recording") if case.options else ()
    lines = [["External ID", "Subject", "Start", "End", "Time zone", "Organizer", "Attendees", *options]]
    for number in range(case.rows):
        who = (f"student{(3 * number + place) % case.attendees}@contoso.com" for place in range(3) if case.attendees)
        times = ("2031-01-13 09:00", "2031-01-13 10:00", "Europe/Berlin")
        chosen = ("organizer only", "off", "automatic") if case.options else ()
        organizer = f"organizer{number % ORGANIZERS}@contoso.com"
        lines.append([f"id-{number}", f"Lesson {number}", *times, organizer, ";".join(who), *chosen])
    path.write_text("\n".join(map(",".join, lines)) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command: the server's tally, seconds of wall and CPU."""

    tally: Tally
    wall: float
    cpu: float

    @property
    def refused(self) -> float:
        """Share of the requests."""
        return self.tally.refused / max(1, self.tally.refused + self.tally.let_in)


def environment(url: str, state: Path) -> dict[str, str]:
    """Return the environment in which the command finds the server."""
    return {
        **os.environ,
        "MEETING_IMPORTER_ACCESS_TOKEN": TOKEN,
        "MEETING_IMPORTER_GRAPH_URL": url,
        "MEETING_IMPORTER_STATE_DIR": str(state),
    }


def tally_of(url: str) -> Tally:
    """Ask the server what it has seen."""
    with urllib.request.urlopen(f"{url}/tally") as answer:  # noqa: S310 - our own server
        return Tally(**json.load(answer))


def run(checkout: Path, case: Case) -> Run:
    """Run the command of a checkout against a fresh server."""
    with tempfile.TemporaryDirectory() as folder, server(case) as url:
        roster = Path(folder) / "roster.csv"
        write_roster(roster, case)
        command = [_python(checkout), "-m", "importer", "run", str(roster)]
        command += ["--workers", str(case.workers)]
        with (Path(folder) / "out").open("wb") as out, (Path(folder) / "err").open("wb") as err:
            began = time.monotonic()
            child = subprocess.Popen(
                command, stdout=out, stderr=err, cwd=folder, env=environment(url, Path(folder) / "state")
            )
            pin(child.pid, 0)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            wall = time.monotonic() - began
        if child.returncode:
            sys.exit(f"{command}: exit code {child.returncode}\n{(Path(folder) / 'err').read_text()[-2000:]}")
        tally = tally_of(url)
        assert tally.meetings == case.rows, tally
        return Run(tally, wall, used.ru_utime + used.ru_stime)


def _python(checkout: Path) -> str:
    return str(checkout / ".venv/bin/python") if checkout != HERE else sys.executable


def report(case: Case, checkout: Path, runs: list[Run], start_up: float) -> None:
    """Print a line."""

    def median(of: Callable[[Run], float]) -> float:
        return statistics.median(map(of, runs))

    used, refused = 100 * median(lambda each: each.tally.used), 100 * median(lambda each: each.refused)
    cpu = (median(lambda each: each.cpu) - start_up) / case.rows * 1000
    wall, last = median(lambda each: each.wall), median(lambda each: each.tally.last)
    spread = " ".join(f"{100 * each.tally.used:.1f}" for each in runs)
    print(
        f"{case.name:34} {checkout.name:8} used {used:6.1f} %  refused {refused:5.2f} %  "
        f"CPU {cpu:5.2f} s/1,000  wall {wall:6.1f} s  sending {last:6.1f} s  [{spread}]",
        flush=True,
    )


def wanted(case: Case, words: Sequence[str]) -> bool:
    """Return whether the words choose the case: by its whole name, or where they are no case's name by a part."""
    names = {each.name for each in CASES}
    return not words or any(word == case.name if word in names else word in case.name for word in words)


def main() -> None:
    """Read the arguments, run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--against", type=Path, action="append", default=[], metavar="CHECKOUT")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int)
    parser.add_argument("word", nargs="*")
    given = parser.parse_args()
    if given.serve:
        (case,) = (each for each in CASES if each.name == given.serve)
        asyncio.run(serve(Graph(case), lambda port, _end: print(port, flush=True)))
    checkouts = [HERE, *(path.resolve() for path in given.against)]
    few = replace(CASES[-1], rows=12)
    start_up = {each: statistics.median(run(each, few).cpu for _ in range(given.rounds)) for each in checkouts}
    print("CPU of twelve rows:", ", ".join(f"{each.name} {seconds:.2f} s" for each, seconds in start_up.items()))
    for case in CASES:
        if not wanted(case, given.word):
            continue
        sized = replace(case, rows=given.rows or case.rows)
        runs: dict[Path, list[Run]] = {each: [] for each in checkouts}
        for _ in range(given.rounds):
            for each in checkouts:
                runs[each].append(run(each, sized))
        for each in checkouts:
            report(sized, each, runs[each], start_up[each])
        print(f"  load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
