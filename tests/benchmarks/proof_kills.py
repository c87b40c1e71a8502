"""A soak: doctor --prove is killed or interrupted at random calls, and nothing of it may stay in Teams.

    python -m tests.benchmarks.proof_kills [--kills 50] [--interrupts 10] [--seed 1]

A sandbox in this process has one meeting of somebody's. `doctor --prove` runs as a process of its own, and gets SIGKILL
when the sandbox has answered so many calls of it: one to three processes in a row. Then one is let be, and afterwards
that one meeting must be all there is, as it was, and no journal may be left. After SIGINT nothing may be left at once.
Prints what it did and found; exit code 1 if anything was wrong.
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
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from importer.sandbox import APP_TOKEN, Sandbox, object_id_of, serve

PATIENCE = 300.0
ORGANIZER = "ana@contoso.com"
CALLS = 90
"""Calls about meetings that trials make, about."""


@dataclass
class Soak:
    """One sandbox, and one folder to work and remember in."""

    app: Sandbox
    url: str
    folder: Path
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    most: int = 0
    left: int = 0
    wrong: list[str] = field(default_factory=list)

    def start(self) -> subprocess.Popen[str]:
        """Start doctor --prove."""
        environment = {
            **os.environ,
            "MEETING_IMPORTER_ACCESS_TOKEN": APP_TOKEN,
            "MEETING_IMPORTER_GRAPH_URL": self.url,
            "MEETING_IMPORTER_STATE_DIR": str(self.folder / "state"),
        }
        line = [sys.executable, "-m", "importer", "doctor", "--prove", ORGANIZER, "--yes", "-o", "json"]
        return subprocess.Popen(
            line, env=environment, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def asked(self) -> int:
        """Return how many calls about meetings there were."""
        return sum("/onlineMeetings" in request.target for request in list(self.app.requests))

    def end_one(self, number: int) -> bool:
        """End a process with a signal at a random call; return whether it lived so long."""
        end = self.asked() + self.chance.randrange(1, CALLS)
        process = self.start()
        while process.poll() is None and self.asked() < end:
            time.sleep(0.0005)
        process.send_signal(number)
        process.communicate(timeout=PATIENCE)
        return process.returncode != 0

    def kill(self) -> None:
        """Kill one to three in a row, then let one be, and look."""
        for _ in range(self.chance.choice([1, 1, 2, 3])):
            self.done["killed"] += self.end_one(signal.SIGKILL)
            self.most = max(self.most, len(self.app.meetings) - 1)
        process = self.start()
        out, err = process.communicate(timeout=PATIENCE)
        self.done["let be"] += 1
        if process.returncode != 0:
            self.wrong.append(f"exit code {process.returncode}: {err[-300:]}")
        else:
            refuted = [fact["name"] for fact in json.loads(out)["facts"] if fact["state"] == "refuted"]
            self.wrong += [f"refuted: {refuted}"] if refuted else []
        self.look("kills")

    def interrupt(self) -> None:
        """Interrupt one, and look."""
        self.done["interrupted"] += self.end_one(signal.SIGINT)
        self.look("an interrupt")

    def look(self, after: str) -> None:
        """Compare what there is with what there should be."""
        there = [(each.external_id[:40], each.subject) for each in self.app.meetings]
        if there != [("HR-1", "Maths")]:
            self.left += len(there) - 1
            self.wrong.append(f"after {after}: {[name for name, _ in there]}")
        if journals := list((self.folder / "state" / "trials").glob("*")):
            self.wrong.append(f"after {after}: {journals}")


def somebodys_meeting(url: str) -> None:
    """Make a meeting that is none of the trials'."""
    urllib.request.urlopen(  # noqa: S310 - our own server
        urllib.request.Request(  # noqa: S310 - likewise
            f"{url}/users/{object_id_of(ORGANIZER)}/onlineMeetings/createOrGet",
            json.dumps({"externalId": "HR-1", "subject": "Maths"}).encode(),
            {"Authorization": f"Bearer {APP_TOKEN}", "Content-Type": "application/json"},
        )
    ).close()


def main() -> int:
    """Read the arguments, soaks, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--interrupts", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Sandbox() as app, serve(app) as url:
        somebodys_meeting(url)
        soak = Soak(app, url, Path(name), random.Random(options.seed))
        while soak.done["killed"] < options.kills:
            soak.kill()
        while soak.done["interrupted"] < options.interrupts:
            soak.interrupt()
    print(f"killed           {soak.done['killed']}, with up to {soak.most} meetings there")
    print(f"interrupted      {soak.done['interrupted']}")
    print(f"let be           {soak.done['let be']}")
    print(f"meetings left    {soak.left}")
    print(f"anything wrong   {len(soak.wrong)}", *soak.wrong, sep="\n  ")
    return int(bool(soak.wrong))


if __name__ == "__main__":
    sys.exit(main())
