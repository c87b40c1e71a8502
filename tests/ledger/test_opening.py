"""Whatever is at the ledger's place, and whatever the disk does: a notice, the run goes on, nothing is thrown away."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from importer.cli.commands.history import Past
from importer.core.memory import NoLedger
from importer.core.model import ExitCode, Status, Stop
from importer.ledger import SqliteLedger, open_ledger
from importer.ledger.cancelled import Removals
from importer.ledger.opening import APPLICATION_ID, OLDER, TABLES, VERSION, reason_in_words
from tests.ledger.entries import NOW, REALM, ROSTER, answered, end, key, planned, start, this_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Open = Callable[..., SqliteLedger]


def filled(path: Path, rows: int = 200) -> None:
    """Leave a ledger with so many answers at `path`."""
    ledger = open_ledger(path, this_run("before"))
    ledger.start()
    plan = [planned(number) for number in range(2, rows + 2)]
    session = ledger.open_session(start(plan))
    session.save([answered(row) for row in plan])
    session.end(end())
    ledger.close()


def cut_off(path: Path) -> None:
    filled(path)
    path.write_bytes(path.read_bytes()[:-5000])


def scribbled_over(path: Path) -> None:
    filled(path)
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 6] = os.urandom(4096 * 3)
    path.write_bytes(data)


def not_a_database(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"PK\x03\x04 a workbook somebody put here" * 100)


def another_programs(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()


def of_version(path: Path, version: int) -> None:
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


def an_earlier_version(path: Path) -> None:
    of_version(path, VERSION - 1)


def a_table_too_few(path: Path) -> None:
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE outcome")
    connection.close()


@pytest.mark.parametrize(
    "spoil", [cut_off, scribbled_over, not_a_database, another_programs, an_earlier_version, a_table_too_few]
)
def test_a_file_that_can_not_be_used_is_set_aside_whole(
    spoil: Callable[[Path], None], opened: Open, path: Path
) -> None:
    spoil(path)
    before = path.read_bytes()

    ledger = opened()

    aside = path.with_name("ledger (set aside 2026-11-24 0200).sqlite3")
    assert [found.code for found in ledger.notices()] == ["ledger-set-aside"]
    assert aside.read_bytes() == before
    row = planned(2)
    session = ledger.open_session(start([row]))
    session.save([answered(row)])
    assert key(row) in session.recall([key(row)])
    assert ledger.notices() == ()


@pytest.mark.parametrize("ahead", [1, 7])
def test_a_newer_versions_file_is_left_to_that_version(ahead: int, path: Path) -> None:
    of_version(path, VERSION + ahead)
    before = path.read_bytes()

    ledger = open_ledger(path, this_run())

    assert isinstance(ledger, NoLedger)
    assert [found.code for found in ledger.notices()] == ["ledger-newer"]
    with pytest.raises(Stop) as stopped, Past.open(path.parent, NOW):
        pass
    assert (stopped.value.exit_code, stopped.value.problem.code) == (ExitCode.INPUT, "history-unreadable")
    assert [found.name for found in path.parent.glob("*.sqlite3")] == [path.name]
    assert path.read_bytes() == before


def test_a_second_file_set_aside_in_the_same_minute_gets_another_name(path: Path) -> None:
    not_a_database(path)
    open_ledger(path, this_run()).close()
    path.write_bytes(b"not a database again, and of no use to anybody" * 50)

    open_ledger(path, this_run()).close()

    assert sorted(found.name for found in path.parent.glob("*.sqlite3")) == [
        "ledger (set aside 2026-11-24 0200 2).sqlite3",
        "ledger (set aside 2026-11-24 0200).sqlite3",
        "ledger.sqlite3",
    ]


def test_files_that_were_set_aside_are_removed_in_time(path: Path) -> None:
    not_a_database(path)
    open_ledger(path, this_run()).close()
    aside = path.with_name("ledger (set aside 2026-11-24 0200).sqlite3")
    long_ago = (NOW - timedelta(days=401)).timestamp()
    os.utime(aside, (long_ago, long_ago))

    open_ledger(path, this_run()).close()

    assert [found.name for found in path.parent.glob("*.sqlite3")] == ["ledger.sqlite3"]


@pytest.mark.skipif(os.name == "nt", reason="Windows renames no file that somebody has open")
def test_what_is_still_in_the_log_of_a_file_goes_with_it(opened: Open, path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA user_version = {VERSION - 1}")  # in the log, and nowhere else
        ledger = opened()

        aside = path.with_name("ledger (set aside 2026-11-24 0200).sqlite3")
        assert [found.code for found in ledger.notices()] == ["ledger-set-aside"]
        with closing(sqlite3.connect(aside)) as looking:
            assert looking.execute("PRAGMA user_version").fetchone() == (VERSION - 1,)
    assert ledger.store.connection.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_a_commit_is_on_the_disk_and_what_is_replaced_is_not_left(opened: Open) -> None:
    connection = opened().store.connection

    marks = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "secure_delete")}
    assert marks == {"synchronous": 2, "secure_delete": 1}  # FULL, ON


def test_an_empty_file_is_made_a_ledger(opened: Open, path: Path) -> None:
    path.parent.mkdir()
    path.touch()

    assert opened().notices() == ()
    assert sqlite3.connect(path).execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


def a_file_for_a_folder(path: Path) -> None:
    path.parent.write_text("not a folder")


def a_folder_for_a_file(path: Path) -> None:
    path.mkdir(parents=True)


@pytest.mark.parametrize("spoil", [a_file_for_a_folder, a_folder_for_a_file])
def test_a_place_that_can_not_be_used_is_said_and_the_run_goes_on(spoil: Callable[[Path], None], path: Path) -> None:
    spoil(path)

    ledger = open_ledger(path, this_run())

    assert isinstance(ledger, NoLedger)
    assert [found.code for found in ledger.notices()] == ["ledger-unusable"]
    assert ledger.notices() == ()
    row = planned(2)
    ledger.start()
    session = ledger.open_session(start([row]))
    session.save([answered(row)])
    session.mark_resumed(ledger.interrupted_runs(ROSTER))
    session.end(end())
    ledger.stopped(start([]), end())
    ledger.finish(NOW, end().exit_code)
    assert (session.recall([key(row)]), ledger.previous_run(ROSTER)) == ({}, None)


def full_disk(ledger: SqliteLedger) -> None:
    ledger.store.connection.execute("PRAGMA max_page_count = 1")


def read_only_disk(ledger: SqliteLedger) -> None:
    ledger.store.connection.execute("PRAGMA query_only = ON")


@pytest.mark.parametrize(("fail", "reason"), [(full_disk, "the disk is full"), (read_only_disk, "it is read-only")])
def test_a_disk_that_takes_no_more_ends_the_remembering_not_the_run(
    fail: Callable[[SqliteLedger], None], reason: str, opened: Open
) -> None:
    ledger, rows = opened(), [planned(number) for number in range(2, 400)]
    session = ledger.open_session(start(rows))
    session.save([answered(rows[0])])
    fail(ledger)

    for row in rows[1:]:
        session.save([answered(row)])
    session.end(end())
    ledger.finish(NOW, end().exit_code)

    (notice,) = ledger.notices()
    assert (notice.code, reason in notice.message) == ("ledger-lost", True)
    ledger.close()
    assert key(rows[0]) in opened("next").open_session(start(rows)).recall([key(rows[0])])


def test_a_mistake_of_ours_is_not_called_the_disks(opened: Open) -> None:
    ledger = opened()
    ledger.store.connection.execute("DROP TABLE outcome")

    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        ledger.open_session(start([planned(2)]))


def test_every_trouble_has_words() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC

    assert reason_in_words(error) == "the disk reports a fault"
    with pytest.raises(sqlite3.ProgrammingError):
        reason_in_words(sqlite3.ProgrammingError("closed"))


WRITER = """
import sys
from pathlib import Path
from importer.ledger import open_ledger
from tests.ledger.entries import answered, end, planned, start, this_run
name = sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
ledger = open_ledger(Path(sys.argv[1]), this_run(name))
ledger.start()
rows = [planned(n, external_id=f"{name}-{n}") for n in range(2, 102)]
session = ledger.open_session(start(rows))
for row in rows:
    session.save([answered(row)])
session.end(end())
ledger.close()
print([found.code for found in ledger.notices()], flush=True)
"""


@pytest.mark.parametrize("spoil", [None, not_a_database, scribbled_over])
def test_several_processes_open_make_and_write_it_at_the_same_time(
    spoil: Callable[[Path], None] | None, opened: Open, path: Path
) -> None:
    if spoil is not None:
        spoil(path)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in ("a", "b", "c")
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()

    notices = "".join(sorted(writer.communicate(timeout=240)[0] for writer in writers))
    assert notices == ("[]\n" * 3 if spoil is None else "['ledger-set-aside']\n" + "[]\n" * 2)
    keys = [key(planned(n, external_id=f"{name}-{n}")) for name in "abc" for n in range(2, 102)]
    assert len(opened("after").open_session(start([])).recall(keys)) == 300


def test_a_file_of_the_first_version_is_added_to_and_loses_nothing(opened: Open, path: Path) -> None:
    """Whose meeting one is was not kept then, but that a run had made it was."""
    ledger = opened()
    rows = [planned(2), planned(3)]
    session = ledger.open_session(start(rows))
    session.save([answered(rows[0], status=Status.CREATED), answered(rows[1], status=Status.EXISTING)])
    ledger.close()
    with sqlite3.connect(path) as connection:
        for table in set(TABLES) - set(OLDER[1]):
            connection.execute(f"DROP TABLE {table.split()[2]}")
        connection.execute("PRAGMA user_version = 1")
    connection.close()

    again = opened("two")

    assert again.notices() == ()
    keys = [key(row) for row in rows]
    assert set(again.open_session(start(rows)).recall(keys)) == set(keys)
    removals = Removals(again.store, "two")
    candidates = removals.candidates(REALM, removals.of_list(REALM, ROSTER.input), {})
    assert [(each.key, each.made) for each in candidates] == [(keys[0], True), (keys[1], False)]
