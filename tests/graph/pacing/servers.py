"""Services that throttle, in virtual time: the models that the pacer is measured against.

A server is asked at the moment a request arrives, and lets it in (None) or gives the seconds until it would. What of
that a client gets to read is the business of a header function.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Header: TypeAlias = "Callable[[float], float | None]"
"""What the answer's Retry-After says when the truth is so many seconds."""


def integer(seconds: float) -> float:
    """Rounded up, as most services do."""
    return float(max(1, math.ceil(seconds)))


def decimal(seconds: float) -> float:
    """To the millisecond, rounded up."""
    return max(1, math.ceil(seconds * 1000)) / 1000


def missing(_seconds: float) -> None:
    """No such header."""


def always_ten(_seconds: float) -> float:
    """The same number whatever the truth."""
    return 10.0


class Server(Protocol):
    """A limit. `allowed` is what it lets in within so many seconds from the start, the burst included."""

    def ask(self, now: float, organizer: str) -> float | None: ...

    def allowed(self, seconds: float) -> float: ...


class NoLimit:
    """Lets everything in. It has no rate, so `allowed` is what sixteen workers can send at 50 ms."""

    def ask(self, now: float, organizer: str) -> None:
        pass

    def allowed(self, seconds: float) -> float:
        return 16 / 0.0511 * seconds


@dataclass(slots=True)
class Bucket:
    """A token bucket. `greedy`: refused requests take tokens too, as Graph's guide warns."""

    rate: float
    burst: float
    level: float = -1.0
    greedy: bool = False
    _at: float = 0.0
    _start: float = field(init=False)

    def __post_init__(self) -> None:
        self.level = self.burst if self.level < 0 else self.level
        self._start = self.level

    def ask(self, now: float, organizer: str) -> float | None:  # noqa: ARG002 - one limit for all
        self.level = min(self.burst, self.level + self.rate * (now - self._at))
        self._at = now
        if self.level >= 1:
            self.level -= 1
            return None
        wait = (1 - self.level) / self.rate
        self.level -= self.greedy
        return wait

    def allowed(self, seconds: float) -> float:
        return self._start + self.rate * seconds


@dataclass(slots=True)
class Window:
    """So many requests in each window of fixed length. The run begins `phase` seconds into one, `used` are gone."""

    count: int
    length: float
    phase: float = 0.0
    used: int = 0
    _number: int = 0
    _seen: int = field(init=False)

    def __post_init__(self) -> None:
        self._seen = self.used

    def ask(self, now: float, organizer: str) -> float | None:  # noqa: ARG002 - one limit for all
        number = math.floor((now + self.phase) / self.length)
        if number != self._number:
            self._number, self._seen = number, 0
        if self._seen < self.count:
            self._seen += 1
            return None
        return (number + 1) * self.length - now - self.phase

    def allowed(self, seconds: float) -> float:
        first = self.length - self.phase
        return self.count - self.used + self.count * (seconds - first) / self.length


@dataclass(slots=True)
class Sliding:
    """So many requests in any span of that length. `greedy`: refused ones are counted too."""

    count: int
    length: float
    greedy: bool = False
    _seen: deque[float] = field(default_factory=deque)

    def ask(self, now: float, organizer: str) -> float | None:  # noqa: ARG002 - one limit for all
        while self._seen and self._seen[0] <= now - self.length:
            self._seen.popleft()
        if len(self._seen) < self.count:
            self._seen.append(now)
            return None
        wait = self._seen[0] + self.length - now
        if self.greedy:
            self._seen.popleft()
            self._seen.append(now)
        return wait

    def allowed(self, seconds: float) -> float:
        return self.count * seconds / self.length


@dataclass(slots=True)
class EachUser:
    """A limit for each organizer, and one for the app. `organizers` is for the measure."""

    each: Callable[[], Server]
    app: Server | None = None
    organizers: int = 1
    _users: dict[str, Server] = field(default_factory=dict)

    def ask(self, now: float, organizer: str) -> float | None:
        user = self._users.get(organizer) or self._users.setdefault(organizer, self.each())
        wait = user.ask(now, organizer)
        return self.app.ask(now, organizer) if wait is None and self.app else wait

    def allowed(self, seconds: float) -> float:
        every = self.organizers * self.each().allowed(seconds)
        return min(every, self.app.allowed(seconds)) if self.app else every


@dataclass(slots=True)
class Changing:
    """One limit until a moment, another from then on."""

    before: Server
    after: Server
    moment: float

    def ask(self, now: float, organizer: str) -> float | None:
        return (self.before if now < self.moment else self.after).ask(now, organizer)

    def allowed(self, seconds: float) -> float:
        if seconds < self.moment:
            return self.before.allowed(seconds)
        start = self.after.allowed(0)
        return self.before.allowed(self.moment) + self.after.allowed(seconds - self.moment) - start
