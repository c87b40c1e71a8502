"""A soak: cancelling is killed at random points, and the same line given again must finish it and touch nothing else.

    python -m tests.benchmarks.cancels [--kills 100] [--rows 40] [--seed 1]

A sandbox in this process makes the meetings of a roster; half of its rows are then removed from it, and `cancel --gone`
is killed with SIGKILL (or asked to end with SIGINT) at a random moment, one to three times. Then it is let be. Wrong is
a meeting that is there and should be gone, one that is gone and should be there, one that was deleted before it was
closed, and a run afterwards that makes anything. Prints what it did and found; exit code 1 if anything was wrong.
"""

# ruff: noqa: T201 - a soak prints
from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.sandbox import APP_TOKEN, Sandbox, serve
from tests.cli.rosters import csv_file, values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from wsgiref.types import StartResponse, WSGIEnvironment


class Watched:
    """Looks at each meeting before it is deleted, and takes its time as a real service does."""

    def __init__(self, app: Sandbox) -> None:
        self.app = app
        self.open_ones: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        time.sleep(0.01)
        if environ["REQUEST_METHOD"] == "DELETE":
            self.open_ones += [each.external_id for each in self.app.meetings if _is_open(each, environ["RAW_URI"])]
        return self.app(environ, start_response)


def _is_open(meeting: Any, uri: str) -> bool:  # noqa: ANN401 - the sandbox's own
    scope = meeting.settings.get("lobbyBypassSettings", {}).get("scope")
    return meeting.names.graph_id.rstrip("=") in uri and scope != "organizer"


def one_round(chance: random.Random, kills: int, rows: int) -> tuple[Counter[str], list[str]]:
    """Return what one round did, and what was wrong after it."""
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, Sandbox() as app, serve(watched := Watched(app)) as url:
        roster, state = Path(folder) / "roster.csv", Path(folder) / "state"
        everything = [str(number) for number in range(rows)]
        gone = sorted(chance.sample(everything, rows // 2))
        line = [sys.executable, "-m", "importer"]
        environment = {
            **os.environ,
            "MEETING_IMPORTER_ACCESS_TOKEN": APP_TOKEN,
            "MEETING_IMPORTER_GRAPH_URL": url,
            "MEETING_IMPORTER_STATE_DIR": str(state),
        }

        def start(*arguments: str) -> subprocess.Popen[str]:
            return subprocess.Popen(
                [*line, *arguments, "-o", "json"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environment,
            )

        def ended(*arguments: str) -> tuple[int, dict[str, Any]]:
            process = start(*arguments)
            out, _ = process.communicate(timeout=300)
            return process.returncode, json.loads(out or "{}")

        csv_file(roster, [values(name) for name in everything])
        ended("run", str(roster))
        csv_file(roster, [values(name) for name in everything if name not in gone])
        left = len(gone)
        for _ in range(kills):
            sent = len(app.requests)
            process = start("cancel", str(roster), "--gone", "--accept-changes", "--yes", "--expect", str(left))
            point = sent + chance.randrange(2 * left + 1)
            while process.poll() is None and len(app.requests) <= point:
                time.sleep(0.002)
            process.send_signal(chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT]))
            process.communicate(timeout=300)
            counts["killed" if process.returncode == -signal.SIGKILL else f"exit {process.returncode}"] += 1
            left = _left(ended("cancel", str(roster), "--gone", "--accept-changes", "--dry-run")[1])
        wrong = []
        if left:
            code, _ = ended("cancel", str(roster), "--gone", "--accept-changes", "--yes", "--expect", str(left))
            wrong += [f"the last call ended with {code}"] * (code != 0)
        there = {each.external_id for each in app.meetings}
        wrong += [f"{name} is still there" for name in sorted(there & set(gone))]
        wrong += [f"{name} is gone" for name in sorted(set(everything) - set(gone) - there)]
        wrong += [f"{name} was deleted open" for name in watched.open_ones]
        before = len(app.meetings)
        code, _ = ended("run", str(roster), "--accept-changes")
        wrong += [f"a run made {len(app.meetings) - before} and ended with {code}"] * (
            code != 0 or len(app.meetings) != before
        )
    return counts, wrong


def _left(document: dict[str, Any]) -> int:
    return sum(each["status"] == "not attempted" for file in document.get("files", []) for each in file["meetings"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, look, and say what was found; return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    chance, total, faults = random.Random(asked.seed), Counter[str](), list[str]()
    while sum(total.values()) < asked.kills:
        counts, wrong = one_round(chance, chance.randint(1, 3), asked.rows)
        total += counts
        faults += wrong
        print(f"{sum(total.values())}: {dict(total)}, wrong: {len(faults)} {wrong}", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
