"""A soak of calendars: runs are killed at random points under faults, and nobody may be invited twice, or not at all.

    python -m tests.benchmarks.invitations [--kills 100] [--faults 0.3] [--rows 24] [--seed 1]

Graph is imitated by another process: the sandbox has the meetings, the tests' strict calendars the events, which count
what people are mailed. Of all calls about either, the given share fails: the connection breaks before or after the work
was done, answers arrive in part or as an error although the work was done, or are refused. Each round makes a list,
changes it (times, people, the order of its rows), takes rows out and cancels them, and puts them back. Runs and
cancellations are killed with SIGKILL in between; then one is let be, and the calendars are compared with the list.
Prints what it did and found; exit code 1 if anything was wrong.
"""

# ruff: noqa: T201 - a soak prints
from __future__ import annotations

import argparse
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.core.inviting import event_key
from importer.sandbox import APP_TOKEN, Hangup, Sandbox, serve
from tests.cli.rosters import csv_file, values
from tests.graph.strict_calendars import StrictCalendars, instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

ORGANIZERS = 3
PATIENCE = 180.0
USED = ("same", "conflict", "bad")


class Server:
    """The sandbox with strict calendars, both of which fail now and then. `/stats` says what the calendars have."""

    def __init__(self, share: float, seed: int, log: Path) -> None:
        self.sandbox = Sandbox()
        self.calendars = StrictCalendars()
        self.share = share
        self.chance = random.Random(seed)
        self.log = log.open("a", encoding="utf-8")
        self.lock = threading.Lock()
        self.faults: Counter[str] = Counter()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["RAW_URI"]
        if path.endswith("/stats"):
            return _json(start_response, 200, self._stats())
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        in_calendar = self.calendars.knows(path)
        if not in_calendar and "onlineMeetings" not in path:
            return self.sandbox(environ, start_response)
        with self.lock:
            self.log.write(f"{method}\n")
            self.log.flush()
            kinds = ["reset", "refused", "throttled", "lost", "cut", "denied"]
            fault = self.chance.choice(kinds) if self.chance.random() < self.share else ""
            self.faults[fault] += 1
            self.calendars.used = self.chance.choice(USED)
        if fault == "reset":
            raise Hangup
        if fault in {"refused", "throttled"}:
            status = 503 if fault == "refused" else 429
            start_response(f"{status} x", [("Content-Type", "application/json"), ("Retry-After", "0.1")])
            return [b'{"error": {"code": "x", "message": "x"}}']
        if in_calendar:
            status, content = self._of_calendar(method, path, environ)
        else:
            status, content = self._of_sandbox(environ)
        if fault == "lost":
            raise Hangup
        if fault == "cut":
            raise Hangup(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")
        if fault == "denied":
            return _json(start_response, 500, {"error": {"code": "InternalServerError", "message": ""}})
        start_response(f"{status} x", [("Content-Type", "application/json")])
        return [content]

    def _of_calendar(self, method: str, path: str, environ: WSGIEnvironment) -> tuple[int, bytes]:
        content = environ["wsgi.input"].read()
        with self.calendars.at_once(path) as too_many:
            if too_many:
                said: Any = {"error": {"code": "ApplicationThrottled", "message": "MailboxConcurrency"}}
                return 429, json.dumps(said).encode()
            headers = {"prefer": environ.get("HTTP_PREFER", "")}
            status, said = self.calendars.answer(method, path, headers, json.loads(content) if content else None)
            return status, b"" if said is None else json.dumps(said).encode()

    def _of_sandbox(self, environ: WSGIEnvironment) -> tuple[int, bytes]:
        head: list[str] = []
        content = b"".join(self.sandbox(environ, lambda status, _headers, _error=None: head.append(status)))  # type: ignore[arg-type] # only the status is wanted
        return int(head[0].split()[0]), content

    def _stats(self) -> dict[str, Any]:
        with self.calendars.lock:
            events = [
                {"key": each["key"], "start": f"{instant(each['start']):%Y-%m-%d %H:%M}", "people": _people(each)}
                for each in self.calendars.events.values()
            ]
            mails = [[*mail, count] for mail, count in self.calendars.mails.items()]
        meetings = [meeting.external_id for meeting in self.sandbox.meetings]
        faults = {name or "none": count for name, count in self.faults.items()}
        crowded = self.calendars.crowded
        return {"events": events, "mails": mails, "meetings": meetings, "faults": faults, "crowded": crowded}


def _people(event: dict[str, Any]) -> list[str]:
    return sorted(each["emailAddress"]["address"].casefold() for each in event["attendees"])


def _json(start_response: StartResponse, status: int, said: object) -> list[bytes]:
    start_response(f"{status} x", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]


@contextmanager
def server(share: float, seed: int, log: Path) -> Iterator[str]:
    """Return the address of a server in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.invitations", "--serve", str(log)]
    command += ["--faults", str(share), "--seed", str(seed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


@dataclass
class Lesson:
    """A row as it is to be."""

    external_id: str
    organizer: str
    hour: int = 9
    people: tuple[str, ...] = ("bo@contoso.example", "chloe@contoso.example")

    @property
    def cells(self) -> list[Any]:
        return values(
            self.external_id,
            organizer=self.organizer,
            start=f"2031-01-13 {self.hour:02}:00",
            end=f"2031-01-13 {self.hour + 1:02}:00",
            time_zone="UTC",
            attendees=";".join(self.people),
        )

    @property
    def key(self) -> str:
        return event_key(self.external_id, "")


@dataclass
class Soak:
    """One folder in which everything happens, and what was found."""

    folder: Path
    url: str
    chance: random.Random
    rows: int
    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    double_events: int = 0
    double_mails: int = 0
    missing: int = 0
    cancelled: int = 0
    kept: int = 0
    wrong: list[str] = field(default_factory=list)
    expected: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """What people are to be mailed: what it is, the event's key, and to whom."""

    @property
    def log(self) -> Path:
        return self.folder / "calls.log"

    def command(self, verb: str, roster: Path, *options: str) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "MEETING_IMPORTER_ACCESS_TOKEN": APP_TOKEN,
            "MEETING_IMPORTER_GRAPH_URL": self.url,
            "MEETING_IMPORTER_STATE_DIR": str(self.folder / "state"),
        }
        line = [sys.executable, "-m", "importer", verb, str(roster), "-q", "-o", "json", *options]
        pipe = subprocess.PIPE
        return subprocess.Popen(line, env=environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)

    def through(self, what: str, verb: str, roster: Path, *options: str, kills: int) -> dict[str, Any]:
        """Kill so many of these commands, then let one be; return its result."""
        for _ in range(kills):
            process = self.command(verb, roster, *options)
            size = self.log.stat().st_size + self.chance.randrange(1, 2 * self.rows) * len("PATCH\n")
            end = time.monotonic() + PATIENCE
            while process.poll() is None and self.log.stat().st_size < size and time.monotonic() < end:
                time.sleep(0.001)
            if process.poll() is None:
                time.sleep(self.chance.random() * 0.02)
                process.kill()
            process.communicate(timeout=PATIENCE)
            self.kills[what] += process.returncode < 0
        for _ in range(3):  # under so many faults one can fail for good, and says so: then it is to be run again
            process = self.command(verb, roster, *options)
            out, err = process.communicate(timeout=PATIENCE)
            self.runs += 1
            if process.returncode in (0, 2):
                return dict(json.loads(out)) if out else {}
        self.wrong.append(f"{what} of {roster.name}: exit code {process.returncode}: {err[-200:]} {out[:600]}")
        return {}

    def round(self, number: int, kills: int) -> None:
        """Make a list, change it, take rows out, and put them back."""
        roster = self.folder / f"r{number}.csv"
        lessons = [Lesson(f"{number}-{n}", f"o{n % ORGANIZERS}@contoso.example") for n in range(self.rows)]
        self._write(roster, lessons)
        self.through("made", "run", roster, "--calendar", "--yes", kills=kills)
        self.expected.update(("invitation", each.key, person) for each in lessons for person in each.people)
        self.look(f"{number} made", lessons)

        for each in lessons[::3]:
            each.hour = 11
            self.expected.update(("update", each.key, person) for person in each.people)
        for each in lessons[1::3]:
            each.people = (*each.people, f"new{number}@contoso.example")
            self.expected["invitation", each.key, each.people[-1]] += 1
        self._write(roster, lessons)
        self.through("changed", "run", roster, "--calendar", "--update", kills=kills)
        self.look(f"{number} changed", lessons)

        gone, left = lessons[: self.rows // 4], lessons[self.rows // 4 :]
        self._write(roster, left)
        self.through("gone", "run", roster, "--calendar", kills=0)
        self._cancel(roster, kills)
        there = set(
            self.stats()["meetings"]
        )  # one whose making was never heard of is not known to be ours, and is kept
        kept = [each for each in gone if each.external_id in there]
        gone = [each for each in gone if each.external_id not in there]
        self.cancelled += len(gone)
        self.kept += len(kept)
        self.expected.update(("cancellation", each.key, person) for each in gone for person in each.people)
        self.look(f"{number} gone", [*kept, *left])

        self._write(roster, lessons)
        self._remake(roster, kills)
        self.expected.update(("invitation", each.key, person) for each in gone for person in each.people)
        self.look(f"{number} back", lessons)

    def _cancel(self, roster: Path, kills: int) -> None:
        """Cancel the rows that are gone; a killed call has left fewer of them."""
        for left in range(kills, -1, -1):
            process = self.command("cancel", roster, "--gone", "--dry-run")
            out, _ = process.communicate(timeout=PATIENCE)
            counts = json.loads(out)["files"][0]["counts"] if out else {}
            if not (count := counts.get("not attempted", 0)):
                return
            self.through("cancelled", "cancel", roster, "--gone", "--yes", "--expect", f"{count}", kills=int(left > 0))

    def _remake(self, roster: Path, kills: int) -> None:
        """Put the rows back: once one was killed, those that it has made again are no longer asked for."""
        self.through("back", "run", roster, "--calendar", "--remake", kills=kills)

    def _write(self, roster: Path, lessons: list[Lesson]) -> None:
        shuffled = [each.cells for each in lessons]
        self.chance.shuffle(shuffled)
        csv_file(roster, shuffled)

    def look(self, when: str, lessons: list[Lesson]) -> None:
        """Compare the calendars with the list."""
        stats = self.stats()
        prefix = f"{lessons[0].external_id.partition('-')[0]}-"
        keys = {event_key(f"{prefix}{n}", "") for n in range(1000)}
        events = [event for event in stats["events"] if event["key"] in keys]
        counted = Counter(event["key"] for event in events)
        self.double_events += sum(count - 1 for count in counted.values())
        wanted = {each.key: (f"2031-01-13 {each.hour:02}:00", sorted(each.people)) for each in lessons}
        found = {event["key"]: (event["start"], event["people"]) for event in events}
        if found != wanted:
            self.missing += len(wanted.keys() - found.keys())
            differing = [key for key in wanted if key in found and found[key] != wanted[key]]
            self.wrong.append(f"{when}: {len(found)} events of {len(wanted)}, {len(differing)} say something else")
        mailed = Counter({(what, key, person): count for what, _, key, person, count in stats["mails"]})
        more, less = mailed - self.expected, self.expected - mailed
        self.double_mails += more.total()
        self.missing += less.total()
        if more or less:
            self.wrong.append(f"{when}: mails too many {dict(more)}, too few {dict(less)}"[:400])
            self.expected = mailed

    def stats(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/stats", timeout=30) as answer:  # noqa: S310 - our own server
            return dict(json.load(answer))


def main() -> int:
    """Read the arguments, soak, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--faults", type=float, default=0.3)
    parser.add_argument("--rows", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve is not None:
        with serve(Server(given.faults, given.seed, given.serve)) as url:
            print(url, flush=True)
            sys.stdin.read()
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "calls.log").touch()
        with server(given.faults, given.seed, folder / "calls.log") as url:
            soak = Soak(folder, url, random.Random(given.seed), given.rows)
            number = 0
            while soak.kills.total() < given.kills:
                number += 1
                soak.round(number, soak.chance.choice([2, 3, 4]))
                print(f"round {number}: {soak.kills.total()} kills, wrong {len(soak.wrong)}", flush=True)
            stats = soak.stats()
    return report(soak, stats)


def report(soak: Soak, stats: dict[str, Any]) -> int:
    """Print the figures; return the exit code."""
    faults = ", ".join(f"{count} {name}" for name, count in sorted(stats["faults"].items()))
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(soak.kills.items()))
    print(f"kills                {soak.kills.total()} ({kinds})")
    print(f"calls                {faults}")
    print(f"runs let be          {soak.runs} of {soak.rows} rows")
    print(f"events, mails        {len(stats['events'])}, {sum(mail[-1] for mail in stats['mails'])}")
    print(f"cancelled, kept      {soak.cancelled}, {soak.kept} (not known to be ours)")
    print(f"double events        {soak.double_events}")
    print(f"double mails         {soak.double_mails}")
    print(f"missing              {soak.missing}")
    print(f"five at a mailbox    {stats['crowded']}")
    print(f"anything wrong       {len(soak.wrong)}", *soak.wrong, sep="\n  ")
    return int(bool(soak.wrong or soak.double_events or soak.double_mails or soak.missing))


if __name__ == "__main__":
    sys.exit(main())
