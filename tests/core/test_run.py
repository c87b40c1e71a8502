"""The runner's decisions: what a refusal means for the rows after it, and that no result is lost or misplaced."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from importer.core import Failure, Scope
from importer.core.catalogue import problem
from importer.core.model import Answer, Attendee, ExitCode, FailureLimit, Status, Stop
from importer.core.run import GLANCE_SECONDS, Interrupt, Run, RunOptions
from tests.rows import a_meeting, a_request, a_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.core.row import MeetingRequest, Row

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def ready(number: int, organizer: str = "org-1") -> Row:
    external_id = f"id-{number}"
    request = a_request(external_id=external_id, organizer_id=organizer, attendees=[Attendee("a@b.de")])
    return a_row(number, external_id=external_id, organizer=organizer, request=request)


def meeting(request: MeetingRequest) -> Answer:
    return Answer(
        Status.CREATED, a_meeting(graph_id=request.external_id, join_url=f"https://join/{request.external_id}")
    )


def failure(scope: Scope, code: str = "interrupted") -> Failure:
    return Failure(problem(code), scope)


class Service:
    """Answers by a rule, and remembers what was asked and how many were in flight together."""

    def __init__(self, rule: Callable[[MeetingRequest], Answer | Failure]) -> None:
        self.rule = rule
        self.calls: list[str] = []

    def create_or_get(self, request: MeetingRequest) -> Answer | Failure:
        self.calls.append(request.external_id)
        return self.rule(request)


def finish(
    service: Service, rows: Iterable[Row], *, limit: FailureLimit | None = None, workers: int = 1
) -> tuple[dict[int, Row], Stop | None]:
    run = Run(service, RunOptions(workers=workers, max_failures=limit), now=lambda: NOW, interrupt=Interrupt())
    results = {result.number: result for result in run.results(list(rows))}
    return results, run.ending


def test_each_link_is_on_its_own_row_whatever_the_order_of_answers() -> None:
    turn = threading.Barrier(4, timeout=10)

    def together(request: MeetingRequest) -> Answer:
        turn.wait()
        return meeting(request)

    results, ending = finish(Service(together), [ready(n) for n in range(2, 42)], workers=4)

    assert ending is None
    assert {n: r.meeting.join_url for n, r in results.items() if r.meeting} == {
        n: f"https://join/id-{n}" for n in range(2, 42)
    }


def test_a_failed_row_does_not_stop_the_others() -> None:
    service = Service(lambda request: failure(Scope.ROW) if request.external_id == "id-3" else meeting(request))

    results, ending = finish(service, [ready(n) for n in (2, 3, 4)])

    assert ([results[n].status for n in (2, 3, 4)], ending) == ([Status.CREATED, Status.FAILED, Status.CREATED], None)


def test_a_refused_organizer_is_asked_once_and_its_other_rows_fail_alike() -> None:
    service = Service(lambda request: failure(Scope.ORGANIZER) if request.organizer_id == "bad" else meeting(request))
    rows = [ready(2, "good"), *(ready(n, "bad") for n in range(3, 8))]

    results, ending = finish(service, rows)

    assert ending is None
    assert Counter(result.status for result in results.values()) == {Status.CREATED: 1, Status.FAILED: 5}
    assert len(service.calls) == 2


def test_the_same_refusal_for_every_organizer_stops_the_run() -> None:
    service = Service(lambda _: failure(Scope.ORGANIZER))
    rows = [ready(n, f"org-{n % 3}") for n in range(2, 60)]

    results, ending = finish(service, rows)

    assert ending is not None
    assert ending.exit_code is ExitCode.REFUSED
    assert len(service.calls) == len(results) == 3


def test_a_thousand_organizers_refused_alike_are_not_all_asked() -> None:
    service = Service(lambda _: failure(Scope.ORGANIZER))

    _, ending = finish(service, [ready(n, f"org-{n}") for n in range(1000)])

    assert ending is not None
    assert len(service.calls) == 20


def test_one_organizer_accepted_shows_that_the_tenant_is_not_the_cause() -> None:
    service = Service(lambda request: meeting(request) if request.organizer_id == "org-0" else failure(Scope.ORGANIZER))

    results, ending = finish(service, [ready(n, f"org-{n}") for n in range(100)])

    assert (len(results), ending) == (100, None)


def test_a_refusal_of_the_tenant_stops_at_once() -> None:
    results, ending = finish(Service(lambda _: failure(Scope.TENANT)), [ready(n) for n in range(2, 9)])

    assert ending is not None
    assert (ending.exit_code, list(results)) == (ExitCode.REFUSED, [2])


def test_a_service_that_is_down_stops_the_run_and_one_that_recovers_does_not() -> None:
    down, ended = finish(Service(lambda _: failure(Scope.SERVICE)), [ready(n) for n in range(100)])
    assert ended is not None
    assert (ended.exit_code, len(down)) == (ExitCode.STOPPED, 10)

    flaky = Service(lambda request: failure(Scope.SERVICE) if int(request.external_id[3:]) % 5 else meeting(request))
    results, ending = finish(flaky, [ready(n) for n in range(100)])
    assert (len(results), ending) == (100, None)


@pytest.mark.parametrize(
    ("limit", "failed"), [(FailureLimit(3), 4), (FailureLimit(0), 1), (FailureLimit(percent=10), 6)]
)
def test_more_failures_than_allowed_stop_the_run(limit: FailureLimit, failed: int) -> None:
    results, ending = finish(Service(lambda _: failure(Scope.ROW)), [ready(n) for n in range(50)], limit=limit)

    assert ending is not None
    assert (ending.exit_code, ending.problem.code, len(results)) == (ExitCode.STOPPED, "too-many-failures", failed)


def _not_changed(request: MeetingRequest, stop: Stop | None = None) -> Answer:
    found = problem("update-failed", reason="No.")
    return replace(meeting(request), status=Status.DIFFERS, problems=(found,), stop=stop)


def wrong_below(number: int) -> Callable[[MeetingRequest], Answer]:
    return lambda request: (_not_changed if int(request.external_id[3:]) < number else meeting)(request)


def test_a_meeting_that_could_not_be_changed_is_a_failure_and_all_sheets_count() -> None:
    options = RunOptions(workers=1, max_failures=FailureLimit(5))
    for sheet, failed in enumerate((3, 3, 0)):
        rows = [ready(n) for n in range(failed + 2)]
        run = Run(Service(wrong_below(failed)), options, now=lambda: NOW, interrupt=Interrupt())
        assert all(result.meeting is not None for result in run.results(rows))
        assert (run.ending is not None) == (sheet == 1)
    assert (options.failures.failed, options.failures.rows) == (6, 12)


@pytest.mark.parametrize(
    ("late", "code"), [(True, ExitCode.STOPPED), (False, ExitCode.INTERRUPTED)], ids=["the time is up", "Ctrl-C"]
)
def test_a_run_that_ends_between_the_last_meeting_and_its_options_has_ended_early(late: bool, code: ExitCode) -> None:  # noqa: FBT001 - what is expected
    interrupt = Interrupt()

    def rule(request: MeetingRequest) -> Answer:
        (interrupt.time_is_up if late else interrupt.request_stop)()
        return _not_changed(request, Stop(problem("interrupted"), ExitCode.INTERRUPTED))

    run = Run(Service(rule), RunOptions(), now=lambda: NOW, interrupt=interrupt)

    (result,) = run.results([ready(1)])
    assert result.meeting is not None
    assert run.unanswered == frozenset()
    assert run.ending is not None
    assert run.ending.exit_code is code


def test_sign_in_that_fails_before_the_last_meeting_is_changed_ends_the_run_with_that() -> None:
    refused = Stop(problem("token-refused"), ExitCode.REFUSED)
    results, ending = finish(Service(lambda request: _not_changed(request, refused)), [ready(1)])

    assert (ending, len(results)) == (refused, 1)


def test_sign_in_that_fails_in_the_middle_stops_in_order() -> None:
    def expired(request: MeetingRequest) -> Answer:
        if request.external_id == "id-4":
            raise Stop(problem("interrupted"), ExitCode.REFUSED)
        return meeting(request)

    results, ending = finish(Service(expired), [ready(n) for n in range(2, 9)])

    assert ending is not None
    assert (ending.exit_code, sorted(results)) == (ExitCode.REFUSED, [2, 3])


def test_a_bug_in_a_worker_comes_out_as_it_is() -> None:
    def broken(_: MeetingRequest) -> Answer:
        raise ZeroDivisionError("bug")

    with pytest.raises(ZeroDivisionError):
        finish(Service(broken), [ready(2)])


def test_an_interrupt_ends_the_run_after_the_answers_in_flight() -> None:
    interrupt = Interrupt()
    woken: list[bool] = []
    interrupt.wake = lambda: woken.append(True)

    def asks(request: MeetingRequest) -> Answer:
        if request.external_id == "id-3":
            interrupt.request_stop()
        return meeting(request)

    run = Run(Service(asks), RunOptions(workers=1), now=lambda: NOW, interrupt=interrupt)
    results = [result.number for result in run.results([ready(n) for n in range(2, 9)])]

    assert run.ending is not None
    assert (results, run.ending.exit_code, woken) == ([2, 3], ExitCode.INTERRUPTED, [True])


def test_a_second_interrupt_does_not_wait_for_a_call_that_hangs() -> None:
    interrupt, hanging = Interrupt(), threading.Event()

    def hang(request: MeetingRequest) -> Answer:
        interrupt.request_stop()
        interrupt.request_stop()
        hanging.wait(30)
        return meeting(request)

    run = Run(Service(hang), RunOptions(workers=1), now=lambda: NOW, interrupt=interrupt)

    assert list(run.results([ready(2), ready(3)])) == []
    hanging.set()


def test_a_run_whose_time_is_up_stops_in_order_and_says_so() -> None:
    """What was sent is answered, what was not is not attempted, and the reason is the time, whoever notices first."""
    interrupt = Interrupt()

    def rule(request: MeetingRequest) -> Answer | Failure:
        if request.external_id == "id-3":
            interrupt.time_is_up()
        return meeting(request)

    service = Service(rule)
    run = Run(service, RunOptions(workers=1), now=lambda: NOW, interrupt=interrupt)
    results = [result.number for result in run.results([ready(n) for n in range(6)])]

    assert (len(results), len(service.calls), "id-3" in service.calls) == (len(results), len(results), True)
    assert run.ending is not None
    assert (run.ending.problem.code, run.ending.exit_code) == ("time-limit-reached", ExitCode.STOPPED)


def test_a_worker_that_only_knows_that_the_run_ends_does_not_give_the_reason() -> None:
    interrupt = Interrupt()

    def rule(request: MeetingRequest) -> Answer | Failure:
        interrupt.time_is_up()
        raise Stop(problem("interrupted"), ExitCode.INTERRUPTED)

    run = Run(Service(rule), RunOptions(), now=lambda: NOW, interrupt=interrupt)

    assert list(run.results([ready(1)])) == []
    assert run.ending is not None
    assert run.ending.problem.code == "time-limit-reached"


def test_time_that_is_up_while_the_run_is_ending_hurries_nobody() -> None:
    woken: list[int] = []
    interrupt = Interrupt(wake=lambda: woken.append(1))
    interrupt.request_stop()
    interrupt.time_is_up()

    assert (interrupt.asked, len(woken), interrupt.stop.exit_code) == (1, 1, ExitCode.INTERRUPTED)
    refused = Stop(problem("result-for-many"), ExitCode.USAGE)
    assert interrupt.meant(refused) is refused


def _in_flight(*acts: Callable[[Interrupt], None]) -> tuple[Service, Interrupt, threading.Event]:
    """Return a service that never answers, and an interrupt that is asked for once every row is in flight."""
    interrupt, hanging, all_there = Interrupt(grace=0.0), threading.Event(), threading.Barrier(3, timeout=10)

    def hang(request: MeetingRequest) -> Answer:
        if all_there.wait() == 0:
            for act in acts:
                act(interrupt)
        hanging.wait(30)
        return meeting(request)

    return Service(hang), interrupt, hanging


@pytest.mark.parametrize(
    ("acts", "code", "exit_code"),
    [
        ((Interrupt.request_stop,), "interrupted", ExitCode.INTERRUPTED),
        ((Interrupt.request_stop, Interrupt.request_stop), "interrupted", ExitCode.INTERRUPTED),
        ((Interrupt.time_is_up,), "time-limit-reached", ExitCode.STOPPED),
    ],
)
def test_a_run_that_is_ended_when_every_row_is_in_flight_has_ended_early(
    acts: tuple[Callable[[Interrupt], None], ...], code: str, exit_code: ExitCode
) -> None:
    service, interrupt, hanging = _in_flight(*acts)
    run = Run(service, RunOptions(workers=3), now=lambda: NOW, interrupt=interrupt)

    results = list(run.results([ready(n) for n in (2, 3, 4)]))
    hanging.set()

    assert results == []
    assert run.unanswered == {2, 3, 4}
    assert run.ending is not None
    assert (run.ending.problem.code, run.ending.exit_code) == (code, exit_code)


@pytest.mark.parametrize(("ask", "ended"), [(Interrupt.request_stop, "interrupted"), (Interrupt.time_is_up, "")])
def test_answers_that_come_after_the_end_was_asked_for_are_kept(ask: Callable[[Interrupt], None], ended: str) -> None:
    """Whoever interrupts is told so; time that was up while the last answers came has cut nothing short."""
    interrupt, both = Interrupt(), threading.Barrier(2, timeout=10)

    def answers(request: MeetingRequest) -> Answer:
        both.wait()
        ask(interrupt)
        return meeting(request)

    run = Run(Service(answers), RunOptions(workers=2), now=lambda: NOW, interrupt=interrupt)
    rows = sorted(result.number for result in run.results([ready(2), ready(3)]))

    assert (rows, run.unanswered) == ([2, 3], frozenset())
    assert (run.ending.problem.code if run.ending else "") == ended


class _Late(Interrupt):
    """An interrupt that comes after so many looks, and after some more lets the call that hangs answer."""

    def __init__(self, looks: int, more: int, release: threading.Event) -> None:
        super().__init__(grace=looks * GLANCE_SECONDS / 2)
        self._left, self._more, self._release = looks, more, release

    def look(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.request_stop()
        if self._left == -self._more:
            self._release.set()


def test_a_call_that_had_hung_for_long_before_the_interrupt_still_has_its_moment() -> None:
    release = threading.Event()
    interrupt = _Late(looks=6, more=1, release=release)

    class Looking(Run):
        def _is_abandoned(self) -> bool:
            interrupt.look()
            return super()._is_abandoned()

    def slow(request: MeetingRequest) -> Answer:
        release.wait(30)
        return meeting(request)

    run = Looking(Service(slow), RunOptions(workers=1), now=lambda: NOW, interrupt=interrupt)

    assert [result.number for result in run.results([ready(2)])] == [2]
