"""Refusals that have nothing to do with our pace must not slow the run down for ever.

Graph's front doors answer 429 and 503 for reasons of their own (a machine restarts, a neighbour is noisy). A pacer that
takes each of them for a measurement of the rate learns an ever lower one: 1,000 rows took 1,300 s at 8 % where
pausing for each refusal and nothing else takes 90 s. The cause shows: the requests let in between two refusals are
as many at a slow pace as at a fast one.
"""

from __future__ import annotations

import heapq
import math
import random

import pytest

from importer.graph.pacing import Fate, Limits, Pacer, Throttled

LATENCY = 0.05
ROWS = 1000
WORKERS = 16


def run(share: float, retry_after: float, seed: int) -> tuple[float, int]:
    """Return the seconds that ROWS rows take, and the refusals, when each request is refused by chance."""
    chance, pacer = random.Random(seed), Pacer(0.0, Limits(workers=WORKERS))
    events = [(0.0, worker, math.nan) for worker in range(WORKERS)]
    waiting: list[int] = []
    now, done, refused, turn = 0.0, 0, 0, WORKERS
    while done < ROWS:
        now, _, sent_at = heapq.heappop(events)
        if math.isnan(sent_at):
            delay = pacer.admit(now)
            if delay == math.inf:
                waiting.append(turn)
            else:
                turn += 1
                heapq.heappush(events, (now + (delay or LATENCY), turn, math.nan if delay else now))
            continue
        hit = chance.random() < share
        pacer.answered(now, sent_at=sent_at, outcome=Throttled(retry_after) if hit else Fate.LET_IN)
        done, refused = done + (not hit), refused + hit
        for _ in range(1 + min(1, len(waiting))):
            turn += 1
            heapq.heappush(events, (now, turn, math.nan))
        del waiting[:1]
    return now, refused


@pytest.mark.parametrize("share", [0.01, 0.03, 0.08, 0.15])
@pytest.mark.parametrize("retry_after", [0.2, 1.0])
def test_refusals_by_chance_cost_their_pauses_and_little_more(share: float, retry_after: float) -> None:
    """Over eight runs: a single one may be unlucky where refusals are so rare that they could be a limit's."""
    runs = [run(share, retry_after, seed) for seed in range(8)]

    seconds, refused = (sum(figures) for figures in zip(*runs, strict=True))
    assert seconds < 2.7 * (refused * retry_after + len(runs) * ROWS * LATENCY / WORKERS)
