"""What the pacer answers, step by step: pauses and what is believed of them, the timetable, and what is learned."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from importer.graph import wire as retry
from importer.graph.pacing import CATCH_UP, SHORTEST_PAUSE, Fate, Limits, Pacer, Pause, Throttled, WaitReason

START = 86_400.0 * 400
"""Monotonic clocks begin anywhere, e.g. with the machine."""


class Line:
    """A worker that sends and is answered at once, on a clock it moves by itself."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.now = START
        self.pacer = Pacer(START, limits)

    def send(self) -> float:
        """Wait as long as it is told to, then sends; return the seconds waited."""
        began = self.now
        while (delay := self.pacer.admit(self.now)) > 0:
            assert delay < math.inf
            self.now += delay
        return self.now - began

    def let_in(self, count: int = 1) -> None:
        for _ in range(count):
            self.send()
            self.pacer.answered(self.now, sent_at=self.now, outcome=Fate.LET_IN)

    def refused(self, retry_after: float | None) -> Pause | None:
        self.send()
        self.now += 0.01
        return self.pacer.answered(self.now, sent_at=self.now - 0.01, outcome=Throttled(retry_after))


@pytest.mark.parametrize("told", [0.249, 1.0, 10.0, 900.0])
def test_everybody_waits_as_long_as_the_service_says(told: float) -> None:
    line = Line()

    assert line.refused(told) == Pause(WaitReason.TOLD, line.now + told)
    assert line.send() == pytest.approx(told)


@pytest.mark.parametrize("told", [0.0, -5.0, None])
def test_without_a_believable_word_the_wait_is_a_second_and_doubles(told: float | None) -> None:
    line = Line()
    pauses = [line.refused(told) for _ in range(8)]

    assert all(pause is not None and pause.why is WaitReason.GUESSED for pause in pauses)
    line.let_in()
    assert line.refused(told) == Pause(WaitReason.GUESSED, line.now + 1.0)


def test_guesses_double_up_to_a_minute() -> None:
    line = Line()
    waits = []
    for _ in range(8):
        line.refused(None)
        waits.append(round(line.send()))
        line.pacer.answered(line.now, sent_at=line.now, outcome=Fate.FAILED)

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_after_a_guessed_pause_one_request_goes_ahead() -> None:
    line = Line()
    line.refused(None)
    line.send()

    assert line.pacer.admit(line.now) == math.inf

    line.pacer.answered(line.now, sent_at=line.now, outcome=Fate.LET_IN)
    assert line.pacer.admit(line.now) == 0.0


def test_a_wait_of_milliseconds_is_not_hurried() -> None:
    line = Line()
    line.refused(0.001)

    assert line.send() == pytest.approx(SHORTEST_PAUSE)


def test_an_hour_is_not_slept_and_the_caller_is_told() -> None:
    line = Line()

    assert line.refused(3600.0) == Pause(WaitReason.TOO_LONG, line.now + 3600.0)
    assert line.pacer.pause is None
    assert line.send() == 0.0


def test_whatever_the_client_waits_for_everybody_waits_for() -> None:
    """Else each worker would sleep by itself, one refusal each, and nobody would be told."""
    assert Limits().longest_pause == retry.RetryPolicy().patience


def test_the_longest_pause_is_the_user_s_to_set() -> None:
    line = Line(Limits(longest_pause=5.0))

    assert line.refused(6.0) == Pause(WaitReason.TOO_LONG, line.now + 6.0)


def test_refusals_of_requests_in_the_air_belong_to_the_pause() -> None:
    """Sixteen workers meet the limit together: one pause, and not sixteen readings of the rate."""
    line = Line()
    line.let_in(100)
    sent_at = line.now
    for _ in range(16):
        assert line.pacer.admit(sent_at) == 0.0
    line.now += 0.05
    told = [line.pacer.answered(line.now, sent_at=sent_at, outcome=Throttled(2.0)) for _ in range(16)]

    assert told == [Pause(WaitReason.TOLD, line.now + 2.0)] + [None] * 15


def test_a_longer_wait_told_by_one_in_the_air_counts_and_is_told() -> None:
    line = Line()
    sent_at = line.now
    for _ in range(3):
        line.pacer.admit(sent_at)
    told = [
        line.pacer.answered(sent_at + 0.05, sent_at=sent_at, outcome=Throttled(seconds)) for seconds in (2.0, 30.0, 5.0)
    ]

    assert told == [Pause(WaitReason.TOLD, sent_at + 2.05), Pause(WaitReason.TOLD, sent_at + 30.05), None]
    assert line.pacer.admit(sent_at + 20.0) == pytest.approx(10.05)


def test_a_late_refusal_from_before_the_pause_takes_it_up_again() -> None:
    line = Line()
    slow = line.now
    line.pacer.admit(slow)
    line.now += 0.01
    line.refused(0.1)
    line.let_in()
    line.pacer.answered(line.now, sent_at=slow, outcome=Throttled(5.0))

    assert line.send() == pytest.approx(5.0)


def test_a_late_refusal_from_before_the_pause_teaches_nothing() -> None:
    line = Line()
    line.let_in(99)
    slow = line.now
    line.pacer.admit(slow)
    line.refused(0.991)
    line.let_in(10)
    before = line.pacer.pace(line.now)
    line.pacer.answered(line.now, sent_at=slow, outcome=Throttled(5.0))
    line.send()

    assert line.pacer.pace(line.now) == pytest.approx(before)


@given(some.floats(0, 1e8), some.floats(0.05, 300))
def test_rounding_makes_nobody_ask_for_ever(now: float, told: float) -> None:
    pacer = Pacer(now)
    pacer.admit(now)
    pacer.answered(now, sent_at=now, outcome=Throttled(told))
    asked = 0
    while (delay := pacer.admit(now)) > 0:
        now, asked = now + delay, asked + 1

    assert asked <= 2


def learned(rate: float, limits: Limits | None = None) -> Line:
    """Return a line that met a limit of so many a second: a second's worth was let in, then it had to wait for one."""
    line = Line(limits)
    line.let_in(round(rate))
    line.refused(0.991)
    line.let_in()
    return line


def test_the_rate_is_learned_from_what_was_let_in() -> None:
    line = learned(100)

    assert line.pacer.pace(line.now) == pytest.approx(100, abs=0.2)


def test_a_wait_told_in_whole_seconds_is_known_to_be_rounded_up() -> None:
    """A second was told where, on average, half of one was meant: the rate may be above what got in."""
    line = Line()
    line.let_in(100)
    line.refused(1.0)
    line.let_in()

    assert line.pacer.pace(line.now) > 1.2 * 99


def test_requests_leave_evenly_spaced_at_the_learned_rate() -> None:
    line = learned(100)
    gaps = []
    for _ in range(50):
        gaps.append(line.send())
        line.pacer.answered(line.now, sent_at=line.now, outcome=Fate.LET_IN)

    assert gaps == pytest.approx([gaps[0]] * 50)
    assert gaps[0] == pytest.approx(1 / 100, rel=0.002)


def test_a_late_timer_does_not_eat_the_rate() -> None:
    line = learned(100)
    began = line.now
    for _ in range(100):
        delay = line.pacer.admit(line.now)
        if delay > 0:
            line.now += delay + 0.015
            assert line.pacer.admit(line.now) == 0.0
        line.pacer.answered(line.now, sent_at=line.now, outcome=Fate.LET_IN)

    assert 100 / (line.now - began) == pytest.approx(100, rel=0.02)


def test_time_that_nobody_used_is_not_saved_up_for_a_burst() -> None:
    line = learned(100)
    line.now += 1.0
    burst = 0
    while line.pacer.admit(line.now) == 0.0:
        line.pacer.answered(line.now, sent_at=line.now, outcome=Fate.LET_IN)
        burst += 1

    assert burst <= 100 * CATCH_UP + 1


def test_the_pace_rises_again_when_nothing_is_refused() -> None:
    line = learned(100)
    paces = []
    for _ in range(6):
        paces.append(line.pacer.pace(line.now))
        end = line.now + 4.0
        while line.now < end:
            line.let_in()

    assert paces == sorted(paces)
    assert paces[1] == paces[0]
    assert paces[-1] > 1.1 * paces[0]


def test_a_pace_that_nobody_uses_does_not_rise() -> None:
    """Else a slow stretch would end in a rush at whatever the pace had become meanwhile."""
    line = learned(100)
    before = line.pacer.pace(line.now)
    for _ in range(100):
        line.now += 0.5
        line.let_in()

    assert line.pacer.pace(line.now) <= before * 1.05


def test_a_quiet_night_overflows_nothing() -> None:
    line = learned(100)

    assert line.pacer.pace(line.now + 86_400 * 365) < math.inf


def test_a_slow_pace_is_looked_at_again_every_second() -> None:
    """At one request in ten minutes, the next departure must not stand when the pace has risen tenfold."""
    line = Line(Limits(rate=1 / 600))
    line.let_in()

    assert line.pacer.admit(line.now) == 1.0
    assert line.send() == pytest.approx(600)


def test_a_quota_spent_by_others_is_waited_out_and_teaches_nothing() -> None:
    line = Line()
    line.let_in(5)
    line.refused(2.0)
    line.send()

    assert line.pacer.pace(line.now) == math.inf


def test_a_refusal_at_the_user_s_own_rate_teaches_too() -> None:
    line = learned(100, Limits(rate=200))

    assert line.pacer.pace(line.now) < 200


def test_a_failed_request_frees_its_place_and_teaches_nothing() -> None:
    pacer = Pacer(START, Limits(workers=1))
    assert pacer.admit(START) == 0.0
    assert pacer.admit(START) == math.inf
    pacer.answered(START, sent_at=START, outcome=Fate.FAILED)

    assert pacer.admit(START) == 0.0
