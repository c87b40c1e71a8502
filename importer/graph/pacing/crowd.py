"""How many requests may be in the air at once.

Theory of operation
-------------------
Sixteen at first, then twice as many and so on, as long as that brings more answers. A round is as many answers as may
be in the air, and gives a speed in answers a second. The first round after a step up still hears of requests that were
sent before it, so it may take the next step, but only a later round may find that the step was not worth it. Then the
step is taken back, and tried again after a while, at ever longer intervals. So workers that a service, a network or
this machine can't make use of stay idle, and more of them never make a run slower.

A round in which the crowd was seldom full says nothing: something else, the pace or the rows, set the speed.
"""

from __future__ import annotations

FIRST = 16
"""At 50 ms that is 320 requests a second, and a service without a limit is met at once with what most runs use."""
WORTH = 1.15
"""So many times more answers make a step worth its while. In full it brings 2; a round's jitter is below a tenth."""
FIRST_PATIENCE = 1.0
"""Seconds until a step that was taken back is tried again; doubled each time. A hiccup must cost little."""
LONGEST_PATIENCE = 60.0
"""Seconds."""


class Crowd:
    """Limits the requests in the air, to `most` at the utmost. Times are seconds on any one clock."""

    __slots__ = ("_answers", "_began", "_full", "_ladder", "_most", "_patience", "_settled", "_try_at", "size")

    def __init__(self, most: int, now: float) -> None:
        self.size = min(FIRST, most)
        self._most = most
        self._ladder: list[tuple[int, float]] = []
        self._settled = True
        self._try_at = now
        self._patience = FIRST_PATIENCE
        self._begin(now)

    def sent(self, in_air: int) -> None:
        """Hears that a request was sent, and how many are in the air with it."""
        self._full += in_air >= self.size

    def restart(self, now: float) -> None:
        """Begins a new round after a pause."""
        self._settled = False
        self._begin(now)

    def shrink(self, now: float) -> None:
        """Begins again with one, to find out at the least cost whether anything is let in."""
        self.size = 1
        self._ladder.clear()
        self.restart(now)

    def answered(self, now: float) -> None:
        """Hears that an answer came."""
        self._answers += 1
        if self._answers >= self.size and now > self._began:
            speed, full = self._answers / (now - self._began), 2 * self._full >= self._answers
            self._begin(now)
            if full:
                self._judge(now, speed)

    def _begin(self, now: float) -> None:
        self._began, self._answers, self._full = now, 0, 0

    def _judge(self, now: float, speed: float) -> None:
        worth = not self._ladder or speed >= WORTH * self._ladder[-1][1]
        if worth and self.size < self._most and now >= self._try_at:
            self._ladder.append((self.size, speed))
            self.size = min(2 * self.size, self._most)
            self._settled = False
        elif not worth and self._settled:
            self.size, _ = self._ladder.pop()
            self._try_at, self._patience = now + self._patience, min(2 * self._patience, LONGEST_PATIENCE)
            self._settled = False
        else:
            self._settled = True
