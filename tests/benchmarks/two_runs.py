"""Two runs of one roster started together, again and again: `python -m tests.benchmarks.two_runs [ROUNDS]`.

Each round is two processes against one Graph. What must hold: nothing is made twice, every link is on its own row in a
whole copy, nobody is stopped but by the other's lock, and nothing is left lying about. With --wait, both get through.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from importer.sandbox import APP_TOKEN, Sandbox, StoredMeeting, serve
from tests.cli.rosters import let_in
from tests.forks import Start, start

ROWS = 40


@dataclass(slots=True)
class Tally:
    """What the rounds came to."""

    rounds: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def link_of(url: str, meeting: StoredMeeting) -> str:
    """Ask Graph itself for a meeting's link, by a call of our own."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{url}/users/{meeting.organizer_id}/onlineMeetings/createOrGet",
        json.dumps({"externalId": meeting.external_id}).encode(),
        {"Authorization": f"Bearer {APP_TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        return str(json.load(answer)["joinWebUrl"])


def write_roster(path: Path) -> None:
    lines = ["External ID,Subject,Start,End,Time zone,Organizer,Attendees"]
    lines += [
        f"id-{n},Lesson {n},2031-01-13 09:00,2031-01-13 10:00,Europe/Berlin,ana@contoso.example," for n in range(ROWS)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def round_of_two(folder: Path, tally: Tally, begin: Start, *, wait: bool, shared_state: bool) -> None:
    """Run one round. `shared_state`: one account on one machine; else as from two accounts or machines."""
    place = folder / f"round-{tally.rounds}"
    place.mkdir()
    roster = place / "r.csv"
    write_roster(roster)
    line = ["run", roster, "-q", "-o", "json", *(("--wait", "5m") if wait else ())]
    with Sandbox() as app, serve(app) as url:
        states = [folder / "state-a", folder / ("state-a" if shared_state else "state-b")]
        runs = [begin(*line, environment={**let_in(url), "MEETING_IMPORTER_STATE_DIR": str(state)}) for state in states]
        ends = [(*run.communicate(timeout=300), run.wait()) for run in runs]
        meetings = list(app.meetings)
        made = {meeting.external_id: link_of(url, meeting) for meeting in meetings}
    tally.rounds += 1
    codes = sorted(code for _, _, code in ends)
    tally.ends[f"{'wait' if wait else 'no wait'}: {codes}"] += 1
    tally.faults += [
        f"round {tally.rounds}: {fault}" for fault in faults(roster, ends, made, count=len(meetings), wait=wait)
    ]


def faults(
    roster: Path, ends: list[tuple[str, str, int]], made: dict[str, str], *, count: int, wait: bool
) -> list[str]:
    """Return what was not as it must be."""
    found = [error for _, error, _ in ends if error]
    codes = sorted(code for _, _, code in ends)
    if codes not in ([[0, 0]] if wait else [[0, 0], [0, 8]]):
        found.append(f"exit codes {codes}")
    found += [f"{code} for {[p['code'] for f in json.loads(out)['files'] for p in f['problems']]}"
              for out, _, code in ends if code == 8 and "another-run" not in out]  # fmt: skip
    if (count, len(made)) != (ROWS, ROWS):
        found.append(f"{count} meetings for {ROWS} rows")
    with roster.with_name("r-results.csv").open(encoding="utf-8-sig", newline="") as file:
        links = {line["External ID"]: line["Join URL"] for line in csv.DictReader(file)}
    if links != made:
        found.append("the copy's links are not those that were made")
    if left := {path.name for path in roster.parent.iterdir()} - {"r.csv", "r-results.csv"}:
        found.append(f"left behind: {sorted(left)}")
    return found


def rounds(number: int, begin: Start = start) -> Tally:
    """Run so many rounds, every second one with --wait, every other pair of them with a state folder each."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        for count in range(number):
            round_of_two(Path(folder), tally, begin, wait=count % 2 == 1, shared_state=count % 4 < 2)
    return tally


if __name__ == "__main__":
    done = rounds(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
    sys.stdout.write(f"{done.rounds} rounds of two runs: {dict(done.ends)}; faults: {len(done.faults)}\n")
    sys.stdout.write("\n".join(done.faults))
    sys.exit(bool(done.faults))
