"""Whether to try again and how long to wait first: two questions without a clock; the client does the sleeping."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.graph.answers import Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much patience one operation has. All but the attempts in seconds.

    `attempts` counts sends that failed without being throttled: with 12, a service that fails half of its
    answers (the default of Microsoft's own fault simulator, dev-proxy) costs one row in 4,000. Being told to
    slow down is no failure and does not count; only `patience`, the time since the first send, ends that. It is
    half of what Microsoft's retry design allows (1,800 s). `first_wait` doubles up to `longest_wait`.
    Source: microsoftgraph/msgraph-sdk-design, middleware/RetryHandler.md
    """

    attempts: int = 12
    patience: float = 900.0
    first_wait: float = 0.5
    longest_wait: float = 30.0
    connect: float = 15.0
    read: float = 90.0


class Budget:
    """What is left of the limits for one operation. Not shared between threads."""

    __slots__ = ("_deadline", "_failures", "_limits", "_throttles")

    def __init__(self, limits: Limits, *, started: float) -> None:
        self._limits = limits
        self._deadline = started + limits.patience
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
        spent = self._failures >= self._limits.attempts or now + wait > self._deadline
        return None if spent else wait

    def close(self, trouble: Trouble) -> Trouble:
        """Gives `trouble` with how often it was tried, for the logs."""
        tries = self._failures + self._throttles
        return trouble if tries <= 1 else replace(trouble, detail=f"{trouble.detail}; given up after {tries} attempts")

    def _backoff(self, tries: int, chance: float) -> float:
        """Between half and all of a doubling wait, so that threads that failed together don't return together."""
        ceiling = min(self._limits.longest_wait, math.ldexp(self._limits.first_wait, min(tries - 1, 16)))
        return ceiling * (0.5 + 0.5 * chance)
