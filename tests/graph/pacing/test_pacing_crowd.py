"""Workers beyond what helps stay idle: the crowd grows only while that brings more answers."""

from __future__ import annotations

from itertools import pairwise

from importer.graph.pacing import FIRST, ConcurrencyLimit


class Rounds:
    """Plays whole rounds at given speeds, the crowd always full."""

    def __init__(self, most: int) -> None:
        self.now = 1000.0
        self.limit = ConcurrencyLimit(most, self.now)

    def play(self, speed: float, *, full: bool = True) -> int:
        """Plays one round at so many answers a second; return the size after it."""
        size = self.limit.size
        for _ in range(size):
            self.limit.sent(size if full else size - 1)
            self.now += 1 / speed
            self.limit.answered(self.now)
        return self.limit.size


def test_begins_with_a_few_and_never_has_more_than_allowed() -> None:
    assert ConcurrencyLimit(64, 0.0).size == FIRST
    assert ConcurrencyLimit(5, 0.0).size == 5


def test_doubles_while_that_brings_more_answers() -> None:
    rounds = Rounds(100)

    assert [rounds.play(speed) for speed in (100, 200, 400, 600)] == [32, 64, 100, 100]


def test_takes_a_step_back_that_brought_nothing_and_tries_again_later() -> None:
    rounds = Rounds(64)
    rounds.play(100)

    assert [rounds.play(100) for _ in range(3)] == [32, 16, 16]
    assert rounds.play(10) == 32


def test_tries_again_at_ever_longer_intervals() -> None:
    rounds = Rounds(32)
    tries: list[float] = []
    size = rounds.limit.size
    while len(tries) < 6:
        grown = rounds.play(100)
        if grown > size:
            tries.append(rounds.now)
        size = grown

    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == sorted(gaps)
    assert gaps[-1] > 8


def test_the_first_round_after_a_step_can_not_condemn_it() -> None:
    """It hears of requests that were sent before the step."""
    rounds = Rounds(64)
    rounds.play(100)

    assert rounds.play(100) == 32
    assert rounds.play(200) == 64


def test_a_round_that_was_not_full_says_nothing() -> None:
    rounds = Rounds(64)

    assert [rounds.play(100, full=False) for _ in range(5)] == [16] * 5


def test_a_pause_is_not_held_against_a_step() -> None:
    rounds = Rounds(32)
    rounds.play(100)
    rounds.now += 60
    rounds.limit.restart(rounds.now)

    assert [rounds.play(200) for _ in range(3)] == [32] * 3


def test_begins_again_with_one_when_nothing_is_known_about_a_pause() -> None:
    rounds = Rounds(64)
    for _ in range(10):
        rounds.limit.answered(rounds.now)
    rounds.limit.shrink(rounds.now)

    assert rounds.limit.size == 1
    assert [rounds.play(speed) for speed in (10, 20, 40, 80)] == [2, 4, 8, 16]


def test_answers_from_before_a_pause_are_no_part_of_the_round_after_it() -> None:
    rounds = Rounds(64)
    for _ in range(15):
        rounds.limit.sent(16)
        rounds.limit.answered(rounds.now)
    rounds.limit.shrink(rounds.now)
    rounds.limit.answered(rounds.now + 1)

    assert rounds.limit.size == 1
