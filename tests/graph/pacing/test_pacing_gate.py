"""The gate holds real threads, wakes them at once when the run is interrupted, and says why they wait."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from importer.core.model import ExitCode, Stop
from importer.graph.pacing import Limits, SharedGate, SystemTimer, WaitReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.graph import Gate


class VirtualTimer:
    """A clock that waiting moves. Who waits for another thread's answer really waits for it."""

    def __init__(self) -> None:
        self.time = 5000.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        if seconds is None:
            changed.wait()
        else:
            self.waits.append(seconds)
            self.time += seconds


class Asleep:
    """A clock that stands still: who waits for it sleeps until somebody wakes it."""

    def __init__(self, sleepers: int = 1) -> None:
        self.asleep = threading.Semaphore(0)
        self.sleepers = sleepers

    def now(self) -> float:
        return 5000.0

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:  # noqa: ARG002 - the Protocol's
        self.asleep.release()
        changed.wait()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def refuse(gate: Gate, retry_after: float | None) -> None:
    gate.wait()
    gate.answered(throttled=True, retry_after=retry_after)


def test_is_a_gate() -> None:
    gate: Gate = SharedGate()

    gate.wait()
    gate.answered(throttled=False, retry_after=None)


def test_a_refusal_makes_everybody_wait(threads: ThreadPoolExecutor) -> None:
    timer = VirtualTimer()
    gate = SharedGate(timer=timer)
    threads.submit(refuse, gate, 10.0).result()
    threads.submit(gate.wait).result()

    assert timer.time == pytest.approx(5010.0)


@pytest.mark.parametrize(
    ("retry_after", "told"),
    [(10.0, (WaitReason.TOLD, 10.0)), (None, (WaitReason.GUESSED, 1.0)), (3600.0, (WaitReason.TOO_LONG, 3600.0))],
)
def test_says_why_and_for_how_long(retry_after: float | None, told: tuple[WaitReason, float]) -> None:
    said: list[tuple[WaitReason, float]] = []
    gate = SharedGate(timer=VirtualTimer(), on_wait=lambda why, seconds: said.append((why, seconds)))
    refuse(gate, retry_after)

    assert said == [told]


def test_whoever_is_told_may_ask_the_gate() -> None:
    """The console draws its line from `waiting`; called with the lock held, it would never come back."""
    seen: list[tuple[WaitReason, float] | None] = []
    gate = SharedGate(timer=VirtualTimer(), on_wait=lambda _why, _seconds: seen.append(gate.waiting()))
    refuse(gate, 10.0)

    assert seen == [(WaitReason.TOLD, 10.0)]


def test_tells_what_is_left_of_a_wait() -> None:
    timer = VirtualTimer()
    gate = SharedGate(timer=timer)
    assert gate.waiting() is None
    refuse(gate, 10.0)
    timer.time += 4.0

    assert gate.waiting() == (WaitReason.TOLD, 6.0)

    timer.time += 6.0
    assert gate.waiting() is None


def test_a_request_without_an_answer_was_not_let_in() -> None:
    """Nothing is learned from it: what the service refused before, it still refuses for all that is known."""
    said: list[float] = []
    gate = SharedGate(timer=VirtualTimer(), on_wait=lambda _why, seconds: said.append(seconds))
    for _ in range(4):
        refuse(gate, None)
        gate.wait()
        gate.unanswered()

    assert said == [1.0, 2.0, 4.0, 8.0]


def test_a_request_without_an_answer_makes_room_for_another(threads: ThreadPoolExecutor) -> None:
    gate = SharedGate(Limits(workers=1), timer=VirtualTimer())
    gate.wait()
    waiting = threads.submit(gate.wait)
    gate.unanswered()

    assert waiting.result(timeout=30) is None


def test_an_interrupt_wakes_every_thread_at_once(threads: ThreadPoolExecutor) -> None:
    timer = Asleep()
    gate = SharedGate(timer=timer)
    refuse(gate, 300.0)
    waiting = [threads.submit(gate.wait) for _ in range(8)]
    timer.asleep.acquire()
    gate.stop()

    for future in waiting:
        with pytest.raises(Stop) as stopped:
            future.result(timeout=30)
        assert stopped.value.exit_code is ExitCode.INTERRUPTED
        assert stopped.value.problem.code == "interrupted"


def test_after_an_interrupt_nothing_more_is_sent() -> None:
    gate = SharedGate()
    gate.wait()
    gate.stop()
    gate.stop()
    gate.answered(throttled=False, retry_after=None)

    with pytest.raises(Stop):
        gate.wait()


def test_no_more_in_the_air_than_allowed(threads: ThreadPoolExecutor) -> None:
    timer = Asleep()
    gate = SharedGate(Limits(workers=1), timer=timer)
    gate.wait()
    second = threads.submit(gate.wait)
    timer.asleep.acquire()
    assert not second.done()

    gate.answered(throttled=False, retry_after=None)
    second.result(timeout=30)


def test_many_threads_get_through_and_the_rate_is_kept(threads: ThreadPoolExecutor) -> None:
    timer = VirtualTimer()
    gate = SharedGate(Limits(workers=8, rate=100), timer=timer)

    def send() -> None:
        gate.wait()
        gate.answered(throttled=False, retry_after=None)

    for future in [threads.submit(send) for _ in range(400)]:
        future.result(timeout=30)

    assert 400 / (timer.time - 5000.0) == pytest.approx(100, rel=0.05)


def test_the_learned_rate_begins_with_the_first_request_and_not_with_the_program() -> None:
    timer = VirtualTimer()
    gate = SharedGate(timer=timer)
    timer.time += 3600.0
    for _ in range(100):
        gate.wait()
        gate.answered(throttled=False, retry_after=None)
    refuse(gate, 1.5)
    gate.wait()
    timer.waits.clear()
    gate.wait()

    assert timer.waits == [pytest.approx(1 / 67, rel=0.05)]


def test_the_system_s_timer_waits_for_a_notice() -> None:
    timer = SystemTimer()
    changed = threading.Condition()

    def notify() -> None:
        with changed:
            changed.notify()

    with changed:
        thread = threading.Thread(target=notify)
        thread.start()
        began = timer.now()
        timer.wait(changed, 60.0)
        assert timer.now() - began < 60.0
    thread.join()
