"""Workers, a network and a server in virtual time: an event queue drives the real pacer, and nobody waits.

Workers take rows in order. A worker that was refused sends the same row again. All of them stand in one line before
the design under test, as threads do before the real gate; only the head of the line asks.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Protocol, TypeAlias

from tests.graph.pacing.servers import integer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.graph.pacing.servers import Header, Server

SETTLED = 10.0
"""Seconds after which refusals count: what it costs to learn a limit is paid before."""


class Design(Protocol):
    """What is compared: when may a request leave, and how long does a refused worker itself wait?"""

    def admit(self, now: float) -> float:
        """Return 0.0 for yes, else the seconds until it is worth asking again."""
        ...

    def answered(self, now: float, *, sent_at: float, refused: bool, retry_after: float | None) -> float:
        """Return the seconds that the refused worker waits by itself, before it stands in line again."""
        ...


Latency: TypeAlias = "Callable[[int, random.Random], float]"
"""Seconds from sending to the answer, when so many requests are in the air."""


def steady(seconds: float = 0.05) -> Latency:
    """A network with the usual jitter of a fifth."""
    return lambda _in_air, dice: seconds * dice.lognormvariate(0, 0.2)


def rising(seconds: float, *, beyond: int) -> Latency:
    """A server that answers ever later when more than `beyond` requests are in the air: no more rows come out."""
    return lambda in_air, dice: seconds * max(1.0, in_air / beyond) * dice.lognormvariate(0, 0.2)


def thrashing(seconds: float, *, beyond: int) -> Latency:
    """A server that breaks down under load: the more are in the air beyond that, the fewer rows come out."""
    return lambda in_air, dice: seconds * (1 + (in_air / beyond) ** 2) * dice.lognormvariate(0, 0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """All that a run depends on, but the design and the server."""

    organizers: Sequence[str]
    workers: int = 16
    header: Header = integer
    latency: Latency = field(default_factory=steady)
    seed: int = 1


@dataclass(slots=True)
class Tally:
    """What happened. Times are seconds from the start."""

    sent: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    done: list[tuple[float, int]] = field(default_factory=list)
    most_in_air: int = 0

    @property
    def seconds(self) -> float:
        """When the last row was done."""
        return self.done[-1][0]

    @property
    def refused_share(self) -> float:
        """Of all requests."""
        return len(self.refused) / len(self.sent)

    @property
    def refused_late(self) -> float:
        """The share of refusals among requests sent after the first ten seconds."""
        return _late(self.refused) / max(1, _late(self.sent))


def _late(moments: Sequence[float]) -> int:
    return sum(moment > SETTLED for moment in moments)


class Simulation:
    """One run. `run()` gives its tally."""

    def __init__(self, design: Design, server: Server, setting: Setting) -> None:
        self.tally = Tally()
        self._design = design
        self._server = server
        self._setting = setting
        self._dice = random.Random(setting.seed)
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._ids = count()
        self._rows = deque(range(len(setting.organizers)))
        self._line: deque[int] = deque()
        self._wake_at = math.inf
        self._in_air = 0

    def run(self) -> Tally:
        """Plays all events, until every row is done."""
        for _ in range(min(self._setting.workers, len(self._rows))):
            self._line.append(self._rows.popleft())
        self._at(0.0, self._move)
        while self._events:
            now, _, event = heapq.heappop(self._events)
            event(now)
        return self.tally

    def _at(self, moment: float, event: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._ids), event))

    def _move(self, now: float) -> None:
        """The head of the line asks, as long as the answer is yes."""
        if now >= self._wake_at:
            self._wake_at = math.inf
        while self._line:
            delay = self._design.admit(now)
            if delay > 0:
                if now + delay < self._wake_at:
                    self._wake_at = now + delay
                    self._at(self._wake_at, self._move)
                return
            self._send(now, self._line.popleft())

    def _send(self, now: float, row: int) -> None:
        self.tally.sent.append(now)
        self._in_air += 1
        self.tally.most_in_air = max(self.tally.most_in_air, self._in_air)
        latency = self._setting.latency(self._in_air, self._dice)
        there = now + latency * self._dice.uniform(0.3, 0.7)
        self._at(there, lambda moment: self._arrive(moment, row, now, now + latency))

    def _arrive(self, now: float, row: int, sent_at: float, back_at: float) -> None:
        wait = self._server.ask(now, self._setting.organizers[row])
        self._at(back_at, lambda moment: self._answer(moment, row, sent_at, wait))

    def _answer(self, now: float, row: int, sent_at: float, wait: float | None) -> None:
        self._in_air -= 1
        retry_after = None if wait is None else self._setting.header(wait)
        own = self._design.answered(now, sent_at=sent_at, refused=wait is not None, retry_after=retry_after)
        if wait is None:
            self.tally.done.append((now, row))
            if self._rows:
                self._line.append(self._rows.popleft())
        else:
            self.tally.refused.append(sent_at)
            self._at(now + own, lambda moment: self._again(moment, row))
        self._move(now)

    def _again(self, now: float, row: int) -> None:
        self._line.appendleft(row)
        self._move(now)


def simulate(design: Design, server: Server, setting: Setting) -> Tally:
    """Return what happens when `design` sends all rows to `server`."""
    return Simulation(design, server, setting).run()


def efficiency(tally: Tally, server: Server) -> float:
    """Return the rows done as a share of what a fresh `server` allows in the same time, its burst included."""
    return len(tally.done) / server.allowed(tally.seconds)
