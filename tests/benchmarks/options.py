"""Options of meetings: what they cost, and what a kill between making a meeting and telling it leaves behind.

    python -m tests.benchmarks.options [--rows 2000] [--kills 100] [--seed 1]

With --rows, so many rows are run with three options each and without: calls, wall and CPU seconds, and then a second
run. With --kills, runs of twenty rows are killed with SIGKILL as a change arrives at the server, before it is made or
after; in between somebody changes by hand one of the meetings whose links were recorded; then a run is let be. Counted
are meetings that have not what their rows say, meetings made twice, and changes of that person's that were undone.
"""

# ruff: noqa: T201 - a soak prints
from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from importer.sandbox import APP_TOKEN, Hangup, Sandbox, StoredMeeting, serve

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

ROWS = 20
OPTIONS = ("Lobby", "Chat", "Recording")
CHOSEN = ("organizer only", "off", "automatic")


def write_roster(path: Path, rows: int, *, options: bool) -> None:
    head = ["External ID", "Subject", "Start", "End", "Time zone", "Organizer", *(OPTIONS if options else ())]
    lines = [head]
    for number in range(rows):
        times = ["2031-01-13 09:00", "2031-01-13 10:00", "Europe/Berlin"]
        who = f"ana{number % 40}@contoso.example"
        lines.append([f"id-{number}", f"Lesson {number}", *times, who, *(CHOSEN if options else ())])
    path.write_text("\n".join(map(",".join, lines)) + "\n", encoding="utf-8")


def start(roster: Path, url: str, state: Path) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "MEETING_IMPORTER_ACCESS_TOKEN": APP_TOKEN,
        "MEETING_IMPORTER_GRAPH_URL": url,
        "MEETING_IMPORTER_STATE_DIR": str(state),
    }
    line = [sys.executable, "-m", "importer", "run", str(roster), "-q", "-o", "json"]
    return subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, stdin=subprocess.DEVNULL
    )


@dataclass
class Deadly:
    """Passes calls on to a sandbox, and kills a process as the change with a number arrives, or once it is made."""

    app: Sandbox
    when: int = -1
    made: bool = False
    victim: subprocess.Popen[str] | None = None
    changes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        with self.lock:
            self.changes += environ["REQUEST_METHOD"] == "PATCH"
            strikes = environ["REQUEST_METHOD"] == "PATCH" and self.changes == self.when
        if not strikes or self.victim is None:
            return self.app(environ, start_response)
        answer = self.app(environ, start_response) if self.made else []
        self.victim.send_signal(signal.SIGKILL)
        if not self.made:
            raise Hangup
        return answer


def change_by_hand(url: str, meeting: StoredMeeting) -> None:
    """Open a meeting's lobby, by a call of our own."""
    path = f"{url}/users/{meeting.organizer_id}/onlineMeetings/{quote(meeting.names.graph_id, safe='')}"
    body = json.dumps({"lobbyBypassSettings": {"scope": "everyone"}}).encode()
    headers = {"Authorization": f"Bearer {APP_TOKEN}", "Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(path, body, headers, method="PATCH")).close()  # noqa: S310 - our own


def is_told(meeting: StoredMeeting) -> bool:
    """Return whether a meeting has what every row asks for."""
    said = meeting.settings
    lobby = said.get("lobbyBypassSettings", {}).get("scope") == "organizer"
    return lobby and said.get("allowMeetingChat") == "disabled" and said.get("recordAutomatically") is True


def recorded(state: Path) -> set[str]:
    """Return the external IDs whose links a run has recorded; somebody may know those."""
    (ledger,) = state.glob("*.sqlite3")
    with closing(sqlite3.connect(ledger)) as connection:
        return {name for (name,) in connection.execute("SELECT external_id FROM meeting")}


def round_of(folder: Path, number: int, dice: random.Random, tally: Counter[str]) -> None:
    """Kill a run, let the next one be, and count what is left."""
    place = folder / f"round-{number}"
    place.mkdir()
    roster = place / "r.csv"
    write_roster(roster, ROWS, options=True)
    with Sandbox() as app:
        deadly = Deadly(app, when=dice.randint(1, ROWS), made=dice.random() < 0.5)
        with serve(deadly) as url:
            deadly.victim = start(roster, url, place / "state")
            deadly.victim.communicate(timeout=300)
            tally["killed"] += deadly.victim.returncode == -signal.SIGKILL
            deadly.when = -1
            untold = [meeting for meeting in app.meetings if not is_told(meeting)]
            tally["made and not told at the kill"] += len(untold)
            known = recorded(place / "state")
            tally["of these known to the ledger"] += sum(meeting.external_id in known for meeting in untold)
            by_hand = dice.choice(sorted(known)) if known else ""
            if by_hand:
                change_by_hand(url, next(each for each in app.meetings if each.external_id == by_hand))
            next_run = start(roster, url, place / "state")
            out, _ = next_run.communicate(timeout=300)
        rows = {row["external_id"]: row for row in json.loads(out)["files"][0]["rows"]}
        tally["made twice"] += len(app.meetings) != ROWS
        for meeting in app.meetings:
            if meeting.external_id == by_hand:
                scope = meeting.settings.get("lobbyBypassSettings", {}).get("scope")
                tally["a person's change undone"] += scope != "everyone"
            elif not is_told(meeting):
                told = rows[meeting.external_id]["status"] == "differs"
                tally["owed, and said" if told else "owed, and silent"] += 1


def kills(count: int, seed: int) -> Counter[str]:
    """Return what so many rounds left behind."""
    dice, tally = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            round_of(Path(folder), number, dice, tally)
    return tally


def cost(rows: int, *, options: bool) -> None:
    """Print what a run of so many rows costs, and a second one."""
    with tempfile.TemporaryDirectory() as folder, Sandbox() as app, serve(app) as url:
        roster, state = Path(folder) / "r.csv", Path(folder) / "state"
        write_roster(roster, rows, options=options)
        for name in ("first", "second"):
            app.requests.clear()
            before, began = os.times(), time.monotonic()
            process = start(roster, url, state)
            process.communicate(timeout=3600)
            wall, after = time.monotonic() - began, os.times()
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            calls = Counter(each.method for each in app.requests if "onlineMeetings" in each.target)
            kind = "three options" if options else "no options"
            print(f"{rows} rows, {kind}, {name} run: {dict(calls)}, {wall:.1f} s wall, {cpu:.1f} s CPU", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.rows:
        cost(given.rows, options=False)
        cost(given.rows, options=True)
    if given.kills:
        tally = kills(given.kills, given.seed)
        print(f"{given.kills} rounds of {ROWS} rows: {dict(tally)}")
        wrong = ("owed, and silent", "owed, and said", "made twice", "a person's change undone")
        return int(any(tally[name] for name in wrong))
    return 0


if __name__ == "__main__":
    sys.exit(main())
