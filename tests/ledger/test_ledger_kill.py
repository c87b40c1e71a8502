"""SIGKILL at chosen points: what was said to be kept is there, what was half done is not, and the file opens."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.ledger.entries import ROSTER, key, planned, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.ledger import SqliteLedger

PREPARE = """
import sys
from dataclasses import replace
from pathlib import Path
from importer.ledger import open_ledger
from importer.ledger.opening import open_file, transaction
from tests.ledger.entries import NOW, answered, end, planned, start, this_run

path = Path(sys.argv[1])
rows = [planned(n) for n in range(2, 102)]

def here():
    print("here", flush=True)
    sys.stdin.read()

class Table(list):
    "Rows that stop in the middle of being written."
    def __iter__(self):
        yield from list.__iter__(self)
        here()
"""

POINTS = {
    "the file made, no table in it": "path.parent.mkdir(); path.touch(); here()",
    "in the middle of making the tables": """
import importer.ledger.opening as opening
opening.TABLES = Table(opening.TABLES[:3])
open_file(path, NOW)
""",
    "the run begun": """
ledger = open_ledger(path, this_run())
ledger.start()
here()
""",
    "in the middle of putting down a roster": """
ledger = open_ledger(path, this_run())
ledger.start()
ledger.open_session(replace(start(rows), rows=Table(start(rows).rows)))
""",
    "half the answers kept": """
ledger = open_ledger(path, this_run())
ledger.start()
session = ledger.open_session(start(rows))
session.save([answered(row) for row in rows[:50]])
here()
""",
    "in the middle of a commit": """
ledger = open_ledger(path, this_run())
ledger.start()
session = ledger.open_session(start(rows))
session.save([answered(row) for row in rows[:50]])
with transaction(ledger.store.connection):
    ledger.store.connection.execute("DELETE FROM meeting")
    ledger.store.connection.execute("PRAGMA cache_spill = 1")
    here()
""",
}
KEPT = {"half the answers kept": 50, "in the middle of a commit": 50}
BROKEN_OFF = {"half the answers kept", "in the middle of a commit"}


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_loses_nothing_that_was_kept(point: str, opened: Callable[..., SqliteLedger], path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PREPARE + POINTS[point], str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline().rstrip() == b"here"
    process.kill()
    process.communicate()

    ledger = opened("next")

    rows = [planned(n) for n in range(2, 102)]
    assert len(ledger.open_session(start([])).recall([key(row) for row in rows])) == KEPT.get(point, 0)
    assert ledger.interrupted_runs(ROSTER) == ({"one"} if point in BROKEN_OFF else frozenset())
    assert ledger.notices() == ()
    ledger.close()
    assert [found.name for found in path.parent.iterdir()] == ["ledger.sqlite3"]
