"""The table of server models. Rows are so many that a run takes about a minute and a half at the allowed rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.graph.pacing.servers import (
    Bucket,
    EachUser,
    NoLimit,
    Sliding,
    Window,
    always_ten,
    decimal,
    integer,
    missing,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.graph.pacing.servers import Header, Server

MINUTES = 1.5


@dataclass(frozen=True, slots=True)
class Model:
    """A server as it may be met. `make` gives a fresh one; `rate` is what it allows in the long run."""

    name: str
    rate: float
    make: Callable[[], Server]
    header: Header = integer

    @property
    def rows(self) -> int:
        return int(self.rate * 60 * MINUTES)

    def __str__(self) -> str:
        return self.name


def organizers(rows: int, users: int = 50) -> list[str]:
    """Return each row's organizer, evenly mixed."""
    return [f"user{row % users}" for row in range(rows)]


def _at_rate(rate: int) -> list[Model]:
    both = (("whole seconds", integer), ("milliseconds", decimal))
    return [
        Model(f"{name}, {words}", rate, make, header)
        for words, header in both
        for name, make in (
            (f"bucket {rate}/s, burst {rate}", lambda: Bucket(rate, rate)),
            (f"bucket {rate}/s, burst {5 * rate}", lambda: Bucket(rate, 5 * rate)),
            (f"window {10 * rate} in 10 s", lambda: Window(10 * rate, 10)),
            (f"window {10 * rate} in 10 s, begun", lambda: Window(10 * rate, 10, phase=6.3)),
            (f"window {30 * rate} in 30 s", lambda: Window(30 * rate, 30, phase=11)),
            (f"window {3 * rate} in 3 s", lambda: Window(3 * rate, 3, phase=1.3)),
            (f"window {rate} in 1 s", lambda: Window(rate, 1, phase=0.3)),
            (f"sliding {10 * rate} in 10 s", lambda: Sliding(10 * rate, 10)),
        )
    ]


USUAL = [model for rate in (20, 50, 100) for model in _at_rate(rate)]
"""Bucket and window at three rates, with both forms of Retry-After."""

ODD = [
    Model("bucket 10/s, burst 20", 10, lambda: Bucket(10, 20)),
    Model("bucket 100/s, refused count too", 100, lambda: Bucket(100, 100, greedy=True)),
    Model("sliding 100 in 10 s, refused count too", 10, lambda: Sliding(100, 10, greedy=True)),
    Model("bucket 50/s, no Retry-After", 50, lambda: Bucket(50, 50), missing),
    Model("window 500 in 10 s, no Retry-After", 50, lambda: Window(500, 10, phase=3), missing),
    Model("bucket 30/s, found empty", 30, lambda: Bucket(30, 30, level=0)),
    Model("window 200 in 10 s, found used up", 20, lambda: Window(200, 10, phase=7, used=200)),
    Model("window 100 in 10 s", 10, lambda: Window(100, 10)),
    Model("window 30 in 3 s", 10, lambda: Window(30, 3)),
    Model("bucket 20/s, burst 3000", 60, lambda: Bucket(20, 3000)),
    Model("user 4 in 1 s, app 600 in 30 s", 20, lambda: EachUser(lambda: Window(4, 1), Window(600, 30), 50)),
    Model("user 0.4/s, fifty of them", 20, lambda: EachUser(lambda: Bucket(0.4, 2), organizers=50)),
    Model("bucket 50/s, burst 10", 50, lambda: Bucket(50, 10)),
    Model("bucket 50/s, always says 10 s", 50, lambda: Bucket(50, 50), always_ten),
    Model("no limit", 313, NoLimit),
]
"""What else may be met."""
