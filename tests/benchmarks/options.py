"""Options of meetings: what they cost, and what a kill between making a meeting and telling it leaves behind.

    python -m tests.benchmarks.options [--rows 2000] [--kills 100] [--seed 1]

With --rows, so many rows are run with three options each and without: calls, wall and CPU seconds, and then a second
run. With --kills, runs of twenty rows are killed with SIGKILL as a call arrives at the server that makes a meeting or
changes one, before it has its effect or after; in between a person changes some of the meetings by hand, told or not;
then a run is let be. Counted are meetings that have not what their rows say, meetings made twice, and changes of that
person's that were undone.
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
CHANGED = 0.3
"""How likely a person has changed a meeting between two runs."""
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
    """Passes calls on to a sandbox, and kills a process as the call with a number arrives, or once it has its effect.

    Calls are those that make meetings and those that change them.
    """

    app: Sandbox
    when: int = -1
    made: bool = False
    victim: subprocess.Popen[str] | None = None
    calls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        counts = environ["REQUEST_METHOD"] == "PATCH" or environ["PATH_INFO"].endswith("/createOrGet")
        with self.lock:
            self.calls += counts
            strikes = counts and self.calls == self.when
        if not strikes or self.victim is None:
            return self.app(environ, start_response)
        answer = self.app(environ, start_response) if self.made else []
        self.victim.send_signal(signal.SIGKILL)
        if not self.made:
            raise Hangup
        return answer


BY_HAND: tuple[dict[str, object], ...] = (
    {"lobbyBypassSettings": {"scope": "everyone", "isDialInBypassEnabled": False}},
    {"lobbyBypassSettings": {"scope": "invited", "isDialInBypassEnabled": True}},
    {"allowMeetingChat": "limited"},
)
"""What a person may make of a meeting: neither as it was made, nor as its row wants it."""
WANTED = {
    "lobbyBypassSettings": {"scope": "organizer", "isDialInBypassEnabled": False},
    "allowMeetingChat": "disabled",
    "recordAutomatically": True,
}
"""What every row asks for."""


def change_by_hand(url: str, meeting: StoredMeeting, change: dict[str, object]) -> None:
    """Change a meeting by a call of our own."""
    path = f"{url}/users/{meeting.organizer_id}/onlineMeetings/{quote(meeting.names.graph_id, safe='')}"
    headers = {"Authorization": f"Bearer {APP_TOKEN}", "Content-Type": "application/json"}
    request = urllib.request.Request(path, json.dumps(change).encode(), headers, method="PATCH")  # noqa: S310 - our own
    urllib.request.urlopen(request).close()  # noqa: S310 - our own


def lacks(meeting: StoredMeeting, wanted: dict[str, object]) -> bool:
    """Return whether a meeting has something otherwise."""
    return any(meeting.settings.get(name) != value for name, value in wanted.items())


def recorded(state: Path) -> set[str]:
    """Return the external IDs whose answers a run has recorded."""
    with closing(sqlite3.connect(next(state.glob("*.sqlite3")))) as connection:
        return {name for (name,) in connection.execute("SELECT external_id FROM meeting")}


def round_of(folder: Path, number: int, dice: random.Random, tally: Counter[str]) -> None:
    """Kill a run or two, with a person's changes after each, let the next one be, and count what is left."""
    place = folder / f"round-{number}"
    place.mkdir()
    roster, by_hand = place / "r.csv", dict[str, dict[str, object]]()
    write_roster(roster, ROWS, options=True)
    with Sandbox() as app:
        deadly = Deadly(app)
        with serve(deadly) as url:
            for _ in range(dice.choice((1, 1, 2))):
                deadly.calls, deadly.when, deadly.made = 0, dice.randint(1, 2 * ROWS - 5), dice.random() < 0.5
                deadly.victim = start(roster, url, place / "state")
                deadly.victim.communicate(timeout=300)
                tally["killed"] += deadly.victim.returncode == -signal.SIGKILL
                deadly.when = -1
                untold = [meeting for meeting in app.meetings if lacks(meeting, WANTED)]
                known = recorded(place / "state")
                tally["made and not told at a kill"] += len(untold)
                tally["of these unknown to the ledger"] += sum(each.external_id not in known for each in untold)
                for meeting in app.meetings:
                    if meeting.external_id not in by_hand and dice.random() < CHANGED:
                        by_hand[meeting.external_id] = dice.choice(BY_HAND)
                        change_by_hand(url, meeting, by_hand[meeting.external_id])
                        tally["changed by a person"] += 1
                        tally["of these not told"] += meeting in untold
            out, _ = start(roster, url, place / "state").communicate(timeout=300)
        rows = {row["external_id"]: row for row in json.loads(out)["files"][0]["rows"]}
        tally["made twice"] += len(app.meetings) != ROWS
        for meeting in app.meetings:
            theirs = by_hand.get(meeting.external_id, {})
            said = rows[meeting.external_id]["status"] == "differs"
            tally["a person's change undone"] += lacks(meeting, theirs)
            if lacks(meeting, {name: value for name, value in WANTED.items() if name not in theirs}):
                tally["owed, and said" if said else "owed, and silent"] += 1


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
