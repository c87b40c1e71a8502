"""Two runs started together never write into each other; tests/benchmarks/two_runs.py does it fifty times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.two_runs import rounds

if TYPE_CHECKING:
    from tests.forks import Start


def test_two_runs_of_one_roster_started_together_make_nothing_twice_and_leave_one_whole_copy(starts: Start) -> None:
    done = rounds(4, starts)

    assert (done.rounds, done.faults) == (4, [])
