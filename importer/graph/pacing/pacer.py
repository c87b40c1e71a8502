"""One decision for all workers: may a request be sent now, and if not, when is it worth asking again?

Three things can say no, in this order:

1. *Too many in the air.* At first a few requests are let out, and one more for each answer, up to the number of
   workers: the first refusal then costs a few requests and not one for each worker.
2. *A pause.* A refusal makes everybody wait, for as long as it says. Refusals of requests that were in the air when
   the pause began belong to it: they may lengthen it, and nothing is learned from them. Without a believable
   Retry-After the pause is 1 s, then 2 s, 4 s ... until something is let in, and only one request is sent to find out.
3. *The pace.* Requests leave in single file, evenly spaced at the learned rate (see `rate`). They keep to a timetable
   and not to the moment a timer woke up, or its lateness would eat a tenth of the rate.

A Retry-After beyond `Limits.longest_pause` is not slept: that is no throttle but a quota (of a month, of a user), and
its row is the caller's to fail. It holds nobody else up.

Pure: no thread, no sleep, no clock. Every method takes `now`, seconds on any clock that never goes back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from importer.graph.pacing.rate import LearnedRate

FIRST_CROWD = 8
"""So many requests may be in the air before the first answer."""
SHORTEST_PAUSE = 0.05
"""Seconds. A Retry-After of a few milliseconds is over before the answers in the air are; it is no reason to hurry."""
FIRST_GUESS = 1.0
"""Seconds to pause where nothing believable was said; doubled while nothing is let in."""
LONGEST_GUESS = 60.0
"""Seconds."""
CATCH_UP = 0.1
"""Seconds by which a late timetable is caught up. Timers of Windows are late by up to 0.016 s."""
EARLY = 1e-9
"""Seconds. Sums of floats may fall short of the moment that was asked for by so much."""


class Why(Enum):
    """Why everybody waits."""

    TOLD = auto()
    """The service said for how long."""
    GUESSED = auto()
    """The service refused and said nothing believable about how long."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nobody sends until `until`, on the clock of `now`."""

    why: Why
    until: float


class Fate(Enum):
    """What became of a request that was not throttled."""

    LET_IN = auto()
    """Answered, with whatever status: it was counted against the quota."""
    FAILED = auto()
    """No answer came: nothing is learned from that."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Refused for going too fast.

    `retry_after` is in seconds; None, or not above zero, where nothing believable was said.
    """

    retry_after: float | None


Outcome: TypeAlias = Fate | Throttled


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds that are given and not learned: requests in the air, requests a second, seconds of a pause."""

    workers: int = 16
    rate: float = math.inf
    longest_pause: float = 300.0


class Pacer:
    """Decides when requests leave. All workers share one."""

    __slots__ = ("_crowd", "_guess", "_in_air", "_learned", "_limits", "_next", "_pause", "_paused_at")

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._learned = LearnedRate()
        self._crowd = min(FIRST_CROWD, self._limits.workers)
        self._in_air = 0
        self._next = -math.inf
        self._pause: Pause | None = None
        self._paused_at = -math.inf
        self._guess = FIRST_GUESS

    @property
    def pause(self) -> Pause | None:
        """Why and until when everybody waits; None while requests may leave."""
        return self._pause

    def pace(self, now: float) -> float:
        """Gives the requests a second that may leave at this moment; infinite while no limit is known."""
        return min(self._learned.pace(now), self._limits.rate)

    def admit(self, now: float) -> float:
        """Gives 0.0 when a request may be sent now, which counts it as sent.

        Else the seconds until it is worth asking again: infinite when that depends on an answer to come.
        """
        if self._in_air >= self._crowd:
            return math.inf
        if self._pause is not None:
            if now < self._pause.until - EARLY:
                return self._pause.until - now
            self._resume(now)
        if now < self._next - EARLY:
            return self._next - now
        self._keep_timetable(now)
        self._in_air += 1
        return 0.0

    def answered(self, now: float, *, sent_at: float, outcome: Outcome) -> Pause | None:
        """Hears what became of a request that was admitted at `sent_at`. Gives the pause that this began, if it did."""
        self._in_air -= 1
        match outcome:
            case Fate.LET_IN:
                self._learned.let_in()
                self._guess = FIRST_GUESS
                self._crowd = min(self._crowd + 1, self._limits.workers)
            case Throttled(retry_after):
                return self._throttled(now, sent_at, retry_after)
        return None

    def _throttled(self, now: float, sent_at: float, told: float | None) -> Pause | None:
        if told is not None and told > self._limits.longest_pause:
            return None
        why = Why.TOLD if told is not None and told > 0 else Why.GUESSED
        if sent_at <= self._paused_at or self._pause is not None:
            self._lengthen(now, told or 0.0)
            return None
        self._learned.refused(now, whole_seconds=told is None or told == round(told))
        self._paused_at = now
        self._pause = Pause(why, now + self._length(told if why is Why.TOLD else None))
        return self._pause

    def _length(self, told: float | None) -> float:
        if told is not None:
            return max(told, SHORTEST_PAUSE)
        guess, self._guess = self._guess, min(self._guess * 2, LONGEST_GUESS)
        self._crowd = 1
        return guess

    def _lengthen(self, now: float, told: float) -> None:
        """A refusal of a request from before the pause: the pause may get longer, or go on if it was over."""
        until = now + told
        if self._pause is None or self._pause.until < until:
            self._pause = Pause(self._pause.why if self._pause else Why.TOLD, until)

    def _resume(self, now: float) -> None:
        self._pause = None
        self._learned.resume(now, crowd=self._crowd)
        self._next = now

    def _keep_timetable(self, now: float) -> None:
        behind = now - CATCH_UP - self._next
        if behind > 0:
            self._next += behind
            self._learned.idle(min(behind, now))
        self._next += 1 / self.pace(now)
