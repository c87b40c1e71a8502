"""What one run puts down, the next one finds: answers, who was broken off, what the last roster was."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from importer.core.body import cleaned
from importer.core.catalogue import problem
from importer.core.memory import Roster, TenantScope, fingerprint
from importer.core.model import Attendee, ExitCode, Meeting, Problem, Severity, Status
from importer.core.row import Unheard
from importer.ledger import open_ledger
from importer.ledger.opening import ThisRun, born, born_elsewhere, goes_on
from importer.ledger.store import (
    KEEP_OUTCOMES,
    meeting_to_text,
    problems_to_text,
    seal,
    to_meeting,
    to_problems,
    to_text,
)
from tests.ledger.entries import NOW, ORGANIZER, REALM, ROSTER, answered, end, key, meeting, planned, start, this_run
from tests.rows import changed, saying

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.ledger import SqliteLedger

    Open = Callable[..., SqliteLedger]

TEXTS = some.text(some.characters(exclude_categories=()))  # half surrogate pairs and all
ATTENDEES = some.builds(Attendee, TEXTS, some.none() | TEXTS, TEXTS)
VALUES = some.recursive(
    TEXTS | some.booleans() | some.integers(-9, 9) | some.datetimes(timezones=some.just(NOW.tzinfo)) | ATTENDEES,
    lambda inner: some.lists(inner | some.none(), max_size=3).map(tuple),
    max_leaves=4,
)
"""Whatever a property can say."""
MEETINGS = some.builds(
    Meeting,
    texts=some.dictionaries(some.sampled_from(("graph_id", "join_url", "passcode", "expires")), TEXTS.filter(bool)),
    says=some.dictionaries(some.sampled_from(("subject", "times", "attendees", "trial")), VALUES),
    organizer=some.none() | ATTENDEES,
)
PROBLEMS = some.lists(
    some.builds(Problem, TEXTS, some.sampled_from(Severity), TEXTS, TEXTS, TEXTS, TEXTS), max_size=3
).map(tuple)


@given(MEETINGS)
def test_any_meeting_comes_back_as_it_was(made: Meeting) -> None:
    assert to_meeting(meeting_to_text(made)) == made


def test_a_meeting_that_an_earlier_version_kept_is_read() -> None:
    stored = """{"graph_id":"graph-1","join_url":"https://teams.example/l/meetup-join/19%3ameeting_1",
        "conference_id":"123","passcode":"s3cret","subject":"Lesson","start":"2026-11-24T02:00:00+00:00",
        "attendees":[["bo@contoso.example","b0","attendee"]],"organizer":["Ana@contoso.example","a0",""]}"""
    assert to_meeting(stored) == saying(meeting(), subject="Lesson")


@given(PROBLEMS)
def test_any_problems_come_back_as_they_were(found: tuple[Problem, ...]) -> None:
    assert to_problems(problems_to_text(found)) == found


@given(TEXTS)
def test_any_text_can_be_stored_and_seals_tell_texts_apart(text: str) -> None:
    to_text(text).encode()
    assert seal(text, "x") != seal(text + "x", "")


@settings(max_examples=30)  # each example waits for the disk
@given(made=MEETINGS, found=PROBLEMS, external_id=TEXTS, organizer=TEXTS)
def test_an_answer_is_recalled_by_the_next_run(
    tmp_path_factory: pytest.TempPathFactory,
    made: Meeting,
    found: tuple[Problem, ...],
    external_id: str,
    organizer: str,
) -> None:
    path = tmp_path_factory.mktemp("state") / "ledger.sqlite3"
    row = planned(2, external_id=external_id, organizer=organizer)
    first = open_ledger(path, this_run("one"))
    first.open_session(start([row])).save([answered(row, Status.EXISTING, meeting=made, problems=found)])
    first.close()
    second = open_ledger(path, this_run("two"))

    known = second.open_session(start([row])).recall([key(row)])[key(row)]

    second.close()
    assert (known.meeting, known.problems) == (cleaned(made), found)
    assert (known.status, known.checked_at) == (Status.EXISTING, NOW)
    assert (known.fingerprint, known.run_id, second.notices()) == (fingerprint(row), "one", ())


def test_more_rows_than_one_question_takes_are_recalled(opened: Open) -> None:
    rows = [planned(number) for number in range(2, 700)]
    session = opened().open_session(start(rows))
    session.save([answered(row) for row in rows])

    known = session.recall([key(row) for row in rows])

    assert {answer.meeting.graph_id for answer in known.values()} == {f"graph-id-{n}" for n in range(2, 700)}


def test_the_sheets_own_warnings_are_not_kept_with_the_answer(opened: Open) -> None:
    own = problem("subject-blank", column="subject")
    row = planned(2, problems=(own,))
    session = opened().open_session(start([row]))
    session.save([answered(row)])

    assert [found.code for found in session.recall([key(row)])[key(row)].problems] == ["no-dial-in"]


@pytest.mark.parametrize(
    "other", [TenantScope("other", REALM.service), TenantScope("tenant", "http://127.0.0.1:1/v1.0")]
)
def test_another_tenant_or_graph_knows_nothing_of_it(opened: Open, other: TenantScope) -> None:
    row, ledger = planned(2), opened()
    ledger.open_session(start([row])).save([answered(row)])

    assert ledger.open_session(start([row], scope=other)).recall([key(row)]) == {}


def test_a_signed_in_users_rows_are_theirs_however_they_name_themselves(opened: Open) -> None:
    mine, yours = replace(REALM, owner="me"), replace(REALM, owner="you")
    row, ledger = planned(2), opened()
    ledger.open_session(start([row], scope=mine)).save([answered(row)])
    blank = planned(2, organizer="")

    assert key(blank) in ledger.open_session(start([blank], scope=mine)).recall([key(blank)])
    assert ledger.open_session(start([blank], scope=yours)).recall([key(blank)]) == {}


@pytest.mark.parametrize("status", [Status.FAILED, Status.UNCHANGED, Status.NOT_ATTEMPTED])
def test_what_graph_did_not_say_does_not_replace_its_answer(opened: Open, status: Status) -> None:
    row = planned(2)
    opened("one").open_session(start([row])).save([answered(row)])
    session = opened("two").open_session(start([row]))
    session.save([answered(row, status, meeting=meeting("wrong"))])

    known = session.recall([key(row)])[key(row)]

    assert (known.run_id, known.status, known.meeting) == ("one", Status.CREATED, meeting("id-2"))


def test_an_answer_that_the_disk_has_changed_is_none(opened: Open) -> None:
    row, ledger = planned(2), opened()
    session = ledger.open_session(start([row]))
    session.save([answered(row)])
    ledger.store.connection.execute("UPDATE meeting SET meeting = replace(meeting, 'meetup', 'meetuq')")

    assert session.recall([key(row)]) == {}


def test_the_last_completed_run_of_a_roster_is_what_the_next_is_compared_with(opened: Open) -> None:
    rows = [planned(number) for number in (2, 3, 4)]
    session = opened("one").open_session(start(rows))
    session.save([answered(rows[0]), answered(rows[1], Status.FAILED, meeting=None)])
    session.end(end(ExitCode.ROWS))
    for run_id, code in (("two", ExitCode.INPUT), ("three", ExitCode.STOPPED)):
        opened(run_id).open_session(start(rows[:1])).end(end(code))
    opened("four").open_session(start(rows[:1]))

    previous_run = opened("five").previous_run(ROSTER)

    assert previous_run is not None
    assert (previous_run.count, previous_run.started, previous_run.headings) == (3, NOW, ("external_id=externalid",))
    assert set(previous_run.rows) == {key(row) for row in rows}
    assert previous_run.met == {key(rows[0])}


def test_another_file_or_sheet_is_another_roster(opened: Open) -> None:
    ledger = opened()
    ledger.open_session(start([planned(2)])).end(end())

    assert ledger.previous_run(Roster(ROSTER.input, "Other")) is None
    assert ledger.previous_run(Roster("/share/other.xlsx", ROSTER.sheet)) is None


def test_every_row_of_the_last_few_runs_is_kept(opened: Open) -> None:
    ledger = opened()
    for _ in range(KEEP_OUTCOMES + 3):
        ledger.open_session(start([planned(2)])).end(end())

    kept = ledger.store.connection.execute("SELECT count(DISTINCT roster) FROM outcome").fetchone()

    assert kept == (KEEP_OUTCOMES,)


def dead_process() -> tuple[int, str]:
    """Return number and birth of a process that was there and has gone."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    known = born(process.pid) or ""
    process.communicate(b"\n")
    return process.pid, known


def dead_run(run_id: str = "dead", **changes: Any) -> ThisRun:  # noqa: ANN401 - any field
    pid, known = dead_process()
    return this_run(run_id, pid=pid, born=known, **changes)


def test_a_run_whose_process_has_gone_was_broken_off(opened: Open) -> None:
    opened(dead_run()).open_session(start([planned(2)]))

    assert opened("next").interrupted_runs(ROSTER) == {"dead"}


def test_a_run_that_is_still_at_work_was_not_broken_off(opened: Open) -> None:
    opened("other", pid=os.getppid(), born="").open_session(start([planned(2)]))

    assert opened("next").interrupted_runs(ROSTER) == frozenset()


def test_an_earlier_run_with_this_very_process_number_has_gone(opened: Open) -> None:
    opened("before").open_session(start([planned(2)]))

    assert opened("next").interrupted_runs(ROSTER) == {"before"}


@pytest.mark.parametrize(
    "changes", [{"host": "elsewhere"}, {"started": NOW - timedelta(days=8)}], ids=["another host", "long ago"]
)
def test_nobody_takes_over_what_can_not_be_told_or_is_long_ago(opened: Open, changes: dict[str, Any]) -> None:
    run = dead_run(**changes)
    opened(run).open_session(start([planned(2)], started=run.started))

    assert opened("next").interrupted_runs(ROSTER) == frozenset()


def test_a_run_is_taken_over_once(opened: Open) -> None:
    opened(dead_run()).open_session(start([planned(2)]))
    session = opened("next").open_session(start([planned(2)]))
    session.mark_resumed({"dead"})
    session.end(end())

    assert opened("third").interrupted_runs(ROSTER) == frozenset()


def test_a_roster_that_was_done_is_not_broken_off_with_its_run(opened: Open) -> None:
    opened(dead_run()).open_session(start([planned(2)])).end(end())

    assert opened("next").interrupted_runs(ROSTER) == frozenset()


def test_a_process_with_the_same_number_is_told_from_the_one_before() -> None:
    assert goes_on(os.getpid(), born(os.getpid()) or "")
    assert goes_on(os.getpid(), "")
    if born(os.getpid()):
        assert not goes_on(os.getpid(), "another boot 1")
    assert not goes_on(*dead_process())


@pytest.mark.skipif(sys.platform == "win32", reason="there it would end the process")
def test_where_the_system_tells_no_more_a_process_is_there_or_not() -> None:
    assert born_elsewhere(os.getpid()) == ""
    assert born_elsewhere(dead_process()[0]) is None


@pytest.mark.skipif(sys.platform != "linux", reason="what only /proc tells")
def test_a_process_that_is_dead_and_not_yet_buried_has_gone() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    known = born(process.pid)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    assert known
    assert not goes_on(process.pid, known)
    process.communicate()


def test_old_entries_are_forgotten_at_opening(opened: Open) -> None:
    row = planned(2)
    old = opened("old", started=NOW - timedelta(days=401))
    session = old.open_session(start([row], started=NOW - timedelta(days=401)))
    session.save([answered(row)])
    session.end(end())
    old.close()
    opened("a fortnight ago", started=NOW - timedelta(days=15)).close()

    ledger = opened("new")

    assert ledger.previous_run(ROSTER) is None
    assert ledger.open_session(start([row])).recall([key(row)]) == {}


NIGHTS = tuple(range(-30, 1))
CLOCKS = {
    "one far ahead": (*NIGHTS, 30_000, 1),
    "three far ahead": (*NIGHTS, 30_000, 30_001, 30_013, 1),
    "ahead at the end": (*NIGHTS, 30_000),
    "ahead from the start": (30_000, *NIGHTS),
    "ahead among a few": (0, 30_000, 1),
    "1970": (*NIGHTS, -20_000, 1),
    "back after a year": (*NIGHTS, 420),
}


@pytest.mark.parametrize("days", CLOCKS.values(), ids=CLOCKS)
def test_what_was_obtained_survives_a_wrong_clock(opened: Open, days: tuple[int, ...]) -> None:
    rows = [planned(number) for number in range(2, len(days) + 2)]
    for row, day in zip(rows, days, strict=True):
        moment = NOW + timedelta(days=day)
        ledger = opened(f"day {day}", started=moment)
        ledger.open_session(start([row], started=moment)).save([answered(row)])
        ledger.close()

    last = opened("last", started=NOW + timedelta(days=days[-1], hours=1))

    assert len(last.open_session(start(rows)).recall([key(row) for row in rows])) == len(rows)


def test_after_a_leap_that_lasts_what_is_old_is_forgotten_wrong_clocks_or_not(opened: Open) -> None:
    days = (0, 30_000, 1, 2, *range(450, 470))
    rows = [planned(number) for number in range(2, len(days) + 2)]
    for row, day in zip(rows, days, strict=True):
        moment = NOW + timedelta(days=day)
        ledger = opened(f"day {day}", started=moment)
        ledger.open_session(start([row], started=moment)).save([answered(row)])
        ledger.close()

    known = (
        opened("last", started=NOW + timedelta(days=470)).open_session(start(rows)).recall([key(row) for row in rows])
    )

    assert set(known) == {key(row) for row in rows[4:]}


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a profile's folders to its owner by itself")
def test_only_the_owner_may_read_it(opened: Open, path: Path) -> None:
    opened().open_session(start([planned(2)]))

    modes = [stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()]
    assert set(modes) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_passcode_is_in_no_notice_or_representation(opened: Open) -> None:
    ledger, row = opened(), planned(2)
    session = ledger.open_session(start([row]))
    session.save([answered(row)])

    assert "s3cret" not in repr(session.recall([key(row)]))
    assert ORGANIZER.casefold() in repr(session.recall([key(row)]))


def test_a_meeting_made_for_another_lists_key_is_ours_while_it_is_owed_something(opened: Open) -> None:
    theirs = problem("other-list", column="external_id", value="id-2", other="b.xlsx")
    row, other = planned(2, problems=(theirs,)), planned(3, problems=(theirs,))
    session = opened().open_session(start([row, other]))
    owed = answered(row, Status.DIFFERS, problems=(problem("settings-owed"), theirs))
    session.save([owed, answered(other, Status.DIFFERS, problems=(theirs,))])

    assert session.recall([key(row), key(other)]).keys() == {key(row)}


def test_what_runs_have_asked_for_without_hearing_of_it_is_known_with_the_time_of_each(opened: Open) -> None:
    rows = [planned(number) for number in range(2, 6)]
    later = NOW + timedelta(hours=1)
    opened("killed").open_session(start(rows)).save([answered(rows[0])])
    over = opened("over").open_session(replace(start(rows), started=later))
    failed = replace(rows[2], status=Status.FAILED, problems=(problem("service-failed"),))
    over.save([answered(rows[0]), answered(rows[1]), failed])
    over.end(replace(end(), ended=later + timedelta(minutes=1)))

    session = opened("now").open_session(replace(start(rows), started=later + timedelta(days=1)))
    found = session.unheard([row.key for row in rows[:3]])

    spans = ((NOW, None), (later, later + timedelta(minutes=1)), (later + timedelta(days=1), None))
    assert found == {rows[2].key: Unheard(spans)}
    assert opened("other").open_session(replace(start(rows), roster=Roster("b.csv", ""))).unheard([rows[2].key]) == {
        rows[2].key: Unheard(((NOW, None),))
    }


def test_what_an_organizer_s_new_meetings_say_is_remembered_with_one_of_them(opened: Open) -> None:
    said = {"lobby": ("invited", False), "names_hidden": ((),)}
    made = [
        changed(answered(planned(number), meeting=replace(meeting(str(number)), at_first=first)), organizer=who)
        for number, who, first in ((2, "ana", said), (3, "bo", {}), (4, "ana", None))
    ]
    rows = [*(replace(row, status=Status.NOT_ATTEMPTED) for row in made), changed(planned(5), organizer="ANA")]
    rows.append(changed(planned(6), organizer="cleo"))
    session = opened().open_session(start(rows))
    session.save(made)

    found = session.unheard([row.key for row in rows])

    assert {key.organizer: each.at_first for key, each in found.items()} == {"ana": said, "cleo": {}}
    assert session.recall([made[0].key])[made[0].key].meeting.at_first == said
