"""Whether to try again and how long to wait first, and how long a run waits for its first answer.

The client does the sleeping.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.graph.answers import Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much patience one operation has. All but the attempts in seconds.

    `attempts` counts sends that failed without being throttled: with 12, a service that fails half of its
    answers (the default of Microsoft's own fault simulator, dev-proxy) costs one row in 4,000. Being told to
    slow down is no failure and does not count; only `patience`, the time since the first send, ends that. It is
    half of what Microsoft's retry design allows (1,800 s). `first_wait` doubles up to `longest_wait`.
    Source: microsoftgraph/msgraph-sdk-design, middleware/RetryHandler.md

    `connect` and `read` limit a step of an attempt, `total` the attempt, whatever trickles in meanwhile. `silence` is
    how long an operation is tried to which nobody answers at all.
    """

    attempts: int = 12
    patience: float = 900.0
    first_wait: float = 0.5
    longest_wait: float = 30.0
    connect: float = 15.0
    read: float = 60.0
    total: float = 60.0
    silence: float = 180.0


SAID_AFTER = 3.0
"""Seconds without a first answer after which it is said what is waited for; in a good run none takes so long."""


class FirstAnswers:
    """How long a run waits in all for the first answer of each kind: about the sign-in, about people, about meetings.

    A service that has answered and falls silent will most likely answer again, so each operation then has its own
    patience. One that never has most likely can't be reached from here, and whoever started the run waits for the news.
    Safe to use from several threads at once.
    """

    def __init__(
        self,
        seconds: float = math.inf,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        say: Callable[[str, float], None] = lambda _kind, _seconds: None,
        said_after: float = SAID_AFTER,
    ) -> None:
        """`say(kind, seconds)` is called, from a thread of its own, once an answer is waited for longer than usual."""
        self._seconds = seconds
        self._monotonic = monotonic
        self._say = say
        self._said_after = said_after
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        self._notes: dict[str, threading.Timer] = {}

    def left(self, kind: str) -> float:
        """Return the seconds that are left, infinite once there was an answer. The first call begins them."""
        if self._seconds == math.inf:
            return math.inf
        now = self._monotonic()
        with self._lock:
            if kind not in self._until:
                self._until[kind] = now + self._seconds
                self._begin(kind)
            return self._until[kind] - now

    def answered(self, kind: str) -> None:
        """Hear that there was an answer of this kind, whatever it says."""
        if self._until.get(kind) != math.inf:
            with self._lock:
                self._until[kind] = math.inf
                self._end(kind)

    def close(self) -> None:
        """Say nothing any more."""
        with self._lock:
            for kind in list(self._notes):
                self._end(kind)

    def _begin(self, kind: str) -> None:
        note = threading.Timer(self._said_after, self._say, (kind, self._seconds))
        note.daemon = True
        self._notes[kind] = note
        note.start()

    def _end(self, kind: str) -> None:
        if (note := self._notes.pop(kind, None)) is not None:
            note.cancel()


class Budget:
    """What is left of the limits for one operation. Not shared between threads."""

    __slots__ = ("_deadline", "_failures", "_heard_at", "_limits", "_throttles")

    def __init__(self, limits: Limits, *, started: float) -> None:
        self._limits = limits
        self._deadline = started + limits.patience
        self._heard_at = started
        self._failures = 0
        self._throttles = 0

    def wait_after(self, trouble: Trouble, *, now: float, chance: float) -> float | None:
        """Gives the seconds to wait before another attempt, or None when there is to be none.

        Never less than the trouble's `retry_after`. `now` is on the clock of `started`; `chance` is at least 0 and
        below 1.
        """
        if trouble.throttled:
            self._throttles += 1
            wait = trouble.retry_after or self._backoff(self._throttles, chance)
        else:
            self._failures += 1
            wait = max(trouble.retry_after or 0.0, self._backoff(self._failures, chance))
        if trouble.status:
            self._heard_at = now
        until = min(self._deadline, self._heard_at + self._limits.silence)
        spent = self._failures >= self._limits.attempts or now + wait > until
        return None if spent else wait

    def close(self, trouble: Trouble) -> Trouble:
        """Gives `trouble` with how often it was tried, for the logs."""
        tries = self._failures + self._throttles
        return trouble if tries <= 1 else replace(trouble, detail=f"{trouble.detail}; given up after {tries} attempts")

    def _backoff(self, tries: int, chance: float) -> float:
        """Between half and all of a doubling wait, so that threads that failed together don't return together."""
        ceiling = min(self._limits.longest_wait, math.ldexp(self._limits.first_wait, min(tries - 1, 16)))
        return ceiling * (0.5 + 0.5 * chance)
