"""One decision for all workers: may a request be sent now, and if not, when is it worth asking again?

Three things can say no, in this order:

1. *Too many in the air.* A few at first, then as many as bring answers, up to the number of workers (see `crowd`).
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

from importer.graph.pacing.crowd import Crowd
from importer.graph.pacing.rate import LearnedRate

SHORTEST_PAUSE = 0.05
"""Seconds. A Retry-After of a few milliseconds is over before the answers in the air are; it is no reason to hurry."""
FIRST_GUESS = 1.0
"""Seconds to pause where nothing believable was said; doubled while nothing is let in."""
LONGEST_GUESS = 60.0
"""Seconds."""
CATCH_UP = 0.1
"""Seconds by which a late timetable is caught up. Timers of Windows are late by up to 0.016 s."""
LONGEST_LOOK_AWAY = 1.0
"""Seconds after which the pace is looked at again: it may have risen since the next departure was worked out."""
NEWS = 1.0
"""Seconds by which a pause must get longer to be told about again."""


class Why(Enum):
    """Why everybody waits, or should."""

    TOLD = auto()
    """The service said for how long."""
    GUESSED = auto()
    """The service refused and said nothing believable about how long."""
    TOO_LONG = auto()
    """The service asked for more than `Limits.longest_pause`; nobody waits, and that row is the caller's to fail."""


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
    """Bounds that are given and not learned: requests in the air, requests a second, seconds of a pause.

    The longest pause is as long as the client's patience with one row (`importer.graph.retry.Limits`): what is shorter
    is waited for by all, and what is longer makes it give the row up at once.
    """

    workers: int = 16
    rate: float = math.inf
    longest_pause: float = 900.0


class Pacer:
    """Decides when requests leave. All workers share one, and each tells it what became of its requests."""

    __slots__ = ("_crowd", "_guess", "_in_air", "_last", "_learned", "_limits", "_pause", "_paused_at")

    def __init__(self, now: float, limits: Limits | None = None) -> None:
        """Begins to measure: `now` is the moment of the first request."""
        self._limits = limits or Limits()
        self._learned = LearnedRate(now)
        self._crowd = Crowd(self._limits.workers, now)
        self._in_air = 0
        self._last = now - 1 / self.pace(now)
        self._pause: Pause | None = None
        self._paused_at = -math.inf
        self._guess = FIRST_GUESS

    @property
    def pause(self) -> Pause | None:
        """Why and until when everybody waits. It may be over; None once a request has left after it."""
        return self._pause

    def pace(self, now: float) -> float:
        """Gives the requests a second that may leave at this moment; infinite while no limit is known."""
        return min(self._learned.pace(now), self._limits.rate)

    def admit(self, now: float) -> float:
        """Gives 0.0 when a request may be sent now, which counts it as sent.

        Else the seconds until it is worth asking again: infinite when that depends on an answer to come.
        """
        if self._in_air >= self._crowd.size:
            return math.inf
        if self._pause is not None:
            if now < self._pause.until:
                return self._pause.until - now
            self._resume(now, self._pause.why)
        departure = self._last + 1 / self.pace(now)
        if now < departure:
            return min(departure - now, LONGEST_LOOK_AWAY)
        self._depart(now, departure)
        return 0.0

    def answered(self, now: float, *, sent_at: float, outcome: Outcome) -> Pause | None:
        """Hears what became of a request that was admitted at `sent_at`.

        Gives what is worth telling the user: the pause that this began or made longer, or the one that is too long.
        """
        self._in_air -= 1
        match outcome:
            case Fate.LET_IN:
                self._learned.let_in()
                self._guess = FIRST_GUESS
                self._crowd.answered(now)
                return None
            case Fate.FAILED:
                return None
            case Throttled(seconds) if seconds is not None and seconds > self._limits.longest_pause:
                return Pause(Why.TOO_LONG, now + seconds)
            case Throttled(seconds):
                told = seconds if seconds is not None and seconds > 0 else None
                belongs = sent_at <= self._paused_at or self._pause is not None
                return self._lengthen(now, told) if belongs else self._begin_pause(now, told)

    def _begin_pause(self, now: float, told: float | None) -> Pause:
        whole = told is None or told.is_integer()
        self._learned.refused(now, pace=self.pace(now), whole_seconds=whole)
        self._paused_at = now
        if told is not None:
            self._pause = Pause(Why.TOLD, now + max(told, SHORTEST_PAUSE))
        else:
            self._pause = Pause(Why.GUESSED, now + self._guess)
            self._guess = min(2 * self._guess, LONGEST_GUESS)
        return self._pause

    def _lengthen(self, now: float, told: float | None) -> Pause | None:
        """A request from before the pause was refused: the pause may get longer, or go on though it was over."""
        until = now if self._pause is None else self._pause.until
        if told is None or now + told <= until:
            return None
        self._pause = Pause(Why.TOLD, now + told)
        return self._pause if self._pause.until - until >= NEWS else None

    def _resume(self, now: float, why: Why) -> None:
        self._pause = None
        self._learned.resume(now, crowd=self._crowd.size)
        if why is Why.GUESSED:
            self._crowd.shrink(now)
        else:
            self._crowd.restart(now)
        self._last = now - 1 / self.pace(now)

    def _depart(self, now: float, departure: float) -> None:
        behind = now - CATCH_UP - departure
        if behind > 0:
            self._learned.idle(behind)
        self._last = max(departure, now - CATCH_UP)
        self._in_air += 1
        self._crowd.sent(self._in_air)
