"""Counts what a run asks of Graph, for the report: how many calls, and how long Graph asked it to wait."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.graph.gate import Gate


class Tally:
    """A gate that counts what passes another one. Safe to use from several threads at once."""

    def __init__(self, gate: Gate, clock: Callable[[], float] = time.monotonic) -> None:
        self._gate = gate
        self._clock = clock
        self._lock = threading.Lock()
        self._calls = 0
        self._until = 0.0
        self._waited = 0.0

    def wait(self) -> None:
        """Waits at the other gate."""
        self._gate.wait()

    def answered(self, *, throttled: bool, retry_after: float | None) -> None:
        """Counts one call and passes the news on."""
        self._count()
        self._gate.answered(throttled=throttled, retry_after=retry_after)

    def unanswered(self) -> None:
        """Counts one call that got no answer, and passes the news on."""
        self._count()
        self._gate.unanswered()

    def _count(self) -> None:
        with self._lock:
            self._calls += 1

    def told_to_wait(self, seconds: float) -> None:
        """Everybody waits so long from now; what is already being waited for is not counted twice."""
        with self._lock:
            now = self._clock()
            self._waited += max(0.0, now + seconds - max(now, self._until))
            self._until = max(self._until, now + seconds)

    @property
    def calls(self) -> int:
        """Gives how many requests were sent, repeated ones too."""
        return self._calls

    @property
    def waited(self) -> timedelta:
        """Gives how long was waited by now."""
        with self._lock:
            ahead = max(0.0, self._until - self._clock())
            return timedelta(seconds=max(0.0, self._waited - ahead))
