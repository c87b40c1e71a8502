"""Microsoft Graph's v1.0 API: who people are and meetings by createOrGet, as fast as Graph lets anybody.

Here is what its client needs of others: time, sleep and chance; a gate that says when to send; a token that is
accepted. All are handed in, so that tests can run hours in no time, roll known dice, and sign in nowhere. How long a
run waits for its first answer is told by the clock, so it stands here too (`FirstAnswers`).
"""

from __future__ import annotations

import math
import random
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Clock:
    """What retry needs of the world.

    `sleep` may raise to end an operation that is no longer wanted, e.g. Stop after Ctrl-C. `monotonic` is in
    seconds since any moment, `now` in seconds since 1970 (UTC), `random` is at least 0 and below 1.
    """

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    now: Callable[[], float] = time.time
    random: Callable[[], float] = random.random


SYSTEM_CLOCK = Clock()

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


class Gate(Protocol):
    """Paces requests of all threads. Safe to call from several threads at once."""

    def wait(self) -> None:
        """Blocks until this request may be sent. Called before every send, retries too."""
        ...

    def answered(self, *, throttled: bool, retry_after: float | None) -> None:
        """Take about every request that was let through and got an answer, once each.

        `throttled` is true for a 429, and for a 503 that says how long to stay away. `retry_after` is in seconds
        and None where the service said nothing believable (nothing, garbage, zero or less); an hour is passed on
        as it is, for the gate to judge.
        """
        ...

    def unanswered(self) -> None:
        """Take about every other request that was let through, once each: nothing is known of the service's limits."""
        ...


class OpenGate:
    """Lets everything through at once: for single calls, and for servers without limits."""

    def wait(self) -> None:
        """Return at once."""

    def answered(self, *, throttled: bool, retry_after: float | None) -> None:
        """Learn nothing."""

    def unanswered(self) -> None:
        """Learn nothing."""


@dataclass(frozen=True, slots=True)
class Gates:
    """What Graph limits apart is paced apart: calls about meetings, those about people, and those about calendars."""

    meetings: Gate = field(default_factory=OpenGate)
    people: Gate = field(default_factory=OpenGate)
    calendars: Gate = field(default_factory=OpenGate)


class TokenSource(Protocol):
    """Gives access tokens. Safe to call from several threads at once; however many ask, one signs in."""

    def token(self) -> str:
        """Return a token that should be accepted now. Raise Stop when sign-in fails."""
        ...

    def refresh(self, rejected: str, *, claims: str = "") -> str:
        """Return another token than `rejected`, which Graph has just refused.

        `claims` is what Conditional Access wants the new one to prove, as in the challenge; empty without one.

        Where another thread has replaced the rejected one in the meantime, that newer one is given and nobody
        signs in again. Raise Stop when sign-in fails.
        """
        ...
