"""The runner: one idempotent call per ready row, many at a time, and one place that decides whether to go on.

Theory of operation. The main thread alone feeds rows to a few worker threads and alone takes their answers, so
every decision (skip this organizer, stop the run) is made in one thread and needs no lock. Workers only call
`Meetings.create_or_get`, which retries by itself; that is safe because the external ID makes the call idempotent
(https://learn.microsoft.com/graph/api/onlinemeeting-createorget), and no two rows in here share a key. Each
organizer's rows are spread evenly over the run, so that no single one is asked for too much at a time.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from importer.core import Failure, Scope
from importer.core.calendar import InvitedAnswer
from importer.core.catalogue import problem
from importer.core.changing import is_same_meeting
from importer.core.model import WORKERS, Answer, ExitCode, FailureLimit, Severity, Status, Stop
from importer.core.roster import replaced
from importer.core.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
    from datetime import datetime

    from importer.core import Meetings
    from importer.core.row import Row


T = TypeVar("T")


def spread(items: Iterable[T], key: Callable[[T], Hashable]) -> list[T]:
    """Return all `items` in an order that spaces those of equal `key` evenly.

    A limit for each organizer then slows nobody else down: sorted rosters meet it one organizer at a time, evenly
    spread ones stay below it. Items of one key keep their order; where all keys differ, or all are equal, nothing
    moves. The same items always come in the same order. Takes O(n log n).

    Groups of the same size take turns, which spaces each of them perfectly; every size is laid over the run from its
    beginning to its end, and the sizes are merged.
    """
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    peers: dict[int, list[list[T]]] = {}
    for group in groups.values():
        peers.setdefault(len(group), []).append(group)
    placed = [
        ((turn * len(sharing) + place + 0.5) / (size * len(sharing)), item)
        for size, sharing in peers.items()
        for place, group in enumerate(sharing)
        for turn, item in enumerate(group)
    ]
    placed.sort(key=lambda entry: entry[0])
    return [item for _, item in placed]


ORGANIZERS_TO_JUDGE = 20
"""So many different organizers refused alike, and not one accepted: the cause is the tenant's, not theirs."""
SERVICE_SERIES = 10
"""So many rows in a row that the service gave up on, each after all its retries: it is down."""
GLANCE_SECONDS = 0.2
"""How often the main thread looks up from waiting: an interrupt is noticed within this time, also on Windows."""
GRACE_SECONDS = 15.0
"""How long an interrupted run waits for answers to calls in flight, so that their links are not lost.

It begins with the interrupt, however long those calls had been waited for before."""


@dataclass(slots=True)
class Interrupt:
    """What ends the run from outside: a signal, or the time being up.

    `asked` counts the requests: the first ends the run in order, a second at once. `grace` is how many seconds calls
    in flight are waited for.
    """

    asked: int = 0
    wake: Callable[[], None] = field(default=lambda: None)
    grace: float = GRACE_SECONDS
    late: bool = False

    def request_stop(self) -> None:
        """Ask the run to end: no new calls, and whoever waits for Graph's permission wakes up."""
        self.asked += 1
        self.wake()

    def time_is_up(self) -> None:
        """Ask the run to end in order because it has had its time, unless it is ending already."""
        if not self.asked:
            self.late = True
            self.request_stop()

    @property
    def stop(self) -> Stop:
        """Return why the run ends."""
        if self.late:
            return Stop(problem("time-limit-reached"), ExitCode.STOPPED)
        return Stop(problem("interrupted"), ExitCode.INTERRUPTED)

    def meant(self, stop: Stop) -> Stop:
        """Return the reason for `stop`, whose raiser may have known only that the run is to end."""
        return self.stop if stop.exit_code is ExitCode.INTERRUPTED else stop


@dataclass(slots=True)
class Failures:
    """How many of the rows sent have failed, over all sheets of a call."""

    failed: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How to run: `workers` calls at a time, and how many failures are borne (None: any number).

    A row has failed when it has no meeting, or one that could not be made as the row says. `failures` has those of
    earlier sheets, and takes in this one's. `accepted` counts rows of the same sheet that an earlier run had accepted
    and that are not sent now: with any, a refusal of all the others is theirs, not the tenant's.
    """

    workers: int = WORKERS
    max_failures: FailureLimit | None = None
    failures: Failures = field(default_factory=Failures)
    accepted: int = 0


_Outcome: TypeAlias = "tuple[Row, Answer | Failure | BaseException]"


class Run:
    """One run over ready rows. Iterate `results()`; afterwards `ending` says why it stopped early, if it did."""

    def __init__(
        self, meetings: Meetings, options: RunOptions, *, now: Callable[[], datetime], interrupt: Interrupt
    ) -> None:
        self.ending: Stop | None = None
        self.interrupt = interrupt
        self._workers: _Workers | None = None
        self._broken_off: frozenset[int] = frozenset()
        self._grace_used = 0.0
        self._late = False
        self._cut_short = False
        self._meetings = meetings
        self._options = options
        self._now = now

    def results(self, ready: Sequence[Row]) -> Iterator[Row]:
        """Return the result of each row as it comes; rows that are never given were not attempted.

        Raise whatever a worker raised that is neither a Stop nor a refusal: that is a bug of ours.
        """
        judge = _Judge(ready, self._options)
        self._workers = workers = _Workers(self._meetings, min(self._options.workers, len(ready)))
        waiting = deque(spread(ready, key=lambda entry: entry.asked.organizer_id))
        try:
            while (not self._heed() and waiting) or workers.busy:
                while not self._heed() and waiting and workers.busy < self._options.workers:
                    if refused := judge.refusal_for(waiting[0]):
                        self.ending = judge.count_failed(waiting[0])
                        yield self._result(waiting.popleft(), refused)
                    else:
                        workers.start(waiting.popleft())
                if outcome := workers.next(GLANCE_SECONDS):
                    yield from self._take(judge, *outcome)
                    continue
                self._grace_used += GLANCE_SECONDS if self.interrupt.asked else 0.0
                if self._is_abandoned():
                    self.ending = self.ending or self.interrupt.stop
                    return
            if self._late and not waiting and not self._broken_off and not self._cut_short:
                self.ending = None  # its time was up, and yet every row had its answer
        finally:
            workers.close()

    @property
    def unanswered(self) -> frozenset[int]:
        """The numbers of rows that were sent and have no answer: once the run has ended, their fate is not known."""
        return self._broken_off | (self._workers.in_flight if self._workers else frozenset())

    def _heed(self) -> Stop | None:
        """Take note of an interrupt; return why no other row may be sent, None where it may."""
        if self.interrupt.asked and self.ending is None:
            self.ending, self._late = self.interrupt.stop, self.interrupt.late
        return self.ending

    def _is_abandoned(self) -> bool:
        """Return whether calls in flight are waited for no longer: their moment is over, or a second interrupt came."""
        return bool(self.interrupt.asked) and (self.interrupt.asked > 1 or self._grace_used > self.interrupt.grace)

    def _take(self, judge: _Judge, row: Row, outcome: Answer | Failure | BaseException) -> Iterator[Row]:
        match outcome:
            case Stop():
                self.ending = self.ending or self.interrupt.meant(outcome)
                if outcome.exit_code is ExitCode.INTERRUPTED:  # an attempt may have got through before
                    self._broken_off |= {*row.numbers}
            case BaseException():
                raise outcome
            case _:
                if isinstance(outcome, Answer) and outcome.stop is not None:
                    self.ending, self._cut_short = self.ending or self.interrupt.meant(outcome.stop), True
                self.ending = self.ending or judge.verdict(row, outcome)
                yield self._result(row, outcome)

    def _result(self, row: Row, outcome: Answer | Failure) -> Row:
        if isinstance(outcome, Failure):
            failed = row.with_error(outcome.problem, Status.FAILED)
            return replace(failed, checked_at=self._now())
        events = outcome.events if isinstance(outcome, InvitedAnswer) else ()
        invited = (found for event in events for found in event.problems)
        found = (*invited, *outcome.problems, *replaced(row.previous, outcome.meeting, outcome.status), *row.problems)
        meeting = outcome.meeting
        if meeting.at_first is None and row.previous is not None and is_same_meeting(row.previous, meeting):
            meeting = replace(meeting, at_first=row.previous.at_first)
        return replace(
            row,
            status=outcome.status,
            problems=found,
            meeting=meeting,
            told=outcome.told,
            events=events,
            request=None,  # nothing asks for it any more, and it is a third of what a row takes
            checked_at=self._now(),
        )


class FailureSeries:
    """Says which failure ends a run for everybody: the tenant's at once, the service's when so many come in a row."""

    def __init__(self, limit: int = SERVICE_SERIES) -> None:
        self._limit = limit
        self._in_a_row = 0

    def answered(self) -> None:
        """Take that a call was answered."""
        self._in_a_row = 0

    def ending(self, failure: Failure) -> Stop | None:
        """Return the reason to stop after this failure, None to go on."""
        match failure.scope:
            case Scope.TENANT:
                return Stop(failure.problem, ExitCode.REFUSED)
            case Scope.SERVICE:
                self._in_a_row += 1
                if self._in_a_row >= self._limit:
                    return Stop(failure.problem, ExitCode.STOPPED)
        return None


class _Judge:
    """Decides what a refusal means for the rows still waiting."""

    def __init__(self, ready: Sequence[Row], options: RunOptions) -> None:
        self._failures = options.failures
        self._failures.rows += sum(len(entry.numbers) for entry in ready)
        self._series = FailureSeries(min(SERVICE_SERIES, len(ready)))
        self._organizers = len({entry.asked.organizer_id for entry in ready})
        self._limit = options.max_failures
        self._refused: dict[str | None, Failure] = {}
        self._answered = options.accepted > 0

    def refusal_for(self, row: Row) -> Failure | None:
        """Return the refusal that this row would get too, because its organizer already got it."""
        return self._refused.get(row.asked.organizer_id)

    def verdict(self, row: Row, outcome: Answer | Failure) -> Stop | None:
        """Return the reason to stop the run after this outcome, or None to go on."""
        match outcome:
            case Answer():
                self._answered = True
                self._series.answered()
                if not any(found.severity is Severity.ERROR for found in outcome.problems):
                    return None
            case Failure(scope=Scope.ORGANIZER):
                self._refused[row.asked.organizer_id] = outcome
                if self._everybody_refused(outcome):
                    return Stop(outcome.problem, ExitCode.REFUSED)
            case Failure():
                if stop := self._series.ending(outcome):
                    return stop
        return self.count_failed(row)

    def _everybody_refused(self, last: Failure) -> bool:
        alike = sum(failure.problem.code == last.problem.code for failure in self._refused.values())
        return not self._answered and alike >= min(ORGANIZERS_TO_JUDGE, self._organizers)

    def count_failed(self, row: Row) -> Stop | None:
        """Count one more failed row, or those that are one meeting; return the reason to stop when that is too many."""
        self._failures.failed += len(row.numbers)
        if self._limit is None or not self._limit.exceeded(self._failures.failed, self._failures.rows):
            return None
        return Stop(problem("too-many-failures", failed=self._failures.failed), ExitCode.STOPPED)


class _Workers:
    """Threads that make calls. They are daemons: a call that never ends can't keep the process from ending."""

    def __init__(self, meetings: Meetings, count: int) -> None:
        self._calls: dict[int, tuple[int, ...]] = {}
        self._tasks: SimpleQueue[Row | None] = SimpleQueue()
        self._done: SimpleQueue[_Outcome] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, args=(meetings,), name=f"meetings-{place}", daemon=True)
            for place in range(count)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def busy(self) -> int:
        return len(self._calls)

    @property
    def in_flight(self) -> frozenset[int]:
        return frozenset(number for numbers in self._calls.values() for number in numbers)

    def start(self, row: Row) -> None:
        self._calls[row.number] = row.numbers
        self._tasks.put(row)

    def next(self, seconds: float) -> _Outcome | None:
        """Return the next outcome, or None if none comes within `seconds`."""
        try:
            outcome = self._done.get(timeout=seconds)
        except Empty:
            return None
        del self._calls[outcome[0].number]
        return outcome

    def close(self) -> None:
        """Send the threads home; those in the middle of a call are not waited for."""
        for _ in self._threads:
            self._tasks.put(None)

    def _work(self, meetings: Meetings) -> None:
        while (row := self._tasks.get()) is not None:
            try:
                self._done.put((row, meetings.create_or_get(row.asked)))
            except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it or stops in order
                self._done.put((row, error))
