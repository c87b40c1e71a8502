"""The one gate that all worker threads pass: a `Pacer` that threads can wait at.

Only the thread at the head of the queue looks at the clock; the others stand behind it at a lock. So an opening gate
wakes one thread and not all, however many workers there are.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Protocol

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.graph.pacing.pacer import Fate, Limits, Pacer, Throttled

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.graph.pacing.pacer import Outcome, Why


class Timer(Protocol):
    """What the gate needs of the world."""

    def now(self) -> float:
        """Gives seconds on a clock that never goes back."""
        ...

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        """Waits until `changed` is notified or `seconds` have passed (None: however long it takes).

        The condition is held, and let go while waiting. Returning early is allowed.
        """
        ...


class SystemTimer:
    """The machine's own clock."""

    def now(self) -> float:
        """Gives the monotonic clock."""
        return time.monotonic()

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        """Waits for real."""
        changed.wait(seconds)


class SharedGate:
    """Paces the requests of all threads; see `importer.graph.gate.Gate`.

    `on_wait(why, seconds)` is called when everybody begins to wait, or for longer than was said, from the thread that
    brought the news and with no lock held. Short waits too: whoever shows them decides what is worth a line.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        timer: Timer | None = None,
        on_wait: Callable[[Why, float], None] = lambda _why, _seconds: None,
    ) -> None:
        self._limits = limits
        self._pacer: Pacer | None = None
        self._timer = timer or SystemTimer()
        self._on_wait = on_wait
        self._turn = threading.Lock()
        self._changed = threading.Condition()
        self._crowded = False
        self._stopped = False
        self._mine = threading.local()

    def wait(self) -> None:
        """Blocks until this thread may send one request. Raises Stop (exit 130) once `stop` was called."""
        with self._turn, self._changed:
            while (delay := self._ask()) > 0:
                self._crowded = delay == math.inf
                self._timer.wait(self._changed, None if self._crowded else delay)
            self._crowded = False
            self._mine.sent_at = self._timer.now()

    def answered(self, *, throttled: bool, retry_after: float | None) -> None:
        """Hears what became of this thread's request. `retry_after` is in seconds, None where nothing was said."""
        self._hear(Throttled(retry_after) if throttled else Fate.LET_IN)

    def unanswered(self) -> None:
        """Hears that no answer came to this thread's request."""
        self._hear(Fate.FAILED)

    def _hear(self, outcome: Outcome) -> None:
        with self._changed:
            now = self._timer.now()
            pause = self._begun(now).answered(now, sent_at=self._mine.sent_at, outcome=outcome)
            if self._crowded:
                self._changed.notify()
        if pause is not None:
            self._on_wait(pause.why, pause.until - now)

    def stop(self) -> None:
        """Wakes every thread that waits; those and all that come later get Stop. May be called more than once."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def waiting(self) -> tuple[Why, float] | None:
        """Gives why everybody waits and for how many seconds more; None while requests may leave."""
        with self._changed:
            now = self._timer.now()
            pause = self._begun(now).pause
        return None if pause is None or pause.until <= now else (pause.why, pause.until - now)

    def _begun(self, now: float) -> Pacer:
        """Gives the pacer, which begins to measure with the first request and not when the program starts."""
        self._pacer = self._pacer or Pacer(now, self._limits)
        return self._pacer

    def _ask(self) -> float:
        if self._stopped:
            raise Stop(problem("interrupted"), ExitCode.INTERRUPTED)
        now = self._timer.now()
        return self._begun(now).admit(now)
