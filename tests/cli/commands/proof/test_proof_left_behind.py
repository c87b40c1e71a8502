"""Whatever ends the trials, their meetings go: at once, or by the next ones; and nobody else's ever does."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from importer.core.facts import FactOutcome
from importer.core.model import Stop
from importer.doctor.bench import NoAnswerError, StrangerError, remove_all
from importer.doctor.journal import FOLDER, TrialJournal, trial_journals
from importer.doctor.trials import TrialSubject, tried
from importer.sandbox import Sandbox, serve
from tests.cli.commands.proof.proving import ANA, BEN, RUN, Throttled, bench_of, client_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SUBJECT = TrialSubject(BEN, "global", frozenset)
TWO = {"same-key-at-once": "two", "deleted-id-is-free": "same", "readable-at-once": "no", "external-id-case": "one"}


class KilledError(BaseException):
    """Stands for the end of the process: nothing of ours runs any more."""


class Dying(Throttled):
    """Ends the process at one of its calls, before it is sent or after it was answered, and at every later one."""

    def __init__(self, calls: int, *, answered: bool) -> None:
        super().__init__()
        self.calls, self.after = calls, answered

    def wait(self) -> None:
        self.calls -= 1
        if self.calls < 0 or (self.calls == 0 and not self.after):
            raise KilledError

    def answered(self, *, throttled: bool, retry_after: float | None) -> None:
        super().answered(throttled=throttled, retry_after=retry_after)
        if self.calls <= 0:
            raise KilledError


class Otherwise:
    """Answers some calls itself, and leaves the others to a sandbox."""

    def __init__(self, app: WSGIApplication, method: str, status: str, body: object) -> None:
        self.app, self.method, self.status, self.body = app, method, status, body

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != self.method:
            return self.app(environ, start_response)
        start_response(self.status, [("Content-Type", "application/json")])
        return [json.dumps(self.body).encode()]


def left_in(folder: Path) -> list[TrialJournal]:
    return list(trial_journals(folder))


@pytest.mark.parametrize("answered", [False, True])
def test_after_a_kill_the_next_trials_take_everything_away(tmp_path: Path, *, answered: bool) -> None:
    """Also in a tenant that makes two meetings at once, brings deleted ones back, and shows new ones late."""
    facts = {name: FactOutcome(answer) for name, answer in TWO.items()}
    killed = 0
    for calls in range(1, 90, 14):
        with Sandbox(facts=facts if calls % 4 == 1 else {}) as app, serve(app) as url:
            try:
                with client_of(url, Dying(calls, answered=answered)) as client, bench_of(client, tmp_path) as bench:
                    list(tried(bench, SUBJECT))
            except KilledError:
                killed += 1
            with client_of(url, Throttled()) as client:
                assert [remove_all(client, journal, late=True) for journal in left_in(tmp_path)] in ([], [{}])
            assert (calls, app.meetings) == (calls, ())
        assert list((tmp_path / FOLDER).iterdir()) == []
    assert killed > 4


@pytest.mark.parametrize("end", [KeyboardInterrupt, Stop, ZeroDivisionError])
def test_what_ends_the_trials_in_the_middle_takes_its_meetings_along(tmp_path: Path, end: type[BaseException]) -> None:
    with Sandbox() as app, serve(app) as url, client_of(url, Throttled()) as client:
        with pytest.raises(end), bench_of(client, tmp_path) as bench:  # noqa: PT012 - it ends in the middle
            for number, _ in enumerate(tried(bench, SUBJECT)):
                if number == 4:
                    raise end.__new__(end)
        assert (app.meetings, bench.left, left_in(tmp_path)) == ((), {}, [])


@pytest.mark.parametrize(("before", "gone"), [(0, True), (1, False)])
def test_a_first_interrupt_while_meetings_are_taken_away_waits_and_a_second_one_does_not(
    tmp_path: Path, before: int, *, gone: bool
) -> None:
    class Interrupting(Throttled):
        after = 0

        def wait(self) -> None:
            self.after -= 1
            if self.after == 0:
                raise KeyboardInterrupt

    gate = Interrupting()
    with Sandbox() as app, serve(app) as url, client_of(url, gate) as client:
        with pytest.raises(KeyboardInterrupt), bench_of(client, tmp_path) as bench:  # noqa: PT012 - as above
            for name in "abc":
                bench.make(bench.key(name))
            gate.after = 2
            if before:
                raise KeyboardInterrupt
        left = [meeting.external_id[-1] for meeting in app.meetings]
        assert (left, list(bench.left.values())) == (([], []) if gone else (["b", "c"], ["it was interrupted"] * 2))
        assert len(left_in(tmp_path)) == (not gone)


def test_who_can_t_delete_makes_one_meeting_and_no_more(tmp_path: Path) -> None:
    refusal = {"error": {"code": "Forbidden", "message": "No."}}
    with Sandbox() as app, serve(Otherwise(app, "DELETE", "403 x", refusal)) as url:
        with (
            client_of(url, Throttled()) as client,
            pytest.raises(NoAnswerError),
            bench_of(client, tmp_path) as bench,
        ):
            list(tried(bench, SUBJECT))

        assert [meeting.external_id for meeting in app.meetings] == ["mi-trial-0123456789ab-gone"]
        assert list(bench.left) == ["mi-trial-0123456789ab-gone"]
        (journal,) = left_in(tmp_path)
        assert journal.count == 1
    with serve(app) as url, client_of(url, Throttled()) as client:
        assert remove_all(client, journal) == {}
    assert app.meetings == ()


def test_another_meeting_is_never_touched(tmp_path: Path) -> None:
    """Be it that an answer is mixed up, or that a journal names an ID that is another meeting's."""
    with Sandbox() as app, serve(app) as url, client_of(url, Throttled()) as client:
        other = TrialJournal.begin(tmp_path / "other", RUN)
        bench = bench_of(client, tmp_path / "made")
        theirs = bench.make(bench.key("x"))
        somebodys = {**theirs.data, "externalId": "HR-1", "subject": "Maths"}
        assert bench.change(theirs.graph_id, {"subject": "Maths"}).error is None
        with serve(Otherwise(app, "POST", "201 x", somebodys)) as mixing, client_of(mixing, Throttled()) as mixed_up:
            with pytest.raises(StrangerError), bench_of(mixed_up, tmp_path / "mixed") as mixed:
                list(tried(mixed, SUBJECT))
            assert [*mixed.left.values()] == ["another meeting was found in its place, and left alone"]
        with serve(Otherwise(app, "GET", "200 x", somebodys)) as reading, client_of(reading, Throttled()) as reader:
            other.asked("mi-trial-0123456789ab-x")
            other.made("mi-trial-0123456789ab-x", theirs.graph_id)
            assert [*remove_all(reader, other).values()] == ["another meeting was found in its place, and left alone"]

        assert [meeting.subject for meeting in app.meetings] == ["Maths"]
        assert ANA.object_id == app.meetings[0].organizer_id


def test_a_journal_that_a_kill_has_torn_is_read_up_to_there(tmp_path: Path) -> None:
    journal = TrialJournal.begin(tmp_path, RUN)
    journal.asked("a")
    journal.made("a", "1")
    journal.asked("b")
    path = tmp_path / FOLDER / "0123456789ab.jsonl"
    whole = path.read_bytes()
    assert os.name == "nt" or path.stat().st_mode & 0o077 == 0
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        for found in left_in(tmp_path):
            found.asked("c")
        again = left_in(tmp_path)
        head = len(whole.split(b"\n")[1]) + 1
        assert len(again) == (length >= head), length
        if again:
            assert [made.external_id for made in again[0].left()][-1] == "c"
        elif path.exists():
            path.unlink()
    (tmp_path / FOLDER / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / FOLDER / "other.jsonl").write_text('{"x": 1}\n["asked", "z"]', encoding="utf-8")
    path.unlink(missing_ok=True)
    assert left_in(tmp_path) == []
    assert len(list((tmp_path / FOLDER).iterdir())) == 2
