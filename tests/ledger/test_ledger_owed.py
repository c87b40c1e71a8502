"""A process that ends between making a meeting and telling it its settings: the next run tells it, unasked, once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from importer.core.changing import ComparedMeetings, SettledMeetings, keeping_answers
from importer.core.memory import OWED, CommitQueue, MemoryOptions, reuse_known_results
from importer.core.model import Answer, Meeting, Status
from importer.core.properties.drift import PROPERTIES
from importer.core.roster import remembered
from importer.core.row import MeetingRequest
from importer.core.run import Interrupt, Run, RunOptions
from importer.ledger import SqliteLedger, open_ledger
from tests.core.test_changing import LOBBY
from tests.ledger.entries import NOW, ROSTER, end, meeting, planned, start, this_run
from tests.rows import saying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from importer.core import Failure
    from importer.core.properties.drift import Changes
    from importer.core.row import Row

ALL = (*PROPERTIES, LOBBY)
ROWS = [planned(number) for number in range(2, 5)]


class Teams:
    """Has meetings as createOrGet leaves them, and says what it was told."""

    def __init__(self, *, there: bool, made: datetime | None = None) -> None:
        self.there = there
        self.made = made
        self.lobby = "organizer"
        self.told: list[str] = []

    def create_or_get(self, request: MeetingRequest) -> Answer | Failure:
        """Return the meeting with that external ID."""
        status = Status.EXISTING if self.there else Status.CREATED
        return Answer(status, replace(saying(meeting(request.external_id), trial=self.lobby), created=self.made))

    def read(self, _request: MeetingRequest, _found: Meeting) -> None:
        """Return nothing."""

    def update(self, request: MeetingRequest, found: Meeting, changes: Changes) -> Answer | Failure:
        """Return the meeting as it was told to be."""
        self.told.append(request.external_id)
        return Answer(Status.UPDATED, saying(found, trial=changes["trial"]))


def asking(row: Row) -> Row:
    wishes = {"trial": "everyone"}
    return replace(
        row, request=MeetingRequest(external_id=row.external_id, organizer_id="a0", wishes=wishes, owed=row.owed)
    )


def go(ledger: SqliteLedger, teams: Teams, *, only_changed: bool = True) -> list[Row]:
    """Run the rows as the program does, one at a time, and return what became of them."""
    ledger.start()
    session = ledger.open_session(start(ROWS))
    known = session.recall([row.key for row in ROWS])
    ready = remembered(ROWS, known, ROSTER, lambda *_: True)
    options = MemoryOptions(interrupted_runs=ledger.interrupted_runs(ROSTER), only_changed=only_changed)
    left = reuse_known_results(ready, known, options).to_send
    asked = keeping_answers([asking(row) for row in left], session, lambda: NOW, ALL)
    run = Run(
        ComparedMeetings(SettledMeetings(teams, ALL), ALL),
        RunOptions(workers=1),
        now=lambda: NOW,
        interrupt=Interrupt(),
    )
    results = list(CommitQueue(session.save).through(run.results(asked)))
    session.end(end())
    return results


DIES = """
import os, sys
from pathlib import Path
from importer.ledger import open_ledger
from tests.ledger.entries import this_run
from tests.ledger.test_ledger_owed import Teams, go
from tests.rows import saying

class Deadly(Teams):
    def update(self, order, meeting, changes):
        if len(self.told) == 1:
            os._exit(9)  # neither a handler nor a flush gets a turn
        return super().update(order, meeting, changes)

ledger = open_ledger(Path(sys.argv[1]), this_run())
go(ledger, Deadly(there=False))
"""


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run whose process died when the second of three meetings was made and not yet told."""
    folder = tmp_path_factory.mktemp("left")
    died = subprocess.run([sys.executable, "-c", DIES, str(folder / "ledger.sqlite3")], check=False, timeout=120)
    assert died.returncode == 9
    return folder


@pytest.fixture
def path(left: Path, tmp_path: Path) -> Path:
    """Return that run's ledger, one's own."""
    shutil.copytree(left, tmp_path, dirs_exist_ok=True)
    return tmp_path / "ledger.sqlite3"


@contextmanager
def opened(path: Path, run_id: str) -> Iterator[SqliteLedger]:
    ledger = open_ledger(path, this_run(run_id))
    assert isinstance(ledger, SqliteLedger)
    try:
        yield ledger
    finally:
        ledger.close()


def test_the_link_is_kept_and_the_meeting_is_no_success(path: Path) -> None:
    with opened(path, "two") as ledger:
        known = ledger.open_session(start(ROWS)).recall([row.key for row in ROWS])
    answer = known[ROWS[1].key]
    assert (answer.status, answer.problems[0].code) == (Status.DIFFERS, OWED)
    assert answer.meeting.join_url == meeting(ROWS[1].external_id).join_url
    assert ROWS[2].key not in known


def test_the_next_run_tells_it_and_what_a_person_changes_then_stays(path: Path) -> None:
    teams = Teams(there=True)
    with opened(path, "two") as ledger:
        results = {row.number: row for row in go(ledger, teams)}
    assert ROWS[1].external_id in teams.told
    assert results[3].status is Status.UPDATED
    assert results[3].meeting is not None
    assert results[3].meeting.says["trial"] == "everyone"
    assert ROWS[2].external_id not in teams.told, "who has made that one is not known"
    assert results[4].status is Status.DIFFERS

    changed = Teams(there=True)
    changed.lobby = "nobody"
    with opened(path, "three") as ledger:
        results = {row.number: row for row in go(ledger, changed, only_changed=False)}
    assert changed.told == []
    assert [found.code for found in results[3].problems] == ["differs-subject"]
    assert results[3].status is Status.DIFFERS


def test_a_person_who_was_quicker_than_the_next_run_is_not_overwritten(path: Path) -> None:
    teams = Teams(there=True)
    teams.lobby = "nobody"
    with opened(path, "two") as ledger:
        results = {row.number: row for row in go(ledger, teams)}
    assert teams.told == []
    assert [found.code for found in results[3].problems] == ["differs-subject"]
    assert results[3].status is Status.DIFFERS


@pytest.mark.parametrize(
    ("lobby", "minutes", "told"),
    [("organizer", 1, True), ("organizer", -60, False), ("nobody", 1, False), ("everyone", 1, False)],
    ids=["as it was made", "made before", "changed by a person", "as it should be"],
)
def test_a_meeting_whose_making_nobody_lived_to_hear_of_is_told_while_it_is_as_it_was_made(
    path: Path,
    lobby: str,
    minutes: int,
    told: bool,  # noqa: FBT001 - what is expected
) -> None:
    teams = Teams(there=True, made=NOW + timedelta(minutes=minutes))
    teams.lobby = lobby
    with opened(path, "two") as ledger:
        results = {row.number: row for row in go(ledger, teams)}
    assert (ROWS[2].external_id in teams.told) is told
    assert results[4].status is (Status.UPDATED if told else Status.EXISTING if lobby == "everyone" else Status.DIFFERS)
